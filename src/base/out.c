#include "base/base.h"

#include <stdio.h>
#include <string.h>

void out_bytes(struct out *o, const void *p, size_t n)
{
    if (n == 0)
        return;
    while (o->p == NULL || o->cap - o->n < n) /* room for one more doubles the buffer */
        o->p = array_room(o->arena, o->p, o->cap, &o->cap, 1);
    memcpy(o->p + o->n, p, n);
    o->n += n;
}

void out_str(struct out *o, struct str s)
{
    out_bytes(o, s.p, s.n);
}

void out_text(struct out *o, const char *z)
{
    out_bytes(o, z, strlen(z));
}

void out_char(struct out *o, char c)
{
    out_bytes(o, &c, 1);
}

void out_fmt(struct out *o, const char *fmt, ...)
{
    char small[256];
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(small, sizeof small, fmt, ap);
    if (n >= 0 && (size_t)n < sizeof small)
        out_bytes(o, small, (size_t)n);
    else if (n >= 0)
        out_str(o, arena_vstrf(o->arena, fmt, again));
    va_end(again);
    va_end(ap);
}

struct str out_taken(const struct out *o)
{
    return (struct str){o->p == NULL ? "" : o->p, o->n};
}

/* Length of the valid UTF-8 sequence at P (RFC 3629) and its code point; 0 if there is none. */
static size_t utf8(const unsigned char *p, size_t n, uint32_t *code)
{
    static const struct {
        unsigned char mask, lead;
        uint32_t min;
    } forms[] = {{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
    for (size_t len = 1; len <= 4; len++) {
        if ((p[0] & forms[len - 1].mask) != forms[len - 1].lead)
            continue;
        if (len > n)
            return 0;
        uint32_t c = p[0] & (unsigned char)~forms[len - 1].mask;
        for (size_t i = 1; i < len; i++) {
            if ((p[i] & 0xc0) != 0x80)
                return 0;
            c = c << 6 | (p[i] & 0x3f);
        }
        *code = c;
        bool surrogate = c >= 0xd800 && c <= 0xdfff;
        return c < forms[len - 1].min || c > 0x10ffff || surrogate ? 0 : len;
    }
    return 0;
}

/* Code points that move the cursor, hide text, or reorder it (UAX #9, general category Cf). */
static bool is_harmful(uint32_t c)
{
    static const struct {
        uint32_t lo, hi;
    } ranges[] = {{0x00, 0x08},     {0x0a, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},
                  {0x61c, 0x61c},   {0x180e, 0x180e}, {0x200b, 0x200f}, {0x2028, 0x202e},
                  {0x2060, 0x206f}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (c >= ranges[i].lo && c <= ranges[i].hi)
            return true;
    return false;
}

/* What most text is made of: harmless, and a byte long. */
static bool is_plain(char c)
{
    return (c >= ' ' && c <= '~') || c == '\t';
}

size_t str_char(struct str s, bool *harmless)
{
    uint32_t code = 0;
    size_t len = utf8((const unsigned char *)s.p, s.n, &code);
    *harmless = len != 0 && !is_harmful(code);
    return len == 0 ? 1 : len;
}

struct str str_safe(struct arena *a, struct str s)
{
    struct out o = {a, NULL, 0, 0};
    size_t clean = 0; /* bytes of s already in o, or still to be copied as they are */
    for (size_t i = 0; i < s.n;) {
        if (is_plain(s.p[i])) {
            i++;
            continue;
        }
        uint32_t code = 0;
        size_t len = utf8((const unsigned char *)s.p + i, s.n - i, &code);
        if (len != 0 && !is_harmful(code)) {
            i += len;
            continue;
        }
        out_bytes(&o, s.p + clean, i - clean);
        if (len <= 1)
            out_fmt(&o, "\\x%02x", (unsigned char)s.p[i]);
        else
            out_fmt(&o, "\\u{%x}", (unsigned)code);
        i += len == 0 ? 1 : len;
        clean = i;
    }
    if (clean == 0)
        return s;
    out_bytes(&o, s.p + clean, s.n - clean);
    return out_taken(&o);
}
