/* The baseline: what was accepted once, so that only what is new fails. */
#include "check/check_int.h"
#include "check/json.h"
#include "check/waiver_int.h"

#include <stdlib.h>

static void read_entry(struct json *j, const cJSON *node, struct baseline *to)
{
#define AT(field) .offset = offsetof(struct baseline_entry, field)
    static const struct json_key keys[] = {
        {.key = "fingerprint", .type = JSON_STRING, .required = true, AT(fingerprint)},
        {.key = "rule", .type = JSON_STRING, .required = true, AT(rule)},
        {.key = "title", .type = JSON_STRING, AT(title)},
    };
#undef AT
    struct baseline_entry e = {.at = json_at(j, node)};
    JSON_OBJECT(j, node, "an entry of the baseline", keys, &e);
    *PUSH(j->arena, to->entries) = e;
}

bool baseline_read(struct arena *a, struct diags *d, const struct source *s, struct baseline *to)
{
    struct file {
        uint32_t schema;
        const cJSON *findings;
    } file = {0};
    static const struct json_key keys[] = {
        {.key = "schema",
         .type = JSON_COUNT,
         .required = true,
         .offset = offsetof(struct file, schema)},
        {.key = "findings",
         .type = JSON_NODE,
         .required = true,
         .offset = offsetof(struct file, findings)},
    };
    struct json *j = json_read(a, d, s);
    if (j == NULL)
        return false;
    JSON_OBJECT(j, j->root, "the baseline", keys, &file);
    if (file.schema > 1)
        json_error(j, json_at(j, j->root), "this version knows \"schema\": 1");
    if (file.findings != NULL && json_is_array(j, file.findings, "\"findings\""))
        for (const cJSON *m = file.findings->child; m != NULL; m = m->next)
            read_entry(j, m, to);
    return !j->failed;
}

void baseline_apply(struct check *c, const struct baseline *old)
{
    struct result *r = c->result;
    struct map *known = map_new(c->arena);
    bool *used = NEW_N(c->arena, bool, old->entries.n + 1);
    for (size_t i = 0; i < old->entries.n; i++)
        map_put(known, old->entries.v[i].fingerprint, &used[i]);
    bool *gone = NEW_N(c->arena, bool, r->findings.n + old->entries.n + 1);
    for (size_t i = 0; i < r->findings.n; i++) {
        bool *entry = map_get(known, r->findings.v[i].fingerprint);
        gone[i] = entry != NULL;
        if (gone[i])
            *entry = true;
    }
    for (size_t i = 0; i < old->entries.n; i++) {
        const struct baseline_entry *e = &old->entries.v[i];
        const bool *entry = map_get(known, e->fingerprint);
        if (!*entry)
            waiver_tell(c, WVR_STALE, e->at, e->fingerprint,
                        arena_strf(c->arena,
                                   "%.*s is not found any more: `fwproof baseline` drops it",
                                   STR_ARG(str_safe(c->arena, e->fingerprint))));
    }
    settle(c, gone, NULL);
    settle_controls(c);
    results_sort(c->arena, c->sources, c->result);
}

/* ---- writing ----------------------------------------------------------------------------------
 */

struct row {
    const struct finding *f;
};

static int by_fingerprint(const void *x, const void *y)
{
    const struct row *a = x, *b = y;
    return str_cmp(a->f->fingerprint, b->f->fingerprint);
}

static void write_row(struct arena *a, struct out *o, const struct finding *f, bool last)
{
    const struct {
        const char *key;
        struct str value;
    } members[] = {{"fingerprint", f->fingerprint}, {"rule", f->rule->id}, {"title", f->title}};
    char *values[sizeof members / sizeof *members];
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        values[i] = arena_cstr(a, str_safe(a, members[i].value));
    cJSON *json = cJSON_CreateObject();
    bool whole = json != NULL;
    for (size_t i = 0; whole && i < sizeof members / sizeof *members; i++)
        whole = cJSON_AddStringToObject(json, members[i].key, values[i]) != NULL;
    char *text = whole ? cJSON_PrintUnformatted(json) : NULL;
    struct str line = arena_copy(a, str_of(text));
    cJSON_free(text);
    cJSON_Delete(json);
    if (line.n == 0)
        arena_fail(a);
    out_fmt(o, "    %.*s%s\n", STR_ARG(line), last ? "" : ",");
}

struct str baseline_text(struct arena *a, const struct result *r, bool accept_new)
{
    ARRAY(struct row) rows = {0};
    for (size_t i = 0; i < r->settled.n; i++)
        if (r->settled.v[i].waiver == NULL)
            *PUSH(a, rows) = (struct row){&r->settled.v[i].finding};
    for (size_t i = 0; i < r->findings.n && accept_new; i++)
        if (!str_starts(r->findings.v[i].rule->id, STR("WVR-")))
            *PUSH(a, rows) = (struct row){&r->findings.v[i]};
    if (rows.n != 0)
        qsort(rows.v, rows.n, sizeof *rows.v, by_fingerprint);
    struct out o = {.arena = a};
    out_text(&o, "{\n  \"schema\": 1,\n  \"findings\": [\n");
    for (size_t i = 0; i < rows.n; i++)
        write_row(a, &o, rows.v[i].f, i + 1 == rows.n);
    out_text(&o, "  ]\n}\n");
    return out_taken(&o);
}
