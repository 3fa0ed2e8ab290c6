#include "report/text_int.h"

#define LINES_MAX 20

static void title(struct pen *p, const char *text)
{
    pen_text(p, STYLE_BOLD, "%s", text);
    out_char(p->o, '\n');
}

/* ---- controls -----------------------------------------------------------------------------------
 */

static void control_line(struct pen *p, const struct report *r, const struct control *c)
{
    struct out o = {.arena = p->arena};
    out_str(&o, c->rule->id);
    if (r->devices.n > 1)
        out_fmt(&o, " (%.*s)", STR_ARG(c->policy->device));
    if (c->reason.n != 0)
        out_fmt(&o, ": %.*s", STR_ARG(c->reason));
    else
        out_fmt(&o, ": %.*s", STR_ARG(c->rule->title));
    out_text(p->o, "    ");
    pen_wrap(p, 4, 8, out_taken(&o));
}

/* The same advice for many controls is given once. */
static void advice(struct pen *p, const struct report *r)
{
    struct map *seen = map_new(p->arena);
    bool any = false;
    for (size_t i = 0; i < r->result->controls.n; i++) {
        const struct control *c = &r->result->controls.v[i];
        struct out whole = {.arena = p->arena};
        for (size_t k = 0; k < c->advice.n; k++)
            out_fmt(&whole, "%.*s\n", STR_ARG(c->advice.v[k]));
        if (c->advice.n == 0 || map_get(seen, out_taken(&whole)) != NULL)
            continue;
        map_put(seen, out_taken(&whole), p);
        if (!any)
            out_text(p->o, "    to decide them, add to fwproof.json:\n");
        any = true;
        for (size_t k = 0; k < c->advice.n; k++)
            out_fmt(p->o, "        %.*s\n", STR_ARG(pen_safe(p, c->advice.v[k])));
    }
}

static void controls(struct pen *p, const struct report *r, const struct totals *t)
{
    static const struct {
        enum status status;
        const char *words;
        enum style style;
        int from_verbosity;
    } groups[] = {
        {STATUS_UNKNOWN, "unknown: neither passed nor failed", STYLE_WARNING, 0},
        {STATUS_WAIVED, "waived", STYLE_NOTE, 0},
        {STATUS_NOT_APPLICABLE, "not applicable", STYLE_DIM, 1},
        {STATUS_PASS, "passed", STYLE_GOOD, 1},
    };
    for (size_t g = 0; g < sizeof groups / sizeof *groups; g++) {
        if (t->statuses[groups[g].status] == 0 || r->verbosity < groups[g].from_verbosity)
            continue;
        out_text(p->o, "  ");
        pen_text(p, groups[g].style, "%s", groups[g].words);
        out_char(p->o, '\n');
        for (size_t i = 0; i < r->result->controls.n; i++)
            if (r->result->controls.v[i].status == groups[g].status)
                control_line(p, r, &r->result->controls.v[i]);
        if (groups[g].status == STATUS_UNKNOWN)
            advice(p, r);
    }
}

/* ---- diagnostics --------------------------------------------------------------------------------
 */

static void say_diag(struct pen *p, const struct diag *d)
{
    static const enum style styles[] = {STYLE_NOTE, STYLE_WARNING, STYLE_WARNING, STYLE_ERROR};
    pen_text(p, styles[d->level], "%s", diag_level_names[d->level]);
    out_text(p->o, ": ");
    struct str text = d->message;
    if (d->hint.n != 0)
        text = arena_strf(p->arena, "%.*s; %.*s", STR_ARG(text), STR_ARG(d->hint));
    pen_wrap(p, 2 + str_of(diag_level_names[d->level]).n, 4, text);
}

static bool same_line(const struct diag *x, const struct diag *y)
{
    return x->level == y->level && x->at.file == y->at.file && x->at.line == y->at.line;
}

/* Diagnostics of one line: what is to be said, then the line once. */
static void diags_of_line(struct pen *p, const struct report *r, const struct diag *d, size_t n)
{
    struct mark *marks = NEW_N(p->arena, struct mark, n);
    for (size_t i = 0; i < n; i++) {
        say_diag(p, &d[i]);
        marks[i] = (struct mark){place_of(r->sources, d[i].at), STR(""), true};
    }
    if (marks[0].place.source == NULL)
        return;
    if (d->at.line != 0) {
        excerpt(p, marks, n, STR(""));
        return;
    }
    pen_text(p, STYLE_GUTTER, "  --> ");
    out_fmt(p->o, "%.*s\n", STR_ARG(pen_safe(p, marks[0].place.source->path)));
}

static void diagnostics(struct pen *p, const struct report *r)
{
    const struct diag *v = r->diags->v;
    size_t shown = 0, hidden = 0, n;
    for (int level = DIAG_ERROR; level >= DIAG_NOTE; level--) {
        bool quiet = level < DIAG_INCOMPLETE && r->verbosity < 0;
        bool notes = level == DIAG_NOTE && r->verbosity < 1;
        for (size_t i = 0; i < r->diags->n && !quiet && !notes; i += n) {
            n = 1;
            if (v[i].level != (enum diag_level)level)
                continue;
            while (i + n < r->diags->n && same_line(&v[i], &v[i + n]))
                n++;
            if (shown >= LINES_MAX && r->verbosity < 1)
                hidden += n;
            else
                diags_of_line(p, r, &v[i], n);
            shown++;
        }
    }
    hidden += r->diags->dropped;
    if (hidden != 0)
        out_fmt(p->o, "and %zu more of this kind (-v shows all)\n", hidden);
    if (shown != 0)
        out_char(p->o, '\n');
}

/* ---- counts and verdict -------------------------------------------------------------------------
 */

static void count(struct pen *p, size_t n, const char *one, const char *many)
{
    out_fmt(p->o, "%zu %s", n, n == 1 ? one : many);
}

static const char *dot(const struct pen *p)
{
    return p->utf8 ? " · " : ", ";
}

static void counts(struct pen *p, const struct report *r, const struct totals *t)
{
    count(p, r->result->findings.n, "finding", "findings");
    out_text(p->o, " (");
    count(p, t->severities[SEVERITY_ERROR], "error", "errors");
    out_text(p->o, ", ");
    count(p, t->severities[SEVERITY_WARNING], "warning", "warnings");
    out_text(p->o, ", ");
    count(p, t->severities[SEVERITY_NOTE], "note", "notes");
    out_char(p->o, ')');
    static const struct {
        enum status status;
        const char *words;
    } rows[] = {{STATUS_PASS, "passed"},
                {STATUS_FAIL, "failed"},
                {STATUS_UNKNOWN, "unknown"},
                {STATUS_NOT_APPLICABLE, "not applicable"},
                {STATUS_WAIVED, "waived"}};
    out_fmt(p->o, "%scontrols:", dot(p));
    bool first = true;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (t->statuses[rows[i].status] == 0)
            continue;
        out_fmt(p->o, "%s %zu %s", first ? "" : ",", t->statuses[rows[i].status], rows[i].words);
        first = false;
    }
    out_text(p->o, first ? " none\n" : "\n");
    if (r->result->settled.n != 0)
        out_fmt(p->o, "accepted: %zu waived, %zu in the baseline\n", t->waived, t->baseline);
    count(p, r->devices.n, "device", "devices");
    out_fmt(p->o, "%s%ju lines: %ju modelled, %ju irrelevant, %ju not modelled", dot(p),
            (uintmax_t)t->total_lines, (uintmax_t)t->lines[LINE_MODELLED],
            (uintmax_t)t->lines[LINE_IRRELEVANT], (uintmax_t)t->lines[LINE_NOT_MODELLED]);
    for (size_t i = 0; i < r->packs->n; i++)
        out_fmt(p->o, "%s%.*s", i == 0 ? dot(p) : ", ",
                STR_ARG(pen_safe(p, pack_label(p->arena, r->packs->v[i]))));
    out_char(p->o, '\n');
}

static void verdict(struct pen *p, const struct report *r, const struct totals *t)
{
    static const enum style styles[] = {STYLE_GOOD, STYLE_ERROR, STYLE_ERROR, STYLE_WARNING};
    pen_style(p, styles[r->verdict]);
    out_text(p->o, "verdict: ");
    for (const char *c = run_verdict_names[r->verdict]; *c != '\0'; c++)
        out_char(p->o, (char)(*c - 'a' + 'A'));
    pen_style(p, STYLE_PLAIN);
    size_t n = 0;
    for (size_t s = r->fail_on; s <= SEVERITY_ERROR; s++)
        n += t->severities[s];
    switch (r->verdict) {
    case RUN_FAIL:
        out_fmt(p->o, " (%zu at or above --fail-on %s)", n, severity_names[r->fail_on]);
        break;
    case RUN_INCOMPLETE:
        out_fmt(p->o, " (not everything was understood; %zu at or above --fail-on %s)", n,
                severity_names[r->fail_on]);
        break;
    case RUN_ERROR:
        out_text(p->o, " (see the errors above)");
        break;
    case RUN_PASS:
        break;
    }
    out_fmt(p->o, "%sexit %d\n", dot(p), r->exit_code);
}

#define SETTLED_SHOWN 20

/* What would be findings without waivers and baseline. */
static void settled(struct pen *p, const struct report *r)
{
    size_t n = r->result->settled.n;
    if (n != 0)
        title(p, "accepted");
    for (size_t i = 0; i < n; i++) {
        const struct settled *s = &r->result->settled.v[i];
        if (r->verbosity <= 0 && i == SETTLED_SHOWN && n > SETTLED_SHOWN + 1) {
            out_fmt(p->o, "  - and %zu more\n", n - i);
            break;
        }
        struct str by = settled_text(p->arena, s);
        out_text(p->o, "  - ");
        pen_wrap(p, 4, 4,
                 arena_strf(p->arena, "%.*s %.*s (%.*s)", STR_ARG(s->finding.fingerprint),
                            STR_ARG(s->finding.title), STR_ARG(by)));
    }
    if (n != 0)
        out_char(p->o, '\n');
}

void text_tail(struct pen *p, const struct report *r)
{
    struct totals t = report_totals(r);
    diagnostics(p, r);
    if (r->verbosity >= 0) {
        struct strs assumed = report_assumptions(r);
        if (t.statuses[STATUS_UNKNOWN] != 0 || t.statuses[STATUS_WAIVED] != 0 || r->verbosity > 0) {
            title(p, "controls");
            controls(p, r, &t);
            out_char(p->o, '\n');
        }
        settled(p, r);
        text_catalogues(p, r);
        if (assumed.n != 0)
            title(p, "assumptions (name zones and roles in fwproof.json to replace them)");
        for (size_t i = 0; i < assumed.n; i++) {
            out_text(p->o, "  - ");
            pen_wrap(p, 4, 4, assumed.v[i]);
        }
        if (assumed.n != 0)
            out_char(p->o, '\n');
        counts(p, r, &t);
    }
    verdict(p, r, &t);
}
