#include "base/base.h"

#include <string.h>

const char *const diag_level_names[4] = {"note", "warning", "incomplete", "error"};

static void add_utf8(struct out *o, uint32_t c)
{
    if (c < 0x80) {
        out_char(o, (char)c);
        return;
    }
    int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const uint8_t heads[] = {0, 0xc0, 0xe0, 0xf0};
    out_char(o, (char)(heads[more] | c >> 6 * more));
    while (more-- > 0)
        out_char(o, (char)(0x80 | (c >> 6 * more & 0x3f)));
}

/* Text in UTF-16 with a byte order mark as UTF-8; other bytes as they are. */
static struct str from_utf16(struct arena *a, struct str s)
{
    bool little = str_starts(s, STR("\xff\xfe")), big = str_starts(s, STR("\xfe\xff"));
    if (!little && !big)
        return s;
    struct out o = {.arena = a};
    uint32_t high = 0; /* first half of a pair */
    for (size_t i = 2; i + 1 < s.n; i += 2) {
        uint32_t lo = (uint8_t)s.p[i + big], hi = (uint8_t)s.p[i + little];
        uint32_t unit = hi << 8 | lo;
        bool second = unit >= 0xdc00 && unit < 0xe000;
        if (high != 0 && second)
            add_utf8(&o, 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00));
        else if (high != 0 || second)
            add_utf8(&o, 0xfffd);
        high = unit >= 0xd800 && unit < 0xdc00 ? unit : 0;
        if (high == 0 && !second)
            add_utf8(&o, unit);
    }
    if (high != 0 || s.n % 2 != 0)
        add_utf8(&o, 0xfffd);
    return out_taken(&o);
}

struct source *source_add(struct arena *a, struct sources *all, struct str path, struct str bytes)
{
    struct source *s = NEW(a, struct source);
    s->path = path;
    s->index = (uint32_t)all->n;
    s->given = bytes;
    bytes = s->bytes = from_utf16(a, bytes);

    size_t lines = 0;
    for (struct str rest = bytes; rest.n != 0; lines++)
        rest = str_from(rest, str_find(rest, '\n') + 1);
    uint32_t *starts = NEW_N(a, uint32_t, lines + 1);
    size_t at = 0;
    for (size_t i = 0; i < lines; i++) {
        starts[i] = (uint32_t)at;
        at += str_find(str_from(bytes, at), '\n') + 1;
    }
    starts[lines] = (uint32_t)bytes.n;
    s->starts = starts;
    s->n_lines = (uint32_t)lines;
    s->classes = NEW_N(a, uint8_t, lines + 1);
    *PUSH(a, *all) = s;
    return s;
}

struct str source_sha256(struct arena *a, const struct source *s)
{
    struct sha256 sum;
    uint8_t digest[32];
    if (s->saved != NULL)
        return s->saved->sha256;
    sha256_start(&sum);
    sha256_add(&sum, s->given.p, s->given.n);
    sha256_end(&sum, digest);
    return sha256_hex(a, digest);
}

static struct str saved_line(const struct saved_source *s, uint32_t line)
{
    size_t lo = 0, hi = s->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (s->v[mid].line < line)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < s->n && s->v[lo].line == line ? s->v[lo].text : STR("");
}

struct str source_line(const struct source *s, uint32_t line)
{
    if (s->saved != NULL)
        return saved_line(s->saved, line);
    if (line == 0 || line > s->n_lines)
        return (struct str){"", 0};
    uint32_t from = s->starts[line - 1];
    struct str text = str_sub(s->bytes, from, s->starts[line] - from);
    while (text.n != 0 && (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == '\r'))
        text.n--;
    return text;
}

void source_class(struct source *s, uint32_t line, enum line_class class)
{
    if (line != 0 && line <= s->n_lines && s->classes[line - 1] < (uint8_t) class)
        s->classes[line - 1] = (uint8_t) class;
}

void source_class_span(struct source *s, struct span at, enum line_class class)
{
    for (uint32_t line = at.line; line <= at.end_line && line <= s->n_lines; line++)
        source_class(s, line, class);
}

void source_counts(const struct source *s, uint32_t counts[4])
{
    memset(counts, 0, 4 * sizeof *counts);
    if (s->saved != NULL) {
        memcpy(counts, s->saved->counts, sizeof s->saved->counts);
        return;
    }
    for (uint32_t i = 0; i < s->n_lines; i++)
        counts[s->classes[i]]++;
}

size_t source_size(const struct source *s)
{
    return s->saved != NULL ? s->saved->bytes : s->bytes.n;
}

struct span span_of(const struct source *s, uint32_t line, struct str part)
{
    struct str text = source_line(s, line);
    if (part.p < text.p || part.p + part.n > text.p + text.n)
        return span_line(s, line);
    uint32_t col = (uint32_t)(part.p - text.p) + 1;
    return (struct span){s->index, line, col, line, col + (uint32_t)part.n};
}

struct span span_line(const struct source *s, uint32_t line)
{
    struct str text = source_line(s, line);
    struct str shown = str_trim(text);
    uint32_t col = shown.n == 0 ? 1 : (uint32_t)(shown.p - text.p) + 1;
    return (struct span){s->index, line, col, line, col + (uint32_t)shown.n};
}

struct diag *diag_add(struct diags *d, enum diag_level level, struct span at, const char *fmt, ...)
{
    bool known = d->worst[level];
    d->worst[level] = true;
    if (d->n >= DIAGS_MAX && known) {
        d->dropped++;
        return &d->spare;
    }
    struct diag *diag = PUSH(d->arena, *d);
    va_list ap;
    va_start(ap, fmt);
    *diag = (struct diag){level, at, arena_vstrf(d->arena, fmt, ap), {"", 0}};
    va_end(ap);
    return diag;
}

void diags_join(struct diags *d, const struct diags *more)
{
    for (size_t i = 0; i < more->n; i++)
        *PUSH(d->arena, *d) = more->v[i];
    for (size_t i = 0; i < 4; i++)
        d->worst[i] = d->worst[i] || more->worst[i];
    d->dropped += more->dropped;
}
