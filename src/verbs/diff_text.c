#include "verbs/diff_int.h"

#define WITNESSES 12

static const char *const titles[] = {"Newly permitted", "Newly denied", "Treated differently"};
static const char marks[] = "+-~";

static void text_rules(struct diffing *x, struct out *o, const char *when, const struct rules *all)
{
    for (size_t i = 0; i < all->n; i++)
        out_fmt(o, "      %s %.*s\n", when, STR_ARG(rule_text(x->audit, all->v[i])));
    if (all->n == 0)
        out_fmt(o, "      %s %.*s\n", when, STR_ARG(rule_text(x->audit, NULL)));
}

static void text_row(struct diffing *x, struct out *o, const struct change_row *row, bool whole)
{
    struct arena *a = x->command->arena;
    struct boxes boxes = boxes_of(a, x->now, row->set);
    for (size_t k = 0; k < boxes.n; k++)
        out_fmt(o, "  %c %.*s\n", marks[row->kind], STR_ARG(box_text(a, &boxes.v[k], 8)));
    if (!whole)
        return;
    if (!row->proven) {
        out_text(o, row->too_many_ways
                        ? "      perhaps: it hangs on too many conditions to try them all\n"
                        : "      perhaps: it hangs on marks that rules change and test\n");
        return;
    }
    out_fmt(o, "      such as %.*s\n", STR_ARG(packet_text(a, x->now, &row->witness)));
    text_rules(x, o, "before", &row->before);
    text_rules(x, o, "now   ", &row->now);
}

static void text_changes(struct diffing *x, struct out *o)
{
    const struct change_row *last = NULL;
    size_t n = 0;
    for (size_t i = 0; i < x->rows.n; i++) {
        const struct change_row *row = &x->rows.v[i];
        if (last == NULL || last->path != row->path || last->kind != row->kind ||
            last->opens != row->opens) {
            out_fmt(o, "\n%s%s, %s\n", titles[row->kind],
                    row->opens ? "" : " (packets that open no connection)", path_names[row->path]);
            n = 0;
        }
        text_row(x, o, row, n++ < WITNESSES || x->command->opt.verbose > 0);
        last = row;
    }
    if (x->rows.n == 0 && !x->budget.spent && !x->treating.spent)
        out_text(o, "No packet fares differently.\n");
}

#define LINES_SHOWN 40

static void text_lines(struct diffing *x, struct out *o)
{
    if (x->other_lines.n != 0)
        out_text(o, "\nOther lines that differ (what they change is not compared)\n");
    for (size_t i = 0; i < x->other_lines.n; i++) {
        const struct other_line *l = &x->other_lines.v[i];
        if (i == LINES_SHOWN && x->command->opt.verbose == 0) {
            out_fmt(o, "  and %zu more (-v)\n", x->other_lines.n - i);
            return;
        }
        out_fmt(o, "  %c %.*s\n", l->now ? '+' : '-', STR_ARG(other_line_text(o->arena, l)));
    }
}

/* What nobody asked for, by the rules that do it. */
static void text_collateral(struct diffing *x, struct out *o)
{
    static const char *const words[] = {"permits", "denies"};
    struct arena *a = x->command->arena;
    if (parts_changed(x->extra) || parts_treated(x->extra))
        out_text(o, "\nNot asked for:\n");
    for (int k = 0; k < PATH_KINDS; k++)
        for (int side = 0; side < 2; side++)
            for (size_t i = 0; i < x->extra_by[k][side].n; i++) {
                const struct blame *b = &x->extra_by[k][side].v[i];
                struct region part = asked_told(&x->asked, &b->part);
                struct boxes boxes = boxes_of(a, x->now, &part);
                out_fmt(o, "  %.*s\n", STR_ARG(rule_text(x->audit, b->rule)));
                for (size_t n = 0; n < boxes.n && n < WITNESSES; n++)
                    out_fmt(o, "      %s %.*s\n", words[side],
                            STR_ARG(box_text(a, &boxes.v[n], 8)));
            }
}

/* What is done with packets beside, and nobody asked for. */
static void text_treated(struct diffing *x, struct out *o)
{
    struct arena *a = x->command->arena;
    for (int k = 0; k < PATH_KINDS; k++) {
        struct boxes boxes = boxes_of(a, x->now, &x->extra[k].treated);
        for (size_t n = 0; n < boxes.n && n < WITNESSES; n++)
            out_fmt(o, "  treats differently, %s: %.*s\n", path_names[k],
                    STR_ARG(box_text(a, &boxes.v[n], 8)));
    }
}

static void text_backout(struct diffing *x, struct out *o)
{
    struct str rest = x->backout.commands, line;
    if (!x->backout.known || rest.n == 0)
        return;
    out_fmt(o, "\nTo take it back%s:\n",
            x->backout.proven ? "" : " (not proven: not all of it can be taken back by commands)");
    while (str_cut(&rest, '\n', &line))
        out_fmt(o, "  %.*s\n", STR_ARG(str_safe(o->arena, line)));
}

void diff_text(struct diffing *x, struct out *o, const struct report *r)
{
    (void)r;
    struct arena *a = x->command->arena;
    if (x->old != x->now)
        text_changes(x, o);
    text_lines(x, o);
    if (x->across)
        out_text(o, "\nThe exports are of different kinds: compared is which connections open "
                    "through the device,\nnot what reaches or leaves the device itself.\n");
    intents_text(o, x->audit, x->now, &x->intents);
    text_collateral(x, o);
    text_treated(x, o);
    if (x->intents.n != 0)
        out_fmt(o, "\nThe ticket: %s.\n", outcome_names[x->outcome]);
    if (x->old == x->now)
        return;
    text_backout(x, o);
    out_fmt(o, "\nFindings: %zu new, %zu fixed, %zu unchanged\n", x->fresh.n, x->fixed.n,
            x->unchanged);
    for (size_t i = 0; i < x->fresh.n; i++)
        out_fmt(o, "  new   %.*s %.*s\n", STR_ARG(x->fresh.v[i]->rule->id),
                STR_ARG(str_safe(a, finding_text(a, x->fresh.v[i]))));
    for (size_t i = 0; i < x->fixed.n; i++)
        out_fmt(o, "  fixed %.*s %.*s\n", STR_ARG(x->fixed.v[i]->rule->id),
                STR_ARG(str_safe(a, finding_text(a, x->fixed.v[i]))));
}
