/* Kind "lint": rules that should not stand as they do, looked at one by one. What packets may get
 * to a rule counts, not only what it says: a permit of everything in a list that only one network
 * is sent to is no permit of everything. */
#include "analyze/entry.h"

#include "check/goal.h"
#include "check/group.h"
#include "check/pattern.h"

/* As many values are any: two halves are no way around a check, nor is "any but ours". */
#define ANY_V4 ((u128)1 << 31)
#define ANY_V6 ((u128)1 << 125)
#define ANY_PORTS 60000
/* A range of as many ports names each of them. */
#define NAMES_MAX 16
/* Steps for the packet that shows a finding. */
#define STEPS_MAX 200000u

enum { ACTION_EACH, ACTION_PERMIT, ACTION_DENY };
static const char *const action_words[] = {"each", "permit", "deny"};
enum { FROM_ANYWHERE, FROM_INSIDE, FROM_ELSEWHERE };
static const char *const from_words[] = {"anywhere", "inside", "elsewhere"};

struct lint_def {
    int action, from;
    struct strs any, some;     /* all of these are any, none of those: "source", … */
    uint32_t addresses, ports; /* more of each, though not any; 0: not asked */
    struct services services;  /* it names one of these */
    bool icmp;                 /* it lets every type of ICMP in, and says so */
    bool inactive;             /* it is written down but not in force */
    bool unhit;                /* its counter is zero, and others are not */
    struct str remark;         /* the remark lacks what this parameter of the site asks */
};

/* One policy's run. */
struct linting {
    struct check *c;
    const struct rule_def *rule;
    const struct lint_def *def;
    const struct entry *entries;
    const uint8_t *paths;
    set_id inside; /* interfaces; the empty set where they are not known */
    bool rewrites;
    struct pattern pattern;
    size_t limits;
    struct str what; /* of the rule that was just looked at */
};

/* ---- one set of packets --------------------------------------------------------------------- */

static u128 size_of(const struct linting *x, const struct cube *q, enum field f)
{
    return set_size(x->c->policy->sets, q->f[f]);
}

static bool has(const struct linting *x, const struct cube *q, enum field f, u128 value)
{
    return set_has(x->c->policy->sets, q->f[f], value);
}

static bool any_address(const struct linting *x, const struct cube *q, enum field f)
{
    return size_of(x, q, f) >= (has(x, q, FIELD_FAMILY, FAMILY_V4) ? ANY_V4 : ANY_V6);
}

static bool any_service(const struct linting *x, const struct cube *q)
{
    return (has(x, q, FIELD_PROTO, PROTO_TCP) || has(x, q, FIELD_PROTO, PROTO_UDP)) &&
           size_of(x, q, FIELD_DPORT) >= ANY_PORTS && size_of(x, q, FIELD_SPORT) >= ANY_PORTS;
}

static bool is_any(const struct linting *x, const struct cube *q, struct str word)
{
    return str_eq(word, STR("source"))        ? any_address(x, q, FIELD_SRC)
           : str_eq(word, STR("destination")) ? any_address(x, q, FIELD_DST)
                                              : any_service(x, q);
}

static bool test_any(struct linting *x, const struct rule *r, struct cube *q)
{
    (void)r;
    for (size_t i = 0; i < x->def->any.n; i++)
        if (!is_any(x, q, x->def->any.v[i]))
            return false;
    for (size_t i = 0; i < x->def->some.n; i++)
        if (is_any(x, q, x->def->some.v[i]))
            return false;
    return true;
}

/* From interfaces that are inside; where nobody knows, from one zone to another. */
static bool from_inside(const struct linting *x, const struct cube *q)
{
    struct sets *s = x->c->policy->sets;
    bool in = q->f[FIELD_IN] != set_full(s, FIELD_IN),
         out = q->f[FIELD_OUT] != set_full(s, FIELD_OUT);
    return in && (x->inside == SET_EMPTY ? out : set_within(s, q->f[FIELD_IN], x->inside));
}

static bool test_from(struct linting *x, const struct rule *r, struct cube *q)
{
    (void)r;
    return x->def->from == FROM_ANYWHERE || from_inside(x, q) == (x->def->from == FROM_INSIDE);
}

static struct str size_text(struct linting *x, const struct cube *q, enum field f)
{
    u128 n = size_of(x, q, f);
    if (f != FIELD_DPORT && any_address(x, q, f))
        return STR("any");
    return n > UINT64_MAX ? STR("2^64 or more")
                          : arena_strf(x->c->arena, "%llu", (unsigned long long)n);
}

static bool test_size(struct linting *x, const struct rule *r, struct cube *q)
{
    const struct lint_def *d = x->def;
    (void)r;
    if (d->addresses == 0)
        return true;
    bool all = any_address(x, q, FIELD_SRC) && any_address(x, q, FIELD_DST) && any_service(x, q);
    bool wide = size_of(x, q, FIELD_SRC) > d->addresses &&
                size_of(x, q, FIELD_DST) > d->addresses && size_of(x, q, FIELD_DPORT) > d->ports;
    bool ports = has(x, q, FIELD_PROTO, PROTO_TCP) || has(x, q, FIELD_PROTO, PROTO_UDP);
    if (all || !wide || !ports)
        return false;
    struct str src = size_text(x, q, FIELD_SRC), dst = size_text(x, q, FIELD_DST);
    struct str ports_text = size_text(x, q, FIELD_DPORT);
    x->what = arena_strf(x->c->arena, "sources %.*s, destinations %.*s, ports %.*s", STR_ARG(src),
                         STR_ARG(dst), STR_ARG(ports_text));
    return true;
}

static bool names_port(const struct linting *x, const struct cube *q, uint16_t port)
{
    size_t n;
    const struct ival *v = set_ivals(x->c->policy->sets, q->f[FIELD_DPORT], &n);
    for (size_t i = 0; i < n; i++)
        if (v[i].lo <= port && port <= v[i].hi)
            return v[i].hi - v[i].lo < NAMES_MAX;
    return false;
}

/* The ports of SERVICE that Q names. */
static set_id named_ports(struct linting *x, const struct cube *q,
                          const struct service_def *service)
{
    struct sets *s = x->c->policy->sets;
    set_id all = SET_EMPTY;
    for (size_t k = 0; has(x, q, FIELD_PROTO, service->proto) && k < service->ports.n; k++)
        for (uint32_t p = service->ports.v[k].lo; p <= service->ports.v[k].hi; p++)
            if (names_port(x, q, (uint16_t)p))
                all = set_or(s, all, set_one(s, p));
    return all;
}

/* Leaves Q with what it names of the first service that it names at all. */
static bool test_services(struct linting *x, const struct rule *r, struct cube *q)
{
    const struct services *all = &x->def->services;
    (void)r;
    for (size_t i = 0; i < all->n; i++) {
        set_id ports = named_ports(x, q, &all->v[i]);
        if (ports == SET_EMPTY)
            continue;
        q->f[FIELD_PROTO] = set_one(x->c->policy->sets, all->v[i].proto);
        q->f[FIELD_DPORT] = ports;
        return true;
    }
    return all->n == 0;
}

static bool test_icmp(struct linting *x, const struct rule *r, struct cube *q)
{
    u128 one;
    (void)r;
    return !x->def->icmp || (set_is_one(x->c->policy->sets, q->f[FIELD_PROTO], &one) &&
                             one == PROTO_ICMP && size_of(x, q, FIELD_SPORT) >= 200);
}

/* ---- the rule as it is written -------------------------------------------------------------- */

static bool test_active(struct linting *x, const struct rule *r, struct cube *q)
{
    (void)q;
    return r->inactive == x->def->inactive;
}

static bool test_action(struct linting *x, const struct rule *r, struct cube *q)
{
    (void)q;
    return x->def->action == ACTION_EACH ||
           (x->def->action == ACTION_PERMIT && r->action == ACT_PERMIT) ||
           (x->def->action == ACTION_DENY && r->action == ACT_DENY);
}

static bool test_hits(struct linting *x, const struct rule *r, struct cube *q)
{
    (void)q;
    return !x->def->unhit || (r->has_hits && r->hits == 0);
}

static bool test_remark(struct linting *x, const struct rule *r, struct cube *q)
{
    (void)q;
    if (x->def->remark.n == 0)
        return true;
    enum matched m = pattern_match(&x->pattern, r->remark);
    if (m == MATCHED_NO && r->name.n != 0)
        m = pattern_match(&x->pattern, r->name);
    x->limits += m == MATCHED_LIMIT;
    return m == MATCHED_NO;
}

/* A time or a rate asked besides opens it all the same, at times. Other conditions may leave next
 * to nothing. */
static bool is_temporary(const struct linting *x, lits_id conds)
{
    const struct policy *p = x->c->policy;
    for (size_t i = 0; i < lits_count(p->sets, conds); i++) {
        struct str kind = p->conds.v[lits_at(p->sets, conds, i).cond].kind;
        if (!str_starts(kind, STR("time")) && !str_starts(kind, STR("limit")))
            return false;
    }
    return true;
}

/* It opens connections, by nothing but what rules usually name. */
static bool test_opens(struct linting *x, const struct rule *r, struct cube *q)
{
    static const enum field rare[] = {FIELD_MAC,      FIELD_MARK,   FIELD_CTMARK,
                                      FIELD_CTSTATUS, FIELD_PHYSIN, FIELD_PHYSOUT};
    if (x->def->action != ACTION_PERMIT)
        return true;
    for (size_t i = 0; i < sizeof rare / sizeof *rare; i++)
        if (q->f[rare[i]] != set_full(x->c->policy->sets, rare[i]))
            return false;
    return has(x, q, FIELD_STATE, STATE_NEW) && has(x, q, FIELD_TCPFLAGS, TCP_SYN) &&
           r->orig == NULL && is_temporary(x, r->conds);
}

/* Between programs of one host. */
static bool test_loopback(struct linting *x, const struct rule *r, struct cube *q)
{
    u128 class;
    (void)r;
    return !(set_is_one(x->c->policy->sets, q->f[FIELD_IN], &class) &&
             class < x->c->policy->ifaces.n && str_eq(x->c->policy->ifaces.v[class], STR("lo")));
}

typedef bool test_fn(struct linting *x, const struct rule *r, struct cube *q);
static test_fn *const rule_tests[] = {test_active, test_action, test_hits, test_remark};
static test_fn *const cube_tests[] = {test_opens,    test_loopback, test_any, test_from,
                                      test_services, test_icmp,     test_size};

static bool all_hold(struct linting *x, test_fn *const *tests, size_t n, const struct rule *r,
                     struct cube *q)
{
    for (size_t i = 0; i < n; i++)
        if (!tests[i](x, r, q))
            return false;
    return true;
}
#define ALL_HOLD(x, tests, r, q) all_hold((x), (tests), sizeof(tests) / sizeof *(tests), (r), (q))

/* ---- does it matter ------------------------------------------------------------------------- */

struct shown {
    const struct rule *rule;
    bool found;
    struct packet packet;
    struct sets *sets;
    set_id ports, wanted; /* destination ports that get there, and those to look for */
};

static bool note_match(void *ctx, const struct step *step)
{
    struct shown *s = ctx;
    if (step->kind != STEP_MATCH || step->rule != s->rule)
        return true;
    if (!s->found)
        s->packet = cube_pick(s->sets, &step->flow->orig);
    s->found = true;
    s->ports = set_or(s->sets, s->ports, step->flow->now.f[FIELD_DPORT]);
    return !set_within(s->sets, s->wanted, s->ports);
}

static struct str service_text(struct linting *x, const struct cube *q, set_id ports)
{
    struct sets *s = x->c->policy->sets;
    struct strs protos =
        set_format(s, x->c->arena, FIELD_PROTO, q->f[FIELD_PROTO], FAMILY_V4, NULL);
    struct strs list = set_format(s, x->c->arena, FIELD_DPORT, ports, FAMILY_V4, NULL);
    struct str proto = join(x->c->arena, &protos, ",", 4), text = join(x->c->arena, &list, ",", 12);
    return arena_strf(x->c->arena, "%.*s/%.*s", STR_ARG(proto), STR_ARG(text));
}

/* Sends START down each path of the surveyed policy, until what is looked for got to the rule. */
static void watch_rule(const struct linting *x, struct survey *survey, struct shown *shown,
                       const struct cube *start, struct arena *scratch, struct budget *b)
{
    bool services = x->def->services.n != 0;
    for (int k = 0; k < PATH_KINDS && (services || !shown->found) && !b->spent; k++) {
        struct walk w = {.policy = survey_policy(survey),
                         .arena = scratch,
                         .path = (enum path_kind)k,
                         .survey = survey,
                         .budget = b,
                         .fn = note_match,
                         .ctx = shown,
                         .watch = shown->rule,
                         .watch_only = true,
                         .one_is_enough = !services,
                         .permits_only = true};
        walk(&w, start);
    }
}

/* In a long chain most wide rules have a packet that is soon found by trying; sets of packets take
 * their time there. */
#define LONG_CHAIN 1000
#define TRIES 32

static void try_packets(struct linting *x, struct shown *shown, const struct cube *start,
                        struct arena *scratch, struct budget *b)
{
    struct sets *s = x->c->policy->sets;
    uint64_t state = shown->rule->number;
    for (int n = 0; n < TRIES && !shown->found; n++) {
        struct packet p = cube_pick(s, start);
        for (int f = 0; f < FIELD_COUNT && n != 0; f++)
            p.f[f] = set_random(s, start->f[f], &state);
        struct cube one = cube_of_packet(s, &p);
        watch_rule(x, x->c->survey, shown, &one, scratch, b);
    }
}

/* New connections of Q. */
static struct region starts_of(const struct linting *x, const struct cube *q, struct arena *a)
{
    const struct policy *p = x->c->policy;
    struct cube start = *q;
    start.f[FIELD_STATE] = set_one(p->sets, STATE_NEW);
    start.when = LITS_NONE;
    return region_and_cube(p->sets, a, &p->universe, &start);
}

/* A rule in both of two policies that are compared. */
struct paired {
    const struct rule *rule, *twin;
    size_t place, there; /* in their chains */
};

/* Where two policies are compared: the rule gets packets of Q in both or in neither, as far as
 * packets fare differently at all. */
static bool is_alike(const struct linting *x, const struct paired *r, const struct cube *q)
{
    const struct beside *both = x->c->beside;
    if (r->twin == NULL || both == NULL || x->c->only->differ == NULL || x->rewrites)
        return false;
    struct survey *here = x->c->survey;
    struct survey *there = both->sides[both->sides[0]->survey == here ? 1 : 0]->survey;
    struct sets *s = x->c->policy->sets;
    struct arena *scratch = arena_child(x->c->arena);
    struct budget b = budget_small(x->c, STEPS_MAX);
    struct region starts = starts_of(x, q, scratch);
    starts = region_and(s, scratch, &starts, x->c->only->differ, &b);
    bool neither = survey_takes(here, r->rule->chain, r->place, &starts, scratch, &b) &&
                   survey_takes(there, r->twin->chain, r->there, &starts, scratch, &b);
    struct shown shown[2] = {{.rule = r->rule, .sets = s}, {.rule = r->twin, .sets = s}};
    for (size_t i = 0; i < starts.n && !neither; i++) {
        watch_rule(x, here, &shown[0], &starts.v[i], scratch, &b);
        watch_rule(x, there, &shown[1], &starts.v[i], scratch, &b);
    }
    arena_free(scratch);
    /* Of services it is told which of their ports get there. */
    bool same = shown[0].found == shown[1].found && (x->def->services.n == 0 || !shown[0].found);
    return same && !b.spent;
}

/* A packet of Q that gets to the rule. False if it is proven that there is none: such a rule is
 * dead, and told as that. */
static bool show(struct linting *x, const struct rule *r, const struct cube *q, struct spot *spot)
{
    const struct policy *p = x->c->policy;
    struct budget b = budget_small(x->c, STEPS_MAX);
    struct arena *scratch = arena_child(x->c->arena);
    bool services = x->def->services.n != 0;
    struct shown shown = {
        .rule = r, .sets = p->sets, .wanted = services ? q->f[FIELD_DPORT] : SET_EMPTY};
    struct region starts = starts_of(x, q, scratch);
    for (size_t i = 0; i < starts.n && !services && r->chain->n_rules > LONG_CHAIN; i++)
        try_packets(x, &shown, &starts.v[i], scratch, &b);
    for (size_t i = 0; i < starts.n && (services || !shown.found) && !b.spent; i++)
        watch_rule(x, x->c->survey, &shown, &starts.v[i], scratch, &b);
    arena_free(scratch);
    if (services)
        x->what = service_text(x, q, shown.found ? shown.ports : q->f[FIELD_DPORT]);
    spot->has_witness = shown.found;
    spot->witness = shown.packet;
    return shown.found || b.spent || x->rewrites;
}

/* ---- all of them ---------------------------------------------------------------------------- */

/* Whether a part of what may get to R and matches is what is looked for. */
static bool find_cube(struct linting *x, const struct rule *r, struct cube *q)
{
    const struct region *enter = &x->entries[r->chain->index].cubes;
    for (size_t m = 0; m < r->n_match; m++)
        for (size_t i = 0; i < enter->n; i++)
            if (cube_and(x->c->policy->sets, q, &r->match[m], &enter->v[i]) &&
                ALL_HOLD(x, cube_tests, r, q))
                return true;
    return false;
}

static bool about_packets(const struct lint_def *d)
{
    return d->any.n != 0 || d->addresses != 0 || d->services.n != 0 || d->icmp;
}

static void look_at(struct linting *x, const struct chain *chain, size_t place, struct spots *spots)
{
    const struct rule *r = chain->rules[place];
    struct paired pair = {.rule = r, .place = place};
    uint8_t enough = about_packets(x->def) ? 1 << PATH_THROUGH | 1 << PATH_TO_SELF : UINT8_MAX;
    struct spot spot = {.at = r->at, .rule = r, .where = r->chain->name};
    if (x->def->some.n != 0) /* to the device, any destination is the device */
        enough = 1 << PATH_THROUGH;
    struct cube q;
    pair.twin = twin_of(x->c->only, chain, place, &pair.there);
    x->what = r->name;
    if (r->implicit || (x->paths[r->chain->index] & enough) == 0 ||
        !ALL_HOLD(x, rule_tests, r, NULL))
        return;
    if (about_packets(x->def) &&
        (!find_cube(x, r, &q) || is_alike(x, &pair, &q) || !show(x, r, &q, &spot)))
        return;
    spot.what = x->what;
    bool shown = spot.has_witness || !about_packets(x->def);
    spot.certainty = shown && r->conds == LITS_NONE ? CERTAINTY_DEFINITE : CERTAINTY_POSSIBLE;
    *PUSH(x->c->arena, *spots) = spot;
}

static set_id inside_of(struct check *c)
{
    struct way way;
    struct str reason;
    struct strs advice = {0};
    set_id all = SET_EMPTY;
    if (!way_find(c, STR("inside"), STR("outside"), &way, &reason, &advice))
        return SET_EMPTY;
    for (size_t i = 0; i < way.from.doors.n; i++)
        all = set_or(c->policy->sets, all, way.from.doors.v[i].iface);
    return all;
}

/* False, after a control that says so, if there is nothing to ask. */
static bool start(struct linting *x)
{
    struct check *c = x->c;
    struct str why;
    if (x->def->unhit && !policy_counts(c->policy)) {
        control_add(c, x->rule, STATUS_NOT_APPLICABLE, STR("the export has no counters"));
        return false;
    }
    if (x->def->remark.n == 0)
        return true;
    const struct parameter *p =
        site_parameter(c->site, x->rule->pack->id, arena_cstr(c->arena, x->def->remark));
    if (p == NULL || p->values.n == 0) {
        control_add(c, x->rule, STATUS_NOT_APPLICABLE,
                    arena_strf(c->arena, "the site file gives no pattern \"%.*s\"",
                               STR_ARG(x->def->remark)));
        return false;
    }
    if (pattern_compile(c->arena, p->values.v[0], &x->pattern, &why))
        return true;
    diag_add(c->diags, DIAG_ERROR, p->at, "%.*s", STR_ARG(why));
    control_add(c, x->rule, STATUS_UNKNOWN, why);
    return false;
}

static void conclude(struct linting *x, size_t n)
{
    struct check *c = x->c;
    if (x->limits != 0)
        diag_add(c->diags, DIAG_ERROR, x->rule->at,
                 "the pattern of %.*s took too long on %zu remarks: make it simpler",
                 STR_ARG(x->rule->id), x->limits);
    if (n != 0)
        control_add(c, x->rule, STATUS_FAIL, arena_strf(c->arena, "%zu rules", n));
    else if (x->limits != 0)
        control_add(c, x->rule, STATUS_UNKNOWN, STR("the pattern reached its limits"));
    else
        control_add(c, x->rule, STATUS_PASS, STR("no rule is like that"));
}

static void run(struct check *c, const struct rule_def *r)
{
    const struct policy *p = c->policy;
    struct linting x = {.c = c, .rule = r, .def = r->params};
    struct spots spots = {0};
    if (!start(&x))
        return;
    x.entries = survey_entries(c->survey);
    x.paths = chain_paths(c, about_packets(x.def));
    x.rewrites = changed_fields(p, true) != 0;
    x.inside = x.def->from == FROM_ANYWHERE ? SET_EMPTY : inside_of(c);
    for (size_t i = 0; i < p->chains.n; i++)
        for (size_t k = 0; (k = next_touched(c->only, p->chains.v[i], k)) < p->chains.v[i]->n_rules;
             k++)
            look_at(&x, p->chains.v[i], k, &spots);
    spots_tell(c, r, &spots);
    conclude(&x, spots.n);
}

/* ---- reading -------------------------------------------------------------------------------- */

static void check_words(struct json *j, const cJSON *object, const struct strs *v)
{
    static const char *const words[] = {"source", "destination", "service"};
    enum { N = sizeof words / sizeof *words };
    for (size_t i = 0; i < v->n; i++) {
        bool known = false;
        for (size_t k = 0; k < N; k++)
            known = known || str_eq(v->v[i], str_of(words[k]));
        if (!known)
            json_unknown_word(j, json_at(j, object), "what may be any", v->v[i], words, N);
    }
}

static const void *compile(struct json *j, const struct pack *p, const cJSON *object)
{
#define AT(field) .offset = offsetof(struct lint_def, field)
#define WORDS(list) .type = JSON_WORD, .words = list, .n_words = sizeof list / sizeof *list
    static const struct json_key keys[] = {
        {.key = "action", WORDS(action_words), AT(action)},
        {.key = "from", WORDS(from_words), AT(from)},
        {.key = "any", .type = JSON_STRINGS, AT(any)},
        {.key = "some", .type = JSON_STRINGS, AT(some)},
        {.key = "addresses_above", .type = JSON_COUNT, AT(addresses)},
        {.key = "ports_above", .type = JSON_COUNT, AT(ports)},
        {.key = "services", .type = JSON_OTHER, .read = services_read, AT(services)},
        {.key = "icmp", .type = JSON_FLAG, AT(icmp)},
        {.key = "inactive", .type = JSON_FLAG, AT(inactive)},
        {.key = "unhit", .type = JSON_FLAG, AT(unhit)},
        {.key = "remark", .type = JSON_STRING, AT(remark)},
    };
#undef AT
    struct lint_def *d = NEW(j->arena, struct lint_def);
    (void)p;
    JSON_OBJECT(j, object, "\"lint\"", keys, d);
    check_words(j, object, &d->any);
    check_words(j, object, &d->some);
    return d;
}

const struct check_kind check_kind_lint = {
    .name = "lint", .title = "rules that should not stand", .compile = compile, .run = run};
