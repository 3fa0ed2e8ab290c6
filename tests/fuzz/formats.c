/* A report in every format, each held against a reader of that format. */
#include "report/saved.h"

#include <cjson/cJSON.h>
#include <csv.h>
#include <stdio.h>

#include "fuzz.h"

/* ---- what no output may hold --------------------------------------------------------------------
 */

/* Valid UTF-8 without control characters, and without marks that turn or hide text. */
static void must_be_safe(const char *format, struct arena *a, struct str text)
{
    struct str line;
    for (size_t n = 1; str_cut(&text, '\n', &line); n++) {
        if (str_ends(line, STR("\r")))
            line.n--;
        MUST(str_eq(str_safe(a, line), line), "%s, line %zu is not safe: %.*s", format, n,
             STR_ARG(str_safe(a, line)));
    }
}

/* ---- JSON ---------------------------------------------------------------------------------------
 */

static void must_be_json(const char *format, struct str text)
{
    const char *end = NULL;
    cJSON *doc = cJSON_ParseWithLengthOpts(text.p, text.n, &end, false);
    MUST(doc != NULL, "%s is no JSON at byte %td", format, end == NULL ? -1 : end - text.p);
    size_t used = (size_t)(end - text.p);
    MUST(str_trim(str_from(text, used)).n == 0, "%s: something is behind the JSON", format);
    cJSON_Delete(doc);
}

static void must_be_lines_of_json(const char *format, struct str text)
{
    struct str line;
    while (str_cut(&text, '\n', &line))
        must_be_json(format, line);
}

/* Our own reader takes what we write. */
static void must_be_read(struct report *r, const char *format, struct str text)
{
    struct sources sources = {0};
    struct diags diags = {.arena = r->arena};
    struct packs offered = {0};
    struct saved *s = saved_new(r->arena, sets_new(r->arena), &sources, &diags, &offered);
    saved_read(s, source_add(r->arena, &sources, STR("result"), text));
    for (size_t i = 0; i < diags.n; i++)
        MUST(diags.v[i].level < DIAG_INCOMPLETE, "%s is not read back: %.*s", format,
             STR_ARG(diags.v[i].message));
}

/* ---- CSV ----------------------------------------------------------------------------------------
 */

struct rows {
    size_t cells, columns, rows;
};

static void cell(void *text, size_t n, void *ctx)
{
    struct rows *t = ctx;
    const char *p = text;
    t->cells++;
    MUST(n == 0 || p[0] == '\0' || strchr("=+-@\t", p[0]) == NULL, "csv: a cell is a formula: %.*s",
         (int)n, p);
}

static void row(int end, void *ctx)
{
    struct rows *t = ctx;
    (void)end;
    if (t->rows++ == 0)
        t->columns = t->cells;
    MUST(t->cells == t->columns, "csv: row %zu has %zu cells of %zu", t->rows, t->cells,
         t->columns);
    t->cells = 0;
}

static void must_be_csv(struct str text)
{
    struct csv_parser p;
    struct rows t = {0};
    MUST(csv_init(&p, CSV_STRICT | CSV_STRICT_FINI) == 0, "no libcsv");
    bool good =
        csv_parse(&p, text.p, text.n, cell, row, &t) == text.n && csv_fini(&p, cell, row, &t) == 0;
    MUST(good, "csv: %s", csv_strerror(csv_error(&p)));
    csv_free(&p);
    MUST(t.rows != 0, "csv: no row");
}

/* ---- markup -------------------------------------------------------------------------------------
 */

/* Elements without an end in HTML. */
static bool is_void(struct str name)
{
    static const char *const names[] = {"meta", "link", "br", "hr", "img", "input", "col"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_eq(name, str_of(names[i])))
            return true;
    return false;
}

static struct str tag_name(struct str tag)
{
    size_t n = 0;
    while (n < tag.n && (char_is_digit(tag.p[n]) || tag.p[n] == ':' || tag.p[n] == '-' ||
                         (char_lower(tag.p[n]) >= 'a' && char_lower(tag.p[n]) <= 'z')))
        n++;
    return str_sub(tag, 0, n);
}

/* Bytes of the tag that TEXT begins with, quoted values respected. */
static size_t tag_length(struct str text)
{
    char quote = 0;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (quote == 0 && c == '>')
            return i + 1;
        MUST(i == 0 || c != '<', "markup: < inside a tag: %.*s", (int)i, text.p);
        if (quote == 0 && (c == '"' || c == '\''))
            quote = c;
        else if (c == quote)
            quote = 0;
    }
    fuzz_broken("markup: a tag without end");
}

static void must_be_entity(struct str text)
{
    size_t end = str_find(text, ';');
    MUST(end > 1 && end < 10 && end < text.n, "markup: a bare &: %.*s",
         (int)(text.n < 20 ? text.n : 20), text.p);
}

/* Tags nest, and there are no scripts, handlers or links to elsewhere that we did not write. */
static void must_be_markup(const char *format, struct arena *a, struct str text)
{
    struct strs open = {0};
    for (size_t i = 0; i < text.n;) {
        struct str rest = str_from(text, i);
        if (rest.p[0] == '&')
            must_be_entity(rest);
        if (rest.p[0] != '<') {
            i++;
            continue;
        }
        size_t n = tag_length(rest);
        i += n;
        struct str tag = str_sub(rest, 1, n - 2);
        if (tag.p[0] == '!' || tag.p[0] == '?')
            continue;
        bool end = tag.p[0] == '/', whole = str_ends(tag, STR("/"));
        struct str name = tag_name(str_from(tag, end));
        MUST(name.n != 0, "%s: a bare <", format);
        MUST(!str_eq_nocase(name, STR("script")), "%s: a script", format);
        MUST(str_search_nocase(tag, STR(" on")) == tag.n ||
                 str_search(tag, STR("=")) < str_search_nocase(tag, STR(" on")),
             "%s: a handler: %.*s", format, STR_ARG(tag));
        if (end) {
            MUST(open.n != 0 && str_eq(open.v[open.n - 1], name), "%s: </%.*s> closes %.*s", format,
                 STR_ARG(name), open.n == 0 ? 0 : (int)open.v[open.n - 1].n,
                 open.n == 0 ? "" : open.v[open.n - 1].p);
            open.n--;
        } else if (!whole && !is_void(name)) {
            *PUSH(a, open) = name;
        }
        if (str_eq(name, STR("style")) && !end) /* no markup up to its end */
            i += str_search(str_from(text, i), STR("</style>"));
    }
    MUST(open.n == 0, "%s: %zu elements are not closed", format, open.n);
}

/* ---- all of them --------------------------------------------------------------------------------
 */

static void must_be_well_formed(struct report *r, const char *format, struct str text)
{
    struct str name = str_of(format);
    if (str_eq(name, STR("json")) || str_eq(name, STR("sarif")) || str_eq(name, STR("gitlab")))
        must_be_json(format, text);
    if (str_eq(name, STR("jsonl")))
        must_be_lines_of_json(format, text);
    if (str_eq(name, STR("json")) || str_eq(name, STR("jsonl")))
        must_be_read(r, format, text);
    if (str_eq(name, STR("csv")))
        must_be_csv(text);
    if (str_eq(name, STR("html")) || str_eq(name, STR("junit")))
        must_be_markup(format, r->arena, text);
    must_be_safe(format, r->arena, text);
}

void fuzz_reports(struct report *r)
{
    for (size_t i = 0; i < n_reporters; i++) {
        struct out o = {.arena = r->arena};
        reporters[i]->write(r, &o);
        must_be_well_formed(r, reporters[i]->name, out_taken(&o));
    }
}
