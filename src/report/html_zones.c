/* Pictures of the whole audit, and of a packet's way. */
#include "report/html_int.h"

#define NAME_MAX 80
#define LINE_MAX 300
#define ROWS_MAX 500

static void clipped(const struct report *r, struct out *o, struct str text, size_t most)
{
    out_xml(o, str_clip(r->arena, text, most));
}

/* ---- requirements --------------------------------------------------------------------------- */

/* Something is measured, or all is there. */
static bool is_covered(const struct control *c)
{
    return c->rule->kind == &check_kind_require && c->status == STATUS_PASS;
}

static bool is_measured(const struct finding *f)
{
    return f->rule->kind == &check_kind_require && f->coverage.need != 0;
}

static void coverage_row(const struct report *r, struct out *o, const struct rule_def *rule,
                         const struct policy *policy, const struct coverage *c)
{
    uint64_t parts[3] = {c->have, 0, c->need - c->have};
    out_text(o, "<tr><td>");
    out_xml(o, rule->id);
    out_text(o, ": ");
    out_xml(o, rule->title);
    out_text(o, "</td><td>");
    clipped(r, o, policy->device, NAME_MAX);
    out_text(o, "</td><td>");
    html_bar(o, "Share that is permitted", parts, c->need);
    if (c->unit == NULL)
        out_text(o, "all");
    else
        out_fmt(o, "%ju of %ju %s", (uintmax_t)c->have, (uintmax_t)c->need, c->unit);
    out_text(o, "</td></tr>\n");
}

void html_coverage(const struct report *r, struct out *o)
{
    const struct coverage all = {.have = 1, .need = 1};
    const struct result *x = r->result;
    size_t rows = 0;
    struct out table = {.arena = o->arena};
    for (size_t i = 0; i < x->findings.n && rows < ROWS_MAX; i++)
        if (is_measured(&x->findings.v[i])) {
            const struct finding *f = &x->findings.v[i];
            coverage_row(r, &table, f->rule, f->policy, &f->coverage);
            rows++;
        }
    for (size_t i = 0; i < x->controls.n && rows < ROWS_MAX; i++)
        if (is_covered(&x->controls.v[i])) {
            coverage_row(r, &table, x->controls.v[i].rule, x->controls.v[i].policy, &all);
            rows++;
        }
    if (rows == 0)
        return;
    out_text(o, "<section><h2>Requirements</h2>\n<div class=\"wide\"><table class=\"bars\">"
                "<caption>How much of each is permitted (green) and missing (red)</caption>"
                "<thead><tr><th scope=\"col\">requirement</th><th scope=\"col\">device</th>"
                "<th scope=\"col\">permitted</th></tr></thead><tbody>\n");
    out_str(o, out_taken(&table));
    out_text(o, "</tbody></table></div></section>\n");
}

/* ---- zones ---------------------------------------------------------------------------------- */

/* 131,072 in groups of three. */
static void number(struct out *o, uint32_t n)
{
    if (n >= 1000) {
        number(o, n / 1000);
        out_fmt(o, ",%03u", n % 1000);
    } else {
        out_fmt(o, "%u", n);
    }
}

static void cell_words(struct out *o, const struct exposure_cell *c)
{
    static const char *const words[] = {[OPEN_UNKNOWN] = "not known",
                                        [OPEN_NONE] = "nothing",
                                        [OPEN_PERHAPS] = "perhaps some",
                                        [OPEN_SOME] = "other protocols",
                                        [OPEN_ALL] = "everything"};
    if (c->open != OPEN_SOME || c->ports == 0) {
        out_text(o, words[c->open]);
        return;
    }
    number(o, c->ports);
    out_text(o, c->ports == 1 ? " port" : " ports");
}

/* Steps of ten, from 0 to 6: what a few ports open is seen beside what all do. */
static unsigned heat(const struct exposure_cell *c)
{
    unsigned steps = 1;
    if (c->open == OPEN_ALL)
        return 6;
    for (uint32_t n = c->ports; n >= 10 && steps < 5; n /= 10)
        steps++;
    return c->open <= OPEN_NONE ? 0 : steps;
}

static void matrix_cell(struct out *o, const struct exposure_cell *c, bool same)
{
    if (same) {
        out_text(o, "<td>&ndash;</td>");
        return;
    }
    out_text(o, "<td>");
    html_heat(o, heat(c), c->open == OPEN_ALL);
    cell_words(o, c);
    out_text(o, "</td>");
}

static void matrix(const struct report *r, struct out *o, const struct exposure *e)
{
    out_text(o, "<div class=\"wide\"><table class=\"matrix\"><caption>Open for new connections: "
                "ports of TCP and UDP, from the zone of the row to the zone of the column"
                "</caption><thead><tr><th scope=\"col\">from \\ to</th>");
    for (size_t k = 0; k < e->zones.n; k++) {
        out_text(o, "<th scope=\"col\">");
        clipped(r, o, e->zones.v[k], NAME_MAX);
        out_text(o, "</th>");
    }
    out_text(o, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < e->zones.n; i++) {
        out_text(o, "<tr><th scope=\"row\">");
        clipped(r, o, e->zones.v[i], NAME_MAX);
        out_text(o, "</th>");
        for (size_t k = 0; k < e->zones.n; k++)
            matrix_cell(o, &e->cells[i * e->zones.n + k], i == k);
        out_text(o, "</tr>\n");
    }
    out_text(o, "</tbody></table></div>\n");
}

static void opener(const struct report *r, struct out *o, const struct related *line)
{
    struct place p = place_of(r->sources, line->at);
    out_text(o, "<li><code>");
    if (p.source != NULL) {
        clipped(r, o, p.source->path, LINE_MAX);
        out_fmt(o, ":%u: ", p.at.line);
    }
    clipped(r, o, line->message, LINE_MAX);
    out_text(o, "</code></li>\n");
}

static void openers(const struct report *r, struct out *o, const struct exposure *e)
{
    for (size_t i = 0; i < e->zones.n * e->zones.n; i++) {
        const struct exposure_cell *c = &e->cells[i];
        if (c->lines.n == 0)
            continue;
        out_text(o, "<p>");
        clipped(r, o, e->zones.v[i / e->zones.n], NAME_MAX);
        out_text(o, " to ");
        clipped(r, o, e->zones.v[i % e->zones.n], NAME_MAX);
        out_text(o, ": ");
        cell_words(o, c);
        out_text(o, ", opened by</p>\n<ul>\n");
        for (size_t k = 0; k < c->lines.n; k++)
            opener(r, o, &c->lines.v[k]);
        if (c->more_lines != 0)
            out_fmt(o, "<li>and %zu more</li>\n", c->more_lines);
        out_text(o, "</ul>\n");
    }
}

void html_exposures(const struct report *r, struct out *o)
{
    if (r->result->exposures.n == 0 && !r->lacks_zones)
        return;
    out_text(o, "<section><h2>Zones</h2>\n");
    if (r->lacks_zones)
        out_text(
            o, "<p class=\"note\">Some of the saved results are of an earlier version: what their "
               "zones are open to is not in them.</p>\n");
    for (size_t i = 0; i < r->result->exposures.n; i++) {
        const struct exposure *e = &r->result->exposures.v[i];
        out_text(o, "<h3>");
        clipped(r, o, e->policy->device, NAME_MAX);
        out_text(o, "</h3>\n");
        matrix(r, o, e);
        openers(r, o, e);
    }
    out_text(o, "</section>\n");
}

/* ---- a packet's way ------------------------------------------------------------------------- */

void html_path(const struct report *r, struct out *o, const struct finding *f)
{
    if (f->path.n == 0)
        return;
    out_text(o, "<figure><figcaption>How the packet comes to its verdict</figcaption>\n"
                "<ol class=\"path\">\n");
    for (size_t i = 0; i < f->path.n; i++) {
        const struct related *step = &f->path.v[i];
        struct place p = place_of(r->sources, step->at);
        bool last = i + 1 == f->path.n;
        out_text(o, "<li>");
        html_stop(o, last);
        out_text(o, "<span>");
        clipped(r, o, step->message, LINE_MAX);
        if (p.source != NULL && step->at.line != 0) {
            out_text(o, " <code>");
            clipped(r, o, p.source->path, LINE_MAX);
            out_fmt(o, ":%u: ", p.at.line);
            clipped(r, o, source_line(p.source, p.at.line), LINE_MAX);
            out_text(o, "</code>");
        }
        out_text(o, "</span></li>\n");
    }
    out_text(o, "</ol></figure>\n");
}
