/* One page for auditors: no script, nothing from the network, light and dark, prints well. */
#include "report/html_int.h"

#define LINES_MAX 1000

static void element(struct out *o, const char *tag, const char *class, struct str text)
{
    out_fmt(o, "<%s", tag);
    if (class != NULL)
        out_fmt(o, " class=\"%s\"", class);
    out_char(o, '>');
    out_xml(o, text);
    out_fmt(o, "</%s>", tag);
}

static void term(struct out *o, const char *name, struct str text)
{
    if (text.n == 0)
        return;
    out_fmt(o, "<dt>%s</dt><dd>", name);
    out_xml(o, text);
    out_text(o, "</dd>\n");
}

static void open_table(struct out *o, const char *caption, const char *const *heads, size_t n)
{
    out_fmt(o, "<div class=\"wide\"><table><caption>%s</caption><thead><tr>", caption);
    for (size_t i = 0; i < n; i++)
        out_fmt(o, "<th scope=\"col\">%s</th>", heads[i]);
    out_text(o, "</tr></thead><tbody>\n");
}
#define OPEN_TABLE(o, caption, ...)                                                                \
    open_table(o, caption, (const char *const[]){__VA_ARGS__},                                     \
               sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static void close_table(struct out *o)
{
    out_text(o, "</tbody></table></div>\n");
}

/* ---- sections -----------------------------------------------------------------------------------
 */

static void cover(const struct report *r, struct out *o, const struct totals *t)
{
    const char *verdict = run_verdict_names[r->verdict];
    out_text(o, "<header><h1>Firewall audit");
    if (r->site->name.n != 0) {
        out_text(o, ": ");
        out_xml(o, r->site->name);
    }
    out_fmt(o, "</h1>\n<p class=\"verdict %s\">Verdict: %s</p>\n", verdict, verdict);
    out_fmt(o,
            "<p>%zu errors, %zu warnings, %zu notes on %zu devices. Controls: %zu passed, %zu "
            "failed, %zu unknown, %zu not applicable, %zu waived.</p></header>\n",
            t->severities[SEVERITY_ERROR], t->severities[SEVERITY_WARNING],
            t->severities[SEVERITY_NOTE], r->devices.n, t->statuses[STATUS_PASS],
            t->statuses[STATUS_FAIL], t->statuses[STATUS_UNKNOWN],
            t->statuses[STATUS_NOT_APPLICABLE], t->statuses[STATUS_WAIVED]);
}

static void examined(const struct report *r, struct out *o)
{
    out_text(o, "<section><h2>What was examined</h2>\n");
    OPEN_TABLE(o, "Inputs", "device", "file", "format", "bytes", "lines", "SHA-256");
    for (size_t i = 0; i < r->devices.n; i++)
        for (size_t k = 0; k < r->devices.v[i].n_inputs; k++) {
            const struct source *s = r->devices.v[i].inputs[k];
            out_text(o, "<tr>");
            element(o, "td", NULL, r->devices.v[i].policy->device);
            element(o, "td", NULL, s->path);
            element(o, "td", NULL, s->format);
            out_fmt(o, "<td>%zu</td><td>%u</td><td><code>%.*s</code></td></tr>\n", source_size(s),
                    s->n_lines, STR_ARG(source_sha256(r->arena, s)));
        }
    close_table(o);
    out_text(o, "<p>fwproof " FWPROOF_VERSION "; packs:");
    for (size_t i = 0; i < r->packs->n; i++) {
        out_text(o, i == 0 ? " " : ", ");
        out_xml(o, pack_label(r->arena, r->packs->v[i]));
        out_text(o, " (data of ");
        out_xml(o, r->packs->v[i]->date);
        out_char(o, ')');
    }
    out_text(o, "</p></section>\n");
}

static void understood(const struct report *r, struct out *o, const struct totals *t)
{
    uint64_t parts[3] = {t->lines[LINE_MODELLED], t->lines[LINE_IRRELEVANT],
                         t->lines[LINE_NOT_MODELLED]};
    out_text(o, "<section><h2>How much was understood</h2>\n<figure>");
    if (t->total_lines != 0)
        html_bar(o, "Lines modelled, irrelevant, not modelled", parts, t->total_lines);
    out_fmt(o,
            "<figcaption>Of %ju lines %ju are modelled, %ju irrelevant to what is filtered, %ju "
            "not modelled</figcaption></figure>\n",
            (uintmax_t)t->total_lines, (uintmax_t)parts[0], (uintmax_t)parts[1],
            (uintmax_t)parts[2]);
    size_t shown = 0;
    for (size_t i = 0; i < r->diags->n && shown < LINES_MAX; i++) {
        const struct diag *d = &r->diags->v[i];
        if (d->level < DIAG_INCOMPLETE)
            continue;
        if (shown++ == 0)
            OPEN_TABLE(o, "What keeps the result from being complete", "place", "line", "reason");
        struct place p = place_of(r->sources, d->at);
        out_text(o, "<tr><td>");
        if (p.source != NULL) {
            out_xml(o, p.source->path);
            out_fmt(o, ":%u</td><td><code>", p.at.line);
            out_xml(o, str_clip(r->arena, source_line(p.source, p.at.line), 300));
            out_text(o, "</code>");
        } else {
            out_text(o, "</td><td>");
        }
        out_text(o, "</td>");
        element(o, "td", NULL, d->message);
        out_text(o, "</tr>\n");
    }
    if (shown != 0)
        close_table(o);
    out_text(o, "</section>\n");
}

/* ---- findings -----------------------------------------------------------------------------------
 */

static void source_excerpt(const struct report *r, struct out *o, const struct place *p)
{
    if (p->source == NULL)
        return;
    struct str line = source_line(p->source, p->at.line);
    size_t from = p->at.col - 1 < line.n ? p->at.col - 1 : line.n;
    size_t to = p->at.end_line > p->at.line ? line.n : p->at.end_col - 1;
    to = to < from ? from : to > line.n ? line.n : to;
    out_text(o, "<pre>");
    out_fmt(o, "%u | ", p->at.line);
    out_xml(o, str_clip(r->arena, str_sub(line, 0, from), 1000));
    element(o, "mark", NULL, str_clip(r->arena, str_sub(line, from, to - from), 2000));
    out_xml(o, str_clip(r->arena, str_from(line, to), 1000));
    out_text(o, "</pre>\n");
}

static void boxes_term(struct out *o, const char *name, const struct finding *f,
                       const struct region *region)
{
    struct boxes b = boxes_of(o->arena, f->policy, region);
    for (size_t i = 0; i < b.n && i < LINES_MAX; i++)
        term(o, i == 0 ? name : "", box_text(o->arena, &b.v[i], 40));
}

static void one_finding(const struct report *r, struct out *o, const struct finding *f)
{
    struct place p = finding_place(r, f);
    out_fmt(o, "<article><h3><span class=\"%s\">%s</span> ", severity_names[f->severity],
            severity_names[f->severity]);
    out_xml(o, f->rule->id);
    out_text(o, ": ");
    out_xml(o, f->title);
    out_fmt(o, "</h3>\n<p>%s; device ", certainty_names[f->certainty]);
    out_xml(o, f->policy->device);
    if (p.source != NULL) {
        out_text(o, "; <code>");
        out_xml(o, p.source->path);
        out_fmt(o, ":%u:%u</code>", p.at.line, p.at.col);
    }
    out_text(o, "</p>\n");
    source_excerpt(r, o, &p);
    html_pictures(o, f);
    html_path(r, o, f);
    out_text(o, "<dl>\n");
    if (!str_eq(f->message, f->title))
        term(o, "What", f->message);
    boxes_term(o, "Permitted", f, &f->permitted);
    boxes_term(o, "Missing", f, &f->missing);
    if (f->has_witness)
        term(o, "Packet", packet_text(r->arena, f->policy, &f->witness));
    term(o, "Effect", f->effect);
    for (size_t i = 0; i < f->related.n && i < LINES_MAX; i++) {
        struct place q = place_of(r->sources, f->related.v[i].at);
        if (q.source != NULL)
            term(o, i == 0 ? "Related" : "",
                 arena_strf(r->arena, "%.*s:%u: %.*s", STR_ARG(q.source->path), q.at.line,
                            STR_ARG(f->related.v[i].message)));
    }
    term(o, "Id", f->fingerprint);
    out_text(o, "</dl>\n");
    if (f->fix.n != 0) {
        out_text(o, "<p>Fix</p>\n<pre>");
        for (size_t i = 0; i < f->fix.n; i++) {
            out_xml(o, f->fix.v[i]);
            out_char(o, '\n');
        }
        out_text(o, "</pre>\n");
    }
    out_text(o, "</article>\n");
}

static void findings(const struct report *r, struct out *o)
{
    out_text(o, "<section><h2>Findings</h2>\n");
    if (r->result->findings.n == 0)
        out_text(o, "<p>None.</p>\n");
    for (int severity = SEVERITY_ERROR; severity >= SEVERITY_NOTE; severity--)
        for (size_t i = 0; i < r->result->findings.n; i++)
            if (r->result->findings.v[i].severity == (enum severity)severity)
                one_finding(r, o, &r->result->findings.v[i]);
    out_text(o, "</section>\n");
}

/* ---- the rest -----------------------------------------------------------------------------------
 */

static void controls(const struct report *r, struct out *o)
{
    out_text(o, "<section><h2>Controls</h2>\n");
    OPEN_TABLE(o, "Every control that was looked at", "rule", "device", "status", "reason");
    for (size_t i = 0; i < r->result->controls.n; i++) {
        const struct control *c = &r->result->controls.v[i];
        out_text(o, "<tr><td>");
        out_xml(o, c->rule->id);
        out_text(o, ": ");
        out_xml(o, c->rule->title);
        out_text(o, "</td>");
        element(o, "td", NULL, c->policy->device);
        element(o, "td", status_names[c->status], str_of(status_words[c->status]));
        element(o, "td", NULL, c->reason);
        out_text(o, "</tr>\n");
    }
    close_table(o);
    out_text(o, "</section>\n");
}

static void compliance(const struct report *r, struct out *o, const struct compliance *c)
{
    out_text(o, "<section><h2>");
    out_xml(o, c->catalogue->title);
    out_text(o, ", ");
    out_xml(o, c->catalogue->version);
    out_text(o, ": ");
    out_xml(o, c->policy->device);
    out_text(o, "</h2>\n");
    OPEN_TABLE(o, "Every item of the catalogue", "item", "what it asks", "status", "why");
    for (size_t i = 0; i < c->items.n; i++) {
        const struct item_status *x = &c->items.v[i];
        out_text(o, "<tr>");
        element(o, "td", "short", x->item->id);
        element(o, "td", NULL, x->item->title);
        element(o, "td", status_names[x->status], str_of(status_words[x->status]));
        out_text(o, "<td>");
        out_xml(o, x->reason);
        for (size_t k = 0; k < x->item->contradicts.n; k++) {
            out_text(o, "<br>contradicts ");
            out_xml(o, contradiction_text(r, c, &x->item->contradicts.v[k]));
            out_text(o, ": ");
            out_xml(o, x->item->contradicts.v[k].sentence);
        }
        out_text(o, "</td></tr>\n");
    }
    close_table(o);
    out_text(o, "<p class=\"note\">");
    out_xml(o, c->catalogue->source);
    out_text(o, "</p></section>\n");
}

static void settled(const struct report *r, struct out *o)
{
    if (r->result->settled.n == 0)
        return;
    out_text(o, "<section><h2>Accepted: waived, or in the baseline</h2>\n");
    OPEN_TABLE(o, "What would be findings otherwise", "finding", "severity", "title", "by");
    for (size_t i = 0; i < r->result->settled.n; i++) {
        const struct settled *s = &r->result->settled.v[i];
        out_text(o, "<tr>");
        element(o, "td", NULL, s->finding.fingerprint);
        element(o, "td", NULL, str_of(severity_names[s->finding.severity]));
        element(o, "td", NULL, s->finding.title);
        element(o, "td", NULL, settled_text(r->arena, s));
        out_text(o, "</tr>\n");
    }
    close_table(o);
    out_text(o, "</section>\n");
}

static void assumptions(const struct report *r, struct out *o)
{
    struct strs all = report_assumptions(r);
    out_text(o, "<section><h2>Assumptions and limits</h2>\n<ul>\n");
    for (size_t i = 0; i < all.n; i++) {
        element(o, "li", NULL, all.v[i]);
        out_char(o, '\n');
    }
    out_text(o, "<li>Names are not resolved, and nothing is fetched.</li>\n"
                "<li>What depends on something outside the packet is unknown, and said so.</li>\n"
                "</ul></section>\n");
}

static void prose(struct out *o, const struct strs *lines)
{
    struct strs paragraphs = prose_paragraphs(o->arena, lines);
    for (size_t i = 0; i < paragraphs.n; i++)
        element(o, "p", NULL, paragraphs.v[i]);
}

static void rule_pages(const struct report *r, struct out *o)
{
    out_text(o, "<section><h2>The rules that were violated</h2>\n");
    struct map *seen = map_new(r->arena);
    for (size_t i = 0; i < r->result->findings.n; i++) {
        const struct rule_def *rule = r->result->findings.v[i].rule;
        if (map_get(seen, rule->id) != NULL)
            continue;
        map_put(seen, rule->id, o);
        out_text(o, "<h3>");
        out_xml(o, rule->id);
        out_text(o, ": ");
        out_xml(o, rule->title);
        out_text(o, "</h3>\n");
        prose(o, &rule->rationale);
        prose(o, &rule->decided);
        for (size_t k = 0; k < rule->sources.n; k++)
            element(o, "p", "note",
                    arena_strf(r->arena, "Source: %.*s %.*s", STR_ARG(rule->sources.v[k].title),
                               STR_ARG(rule->sources.v[k].url)));
        out_char(o, '\n');
    }
    out_text(o, "</section>\n");
}

static void write_html(const struct report *r, struct out *o)
{
    struct totals t = report_totals(r);
    out_text(o, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                "style-src 'unsafe-inline'; img-src data:\">\n"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                "<title>Firewall audit by fwproof</title>\n<style>\n");
    out_text(o, html_style);
    out_text(o, "</style>\n</head>\n<body>\n<main>\n");
    cover(r, o, &t);
    html_coverage(r, o);
    html_exposures(r, o);
    findings(r, o);
    controls(r, o);
    for (size_t i = 0; i < r->result->compliances.n; i++)
        compliance(r, o, &r->result->compliances.v[i]);
    settled(r, o);
    understood(r, o, &t);
    examined(r, o);
    assumptions(r, o);
    rule_pages(r, o);
    out_text(o, "</main>\n</body>\n</html>\n");
}

const struct reporter reporter_html = {"html", "one page for auditors", write_html};
