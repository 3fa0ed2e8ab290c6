#include "report/report.h"

#include <stdlib.h>

const char *const run_verdict_names[] = {"pass", "fail", "error", "incomplete"};

#define X(name) &reporter_##name,
const struct reporter *const reporters[] = {REPORTERS(X)};
#undef X
const size_t n_reporters = sizeof reporters / sizeof *reporters;

const struct reporter *reporter_find(struct str name)
{
    for (size_t i = 0; i < n_reporters; i++)
        if (str_eq(str_of(reporters[i]->name), name))
            return reporters[i];
    return NULL;
}

struct place place_of(const struct sources *s, struct span at)
{
    if (at.file >= s->n)
        return (struct place){NULL, SPAN_NONE};
    if (at.line == 0)
        at.line = at.col = 1;
    if (at.col == 0)
        at.col = 1;
    if (at.end_line < at.line)
        at.end_line = at.line;
    if (at.end_line == at.line && at.end_col < at.col)
        at.end_col = at.col;
    if (at.end_col == 0)
        at.end_col = 1;
    return (struct place){s->v[at.file], at};
}

struct place finding_place(const struct report *r, const struct finding *f)
{
    struct span at = f->at;
    for (size_t i = 0; i < r->devices.n && at.file >= r->sources->n; i++)
        if (r->devices.v[i].policy == f->policy && r->devices.v[i].n_inputs != 0)
            at = (struct span){r->devices.v[i].inputs[0]->index, 0, 0, 0, 0};
    return place_of(r->sources, at);
}

struct str settled_text(struct arena *a, const struct settled *s)
{
    const struct waiver *w = s->waiver;
    if (w == NULL)
        return STR("the baseline");
    struct out o = {.arena = a};
    out_str(&o, w->id);
    if (w->ticket.n != 0)
        out_fmt(&o, ", %.*s", STR_ARG(w->ticket));
    if (w->expires.n != 0)
        out_fmt(&o, ", until %.*s", STR_ARG(w->expires));
    if (w->reason.n != 0)
        out_fmt(&o, ": %.*s", STR_ARG(w->reason));
    return str_safe(a, out_taken(&o));
}

struct totals report_totals(const struct report *r)
{
    struct totals t = {0};
    for (size_t i = 0; i < r->result->findings.n; i++)
        t.severities[r->result->findings.v[i].severity]++;
    for (size_t i = 0; i < r->result->settled.n; i++)
        *(r->result->settled.v[i].waiver != NULL ? &t.waived : &t.baseline) += 1;
    for (size_t i = 0; i < r->result->controls.n; i++)
        t.statuses[r->result->controls.v[i].status]++;
    for (size_t i = 0; i < r->devices.n; i++)
        for (size_t j = 0; j < r->devices.v[i].n_inputs; j++) {
            uint32_t counts[4];
            source_counts(r->devices.v[i].inputs[j], counts);
            for (size_t k = 0; k < 4; k++) {
                t.lines[k] += counts[k];
                t.total_lines += counts[k];
            }
        }
    return t;
}

static int by_text(const void *x, const void *y)
{
    return str_cmp(*(const struct str *)x, *(const struct str *)y);
}

struct strs report_assumptions(const struct report *r)
{
    struct strs all = {0};
    struct map *seen = map_new(r->arena);
    char yes = 0;
    for (size_t i = 0; i < r->result->assumptions.n; i++) {
        struct str s = r->result->assumptions.v[i];
        if (map_get(seen, s) == NULL)
            *PUSH(r->arena, all) = s;
        map_put(seen, s, &yes);
    }
    for (size_t i = 0; i < r->devices.n; i++) {
        const struct policy *p = r->devices.v[i].policy;
        for (size_t j = 0; j < p->assumptions.n; j++) {
            struct str plain = p->assumptions.v[j];
            struct str s = arena_strf(r->arena, "%.*s: %.*s", STR_ARG(p->device), STR_ARG(plain));
            if (map_get(seen, s) == NULL && map_get(seen, plain) == NULL)
                *PUSH(r->arena, all) = s;
            map_put(seen, s, &yes);
        }
    }
    if (all.n != 0)
        qsort(all.v, all.n, sizeof *all.v, by_text);
    return all;
}

struct str pack_label(struct arena *a, const struct pack *p)
{
    return arena_strf(a, "%.*s %.*s", STR_ARG(p->id), STR_ARG(p->version));
}

struct str finding_text(struct arena *a, const struct finding *f)
{
    if (f->message.n == 0 || str_eq(f->message, f->title))
        return f->title;
    if (f->title.n == 0)
        return f->message;
    return arena_strf(a, "%.*s: %.*s", STR_ARG(f->title), STR_ARG(f->message));
}
