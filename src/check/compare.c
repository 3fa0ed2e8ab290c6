/* Two policies side by side: of single rules, places and names only what one of them has. */
#include "check/group.h"

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

static size_t compare_rule(struct check *const c[2], const struct rule_def *r)
{
    struct held held[2] = {{.tell = NULL}};
    for (int side = 0; side < 2; side++) {
        c[side]->held = &held[side];
        rule_run(c[side], r);
        c[side]->held = NULL;
    }
    size_t unchanged = drop_common(c, held);
    for (int side = 0; side < 2; side++)
        if (held[side].spots.n != 0)
            held[side].tell(c[side], r, &held[side].spots);
    return unchanged;
}

size_t check_compare(struct check *old, struct check *now, const struct packs *packs)
{
    struct check *const both[2] = {old, now};
    size_t first = old->result->findings.n, unchanged = 0;
    for (size_t i = 0; i < packs->n; i++)
        for (size_t k = 0; k < packs->v[i]->rules.n; k++)
            unchanged += compare_rule(both, &packs->v[i]->rules.v[k]);
    for (int side = 0; side < 2; side++) {
        findings_name(both[side], first);
        say_rows(both[side], first);
    }
    results_sort(now->arena, now->sources, now->result);
    return unchanged;
}
