/* One line per finding, as compilers write them: editors and problem matchers read it. */
#include "report/report.h"

static void write_line(struct out *o, struct place p, const char *level, struct str text,
                       struct str id)
{
    struct arena *a = o->arena;
    if (p.source != NULL)
        out_fmt(o, "%.*s:%u:%u: ", STR_ARG(str_safe(a, p.source->path)), p.at.line, p.at.col);
    else
        out_text(o, "fwproof: ");
    out_fmt(o, "%s: %.*s [%.*s]\n", level, STR_ARG(str_safe(a, text)), STR_ARG(str_safe(a, id)));
}

static void write_gcc(const struct report *r, struct out *o)
{
    for (size_t i = 0; i < r->result->findings.n; i++) {
        const struct finding *f = &r->result->findings.v[i];
        write_line(o, finding_place(r, f), severity_names[f->severity], finding_text(r->arena, f),
                   f->rule->id);
    }
    for (size_t i = 0; i < r->diags->n; i++) {
        const struct diag *d = &r->diags->v[i];
        if (d->level == DIAG_NOTE)
            continue;
        write_line(o, place_of(r->sources, d->at), d->level == DIAG_ERROR ? "error" : "warning",
                   d->message, str_of(diag_level_names[d->level]));
    }
}

const struct reporter reporter_gcc = {"gcc", "one line per finding, for editors", write_gcc};
