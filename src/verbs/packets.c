#include "verbs/packets.h"

bool asked_fail(struct asked *x, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    x->why = arena_vstrf(x->arena, fmt, ap);
    va_end(ap);
    return false;
}

/* ---- values -----------------------------------------------------------------------------------
 */

static bool put(struct asked *x, enum field f, set_id values)
{
    x->cube.f[f] = set_and(x->policy->sets, x->cube.f[f], values);
    x->given |= (uint64_t)1 << f;
    return true;
}

static bool put_one(struct asked *x, enum field f, u128 value)
{
    return put(x, f, set_one(x->policy->sets, value));
}

static bool number_in(struct asked *x, struct str v, const char *what, uint64_t max, uint64_t *n)
{
    return str_u64(v, 0, max, n) || asked_fail(x, "%s must be a number up to %llu, not \"%.*s\"",
                                               what, (unsigned long long)max, STR_ARG(v));
}

/* "80", "https", "16384-65535", "80,443", "any" */
static bool put_ports(struct asked *x, enum field f, struct str v)
{
    struct sets *s = x->policy->sets;
    struct str part;
    set_id all = SET_EMPTY;
    if (str_eq(v, STR("any")))
        return put(x, f, set_full(s, f));
    while (str_cut(&v, ',', &part)) {
        uint16_t lo, hi;
        size_t dash = str_find(part, '-');
        bool named = port_parse(part, &lo);
        hi = lo;
        if (!named && !(dash < part.n && port_parse(str_sub(part, 0, dash), &lo) &&
                        port_parse(str_from(part, dash + 1), &hi) && lo <= hi))
            return asked_fail(x, "\"%.*s\" is no port or range of ports", STR_ARG(part));
        all = set_or(s, all, set_range(s, lo, hi));
    }
    return put(x, f, all);
}

static bool put_addrs(struct asked *x, enum field f, struct str v)
{
    struct sets *s = x->policy->sets;
    struct str part;
    set_id all = SET_EMPTY;
    if (str_eq(v, STR("any")))
        return true;
    while (str_cut(&v, ',', &part)) {
        enum family family;
        struct ival range;
        if (!range_parse(part, &family, &range, NULL))
            return asked_fail(x, "\"%.*s\" is no address or network", STR_ARG(part));
        put_one(x, FIELD_FAMILY, family);
        all = set_or(s, all, set_range(s, range.lo, range.hi));
    }
    if (x->cube.f[FIELD_FAMILY] == SET_EMPTY)
        return asked_fail(x, "the addresses are of different IP versions");
    return put(x, f, all);
}

/* ---- interfaces and zones ---------------------------------------------------------------------
 */

static set_id class_of(const struct asked *x, struct str name)
{
    return set_one(x->policy->sets, ifaces_class(&x->policy->ifaces, name));
}

static set_id own_classes(const struct asked *x)
{
    set_id all = SET_EMPTY;
    for (size_t i = 0; i < x->policy->interfaces.n; i++)
        all = set_or(x->policy->sets, all,
                     set_one(x->policy->sets, x->policy->interfaces.v[i].class));
    return all;
}

static bool zone_classes(struct asked *x, const struct zones *zones, struct str name, set_id *out)
{
    struct sets *s = x->policy->sets;
    for (size_t i = 0; zones != NULL && i < zones->n; i++) {
        if (!str_eq(zones->v[i].name, name))
            continue;
        *out = SET_EMPTY;
        for (size_t k = 0; k < zones->v[i].interfaces.n; k++)
            *out =
                set_or(s, *out, ifaces_match(s, &x->policy->ifaces, zones->v[i].interfaces.v[k]));
        set_id own = set_and(s, *out, own_classes(x)); /* of this device, if it names any */
        *out = own != SET_EMPTY ? own : *out;
        return *out != SET_EMPTY;
    }
    return false;
}

/* "inside" and "outside" by what the export itself says of its interfaces. */
static bool side_classes(struct asked *x, struct str name, set_id *out)
{
    static const char *const words[] = {"", "inside", "outside"};
    *out = SET_EMPTY;
    for (size_t i = 0; i < x->policy->interfaces.n; i++) {
        const struct interface *face = &x->policy->interfaces.v[i];
        if (str_eq(str_of(words[face->side]), name))
            *out = set_or(x->policy->sets, *out, set_one(x->policy->sets, face->class));
    }
    return *out != SET_EMPTY;
}

static bool put_zone(struct asked *x, enum field f, struct str v)
{
    const struct ifaces *known = &x->policy->ifaces;
    struct out names = {.arena = x->arena};
    set_id classes;
    if (str_eq(v, STR("any")))
        return true;
    if (str_eq(v, STR("self"))) {
        x->path = f == FIELD_IN ? PATH_FROM_SELF : PATH_TO_SELF;
        return true;
    }
    if (zone_classes(x, x->zones, v, &classes) || zone_classes(x, &x->site->zones, v, &classes))
        return put(x, f, classes);
    if (map_get(known->index, v) != NULL)
        return put(x, f, class_of(x, v));
    if (side_classes(x, v, &classes))
        return put(x, f, classes);
    if (!x->policy->zoned)
        return true; /* rules do not tell zones apart: any name will do */
    for (size_t i = 1; i < known->n; i++)
        out_fmt(&names, " %.*s", STR_ARG(known->v[i]));
    return asked_fail(x, "no interface or zone \"%.*s\"; there are%.*s", STR_ARG(v),
                      STR_ARG(out_taken(&names)));
}

/* ---- one function per key -----------------------------------------------------------------------
 */

static bool key_chain(struct asked *x, struct str v)
{
    static const char *const words[PATH_KINDS] = {
        [PATH_THROUGH] = "FORWARD", [PATH_TO_SELF] = "INPUT", [PATH_FROM_SELF] = "OUTPUT"};
    for (int k = 0; k < PATH_KINDS; k++)
        if (str_eq(str_of(words[k]), v)) {
            x->path = (enum path_kind)k;
            return true;
        }
    return asked_fail(x, "chain must be INPUT, FORWARD or OUTPUT, not \"%.*s\"", STR_ARG(v));
}

static bool key_in(struct asked *x, struct str v)
{
    return put(x, FIELD_IN, class_of(x, v));
}

static bool key_out(struct asked *x, struct str v)
{
    return put(x, FIELD_OUT, class_of(x, v));
}

static bool key_via(struct asked *x, struct str v)
{
    return put(x, FIELD_PHYSIN, class_of(x, v));
}

static bool key_from(struct asked *x, struct str v)
{
    return put_zone(x, FIELD_IN, v);
}

static bool key_to(struct asked *x, struct str v)
{
    return put_zone(x, FIELD_OUT, v);
}

static bool key_proto(struct asked *x, struct str v)
{
    uint8_t proto;
    x->has_proto = true;
    if (str_eq(v, STR("ip")) || str_eq(v, STR("any")))
        return true;
    return proto_parse(v, &proto) ? put_one(x, FIELD_PROTO, proto)
                                  : asked_fail(x, "\"%.*s\" is no protocol", STR_ARG(v));
}

static bool key_src(struct asked *x, struct str v)
{
    return put_addrs(x, FIELD_SRC, v);
}

static bool key_dst(struct asked *x, struct str v)
{
    return put_addrs(x, FIELD_DST, v);
}

static bool key_sport(struct asked *x, struct str v)
{
    return put_ports(x, FIELD_SPORT, v);
}

static bool key_dport(struct asked *x, struct str v)
{
    return put_ports(x, FIELD_DPORT, v);
}

static bool key_icmp_type(struct asked *x, struct str v)
{
    uint64_t n;
    return number_in(x, v, "icmp_type", 255, &n) && put_one(x, FIELD_SPORT, n);
}

static bool key_icmp_code(struct asked *x, struct str v)
{
    uint64_t n;
    return number_in(x, v, "icmp_code", 255, &n) && put_one(x, FIELD_DPORT, n);
}

static bool key_tcp_flags(struct asked *x, struct str v)
{
    static const char *const names[] = {"FIN", "SYN", "RST", "PSH", "ACK", "URG"};
    u128 flags = 0;
    struct str word;
    while (!str_eq(v, STR("NONE")) && str_cut(&v, ',', &word)) {
        size_t i = 0;
        while (i < 6 && !str_eq_nocase(str_of(names[i]), word))
            i++;
        if (str_eq(word, STR("ECE")) || str_eq(word, STR("CWR")))
            continue; /* no rule can ask for them */
        if (i == 6)
            return asked_fail(x, "\"%.*s\" is no TCP flag", STR_ARG(word));
        flags |= (u128)1 << i;
    }
    return put_one(x, FIELD_TCPFLAGS, flags);
}

static bool key_state(struct asked *x, struct str v)
{
    struct sets *s = x->policy->sets;
    set_id all = SET_EMPTY;
    struct str word;
    while (str_cut(&v, ',', &word)) {
        unsigned i = 0;
        while (i < 5 && !str_eq_nocase(str_of(state_names[i]), word))
            i++;
        if (i == 5)
            return asked_fail(x, "\"%.*s\" is no state of a connection", STR_ARG(word));
        all = set_or(s, all, set_one(s, i));
    }
    return put(x, FIELD_STATE, all);
}

static bool key_ctdir(struct asked *x, struct str v)
{
    x->reply = str_eq(v, STR("REPLY"));
    return true;
}

static bool put_number(struct asked *x, enum field f, struct str v)
{
    uint64_t n;
    return number_in(x, v, field_keys[f], (uint64_t)field_max[f], &n) && put_one(x, f, n);
}

static bool key_ttl(struct asked *x, struct str v)
{
    return put_number(x, FIELD_TTL, v);
}

static bool key_tos(struct asked *x, struct str v)
{
    return put_number(x, FIELD_TOS, v);
}

static bool key_dscp(struct asked *x, struct str v)
{
    uint64_t n;
    return number_in(x, v, "dscp", 63, &n) && put_one(x, FIELD_TOS, (u128)n << 2);
}

static bool key_length(struct asked *x, struct str v)
{
    return put_number(x, FIELD_LENGTH, v);
}

static bool key_mark(struct asked *x, struct str v)
{
    return put_number(x, FIELD_MARK, v);
}

static bool key_ctmark(struct asked *x, struct str v)
{
    return put_number(x, FIELD_CTMARK, v);
}

static bool read_mac(struct asked *x, struct str v, u128 *mac)
{
    struct str part;
    uint64_t byte;
    size_t n = 0;
    for (*mac = 0; str_cut(&v, ':', &part); n++) {
        if (part.n == 0 || part.n > 2 ||
            !str_u64(arena_strf(x->arena, "0x%.*s", STR_ARG(part)), 0, 255, &byte))
            return asked_fail(x, "a hardware address has six hexadecimal bytes");
        *mac = *mac << 8 | byte;
    }
    return n == 6 || asked_fail(x, "a hardware address has six hexadecimal bytes");
}

static bool key_mac(struct asked *x, struct str v)
{
    u128 mac;
    return read_mac(x, v, &mac) && put_one(x, FIELD_MAC, mac);
}

static bool key_dmac(struct asked *x, struct str v)
{
    u128 mac;
    if (!read_mac(x, v, &mac))
        return false;
    bool group = (mac >> 40 & 1) != 0;
    return put_one(x, FIELD_PKTTYPE,
                   mac == U48_MAX ? PKT_BROADCAST
                   : group        ? PKT_MULTICAST
                                  : PKT_UNICAST);
}

static bool key_pkttype(struct asked *x, struct str v)
{
    static const char *const names[] = {"unicast", "broadcast", "multicast"};
    for (unsigned i = 0; i < 3; i++)
        if (str_eq(str_of(names[i]), v))
            return put_one(x, FIELD_PKTTYPE, i);
    return str_eq(v, STR("host")) ? put_one(x, FIELD_PKTTYPE, PKT_UNICAST)
                                  : asked_fail(x, "\"%.*s\" is no packet type", STR_ARG(v));
}

static bool key_frag_off(struct asked *x, struct str v)
{
    uint64_t n;
    if (!number_in(x, v, "frag_off", 8191, &n))
        return false;
    x->later = n != 0;
    return n == 0 || put_one(x, FIELD_FRAG, FRAG_LATER);
}

static bool key_mf(struct asked *x, struct str v)
{
    bool more = !str_eq(v, STR("false")) && !str_eq(v, STR("0"));
    return !more || x->later || put_one(x, FIELD_FRAG, FRAG_FIRST);
}

static void tell(struct asked *x, enum trait what, set_id values)
{
    x->traits[what] = set_or(x->policy->sets, x->traits[what], values);
    x->told |= (uint32_t)1 << what;
}

/* "5", "1,1,5", "" */
static bool tell_numbers(struct asked *x, enum trait what, struct str v, const char *key,
                         uint64_t max)
{
    struct str one;
    uint64_t n;
    tell(x, what, SET_EMPTY);
    while (str_cut(&v, ',', &one)) {
        if (!number_in(x, one, key, max, &n))
            return false;
        tell(x, what, set_one(x->policy->sets, n));
    }
    return true;
}

static bool key_uid(struct asked *x, struct str v)
{
    return tell_numbers(x, TRAIT_UID, v, "uid", UINT32_MAX);
}

static bool key_gid(struct asked *x, struct str v)
{
    return tell_numbers(x, TRAIT_GID, v, "gid", UINT32_MAX);
}

#define TCP_OPTION_MSS 2 /* RFC 9293, 3.2 */

static bool key_mss(struct asked *x, struct str v)
{
    tell(x, TRAIT_TCP_OPTION, set_one(x->policy->sets, TCP_OPTION_MSS));
    return tell_numbers(x, TRAIT_TCP_MSS, v, "mss", UINT16_MAX);
}

static bool key_tcp_options(struct asked *x, struct str v)
{
    return tell_numbers(x, TRAIT_TCP_OPTION, v, "tcp_options", 255);
}

/* "hbh", "rt:2", "frag:10+": IPv6 extension headers. */
static bool key_ext(struct asked *x, struct str v)
{
    static const struct {
        const char *word;
        unsigned bit;
    } words[] = {{"hbh", EXT_HBH},   {"dst", EXT_DST}, {"rt", EXT_ROUTE},
                 {"frag", EXT_FRAG}, {"ah", EXT_AH},   {"esp", EXT_ESP}};
    unsigned bits = 0;
    struct str part, name;
    while (str_cut(&v, ',', &part)) {
        size_t i = 0;
        str_cut(&part, ':', &name);
        if (str_eq(name, STR("rt")) && !tell_numbers(x, TRAIT_ROUTE_TYPE, part, "ext", 255))
            return false;
        while (i < 6 && !str_eq(str_of(words[i].word), name))
            i++;
        if (i == 6)
            return asked_fail(x, "\"%.*s\" is no extension header", STR_ARG(name));
        bits |= words[i].bit;
        if (words[i].bit != EXT_FRAG)
            continue;
        bool whole = str_eq(part, STR("0"));
        bool first = str_eq(part, STR("0+"));
        put_one(x, FIELD_FRAG, whole ? FRAG_NONE : first ? FRAG_FIRST : FRAG_LATER);
        tell(x, TRAIT_MORE_FRAGMENTS, set_one(x->policy->sets, str_ends(part, STR("+"))));
    }
    return put_one(x, FIELD_EXTHDR, bits);
}

static bool key_payload(struct asked *x, struct str v)
{
    bool hex = str_starts(v, STR("hex:"));
    x->payload = (uint32_t)(hex ? (v.n - 4) / 2 : v.n);
    return true;
}

static bool key_cut(struct asked *x, struct str v)
{
    (void)v;
    x->cut = true;
    return true;
}

/* The transport header as sent: its first four bytes are the ports, whatever else was told. */
static bool key_l4hex(struct asked *x, struct str v)
{
    static const enum field ends[] = {FIELD_SPORT, FIELD_DPORT};
    for (size_t i = 0; i < 2 && v.n >= 8; i++) {
        uint64_t port;
        struct str hex = arena_strf(x->arena, "0x%.*s", 4, v.p + 4 * i);
        if (!str_u64(hex, 0, UINT16_MAX, &port))
            return asked_fail(x, "l4hex is hexadecimal");
        x->cube.f[ends[i]] = set_one(x->policy->sets, port);
        x->given |= (uint64_t)1 << ends[i];
    }
    return key_cut(x, v);
}

/* What no field tells: rules that ask for it have a condition. */
static bool key_beside(struct asked *x, struct str v)
{
    (void)x;
    (void)v;
    return true;
}

static const struct {
    const char *key;
    bool (*read)(struct asked *x, struct str v);
} keys[] = {
    {"chain", key_chain},
    {"in", key_in},
    {"out", key_out},
    {"from", key_from},
    {"to", key_to},
    {"proto", key_proto},
    {"src", key_src},
    {"dst", key_dst},
    {"sport", key_sport},
    {"dport", key_dport},
    {"icmp_type", key_icmp_type},
    {"icmp_code", key_icmp_code},
    {"type", key_icmp_type},
    {"code", key_icmp_code},
    {"tcp_flags", key_tcp_flags},
    {"state", key_state},
    {"ctdir", key_ctdir},
    {"ttl", key_ttl},
    {"tos", key_tos},
    {"dscp", key_dscp},
    {"length", key_length},
    {"mark", key_mark},
    {"ctmark", key_ctmark},
    {"mac", key_mac},
    {"dmac", key_dmac},
    {"pkttype", key_pkttype},
    {"frag_off", key_frag_off},
    {"mf", key_mf},
    {"ext", key_ext},
    {"via", key_via},
    {"payload", key_payload},
    {"trunc", key_cut},
    {"l4hex", key_l4hex},
    {"uid", key_uid},
    {"gid", key_gid},
    {"mss", key_mss},
    {"tcp_options", key_tcp_options},
    {"df", key_beside},
    {"spi", key_beside},
    {"icmp_id", key_beside},
};

bool asked_key(struct asked *x, struct str key, struct str value)
{
    struct out known = {.arena = x->arena};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (str_eq(str_of(keys[i].key), key))
            return keys[i].read(x, value);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        out_fmt(&known, " %s", keys[i].key);
    return asked_fail(x, "unknown key \"%.*s\"; there are%.*s", STR_ARG(key),
                      STR_ARG(out_taken(&known)));
}

void asked_start(struct asked *x)
{
    x->path = PATH_THROUGH;
    x->cube = cube_any(x->policy->sets);
    x->given = 0;
    x->told = 0;
    for (int i = 0; i < TRAIT_COUNT; i++)
        x->traits[i] = SET_EMPTY;
    x->has_proto = x->reply = x->cut = x->later = false;
    x->payload = 0;
    x->why = STR("");
}
