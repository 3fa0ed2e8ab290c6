/* Dead rules. First the rules of the same chain are asked: whether they take, for sure and
 * together, all that the rule matches. A packet that they leave is sent down the path; if it does
 * not get to the rule, the walk decides about all of them. */
#include "analyze/anomaly.h"

#include "analyze/cover.h"
#include "analyze/entry.h"

/* Steps to find out which packets surely enter a chain, besides one for each of its rules. */
#define SURE_STEPS 1000

struct finder {
    const struct policy *policy;
    struct arena *arena;
    struct anomalies *out;
    const struct entry *entries;
    struct survey *survey;
    const struct chain *chain;
    const struct cover *cover;
    size_t plain;       /* count_plain() */
    struct region sure; /* packets that surely get to the chain */
    uint32_t changed;   /* bit per field that NAT or marks change */
    uint32_t unsteady;  /* the same within a stage */
    uint32_t idle;      /* … that nothing looks at */
    struct purse purse;
    const struct touched *only;
};

/* One rule's question. */
struct question {
    struct finder *x;
    const struct rule *rule;
    uint32_t pos;
    struct arena *scratch;
    struct budget budget;
    struct region boxes; /* what it matches of what may enter; may overlap */
    struct packet witness;
    struct {
        struct taker **v;
        size_t n, cap;
    } used;
};

/* ---- does a packet get there --------------------------------------------------------------------
 */

struct watcher {
    const struct rule *rule;
    bool seen;
};

static bool watch(void *ctx, const struct step *step)
{
    struct watcher *w = ctx;
    w->seen = w->seen || (step->kind == STEP_MATCH && step->rule == w->rule);
    return !w->seen;
}

/* Some packet of START gets to the rule and matches, if SKIP were not there. */
static bool gets_there(struct question *q, const struct cube *start, const struct rule *skip)
{
    struct watcher seen = {.rule = q->rule};
    for (int k = 0; k < PATH_KINDS && !seen.seen; k++) {
        struct walk w = {.policy = q->x->policy,
                         .arena = q->scratch,
                         .path = (enum path_kind)k,
                         .survey = q->x->survey,
                         .budget = &q->budget,
                         .fn = watch,
                         .ctx = &seen,
                         .watch = q->rule,
                         .skip = skip,
                         .one_is_enough = true,
                         .permits_only = true,
                         .watch_only = true};
        walk(&w, start);
    }
    return seen.seen;
}

/* C as it may have arrived: NAT and marks on the way may have made it what it is. */
static void arrive(struct question *q, const struct cube *c, struct region *out)
{
    struct cube wide = *c;
    wide.when = LITS_NONE;
    for (int f = 0; f < FIELD_COUNT; f++)
        if ((q->x->changed >> f & 1) != 0)
            wide.f[f] = set_full(q->x->policy->sets, (enum field)f);
    *out = region_and_cube(q->x->policy->sets, q->scratch, &q->x->policy->universe, &wide);
}

static enum covered walk_there(struct question *q, const struct rule *skip)
{
    for (size_t i = 0; i < q->boxes.n; i++) {
        struct region starts;
        arrive(q, &q->boxes.v[i], &starts);
        for (size_t k = 0; k < starts.n; k++)
            if (gets_there(q, &starts.v[k], skip))
                return COVERED_NOT;
    }
    return q->budget.spent ? COVERED_SPENT : COVERED;
}

/* ---- the same chain
 * -------------------------------------------------------------------------------- */

/* What cube M of the rule matches of ENTER I, the next one there is from M and I on. */
static bool next_box(const struct question *q, const struct region *enter, size_t *m, size_t *i,
                     struct cube *box)
{
    for (; *m < q->rule->n_match; ++*m, *i = 0)
        for (; *i < enter->n; ++*i)
            if (cube_and(q->x->policy->sets, box, &q->rule->match[*m], &enter->v[*i])) {
                ++*i;
                return true;
            }
    return false;
}

/* What the rule matches of ENTER. */
static void list_boxes(struct question *q, const struct region *enter)
{
    struct cube box;
    q->boxes.n = 0;
    for (size_t m = 0, i = 0; next_box(q, enter, &m, &i, &box);)
        *PUSH(q->scratch, q->boxes) = box;
}

static void add_used(struct question *q, struct taker *t)
{
    for (size_t i = 0; i < q->used.n; i++)
        if (q->used.v[i] == t)
            return;
    *PUSH(q->scratch, q->used) = t;
}

/* Whether rules of the chain, but not SKIP, take all of BOX. */
static enum covered ask_box(struct question *q, const struct cube *box, const struct rule *skip)
{
    struct cover_query ask = {.box = box,
                              .conds = q->rule->conds,
                              .before = q->pos,
                              .skip = skip,
                              .fixed = q->x->idle,
                              .budget = &q->budget,
                              .scratch = q->scratch};
    enum covered c = cover_ask(q->x->cover, &ask);
    q->witness = ask.witness;
    for (size_t k = 0; c == COVERED && k < ask.n_used; k++)
        add_used(q, ask.used[k]);
    return c;
}

static enum covered ask_chain(struct question *q, const struct rule *skip)
{
    enum covered c = COVERED;
    q->used.n = 0;
    for (size_t i = 0; i < q->boxes.n && c == COVERED; i++)
        c = ask_box(q, &q->boxes.v[i], skip);
    return c;
}

/* Some packet of what surely enters gets to the rule: most rules have one in the first box. */
static bool surely_met(struct question *q, const struct rule *skip)
{
    const struct finder *x = q->x;
    enum covered c = COVERED;
    struct cube box;
    for (size_t m = 0, i = 0; c == COVERED && next_box(q, &x->sure, &m, &i, &box);)
        c = ask_box(q, &box, skip);
    return c == COVERED_NOT;
}

/* As it is, or as if SKIP were not there. */
static enum covered decide_rule(struct question *q, const struct rule *skip)
{
    struct finder *x = q->x;
    const struct entry *e = &x->entries[x->chain->index];
    if (x->sure.n != 0 && q->pos < x->plain && surely_met(q, skip))
        return COVERED_NOT;
    list_boxes(q, e->reached ? &e->cubes : &x->policy->universe);
    enum covered c = ask_chain(q, skip);
    if (c != COVERED_NOT || !e->reached)
        return c;
    struct cube one = cube_of_packet(x->policy->sets, &q->witness);
    c = gets_there(q, &one, skip) ? COVERED_NOT : walk_there(q, skip);
    if (c == COVERED)
        q->used.n = 0; /* the rules that were asked do not take all of it */
    return c;
}

/* ---- who takes it
 * ---------------------------------------------------------------------------------- */

#define SPARE_MAX 24 /* blockers among which those to spare are looked for */

/* The takers without those of rule N still take all. */
static bool to_spare(struct question *q, const struct rules *all, size_t n)
{
    struct sets *s = q->x->policy->sets;
    struct region left = q->boxes;
    for (size_t i = 0; i < q->used.n && left.n != 0; i++) {
        bool kept = false;
        for (size_t k = 0; k < all->n; k++)
            kept = kept || (k != n && all->v[k] == q->used.v[i]->rule);
        struct region next = {0};
        for (size_t k = 0; k < left.n && kept; k++)
            cube_minus(s, q->scratch, &next, &left.v[k], q->used.v[i]->cube);
        if (kept)
            left = next;
        if (!budget_take(&q->budget, left.n + 1))
            return false;
    }
    return left.n == 0;
}

static void drop_spare(struct question *q, struct rules *all)
{
    for (size_t i = all->n; i-- > 0 && all->n > 1 && all->n <= SPARE_MAX;) {
        if (!to_spare(q, all, i))
            continue;
        for (size_t k = i + 1; k < all->n; k++)
            all->v[k - 1] = all->v[k];
        all->n--;
    }
}

static bool contrary(const struct rule *x, const struct rule *y)
{
    return (x->action == ACT_PERMIT && y->action == ACT_DENY) ||
           (x->action == ACT_DENY && y->action == ACT_PERMIT);
}

static double taken_by(const struct question *q, const struct rule *r)
{
    struct sets *s = q->x->policy->sets;
    double all = 0;
    for (size_t i = 0; i < q->used.n; i++) {
        struct cube both;
        double size = 1;
        if (q->used.v[i]->rule != r || !cube_and(s, &both, &q->boxes.v[0], q->used.v[i]->cube))
            continue;
        for (int f = 0; f < FIELD_COUNT; f++)
            size *= (double)set_size(s, both.f[f]);
        all += size;
    }
    return all;
}

static void add_dead(struct question *q)
{
    struct arena *a = q->x->arena;
    struct dead_rule d = {.rule = q->rule};
    double most = -1;
    for (size_t i = 0; i < q->used.n; i++) {
        bool known = false;
        for (size_t k = 0; k < d.blockers.n; k++)
            known = known || d.blockers.v[k] == q->used.v[i]->rule;
        size_t at = d.blockers.n;
        if (known)
            continue;
        PUSH(a, d.blockers);
        for (; at > 0 && d.blockers.v[at - 1]->at.line > q->used.v[i]->rule->at.line; at--)
            d.blockers.v[at] = d.blockers.v[at - 1];
        d.blockers.v[at] = q->used.v[i]->rule;
    }
    drop_spare(q, &d.blockers);
    for (size_t i = 0; i < d.blockers.n; i++) {
        double taken = contrary(q->rule, d.blockers.v[i]) ? taken_by(q, d.blockers.v[i]) : -1;
        if (taken > most) {
            most = taken;
            d.contrary = d.blockers.v[i];
        }
    }
    if (d.contrary != NULL)
        d.revived = decide_rule(q, d.contrary) == COVERED_NOT;
    *PUSH(a, q->x->out->dead) = d;
}

/* ---- all of them
 * -------------------------------------------------------------------------------------- */

static void ask_rule(struct finder *x, uint32_t pos)
{
    struct question q = {.x = x,
                         .rule = x->chain->rules[pos],
                         .pos = pos,
                         .scratch = arena_child(x->arena),
                         .budget = purse_open(&x->purse)};
    switch (decide_rule(&q, NULL)) {
    case COVERED:
        if (x->entries[x->chain->index].reached || q.used.n != 0)
            add_dead(&q);
        break;
    case COVERED_NOT:
        if (x->entries[x->chain->index].reached)
            x->out->live++;
        else
            x->out->unreached++;
        break;
    case COVERED_SPENT:
        *PUSH(x->arena, x->out->undecided) = q.rule;
        break;
    }
    purse_close(&x->purse, &q.budget);
    arena_free(q.scratch);
}

/* No rule on the way changes a field that R looks at: the cover holds all that R takes. */
static bool is_steady(const struct finder *x, const struct rule *r)
{
    bool steady = true;
    for (size_t m = 0; m < r->n_match && !r->inactive; m++)
        for (int f = 0; f < FIELD_COUNT; f++)
            steady = steady && ((x->unsteady >> f & 1) == 0 ||
                                r->match[m].f[f] == set_full(x->policy->sets, (enum field)f));
    return steady;
}

/* So many rules of the chain from the first the cover holds whole: each takes just what it matches,
 * or nothing. */
static size_t count_plain(const struct finder *x)
{
    size_t n = 0;
    if (x->unsteady == 0)
        return x->chain->n_plain;
    while (n < x->chain->n_plain && is_steady(x, x->chain->rules[n]))
        n++;
    return n;
}

static bool is_asked(const struct finder *x, size_t place)
{
    const struct rule *r = x->chain->rules[place];
    /* Where no path leads, rules are dead of what others match, not of what gets there. */
    bool reached = x->entries[x->chain->index].reached;
    return !r->inactive && !r->implicit &&
           (reached ? is_reached_anew(x->only, x->policy->sets, x->chain, place)
                    : is_touched(x->only, x->chain, place));
}

/* The first rule at FROM or later that is asked; as many as there are, if none is. */
static size_t next_asked(const struct finder *x, size_t from)
{
    size_t i = next_touched(x->only, x->chain, from);
    while (i < x->chain->n_rules && !is_asked(x, i))
        i = next_touched(x->only, x->chain, i + 1);
    return i;
}

static void ask_chain_rules(struct finder *x)
{
    struct arena *index = arena_child(x->arena);
    x->cover = survey_cover(x->survey, x->chain);
    x->plain = count_plain(x);
    struct budget budget = {.left = SURE_STEPS + x->chain->n_rules};
    x->sure = entry_sure(x->policy, index, x->chain, &x->entries[x->chain->index], &budget);
    for (size_t i = 0; (i = next_asked(x, i)) < x->chain->n_rules; i++)
        ask_rule(x, (uint32_t)i);
    arena_free(index);
}

struct anomalies anomalies_find(struct survey *s, struct arena *a, struct purse purse,
                                const struct touched *only)
{
    const struct policy *p = survey_policy(s);
    struct anomalies all = {0};
    struct finder x = {.policy = p,
                       .arena = a,
                       .out = &all,
                       .entries = survey_entries(s),
                       .survey = s,
                       .changed = changed_fields(p, true),
                       .unsteady = changed_fields(p, false),
                       .idle = survey_idle_fields(s),
                       .purse = purse,
                       .only = only};
    for (size_t i = 0; i < p->chains.n; i++) {
        x.chain = p->chains.v[i];
        if (next_asked(&x, 0) < x.chain->n_rules)
            ask_chain_rules(&x);
    }
    return all;
}
