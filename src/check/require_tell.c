/* What a finding of a requirement says. */
#include "check/require.h"

struct region require_of_sources(struct check *c, const struct region *r, struct addrs sources)
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

bool require_everybody(const struct asked *x, struct addrs sources)
{
    for (int f = FAMILY_V4; f <= FAMILY_V6; f++)
        if (sources.v[f] != SET_EMPTY && sources.v[f] != x->sources.v[f])
            return false;
    return !x->met.some;
}

struct str require_sources_text(struct asked *x, struct addrs sources)
{
    struct check *c = x->c;
    struct strs names = {0};
    for (size_t i = 0; x->strict && i < x->def->who.n; i++) {
        struct strs one = {&x->def->who.v[i], 1, 1};
        struct addrs nets;
        if (roles_nets(c, &one, &nets) != 0 && !addrs_none(addrs_and(c, nets, sources)))
            *PUSH(c->arena, names) = x->def->who.v[i];
    }
    if (names.n == 0 && require_everybody(x, sources))
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

/* Where one address is enough, those that others reach are what the rest lacks; where that says
 * nothing, all of them are. */
static struct region reached_by_others(struct check *c, const struct flow_result *f,
                                       const struct region *required,
                                       const struct region *permitted, int how)
{
    struct region reached =
        region_within(c, required, FIELD_DST, region_addrs(c, &f->permitted[how], FIELD_DST));
    bool says = region_minus(c->policy->sets, c->arena, &reached, permitted, NULL).n != 0;
    return says ? reached : *required;
}

void require_tell(struct asked *x, const struct flow_result *f, struct addrs failing, int how)
{
    struct check *c = x->c;
    struct sets *s = c->policy->sets;
    struct region required = require_of_sources(c, &f->required, failing);
    struct region permitted = require_of_sources(c, &f->permitted[how], failing);
    bool one_enough = f->def->part == PART_ENOUGH;
    if (one_enough)
        required = reached_by_others(c, f, &required, &permitted, how);
    struct region missing = region_minus(s, c->arena, &required, &permitted, NULL);
    struct measure m = measure_of(c, &required, &missing);
    struct finding *t = finding_add(c, x->rule);
    struct variables v = {0};
    measure_variables(c, &m, &v);
    variable_set(c, &v, "flow", f->def->name);
    variable_set(c, &v, "service", f->def->service.text);
    variable_set(c, &v, "sources", require_sources_text(x, failing));
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
    finding_path(c, t, x->way.path, VERDICT_DENY);
    struct str sets = region_text(c, &t->missing, 64, WHOLE);
    t->subject = arena_strf(c->arena, "%.*s: %.*s", STR_ARG(f->def->name), STR_ARG(sets));
    const struct rule *deny =
        locate(c, t, &x->way, one_enough ? &f->required : &required, &missing);
    if (x->def->only_less && x->met.rule != NULL)
        finding_relate(c, t, x->met.rule->at,
                       arena_strf(c->arena, "permits %.*s", STR_ARG(x->met.name)));
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
                      .any_source = !x->strict && require_everybody(x, failing),
                      .any_destination = !one_enough && (f->def->goal.kind == GOAL_ANY ||
                                                         f->def->goal.kind == GOAL_INTERNET)};
    fix_add(c, t, &fix, &v);
}
