#include "analyze/overlap.h"

#include "analyze/entry.h"
#include "analyze/treat.h"

/* Earlier rules that are listed for one. */
#define LISTED_MAX 32

struct finder {
    const struct policy *policy;
    struct arena *arena, *scratch;
    struct budget budget;
    uint32_t *seen; /* by place in the chain: the last rule that was held against it, + 1 */
};

/* The rules of C that may meet cube Q, by place; all of a short chain. */
static struct positions candidates(struct finder *x, const struct chain *c, const struct cube *q)
{
    struct positions all = {0};
    if (c->lookup != NULL &&
        lookup_rules(c->lookup, x->policy->sets, x->scratch, q, c->n_rules / 8, &all))
        return all;
    all.n = 0;
    for (size_t i = 0; i < c->n_rules; i++)
        *PUSH(x->scratch, all) = (uint32_t)i;
    return all;
}

static bool decides(const struct rule *r)
{
    return !r->inactive && !r->implicit && r->conds == LITS_NONE && r->orig == NULL &&
           (r->action == ACT_PERMIT || r->action == ACT_DENY);
}

/* All that X matches Y matches; by single cubes first. */
static bool within(struct finder *f, const struct rule *x, const struct rule *y)
{
    struct sets *s = f->policy->sets;
    struct region left = {0};
    for (size_t i = 0; i < x->n_match; i++) {
        bool found = false;
        for (size_t k = 0; k < y->n_match && !found; k++)
            found = cube_within(s, &x->match[i], &y->match[k]);
        if (!found)
            *PUSH(f->scratch, left) = x->match[i];
    }
    for (size_t k = 0; k < y->n_match && left.n != 0; k++) {
        struct region next = {0};
        for (size_t i = 0; i < left.n; i++)
            cube_minus(s, f->scratch, &next, &left.v[i], &y->match[k]);
        left = next;
        if (!budget_take(&f->budget, left.n + 1))
            return false;
    }
    return left.n == 0;
}

static bool shares(struct finder *f, const struct rule *x, const struct rule *y,
                   struct cube *shared)
{
    for (size_t i = 0; i < x->n_match; i++)
        for (size_t k = 0; k < y->n_match; k++)
            if (cube_and(f->policy->sets, shared, &x->match[i], &y->match[k]))
                return true;
    return false;
}

static void compare(struct finder *f, struct overlap *o, const struct rule *earlier)
{
    struct cube shared;
    bool contrary = decides(earlier) && earlier->action != o->rule->action;
    if (!contrary || !shares(f, earlier, o->rule, &shared))
        return;
    if (o->inside.n + o->across.n == LISTED_MAX) {
        o->more++;
        return;
    }
    if (o->inside.n + o->across.n == 0)
        o->shared = cube_pick(f->policy->sets, &shared);
    if (within(f, earlier, o->rule))
        *PUSH(f->arena, o->inside) = earlier;
    else if (!within(f, o->rule, earlier))
        *PUSH(f->arena, o->across) = earlier;
}

static void ask_rule(struct finder *f, const struct chain *c, size_t pos, struct overlaps *out)
{
    struct overlap o = {.rule = c->rules[pos]};
    for (size_t m = 0; m < o.rule->n_match; m++) {
        struct positions all = candidates(f, c, &o.rule->match[m]);
        for (size_t i = 0; i < all.n && all.v[i] < pos; i++) {
            if (f->seen[all.v[i]] == pos + 1)
                continue;
            f->seen[all.v[i]] = (uint32_t)pos + 1;
            if (!budget_take(&f->budget, 1)) {
                out->undecided++;
                return;
            }
            compare(f, &o, c->rules[all.v[i]]);
        }
    }
    if (o.inside.n + o.across.n != 0)
        *PUSH(f->arena, *out) = o;
}

struct overlaps overlaps_find(const struct policy *p, struct arena *a, uint64_t steps)
{
    struct overlaps out = {0};
    struct finder f = {.policy = p, .arena = a, .budget = {.left = steps}};
    for (size_t i = 0; i < p->chains.n; i++) {
        struct arena *index = arena_child(a);
        f.seen = NEW_N(index, uint32_t, p->chains.v[i]->n_rules + 1);
        for (size_t k = 0; k < p->chains.v[i]->n_rules; k++) {
            const struct rule *r = p->chains.v[i]->rules[k];
            if (!decides(r) || rule_matches_all(p->sets, r))
                continue;
            f.scratch = arena_child(index);
            ask_rule(&f, p->chains.v[i], k, &out);
            arena_free(f.scratch);
        }
        arena_free(index);
    }
    return out;
}

/* ---- rules and chains that no packet needs -------------------------------------------------- */

static bool does_something(const struct rule *r)
{
    return !r->inactive && (r->action != ACT_CONTINUE || rule_treats(r)) && r->action != ACT_RETURN;
}

static bool is_idle(struct finder *f, const struct chain *c, size_t pos)
{
    const struct rule *r = c->rules[pos];
    for (size_t m = 0; m < r->n_match; m++) {
        struct positions all = candidates(f, c, &r->match[m]);
        for (size_t i = 0; i < all.n; i++) {
            const struct rule *later = c->rules[all.v[i]];
            struct cube shared;
            if (all.v[i] > pos && does_something(later) && shares(f, r, later, &shared))
                return false;
            if (!budget_take(&f->budget, 1))
                return false;
        }
    }
    return true;
}

struct rules idle_returns(const struct policy *p, struct arena *a)
{
    enum { PAIRS_MAX = 10000000 };
    struct rules out = {0};
    struct finder f = {.policy = p, .arena = a, .budget = {.left = PAIRS_MAX}};
    for (size_t i = 0; i < p->chains.n; i++)
        for (size_t k = 0; p->chains.v[i]->returns && k < p->chains.v[i]->n_rules; k++) {
            const struct rule *r = p->chains.v[i]->rules[k];
            if (r->action != ACT_RETURN || r->inactive || r->implicit)
                continue;
            f.scratch = arena_child(a);
            if (is_idle(&f, p->chains.v[i], k))
                *PUSH(a, out) = r;
            arena_free(f.scratch);
        }
    return out;
}

struct chains unreached_chains(const struct policy *p, struct arena *a)
{
    struct chains out = {0};
    const struct entry *entries = entries_find(p, a);
    for (size_t i = 0; i < p->chains.n; i++)
        if (!entries[i].reached && !p->chains.v[i]->builtin && p->chains.v[i]->n_rules != 0)
            *PUSH(a, out) = p->chains.v[i];
    return out;
}
