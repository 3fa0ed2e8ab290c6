/* The one interpreter of first match. It runs a set of packets down a path: at each rule the part
 * that matches takes the action and the rest goes on to the next rule, as separate flows, depth
 * first. A single packet never splits, so a trace and a proof are the same code. */
#include "analyze/analyze.h"

#include <string.h>

/* Where a chain goes on after a jump. Shared by all flows that took it. */
struct frame {
    const struct frame *caller;
    const struct chain *chain;
    size_t rule;
};

/* A flow and where it stands. */
struct task {
    struct flow flow;
    const struct frame *caller;
    const struct chain *chain; /* NULL: about to enter the stage */
    size_t rule;
    size_t stage;
    const struct rule *decider; /* of the stage that decides, once passed */
    const struct stage *decider_stage;
    const struct trail *trail;
};

struct tasks {
    struct task *v;
    size_t n, cap;
};

struct run {
    struct walk *w;
    struct sets *sets;
    struct arena *arena;
    const struct path *path;
    struct tasks todo;             /* last in, first out */
    struct tasks rest, next, hits; /* scratch of at_rule() and enter_stage() */
    bool stopped;
};

static bool tell(struct run *r, struct task *t, enum step_kind kind, const struct rule *rule)
{
    const struct stage *stage = &r->path->v[t->stage < r->path->n ? t->stage : r->path->n - 1];
    if (r->w->keep_trail) {
        struct trail *trail = NEW(r->arena, struct trail);
        *trail = (struct trail){t->trail, kind, stage, rule, t->flow};
        t->trail = trail;
    } else if (kind != STEP_MATCH) {
        return true;
    }
    struct step step = {
        .kind = kind, .flow = &t->flow, .stage = stage, .rule = rule, .trail = t->trail};
    if (!r->w->fn(r->w->ctx, &step))
        r->stopped = true;
    return !r->stopped;
}

static void verdict(struct run *r, struct task *t, enum verdict v, const struct rule *rule,
                    const struct stage *stage)
{
    struct step step = {.kind = STEP_VERDICT,
                        .flow = &t->flow,
                        .stage = stage,
                        .rule = rule,
                        .verdict = v,
                        .trail = t->trail};
    if (!r->w->fn(r->w->ctx, &step))
        r->stopped = true;
}

/* ---- flows ---------------------------------------------------------------------------------- */

static u128 *shift_of(struct flow *x, enum field f)
{
    return f == FIELD_SRC ? &x->shift[0] : f == FIELD_DST ? &x->shift[1] : NULL;
}

static set_id shifted(struct sets *s, set_id set, u128 by)
{
    size_t n;
    const struct ival *v = set_ivals(s, set, &n);
    struct ival *moved = NEW_N(sets_arena(s), struct ival, n);
    for (size_t i = 0; i < n; i++)
        moved[i] = (struct ival){v[i].lo + by, v[i].hi + by};
    return set_of(s, moved, n);
}

/* Narrows field F of X to VALUES (a part of what it is now), and what arrived with it. */
static void narrow(struct sets *s, struct flow *x, enum field f, set_id values)
{
    x->now.f[f] = values;
    if ((x->moved >> f & 1) != 0)
        return;
    u128 *shift = shift_of(x, f);
    x->orig.f[f] = shift == NULL || *shift == 0 ? values : shifted(s, values, 0 - *shift);
}

/* Narrows what arrived, and what it is now if that is still the same. */
static void narrow_orig(struct sets *s, struct flow *x, enum field f, set_id values)
{
    x->orig.f[f] = values;
    if ((x->moved >> f & 1) != 0)
        return;
    u128 *shift = shift_of(x, f);
    x->now.f[f] = shift == NULL || *shift == 0 ? values : shifted(s, values, *shift);
}

/* What a rule asks of a flow. */
struct ask {
    const struct cube *now;
    const struct cube *orig; /* may be NULL */
    lits_id when;
};

static bool asks_overlap(struct sets *s, const struct flow *x, const struct ask *ask)
{
    lits_id both;
    return cube_overlaps(s, &x->now, ask->now) &&
           (ask->orig == NULL || cube_overlaps(s, &x->orig, ask->orig)) &&
           (ask->when == LITS_NONE || lits_and(s, &both, x->orig.when, ask->when));
}

/* Narrows *T to the part that meets ASK, and adds the pieces that do not to LEFT. Call only if
 * they overlap. */
static void split(struct run *r, struct task *t, const struct ask *ask, struct tasks *left)
{
    struct sets *s = r->sets;
    for (int k = 0; k < 2 * FIELD_COUNT; k++) {
        enum field f = (enum field)(k % FIELD_COUNT);
        bool orig = k >= FIELD_COUNT;
        if (orig && ask->orig == NULL)
            break;
        set_id have = orig ? t->flow.orig.f[f] : t->flow.now.f[f];
        set_id want = orig ? ask->orig->f[f] : ask->now->f[f];
        if (have == want || set_within(s, have, want))
            continue;
        void (*to)(struct sets *, struct flow *, enum field, set_id) = orig ? narrow_orig : narrow;
        struct task *piece = PUSH(r->arena, *left);
        *piece = *t;
        to(s, &piece->flow, f, set_minus(s, have, want));
        to(s, &t->flow, f, set_and(s, have, want));
    }
    size_t n = lits_count(s, ask->when);
    for (size_t i = 0; i < n; i++) {
        struct literal l = lits_at(s, ask->when, i), no = {l.cond, !l.holds};
        lits_id yes = LITS_NONE;
        lits_and(s, &yes, t->flow.orig.when, lits_of(s, &l, 1));
        if (yes == t->flow.orig.when)
            continue;
        struct task *piece = PUSH(r->arena, *left);
        *piece = *t;
        lits_and(s, &piece->flow.orig.when, t->flow.orig.when, lits_of(s, &no, 1));
        t->flow.orig.when = yes;
    }
}

/* ---- conditions ----------------------------------------------------------------------------- */

enum holds { HOLDS, HOLDS_NOT, HOLDS_MAYBE };

/* A bit test on a field that has one value is decided. */
static enum holds decided(const struct run *r, const struct flow *x, struct literal l)
{
    const struct cond *c = &r->w->policy->conds.v[l.cond];
    u128 value;
    if (c->mask == 0 || !set_is_one(r->sets, x->now.f[c->field], &value))
        return HOLDS_MAYBE;
    return ((value & c->mask) == c->want) == l.holds ? HOLDS : HOLDS_NOT;
}

static bool has_cond(const struct sets *s, lits_id when, uint32_t cond)
{
    size_t n = lits_count(s, when);
    for (size_t i = 0; i < n; i++)
        if (lits_at(s, when, i).cond == cond)
            return true;
    return false;
}

/* The conditions of RULE that are open for X, into *OPEN; false if one cannot hold. *AGAIN: a rate
 * or counter that this flow asked before is asked again and may answer differently. */
static bool open_conds(struct run *r, const struct rule *rule, const struct flow *x, lits_id *open,
                       bool *again)
{
    *open = LITS_NONE;
    *again = false;
    size_t n = lits_count(r->sets, rule->conds);
    for (size_t i = 0; i < n; i++) {
        struct literal l = lits_at(r->sets, rule->conds, i);
        enum holds h = decided(r, x, l);
        if (h == HOLDS_NOT)
            return false;
        if (h == HOLDS)
            continue;
        if (!r->w->policy->conds.v[l.cond].of_packet && has_cond(r->sets, x->orig.when, l.cond))
            *again = true;
        else
            lits_and(r->sets, open, *open, lits_of(r->sets, &l, 1));
    }
    return true;
}

/* ---- rewriting ------------------------------------------------------------------------------ */

static u128 masked(const struct rewrite *w, u128 old)
{
    return (old & ~w->mask) ^ w->value;
}

/* All values that a masked change can give: exact where there are few, else the whole field. */
static set_id masked_set(struct sets *s, const struct rewrite *w, set_id old)
{
    if (set_size(s, old) > 1024)
        return set_full(s, w->field);
    size_t n, out = 0;
    const struct ival *v = set_ivals(s, old, &n);
    struct ival *all = NEW_N(sets_arena(s), struct ival, (size_t)set_size(s, old));
    for (size_t i = 0; i < n; i++)
        for (u128 k = v[i].lo; k <= v[i].hi; k++)
            all[out++] = (struct ival){masked(w, k), masked(w, k)};
    return set_of(s, all, out);
}

static void rewrite(struct sets *s, struct flow *x, const struct rewrite *w)
{
    enum field f = w->field;
    u128 *shift = shift_of(x, f), one;
    if (w->shift && shift != NULL && (x->moved >> f & 1) == 0) {
        *shift += w->value - w->base;
        x->now.f[f] = shifted(s, x->now.f[f], w->value - w->base);
        return;
    }
    x->now.f[f] = w->mask != 0 ? masked_set(s, w, x->now.f[f])
                  : w->shift   ? shifted(s, x->now.f[f], w->value - w->base)
                               : w->to;
    x->moved |= (uint32_t)1 << f;
    if (!set_is_one(s, x->now.f[f], &one))
        x->chosen = true; /* which packet got which of the values is not known any more */
}

/* ---- the walk ------------------------------------------------------------------------------- */

static void push(struct run *r, const struct task *t)
{
    *PUSH(r->arena, r->todo) = *t;
}

/* The stage lets T go, by RULE. The first stage that decides names the rule of a permit. */
static void pass_stage(struct run *r, struct task *t, const struct rule *rule)
{
    if (t->decider == NULL || !t->decider_stage->decides) {
        t->decider = rule;
        t->decider_stage = &r->path->v[t->stage];
    }
    t->stage++;
    t->chain = NULL;
    push(r, t);
}

static void skip_stage(struct run *r, struct task *t)
{
    if (tell(r, t, STEP_SKIP, NULL)) {
        t->stage++;
        push(r, t);
    }
}

static void act(struct run *r, struct task *t, const struct rule *rule);

/* The chain is at its end, or a RETURN left it. */
static void go_back(struct run *r, struct task *t)
{
    if (t->caller != NULL) {
        t->chain = t->caller->chain;
        t->rule = t->caller->rule;
        t->caller = t->caller->caller;
        push(r, t);
        return;
    }
    act(r, t, r->path->v[t->stage].otherwise);
}

static void go_into(struct run *r, struct task *t, const struct rule *rule)
{
    if (rule->action == ACT_JUMP) {
        struct frame *f = NEW(r->arena, struct frame);
        *f = (struct frame){t->caller, t->chain, t->rule + 1};
        t->caller = f;
    }
    t->chain = rule->target;
    t->rule = 0;
    push(r, t);
}

/* RULE may permit, may deny, may do nothing: T goes all three ways. */
static void go_every_way(struct run *r, struct task *t, const struct rule *rule)
{
    t->flow.chosen = true;
    struct task other = *t;
    other.rule++;
    push(r, &other);
    other = *t;
    pass_stage(r, &other, rule);
    verdict(r, t, VERDICT_DENY, rule, &r->path->v[t->stage]);
}

static void act(struct run *r, struct task *t, const struct rule *rule)
{
    if (!tell(r, t, STEP_MATCH, rule))
        return;
    for (size_t i = 0; i < rule->n_rewrites; i++)
        rewrite(r->sets, &t->flow, &rule->rewrites[i]);
    switch (rule->action) {
    case ACT_PERMIT:
        pass_stage(r, t, rule);
        break;
    case ACT_DENY:
        verdict(r, t, VERDICT_DENY, rule, &r->path->v[t->stage]);
        break;
    case ACT_JUMP:
    case ACT_GOTO:
        go_into(r, t, rule);
        break;
    case ACT_RETURN:
        go_back(r, t);
        break;
    case ACT_CONTINUE:
        t->rule++;
        push(r, t);
        break;
    case ACT_UNKNOWN:
        go_every_way(r, t, rule);
        break;
    }
}

static void miss(struct run *r, struct task *t, const struct rule *rule)
{
    if (tell(r, t, STEP_MISS, rule)) {
        t->rule++;
        push(r, t);
    }
}

/* Cuts T by the cubes of RULE: each takes into r->hits its part of what the ones before it left;
 * what none takes ends in r->rest. */
static void cut(struct run *r, const struct task *t, const struct rule *rule, struct ask *ask)
{
    r->hits.n = r->rest.n = 0;
    *PUSH(r->arena, r->rest) = *t;
    for (size_t m = 0; m < rule->n_match && r->rest.n != 0; m++) {
        ask->now = &rule->match[m];
        r->next.n = 0;
        for (size_t i = 0; i < r->rest.n; i++) {
            if (!asks_overlap(r->sets, &r->rest.v[i].flow, ask)) {
                *PUSH(r->arena, r->next) = r->rest.v[i];
                continue;
            }
            split(r, &r->rest.v[i], ask, &r->next);
            *PUSH(r->arena, r->hits) = r->rest.v[i];
        }
        struct tasks t_rest = r->rest;
        r->rest = r->next;
        r->next = t_rest;
    }
}

/* T at a rule: what matches acts, what does not goes on behind it. */
static void at_rule(struct run *r, struct task *t, const struct rule *rule)
{
    struct ask ask = {NULL, rule->orig, LITS_NONE};
    bool again = false;
    if (rule->inactive || !open_conds(r, rule, &t->flow, &ask.when, &again)) {
        miss(r, t, rule);
        return;
    }
    cut(r, t, rule, &ask);
    for (size_t i = r->rest.n; i-- > 0;)
        miss(r, &r->rest.v[i], rule);
    for (size_t i = r->hits.n; i-- > 0 && !r->stopped;) {
        struct task *hit = &r->hits.v[i];
        if (again) { /* asked once more, it may also not hold */
            hit->flow.chosen = true;
            struct task not_now = *hit;
            miss(r, &not_now, rule);
        }
        act(r, hit, rule);
    }
}

static void enter_stage(struct run *r, struct task *t)
{
    const struct stage *stage = &r->path->v[t->stage];
    struct ask ask = {&stage->guard, NULL, LITS_NONE};
    if (!asks_overlap(r->sets, &t->flow, &ask)) {
        skip_stage(r, t);
        return;
    }
    r->next.n = 0;
    split(r, t, &ask, &r->next);
    for (size_t i = r->next.n; i-- > 0;)
        skip_stage(r, &r->next.v[i]);
    if (!tell(r, t, STEP_STAGE, NULL))
        return;
    t->chain = stage->chain;
    t->rule = 0;
    t->caller = NULL;
    if (stage->chain == NULL)
        act(r, t, stage->otherwise);
    else
        push(r, t);
}

/* Rules that do not concern the flow at all are passed in a tight loop. */
static bool concerns(struct run *r, const struct task *t, const struct rule *rule)
{
    if (r->w->keep_trail)
        return true;
    if (rule->inactive)
        return false;
    for (size_t m = 0; m < rule->n_match; m++)
        if (cube_overlaps(r->sets, &t->flow.now, &rule->match[m]))
            return true;
    return false;
}

static void step_task(struct run *r, struct task *t)
{
    if (t->chain == NULL) {
        if (t->stage == r->path->n)
            verdict(r, t, VERDICT_PERMIT, t->decider, t->decider_stage);
        else
            enter_stage(r, t);
        return;
    }
    size_t from = t->rule;
    while (t->rule < t->chain->n_rules && !concerns(r, t, t->chain->rules[t->rule]))
        t->rule++;
    if (!budget_take(r->w->budget, 1 + (t->rule - from)))
        return;
    if (t->rule == t->chain->n_rules)
        go_back(r, t);
    else
        at_rule(r, t, t->chain->rules[t->rule]);
}

bool walk(struct walk *w, const struct cube *start)
{
    struct run r = {
        .w = w, .sets = w->policy->sets, .arena = w->arena, .path = &w->policy->paths[w->path]};
    if (r.path->n == 0 || cube_is_empty(start))
        return true;
    struct task first = {.flow = {.orig = *start, .now = *start}};
    first.flow.now.when = LITS_NONE;
    push(&r, &first);
    while (r.todo.n != 0 && !r.stopped && (w->budget == NULL || !w->budget->spent)) {
        struct task t = r.todo.v[--r.todo.n];
        step_task(&r, &t);
    }
    return !r.stopped && (w->budget == NULL || !w->budget->spent);
}
