/* The one interpreter of first match. It runs a set of packets down a path: at each rule the part
 * that matches takes the action and the rest, with a hole in it, goes on to the next rule, depth
 * first. A single packet never splits, so a trace and a proof are the same code. */
#include "analyze/conds.h"
#include "analyze/cover.h"
#include "analyze/flow.h"

/* Where a chain goes on after a jump. Shared by all flows that took it. */
struct frame {
    const struct frame *caller;
    const struct chain *chain;
    size_t rule;
};

/* A flow and where it stands. */
struct task {
    struct flow flow;
    const struct hole *holes;
    const struct frame *caller;
    const struct chain *chain; /* NULL: about to enter the stage */
    size_t rule;
    const struct positions *only; /* the rules of the chain that may concern it; NULL: not asked */
    size_t at;                    /* the one among them that was last looked at */
    const struct cover *index;    /* a single packet finds them by this, if it is not NULL */
    const struct path *path;
    size_t stage;
    const struct rule *decider; /* of the stage that decides, once passed */
    const struct stage *decider_stage;
    const struct trail *trail;
};

/* Memory of one walk with a budget: beyond, it counts as spent. */
#define BYTES_MAX ((size_t)256 << 20)

struct run {
    struct walk *w;
    struct sets *sets;
    struct arena *arena;
    struct {
        struct task *v;
        size_t n, cap;
    } todo; /* last in, first out */
    bool stopped;
};

/* ---- telling the visitor -------------------------------------------------------------------- */

struct telling {
    struct run *run;
    struct step step;
};

static bool tell_piece(void *ctx, const struct flow *piece)
{
    struct telling *x = ctx;
    x->step.flow = piece;
    if (!x->run->w->fn(x->run->w->ctx, &x->step))
        x->run->stopped = true;
    return !x->run->stopped;
}

static bool tell_pieces(struct run *r, const struct task *t, struct step step)
{
    struct telling x = {r, step};
    struct flow one;
    x.step.trail = t->trail;
    if (r->w->one_is_enough && t->holes != NULL && flow_packet(r->sets, &t->flow, t->holes, &one))
        return tell_piece(&x, &one);
    flow_pieces(r->sets, r->arena, &t->flow, t->holes, r->w->budget, tell_piece, &x);
    return !r->stopped;
}

static bool is_watched(const struct run *r, enum step_kind kind, const struct stage *stage,
                       const struct rule *rule)
{
    return (kind == STEP_MATCH && rule != NULL && rule == r->w->watch) ||
           (kind == STEP_STAGE && stage == r->w->watch_stage);
}

/* A step on the way; false ends it: the walk was stopped, or wants no more than this. */
static bool tell(struct run *r, struct task *t, enum step_kind kind, const struct rule *rule)
{
    const struct stage *stage = &t->path->v[t->stage];
    bool watched = is_watched(r, kind, stage, rule), all = r->w->trail == TRAIL_ALL;
    if (all || (r->w->trail == TRAIL_MATCHES && kind == STEP_MATCH)) {
        struct trail *trail = NEW(r->arena, struct trail);
        *trail = (struct trail){t->trail, kind, stage, rule, t->flow};
        t->trail = trail;
    }
    if (!all && !watched)
        return true;
    return tell_pieces(r, t, (struct step){.kind = kind, .stage = stage, .rule = rule}) &&
           !r->w->watch_ends;
}

static void verdict(struct run *r, const struct task *t, enum verdict v, const struct rule *rule,
                    const struct stage *stage)
{
    if (r->w->watch_only || (v == VERDICT_DENY && r->w->permits_only))
        return;
    tell_pieces(r, t,
                (struct step){.kind = STEP_VERDICT, .stage = stage, .rule = rule, .verdict = v});
}

/* ---- the walk ------------------------------------------------------------------------------- */

static void push(struct run *r, const struct task *t)
{
    *PUSH(r->arena, r->todo) = *t;
}

/* DNAT and REDIRECT in PREROUTING decide whether a packet ends here or goes on: the rest of its way
 * is the other path's, behind the same stage. Where it then leaves is the routing's to know. */
static void change_path(struct run *r, struct task *t, const struct rule *rule)
{
    const struct path *from = t->path, *paths = r->w->policy->paths;
    const struct path *to = &paths[rule->moves_to == MOVES_HERE ? PATH_TO_SELF : PATH_THROUGH];
    if (rule->moves_to == MOVES_NOT || from == to || from == &paths[PATH_FROM_SELF] ||
        t->stage >= to->n || to->v[t->stage].chain != from->v[t->stage].chain)
        return;
    t->path = to;
    if (rule->moves_to != MOVES_ON)
        return;
    t->flow.now.f[FIELD_OUT] = set_full(r->sets, FIELD_OUT);
    t->flow.moved |= (uint32_t)1 << FIELD_OUT;
    t->flow.chosen = true;
}

/* The stage lets T go, by RULE. The first stage that decides names the rule of a permit. */
static void pass_stage(struct run *r, struct task *t, const struct rule *rule)
{
    if (t->decider == NULL || !t->decider_stage->decides) {
        t->decider = rule;
        t->decider_stage = &t->path->v[t->stage];
    }
    change_path(r, t, rule);
    t->stage++;
    t->chain = NULL;
    push(r, t);
}

static void enter_chain(struct run *r, struct task *t, const struct chain *chain, size_t rule)
{
    t->chain = chain;
    t->rule = rule;
    t->only = NULL;
    t->index = NULL;
    push(r, t);
}

static void act(struct run *r, struct task *t, const struct rule *rule);

/* The chain is at its end, or a RETURN left it. */
static void go_back(struct run *r, struct task *t)
{
    const struct frame *to = t->caller;
    if (to != NULL) {
        t->caller = to->caller;
        enter_chain(r, t, to->chain, to->rule);
        return;
    }
    t->chain = NULL; /* nothing is behind a stage's default */
    act(r, t, t->path->v[t->stage].otherwise);
}

static void go_into(struct run *r, struct task *t, const struct rule *rule)
{
    if (rule->action == ACT_JUMP) {
        struct frame *f = NEW(r->arena, struct frame);
        *f = (struct frame){t->caller, t->chain, t->rule + 1};
        t->caller = f;
    }
    enter_chain(r, t, rule->target, 0);
}

/* RULE may permit, may deny, may do nothing: T goes all three ways. */
static void go_every_way(struct run *r, struct task *t, const struct rule *rule)
{
    t->flow.chosen = true;
    struct task other = *t;
    other.rule++;
    if (t->chain != NULL)
        push(r, &other);
    other = *t;
    pass_stage(r, &other, rule);
    verdict(r, t, VERDICT_DENY, rule, &t->path->v[t->stage]);
}

/* Changes the packets: what is left of the flow is cut into pieces first, since the holes speak of
 * the packets before the change. */
struct changing {
    struct run *run;
    struct task task;
    const struct rule *rule;
};

static void take_action(struct run *r, struct task *t, const struct rule *rule);

static bool change_piece(void *ctx, const struct flow *piece)
{
    struct changing *x = ctx;
    struct run *r = x->run;
    struct flows now = {0};
    *PUSH(r->arena, now) = *piece;
    for (size_t i = 0; i < x->rule->n_rewrites; i++) {
        struct flows then = {0};
        for (size_t k = 0; k < now.n; k++)
            flow_rewrite(r->sets, r->arena, &now.v[k], &x->rule->rewrites[i], &then);
        now = then;
    }
    for (size_t k = 0; k < now.n && !r->stopped; k++) {
        struct task t = x->task;
        t.flow = now.v[k];
        t.holes = NULL;
        take_action(r, &t, x->rule);
    }
    return !r->stopped;
}

static void act(struct run *r, struct task *t, const struct rule *rule)
{
    if (!tell(r, t, STEP_MATCH, rule))
        return;
    if (rule->n_rewrites == 0) {
        take_action(r, t, rule);
        return;
    }
    struct changing x = {r, *t, rule};
    flow_pieces(r->sets, r->arena, &t->flow, t->holes, r->w->budget, change_piece, &x);
}

static void take_action(struct run *r, struct task *t, const struct rule *rule)
{
    switch (rule->action) {
    case ACT_PERMIT:
        pass_stage(r, t, rule);
        break;
    case ACT_DENY:
        verdict(r, t, VERDICT_DENY, rule, &t->path->v[t->stage]);
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

#define MANY_HOLES 64

/* T without what ASK takes; false if that is nothing. */
static bool without(struct run *r, struct task *t, const struct ask *ask)
{
    if (!flow_meets(r->sets, &t->flow, ask))
        return true;
    if (flow_within(r->sets, &t->flow, ask))
        return false;
    const struct hole *h = flow_hole(r->arena, t->holes, ask);
    t->holes = h;
    if (h->fresh >= MANY_HOLES)
        t->holes = flow_pack(r->sets, r->arena, h);
    return true;
}

/* The part of T that ASK takes, into *INSIDE; false if that is nothing. */
static bool inside(struct run *r, struct task *part, const struct task *t, const struct ask *ask)
{
    if (!flow_meets(r->sets, &t->flow, ask))
        return false;
    bool gone;
    *part = *t;
    flow_narrow(r->sets, &part->flow, ask);
    if (cube_is_empty(&part->flow.now) || cube_is_empty(&part->flow.orig))
        return false;
    part->holes = flow_holes(r->sets, r->arena, &part->flow, t->holes, &gone);
    return !gone;
}

static void go_past(struct run *r, struct task *t, const struct rule *rule)
{
    if (tell(r, t, STEP_MISS, rule)) {
        t->rule++;
        push(r, t);
    }
}

/* X by the answer of a rate: the literal only tells later what the verdict hangs on, so an answer
 * that was given before may stay. */
static void by_rate(struct run *r, struct flow *x, struct literal l)
{
    x->chosen = true;
    lits_and(r->sets, &x->orig.when, x->orig.when, lits_of(r->sets, &l, 1));
}

/* HIT meets a rule that also asks for rates: it goes past it, for each that may not hold, and it
 * is left as one for which all hold. */
static void meet_rates(struct run *r, struct task *hit, const struct rule *rule, lits_id rates)
{
    size_t n = lits_count(r->sets, rates);
    for (size_t i = 0; i < n && !r->stopped; i++) {
        struct literal l = lits_at(r->sets, rates, i), no = {l.cond, !l.holds};
        struct task past = *hit;
        by_rate(r, &past.flow, no);
        go_past(r, &past, rule);
    }
    for (size_t i = 0; i < n; i++)
        by_rate(r, &hit->flow, lits_at(r->sets, rates, i));
}

/* Pieces of a task, each by itself. */
struct cutting {
    struct run *run;
    struct task task;
};

static bool push_piece(void *ctx, const struct flow *piece)
{
    struct cutting *x = ctx;
    struct task t = x->task;
    t.flow = *piece;
    t.holes = NULL;
    push(x->run, &t);
    return true;
}

/* T in two, PART of a test and the rest of it; false if it lies on one side. */
static bool cut_by_part(struct run *r, const struct task *t, const struct cond_part *part)
{
    struct ask ask = cond_ask(part);
    struct task in;
    struct cutting rest = {r, *t};
    if (!flow_meets(r->sets, &t->flow, &ask) || flow_within(r->sets, &t->flow, &ask) ||
        !inside(r, &in, t, &ask))
        return false;
    const struct hole *holes = flow_hole(r->arena, t->holes, &ask);
    push(r, &in);
    flow_pieces(r->sets, r->arena, &t->flow, holes, r->w->budget, push_piece, &rest);
    return true;
}

/* T in parts for which the tests of RULE are decided, as far as the fields do; each comes to RULE
 * again. False if it is such a part already. */
static bool cut_by_tests(struct run *r, const struct task *t, const struct rule *rule)
{
    size_t n = rule->inactive ? 0 : lits_count(r->sets, rule->conds);
    for (size_t i = 0; i < n; i++) {
        const struct cond *c = &r->w->policy->conds.v[lits_at(r->sets, rule->conds, i).cond];
        for (size_t k = 0; k < c->n_parts; k++)
            if (cut_by_part(r, t, &c->parts[k]))
                return true;
    }
    return false;
}

#define FEW_RULES 64

/* Packets at STAGE may get to the rule that is watched. */
static bool may_lead_there(const struct run *r, const struct stage *stage)
{
    const struct chain *c = stage->chain;
    if (c == NULL)
        return false;
    if (r->w->watch == NULL || c == r->w->watch->chain || c->n_rules > FEW_RULES)
        return true;
    for (size_t i = 0; i < c->n_rules; i++)
        if (c->rules[i]->target != NULL)
            return true;
    return false;
}

/* Nobody asks what becomes of the packets that RULE takes from T. */
static bool is_just_a_hole(const struct run *r, const struct task *t, const struct rule *rule)
{
    if (rule->action == ACT_DENY)
        return r->w->permits_only;
    if (rule->action != ACT_PERMIT || !r->w->watch_only || rule->moves_to != MOVES_NOT)
        return false;
    for (size_t i = t->stage + 1; i < t->path->n; i++)
        if (may_lead_there(r, &t->path->v[i]) || &t->path->v[i] == r->w->watch_stage)
            return false;
    return true;
}

/* After RULE a packet goes on as if it were not there. */
static bool is_idle(const struct rule *rule)
{
    return rule->action == ACT_CONTINUE && rule->n_rewrites == 0;
}

/* T at a rule: what matches acts, what does not goes on behind it. */
static void at_rule(struct run *r, const struct task *t, const struct rule *rule)
{
    if (rule->conds != LITS_NONE && cut_by_tests(r, t, rule))
        return;
    struct {
        struct task *v;
        size_t n, cap;
    } hits = {0};
    struct ask ask = {NULL, rule->orig, LITS_NONE};
    struct task rest = *t, part;
    lits_id rates = LITS_NONE;
    bool left = true;
    bool asked = !rule->inactive && conds_open(r->w->policy, rule, &t->flow, &ask.when, &rates);
    if (r->w->meets_idle && is_idle(rule))
        ask.when = rates = LITS_NONE;
    bool told = !is_just_a_hole(r, t, rule) || rule == r->w->watch || rates != LITS_NONE;
    for (size_t m = 0; m < rule->n_match && left && asked; m++) {
        ask.now = &rule->match[m];
        if (told && inside(r, &part, &rest, &ask))
            *PUSH(r->arena, hits) = part;
        left = without(r, &rest, &ask);
    }
    if (left)
        go_past(r, &rest, rule);
    for (size_t i = hits.n; i-- > 0 && !r->stopped;) {
        meet_rates(r, &hits.v[i], rule, rates);
        if (!r->stopped)
            act(r, &hits.v[i], rule);
    }
}

static void enter_stage(struct run *r, const struct task *t)
{
    const struct stage *stage = &t->path->v[t->stage];
    struct ask guard = {&stage->guard, NULL, LITS_NONE};
    struct task past = *t, in;
    if (without(r, &past, &guard) && tell(r, &past, STEP_SKIP, NULL)) {
        past.stage++;
        push(r, &past);
    }
    if (r->stopped || !inside(r, &in, t, &guard) || !tell(r, &in, STEP_STAGE, NULL))
        return;
    in.caller = NULL;
    if (stage->chain == NULL)
        act(r, &in, stage->otherwise);
    else
        enter_chain(r, &in, stage->chain, 0);
}

/* Rules that do not concern the flow at all are passed in a tight loop. */
static bool concerns(struct run *r, const struct task *t, const struct rule *rule)
{
    if (rule == r->w->skip)
        return false;
    if (r->w->trail == TRAIL_ALL)
        return true;
    bool passed = is_idle(rule) && rule != r->w->watch && r->w->trail == TRAIL_NONE;
    if (rule->inactive || passed)
        return false;
    for (size_t m = 0; m < rule->n_match; m++)
        if (cube_overlaps(r->sets, &t->flow.now, &rule->match[m]))
            return true;
    return false;
}

static const struct positions every_rule = {0};

static bool is_packet(const struct run *r, const struct flow *x)
{
    u128 value;
    for (int f = 0; f < FIELD_COUNT; f++)
        if (!set_is_one(r->sets, x->now.f[f], &value))
            return false;
    return true;
}

/* The rules that T has to look at: those that an index or a lookup finds; all of a short chain. */
static void ask_lookup(struct run *r, struct task *t)
{
    t->only = &every_rule;
    t->at = 0;
    if (t->chain->lookup == NULL || r->w->trail == TRAIL_ALL)
        return;
    if (r->w->survey != NULL && is_packet(r, &t->flow))
        t->index = survey_rules_of_packet(r->w->survey, t->chain);
    if (t->index != NULL)
        return;
    struct positions *found = NEW(r->arena, struct positions);
    size_t most = t->chain->n_rules / 8; /* beyond, going through the chain is as good */
    if (lookup_rules(t->chain->lookup, r->sets, r->arena, &t->flow.now, most, found))
        t->only = found;
}

static size_t next_of_packet(const struct run *r, const struct task *t, size_t from)
{
    u128 packet[FIELD_COUNT];
    for (int f = 0; f < FIELD_COUNT; f++)
        packet[f] = set_min(r->sets, t->flow.now.f[f]);
    const struct taker *next =
        cover_first(t->index, packet, (uint32_t)from, (uint32_t)t->chain->n_rules);
    return next == NULL ? t->chain->n_rules : next->pos;
}

/* The first of ONLY at FROM or later; mostly it is NEAR, or the next one. */
static size_t find_position(const struct positions *only, size_t near, size_t from)
{
    size_t lo = 0, hi = only->n;
    if (near < hi && only->v[near] < from) {
        lo = near + 1;
        if (lo == hi || only->v[lo] >= from)
            return lo;
    }
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (only->v[mid] < from)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* The first rule at FROM or later among those that T has to look at. */
static size_t next_rule(const struct run *r, struct task *t, size_t from)
{
    if (t->index != NULL)
        return next_of_packet(r, t, from);
    if (t->only == &every_rule)
        return from;
    t->at = find_position(t->only, t->at, from);
    return t->at < t->only->n ? t->only->v[t->at] : t->chain->n_rules;
}

static void in_chain(struct run *r, struct task *t)
{
    if (t->only == NULL)
        ask_lookup(r, t);
    uint64_t steps = flow_cost(r->sets, &t->flow);
    t->rule = next_rule(r, t, t->rule);
    while (t->rule < t->chain->n_rules && !concerns(r, t, t->chain->rules[t->rule])) {
        t->rule = next_rule(r, t, t->rule + 1);
        steps++;
    }
    if (!budget_take(r->w->budget, steps))
        return;
    if (t->rule == t->chain->n_rules)
        go_back(r, t);
    else
        at_rule(r, t, t->chain->rules[t->rule]);
}

static void step_task(struct run *r, struct task *t)
{
    if (t->chain != NULL)
        in_chain(r, t);
    else if (t->stage == t->path->n)
        verdict(r, t, VERDICT_PERMIT, t->decider, t->decider_stage);
    else
        enter_stage(r, t);
}

bool walk(struct walk *w, const struct cube *start)
{
    struct run r = {.w = w, .sets = w->policy->sets, .arena = w->arena};
    const struct path *path = &w->policy->paths[w->path];
    if (path->n == 0 || cube_is_empty(start))
        return true;
    struct task first = {.flow = {.orig = *start, .now = *start}, .path = path};
    first.flow.now.when = LITS_NONE;
    push(&r, &first);
    const size_t had = arena_used(r.arena);
    while (r.todo.n != 0 && !r.stopped && (w->budget == NULL || !w->budget->spent)) {
        if (w->budget != NULL && arena_used(r.arena) > had + BYTES_MAX)
            w->budget->spent = true; /* ways that multiply: more steps would only fill memory */
        struct task t = r.todo.v[--r.todo.n];
        step_task(&r, &t);
    }
    return !r.stopped && (w->budget == NULL || !w->budget->spent);
}
