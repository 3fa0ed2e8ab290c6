/* The change for a ticket: the verdict first, long tables folded, within what a comment holds. */
#include "verbs/diff_int.h"

#define ROWS_SHOWN 20
#define ROWS_MAX 200
#define BYTES_MAX 60000 /* GitHub cuts comments at 65,536 characters */
#define CELL_MAX 300

static void cell(struct out *o, struct str text)
{
    out_text(o, " | ");
    out_markdown(o, str_clip(o->arena, text, CELL_MAX));
}

static void requests(struct diffing *x, struct out *o)
{
    struct arena *a = x->command->arena;
    if (x->intents.n == 0)
        return;
    out_text(o, "\n### Asked for\n\n| | request | outcome |\n|---|---|---|\n");
    for (size_t i = 0; i < x->intents.n && o->n < BYTES_MAX / 4; i++) {
        const struct intent *e = &x->intents.v[i];
        struct boxes missing = boxes_of(a, x->now, &e->missing);
        out_fmt(o, "| %s", intent_names[e->kind]);
        cell(o, e->words);
        cell(o, str_of(request_outcome(e)));
        if (missing.n != 0) {
            out_text(o, "; missing: ");
            out_markdown(o, str_clip(a, box_text(a, &missing.v[0], 4), CELL_MAX));
            out_text(o, missing.n > 1 ? " and more" : "");
        }
        if (e->then.n != 0) {
            out_text(o, " by ");
            out_markdown(o, str_clip(a, rule_text(x->audit, e->then.v[0].rule), CELL_MAX));
        }
        out_text(o, " |\n");
    }
}

static void rules_cell(struct diffing *x, struct out *o, const struct rules *all)
{
    struct out lines = {.arena = o->arena};
    for (size_t i = 0; i < all->n || i == 0; i++)
        out_fmt(&lines, "%s%.*s", i == 0 ? "" : "; ",
                STR_ARG(rule_text(x->audit, all->n == 0 ? NULL : all->v[i])));
    cell(o, out_taken(&lines));
}

static void change_line(struct diffing *x, struct out *o, const struct change_row *row)
{
    static const char *const words[] = {"**+** permitted", "**&minus;** denied",
                                        "**~** treated differently"};
    struct arena *a = x->command->arena;
    struct boxes boxes = boxes_of(a, x->now, row->set);
    out_fmt(o, "| %s", words[row->kind]);
    cell(o, boxes.n == 0 ? STR("") : box_text(a, &boxes.v[0], 6));
    cell(o, str_of(row->opens ? path_names[row->path] : "packets that open no connection"));
    rules_cell(x, o, &row->before);
    rules_cell(x, o, &row->now);
    out_text(o, " |\n");
}

static void changes(struct diffing *x, struct out *o)
{
    static const char head[] = "\n| | packets | way | before | now |\n|---|---|---|---|---|\n";
    out_text(o, "\n### Impact\n");
    if (x->rows.n == 0)
        out_text(o, "\nNo packet fares differently.\n");
    size_t i = 0;
    for (; i < x->rows.n && i < ROWS_MAX && o->n < BYTES_MAX / 2; i++) {
        if (i == ROWS_SHOWN)
            out_fmt(o, "\n<details><summary>%zu more</summary>\n", x->rows.n - i);
        if (i == 0 || i == ROWS_SHOWN)
            out_text(o, head);
        change_line(x, o, &x->rows.v[i]);
    }
    if (i > ROWS_SHOWN)
        out_text(o, "\n</details>\n");
    if (i < x->rows.n)
        out_fmt(o, "\n%zu more are in the whole result (`-f json`).\n", x->rows.n - i);
}

/* A line of the table of what nobody asked for; the first one begins it. */
static void collateral_line(struct diffing *x, struct out *o, const char *does, struct str rule,
                            const struct region *part, bool first)
{
    struct boxes boxes = boxes_of(o->arena, x->now, part);
    if (first)
        out_text(o, "\n### Not asked for\n\n| | line | packets |\n|---|---|---|\n");
    out_fmt(o, "| %s", does);
    cell(o, rule);
    cell(o, boxes.n == 0 ? STR("") : box_text(o->arena, &boxes.v[0], 6));
    out_text(o, " |\n");
}

static void collateral(struct diffing *x, struct out *o)
{
    static const char *const words[] = {"permits", "denies"};
    size_t n = 0;
    for (int k = 0; k < 2 * PATH_KINDS; k++) {
        const struct blames *all = &x->extra_by[k / 2][k % 2];
        for (size_t i = 0; i < all->n && n < ROWS_SHOWN; i++, n++) {
            struct region part = asked_told(&x->asked, &all->v[i].part);
            collateral_line(x, o, words[k % 2], rule_text(x->audit, all->v[i].rule), &part, n == 0);
        }
    }
    for (int k = 0; k < PATH_KINDS; k++)
        if (x->extra[k].treated.n != 0)
            collateral_line(x, o, "treats differently", str_of(path_names[k]), &x->extra[k].treated,
                            n++ == 0);
}

static void other_lines(struct diffing *x, struct out *o)
{
    const size_t n = x->other_lines.n;
    if (n == 0)
        return;
    out_text(o, "\n### Other lines that differ\n\nWhat they change is not compared.\n\n");
    for (size_t i = 0; i < n && i < ROWS_SHOWN; i++) {
        out_text(o, x->other_lines.v[i].now ? "- new " : "- old ");
        out_markdown(o,
                     str_clip(o->arena, other_line_text(o->arena, &x->other_lines.v[i]), CELL_MAX));
        out_char(o, '\n');
    }
    if (n > ROWS_SHOWN)
        out_fmt(o, "- %zu more\n", n - ROWS_SHOWN);
}

static void findings(struct diffing *x, struct out *o)
{
    out_fmt(o, "\n### Findings\n\n%zu new, %zu fixed, %zu unchanged\n", x->fresh.n, x->fixed.n,
            x->unchanged);
    for (int side = 0; side < 2; side++) {
        const char *word = side == 0 ? "new" : "fixed";
        size_t n = side == 0 ? x->fresh.n : x->fixed.n;
        for (size_t i = 0; i < n && i < ROWS_SHOWN; i++) {
            const struct finding *f = side == 0 ? x->fresh.v[i] : x->fixed.v[i];
            out_fmt(o, "%s- %s: %.*s ", i == 0 ? "\n" : "", word, STR_ARG(f->rule->id));
            out_markdown(o, str_clip(o->arena, finding_text(o->arena, f), CELL_MAX));
            out_char(o, '\n');
        }
        if (n > ROWS_SHOWN)
            out_fmt(o, "- %zu more %s\n", n - ROWS_SHOWN, word);
    }
}

static void back_out(struct diffing *x, struct out *o)
{
    const struct backout *b = &x->backout;
    out_text(o, "\n### Back-out\n");
    if (!b->known) {
        out_text(o, "\nThere are no commands for this kind of export.\n");
    } else if (b->commands.n == 0) {
        out_text(o, "\nNothing is to be taken back.\n");
    } else {
        out_fmt(o, "\n%s\n",
                b->proven ? "Proven: after these commands every packet fares as before."
                          : "Not proven: not all of it can be taken back by these commands.");
        out_markdown_block(o, str_clip(o->arena, b->commands, BYTES_MAX / 4));
    }
}

static void inputs(struct out *o, const struct report *r)
{
    out_text(o, "\nInputs:");
    for (size_t i = 0; i < r->devices.n; i++)
        for (size_t k = 0; k < r->devices.v[i].n_inputs; k++) {
            const struct source *s = r->devices.v[i].inputs[k];
            out_fmt(o, "\n- %s: ", i == 0 ? "old" : "new");
            out_markdown(o, s->path);
            out_fmt(o, " (sha256 %.*s)", STR_ARG(str_sub(source_sha256(o->arena, s), 0, 16)));
        }
    out_char(o, '\n');
}

void diff_markdown(struct diffing *x, struct out *o, const struct report *r)
{
    out_fmt(o, "<!-- fwproof diff -->\n## fwproof: %s\n\n", run_verdict_names[r->verdict]);
    if (x->own->ticket.n != 0) {
        out_markdown(o, str_clip(o->arena, x->own->ticket, CELL_MAX));
        out_text(o, ": ");
    }
    out_fmt(o, "%.*s\n", STR_ARG(diff_headline(x)));
    requests(x, o);
    if (x->old != x->now) {
        collateral(x, o);
        changes(x, o);
        other_lines(x, o);
        findings(x, o);
        back_out(x, o);
    }
    inputs(o, r);
}
