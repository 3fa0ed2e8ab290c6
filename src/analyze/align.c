#include "analyze/align.h"

/* ---- what a rule does, as bytes
 * ------------------------------------------------------------------- */

/* Numbers as they lie in memory: the bytes are compared here, and thrown away. */
#define ADD_NUMBERS(o, ...)                                                                        \
    do {                                                                                           \
        const uint32_t numbers[] = {__VA_ARGS__};                                                  \
        out_bytes((o), numbers, sizeof numbers);                                                   \
    } while (0)

/* With its length before it: no two lists of words give the same bytes. */
static void add_text(struct out *o, struct str text)
{
    out_bytes(o, &text.n, sizeof text.n);
    out_str(o, text);
}

static void add_cube(struct out *o, const struct cube *c)
{
    out_bytes(o, c->f, sizeof c->f);
}

/* Some hold for packets that other lines of the export name: they are what these say. */
static void add_cond(struct out *o, const struct cond *c, bool holds)
{
    ADD_NUMBERS(o, holds, (uint32_t)c->trait, c->values, (uint32_t)c->n_hold, (uint32_t)c->n_parts,
                c->mask != 0);
    add_text(o, c->kind);
    add_text(o, c->text);
    if (c->mask != 0) {
        ADD_NUMBERS(o, (uint32_t)c->field);
        out_bytes(o, &c->mask, sizeof c->mask);
        out_bytes(o, &c->want, sizeof c->want);
    }
    for (size_t i = 0; i < c->n_parts; i++) {
        add_cube(o, &c->parts[i].now);
        out_char(o, c->parts[i].orig != NULL ? 'o' : ' ');
        if (c->parts[i].orig != NULL)
            add_cube(o, c->parts[i].orig);
    }
}

static void add_rewrite(struct out *o, const struct rewrite *w)
{
    ADD_NUMBERS(o, (uint32_t)w->field, w->to, w->shift, (uint32_t)w->from);
    out_bytes(o, &w->from_mask, sizeof w->from_mask);
    out_bytes(o, &w->mask, sizeof w->mask);
    out_bytes(o, &w->value, sizeof w->value);
    out_bytes(o, &w->base, sizeof w->base);
}

static void add_work(struct out *o, const struct policy *p, const struct rule *r)
{
    size_t n_conds = lits_count(p->sets, r->conds);
    ADD_NUMBERS(o, (uint32_t)r->action, (uint32_t)r->moves_to, (uint32_t)r->n_match,
                r->orig != NULL, (uint32_t)n_conds, (uint32_t)r->n_rewrites);
    add_text(o, r->target != NULL ? r->target->name : STR(""));
    add_text(o, r->action == ACT_UNKNOWN ? r->text : STR(""));
    for (size_t i = 0; i < r->n_match; i++)
        add_cube(o, &r->match[i]);
    if (r->orig != NULL)
        add_cube(o, r->orig);
    for (size_t i = 0; i < n_conds; i++) {
        struct literal l = lits_at(p->sets, r->conds, i);
        add_cond(o, &p->conds.v[l.cond], l.holds);
    }
    for (size_t i = 0; i < r->n_rewrites; i++)
        add_rewrite(o, &r->rewrites[i]);
}

/* All but counters; of these only that nothing was counted. */
static void add_words(struct out *o, const struct rule *r)
{
    ADD_NUMBERS(o, r->inactive, r->implicit, r->reject, r->logs, r->has_hits && r->hits == 0);
    add_text(o, r->text);
    add_text(o, r->remark);
    add_text(o, r->name);
}

static bool does_nothing(const struct rule *r)
{
    return r->inactive || r->n_match == 0 || (r->action == ACT_CONTINUE && r->n_rewrites == 0);
}

static struct lines lines_of(struct arena *a, const struct policy *p, const struct chain *c,
                             enum sameness sameness)
{
    struct lines all = {0};
    for (size_t i = 0; c != NULL && i < c->n_rules; i++) {
        const struct rule *r = c->rules[i];
        struct out key = {.arena = a};
        if (sameness == SAME_WORK && does_nothing(r))
            continue;
        add_work(&key, p, r);
        if (sameness == SAME_WORDS)
            add_words(&key, r);
        *PUSH(a, all) = (struct line){r, i, out_taken(&key), SIZE_MAX};
    }
    return all;
}

/* ---- the longest common order
 * -------------------------------------------------------------------------- */

static void pair(struct lines *x, size_t i, struct lines *y, size_t k)
{
    x->v[i].twin = k;
    y->v[k].twin = i; // NOLINT(clang-analyzer-core.NullDereference): K is below its n
}

/* Pairs the lines between FROM and the ends that stand once in each, then keeps the longest run of
 * pairs in the same order (patience sorting). */
static void pair_middle(struct arena *a, struct lines *x, size_t x_end, struct lines *y,
                        size_t y_end, size_t from)
{
    struct map *at = map_new(a);
    size_t n = x_end - from, piles = 0;
    size_t *where = NEW_N(a, size_t, y->n + 1);
    size_t *tops = NEW_N(a, size_t, n + 1), *before = NEW_N(a, size_t, x->n + 1);
    size_t *match = NEW_N(a, size_t, x->n + 1);
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

/* Equal lines beside a pair are one, too: copies within a list have no other way to find theirs. */
static void extend_pairs(struct lines *x, struct lines *y)
{
    for (size_t i = 0; i + 1 < x->n; i++) {
        size_t k = x->v[i].twin == SIZE_MAX ? SIZE_MAX : x->v[i].twin + 1;
        if (k < y->n && x->v[i + 1].twin == SIZE_MAX && y->v[k].twin == SIZE_MAX &&
            str_eq(x->v[i + 1].key, y->v[k].key))
            pair(x, i + 1, y, k);
    }
    for (size_t i = x->n; i-- > 1;) {
        size_t k = x->v[i].twin;
        if (k != SIZE_MAX && k > 0 && x->v[i - 1].twin == SIZE_MAX &&
            y->v[k - 1].twin == SIZE_MAX && str_eq(x->v[i - 1].key, y->v[k - 1].key))
            pair(x, i - 1, y, k - 1);
    }
}

static void pair_lines(struct arena *a, struct lines *x, struct lines *y)
{
    size_t from = 0, x_end = x->n, y_end = y->n;
    for (; from < x_end && from < y_end && str_eq(x->v[from].key, y->v[from].key); from++)
        pair(x, from, y, from);
    while (x_end > from && y_end > from && str_eq(x->v[x_end - 1].key, y->v[y_end - 1].key))
        pair(x, --x_end, y, --y_end);
    pair_middle(a, x, x_end, y, y_end, from);
    extend_pairs(x, y);
}

struct lines_pair align(struct arena *a, const struct policy *p, const struct chain *x,
                        const struct policy *q, const struct chain *y, enum sameness sameness)
{
    struct lines_pair both = {{lines_of(a, p, x, sameness), lines_of(a, q, y, sameness)}};
    pair_lines(a, &both.of[0], &both.of[1]);
    return both;
}

/* ---- paths
 * ------------------------------------------------------------------------------------------- */

static bool same_stage(const struct stage *x, const struct stage *y)
{
    bool chains = (x->chain == NULL) == (y->chain == NULL);
    if (chains && x->chain != NULL)
        chains = str_eq(x->chain->table, y->chain->table) && str_eq(x->chain->name, y->chain->name);
    return chains && cube_eq(&x->guard, &y->guard) && x->otherwise->action == y->otherwise->action;
}

bool same_paths(const struct policy *x, const struct policy *y)
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
