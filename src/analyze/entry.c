/* Which packets may enter a chain: more than do, never less. */
#include "analyze/entry.h"

/* Beyond so many cubes a chain is taken to be entered by all packets there are. */
#define CUBES_MAX 64

struct finder {
    const struct policy *policy;
    struct arena *arena;
    struct entry *entries;
    uint32_t changed;  /* bit per field that rules change on the way */
    uint32_t *waiting; /* jumps into each chain that are still to be followed */
};

uint32_t changed_fields(const struct policy *p, bool between_stages)
{
    uint32_t all = 0;
    for (size_t i = 0; i < p->chains.n; i++)
        for (size_t k = 0; k < p->chains.v[i]->turns.n; k++) {
            const struct rule *r = p->chains.v[i]->rules[p->chains.v[i]->turns.v[k]];
            for (size_t w = 0; w < r->n_rewrites; w++)
                if (between_stages || r->action != ACT_PERMIT)
                    all |= (uint32_t)1 << r->rewrites[w].field;
        }
    return all;
}

void cube_widen(struct sets *s, struct cube *c, uint32_t fields)
{
    for (int f = 0; f < FIELD_COUNT; f++)
        if ((fields >> f & 1) != 0)
            c->f[f] = set_full(s, (enum field)f);
}

static void enter(struct finder *x, struct entry *to, const struct cube *c)
{
    struct sets *s = x->policy->sets;
    for (size_t i = 0; i < to->cubes.n; i++)
        if (cube_within(s, c, &to->cubes.v[i]))
            return;
    if (to->cubes.n < CUBES_MAX) {
        *PUSH(x->arena, to->cubes) = *c;
        return;
    }
    to->cubes = (struct region){0};
    for (size_t i = 0; i < x->policy->universe.n; i++)
        *PUSH(x->arena, to->cubes) = x->policy->universe.v[i];
}

static bool calls(const struct rule *r)
{
    return !r->inactive && (r->action == ACT_JUMP || r->action == ACT_GOTO);
}

static void follow(struct finder *x, const struct chain *from, const struct rule *r)
{
    struct sets *s = x->policy->sets;
    const struct region *cubes = &x->entries[from->index].cubes;
    for (size_t m = 0; m < r->n_match; m++) {
        struct cube match = r->match[m], both;
        cube_widen(s, &match, x->changed);
        for (size_t i = 0; i < cubes->n; i++)
            if (cube_and(s, &both, &match, &cubes->v[i]))
                enter(x, &x->entries[r->target->index], &both);
    }
}

struct queue {
    const struct chain **v;
    size_t n, cap;
};

/* Marks the chains that a path leads to, and counts the jumps into them. */
static void reach(struct finder *x, struct queue *q)
{
    for (size_t at = 0; at < q->n; at++)
        for (size_t i = 0; i < q->v[at]->turns.n; i++) {
            const struct rule *r = q->v[at]->rules[q->v[at]->turns.v[i]];
            if (!calls(r))
                continue;
            struct entry *to = &x->entries[r->target->index];
            x->waiting[r->target->index]++;
            if (!to->reached)
                *PUSH(x->arena, *q) = r->target;
            to->reached = true;
            to->n_callers++;
            to->caller = r;
        }
}

static void start_paths(struct finder *x, struct queue *q)
{
    const struct policy *p = x->policy;
    for (int k = 0; k < PATH_KINDS; k++)
        for (size_t i = 0; i < p->paths[k].n; i++) {
            const struct stage *stage = &p->paths[k].v[i];
            if (stage->chain == NULL)
                continue;
            struct entry *e = &x->entries[stage->chain->index];
            struct cube guard = stage->guard;
            cube_widen(p->sets, &guard, x->changed); /* rules of the chain may change them */
            struct region in = region_and_cube(p->sets, x->arena, &p->universe, &guard);
            for (size_t c = 0; c < in.n; c++)
                enter(x, e, &in.v[c]);
            if (!e->reached)
                *PUSH(x->arena, *q) = stage->chain;
            e->reached = true;
        }
}

/* Chains are followed once all that leads to them is: they call each other without loops. */
struct entry *entries_find(const struct policy *p, struct arena *a)
{
    struct finder x = {p, a, NEW_N(a, struct entry, p->chains.n), changed_fields(p, false),
                       NEW_N(a, uint32_t, p->chains.n)};
    struct queue found = {0}, ready = {0};
    start_paths(&x, &found);
    reach(&x, &found);
    for (size_t i = 0; i < found.n; i++)
        if (x.waiting[found.v[i]->index] == 0)
            *PUSH(a, ready) = found.v[i];
    for (size_t at = 0; at < ready.n; at++)
        for (size_t i = 0; i < ready.v[at]->turns.n; i++) {
            const struct rule *r = ready.v[at]->rules[ready.v[at]->turns.v[i]];
            if (!calls(r))
                continue;
            follow(&x, ready.v[at], r);
            if (--x.waiting[r->target->index] == 0)
                *PUSH(a, ready) = r->target;
        }
    return x.entries;
}

/* ---- for sure -------------------------------------------------------------------------------- */

struct arrivals {
    struct walk walk;
    struct region found;
};

static bool arrives(void *ctx, const struct step *step)
{
    struct arrivals *x = ctx;
    const struct flow *flow = step->flow;
    bool same = !flow->chosen && flow->moved == 0 && flow->orig.when == LITS_NONE;
    for (int f = 0; f < FIELD_COUNT; f++)
        same = same && flow->orig.f[f] == flow->now.f[f];
    if (same)
        *PUSH(x->walk.arena, x->found) = flow->now;
    return x->found.n < CUBES_MAX;
}

/* What arrives unchanged began as what may enter: other packets need not be sent. */
static void see(struct arrivals *x, enum path_kind path, const struct region *may_enter)
{
    x->walk.path = path;
    for (size_t i = 0; i < may_enter->n; i++)
        walk(&x->walk, &may_enter->v[i]);
}

struct region entry_sure(const struct policy *p, struct arena *a, const struct chain *chain,
                         const struct entry *e, struct budget *b)
{
    struct arrivals all = {.walk = {.policy = p,
                                    .arena = a,
                                    .budget = b,
                                    .fn = arrives,
                                    .ctx = &all,
                                    .permits_only = true,
                                    .watch_only = true,
                                    .watch_ends = true}};
    bool one = e->n_callers == 1 && e->caller->conds == LITS_NONE;
    for (int k = 0; k < PATH_KINDS; k++) {
        all.walk.watch_stage = NULL;
        all.walk.watch = one ? e->caller : NULL;
        if (one)
            see(&all, (enum path_kind)k, &e->cubes);
        all.walk.watch = NULL;
        for (size_t i = 0; i < p->paths[k].n; i++)
            if (p->paths[k].v[i].chain == chain) {
                all.walk.watch_stage = &p->paths[k].v[i];
                see(&all, (enum path_kind)k, &e->cubes);
            }
    }
    return all.found;
}

bool rule_matches_all(struct sets *s, const struct rule *r)
{
    struct cube any = cube_any(s);
    for (size_t i = 0; i < r->n_match; i++) {
        struct cube x = r->match[i];
        x.f[FIELD_FAMILY] = any.f[FIELD_FAMILY];
        if (cube_within(s, &any, &x))
            return true;
    }
    return false;
}
