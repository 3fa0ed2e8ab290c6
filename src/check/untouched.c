/* Kind "untouched": traffic that must reach its destination as it was sent: not redirected to a
 * proxy, not handed to another program, not sent into a tunnel. */
#include "check/goal.h"
#include "check/json.h"
#include "check/tunnel.h"

struct untouched_def {
    struct strs who;
    struct str from, to;
    struct services services;
    struct goal goal;
    const cJSON *destinations;
    struct strs facts;    /* keys of what touches packets: "redirect.*" */
    struct strs possibly; /* keys of what may or may not: "mark.*" */
    bool needs_roles;     /* without roles nobody knows whether it is this traffic */
    bool tunnels;         /* split tunnels must leave it out */
};

static const void *compile(struct json *j, const struct pack *p, const cJSON *object)
{
#define AT(field) .offset = offsetof(struct untouched_def, field)
    static const struct json_key keys[] = {
        {.key = "who", .type = JSON_STRINGS, AT(who)},
        {.key = "from", .type = JSON_STRING, .required = true, AT(from)},
        {.key = "to", .type = JSON_STRING, .required = true, AT(to)},
        {.key = "services",
         .type = JSON_OTHER,
         .required = true,
         .read = services_read,
         AT(services)},
        {.key = "destinations", .type = JSON_NODE, .required = true, AT(destinations)},
        {.key = "facts", .type = JSON_STRINGS, .required = true, AT(facts)},
        {.key = "possibly", .type = JSON_STRINGS, AT(possibly)},
        {.key = "needs_roles", .type = JSON_FLAG, AT(needs_roles)},
        {.key = "tunnels", .type = JSON_FLAG, AT(tunnels)},
    };
#undef AT
    struct untouched_def *d = NEW(j->arena, struct untouched_def);
    JSON_OBJECT(j, object, "\"untouched\"", keys, d);
    if (d->destinations != NULL)
        goal_read(j, d->destinations, p, &d->goal);
    return d;
}

struct watching {
    struct check *c;
    const struct rule_def *rule;
    const struct untouched_def *def;
    struct way way;
    struct region space;
    bool strict; /* the sources are those of roles */
    size_t found;
    struct strs unsure; /* lines that touch some traffic, nobody says which */
    struct lack lack;
};

/* ---- rules that packets meet ---------------------------------------------------------------- */

struct met {
    struct check *c;
    struct region packets;
    bool hard; /* some meet it whatever conditions do */
};

static bool note_met(void *ctx, const struct step *step)
{
    enum { ENOUGH = 64 };
    struct met *m = ctx;
    if (step->kind != STEP_MATCH)
        return true;
    struct cube x = step->flow->orig;
    m->hard |= x.when == LITS_NONE && !step->flow->chosen;
    x.when = LITS_NONE;
    *PUSH(m->c->arena, m->packets) = x;
    return m->packets.n < ENOUGH;
}

static struct met meet(struct watching *x, const struct rule *r)
{
    struct check *c = x->c;
    struct met m = {.c = c};
    struct budget b = budget_of(c);
    struct arena *scratch = arena_child(c->arena);
    struct walk w = {.policy = c->policy,
                     .arena = scratch,
                     .path = x->way.path,
                     .budget = &b,
                     .fn = note_met,
                     .ctx = &m,
                     .watch = r};
    for (size_t i = 0; i < x->space.n; i++)
        if (!walk(&w, &x->space.v[i]))
            break;
    arena_free(scratch);
    return m;
}

/* ---- findings ------------------------------------------------------------------------------- */

static void tell(struct watching *x, struct span at, const struct rule *r,
                 const struct region *touched, enum certainty certainty, struct str how)
{
    struct check *c = x->c;
    struct finding *f = finding_add(c, x->rule);
    struct variables v = {0};
    struct measure m = measure_of(c, &x->space, touched);
    measure_variables(c, &m, &v);
    variable_set(c, &v, "how", how);
    f->at = at;
    f->certainty = certainty;
    f->required = told(c, &x->space);
    f->missing = told(c, touched);
    f->coverage = m.coverage;
    f->has_witness = touched->n != 0;
    if (f->has_witness)
        f->witness = cube_pick(c->policy->sets, &touched->v[0]);
    f->message = template_fill(c->arena, x->rule->message, &v);
    f->effect = template_fill(c->arena, x->rule->effect, &v);
    struct str what = region_text(c, &f->missing, 64, WHOLE);
    f->subject = arena_strf(c->arena, "%.*s: %.*s", STR_ARG(how), STR_ARG(what));
    struct fix fix = {.remove = r, .way = &x->way};
    fix_add(c, f, &fix, &v);
    x->found++;
}

static void look_at(struct watching *x, const struct fact *f)
{
    struct check *c = x->c;
    bool surely = glob_any(&x->def->facts, f->key);
    if ((!surely && !glob_any(&x->def->possibly, f->key)) || (f->rule != NULL && f->rule->inactive))
        return;
    if (f->rule == NULL) {
        struct str at = spots_text(c, f->at);
        *PUSH(c->arena, x->unsure) = at;
        return;
    }
    struct met m = meet(x, f->rule);
    if (m.packets.n == 0)
        return;
    struct region touched = region_canonical(c->policy->sets, c->arena, &m.packets, NULL);
    if (x->def->needs_roles && !x->strict) {
        *PUSH(c->arena, x->unsure) = spots_text(c, f->at);
        return;
    }
    tell(x, f->at, f->rule, &touched, surely && m.hard ? CERTAINTY_DEFINITE : CERTAINTY_POSSIBLE,
         str_from(f->key, str_find(f->key, '.') + 1));
}

static void look_at_tunnels(struct watching *x)
{
    struct check *c = x->c;
    struct tunnels all = tunnels_of(c);
    for (size_t i = 0; i < all.n; i++) {
        const struct tunnel *t = &all.v[i];
        if (!t->known) {
            *PUSH(c->arena, x->unsure) = t->why;
            continue;
        }
        struct region touched = region_within(c, &x->space, FIELD_DST, t->tunnelled);
        if (touched.n != 0)
            tell(x, t->at, NULL, &touched, CERTAINTY_DEFINITE,
                 arena_strf(c->arena, "the tunnel of group policy %.*s", STR_ARG(t->name)));
    }
}

/* A list of what bypasses a platform: what it does not permit takes the way through it. */
static void look_at_steering(struct watching *x)
{
    struct check *c = x->c;
    struct sets *s = c->policy->sets;
    struct budget b = budget_of(c);
    struct decision d = decide(c->policy, c->arena, x->way.path, &x->space, &b);
    struct region touched = region_minus(s, c->arena, &x->space, &d.permitted, &b);
    if (d.spent || b.spent)
        *PUSH(c->arena, x->unsure) = limit_reached(c, x->rule);
    else if (touched.n != 0) {
        struct blames denials = blame(c->policy, c->arena, x->way.path, &touched, VERDICT_DENY, &b);
        tell(x, denials.n == 0 ? SPAN_NONE : denials.v[0].rule->at, NULL, &touched,
             d.depends.n == 0 ? CERTAINTY_DEFINITE : CERTAINTY_POSSIBLE, STR("the platform"));
    }
}

static void conclude(struct watching *x)
{
    struct check *c = x->c;
    if (x->found != 0) {
        control_add(c, x->rule, STATUS_FAIL, STR(""));
    } else if (x->unsure.n != 0) {
        struct str where = join(c->arena, &x->unsure, ", ", 6);
        if (x->def->needs_roles && !x->strict)
            advise_roles(c, &x->lack.advice, &x->def->who);
        control_add(c, x->rule, STATUS_UNKNOWN,
                    arena_strf(c->arena,
                               "traffic is diverted, and whether this is among it the "
                               "export does not say: %.*s",
                               STR_ARG(where)))
            ->advice = x->lack.advice;
    } else {
        control_add(c, x->rule, STATUS_PASS, STR("nothing in this export diverts it"));
    }
}

static void run(struct check *c, const struct rule_def *r)
{
    struct watching x = {.c = c, .rule = r, .def = r->params};
    struct addrs src, dst;
    if (!way_find(c, x.def->from, x.def->to, &x.way, &x.lack.reason, &x.lack.advice) ||
        !goal_addrs(c, r, &x.def->goal, &dst, &x.lack)) {
        control_add(c, r, STATUS_UNKNOWN, x.lack.reason)->advice = x.lack.advice;
        return;
    }
    x.strict = roles_nets(c, &x.def->who, &src) != 0;
    if (!x.strict && c->site->roles.n != 0 && x.def->needs_roles) {
        struct str who = join(c->arena, &x.def->who, " or ", 9);
        control_add(c, r, STATUS_NOT_APPLICABLE,
                    arena_strf(c->arena, "the site file gives no networks of %.*s", STR_ARG(who)));
        return;
    }
    if (!x.strict)
        src = x.way.from.nets;
    x.space = space_of_all(c, &x.way, &x.def->services, src, dst);
    for (size_t i = 0; i < c->policy->facts.n; i++)
        look_at(&x, &c->policy->facts.v[i]);
    if (x.def->tunnels)
        look_at_tunnels(&x);
    if (x.def->tunnels && is_steering(c))
        look_at_steering(&x);
    conclude(&x);
}

const struct check_kind check_kind_untouched = {.name = "untouched",
                                                .title = "traffic that must not be diverted",
                                                .compile = compile,
                                                .run = run};
