/* iptables: types of addresses, as the host's routing sees them (net/netfilter/xt_addrtype.c). What
 * the address alone decides is decided; the rest hangs on the host's own addresses and routes. */
#include "import/ipt_int.h"

/* Addresses that have a type for sure, and those that may have it. */
struct typed {
    set_id hold, open;
};

static set_id range4(struct lower *l, uint32_t lo, uint32_t hi)
{
    return set_range(ipt_sets(l), lo, hi);
}

/* inet_addr_type(): multicast and the two addresses of nobody come first, then the table of local
 * addresses, where lo has put 127.0.0.0/8. */
static struct typed type4(struct lower *l, struct str type)
{
    struct sets *s = ipt_sets(l);
    set_id all = set_range(s, 0, UINT32_MAX), multicast = range4(l, 0xe0000000, 0xefffffff);
    set_id everyone = set_or(s, set_one(s, UINT32_MAX), set_one(s, 0));
    set_id loop = range4(l, 0x7f000001, 0x7ffffffe);
    set_id rest = set_minus(s, all, set_or(s, multicast, everyone));
    if (str_eq_nocase(type, STR("MULTICAST")))
        return (struct typed){multicast, SET_EMPTY};
    if (str_eq_nocase(type, STR("BROADCAST")))
        return (struct typed){everyone, set_minus(s, rest, loop)};
    if (str_eq_nocase(type, STR("LOCAL")))
        return (struct typed){loop, set_minus(s, rest, loop)};
    if (str_eq_nocase(type, STR("UNICAST")))
        return (struct typed){SET_EMPTY, set_minus(s, rest, loop)};
    return (struct typed){SET_EMPTY, rest};
}

/* ipv6_addr_type(): by the address; only LOCAL, ANYCAST and UNREACHABLE ask the routing. */
static struct typed type6(struct lower *l, struct str type)
{
    struct sets *s = ipt_sets(l);
    set_id all = set_range(s, 0, U128_MAX);
    set_id multicast = set_range(s, (u128)0xff << 120, U128_MAX), none = set_one(s, 0);
    set_id mapped = set_range(s, (u128)0xffff << 32, ((u128)0xffff << 32) + UINT32_MAX);
    if (str_eq_nocase(type, STR("MULTICAST")))
        return (struct typed){multicast, SET_EMPTY};
    if (str_eq_nocase(type, STR("UNSPEC")))
        return (struct typed){none, SET_EMPTY};
    if (str_eq_nocase(type, STR("UNICAST")))
        return (struct typed){set_minus(s, all, set_or(s, multicast, set_or(s, none, mapped))),
                              SET_EMPTY};
    if (str_eq_nocase(type, STR("LOCAL")))
        return (struct typed){set_one(s, 1), set_minus(s, all, set_one(s, 1))};
    return (struct typed){SET_EMPTY, all};
}

static bool is_type(struct str v)
{
    static const char *const types[] = {"UNSPEC",   "UNICAST",   "LOCAL",     "BROADCAST",
                                        "ANYCAST",  "MULTICAST", "BLACKHOLE", "UNREACHABLE",
                                        "PROHIBIT", "THROW",     "NAT",       "XRESOLVE"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (str_eq_nocase(v, str_of(types[i])))
            return true;
    return false;
}

static bool limits_iface(const struct lower *l)
{
    return ipt_match_has(l, "--limit-iface-in") || ipt_match_has(l, "--limit-iface-out");
}

/* The types of LIST together. Where a packet is forwarded, its destination is not local. */
static bool types_of(struct lower *l, enum field f, struct str list, struct typed *all)
{
    struct sets *s = ipt_sets(l);
    bool six = l->set->family == FAMILY_V6, one = str_find(list, ',') == list.n;
    bool elsewhere = f == FIELD_DST && str_eq(l->chain->name, STR("FORWARD"));
    struct str type;
    *all = (struct typed){SET_EMPTY, SET_EMPTY};
    while (str_cut(&list, ',', &type)) {
        if (!is_type(type))
            return false;
        if (elsewhere && str_eq_nocase(type, STR("LOCAL")) && (one || !six))
            continue;
        struct typed t = six ? type6(l, type) : type4(l, type);
        all->hold = set_or(s, all->hold, t.hold);
        all->open = set_or(s, all->open, t.open);
    }
    if (six && !one) /* IPv6 wants all types of a list at once */
        *all = (struct typed){SET_EMPTY, set_range(s, 0, U128_MAX)};
    if (limits_iface(l))
        *all = (struct typed){SET_EMPTY, set_or(s, all->hold, all->open)};
    all->open = set_minus(s, all->open, all->hold);
    return true;
}

static bool addrtype(struct lower *l, enum field f, struct str v)
{
    struct sets *s = ipt_sets(l);
    struct typed t;
    if (v.n == 0 || !types_of(l, f, v, &t))
        return false;
    if (t.open == SET_EMPTY)
        return ipt_narrow_to(l, f, t.hold);
    struct cond_part parts[2] = {{.now = cube_any(s)}, {.now = cube_any(s)}};
    parts[0].now.f[f] = t.hold;
    parts[1].now.f[f] = t.open;
    struct str text = arena_strf(l->x->im->arena, "%s %s %.*s in %.*s%s", field_keys[f],
                                 l->set->family == FAMILY_V6 ? "IPv6" : "IPv4", STR_ARG(v),
                                 STR_ARG(l->chain->name), limits_iface(l) ? " by interface" : "");
    ipt_test(l, (struct cond){.kind = STR("addrtype"),
                              .text = text,
                              .parts = t.hold == SET_EMPTY ? parts + 1 : parts,
                              .n_hold = t.hold != SET_EMPTY,
                              .n_parts = t.hold == SET_EMPTY ? 1 : 2});
    return true;
}

static bool opt_src_type(struct lower *l, struct str v)
{
    return addrtype(l, FIELD_SRC, v);
}

static bool opt_dst_type(struct lower *l, struct str v)
{
    return addrtype(l, FIELD_DST, v);
}

/* Said along with the type. */
static bool opt_limit_iface(struct lower *l, struct str v)
{
    (void)l;
    (void)v;
    return true;
}

const struct ipt_option ipt_options_addrtype[] = {
    {"--src-type", NULL, 1, opt_src_type, "addrtype"},
    {"--dst-type", NULL, 1, opt_dst_type, "addrtype"},
    {"--limit-iface-in", NULL, 0, opt_limit_iface, "addrtype"},
    {"--limit-iface-out", NULL, 0, opt_limit_iface, "addrtype"},
    {NULL, NULL, 0, NULL, NULL},
};
