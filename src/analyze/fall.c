/* What becomes of packets that no rule of a chain takes. */
#include "analyze/fall.h"

#include "analyze/entry.h"
#include "analyze/treat.h"

/* Rules behind a jump that are looked at, and jumps within jumps. */
#define BEHIND_MAX 256
#define DEPTH_MAX 32

struct caller {
    const struct chain *chain;
    size_t place;
};

struct bottom {
    ARRAY(struct caller) callers;
    enum fall fall;
    bool known;
};

struct falls {
    const struct policy *policy;
    struct bottom *chains; /* by chain->index */
    uint32_t unsteady;     /* bit per field that rules change on the way through a chain */
};

static void both(enum fall *all, enum fall one)
{
    *all = *all == FALL_NOWHERE || *all == one ? one : FALL_UNSURE;
}

static enum fall by_action(const struct rule *r)
{
    bool sure = r->conds == LITS_NONE && r->orig == NULL && !rule_treats(r);
    return sure && r->action == ACT_PERMIT ? FALL_PERMIT
           : sure && r->action == ACT_DENY ? FALL_DENY
                                           : FALL_UNSURE;
}

static enum fall fall(struct falls *f, const struct chain *c, int depth);

/* Packets of CUBE that come to rule FROM of chain C. */
static enum fall behind(struct falls *f, const struct chain *c, size_t from,
                        const struct cube *cube, int depth)
{
    struct sets *s = f->policy->sets;
    for (size_t i = from; i < c->n_rules; i++) {
        const struct rule *r = c->rules[i];
        if (i - from > BEHIND_MAX)
            return FALL_UNSURE;
        for (size_t m = 0; m < r->n_match && !r->inactive; m++)
            if (cube_overlaps(s, cube, &r->match[m]))
                return cube_within(s, cube, &r->match[m]) ? by_action(r) : FALL_UNSURE;
    }
    return fall(f, c, depth - 1);
}

static enum fall find(struct falls *f, const struct chain *c, int depth)
{
    const struct policy *p = f->policy;
    enum fall all = FALL_NOWHERE;
    for (int k = 0; k < PATH_KINDS; k++)
        for (size_t i = 0; i < p->paths[k].n; i++)
            if (p->paths[k].v[i].chain == c)
                both(&all, by_action(p->paths[k].v[i].otherwise));
    for (size_t i = 0; i < f->chains[c->index].callers.n; i++) {
        struct caller from = f->chains[c->index].callers.v[i];
        const struct rule *r = from.chain->rules[from.place];
        for (size_t m = 0; m < r->n_match && all != FALL_UNSURE; m++) {
            struct cube fallen = r->match[m];
            cube_widen(p->sets, &fallen, f->unsteady);
            both(&all, r->action == ACT_GOTO
                           ? FALL_UNSURE
                           : behind(f, from.chain, from.place + 1, &fallen, depth));
        }
    }
    return all;
}

static enum fall fall(struct falls *f, const struct chain *c, int depth)
{
    if (depth <= 0)
        return FALL_UNSURE;
    if (!f->chains[c->index].known) {
        f->chains[c->index].fall = find(f, c, depth);
        f->chains[c->index].known = true;
    }
    return f->chains[c->index].fall;
}

enum fall fall_of(struct falls *f, const struct chain *c)
{
    return fall(f, c, DEPTH_MAX);
}

struct falls *falls_new(const struct policy *p, struct arena *a)
{
    struct falls *f = NEW(a, struct falls);
    f->policy = p;
    f->unsteady = changed_fields(p, false);
    f->chains = NEW_N(a, struct bottom, p->chains.n);
    for (size_t i = 0; i < p->chains.n; i++)
        for (size_t k = 0; k < p->chains.v[i]->turns.n; k++) {
            const size_t place = p->chains.v[i]->turns.v[k];
            const struct rule *r = p->chains.v[i]->rules[place];
            if (!r->inactive && r->target != NULL)
                *PUSH(a, f->chains[r->target->index].callers) =
                    (struct caller){p->chains.v[i], place};
        }
    return f;
}
