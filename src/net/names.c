/* Names of protocols and ports, and sets in words. The tables are IANA's assignments that firewall
 * configurations use; names of one vendor's dialect stand in that vendor's importer. */
#include "net/net.h"

struct name {
    const char *name;
    uint16_t number;
};

/* https://www.iana.org/assignments/protocol-numbers; the first name of a number is printed. */
static const struct name protocols[] = {
    {"hopopt", 0},      {"icmp", 1},         {"igmp", 2},        {"ggp", 3},
    {"ipip", 4},        {"ipencap", 4},      {"ipinip", 4},      {"st", 5},
    {"tcp", 6},         {"egp", 8},          {"igp", 9},         {"pup", 12},
    {"udp", 17},        {"hmp", 20},         {"xns-idp", 22},    {"rdp", 27},
    {"iso-tp4", 29},    {"dccp", 33},        {"xtp", 36},        {"ddp", 37},
    {"idpr-cmtp", 38},  {"ipv6", 41},        {"ipv6-route", 43}, {"ipv6-frag", 44},
    {"idrp", 45},       {"rsvp", 46},        {"gre", 47},        {"esp", 50},
    {"ipv6-crypt", 50}, {"ah", 51},          {"ipv6-auth", 51},  {"skip", 57},
    {"ipv6-icmp", 58},  {"icmpv6", 58},      {"icmp6", 58},      {"ipv6-nonxt", 59},
    {"ipv6-opts", 60},  {"rspf", 73},        {"vmtp", 81},       {"eigrp", 88},
    {"ospf", 89},       {"ax.25", 93},       {"etherip", 97},    {"encap", 98},
    {"pim", 103},       {"ipcomp", 108},     {"vrrp", 112},      {"l2tp", 115},
    {"isis", 124},      {"sctp", 132},       {"fc", 133},        {"mobility-header", 135},
    {"udplite", 136},   {"mpls-in-ip", 137}, {"manet", 138},     {"hip", 139},
    {"shim6", 140},     {"wesp", 141},       {"rohc", 142},
};

/* https://www.iana.org/assignments/service-names-port-numbers, with the aliases of common use. */
static const struct name ports[] = {
    {"tcpmux", 1},         {"echo", 7},           {"discard", 9},        {"systat", 11},
    {"daytime", 13},       {"netstat", 15},       {"qotd", 17},          {"chargen", 19},
    {"ftp-data", 20},      {"ftp", 21},           {"ssh", 22},           {"telnet", 23},
    {"smtp", 25},          {"mail", 25},          {"time", 37},          {"whois", 43},
    {"nicname", 43},       {"tacacs", 49},        {"domain", 53},        {"dns", 53},
    {"bootps", 67},        {"dhcp", 67},          {"bootpc", 68},        {"tftp", 69},
    {"gopher", 70},        {"finger", 79},        {"http", 80},          {"www", 80},
    {"kerberos", 88},      {"pop2", 109},         {"pop3", 110},         {"sunrpc", 111},
    {"portmapper", 111},   {"rpcbind", 111},      {"auth", 113},         {"ident", 113},
    {"nntp", 119},         {"ntp", 123},          {"epmap", 135},        {"msrpc", 135},
    {"loc-srv", 135},      {"netbios-ns", 137},   {"netbios-dgm", 138},  {"netbios-ssn", 139},
    {"imap", 143},         {"imap2", 143},        {"snmp", 161},         {"snmp-trap", 162},
    {"snmptrap", 162},     {"bgp", 179},          {"irc", 194},          {"imap3", 220},
    {"ldap", 389},         {"https", 443},        {"microsoft-ds", 445}, {"smb", 445},
    {"kpasswd", 464},      {"submissions", 465},  {"smtps", 465},        {"isakmp", 500},
    {"ike", 500},          {"exec", 512},         {"biff", 512},         {"login", 513},
    {"who", 513},          {"shell", 514},        {"syslog", 514},       {"printer", 515},
    {"talk", 517},         {"ntalk", 518},        {"route", 520},        {"rip", 520},
    {"uucp", 540},         {"klogin", 543},       {"kshell", 544},       {"rtsp", 554},
    {"nntps", 563},        {"submission", 587},   {"ipp", 631},          {"ldaps", 636},
    {"rsync", 873},        {"ftps-data", 989},    {"ftps", 990},         {"telnets", 992},
    {"imaps", 993},        {"pop3s", 995},        {"socks", 1080},       {"openvpn", 1194},
    {"ms-sql-s", 1433},    {"mssql", 1433},       {"ms-sql-m", 1434},    {"oracle", 1521},
    {"l2f", 1701},         {"l2tp", 1701},        {"h323", 1720},        {"h323hostcall", 1720},
    {"pptp", 1723},        {"radius", 1812},      {"radius-acct", 1813}, {"hsrp", 1985},
    {"nfs", 2049},         {"squid", 3128},       {"mysql", 3306},       {"ms-wbt-server", 3389},
    {"rdp", 3389},         {"stun", 3478},        {"turn", 3478},        {"svn", 3690},
    {"ipsec-nat-t", 4500}, {"iax", 4569},         {"sip", 5060},         {"sips", 5061},
    {"sip-tls", 5061},     {"xmpp-client", 5222}, {"xmpp-server", 5269}, {"mdns", 5353},
    {"postgresql", 5432},  {"vnc", 5900},         {"rfb", 5900},         {"winrm", 5985},
    {"winrm-http", 5985},  {"winrm-https", 5986}, {"x11", 6000},         {"redis", 6379},
    {"ircd", 6667},        {"http-alt", 8080},    {"http-proxy", 8080},  {"webcache", 8080},
    {"https-alt", 8443},   {"mongodb", 27017},
};

static const struct name *lookup(const struct name *v, size_t n, struct str s)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq_nocase(s, str_of(v[i].name)))
            return &v[i];
    return NULL;
}

bool proto_parse(struct str s, uint8_t *proto)
{
    uint64_t number;
    if (str_u64(s, 10, 255, &number)) {
        *proto = (uint8_t)number;
        return true;
    }
    const struct name *found = lookup(protocols, sizeof protocols / sizeof *protocols, s);
    if (found == NULL)
        return false;
    *proto = (uint8_t)found->number;
    return true;
}

struct str proto_format(struct arena *a, u128 proto)
{
    for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++)
        if (protocols[i].number == proto)
            return str_of(protocols[i].name);
    return arena_strf(a, "%u", (unsigned)proto);
}

bool port_parse(struct str s, uint16_t *port)
{
    uint64_t number;
    if (str_u64(s, 10, UINT16_MAX, &number)) {
        *port = (uint16_t)number;
        return true;
    }
    const struct name *found = lookup(ports, sizeof ports / sizeof *ports, s);
    if (found == NULL)
        return false;
    *port = found->number;
    return true;
}

/* ---- interfaces ----------------------------------------------------------------------------- */

void ifaces_init(struct arena *a, struct ifaces *i)
{
    *i = (struct ifaces){.index = map_new(a)};
    *PUSH(a, *i) = (struct str){"", 0};
}

uint16_t ifaces_add(struct arena *a, struct ifaces *i, struct str name)
{
    struct str *known = map_get(i->index, name);
    if (known != NULL)
        return (uint16_t)(*(const uint32_t *)known);
    if (i->n > UINT16_MAX)
        return 0;
    uint32_t *class = NEW(a, uint32_t);
    *class = (uint32_t)i->n;
    map_put(i->index, name, class);
    *PUSH(a, *i) = name;
    return (uint16_t) * class;
}

void ifaces_same(struct arena *a, struct ifaces *i, struct str name, struct str other)
{
    uint32_t *class = NEW(a, uint32_t);
    *class = ifaces_add(a, i, name);
    map_put(i->index, other, class);
}

static bool is_pattern(struct str name)
{
    return name.n != 0 && name.p[name.n - 1] == '+';
}

set_id ifaces_match(struct sets *s, const struct ifaces *i, struct str name)
{
    const uint32_t *known = map_get(i->index, name);
    if (!is_pattern(name))
        return known == NULL ? SET_EMPTY : set_one(s, *known);
    struct str prefix = str_sub(name, 0, name.n - 1);
    if (prefix.n == 0)
        return set_full(s, FIELD_IN);
    struct ival *v = NEW_N(sets_arena(s), struct ival, i->n);
    size_t n = 0;
    for (size_t k = 1; k < i->n; k++)
        if (str_starts(i->v[k], prefix))
            v[n++] = (struct ival){k, k};
    return set_of(s, v, n);
}

uint16_t ifaces_class(const struct ifaces *i, struct str name)
{
    const uint32_t *known = map_get(i->index, name);
    if (known != NULL && !is_pattern(name))
        return (uint16_t)*known;
    uint16_t best = 0;
    for (size_t k = 1; k < i->n; k++)
        if (is_pattern(i->v[k]) && str_starts(name, str_sub(i->v[k], 0, i->v[k].n - 1)) &&
            i->v[k].n > i->v[best].n)
            best = (uint16_t)k;
    return best;
}

/* ---- sets in words -------------------------------------------------------------------------- */

static struct str decimal(struct arena *a, struct ival v)
{
    if (v.lo == v.hi)
        return arena_strf(a, "%llu", (unsigned long long)v.lo);
    return arena_strf(a, "%llu-%llu", (unsigned long long)v.lo, (unsigned long long)v.hi);
}

static struct str mac_format(struct arena *a, u128 mac)
{
    unsigned b[6];
    for (size_t i = 6; i-- > 0; mac >>= 8)
        b[i] = (unsigned)(mac & 255);
    return arena_strf(a, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4], b[5]);
}

static void add_ifaces(struct strs *out, struct arena *a, struct ival v, const struct ifaces *names)
{
    for (u128 k = v.lo; k <= v.hi && k < names->n; k++)
        if (k != 0)
            *PUSH(a, *out) = names->v[k];
    /* Class 0 stands for all that nobody names; numbers without a name are those, too. */
    if (v.lo == 0)
        *PUSH(a, *out) = STR("(other)");
}

/* The words of a field whose values have names; NULL for others. */
static const char *const *words_of(enum field f)
{
    static const char *const families[] = {"ipv4", "ipv6"};
    static const char *const frags[] = {"no", "first", "later"};
    static const char *const pkttypes[] = {"unicast", "broadcast", "multicast"};
    return f == FIELD_FAMILY    ? families
           : f == FIELD_STATE   ? state_names
           : f == FIELD_FRAG    ? frags
           : f == FIELD_PKTTYPE ? pkttypes
                                : NULL;
}

static struct str word(struct arena *a, enum field f, u128 value)
{
    return f == FIELD_PROTO ? proto_format(a, value) : str_of(words_of(f)[value]);
}

static bool in_words(enum field f, struct ival v)
{
    return words_of(f) != NULL || (f == FIELD_PROTO && v.hi - v.lo < 4);
}

static bool is_iface(enum field f)
{
    return f == FIELD_IN || f == FIELD_OUT || f == FIELD_PHYSIN || f == FIELD_PHYSOUT;
}

struct strs set_format(struct sets *s, struct arena *a, enum field f, set_id set,
                       enum family family, const struct ifaces *ifaces)
{
    struct strs out = {0};
    size_t n;
    const struct ival *v = set_ivals(s, set, &n);
    bool addr = f == FIELD_SRC || f == FIELD_DST;
    u128 max = addr ? addr_max(family) : field_max[f];
    bool iface = is_iface(f);
    if (n == 1 && v[0].lo == 0 && v[0].hi >= max) {
        *PUSH(a, out) = STR("any");
        return out;
    }
    for (size_t i = 0; i < n; i++) {
        if (addr) {
            *PUSH(a, out) = range_format(a, family, v[i]);
        } else if (iface && ifaces != NULL) {
            add_ifaces(&out, a, v[i], ifaces);
        } else if (f == FIELD_MAC && v[i].lo == v[i].hi) {
            *PUSH(a, out) = mac_format(a, v[i].lo);
        } else if (in_words(f, v[i])) {
            for (u128 k = v[i].lo; k <= v[i].hi; k++)
                *PUSH(a, out) = word(a, f, k);
        } else {
            *PUSH(a, out) = decimal(a, v[i]);
        }
    }
    return out;
}

/* ---- words to sets -------------------------------------------------------------------------- */

static bool parse_word(const char *const *words, enum field f, struct str text, struct ival *v)
{
    for (u128 k = 0; k <= field_max[f]; k++)
        // NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): there is a word for each value
        if (str_eq(text, str_of(words[k]))) {
            *v = (struct ival){k, k};
            return true;
        }
    return false;
}

static bool parse_iface(const struct ifaces *names, struct str text, struct ival *v)
{
    v->lo = v->hi = 0;
    if (str_eq(text, STR("(other)")))
        return true;
    const uint32_t *class = names == NULL ? NULL : map_get(names->index, text);
    if (class == NULL)
        return false;
    v->lo = v->hi = *class;
    return true;
}

static bool parse_mac(struct str text, struct ival *v)
{
    struct str part;
    u128 mac = 0;
    for (int i = 0; i < 6; i++) {
        uint64_t byte;
        if (!str_cut(&text, ':', &part) || part.n != 2 || !str_u64(part, 16, 255, &byte))
            return false;
        mac = mac << 8 | byte;
    }
    *v = (struct ival){mac, mac};
    return text.n == 0;
}

/* N or N-M. */
static bool parse_decimal(enum field f, struct str text, struct ival *v)
{
    uint64_t lo, hi, max = (uint64_t)field_max[f];
    size_t dash = str_find(text, '-');
    if (!str_u64(str_sub(text, 0, dash), 10, max, &lo))
        return false;
    hi = lo;
    if (dash < text.n && !str_u64(str_from(text, dash + 1), 10, max, &hi))
        return false;
    *v = (struct ival){lo, hi};
    return lo <= hi;
}

static bool parse_value(enum field f, struct str text, struct ival *v, int *family,
                        const struct ifaces *ifaces)
{
    if (f == FIELD_SRC || f == FIELD_DST) {
        enum family found;
        bool good = range_parse(text, &found, v, NULL) && (*family < 0 || *family == (int)found);
        *family = good ? (int)found : *family;
        return good;
    }
    if (is_iface(f))
        return parse_iface(ifaces, text, v);
    if (words_of(f) != NULL)
        return parse_word(words_of(f), f, text, v);
    uint8_t proto;
    if (f == FIELD_PROTO && proto_parse(text, &proto)) {
        *v = (struct ival){proto, proto};
        return true;
    }
    if (f == FIELD_MAC && str_find(text, ':') < text.n)
        return parse_mac(text, v);
    return parse_decimal(f, text, v);
}

bool set_parse(struct sets *s, set_id *out, enum field f, const struct strs *words, int *family,
               const struct ifaces *ifaces)
{
    if (words->n == 1 && str_eq(words->v[0], STR("any"))) {
        *out = set_full(s, f);
        return true;
    }
    struct ival *v = NEW_N(sets_arena(s), struct ival, words->n + 1);
    for (size_t i = 0; i < words->n; i++)
        if (!parse_value(f, words->v[i], &v[i], family, ifaces))
            return false;
    *out = set_of(s, v, words->n);
    return true;
}
