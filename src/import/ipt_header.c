/* iptables: state, flags, and the other headers. */
#include "import/ipt_int.h"

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
            ipt_condition(l, "conntrack", all, true);
            return true;
        }
        if (i == 5 || n == 5)
            return false;
        states[n++] = (struct ival){words[i].state, words[i].state};
    }
    return n != 0 && ipt_narrow_to(l, FIELD_STATE, set_of(ipt_sets(l), states, n));
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
    return n == 6 && ipt_narrow_range(l, FIELD_MAC, mac, mac);
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

const struct ipt_option ipt_options_header[] = {
    {"--state", "--ctstate", 1, opt_state, NULL},
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
