/* What is done with packets beside letting them pass or not: they may be translated, marked,
 * copied, logged, or answered in another way than before. */
#include "verbs/diff_int.h"

/* As a user speaks of it, of packets of ALIKE that open connections into *FIRST, of all others into
 * *REST. */
static void compare(struct diffing *x, enum path_kind path, bool in_packets, struct region *first,
                    struct region *rest)
{
    struct sets *s = x->old->sets;
    struct arena *a = x->command->arena;
    const struct region *alike = &x->alike[path];
    struct region opening = region_and(s, a, alike, &x->openers, &x->treating);
    struct region other = region_minus(s, a, alike, &x->openers, &x->treating);
    opening = treated_differently(x->old, x->now, a, path, &opening, in_packets, &x->treating);
    other = treated_differently(x->old, x->now, a, path, &other, in_packets, &x->treating);
    *first = asked_told(&x->asked, &opening);
    *rest = asked_told(&x->asked, &other);
    drop_likewise(x, rest, first, &x->treating);
}

void diff_treatment(struct diffing *x, enum path_kind path, const struct region *start,
                    const struct region *changed)
{
    x->alike[path] = region_minus(x->old->sets, x->command->arena, start, changed, &x->treating);
    compare(x, path, false, &x->parts[path].treated, &x->others[path].treated);
}

void diff_treatment_not_asked(struct diffing *x)
{
    struct sets *s = x->old->sets;
    struct arena *a = x->command->arena;
    for (int k = 0; k < PATH_KINDS; k++) {
        struct region left, rest;
        compare(x, (enum path_kind)k, true, &left, &rest);
        for (size_t i = 0; i < rest.n; i++)
            *PUSH(a, left) = rest.v[i];
        for (size_t i = 0; i < x->intents.n; i++) {
            const struct intent *e = &x->intents.v[i];
            if (e->kind == INTENT_TREAT && e->asked.path == (enum path_kind)k)
                left = region_minus(s, a, &left, &e->told, &x->treating);
        }
        x->extra[k].treated = region_canonical(s, a, &left, &x->treating);
    }
}
