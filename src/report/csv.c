/* CSV as RFC 4180 has it, harmless in a spreadsheet: one row per problem, then one per control that
 * has none, so that what was checked can be told from what was not. */
#include "report/report.h"

enum column {
    COL_DEVICE,
    COL_FILE,
    COL_LINE,
    COL_COLUMN,
    COL_RULE,
    COL_SEVERITY,
    COL_CERTAINTY,
    COL_STATUS,
    COL_TITLE,
    COL_MESSAGE,
    COL_PERMITTED,
    COL_MISSING,
    COL_EFFECT,
    COL_FIX,
    COL_REFERENCE,
    COL_FINGERPRINT,
    COLUMNS
};
static const char *const headers[COLUMNS] = {
    "device", "file",    "line",      "column",  "rule",   "severity", "certainty", "status",
    "title",  "message", "permitted", "missing", "effect", "fix",      "reference", "fingerprint"};

/* A cell that begins like a formula gets an apostrophe (OWASP, "CSV Injection"). */
static void cell(struct out *o, struct str s)
{
    static const struct str formula = STR_INIT("=+-@\t");
    out_char(o, '"');
    if (s.n != 0 && str_find(formula, s.p[0]) < formula.n)
        out_char(o, '\'');
    struct str line;
    for (bool first = true; str_cut(&s, '\n', &line); first = false) {
        if (!first)
            out_char(o, '\n');
        struct str safe = str_safe(o->arena, line);
        for (size_t i = 0; i < safe.n; i++) {
            if (safe.p[i] == '"')
                out_char(o, '"');
            out_char(o, safe.p[i]);
        }
    }
    out_char(o, '"');
}

static void row(struct out *o, const struct str cells[COLUMNS])
{
    for (size_t i = 0; i < COLUMNS; i++) {
        if (i != 0)
            out_char(o, ',');
        cell(o, cells[i]);
    }
    out_text(o, "\r\n");
}

static struct str boxes_cell(struct arena *a, const struct policy *p, const struct region *r)
{
    struct boxes b = boxes_of(a, p, r);
    struct strs texts = {0};
    for (size_t i = 0; i < b.n; i++)
        *PUSH(a, texts) = box_text(a, &b.v[i], SIZE_MAX - 1);
    return strs_join(a, &texts, "\n");
}

static void notice_row(const struct report *r, const struct notice *n, struct out *o)
{
    struct arena *a = r->arena;
    const struct finding *f = n->finding;
    struct str cells[COLUMNS] = {
        [COL_DEVICE] = n->device,
        [COL_RULE] = n->rule,
        [COL_SEVERITY] = str_of(severity_names[n->severity]),
        [COL_STATUS] = f != NULL ? STR("fail") : STR("incomplete"),
        [COL_TITLE] = n->title,
        [COL_MESSAGE] = f != NULL ? f->message : n->text,
        [COL_FINGERPRINT] = n->fingerprint,
    };
    if (n->place.source != NULL) {
        cells[COL_FILE] = n->place.source->path;
        cells[COL_LINE] = arena_strf(a, "%u", n->place.at.line);
        cells[COL_COLUMN] = arena_strf(a, "%u", n->place.at.col);
    }
    if (f != NULL) {
        cells[COL_CERTAINTY] = str_of(certainty_names[f->certainty]);
        cells[COL_PERMITTED] = boxes_cell(a, f->policy, &f->permitted);
        cells[COL_MISSING] = boxes_cell(a, f->policy, &f->missing);
        cells[COL_EFFECT] = f->effect;
        cells[COL_FIX] = strs_join(a, &f->fix, "\n");
        if (f->rule->sources.n != 0)
            cells[COL_REFERENCE] = f->rule->sources.v[0].url;
    }
    row(o, cells);
}

/* Items of catalogues: "pci-dss-4.0.1 1.2.6" stands where a rule's id would. */
static void item_rows(const struct report *r, const struct compliance *c, struct out *o)
{
    struct arena *a = r->arena;
    for (size_t i = 0; i < c->items.n; i++) {
        const struct item_status *x = &c->items.v[i];
        struct strs text = {0};
        *PUSH(a, text) = x->reason;
        for (size_t k = 0; k < x->item->contradicts.n; k++) {
            const struct contradiction *other = &x->item->contradicts.v[k];
            *PUSH(a, text) =
                arena_strf(a, "contradicts %.*s: %.*s", STR_ARG(contradiction_text(r, c, other)),
                           STR_ARG(other->sentence));
        }
        struct str cells[COLUMNS] = {
            [COL_DEVICE] = c->policy->device,
            [COL_RULE] =
                arena_strf(a, "%.*s %.*s", STR_ARG(c->catalogue->id), STR_ARG(x->item->id)),
            [COL_STATUS] = str_of(status_names[x->status]),
            [COL_TITLE] = x->item->title,
            [COL_MESSAGE] = strs_join(a, &text, "\n"),
        };
        row(o, cells);
    }
}

static void write_csv(const struct report *r, struct out *o)
{
    struct str cells[COLUMNS];
    for (size_t i = 0; i < COLUMNS; i++)
        cells[i] = str_of(headers[i]);
    row(o, cells);
    struct notices all = report_notices(r);
    for (size_t i = 0; i < all.n; i++)
        notice_row(r, &all.v[i], o);
    for (size_t i = 0; i < r->result->controls.n; i++) {
        const struct control *c = &r->result->controls.v[i];
        if (c->status == STATUS_FAIL)
            continue;
        struct str control[COLUMNS] = {
            [COL_DEVICE] = c->policy->device,
            [COL_RULE] = c->rule->id,
            [COL_STATUS] = str_of(status_names[c->status]),
            [COL_TITLE] = c->rule->title,
            [COL_MESSAGE] = c->reason,
        };
        row(o, control);
    }
    for (size_t i = 0; i < r->result->compliances.n; i++)
        item_rows(r, &r->result->compliances.v[i], o);
}

const struct reporter reporter_csv = {"csv", "one row per finding and control", write_csv};
