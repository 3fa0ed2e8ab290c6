/* Kind "anomaly": rules that have no effect. */
#include "analyze/anomaly.h"

#include "check/check_int.h"
#include "check/json.h"

/* Steps for one rule: most need a few, and there may be very many rules. */
#define STEPS_MAX 200000u
#define BLOCKERS_SHOWN 8

struct anomaly_def {
    struct str find; /* "dead", "redundant" */
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
    if (!str_eq(d->find, STR("dead")) && !str_eq(d->find, STR("redundant")))
        json_error(j, json_at(j, object), "an anomaly to find is \"dead\" or \"redundant\"");
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

/* The rule by what it means, not by where it stands. */
static struct str subject_of(struct check *c, const struct rule *r)
{
    struct region match = {0};
    for (size_t i = 0; i < r->n_match; i++)
        *PUSH(c->arena, match) = r->match[i];
    return arena_strf(c->arena, "%.*s:%s:%.*s", STR_ARG(r->chain->name), action_names[r->action],
                      STR_ARG(region_text(c, &match, 16, WHOLE)));
}

static void tell_dead(struct check *c, const struct rule_def *r, const struct dead_rule *d)
{
    struct finding *f = finding_add(c, r);
    struct variables v = {0};
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
    f->subject = subject_of(c, d->rule);
    struct fix fix = {.remove = d->rule};
    fix_add(c, f, &fix, &v);
}

static void run_dead(struct check *c, const struct rule_def *r)
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

/* So that a large policy does not take long: its other rules stay undecided, and are counted. */
#define REDUNDANT_EACH 20000u
#define REDUNDANT_ALL 100000u

static void tell_redundant(struct check *c, const struct rule_def *r, const struct rule *rule)
{
    struct finding *f = finding_add(c, r);
    struct variables v = {0};
    variable_set(c, &v, "effect", str_of(rule->action == ACT_PERMIT ? "permitted" : "denied"));
    f->at = rule->at;
    f->message = template_fill(c->arena, r->message, &v);
    f->effect = template_fill(c->arena, r->effect, &v);
    f->subject = subject_of(c, rule);
    struct fix fix = {.remove = rule};
    fix_add(c, f, &fix, &v);
}

static void run_redundant(struct check *c, const struct rule_def *r)
{
    struct redundancy all = redundant_find(c->policy, c->arena, REDUNDANT_EACH, REDUNDANT_ALL);
    for (size_t i = 0; i < all.found.n; i++)
        tell_redundant(c, r, all.found.v[i]);
    if (all.found.n != 0)
        control_add(c, r, STATUS_FAIL,
                    arena_strf(c->arena, "%zu rules change nothing, %zu are undecided", all.found.n,
                               all.undecided));
    else if (all.undecided != 0)
        control_add(c, r, STATUS_UNKNOWN,
                    arena_strf(c->arena, "%zu rules are undecided", all.undecided));
    else
        control_add(c, r, STATUS_PASS, STR("without any of the rules something would change"));
}

static void run(struct check *c, const struct rule_def *r)
{
    const struct anomaly_def *d = r->params;
    if (str_eq(d->find, STR("dead")))
        run_dead(c, r);
    else
        run_redundant(c, r);
}

const struct check_kind check_kind_anomaly = {
    .name = "anomaly", .title = "rules without effect", .compile = compile, .run = run};
