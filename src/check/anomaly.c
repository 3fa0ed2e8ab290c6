/* Kind "anomaly": rules that have no effect, or another one than their place suggests. */
#include "analyze/anomaly.h"
#include "analyze/overlap.h"

#include "check/group.h"
#include "check/json.h"

#define STEPS_MAX 200000u /* for one rule: most need a few, and there may be very many */
#define BLOCKERS_SHOWN 8

struct anomaly_def {
    int find;
    struct str parameter; /* of the site: only if "anomalies" has this word; empty: always */
};

enum {
    FIND_DEAD,
    FIND_REDUNDANT,
    FIND_GENERAL,
    FIND_CORRELATED,
    FIND_PARTLY,
    FIND_CHAIN,
    FIND_RETURN
};
static const char *const find_words[] = {"dead",   "redundant", "generalisation", "correlation",
                                         "partly", "chain",     "return"};

static const void *compile(struct json *j, const struct pack *p, const cJSON *object)
{
    static const struct json_key keys[] = {
        {.key = "find",
         .type = JSON_WORD,
         .required = true,
         .words = find_words,
         .n_words = sizeof find_words / sizeof *find_words,
         .offset = offsetof(struct anomaly_def, find)},
        {.key = "asked", .type = JSON_STRING, .offset = offsetof(struct anomaly_def, parameter)},
    };
    (void)p;
    struct anomaly_def *d = NEW(j->arena, struct anomaly_def);
    JSON_OBJECT(j, object, "\"anomaly\"", keys, d);
    return d;
}

static const char *effect_of(const struct rule *r)
{
    return r->action == ACT_PERMIT ? "permits" : r->action == ACT_DENY ? "denies" : "takes";
}

/* What the blockers do, held against what the rule would do. */
static const char *actions_text(const struct dead_rule *d)
{
    for (size_t i = 0; i < d->blockers.n; i++)
        if (d->blockers.v[i]->action != d->rule->action)
            return "";
    return d->blockers.n == 1 ? ", and does the same" : ", and do the same";
}

static struct str blockers_text(struct check *c, const struct dead_rule *d)
{
    struct strs lines = {0};
    for (size_t i = 0; i < d->blockers.n; i++)
        *PUSH(c->arena, lines) = arena_strf(c->arena, "%u", d->blockers.v[i]->at.line);
    if (lines.n == 0)
        return STR("nothing of it gets here: rules before it, and what leads to its list, leave "
                   "none of it");
    struct str all = join(c->arena, &lines, ", ", BLOCKERS_SHOWN);
    struct out o = {.arena = c->arena};
    out_fmt(&o, "%s %.*s %s all of it%s", lines.n == 1 ? "line" : "lines", STR_ARG(all),
            lines.n == 1 ? "takes" : "together take", actions_text(d));
    if (d->contrary != NULL)
        out_fmt(&o, "; line %u %s what this rule would %s, and without it this rule %s",
                d->contrary->at.line, effect_of(d->contrary),
                d->rule->action == ACT_PERMIT ? "permit" : "deny",
                d->revived ? "matches again" : "would still be dead");
    return out_taken(&o);
}

static struct finding *tell_dead(struct check *c, const struct rule_def *r,
                                 const struct dead_rule *d)
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
    f->subject = rule_subject(c, d->rule);
    struct fix fix = {.remove = d->rule};
    fix_add(c, f, &fix, &v);
    return f;
}

/* Dead rules of one list that the same rules take; or that earlier ones only repeat. */
static struct str twins_key(struct check *c, const struct dead_rule *d)
{
    struct out o = {.arena = c->arena};
    bool repeats = d->contrary == NULL && d->blockers.n != 0;
    out_fmt(&o, "%p %d %d", (const void *)d->rule->chain, d->revived, repeats);
    for (size_t i = 0; i < d->blockers.n && !repeats; i++)
        out_fmt(&o, " %p", (const void *)d->blockers.v[i]);
    return out_taken(&o);
}

/* What stands behind a rule that takes everything is one mistake, however many rules it is. */
static void tell_all_dead(struct check *c, const struct rule_def *r, const struct spots *all)
{
    struct map *index = map_new(c->arena);
    ARRAY(struct spots *) order = {0};
    for (size_t i = 0; i < all->n; i++) {
        struct str key = twins_key(c, all->v[i].more);
        struct spots *t = map_get(index, key);
        if (t == NULL) {
            t = NEW(c->arena, struct spots);
            map_put(index, key, t);
            *PUSH(c->arena, order) = t;
        }
        *PUSH(c->arena, *t) = all->v[i];
    }
    for (size_t i = 0; i < order.n; i++)
        if (order.v[i]->n > SPOTS_FEW)
            spots_join(c, tell_dead(c, r, order.v[i]->v[0].more), order.v[i]);
        else
            for (size_t k = 0; k < order.v[i]->n; k++)
                tell_dead(c, r, order.v[i]->v[k].more);
}

static void run_dead(struct check *c, const struct rule_def *r)
{
    struct anomalies all = anomalies_find(c->survey, c->arena, purse_of(c, STEPS_MAX), c->only);
    struct spots spots = {0};
    for (size_t i = 0; i < all.dead.n; i++) {
        const struct dead_rule *d = &all.dead.v[i];
        *PUSH(c->arena, spots) = (struct spot){
            .at = d->rule->at, .rule = d->rule, .where = d->rule->chain->name, .more = d};
    }
    spots_judge(c, r, &spots, tell_all_dead);
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
#define REDUNDANT_ALL 1000000u

static void run_redundant(struct check *c, const struct rule_def *r)
{
    struct redundancy all =
        redundant_find(c->survey, c->arena, REDUNDANT_EACH, REDUNDANT_ALL, c->only);
    struct spots spots = {0};
    for (size_t i = 0; i < all.found.n; i++)
        *PUSH(c->arena, spots) = (struct spot){
            .at = all.found.v[i]->at,
            .rule = all.found.v[i],
            .where = all.found.v[i]->chain->name,
            .what = all.found.v[i]->action == ACT_PERMIT ? STR("permitted") : STR("denied")};
    spots_tell(c, r, &spots);
    if (all.undecided != 0)
        limit_reached(c, r);
    struct str open = STR("");
    if (all.undecided != 0)
        open = arena_strf(c->arena, "; %zu are undecided", all.undecided);
    if (all.unsure != 0)
        open =
            arena_strf(c->arena, "%.*s; for %zu it hangs on conditions, or on what changes packets",
                       STR_ARG(open), all.unsure);
    if (all.found.n != 0)
        control_add(
            c, r, STATUS_FAIL,
            arena_strf(c->arena, "%zu rules change nothing%.*s", all.found.n, STR_ARG(open)));
    else if (open.n != 0)
        control_add(c, r, STATUS_UNKNOWN,
                    arena_strf(c->arena, "no rule surely changes nothing%.*s", STR_ARG(open)));
    else
        control_add(c, r, STATUS_PASS, STR("without any of the rules something would change"));
}

/* ---- overlaps ------------------------------------------------------------------------------- */

#define PAIRS_MAX 5000000u

static struct str lines_text(struct check *c, const struct rules *v)
{
    struct strs lines = {0};
    for (size_t i = 0; i < v->n; i++)
        *PUSH(c->arena, lines) = arena_strf(c->arena, "%u", v->v[i]->at.line);
    struct str all = join(c->arena, &lines, ", ", BLOCKERS_SHOWN);
    return arena_strf(c->arena, "%s %.*s", v->n == 1 ? "line" : "lines", STR_ARG(all));
}

static void tell_overlap(struct check *c, const struct rule_def *r, const struct overlap *o,
                         const struct rules *others)
{
    struct finding *f = finding_add(c, r);
    struct variables v = {0};
    bool permits = o->rule->action == ACT_PERMIT;
    variable_set(c, &v, "lines", lines_text(c, others));
    variable_set(c, &v, "does", permits ? STR("permits") : STR("denies"));
    variable_set(c, &v, "contrary", permits ? STR("denied") : STR("permitted"));
    f->at = o->rule->at;
    f->message = template_fill(c->arena, r->message, &v);
    if (o->more != 0)
        f->message = arena_strf(c->arena, "%.*s; %zu more", STR_ARG(f->message), o->more);
    f->effect = template_fill(c->arena, r->effect, &v);
    f->subject = rule_subject(c, o->rule);
    f->has_witness = true;
    f->witness = o->shared;
    for (size_t i = 0; i < others->n && i < BLOCKERS_SHOWN; i++)
        finding_relate(c, f, others->v[i]->at, STR("this rule comes before"));
    struct fix none = {0};
    fix_add(c, f, &none, &v);
}

static void run_overlaps(struct check *c, const struct rule_def *r, int find)
{
    struct overlaps all = overlaps_find(c->policy, c->arena, PAIRS_MAX);
    size_t n = 0;
    for (size_t i = 0; i < all.n; i++) {
        const struct overlap *o = &all.v[i];
        struct rules both = {0};
        for (size_t k = 0; k < o->inside.n && find != FIND_CORRELATED; k++)
            *PUSH(c->arena, both) = o->inside.v[k];
        for (size_t k = 0; k < o->across.n && find != FIND_GENERAL; k++)
            *PUSH(c->arena, both) = o->across.v[k];
        if (both.n == 0)
            continue;
        tell_overlap(c, r, o, &both);
        n++;
    }
    if (all.undecided != 0)
        limit_reached(c, r);
    if (n != 0)
        control_add(c, r, STATUS_FAIL, arena_strf(c->arena, "%zu rules", n));
    else if (all.undecided != 0)
        control_add(c, r, STATUS_UNKNOWN,
                    arena_strf(c->arena, "%zu rules were not compared", all.undecided));
    else
        control_add(c, r, STATUS_PASS, STR("no rule is like that"));
}

/* ---- rules and chains that no packet needs -------------------------------------------------- */

static void run_idle(struct check *c, const struct rule_def *r, int find)
{
    struct spots spots = {0};
    struct rules returns = {0};
    struct chains chains = {0};
    if (find == FIND_RETURN)
        returns = idle_returns(c->policy, c->arena);
    else
        chains = unreached_chains(c->policy, c->arena);
    for (size_t i = 0; i < returns.n; i++)
        *PUSH(c->arena, spots) = (struct spot){
            .at = returns.v[i]->at, .where = returns.v[i]->chain->table, .rule = returns.v[i]};
    for (size_t i = 0; i < chains.n; i++)
        *PUSH(c->arena, spots) = (struct spot){.at = chains.v[i]->at,
                                               .where = chains.v[i]->table,
                                               .what = chains.v[i]->name,
                                               .subject = chains.v[i]->name};
    spots_tell(c, r, &spots);
    control_add(c, r, spots.n == 0 ? STATUS_PASS : STATUS_FAIL,
                spots.n == 0 ? STR("there is none") : arena_strf(c->arena, "%zu found", spots.n));
}

/* ---- the kind ------------------------------------------------------------------------------- */

/* Exceptions before the rule are what lists are made of: they are told to those who ask. */
static bool is_asked(struct check *c, const struct rule_def *r, const struct anomaly_def *d)
{
    if (d->parameter.n == 0)
        return true;
    const struct parameter *p = site_parameter(c->site, r->pack->id, "anomalies");
    for (size_t i = 0; p != NULL && i < p->values.n; i++)
        if (str_eq(p->values.v[i], d->parameter))
            return true;
    control_add(c, r, STATUS_NOT_APPLICABLE,
                arena_strf(c->arena, "the site file does not ask for \"%.*s\" in \"anomalies\"",
                           STR_ARG(d->parameter)));
    return false;
}

static void run(struct check *c, const struct rule_def *r)
{
    const struct anomaly_def *d = r->params;
    if (!is_asked(c, r, d))
        return;
    if (d->find == FIND_DEAD)
        run_dead(c, r);
    else if (d->find == FIND_REDUNDANT)
        run_redundant(c, r);
    else if (d->find == FIND_CHAIN || d->find == FIND_RETURN)
        run_idle(c, r, d->find);
    else
        run_overlaps(c, r, d->find);
}

const struct check_kind check_kind_anomaly = {
    .name = "anomaly", .title = "rules without effect", .compile = compile, .run = run};
