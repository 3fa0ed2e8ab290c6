/* A packed R-tree over the rules' cubes: the cubes sorted by where they begin, in the field first
 * in which they are narrowest, sixteen to a node, each node with the box that holds them all (A.
 * Guttman, "R-trees", SIGMOD 1984; packed as in Roussopoulos and Leifker, SIGMOD 1985). */
#include "model/lookup.h"

#include <stdlib.h>
#include <string.h>

#define SHORT_CHAIN 64
#define FANOUT 16
#define DIMS 4

static const enum field fields[DIMS] = {FIELD_DST, FIELD_SRC, FIELD_DPORT, FIELD_PROTO};

/* The fields, in the order in which the cubes of a chain are told apart best. */
struct dims {
    enum field f[DIMS];
};

struct bounds {
    struct ival d[DIMS];
};

/* A cube of a rule: rules are many, so that their boxes are made when they are asked for. */
struct leaf {
    uint32_t rule, match;
};

struct lookup {
    struct rule *const *rules;
    struct dims dims;
    const struct leaf *leaves;
    size_t n_leaves;
    const struct bounds *levels[16]; /* levels[0]: one box per FANOUT leaves, and so on up */
    size_t n_nodes[16];
    size_t n_levels;
};

static struct bounds bounds_of(const struct sets *s, const struct dims *dims, const struct cube *c)
{
    struct bounds b;
    for (size_t i = 0; i < DIMS; i++)
        b.d[i] = (struct ival){set_min(s, c->f[dims->f[i]]), set_max(s, c->f[dims->f[i]])};
    return b;
}

static bool meet(const struct bounds *x, const struct bounds *y)
{
    for (size_t i = 0; i < DIMS; i++)
        if (x->d[i].lo > y->d[i].hi || y->d[i].lo > x->d[i].hi)
            return false;
    return true;
}

static bool meets(const struct sets *s, const struct dims *dims, const struct bounds *x,
                  const struct cube *c)
{
    for (size_t i = 0; i < DIMS; i++)
        if (x->d[i].lo > set_max(s, c->f[dims->f[i]]) || set_min(s, c->f[dims->f[i]]) > x->d[i].hi)
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

static const struct cube *cube_of(const struct lookup *l, size_t leaf)
{
    return &l->rules[l->leaves[leaf].rule]->match[l->leaves[leaf].match];
}

#define SAMPLE 128

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

struct key {
    u128 lo[DIMS];
    struct leaf leaf;
};

/* By where they begin; the rule's place last, so that the order is one. */
static int by_place(const void *a, const void *b)
{
    const struct key *x = a, *y = b;
    for (size_t i = 0; i < DIMS; i++)
        if (x->lo[i] != y->lo[i])
            return x->lo[i] < y->lo[i] ? -1 : 1;
    if (x->leaf.rule != y->leaf.rule)
        return x->leaf.rule < y->leaf.rule ? -1 : 1;
    return (x->leaf.match > y->leaf.match) - (x->leaf.match < y->leaf.match);
}

static struct leaf *sorted_leaves(struct policy *p, const struct chain *c, const struct dims *dims,
                                  size_t n)
{
    struct arena *scratch = arena_child(p->arena);
    struct key *keys = NEW_N(scratch, struct key, n);
    struct leaf *leaves = NEW_N(p->arena, struct leaf, n);
    size_t at = 0;
    for (uint32_t i = 0; i < c->n_rules; i++)
        for (uint32_t m = 0; m < c->rules[i]->n_match && !c->rules[i]->inactive; m++) {
            for (size_t k = 0; k < DIMS; k++)
                keys[at].lo[k] = set_min(p->sets, c->rules[i]->match[m].f[dims->f[k]]);
            keys[at++].leaf = (struct leaf){i, m};
        }
    qsort(keys, n, sizeof *keys, by_place);
    for (size_t i = 0; i < n; i++)
        leaves[i] = keys[i].leaf;
    arena_free(scratch);
    return leaves;
}

static void stack_levels(const struct sets *s, struct arena *a, struct lookup *l)
{
    size_t below = l->n_leaves;
    while (below > FANOUT || l->n_levels == 0) {
        size_t n = (below + FANOUT - 1) / FANOUT;
        struct bounds *nodes = NEW_N(a, struct bounds, n);
        for (size_t i = 0; i < below; i++) {
            struct bounds child = l->n_levels == 0 ? bounds_of(s, &l->dims, cube_of(l, i))
                                                   : l->levels[l->n_levels - 1][i];
            if (i % FANOUT == 0)
                nodes[i / FANOUT] = child;
            else
                widen(&nodes[i / FANOUT], &child);
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
    size_t n = 0;
    for (size_t i = 0; i < c->n_rules; i++)
        n += c->rules[i]->inactive ? 0 : c->rules[i]->n_match;
    struct lookup *l = NEW(p->arena, struct lookup);
    *l = (struct lookup){.rules = c->rules, .n_leaves = n};
    l->dims = best_first(p->sets, c);
    l->leaves = sorted_leaves(p, c, &l->dims, n);
    stack_levels(p->sets, p->arena, l);
    return l;
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
            if (meet(&q->box, &l->levels[level - 1][i]) && !search(q, level - 1, i))
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

bool lookup_rules(const struct lookup *l, const struct sets *s, struct arena *a,
                  const struct cube *c, size_t most, struct positions *out)
{
    struct query q = {l, s, bounds_of(s, &l->dims, c), a, out, most};
    size_t top = l->n_levels - 1;
    out->n = 0;
    for (size_t i = 0; i < l->n_nodes[top]; i++)
        if (meet(&q.box, &l->levels[top][i]) && !search(&q, top, i))
            return false;
    if (out->n > 1)
        qsort(out->v, out->n, sizeof *out->v, by_value);
    size_t n = 0;
    for (size_t i = 0; i < out->n; i++) /* a rule of several cubes once */
        if (n == 0 || out->v[n - 1] != out->v[i])
            out->v[n++] = out->v[i];
    out->n = n;
    return true;
}
