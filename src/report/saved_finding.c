/* Findings, controls and diagnostics of a saved result. */
#include "check/waiver.h"
#include "report/saved_int.h"

#include <string.h>

/* ---- places -------------------------------------------------------------------------------------
 */

struct location {
    struct str path;
    uint32_t line, column, end_line, end_column;
    bool whole_file;
};
static const struct json_key location_keys[] = {
    {.key = "path",
     .type = JSON_STRING,
     .required = true,
     .offset = offsetof(struct location, path)},
    {.key = "line",
     .type = JSON_COUNT,
     .required = true,
     .offset = offsetof(struct location, line)},
    {.key = "column",
     .type = JSON_COUNT,
     .required = true,
     .offset = offsetof(struct location, column)},
    {.key = "end_line",
     .type = JSON_COUNT,
     .required = true,
     .offset = offsetof(struct location, end_line)},
    {.key = "end_column",
     .type = JSON_COUNT,
     .required = true,
     .offset = offsetof(struct location, end_column)},
    {.key = "whole_file", .type = JSON_FLAG, .offset = offsetof(struct location, whole_file)},
};

static struct span read_place(struct run *r, struct json *j, const struct saved_device *d,
                              const cJSON *node)
{
    struct location at = {0};
    if (node == NULL)
        return SPAN_NONE;
    JSON_OBJECT(j, node, "a location", location_keys, &at);
    if (j->failed)
        return SPAN_NONE;
    uint32_t file = run_source(r, d, at.path)->index;
    if (at.whole_file)
        return (struct span){file, 0, 0, 0, 0};
    return (struct span){file, at.line, at.column, at.end_line, at.end_column};
}

/* ---- rules --------------------------------------------------------------------------------------
 */

/* The rule as its pack has it; where the pack is not at hand, as much as the result tells. */
static const struct rule_def *rule_of(struct run *r, struct str id, const struct strs *references)
{
    const struct rule_def *known = packs_find(&r->packs, id);
    if (known == NULL)
        known = waiver_rule_find(id);
    if (known != NULL && str_eq(known->id, id))
        return known;
    struct arena *a = r->to->arena;
    struct str key = arena_strf(a, "%.*s %zu", STR_ARG(id), references->n);
    struct rule_def *rule = map_get(r->strangers, key);
    if (rule != NULL)
        return rule;
    rule = NEW(a, struct rule_def);
    rule->id = run_keep(r, id);
    for (size_t i = 0; i < references->n; i++)
        PUSH(a, rule->sources)->url = run_keep(r, references->v[i]);
    map_put(r->strangers, key, rule);
    return rule;
}

/* ---- sets of packets ----------------------------------------------------------------------------
 */

static bool is_key_of(struct str key, enum field f)
{
    return str_eq(key, str_of(field_keys[f])) ||
           (f == FIELD_SPORT && str_eq(key, STR("icmp_type"))) ||
           (f == FIELD_DPORT && str_eq(key, STR("icmp_code")));
}

static void field_words(struct json *j, const cJSON *node, struct strs *words)
{
    struct str word;
    if (cJSON_IsString(node)) {
        *PUSH(j->arena, *words) = str_of(node->valuestring);
        return;
    }
    if (json_is_array(j, node, "a field of a box"))
        for (const cJSON *m = node->child; m != NULL; m = m->next)
            if (json_string(j, m, &word))
                *PUSH(j->arena, *words) = word;
}

/* The box's values of one field. "icmp_type" stands behind "sport" and counts instead. */
static void read_field(struct json *j, const struct policy *p, const cJSON *box, enum field f,
                       struct cube *c, int *family)
{
    const cJSON *node = NULL;
    for (const cJSON *m = json_first(box); m != NULL; m = json_next(m))
        if (is_key_of(json_key(m), f))
            node = m;
    struct strs words = {0};
    if (node == NULL)
        return;
    field_words(j, node, &words);
    if (!j->failed && !set_parse(p->sets, &c->f[f], f, &words, family, &p->ifaces))
        json_error(j, json_at(j, node), "\"%s\" of a box has a value that is none", field_keys[f]);
}

static void known_fields(struct json *j, const cJSON *box)
{
    for (const cJSON *m = json_first(box); m != NULL; m = json_next(m)) {
        bool known = false;
        for (int f = 0; f < FIELD_COUNT; f++)
            known = known || is_key_of(json_key(m), (enum field)f);
        if (!known)
            json_error(j, json_key_at(j, m), "a box has no field \"%.*s\"",
                       STR_ARG(str_safe(j->arena, json_key(m))));
    }
}

static void read_boxes(struct run *r, struct json *j, const struct policy *p, const cJSON *array,
                       struct region *out)
{
    if (array == NULL || !json_is_array(j, array, "a set of packets"))
        return;
    for (const cJSON *m = array->child; m != NULL && !j->failed; m = m->next) {
        if (!json_is_object(j, m, "a box"))
            return;
        struct cube c = cube_any(p->sets);
        int family = -1;
        known_fields(j, m);
        for (int f = 0; f < FIELD_COUNT && !j->failed; f++)
            read_field(j, p, m, (enum field)f, &c, &family);
        if (family >= 0)
            c.f[FIELD_FAMILY] = set_one(p->sets, (u128)family);
        if (!j->failed)
            *PUSH(r->to->arena, *out) = c;
    }
}

struct witness {
    struct str from, to, proto, src, dst, state;
    uint32_t sport, dport, type, code, mark, ctmark;
};
static const struct json_key witness_keys[] = {
    {.key = "from", .type = JSON_STRING, .offset = offsetof(struct witness, from)},
    {.key = "to", .type = JSON_STRING, .offset = offsetof(struct witness, to)},
    {.key = "proto",
     .type = JSON_STRING,
     .required = true,
     .offset = offsetof(struct witness, proto)},
    {.key = "src", .type = JSON_STRING, .required = true, .offset = offsetof(struct witness, src)},
    {.key = "dst", .type = JSON_STRING, .required = true, .offset = offsetof(struct witness, dst)},
    {.key = "sport", .type = JSON_COUNT, .offset = offsetof(struct witness, sport)},
    {.key = "dport", .type = JSON_COUNT, .offset = offsetof(struct witness, dport)},
    {.key = "icmp_type", .type = JSON_COUNT, .offset = offsetof(struct witness, type)},
    {.key = "icmp_code", .type = JSON_COUNT, .offset = offsetof(struct witness, code)},
    {.key = "state", .type = JSON_STRING, .offset = offsetof(struct witness, state)},
    {.key = "mark", .type = JSON_COUNT, .offset = offsetof(struct witness, mark)},
    {.key = "ctmark", .type = JSON_COUNT, .offset = offsetof(struct witness, ctmark)},
};

static u128 class_named(const struct policy *p, struct str name)
{
    const uint32_t *class = map_get(p->ifaces.index, name);
    return class == NULL ? 0 : *class;
}

static bool read_witness(struct json *j, const struct policy *p, const cJSON *node,
                         struct packet *to)
{
    struct witness w = {0};
    uint8_t proto = 0;
    enum family family = FAMILY_V4, other = FAMILY_V4;
    JSON_OBJECT(j, node, "a packet", witness_keys, &w);
    if (j->failed)
        return false;
    if (!proto_parse(w.proto, &proto) || !addr_parse(w.src, &family, &to->f[FIELD_SRC]) ||
        !addr_parse(w.dst, &other, &to->f[FIELD_DST]) || family != other) {
        json_error(j, json_at(j, node), "this packet is none: protocol or addresses");
        return false;
    }
    to->f[FIELD_FAMILY] = (u128)family;
    to->f[FIELD_PROTO] = proto;
    to->f[FIELD_IN] = class_named(p, w.from);
    to->f[FIELD_OUT] = class_named(p, w.to);
    to->f[FIELD_SPORT] = proto_is_icmp(proto) ? w.type : w.sport;
    to->f[FIELD_DPORT] = proto_is_icmp(proto) ? w.code : w.dport;
    to->f[FIELD_MARK] = w.mark;
    to->f[FIELD_CTMARK] = w.ctmark;
    u128 state = 0;
    while (state < 5 && !str_eq(w.state, str_of(state_names[state])))
        state++;
    to->f[FIELD_STATE] = state; /* 5: none is told */
    return true;
}

/* ---- findings -----------------------------------------------------------------------------------
 */

/* The members of a finding as they stand there. */
struct raw {
    struct str type, rule, title, message, device, effect, fingerprint, state;
    int severity, certainty;
    const cJSON *location, *related, *witness, *required, *permitted, *missing, *coverage, *waiver,
        *way;
    struct strs fix, references;
};
#define RAW(KEY, TYPE, MEMBER, REQUIRED)                                                           \
    {                                                                                              \
        .key = KEY, .type = TYPE, .required = REQUIRED, .offset = offsetof(struct raw, MEMBER)     \
    }
static const struct json_key finding_keys[] = {
    RAW("type", JSON_STRING, type, false),
    RAW("rule", JSON_STRING, rule, true),
    {.key = "severity",
     .type = JSON_WORD,
     .required = true,
     .offset = offsetof(struct raw, severity),
     .words = severity_names,
     .n_words = 3},
    {.key = "certainty",
     .type = JSON_WORD,
     .required = true,
     .offset = offsetof(struct raw, certainty),
     .words = certainty_names,
     .n_words = 2},
    RAW("title", JSON_STRING, title, true),
    RAW("message", JSON_STRING, message, true),
    RAW("device", JSON_STRING, device, true),
    RAW("location", JSON_NODE, location, false),
    RAW("related", JSON_NODE, related, true),
    RAW("way", JSON_NODE, way, false),
    RAW("witness", JSON_NODE, witness, false),
    RAW("required", JSON_NODE, required, true),
    RAW("permitted", JSON_NODE, permitted, true),
    RAW("missing", JSON_NODE, missing, true),
    RAW("coverage", JSON_NODE, coverage, false),
    RAW("effect", JSON_STRING, effect, true),
    RAW("fix", JSON_STRINGS, fix, true),
    RAW("references", JSON_STRINGS, references, true),
    RAW("fingerprint", JSON_STRING, fingerprint, true),
    RAW("state", JSON_STRING, state, false),
    RAW("waiver", JSON_NODE, waiver, false),
};

struct raw_related {
    struct str message;
    const cJSON *location;
};
static const struct json_key related_keys[] = {
    {.key = "message",
     .type = JSON_STRING,
     .required = true,
     .offset = offsetof(struct raw_related, message)},
    {.key = "location", .type = JSON_NODE, .offset = offsetof(struct raw_related, location)},
};

struct related saved_related(struct run *r, struct json *j, const struct saved_device *d,
                             const cJSON *object)
{
    struct raw_related raw = {0};
    JSON_OBJECT(j, object, "a related place", related_keys, &raw);
    struct span at = read_place(r, j, d, raw.location);
    return (struct related){run_keep(r, raw.message), at};
}

static void read_related(struct run *r, struct json *j, const struct saved_device *d,
                         const struct raw *raw, struct finding *f)
{
    if (raw->related != NULL && json_is_array(j, raw->related, "\"related\""))
        for (const cJSON *m = raw->related->child; m != NULL && !j->failed; m = m->next)
            *PUSH(r->to->arena, f->related) = saved_related(r, j, d, m);
    if (raw->way != NULL && json_is_array(j, raw->way, "\"way\""))
        for (const cJSON *m = raw->way->child; m != NULL && !j->failed; m = m->next)
            *PUSH(r->to->arena, f->path) = saved_related(r, j, d, m);
}

/* Beyond 2^53 a double has lost digits; the largest value of all is what such figures are. */
static uint64_t number(const cJSON *node)
{
    double v = cJSON_IsNumber(node) ? node->valuedouble : 0;
    return v <= 0 ? 0 : v >= 18446744073709551615.0 ? UINT64_MAX : (uint64_t)v;
}

static void read_coverage(struct json *j, const cJSON *node, struct coverage *to)
{
    static const char *const units[] = {"addresses", "ports", "flows"};
    const cJSON *unit = cJSON_GetObjectItemCaseSensitive(node, "unit");
    struct str word = STR("");
    if (!json_is_object(j, node, "\"coverage\"") || (unit != NULL && !json_string(j, unit, &word)))
        return;
    to->have = number(cJSON_GetObjectItemCaseSensitive(node, "have"));
    to->need = number(cJSON_GetObjectItemCaseSensitive(node, "need"));
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (str_eq(word, str_of(units[i])))
            to->unit = units[i];
    if (to->unit == NULL || to->have > to->need)
        json_error(j, json_at(j, node), "\"coverage\" is none: unit or figures");
}

static const struct json_key waiver_keys[] = {
    {.key = "id", .type = JSON_STRING, .required = true, .offset = offsetof(struct waiver, id)},
    {.key = "ticket", .type = JSON_STRING, .offset = offsetof(struct waiver, ticket)},
    {.key = "approved_by", .type = JSON_STRING, .offset = offsetof(struct waiver, approved_by)},
    {.key = "expires", .type = JSON_STRING, .offset = offsetof(struct waiver, expires)},
    {.key = "reason", .type = JSON_STRING, .offset = offsetof(struct waiver, reason)},
};

static const struct waiver *read_waiver(struct run *r, struct json *j, const cJSON *node)
{
    struct waiver *w = NEW(r->to->arena, struct waiver);
    JSON_OBJECT(j, node, "a waiver", waiver_keys, w);
    struct str *kept[] = {&w->id, &w->ticket, &w->approved_by, &w->expires, &w->reason};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        *kept[i] = run_keep(r, *kept[i]);
    return w;
}

static void fill_finding(struct run *r, struct json *j, const struct saved_device *d,
                         const struct raw *raw, struct finding *f)
{
    *f = (struct finding){
        .rule = rule_of(r, raw->rule, &raw->references),
        .policy = d->policy,
        .severity = (enum severity)raw->severity,
        .certainty = (enum certainty)raw->certainty,
        .title = run_keep(r, raw->title),
        .message = run_keep(r, raw->message),
        .effect = run_keep(r, raw->effect),
        .at = read_place(r, j, d, raw->location),
        .fix = run_keep_all(r, &raw->fix),
        .fingerprint = run_keep(r, raw->fingerprint),
    };
    read_related(r, j, d, raw, f);
    if (raw->witness != NULL)
        f->has_witness = read_witness(j, d->policy, raw->witness, &f->witness);
    read_boxes(r, j, d->policy, raw->required, &f->required);
    read_boxes(r, j, d->policy, raw->permitted, &f->permitted);
    read_boxes(r, j, d->policy, raw->missing, &f->missing);
    if (raw->coverage != NULL)
        read_coverage(j, raw->coverage, &f->coverage);
}

void saved_finding(struct run *r, struct json *j, const cJSON *object)
{
    struct raw raw = {0};
    JSON_OBJECT(j, object, "a finding", finding_keys, &raw);
    if (j->failed)
        return;
    bool waived = str_eq(raw.state, STR("waived"));
    if (waived != (raw.waiver != NULL) ||
        (!waived && raw.state.n != 0 && !str_eq(raw.state, STR("baseline")))) {
        json_error(j, json_at(j, object),
                   "\"state\" is \"baseline\", or \"waived\" with a \"waiver\"");
        return;
    }
    struct saved_device *d = run_device(r, raw.device);
    struct finding f;
    fill_finding(r, j, d, &raw, &f);
    if (raw.state.n == 0)
        *PUSH(r->to->arena, d->result.findings) = f;
    else
        *PUSH(r->to->arena, d->result.settled) =
            (struct settled){f, raw.waiver == NULL ? NULL : read_waiver(r, j, raw.waiver)};
}

void saved_findings(struct run *r, struct json *j, const cJSON *array)
{
    if (array == NULL || !json_is_array(j, array, "a list of findings"))
        return;
    for (const cJSON *m = array->child; m != NULL && !j->failed; m = m->next)
        saved_finding(r, j, m);
}

/* ---- controls and diagnostics -------------------------------------------------------------------
 */

struct raw_control {
    struct str rule, device, reason;
    int status;
    struct strs advice;
};
static const struct json_key control_keys[] = {
    {.key = "rule",
     .type = JSON_STRING,
     .required = true,
     .offset = offsetof(struct raw_control, rule)},
    {.key = "device",
     .type = JSON_STRING,
     .required = true,
     .offset = offsetof(struct raw_control, device)},
    {.key = "status",
     .type = JSON_WORD,
     .required = true,
     .offset = offsetof(struct raw_control, status),
     .words = status_names,
     .n_words = 5},
    {.key = "reason", .type = JSON_STRING, .offset = offsetof(struct raw_control, reason)},
    {.key = "advice", .type = JSON_STRINGS, .offset = offsetof(struct raw_control, advice)},
};

void saved_controls(struct run *r, struct json *j, const cJSON *array)
{
    if (array == NULL || !json_is_array(j, array, "\"controls\""))
        return;
    for (const cJSON *m = array->child; m != NULL && !j->failed; m = m->next) {
        struct raw_control raw = {0};
        JSON_OBJECT(j, m, "a control", control_keys, &raw);
        if (j->failed)
            return;
        struct saved_device *d = run_device(r, raw.device);
        *PUSH(r->to->arena, d->result.controls) = (struct control){
            .rule = rule_of(r, raw.rule, &(struct strs){0}),
            .policy = d->policy,
            .status = (enum status)raw.status,
            .reason = run_keep(r, raw.reason),
            .advice = run_keep_all(r, &raw.advice),
        };
    }
}

struct raw_diag {
    int level;
    struct str message, hint, device;
    const cJSON *location;
};
static const struct json_key diag_keys[] = {
    {.key = "level",
     .type = JSON_WORD,
     .required = true,
     .offset = offsetof(struct raw_diag, level),
     .words = diag_level_names,
     .n_words = 4},
    {.key = "message",
     .type = JSON_STRING,
     .required = true,
     .offset = offsetof(struct raw_diag, message)},
    {.key = "hint", .type = JSON_STRING, .offset = offsetof(struct raw_diag, hint)},
    {.key = "device", .type = JSON_STRING, .offset = offsetof(struct raw_diag, device)},
    {.key = "location", .type = JSON_NODE, .offset = offsetof(struct raw_diag, location)},
};

void saved_diagnostics(struct run *r, struct json *j, const cJSON *array)
{
    if (array == NULL || !json_is_array(j, array, "\"diagnostics\""))
        return;
    for (const cJSON *m = array->child; m != NULL && !j->failed; m = m->next) {
        struct raw_diag raw = {0};
        JSON_OBJECT(j, m, "a diagnostic", diag_keys, &raw);
        if (j->failed)
            return;
        struct saved_device *d = raw.device.n == 0 ? NULL : run_device(r, raw.device);
        struct span at = read_place(r, j, d, raw.location);
        struct diags *to = d == NULL ? &r->others : &d->diags;
        to->arena = r->to->arena;
        *PUSH(to->arena, *to) = (struct diag){(enum diag_level)raw.level, at,
                                              run_keep(r, raw.message), run_keep(r, raw.hint)};
        to->worst[raw.level] = true;
    }
}
