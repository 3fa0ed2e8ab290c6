/* JSON objects to structs, by tables of keys. */
#include "check/json.h"

#include <string.h>

static const char *const type_words[] = {
    [JSON_STRING] = "a string",
    [JSON_NAME] = "a string",
    [JSON_STRINGS] = "a string or an array of strings",
    [JSON_TEXT] = "a string or an array of strings",
    [JSON_LINES] = "a string or an array of strings",
    [JSON_FLAG] = "true or false",
    [JSON_COUNT] = "a whole number",
    [JSON_WORD] = "a string",
    [JSON_NETS] = "an array of networks",
    [JSON_DATE] = "a date as \"YYYY-MM-DD\"",
};

static const char *found_word(const cJSON *node)
{
    return cJSON_IsObject(node)   ? "an object"
           : cJSON_IsArray(node)  ? "an array"
           : cJSON_IsString(node) ? "a string"
           : cJSON_IsNumber(node) ? "a number"
           : cJSON_IsBool(node)   ? "true or false"
                                  : "null";
}

static void wrong_type(struct json *j, const cJSON *node, const char *wanted)
{
    const char *key = node->string == NULL ? "" : node->string;
    json_error(j, json_at(j, node), "%s%s%s must be %s, not %s", *key == 0 ? "this" : "\"", key,
               *key == 0 ? "" : "\"", wanted, found_word(node));
}

bool json_is_object(struct json *j, const cJSON *node, const char *what)
{
    if (!cJSON_IsObject(node))
        json_error(j, json_at(j, node), "%s must be an object, not %s", what, found_word(node));
    return cJSON_IsObject(node);
}

bool json_is_array(struct json *j, const cJSON *node, const char *what)
{
    if (!cJSON_IsArray(node))
        json_error(j, json_at(j, node), "%s must be an array, not %s", what, found_word(node));
    return cJSON_IsArray(node);
}

bool json_string(struct json *j, const cJSON *node, struct str *to)
{
    if (!cJSON_IsString(node)) {
        wrong_type(j, node, type_words[JSON_STRING]);
        return false;
    }
    *to = str_of(node->valuestring);
    return true;
}

/* ---- values --------------------------------------------------------------------------------- */

static void read_strings(struct json *j, const cJSON *node, struct strs *to)
{
    if (cJSON_IsString(node)) {
        *PUSH(j->arena, *to) = str_of(node->valuestring);
        return;
    }
    if (!cJSON_IsArray(node)) {
        wrong_type(j, node, type_words[JSON_STRINGS]);
        return;
    }
    for (const cJSON *m = node->child; m != NULL; m = m->next) {
        struct str text;
        if (json_string(j, m, &text))
            *PUSH(j->arena, *to) = text;
    }
}

static struct str joined(struct arena *a, const struct strs *lines)
{
    struct out o = {.arena = a};
    for (size_t i = 0; i < lines->n; i++) {
        out_str(&o, lines->v[i]);
        out_char(&o, '\n');
    }
    return out_taken(&o);
}

static void read_date(struct json *j, const cJSON *node, struct str *to)
{
    int64_t day;
    if (json_string(j, node, to) && !date_day(*to, &day))
        wrong_type(j, node, type_words[JSON_DATE]);
}

static void read_word(struct json *j, const cJSON *node, const struct json_key *k, int *to)
{
    struct str word;
    if (!json_string(j, node, &word))
        return;
    for (size_t i = 0; i < k->n_words; i++)
        if (str_eq(word, str_of(k->words[i]))) {
            *to = (int)i;
            return;
        }
    json_unknown_word(j, json_at(j, node), k->key, word, k->words, k->n_words);
}

static void read_count(struct json *j, const cJSON *node, uint32_t *to)
{
    double v = cJSON_IsNumber(node) ? node->valuedouble : -1;
    if (v >= 0 && v <= UINT32_MAX && v == (double)(uint32_t)v)
        *to = (uint32_t)v;
    else
        json_error(j, json_at(j, node), "\"%s\" must be %s", node->string, type_words[JSON_COUNT]);
}

void json_net(struct json *j, struct span at, struct str text, struct nets *to)
{
    struct net net;
    bool host_bits = false;
    if (!range_parse(text, &net.family, &net.range, &host_bits)) {
        json_error(j, at, "\"%.*s\" is not an address, prefix or range",
                   STR_ARG(str_safe(j->arena, text)))
            ->hint = STR("write 192.0.2.1, 192.0.2.0/24 or 192.0.2.1-192.0.2.9");
        return;
    }
    if (host_bits) {
        struct str meant = range_format(j->arena, net.family, net.range);
        diag_add(j->diags, DIAG_WARNING, at, "%.*s has host bits set: read as %.*s", STR_ARG(text),
                 STR_ARG(meant));
    }
    *PUSH(j->arena, *to) = net;
}

void json_nets(struct json *j, const cJSON *node, void *to)
{
    struct str text;
    if (cJSON_IsString(node)) {
        json_net(j, json_at(j, node), str_of(node->valuestring), to);
        return;
    }
    if (!cJSON_IsArray(node)) {
        wrong_type(j, node, type_words[JSON_NETS]);
        return;
    }
    for (const cJSON *m = node->child; m != NULL; m = m->next)
        if (json_string(j, m, &text))
            json_net(j, json_at(j, m), text, to);
}

static void read_value(struct json *j, const cJSON *node, const struct json_key *k, void *to)
{
    struct strs lines = {0};
    switch (k->type) {
    case JSON_STRING:
        json_string(j, node, to);
        break;
    case JSON_NAME:
        if (json_string(j, node, to) && ((struct str *)to)->n == 0)
            json_error(j, json_at(j, node), "\"%s\" must not be empty", node->string);
        break;
    case JSON_STRINGS:
    case JSON_TEXT:
        read_strings(j, node, to);
        break;
    case JSON_LINES:
        read_strings(j, node, &lines);
        *(struct str *)to = joined(j->arena, &lines);
        break;
    case JSON_FLAG:
        if (cJSON_IsBool(node))
            *(bool *)to = cJSON_IsTrue(node);
        else
            wrong_type(j, node, type_words[JSON_FLAG]);
        break;
    case JSON_COUNT:
        read_count(j, node, to);
        break;
    case JSON_WORD:
        read_word(j, node, k, to);
        break;
    case JSON_NETS:
        json_nets(j, node, to);
        break;
    case JSON_DATE:
        read_date(j, node, to);
        break;
    case JSON_NODE:
        *(const cJSON **)to = node;
        break;
    case JSON_OTHER:
        k->read(j, node, to);
        break;
    }
}

/* ---- objects -------------------------------------------------------------------------------- */

static const struct json_key *key_named(const struct json_key *keys, size_t n, struct str name)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(name, str_of(keys[i].key)))
            return &keys[i];
    return NULL;
}

static void unknown_key(struct json *j, const cJSON *m, const char *what,
                        const struct json_key *keys, size_t n)
{
    const char **words = NEW_N(j->arena, const char *, n);
    for (size_t i = 0; i < n; i++)
        words[i] = keys[i].key;
    struct str title = arena_strf(j->arena, "key of %s%c", what, 0);
    json_unknown_word(j, json_key_at(j, m), title.p, json_key(m), words, n);
}

void json_object(struct json *j, const cJSON *object, const char *what, const struct json_key *keys,
                 size_t n, void *to)
{
    if (!json_is_object(j, object, what))
        return;
    json_unique(j, object);
    for (const cJSON *m = json_first(object); m != NULL; m = json_next(m)) {
        const struct json_key *k = key_named(keys, n, json_key(m));
        if (k == NULL)
            unknown_key(j, m, what, keys, n);
        else
            read_value(j, m, k, (char *)to + k->offset);
    }
    for (size_t i = 0; i < n; i++)
        if (keys[i].required && cJSON_GetObjectItemCaseSensitive(object, keys[i].key) == NULL)
            json_error(j, json_at(j, object), "%s has no \"%s\"", what, keys[i].key);
}
