/* Rows and cells by libcsv, which tells no places: lines and columns are counted along. A row that
 * cannot be read is told, and reading goes on in the next line. */
#include "import/csv_int.h"

#include <csv.h>
#include <string.h>

/* Broken rows, and the bytes that are read again behind them: each may have run to the end. */
#define RETRIES_MAX 100
#define REREAD_MAX ((size_t)1 << 30)

struct reading {
    struct import *im;
    struct source *source;
    csv_row_fn *fn;
    void *ctx;
    struct csv_parser *parser;
    struct csv_row row;
    struct out text;    /* of the row's cells that are not in the file as they are */
    size_t at, cell_at; /* offsets in the file: of the byte that is next, of the cell */
    uint32_t line, col; /* of the byte that is next */
    struct csv_dialect dialect;
    bool special[256]; /* bytes that may end a cell, or quote it */
    bool in_cell, stopped;
};

static size_t mark_of(const struct source *s)
{
    return str_starts(s->bytes, STR("\xef\xbb\xbf")) ? 3 : 0;
}

char csv_separator_of(const struct source *s)
{
    struct str head = str_sub(s->bytes, mark_of(s), 65536);
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

static bool is_utf8(struct str s)
{
    for (size_t i = 0; i < s.n;) {
        uint64_t eight;
        for (; i + sizeof eight <= s.n; i += sizeof eight) { /* mostly ASCII */
            memcpy(&eight, s.p + i, sizeof eight);
            if ((eight & 0x8080808080808080u) != 0)
                break;
        }
        if (i == s.n)
            break;
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

struct csv_dialect csv_dialect_of(const struct source *s)
{
    return (struct csv_dialect){.separator = csv_separator_of(s), .latin1 = !is_utf8(s->bytes)};
}

struct str csv_keep(struct arena *a, const struct source *s, struct str text)
{
    return text.n == 0 ? (struct str){"", 0} : csv_stands_in(s, text) ? text : arena_copy(a, text);
}

static void add_text(struct reading *r, struct str s)
{
    if (!r->dialect.latin1) {
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

/* Whether TEXT is UTF-8 where it stands. */
static bool is_as_it_is(const struct reading *r, struct str text)
{
    bool as_is = !r->dialect.latin1 || text.n == 0;
    for (size_t i = 0; i < text.n && !as_is && (unsigned char)text.p[i] < 0x80; i++)
        as_is = i + 1 == text.n;
    return as_is;
}

/* TEXT, which libcsv found in the cell, where it stands in the file; NULL if it is not there as it
 * is (quotes in quotes, Latin-1). */
static const char *in_file(const struct reading *r, struct str text)
{
    struct str cell = str_trim(str_sub(r->source->bytes, r->cell_at, r->at - r->cell_at));
    if (cell.n >= 2 && cell.p[0] == '"')
        cell = str_trim(str_sub(cell, 1, cell.n - 2));
    return is_as_it_is(r, text) && str_eq(cell, text) ? cell.p : NULL;
}

struct span csv_cell_at(const struct source *s, const struct csv_row *row,
                        const struct csv_cell *cell)
{
    size_t from = (size_t)(cell->whole.p - s->bytes.p), to = from + cell->whole.n;
    uint32_t line = row->at.line, end_line;
    while (line < s->n_lines && s->starts[line] <= from)
        line++;
    for (end_line = line; end_line < s->n_lines && s->starts[end_line] <= to;)
        end_line++;
    return (struct span){s->index, line, (uint32_t)(from - s->starts[line - 1]) + 1, end_line,
                         (uint32_t)(to - s->starts[end_line - 1]) + 1};
}

static inline struct csv_cell *new_cell(struct reading *r)
{
    return r->row.n < r->row.cap ? &r->row.v[r->row.n++] : PUSH(r->im->arena, r->row);
}

static void add_cell(struct reading *r, struct str text, const char *in_file, struct str whole)
{
    struct csv_cell *cell = new_cell(r);
    cell->whole = whole;
    cell->text = (struct str){text.n == 0 ? "" : in_file, text.n};
    if (cell->text.p == NULL) { /* the buffer may move as it grows: its end for now */
        add_text(r, text);
        cell->text.n = r->text.n;
    }
}

static void on_cell(void *p, size_t n, void *ctx)
{
    struct reading *r = ctx;
    struct str text = n == 0 ? (struct str){"", 0} : str_trim((struct str){p, n});
    add_cell(r, text, text.n == 0 ? "" : in_file(r, text),
             str_sub(r->source->bytes, r->cell_at, r->at - r->cell_at));
    r->in_cell = false;
}

static void tell_row(struct reading *r)
{
    size_t start = 0;
    for (size_t i = 0; r->text.n != 0 && i < r->row.n; i++) {
        struct str *text = &r->row.v[i].text;
        size_t end = text->n;
        if (text->p != NULL)
            continue;
        *text = (struct str){r->text.p + start, end - start};
        start = end;
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
    r->row.at.end_line = r->line;
    r->row.at.end_col = r->col;
    if (r->row.n != 0 && !r->stopped)
        tell_row(r);
}

/* ---- plain rows -------------------------------------------------------------------------------
 */

/* Where a reading of a plain row is. */
struct place {
    const char *p, *line_start; /* the latter would be in column 1 */
    uint32_t line;
};

static const char *skip_plain(const bool *special, const char *p, const char *end)
{
    while (end - p >= 4 && !(special[(unsigned char)p[0]] | special[(unsigned char)p[1]] |
                             special[(unsigned char)p[2]] | special[(unsigned char)p[3]]))
        p += 4;
    while (p < end && !special[(unsigned char)*p])
        p++;
    return p;
}

/* Behind what stands between AT, a quote, and the next one; NULL if there is none. */
static const char *skip_quoted(struct place *at, const char *end)
{
    const char *p = at->p + 1;
    for (; p < end && *p != '"'; p++)
        if (*p == '\n') {
            at->line++;
            at->line_start = p + 1;
        }
    return p < end ? p : NULL;
}

static bool is_space(char c)
{
    return (unsigned char)c <= ' '; /* of str_trim(), and more */
}

static struct str trimmed(const char *p, const char *end)
{
    struct str text = {p, (size_t)(end - p)};
    return text.n != 0 && (is_space(*p) || is_space(end[-1])) ? str_trim(text) : text;
}

static bool ends_row(const char *p, const char *end)
{
    return p == end || *p == '\n' || *p == '\r';
}

/* Adds a cell that is bare, or in one pair of quotes, and goes behind it. False where it is
 * neither, or all of a row and blank: such rows are none. */
static bool plain_cell(struct reading *r, struct place *at, const char *end)
{
    const char *from = at->p, *to;
    bool quoted = from < end && *from == '"';
    to = quoted ? skip_quoted(at, end) : skip_plain(r->special, from, end);
    if (from == end || to == NULL)
        return false;
    struct str text = trimmed(from + quoted, to);
    at->p = to + quoted;
    bool last = ends_row(at->p, end);
    if ((!last && *at->p != r->dialect.separator) || (last && r->row.n == 0 && text.n == 0))
        return false;
    struct str whole = {from, (size_t)(at->p - from)};
    if (is_as_it_is(r, text))
        *new_cell(r) = (struct csv_cell){text.n == 0 ? (struct str){"", 0} : text, whole};
    else
        add_cell(r, text, NULL, whole);
    return true;
}

/* Reads a row of such cells, as libcsv would; false, and nothing is read, if the next row is none:
 * it has something else in it, or nothing, or the file ends in a separator. */
static bool plain_row(struct reading *r)
{
    const struct str bytes = r->source->bytes;
    const char *end = bytes.p + bytes.n;
    struct place at = {bytes.p + r->at, bytes.p + r->at + 1 - r->col, r->line};
    bool plain;
    while ((plain = plain_cell(r, &at, end)) && !ends_row(at.p, end))
        at.p++;
    if (!plain) {
        r->row.n = r->text.n = 0;
        return false;
    }
    r->row.at = (struct span){r->source->index, r->line, r->col, at.line,
                              (uint32_t)(at.p - at.line_start) + 1};
    if (at.p < end && *at.p == '\r')
        at.p++;
    if (at.p < end && *at.p == '\n') {
        at.line_start = ++at.p;
        at.line++;
    }
    r->at = (size_t)(at.p - bytes.p);
    r->line = at.line;
    r->col = (uint32_t)(at.p - at.line_start) + 1;
    tell_row(r);
    return true;
}

/* ---- other rows -------------------------------------------------------------------------------
 */

static void free_parser(void *p)
{
    csv_free(p);
}

/* Ordinary bytes with the one behind them, so that a cell's end is known when libcsv reports it.
 * False where it finds a mistake. */
static bool feed(struct reading *r)
{
    const struct str bytes = r->source->bytes;
    while (r->at < bytes.n && !r->stopped) {
        if (!r->in_cell && r->row.n == 0 && !r->im->in_full && plain_row(r))
            continue;
        const char *p = bytes.p + r->at;
        size_t n = 0, left = bytes.n - r->at;
        while (n < left && !r->special[(unsigned char)p[n]])
            n++;
        if (!r->in_cell && (r->row.n != 0 || (*p != '\n' && *p != '\r'))) {
            if (r->row.n == 0)
                r->row.at = (struct span){r->source->index, r->line, r->col, 0, 0};
            r->in_cell = true;
            r->cell_at = r->at;
        }
        size_t with = n + (n < left);
        r->at += n;
        r->col += (uint32_t)n;
        if (csv_parse(r->parser, p, with, on_cell, on_row, r) != with)
            return false;
        if (n == left)
            break;
        r->at++;
        r->line += p[n] == '\n';
        r->col = p[n] == '\n' ? 1 : r->col + 1;
    }
    return r->stopped || csv_fini(r->parser, on_cell, on_row, r) == 0;
}

/* Tells the row that is being read as broken; the line to go on in. */
static uint32_t tell_broken(struct reading *r)
{
    const uint32_t line = r->row.at.line;
    r->row.n = 0;
    r->text.n = 0;
    r->row.at.end_line = line;
    r->row.at.end_col = (uint32_t)source_line(r->source, line).n + 1;
    r->row.broken = r->line > line ? "a quote is opened and not closed"
                                   : "a quote stands where it opens or closes no cell";
    if (csv_error(r->parser) == CSV_ENOMEM)
        arena_fail(r->im->arena);
    tell_row(r);
    return line + 1;
}

/* All that is left is one broken row. */
static void give_up(struct reading *r, uint32_t line)
{
    const struct source *s = r->source;
    struct str last = source_line(s, s->n_lines);
    r->row.at = (struct span){s->index, line, 1, s->n_lines, (uint32_t)last.n + 1};
    r->row.broken = "too many rows before it are broken: nothing is read from here on";
    tell_row(r);
}

static bool start(struct reading *r)
{
    char separator = r->dialect.separator;
    r->parser = NEW(r->im->arena, struct csv_parser);
    if (csv_init(r->parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
        return false;
    arena_defer(r->im->arena, free_parser, r->parser);
    csv_set_delim(r->parser, (unsigned char)separator);
    r->special[(unsigned char)separator] = r->special['"'] = true;
    r->special['\n'] = r->special['\r'] = true;
    r->in_cell = false;
    return true;
}

void csv_read(struct import *im, struct source *s, struct csv_dialect dialect, csv_row_fn *fn,
              void *ctx)
{
    struct reading r = {.im = im, .source = s, .fn = fn, .ctx = ctx, .line = 1, .col = 1};
    r.text.arena = im->arena;
    r.dialect = dialect;
    r.at = mark_of(s);
    r.col += (uint32_t)r.at;
    size_t reread = 0;
    for (size_t tries = 0; start(&r) && !feed(&r); tries++) {
        uint32_t next = tell_broken(&r);
        if (next > s->n_lines || r.stopped)
            return;
        reread += r.at > s->starts[next - 1] ? r.at - s->starts[next - 1] : 0;
        if (tries == RETRIES_MAX || reread > REREAD_MAX) {
            give_up(&r, next);
            return;
        }
        r.line = next;
        r.col = 1;
        r.at = s->starts[next - 1];
    }
}
