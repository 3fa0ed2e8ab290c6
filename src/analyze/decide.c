/* Decisions on sets of packets: what the leaves of a walk add up to. */
#include "analyze/analyze.h"

/* A leaf is hard when each of its packets has this one outcome; it is soft when a condition or a
 * choice of the device may bring the same packet elsewhere. Hard leaves are disjoint from all. */
static bool is_hard(const struct flow *x)
{
    return x->orig.when == LITS_NONE && !x->chosen;
}

static struct cube arrived(const struct flow *x)
{
    struct cube c = x->orig;
    c.when = LITS_NONE;
    return c;
}

static bool walk_all(struct walk *w, const struct region *start)
{
    for (size_t i = 0; i < start->n; i++)
        if (!walk(w, &start->v[i]))
            return false;
    return true;
}

/* ---- decide --------------------------------------------------------------------------------- */

struct leaves {
    struct walk *w;
    struct region hard[2]; /* by enum verdict; disjoint */
    struct region soft[2]; /* may overlap */
};

static bool collect(void *ctx, const struct step *step)
{
    struct leaves *l = ctx;
    if (step->kind != STEP_VERDICT)
        return true;
    struct cube c = arrived(step->flow);
    struct region *to = is_hard(step->flow) ? l->hard : l->soft;
    *PUSH(l->w->arena, to[step->verdict]) = c;
    return true;
}

static void append(struct arena *a, struct region *to, const struct region *from)
{
    for (size_t i = 0; i < from->n; i++)
        *PUSH(a, *to) = from->v[i];
}

/* Two walks: the first finds what is permitted; only where that is soft, a second one looks for
 * ways to a denial. What is denied is the rest, so that it need not be listed rule by rule. */
struct decision decide(const struct policy *p, struct arena *a, enum path_kind path,
                       const struct region *start, struct budget *b)
{
    struct arena *scratch = arena_child(a);
    struct walk w = {.policy = p,
                     .arena = scratch,
                     .path = path,
                     .budget = b,
                     .fn = collect,
                     .permits_only = true};
    struct leaves l = {.w = &w}, second = {.w = &w};
    struct decision d = {0};
    w.ctx = &l;
    walk_all(&w, start);
    struct region maybe = region_canonical(p->sets, scratch, &l.soft[VERDICT_PERMIT], b);
    w.ctx = &second;
    w.permits_only = false;
    walk_all(&w, &maybe);
    struct region no = region_canonical(p->sets, scratch, &second.soft[VERDICT_DENY], b);
    struct region rest = region_minus(p->sets, scratch, start, &l.hard[VERDICT_PERMIT], b);
    struct region sure = region_minus(p->sets, scratch, &maybe, &no, b);
    d.denied = region_minus(p->sets, a, &rest, &maybe, b);
    d.depends = region_and(p->sets, a, &maybe, &no, b);
    append(a, &d.permitted, &l.hard[VERDICT_PERMIT]);
    append(a, &d.permitted, &sure);
    d.spent = b != NULL && b->spent;
    arena_free(scratch);
    return d;
}

/* ---- blame ---------------------------------------------------------------------------------- */

struct blaming {
    struct arena *arena;
    enum verdict verdict;
    struct blames all;
    struct map *index; /* rule → its position + 1 */
};

static bool add_blame(void *ctx, const struct step *step)
{
    struct blaming *x = ctx;
    if (step->kind != STEP_VERDICT || step->verdict != x->verdict || step->rule == NULL)
        return true;
    struct arena *a = x->arena;
    const struct rule **key = NEW(a, const struct rule *);
    *key = step->rule;
    struct str name = {(const char *)key, sizeof(const struct rule *)};
    size_t *at = map_get(x->index, name);
    if (at == NULL) {
        at = NEW(a, size_t);
        *at = x->all.n;
        map_put(x->index, name, at);
        *PUSH(a, x->all) = (struct blame){.rule = step->rule};
    }
    struct cube c = arrived(step->flow);
    *PUSH(a, x->all.v[*at].part) = c;
    return true;
}

struct blames blame(const struct policy *p, struct arena *a, enum path_kind path,
                    const struct region *start, enum verdict verdict, struct budget *b)
{
    struct arena *scratch = arena_child(a);
    struct walk w = {.policy = p,
                     .arena = scratch,
                     .path = path,
                     .budget = b,
                     .fn = add_blame,
                     .permits_only = verdict == VERDICT_PERMIT};
    struct blaming x = {.arena = a, .verdict = verdict, .index = map_new(a)};
    w.ctx = &x;
    walk_all(&w, start);
    arena_free(scratch);
    for (size_t i = 0; i < x.all.n; i++)
        x.all.v[i].part = region_canonical(p->sets, a, &x.all.v[i].part, b);
    return x.all;
}

/* ---- find a packet -------------------------------------------------------------------------- */

struct search {
    enum verdict verdict;
    bool hard_found, soft_found;
    struct cube hard, soft;
    const struct rule *hard_rule, *soft_rule;
};

static bool look(void *ctx, const struct step *step)
{
    struct search *x = ctx;
    if (step->kind != STEP_VERDICT || step->verdict != x->verdict)
        return true;
    if (is_hard(step->flow)) {
        x->hard_found = true;
        x->hard = step->flow->orig;
        x->hard_rule = step->rule;
        return false;
    }
    if (!x->soft_found) {
        x->soft_found = true;
        x->soft = step->flow->orig; /* with its conditions */
        x->soft_rule = step->rule;
    }
    return true;
}

/* A packet of C for which, as far as one value can do it, the tests of its fields come out as C's
 * conditions want them. */
static struct packet pick_tested(const struct policy *p, const struct cube *c)
{
    struct packet k = cube_pick(p->sets, c);
    for (size_t i = 0; i < lits_count(p->sets, c->when); i++) {
        struct literal l = lits_at(p->sets, c->when, i);
        const struct cond *test = &p->conds.v[l.cond];
        u128 value = test->mask == 0 ? 0 : k.f[test->field];
        if (test->mask == 0 || ((value & test->mask) == test->want) == l.holds)
            continue;
        value = l.holds ? (value & ~test->mask) | test->want : value ^ (test->mask & -test->mask);
        if (set_has(p->sets, c->f[test->field], value))
            k.f[test->field] = value;
    }
    return k;
}

bool find_packet(const struct policy *p, struct arena *a, enum path_kind path,
                 const struct region *start, enum verdict verdict, bool possibly, struct budget *b,
                 struct packet *packet, const struct rule **rule)
{
    struct search x = {.verdict = verdict};
    struct arena *scratch = arena_child(a);
    struct walk w = {.policy = p,
                     .arena = scratch,
                     .path = path,
                     .budget = b,
                     .fn = look,
                     .ctx = &x,
                     .permits_only = verdict == VERDICT_PERMIT};
    walk_all(&w, start);
    arena_free(scratch);
    if (x.hard_found) {
        *packet = cube_pick(p->sets, &x.hard);
        *rule = x.hard_rule;
        return true;
    }
    if (!x.soft_found)
        return false;
    struct cube found = x.soft;
    if (!possibly) { /* every way may still lead to the same end */
        struct decision d = decide(p, a, path, start, b);
        const struct region *sure = verdict == VERDICT_PERMIT ? &d.permitted : &d.denied;
        if (sure->n == 0)
            return false;
        found = sure->v[0];
    }
    *packet = pick_tested(p, &found);
    *rule = x.soft_rule;
    return true;
}
