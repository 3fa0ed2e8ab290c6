/* What a rule takes for sure from the rules behind it in its chain. */
#include "analyze/cover.h"
#include "analyze/entry.h"

/* Cubes of a called chain that are counted, and of a jump into it; beyond, as many as the policy
 * has rules, in all. What is not counted the walk decides. */
#define CALLED_MAX 256
#define DEPTH_MAX 16

struct lister {
    const struct policy *policy;
    struct arena *arena;
    uint32_t changed;       /* bit per field that some rule on a path changes */
    struct takers **called; /* by chain: what list_called() found */
    size_t *room;           /* cubes beyond CALLED_MAX that may still be counted */
};

static bool has_rates(const struct policy *p, lits_id conds)
{
    size_t n = conds == LITS_NONE ? 0 : lits_count(p->sets, conds);
    for (size_t i = 0; i < n; i++)
        if (!p->conds.v[lits_at(p->sets, conds, i).cond].of_packet)
            return true;
    return false;
}

/* A field that is changed on the way may have been another when the earlier rule looked. */
static bool steady(const struct lister *l, const struct cube *c)
{
    for (int f = 0; f < FIELD_COUNT && l->changed != 0; f++)
        if ((l->changed >> f & 1) != 0 && c->f[f] != set_full(l->policy->sets, (enum field)f))
            return false;
    return true;
}

static bool sure(const struct lister *l, const struct rule *r)
{
    if (r->inactive || r->orig != NULL || has_rates(l->policy, r->conds))
        return false;
    if (r->conds == LITS_NONE)
        return true;
    for (size_t i = 0; i < lits_count(l->policy->sets, r->conds); i++)
        if (cond_is_test(&l->policy->conds.v[lits_at(l->policy->sets, r->conds, i).cond]))
            return false;
    return true;
}

static void add(const struct lister *l, struct takers *to, const struct cube *cube, lits_id conds,
                uint32_t pos, const struct rule *r)
{
    if (steady(l, cube))
        *PUSH(l->arena, *to) = (struct taker){.cube = cube, .conds = conds, .pos = pos, .rule = r};
}

static const struct cube *kept_cube(const struct lister *l, const struct cube *c)
{
    struct cube *kept = NEW(l->arena, struct cube);
    *kept = *c;
    return kept;
}

static bool leaves(const struct rule *r)
{
    return r->action == ACT_RETURN || r->action == ACT_GOTO;
}

/* T may have gone back by one of EXITS before it came to its place. */
static bool may_have_left(const struct lister *l, const struct chain *c,
                          const struct positions *exits, const struct taker *t)
{
    for (size_t i = 0; i < exits->n && exits->v[i] < t->pos; i++) {
        const struct rule *r = c->rules[exits->v[i]];
        for (size_t m = 0; m < r->n_match; m++)
            if (cube_overlaps(l->policy->sets, &r->match[m], t->cube))
                return true;
    }
    return false;
}

/* N cubes or more may be counted. */
static bool has_room(const struct lister *l, size_t n)
{
    if (n < CALLED_MAX)
        return true;
    *l->room -= *l->room != 0;
    return *l->room != 0;
}

static void list_rule(const struct lister *l, struct takers *to, const struct rule *r, uint32_t pos,
                      int depth);

/* What chain C, once entered, does not give back. */
static const struct takers *list_called(const struct lister *l, const struct chain *c, int depth)
{
    struct takers all = {0}, **kept = &l->called[c->index];
    struct positions exits = {0};
    if (*kept != NULL)
        return *kept;
    *kept = NEW(l->arena, struct takers);
    for (size_t i = 0; i < c->n_rules && has_room(l, all.n); i++)
        if (!leaves(c->rules[i]))
            list_rule(l, &all, c->rules[i], (uint32_t)i, depth);
        else if (!c->rules[i]->inactive)
            *PUSH(l->arena, exits) = (uint32_t)i;
    for (size_t i = 0; i < all.n; i++)
        if (!may_have_left(l, c, &exits, &all.v[i]))
            *PUSH(l->arena, **kept) = all.v[i];
    return *kept;
}

static void list_call(const struct lister *l, struct takers *to, const struct rule *r, uint32_t pos,
                      int depth)
{
    const struct takers *inner = list_called(l, r->target, depth - 1);
    for (size_t m = 0; m < r->n_match; m++)
        for (size_t i = 0; i < inner->n; i++) {
            struct cube both;
            lits_id conds;
            if (has_room(l, m * inner->n + i) &&
                cube_and(l->policy->sets, &both, &r->match[m], inner->v[i].cube) &&
                lits_and(l->policy->sets, &conds, r->conds, inner->v[i].conds))
                add(l, to, kept_cube(l, &both), conds, pos, inner->v[i].rule);
        }
}

static void list_rule(const struct lister *l, struct takers *to, const struct rule *r, uint32_t pos,
                      int depth)
{
    if (!sure(l, r))
        return;
    switch (r->action) {
    case ACT_PERMIT:
    case ACT_DENY:
    case ACT_RETURN:
    case ACT_GOTO:
        for (size_t m = 0; m < r->n_match; m++)
            add(l, to, &r->match[m], r->conds, pos, r);
        break;
    case ACT_JUMP:
        if (depth > 0)
            list_call(l, to, r, pos, depth);
        break;
    case ACT_CONTINUE:
    case ACT_UNKNOWN:
        break;
    }
}

struct lister *lister_new(const struct policy *p, struct arena *a)
{
    struct lister *l = NEW(a, struct lister);
    *l = (struct lister){p, a, changed_fields(p, false), NEW_N(a, struct takers *, p->chains.n),
                         NEW(a, size_t)};
    for (size_t i = 0; i < p->chains.n; i++)
        *l->room += 2 * p->chains.v[i]->n_rules;
    return l;
}

struct takers takers_of(const struct lister *l, const struct chain *c)
{
    struct takers all = {NEW_N(l->arena, struct taker, c->n_rules), 0, c->n_rules};
    for (size_t i = 0; i < c->n_rules; i++)
        list_rule(l, &all, c->rules[i], (uint32_t)i, DEPTH_MAX);
    return all;
}

struct takers matches_of(const struct lister *l, const struct chain *c)
{
    struct takers all = {NEW_N(l->arena, struct taker, c->n_rules), 0, c->n_rules};
    for (size_t i = 0; i < c->n_rules; i++)
        for (size_t m = 0; m < c->rules[i]->n_match && !c->rules[i]->inactive; m++)
            *PUSH(l->arena, all) = (struct taker){
                .cube = &c->rules[i]->match[m], .pos = (uint32_t)i, .rule = c->rules[i]};
    return all;
}

bool takes_all(const struct takers *takers, const struct chain *c)
{
    for (size_t i = 0; i < c->turns.n; i++)
        if (c->rules[c->turns.v[i]]->action == ACT_JUMP)
            return false;
    return c->n_cubes == takers->n;
}
