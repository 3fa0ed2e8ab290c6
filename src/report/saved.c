#include "report/saved.h"

#include <stdlib.h>

#include "report/json_int.h"
#include "report/saved_int.h"

#include <string.h>

/* A file that a result is about. */
struct saved_file {
    struct source source;
    struct saved_source told;
};

struct saved_source *saved_told(struct source *s)
{
    return &((struct saved_file *)s)->told;
}

struct saved *saved_new(struct arena *a, struct sets *sets, struct sources *sources,
                        struct diags *diags, const struct packs *offered)
{
    struct saved *s = NEW(a, struct saved);
    *s = (struct saved){.arena = a,
                        .sets = sets,
                        .sources = sources,
                        .diags = diags,
                        .offered = offered,
                        .others = {.arena = a},
                        .named = map_new(a),
                        .other_paths = map_new(a)};
    return s;
}

/* ---- devices and files --------------------------------------------------------------------------
 */

struct str run_keep(struct run *r, struct str s)
{
    return s.n == 0 ? STR("") : arena_copy(r->to->arena, s);
}

struct saved_device *run_device(struct run *r, struct str name)
{
    struct saved_device *d = map_get(r->named, name);
    if (d != NULL)
        return d;
    struct arena *a = r->to->arena;
    d = NEW(a, struct saved_device);
    d->name = run_keep(r, name);
    d->policy = policy_new(a, r->to->sets, d->name);
    d->paths = map_new(a);
    d->result.arena = d->diags.arena = a;
    d->at = (struct span){r->file->index, 0, 0, 0, 0};
    map_put(r->named, d->name, d);
    *PUSH(r->scratch, r->devices) = d;
    return d;
}

struct strs run_keep_all(struct run *r, const struct strs *list)
{
    struct strs out = {0};
    for (size_t i = 0; i < list->n; i++)
        *PUSH(r->to->arena, out) = run_keep(r, list->v[i]);
    return out;
}

static struct source *file_new(struct run *r, struct str path)
{
    struct saved_file *f = NEW(r->to->arena, struct saved_file);
    f->source.path = run_keep(r, path);
    f->source.index = (uint32_t)r->to->sources->n;
    f->source.saved = &f->told;
    *PUSH(r->to->arena, *r->to->sources) = &f->source;
    return &f->source;
}

struct source *run_source(struct run *r, const struct saved_device *d, struct str path)
{
    struct source *s = d == NULL ? NULL : map_get(d->paths, path);
    if (s == NULL)
        s = map_get(r->to->other_paths, path);
    if (s != NULL)
        return s;
    s = file_new(r, path);
    map_put(r->to->other_paths, s->path, s);
    return s;
}

struct raw_device {
    struct str name;
    struct strs families, interfaces;
};
static const struct json_key device_keys[] = {
    {.key = "name",
     .type = JSON_STRING,
     .required = true,
     .offset = offsetof(struct raw_device, name)},
    {.key = "families",
     .type = JSON_STRINGS,
     .required = true,
     .offset = offsetof(struct raw_device, families)},
    {.key = "interfaces",
     .type = JSON_STRINGS,
     .required = true,
     .offset = offsetof(struct raw_device, interfaces)},
};

static void read_device(struct run *r, struct json *j, const cJSON *object)
{
    struct raw_device raw = {0};
    JSON_OBJECT(j, object, "a device", device_keys, &raw);
    if (j->failed)
        return;
    struct saved_device *d = run_device(r, raw.name);
    struct policy *p = d->policy;
    set_id families;
    int none = -1;
    if (d->listed)
        json_error(j, json_at(j, object), "the device %.*s is told twice",
                   STR_ARG(str_safe(j->arena, raw.name)));
    if (!set_parse(p->sets, &families, FIELD_FAMILY, &raw.families, &none, NULL) ||
        families == SET_EMPTY || raw.interfaces.n > UINT16_MAX)
        json_error(j, json_at(j, object), "\"families\" or \"interfaces\" of a device are none");
    if (j->failed)
        return;
    d->listed = true;
    bool both = families == set_full(p->sets, FIELD_FAMILY);
    p->universe =
        region_universe(p->sets, r->to->arena, both ? -1 : (int)set_min(p->sets, families));
    for (size_t i = 0; i < raw.interfaces.n; i++)
        ifaces_add(r->to->arena, &p->ifaces, run_keep(r, raw.interfaces.v[i]));
}

struct raw_input {
    struct str path, sha256, format, device;
    uint32_t bytes;
    const cJSON *lines;
};
static const struct json_key input_keys[] = {
    {.key = "path",
     .type = JSON_STRING,
     .required = true,
     .offset = offsetof(struct raw_input, path)},
    {.key = "sha256",
     .type = JSON_STRING,
     .required = true,
     .offset = offsetof(struct raw_input, sha256)},
    {.key = "format",
     .type = JSON_STRING,
     .required = true,
     .offset = offsetof(struct raw_input, format)},
    {.key = "device",
     .type = JSON_STRING,
     .required = true,
     .offset = offsetof(struct raw_input, device)},
    {.key = "bytes",
     .type = JSON_COUNT,
     .required = true,
     .offset = offsetof(struct raw_input, bytes)},
    {.key = "lines",
     .type = JSON_NODE,
     .required = true,
     .offset = offsetof(struct raw_input, lines)},
};
struct raw_lines {
    uint32_t total, modelled, irrelevant, not_modelled;
};
static const struct json_key lines_keys[] = {
    {.key = "total",
     .type = JSON_COUNT,
     .required = true,
     .offset = offsetof(struct raw_lines, total)},
    {.key = "modelled",
     .type = JSON_COUNT,
     .required = true,
     .offset = offsetof(struct raw_lines, modelled)},
    {.key = "irrelevant",
     .type = JSON_COUNT,
     .required = true,
     .offset = offsetof(struct raw_lines, irrelevant)},
    {.key = "not_modelled",
     .type = JSON_COUNT,
     .required = true,
     .offset = offsetof(struct raw_lines, not_modelled)},
};

static bool is_sha256(struct str s)
{
    bool hex = s.n == 64;
    for (size_t i = 0; i < s.n; i++)
        hex = hex && strchr("0123456789abcdef", s.p[i]) != NULL && s.p[i] != '\0';
    return hex;
}

static void read_input(struct run *r, struct json *j, const cJSON *object)
{
    struct raw_input raw = {0};
    struct raw_lines lines = {0};
    JSON_OBJECT(j, object, "an input", input_keys, &raw);
    if (raw.lines != NULL)
        JSON_OBJECT(j, raw.lines, "\"lines\"", lines_keys, &lines);
    struct saved_device *d = j->failed ? NULL : map_get(r->named, raw.device);
    if (!j->failed && (d == NULL || map_get(d->paths, raw.path) != NULL))
        json_error(j, json_at(j, object), "this input is of no device, or told twice");
    if (!j->failed && !is_sha256(raw.sha256))
        json_error(j, json_at(j, object), "the \"sha256\" of an input is none");
    if (j->failed || d == NULL)
        return;
    struct source *s = file_new(r, raw.path);
    s->format = run_keep(r, raw.format);
    s->n_lines = lines.total;
    struct saved_source *t = saved_told(s);
    t->sha256 = run_keep(r, raw.sha256);
    t->bytes = raw.bytes;
    t->counts[LINE_MODELLED] = lines.modelled;
    t->counts[LINE_IRRELEVANT] = lines.irrelevant;
    t->counts[LINE_NOT_MODELLED] = lines.not_modelled;
    map_put(d->paths, s->path, s);
    *PUSH(r->to->arena, d->inputs) = s;
    if (d->policy->format.n == 0)
        d->policy->format = s->format;
}

/* ---- the document -------------------------------------------------------------------------------
 */

struct document {
    struct str type, schema, site, verdict;
    const cJSON *tool, *packs, *devices, *inputs, *summary, *controls, *catalogues, *findings,
        *settled, *diagnostics, *excerpts, *exposures;
    struct strs assumptions;
    uint32_t exit_code, dropped, lines;
};
#define MEMBER(KEY, TYPE, MEMBER)                                                                  \
    {                                                                                              \
        .key = KEY, .type = TYPE, .offset = offsetof(struct document, MEMBER)                      \
    }
static const struct json_key document_keys[] = {
    MEMBER("type", JSON_STRING, type),
    MEMBER("schema", JSON_STRING, schema),
    MEMBER("tool", JSON_NODE, tool),
    MEMBER("site", JSON_STRING, site),
    MEMBER("packs", JSON_NODE, packs),
    MEMBER("devices", JSON_NODE, devices),
    MEMBER("inputs", JSON_NODE, inputs),
    MEMBER("assumptions", JSON_STRINGS, assumptions),
    MEMBER("verdict", JSON_STRING, verdict),
    MEMBER("exit_code", JSON_COUNT, exit_code),
    MEMBER("summary", JSON_NODE, summary),
    MEMBER("lines", JSON_COUNT, lines),
    MEMBER("controls", JSON_NODE, controls),
    MEMBER("catalogues", JSON_NODE, catalogues),
    MEMBER("exposures", JSON_NODE, exposures),
    MEMBER("findings", JSON_NODE, findings),
    MEMBER("settled", JSON_NODE, settled),
    MEMBER("diagnostics", JSON_NODE, diagnostics),
    MEMBER("diagnostics_dropped", JSON_COUNT, dropped),
    MEMBER("excerpts", JSON_NODE, excerpts),
};

typedef void read_fn(struct run *r, struct json *j, const cJSON *object);

static void read_each(struct run *r, struct json *j, const cJSON *array, const char *what,
                      read_fn *read)
{
    if (array == NULL || !json_is_array(j, array, what))
        return;
    for (const cJSON *m = array->child; m != NULL && !j->failed; m = m->next)
        read(r, j, m);
}

/* The pack as it is at hand; if it is not, or another version, one without rules. */
static struct pack *find_pack(struct run *r, struct str id, struct str version)
{
    struct saved *s = r->to;
    for (size_t i = 0; i < s->packs.n; i++)
        if (str_eq(s->packs.v[i]->id, id) && str_eq(s->packs.v[i]->version, version))
            return s->packs.v[i];
    for (size_t i = 0; i < s->offered->n; i++)
        if (str_eq(s->offered->v[i]->id, id) && str_eq(s->offered->v[i]->version, version))
            return s->offered->v[i];
    struct pack *p = NEW(s->arena, struct pack);
    p->id = run_keep(r, id);
    p->version = run_keep(r, version);
    return p;
}

static void read_pack(struct run *r, struct json *j, const cJSON *object)
{
    const cJSON *id = cJSON_GetObjectItemCaseSensitive(object, "id");
    const cJSON *version = cJSON_GetObjectItemCaseSensitive(object, "version");
    if (cJSON_IsString(id) && cJSON_IsString(version))
        *PUSH(r->scratch, r->packs) =
            find_pack(r, str_of(id->valuestring), str_of(version->valuestring));
    else
        json_error(j, json_at(j, object), "a pack has an \"id\" and a \"version\"");
}

static void read_head(struct run *r, struct json *j, const struct document *d)
{
    if (!str_eq(d->schema, STR("fwproof/result/1"))) {
        json_error(j, json_at(j, j->root), "this is no result: its \"schema\" is not %s",
                   "fwproof/result/1");
        return;
    }
    read_each(r, j, d->packs, "\"packs\"", read_pack);
    r->site = run_keep(r, d->site);
    for (size_t i = 0; i < d->assumptions.n; i++)
        *PUSH(r->to->arena, r->assumptions) = run_keep(r, d->assumptions.v[i]);
    r->others.dropped = d->dropped;
}

/* ---- one result ---------------------------------------------------------------------------------
 */

struct line {
    struct json *json;
    struct document d;
    uint32_t number; /* of the line in the file; 0: the whole file */
};
struct lines {
    struct line *v;
    size_t n, cap;
};

static struct run run_new(struct saved *s, const struct source *file)
{
    struct run r = {.to = s, .file = file, .scratch = arena_child(s->arena)};
    r.wrong.arena = s->arena;
    r.others.arena = s->arena;
    r.named = map_new(r.scratch);
    r.strangers = map_new(s->arena);
    return r;
}

/* Of all that is wrong with a result the first is told: it does not count at all. */
static bool is_wrong(struct run *r, uint32_t number)
{
    if (r->wrong.n == 0)
        return false;
    struct diag d = r->wrong.v[0];
    if (number > 1 && d.at.line != 0) {
        d.at.line += number - 1;
        d.at.end_line += number - 1;
    }
    diag_add(r->to->diags, DIAG_INCOMPLETE, d.at, "no saved result that can be read: %.*s",
             STR_ARG(d.message))
        ->hint = run_keep(r, d.hint);
    return true;
}

static void read_devices(struct run *r, const struct line *l)
{
    read_each(r, l->json, l->d.devices, "\"devices\"", read_device);
    read_each(r, l->json, l->d.inputs, "\"inputs\"", read_input);
}

static void read_rest(struct run *r, const struct line *l)
{
    read_each(r, l->json, l->d.excerpts, "\"excerpts\"", saved_excerpt);
    if (str_eq(l->d.type, STR("finding")))
        saved_finding(r, l->json, l->json->root);
    saved_findings(r, l->json, l->d.findings);
    saved_controls(r, l->json, l->d.controls);
    saved_catalogues(r, l->json, l->d.catalogues);
    saved_exposures(r, l->json, l->d.exposures);
    r->lacks_zones |= l->d.devices != NULL && l->d.exposures == NULL;
    saved_findings(r, l->json, l->d.settled);
    saved_diagnostics(r, l->json, l->d.diagnostics);
}

/* The same in one form for the same content. */
static struct str device_text(struct arena *a, const struct saved *s, const struct saved_device *d)
{
    struct device_result one = {d->policy, NULL, d->inputs.n};
    one.inputs = NEW_N(a, const struct source *, d->inputs.n);
    for (size_t i = 0; i < d->inputs.n; i++)
        one.inputs[i] = d->inputs.v[i];
    struct report r = {.arena = a, .sources = s->sources, .diags = &d->diags, .result = &d->result};
    r.devices.v = &one;
    r.devices.n = 1;
    struct out o = {.arena = a};
    part_write_device(&o, &r);
    return out_taken(&o);
}

static int by_place(const void *x, const void *y)
{
    const struct finding *a = x, *b = y;
    int d = (a->at.file > b->at.file) - (a->at.file < b->at.file);
    if (d == 0)
        d = (a->at.line > b->at.line) - (a->at.line < b->at.line);
    if (d == 0)
        d = (a->at.col > b->at.col) - (a->at.col < b->at.col);
    if (d == 0)
        d = str_cmp(a->rule->id, b->rule->id);
    return d != 0 ? d : str_cmp(a->fingerprint, b->fingerprint);
}

/* Findings of no device, about waivers: each once. */
static void join_findings(struct run *r, struct saved_device *old, const struct saved_device *d)
{
    struct map *known = map_new(r->scratch);
    for (size_t i = 0; i < old->result.findings.n; i++)
        map_put(known, old->result.findings.v[i].fingerprint, old);
    for (size_t i = 0; i < d->result.findings.n; i++)
        if (map_get(known, d->result.findings.v[i].fingerprint) == NULL) {
            struct finding *f = PUSH(r->to->arena, old->result.findings);
            *f = d->result.findings.v[i];
            f->policy = old->policy;
        }
    qsort(old->result.findings.v, old->result.findings.n, sizeof *old->result.findings.v, by_place);
}

/* Two results of one device: the same, or a mistake. Which of two that differ is kept does not
 * hang on their order. */
static void meet(struct run *r, struct saved_device *old, struct saved_device *d)
{
    struct saved *s = r->to;
    if (!old->listed && !d->listed) {
        join_findings(r, old, d);
        return;
    }
    struct arena *a = arena_child(s->arena);
    int order = str_cmp(device_text(a, s, old), device_text(a, s, d));
    arena_free(a);
    if (order == 0)
        return;
    struct str x = s->sources->v[old->at.file]->path, y = s->sources->v[d->at.file]->path;
    bool swap = str_cmp(x, y) > 0;
    diag_add(s->diags, DIAG_ERROR, SPAN_NONE,
             "the device %.*s is told differently in %.*s and %.*s", STR_ARG(d->name),
             STR_ARG(swap ? y : x), STR_ARG(swap ? x : y))
        ->hint = STR("leave the older result out, or audit one under another name: --device NAME");
    if (order > 0)
        *old = *d;
}

static void commit(struct run *r)
{
    struct saved *s = r->to;
    for (size_t i = 0; i < r->devices.n; i++) {
        struct saved_device *d = r->devices.v[i], *old = map_get(s->named, d->name);
        for (size_t k = 0; k < d->inputs.n; k++)
            saved_sort_lines(saved_told(d->inputs.v[k]));
        if (old != NULL) {
            meet(r, old, d);
            continue;
        }
        map_put(s->named, d->name, d);
        *PUSH(s->arena, s->devices) = d;
    }
    for (size_t i = 0; i < r->packs.n; i++) {
        bool known = false;
        for (size_t k = 0; k < s->packs.n; k++)
            known = known || s->packs.v[k] == r->packs.v[i];
        if (!known)
            *PUSH(s->arena, s->packs) = r->packs.v[i];
    }
    for (size_t i = 0; i < r->assumptions.n; i++)
        *PUSH(s->arena, s->assumptions) = r->assumptions.v[i];
    size_t dropped = s->others.dropped > r->others.dropped ? s->others.dropped : r->others.dropped;
    diags_join(&s->others, &r->others);
    s->others.dropped = dropped;
    s->site = s->results == 0 || str_eq(s->site, r->site) ? r->site : STR("");
    s->results++;
    s->lacks_zones |= r->lacks_zones;
}

/* Reads the LINES of one result, devices before what is said of them. */
static void read_run(struct run *r, const struct lines *lines)
{
    const struct line *last = &lines->v[lines->n - 1];
    read_head(r, last->json, &last->d);
    if (last->number != 0 && last->d.lines != lines->n - 1)
        json_error(last->json, json_at(last->json, last->json->root),
                   "%u lines belong to this result, and %zu are here", last->d.lines, lines->n - 1);
    if (is_wrong(r, last->number))
        return;
    for (size_t i = 0; i < lines->n; i++) {
        read_devices(r, &lines->v[i]);
        if (is_wrong(r, lines->v[i].number))
            return;
    }
    for (size_t i = 0; i < lines->n; i++) {
        read_rest(r, &lines->v[i]);
        if (is_wrong(r, lines->v[i].number))
            return;
    }
    commit(r);
}

/* ---- files --------------------------------------------------------------------------------------
 */

static bool read_json(struct run *r, const struct source *text, struct line *l)
{
    struct arena *a = r->scratch;
    l->json = json_read(a, &r->wrong, text);
    if (l->json == NULL)
        return false;
    const cJSON *type = cJSON_GetObjectItemCaseSensitive(l->json->root, "type");
    if (cJSON_IsString(type) && str_eq(str_of(type->valuestring), STR("finding")))
        l->d.type = str_of(type->valuestring);
    else
        JSON_OBJECT(l->json, l->json->root, "a result", document_keys, &l->d);
    return !l->json->failed;
}

/* One line as a source of its own, at the place of the file. */
static struct source *line_source(struct run *r, struct str text)
{
    struct source *s = NEW(r->scratch, struct source);
    uint32_t *starts = NEW_N(r->scratch, uint32_t, 2);
    starts[1] = (uint32_t)text.n;
    *s = *r->file;
    s->bytes = s->given = text;
    s->n_lines = 1;
    s->starts = starts;
    return s;
}

static bool is_blank(struct str s)
{
    return str_trim(s).n == 0;
}

static void read_document(struct saved *s, const struct source *file)
{
    struct run r = run_new(s, file);
    struct line l = {0};
    if (read_json(&r, file, &l))
        read_run(&r, &(struct lines){&l, 1, 1});
    else
        is_wrong(&r, 0);
    arena_free(r.scratch);
}

/* Lines up to a summary are one result; a document in one line is one, too. Returns the number of
 * the last line. */
static uint32_t read_stream(struct saved *s, const struct source *file, uint32_t from)
{
    struct run r = run_new(s, file);
    struct lines lines = {0};
    uint32_t number = from;
    bool ends = false, good = true;
    for (; number <= file->n_lines && !ends && good; number++) {
        struct str text = source_line(file, number);
        if (is_blank(text))
            continue;
        struct line *l = PUSH(r.scratch, lines);
        *l = (struct line){.number = number};
        good = read_json(&r, line_source(&r, text), l);
        ends = str_eq(l->d.type, STR("summary")) || l->d.type.n == 0;
        if (l->d.type.n == 0)
            l->d.lines = (uint32_t)lines.n - 1;
    }
    if (!good) {
        is_wrong(&r, number - 1);
        number = file->n_lines + 1; /* where the next result begins cannot be known */
    } else if (ends) {
        read_run(&r, &lines);
    } else if (lines.n != 0) {
        diag_add(s->diags, DIAG_INCOMPLETE, span_line(file, from),
                 "the result that begins here has no summary: it was cut off");
    }
    arena_free(r.scratch);
    return number - 1;
}

void saved_read(struct saved *s, const struct source *file)
{
    if (is_blank(file->bytes)) {
        diag_add(s->diags, DIAG_INCOMPLETE, (struct span){file->index, 0, 0, 0, 0},
                 "this file is empty: a result has at least a summary");
        return;
    }
    uint32_t first = 1;
    while (is_blank(source_line(file, first)))
        first++;
    if (!str_ends(str_trim(source_line(file, first)), STR("}"))) {
        read_document(s, file);
        return;
    }
    for (uint32_t line = first; line <= file->n_lines; line++)
        line = read_stream(s, file, line);
}
