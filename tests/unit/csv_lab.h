/* Reading CSV in tests: a policy of a text, and what its rules say in a line. */
#ifndef FWPROOF_CSV_LAB_H
#define FWPROOF_CSV_LAB_H

#include "import/import.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct read {
    struct arena *arena;
    struct diags diags;
    struct sources sources;
    const struct policy *policy;
    struct source *source;
};

/* A file beside the rules: "name.csv" and its text; the list ends without a name. */
struct side_file {
    const char *path, *text;
};

static void read_files(struct read *x, struct str rules, const struct side_file *files)
{
    struct source *inputs[8];
    size_t n = 1;
    memset(x, 0, sizeof *x);
    x->arena = arena_new(0);
    x->diags.arena = x->arena;
    x->source = inputs[0] = source_add(x->arena, &x->sources, STR("rules.csv"), rules);
    for (; files != NULL && files->path != NULL; files++)
        inputs[n++] = source_add(x->arena, &x->sources, str_of(files->path), str_of(files->text));
    struct import im = {.arena = x->arena,
                        .diags = &x->diags,
                        .sources = &x->sources,
                        .sets = sets_new(x->arena),
                        .device = STR("fw")};
    x->policy = format_find(STR("csv"))->import(&im, inputs, n);
}

static inline void out_set(struct read *x, struct out *o, const struct cube *c, enum field f)
{
    struct sets *s = x->policy->sets;
    enum family family = set_has(s, c->f[FIELD_FAMILY], FAMILY_V4) ? FAMILY_V4 : FAMILY_V6;
    struct strs words = set_format(s, x->arena, f, c->f[f], family, &x->policy->ifaces);
    for (size_t i = 0; i < words.n; i++)
        out_fmt(o, "%s%.*s", i == 0 ? "" : "+", STR_ARG(words.v[i]));
}

/* "permit tcp 10.0.0.1 > any 80 if user alice": the IPv4 of each rule, or its IPv6 if it has no
 * other; rules parted by "; ", and a "?" at the end if something was not understood. */
static inline const char *said(struct read *x)
{
    struct out o = {.arena = x->arena};
    for (size_t i = 0; i < x->policy->chains.n; i++)
        for (size_t k = 0; k < x->policy->chains.v[i]->n_rules; k++) {
            const struct rule *r = x->policy->chains.v[i]->rules[k];
            if (r->implicit)
                continue;
            out_fmt(&o, "%s%s%s", o.n == 0 ? "" : "; ", r->inactive ? "off " : "",
                    action_names[r->action]);
            for (size_t m = 0; m < r->n_match; m++) {
                const struct cube *c = &r->match[m];
                struct sets *s = x->policy->sets;
                if (m != 0 && !set_has(s, c->f[FIELD_FAMILY], FAMILY_V4))
                    continue;
                out_text(&o, m == 0 ? " " : " | ");
                out_set(x, &o, c, FIELD_PROTO);
                out_char(&o, ' ');
                out_set(x, &o, c, FIELD_SRC);
                out_text(&o, " > ");
                out_set(x, &o, c, FIELD_DST);
                if (c->f[FIELD_SPORT] != set_full(s, FIELD_SPORT)) {
                    out_text(&o, " from ");
                    out_set(x, &o, c, FIELD_SPORT);
                }
                out_char(&o, ' ');
                out_set(x, &o, c, FIELD_DPORT);
            }
            for (size_t m = 0; m < lits_count(x->policy->sets, r->conds); m++) {
                struct literal l = lits_at(x->policy->sets, r->conds, m);
                const struct cond *c = &x->policy->conds.v[l.cond];
                out_fmt(&o, " %s %.*s %.*s", l.holds ? "if" : "unless", STR_ARG(c->kind),
                        STR_ARG(c->text));
            }
        }
    if (x->diags.worst[DIAG_INCOMPLETE])
        out_text(&o, " ?");
    return arena_cstr(x->arena, out_taken(&o));
}

#endif
