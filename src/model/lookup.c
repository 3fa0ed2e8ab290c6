/* A packed R-tree over the rules' cubes: the cubes sorted by where they begin, in the field first
 * in which they are narrowest, sixteen to a node, each node with the box that holds them all (A.
 * Guttman, "R-trees", SIGMOD 1984; packed as in Roussopoulos and Leifker, SIGMOD 1985). */
#include "model/lookup.h"

#include <stdlib.h>
#include <string.h>

#define SHORT_CHAIN 64
#define FANOUT 16

static const enum field fields[DIMS] = {FIELD_DST, FIELD_SRC, FIELD_DPORT, FIELD_PROTO};

/* A cube of a rule: rules are many, so that their boxes are made when they are asked for. */
struct leaf {
    uint32_t rule, match;
};

struct lookup {
    struct policy *policy;
    const struct chain *chain;
    struct expected *expected; /* NULL: nothing is */
    bool open;                 /* what is below is made for the first question */
    struct rule *const *rules;
    struct dims dims; /* in the order in which the cubes of the chain are told apart best */
    const struct leaf *leaves;
    size_t n_leaves;
    struct bounds *levels[16]; /* levels[0]: one box per FANOUT leaves, and so on up */
    size_t n_nodes[16];
    size_t n_levels;
};

struct bounds bounds_of(const struct sets *s, const struct dims *dims, const struct cube *c)
{
    struct bounds b;
    for (size_t i = 0; i < DIMS; i++)
        b.d[i] = set_hull(s, c->f[dims->f[i]]);
    return b;
}

bool bounds_meet(const struct bounds *x, const struct bounds *y)
{
    for (size_t i = 0; i < DIMS; i++)
        if (x->d[i].lo > y->d[i].hi || y->d[i].lo > x->d[i].hi)
            return false;
    return true;
}

static bool meets(const struct sets *s, const struct dims *dims, const struct bounds *x,
                  const struct cube *c)
{
    for (size_t i = 0; i < DIMS; i++) {
        const struct ival own = set_hull(s, c->f[dims->f[i]]);
        if (x->d[i].lo > own.hi || own.lo > x->d[i].hi)
            return false;
    }
    return true;
}

static void widen(struct bounds *x, const struct bounds *y)
{
    for (size_t i = 0; i < DIMS; i++) {
        if (y->d[i].lo < x->d[i].lo)
            x->d[i].lo = y->d[i].lo;
        if (y->d[i].hi > x->d[i].hi)
            x->d[i].hi = y->d[i].hi;
    }
}

static const struct cube *cube_of(const struct lookup *l, size_t leaf)
{
    return &l->rules[l->leaves[leaf].rule]->match[l->leaves[leaf].match];
}

#define SAMPLE 48

static struct dims best_first(const struct sets *s, const struct chain *c)
{
    const struct cube *sample[SAMPLE];
    size_t step = c->n_rules / SAMPLE + 1, n = 0;
    struct dims d;
    memcpy(d.f, fields, sizeof d.f);
    for (size_t i = 0; i < c->n_rules; i += step)
        if (c->rules[i]->n_match != 0)
            sample[n++] = &c->rules[i]->match[0];
    fields_by_use(s, sample, n, d.f, DIMS);
    return d;
}

/* A leaf and where it begins, in the fields one behind the other as far as 64 bits reach. */
struct key {
    uint64_t place;
    struct leaf leaf;
};

struct keys {
    struct key *v, *other; /* as many again */
    size_t n;
};

static unsigned bits_of(u128 v)
{
    unsigned bits = 0;
    for (; v != 0; v >>= 1)
        bits++;
    return bits;
}

/* The next field of the keys: LO[i] is where leaf i begins in it, LEFT the bits that are left. */
static void add_field(struct keys *k, const u128 *lo, unsigned *left)
{
    u128 differs = 0;
    for (size_t i = 1; i < k->n; i++)
        differs |= lo[i] ^ lo[0];
    const unsigned bits = bits_of(differs), taken = bits < *left ? bits : *left;
    if (taken == 0)
        return;
    for (size_t i = 0; i < k->n; i++) {
        uint64_t value = (uint64_t)((lo[i] & (((u128)1 << (bits - 1)) * 2 - 1)) >> (bits - taken));
        k->v[i].place |= value << (*left - taken);
    }
    *left -= taken;
}

/* By their bytes, the last one first; equal ones stay in the order of the rules. */
static void sort_keys(struct keys *k)
{
    for (unsigned shift = 0; shift < 64; shift += 8) {
        size_t first[257] = {0};
        for (size_t i = 0; i < k->n; i++)
            first[(k->v[i].place >> shift & 255) + 1]++;
        if (first[(k->v[0].place >> shift & 255) + 1] == k->n) /* all have this one */
            continue;
        for (size_t i = 1; i < 256; i++)
            first[i] += first[i - 1];
        for (size_t i = 0; i < k->n; i++)
            k->other[first[k->v[i].place >> shift & 255]++] = k->v[i];
        struct key *sorted = k->other;
        k->other = k->v;
        k->v = sorted;
    }
}

/* The N leaves of C in the order of the rules. */
static struct keys keys_of(struct arena *a, const struct chain *c, size_t n)
{
    struct keys keys = {NEW_N(a, struct key, n + 1), NEW_N(a, struct key, n + 1), 0};
    for (uint32_t i = 0; i < c->n_rules; i++)
        for (uint32_t m = 0; m < c->rules[i]->n_match && !c->rules[i]->inactive; m++)
            keys.v[keys.n++].leaf = (struct leaf){i, m};
    return keys;
}

/* The leaves of L, sorted. PLACES[i] is where the ith of the rules' order went: boxes are made in
 * that order, in which sets lie one behind the other in memory. */
static void sort_leaves(const struct sets *s, struct arena *scratch, const struct chain *c,
                        struct lookup *l, struct leaf *leaves, uint32_t *places)
{
    struct keys keys = keys_of(scratch, c, l->n_leaves);
    u128 *lo = NEW_N(scratch, u128, keys.n + 1);
    uint32_t *number = NEW_N(scratch, uint32_t, c->n_rules + 1); /* of a rule's first leaf */
    unsigned left = 64;
    for (size_t k = 0; k < DIMS && keys.n != 0; k++) {
        for (size_t i = 0; i < keys.n; i++) {
            const struct leaf at = keys.v[i].leaf;
            lo[i] = set_min(s, c->rules[at.rule]->match[at.match].f[l->dims.f[k]]);
        }
        add_field(&keys, lo, &left);
    }
    for (size_t i = keys.n; i-- > 0;)
        number[keys.v[i].leaf.rule] = (uint32_t)i;
    if (keys.n != 0)
        sort_keys(&keys);
    for (size_t i = 0; i < keys.n; i++) {
        leaves[i] = keys.v[i].leaf;
        places[number[leaves[i].rule] + leaves[i].match] = (uint32_t)i;
    }
}

static void new_level(struct arena *a, struct lookup *l, size_t below)
{
    size_t n = (below + FANOUT - 1) / FANOUT;
    l->levels[l->n_levels] = NEW_N(a, struct bounds, n);
    l->n_nodes[l->n_levels++] = n;
}

/* The box of node AT, which is empty at first, holds MORE, too. */
static void hold(struct bounds *at, const struct bounds *more, bool *empty)
{
    if (*empty)
        *at = *more;
    else
        widen(at, more);
    *empty = false;
}

static void box_leaves(const struct sets *s, struct arena *scratch, const struct chain *c,
                       struct lookup *l, const uint32_t *places)
{
    bool *empty = NEW_N(scratch, bool, l->n_nodes[0] + 1);
    memset(empty, 1, l->n_nodes[0]);
    size_t at = 0;
    for (size_t i = 0; i < c->n_rules; i++)
        for (size_t m = 0; m < c->rules[i]->n_match && !c->rules[i]->inactive; m++) {
            const struct bounds box = bounds_of(s, &l->dims, &c->rules[i]->match[m]);
            const size_t node = places[at++] / FANOUT;
            hold(&l->levels[0][node], &box, &empty[node]);
        }
}

static void stack_levels(struct arena *a, struct lookup *l)
{
    while (l->n_nodes[l->n_levels - 1] > FANOUT) {
        const size_t below = l->n_nodes[l->n_levels - 1];
        const struct bounds *boxes = l->levels[l->n_levels - 1];
        new_level(a, l, below);
        struct bounds *nodes = l->levels[l->n_levels - 1];
        for (size_t i = 0; i < below; i++) {
            bool empty = i % FANOUT == 0;
            hold(&nodes[i / FANOUT], &boxes[i], &empty);
        }
    }
}

struct lookup *lookup_new(struct policy *p, const struct chain *c)
{
    if (c->n_rules < SHORT_CHAIN)
        return NULL;
    struct lookup *l = NEW(p->arena, struct lookup);
    *l = (struct lookup){.policy = p, .chain = c};
    return l;
}

static void know_dims(struct lookup *l)
{
    if (l->rules != NULL)
        return;
    l->rules = l->chain->rules;
    l->dims = best_first(l->policy->sets, l->chain);
}

static void open_lookup(struct lookup *l)
{
    const struct policy *p = l->policy;
    const struct chain *c = l->chain;
    l->n_leaves = c->n_cubes;
    struct arena *scratch = arena_child(p->arena);
    struct leaf *leaves = NEW_N(p->arena, struct leaf, l->n_leaves + 1);
    uint32_t *places = NEW_N(scratch, uint32_t, l->n_leaves + 1);
    sort_leaves(p->sets, scratch, c, l, leaves, places);
    l->leaves = leaves;
    new_level(p->arena, l, l->n_leaves);
    box_leaves(p->sets, scratch, c, l, places);
    stack_levels(p->arena, l);
    arena_free(scratch);
    l->open = true;
}

struct query {
    const struct lookup *lookup;
    const struct sets *sets;
    struct bounds box;
    struct arena *arena;
    struct positions *out;
    size_t limit;
};

/* Children FROM … of a node at LEVEL (0: the children are leaves). */
static bool search(struct query *q, size_t level, size_t node)
{
    const struct lookup *l = q->lookup;
    size_t below = level == 0 ? l->n_leaves : l->n_nodes[level - 1];
    size_t end = (node + 1) * FANOUT < below ? (node + 1) * FANOUT : below;
    for (size_t i = node * FANOUT; i < end; i++) {
        if (level != 0) {
            if (bounds_meet(&q->box, &l->levels[level - 1][i]) && !search(q, level - 1, i))
                return false;
        } else if (meets(q->sets, &l->dims, &q->box, cube_of(l, i))) {
            if (q->out->n == q->limit)
                return false;
            *PUSH(q->arena, *q->out) = l->leaves[i].rule;
        }
    }
    return true;
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static enum answer by_index(struct query *q)
{
    const struct lookup *l = q->lookup;
    size_t top = l->n_levels - 1;
    for (size_t i = 0; i < l->n_nodes[top]; i++)
        if (bounds_meet(&q->box, &l->levels[top][i]) && !search(q, top, i))
            return ANSWER_MANY;
    if (q->out->n > 1)
        qsort(q->out->v, q->out->n, sizeof *q->out->v, by_value);
    return ANSWER_LISTED;
}

void lookup_expect(struct lookup *l, const struct sets *s, const struct cube *cubes, size_t n)
{
    if (l->open)
        return;
    know_dims(l);
    if (l->expected == NULL)
        l->expected = expected_new(l->policy->arena, &l->dims, l->chain);
    expected_add(l->expected, s, cubes, n);
}

bool lookup_rules(struct lookup *l, const struct sets *s, struct arena *a, const struct cube *c,
                  size_t most, struct positions *out)
{
    know_dims(l);
    struct query q = {l, s, bounds_of(s, &l->dims, c), a, out, most};
    enum answer answer = ANSWER_UNKNOWN;
    out->n = 0;
    if (!l->open && l->expected != NULL)
        answer = expected_rules(l->expected, s, a, &q.box, most, out);
    if (answer == ANSWER_UNKNOWN) {
        if (!l->open)
            open_lookup(l);
        out->n = 0;
        answer = by_index(&q);
    }
    if (answer == ANSWER_MANY)
        return false;
    size_t n = 0;
    for (size_t i = 0; i < out->n; i++) /* a rule of several cubes once */
        if (n == 0 || out->v[n - 1] != out->v[i])
            out->v[n++] = out->v[i];
    out->n = n;
    return true;
}
