/* Requirements from JSON. */
#include "check/json.h"
#include "check/require.h"

static const char *const quantifiers[] = {"all", "any"};
static const char *const part_words[] = {"missing", "unknown", "enough"};

static void read_flow(struct json *j, const cJSON *node, struct flow_defs *list,
                      const struct pack *p)
{
    struct flow_keys {
        struct str name, service, source_ports, cost;
        const cJSON *to;
        int part, severity;
    };
#define AT(field) .offset = offsetof(struct flow_keys, field)
    static const struct json_key keys[] = {
        {.key = "name", .type = JSON_STRING, .required = true, AT(name)},
        {.key = "service", .type = JSON_STRING, .required = true, AT(service)},
        {.key = "source_ports", .type = JSON_STRING, AT(source_ports)},
        {.key = "cost", .type = JSON_STRING, AT(cost)},
        {.key = "to", .type = JSON_NODE, .required = true, AT(to)},
        {.key = "part", .type = JSON_WORD, .words = part_words, .n_words = 3, AT(part)},
        {.key = "severity", .type = JSON_WORD, .words = severity_names, .n_words = 3, AT(severity)},
    };
#undef AT
    struct flow_keys k = {.severity = -1};
    JSON_OBJECT(j, node, "a flow", keys, &k);
    struct flow_def *f = PUSH(j->arena, *list);
    *f = (struct flow_def){.name = k.name, .cost = k.cost, .part = k.part, .severity = k.severity};
    if (k.service.n != 0 && !service_parse(j->arena, k.service, &f->service))
        json_error(j, json_at(j, cJSON_GetObjectItemCaseSensitive(node, "service")),
                   "\"%.*s\" is not a service", STR_ARG(str_safe(j->arena, k.service)))
            ->hint = STR("write udp/5060, tcp/80,443, udp/16384-65535 or any");
    if (k.source_ports.n != 0 && !ports_parse(j->arena, k.source_ports, &f->service, true))
        json_error(j, json_at(j, cJSON_GetObjectItemCaseSensitive(node, "source_ports")),
                   "\"%.*s\" are not ports", STR_ARG(str_safe(j->arena, k.source_ports)));
    if (k.to != NULL)
        goal_read(j, k.to, p, &f->goal);
}

static void read_flows(struct json *j, const cJSON *node, struct flow_defs *list,
                       const struct pack *p)
{
    if (node == NULL || !json_is_array(j, node, "a list of flows"))
        return;
    for (const cJSON *m = node->child; m != NULL; m = m->next)
        read_flow(j, m, list, p);
    if (list->n == 0)
        json_error(j, json_at(j, node), "\"%s\" is empty", node->string);
}

static void read_known(struct json *j, const cJSON *node, void *to)
{
    struct require_def *r = to;
    if (!json_is_object(j, node, "\"known\""))
        return;
    for (const cJSON *m = json_first(node); m != NULL; m = json_next(m)) {
        struct known_def *k = PUSH(j->arena, r->known);
        *k = (struct known_def){0};
        if (!service_parse(j->arena, json_key(m), &k->ports))
            json_error(j, json_key_at(j, m), "\"%s\" is not a service", m->string);
        json_string(j, m, &k->name);
    }
}

const void *require_read(struct json *j, const struct pack *p, const cJSON *object)
{
    struct require_keys {
        struct require_def def;
        const cJSON *flows, *when, *sources;
    };
#define AT(field) .offset = offsetof(struct require_keys, field)
    static const struct json_key keys[] = {
        {.key = "who", .type = JSON_STRINGS, AT(def.who)},
        {.key = "sources", .type = JSON_NODE, AT(sources)},
        {.key = "from", .type = JSON_STRING, .required = true, AT(def.from)},
        {.key = "to", .type = JSON_STRING, .required = true, AT(def.to)},
        {.key = "quantifier",
         .type = JSON_WORD,
         .required = true,
         .words = quantifiers,
         .n_words = 2,
         AT(def.quantifier)},
        {.key = "anyone", .type = JSON_FLAG, AT(def.anyone)},
        {.key = "flows", .type = JSON_NODE, .required = true, AT(flows)},
        {.key = "when", .type = JSON_NODE, AT(when)},
        {.key = "only_less", .type = JSON_FLAG, AT(def.only_less)},
        {.key = "known", .type = JSON_OTHER, .read = read_known, AT(def)},
        {.key = "advice", .type = JSON_TEXT, AT(def.advice)},
        {.key = "part_by", .type = JSON_STRING, AT(def.part_by)},
    };
#undef AT
    struct require_keys *x = NEW(j->arena, struct require_keys);
    JSON_OBJECT(j, object, "\"require\"", keys, x);
    x->def.has_sources = x->sources != NULL;
    if (x->sources != NULL)
        goal_read(j, x->sources, p, &x->def.sources);
    read_flows(j, x->flows, &x->def.flows, p);
    read_flows(j, x->when, &x->def.when, p);
    return &x->def;
}
