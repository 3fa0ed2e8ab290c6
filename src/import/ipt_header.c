/* iptables: flags, marks, and the other headers. */
#include "import/ipt_int.h"

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

/* Later fragments have no flags: neither the test nor its negation matches them. */
static bool narrow_flags(struct lower *l, unsigned mask, unsigned want)
{
    ipt_narrow(l, FIELD_FRAG, set_range(ipt_sets(l), FRAG_NONE, FRAG_FIRST));
    struct ival v[64];
    size_t n = 0;
    for (unsigned k = 0; k < 64; k++)
        if ((k & mask) == want)
            v[n++] = (struct ival){k, k};
    return ipt_narrow_to(l, FIELD_TCPFLAGS, set_of(ipt_sets(l), v, n));
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

static bool opt_length(struct lower *l, struct str v)
{
    struct ival r;
    return ipt_number_range(v, ':', UINT16_MAX, &r) &&
           ipt_narrow_range(l, FIELD_LENGTH, r.lo, r.hi);
}

static bool opt_ttl_eq(struct lower *l, struct str v)
{
    uint64_t n;
    return str_u64(v, 10, 255, &n) && ipt_narrow_range(l, FIELD_TTL, n, n);
}

static bool opt_ttl_gt(struct lower *l, struct str v)
{
    uint64_t n;
    return str_u64(v, 10, 255, &n) && ipt_narrow_range(l, FIELD_TTL, (u128)n + 1, 255);
}

static bool opt_ttl_lt(struct lower *l, struct str v)
{
    uint64_t n;
    if (!str_u64(v, 10, 255, &n))
        return false;
    return ipt_narrow_to(l, FIELD_TTL, n == 0 ? SET_EMPTY : set_range(ipt_sets(l), 0, (u128)n - 1));
}

static bool hex_digit(char c, unsigned *digit)
{
    c = char_lower(c);
    if (char_is_digit(c))
        *digit = (unsigned)(c - '0');
    else if (c >= 'a' && c <= 'f')
        *digit = (unsigned)(c - 'a') + 10;
    else
        return false;
    return true;
}

bool ipt_mac(struct str v, u128 *mac)
{
    struct str byte;
    size_t n = 0;
    for (*mac = 0; str_cut(&v, ':', &byte); n++) {
        unsigned high, low;
        if (byte.n != 2 || !hex_digit(byte.p[0], &high) || !hex_digit(byte.p[1], &low))
            return false;
        *mac = *mac << 8 | high << 4 | low;
    }
    return n == 6;
}

static bool opt_mac(struct lower *l, struct str v)
{
    u128 mac;
    return ipt_mac(v, &mac) && ipt_narrow_range(l, FIELD_MAC, mac, mac);
}

static bool opt_mark(struct lower *l, struct str v)
{
    uint64_t value, mask;
    if (!ipt_masked_number(v, &value, &mask))
        return false;
    if (mask == UINT32_MAX)
        return ipt_narrow_range(l, FIELD_MARK, value, value);
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
            return ipt_narrow_range(l, FIELD_PKTTYPE, i, i);
    return false;
}

static bool opt_connmark(struct lower *l, struct str v)
{
    uint64_t value, mask;
    if (!ipt_masked_number(v, &value, &mask))
        return false;
    ipt_narrow(l, FIELD_STATE, set_range(ipt_sets(l), STATE_NEW, STATE_RELATED));
    if (mask == UINT32_MAX)
        return ipt_narrow_range(l, FIELD_CTMARK, value, value);
    struct cond c = {.kind = STR("connmark"),
                     .text = v,
                     .at = l->r->at,
                     .of_packet = true,
                     .field = FIELD_CTMARK,
                     .mask = mask,
                     .want = value};
    rule_cond(l->x->policy, l->r, c, !l->negated);
    return true;
}

/* The bits of the TOS byte under MASK are VALUE. */
static bool narrow_tos(struct lower *l, unsigned value, unsigned mask)
{
    struct ival v[256];
    size_t n = 0;
    for (unsigned k = 0; k < 256; k++)
        if ((k & mask) == value)
            v[n++] = (struct ival){k, k};
    return ipt_narrow_to(l, FIELD_TOS, set_of(ipt_sets(l), v, n));
}

static bool opt_tos(struct lower *l, struct str v)
{
    static const struct {
        const char *name;
        uint8_t value;
    } names[] = {{"Minimize-Delay", 16},
                 {"Maximize-Throughput", 8},
                 {"Maximize-Reliability", 4},
                 {"Minimize-Cost", 2},
                 {"Normal-Service", 0}};
    uint64_t value, mask;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_eq_nocase(v, str_of(names[i].name)))
            return narrow_tos(l, names[i].value, 0x3f);
    if (!ipt_masked_number(v, &value, &mask) || value > 255)
        return false;
    return narrow_tos(l, (unsigned)value, (unsigned)mask & 0xff);
}

static bool opt_dscp(struct lower *l, struct str v)
{
    uint64_t value;
    return str_u64(v, 0, 63, &value) && narrow_tos(l, (unsigned)value << 2, 0xfc);
}

/* "CS1", "AF21", "EF", "BE" (RFC 2474, 2597, 3246) */
static bool opt_dscp_class(struct lower *l, struct str v)
{
    unsigned a = v.n > 2 && char_is_digit(v.p[2]) ? (unsigned)(v.p[2] - '0') : 0;
    unsigned b = v.n > 3 && char_is_digit(v.p[3]) ? (unsigned)(v.p[3] - '0') : 0;
    struct str kind = str_sub(v, 0, 2);
    unsigned dscp = 0;
    if (str_eq_nocase(kind, STR("EF")))
        dscp = 46;
    else if (str_eq_nocase(kind, STR("CS")) && v.n == 3)
        dscp = a << 3;
    else if (str_eq_nocase(kind, STR("AF")) && v.n == 4)
        dscp = a << 3 | b << 1;
    else if (!str_eq_nocase(v, STR("BE")))
        return false;
    return dscp < 64 && narrow_tos(l, dscp << 2, 0xfc);
}

/* A bridge's port; routed packets have none, so that only the negation matches them. */
static bool narrow_port(struct lower *l, enum field f, set_id ports)
{
    return ipt_narrow_to(l, f, set_minus(ipt_sets(l), ports, set_one(ipt_sets(l), 0)));
}

static bool opt_physdev_in(struct lower *l, struct str v)
{
    return narrow_port(l, FIELD_PHYSIN, ifaces_match(ipt_sets(l), &l->x->policy->ifaces, v));
}

static bool opt_physdev_is_in(struct lower *l, struct str v)
{
    (void)v;
    return narrow_port(l, FIELD_PHYSIN, set_full(ipt_sets(l), FIELD_PHYSIN));
}

/* Routed packets leave by no port. */
static bool opt_physdev_is_out(struct lower *l, struct str v)
{
    (void)v;
    return narrow_port(l, FIELD_PHYSOUT, set_full(ipt_sets(l), FIELD_PHYSOUT));
}

/* By which port a bridged packet leaves, the bridge's table of stations says. */
static bool opt_physdev_out(struct lower *l, struct str v)
{
    struct sets *s = ipt_sets(l);
    struct cond_part bridged = {.now = cube_any(s)};
    bridged.now.f[FIELD_PHYSOUT] = set_minus(s, set_full(s, FIELD_PHYSOUT), set_one(s, 0));
    ipt_test(l, (struct cond){.kind = STR("physdev"),
                              .text = arena_strf(l->x->im->arena, "out %.*s", STR_ARG(v)),
                              .parts = &bridged,
                              .n_parts = 1});
    return true;
}

const struct ipt_option ipt_options_header[] = {
    {"--mark", NULL, 1, opt_connmark, "connmark"},
    {"--tos", NULL, 1, opt_tos, "tos"},
    {"--dscp", NULL, 1, opt_dscp, "dscp"},
    {"--dscp-class", NULL, 1, opt_dscp_class, "dscp"},
    {"--physdev-in", NULL, 1, opt_physdev_in, NULL},
    {"--physdev-out", NULL, 1, opt_physdev_out, NULL},
    {"--physdev-is-in", NULL, 0, opt_physdev_is_in, NULL},
    {"--physdev-is-out", NULL, 0, opt_physdev_is_out, NULL},
    {"--physdev-is-bridged", NULL, 0, opt_physdev_is_out, NULL},
    {"--tcp-flags", NULL, 1, opt_tcp_flags, NULL},
    {"--syn", NULL, 0, opt_syn, NULL},
    {"--mac-source", "--mac", 1, opt_mac, NULL},
    {"--mark", NULL, 1, opt_mark, "mark"},
    {"--length", NULL, 1, opt_length, NULL},
    {"--ttl-eq", "--hl-eq", 1, opt_ttl_eq, NULL},
    {"--ttl-gt", "--hl-gt", 1, opt_ttl_gt, NULL},
    {"--ttl-lt", "--hl-lt", 1, opt_ttl_lt, NULL},
    {"--pkt-type", NULL, 1, opt_pkttype, NULL},
    {NULL, NULL, 0, NULL, NULL},
};
