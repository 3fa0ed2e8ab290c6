/* Where two policies may differ: in the cubes of the rules that only one has, or has elsewhere. */
#include "analyze/diff.h"

#include "analyze/entry.h"

struct line { /* a rule that has a say */
    const struct rule *rule;
    struct str key; /* equal for rules that do the same to the same packets */
    size_t twin;    /* in the other list; SIZE_MAX: none */
};

struct lines {
    struct line *v;
    size_t n, cap;
};

struct comparing {
    const struct policy *policies[2];
    struct arena *arena; /* of the answer */
    struct arena *scratch;
    struct budget *budget;
    uint32_t changed; /* bit per field that rules change on the way */
    struct region out;
};

/* ---- what a rule does, as bytes
 * ------------------------------------------------------------------- */

static void add_cube(struct out *o, const struct cube *c)
{
    out_bytes(o, c->f, sizeof c->f);
}

static void add_conds(struct out *o, const struct policy *p, lits_id conds)
{
    size_t n = lits_count(p->sets, conds);
    for (size_t i = 0; i < n; i++) {
        struct literal l = lits_at(p->sets, conds, i);
        const struct cond *c = &p->conds.v[l.cond];
        out_fmt(o, "%s%.*s %.*s;", l.holds ? "" : "!", STR_ARG(c->kind), STR_ARG(c->text));
    }
}

static void add_rewrites(struct out *o, const struct rule *r)
{
    for (size_t i = 0; i < r->n_rewrites; i++) {
        const struct rewrite *w = &r->rewrites[i];
        out_fmt(o, "%d %u %d %d;", (int)w->field, w->to, w->shift, (int)w->from);
        out_bytes(o, &w->from_mask, sizeof w->from_mask);
        out_bytes(o, &w->mask, sizeof w->mask);
        out_bytes(o, &w->value, sizeof w->value);
        out_bytes(o, &w->base, sizeof w->base);
    }
}

static struct str key_of(const struct comparing *x, const struct policy *p, const struct rule *r)
{
    struct out o = {.arena = x->scratch};
    out_fmt(&o, "%d ", (int)r->action);
    if (r->target != NULL)
        out_fmt(&o, "%.*s ", STR_ARG(r->target->name));
    if (r->action == ACT_UNKNOWN)
        out_str(&o, r->text);
    for (size_t i = 0; i < r->n_match; i++)
        add_cube(&o, &r->match[i]);
    if (r->orig != NULL)
        add_cube(&o, r->orig);
    add_conds(&o, p, r->conds);
    add_rewrites(&o, r);
    return out_taken(&o);
}

static struct lines lines_of(const struct comparing *x, const struct policy *p,
                             const struct chain *c)
{
    struct lines all = {0};
    for (size_t i = 0; c != NULL && i < c->n_rules; i++) {
        const struct rule *r = c->rules[i];
        bool idle = r->action == ACT_CONTINUE && r->n_rewrites == 0;
        if (!r->inactive && !idle && r->n_match != 0)
            *PUSH(x->scratch, all) = (struct line){r, key_of(x, p, r), SIZE_MAX};
    }
    return all;
}

/* ---- the longest common order
 * -------------------------------------------------------------------------- */

static void pair(struct lines *x, size_t i, struct lines *y, size_t k)
{
    x->v[i].twin = k;
    y->v[k].twin = i;
}

/* Pairs the lines between FROM and the ends that stand once in each, then keeps the longest run of
 * pairs in the same order (patience sorting). */
static void pair_middle(const struct comparing *c, struct lines *x, size_t x_end, struct lines *y,
                        size_t y_end, size_t from)
{
    struct map *at = map_new(c->scratch);
    size_t n = x_end - from, piles = 0;
    size_t *where = NEW_N(c->scratch, size_t, y->n + 1);
    size_t *tops = NEW_N(c->scratch, size_t, n + 1), *before = NEW_N(c->scratch, size_t, x->n + 1);
    size_t *match = NEW_N(c->scratch, size_t, x->n + 1);
    for (size_t k = from; k < y_end; k++) {
        where[k] = map_get(at, y->v[k].key) == NULL ? k : SIZE_MAX;
        map_put(at, y->v[k].key, &where[k]);
    }
    for (size_t i = from; i < x_end; i++) {
        size_t *found = map_get(at, x->v[i].key), lo = 0, hi = piles;
        if (found == NULL || *found == SIZE_MAX)
            continue;
        match[i] = *found;
        *found = SIZE_MAX; /* its second copy has no twin */
        while (lo < hi) {
            size_t mid = lo + (hi - lo) / 2;
            if (match[tops[mid]] < match[i])
                lo = mid + 1;
            else
                hi = mid;
        }
        before[i] = lo == 0 ? SIZE_MAX : tops[lo - 1];
        tops[lo] = i;
        piles = lo == piles ? piles + 1 : piles;
    }
    for (size_t i = piles == 0 ? SIZE_MAX : tops[piles - 1]; i != SIZE_MAX; i = before[i])
        pair(x, i, y, match[i]);
}

static void pair_lines(const struct comparing *c, struct lines *x, struct lines *y)
{
    size_t from = 0, x_end = x->n, y_end = y->n;
    for (; from < x_end && from < y_end && str_eq(x->v[from].key, y->v[from].key); from++)
        pair(x, from, y, from);
    while (x_end > from && y_end > from && str_eq(x->v[x_end - 1].key, y->v[y_end - 1].key))
        pair(x, --x_end, y, --y_end);
    pair_middle(c, x, x_end, y, y_end, from);
}

static bool collect(void *ctx, const struct step *step)
{
    struct comparing *x = ctx;
    struct cube c = step->flow->orig;
    c.when = LITS_NONE;
    region_add(x->policies[0]->sets, x->arena, &x->out, &c, x->budget);
    return true;
}

/* The packets that get to R and match. */
static void add_met(struct comparing *x, const struct policy *p, const struct rule *r)
{
    struct sets *s = p->sets;
    struct region every = region_universe(s, x->scratch, -1);
    for (size_t m = 0; m < r->n_match; m++) {
        struct cube c = r->match[m];
        for (int f = 0; f < FIELD_COUNT; f++)
            if ((x->changed >> f & 1) != 0)
                c.f[f] = set_full(s, (enum field)f);
        struct region starts = region_and_cube(s, x->scratch, &every, &c);
        for (size_t i = 0; i < starts.n * PATH_KINDS; i++) {
            struct walk w = {.policy = p,
                             .arena = x->scratch,
                             .path = (enum path_kind)(i % PATH_KINDS),
                             .budget = x->budget,
                             .fn = collect,
                             .ctx = x,
                             .watch = r,
                             .permits_only = true,
                             .watch_only = true};
            walk(&w, &starts.v[i / PATH_KINDS]);
        }
    }
}

static void add_unpaired(struct comparing *x, const struct policy *p, const struct lines *lines)
{
    for (size_t i = 0; i < lines->n; i++)
        if (lines->v[i].twin == SIZE_MAX)
            add_met(x, p, lines->v[i].rule);
}

static void compare_chains(struct comparing *x, const struct chain *p, const struct chain *q)
{
    struct lines a = lines_of(x, x->policies[0], p), b = lines_of(x, x->policies[1], q);
    pair_lines(x, &a, &b);
    add_unpaired(x, x->policies[0], &a);
    add_unpaired(x, x->policies[1], &b);
}

static bool same_stage(const struct stage *x, const struct stage *y)
{
    bool chains = (x->chain == NULL) == (y->chain == NULL);
    if (chains && x->chain != NULL)
        chains = str_eq(x->chain->table, y->chain->table) && str_eq(x->chain->name, y->chain->name);
    return chains && cube_eq(&x->guard, &y->guard) && x->otherwise->action == y->otherwise->action;
}

static bool same_paths(const struct policy *x, const struct policy *y)
{
    for (int k = 0; k < PATH_KINDS; k++) {
        if (x->paths[k].n != y->paths[k].n)
            return false;
        for (size_t i = 0; i < x->paths[k].n; i++)
            if (!same_stage(&x->paths[k].v[i], &y->paths[k].v[i]))
                return false;
    }
    return true;
}

struct region policies_differ(const struct policy *x, const struct policy *y, struct arena *a,
                              struct budget *b)
{
    struct comparing c = {.policies = {x, y},
                          .arena = a,
                          .scratch = arena_child(a),
                          .budget = b,
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
    }
    arena_free(c.scratch);
    return c.out;
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

struct changes changes_find(const struct policy *x, const struct policy *y, struct arena *a,
                            enum path_kind path, const struct region *start, struct budget *b)
{
    struct changes c = {0};
    struct decision then = decide(x, a, path, start, b), now = decide(y, a, path, start, b);
    c.permitted = risen(x->sets, a, &now, &then, b);
    c.denied = risen(x->sets, a, &then, &now, b);
    c.spent = b != NULL && b->spent;
    return c;
}
