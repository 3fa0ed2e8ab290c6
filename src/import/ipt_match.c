/* What an iptables rule says: the words behind its chain, by a table of options. The meanings are
 * those of iptables(8) and iptables-extensions(8), version 1.8.9. */
#include "import/ipt_int.h"

#include <string.h>

/* A rule while its words are read. */
struct lower {
    struct ipt *x;
    struct ipt_ruleset *set;
    struct ipt_chain *chain;
    const struct ipt_rule *rule;
    struct rule *r;
    struct cube *cubes; /* what matches so far: their union */
    size_t n, cap;
    size_t at;      /* the word that is read */
    bool negated;   /* a `!` stands before the option (or, old style, before its value) */
    bool old_style; /* iptables before 1.4.3 */
    struct ipt_word target;
    bool go; /* -g */
    struct ipt_words target_words;
};

typedef bool option_fn(struct lower *l, struct str value);

static struct sets *sets_of(const struct lower *l)
{
    return l->x->im->sets;
}

/* ---- narrowing ------------------------------------------------------------------------------ */

static set_id whole(struct lower *l, enum field f)
{
    if (f == FIELD_SRC || f == FIELD_DST)
        return set_range(sets_of(l), 0, addr_max(l->set->family));
    return set_full(sets_of(l), f);
}

/* SET, or all but it after a `!`. */
static set_id sense(struct lower *l, enum field f, set_id set)
{
    return l->negated ? set_minus(sets_of(l), whole(l, f), set) : set;
}

static void narrow(struct lower *l, enum field f, set_id set)
{
    size_t kept = 0;
    for (size_t i = 0; i < l->n; i++) {
        l->cubes[i].f[f] = set_and(sets_of(l), l->cubes[i].f[f], set);
        if (l->cubes[i].f[f] != SET_EMPTY)
            l->cubes[kept++] = l->cubes[i];
    }
    l->n = kept;
}

static bool narrow_to(struct lower *l, enum field f, set_id set)
{
    narrow(l, f, sense(l, f, set));
    return true;
}

static bool narrow_range(struct lower *l, enum field f, u128 lo, u128 hi)
{
    return narrow_to(l, f, set_range(sets_of(l), lo, hi));
}

/* Either field in SET: twice as many cubes. */
static void narrow_either(struct lower *l, enum field f, enum field g, set_id set)
{
    size_t n = l->n;
    for (size_t i = 0; i < n; i++) {
        struct cube other = l->cubes[i];
        other.f[g] = set_and(sets_of(l), other.f[g], set);
        l->cubes = array_room(l->x->im->arena, l->cubes, l->n, &l->cap, sizeof *l->cubes);
        l->cubes[l->n++] = other;
        l->cubes[i].f[f] = set_and(sets_of(l), l->cubes[i].f[f], set);
    }
    narrow(l, FIELD_FAMILY, set_full(sets_of(l), FIELD_FAMILY));
}

static void condition(struct lower *l, const char *kind, struct str text, bool of_packet)
{
    struct cond c = {.kind = str_of(kind), .text = text, .at = l->r->at, .of_packet = of_packet};
    rule_cond(l->x->policy, l->r, c, !l->negated);
}

/* ---- addresses, protocols, interfaces -------------------------------------------------------- */

static bool looks_like_name(struct str s)
{
    bool letter = false;
    for (size_t i = 0; i < s.n; i++) {
        char c = char_lower(s.p[i]);
        if (!(c >= 'a' && c <= 'z') && !char_is_digit(c) && c != '.' && c != '-' && c != '_')
            return false;
        letter = letter || (c >= 'g' && c <= 'z');
    }
    return letter;
}

/* One address, with a mask of any shape. */
static bool address(struct lower *l, struct str s, set_id *out)
{
    enum family family, other;
    struct ival range;
    u128 addr, mask;
    size_t slash = str_find(s, '/');
    if (str_find(s, '-') == s.n && range_parse(s, &family, &range, NULL)) {
        *out = set_range(sets_of(l), range.lo, range.hi);
        return family == l->set->family;
    }
    return slash != s.n && addr_parse(str_sub(s, 0, slash), &family, &addr) &&
           addr_parse(str_from(s, slash + 1), &other, &mask) && family == other &&
           family == l->set->family && set_of_mask(sets_of(l), out, family, addr, mask);
}

static bool addresses(struct lower *l, enum field f, struct str value)
{
    struct str rest = value, one;
    set_id all = SET_EMPTY, set;
    while (str_cut(&rest, ',', &one)) {
        if (address(l, one, &set)) {
            all = set_or(sets_of(l), all, set);
        } else if (looks_like_name(one)) {
            policy_fact(l->x->policy, STR("name.fqdn"), one, l->r->at, l->r);
            condition(l, "name", value, true);
            return true;
        } else {
            return false;
        }
    }
    return narrow_to(l, f, all);
}

static bool opt_source(struct lower *l, struct str v)
{
    return addresses(l, FIELD_SRC, v);
}

static bool opt_destination(struct lower *l, struct str v)
{
    return addresses(l, FIELD_DST, v);
}

static bool range_of(struct lower *l, enum field f, struct str v)
{
    enum family family, other;
    size_t dash = str_find(v, '-');
    struct ival r;
    if (!addr_parse(str_sub(v, 0, dash), &family, &r.lo))
        return false;
    r.hi = r.lo;
    if (dash != v.n && (!addr_parse(str_from(v, dash + 1), &other, &r.hi) || other != family))
        return false;
    return narrow_range(l, f, r.lo, r.hi); /* a reversed range loads and never matches */
}

static bool opt_src_range(struct lower *l, struct str v)
{
    return range_of(l, FIELD_SRC, v);
}

static bool opt_dst_range(struct lower *l, struct str v)
{
    return range_of(l, FIELD_DST, v);
}

static bool opt_protocol(struct lower *l, struct str v)
{
    uint8_t proto;
    if (str_eq_nocase(v, STR("all")) || str_eq(v, STR("0")))
        return !l->negated;
    return proto_parse(v, &proto) && narrow_range(l, FIELD_PROTO, proto, proto);
}

static bool opt_in(struct lower *l, struct str v)
{
    return narrow_to(l, FIELD_IN, ifaces_match(sets_of(l), &l->x->policy->ifaces, v));
}

static bool opt_out(struct lower *l, struct str v)
{
    return narrow_to(l, FIELD_OUT, ifaces_match(sets_of(l), &l->x->policy->ifaces, v));
}

static bool opt_fragment(struct lower *l, struct str v)
{
    (void)v;
    return narrow_range(l, FIELD_FRAG, FRAG_LATER, FRAG_LATER);
}

/* ---- ports and ICMP ------------------------------------------------------------------------- */

static bool port_range(struct str v, struct ival *r)
{
    uint16_t lo = 0, hi = UINT16_MAX;
    size_t colon = str_find(v, ':');
    if (colon == v.n) {
        if (!port_parse(v, &lo))
            return false;
        hi = lo;
    } else if ((colon != 0 && !port_parse(str_sub(v, 0, colon), &lo)) ||
               (colon + 1 != v.n && !port_parse(str_from(v, colon + 1), &hi))) {
        return false;
    }
    *r = (struct ival){lo, hi};
    return lo <= hi;
}

static bool port_list(struct lower *l, struct str v, set_id *out)
{
    struct ival r[15];
    size_t n = 0;
    struct str one;
    while (str_cut(&v, ',', &one))
        if (n == 15 || !port_range(one, &r[n++]))
            return false;
    *out = set_of(sets_of(l), r, n);
    return n != 0;
}

static bool ports(struct lower *l, enum field f, struct str v)
{
    set_id set;
    return port_list(l, v, &set) && narrow_to(l, f, set);
}

static bool opt_sport(struct lower *l, struct str v)
{
    return ports(l, FIELD_SPORT, v);
}

static bool opt_dport(struct lower *l, struct str v)
{
    return ports(l, FIELD_DPORT, v);
}

/* Source or destination; not `!`: neither. */
static bool opt_ports(struct lower *l, struct str v)
{
    set_id set;
    if (!port_list(l, v, &set))
        return false;
    if (!l->negated) {
        narrow_either(l, FIELD_SPORT, FIELD_DPORT, set);
        return true;
    }
    return narrow_to(l, FIELD_SPORT, set) && narrow_to(l, FIELD_DPORT, set);
}

static const struct {
    const char *name;
    uint8_t type;
    int16_t code; /* -1: any */
} icmp_names[][2] = {
    {{"echo-reply", 0, -1}, {"echo-reply", 129, -1}},
    {{"pong", 0, -1}, {NULL, 0, 0}},
    {{"echo-request", 8, -1}, {"echo-request", 128, -1}},
    {{"ping", 8, -1}, {NULL, 0, 0}},
    {{"destination-unreachable", 3, -1}, {"destination-unreachable", 1, -1}},
    {{"network-unreachable", 3, 0}, {"no-route", 1, 0}},
    {{"host-unreachable", 3, 1}, {"communication-prohibited", 1, 1}},
    {{"protocol-unreachable", 3, 2}, {"beyond-scope", 1, 2}},
    {{"port-unreachable", 3, 3}, {"address-unreachable", 1, 3}},
    {{"fragmentation-needed", 3, 4}, {"port-unreachable", 1, 4}},
    {{"source-route-failed", 3, 5}, {"failed-policy", 1, 5}},
    {{"network-unknown", 3, 6}, {"reject-route", 1, 6}},
    {{"host-unknown", 3, 7}, {"packet-too-big", 2, -1}},
    {{"network-prohibited", 3, 9}, {"time-exceeded", 3, -1}},
    {{"host-prohibited", 3, 10}, {"ttl-exceeded", 3, -1}},
    {{"TOS-network-unreachable", 3, 11}, {"ttl-zero-during-transit", 3, 0}},
    {{"TOS-host-unreachable", 3, 12}, {"ttl-zero-during-reassembly", 3, 1}},
    {{"communication-prohibited", 3, 13}, {"parameter-problem", 4, -1}},
    {{"host-precedence-violation", 3, 14}, {"bad-header", 4, 0}},
    {{"precedence-cutoff", 3, 15}, {"unknown-header-type", 4, 1}},
    {{"source-quench", 4, -1}, {"unknown-option", 4, 2}},
    {{"redirect", 5, -1}, {"redirect", 137, -1}},
    {{"network-redirect", 5, 0}, {"router-solicitation", 133, -1}},
    {{"host-redirect", 5, 1}, {"router-advertisement", 134, -1}},
    {{"TOS-network-redirect", 5, 2}, {"neighbour-solicitation", 135, -1}},
    {{"TOS-host-redirect", 5, 3}, {"neighbor-solicitation", 135, -1}},
    {{"router-advertisement", 9, -1}, {"neighbour-advertisement", 136, -1}},
    {{"router-solicitation", 10, -1}, {"neighbor-advertisement", 136, -1}},
    {{"time-exceeded", 11, -1}, {NULL, 0, 0}},
    {{"ttl-exceeded", 11, -1}, {NULL, 0, 0}},
    {{"ttl-zero-during-transit", 11, 0}, {NULL, 0, 0}},
    {{"ttl-zero-during-reassembly", 11, 1}, {NULL, 0, 0}},
    {{"parameter-problem", 12, -1}, {NULL, 0, 0}},
    {{"ip-header-bad", 12, 0}, {NULL, 0, 0}},
    {{"required-option-missing", 12, 1}, {NULL, 0, 0}},
    {{"timestamp-request", 13, -1}, {NULL, 0, 0}},
    {{"timestamp-reply", 14, -1}, {NULL, 0, 0}},
    {{"address-mask-request", 17, -1}, {NULL, 0, 0}},
    {{"address-mask-reply", 18, -1}, {NULL, 0, 0}},
};

static bool icmp_parse(struct str v, enum family family, struct ival *type, struct ival *code)
{
    uint64_t t, lo, hi;
    *code = (struct ival){0, 255};
    for (size_t i = 0; i < sizeof icmp_names / sizeof *icmp_names; i++)
        if (icmp_names[i][family].name != NULL &&
            str_eq_nocase(v, str_of(icmp_names[i][family].name))) {
            int16_t c = icmp_names[i][family].code;
            *type = (struct ival){icmp_names[i][family].type, icmp_names[i][family].type};
            if (c >= 0)
                *code = (struct ival){(u128)c, (u128)c};
            return true;
        }
    struct str numbers;
    if (!str_cut(&v, '/', &numbers) || !str_u64(numbers, 10, 255, &t))
        return false;
    *type = (struct ival){t, t};
    if (v.n == 0)
        return true;
    str_cut(&v, ':', &numbers);
    if (!str_u64(numbers, 10, 255, &lo))
        return false;
    hi = lo;
    if (v.n != 0 && !str_u64(v, 10, 255, &hi))
        return false;
    *code = (struct ival){lo, hi};
    return true;
}

static bool opt_icmp_type(struct lower *l, struct str v)
{
    struct ival type, code;
    if (str_eq(v, STR("any")))
        return !l->negated;
    if (!icmp_parse(v, l->set->family, &type, &code))
        return false;
    if (type.lo == 255 && l->set->family == FAMILY_V4)
        return !l->negated; /* the kernel reads type 255 as any type */
    struct sets *s = sets_of(l);
    set_id types = set_range(s, type.lo, type.hi), codes = set_range(s, code.lo, code.hi);
    if (!l->negated) {
        narrow(l, FIELD_SPORT, types);
        narrow(l, FIELD_DPORT, codes);
        return true;
    }
    struct cube *out = NULL;
    size_t n = 0, cap = 0;
    for (size_t i = 0; i < l->n; i++) { /* another type, or this type with another code */
        struct cube a = l->cubes[i], b = a;
        a.f[FIELD_SPORT] = set_minus(s, a.f[FIELD_SPORT], types);
        b.f[FIELD_SPORT] = set_and(s, b.f[FIELD_SPORT], types);
        b.f[FIELD_DPORT] = set_minus(s, b.f[FIELD_DPORT], codes);
        out = array_room(l->x->im->arena, out, n, &cap, sizeof *out);
        out[n++] = a;
        out = array_room(l->x->im->arena, out, n, &cap, sizeof *out);
        out[n++] = b;
    }
    l->cubes = out;
    l->n = n;
    l->cap = cap;
    narrow(l, FIELD_DPORT, set_range(s, 0, 255));
    narrow(l, FIELD_SPORT, set_range(s, 0, 255));
    return true;
}

/* ---- state, flags, and the other headers ------------------------------------------------------
 */

static bool opt_state(struct lower *l, struct str v)
{
    static const struct {
        const char *name;
        uint8_t state;
    } words[] = {{"NEW", STATE_NEW},
                 {"ESTABLISHED", STATE_ESTABLISHED},
                 {"RELATED", STATE_RELATED},
                 {"INVALID", STATE_INVALID},
                 {"UNTRACKED", STATE_UNTRACKED}};
    struct ival states[5];
    size_t n = 0;
    struct str one, all = v;
    while (str_cut(&v, ',', &one)) {
        size_t i = 0;
        while (i < 5 && !str_eq_nocase(one, str_of(words[i].name)))
            i++;
        if (i == 5 && (str_eq(one, STR("DNAT")) || str_eq(one, STR("SNAT")))) {
            condition(l, "conntrack", all, true);
            return true;
        }
        if (i == 5 || n == 5)
            return false;
        states[n++] = (struct ival){words[i].state, words[i].state};
    }
    return n != 0 && narrow_to(l, FIELD_STATE, set_of(sets_of(l), states, n));
}

static bool flags_parse(struct str v, unsigned *flags)
{
    static const struct {
        const char *name;
        unsigned bits;
    } names[] = {{"FIN", TCP_FIN}, {"SYN", TCP_SYN}, {"RST", TCP_RST}, {"PSH", TCP_PSH},
                 {"ACK", TCP_ACK}, {"URG", TCP_URG}, {"ALL", 63},      {"NONE", 0}};
    struct str one;
    *flags = 0;
    while (str_cut(&v, ',', &one)) {
        size_t i = 0;
        while (i < 8 && !str_eq_nocase(one, str_of(names[i].name)))
            i++;
        if (i == 8)
            return false;
        *flags |= names[i].bits;
    }
    return true;
}

static bool narrow_flags(struct lower *l, unsigned mask, unsigned want)
{
    struct ival v[64];
    size_t n = 0;
    for (unsigned k = 0; k < 64; k++)
        if ((k & mask) == want)
            v[n++] = (struct ival){k, k};
    return narrow_to(l, FIELD_TCPFLAGS, set_of(sets_of(l), v, n));
}

static bool opt_tcp_flags(struct lower *l, struct str v)
{
    unsigned mask, want;
    if (l->at + 1 >= l->rule->words.n)
        return false;
    return flags_parse(v, &mask) && flags_parse(l->rule->words.v[++l->at].text, &want) &&
           narrow_flags(l, mask, want);
}

static bool opt_syn(struct lower *l, struct str v)
{
    (void)v;
    return narrow_flags(l, TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK, TCP_SYN);
}

static bool number_range(struct str v, char sep, u128 max, struct ival *r)
{
    uint64_t lo = 0, hi = (uint64_t)max;
    size_t at = str_find(v, sep);
    if (at == v.n) {
        if (!str_u64(v, 0, (uint64_t)max, &lo))
            return false;
        hi = lo;
    } else if ((at != 0 && !str_u64(str_sub(v, 0, at), 0, (uint64_t)max, &lo)) ||
               (at + 1 != v.n && !str_u64(str_from(v, at + 1), 0, (uint64_t)max, &hi))) {
        return false;
    }
    *r = (struct ival){lo, hi};
    return true;
}

static bool opt_length(struct lower *l, struct str v)
{
    struct ival r;
    return number_range(v, ':', UINT16_MAX, &r) && narrow_range(l, FIELD_LENGTH, r.lo, r.hi);
}

static bool opt_ttl_eq(struct lower *l, struct str v)
{
    uint64_t n;
    return str_u64(v, 10, 255, &n) && narrow_range(l, FIELD_TTL, n, n);
}

static bool opt_ttl_gt(struct lower *l, struct str v)
{
    uint64_t n;
    return str_u64(v, 10, 255, &n) && narrow_range(l, FIELD_TTL, (u128)n + 1, 255);
}

static bool opt_ttl_lt(struct lower *l, struct str v)
{
    uint64_t n;
    if (!str_u64(v, 10, 255, &n))
        return false;
    return narrow_to(l, FIELD_TTL, n == 0 ? SET_EMPTY : set_range(sets_of(l), 0, (u128)n - 1));
}

static bool opt_mac(struct lower *l, struct str v)
{
    u128 mac = 0;
    struct str byte;
    size_t n = 0;
    for (; str_cut(&v, ':', &byte); n++) {
        uint64_t b = 0;
        if (byte.n != 2)
            return false;
        struct str hex = arena_strf(l->x->im->arena, "0x%.*s", STR_ARG(byte));
        if (!str_u64(hex, 0, 255, &b))
            return false;
        mac = mac << 8 | b;
    }
    return n == 6 && narrow_range(l, FIELD_MAC, mac, mac);
}

static bool masked_number(struct str v, uint64_t *value, uint64_t *mask)
{
    size_t slash = str_find(v, '/');
    *mask = UINT32_MAX;
    return str_u64(str_sub(v, 0, slash), 0, UINT32_MAX, value) &&
           (slash == v.n || str_u64(str_from(v, slash + 1), 0, UINT32_MAX, mask));
}

static bool opt_mark(struct lower *l, struct str v)
{
    uint64_t value, mask;
    if (!masked_number(v, &value, &mask))
        return false;
    if (mask == UINT32_MAX)
        return narrow_range(l, FIELD_MARK, value, value);
    struct cond c = {.kind = STR("mark"),
                     .text = v,
                     .at = l->r->at,
                     .of_packet = true,
                     .field = FIELD_MARK,
                     .mask = mask,
                     .want = value};
    rule_cond(l->x->policy, l->r, c, !l->negated);
    return true;
}

static bool opt_pkttype(struct lower *l, struct str v)
{
    static const char *const words[] = {"unicast", "broadcast", "multicast"};
    for (u128 i = 0; i < 3; i++)
        if (str_eq_nocase(v, str_of(words[i])))
            return narrow_range(l, FIELD_PKTTYPE, i, i);
    return false;
}

static bool opt_comment(struct lower *l, struct str v)
{
    l->r->remark = v;
    return true;
}

static bool opt_nothing(struct lower *l, struct str v)
{
    (void)l;
    (void)v;
    return true;
}

static bool opt_match(struct lower *l, struct str v);

static bool opt_jump(struct lower *l, struct str v)
{
    (void)v;
    l->target = l->rule->words.v[l->at];
    return true;
}

static bool opt_goto(struct lower *l, struct str v)
{
    l->go = true;
    return opt_jump(l, v);
}

static const struct option {
    const char *name, *letter;
    size_t values;
    option_fn *fn;
} options[] = {
    {"--source", "-s", 1, opt_source},
    {"--src", NULL, 1, opt_source},
    {"--destination", "-d", 1, opt_destination},
    {"--dst", NULL, 1, opt_destination},
    {"--protocol", "-p", 1, opt_protocol},
    {"--proto", NULL, 1, opt_protocol},
    {"--in-interface", "-i", 1, opt_in},
    {"--out-interface", "-o", 1, opt_out},
    {"--fragment", "-f", 0, opt_fragment},
    {"--match", "-m", 1, opt_match},
    {"--jump", "-j", 1, opt_jump},
    {"--goto", "-g", 1, opt_goto},
    {"--set-counters", "-c", 2, opt_nothing},
    {"--sport", "--source-port", 1, opt_sport},
    {"--dport", "--destination-port", 1, opt_dport},
    {"--sports", "--source-ports", 1, opt_sport},
    {"--dports", "--destination-ports", 1, opt_dport},
    {"--ports", NULL, 1, opt_ports},
    {"--icmp-type", "--icmpv6-type", 1, opt_icmp_type},
    {"--state", "--ctstate", 1, opt_state},
    {"--tcp-flags", NULL, 1, opt_tcp_flags},
    {"--syn", NULL, 0, opt_syn},
    {"--src-range", NULL, 1, opt_src_range},
    {"--dst-range", NULL, 1, opt_dst_range},
    {"--mac-source", "--mac", 1, opt_mac},
    {"--mark", NULL, 1, opt_mark},
    {"--length", NULL, 1, opt_length},
    {"--ttl-eq", "--hl-eq", 1, opt_ttl_eq},
    {"--ttl-gt", "--hl-gt", 1, opt_ttl_gt},
    {"--ttl-lt", "--hl-lt", 1, opt_ttl_lt},
    {"--pkt-type", NULL, 1, opt_pkttype},
    {"--comment", NULL, 1, opt_comment},
};

static const struct option *find_option(struct str word)
{
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (str_eq(word, str_of(options[i].name)) ||
            (options[i].letter != NULL && str_eq(word, str_of(options[i].letter))))
            return &options[i];
    return NULL;
}

/* ---- matches that ask for what is not in the packet -------------------------------------------
 */

/* of_packet: the same text asked of the same packet gives the same answer. */
static const struct {
    const char *name;
    bool of_packet;
} unknown_matches[] = {
    {"limit", false},     {"hashlimit", false}, {"recent", false},    {"quota", false},
    {"statistic", false}, {"connlimit", false}, {"connbytes", false}, {"rateest", false},
    {"nfacct", true},     {"string", true},     {"u32", true},        {"bpf", true},
    {"owner", true},      {"time", true},       {"socket", true},     {"cgroup", true},
    {"set", true},        {"addrtype", true},   {"policy", true},     {"rpfilter", true},
    {"helper", true},     {"realm", true},      {"physdev", true},    {"connlabel", true},
    {"cpu", true},        {"devgroup", true},   {"dscp", true},       {"tos", true},
    {"ecn", true},        {"esp", true},        {"ah", true},         {"tcpmss", true},
    {"connmark", true},   {"osf", true},        {"rt", true},         {"frag", true},
    {"hbh", true},        {"dst", true},        {"ipv6header", true}, {"mh", true},
    {"eui64", true},      {"srh", true},        {"ipvs", true},       {"cluster", true},
    {"geoip", true},      {"layer7", true},     {"psd", false},       {"random", false},
    {"condition", true},  {"ipp2p", true},      {"fuzzy", false},     {"nth", false},
};

static const char *const modelled_matches[] = {
    "tcp", "udp",  "udplite", "sctp",   "dccp", "icmp", "icmp6",   "icmpv6",  "multiport", "state",
    "mac", "mark", "iprange", "length", "ttl",  "hl",   "pkttype", "comment", "conntrack",
};

/* The words of a match up to the next option of another one. */
static struct str match_words(struct lower *l)
{
    const struct ipt_words *w = &l->rule->words;
    struct out o = {.arena = l->x->im->arena};
    size_t i = l->at + 1;
    for (; i < w->n; i++) {
        struct str word = w->v[i].text;
        bool bang = str_eq(word, STR("!")) && i + 1 < w->n;
        const struct option *next = find_option(bang ? w->v[i + 1].text : word);
        if (next != NULL)
            break;
        out_fmt(&o, "%s%.*s", o.n == 0 ? "" : " ", STR_ARG(word));
    }
    l->at = i - 1;
    return out_taken(&o);
}

/* A payload match on something like a domain name: "example.com", or the DNS form of it. */
static void note_string(struct lower *l, size_t from)
{
    const struct ipt_words *w = &l->rule->words;
    for (size_t i = from; i + 1 < w->n && i <= l->at; i++)
        if (str_eq(w->v[i].text, STR("--string")) || str_eq(w->v[i].text, STR("--hex-string"))) {
            struct str value = w->v[i + 1].text;
            if (str_find(value, '.') != value.n || str_find(value, '|') != value.n)
                policy_fact(l->x->policy, STR("name.string"), value, w->v[i + 1].at, l->r);
        }
}

static bool opt_match(struct lower *l, struct str v)
{
    for (size_t i = 0; i < sizeof modelled_matches / sizeof *modelled_matches; i++)
        if (str_eq(v, str_of(modelled_matches[i])))
            return true;
    for (size_t i = 0; i < sizeof unknown_matches / sizeof *unknown_matches; i++)
        if (str_eq(v, str_of(unknown_matches[i].name))) {
            size_t from = l->at;
            struct str text = match_words(l);
            condition(l, unknown_matches[i].name, text, unknown_matches[i].of_packet);
            if (str_eq(v, STR("string")))
                note_string(l, from);
            return true;
        }
    return false;
}

/* ---- targets -------------------------------------------------------------------------------- */

struct targets {
    const char *name;
    enum action action;
    bool reject, logs;
};

static const struct targets targets[] = {
    {"ACCEPT", ACT_PERMIT, false, false},     {"DROP", ACT_DENY, false, false},
    {"REJECT", ACT_DENY, true, false},        {"RETURN", ACT_RETURN, false, false},
    {"LOG", ACT_CONTINUE, false, true},       {"NFLOG", ACT_CONTINUE, false, true},
    {"ULOG", ACT_CONTINUE, false, true},      {"AUDIT", ACT_CONTINUE, false, true},
    {"TRACE", ACT_CONTINUE, false, false},    {"CHECKSUM", ACT_CONTINUE, false, false},
    {"TCPMSS", ACT_CONTINUE, false, false},   {"CLASSIFY", ACT_CONTINUE, false, false},
    {"SET", ACT_CONTINUE, false, false},      {"MARK", ACT_CONTINUE, false, false},
    {"CONNMARK", ACT_CONTINUE, false, false}, {"TOS", ACT_CONTINUE, false, false},
    {"DSCP", ACT_CONTINUE, false, false},     {"TTL", ACT_CONTINUE, false, false},
    {"HL", ACT_CONTINUE, false, false},       {"ECN", ACT_CONTINUE, false, false},
    {"NOTRACK", ACT_CONTINUE, false, false},  {"CT", ACT_CONTINUE, false, false},
    {"TEE", ACT_CONTINUE, false, false},      {"RATEEST", ACT_CONTINUE, false, false},
    {"SNAT", ACT_PERMIT, false, false},       {"MASQUERADE", ACT_PERMIT, false, false},
    {"DNAT", ACT_PERMIT, false, false},       {"REDIRECT", ACT_PERMIT, false, false},
    {"NETMAP", ACT_PERMIT, false, false},     {"QUEUE", ACT_UNKNOWN, false, false},
    {"NFQUEUE", ACT_UNKNOWN, false, false},   {"TPROXY", ACT_PERMIT, false, false},
};

static void add_rewrite(struct lower *l, struct rewrite w)
{
    struct rewrite *all = NEW_N(l->x->im->arena, struct rewrite, l->r->n_rewrites + 1);
    if (l->r->n_rewrites != 0)
        memcpy(all, l->r->rewrites, l->r->n_rewrites * sizeof *all);
    all[l->r->n_rewrites++] = w;
    l->r->rewrites = all;
}

static struct str target_option(const struct lower *l, const char *name)
{
    const struct ipt_words *w = &l->target_words;
    for (size_t i = 0; i + 1 < w->n; i++)
        if (str_eq(w->v[i].text, str_of(name)))
            return w->v[i + 1].text;
    return (struct str){"", 0};
}

/* "192.0.2.1", "192.0.2.1-192.0.2.9", "192.0.2.1:80", "[2001:db8::1]:80-90", ":80" */
static void rewrite_to(struct lower *l, struct str to)
{
    struct sets *s = sets_of(l);
    struct str addr = to, port = {"", 0};
    if (to.n != 0 && to.p[0] == '[') {
        size_t end = str_find(to, ']');
        addr = str_sub(to, 1, end - 1);
        port = str_from(to, end + 2);
    } else if (l->set->family == FAMILY_V4 && str_find(to, ':') != to.n) {
        addr = str_sub(to, 0, str_find(to, ':'));
        port = str_from(to, addr.n + 1);
    }
    enum family family;
    struct ival range;
    if (addr.n != 0 && range_parse(addr, &family, &range, NULL))
        add_rewrite(l,
                    (struct rewrite){.field = FIELD_DST, .to = set_range(s, range.lo, range.hi)});
    if (port.n != 0 && number_range(port, '-', UINT16_MAX, &range))
        add_rewrite(l,
                    (struct rewrite){.field = FIELD_DPORT, .to = set_range(s, range.lo, range.hi)});
}

static void rewrite_mark(struct lower *l)
{
    struct str v = target_option(l, "--set-xmark");
    bool x = v.n != 0;
    uint64_t value, mask;
    if (!x)
        v = target_option(l, "--set-mark");
    if (v.n == 0 || !masked_number(v, &value, &mask))
        return;
    add_rewrite(
        l, (struct rewrite){.field = FIELD_MARK, .mask = x ? mask : mask | value, .value = value});
}

static void rewrites(struct lower *l, struct str target)
{
    if (str_eq(target, STR("DNAT")))
        rewrite_to(l, target_option(l, "--to-destination"));
    else if (str_eq(target, STR("MARK")))
        rewrite_mark(l);
    else if (str_eq(target, STR("NOTRACK")) ||
             (str_eq(target, STR("CT")) && l->target_words.n != 0 &&
              str_eq(l->target_words.v[0].text, STR("--notrack"))))
        add_rewrite(
            l, (struct rewrite){.field = FIELD_STATE, .to = set_one(sets_of(l), STATE_UNTRACKED)});
}

/* What takes packets off their way, for rules that ask: "redirect.TARGET", "mark.set". */
static void tell_diversion(struct lower *l, struct str target)
{
    static const char *const targets_of[] = {"REDIRECT", "TPROXY", "DNAT", "NFQUEUE", "QUEUE"};
    for (size_t i = 0; i < sizeof targets_of / sizeof *targets_of; i++)
        if (str_eq(target, str_of(targets_of[i])))
            policy_fact(l->x->policy, arena_strf(l->x->im->arena, "redirect.%s", targets_of[i]),
                        l->rule->text, l->r->at, l->r);
    if (str_eq(target, STR("MARK")))
        policy_fact(l->x->policy, STR("mark.set"), l->rule->text, l->r->at, l->r);
}

static void lower_target(struct lower *l)
{
    struct str name = l->target.text;
    if (name.n == 0)
        return;
    tell_diversion(l, name);
    for (size_t i = 0; i < sizeof targets / sizeof *targets && !l->go; i++)
        if (str_eq(name, str_of(targets[i].name))) {
            l->r->action = targets[i].action;
            l->r->reject = targets[i].reject;
            l->r->logs = targets[i].logs;
            rewrites(l, name);
            return;
        }
    struct ipt_chain *to = ipt_chain_get(l->x, l->set, l->chain->table, name);
    if (to != NULL && to->policy.n == 0) {
        l->r->action = l->go ? ACT_GOTO : ACT_JUMP;
        l->r->target = to->chain;
        return;
    }
    l->r->action = ACT_UNKNOWN;
    ipt_not_modelled(l->x, l->rule->source, l->target.at,
                     "target %.*s of a rule in chain %.*s is not known: it may permit or deny",
                     STR_ARG(name), STR_ARG(l->chain->name));
}

/* ---- words ---------------------------------------------------------------------------------- */

static void not_understood(struct lower *l, const struct ipt_word *w)
{
    ipt_not_modelled(l->x, l->rule->source, w->at,
                     "\"%.*s\" is not understood: this rule of chain %.*s matches what it says "
                     "beside that, or less",
                     STR_ARG(w->text), STR_ARG(l->chain->name));
    condition(l, "not-modelled", l->rule->text, true);
}

static void read_option(struct lower *l, const struct option *o)
{
    const struct ipt_words *w = &l->rule->words;
    const struct ipt_word *name = &w->v[l->at];
    struct str value = {"", 0};
    if (o->values != 0 && l->at + 2 < w->n && str_eq(w->v[l->at + 1].text, STR("!"))) {
        l->negated = true;
        l->at++;
    }
    if (o->values != 0) {
        if (l->at + o->values >= w->n) {
            not_understood(l, name);
            return;
        }
        value = w->v[l->at + 1].text;
        l->at += o->values;
    }
    if (!o->fn(l, value))
        not_understood(l, &w->v[l->at]);
}

void ipt_lower_rule(struct ipt *x, struct ipt_ruleset *set, struct ipt_chain *chain,
                    const struct ipt_rule *rule, struct rule *r)
{
    struct lower l = {.x = x, .set = set, .chain = chain, .rule = rule, .r = r};
    struct cube any = cube_any(x->im->sets);
    any.f[FIELD_FAMILY] = set_one(x->im->sets, set->family);
    l.cubes = array_room(x->im->arena, NULL, 0, &l.cap, sizeof any);
    l.cubes[l.n++] = any;
    const struct ipt_words *w = &rule->words;
    for (l.at = 0; l.at < w->n; l.at++) {
        if (str_eq(w->v[l.at].text, STR("!"))) {
            l.negated = true;
            continue;
        }
        const struct option *o = find_option(w->v[l.at].text);
        if (o != NULL)
            read_option(&l, o);
        else if (l.target.text.n != 0)
            *PUSH(x->im->arena, l.target_words) = w->v[l.at];
        else
            not_understood(&l, &w->v[l.at]);
        l.negated = false;
    }
    lower_target(&l);
    for (size_t i = 0; i < l.n; i++)
        rule_match(x->policy, r, &l.cubes[i]);
}

void ipt_note_interfaces(struct ipt *x, const struct ipt_rule *rule)
{
    for (size_t i = 0; i + 1 < rule->words.n; i++) {
        const struct option *o = find_option(rule->words.v[i].text);
        if (o == NULL || (o->fn != opt_in && o->fn != opt_out))
            continue;
        struct str name = rule->words.v[i + 1].text;
        if (str_eq(name, STR("!")) && i + 2 < rule->words.n)
            name = rule->words.v[i + 2].text;
        policy_interface(x->policy, name, rule->at);
    }
}
