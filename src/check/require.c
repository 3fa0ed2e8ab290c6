/* Kind "require": traffic that must be permitted, all of it or one of several ways. */
#include "analyze/touch.h"

#include "check/require.h"

#include <stdlib.h>

/* ---- one flow ------------------------------------------------------------------------------- */

/* A packet is permitted if some door lets it through: nobody says which one routing takes. */
static struct region by_any_door(struct check *c, const struct region *required,
                                 const struct region *permitted, struct budget *b)
{
    struct sets *s = c->policy->sets;
    struct region wide = {0};
    for (size_t i = 0; i < permitted->n; i++) {
        struct cube x = permitted->v[i];
        x.f[FIELD_IN] = set_full(s, FIELD_IN);
        x.f[FIELD_OUT] = set_full(s, FIELD_OUT);
        *PUSH(c->arena, wide) = x;
    }
    wide = region_canonical(s, c->arena, &wide, b);
    return region_and(s, c->arena, required, &wide, b);
}

static struct region missing_of(struct check *c, const struct flow_result *f, int how,
                                struct budget *b)
{
    return region_minus(c->policy->sets, c->arena, &f->required, &f->permitted[how], b);
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
        x->lack.reason = limit_reached(c, x->rule);
        return false;
    }
    f->permitted[SURE] = by_any_door(c, &f->required, &d.permitted, &b);
    for (size_t i = 0; i < d.depends.n; i++)
        *PUSH(c->arena, d.permitted) = d.depends.v[i];
    f->permitted[AT_BEST] = by_any_door(c, &f->required, &d.permitted, &b);
    for (int how = SURE; how <= AT_BEST; how++) {
        struct region missing = missing_of(c, f, how, &b);
        struct addrs all = region_addrs(c, &f->required, FIELD_SRC);
        f->some[how] = region_addrs(c, &f->permitted[how], FIELD_SRC);
        f->full[how] = addrs_minus(c, all, region_addrs(c, &missing, FIELD_SRC));
        if (f->def->part == PART_ENOUGH) {
            f->full[how] = all_of_some(c, f, &missing);
        } else if (f->def->part == PART_UNKNOWN && how == AT_BEST) {
            struct addrs full = f->full[how];
            f->full[how] = all_of_some(c, f, &missing);
            f->vague = !addrs_eq(f->full[how], full);
        }
    }
    if (b.spent)
        x->lack.reason = limit_reached(c, x->rule);
    return !b.spent;
}

static int by_id(const void *x, const void *y)
{
    set_id a = *(const set_id *)x, b = *(const set_id *)y;
    return a < b ? -1 : a > b;
}

/* As many sources are everybody. */
#define EVERYBODY ((u128)1 << 31)

struct ivals {
    struct ival *v;
    size_t n, cap;
};

/* Sources that rules name: not those that only rules for everybody speak of. */
static struct addrs named_sources(const struct policy *p, struct arena *a)
{
    struct sets *s = p->sets;
    ARRAY(set_id) ids = {0};
    struct ivals v = {0};
    for (size_t i = 0; i < p->chains.n; i++)
        for (size_t k = 0; k < p->chains.v[i]->n_rules; k++) {
            const struct rule *r = p->chains.v[i]->rules[k];
            for (size_t m = 0; m < r->n_match; m++)
                *PUSH(a, ids) = r->match[m].f[FIELD_SRC];
        }
    if (ids.n != 0)
        qsort(ids.v, ids.n, sizeof *ids.v, by_id);
    for (size_t i = 0; i < ids.n; i++) {
        if ((i != 0 && ids.v[i] == ids.v[i - 1]) || set_size(s, ids.v[i]) >= EVERYBODY)
            continue;
        size_t n;
        const struct ival *of = set_ivals(s, ids.v[i], &n);
        for (size_t z = 0; z < n; z++)
            *PUSH(a, v) = of[z];
    }
    set_id all = set_of(s, v.v, v.n);
    return (struct addrs){{all, all}};
}

/* By what the decisions are. */
static struct classes classes_of(const struct asked *x, int how)
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
    return (struct classes){full, addrs_minus(c, some, full),
                            addrs_minus(c, sources, addrs_or(c, some, full))};
}

static void classify(struct asked *x, int how)
{
    struct check *c = x->c;
    struct classes *k = &x->classes[how];
    *k = classes_of(x, how);
    if (x->strict || addrs_none(k->full))
        return;
    /* Nobody said who is inside, and some get all. Who gets no more than everybody does need not
     * be there at all; nor need addresses that no host has. */
    struct addrs rest = addrs_or(c, k->part, k->none);
    if (!addrs_none(k->part))
        k->part = addrs_and(c, k->part,
                            addrs_and(c, named_sources(c->policy, c->arena), addrs_unicast(c)));
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

static bool flow_fails(struct asked *x, const struct flow_result *f, struct addrs failing, int how)
{
    return !addrs_none(addrs_minus(x->c, failing, f->full[how]));
}

/* How much of F all of the failing sources get, in parts per million. */
static uint64_t share(struct check *c, const struct flow_result *f, struct addrs failing, int how)
{
    struct region required = require_of_sources(c, &f->required, failing);
    struct region permitted = require_of_sources(c, &f->permitted[how], failing);
    struct region missing = region_minus(c->policy->sets, c->arena, &required, &permitted, NULL);
    struct measure m = measure_of(c, &required, &missing);
    return m.coverage.need == 0 ? 0 : (uint64_t)((u128)m.coverage.have * 1000000 / m.coverage.need);
}

static void tell(struct asked *x, struct addrs failing, int how)
{
    size_t best = 0;
    uint64_t most = 0;
    for (size_t i = 0; i < x->def->flows.n; i++) {
        struct flow_result *f = &x->flows[i];
        if (x->def->quantifier == QUANTIFIER_ALL) {
            if (flow_fails(x, f, failing, how))
                require_tell(x, f, addrs_minus(x->c, failing, f->full[how]), how);
            continue;
        }
        uint64_t n = share(x->c, f, failing, how);
        if (n > most) {
            most = n;
            best = i;
        }
    }
    if (x->def->quantifier == QUANTIFIER_ANY)
        require_tell(x, &x->flows[best], failing, how);
}

/* ---- what it is about ------------------------------------------------------------------------ */

static void unknown(struct asked *x, struct str reason)
{
    control_add(x->c, x->rule, STATUS_UNKNOWN, reason)->advice = x->lack.advice;
}

/* Whom the rule is about. False after a control, if nobody. */
static bool find_sources(struct asked *x)
{
    struct check *c = x->c;
    const struct parameter *use = site_parameter(c->site, x->rule->pack->id, "use");
    if (x->def->has_sources) {
        x->strict = goal_addrs(c, x->rule, &x->def->sources, &x->sources, &x->lack);
        if (!x->strict)
            unknown(x, x->lack.reason);
        return x->strict;
    }
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
    struct str who = require_sources_text(x, x->classes[SURE].full);
    struct strs names = {0};
    for (size_t i = 0; i < x->def->flows.n; i++) {
        const struct flow_def *def = x->flows[i].def;
        if (flow_fails(x, &x->flows[i], x->classes[SURE].full, SURE))
            continue;
        *PUSH(c->arena, names) =
            def->cost.n == 0
                ? def->name
                : arena_strf(c->arena, "%.*s: %.*s", STR_ARG(def->name), STR_ARG(def->cost));
        if (def->cost.n != 0)
            break; /* ways come with the widest first, and that is the one that is followed */
    }
    struct str all = join(c->arena, &names, ", ", 9);
    return arena_strf(c->arena, "permitted in full for %.*s: %.*s", STR_ARG(who), STR_ARG(all));
}

/* A part is permitted, and another rule has judged whether it is enough. */
static bool judged_elsewhere(struct asked *x)
{
    struct check *c = x->c;
    for (size_t i = 0; i < c->before->controls.n; i++) {
        const struct control *k = &c->before->controls.v[i];
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

/* Who, on which ports, whatever the destination. */
static struct region ports_by_source(struct check *c, const struct region *r)
{
    return region_on(c, r,
                     1u << FIELD_FAMILY | 1u << FIELD_PROTO | 1u << FIELD_SRC | 1u << FIELD_DPORT);
}

/* F, one of "when", may be permitted: remembers to whom, and by which line. */
static void meet(struct asked *x, const struct flow_result *f, struct addrs *met)
{
    struct check *c = x->c;
    struct budget b = budget_of(c);
    struct blames permits =
        blame(c->policy, c->arena, x->way.path, &f->permitted[AT_BEST], VERDICT_PERMIT, &b);
    *met = addrs_or(c, *met, f->some[AT_BEST]);
    if (x->met.rule == NULL && permits.n != 0)
        x->met.rule = permits.v[0].rule;
    if (x->met.name.n == 0)
        x->met.name = f->def->name;
    struct region ports = ports_by_source(c, &f->permitted[AT_BEST]);
    for (size_t i = 0; i < ports.n; i++)
        region_add(c->policy->sets, c->arena, &x->met.ports, &ports.v[i], NULL);
}

/* Whether the rule matters here: one of "when" may be permitted, and then to whom. False after a
 * control, if not or if that is not known. */
static bool is_met(struct asked *x)
{
    struct addrs met = {{SET_EMPTY, SET_EMPTY}};
    struct strs names = {0};
    for (size_t i = 0; i < x->def->when.n; i++) {
        struct flow_result f = {.def = &x->def->when.v[i]};
        if (!flow_decide(x, &f)) {
            unknown(x, x->lack.reason);
            return false;
        }
        if (is_used(x->c, &f))
            meet(x, &f, &met);
        *PUSH(x->c->arena, names) = f.def->name;
    }
    if (x->def->when.n == 0)
        return true;
    if (addrs_none(met)) {
        control_add(x->c, x->rule, STATUS_PASS,
                    arena_strf(x->c->arena, "nothing permits %.*s",
                               STR_ARG(join(x->c->arena, &names, " or ", names.n))));
        return false;
    }
    if (x->def->has_sources)
        return true; /* it is about all of them, once some get through */
    x->met.some = !require_everybody(x, met);
    if (x->met.some)
        x->sources = met;
    return true;
}

static bool decide_flows(struct asked *x)
{
    for (size_t i = 0; i < x->def->flows.n; i++) {
        x->flows[i] = (struct flow_result){.def = &x->def->flows.v[i]};
        if (!flow_decide(x, &x->flows[i])) {
            unknown(x, x->lack.reason);
            return false;
        }
    }
    return true;
}

/* Leaves those who get less of a flow, on some port, than of what is met. False after a control, if
 * there are none. */
static bool narrow(struct asked *x)
{
    struct check *c = x->c;
    struct addrs less = {{SET_EMPTY, SET_EMPTY}};
    for (size_t i = 0; i < x->def->flows.n; i++) {
        struct region missing = missing_of(c, &x->flows[i], AT_BEST, NULL);
        missing = ports_by_source(c, &missing);
        missing = region_and(c->policy->sets, c->arena, &missing, &x->met.ports, NULL);
        less = addrs_or(c, less, region_addrs(c, &missing, FIELD_SRC));
    }
    if (addrs_none(less)) {
        control_add(c, x->rule, STATUS_PASS,
                    arena_strf(c->arena, "%.*s gets no more", STR_ARG(x->met.name)));
        return false;
    }
    x->met.some = !require_everybody(x, less);
    x->sources = less;
    return decide_flows(x);
}

/* ---- two policies side by side --------------------------------------------------------------- */

/* All packets of FLOWS fare alike in the policies that are compared. */
static bool flows_alike(const struct asked *x, const struct flow_defs *flows)
{
    for (size_t i = 0; i < flows->n; i++) {
        struct addrs dst;
        struct region changed;
        struct lack unheard = {0};
        if (!goal_addrs(x->c, x->rule, &flows->v[i].goal, &dst, &unheard))
            return false;
        struct region all = space_of(x->c, &x->way, &flows->v[i].service, x->sources, dst);
        if (!compared_space(x->c, x->way.path, &all, &changed) || changed.n != 0)
            return false;
    }
    return true;
}

/* A later rule hangs on what becomes of this one. */
static bool is_part_judge(const struct rule_def *r)
{
    for (size_t i = 0; i < r->pack->rules.n; i++) {
        const struct rule_def *other = &r->pack->rules.v[i];
        if (other->kind == r->kind &&
            str_eq(((const struct require_def *)other->params)->part_by, r->id))
            return true;
    }
    return false;
}

/* Sources that R names, into V: not those of a rule for everybody. */
static void add_sources(const struct sets *s, struct arena *a, const struct rule *r,
                        struct ivals *v)
{
    for (size_t m = 0; m < r->n_match; m++) {
        const set_id src = r->match[m].f[FIELD_SRC];
        size_t n;
        const struct ival *of = set_ivals(s, src, &n);
        if (set_size(s, src) >= EVERYBODY) /* a size is a sum over all of them */
            continue;
        for (size_t i = 0; i < n; i++)
            *PUSH(a, *v) = of[i];
    }
}

/* Sources that are named by rules of C's policy which the other has not. */
static set_id named_by_unpaired(const struct check *c)
{
    const struct policy *p = c->policy;
    struct ivals v = {0};
    for (size_t i = 0; i < p->chains.n; i++)
        for (size_t k = 0; k < p->chains.v[i]->n_rules; k++) {
            size_t there;
            if (twin_of(c->only, p->chains.v[i], k, &there) == NULL)
                add_sources(p->sets, c->arena, p->chains.v[i]->rules[k], &v);
        }
    return set_of(p->sets, v.v, v.n);
}

/* NAMED without what rules of P name. */
static set_id named_by_none(const struct policy *p, set_id named)
{
    struct sets *s = p->sets;
    for (size_t i = 0; i < p->chains.n && named != SET_EMPTY; i++)
        for (size_t k = 0; k < p->chains.v[i]->n_rules && named != SET_EMPTY; k++) {
            const struct rule *r = p->chains.v[i]->rules[k];
            for (size_t m = 0; m < r->n_match; m++) {
                const set_id src = r->match[m].f[FIELD_SRC];
                if (set_overlaps(s, named, src) && set_size(s, src) < EVERYBODY)
                    named = set_minus(s, named, src);
            }
        }
    return named;
}

/* Addresses that rules of one side only name as sources. What rules name that both have, both do.
 */
static set_id named_by_one(const struct check *c)
{
    struct beside *b = c->beside;
    if (!b->asked_named) {
        const struct check *old = b->sides[0], *now = b->sides[1];
        struct sets *s = c->policy->sets;
        const set_id gone = named_by_unpaired(old), fresh = named_by_unpaired(now);
        b->named = set_or(s, named_by_none(now->policy, set_minus(s, gone, fresh)),
                          named_by_none(old->policy, set_minus(s, fresh, gone)));
        b->asked_named = true;
    }
    return b->named;
}

/* Such sources matter if they get a part. Where that takes too long, it is the whole question that
 * says so. */
static bool names_alike(const struct asked *x)
{
    struct diags unheard = {.arena = x->c->arena};
    struct check quiet = *x->c;
    quiet.diags = &unheard;
    struct asked some = *x;
    const set_id named = named_by_one(x->c);
    some.c = &quiet;
    some.sources = addrs_and(x->c, x->sources, (struct addrs){{named, named}});
    some.flows = NEW_N(x->c->arena, struct flow_result, x->def->flows.n);
    for (size_t i = 0; i < x->def->flows.n && !addrs_none(some.sources); i++) {
        some.flows[i] = (struct flow_result){.def = &x->def->flows.v[i]};
        if (!flow_decide(&some, &some.flows[i]))
            return false;
    }
    return addrs_none(some.sources) || (addrs_none(classes_of(&some, SURE).part) &&
                                        addrs_none(classes_of(&some, AT_BEST).part));
}

/* Both policies come to the same. */
static bool is_alike(const struct asked *x)
{
    return x->c->beside != NULL && !is_part_judge(x->rule) && flows_alike(x, &x->def->when) &&
           flows_alike(x, &x->def->flows) && (x->strict || names_alike(x));
}

/* ---- the kind ------------------------------------------------------------------------------- */

static void run(struct check *c, const struct rule_def *r)
{
    struct asked x = {.c = c, .rule = r, .def = r->params};
    if (!way_find(c, x.def->from, x.def->to, &x.way, &x.lack.reason, &x.lack.advice)) {
        unknown(&x, x.lack.reason);
        return;
    }
    if (!find_sources(&x) || is_alike(&x) || !is_met(&x))
        return;
    x.flows = NEW_N(c->arena, struct flow_result, x.def->flows.n);
    if (!decide_flows(&x) || (x.def->only_less && !narrow(&x)))
        return;
    classify(&x, SURE);
    classify(&x, AT_BEST);
    conclude(&x);
}

const struct check_kind check_kind_require = {.name = "require",
                                              .title = "traffic that must be permitted",
                                              .compile = require_read,
                                              .run = run};
