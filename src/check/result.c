/* Results of rules and of devices, put together. */
#include "check/check_int.h"

static struct strs strs_copy(struct arena *a, const struct strs *list)
{
    struct strs copy = {0};
    for (size_t i = 0; i < list->n; i++)
        *PUSH(a, copy) = arena_copy(a, list->v[i]);
    return copy;
}

static struct region region_copy(struct arena *a, const struct region *r)
{
    struct region copy = {NEW_N(a, struct cube, r->n), r->n, r->n};
    if (r->n != 0)
        memcpy(copy.v, r->v, r->n * sizeof *r->v);
    return copy;
}

static struct related *related_copy(struct arena *a, const struct related *v, size_t n)
{
    struct related *copy = NEW_N(a, struct related, n);
    for (size_t i = 0; i < n; i++)
        copy[i] = (struct related){arena_copy(a, v[i].message), v[i].at};
    return copy;
}

static struct finding finding_copy(struct arena *a, const struct finding *f)
{
    struct finding copy = *f;
    copy.title = arena_copy(a, f->title);
    copy.message = arena_copy(a, f->message);
    copy.effect = arena_copy(a, f->effect);
    copy.related.v = related_copy(a, f->related.v, f->related.n);
    copy.related.cap = f->related.n;
    copy.path.v = related_copy(a, f->path.v, f->path.n);
    copy.path.cap = f->path.n;
    copy.required = region_copy(a, &f->required);
    copy.permitted = region_copy(a, &f->permitted);
    copy.missing = region_copy(a, &f->missing);
    copy.fix = strs_copy(a, &f->fix);
    copy.subject = arena_copy(a, f->subject);
    copy.fingerprint = arena_copy(a, f->fingerprint);
    return copy;
}

void result_keep(struct result *to, const struct result *r)
{
    struct arena *a = to->arena;
    for (size_t i = 0; i < r->findings.n; i++)
        *PUSH(a, to->findings) = finding_copy(a, &r->findings.v[i]);
    for (size_t i = 0; i < r->controls.n; i++) {
        struct control *x = PUSH(a, to->controls);
        *x = r->controls.v[i];
        x->reason = arena_copy(a, x->reason);
        x->advice = strs_copy(a, &x->advice);
    }
    for (size_t i = 0; i < r->assumptions.n; i++)
        *PUSH(a, to->assumptions) = arena_copy(a, r->assumptions.v[i]);
}

void result_join(struct result *to, const struct result *more)
{
    for (size_t i = 0; i < more->findings.n; i++)
        *PUSH(to->arena, to->findings) = more->findings.v[i];
    for (size_t i = 0; i < more->controls.n; i++)
        *PUSH(to->arena, to->controls) = more->controls.v[i];
    for (size_t i = 0; i < more->settled.n; i++)
        *PUSH(to->arena, to->settled) = more->settled.v[i];
    for (size_t i = 0; i < more->exposures.n; i++)
        *PUSH(to->arena, to->exposures) = more->exposures.v[i];
    for (size_t i = 0; i < more->assumptions.n; i++)
        *PUSH(to->arena, to->assumptions) = more->assumptions.v[i];
}
