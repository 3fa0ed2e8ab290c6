/* Lines of an input in the text report, with a row of marks below: with pseudonyms the marks have
 * another place and length. */
#include "audit/redact.h"

/* What stands behind the gutter, "12 | " or "   | "; false if LINE has none. */
static bool behind_gutter(struct str line, bool *numbered, struct str *text)
{
    size_t i = 0;
    *numbered = false;
    for (; i < line.n && (line.p[i] == ' ' || char_is_digit(line.p[i])); i++)
        *numbered = *numbered || char_is_digit(line.p[i]);
    *text = str_from(line, i + 2);
    return i + 1 < line.n && line.p[i] == '|' && line.p[i + 1] == ' ';
}

static bool goes_on(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* Bytes of the first N characters of S. */
static size_t bytes_of(struct str s, size_t n)
{
    size_t i = 0;
    for (; i < s.n && (n > 0 || goes_on(s.p[i])); i++)
        n -= !goes_on(s.p[i]);
    return i;
}

static size_t width_of(struct str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += !goes_on(s.p[i]);
    return n;
}

bool redact_marks(struct str line, struct str below, struct marks *m)
{
    bool numbered, below_numbered;
    struct str text, row;
    if (!behind_gutter(line, &numbered, &text) || !numbered ||
        !behind_gutter(below, &below_numbered, &row) || below_numbered)
        return false;
    size_t from = 0, to;
    while (from < row.n && row.p[from] == ' ')
        from++;
    for (to = from; to < row.n && (row.p[to] == '^' || row.p[to] == '-'); to++)
        continue;
    if (to == from)
        return false;
    m->before = str_sub(text, 0, bytes_of(text, from));
    text = str_from(text, m->before.n);
    m->marked = str_sub(text, 0, bytes_of(text, to - from));
    m->behind = str_from(text, m->marked.n);
    m->gutter = str_sub(line, 0, (size_t)(m->before.p - line.p));
    m->gutter_below = str_sub(below, 0, (size_t)(row.p - below.p));
    m->mark = row.p[from];
    m->label = str_from(row, to);
    return true;
}

void redact_put_marks(struct out *o, const struct marks *m)
{
    out_str(o, m->gutter_below);
    for (size_t i = width_of(m->before); i > 0; i--)
        out_char(o, ' ');
    size_t n = width_of(m->marked);
    for (size_t i = 0; i < (n == 0 ? 1 : n); i++)
        out_char(o, m->mark);
    out_str(o, m->label);
}
