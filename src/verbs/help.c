/* --help: what fits a screen of 80 by 24, or with -v every option explained. */
#include "verbs/verbs.h"

#define COLUMNS 80
#define LINES 23 /* and the prompt */
#define HELP_COLUMN 29

static size_t row_head(struct out *o, const struct option *row)
{
    size_t start = o->n;
    if (row->letter != 0)
        out_fmt(o, "  -%c, --%s", row->letter, row->name);
    else
        out_fmt(o, "      --%s", row->name);
    if (row->arg != NULL)
        out_fmt(o, " %s", row->arg);
    return o->n - start;
}

/* TEXT from COLUMN on, wrapped at blanks and indented by INDENT. Ends the line. */
static void wrap(struct out *o, size_t column, size_t indent, struct str text)
{
    struct str word;
    for (size_t start = column; str_cut(&text, ' ', &word);) {
        if (column > start && column + 1 + word.n > COLUMNS) {
            out_fmt(o, "\n%*s", (int)indent, "");
            start = column = indent;
        }
        out_fmt(o, "%s%.*s", column > start ? " " : "", STR_ARG(word));
        column += word.n + (column > start);
    }
    out_char(o, '\n');
}

/* What does not fit behind its option stands on the next line. */
static void explain(struct out *o, const struct option_table *t)
{
    out_fmt(o, "%s\n", t->title);
    for (const struct option *row = t->v; row->name != NULL; row++) {
        size_t used = row_head(o, row);
        if (used > HELP_COLUMN - 2) {
            out_char(o, '\n');
            used = 0;
        }
        out_fmt(o, "%*s", (int)(HELP_COLUMN - used), "");
        wrap(o, HELP_COLUMN, HELP_COLUMN, str_of(row->help));
    }
}

/* "Also -I, -d, -s, --no-site, --at": the options of N tables. */
static void name_only(struct out *o, const struct option_table *tables, size_t n)
{
    struct out names = {.arena = o->arena};
    out_text(&names, "Also");
    for (size_t i = 0; i < n; i++)
        for (const struct option *row = tables[i].v; row->name != NULL; row++)
            out_fmt(&names, "%s --%s", names.n == 4 ? "" : ",", row->name);
    wrap(o, 0, 0, out_taken(&names));
}

static size_t lines_of(struct str text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++)
        n += text.p[i] == '\n';
    return n;
}

/* The first EXPLAINED of the N tables with their texts, the others by name. */
static struct str body(struct arena *a, const struct option_table *tables, size_t n,
                       size_t explained)
{
    struct out o = {.arena = a};
    for (size_t i = 0; i < explained; i++) {
        if (i == 0 || explained == n)
            out_char(&o, '\n');
        explain(&o, &tables[i]);
    }
    if (explained < n)
        name_only(&o, tables + explained, n - explained);
    return out_taken(&o);
}

void options_help(const struct command *c, struct out *o)
{
    const struct verb *v = c->verb;
    struct option_table tables[OPTION_TABLES_MAX];
    size_t n = options_tables(v, tables), explained = n;
    out_fmt(o, "fwproof %s %s\n%s.\n", v->name, v->args, v->summary);
    if (v->details != NULL)
        wrap(o, 0, 0, str_of(v->details));
    size_t used = lines_of((struct str){o->p, o->n});
    struct str text = body(c->arena, tables, n, n);
    while (c->opt.verbose == 0 && explained > 0 && used + lines_of(text) + (explained < n) > LINES)
        text = body(c->arena, tables, n, --explained);
    out_str(o, text);
    if (explained < n)
        out_fmt(o, "`fwproof %s --help --verbose` explains them all.\n", v->name);
}

void options_overview(struct arena *a, struct out *o)
{
    (void)a;
    out_text(o, "fwproof audits exported firewall configurations offline and proves what it says\n"
                "\nusage: fwproof VERB [options] ...\n\n");
    for (size_t i = 0; i < n_verbs; i++)
        out_fmt(o, "  %-10s %s\n", verbs[i]->name, verbs[i]->summary);
    out_text(o,
             "\nInputs are outputs of iptables-save, ip6tables-save and `ipset save`, Cisco ASA\n"
             "configurations, and rule exports as CSV; `-` is standard input.\n"
             "\nExit codes: 0 pass, 1 fail, 2 wrong usage, pack or site file, 3 incomplete,\n"
             "4 out of memory, output not written, or an internal error.\n"
             "\n`fwproof VERB --help` lists a verb's options; `man fwproof` tells everything.\n");
}
