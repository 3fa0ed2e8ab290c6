/* What a finding says of sets of packets: how much is missing, what, and who denies it. */
#include "check/check_int.h"

#include <string.h>

#define STEPS_ALL 1000000u
#define STEPS_RULE 1000u

struct purse purse_of(const struct check *c, uint64_t each)
{
    struct purse p = {c->budget != 0 && c->budget < each ? c->budget : each, STEPS_ALL};
    for (size_t i = 0; i < c->policy->chains.n; i++)
        p.all += STEPS_RULE * (uint64_t)c->policy->chains.v[i]->n_rules;
    return p;
}

/* Memory of one question, on the way to its answer and in new sets, which stay. All questions
 * together may take more sets; where that is gone, there is still a little for each. */
#define BYTES_EACH ((size_t)256 << 20)
#define BYTES_ALL ((size_t)1 << 30)
#define BYTES_FEW ((size_t)16 << 20)

/* EACH bytes of sets as far as those of all allow it, but LEAST. */
static struct budget limited(const struct check *c, uint64_t steps, size_t each, size_t least)
{
    if (c->budget == 0)
        return (struct budget){.left = steps};
    const struct arena *sets = sets_arena(c->policy->sets);
    const size_t used = arena_used(sets), most = c->sets_before + BYTES_ALL;
    size_t room = used < most ? most - used : 0;
    room = room < least ? least : room;
    return (struct budget){.left = steps < c->budget ? steps : c->budget,
                           .meters = {{sets, used + (room < each ? room : each)},
                                      {c->arena, arena_used(c->arena) + BYTES_EACH}}};
}

struct budget budget_of(const struct check *c)
{
    return budget_steps(c, UINT64_MAX);
}

struct budget budget_steps(const struct check *c, uint64_t steps)
{
    return limited(c, steps, BYTES_EACH, BYTES_FEW);
}

struct budget budget_small(const struct check *c, uint64_t steps)
{
    return limited(c, steps, BYTES_FEW, 0);
}

struct region told(struct check *c, const struct region *r)
{
    static const enum field fixed[] = {FIELD_FRAG,   FIELD_EXTHDR,   FIELD_PKTTYPE, FIELD_MARK,
                                       FIELD_CTMARK, FIELD_CTSTATUS, FIELD_PHYSIN,  FIELD_PHYSOUT,
                                       FIELD_TTL,    FIELD_TCPFLAGS};
    struct sets *s = c->policy->sets;
    struct region plain = {0};
    for (size_t i = 0; i < r->n; i++) {
        struct cube x = r->v[i];
        for (size_t k = 0; k < sizeof fixed / sizeof *fixed; k++)
            x.f[fixed[k]] = set_full(s, fixed[k]);
        *PUSH(c->arena, plain) = x;
    }
    return region_canonical(s, c->arena, &plain, NULL);
}

/* ---- measuring ------------------------------------------------------------------------------ */

struct region region_on(struct check *c, const struct region *r, uint32_t fields)
{
    struct sets *s = c->policy->sets;
    struct region plain = {0};
    for (size_t i = 0; i < r->n; i++) {
        struct cube x = cube_any(s);
        for (int f = 0; f < FIELD_COUNT; f++)
            if ((fields >> f & 1) != 0)
                x.f[f] = r->v[i].f[f];
        *PUSH(c->arena, plain) = x;
    }
    return region_canonical(s, c->arena, &plain, NULL);
}

/* Where packets go: family, protocol, destination, and destination port. */
static struct region goals(struct check *c, const struct region *r)
{
    return region_on(c, r,
                     1u << FIELD_FAMILY | 1u << FIELD_PROTO | 1u << FIELD_DST | 1u << FIELD_DPORT);
}

static set_id ports_of(struct check *c, const struct region *r)
{
    set_id all = SET_EMPTY;
    for (size_t i = 0; i < r->n; i++)
        all = set_or(c->policy->sets, all, r->v[i].f[FIELD_DPORT]);
    return all;
}

static uint64_t size_of(struct check *c, set_id set)
{
    u128 n = set_size(c->policy->sets, set);
    return n > UINT64_MAX ? UINT64_MAX : (uint64_t)n;
}

static uint64_t count(struct check *c, struct addrs x)
{
    uint64_t v4 = size_of(c, x.v[FAMILY_V4]), v6 = size_of(c, x.v[FAMILY_V6]);
    return v4 > UINT64_MAX - v6 ? UINT64_MAX : v4 + v6;
}

/* Pairs of destination and port in R, which is disjoint. */
static uint64_t pairs(struct check *c, const struct region *r)
{
    uint64_t all = 0;
    for (size_t i = 0; i < r->n; i++) {
        u128 n = (u128)size_of(c, r->v[i].f[FIELD_DST]) * size_of(c, r->v[i].f[FIELD_DPORT]);
        if (n > UINT64_MAX - all)
            return UINT64_MAX;
        all += (uint64_t)n;
    }
    return all;
}

/* Whole destinations are missing: for each of them, all that is required. */
static bool whole_destinations(struct check *c, const struct region *need,
                               const struct region *miss, struct addrs dst)
{
    struct region at = region_within(c, need, FIELD_DST, dst);
    return region_minus(c->policy->sets, c->arena, &at, miss, NULL).n == 0;
}

/* Whole ports are missing: each of them for all destinations. */
static bool whole_ports(struct check *c, const struct region *need, const struct region *miss,
                        set_id ports)
{
    struct cube x = cube_any(c->policy->sets);
    x.f[FIELD_DPORT] = ports;
    struct region at = region_and_cube(c->policy->sets, c->arena, need, &x);
    return region_minus(c->policy->sets, c->arena, &at, miss, NULL).n == 0;
}

static struct str port_text(struct check *c, set_id ports)
{
    struct strs words = set_format(c->policy->sets, c->arena, FIELD_DPORT, ports, FAMILY_V4, NULL);
    return join(c->arena, &words, ", ", 8);
}

/* Where in one range of ports the missing ones lie. */
static struct str part_text(struct check *c, set_id need, set_id miss)
{
    struct sets *s = c->policy->sets;
    size_t n, k;
    set_ivals(s, need, &n);
    set_ivals(s, miss, &k);
    if (n != 1 || need == miss)
        return STR("");
    if (k != 1)
        return STR("");
    return set_min(s, miss) == set_min(s, need)   ? STR("the head, ")
           : set_max(s, miss) == set_max(s, need) ? STR("the tail, ")
                                                  : STR("a gap, ");
}

/* Few addresses one by one, many as networks. */
static struct str hosts_text(struct check *c, struct addrs x)
{
    enum { FEW = 8 };
    struct strs list = {0};
    if (count(c, x) > FEW)
        return addrs_text(c, x, FEW);
    for (int f = FAMILY_V4; f <= FAMILY_V6; f++) {
        size_t n;
        const struct ival *v = set_ivals(c->policy->sets, x.v[f], &n);
        for (size_t i = 0; i < n; i++)
            for (u128 a = v[i].lo; a <= v[i].hi; a++)
                *PUSH(c->arena, list) = addr_format(c->arena, (enum family)f, a);
    }
    return join(c->arena, &list, ", ", FEW);
}

/* X; nearly all of ALL is told by what is left out. */
static struct str most_text(struct check *c, struct addrs x, struct addrs all)
{
    struct addrs rest = addrs_minus(c, all, x);
    if (addrs_none(rest))
        return STR("any destination");
    if (count(c, rest) > count(c, x) / 2)
        return addrs_text(c, x, 4);
    struct str but = addrs_text(c, rest, 4);
    return arena_strf(c->arena, "all but %.*s", STR_ARG(but));
}

/* Ports and destinations, where both are missing in part: "5060 to 192.0.2.1, 5061 to all but …" */
static struct str boxes_text(struct check *c, const struct region *miss, struct addrs all)
{
    struct strs list = {0};
    for (size_t i = 0; i < miss->n; i++) {
        struct region one = {.v = &miss->v[i], .n = 1};
        struct str ports = port_text(c, miss->v[i].f[FIELD_DPORT]);
        struct str to = most_text(c, region_addrs(c, &one, FIELD_DST), all);
        *PUSH(c->arena, list) = arena_strf(c->arena, "%.*s to %.*s", STR_ARG(ports), STR_ARG(to));
    }
    return join(c->arena, &list, "; ", 3);
}

/* So few destinations that they are a list of hosts rather than networks. */
#define FEW_ADDRESSES 64
#define MANY_ADDRESSES ((uint64_t)1 << 31) /* as many are the Internet rather than a list */

struct measure measure_of(struct check *c, const struct region *required,
                          const struct region *missing)
{
    struct sets *s = c->policy->sets;
    struct region need = goals(c, required), miss = goals(c, missing);
    struct addrs all = region_addrs(c, &need, FIELD_DST);
    set_id ports = ports_of(c, &need);
    struct measure m = {.dst = region_addrs(c, &miss, FIELD_DST), .ports = ports_of(c, &miss)};
    m.have_ports = set_minus(s, ports, m.ports);
    bool few = count(c, all) <= FEW_ADDRESSES;
    bool by_ports = whole_ports(c, &need, &miss, m.ports);
    bool by_addresses = whole_destinations(c, &need, &miss, m.dst);
    bool networks = set_size(s, ports) == 1 && count(c, all) < MANY_ADDRESSES;
    if (by_addresses && (few || networks || !by_ports)) {
        uint64_t n = count(c, all);
        m.coverage = (struct coverage){n - count(c, m.dst), n, "addresses"};
        m.missing = hosts_text(c, m.dst);
    } else if (by_ports) {
        m.coverage = (struct coverage){size_of(c, m.have_ports), size_of(c, ports), "ports"};
        m.missing = port_text(c, m.ports);
        m.part = part_text(c, ports, m.ports);
    } else {
        uint64_t n = pairs(c, &need);
        m.coverage = (struct coverage){n - pairs(c, &miss), n, "flows"};
        m.missing = boxes_text(c, &miss, all);
    }
    return m;
}

void measure_variables(struct check *c, const struct measure *m, struct variables *v)
{
    uint64_t have = m->coverage.have, need = m->coverage.need, lost = need - have;
    uint64_t tenths = need == 0 ? 0 : (uint64_t)(((u128)lost * 1000 + need / 2) / need);
    struct arena *a = c->arena;
    variable_set(c, v, "have", arena_strf(a, "%llu", (unsigned long long)have));
    variable_set(c, v, "need", arena_strf(a, "%llu", (unsigned long long)need));
    variable_set(c, v, "lost", arena_strf(a, "%llu", (unsigned long long)lost));
    variable_set(c, v, "unit", str_of(m->coverage.unit));
    variable_set(c, v, "percent",
                 arena_strf(a, "%llu.%llu", (unsigned long long)(tenths / 10),
                            (unsigned long long)(tenths % 10)));
    variable_set(c, v, "missing", m->missing);
    variable_set(c, v, "part", m->part);
}

/* ---- who denies it -------------------------------------------------------------------------- */

/* More packets: counts are decimal strings of any length. */
static bool is_more(struct str x, struct str y)
{
    return x.n != y.n ? x.n > y.n : str_cmp(x, y) > 0;
}

static const struct rule *most(struct check *c, const struct blames *b)
{
    const struct rule *best = NULL;
    struct str count = STR("");
    for (size_t i = 0; i < b->n; i++) {
        if (b->v[i].rule->at.line == 0)
            continue;
        struct str n = region_count(c->policy->sets, c->arena, &b->v[i].part);
        if (best == NULL || is_more(n, count)) {
            best = b->v[i].rule;
            count = n;
        }
    }
    return best;
}

#define MAX_RELATED 8

/* Who denies what; only what tells it apart from the rest of what is missing is named. */
static struct str denial_text(struct check *c, const struct blame *x, const struct region *missing)
{
    struct out o = {.arena = c->arena};
    struct addrs dst = region_addrs(c, &x->part, FIELD_DST);
    set_id ports = ports_of(c, &x->part);
    out_text(&o, "denies");
    if (!addrs_eq(dst, region_addrs(c, missing, FIELD_DST))) {
        struct str text = addrs_text(c, dst, 4);
        out_fmt(&o, " %.*s", STR_ARG(text));
    }
    if (ports != ports_of(c, missing)) {
        struct str text = port_text(c, ports);
        out_fmt(&o, " port %.*s", STR_ARG(text));
    }
    if (o.n == STR("denies").n)
        out_text(&o, " what is missing");
    if (x->rule->implicit)
        out_text(&o, ", by default");
    return out_taken(&o);
}

static void relate_denials(struct check *c, struct finding *f, const struct blames *b,
                           const struct region *missing)
{
    for (size_t i = 0; i < b->n && i < MAX_RELATED; i++)
        // NOLINTNEXTLINE(clang-analyzer-core.NullDereference): blame() gives none without a rule
        finding_relate(c, f, b->v[i].rule->at, denial_text(c, &b->v[i], missing));
    if (b->n > MAX_RELATED)
        finding_relate(c, f, SPAN_NONE,
                       arena_strf(c->arena, "and %zu more lines deny parts", b->n - MAX_RELATED));
}

const struct rule *locate(struct check *c, struct finding *f, const struct way *way,
                          const struct region *required, const struct region *missing)
{
    struct budget b = budget_of(c);
    struct blames permits = blame(c->policy, c->arena, way->path, required, VERDICT_PERMIT, &b);
    struct blames denials = blame(c->policy, c->arena, way->path, missing, VERDICT_DENY, &b);
    const struct rule *at = most(c, &permits);
    if (at == NULL && denials.n != 0)
        at = denials.v[0].rule;
    if (at != NULL)
        f->at = at->at;
    relate_denials(c, f, &denials, missing);
    return denials.n == 0 ? NULL : denials.v[0].rule;
}

/* ---- conditions ----------------------------------------------------------------------------- */

struct conditions {
    struct check *check;
    struct strs found;
    struct map *seen;
};

static void add_condition(struct conditions *x, struct str text)
{
    if (map_get(x->seen, text) != NULL)
        return;
    map_put(x->seen, text, x);
    *PUSH(x->check->arena, x->found) = text;
}

static bool collect_conditions(void *ctx, const struct step *step)
{
    struct conditions *x = ctx;
    struct arena *a = x->check->arena;
    const struct policy *p = x->check->policy;
    if (step->kind != STEP_VERDICT)
        return true;
    lits_id when = step->flow->orig.when;
    for (size_t i = 0; i < lits_count(p->sets, when); i++) {
        const struct cond *cond = &p->conds.v[lits_at(p->sets, when, i).cond];
        struct str at = spots_text(x->check, cond->at);
        struct str text = cond->text.n != 0 ? cond->text : cond->kind;
        add_condition(x,
                      arena_strf(a, "\"%.*s\" at %.*s", STR_ARG(str_safe(a, text)), STR_ARG(at)));
    }
    if (step->flow->chosen && when == LITS_NONE && step->rule != NULL) {
        struct str at = spots_text(x->check, step->rule->at);
        add_condition(x, arena_strf(a, "a choice of the device at %.*s", STR_ARG(at)));
    }
    return x->found.n < 4;
}

struct str conditions_text(struct check *c, const struct way *way, const struct region *r)
{
    struct conditions x = {c, {0}, map_new(c->arena)};
    struct budget b = budget_of(c);
    struct arena *scratch = arena_child(c->arena);
    struct walk w = {.policy = c->policy,
                     .arena = scratch,
                     .path = way->path,
                     .budget = &b,
                     .fn = collect_conditions,
                     .ctx = &x};
    for (size_t i = 0; i < r->n; i++)
        if (!walk(&w, &r->v[i]))
            break;
    arena_free(scratch);
    return x.found.n == 0 ? STR("something that is not in the packet")
                          : join(c->arena, &x.found, " and ", 4);
}
