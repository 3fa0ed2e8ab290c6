/* Findings in a table (CSV): which row and column they stand in, as people look for them. */
#include "check/check_int.h"

#include <stdlib.h>

struct row {
    uint32_t file, line, end_line, number;
};

struct rows {
    struct row *v;
    size_t n, cap;
};

static int by_line(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    if (x->file != y->file)
        return x->file < y->file ? -1 : 1;
    return (x->line > y->line) - (x->line < y->line);
}

static struct rows rows_of(struct check *c)
{
    struct rows rows = {0};
    for (size_t i = 0; i < c->policy->chains.n; i++)
        for (size_t k = 0; k < c->policy->chains.v[i]->n_rules; k++) {
            const struct rule *r = c->policy->chains.v[i]->rules[k];
            if (r->number != 0)
                *PUSH(c->arena, rows) =
                    (struct row){r->at.file, r->at.line, r->at.end_line, r->number};
        }
    if (rows.n != 0)
        qsort(rows.v, rows.n, sizeof *rows.v, by_line);
    return rows;
}

/* The last row that begins at or before AT, if AT lies in it. */
static const struct row *find_row(const struct rows *rows, struct span at)
{
    const struct row key = {.file = at.file, .line = at.line};
    size_t lo = 0, hi = rows->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (by_line(&rows->v[mid], &key) <= 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    const struct row *r = lo == 0 ? NULL : &rows->v[lo - 1];
    return r == NULL || r->file != at.file || at.line > r->end_line ? NULL : r;
}

/* The column that AT begins in: separators that no quote holds, from the row's first line on. */
static size_t column_of(const struct source *s, const struct table *t, const struct row *r,
                        struct span at)
{
    size_t from = s->starts[r->line - 1], to = s->starts[at.line - 1] + at.col - 1, column = 0;
    bool quoted = false;
    for (size_t i = from; i < to && i < s->bytes.n; i++) {
        quoted = quoted != (s->bytes.p[i] == '"');
        column += !quoted && s->bytes.p[i] == t->separator;
    }
    return column;
}

static const struct table *table_of(const struct policy *p, uint32_t file)
{
    for (size_t i = 0; i < p->tables.n; i++)
        if (p->tables.v[i].file == file)
            return &p->tables.v[i];
    return NULL;
}

static void say_row(struct check *c, const struct rows *rows, struct finding *f)
{
    const struct table *t = table_of(c->policy, f->at.file);
    const struct row *r = t == NULL || f->at.line == 0 ? NULL : find_row(rows, f->at);
    if (r == NULL)
        return;
    struct str column = STR("");
    bool whole = f->at.line == r->line && f->at.col == 1;
    if (!whole) {
        size_t i = column_of(c->sources->v[f->at.file], t, r, f->at);
        column = i < t->columns.n ? arena_strf(c->arena, ", column %.*s", STR_ARG(t->columns.v[i]))
                                  : arena_strf(c->arena, ", column %zu", i + 1);
    }
    f->message =
        arena_strf(c->arena, "row %u%.*s: %.*s", r->number, STR_ARG(column), STR_ARG(f->message));
}

void say_rows(struct check *c, size_t first)
{
    if (c->policy->tables.n == 0 || first == c->result->findings.n)
        return;
    struct rows rows = rows_of(c);
    for (size_t i = first; i < c->result->findings.n; i++)
        say_row(c, &rows, &c->result->findings.v[i]);
}
