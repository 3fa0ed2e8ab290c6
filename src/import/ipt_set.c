/* iptables: what `-m set` asks of the sets of `ipset save` (ipset(8), net/netfilter/ipset). */
#include "import/ipt_int.h"

#include <stdlib.h>

/* ---- elements as packets -------------------------------------------------------------------- */

static bool narrow_cube(struct lower *l, struct cube *c, enum field f, set_id set)
{
    c->f[f] = set_and(ipt_sets(l), c->f[f], set);
    return true;
}

static bool element_address(struct lower *l, const struct ipt_set *set, struct ipt_element *e,
                            struct str v, bool src, struct cube *c)
{
    enum family family;
    struct ival r;
    if (!range_parse(v, &family, &r, NULL))
        return false;
    if (set->netmask != 0) {
        u128 host = addr_max(family) >> set->netmask;
        if (family == FAMILY_V6 && set->netmask == 128)
            host = 0;
        r.lo &= ~host;
        r.hi |= host;
    }
    if (e->n_sizes < 2)
        e->size[e->n_sizes++] = r.hi - r.lo;
    narrow_cube(l, c, FIELD_FAMILY, set_one(ipt_sets(l), family));
    return narrow_cube(l, c, src ? FIELD_SRC : FIELD_DST, set_range(ipt_sets(l), r.lo, r.hi));
}

/* "8/0", "echo-request" */
static bool element_icmp(struct lower *l, enum family family, struct str v, struct cube *c)
{
    struct ival type, code;
    bool name = v.n != 0 && !char_is_digit(v.p[0]);
    if (!ipt_icmp(v, family, &type, &code))
        return false;
    if (name && code.hi == 255)
        code.hi = 0; /* a name without a code is code 0 here */
    return narrow_cube(l, c, FIELD_SPORT, set_range(ipt_sets(l), type.lo, type.hi)) &&
           narrow_cube(l, c, FIELD_DPORT, set_range(ipt_sets(l), code.lo, code.hi));
}

/* "tcp:80", "udp:1000-2000", "icmp:8/0", "80" */
static bool element_port(struct lower *l, const struct ipt_set *set, struct str v, bool src,
                         struct cube *c)
{
    struct sets *s = ipt_sets(l);
    uint8_t proto = PROTO_TCP;
    size_t colon = str_find(v, ':');
    struct ival r;
    if (colon != v.n) {
        if (!proto_parse(str_sub(v, 0, colon), &proto))
            return false;
        v = str_from(v, colon + 1);
    }
    set_id protos = set_one(s, proto);
    if (set->any_port)
        protos = set_or(s, set_one(s, PROTO_TCP), set_one(s, PROTO_UDP));
    narrow_cube(l, c, FIELD_PROTO, protos);
    narrow_cube(l, c, FIELD_FRAG, set_range(s, FRAG_NONE, FRAG_FIRST));
    if (proto_is_icmp(proto))
        return element_icmp(l, proto == PROTO_ICMPV6 ? FAMILY_V6 : FAMILY_V4, v, c);
    if (!proto_has_ports(proto) || proto == PROTO_DCCP) /* DCCP has none for ipset */
        return str_eq(v, STR("0"));
    uint16_t port;
    if (port_parse(v, &port))
        r = (struct ival){port, port};
    else if (!ipt_number_range(v, '-', UINT16_MAX, &r))
        return false;
    return narrow_cube(l, c, src ? FIELD_SPORT : FIELD_DPORT, set_range(s, r.lo, r.hi));
}

/* "eth0", "physdev:eth0" */
static bool element_iface(struct lower *l, struct str v, bool src, struct cube *c)
{
    bool port = str_starts(v, STR("physdev:"));
    enum field f = port ? (src ? FIELD_PHYSIN : FIELD_PHYSOUT) : src ? FIELD_IN : FIELD_OUT;
    set_id faces = ifaces_match(ipt_sets(l), &l->x->policy->ifaces, port ? str_from(v, 8) : v);
    return narrow_cube(l, c, f, faces);
}

static bool element_part(struct lower *l, const struct ipt_set *set, struct ipt_element *e,
                         size_t d, struct str v, bool src, struct cube *c)
{
    uint64_t mark;
    u128 mac;
    switch (set->dims[d]) {
    case DIM_IP:
        return element_address(l, set, e, v, src, c);
    case DIM_PORT:
        return element_port(l, set, v, src, c);
    case DIM_IFACE:
        return element_iface(l, v, src, c);
    case DIM_MARK:
        return str_u64(v, 0, UINT32_MAX, &mark) &&
               narrow_cube(l, c, FIELD_MARK, set_one(ipt_sets(l), mark));
    case DIM_MAC:
        return src && ipt_mac(v, &mac) && narrow_cube(l, c, FIELD_MAC, set_one(ipt_sets(l), mac));
    case DIM_SET:
    case DIM_NONE:
        break;
    }
    return false;
}

/* The directions of "src,dst": one per dimension. */
struct directions {
    bool src[6];
    size_t n;
};

static bool element_cube(struct lower *l, const struct ipt_set *set, struct ipt_element *e,
                         const struct directions *d, struct cube *c)
{
    struct str rest = e->text, part;
    *c = cube_any(ipt_sets(l));
    for (size_t i = 0; i < set->n_dims; i++)
        if (i >= d->n || !str_cut(&rest, ',', &part) ||
            !element_part(l, set, e, i, part, d->src[i], c))
            return false;
    return rest.n == 0;
}

struct sized {
    struct cube cube;
    const struct ipt_element *of;
};

/* Larger networks first, so that what comes later decides. */
static int by_size(const void *a, const void *b)
{
    const struct ipt_element *x = ((const struct sized *)a)->of, *y = ((const struct sized *)b)->of;
    for (size_t i = 0; i < 2; i++)
        if (x->size[i] != y->size[i])
            return x->size[i] > y->size[i] ? -1 : 1;
    return 0;
}

/* The elements in the order in which they decide: later ones over earlier ones. */
static struct region by_turns(struct lower *l, struct sized *v, size_t n, bool holes)
{
    struct arena *a = l->x->im->arena;
    struct region all = {0};
    qsort(v, n, sizeof *v, by_size);
    for (size_t i = 0; i < n; i++) {
        struct region one = {&v[i].cube, 1, 1};
        if (v[i].of->nomatch == holes)
            region_add(ipt_sets(l), a, &all, &v[i].cube, NULL);
        else
            all = region_minus(ipt_sets(l), a, &all, &one, NULL);
    }
    return all;
}

/* A range that is no network is several of them in the kernel. */
static bool is_network(const struct ipt_element *e)
{
    return (e->size[0] & (e->size[0] + 1)) == 0 && (e->size[1] & (e->size[1] + 1)) == 0;
}

/* The packets that SET holds; with HOLES those that its nomatch elements take out. */
static bool set_region(struct lower *l, struct ipt_set *set, const struct directions *d, bool holes,
                       struct region *out)
{
    struct arena *a = l->x->im->arena;
    struct sized *v = NEW_N(a, struct sized, set->elements.n + 1);
    bool cut = false, networks = true;
    size_t n = 0;
    for (size_t i = 0; i < set->elements.n; i++) {
        struct ipt_element *e = &set->elements.v[i];
        if (e->deleted)
            continue;
        e->n_sizes = 0;
        if (!element_cube(l, set, e, d, &v[n].cube))
            return false;
        v[n++].of = e;
        cut = cut || e->nomatch;
        networks = networks && is_network(e);
    }
    if (cut && !networks)
        return false;
    struct region all = {0};
    for (size_t i = 0; i < n && !cut && !holes; i++)
        *PUSH(a, all) = v[i].cube;
    if (cut)
        all = by_turns(l, v, n, holes);
    all = region_join(ipt_sets(l), a, &all);
    for (size_t i = 0; i < all.n; i++)
        *PUSH(a, *out) = all.v[i];
    return true;
}

/* A set of more dimensions than the rule gives directions for holds nothing. */
static bool plain_region(struct lower *l, struct ipt_set *set, const struct directions *d,
                         bool holes, struct region *out)
{
    if (set->dynamic || set->odd)
        return false;
    return d->n < set->n_dims || set_region(l, set, d, holes, out);
}

/* A list:set is the union of its members, which are no lists. */
static bool members_region(struct lower *l, struct ipt_set *set, const struct directions *d,
                           bool holes, struct region *out)
{
    if (set->dims[0] != DIM_SET)
        return plain_region(l, set, d, holes, out);
    bool known = !set->dynamic && !set->odd;
    for (size_t i = 0; i < set->elements.n && known; i++) {
        if (set->elements.v[i].deleted)
            continue;
        struct ipt_set *member = ipt_set_find(l->x, set->elements.v[i].text);
        known =
            member != NULL && member->dims[0] != DIM_SET && plain_region(l, member, d, holes, out);
    }
    return known;
}

static void narrow_region(struct lower *l, const struct region *in)
{
    struct arena *a = l->x->im->arena;
    struct region now = {0};
    for (size_t i = 0; i < l->n; i++) {
        struct region rest = {&l->cubes[i], 1, 1};
        struct cube both;
        for (size_t k = 0; k < in->n && !l->negated; k++)
            if (cube_and(ipt_sets(l), &both, &l->cubes[i], &in->v[k]))
                *PUSH(a, now) = both;
        if (l->negated)
            rest = region_minus(ipt_sets(l), a, &rest, in, NULL);
        for (size_t k = 0; k < rest.n && l->negated; k++)
            *PUSH(a, now) = rest.v[k];
    }
    l->cubes = now.v;
    l->n = now.n;
    l->cap = now.cap;
}

/* --match-set NAME src,dst */
static bool opt_match_set(struct lower *l, struct str name)
{
    struct str flags = l->rule->words.v[l->at].text, one;
    struct directions d = {.n = 0};
    struct region in = {0};
    name = l->rule->words.v[l->at - 1].text;
    for (; str_cut(&flags, ',', &one) && d.n < 6; d.n++)
        d.src[d.n] = str_eq(one, STR("src"));
    struct ipt_set *set = ipt_set_find(l->x, name);
    const struct ipt_words *w = &l->rule->words;
    bool holes = l->at + 1 < w->n && str_eq(w->v[l->at + 1].text, STR("--return-nomatch"));
    if (set == NULL)
        ipt_refuse_word(l, "there is no such set; give the output of `ipset save`, too");
    else
        ipt_set_used(l->x, set);
    if (set != NULL && members_region(l, set, &d, holes, &in))
        narrow_region(l, &in);
    else
        ipt_condition(l, "set",
                      arena_strf(l->x->im->arena, "%.*s %.*s", STR_ARG(name),
                                 STR_ARG(l->rule->words.v[l->at].text)),
                      set != NULL && !set->dynamic);
    return true;
}

/* Counters of elements change with each packet. */
static bool opt_counter(struct lower *l, struct str v)
{
    ipt_condition(l, "set", v, false);
    return true;
}

static bool opt_said_before(struct lower *l, struct str v)
{
    (void)l;
    (void)v;
    return true;
}

const struct ipt_option ipt_options_set[] = {
    {"--match-set", "--set", 2, opt_match_set, "set"},
    {"--return-nomatch", NULL, 0, opt_said_before, "set"},
    {"--update-counters", NULL, 0, opt_said_before, "set"},
    {"--update-subcounters", NULL, 0, opt_said_before, "set"},
    {"--packets-eq", NULL, 1, opt_counter, "set"},
    {"--packets-lt", NULL, 1, opt_counter, "set"},
    {"--packets-gt", NULL, 1, opt_counter, "set"},
    {"--bytes-eq", NULL, 1, opt_counter, "set"},
    {"--bytes-lt", NULL, 1, opt_counter, "set"},
    {"--bytes-gt", NULL, 1, opt_counter, "set"},
    {NULL, NULL, 0, NULL, NULL},
};
