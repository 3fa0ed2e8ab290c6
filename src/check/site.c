/* The site file. */
#include "check/json.h"

/* ---- zones and roles ------------------------------------------------------------------------ */

static void read_zones(struct json *j, const cJSON *node, void *to)
{
    static const struct json_key keys[] = {
        {.key = "interfaces", .type = JSON_STRINGS, .offset = offsetof(struct zone, interfaces)},
        {.key = "networks", .type = JSON_NETS, .offset = offsetof(struct zone, networks)},
    };
    struct zones *zones = to;
    if (!json_is_object(j, node, "\"zones\""))
        return;
    json_unique(j, node);
    for (const cJSON *m = json_first(node); m != NULL; m = json_next(m)) {
        struct zone *z = PUSH(j->arena, *zones);
        *z = (struct zone){.name = json_key(m)};
        JSON_OBJECT(j, m, "a zone", keys, z);
    }
}

static void read_roles(struct json *j, const cJSON *node, void *to)
{
    struct roles *roles = to;
    if (!json_is_object(j, node, "\"roles\""))
        return;
    json_unique(j, node);
    for (const cJSON *m = json_first(node); m != NULL; m = json_next(m)) {
        struct role *r = PUSH(j->arena, *roles);
        *r = (struct role){.name = json_key(m)};
        json_nets(j, m, &r->networks);
    }
}

/* ---- CSV columns ---------------------------------------------------------------------------- */

static void read_columns(struct json *j, const cJSON *node, void *to)
{
    struct csv_map *map = to;
    if (!json_is_object(j, node, "\"columns\""))
        return;
    json_unique(j, node);
    for (const cJSON *m = json_first(node); m != NULL; m = json_next(m)) {
        struct str column;
        if (cJSON_IsNumber(m))
            column = arena_strf(j->arena, "%d", m->valueint);
        else if (!json_string(j, m, &column))
            continue;
        size_t i = map->n;
        map->v = array_room(j->arena, map->v, map->n, &map->cap, sizeof *map->v);
        map->v[i].role = json_key(m);
        map->v[i].column = column;
        map->v[i].at = json_at(j, m);
        map->n++;
    }
}

/* {"permit": ["erlaubt"]}: words of the export beside those that fwproof knows. */
static void read_words(struct json *j, const cJSON *node, void *to)
{
    struct csv_map *map = to;
    if (!json_is_object(j, node, "\"words\""))
        return;
    json_unique(j, node);
    for (const cJSON *m = json_first(node); m != NULL; m = json_next(m)) {
        for (const cJSON *one = json_first(m); one != NULL; one = json_next(one)) {
            struct str word;
            size_t i = map->words.n;
            if (!json_string(j, one, &word))
                continue;
            map->words.v =
                array_room(j->arena, map->words.v, i, &map->words.cap, sizeof *map->words.v);
            map->words.v[i].kind = json_key(m);
            map->words.v[i].word = word;
            map->words.v[i].at = json_at(j, m);
            map->words.n++;
        }
    }
}

static void read_csv(struct json *j, const cJSON *node, void *to)
{
    static const struct json_key keys[] = {
        {.key = "preset", .type = JSON_STRING, .offset = offsetof(struct csv_map, preset)},
        {.key = "columns", .type = JSON_OTHER, .read = read_columns},
        {.key = "ignored", .type = JSON_STRINGS, .offset = offsetof(struct csv_map, ignored)},
        {.key = "words", .type = JSON_OTHER, .read = read_words},
    };
    JSON_OBJECT(j, node, "\"csv\"", keys, to);
}

/* ---- devices -------------------------------------------------------------------------------- */

static void read_devices(struct json *j, const cJSON *node, void *to)
{
    static const struct json_key keys[] = {
        {.key = "name",
         .type = JSON_NAME,
         .required = true,
         .offset = offsetof(struct site_device, name)},
        {.key = "inputs", .type = JSON_STRINGS, .offset = offsetof(struct site_device, inputs)},
        {.key = "format", .type = JSON_NAME, .offset = offsetof(struct site_device, format)},
        {.key = "zones",
         .type = JSON_OTHER,
         .read = read_zones,
         .offset = offsetof(struct site_device, zones)},
        {.key = "csv",
         .type = JSON_OTHER,
         .read = read_csv,
         .offset = offsetof(struct site_device, csv)},
    };
    struct site *site = to;
    struct map *seen = map_new(j->arena);
    if (!json_is_array(j, node, "\"devices\""))
        return;
    for (const cJSON *m = node->child; m != NULL; m = m->next) {
        struct site_device *d = PUSH(j->arena, site->devices);
        *d = (struct site_device){.at = json_at(j, m)};
        JSON_OBJECT(j, m, "a device", keys, d);
        if (map_get(seen, d->name) != NULL)
            json_error(j, d->at, "device \"%.*s\" is given twice", STR_ARG(d->name));
        map_put(seen, d->name, site);
    }
}

/* ---- parameters of packs -------------------------------------------------------------------- */

static void add_value(struct json *j, const cJSON *node, struct parameter *p)
{
    struct str text;
    if (cJSON_IsNumber(node))
        text = arena_strf(j->arena, "%.15g", node->valuedouble);
    else if (cJSON_IsBool(node))
        text = cJSON_IsTrue(node) ? STR("true") : STR("false");
    else if (!json_string(j, node, &text))
        return;
    *PUSH(j->arena, p->values) = text;
}

static void add_parameter(struct json *j, struct parameters *to, struct str pack, struct str key,
                          const cJSON *node)
{
    struct parameter *p = PUSH(j->arena, *to);
    *p = (struct parameter){.pack = pack, .key = key, .at = json_at(j, node)};
    if (!cJSON_IsArray(node))
        add_value(j, node, p);
    else
        for (const cJSON *m = node->child; m != NULL; m = m->next)
            add_value(j, m, p);
}

/* {PACK: {KEY: value, GROUP: {KEY: value}}}; the last is told as "GROUP.KEY". */
static void read_parameters(struct json *j, const cJSON *node, void *to)
{
    struct parameters *parameters = to;
    if (!json_is_object(j, node, "\"parameters\""))
        return;
    json_unique(j, node);
    for (const cJSON *pack = json_first(node); pack != NULL; pack = json_next(pack)) {
        if (!json_is_object(j, pack, "the parameters of a pack"))
            continue;
        json_unique(j, pack);
        for (const cJSON *m = json_first(pack); m != NULL; m = json_next(m)) {
            if (!cJSON_IsObject(m)) {
                add_parameter(j, parameters, json_key(pack), json_key(m), m);
                continue;
            }
            for (const cJSON *x = json_first(m); x != NULL; x = json_next(x))
                add_parameter(j, parameters, json_key(pack),
                              arena_strf(j->arena, "%s.%s", m->string, x->string), x);
        }
    }
}

const struct parameter *site_parameter(const struct site *s, struct str pack, const char *key)
{
    for (size_t i = 0; i < s->parameters.n; i++) {
        const struct parameter *p = &s->parameters.v[i];
        if (str_eq(p->pack, pack) && str_eq(p->key, str_of(key)))
            return p;
    }
    return NULL;
}

/* ---- against packs -------------------------------------------------------------------------- */

static bool is_among(struct arena *a, struct diags *d, const struct strs *known, struct str word,
                     struct span at, const char *what)
{
    struct suggestion s = suggest_start(word);
    for (size_t i = 0; i < known->n; i++) {
        if (str_eq(known->v[i], word))
            return true;
        suggest_try(&s, known->v[i]);
    }
    struct diag *x =
        diag_add(d, DIAG_ERROR, at, "unknown %s \"%.*s\"", what, STR_ARG(str_safe(a, word)));
    struct str all = {"", 0};
    for (size_t i = 0; i < known->n; i++)
        all = arena_strf(a, "%.*s%s%.*s", STR_ARG(all), i == 0 ? "" : ", ", STR_ARG(known->v[i]));
    x->hint = s.best.n != 0 ? arena_strf(a, "did you mean \"%.*s\"?", STR_ARG(s.best))
                            : arena_strf(a, "one of: %.*s", STR_ARG(all));
    return false;
}

static bool parameter_fits(struct arena *a, struct diags *d, const struct parameter *x,
                           const struct pack *p)
{
    bool good = is_among(a, d, &p->parameters, x->key, x->at, "parameter");
    for (size_t i = 0; str_eq(x->key, STR("use")) && i < x->values.n; i++)
        good &= is_among(a, d, &p->uses, x->values.v[i], x->at, "way of use");
    return good;
}

bool site_fits(struct arena *a, struct diags *d, const struct site *s, const struct packs *packs)
{
    bool good = true;
    for (size_t i = 0; i < s->parameters.n; i++)
        for (size_t k = 0; k < packs->n; k++)
            if (str_eq(packs->v[k]->id, s->parameters.v[i].pack))
                good &= parameter_fits(a, d, &s->parameters.v[i], packs->v[k]);
    for (size_t i = 0; i < s->severities.n; i++) {
        struct str id = s->severities.v[i].rule, near = packs_suggest(packs, id);
        if (packs_find(packs, id) != NULL || near.n == 0)
            continue; /* a rule of a pack that is not in use, most likely */
        diag_add(d, DIAG_ERROR, s->severities.v[i].at, "unknown rule \"%.*s\"",
                 STR_ARG(str_safe(a, id)))
            ->hint = arena_strf(a, "did you mean \"%.*s\"?", STR_ARG(near));
        good = false;
    }
    return good;
}

/* ---- the file ------------------------------------------------------------------------------- */

static void read_severities(struct json *j, const cJSON *node, void *to)
{
    struct severities *list = to;
    if (!json_is_object(j, node, "\"severity\""))
        return;
    json_unique(j, node);
    for (const cJSON *m = json_first(node); m != NULL; m = json_next(m)) {
        struct str word;
        int level = -1;
        if (!json_string(j, m, &word))
            continue;
        for (int i = SEVERITY_NOTE; i <= SEVERITY_ERROR; i++)
            if (str_eq(word, str_of(severity_names[i])))
                level = i;
        if (level < 0) {
            json_unknown_word(j, json_at(j, m), "severity", word, severity_names, 3);
            continue;
        }
        size_t i = list->n;
        list->v = array_room(j->arena, list->v, list->n, &list->cap, sizeof *list->v);
        list->v[i].rule = json_key(m);
        list->v[i].severity = (enum severity)level;
        list->v[i].at = json_key_at(j, m);
        list->n++;
    }
}

struct site *site_read(struct arena *a, struct diags *d, const struct source *s)
{
    static const struct json_key keys[] = {
        {.key = "site", .type = JSON_STRING, .offset = offsetof(struct site, name)},
        {.key = "devices", .type = JSON_OTHER, .read = read_devices},
        {.key = "zones",
         .type = JSON_OTHER,
         .read = read_zones,
         .offset = offsetof(struct site, zones)},
        {.key = "roles",
         .type = JSON_OTHER,
         .read = read_roles,
         .offset = offsetof(struct site, roles)},
        {.key = "parameters",
         .type = JSON_OTHER,
         .read = read_parameters,
         .offset = offsetof(struct site, parameters)},
        {.key = "packs", .type = JSON_STRINGS, .offset = offsetof(struct site, packs)},
        {.key = "severity",
         .type = JSON_OTHER,
         .read = read_severities,
         .offset = offsetof(struct site, severities)},
        {.key = "waivers", .type = JSON_STRING, .offset = offsetof(struct site, waivers)},
        {.key = "baseline", .type = JSON_STRING, .offset = offsetof(struct site, baseline)},
        {.key = "csv", .type = JSON_OTHER, .read = read_csv, .offset = offsetof(struct site, csv)},
    };
    struct json *j = json_read(a, d, s);
    if (j == NULL)
        return NULL;
    struct site *site = NEW(a, struct site);
    site->path = s->path;
    JSON_OBJECT(j, j->root, "the site file", keys, site);
    return j->failed ? NULL : site;
}
