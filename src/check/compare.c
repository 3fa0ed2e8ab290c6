/* Two policies side by side: of single rules, places and names only what one of them has; of
 * traffic what fares differently. */
#include "analyze/diff.h"

#include "check/group.h"

bool compared_space(struct check *c, enum path_kind path, const struct region *space,
                    struct region *changed)
{
    const struct beside *x = c->beside;
    /* What is asked of a policy follows from its interfaces, too: with `only` they are the same. */
    if (x == NULL || c->only == NULL || c->only->differ == NULL)
        return false;
    struct sets *s = c->policy->sets;
    struct budget b = budget_of(c);
    struct region start = region_and(s, c->arena, space, c->only->differ, &b);
    struct changes found =
        changes_find(x->sides[0]->policy, x->sides[1]->policy, c->arena, path, &start, &b);
    *changed = found.permitted;
    for (size_t i = 0; i < found.denied.n; i++)
        *PUSH(c->arena, *changed) = found.denied.v[i];
    return !found.spent && !b.spent;
}

/* Spots that mean the same: how many each side has, and how many of these were left out. */
struct alike {
    size_t n[2], out[2];
};

static struct str spot_key(struct check *c, const struct spot *s)
{
    struct str subject = s->subject;
    if (subject.n == 0 && s->rule != NULL)
        subject = rule_subject(c, s->rule);
    return arena_strf(c->arena, "%.*s\n%.*s\n%.*s", STR_ARG(s->where), STR_ARG(s->what),
                      STR_ARG(subject));
}

static struct alike *alike_of(struct check *c, struct map *index, const struct spot *s)
{
    struct str key = spot_key(c, s);
    struct alike *found = map_get(index, key);
    if (found == NULL) {
        found = NEW(c->arena, struct alike);
        map_put(index, key, found);
    }
    return found;
}

static size_t common(const struct alike *x)
{
    return x->n[0] < x->n[1] ? x->n[0] : x->n[1];
}

/* Leaves in HELD what the other has not; how many both have. */
static size_t drop_common(struct check *const c[2], struct held held[2])
{
    struct map *index = map_new(c[0]->arena);
    struct alike **of[2];
    size_t all = 0;
    for (int side = 0; side < 2; side++) {
        const struct spots *s = &held[side].spots;
        of[side] = NEW_N(c[side]->arena, struct alike *, s->n + 1);
        for (size_t i = 0; i < s->n; i++) {
            of[side][i] = alike_of(c[side], index, &s->v[i]);
            of[side][i]->n[side]++;
        }
    }
    for (int side = 0; side < 2; side++) {
        struct spots left = {0};
        for (size_t i = 0; i < held[side].spots.n; i++)
            if (of[side][i]->out[side] < common(of[side][i])) {
                of[side][i]->out[side]++;
                all += side == 0;
            } else {
                *PUSH(c[side]->arena, left) = held[side].spots.v[i];
            }
        held[side].spots = left;
    }
    return all;
}

/* What it takes to decide R is freed then, but for what it comes to. */
static size_t compare_rule(struct check *const c[2], const struct rule_def *r)
{
    struct arena *scratch = arena_child(c[0]->arena);
    struct result result = {.arena = scratch};
    struct held held[2] = {{.tell = NULL}};
    struct check apart[2] = {*c[0], *c[1]};
    struct check *const both[2] = {&apart[0], &apart[1]};
    for (int side = 0; side < 2; side++) {
        apart[side].arena = scratch;
        apart[side].result = &result;
        apart[side].before = c[side]->result;
        apart[side].held = &held[side];
        rule_run(&apart[side], r);
        apart[side].held = NULL;
    }
    size_t unchanged = drop_common(both, held);
    for (int side = 0; side < 2; side++)
        if (held[side].spots.n != 0)
            held[side].tell(&apart[side], r, &held[side].spots);
    result_keep(c[0]->result, &result);
    arena_free(scratch);
    return unchanged;
}

size_t check_compare(struct check *old, struct check *now, const struct packs *packs)
{
    struct check *const both[2] = {old, now};
    struct beside beside = {.sides = {old, now}};
    old->beside = now->beside = &beside;
    old->survey = survey_new(old->policy, old->arena);
    now->survey = survey_new(now->policy, now->arena);
    old->sets_before = now->sets_before = arena_used(sets_arena(now->policy->sets));
    size_t first = old->result->findings.n, unchanged = 0;
    for (size_t i = 0; i < packs->n; i++)
        for (size_t k = 0; k < packs->v[i]->rules.n; k++)
            unchanged += compare_rule(both, &packs->v[i]->rules.v[k]);
    for (int side = 0; side < 2; side++) {
        findings_name(both[side], first);
        say_rows(both[side], first);
    }
    old->beside = now->beside = NULL;
    results_sort(now->arena, now->sources, now->result);
    return unchanged;
}
