/* Rule packs: JSON to rules. */
#include "check/json.h"

#define N_SEVERITIES 3

#define X(name) &check_kind_##name,
const struct check_kind *const check_kinds[] = {CHECK_KINDS(X)};
#undef X
const size_t n_check_kinds = sizeof check_kinds / sizeof *check_kinds;

/* ---- parts of a rule ------------------------------------------------------------------------ */

/* The entry of the pack's "references" that the string NODE names. */
static const cJSON *reference(struct json *j, const cJSON *node)
{
    const cJSON *all = cJSON_GetObjectItemCaseSensitive(j->root, "references");
    const cJSON *found = cJSON_GetObjectItemCaseSensitive(all, node->valuestring);
    if (found != NULL)
        return found;
    struct suggestion s = suggest_start(str_of(node->valuestring));
    for (const cJSON *m = all == NULL ? NULL : json_first(all); m != NULL; m = json_next(m))
        suggest_try(&s, json_key(m));
    struct diag *d =
        json_error(j, json_at(j, node), "no such reference: \"%s\"", node->valuestring);
    if (s.best.n != 0)
        d->hint = arena_strf(j->arena, "did you mean \"%.*s\"?", STR_ARG(s.best));
    return NULL;
}

struct source_key {
    struct str title, url, date;
};
static const struct json_key source_keys[] = {
    {.key = "title",
     .type = JSON_STRING,
     .required = true,
     .offset = offsetof(struct source_key, title)},
    {.key = "url", .type = JSON_STRING, .offset = offsetof(struct source_key, url)},
    {.key = "date", .type = JSON_STRING, .offset = offsetof(struct source_key, date)},
};

/* {NAME: source}; those that a rule names are read again there. */
static void read_references(struct json *j, const cJSON *node, void *to)
{
    (void)to;
    if (!json_is_object(j, node, "\"references\""))
        return;
    json_unique(j, node);
    for (const cJSON *m = json_first(node); m != NULL; m = json_next(m)) {
        struct source_key s = {0};
        JSON_OBJECT(j, m, "a reference", source_keys, &s);
    }
}

static void read_sources(struct json *j, const cJSON *node, void *to)
{
    struct rule_def *r = to;
    if (!json_is_array(j, node, "\"sources\""))
        return;
    for (const cJSON *m = node->child; m != NULL; m = m->next) {
        struct source_key s = {0};
        const cJSON *object = cJSON_IsString(m) ? reference(j, m) : m;
        bool told = cJSON_IsString(m) && j->failed; /* with the references, if it is wrong */
        if (object != NULL && !told)
            JSON_OBJECT(j, object, "a source", source_keys, &s);
        size_t i = r->sources.n++;
        r->sources.v = array_room(j->arena, r->sources.v, i, &r->sources.cap, sizeof *r->sources.v);
        r->sources.v[i].title = s.title;
        r->sources.v[i].url = s.url;
        r->sources.v[i].date = s.date;
    }
}

static void read_fixes(struct json *j, const cJSON *node, void *to)
{
    struct fix_keys {
        struct strs v[3];
    };
    static const struct json_key keys[] = {
        {.key = "iptables", .type = JSON_TEXT, .offset = 0},
        {.key = "asa", .type = JSON_TEXT, .offset = sizeof(struct strs)},
        {.key = "csv", .type = JSON_TEXT, .offset = 2 * sizeof(struct strs)},
    };
    struct rule_def *r = to;
    struct fix_keys fixes = {0};
    JSON_OBJECT(j, node, "\"fix\"", keys, &fixes);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (fixes.v[i].n == 0)
            continue;
        size_t n = r->fixes.n++;
        r->fixes.v = array_room(j->arena, r->fixes.v, n, &r->fixes.cap, sizeof *r->fixes.v);
        r->fixes.v[n].syntax = str_of(keys[i].key);
        r->fixes.v[n].lines = fixes.v[i];
    }
}

/* {FORMAT: why it does not say what the rule asks}. */
static void read_cannot(struct json *j, const cJSON *node, void *to)
{
    struct rule_def *r = to;
    if (!json_is_object(j, node, "\"cannot\""))
        return;
    json_unique(j, node);
    for (const cJSON *m = json_first(node); m != NULL; m = json_next(m)) {
        size_t i = r->cannot.n++;
        r->cannot.v = array_room(j->arena, r->cannot.v, i, &r->cannot.cap, sizeof *r->cannot.v);
        r->cannot.v[i].format = json_key(m);
        json_string(j, m, &r->cannot.v[i].why);
    }
}

static const char *const example_formats[] = {"iptables", "ip6tables", "asa", "csv"};
static const char *const expectations[] = {"clean", "violation"};

/* {PATH: JSON document}. */
static void read_files(struct json *j, const cJSON *node, struct named_files *to)
{
    if (node == NULL || !json_is_object(j, node, "\"files\""))
        return;
    for (const cJSON *m = json_first(node); m != NULL; m = json_next(m)) {
        char *text = cJSON_PrintUnformatted(m);
        if (text == NULL)
            arena_fail(j->arena);
        size_t i = to->n++;
        to->v = array_room(j->arena, to->v, i, &to->cap, sizeof *to->v);
        to->v[i].path = json_key(m);
        to->v[i].bytes = arena_copy(j->arena, str_of(text));
        cJSON_free(text);
    }
}

static void read_examples(struct json *j, const cJSON *node, void *to)
{
    struct example_keys {
        struct str name, config, today;
        int format, expect;
        uint32_t line;
        bool incomplete;
        const cJSON *site, *files;
    };
#define AT(field) .offset = offsetof(struct example_keys, field)
    static const struct json_key keys[] = {
        {.key = "name", .type = JSON_STRING, .required = true, AT(name)},
        {.key = "format",
         .type = JSON_WORD,
         .required = true,
         .words = example_formats,
         .n_words = sizeof example_formats / sizeof *example_formats,
         AT(format)},
        {.key = "expect",
         .type = JSON_WORD,
         .required = true,
         .words = expectations,
         .n_words = 2,
         AT(expect)},
        {.key = "config", .type = JSON_LINES, .required = true, AT(config)},
        {.key = "line", .type = JSON_COUNT, AT(line)},
        {.key = "incomplete", .type = JSON_FLAG, AT(incomplete)},
        {.key = "site", .type = JSON_NODE, AT(site)},
        {.key = "today", .type = JSON_DATE, AT(today)},
        {.key = "files", .type = JSON_NODE, AT(files)},
    };
#undef AT
    struct rule_def *r = to;
    if (!json_is_array(j, node, "\"examples\""))
        return;
    for (const cJSON *m = node->child; m != NULL; m = m->next) {
        struct example_keys e = {0};
        JSON_OBJECT(j, m, "an example", keys, &e);
        struct example *x = PUSH(j->arena, r->examples);
        *x = (struct example){.name = e.name,
                              .format = str_of(example_formats[e.format]),
                              .config = e.config,
                              .violates = e.expect == 1,
                              .line = e.line,
                              .incomplete = e.incomplete,
                              .site = e.site,
                              .today = e.today,
                              .at = json_at(j, m)};
        read_files(j, e.files, &x->files);
    }
}

/* ---- rules ---------------------------------------------------------------------------------- */

/* Capitals and digits in parts: GC-RTP-001. */
static bool is_rule_id(struct str id)
{
    size_t parts = 1, n = 0;
    for (size_t i = 0; i < id.n; i++) {
        char c = id.p[i];
        if (c == '-' && n != 0) {
            parts++;
            n = 0;
        } else if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) {
            n++;
        } else {
            return false;
        }
    }
    return parts > 1 && n != 0;
}

static void read_rule_id(struct json *j, const cJSON *node, void *to)
{
    struct str *id = to;
    if (json_string(j, node, id) && !is_rule_id(*id))
        json_error(j, json_at(j, node), "\"%.*s\" is no id of a rule (write MINE-RTP-001)",
                   STR_ARG(str_safe(j->arena, *id)));
}

#define AT(field) .offset = offsetof(struct rule_def, field)
static const struct json_key rule_keys[] = {
    {.key = "id", .type = JSON_OTHER, .required = true, .read = read_rule_id, AT(id)},
    {.key = "title", .type = JSON_STRING, .required = true, AT(title)},
    {.key = "question", .type = JSON_STRING, AT(question)},
    {.key = "severity",
     .type = JSON_WORD,
     .required = true,
     .words = severity_names,
     .n_words = N_SEVERITIES,
     AT(severity)},
    {.key = "uses", .type = JSON_STRINGS, AT(uses)},
    {.key = "steering", .type = JSON_FLAG, AT(steering)},
    {.key = "rationale", .type = JSON_TEXT, .required = true, AT(rationale)},
    {.key = "decided", .type = JSON_TEXT, .required = true, AT(decided)},
    {.key = "waive", .type = JSON_TEXT, AT(waive)},
    {.key = "sources", .type = JSON_OTHER, .required = true, .read = read_sources},
    {.key = "cannot", .type = JSON_OTHER, .read = read_cannot},
    {.key = "message", .type = JSON_STRING, AT(message)},
    {.key = "effect", .type = JSON_STRING, AT(effect)},
    {.key = "fix", .type = JSON_OTHER, .read = read_fixes},
    {.key = "aliases", .type = JSON_STRINGS, AT(aliases)},
    {.key = "examples", .type = JSON_OTHER, .read = read_examples},
};
#undef AT
#define N_RULE_KEYS (sizeof rule_keys / sizeof *rule_keys)

/* The rule's keys, and one for each kind that only notes where its object is. */
struct rule_reading {
    struct rule_def rule;
    const cJSON *kinds[];
};

static const cJSON *kind_of(struct json *j, const cJSON *node, struct rule_def *r,
                            const cJSON *const *kinds)
{
    const cJSON *found = NULL;
    for (size_t i = 0; i < n_check_kinds; i++) {
        if (kinds[i] == NULL)
            continue;
        if (found != NULL)
            json_error(j, json_key_at(j, kinds[i]), "a rule has one of \"%s\" and \"%s\", not both",
                       found->string, kinds[i]->string);
        found = kinds[i];
        r->kind = check_kinds[i];
    }
    if (found == NULL) {
        struct out names = {.arena = j->arena};
        for (size_t i = 0; i < n_check_kinds; i++)
            out_fmt(&names, "%s\"%s\"", i == 0 ? "" : ", ", check_kinds[i]->name);
        struct str all = out_taken(&names);
        json_error(j, json_at(j, node), "rule \"%.*s\" says nothing to check: it needs one of %.*s",
                   STR_ARG(r->id), STR_ARG(all));
    }
    return found;
}

static void read_rule(struct json *j, const cJSON *node, struct pack *p)
{
    struct json_key *keys = NEW_N(j->arena, struct json_key, N_RULE_KEYS + n_check_kinds);
    struct rule_reading *x =
        arena_alloc(j->arena, sizeof *x + n_check_kinds * sizeof(const cJSON *));
    for (size_t i = 0; i < N_RULE_KEYS; i++)
        keys[i] = rule_keys[i];
    for (size_t i = 0; i < n_check_kinds; i++)
        keys[N_RULE_KEYS + i] = (struct json_key){.key = check_kinds[i]->name,
                                                  .type = JSON_NODE,
                                                  .offset = offsetof(struct rule_reading, kinds) +
                                                            i * sizeof(const cJSON *)};
    x->rule.at = json_at(j, node);
    json_object(j, node, "a rule", keys, N_RULE_KEYS + n_check_kinds, x);
    if (!cJSON_IsObject(node))
        return;
    const cJSON *object = kind_of(j, node, &x->rule, x->kinds);
    x->rule.pack = p;
    if (object != NULL)
        x->rule.params = x->rule.kind->compile(j, p, object);
    *PUSH(j->arena, p->rules) = x->rule;
}

static void read_rules(struct json *j, const cJSON *node, struct pack *p)
{
    struct map *ids = map_new(j->arena);
    if (!json_is_array(j, node, "\"rules\""))
        return;
    for (const cJSON *m = node->child; m != NULL; m = m->next) {
        read_rule(j, m, p);
        const struct rule_def *r = p->rules.n == 0 ? NULL : &p->rules.v[p->rules.n - 1];
        if (r == NULL || r->id.n == 0)
            continue;
        const struct rule_def *other = map_get(ids, r->id);
        if (other != NULL)
            json_error(j, r->at, "rule \"%.*s\" is given twice, first on line %u", STR_ARG(r->id),
                       other->at.line);
        struct rule_def *copy = NEW(j->arena, struct rule_def);
        *copy = *r;
        map_put(ids, r->id, copy);
    }
}

/* ---- packs ---------------------------------------------------------------------------------- */

static void read_sets(struct json *j, const cJSON *node, void *to)
{
    struct pack *p = to;
    if (!json_is_object(j, node, "\"sets\""))
        return;
    json_unique(j, node);
    for (const cJSON *m = json_first(node); m != NULL; m = json_next(m)) {
        struct pack_set *set = PUSH(j->arena, p->sets);
        *set = (struct pack_set){.name = json_key(m)};
        json_nets(j, m, &set->nets);
    }
}

/* {NAME: what it is}. */
static void read_names(struct json *j, const cJSON *node, void *to)
{
    struct strs *names = to;
    if (!json_is_object(j, node, "a list of names"))
        return;
    json_unique(j, node);
    for (const cJSON *m = json_first(node); m != NULL; m = json_next(m)) {
        struct str what;
        json_string(j, m, &what);
        *PUSH(j->arena, *names) = json_key(m);
    }
}

#define PACK_SCHEMA 1

static struct pack *read_pack(struct json *j, struct source *s)
{
    struct pack_keys {
        struct pack pack;
        uint32_t schema;
        const cJSON *rules;
    };
#define AT(field) .offset = offsetof(struct pack_keys, field)
    static const struct json_key keys[] = {
        {.key = "pack", .type = JSON_NAME, .required = true, AT(pack.id)},
        {.key = "title", .type = JSON_STRING, .required = true, AT(pack.title)},
        {.key = "version", .type = JSON_STRING, .required = true, AT(pack.version)},
        {.key = "date", .type = JSON_DATE, .required = true, AT(pack.date)},
        {.key = "schema", .type = JSON_COUNT, .required = true, AT(schema)},
        {.key = "sets", .type = JSON_OTHER, .read = read_sets, AT(pack)},
        {.key = "parameters", .type = JSON_OTHER, .read = read_names, AT(pack.parameters)},
        {.key = "uses", .type = JSON_OTHER, .read = read_names, AT(pack.uses)},
        {.key = "references", .type = JSON_OTHER, .read = read_references},
        {.key = "rules", .type = JSON_NODE, .required = true, AT(rules)},
    };
#undef AT
    struct pack_keys *x = NEW(j->arena, struct pack_keys);
    JSON_OBJECT(j, j->root, "the pack", keys, x);
    if (!j->failed && x->schema != PACK_SCHEMA)
        json_error(j, json_at(j, cJSON_GetObjectItemCaseSensitive(j->root, "schema")),
                   "pack schema %u is not known; this program reads %d", x->schema, PACK_SCHEMA);
    x->pack.source = s;
    if (x->rules != NULL)
        read_rules(j, x->rules, &x->pack);
    return j->failed ? NULL : &x->pack;
}

struct pack *pack_read(struct arena *a, struct diags *d, struct source *s)
{
    struct json *j = json_read(a, d, s);
    return j == NULL ? NULL : read_pack(j, s);
}

static bool is_path(struct str name)
{
    return str_find(name, '/') != name.n || str_ends(name, STR(".json"));
}

struct pack *pack_load(struct arena *a, struct diags *d, struct sources *sources, struct str name)
{
    struct str bytes = {0}, path = name;
    if (is_path(name)) {
        int error = file_read(a, name, &bytes);
        if (error != 0) {
            diag_add(d, DIAG_ERROR, SPAN_NONE, "%.*s: this pack cannot be read: %s", STR_ARG(name),
                     file_error(error));
            return NULL;
        }
    } else {
        path = arena_strf(a, "rules/%.*s.json", STR_ARG(name));
        const struct embedded *e = embedded_find(path);
        if (e == NULL) {
            struct suggestion s = suggest_start(name);
            for (e = embedded_files; e->path != NULL; e++) {
                struct str file = str_of(e->path);
                if (str_starts(file, STR("rules/")) &&
                    str_find(str_from(file, 6), '/') == file.n - 6)
                    suggest_try(&s, str_sub(file, 6, file.n - 11));
            }
            struct diag *x = diag_add(d, DIAG_ERROR, SPAN_NONE, "there is no pack \"%.*s\"",
                                      STR_ARG(str_safe(a, name)));
            if (s.best.n != 0)
                x->hint = arena_strf(a, "did you mean \"%.*s\"?", STR_ARG(s.best));
            return NULL;
        }
        bytes = (struct str){(const char *)e->bytes, e->n};
    }
    return pack_read(a, d, source_add(a, sources, path, bytes));
}

/* ---- finding rules -------------------------------------------------------------------------- */

const struct rule_def *packs_find(const struct packs *p, struct str id)
{
    for (size_t i = 0; i < p->n; i++)
        for (size_t k = 0; k < p->v[i]->rules.n; k++) {
            const struct rule_def *r = &p->v[i]->rules.v[k];
            if (str_eq_nocase(r->id, id))
                return r;
            for (size_t x = 0; x < r->aliases.n; x++)
                if (str_eq_nocase(r->aliases.v[x], id))
                    return r;
        }
    return NULL;
}

struct str packs_suggest(const struct packs *p, struct str id)
{
    struct suggestion s = suggest_start(id);
    for (size_t i = 0; i < p->n; i++)
        for (size_t k = 0; k < p->v[i]->rules.n; k++)
            suggest_try(&s, p->v[i]->rules.v[k].id);
    return s.best;
}
