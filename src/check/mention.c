/* Kind "mention": rules in force that name an address or a port as such, needed or not. A rule that
 * covers it among much else does not name it. */
#include "check/goal.h"
#include "check/json.h"

/* A set of as many values at most names each of them. */
#define FEW 16

struct mention_def {
    struct str service; /* "tcp/8191"; empty: whatever */
    struct service_def parsed;
    const cJSON *to;
    struct goal goal; /* destinations; only where TO is given */
};

static const void *compile(struct json *j, const struct pack *p, const cJSON *object)
{
    static const struct json_key keys[] = {
        {.key = "service", .type = JSON_STRING, .offset = offsetof(struct mention_def, service)},
        {.key = "to", .type = JSON_NODE, .offset = offsetof(struct mention_def, to)},
    };
    struct mention_def *d = NEW(j->arena, struct mention_def);
    JSON_OBJECT(j, object, "\"mention\"", keys, d);
    if (d->service.n != 0 && !service_parse(j->arena, d->service, &d->parsed))
        json_error(j, json_at(j, cJSON_GetObjectItemCaseSensitive(object, "service")),
                   "\"%.*s\" is not a service", STR_ARG(str_safe(j->arena, d->service)));
    if (d->to != NULL)
        goal_read(j, d->to, p, &d->goal);
    if (d->to == NULL && d->service.n == 0)
        json_error(j, json_at(j, object), "\"mention\" names neither \"service\" nor \"to\"");
    return d;
}

/* The interval of SET that VALUE lies in is a short one. */
static bool names_value(const struct sets *s, set_id set, u128 value)
{
    size_t n;
    const struct ival *v = set_ivals(s, set, &n);
    for (size_t i = 0; i < n; i++)
        if (v[i].lo <= value && value <= v[i].hi)
            return v[i].hi - v[i].lo < FEW;
    return false;
}

static bool names_service(const struct check *c, const struct mention_def *d, const struct cube *x)
{
    const struct sets *s = c->policy->sets;
    if (d->service.n == 0)
        return true;
    if (!set_has(s, x->f[FIELD_PROTO], d->parsed.proto))
        return false;
    for (size_t i = 0; i < d->parsed.ports.n; i++)
        if (names_value(s, x->f[FIELD_DPORT], d->parsed.ports.v[i].lo))
            return true;
    return false;
}

/* Some part of the destinations lies inside the goal and fills no more than it. */
static bool names_goal(struct check *c, const struct cube *x, struct addrs goal)
{
    for (int f = FAMILY_V4; f <= FAMILY_V6; f++) {
        size_t n;
        if (!set_has(c->policy->sets, x->f[FIELD_FAMILY], (u128)f))
            continue;
        const struct ival *v = set_ivals(c->policy->sets, x->f[FIELD_DST], &n);
        for (size_t i = 0; i < n; i++) {
            set_id one = set_range(c->policy->sets, v[i].lo, v[i].hi);
            if (set_within(c->policy->sets, one, goal.v[f]))
                return true;
        }
    }
    return false;
}

static bool mentions(struct check *c, const struct mention_def *d, const struct rule *r,
                     struct addrs goal)
{
    if (r->inactive || r->implicit || r->action == ACT_DENY)
        return false;
    for (size_t i = 0; i < r->n_match; i++)
        if (names_service(c, d, &r->match[i]) &&
            (d->to == NULL || names_goal(c, &r->match[i], goal)))
            return true;
    return false;
}

static void tell(struct check *c, const struct rule_def *def, const struct rule *r)
{
    struct finding *f = finding_add(c, def);
    struct variables v = {0};
    f->at = r->at;
    f->message = template_fill(c->arena, def->message, &v);
    f->effect = template_fill(c->arena, def->effect, &v);
    f->subject = r->text;
    struct fix fix = {.remove = r};
    fix_add(c, f, &fix, &v);
}

/* The site gives an empty list on purpose. */
static bool says_none(struct check *c, const struct rule_def *r, const struct goal *g)
{
    const struct parameter *p =
        g->kind == GOAL_PARAMETER
            ? site_parameter(c->site, r->pack->id, arena_cstr(c->arena, g->key))
            : NULL;
    return p != NULL && p->values.n == 0;
}

static void run(struct check *c, const struct rule_def *r)
{
    const struct mention_def *d = r->params;
    struct addrs goal = {{SET_EMPTY, SET_EMPTY}};
    struct lack lack = {0};
    size_t found = 0;
    if (d->to != NULL && !goal_addrs(c, r, &d->goal, &goal, &lack)) {
        if (says_none(c, r, &d->goal))
            control_add(c, r, STATUS_PASS, STR("the site file says that there are none"));
        else
            control_add(c, r, STATUS_UNKNOWN, lack.reason)->advice = lack.advice;
        return;
    }
    const bool *in_force = chains_reached(c);
    for (size_t i = 0; i < c->policy->chains.n; i++)
        for (size_t k = 0; in_force[i] && k < c->policy->chains.v[i]->n_rules; k++)
            if (mentions(c, d, c->policy->chains.v[i]->rules[k], goal)) {
                tell(c, r, c->policy->chains.v[i]->rules[k]);
                found++;
            }
    control_add(c, r, found == 0 ? STATUS_PASS : STATUS_FAIL,
                found == 0 ? STR("no rule names it")
                           : arena_strf(c->arena, "%zu rule%s it", found,
                                        found == 1 ? " names" : "s name"));
}

const struct check_kind check_kind_mention = {
    .name = "mention", .title = "rules that name what none needs", .compile = compile, .run = run};
