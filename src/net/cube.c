/* Cubes (products of sets) and regions (disjoint cubes). */
#include "net/net_int.h"

#include <string.h>

const char *const field_keys[FIELD_COUNT] = {
#define F(name, key, max) [FIELD_##name] = (key),
    FIELDS(F)
#undef F
};

const u128 field_max[FIELD_COUNT] = {
#define F(name, key, max) [FIELD_##name] = (max),
    FIELDS(F)
#undef F
};

const char *const state_names[5] = {"NEW", "ESTABLISHED", "RELATED", "INVALID", "UNTRACKED"};

bool proto_has_ports(u128 proto)
{
    return proto == PROTO_TCP || proto == PROTO_UDP || proto == PROTO_SCTP || proto == PROTO_DCCP ||
           proto == PROTO_UDPLITE;
}

bool proto_is_icmp(u128 proto)
{
    return proto == PROTO_ICMP || proto == PROTO_ICMPV6;
}

bool budget_take(struct budget *b, uint64_t steps)
{
    if (b == NULL)
        return true;
    if (b->left < steps) {
        b->left = 0;
        b->spent = true;
    } else {
        b->left -= steps;
    }
    for (size_t i = 0; i < sizeof b->meters / sizeof *b->meters; i++)
        if (b->meters[i].arena != NULL && arena_used(b->meters[i].arena) > b->meters[i].bytes)
            b->spent = true;
    return !b->spent;
}

#define PURSE_LEAST 100u

struct budget purse_open(const struct purse *p)
{
    uint64_t most = p->all > UINT64_MAX - PURSE_LEAST ? p->all : p->all + PURSE_LEAST;
    return (struct budget){.left = p->each < most ? p->each : most};
}

void purse_close(struct purse *p, const struct budget *b)
{
    uint64_t took = purse_open(p).left - b->left;
    p->all -= took > PURSE_LEAST ? took - PURSE_LEAST : 0;
}

/* ---- cubes ---------------------------------------------------------------------------------- */

struct cube cube_any(struct sets *s)
{
    struct cube c = {.when = LITS_NONE};
    for (int f = 0; f < FIELD_COUNT; f++)
        c.f[f] = set_full(s, (enum field)f);
    return c;
}

bool cube_is_empty(const struct cube *c)
{
    for (int f = 0; f < FIELD_COUNT; f++)
        if (c->f[f] == SET_EMPTY)
            return true;
    return false;
}

bool cube_eq(const struct cube *a, const struct cube *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

static bool lits_agree(struct sets *s, lits_id a, lits_id b)
{
    lits_id both;
    return a == b || a == LITS_NONE || b == LITS_NONE || lits_and(s, &both, a, b);
}

bool cube_overlaps(struct sets *s, const struct cube *a, const struct cube *b)
{
    for (int f = 0; f < FIELD_COUNT; f++)
        if (a->f[f] == b->f[f] ? a->f[f] == SET_EMPTY : !set_overlaps(s, a->f[f], b->f[f]))
            return false;
    return lits_agree(s, a->when, b->when);
}

bool cube_and(struct sets *s, struct cube *out, const struct cube *a, const struct cube *b)
{
    if (!cube_overlaps(s, a, b))
        return false;
    struct cube c;
    for (int f = 0; f < FIELD_COUNT; f++)
        c.f[f] = a->f[f] == b->f[f] ? a->f[f] : set_and(s, a->f[f], b->f[f]);
    lits_and(s, &c.when, a->when, b->when);
    *out = c;
    return true;
}

bool cube_within(struct sets *s, const struct cube *a, const struct cube *b)
{
    if (cube_is_empty(a))
        return true;
    for (int f = 0; f < FIELD_COUNT; f++)
        if (a->f[f] != b->f[f] && !set_within(s, a->f[f], b->f[f]))
            return false;
    lits_id both;
    return b->when == LITS_NONE || (lits_and(s, &both, a->when, b->when) && both == a->when);
}

void cube_minus(struct sets *s, struct arena *a, struct region *out, const struct cube *x,
                const struct cube *y)
{
    if (!cube_overlaps(s, x, y)) {
        if (!cube_is_empty(x))
            *PUSH(a, *out) = *x;
        return;
    }
    struct cube rest = *x;
    for (int f = 0; f < FIELD_COUNT; f++) {
        if (rest.f[f] == y->f[f] || set_within(s, rest.f[f], y->f[f]))
            continue;
        struct cube *piece = PUSH(a, *out);
        *piece = rest;
        piece->f[f] = set_minus(s, rest.f[f], y->f[f]);
        rest.f[f] = set_and(s, rest.f[f], y->f[f]);
    }
    size_t n = lits_count(s, y->when);
    for (size_t i = 0; i < n; i++) {
        struct literal l = lits_at(s, y->when, i);
        lits_id with = lits_with(s, rest.when, l.cond << 1 | (l.holds ? 1u : 0u));
        if (with == rest.when)
            continue;
        struct cube *piece = PUSH(a, *out);
        *piece = rest;
        piece->when = lits_with(s, rest.when, l.cond << 1 | (l.holds ? 0u : 1u));
        rest.when = with;
    }
}

/* ---- packets -------------------------------------------------------------------------------- */

struct cube cube_of_packet(struct sets *s, const struct packet *p)
{
    struct cube c = {.when = p->when};
    for (int f = 0; f < FIELD_COUNT; f++)
        c.f[f] = set_one(s, p->f[f]);
    return c;
}

bool cube_has(const struct sets *s, const struct cube *c, const struct packet *p)
{
    for (int f = 0; f < FIELD_COUNT; f++)
        if (!set_has(s, c->f[f], p->f[f]))
            return false;
    return true;
}

static u128 prefer(const struct sets *s, set_id set, const u128 *wanted, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (set_has(s, set, wanted[i]))
            return wanted[i];
    return set_min(s, set);
}

#define PREFER(s, set, ...)                                                                        \
    prefer((s), (set), (const u128[]){__VA_ARGS__}, sizeof(u128[]){__VA_ARGS__} / sizeof(u128))
#define V6(high, low) ((u128)(high) << 64 | (low))

/* An address that looks like a host's: a familiar one, else the second of its first interval. */
static u128 pick_addr(const struct sets *s, set_id set, u128 family, bool source)
{
    u128 best;
    if (family == FAMILY_V6)
        best = source ? PREFER(s, set, V6(0xfd00000000000000u, 1), V6(0x20010db800000000u, 1))
                      : PREFER(s, set, V6(0x20010db800000000u, 1), V6(0xfd00000000000000u, 1));
    else
        best = source ? PREFER(s, set, 0x0a000001, 0xc0a80001, 0xac100001, 0xc6336401)
                      : PREFER(s, set, 0xc0000201, 0xcb007101, 0x0a000002, 0xc0a80002);
    if (best == set_min(s, set) && set_has(s, set, best + 1) && best + 2 > best &&
        set_has(s, set, best + 2))
        best++;
    return best;
}

static void pick_transport(const struct sets *s, const struct cube *c, struct packet *p)
{
    bool icmp = proto_is_icmp(p->f[FIELD_PROTO]);
    set_id sport = c->f[FIELD_SPORT], dport = c->f[FIELD_DPORT];
    if (icmp) {
        p->f[FIELD_SPORT] =
            p->f[FIELD_PROTO] == PROTO_ICMP ? PREFER(s, sport, 8) : PREFER(s, sport, 128);
        p->f[FIELD_DPORT] = set_min(s, dport);
    } else {
        p->f[FIELD_SPORT] = PREFER(s, sport, 40000, 16384, 5060);
        p->f[FIELD_DPORT] =
            set_has(s, dport, 0) ? PREFER(s, dport, 443, 16384, 80) : set_min(s, dport);
    }
    u128 usual = p->f[FIELD_STATE] == STATE_NEW ? TCP_SYN : TCP_ACK;
    p->f[FIELD_TCPFLAGS] = PREFER(s, c->f[FIELD_TCPFLAGS], usual, TCP_SYN, TCP_ACK);
}

struct packet cube_pick(const struct sets *s, const struct cube *c)
{
    struct packet p = {.when = LITS_NONE};
    for (int f = 0; f < FIELD_COUNT; f++)
        p.f[f] = set_min(s, c->f[f]);
    p.f[FIELD_PROTO] = PREFER(s, c->f[FIELD_PROTO], PROTO_TCP, PROTO_UDP,
                              p.f[FIELD_FAMILY] == FAMILY_V6 ? PROTO_ICMPV6 : PROTO_ICMP);
    p.f[FIELD_SRC] = pick_addr(s, c->f[FIELD_SRC], p.f[FIELD_FAMILY], true);
    p.f[FIELD_DST] = pick_addr(s, c->f[FIELD_DST], p.f[FIELD_FAMILY], false);
    p.f[FIELD_LENGTH] = PREFER(s, c->f[FIELD_LENGTH], 60, 200);
    p.f[FIELD_TTL] = PREFER(s, c->f[FIELD_TTL], 63, 64);
    p.f[FIELD_MAC] = PREFER(s, c->f[FIELD_MAC], 0x020000000001u);
    pick_transport(s, c, &p);
    return p;
}

/* ---- regions -------------------------------------------------------------------------------- */

struct region region_universe(struct sets *s, struct arena *a, int family)
{
    static const u128 icmp[] = {PROTO_ICMP, PROTO_ICMPV6};
    struct region r = {0};
    set_id of_icmp = set_or(s, set_one(s, icmp[0]), set_one(s, icmp[1]));
    for (int v = FAMILY_V4; v <= FAMILY_V6; v++) {
        if (family >= 0 && family != v)
            continue;
        struct cube c = cube_any(s);
        c.f[FIELD_FAMILY] = set_one(s, (u128)v);
        c.f[FIELD_SRC] = c.f[FIELD_DST] = set_range(s, 0, addr_max((enum family)v));
        c.f[FIELD_PROTO] = set_minus(s, c.f[FIELD_PROTO], of_icmp);
        *PUSH(a, r) = c;
        c.f[FIELD_PROTO] = of_icmp;
        c.f[FIELD_SPORT] = c.f[FIELD_DPORT] = set_range(s, 0, 255);
        *PUSH(a, r) = c;
    }
    return r;
}

/* X minus all of Y, into OUT. */
static void minus_region(struct sets *s, struct arena *a, struct region *out, const struct cube *x,
                         const struct region *y, struct budget *b)
{
    struct region now = {0}, next = {0};
    *PUSH(a, now) = *x;
    for (size_t i = 0; i < y->n && now.n != 0; i++) {
        if (!budget_take(b, now.n))
            break;
        bool touched = false;
        for (size_t k = 0; k < now.n && !touched; k++)
            touched = cube_overlaps(s, &now.v[k], &y->v[i]);
        if (!touched)
            continue;
        next.n = 0;
        for (size_t k = 0; k < now.n; k++)
            cube_minus(s, a, &next, &now.v[k], &y->v[i]);
        struct region t = now;
        now = next;
        next = t;
    }
    for (size_t k = 0; k < now.n; k++)
        *PUSH(a, *out) = now.v[k];
}

void region_add(struct sets *s, struct arena *a, struct region *r, const struct cube *c,
                struct budget *b)
{
    struct region seen = *r;
    minus_region(s, a, r, c, &seen, b);
}

struct region region_and_cube(struct sets *s, struct arena *a, const struct region *r,
                              const struct cube *c)
{
    struct region out = {0};
    struct cube both;
    for (size_t i = 0; i < r->n; i++)
        if (cube_and(s, &both, &r->v[i], c))
            *PUSH(a, out) = both;
    return out;
}

struct region region_and(struct sets *s, struct arena *a, const struct region *x,
                         const struct region *y, struct budget *b)
{
    struct region out = {0};
    struct cube both;
    for (size_t i = 0; i < x->n; i++) {
        if (!budget_take(b, y->n))
            break;
        for (size_t j = 0; j < y->n; j++)
            if (cube_and(s, &both, &x->v[i], &y->v[j]))
                *PUSH(a, out) = both;
    }
    return out;
}

/* ---- joining -------------------------------------------------------------------------------- */

/* Cubes that are equal but for one field. */
struct alike {
    struct cube cube; /* the first of them */
    struct {
        struct ival *v;
        size_t n, cap;
    } values; /* of that field; empty while there is only one */
};

static void take_values(struct sets *s, struct arena *a, struct alike *to, set_id set)
{
    size_t n;
    const struct ival *v = set_ivals(s, set, &n);
    for (size_t i = 0; i < n; i++)
        *PUSH(a, to->values) = v[i];
}

static struct region join_field(struct sets *s, struct arena *a, const struct region *r,
                                enum field f)
{
    struct map *seen = map_new(a);
    struct alike *all = NEW_N(a, struct alike, r->n);
    size_t n = 0;
    for (size_t i = 0; i < r->n; i++) {
        struct cube *key = NEW(a, struct cube);
        *key = r->v[i];
        key->f[f] = SET_EMPTY;
        struct str name = {(const char *)key, sizeof *key};
        struct alike *group = map_get(seen, name);
        if (group == NULL) {
            all[n].cube = r->v[i];
            map_put(seen, name, &all[n++]);
            continue;
        }
        if (group->values.n == 0)
            take_values(s, a, group, group->cube.f[f]);
        take_values(s, a, group, r->v[i].f[f]);
    }
    struct region out = {0};
    for (size_t i = 0; i < n; i++) {
        if (all[i].values.n != 0)
            all[i].cube.f[f] = set_of(s, all[i].values.v, all[i].values.n);
        *PUSH(a, out) = all[i].cube;
    }
    return out;
}

static bool differs(const struct region *r, enum field f)
{
    for (size_t i = 1; i < r->n; i++)
        if (r->v[i].f[f] != r->v[0].f[f])
            return true;
    return false;
}

struct region region_join(struct sets *s, struct arena *a, const struct region *r)
{
    struct arena *scratch = arena_child(a);
    struct region now = *r, out = {0};
    bool differ = false;
    for (int f = 0; f < FIELD_COUNT; f++)
        if (differs(&now, (enum field)f)) {
            now = join_field(s, scratch, &now, (enum field)f);
            differ = true;
        }
    if (!differ && now.n > 1) /* the same cube again and again, or other conditions */
        now = join_field(s, scratch, &now, (enum field)0);
    for (size_t i = 0; i < now.n; i++)
        *PUSH(a, out) = now.v[i];
    arena_free(scratch);
    return out;
}

#define MANY_CUBES 16

struct region region_minus(struct sets *s, struct arena *a, const struct region *x,
                           const struct region *y, struct budget *b)
{
    struct region out = {0}, joined;
    if (y->n > MANY_CUBES) {
        joined = region_join(s, a, y);
        y = &joined;
    }
    for (size_t i = 0; i < x->n; i++)
        minus_region(s, a, &out, &x->v[i], y, b);
    return out;
}

/* ---- indexes ----------------------------------------------------------------------------------
 */

/* Of the pairs of SAMPLE, how many meet in F as far as first and last values tell. */
static size_t pairs_that_meet(const struct sets *s, const struct cube *const *sample, size_t n,
                              enum field f)
{
    size_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        u128 lo = set_min(s, sample[i]->f[f]), hi = set_max(s, sample[i]->f[f]);
        for (size_t k = 0; k < n; k++) {
            u128 point = set_min(s, sample[k]->f[f]);
            sum += lo <= point && point <= hi;
        }
    }
    return sum;
}

void fields_by_use(const struct sets *s, const struct cube *const *sample, size_t n,
                   enum field *fields, size_t n_fields)
{
    size_t meet[FIELD_COUNT];
    for (size_t i = 0; i < n_fields; i++) {
        enum field f = fields[i];
        size_t sum = pairs_that_meet(s, sample, n, f), at = i;
        for (; at > 0 && meet[at - 1] > sum; at--) {
            meet[at] = meet[at - 1];
            fields[at] = fields[at - 1];
        }
        meet[at] = sum;
        fields[at] = f;
    }
}
