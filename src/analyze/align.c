#include "analyze/align.h"

#include <string.h>

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

/* The words of what R does beside deciding. */
static struct str words_of(const struct policy *p, const struct rule *r)
{
    return p->treatments.v[r->treatment];
}

static void add_conds(struct out *o, const struct policy *p, const struct rule *r)
{
    const size_t n = lits_count(p->sets, r->conds);
    for (size_t i = 0; i < n; i++) {
        struct literal l = lits_at(p->sets, r->conds, i);
        add_cond(o, &p->conds.v[l.cond], l.holds);
    }
}

void add_treatment(struct out *o, const struct policy *p, const struct rule *r)
{
    ADD_NUMBERS(o, (uint32_t)lits_count(p->sets, r->conds), (uint32_t)r->n_rewrites);
    add_text(o, words_of(p, r));
    add_conds(o, p, r);
    for (size_t i = 0; i < r->n_rewrites; i++)
        add_rewrite(o, &r->rewrites[i]);
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
    add_conds(o, p, r);
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

static const struct rule *rule_at(const struct lines *all, size_t i)
{
    return all->chain->rules[all->v[i].place];
}

static struct lines lines_of(struct arena *a, const struct policy *p, const struct chain *c,
                             enum sameness sameness)
{
    struct lines all = {.policy = p, .chain = c, .sameness = sameness};
    const bool every = sameness == SAME_WORDS || (c != NULL && !c->idles);
    all.v = NEW_N(a, struct line, c == NULL ? 0 : c->n_rules);
    for (uint32_t i = 0; c != NULL && i < c->n_rules; i++)
        if (every || !rule_is_idle(c->rules[i]) ||
            (sameness == SAME_TREATMENT && c->rules[i]->treatment != 0 && !c->rules[i]->inactive))
            all.v[all.n++] = (struct line){i, NO_TWIN};
    return all;
}

static struct str key_of(struct arena *a, struct lines *all, size_t i)
{
    struct out key = {.arena = a};
    if (all->keys == NULL)
        all->keys = NEW_N(a, struct str, all->n);
    if (all->keys[i].n != 0)
        return all->keys[i];
    add_work(&key, all->policy, rule_at(all, i));
    if (all->sameness == SAME_WORDS)
        add_words(&key, rule_at(all, i));
    if (all->sameness == SAME_TREATMENT)
        add_text(&key, words_of(all->policy, rule_at(all, i)));
    return all->keys[i] = out_taken(&key);
}

/* ---- whether two rules are the same
 * ------------------------------------------------------------------- */

/* It does nothing but permit, deny, or go on or back, with packets that its cubes tell. */
static bool is_simple(const struct rule *r)
{
    return r->conds == LITS_NONE && r->orig == NULL && r->n_rewrites == 0 && r->target == NULL &&
           r->action != ACT_UNKNOWN;
}

static bool same_cubes(const struct rule *x, const struct rule *y)
{
    bool same = x->n_match == y->n_match;
    for (size_t i = 0; i < x->n_match && same; i++)
        same = memcmp(x->match[i].f, y->match[i].f, sizeof x->match[i].f) == 0;
    return same;
}

static bool never_hit(const struct rule *r)
{
    return r->has_hits && r->hits == 0;
}

static bool same_words(const struct rule *x, const struct rule *y)
{
    return x->inactive == y->inactive && x->implicit == y->implicit && x->reject == y->reject &&
           x->logs == y->logs && never_hit(x) == never_hit(y) && str_eq(x->text, y->text) &&
           str_eq(x->remark, y->remark) && str_eq(x->name, y->name);
}

/* The same as equal keys, mostly without making them. */
static bool same(struct arena *a, struct lines *x, size_t i, struct lines *y, size_t k)
{
    const struct rule *r = rule_at(x, i), *q = rule_at(y, k);
    if (!is_simple(r) || !is_simple(q))
        return is_simple(r) == is_simple(q) && str_eq(key_of(a, x, i), key_of(a, y, k));
    return r->action == q->action && r->moves_to == q->moves_to && same_cubes(r, q) &&
           (x->sameness != SAME_WORDS || same_words(r, q)) &&
           (x->sameness != SAME_TREATMENT ||
            str_eq(words_of(x->policy, r), words_of(y->policy, q)));
}

/* ---- the longest common order
 * -------------------------------------------------------------------------- */

static void pair(struct lines *x, size_t i, struct lines *y, size_t k)
{
    x->v[i].twin = (uint32_t)k;
    y->v[k].twin = (uint32_t)i; // NOLINT(clang-analyzer-core.NullDereference): K is below its n
}

/* What is still to be paired. */
struct rest {
    size_t x, x_end, y, y_end;
};

/* Pairs the lines of the rest that stand once in each, then keeps the longest run of pairs in the
 * same order (patience sorting). */
static void pair_middle(struct arena *a, struct lines *x, struct lines *y, const struct rest *rest)
{
    struct map *at = map_new(a);
    size_t n = rest->x_end - rest->x, piles = 0;
    size_t *where = NEW_N(a, size_t, y->n + 1);
    size_t *tops = NEW_N(a, size_t, n + 1), *before = NEW_N(a, size_t, x->n + 1);
    size_t *match = NEW_N(a, size_t, x->n + 1);
    for (size_t k = rest->y; k < rest->y_end; k++) {
        where[k] = map_get(at, key_of(a, y, k)) == NULL ? k : SIZE_MAX;
        map_put(at, key_of(a, y, k), &where[k]);
    }
    for (size_t i = rest->x; i < rest->x_end; i++) {
        size_t *found = map_get(at, key_of(a, x, i)), lo = 0, hi = piles;
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
static void extend_pairs(struct arena *a, struct lines *x, struct lines *y)
{
    for (size_t i = 0; i + 1 < x->n; i++) {
        size_t k = x->v[i].twin == NO_TWIN ? SIZE_MAX : x->v[i].twin + (size_t)1;
        if (k < y->n && x->v[i + 1].twin == NO_TWIN && y->v[k].twin == NO_TWIN &&
            same(a, x, i + 1, y, k))
            pair(x, i + 1, y, k);
    }
    for (size_t i = x->n; i-- > 1;) {
        size_t k = x->v[i].twin;
        if (k != NO_TWIN && k > 0 && x->v[i - 1].twin == NO_TWIN && y->v[k - 1].twin == NO_TWIN &&
            same(a, x, i - 1, y, k - 1))
            pair(x, i - 1, y, k - 1);
    }
}

/* So many lines are passed in both lists to get behind a change, to where so many are equal. */
#define PASSED_MAX 16
#define RUN 4

static bool run_at(struct arena *a, struct lines *x, struct lines *y, const struct rest *at)
{
    size_t n = 0;
    while (n < RUN && at->x + n < at->x_end && at->y + n < at->y_end &&
           same(a, x, at->x + n, y, at->y + n))
        n++;
    return n == RUN || (n > 0 && (at->x + n == at->x_end || at->y + n == at->y_end));
}

/* Moves REST behind the change at its begin; false if that is a large one. */
static bool pass_change(struct arena *a, struct lines *x, struct lines *y, struct rest *rest)
{
    for (size_t passed = 1; passed <= PASSED_MAX; passed++)
        for (size_t of_x = 0; of_x <= passed; of_x++) {
            struct rest at = *rest;
            at.x += of_x;
            at.y += passed - of_x;
            if (at.x < at.x_end && at.y < at.y_end && run_at(a, x, y, &at)) {
                *rest = at;
                return true;
            }
        }
    return false;
}

/* Most changes are of a few lines here and there; only what is left of others is sorted. */
static void pair_lines(struct arena *a, struct lines *x, struct lines *y)
{
    struct rest rest = {0, x->n, 0, y->n};
    bool small = true;
    for (; rest.x < x->n && rest.y < y->n && same(a, x, rest.x, y, rest.y); rest.y++)
        pair(x, rest.x++, y, rest.y);
    while (rest.x_end > rest.x && rest.y_end > rest.y &&
           same(a, x, rest.x_end - 1, y, rest.y_end - 1))
        pair(x, --rest.x_end, y, --rest.y_end);
    while (small && rest.x < rest.x_end && rest.y < rest.y_end)
        if (same(a, x, rest.x, y, rest.y))
            pair(x, rest.x++, y, rest.y++);
        else
            small = pass_change(a, x, y, &rest);
    if (rest.x < rest.x_end && rest.y < rest.y_end)
        pair_middle(a, x, y, &rest);
    extend_pairs(a, x, y);
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
