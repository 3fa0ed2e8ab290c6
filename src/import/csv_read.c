/* Rows and cells by libcsv, which tells no places: the same bytes are scanned along for lines. */
#include "import/csv_int.h"

#include <csv.h>
#include <string.h>

struct reading {
    struct import *im;
    struct source *source;
    struct csv_table *table;
    struct csv_row row;
    uint32_t line, col;           /* of the byte that libcsv is given next */
    uint32_t cell_line, cell_col; /* where the cell that is being read begins */
    bool in_cell;
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
    return most == 0 ? ',' : best;
}

static void on_cell(void *p, size_t n, void *ctx)
{
    struct reading *r = ctx;
    struct str text = arena_copy(r->im->arena, (struct str){p == NULL ? "" : p, n});
    struct span at = {r->source->index, r->cell_line, r->cell_col, r->line, r->col};
    *PUSH(r->im->arena, r->row) = (struct csv_cell){str_trim(text), at};
    r->in_cell = false;
}

static void on_row(int end, void *ctx)
{
    struct reading *r = ctx;
    (void)end;
    if (r->row.n != 0) {
        const struct span first = r->row.v[0].at, last = r->row.v[r->row.n - 1].at;
        r->row.at = (struct span){first.file, first.line, first.col, last.end_line, last.end_col};
        *PUSH(r->im->arena, *r->table) = r->row;
    }
    r->row = (struct csv_row){0};
}

static void free_parser(void *p)
{
    csv_free(p);
}

/* Byte by byte, so that a cell's place is known when libcsv reports it. */
static bool feed(struct reading *r, struct csv_parser *parser, struct str bytes)
{
    for (size_t i = 0; i < bytes.n; i++) {
        char c = bytes.p[i];
        if (!r->in_cell) {
            r->in_cell = true;
            r->cell_line = r->line;
            r->cell_col = r->col;
        }
        if (csv_parse(parser, &c, 1, on_cell, on_row, r) != 1)
            return false;
        if (c == '\n') {
            r->line++;
            r->col = 1;
        } else {
            r->col++;
        }
        if (r->row.n == 0 && c == '\n')
            r->in_cell = false;
    }
    return csv_fini(parser, on_cell, on_row, r) == 0;
}

bool csv_read(struct import *im, struct source *s, struct csv_table *table)
{
    struct csv_parser *parser = NEW(im->arena, struct csv_parser);
    struct str bytes = s->bytes;
    struct reading r = {.im = im, .source = s, .table = table, .line = 1, .col = 1};
    if (csv_init(parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) != 0)
        return false;
    arena_defer(im->arena, free_parser, parser);
    if (str_starts(bytes, STR("\xef\xbb\xbf")))
        bytes = str_from(bytes, 3);
    table->separator = csv_separator(str_sub(bytes, 0, 65536));
    csv_set_delim(parser, (unsigned char)table->separator);
    if (feed(&r, parser, bytes))
        return true;
    struct span at = {s->index, r.cell_line, r.cell_col, r.line, r.col};
    diag_add(im->diags, DIAG_INCOMPLETE, at, "the CSV ends or breaks here: %s",
             csv_strerror(csv_error(parser)));
    for (uint32_t line = r.cell_line; line <= s->n_lines; line++)
        source_class(s, line, LINE_NOT_MODELLED);
    return table->n != 0;
}
