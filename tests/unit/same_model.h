/* Whether two imports over the same sets come to the same model. What differs is printed. */
#ifndef FWPROOF_TESTS_SAME_MODEL_H
#define FWPROOF_TESTS_SAME_MODEL_H

#include "model/model.h"

#include <stdio.h>

struct imported {
    const struct policy *policy;
    const struct diags *diags;
    const struct source *source; /* the lines' classes */
};

#define SAME(what, condition)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "# %s line %u differs in: %s\n", (what), line, #condition);            \
            return false;                                                                          \
        }                                                                                          \
    } while (0)

static inline bool same_span(struct span a, struct span b)
{
    return a.file == b.file && a.line == b.line && a.col == b.col && a.end_line == b.end_line &&
           a.end_col == b.end_col;
}

static inline bool same_cubes(const struct cube *a, size_t n, const struct cube *b, size_t m)
{
    bool same = n == m;
    for (size_t i = 0; same && i < n; i++)
        same = cube_eq(&a[i], &b[i]);
    return same;
}

static inline bool same_target(const struct chain *a, const struct chain *b)
{
    return (a == NULL) == (b == NULL) && (a == NULL || a->index == b->index);
}

static inline bool same_rule(const struct rule *a, const struct rule *b)
{
    const uint32_t line = a->at.line;
    SAME("rule", same_span(a->at, b->at));
    SAME("rule", str_eq(a->text, b->text));
    SAME("rule", str_eq(a->remark, b->remark));
    SAME("rule", str_eq(a->name, b->name));
    SAME("rule", same_target(a->chain, b->chain));
    SAME("rule", a->number == b->number);
    SAME("rule", a->action == b->action);
    SAME("rule", same_target(a->target, b->target));
    SAME("rule", same_cubes(a->match, a->n_match, b->match, b->n_match));
    SAME("rule", a->conds == b->conds);
    SAME("rule", a->n_rewrites == b->n_rewrites);
    SAME("rule", (a->orig == NULL) == (b->orig == NULL));
    SAME("rule", a->orig == NULL || cube_eq(a->orig, b->orig));
    SAME("rule",
         a->moves_to == b->moves_to && a->reject == b->reject && a->treatment == b->treatment);
    SAME("rule", a->inactive == b->inactive && a->implicit == b->implicit);
    SAME("rule", a->logs == b->logs && a->has_hits == b->has_hits && a->hits == b->hits);
    return true;
}

static inline bool same_path(const struct path *a, const struct path *b)
{
    const uint32_t line = 0;
    SAME("path", a->n == b->n);
    for (size_t i = 0; i < a->n; i++) {
        SAME("stage", str_eq(a->v[i].title, b->v[i].title));
        SAME("stage", same_target(a->v[i].chain, b->v[i].chain));
        SAME("stage", cube_eq(&a->v[i].guard, &b->v[i].guard));
        SAME("stage", a->v[i].otherwise->action == b->v[i].otherwise->action);
    }
    return true;
}

static inline bool same_told(const struct imported *x, const struct imported *y)
{
    const struct policy *a = x->policy, *b = y->policy;
    uint32_t line = 0;
    SAME("diagnostics", x->diags->n == y->diags->n);
    for (size_t i = 0; i < x->diags->n; i++) {
        line = x->diags->v[i].at.line;
        SAME("diagnostic", str_eq(x->diags->v[i].message, y->diags->v[i].message));
        SAME("diagnostic", same_span(x->diags->v[i].at, y->diags->v[i].at));
    }
    SAME("facts", a->facts.n == b->facts.n);
    for (size_t i = 0; i < a->facts.n; i++) {
        line = a->facts.v[i].at.line;
        SAME("fact", str_eq(a->facts.v[i].key, b->facts.v[i].key));
        SAME("fact", str_eq(a->facts.v[i].value, b->facts.v[i].value));
        SAME("fact", same_span(a->facts.v[i].at, b->facts.v[i].at));
    }
    SAME("lines", x->source->n_lines == y->source->n_lines);
    for (line = 1; line <= x->source->n_lines; line++)
        SAME("class", x->source->classes[line - 1] == y->source->classes[line - 1]);
    return true;
}

static inline bool same_model(const struct imported *x, const struct imported *y)
{
    const struct policy *a = x->policy, *b = y->policy;
    const uint32_t line = 0;
    SAME("chains", a->chains.n == b->chains.n);
    for (size_t i = 0; i < a->chains.n; i++) {
        const struct chain *c = a->chains.v[i], *d = b->chains.v[i];
        SAME("chain", str_eq(c->name, d->name) && str_eq(c->table, d->table));
        SAME("chain", c->n_rules == d->n_rules);
        for (size_t k = 0; k < c->n_rules; k++)
            if (!same_rule(c->rules[k], d->rules[k]))
                return false;
    }
    for (size_t i = 0; i < PATH_KINDS; i++)
        if (!same_path(&a->paths[i], &b->paths[i]))
            return false;
    SAME("conditions", a->conds.n == b->conds.n);
    for (size_t i = 0; i < a->conds.n; i++)
        SAME("condition", str_eq(a->conds.v[i].text, b->conds.v[i].text) &&
                              same_span(a->conds.v[i].at, b->conds.v[i].at));
    SAME("treatments", a->treatments.n == b->treatments.n);
    for (size_t i = 0; i < a->treatments.n; i++)
        SAME("treatment", str_eq(a->treatments.v[i], b->treatments.v[i]));
    SAME("objects", a->objects.n == b->objects.n);
    for (size_t i = 0; i < a->objects.n; i++)
        SAME("object", a->objects.v[i].uses == b->objects.v[i].uses &&
                           same_span(a->objects.v[i].at, b->objects.v[i].at) &&
                           str_eq(a->objects.v[i].name, b->objects.v[i].name));
    SAME("interfaces", a->interfaces.n == b->interfaces.n);
    for (size_t i = 0; i < a->interfaces.n; i++)
        SAME("interface", str_eq(a->interfaces.v[i].name, b->interfaces.v[i].name) &&
                              str_eq(a->interfaces.v[i].why, b->interfaces.v[i].why) &&
                              a->interfaces.v[i].side == b->interfaces.v[i].side);
    SAME("assumptions", a->assumptions.n == b->assumptions.n);
    return same_told(x, y);
}

#endif
