#include "check/group.h"

#define LINES_SHOWN 12

struct str rule_subject(struct check *c, const struct rule *r)
{
    struct region match = {0};
    for (size_t i = 0; i < r->n_match; i++)
        *PUSH(c->arena, match) = r->match[i];
    return arena_strf(c->arena, "%.*s:%s:%.*s", STR_ARG(r->chain->name), action_names[r->action],
                      STR_ARG(region_text(c, &match, 16, WHOLE)));
}

/* ---- findings ------------------------------------------------------------------------------- */

static struct finding *tell(struct check *c, const struct rule_def *r, const struct spot *s)
{
    struct finding *f = finding_add(c, r);
    struct variables v = {0};
    variable_set(c, &v, "what", s->what);
    variable_set(c, &v, "value", s->what);
    f->at = s->at;
    f->certainty = s->certainty;
    f->has_witness = s->has_witness;
    f->witness = s->witness;
    f->message = template_fill(c->arena, r->message, &v);
    f->effect = template_fill(c->arena, r->effect, &v);
    f->subject = s->subject.n != 0 || s->rule == NULL ? s->subject : rule_subject(c, s->rule);
    struct fix fix = {.remove = s->rule != NULL && !s->rule->implicit ? s->rule : NULL};
    fix_add(c, f, &fix, &v);
    return f;
}

/* All members count, so that one more is another finding, whatever was said of the others. */
static struct str group_subject(struct check *c, const struct spots *all)
{
    struct sha256 sum;
    uint8_t digest[32];
    sha256_start(&sum);
    for (size_t i = 0; i < all->n; i++) {
        const struct spot *s = &all->v[i];
        struct str part = s->subject.n != 0 || s->rule == NULL ? s->subject : s->rule->text;
        sha256_add(&sum, part.p, part.n);
        sha256_add(&sum, "\n", 1);
    }
    sha256_end(&sum, digest);
    struct str hex = sha256_hex(c->arena, digest);
    return arena_strf(c->arena, "%.*s:%.16s", STR_ARG(all->v[0].where), hex.p);
}

void spots_join(struct check *c, struct finding *f, const struct spots *all)
{
    struct strs lines = {0};
    for (size_t i = 1; i < all->n && i <= LINES_SHOWN; i++)
        *PUSH(c->arena, lines) = arena_strf(c->arena, "%u", all->v[i].at.line);
    struct str shown = join(c->arena, &lines, ", ", LINES_SHOWN);
    f->message = arena_strf(c->arena, "%.*s; the same for %zu more of %.*s: lines %.*s%s",
                            STR_ARG(f->message), all->n - 1, STR_ARG(all->v[0].where),
                            STR_ARG(shown), all->n - 1 > LINES_SHOWN ? ", …" : "");
    f->fix = (struct strs){0};
    f->subject = group_subject(c, all);
}

static void tell_lists(struct check *c, const struct rule_def *r, const struct spots *spots)
{
    struct map *index = map_new(c->arena);
    ARRAY(struct spots *) lists = {0};
    for (size_t i = 0; i < spots->n; i++) {
        struct spots *l = map_get(index, spots->v[i].where);
        if (l == NULL) {
            l = NEW(c->arena, struct spots);
            map_put(index, spots->v[i].where, l);
            *PUSH(c->arena, lists) = l;
        }
        *PUSH(c->arena, *l) = spots->v[i];
    }
    for (size_t i = 0; i < lists.n; i++) {
        const struct spots *l = lists.v[i];
        if (l->n > SPOTS_FEW)
            spots_join(c, tell(c, r, &l->v[0]), l);
        for (size_t k = 0; k < l->n && l->n <= SPOTS_FEW; k++)
            tell(c, r, &l->v[k]);
    }
}

void spots_judge(struct check *c, const struct rule_def *r, const struct spots *spots,
                 spots_fn *tell_them)
{
    if (c->held == NULL)
        tell_them(c, r, spots);
    else
        *c->held = (struct held){*spots, tell_them};
}

void spots_tell(struct check *c, const struct rule_def *r, const struct spots *spots)
{
    spots_judge(c, r, spots, tell_lists);
}

/* ---- chains --------------------------------------------------------------------------------- */

const uint8_t *chain_paths(struct check *c, bool deciding)
{
    const struct policy *p = c->policy;
    uint8_t *seen = NEW_N(c->arena, uint8_t, p->chains.n + 1);
    ARRAY(const struct chain *) todo = {0};
    for (int k = 0; k < PATH_KINDS; k++) {
        uint8_t bit = (uint8_t)(1 << k);
        for (size_t i = 0; i < p->paths[k].n; i++)
            if (p->paths[k].v[i].chain != NULL && (p->paths[k].v[i].decides || !deciding))
                *PUSH(c->arena, todo) = p->paths[k].v[i].chain;
        while (todo.n != 0) {
            const struct chain *x = todo.v[--todo.n];
            if ((seen[x->index] & bit) != 0)
                continue;
            seen[x->index] |= bit;
            for (size_t i = 0; i < x->turns.n; i++) {
                const struct rule *r = x->rules[x->turns.v[i]];
                if (r->target != NULL && !r->inactive)
                    *PUSH(c->arena, todo) = r->target;
            }
        }
    }
    return seen;
}
