/* Catalogues: JSON to items. */
#include "check/catalogue.h"
#include "check/json.h"

#define CATALOGUE_SCHEMA 1

static const char *const format_words[] = {"iptables", "ip6tables", "asa", "csv"};
#define N_FORMATS (sizeof format_words / sizeof *format_words)

/* ---- items ---------------------------------------------------------------------------------- */

static void read_applies(struct json *j, const cJSON *node, void *to)
{
    struct strs *words = to;
    struct str word;
    if (!json_is_array(j, node, "\"applies\""))
        return;
    for (const cJSON *m = node->child; m != NULL; m = m->next) {
        bool known = false;
        if (!json_string(j, m, &word))
            continue;
        for (size_t i = 0; i < N_FORMATS; i++)
            known = known || str_eq(word, str_of(format_words[i]));
        if (known)
            *PUSH(j->arena, *words) = word;
        else
            json_unknown_word(j, json_at(j, m), "format", word, format_words, N_FORMATS);
    }
}

void catalogue_contradictions(struct json *j, const cJSON *node, void *to)
{
#define AT(field) .offset = offsetof(struct contradiction, field)
    static const struct json_key keys[] = {
        {.key = "catalogue", .type = JSON_STRING, AT(catalogue)},
        {.key = "item", .type = JSON_STRING, AT(item)},
        {.key = "rule", .type = JSON_STRING, AT(rule)},
        {.key = "sentence", .type = JSON_STRING, .required = true, AT(sentence)},
    };
#undef AT
    struct catalogue_item *item = to;
    if (!json_is_array(j, node, "\"contradicts\""))
        return;
    for (const cJSON *m = node->child; m != NULL; m = m->next) {
        struct contradiction x = {0};
        JSON_OBJECT(j, m, "a contradiction", keys, &x);
        bool of_item = x.catalogue.n != 0 && x.item.n != 0 && x.rule.n == 0;
        bool of_rule = x.catalogue.n == 0 && x.item.n == 0 && x.rule.n != 0;
        if (!of_item && !of_rule)
            json_error(j, json_at(j, m),
                       "a contradiction names a \"rule\", or a \"catalogue\" and its \"item\"");
        *PUSH(j->arena, item->contradicts) = x;
    }
}

#define AT(field) .offset = offsetof(struct catalogue_item, field)
static const struct json_key item_keys[] = {
    {.key = "id", .type = JSON_NAME, .required = true, AT(id)},
    {.key = "title", .type = JSON_STRING, .required = true, AT(title)},
    {.key = "also", .type = JSON_STRINGS, AT(also)},
    {.key = "level", .type = JSON_STRING, AT(level)},
    {.key = "checks", .type = JSON_STRINGS, AT(checks)},
    {.key = "partly", .type = JSON_STRING, AT(partly)},
    {.key = "not_decidable", .type = JSON_STRING, AT(not_decidable)},
    {.key = "no_check", .type = JSON_STRING, AT(no_check)},
    {.key = "applies", .type = JSON_OTHER, .read = read_applies, AT(applies)},
    {.key = "contradicts", .type = JSON_OTHER, .read = catalogue_contradictions, .offset = 0},
};
#undef AT

static void read_item(struct json *j, const cJSON *node, struct catalogue *c, struct map *ids)
{
    struct catalogue_item x = {.at = json_at(j, node)};
    JSON_OBJECT(j, node, "an item", item_keys, &x);
    if (!cJSON_IsObject(node))
        return;
    if ((x.checks.n != 0) + (x.not_decidable.n != 0) + (x.no_check.n != 0) != 1)
        json_error(j, x.at, "an item has one of \"checks\", \"not_decidable\" and \"no_check\"");
    if (x.partly.n != 0 && x.checks.n == 0)
        json_error(j, x.at, "\"partly\" says what \"checks\" leave open, and there are none");
    if (map_get(ids, x.id) != NULL)
        json_error(j, x.at, "the item \"%.*s\" is given twice", STR_ARG(str_safe(j->arena, x.id)));
    map_put(ids, x.id, ids);
    *PUSH(j->arena, c->items) = x;
}

/* ---- catalogues ----------------------------------------------------------------------------- */

const struct catalogue *catalogue_read(struct arena *a, struct diags *d, const struct source *s)
{
    struct catalogue_keys {
        struct catalogue catalogue;
        uint32_t schema;
        const cJSON *items;
    };
#define AT(field) .offset = offsetof(struct catalogue_keys, field)
    static const struct json_key keys[] = {
        {.key = "schema", .type = JSON_COUNT, .required = true, AT(schema)},
        {.key = "id", .type = JSON_NAME, .required = true, AT(catalogue.id)},
        {.key = "title", .type = JSON_STRING, .required = true, AT(catalogue.title)},
        {.key = "version", .type = JSON_STRING, .required = true, AT(catalogue.version)},
        {.key = "source", .type = JSON_STRING, .required = true, AT(catalogue.source)},
        {.key = "packs", .type = JSON_STRINGS, AT(catalogue.packs)},
        {.key = "applies", .type = JSON_OTHER, .read = read_applies, AT(catalogue.applies)},
        {.key = "items", .type = JSON_NODE, .required = true, AT(items)},
    };
#undef AT
    struct json *j = json_read(a, d, s);
    if (j == NULL)
        return NULL;
    struct catalogue_keys *x = NEW(a, struct catalogue_keys);
    JSON_OBJECT(j, j->root, "the catalogue", keys, x);
    if (!j->failed && x->schema != CATALOGUE_SCHEMA)
        json_error(j, json_at(j, cJSON_GetObjectItemCaseSensitive(j->root, "schema")),
                   "catalogue schema %u is not known; this program reads %d", x->schema,
                   CATALOGUE_SCHEMA);
    struct map *ids = map_new(a);
    if (x->items != NULL && json_is_array(j, x->items, "\"items\""))
        for (const cJSON *m = x->items->child; m != NULL; m = m->next)
            read_item(j, m, &x->catalogue, ids);
    return j->failed ? NULL : &x->catalogue;
}

#define FOLDER "rules/catalogues/"
#define ENDING ".json"

static void no_such_catalogue(struct arena *a, struct diags *d, struct str name)
{
    struct suggestion s = suggest_start(name);
    struct out all = {.arena = a};
    for (const struct embedded *e = embedded_files; e->path != NULL; e++) {
        struct str file = str_of(e->path);
        if (!str_starts(file, STR(FOLDER)))
            continue;
        struct str known =
            str_sub(file, sizeof FOLDER - 1, file.n - (sizeof FOLDER - 1) - (sizeof ENDING - 1));
        suggest_try(&s, known);
        out_fmt(&all, "%s%.*s", all.n == 0 ? "" : ", ", STR_ARG(known));
    }
    struct diag *x = diag_add(d, DIAG_ERROR, SPAN_NONE, "there is no catalogue \"%.*s\"",
                              STR_ARG(str_safe(a, name)));
    x->hint = s.best.n != 0 ? arena_strf(a, "did you mean \"%.*s\"?", STR_ARG(s.best))
                            : arena_strf(a, "one of: %.*s", STR_ARG(out_taken(&all)));
}

const struct catalogue *catalogue_load(struct arena *a, struct diags *d, struct sources *sources,
                                       struct str name)
{
    struct str bytes = {0}, path = name;
    if (str_find(name, '/') != name.n || str_ends(name, STR(ENDING))) {
        int error = file_read(a, name, &bytes);
        if (error != 0) {
            diag_add(d, DIAG_ERROR, SPAN_NONE, "%.*s: this catalogue cannot be read: %s",
                     STR_ARG(str_safe(a, name)), file_error(error));
            return NULL;
        }
    } else {
        path = arena_strf(a, FOLDER "%.*s" ENDING, STR_ARG(name));
        const struct embedded *e = embedded_find(path);
        if (e == NULL) {
            no_such_catalogue(a, d, name);
            return NULL;
        }
        bytes = (struct str){(const char *)e->bytes, e->n};
    }
    return catalogue_read(a, d, source_add(a, sources, path, bytes));
}

/* ---- packs ---------------------------------------------------------------------------------- */

static bool has_pack(const struct packs *p, struct str id)
{
    for (size_t i = 0; i < p->n; i++)
        if (str_eq(p->v[i]->id, id))
            return true;
    return false;
}

/* Controls are found by the rule's own id, so that an alias will not do. */
static bool knows_rule(struct arena *a, struct diags *d, const struct packs *p,
                       const struct catalogue_item *item, struct str id)
{
    const struct rule_def *rule = packs_find(p, id);
    if (rule != NULL && str_eq(rule->id, id))
        return true;
    struct diag *x = diag_add(d, DIAG_ERROR, item->at, "no pack in use has a rule \"%.*s\"",
                              STR_ARG(str_safe(a, id)));
    struct str near = rule != NULL ? rule->id : packs_suggest(p, id);
    if (near.n != 0)
        x->hint = arena_strf(a, "did you mean \"%.*s\"?", STR_ARG(near));
    return false;
}

bool catalogue_packs(struct arena *a, struct diags *d, struct sources *sources,
                     const struct catalogue *c, struct packs *to)
{
    bool good = true;
    for (size_t i = 0; i < c->packs.n; i++) {
        if (has_pack(to, c->packs.v[i]))
            continue;
        struct pack *p = pack_load(a, d, sources, c->packs.v[i]);
        if (p == NULL)
            return false;
        *PUSH(a, *to) = p;
    }
    for (size_t i = 0; i < c->items.n; i++)
        for (size_t k = 0; k < c->items.v[i].checks.n; k++)
            good = knows_rule(a, d, to, &c->items.v[i], c->items.v[i].checks.v[k]) && good;
    return good;
}
