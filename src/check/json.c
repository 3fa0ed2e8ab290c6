/* JSON text to a tree with positions. */
#include "check/json.h"

#include <string.h>

/* ---- positions ------------------------------------------------------------------------------ */

struct place {
    size_t key, key_n, value, value_n; /* offsets in the text */
};

struct scan {
    struct json *json;
    struct str text;
    size_t at;
};

static struct str node_name(struct arena *a, const cJSON *node)
{
    const cJSON **key = NEW(a, const cJSON *);
    *key = node;
    return (struct str){(const char *)key, sizeof(const cJSON *)};
}

static const struct place *place_of(const struct json *j, const cJSON *node)
{
    struct str name = {(const char *)&node, sizeof node};
    return map_get(j->places, name);
}

static void skip_blanks(struct scan *s)
{
    while (s->at < s->text.n && (unsigned char)s->text.p[s->at] <= ' ')
        s->at++;
}

static void skip_string(struct scan *s)
{
    for (s->at++; s->at < s->text.n && s->text.p[s->at] != '"'; s->at++)
        if (s->text.p[s->at] == '\\')
            s->at++;
    s->at++;
}

static void skip_word(struct scan *s)
{
    while (s->at < s->text.n && (unsigned char)s->text.p[s->at] > ' ' &&
           memchr(",]}", s->text.p[s->at], 3) == NULL)
        s->at++;
}

static void scan_value(struct scan *s, const cJSON *node, struct place *p);

/* The text is known to be what the tree says, so only lengths matter here. */
static void scan_members(struct scan *s, const cJSON *node)
{
    s->at++;
    for (const cJSON *m = node->child; m != NULL; m = m->next) {
        struct place *p = NEW(s->json->arena, struct place);
        skip_blanks(s);
        if (cJSON_IsObject(node)) {
            p->key = s->at;
            skip_string(s);
            p->key_n = s->at - p->key;
            skip_blanks(s);
            s->at++; /* the colon */
        }
        skip_blanks(s);
        scan_value(s, m, p);
        skip_blanks(s);
        s->at++; /* the comma, or the end */
    }
    if (node->child == NULL) {
        skip_blanks(s);
        s->at++;
    }
}

/* As deep as cJSON let the tree become (CJSON_NESTING_LIMIT). */
static void scan_value(struct scan *s, const cJSON *node, struct place *p)
{
    p->value = s->at;
    if (cJSON_IsObject(node) || cJSON_IsArray(node))
        scan_members(s, node);
    else if (cJSON_IsString(node))
        skip_string(s);
    else
        skip_word(s);
    p->value_n = s->at - p->value;
    map_put(s->json->places, node_name(s->json->arena, node), p);
}

/* The line that holds OFFSET. */
static uint32_t line_at(const struct source *s, size_t offset)
{
    uint32_t lo = 1, hi = s->n_lines;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo + 1) / 2;
        if (s->starts[mid - 1] <= offset)
            lo = mid;
        else
            hi = mid - 1;
    }
    return lo;
}

/* N bytes from OFFSET, cut at the end of the first line. */
static struct span span_at(const struct source *s, size_t offset, size_t n)
{
    if (s->n_lines == 0)
        return (struct span){s->index, 0, 0, 0, 0};
    uint32_t line = line_at(s, offset);
    struct str text = source_line(s, line);
    size_t col = offset - s->starts[line - 1];
    if (col + n > text.n)
        n = text.n > col ? text.n - col : 0;
    return (struct span){s->index, line, (uint32_t)col + 1, line, (uint32_t)(col + n) + 1};
}

struct span json_at(const struct json *j, const cJSON *node)
{
    const struct place *p = place_of(j, node);
    return p == NULL ? span_at(j->source, 0, 0) : span_at(j->source, p->value, p->value_n);
}

struct span json_key_at(const struct json *j, const cJSON *node)
{
    const struct place *p = place_of(j, node);
    if (p == NULL || p->key_n == 0)
        return json_at(j, node);
    return span_at(j->source, p->key, p->key_n);
}

/* ---- reading -------------------------------------------------------------------------------- */

struct diag *json_error(struct json *j, struct span at, const char *fmt, ...)
{
    j->failed = true;
    va_list ap;
    va_start(ap, fmt);
    struct str message = arena_vstrf(j->arena, fmt, ap);
    va_end(ap);
    return diag_add(j->diags, DIAG_ERROR, at, "%.*s", STR_ARG(message));
}

static bool only_blanks(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] > ' ')
            return false;
    return true;
}

struct json *json_read(struct arena *a, struct diags *d, const struct source *s)
{
    struct json *j = NEW(a, struct json);
    *j = (struct json){.arena = a, .diags = d, .source = s, .places = map_new(a)};
    struct str text = s->bytes;
    size_t bom = str_starts(text, STR("\xef\xbb\xbf")) ? 3 : 0;
    const char *end;
    const cJSON *root = json_parse(a, text, &end);
    if (root == NULL) {
        size_t at = text.n == 0 ? 0 : (size_t)(end - text.p);
        json_error(j, span_at(s, at, 1),
                   only_blanks(text) ? "the file is empty" : "not JSON from here");
        return NULL;
    }
    size_t used = (size_t)(end - text.p);
    if (!only_blanks(str_from(text, used))) {
        while ((unsigned char)text.p[used] <= ' ')
            used++;
        json_error(j, span_at(s, used, 1), "text behind the end of the JSON document");
        return NULL;
    }
    j->root = root;
    struct scan scan = {j, text, bom};
    skip_blanks(&scan);
    scan_value(&scan, root, NEW(a, struct place));
    return j;
}

/* ---- members -------------------------------------------------------------------------------- */

static const cJSON *past_comments(const cJSON *m)
{
    while (m != NULL && m->string != NULL && strcmp(m->string, "$comment") == 0)
        m = m->next;
    return m;
}

const cJSON *json_first(const cJSON *node)
{
    return past_comments(node->child);
}

const cJSON *json_next(const cJSON *member)
{
    return past_comments(member->next);
}

struct str json_key(const cJSON *member)
{
    return str_of(member->string);
}

void json_unique(struct json *j, const cJSON *object)
{
    struct map *seen = map_new(j->arena);
    for (const cJSON *m = json_first(object); m != NULL; m = json_next(m)) {
        struct str key = json_key(m);
        if (map_get(seen, key) != NULL)
            json_error(j, json_key_at(j, m), "\"%.*s\" is given twice", STR_ARG(key));
        map_put(seen, key, j);
    }
}

/* ---- did you mean --------------------------------------------------------------------------- */

struct suggestion suggest_start(struct str word)
{
    size_t limit = word.n / 3 + 1;
    return (struct suggestion){.word = word, .distance = (limit > 3 ? 3 : limit) + 1};
}

void suggest_try(struct suggestion *s, struct str candidate)
{
    if (s->distance == 0)
        return;
    size_t d = str_distance(s->word, candidate, s->distance - 1);
    if (d < s->distance && d < s->word.n) {
        s->distance = d;
        s->best = candidate;
    }
}

static struct str in_words(struct arena *a, const char *const *words, size_t n)
{
    struct out o = {.arena = a};
    for (size_t i = 0; i < n; i++)
        out_fmt(&o, "%s%s", i == 0 ? "" : ", ", words[i]);
    return out_taken(&o);
}

void json_unknown_word(struct json *j, struct span at, const char *what, struct str word,
                       const char *const *words, size_t n)
{
    struct suggestion s = suggest_start(word);
    for (size_t i = 0; i < n; i++)
        suggest_try(&s, str_of(words[i]));
    struct diag *d =
        json_error(j, at, "unknown %s \"%.*s\"", what, STR_ARG(str_safe(j->arena, word)));
    struct str all = in_words(j->arena, words, n);
    d->hint = s.best.n != 0 ? arena_strf(j->arena, "did you mean \"%.*s\"?", STR_ARG(s.best))
                            : arena_strf(j->arena, "one of: %.*s", STR_ARG(all));
}
