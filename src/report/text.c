#include "report/text_int.h"

/* ---- the pen ------------------------------------------------------------------------------------
 */

struct pen pen_of(const struct report *r, struct out *o)
{
    return (struct pen){
        .o = o,
        .arena = r->arena,
        .color = r->color,
        .utf8 = r->utf8,
        .width = r->width == 0 ? SIZE_MAX : r->width,
        .whole = r->verbosity > 0,
        .links = r->links,
        .cwd = r->cwd,
    };
}

enum style severity_style(enum severity s)
{
    static const enum style styles[] = {STYLE_NOTE, STYLE_WARNING, STYLE_ERROR};
    return styles[s];
}

void pen_style(struct pen *p, enum style s)
{
    static const char *const codes[] = {
        [STYLE_PLAIN] = "0",    [STYLE_BOLD] = "1",       [STYLE_DIM] = "2",
        [STYLE_ERROR] = "1;31", [STYLE_WARNING] = "1;33", [STYLE_NOTE] = "1;36",
        [STYLE_GOOD] = "1;32",  [STYLE_FIX] = "32",       [STYLE_GUTTER] = "34",
    };
    if (p->color)
        out_fmt(p->o, "\033[%sm", codes[s]);
}

void pen_text(struct pen *p, enum style s, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    struct str text = arena_vstrf(p->arena, fmt, ap);
    va_end(ap);
    if (s != STYLE_PLAIN)
        pen_style(p, s);
    out_str(p->o, text);
    if (s != STYLE_PLAIN)
        pen_style(p, STYLE_PLAIN);
}

/* Nothing but what RFC 3986 leaves as it is: no byte of a name ends the sequence. */
static void url_path(struct out *o, struct str path)
{
    for (size_t i = 0; i < path.n; i++) {
        unsigned char c = (unsigned char)path.p[i];
        bool plain = char_is_digit(path.p[i]) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     c == '/' || c == '.' || c == '-' || c == '_' || c == '~';
        out_fmt(o, plain ? "%c" : "%%%02X", c);
    }
}

/* OSC 8: gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda */
void pen_link(struct pen *p, const struct place *to, struct str text)
{
    struct str path = to->source->path;
    if (!p->links || str_eq(path, STR("-"))) {
        out_str(p->o, text);
        return;
    }
    out_text(p->o, "\033]8;;file://");
    if (!str_starts(path, STR("/"))) {
        url_path(p->o, p->cwd);
        out_char(p->o, '/');
    }
    url_path(p->o, path);
    out_fmt(p->o, "#L%u\033\\%.*s\033]8;;\033\\", to->at.line, STR_ARG(text));
}

static bool is_ascii(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0x80)
            return false;
    return true;
}

struct str pen_safe(const struct pen *p, struct str s)
{
    s = str_safe(p->arena, s);
    if (p->utf8 || is_ascii(s))
        return s;
    struct out o = {.arena = p->arena};
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c < 0x80)
            out_char(&o, s.p[i]);
        else if (c >= 0xc0)
            out_char(&o, '?');
    }
    return out_taken(&o);
}

size_t text_width(struct str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
    return n;
}

struct str pen_line_start(const struct pen *p, struct str s)
{
    struct str head = str_sub(s, 0, str_find(s, ' '));
    struct ival range;
    enum family family;
    if (!str_starts(s, STR("::")) || range_parse(head, &family, &range, NULL))
        return s;
    return arena_strf(p->arena, "\\x3a%.*s", STR_ARG(str_from(s, 1)));
}

void pen_wrap(struct pen *p, size_t column, size_t indent, struct str text)
{
    struct str rest = pen_safe(p, text), word;
    bool first = true;
    while (str_word(&rest, &word)) {
        size_t width = text_width(word);
        if (!first && column + 1 + width > p->width) {
            out_fmt(p->o, "\n%*s", (int)indent, "");
            column = indent;
            first = true;
        }
        if (!first) {
            out_char(p->o, ' ');
            column++;
        }
        out_str(p->o, first ? pen_line_start(p, word) : word);
        column += width;
        first = false;
    }
    out_char(p->o, '\n');
}

void pen_row(struct pen *p, const char *label, struct str text)
{
    pen_style(p, STYLE_BOLD);
    out_fmt(p->o, "  %-*s", ROW_INDENT - 2, label);
    pen_style(p, STYLE_PLAIN);
    pen_wrap(p, ROW_INDENT, ROW_INDENT, text);
}

/* ---- the report ---------------------------------------------------------------------------------
 */

static void write_text(const struct report *r, struct out *o)
{
    struct pen p = pen_of(r, o), one = p;
    one.arena = arena_child(r->arena); /* findings are many */
    for (size_t i = 0; i < r->result->findings.n; i++) {
        text_finding(&one, r, &r->result->findings.v[i]);
        arena_reset(one.arena);
    }
    arena_free(one.arena);
    text_tail(&p, r);
}

const struct reporter reporter_text = {"text", "for people, with excerpts and fixes", write_text};
