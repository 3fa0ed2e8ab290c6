/* Rows and cells by libcsv, which tells no places: lines and columns are counted along. A row that
 * cannot be read is told, and reading goes on in the next line. */
#include "import/csv_int.h"

#include <csv.h>
#include <string.h>

#define RETRIES_MAX 100 /* broken rows: each may have been read to the end of the file */

struct reading {
    struct import *im;
    struct source *source;
    csv_row_fn *fn;
    void *ctx;
    struct csv_parser *parser;
    struct csv_row row;
    struct out text;              /* of the row's cells */
    uint32_t line, col;           /* of the byte that libcsv is given next */
    uint32_t cell_line, cell_col; /* where the cell that is being read begins */
    bool in_cell, latin1, stopped;
};

char csv_separator(struct str head)
{
    static const char candidates[] = {',', ';', '\t', '|'};
    char best = ',';
    size_t most = 0;
    for (size_t i = 0; i < sizeof candidates; i++) {
        size_t lines = 0, rest_lines = 20, hits = 0;
        struct str rest = head, line;
        while (rest_lines-- > 0 && str_cut(&rest, '\n', &line)) {
            size_t n = 0;
            bool quoted = false;
            for (size_t k = 0; k < line.n; k++) {
                quoted = quoted != (line.p[k] == '"');
                n += !quoted && line.p[k] == candidates[i];
            }
            hits += n;
            lines += n != 0;
        }
        if (lines * 1000 + hits > most) {
            most = lines * 1000 + hits;
            best = candidates[i];
        }
    }
    return best;
}

bool csv_is_utf8(struct str s)
{
    for (size_t i = 0; i < s.n;) {
        unsigned char c = (unsigned char)s.p[i++];
        size_t more = c < 0x80 ? 0 : c >= 0xc2 && c < 0xe0 ? 1 : c >= 0xe0 && c < 0xf0 ? 2 : 3;
        if (c >= 0x80 && (c < 0xc2 || c > 0xf4))
            return false;
        for (; more > 0; more--)
            if (i == s.n || ((unsigned char)s.p[i++] & 0xc0) != 0x80)
                return false;
    }
    return true;
}

static void add_text(struct reading *r, struct str s)
{
    if (!r->latin1) {
        out_str(&r->text, s);
        return;
    }
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c >= 0x80)
            out_char(&r->text, (char)(0xc0 | c >> 6));
        out_char(&r->text, c < 0x80 ? (char)c : (char)(0x80 | (c & 0x3f)));
    }
}

static void on_cell(void *p, size_t n, void *ctx)
{
    struct reading *r = ctx;
    struct span at = {r->source->index, r->cell_line, r->cell_col, r->line, r->col};
    size_t start = r->text.n;
    if (n != 0)
        add_text(r, str_trim((struct str){p, n}));
    /* The buffer may move as it grows: an offset for now. */
    *PUSH(r->im->arena, r->row) = (struct csv_cell){{NULL, start}, at};
    r->in_cell = false;
}

static void tell_row(struct reading *r)
{
    for (size_t i = 0; i < r->row.n; i++) {
        size_t start = r->row.v[i].text.n;
        size_t end = i + 1 < r->row.n ? r->row.v[i + 1].text.n : r->text.n;
        r->row.v[i].text = (struct str){end == start ? "" : r->text.p + start, end - start};
    }
    r->stopped = r->stopped || !r->fn(r->ctx, &r->row);
    r->row.n = 0;
    r->row.broken = NULL;
    r->text.n = 0;
}

static void on_row(int end, void *ctx)
{
    struct reading *r = ctx;
    (void)end;
    if (r->row.n == 0 || r->stopped)
        return;
    const struct span first = r->row.v[0].at, last = r->row.v[r->row.n - 1].at;
    r->row.at = (struct span){first.file, first.line, first.col, last.end_line, last.end_col};
    tell_row(r);
}

static void free_parser(void *p)
{
    csv_free(p);
}

static bool is_special(char c, char separator)
{
    return c == separator || c == '"' || c == '\n' || c == '\r';
}

/* Ordinary bytes in one go, the others one by one, so that a cell's place is known when libcsv
 * reports it. False where it finds a mistake. */
static bool feed(struct reading *r, struct str bytes, char separator)
{
    for (size_t i = 0; i < bytes.n && !r->stopped;) {
        size_t n = 1;
        char c = bytes.p[i];
        if (!is_special(c, separator))
            while (i + n < bytes.n && !is_special(bytes.p[i + n], separator))
                n++;
        if (!r->in_cell && (r->row.n != 0 || (c != '\n' && c != '\r'))) {
            r->in_cell = true;
            r->cell_line = r->line;
            r->cell_col = r->col;
        }
        if (csv_parse(r->parser, bytes.p + i, n, on_cell, on_row, r) != n)
            return false;
        i += n;
        r->line += c == '\n';
        r->col = c == '\n' ? 1 : r->col + (uint32_t)n;
    }
    return r->stopped || csv_fini(r->parser, on_cell, on_row, r) == 0;
}

/* Tells the row that is being read as broken; the line to go on in. */
static uint32_t tell_broken(struct reading *r)
{
    uint32_t line = r->row.n != 0 ? r->row.v[0].at.line : r->cell_line;
    uint32_t column = r->row.n != 0 ? r->row.v[0].at.col : r->cell_col;
    r->row.n = 0;
    r->text.n = 0;
    r->row.at = (struct span){r->source->index, line, column, line,
                              (uint32_t)source_line(r->source, line).n + 1};
    r->row.broken = r->line > line ? "a quote is opened and not closed"
                                   : "a quote stands where it opens or closes no cell";
    if (csv_error(r->parser) == CSV_ENOMEM)
        arena_fail(r->im->arena);
    tell_row(r);
    return line + 1;
}

static bool start(struct reading *r, char separator)
{
    r->parser = NEW(r->im->arena, struct csv_parser);
    if (csv_init(r->parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
        return false;
    arena_defer(r->im->arena, free_parser, r->parser);
    csv_set_delim(r->parser, (unsigned char)separator);
    r->in_cell = false;
    return true;
}

void csv_read(struct import *im, struct source *s, csv_row_fn *fn, void *ctx)
{
    struct reading r = {.im = im, .source = s, .fn = fn, .ctx = ctx, .line = 1, .col = 1};
    r.text.arena = im->arena;
    r.latin1 = !csv_is_utf8(s->bytes);
    size_t at = str_starts(s->bytes, STR("\xef\xbb\xbf")) ? 3 : 0;
    r.col += (uint32_t)at;
    char separator = csv_separator(str_sub(s->bytes, at, 65536));
    for (size_t tries = 0; start(&r, separator) && !feed(&r, str_from(s->bytes, at), separator);
         tries++) {
        uint32_t next = tell_broken(&r);
        if (next > s->n_lines || r.stopped)
            return;
        if (tries == RETRIES_MAX) {
            diag_add(im->diags, DIAG_INCOMPLETE, span_line(s, next),
                     "more than %d rows of this CSV are broken: it is not read from here on",
                     RETRIES_MAX);
            for (; next <= s->n_lines; next++)
                source_class(s, next, LINE_NOT_MODELLED);
            return;
        }
        r.line = next;
        r.col = 1;
        at = s->starts[next - 1];
    }
}
