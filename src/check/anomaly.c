/* Kind "anomaly": rules that have no effect. */
#include "analyze/anomaly.h"

#include "check/check_int.h"
#include "check/json.h"

/* Steps for one rule: most need a few, and there may be very many rules. */
#define STEPS_MAX 200000u
#define BLOCKERS_SHOWN 8

struct anomaly_def {
    struct str find; /* "dead" */
};

static const void *compile(struct json *j, const struct pack *p, const cJSON *object)
{
    static const struct json_key keys[] = {
        {.key = "find",
         .type = JSON_STRING,
         .required = true,
         .offset = offsetof(struct anomaly_def, find)},
    };
    (void)p;
    struct anomaly_def *d = NEW(j->arena, struct anomaly_def);
    JSON_OBJECT(j, object, "\"anomaly\"", keys, d);
    if (!str_eq(d->find, STR("dead")))
        json_error(j, json_at(j, object), "an anomaly to find is \"dead\"");
    return d;
}

static const char *effect_of(const struct rule *r)
{
    return r->action == ACT_PERMIT ? "permits" : r->action == ACT_DENY ? "denies" : "takes";
}

static struct str blockers_text(struct check *c, const struct dead_rule *d)
{
    struct strs lines = {0};
    for (size_t i = 0; i < d->blockers.n; i++)
        *PUSH(c->arena, lines) = arena_strf(c->arena, "%u", d->blockers.v[i]->at.line);
    if (lines.n == 0)
        return STR("nothing of it gets here: what leads to its list lets none of it through");
    struct str all = join(c->arena, &lines, ", ", BLOCKERS_SHOWN);
    struct out o = {.arena = c->arena};
    out_fmt(&o, "%s %.*s %s all of it", lines.n == 1 ? "line" : "lines", STR_ARG(all),
            lines.n == 1 ? "takes" : "together take");
    if (d->contrary != NULL)
        out_fmt(&o, "; line %u %s what this rule would %s%s", d->contrary->at.line,
                effect_of(d->contrary), d->rule->action == ACT_PERMIT ? "permit" : "deny",
                d->revived ? ", and without it this rule matches again" : "");
    return out_taken(&o);
}

static void tell_dead(struct check *c, const struct rule_def *r, const struct dead_rule *d)
{
    struct finding *f = finding_add(c, r);
    struct variables v = {0};
    struct region match = {0};
    for (size_t i = 0; i < d->rule->n_match; i++)
        *PUSH(c->arena, match) = d->rule->match[i];
    variable_set(c, &v, "why", blockers_text(c, d));
    variable_set(c, &v, "effect",
                 d->contrary == NULL ? STR("it decides nothing; readers think that it does")
                                     : STR("what it says is not what happens"));
    f->at = d->rule->at;
    f->message = template_fill(c->arena, r->message, &v);
    f->effect = template_fill(c->arena, r->effect, &v);
    for (size_t i = 0; i < d->blockers.n; i++)
        finding_relate(c, f, d->blockers.v[i]->at,
                       d->blockers.v[i] == d->contrary ? STR("this rule does something else")
                                                       : STR("this rule comes before"));
    f->subject =
        arena_strf(c->arena, "%.*s:%s:%.*s", STR_ARG(d->rule->chain->name),
                   action_names[d->rule->action], STR_ARG(region_text(c, &match, 16, WHOLE)));
    struct fix fix = {.remove = d->rule};
    fix_add(c, f, &fix, &v);
}

static void run(struct check *c, const struct rule_def *r)
{
    uint64_t steps = c->budget != 0 && c->budget < STEPS_MAX ? c->budget : STEPS_MAX;
    struct anomalies all = anomalies_find(c->policy, c->arena, steps);
    for (size_t i = 0; i < all.dead.n; i++)
        tell_dead(c, r, &all.dead.v[i]);
    for (size_t i = 0; i < all.undecided.n; i++)
        diag_add(c->diags, DIAG_INCOMPLETE, all.undecided.v[i]->at,
                 "whether this rule can match is undecided: the budget ran out");
    if (all.dead.n != 0)
        control_add(c, r, STATUS_FAIL, arena_strf(c->arena, "%zu rules never match", all.dead.n));
    else if (all.undecided.n != 0)
        control_add(c, r, STATUS_UNKNOWN,
                    arena_strf(c->arena, "%zu rules are undecided", all.undecided.n));
    else
        control_add(
            c, r, STATUS_PASS,
            arena_strf(c->arena, "each of %zu rules has a packet that it matches", all.live));
}

const struct check_kind check_kind_anomaly = {
    .name = "anomaly", .title = "rules without effect", .compile = compile, .run = run};
