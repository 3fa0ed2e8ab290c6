#include "report/text_int.h"

#include <stdlib.h>

/* The part of a long line that is shown. */
struct window {
    struct str text; /* slice of the line */
    bool cut_left, cut_right;
};

static bool inside_sequence(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* About WIDTH columns of LINE, with column COL (from 1) among them. */
static struct window window_of(struct str line, uint32_t col, size_t width)
{
    size_t from = 0, to = line.n;
    if (line.n > width) {
        from = col > width / 2 ? col - width / 4 : 0;
        if (from + width > line.n)
            from = line.n - width;
        to = from + width;
    }
    while (from > 0 && from < line.n && inside_sequence(line.p[from]))
        from--;
    while (to < line.n && inside_sequence(line.p[to]))
        to++;
    return (struct window){str_sub(line, from, to - from), from != 0, to != line.n};
}

/* Safe, and tabs as one blank each: what is counted in columns. */
static struct str shown(const struct pen *p, struct str s)
{
    struct str safe = pen_safe(p, s);
    if (str_find(safe, '\t') == safe.n)
        return safe;
    char *copy = arena_cstr(p->arena, safe);
    for (size_t i = 0; i < safe.n; i++)
        if (copy[i] == '\t')
            copy[i] = ' ';
    return (struct str){copy, safe.n};
}

static const char *ellipsis(const struct pen *p)
{
    return p->utf8 ? "…" : "...";
}

static void gutter(struct pen *p, size_t digits, uint32_t line)
{
    pen_style(p, STYLE_GUTTER);
    if (line != 0)
        out_fmt(p->o, "%*u | ", (int)digits, line);
    else
        out_fmt(p->o, "%*s | ", (int)digits, "");
    pen_style(p, STYLE_PLAIN);
}

static void blank_gutter(struct pen *p, size_t digits)
{
    pen_text(p, STYLE_GUTTER, "%*s |", (int)digits, "");
    out_char(p->o, '\n');
}

/* The row of carets below W, a part of LINE, and its label. */
static void underline(struct pen *p, size_t digits, const struct window *w, struct str line,
                      const struct mark *m)
{
    struct span at = m->place.at;
    size_t start = (size_t)(w->text.p - line.p), end = start + w->text.n;
    size_t from = at.col - 1, to = at.end_line > at.line ? line.n : at.end_col - 1;
    from = from < start ? start : from > end ? end : from;
    to = to < from ? from : to > end ? end : to;
    size_t before = text_width(shown(p, str_sub(line, start, from - start)));
    size_t marks = text_width(shown(p, str_sub(line, from, to - from)));
    before += w->cut_left ? text_width(str_of(ellipsis(p))) : 0;
    gutter(p, digits, 0);
    out_fmt(p->o, "%*s", (int)before, "");
    pen_style(p, m->primary ? STYLE_ERROR : STYLE_GUTTER);
    for (size_t i = 0; i < (marks == 0 ? 1 : marks); i++)
        out_char(p->o, m->primary ? '^' : '-');
    pen_style(p, STYLE_PLAIN);
    size_t column = digits + 3 + before + marks;
    if (m->label.n == 0) {
        out_char(p->o, '\n');
    } else if (column + 1 + text_width(m->label) <= p->width) {
        out_char(p->o, ' ');
        pen_wrap(p, column + 1, digits + 3, m->label);
    } else {
        out_char(p->o, '\n');
        gutter(p, digits, 0);
        pen_wrap(p, digits + 3, digits + 3, m->label);
    }
}

static void heading(struct pen *p, size_t digits, const struct mark *m, bool first, struct str note)
{
    pen_text(p, STYLE_GUTTER, "%*s%s ", (int)digits, "", first ? "-->" : ":::");
    pen_link(p, &m->place,
             arena_strf(p->arena, "%.*s:%u:%u", STR_ARG(pen_safe(p, m->place.source->path)),
                        m->place.at.line, m->place.at.col));
    if (note.n != 0)
        pen_text(p, STYLE_DIM, "  %.*s", STR_ARG(pen_safe(p, note)));
    out_char(p->o, '\n');
    blank_gutter(p, digits);
}

/* The primary mark's file first, then by file and place. */
static int by_place(const void *x, const void *y)
{
    const struct mark *a = x, *b = y;
    const struct span s = a->place.at, t = b->place.at;
    if (s.file != t.file)
        return s.file < t.file ? -1 : 1;
    if (s.line != t.line)
        return s.line < t.line ? -1 : 1;
    return (s.col > t.col) - (s.col < t.col);
}

static size_t digits_of(const struct mark *marks, size_t n)
{
    uint32_t most = 1;
    for (size_t i = 0; i < n; i++)
        if (marks[i].place.at.line > most)
            most = marks[i].place.at.line;
    size_t digits = 1;
    for (; most >= 10; most /= 10)
        digits++;
    return digits;
}

static void one_file(struct pen *p, size_t digits, struct mark *marks, size_t n)
{
    qsort(marks, n, sizeof *marks, by_place);
    for (size_t i = 0; i < n; i++) {
        const struct mark *m = &marks[i];
        struct str line = source_line(m->place.source, m->place.at.line);
        size_t room = p->width > digits + 20 ? p->width - digits - 9 : 20;
        struct window w = window_of(line, m->place.at.col, room);
        bool again = i > 0 && marks[i - 1].place.at.line == m->place.at.line;
        if (i > 0 && !again && marks[i - 1].place.at.line + 1 < m->place.at.line) {
            pen_text(p, STYLE_GUTTER, "%s", ellipsis(p));
            out_char(p->o, '\n');
        }
        if (!again || w.cut_left) {
            gutter(p, digits, m->place.at.line);
            out_fmt(p->o, "%s%.*s%s\n", w.cut_left ? ellipsis(p) : "", STR_ARG(shown(p, w.text)),
                    w.cut_right ? ellipsis(p) : "");
        }
        underline(p, digits, &w, line, m);
    }
    blank_gutter(p, digits);
}

void excerpt(struct pen *p, const struct mark *marks, size_t n, struct str note)
{
    size_t digits = digits_of(marks, n);
    bool *done = NEW_N(p->arena, bool, n);
    struct mark *here = NEW_N(p->arena, struct mark, n);
    for (size_t i = 0; i < n; i++) {
        if (done[i] || marks[i].place.source == NULL)
            continue;
        size_t k = 0;
        for (size_t j = i; j < n; j++)
            if (marks[j].place.source == marks[i].place.source) {
                here[k++] = marks[j];
                done[j] = true;
            }
        heading(p, digits, &marks[i], i == 0, i == 0 ? note : STR(""));
        one_file(p, digits, here, k);
    }
}
