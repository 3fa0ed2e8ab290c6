/* Kind "basics": what any firewall should do, decided on whole sets of packets: answers pass, and
 * early; the loopback is free, and its addresses stay on it; IPv6 is no more open than IPv4. */
#include "check/group.h"
#include "check/json.h"

#define STEPS_MAX 1000000u

enum { FIND_ANSWERS, FIND_LATE, FIND_LOOPBACK, FIND_LOOPBACK_OWN, FIND_IPV6 };
static const char *const find_words[] = {"answers", "late", "loopback", "loopback-own", "ipv6"};

struct basics_def {
    int find;
    uint32_t rules; /* of "late": answers may meet so many rules before they are permitted */
};

static const void *compile(struct json *j, const struct pack *p, const cJSON *object)
{
    static const struct json_key keys[] = {
        {.key = "find",
         .type = JSON_WORD,
         .required = true,
         .words = find_words,
         .n_words = sizeof find_words / sizeof *find_words,
         .offset = offsetof(struct basics_def, find)},
        {.key = "rules", .type = JSON_COUNT, .offset = offsetof(struct basics_def, rules)},
    };
    struct basics_def *d = NEW(j->arena, struct basics_def);
    (void)p;
    JSON_OBJECT(j, object, "\"basics\"", keys, d);
    return d;
}

/* ---- sets of packets ------------------------------------------------------------------------ */

static set_id loopback_of(const struct check *c)
{
    for (size_t i = 1; i < c->policy->ifaces.n; i++)
        if (str_eq(c->policy->ifaces.v[i], STR("lo")))
            return set_one(c->policy->sets, i);
    return SET_EMPTY;
}

/* Ordinary packets of TCP and UDP in STATE, not over the loopback. */
static struct cube ordinary(struct check *c, enum state state)
{
    struct sets *s = c->policy->sets;
    struct cube x = cube_any(s);
    x.f[FIELD_PROTO] = set_or(s, set_one(s, PROTO_TCP), set_one(s, PROTO_UDP));
    x.f[FIELD_STATE] = set_one(s, state);
    x.f[FIELD_TCPFLAGS] = set_one(s, state == STATE_NEW ? TCP_SYN : TCP_ACK);
    x.f[FIELD_FRAG] = set_one(s, FRAG_NONE);
    x.f[FIELD_EXTHDR] = set_one(s, 0);
    x.f[FIELD_PKTTYPE] = set_one(s, PKT_UNICAST);
    x.f[FIELD_IN] = set_minus(s, x.f[FIELD_IN], loopback_of(c));
    x.f[FIELD_OUT] = set_minus(s, x.f[FIELD_OUT], loopback_of(c));
    x.f[FIELD_MARK] = x.f[FIELD_CTMARK] = set_one(s, 0);
    if (state == STATE_NEW)
        x.f[FIELD_CTSTATUS] = set_one(s, 0);
    return x;
}

static struct decision decide_cube(struct check *c, enum path_kind path, const struct cube *x)
{
    struct budget b = budget_steps(c, STEPS_MAX);
    struct region start = region_and_cube(c->policy->sets, c->arena, &c->policy->universe, x);
    return decide(c->policy, c->arena, path, &start, &b);
}

struct passing {
    struct cube found;
    bool any;
};

static bool note_pass(void *ctx, const struct step *step)
{
    struct passing *x = ctx;
    if (step->kind != STEP_VERDICT || step->verdict != VERDICT_PERMIT)
        return true;
    x->found = step->flow->orig;
    x->found.when = LITS_NONE;
    x->any = true;
    return false;
}

/* Whether some packet of X is permitted on PATH, under some condition; *SPENT if nobody knows. */
static bool some_permitted(struct check *c, enum path_kind path, const struct cube *x,
                           struct cube *found, bool *spent)
{
    struct passing p = {.any = false};
    struct budget b = budget_steps(c, STEPS_MAX);
    struct arena *scratch = arena_child(c->arena);
    struct region start = region_and_cube(c->policy->sets, scratch, &c->policy->universe, x);
    struct walk w = {.policy = c->policy,
                     .arena = scratch,
                     .path = path,
                     .budget = &b,
                     .fn = note_pass,
                     .ctx = &p,
                     .permits_only = true};
    for (size_t i = 0; i < start.n && !p.any; i++)
        walk(&w, &start.v[i]);
    arena_free(scratch);
    *found = p.found;
    *spent = *spent || (!p.any && b.spent);
    return p.any;
}

/* The chain that decides on PATH, or NULL. */
static const struct chain *decider(const struct check *c, enum path_kind path)
{
    const struct path *p = &c->policy->paths[path];
    for (size_t i = 0; i < p->n; i++)
        if (p->v[i].decides && p->v[i].chain != NULL)
            return p->v[i].chain;
    return NULL;
}

/* ---- findings ------------------------------------------------------------------------------- */

struct telling {
    struct check *c;
    const struct rule_def *rule;
    size_t n;
    bool spent;
};

static void tell(struct telling *t, struct span at, enum path_kind path, struct str what,
                 const struct region *shown)
{
    struct check *c = t->c;
    struct finding *f = finding_add(c, t->rule);
    struct variables v = {0};
    variable_set(c, &v, "path", str_of(path_names[path]));
    variable_set(c, &v, "what", what);
    f->at = at;
    f->message = template_fill(c->arena, t->rule->message, &v);
    f->effect = template_fill(c->arena, t->rule->effect, &v);
    f->subject = arena_strf(c->arena, "%s %.*s", path_names[path], STR_ARG(what));
    f->has_witness = shown != NULL && shown->n != 0;
    if (f->has_witness)
        f->witness = cube_pick(c->policy->sets, &shown->v[0]);
    struct fix none = {0};
    fix_add(c, f, &none, &v);
    t->n++;
}

static bool some_pass(struct telling *t, enum path_kind path, const struct cube *x,
                      struct cube *found)
{
    return some_permitted(t->c, path, x, found, &t->spent);
}

/* ---- answers -------------------------------------------------------------------------------- */

/* A path that lets some connections begin must let their answers through; the device's own
 * connections are answered on the way to it. */
static void look_for_answers(struct telling *t, enum path_kind path)
{
    struct check *c = t->c;
    const struct chain *chain = decider(c, path);
    struct cube begin = ordinary(c, STATE_NEW), answer = ordinary(c, STATE_ESTABLISHED), found;
    if (chain == NULL || some_pass(t, path, &answer, &found) || t->spent)
        return;
    struct region answers =
        region_and_cube(c->policy->sets, c->arena, &c->policy->universe, &answer);
    if (some_pass(t, path == PATH_TO_SELF ? PATH_FROM_SELF : path, &begin, &found))
        tell(t, chain->at, path, chain->name, &answers);
}

struct counting {
    struct telling *t;
    uint32_t looked;
    const struct rule *by;
};

static bool count_rules(void *ctx, const struct step *step)
{
    struct counting *x = ctx;
    if (step->kind != STEP_VERDICT || step->verdict != VERDICT_PERMIT)
        return true;
    x->by = step->rule;
    x->looked = 0;
    for (const struct trail *t = step->trail; t != NULL; t = t->before)
        x->looked += (t->kind == STEP_MISS || t->kind == STEP_MATCH) && t->stage == step->stage;
    return false;
}

/* Only where a rule for answers stands: whatever else permits them is no such rule. */
static bool is_for_answers(const struct check *c, const struct rule *r)
{
    set_id state = r->n_match == 0 ? SET_EMPTY : r->match[0].f[FIELD_STATE];
    return set_has(c->policy->sets, state, STATE_ESTABLISHED) &&
           !set_has(c->policy->sets, state, STATE_NEW);
}

static void look_for_late(struct telling *t, enum path_kind path, uint32_t most)
{
    struct check *c = t->c;
    struct cube answer = ordinary(c, STATE_ESTABLISHED), found;
    struct counting x = {.t = t};
    struct budget b = budget_steps(c, STEPS_MAX);
    if (decider(c, path) == NULL || !some_pass(t, path, &answer, &found))
        return;
    struct packet packet = cube_pick(c->policy->sets, &found);
    struct cube one = cube_of_packet(c->policy->sets, &packet);
    struct arena *scratch = arena_child(c->arena);
    struct walk w = {.policy = c->policy,
                     .arena = scratch,
                     .path = path,
                     .budget = &b,
                     .fn = count_rules,
                     .ctx = &x,
                     .trail = TRAIL_ALL};
    walk(&w, &one);
    arena_free(scratch);
    struct region shown = {&one, 1, 1};
    if (x.by != NULL && x.looked > most + 1 && is_for_answers(c, x.by))
        tell(t, x.by->at, path, arena_strf(c->arena, "%u", x.looked - 1), &shown);
}

/* ---- the loopback --------------------------------------------------------------------------- */

static void look_at_loopback(struct telling *t)
{
    struct check *c = t->c;
    struct sets *s = c->policy->sets;
    const struct chain *chain = decider(c, PATH_TO_SELF);
    struct cube x = ordinary(c, STATE_NEW);
    x.f[FIELD_IN] = loopback_of(c) == SET_EMPTY ? set_one(s, 0) : loopback_of(c);
    x.f[FIELD_OUT] = set_full(s, FIELD_OUT);
    struct region start = region_and_cube(s, c->arena, &c->policy->universe, &x);
    struct cube found;
    if (chain != NULL && start.n != 0 && !some_pass(t, PATH_TO_SELF, &x, &found) && !t->spent)
        tell(t, chain->at, PATH_TO_SELF, chain->name, &start);
}

/* The addresses that only the loopback has, of FAMILY: 127.0.0.0/8, ::1. */
static set_id loopback_nets(struct sets *s, enum family family)
{
    const u128 v4 = (u128)127 << 24;
    return family == FAMILY_V4 ? set_range(s, v4, v4 + 0xffffff) : set_one(s, 1);
}

/* Packets on PATH over the loopback (IFACE of it, in or out), that are surely let pass: all. */
static void look_for_free(struct telling *t, enum path_kind path, enum field iface)
{
    struct check *c = t->c;
    struct sets *s = c->policy->sets;
    const struct chain *chain = decider(c, path);
    for (enum state state = STATE_NEW; state <= STATE_ESTABLISHED && chain != NULL; state++) {
        struct cube x = ordinary(c, state);
        x.f[FIELD_IN] = set_full(s, FIELD_IN);
        x.f[FIELD_OUT] = set_full(s, FIELD_OUT);
        x.f[iface] = loopback_of(c) == SET_EMPTY ? set_one(s, 0) : loopback_of(c);
        struct decision d = decide_cube(c, path, &x);
        struct region *stopped = d.denied.n != 0 ? &d.denied : &d.depends;
        t->spent = t->spent || d.spent;
        if (stopped->n == 0)
            continue;
        tell(t, chain->at, path, STR("not all that the loopback carries is let pass"), stopped);
        return;
    }
}

/* Packets that claim a loopback address and come over another interface. */
static void look_for_forged(struct telling *t)
{
    struct check *c = t->c;
    struct sets *s = c->policy->sets;
    const struct chain *chain = decider(c, PATH_TO_SELF);
    for (enum family f = FAMILY_V4; f <= FAMILY_V6 && chain != NULL; f++) {
        struct cube x = ordinary(c, STATE_NEW), found;
        x.f[FIELD_OUT] = set_full(s, FIELD_OUT);
        x.f[FIELD_FAMILY] = set_one(s, (u128)f);
        x.f[FIELD_SRC] = loopback_nets(s, f);
        if (!some_pass(t, PATH_TO_SELF, &x, &found))
            continue;
        struct region shown = {&found, 1, 1};
        tell(t, chain->at, PATH_TO_SELF,
             STR("a source address of the loopback is let in over other interfaces"), &shown);
    }
}

/* ---- IPv6 ----------------------------------------------------------------------------------- */

/* R without addresses and family: which services pass between which interfaces. */
static struct region services_of(struct check *c, const struct region *r)
{
    struct cube any = cube_any(c->policy->sets);
    struct region out = {0};
    for (size_t i = 0; i < r->n; i++) {
        struct cube x = r->v[i];
        static const enum field dropped[] = {FIELD_FAMILY, FIELD_SRC, FIELD_DST,   FIELD_TOS,
                                             FIELD_TTL,    FIELD_MAC, FIELD_SPORT, FIELD_LENGTH};
        for (size_t k = 0; k < sizeof dropped / sizeof *dropped; k++)
            x.f[dropped[k]] = any.f[dropped[k]];
        x.when = LITS_NONE;
        *PUSH(c->arena, out) = x;
    }
    return region_canonical(c->policy->sets, c->arena, &out, NULL);
}

static struct region permitted_of_v6(struct telling *t, enum path_kind path)
{
    struct cube x = ordinary(t->c, STATE_NEW);
    x.f[FIELD_FAMILY] = set_one(t->c->policy->sets, FAMILY_V6);
    struct decision d = decide_cube(t->c, path, &x);
    t->spent = t->spent || d.spent;
    return d.permitted;
}

/* Of these SERVICES only: a long list of rules for IPv4 need not be laid out for two of IPv6. */
static struct region maybe_permitted_of_v4(struct telling *t, enum path_kind path,
                                           const struct region *services)
{
    struct check *c = t->c;
    struct budget b = budget_steps(c, STEPS_MAX);
    struct cube x = ordinary(c, STATE_NEW);
    x.f[FIELD_FAMILY] = set_one(c->policy->sets, FAMILY_V4);
    struct region all = region_and_cube(c->policy->sets, c->arena, &c->policy->universe, &x);
    struct region start = region_and(c->policy->sets, c->arena, &all, services, &b);
    struct decision d = decide(c->policy, c->arena, path, &start, &b);
    t->spent = t->spent || d.spent;
    for (size_t i = 0; i < d.depends.n; i++)
        *PUSH(c->arena, d.permitted) = d.depends.v[i];
    return d.permitted;
}

static void look_at_ipv6(struct telling *t, enum path_kind path)
{
    struct check *c = t->c;
    struct sets *s = c->policy->sets;
    struct budget b = budget_steps(c, STEPS_MAX);
    struct cube any6 = ordinary(c, STATE_NEW), found;
    any6.f[FIELD_FAMILY] = set_one(s, FAMILY_V6);
    if (!some_pass(t, path, &any6, &found))
        return;
    struct region v6 = permitted_of_v6(t, path);
    struct region open6 = services_of(c, &v6);
    struct region v4 = maybe_permitted_of_v4(t, path, &open6);
    struct region open4 = services_of(c, &v4);
    struct region more = region_minus(s, c->arena, &open6, &open4, &b);
    t->spent = t->spent || b.spent;
    if (more.n == 0 || t->spent)
        return;
    struct region packets = region_and(s, c->arena, &v6, &more, &b);
    struct blames by = blame(c->policy, c->arena, path, &packets, VERDICT_PERMIT, &b);
    struct region plain = told(c, &more);
    tell(t, by.n == 0 ? SPAN_NONE : by.v[0].rule->at, path, region_text(c, &plain, 3, 6), &packets);
}

static bool speaks_of(const struct check *c, enum family family)
{
    for (size_t i = 0; i < c->policy->universe.n; i++)
        if (set_has(c->policy->sets, c->policy->universe.v[i].f[FIELD_FAMILY], (u128)family))
            return true;
    return false;
}

/* ---- the kind ------------------------------------------------------------------------------- */

static void run(struct check *c, const struct rule_def *r)
{
    const struct basics_def *d = r->params;
    struct telling t = {.c = c, .rule = r};
    if (d->find == FIND_IPV6 && (!speaks_of(c, FAMILY_V4) || !speaks_of(c, FAMILY_V6))) {
        control_add(c, r, STATUS_NOT_APPLICABLE,
                    STR("the export speaks of one IP version: read both as one device"));
        return;
    }
    if (d->find == FIND_LOOPBACK)
        look_at_loopback(&t);
    if (d->find == FIND_LOOPBACK_OWN) {
        look_for_free(&t, PATH_TO_SELF, FIELD_IN);
        look_for_free(&t, PATH_FROM_SELF, FIELD_OUT);
        look_for_forged(&t);
    }
    for (enum path_kind k = PATH_THROUGH; k <= PATH_TO_SELF; k++)
        if (d->find == FIND_ANSWERS)
            look_for_answers(&t, k);
        else if (d->find == FIND_LATE)
            look_for_late(&t, k, d->rules);
        else if (d->find == FIND_IPV6)
            look_at_ipv6(&t, k);
    struct str lacking = t.spent ? limit_reached(c, r) : STR("");
    if (t.n != 0)
        control_add(c, r, STATUS_FAIL, arena_strf(c->arena, "%zu found", t.n));
    else if (t.spent)
        control_add(c, r, STATUS_UNKNOWN, lacking);
    else
        control_add(c, r, STATUS_PASS, STR("it is as it should be"));
}

const struct check_kind check_kind_basics = {
    .name = "basics", .title = "what any firewall should do", .compile = compile, .run = run};
