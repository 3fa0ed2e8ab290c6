/* Markdown for a pull request or a ticket: the verdict first, few findings whole, within what a
 * comment may hold. */
#include "report/report.h"

#define ROWS_MAX 20
#define BYTES_MAX 60000 /* GitHub cuts comments at 65,536 characters */

/* Text that Markdown leaves alone: no tables, code, HTML, mentions or issue links. */
void out_markdown(struct out *o, struct str s)
{
    s = str_safe(o->arena, s);
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '<')
            out_text(o, "&lt;");
        else if (c == '&')
            out_text(o, "&amp;");
        else if (c == '@' || c == '#')
            out_fmt(o, "&#%d;", c);
        else if (str_find(STR("\\|`*_[]~>"), c) < 9)
            out_fmt(o, "\\%c", c);
        else
            out_char(o, c);
    }
}

/* Lines as a code block, whose fence is longer than any in the text. */
void out_markdown_block(struct out *o, struct str text)
{
    struct str rest = text, line;
    size_t fence = 3, run = 0;
    for (size_t i = 0; i < text.n; i++) {
        run = text.p[i] == '`' ? run + 1 : 0;
        if (run >= fence)
            fence = run + 1;
    }
    struct out marks = {.arena = o->arena};
    for (size_t i = 0; i < fence; i++)
        out_char(&marks, '`');
    out_fmt(o, "\n%.*s\n", STR_ARG(out_taken(&marks)));
    while (str_cut(&rest, '\n', &line))
        out_fmt(o, "%.*s\n", STR_ARG(str_safe(o->arena, line)));
    out_fmt(o, "%.*s\n", STR_ARG(out_taken(&marks)));
}

static void place(struct out *o, const struct notice *n)
{
    if (n->place.source == NULL)
        return;
    out_markdown(o, n->place.source->path);
    out_fmt(o, ":%u", n->place.at.line);
}

static void table(struct out *o, const struct notices *all)
{
    out_text(o, "\n| severity | rule | where | what |\n|---|---|---|---|\n");
    for (size_t i = 0; i < all->n && i < ROWS_MAX; i++) {
        const struct notice *n = &all->v[i];
        out_fmt(o, "| %s | ", severity_names[n->severity]);
        out_markdown(o, n->rule);
        out_text(o, " | ");
        place(o, n);
        out_text(o, " | ");
        out_markdown(o, str_clip(o->arena, n->title, 300));
        out_text(o, " |\n");
    }
    if (all->n > ROWS_MAX)
        out_fmt(o, "\n%zu more are in the whole report.\n", all->n - ROWS_MAX);
}

static void details(struct out *o, const struct notice *n)
{
    out_text(o, "\n<details><summary>");
    out_markdown(o, arena_strf(o->arena, "%.*s: %.*s", STR_ARG(n->rule),
                               STR_ARG(str_clip(o->arena, n->title, 300))));
    out_text(o, "</summary>\n\n");
    if (n->place.source != NULL) {
        place(o, n);
        out_char(o, '\n');
        out_markdown_block(o,
                           str_clip(o->arena, source_line(n->place.source, n->place.at.line), 400));
    }
    out_markdown_block(o, str_clip(o->arena, n->text, 4000));
    out_fmt(o, "\nid: %.*s\n</details>\n", STR_ARG(str_safe(o->arena, n->fingerprint)));
}

/* Every item of a catalogue, as far as there is room. */
static void compliance(const struct report *r, const struct compliance *c, struct out *o)
{
    out_text(o, "\n### ");
    out_markdown(o, c->catalogue->title);
    out_text(o, ", ");
    out_markdown(o, c->catalogue->version);
    out_text(o, ": ");
    out_markdown(o, c->policy->device);
    out_fmt(o, "\n\n%zu passed, %zu failed, %zu unknown, %zu not applicable, %zu waived.\n",
            c->statuses[STATUS_PASS], c->statuses[STATUS_FAIL], c->statuses[STATUS_UNKNOWN],
            c->statuses[STATUS_NOT_APPLICABLE], c->statuses[STATUS_WAIVED]);
    out_text(o, "\n| item | what it asks | status | why |\n|---|---|---|---|\n");
    size_t i = 0;
    for (; i < c->items.n && o->n < BYTES_MAX; i++) {
        const struct item_status *x = &c->items.v[i];
        out_text(o, "| ");
        out_markdown(o, x->item->id);
        out_text(o, " | ");
        out_markdown(o, x->item->title);
        out_fmt(o, " | %s | ", status_words[x->status]);
        out_markdown(o, str_clip(o->arena, x->reason, 300));
        for (size_t k = 0; k < x->item->contradicts.n; k++) {
            out_text(o, "; contradicts ");
            out_markdown(o, contradiction_text(r, c, &x->item->contradicts.v[k]));
            out_text(o, ": ");
            out_markdown(o, x->item->contradicts.v[k].sentence);
        }
        out_text(o, " |\n");
    }
    if (i < c->items.n)
        out_fmt(o, "\n%zu more items are in the whole report.\n", c->items.n - i);
}

static void write_markdown(const struct report *r, struct out *o)
{
    struct notices all = report_notices(r);
    struct totals t = report_totals(r);
    out_fmt(o, "<!-- fwproof -->\n## fwproof: %s\n\n", run_verdict_names[r->verdict]);
    out_fmt(o,
            "%zu errors, %zu warnings, %zu notes; controls: %zu passed, %zu failed, %zu unknown, "
            "%zu not applicable; %ju lines, %ju not modelled.\n",
            t.severities[SEVERITY_ERROR], t.severities[SEVERITY_WARNING],
            t.severities[SEVERITY_NOTE], t.statuses[STATUS_PASS], t.statuses[STATUS_FAIL],
            t.statuses[STATUS_UNKNOWN], t.statuses[STATUS_NOT_APPLICABLE], (uintmax_t)t.total_lines,
            (uintmax_t)t.lines[LINE_NOT_MODELLED]);
    if (all.n != 0)
        table(o, &all);
    size_t i = 0;
    for (; i < all.n && i < ROWS_MAX && o->n < BYTES_MAX - 10000; i++)
        details(o, &all.v[i]);
    for (size_t k = 0; k < r->result->compliances.n; k++)
        compliance(r, &r->result->compliances.v[k], o);
    out_text(o, "\nInputs:");
    for (size_t k = 0; k < r->devices.n && o->n < BYTES_MAX; k++)
        for (size_t j = 0; j < r->devices.v[k].n_inputs; j++) {
            out_text(o, "\n- ");
            out_markdown(o, r->devices.v[k].inputs[j]->path);
            out_fmt(o, " (sha256 %.*s)",
                    STR_ARG(str_sub(source_sha256(r->arena, r->devices.v[k].inputs[j]), 0, 16)));
        }
    out_char(o, '\n');
}

const struct reporter reporter_markdown = {"markdown", "for pull requests and tickets",
                                           write_markdown};
