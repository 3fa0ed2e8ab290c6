/* cJSON, which has its memory from elsewhere, and does not tell bad JSON from no memory. */
#include "base/base.h"

#include <cjson/cJSON.h>
#include <pthread.h>
#include <string.h>

/* ---- whether it is JSON (RFC 8259)
 * ----------------------------------------------------------------
 */

struct text {
    const char *p, *end;
    unsigned depth;
};

static char here(const struct text *t)
{
    return t->p < t->end ? *t->p : '\0';
}

static void blanks(struct text *t)
{
    for (char c = here(t); c == ' ' || c == '\t' || c == '\r' || c == '\n'; c = here(t))
        t->p++;
}

static bool word(struct text *t, struct str w)
{
    if ((size_t)(t->end - t->p) < w.n || memcmp(t->p, w.p, w.n) != 0)
        return false;
    t->p += w.n;
    return true;
}

static bool digits(struct text *t)
{
    const char *from = t->p;
    while (char_is_digit(here(t)))
        t->p++;
    return t->p != from;
}

static bool number(struct text *t)
{
    enum { LONGEST = 60 }; /* that cJSON reads in one piece */
    const char *from = t->p;
    t->p += here(t) == '-';
    if (!digits(t))
        return false;
    if (here(t) == '.' && (t->p++, !digits(t)))
        return false;
    if (here(t) == 'e' || here(t) == 'E') {
        t->p++;
        t->p += here(t) == '+' || here(t) == '-';
        if (!digits(t))
            return false;
    }
    return t->p - from <= LONGEST;
}

/* The four digits behind "\u", or -1. */
static int unit(struct text *t)
{
    int value = 0;
    if (t->end - t->p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        static const char hex[] = "0123456789abcdef0123456789ABCDEF";
        const char *at = memchr(hex, *t->p++, sizeof hex - 1);
        if (at == NULL)
            return -1;
        value = value * 16 + (int)(at - hex) % 16;
    }
    return value;
}

/* What stands behind a backslash; halves of pairs come in pairs. */
static bool escape(struct text *t)
{
    char c = here(t);
    t->p++;
    if (c != 'u')
        return c != '\0' && strchr("\"\\/bfnrt", c) != NULL;
    int first = unit(t);
    if (first < 0xd800 || first >= 0xe000)
        return first >= 0;
    if (first >= 0xdc00 || !word(t, STR("\\u")))
        return false;
    int second = unit(t);
    return second >= 0xdc00 && second < 0xe000;
}

static bool string(struct text *t)
{
    if (!word(t, STR("\"")))
        return false;
    while (t->p < t->end && *t->p != '"')
        if (*t->p++ == '\\' && !escape(t))
            return false;
    return word(t, STR("\""));
}

static bool value(struct text *t);

static bool members(struct text *t, bool keys, char close)
{
    t->p++;
    blanks(t);
    if (here(t) == close)
        return t->p++, true;
    for (;; t->p++) {
        blanks(t);
        if (keys && !string(t))
            return false;
        blanks(t);
        if (keys && !word(t, STR(":")))
            return false;
        if (!value(t))
            return false;
        blanks(t);
        if (here(t) == close)
            return t->p++, true;
        if (here(t) != ',')
            return false;
    }
}

static bool value(struct text *t)
{
    blanks(t);
    char c = here(t);
    if (c == '{' || c == '[') {
        if (t->depth++ >= CJSON_NESTING_LIMIT)
            return false;
        bool good = members(t, c == '{', c == '{' ? '}' : ']');
        t->depth--;
        return good;
    }
    if (c == '"')
        return string(t);
    return c == '-' || char_is_digit(c)
               ? number(t)
               : word(t, STR("true")) || word(t, STR("false")) || word(t, STR("null"));
}

/* ---- parsing ------------------------------------------------------------------------------------
 */

/* The most that cJSON takes for TEXT: a node for each thing that commas and brackets part, a block
 * for each string. */
static size_t most(struct str text)
{
    enum { BLOCK = 32 }; /* the least that malloc() takes */
    size_t nodes = 1, quotes = 0;
    for (size_t i = 0; i < text.n; i++) {
        nodes += text.p[i] == ',' || text.p[i] == '[' || text.p[i] == '{';
        quotes += text.p[i] == '"';
    }
    return nodes * (sizeof(cJSON) + BLOCK / 2) + quotes / 2 * BLOCK + text.n;
}

/* cJSON notes its last mistake in a variable of its own, and devices may be read side by side. */
static cJSON *parse_alone(struct str text, const char **end)
{
    static pthread_mutex_t alone = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&alone);
    cJSON *root = cJSON_ParseWithLengthOpts(text.p, text.n, end, false);
    pthread_mutex_unlock(&alone);
    return root;
}

static void drop(void *p)
{
    cJSON **root = p;
    cJSON_Delete(*root);
}

const cJSON *json_parse(struct arena *a, struct str text, const char **end)
{
    cJSON **root = NEW(a, cJSON *);
    arena_charge(a, most(text));
    arena_defer(a, drop, root);
    if (str_starts(text, STR("\xef\xbb\xbf"))) /* cJSON skips it only before four bytes more */
        text = str_from(text, 3);
    *end = text.p;
    *root = text.n == 0 ? NULL : parse_alone(text, end);
    struct text t = {text.p, text.p + text.n, 0};
    if (*root == NULL && text.n != 0 && value(&t))
        arena_fail(a);
    return *root;
}
