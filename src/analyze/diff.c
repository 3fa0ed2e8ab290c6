/* Where two policies may differ: in the cubes of the rules that only one has, or has elsewhere. */
#include "analyze/diff.h"

#include "analyze/align.h"
#include "analyze/entry.h"
#include "analyze/treat.h"

/* A rule that only one of the policies has, or has elsewhere. */
struct unpaired {
    const struct policy *policy;
    const struct rule *rule;
};

struct comparing {
    const struct policy *policies[2];
    struct arena *arena; /* of the answer */
    struct arena *scratch;
    struct budget *budget;
    enum sameness sameness;
    uint32_t changed; /* bit per field that rules change on the way */
    struct {
        struct unpaired *v;
        size_t n, cap;
    } unpaired;
    struct region out;
};

struct meeting {
    struct arena *arena;
    struct region *out;
};

static bool collect(void *ctx, const struct step *step)
{
    struct meeting *x = ctx;
    struct cube c = step->flow->orig;
    c.when = LITS_NONE;
    *PUSH(x->arena, *x->out) = c;
    return true;
}

void met_by(const struct policy *p, const struct rule *r, uint32_t changed, struct arena *a,
            struct budget *b, struct region *out)
{
    struct sets *s = p->sets;
    struct arena *scratch = arena_child(a);
    struct meeting meeting = {a, out};
    struct region every = region_universe(s, scratch, -1);
    for (size_t m = 0; m < r->n_match; m++) {
        struct cube c = r->match[m];
        cube_widen(s, &c, changed);
        struct region starts = region_and_cube(s, scratch, &every, &c);
        for (size_t i = 0; i < starts.n * PATH_KINDS; i++) {
            struct walk w = {.policy = p,
                             .arena = scratch,
                             .path = (enum path_kind)(i % PATH_KINDS),
                             .budget = b,
                             .fn = collect,
                             .ctx = &meeting,
                             .watch = r,
                             .permits_only = true,
                             .watch_only = true};
            walk(&w, &starts.v[i / PATH_KINDS]);
        }
    }
    arena_free(scratch);
}

static void add_unpaired(struct comparing *x, const struct lines *lines)
{
    for (size_t i = 0; i < lines->n; i++)
        if (lines->v[i].twin == NO_TWIN)
            *PUSH(x->scratch, x->unpaired) =
                (struct unpaired){lines->policy, lines->chain->rules[lines->v[i].place]};
}

static void compare_chains(struct comparing *x, const struct chain *p, const struct chain *q)
{
    struct arena *scratch = arena_child(x->scratch);
    struct lines_pair both = align(scratch, x->policies[0], p, x->policies[1], q, x->sameness);
    add_unpaired(x, &both.of[0]);
    add_unpaired(x, &both.of[1]);
    arena_free(scratch);
}

/* What is asked from now on is what becomes of packets that unpaired rules match. */
static void expect(struct comparing *x)
{
    struct sets *s = x->policies[0]->sets;
    struct region cubes = {0};
    for (size_t i = 0; i < x->unpaired.n; i++) {
        const struct rule *r = x->unpaired.v[i].rule;
        for (size_t m = 0; m < r->n_match; m++) {
            struct cube c = r->match[m];
            cube_widen(s, &c, x->changed);
            *PUSH(x->scratch, cubes) = c;
        }
    }
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < x->policies[side]->chains.n; i++)
            if (x->policies[side]->chains.v[i]->lookup != NULL)
                lookup_expect(x->policies[side]->chains.v[i]->lookup, s, cubes.v, cubes.n);
}

struct region policies_differ(const struct policy *x, const struct policy *y,
                              enum difference difference, struct arena *a, struct budget *b)
{
    struct comparing c = {.policies = {x, y},
                          .arena = a,
                          .scratch = arena_child(a),
                          .budget = b,
                          .sameness = difference == DIFFER_IN_VERDICT ? SAME_WORK : SAME_TREATMENT,
                          .changed = changed_fields(x, true) | changed_fields(y, true)};
    if (!same_paths(x, y)) {
        *PUSH(a, c.out) = cube_any(x->sets);
    } else {
        for (size_t i = 0; i < x->chains.n; i++)
            compare_chains(&c, x->chains.v[i],
                           policy_find_chain(y, x->chains.v[i]->table, x->chains.v[i]->name));
        for (size_t i = 0; i < y->chains.n; i++)
            if (policy_find_chain(x, y->chains.v[i]->table, y->chains.v[i]->name) == NULL)
                compare_chains(&c, NULL, y->chains.v[i]);
        expect(&c);
        for (size_t i = 0; i < c.unpaired.n; i++)
            met_by(c.unpaired.v[i].policy, c.unpaired.v[i].rule, c.changed, a, b, &c.out);
    }
    arena_free(c.scratch);
    return region_join(x->sets, a, &c.out); /* both sides mostly tell the same pieces */
}

/* ---- what changed
 * --------------------------------------------------------------------------------------- */

static void add_all(struct arena *a, struct region *to, const struct region *from)
{
    for (size_t i = 0; i < from->n; i++)
        *PUSH(a, *to) = from->v[i];
}

/* Packets of HIGHER that are better off than in OTHER. */
static struct region risen(struct sets *s, struct arena *a, const struct decision *higher,
                           const struct decision *other, struct budget *b)
{
    struct region out = region_minus(s, a, &higher->permitted, &other->permitted, b);
    struct region maybe = region_and(s, a, &higher->depends, &other->denied, b);
    add_all(a, &out, &maybe);
    return out;
}

/* Cube by cube: what one comes to on both sides is little, all of them together are much. */
struct changes changes_find(const struct policy *x, const struct policy *y, struct arena *a,
                            enum path_kind path, const struct region *start, struct budget *b)
{
    struct changes c = {0};
    for (size_t i = 0; i < start->n && (b == NULL || !b->spent); i++) {
        struct arena *scratch = arena_child(a);
        struct region one = {&start->v[i], 1, 1};
        struct decision then = decide(x, scratch, path, &one, b);
        struct decision now = decide(y, scratch, path, &one, b);
        struct region up = risen(x->sets, scratch, &now, &then, b);
        struct region down = risen(x->sets, scratch, &then, &now, b);
        add_all(a, &c.permitted, &up);
        add_all(a, &c.denied, &down);
        arena_free(scratch);
    }
    c.spent = b != NULL && b->spent;
    return c;
}

/* ---- what is done beside -------------------------------------------------------------------- */

struct noting {
    struct treating *treating;
    struct arena *arena;
    struct treatments *treatments;
    const struct policy *policy;
};

static bool note_end(void *ctx, const struct step *step)
{
    struct noting *x = ctx;
    if (step->kind == STEP_VERDICT)
        treated_add(x->treating, x->arena, x->treatments, x->policy, step);
    return true;
}

static struct treatments treatments_of(const struct policy *p, struct treating *treating,
                                       struct arena *a, enum path_kind path,
                                       const struct cube *start, struct budget *b)
{
    struct treatments out = {0};
    struct noting noting = {treating, a, &out, p};
    struct walk w = {.policy = p,
                     .arena = a,
                     .path = path,
                     .budget = b,
                     .fn = note_end,
                     .ctx = &noting,
                     .meets_idle = true,
                     .trail = TRAIL_MATCHES};
    walk(&w, start);
    return out;
}

struct region treated_differently(const struct policy *x, const struct policy *y, struct arena *a,
                                  enum path_kind path, const struct region *start, bool in_packets,
                                  struct budget *b)
{
    struct region out = {0};
    if (!policy_treats(x) && !policy_treats(y))
        return out;
    for (size_t i = 0; i < start->n && (b == NULL || !b->spent); i++) {
        struct arena *scratch = arena_child(a);
        struct treating *treating = treating_new(scratch, in_packets);
        struct treatments then = treatments_of(x, treating, scratch, path, &start->v[i], b);
        struct treatments now = treatments_of(y, treating, scratch, path, &start->v[i], b);
        struct region others = {0};
        treated_otherwise(x->sets, scratch, &then, &now, b, &others);
        if (b == NULL || !b->spent) /* else the walks ended somewhere, and differ in that */
            add_all(a, &out, &others);
        arena_free(scratch);
    }
    return out;
}

struct collecting {
    struct arena *arena, *scratch;
    struct rules all;
};

static void add_once(struct arena *a, struct rules *all, const struct rule *r)
{
    for (size_t i = 0; i < all->n; i++)
        if (all->v[i] == r)
            return;
    *PUSH(a, *all) = r;
}

/* A trail leads from the last step to the first. */
static bool collect_treaters(void *ctx, const struct step *step)
{
    struct collecting *x = ctx;
    struct rules met = {0};
    if (step->kind != STEP_VERDICT)
        return true;
    for (const struct trail *t = step->trail; t != NULL; t = t->before)
        if (t->kind == STEP_MATCH && t->rule != NULL && rule_treats(t->rule))
            *PUSH(x->scratch, met) = t->rule;
    while (met.n != 0)
        add_once(x->arena, &x->all, met.v[--met.n]);
    return true;
}

struct rules treated_by(const struct policy *p, struct arena *a, enum path_kind path,
                        const struct packet *packet, struct budget *b)
{
    struct arena *scratch = arena_child(a);
    struct collecting x = {.arena = a, .scratch = scratch};
    struct cube one = cube_of_packet(p->sets, packet);
    struct walk w = {.policy = p,
                     .arena = scratch,
                     .path = path,
                     .budget = b,
                     .fn = collect_treaters,
                     .ctx = &x,
                     .meets_idle = true,
                     .trail = TRAIL_MATCHES};
    walk(&w, &one);
    arena_free(scratch);
    return x.all;
}

/* ---- fine fields --------------------------------------------------------------------------------
 */

uint32_t fine_fields(const struct policy *p)
{
    uint32_t fields = 0;
    for (size_t i = 0; i < p->conds.n; i++)
        if (p->conds.v[i].mask != 0)
            fields |= (uint32_t)1 << p->conds.v[i].field;
    for (size_t i = 0; i < p->chains.n; i++)
        for (size_t k = 0; k < p->chains.v[i]->turns.n; k++) {
            const struct rule *r = p->chains.v[i]->rules[p->chains.v[i]->turns.v[k]];
            for (size_t w = 0; w < r->n_rewrites; w++)
                if (r->rewrites[w].mask != 0 || r->rewrites[w].from_mask != 0)
                    fields |= (uint32_t)1 << r->rewrites[w].field;
        }
    return fields;
}
