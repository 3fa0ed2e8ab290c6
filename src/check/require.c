/* Kind "require": traffic that must be permitted, all of it or one of several ways. */
#include "check/require.h"

/* ---- one flow ------------------------------------------------------------------------------- */

enum { SURE, AT_BEST }; /* what is permitted whatever conditions do; what may be permitted */

struct flow_result {
    const struct flow_def *def;
    struct region required;
    struct region permitted[2];    /* by SURE, AT_BEST */
    struct addrs full[2], some[2]; /* sources that get all of it, any of it */
    bool vague;                    /* full[AT_BEST] counts some that get a part */
};

/* All sources, and how they fare with the whole requirement. */
struct classes {
    struct addrs full, part, none;
};

struct asked {
    struct check *c;
    const struct rule_def *rule;
    const struct require_def *def;
    struct way way;
    struct addrs sources;
    bool strict; /* each source was named by the site */
    struct flow_result *flows;
    struct classes classes[2];
    struct lack lack;
};

/* A packet is permitted if some door lets it through: nobody says which one routing takes. */
static struct region by_any_door(struct check *c, const struct region *required,
                                 const struct region *permitted)
{
    struct sets *s = c->policy->sets;
    struct region wide = {0};
    for (size_t i = 0; i < permitted->n; i++) {
        struct cube x = permitted->v[i];
        x.f[FIELD_IN] = set_full(s, FIELD_IN);
        x.f[FIELD_OUT] = set_full(s, FIELD_OUT);
        *PUSH(c->arena, wide) = x;
    }
    wide = region_canonical(s, c->arena, &wide, NULL);
    return region_and(s, c->arena, required, &wide, NULL);
}

static struct region missing_of(struct check *c, const struct flow_result *f, int how)
{
    return region_minus(c->policy->sets, c->arena, &f->required, &f->permitted[how], NULL);
}

/* The sources that get all ports of some destination. */
static struct addrs all_of_some(struct check *c, const struct flow_result *f,
                                const struct region *missing)
{
    struct sets *s = c->policy->sets;
    struct region wide = {0};
    for (size_t i = 0; i < missing->n; i++) {
        struct cube x = cube_any(s);
        x.f[FIELD_FAMILY] = missing->v[i].f[FIELD_FAMILY];
        x.f[FIELD_SRC] = missing->v[i].f[FIELD_SRC];
        x.f[FIELD_DST] = missing->v[i].f[FIELD_DST];
        *PUSH(c->arena, wide) = x;
    }
    wide = region_canonical(s, c->arena, &wide, NULL);
    struct region whole = region_minus(s, c->arena, &f->required, &wide, NULL);
    return region_addrs(c, &whole, FIELD_SRC);
}

static bool flow_decide(struct asked *x, struct flow_result *f)
{
    struct check *c = x->c;
    struct addrs dst;
    if (!goal_addrs(c, x->rule, &f->def->goal, &dst, &x->lack))
        return false;
    f->required = space_of(c, &x->way, &f->def->service, x->sources, dst);
    if (f->required.n == 0) {
        x->lack.reason =
            arena_strf(c->arena, "the export says nothing about %.*s", STR_ARG(f->def->name));
        return false;
    }
    struct budget b = budget_of(c);
    struct decision d = decide(c->policy, c->arena, x->way.path, &f->required, &b);
    if (d.spent) {
        x->lack.reason = STR("the limit of steps was reached");
        diag_add(c->diags, DIAG_INCOMPLETE, SPAN_NONE, "%.*s: the limit of steps was reached",
                 STR_ARG(x->rule->id));
        return false;
    }
    f->permitted[SURE] = by_any_door(c, &f->required, &d.permitted);
    for (size_t i = 0; i < d.depends.n; i++)
        *PUSH(c->arena, d.permitted) = d.depends.v[i];
    f->permitted[AT_BEST] = by_any_door(c, &f->required, &d.permitted);
    for (int how = SURE; how <= AT_BEST; how++) {
        struct region missing = missing_of(c, f, how);
        struct addrs all = region_addrs(c, &f->required, FIELD_SRC);
        f->some[how] = region_addrs(c, &f->permitted[how], FIELD_SRC);
        f->full[how] = addrs_minus(c, all, region_addrs(c, &missing, FIELD_SRC));
        if (f->def->part_unknown && how == AT_BEST) {
            struct addrs full = f->full[how];
            f->full[how] = all_of_some(c, f, &missing);
            f->vague = !addrs_eq(f->full[how], full);
        }
    }
    return true;
}

/* Sources that rules name: not those that only rules for everybody speak of. */
static struct addrs named_sources(struct check *c)
{
    struct sets *s = c->policy->sets;
    ARRAY(struct ival) v = {0};
    struct map *seen = map_new(c->arena);
    u128 half = (u128)1 << 31;
    for (size_t i = 0; i < c->policy->chains.n; i++)
        for (size_t k = 0; k < c->policy->chains.v[i]->n_rules; k++) {
            const struct rule *r = c->policy->chains.v[i]->rules[k];
            for (size_t m = 0; m < r->n_match; m++) {
                set_id *id = NEW(c->arena, set_id);
                *id = r->match[m].f[FIELD_SRC];
                struct str key = {(const char *)id, sizeof *id};
                if (map_get(seen, key) != NULL)
                    continue;
                map_put(seen, key, id);
                size_t n;
                const struct ival *of = set_ivals(s, *id, &n);
                for (size_t z = 0; z < n && set_size(s, *id) < half; z++)
                    *PUSH(c->arena, v) = of[z];
            }
        }
    set_id all = set_of(s, v.v, v.n);
    return (struct addrs){{all, all}};
}

static void classify(struct asked *x, int how)
{
    struct check *c = x->c;
    bool all = x->def->quantifier == QUANTIFIER_ALL;
    struct addrs full = x->flows[0].full[how], some = x->flows[0].some[how];
    struct addrs sources = region_addrs(c, &x->flows[0].required, FIELD_SRC);
    for (size_t i = 1; i < x->def->flows.n; i++) {
        const struct flow_result *f = &x->flows[i];
        full = all ? addrs_and(c, full, f->full[how]) : addrs_or(c, full, f->full[how]);
        some = addrs_or(c, some, f->some[how]);
        sources = addrs_or(c, sources, region_addrs(c, &f->required, FIELD_SRC));
    }
    struct classes *k = &x->classes[how];
    *k = (struct classes){full, addrs_minus(c, some, full),
                          addrs_minus(c, sources, addrs_or(c, some, full))};
    if (x->strict || addrs_none(full))
        return;
    /* Nobody said who is inside, and some get all. Who gets no more than everybody does need not
     * be there at all; nor need addresses that no host has. */
    struct addrs rest = addrs_or(c, k->part, k->none);
    if (!addrs_none(k->part))
        k->part = addrs_and(c, k->part, addrs_and(c, named_sources(c), addrs_unicast(c)));
    k->none = addrs_and(c, addrs_minus(c, rest, k->part), addrs_unicast(c));
}

/* ---- the verdict ---------------------------------------------------------------------------- */

/* What CLASSES mean; *FAILING: the sources that a finding is about. */
static enum status judge(struct asked *x, const struct classes *k, struct addrs *failing)
{
    struct check *c = x->c;
    struct addrs known = addrs_and(c, x->way.from.known, x->sources);
    *failing = x->strict && !x->def->anyone ? addrs_or(c, k->part, k->none) : k->part;
    if (addrs_none(k->full) && addrs_none(k->part))
        *failing = k->none;
    if (addrs_none(k->full) || !addrs_none(k->part))
        return STATUS_FAIL;
    if (addrs_none(k->none) || x->def->anyone)
        return STATUS_PASS;
    if (x->strict)
        return STATUS_FAIL;
    if (!addrs_none(known) && addrs_none(addrs_and(c, known, k->none)))
        return STATUS_PASS;
    if (addrs_none(addrs_and(c, k->none, addrs_private(c))))
        return STATUS_PASS;
    return STATUS_UNKNOWN;
}

static struct region of_sources(struct check *c, const struct region *r, struct addrs sources)
{
    return region_within(c, r, FIELD_SRC, sources);
}

static struct str known_text(struct check *c, const struct require_def *def, set_id ports)
{
    struct sets *s = c->policy->sets;
    for (size_t i = 0; i < def->known.n; i++) {
        const struct service_def *k = &def->known.v[i].ports;
        set_id set = SET_EMPTY;
        for (size_t n = 0; n < k->ports.n; n++)
            set = set_or(s, set, set_range(s, k->ports.v[n].lo, k->ports.v[n].hi));
        if (set == ports)
            return arena_strf(c->arena, "; what is permitted is %.*s",
                              STR_ARG(def->known.v[i].name));
    }
    return STR("");
}

/* All sources, as far as the families of X go. */
static bool everybody(const struct asked *x, struct addrs sources)
{
    for (int f = FAMILY_V4; f <= FAMILY_V6; f++)
        if (sources.v[f] != SET_EMPTY && sources.v[f] != x->sources.v[f])
            return false;
    return true;
}

static struct str sources_text(struct asked *x, struct addrs sources)
{
    struct check *c = x->c;
    struct strs names = {0};
    for (size_t i = 0; x->strict && i < x->def->who.n; i++) {
        struct strs one = {&x->def->who.v[i], 1, 1};
        struct addrs nets;
        if (roles_nets(c, &one, &nets) != 0 && !addrs_none(addrs_and(c, nets, sources)))
            *PUSH(c->arena, names) = x->def->who.v[i];
    }
    if (names.n == 0 && everybody(x, sources))
        return x->way.from.self ? STR("the host") : x->def->from;
    struct str nets = addrs_text(c, sources, 4);
    if (names.n == 0)
        return nets;
    struct str all = join(c->arena, &names, ", ", 9);
    return arena_strf(c->arena, "%.*s (%.*s)", STR_ARG(all), STR_ARG(nets));
}

/* All of the Internet is told as what rules call it: any destination. */
static void any_destination(struct check *c, const struct flow_result *f, struct finding *t)
{
    struct sets *s = c->policy->sets;
    struct addrs all = region_addrs(c, &f->required, FIELD_DST), any = addrs_any(c);
    struct region *parts[] = {&t->required, &t->permitted, &t->missing};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        for (size_t k = 0; k < parts[i]->n; k++)
            for (int v = FAMILY_V4; v <= FAMILY_V6; v++)
                if (parts[i]->v[k].f[FIELD_DST] == all.v[v] && all.v[v] != SET_EMPTY)
                    parts[i]->v[k].f[FIELD_DST] = any.v[v];
        *parts[i] = region_canonical(s, c->arena, parts[i], NULL);
    }
}

/* What F misses, by the prefixes that it is about. */
static struct str prefixes_text(struct asked *x, const struct flow_result *f,
                                const struct measure *m)
{
    struct nets nets = f->def->goal.nets;
    struct lack none = {0};
    if (f->def->goal.kind == GOAL_FEED)
        feed_nets(x->c, x->rule->pack->id, &f->def->goal, &nets, &none);
    return nets.n == 0 ? m->missing : nets_missing(x->c, &nets, m->dst, 8);
}

/* One flow's finding for the sources FAILING. HOW: what is missing even AT_BEST is definite. */
static void tell_flow(struct asked *x, const struct flow_result *f, struct addrs failing, int how)
{
    struct check *c = x->c;
    struct sets *s = c->policy->sets;
    struct region required = of_sources(c, &f->required, failing);
    struct region permitted = of_sources(c, &f->permitted[how], failing);
    struct region missing = region_minus(s, c->arena, &required, &permitted, NULL);
    struct measure m = measure_of(c, &required, &missing);
    struct finding *t = finding_add(c, x->rule);
    struct variables v = {0};
    measure_variables(c, &m, &v);
    variable_set(c, &v, "flow", f->def->name);
    variable_set(c, &v, "service", f->def->service.text);
    variable_set(c, &v, "sources", sources_text(x, failing));
    variable_set(c, &v, "prefixes", prefixes_text(x, f, &m));
    variable_set(c, &v, "known", known_text(c, x->def, m.have_ports));
    t->certainty = how == AT_BEST ? CERTAINTY_DEFINITE : CERTAINTY_POSSIBLE;
    if (f->def->severity >= 0 && t->severity == x->rule->severity)
        t->severity = (enum severity)f->def->severity;
    t->message = template_fill(c->arena, x->rule->message, &v);
    t->effect = template_fill(c->arena, x->rule->effect, &v);
    t->required = told(c, &required);
    t->permitted = told(c, &permitted);
    t->missing = told(c, &missing);
    t->coverage = m.coverage;
    t->has_witness = true;
    t->witness = cube_pick(s, &missing.v[0]);
    struct str sets = region_text(c, &t->missing, 64, WHOLE);
    t->subject = arena_strf(c->arena, "%.*s: %.*s", STR_ARG(f->def->name), STR_ARG(sets));
    const struct rule *deny = locate(c, t, &x->way, &required, &missing);
    if (how == SURE) {
        struct str why = conditions_text(c, &x->way, &missing);
        t->message = arena_strf(c->arena, "%.*s; whether it is permitted depends on %.*s",
                                STR_ARG(t->message), STR_ARG(why));
    }
    if (f->def->goal.kind == GOAL_INTERNET)
        any_destination(c, f, t);
    struct fix fix = {.want = &missing,
                      .deny = deny,
                      .way = &x->way,
                      .any_source = !x->strict && everybody(x, failing),
                      .any_destination =
                          f->def->goal.kind == GOAL_ANY || f->def->goal.kind == GOAL_INTERNET};
    fix_add(c, t, &fix, &v);
}

static bool flow_fails(struct asked *x, const struct flow_result *f, struct addrs failing, int how)
{
    return !addrs_none(addrs_minus(x->c, failing, f->full[how]));
}

static uint64_t parts_per_million(struct check *c, const struct region *required,
                                  const struct region *missing)
{
    struct measure m = measure_of(c, required, missing);
    return m.coverage.need == 0 ? 0 : (uint64_t)((u128)m.coverage.have * 1000000 / m.coverage.need);
}

/* How much of F all of the failing sources get, in parts per million. */
static uint64_t share(struct check *c, const struct flow_result *f, struct addrs failing, int how)
{
    struct region required = of_sources(c, &f->required, failing);
    struct region permitted = of_sources(c, &f->permitted[how], failing);
    struct region missing = region_minus(c->policy->sets, c->arena, &required, &permitted, NULL);
    return parts_per_million(c, &required, &missing);
}

static void tell(struct asked *x, struct addrs failing, int how)
{
    size_t best = 0;
    uint64_t most = 0;
    for (size_t i = 0; i < x->def->flows.n; i++) {
        struct flow_result *f = &x->flows[i];
        if (x->def->quantifier == QUANTIFIER_ALL) {
            if (flow_fails(x, f, failing, how))
                tell_flow(x, f, addrs_minus(x->c, failing, f->full[how]), how);
            continue;
        }
        uint64_t n = share(x->c, f, failing, how);
        if (n > most) {
            most = n;
            best = i;
        }
    }
    if (x->def->quantifier == QUANTIFIER_ANY)
        tell_flow(x, &x->flows[best], failing, how);
}

/* ---- the kind ------------------------------------------------------------------------------- */

static void unknown(struct asked *x, struct str reason)
{
    control_add(x->c, x->rule, STATUS_UNKNOWN, reason)->advice = x->lack.advice;
}

/* Whom the rule is about. False after a control, if nobody. */
static bool find_sources(struct asked *x)
{
    struct check *c = x->c;
    const struct parameter *use = site_parameter(c->site, x->rule->pack->id, "use");
    x->strict = roles_nets(c, &x->def->who, &x->sources) != 0;
    if (x->strict)
        return true;
    bool expected = false;
    for (size_t i = 0; use != NULL && i < use->values.n; i++)
        for (size_t k = 0; k < x->def->who.n; k++)
            expected |= str_eq(use->values.v[i], x->def->who.v[k]);
    if (c->site->roles.n != 0 && x->def->who.n != 0 && !x->def->anyone) {
        struct str who = join(c->arena, &x->def->who, " or ", 9);
        struct str why =
            arena_strf(c->arena, "the site file gives no networks of %.*s", STR_ARG(who));
        advise_roles(c, &x->lack.advice, &x->def->who);
        control_add(c, x->rule, expected ? STATUS_UNKNOWN : STATUS_NOT_APPLICABLE, why)->advice =
            x->lack.advice;
        return false;
    }
    x->sources = x->way.from.nets;
    x->strict = x->way.from.given;
    return true;
}

static struct str passed(struct asked *x)
{
    struct check *c = x->c;
    struct str who = sources_text(x, x->classes[SURE].full);
    struct strs names = {0};
    for (size_t i = 0; i < x->def->flows.n; i++)
        if (!flow_fails(x, &x->flows[i], x->classes[SURE].full, SURE))
            *PUSH(c->arena, names) = x->flows[i].def->name;
    struct str all = join(c->arena, &names, ", ", 9);
    return arena_strf(c->arena, "permitted in full for %.*s: %.*s", STR_ARG(who), STR_ARG(all));
}

/* A part is permitted, and another rule has judged whether it is enough. */
static bool judged_elsewhere(struct asked *x)
{
    struct check *c = x->c;
    for (size_t i = 0; i < c->result->controls.n; i++) {
        const struct control *k = &c->result->controls.v[i];
        if (k->policy != c->policy || !str_eq(k->rule->id, x->def->part_by))
            continue;
        if (k->status == STATUS_PASS)
            control_add(c, x->rule, STATUS_PASS,
                        arena_strf(c->arena, "a part is permitted, with all that %.*s asks for",
                                   STR_ARG(x->def->part_by)));
        else if (k->status == STATUS_FAIL)
            control_add(c, x->rule, STATUS_NOT_APPLICABLE,
                        arena_strf(c->arena, "a part is permitted; %.*s tells what is missing",
                                   STR_ARG(x->def->part_by)));
        else
            break;
        return true;
    }
    return false;
}

static void conclude(struct asked *x)
{
    struct check *c = x->c;
    struct addrs sure_failing, failing;
    enum status sure = judge(x, &x->classes[SURE], &sure_failing);
    enum status best = judge(x, &x->classes[AT_BEST], &failing);
    bool vague = false;
    for (size_t i = 0; i < x->def->flows.n; i++)
        vague |= x->flows[i].vague;
    if (sure == STATUS_PASS) {
        control_add(c, x->rule, STATUS_PASS, passed(x));
    } else if (best == STATUS_FAIL) {
        tell(x, failing, AT_BEST);
        control_add(c, x->rule, STATUS_FAIL, STR(""));
    } else if (sure == STATUS_FAIL && best == STATUS_PASS && !vague) {
        tell(x, sure_failing, SURE);
        control_add(c, x->rule, STATUS_FAIL, STR("it hangs on something outside the packet"));
    } else if (vague && judged_elsewhere(x)) {
        return;
    } else if (vague) {
        for (size_t i = 0; i < x->def->advice.n; i++)
            advise(c, &x->lack.advice, x->def->advice.v[i]);
        unknown(x, STR("only a part of the destinations is permitted, and no list says which part "
                       "is enough"));
    } else {
        bool some = !addrs_none(x->classes[SURE].full);
        struct str who = addrs_text(c, x->classes[some ? SURE : AT_BEST].full, 4);
        advise_roles(c, &x->lack.advice, &x->def->who);
        unknown(x, arena_strf(c->arena, "permitted for %.*s only: are these all?", STR_ARG(who)));
    }
}

/* A quarter of the flow's ports or more may pass: less is some other service among them. */
static bool is_used(struct check *c, const struct flow_result *f)
{
    struct sets *s = c->policy->sets;
    u128 asked = 0;
    set_id open = SET_EMPTY;
    for (size_t i = 0; i < f->def->service.ports.n; i++)
        asked += (u128)(f->def->service.ports.v[i].hi - f->def->service.ports.v[i].lo) + 1;
    for (size_t i = 0; i < f->permitted[AT_BEST].n; i++)
        open = set_or(s, open, f->permitted[AT_BEST].v[i].f[FIELD_DPORT]);
    return f->permitted[AT_BEST].n != 0 && 4 * set_size(s, open) >= asked;
}

/* How much of F some source or other gets, in parts per million. */
static uint64_t reach(struct check *c, const struct flow_result *f)
{
    struct sets *s = c->policy->sets;
    struct region wide = {0};
    for (size_t i = 0; i < f->permitted[AT_BEST].n; i++) {
        struct cube x = f->permitted[AT_BEST].v[i];
        x.f[FIELD_SRC] = set_full(s, FIELD_SRC);
        *PUSH(c->arena, wide) = x;
    }
    wide = region_canonical(s, c->arena, &wide, NULL);
    struct region missing = region_minus(s, c->arena, &f->required, &wide, NULL);
    return parts_per_million(c, &f->required, &missing);
}

/* Whether the rule matters here: one of "when" may be permitted. False after a control, if not or
 * if that is not known. *MOST: how much of it. */
static bool is_met(struct asked *x, uint64_t *most)
{
    bool some = x->def->when.n == 0;
    struct strs names = {0};
    for (size_t i = 0; i < x->def->when.n && !some; i++) {
        struct flow_result f = {.def = &x->def->when.v[i]};
        if (!flow_decide(x, &f)) {
            unknown(x, x->lack.reason);
            return false;
        }
        some = is_used(x->c, &f);
        *most = reach(x->c, &f);
        *PUSH(x->c->arena, names) = f.def->name;
    }
    if (!some)
        control_add(x->c, x->rule, STATUS_PASS,
                    arena_strf(x->c->arena, "nothing permits %.*s",
                               STR_ARG(join(x->c->arena, &names, " or ", names.n))));
    return some;
}

/* Some flow gets less than MOST. False after a control, if none does. */
static bool gets_less(struct asked *x, uint64_t most)
{
    for (size_t i = 0; i < x->def->flows.n; i++)
        if (reach(x->c, &x->flows[i]) < most)
            return true;
    const struct str *when = &x->def->when.v[0].name;
    control_add(x->c, x->rule, STATUS_PASS,
                arena_strf(x->c->arena, "as much is permitted as %.*s", STR_ARG(*when)));
    return false;
}

static void run(struct check *c, const struct rule_def *r)
{
    struct asked x = {.c = c, .rule = r, .def = r->params};
    size_t n = x.def->flows.n;
    uint64_t most = 0;
    if (!way_find(c, x.def->from, x.def->to, &x.way, &x.lack.reason, &x.lack.advice)) {
        unknown(&x, x.lack.reason);
        return;
    }
    if (!find_sources(&x) || !is_met(&x, &most))
        return;
    x.flows = NEW_N(c->arena, struct flow_result, n);
    for (size_t i = 0; i < n; i++) {
        x.flows[i].def = &x.def->flows.v[i];
        if (!flow_decide(&x, &x.flows[i])) {
            unknown(&x, x.lack.reason);
            return;
        }
    }
    if (x.def->only_less && !gets_less(&x, most))
        return;
    classify(&x, SURE);
    classify(&x, AT_BEST);
    conclude(&x);
}

const struct check_kind check_kind_require = {.name = "require",
                                              .title = "traffic that must be permitted",
                                              .compile = require_read,
                                              .run = run};
