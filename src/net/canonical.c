/* The one form of a region that depends on its packets alone, and their number.
 *
 * A decision diagram with the fields in their order: a node splits the values of one field into
 * classes with the same rest. Nodes with equal edges are one node, so a set of packets has one
 * diagram, whatever cubes it was made of; its paths are the canonical cubes. */
#include "net/net_int.h"

#include <string.h>

struct edge {
    set_id values;
    uint32_t to; /* node */
};

struct node {
    const struct edge *v;
    size_t n;
    uint32_t next; /* in the bucket, node + 1 */
    uint64_t hash;
};

/* The cubes that are still alive at a level, by index. */
struct alive {
    uint32_t *v;
    size_t n;
};

struct known {
    struct alive alive;
    uint32_t level, node, next; /* next: known + 1 */
    uint64_t hash;
};

#define NODE_END 0 /* every packet that gets here is in the set */

struct diagram {
    struct sets *sets;
    struct arena *arena;
    struct budget *budget;
    const struct cube *cubes;
    struct {
        struct node *v;
        size_t n, cap;
    } nodes;
    struct {
        struct known *v;
        size_t n, cap;
    } known;
    uint32_t *node_bucket, *known_bucket;
    size_t buckets; /* of each; a power of two */
};

static uint64_t mix(uint64_t h, uint64_t word)
{
    h = (h ^ word) * 0xff51afd7ed558ccdu;
    return h ^ h >> 32;
}

static int by_values(const struct sets *s, const struct edge *a, const struct edge *b)
{
    u128 x = set_min(s, a->values), y = set_min(s, b->values);
    return (x > y) - (x < y);
}

/* Edges are apart, so their smallest values put them in one order. */
static void sort_edges(const struct sets *s, struct edge *v, size_t n)
{
    for (size_t gap = n / 2; gap > 0; gap /= 2)
        for (size_t i = gap; i < n; i++)
            for (size_t j = i; j >= gap && by_values(s, &v[j - gap], &v[j]) > 0; j -= gap) {
                struct edge t = v[j];
                v[j] = v[j - gap];
                v[j - gap] = t;
            }
}

static uint32_t node_of(struct diagram *d, struct edge *v, size_t n)
{
    sort_edges(d->sets, v, n);
    uint64_t hash = n;
    for (size_t i = 0; i < n; i++)
        hash = mix(hash, (uint64_t)v[i].values << 32 | v[i].to);
    uint32_t *bucket = &d->node_bucket[hash & (d->buckets - 1)];
    for (uint32_t i = *bucket; i != 0; i = d->nodes.v[i - 1].next) {
        const struct node *node = &d->nodes.v[i - 1];
        if (node->hash == hash && node->n == n && memcmp(node->v, v, n * sizeof *v) == 0)
            return i - 1;
    }
    *PUSH(d->arena, d->nodes) = (struct node){v, n, *bucket, hash};
    *bucket = (uint32_t)d->nodes.n;
    return *bucket - 1;
}

/* The cubes with the same values in a field. */
struct group {
    set_id values;
    struct alive members;
};

struct members {
    const struct group *group;
    const struct members *more;
};

/* One class of values: those that the same groups hold. */
struct class
{
    set_id values;
    const struct members *members;
};

struct classes {
    struct class *v;
    size_t n, cap;
};

/* Splits the classes by the values of GROUP. */
static void refine(struct diagram *d, struct classes *classes, const struct group *group)
{
    set_id values = group->values;
    size_t n = classes->n;
    for (size_t i = 0; i < n && values != SET_EMPTY; i++) {
        set_id old = classes->v[i].values, both = set_and(d->sets, old, values);
        if (both == SET_EMPTY)
            continue;
        struct members *with = NEW(d->arena, struct members);
        *with = (struct members){group, classes->v[i].members};
        values = set_minus(d->sets, values, both);
        if (both == old) {
            classes->v[i].members = with;
            continue;
        }
        classes->v[i].values = set_minus(d->sets, old, both);
        *PUSH(d->arena, *classes) = (struct class){both, with};
    }
    if (values == SET_EMPTY)
        return;
    struct members *alone = NEW(d->arena, struct members);
    *alone = (struct members){group, NULL};
    *PUSH(d->arena, *classes) = (struct class){values, alone};
}

/* Groups the cubes of ALIVE by their values at LEVEL, in the order in which they turn up. */
static struct group *group_cubes(struct diagram *d, int level, struct alive alive, size_t *n)
{
    size_t slots = 16;
    while (slots < 2 * alive.n)
        slots *= 2;
    uint32_t *slot = NEW_N(d->arena, uint32_t, slots);
    uint32_t *group_of = NEW_N(d->arena, uint32_t, alive.n);
    struct group *groups = NEW_N(d->arena, struct group, alive.n);
    *n = 0;
    for (size_t i = 0; i < alive.n; i++) {
        set_id values = d->cubes[alive.v[i]].f[level];
        size_t at = mix(0, values) & (slots - 1);
        while (slot[at] != 0 && groups[slot[at] - 1].values != values)
            at = (at + 1) & (slots - 1);
        if (slot[at] == 0) {
            groups[(*n)++].values = values;
            slot[at] = (uint32_t)*n;
        }
        group_of[i] = slot[at] - 1;
        groups[group_of[i]].members.n++;
    }
    uint32_t *room = NEW_N(d->arena, uint32_t, alive.n);
    for (size_t g = 0; g < *n; room += groups[g].members.n, g++)
        groups[g].members.v = room;
    for (size_t g = 0; g < *n; g++)
        groups[g].members.n = 0;
    for (size_t i = 0; i < alive.n; i++) {
        struct alive *m = &groups[group_of[i]].members;
        m->v[m->n++] = alive.v[i];
    }
    return groups;
}

/* All cubes of a class; the order does not matter but must be the same for the same groups. */
static struct alive join(struct diagram *d, const struct class *class)
{
    if (class->members->more == NULL)
        return class->members->group->members;
    struct alive all = {NULL, 0};
    size_t n = 0;
    for (const struct members *m = class->members; m != NULL; m = m->more)
        n += m->group->members.n;
    all.v = NEW_N(d->arena, uint32_t, n);
    for (const struct members *m = class->members; m != NULL; m = m->more) {
        memcpy(all.v + all.n, m->group->members.v, m->group->members.n * sizeof *all.v);
        all.n += m->group->members.n;
    }
    return all;
}

static uint32_t build(struct diagram *d, int level, struct alive alive);

static uint32_t split(struct diagram *d, int level, struct alive alive)
{
    struct classes classes = {0};
    size_t n_groups, n = 0;
    struct group *groups = group_cubes(d, level, alive, &n_groups);
    for (size_t i = 0; i < n_groups && budget_take(d->budget, 1 + classes.n); i++)
        refine(d, &classes, &groups[i]);
    struct edge *edges = NEW_N(d->arena, struct edge, classes.n);
    for (size_t i = 0; i < classes.n; i++) {
        uint32_t to = build(d, level + 1, join(d, &classes.v[i]));
        size_t k = 0;
        while (k < n && edges[k].to != to)
            k++;
        if (k == n)
            edges[n++] = (struct edge){classes.v[i].values, to};
        else
            edges[k].values = set_or(d->sets, edges[k].values, classes.v[i].values);
    }
    return node_of(d, edges, n);
}

/* Of one cube that is left: a node for each field. */
static uint32_t build_one(struct diagram *d, int level, const struct cube *cube)
{
    uint32_t node = NODE_END;
    bool whole = budget_take(d->budget, (size_t)(FIELD_COUNT - level));
    for (int f = FIELD_COUNT; whole && f-- > level;) {
        struct edge *edge = NEW(d->arena, struct edge);
        *edge = (struct edge){cube->f[f], node};
        node = node_of(d, edge, 1);
    }
    return whole ? node : node_of(d, NEW(d->arena, struct edge), 0);
}

static uint32_t build(struct diagram *d, int level, struct alive alive)
{
    if (level == FIELD_COUNT)
        return NODE_END;
    if (alive.n == 1)
        return build_one(d, level, &d->cubes[alive.v[0]]);
    uint64_t hash = (uint64_t)level;
    for (size_t i = 0; i < alive.n; i++)
        hash = mix(hash, alive.v[i]);
    uint32_t *bucket = &d->known_bucket[hash & (d->buckets - 1)];
    for (uint32_t i = *bucket; i != 0; i = d->known.v[i - 1].next) {
        const struct known *k = &d->known.v[i - 1];
        if (k->hash == hash && k->level == (uint32_t)level && k->alive.n == alive.n &&
            memcmp(k->alive.v, alive.v, alive.n * sizeof *alive.v) == 0)
            return k->node;
    }
    uint32_t node = split(d, level, alive);
    *PUSH(d->arena, d->known) = (struct known){alive, (uint32_t)level, node, *bucket, hash};
    *bucket = (uint32_t)d->known.n;
    return node;
}

static void paths(struct diagram *d, struct arena *a, struct region *out, struct cube *c, int level,
                  uint32_t node)
{
    if (level == FIELD_COUNT) {
        *PUSH(a, *out) = *c;
        return;
    }
    for (size_t i = 0; i < d->nodes.v[node].n && budget_take(d->budget, 1); i++) {
        struct edge e = d->nodes.v[node].v[i];
        c->f[level] = e.values;
        paths(d, a, out, c, level + 1, e.to);
    }
}

#define BUCKETS_MIN ((size_t)16)
#define BUCKETS_MAX ((size_t)1 << 12)

struct region region_canonical(struct sets *s, struct arena *a, const struct region *r,
                               struct budget *b)
{
    struct region out = {0};
    struct arena *scratch = arena_child(a);
    struct diagram *d = NEW(scratch, struct diagram);
    d->sets = s;
    d->arena = scratch;
    d->budget = b;
    struct region joined = region_join(s, scratch, r);
    d->cubes = joined.v;
    struct alive all = {NEW_N(scratch, uint32_t, joined.n), 0};
    for (size_t i = 0; i < joined.n; i++)
        if (!cube_is_empty(&joined.v[i]))
            all.v[all.n++] = (uint32_t)i;
    d->buckets = BUCKETS_MIN;
    while (d->buckets < all.n && d->buckets < BUCKETS_MAX)
        d->buckets *= 2;
    d->node_bucket = NEW_N(scratch, uint32_t, d->buckets);
    d->known_bucket = NEW_N(scratch, uint32_t, d->buckets);
    if (all.n != 0) {
        *PUSH(scratch, d->nodes) = (struct node){NULL, 0, 0, 0}; /* NODE_END */
        uint32_t root = build(d, 0, all);
        struct cube c = {.when = LITS_NONE};
        paths(d, a, &out, &c, 0, root);
    }
    arena_free(scratch);
    return out;
}

/* ---- counting ------------------------------------------------------------------------------- */

/* 12 words of 32 bits, least first: more than 2^(1 + 8 + 128 + 128 + 16 + 16) times 2^64. */
#define WORDS 12
struct big {
    uint32_t w[WORDS];
};

static void big_add(struct big *x, const struct big *y)
{
    uint64_t carry = 0;
    for (size_t i = 0; i < WORDS; i++) {
        carry += (uint64_t)x->w[i] + y->w[i];
        x->w[i] = (uint32_t)carry;
        carry >>= 32;
    }
}

static struct big big_mul(const struct big *x, const struct big *y)
{
    struct big z = {{0}};
    for (size_t i = 0; i < WORDS; i++) {
        uint64_t carry = 0;
        for (size_t j = 0; i + j < WORDS; j++) {
            carry += (uint64_t)x->w[i] * y->w[j] + z.w[i + j];
            z.w[i + j] = (uint32_t)carry;
            carry >>= 32;
        }
    }
    return z;
}

/* Number of values in SET: up to 2^128, which U128_MAX cannot hold. */
static struct big big_size(const struct sets *s, set_id set)
{
    size_t n;
    const struct ival *v = set_ivals(s, set, &n);
    struct big sum = {{0}}, one = {{1}};
    for (size_t i = 0; i < n; i++) {
        u128 size = v[i].hi - v[i].lo;
        struct big part = {{(uint32_t)size, (uint32_t)(size >> 32), (uint32_t)(size >> 64),
                            (uint32_t)(size >> 96)}};
        big_add(&sum, &part);
        big_add(&sum, &one);
    }
    return sum;
}

static struct str big_decimal(struct arena *a, struct big x)
{
    char digits[WORDS * 10 + 1];
    size_t at = sizeof digits;
    bool more = true;
    while (more || at == sizeof digits) {
        uint64_t rest = 0;
        more = false;
        for (size_t i = WORDS; i-- > 0;) {
            rest = rest << 32 | x.w[i];
            x.w[i] = (uint32_t)(rest / 10);
            rest %= 10;
            more = more || x.w[i] != 0;
        }
        digits[--at] = (char)('0' + rest);
    }
    return arena_copy(a, (struct str){digits + at, sizeof digits - at});
}

/* Packets of C that differ in the five-tuple; C has one class of protocols. */
static struct big count_class(const struct sets *s, const struct cube *c, bool ports)
{
    static const enum field always[] = {FIELD_FAMILY, FIELD_PROTO, FIELD_SRC, FIELD_DST};
    struct big n = {{1}};
    for (size_t i = 0; i < sizeof always / sizeof *always; i++) {
        struct big size = big_size(s, c->f[always[i]]);
        n = big_mul(&n, &size);
    }
    for (int f = FIELD_SPORT; ports && f <= FIELD_DPORT; f++) {
        struct big size = big_size(s, c->f[f]);
        n = big_mul(&n, &size);
    }
    return n;
}

struct str region_count(struct sets *s, struct arena *a, const struct region *r)
{
    static const u128 with_ports[] = {PROTO_ICMP, PROTO_ICMPV6, PROTO_TCP,    PROTO_UDP,
                                      PROTO_SCTP, PROTO_DCCP,   PROTO_UDPLITE};
    set_id ports = SET_EMPTY;
    for (size_t i = 0; i < sizeof with_ports / sizeof *with_ports; i++)
        ports = set_or(s, ports, set_one(s, with_ports[i]));
    struct region flat = {0};
    for (size_t i = 0; i < r->n; i++) {
        struct cube c = cube_any(s);
        for (int f = 0; f < FIELD_COUNT; f++)
            if (f == FIELD_FAMILY || (f >= FIELD_PROTO && f <= FIELD_DPORT))
                c.f[f] = r->v[i].f[f];
        struct cube other = c;
        c.f[FIELD_PROTO] = set_and(s, c.f[FIELD_PROTO], ports);
        other.f[FIELD_PROTO] = set_minus(s, other.f[FIELD_PROTO], ports);
        other.f[FIELD_SPORT] = other.f[FIELD_DPORT] = set_full(s, FIELD_SPORT);
        *PUSH(a, flat) = c;
        *PUSH(a, flat) = other;
    }
    struct region apart = region_canonical(s, a, &flat, NULL);
    struct big sum = {{0}};
    for (size_t i = 0; i < apart.n; i++) {
        struct cube c = apart.v[i];
        c.f[FIELD_PROTO] = set_and(s, apart.v[i].f[FIELD_PROTO], ports);
        struct big n = count_class(s, &c, true);
        big_add(&sum, &n);
        c.f[FIELD_PROTO] = set_minus(s, apart.v[i].f[FIELD_PROTO], ports);
        n = count_class(s, &c, false);
        big_add(&sum, &n);
    }
    return big_decimal(a, sum);
}
