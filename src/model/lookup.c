/* A packed R-tree over the rules' cubes: the cubes sorted by where they begin, sixteen to a node,
 * each node with the box that holds them all (A. Guttman, "R-trees", SIGMOD 1984; packed as in
 * Roussopoulos and Leifker, SIGMOD 1985). */
#include "model/lookup.h"

#include <stdlib.h>

#define SHORT_CHAIN 64
#define FANOUT 16
#define DIMS 4

static const enum field dims[DIMS] = {FIELD_DST, FIELD_SRC, FIELD_DPORT, FIELD_PROTO};

struct bounds {
    struct ival d[DIMS];
};

struct leaf {
    struct bounds box;
    uint32_t rule;
};

struct lookup {
    const struct leaf *leaves;
    size_t n_leaves, n_rules;
    const struct bounds *levels[16]; /* levels[0]: one box per FANOUT leaves, and so on up */
    size_t n_nodes[16];
    size_t n_levels;
};

static struct bounds bounds_of(const struct sets *s, const struct cube *c)
{
    struct bounds b;
    for (size_t i = 0; i < DIMS; i++)
        b.d[i] = (struct ival){set_min(s, c->f[dims[i]]), set_max(s, c->f[dims[i]])};
    return b;
}

static bool meet(const struct bounds *x, const struct bounds *y)
{
    for (size_t i = 0; i < DIMS; i++)
        if (x->d[i].lo > y->d[i].hi || y->d[i].lo > x->d[i].hi)
            return false;
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

/* By destination, then source, and so on; the rule's place last, so that the order is one. */
static int by_place(const void *a, const void *b)
{
    const struct leaf *x = a, *y = b;
    for (size_t i = 0; i < DIMS; i++)
        if (x->box.d[i].lo != y->box.d[i].lo)
            return x->box.d[i].lo < y->box.d[i].lo ? -1 : 1;
    return (x->rule > y->rule) - (x->rule < y->rule);
}

static void stack_levels(struct arena *a, struct lookup *l)
{
    size_t below = l->n_leaves;
    while (below > FANOUT || l->n_levels == 0) {
        size_t n = (below + FANOUT - 1) / FANOUT;
        struct bounds *nodes = NEW_N(a, struct bounds, n);
        for (size_t i = 0; i < below; i++) {
            const struct bounds *child =
                l->n_levels == 0 ? &l->leaves[i].box : &l->levels[l->n_levels - 1][i];
            if (i % FANOUT == 0)
                nodes[i / FANOUT] = *child;
            else
                widen(&nodes[i / FANOUT], child);
        }
        l->levels[l->n_levels] = nodes;
        l->n_nodes[l->n_levels++] = n;
        below = n;
    }
}

const struct lookup *lookup_new(struct policy *p, const struct chain *c)
{
    if (c->n_rules < SHORT_CHAIN)
        return NULL;
    size_t n = 0, at = 0;
    for (size_t i = 0; i < c->n_rules; i++)
        n += c->rules[i]->inactive ? 0 : c->rules[i]->n_match;
    struct leaf *leaves = NEW_N(p->arena, struct leaf, n);
    for (size_t i = 0; i < c->n_rules; i++)
        for (size_t m = 0; m < c->rules[i]->n_match && !c->rules[i]->inactive; m++)
            leaves[at++] = (struct leaf){bounds_of(p->sets, &c->rules[i]->match[m]), (uint32_t)i};
    qsort(leaves, n, sizeof *leaves, by_place);
    struct lookup *l = NEW(p->arena, struct lookup);
    *l = (struct lookup){.leaves = leaves, .n_leaves = n, .n_rules = c->n_rules};
    stack_levels(p->arena, l);
    return l;
}

struct query {
    const struct lookup *lookup;
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
        const struct bounds *box = level == 0 ? &l->leaves[i].box : &l->levels[level - 1][i];
        if (!meet(&q->box, box))
            continue;
        if (level != 0) {
            if (!search(q, level - 1, i))
                return false;
        } else {
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

bool lookup_rules(const struct lookup *l, const struct sets *s, struct arena *a,
                  const struct cube *c, struct positions *out)
{
    struct query q = {l, bounds_of(s, c), a, out, l->n_rules / 8};
    size_t top = l->n_levels - 1;
    out->n = 0;
    for (size_t i = 0; i < l->n_nodes[top]; i++)
        if (meet(&q.box, &l->levels[top][i]) && !search(&q, top, i))
            return false;
    qsort(out->v, out->n, sizeof *out->v, by_value);
    size_t n = 0;
    for (size_t i = 0; i < out->n; i++) /* a rule of several cubes once */
        if (n == 0 || out->v[n - 1] != out->v[i])
            out->v[n++] = out->v[i];
    out->n = n;
    return true;
}
