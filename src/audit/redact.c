#include "audit/redact.h"

#include <stdlib.h>

struct redact {
    struct arena *arena;
    unsigned what;
    bool keyed; /* `key` is made */
    struct redact_key key;
    struct sha256 exports;
    struct map *names, *addresses; /* what has a pseudonym already */
    struct published published;
};

void redact_digest(const struct redact_key *key, char kind, const void *p, size_t n,
                   uint8_t digest[32])
{
    struct sha256 sum;
    sha256_start(&sum);
    sha256_add(&sum, key->bytes, sizeof key->bytes);
    sha256_add(&sum, &kind, 1);
    sha256_add(&sum, p, n);
    sha256_end(&sum, digest);
}

/* The digests of the exports themselves are in reports: these begin with something else. */
static void start_sum(struct sha256 *sum)
{
    static const char purpose[] = "fwproof pseudonyms";
    sha256_start(sum);
    sha256_add(sum, purpose, sizeof purpose);
}

struct redact *redact_new(struct arena *a, unsigned what, struct str key)
{
    struct redact *r = NEW(a, struct redact);
    *r = (struct redact){.arena = a, .what = what, .keyed = key.n != 0};
    r->names = map_new(a);
    r->addresses = map_new(a);
    if ((what & REDACT_ADDRESSES) != 0)
        r->published = redact_published(a);
    start_sum(&r->exports);
    if (key.n != 0) {
        sha256_add(&r->exports, key.p, key.n);
        sha256_end(&r->exports, r->key.bytes);
    }
    return r;
}

void redact_export(struct redact *r, struct str bytes)
{
    if (r != NULL && !r->keyed)
        sha256_add(&r->exports, bytes.p, bytes.n);
}

/* ---- names --------------------------------------------------------------------------------------
 */

static int compare_word(const void *key, const void *word)
{
    return str_cmp(*(const struct str *)key, str_of(*(const char *const *)word));
}

static bool is_own_word(struct arena *a, struct str word)
{
    char *lower = arena_cstr(a, word);
    for (size_t i = 0; i < word.n; i++)
        lower[i] = char_lower(lower[i]);
    struct str key = {lower, word.n};
    return bsearch(&key, redact_words, n_redact_words, sizeof *redact_words, compare_word) != NULL;
}

static bool is_hex(char c)
{
    return char_is_digit(c) || (char_lower(c) >= 'a' && char_lower(c) <= 'f');
}

/* 80, 16384-65535, 2026-01-31, 1.5, 0x1f, 30s, 3rd */
static bool is_number(struct str word)
{
    size_t i = 0, hex = 2;
    while (i < word.n && (char_is_digit(word.p[i]) || word.p[i] == '.' || word.p[i] == '-'))
        i++;
    if (i == word.n)
        return true;
    while (hex < word.n && is_hex(word.p[hex]))
        hex++;
    if (word.n > 2 && hex == word.n && word.p[0] == '0' && word.p[1] == 'x')
        return true;
    static const char *const units[] = {"s",  "m",  "h",  "d",  "x",   "k",  "ms",
                                        "us", "st", "nd", "rd", "MiB", "KiB"};
    for (size_t k = 0; i != 0 && k < sizeof units / sizeof *units; k++)
        if (str_eq(str_from(word, i), str_of(units[k])))
            return true;
    return false;
}

/* Fingerprints and sums, which say nothing about what they are of. */
static bool is_digest(struct str word)
{
    size_t hex = 0, digits = 0;
    for (size_t i = 0; i < word.n; i++) {
        hex += is_hex(word.p[i]);
        digits += char_is_digit(word.p[i]);
    }
    return hex == word.n && digits != 0 && (word.n == 8 || word.n == 16 || word.n == 64);
}

static struct str pseudonym(struct redact *r, struct str word)
{
    struct str *known = map_get(r->names, word);
    if (known != NULL)
        return *known;
    known = NEW(r->arena, struct str);
    *known = word = arena_copy(r->arena, word); /* the text may go before R does */
    if (!is_number(word) && !is_digest(word) && !is_own_word(r->arena, word)) {
        uint8_t digest[32];
        redact_digest(&r->key, 'n', word.p, word.n, digest);
        *known = arena_strf(r->arena, "name-%02x%02x%02x%02x", digest[0], digest[1], digest[2],
                            digest[3]);
    }
    map_put(r->names, word, known);
    return *known;
}

/* MARK, at least LEAST and at most MOST hexadecimal digits, and END: how many bytes that is at the
 * front of S; 0 if it is not there. What only begins so is somebody's text. */
static size_t hex_escape(struct str s, struct str mark, size_t least, size_t most, struct str end)
{
    size_t n = mark.n;
    if (!str_starts(s, mark))
        return 0;
    while (n < s.n && n - mark.n < most && is_hex(s.p[n]))
        n++;
    bool good = n - mark.n >= least && str_starts(str_from(s, n), end);
    return good ? n + end.n : 0;
}

/* "\033[1;31m": of a terminal. */
static size_t color_escape(struct str s)
{
    size_t n = 2;
    if (!str_starts(s, STR("\033[")))
        return 0;
    while (n < s.n && (char_is_digit(s.p[n]) || s.p[n] == ';'))
        n++;
    return n < s.n ? n + 1 : n;
}

/* Bytes at I that belong to the format: an escape of JSON, of str_safe(), of an address (%20), or
 * of a terminal. */
static size_t escape_at(struct str s, size_t i)
{
    s = str_from(s, i);
    if (s.p[0] == '\033')
        return color_escape(s);
    if (s.p[0] == '%')
        return hex_escape(s, STR("%"), 2, 2, STR(""));
    if (s.p[0] != '\\' || s.n == 1)
        return 0;
    if (char_is_of(s.p[1], "\\\"/bfnrt"))
        return 2;
    size_t n = hex_escape(s, STR("\\x"), 2, 2, STR(""));
    n = n != 0 ? n : hex_escape(s, STR("\\u"), 4, 4, STR(""));
    return n != 0 ? n : hex_escape(s, STR("\\u{"), 2, 6, STR("}"));
}

/* Bytes of the character at I if it may stand in a word: ASCII as in words.sh, and what is beyond
 * it but punctuation (U+0080-U+00BF, U+2000-U+2BFF) and spaces. */
static size_t letter_at(struct str s, size_t i)
{
    unsigned char c = (unsigned char)s.p[i], next = i + 1 < s.n ? (unsigned char)s.p[i + 1] : 0;
    char l = char_lower(s.p[i]);
    if (c < 0x80)
        return char_is_digit(l) || (l >= 'a' && l <= 'z') || l == '_' || l == '.' || l == '-';
    if (c < 0xc3 || (c == 0xe2 && next >= 0x80 && next <= 0xaf))
        return 0;
    size_t n = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    return i + n > s.n ? s.n - i : n;
}

static void redact_word(struct redact *r, struct out *o, struct str word)
{
    size_t from = 0, to = word.n;
    while (from < to && (word.p[from] == '.' || word.p[from] == '-'))
        from++;
    while (to > from && (word.p[to - 1] == '.' || word.p[to - 1] == '-'))
        to--;
    out_str(o, str_sub(word, 0, from));
    if (to > from)
        out_str(o, pseudonym(r, str_sub(word, from, to - from)));
    out_str(o, str_from(word, to));
}

static struct str redact_names(struct redact *r, struct str s)
{
    struct out o = {.arena = r->arena};
    for (size_t i = 0; i < s.n;) {
        size_t n = escape_at(s, i), end = i;
        struct found f = {0};
        if (n == 0)
            f = redact_find(s, i);
        if (f.kind != FOUND_NONE && (i + f.n == s.n || letter_at(s, i + f.n) == 0 ||
                                     s.p[i + f.n] == '-' || s.p[i + f.n] == '.'))
            n = f.n;
        while (n == 0 && end < s.n && letter_at(s, end) != 0)
            end += letter_at(s, end);
        if (end != i)
            redact_word(r, &o, str_sub(s, i, end - i));
        else
            out_str(&o, str_sub(s, i, n = n == 0 ? 1 : n));
        i = end != i ? end : i + n;
    }
    return out_taken(&o);
}

/* ---- texts --------------------------------------------------------------------------------------
 */

static struct str plain(struct redact *r, struct str text)
{
    if ((r->what & REDACT_NAMES) != 0)
        text = redact_names(r, text);
    if ((r->what & REDACT_ADDRESSES) == 0)
        return text;
    struct out o = {.arena = r->arena};
    redact_addresses(&o, &r->key, &r->published, r->addresses, text);
    return out_taken(&o);
}

static void put_excerpt(struct redact *r, struct out *o, struct marks m)
{
    m.before = plain(r, m.before);
    m.marked = plain(r, m.marked);
    m.label = plain(r, m.label);
    out_str(o, m.gutter);
    out_str(o, m.before);
    out_str(o, m.marked);
    out_str(o, plain(r, m.behind));
    out_char(o, '\n');
    redact_put_marks(o, &m);
}

struct str redacted(struct redact *r, struct str text)
{
    if (r == NULL)
        return text;
    if (!r->keyed) {
        struct sha256 so_far = r->exports; /* more may come, after a diagnostic */
        sha256_end(&so_far, r->key.bytes);
        r->names = map_new(r->arena);
        r->addresses = map_new(r->arena);
    }
    struct out o = {.arena = r->arena};
    struct str rest = text, line, below;
    const char *done = text.p; /* up to here it is in o */
    while (str_cut(&rest, '\n', &line)) {
        struct str behind = rest;
        struct marks m;
        if (!str_cut(&behind, '\n', &below) || !redact_marks(line, below, &m))
            continue;
        out_str(&o, plain(r, (struct str){done, (size_t)(line.p - done)}));
        put_excerpt(r, &o, m);
        done = below.p + below.n;
        rest = behind;
    }
    out_str(&o, plain(r, (struct str){done, text.n - (size_t)(done - text.p)}));
    return out_taken(&o);
}
