/* An index of cubes by the values they hold: one level per field, those first in which the cubes
 * are narrowest, each a tree of the intervals of the sets that stand there, down to a few cubes. A
 * packet finds the cubes that hold it without looking at the others. */
#include "analyze/cover.h"

#include <stdlib.h>
#include <string.h>

#define LEVELS 6
#define LEAF_SIZE 8
/* Sets of more intervals stand in the tree as the one that holds them all. */
#define IVALS_MAX 16

struct item { /* an interval of a set, sorted by lo */
    struct ival range;
    u128 max_hi; /* of the items that the search finds below this one */
    uint32_t child;
};

struct node {
    uint32_t min_pos;
    uint32_t first, n; /* leaf: takers; else items */
    enum field field;
    bool leaf;
};

struct cover {
    struct sets *sets;
    struct arena *arena;
    struct taker *takers;
    enum field levels[LEVELS];
    struct {
        struct node *v;
        size_t n, cap;
    } nodes;
    struct {
        struct item *v;
        size_t n, cap;
    } items;
    uint32_t root;
    bool empty;
};

/* ---- building -----------------------------------------------------------------------------------
 */

static int by_pos(const void *a, const void *b)
{
    const struct taker *x = a, *y = b;
    return (x->pos > y->pos) - (x->pos < y->pos);
}

#define BY_SET(name)                                                                               \
    static int by_##name(const void *a, const void *b)                                             \
    {                                                                                              \
        const struct taker *x = a, *y = b;                                                         \
        set_id m = x->cube.f[FIELD_##name], n = y->cube.f[FIELD_##name];                           \
        return m != n ? (m > n) - (m < n) : by_pos(a, b);                                          \
    }
BY_SET(SRC)
BY_SET(DST)
BY_SET(DPORT)
BY_SET(SPORT)
BY_SET(PROTO)
BY_SET(IN)

static int (*const by_set[FIELD_COUNT])(const void *, const void *) = {
    [FIELD_SRC] = by_SRC,     [FIELD_DST] = by_DST,     [FIELD_DPORT] = by_DPORT,
    [FIELD_SPORT] = by_SPORT, [FIELD_PROTO] = by_PROTO, [FIELD_IN] = by_IN};
static const enum field fields[LEVELS] = {FIELD_SRC,   FIELD_DST,   FIELD_DPORT,
                                          FIELD_SPORT, FIELD_PROTO, FIELD_IN};

#define SAMPLE 128

static void order_levels(struct cover *c, size_t n)
{
    const struct cube *sample[SAMPLE];
    size_t step = n / SAMPLE + 1, found = 0;
    for (size_t i = 0; i < n; i += step)
        sample[found++] = &c->takers[i].cube;
    memcpy(c->levels, fields, sizeof fields);
    fields_by_use(c->sets, sample, found, c->levels, LEVELS);
}

static int by_lo(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    if (x->range.lo != y->range.lo)
        return x->range.lo < y->range.lo ? -1 : 1;
    return (x->child > y->child) - (x->child < y->child);
}

/* The items [from, to) as a balanced tree with its root in the middle. */
static u128 set_max_hi(struct item *v, size_t from, size_t to)
{
    if (from == to)
        return 0;
    size_t mid = from + (to - from) / 2;
    u128 left = set_max_hi(v, from, mid), right = set_max_hi(v, mid + 1, to);
    u128 max = v[mid].range.hi;
    max = left > max ? left : max;
    return v[mid].max_hi = right > max ? right : max;
}

static void add_items(struct cover *c, struct arena *a, struct item **v, size_t *n, size_t *cap,
                      set_id set, uint32_t child)
{
    size_t count;
    const struct ival *ivals = set_ivals(c->sets, set, &count);
    struct ival hull = {set_min(c->sets, set), set_max(c->sets, set)};
    if (count > IVALS_MAX) {
        ivals = &hull;
        count = 1;
    }
    for (size_t i = 0; i < count; i++) {
        *v = array_room(a, *v, *n, cap, sizeof **v);
        (*v)[(*n)++] = (struct item){ivals[i], 0, child};
    }
}

static uint32_t build(struct cover *c, uint32_t first, uint32_t n, size_t level)
{
    struct taker *t = &c->takers[first];
    struct node node = {.first = first, .n = n, .leaf = true, .min_pos = UINT32_MAX};
    for (uint32_t i = 0; i < n; i++)
        node.min_pos = t[i].pos < node.min_pos ? t[i].pos : node.min_pos;
    if (n > LEAF_SIZE && level < LEVELS) {
        struct arena *scratch = arena_child(c->arena);
        struct item *items = NULL;
        size_t n_items = 0, cap = 0;
        enum field f = c->levels[level];
        qsort(t, n, sizeof *t, by_set[f]);
        for (uint32_t from = 0, to; from < n; from = to) {
            for (to = from; to < n && t[to].cube.f[f] == t[from].cube.f[f];)
                to++;
            set_id set = t[from].cube.f[f];
            uint32_t child = build(c, first + from, to - from, level + 1);
            add_items(c, scratch, &items, &n_items, &cap, set, child);
        }
        qsort(items, n_items, sizeof *items, by_lo);
        set_max_hi(items, 0, n_items);
        node.leaf = false;
        node.field = f;
        node.first = (uint32_t)c->items.n;
        node.n = (uint32_t)n_items;
        for (size_t i = 0; i < n_items; i++)
            *PUSH(c->arena, c->items) = items[i];
        arena_free(scratch);
    } else {
        qsort(t, n, sizeof *t, by_pos);
    }
    *PUSH(c->arena, c->nodes) = node;
    return (uint32_t)c->nodes.n - 1;
}

struct cover *cover_new(struct arena *a, struct sets *s, struct takers *takers)
{
    struct cover *c = NEW(a, struct cover);
    *c = (struct cover){.sets = s, .arena = a, .takers = takers->v, .empty = takers->n == 0};
    order_levels(c, takers->n);
    for (size_t i = 0; i < takers->n; i++) {
        struct taker *t = &takers->v[i];
        t->tight = 0;
        for (int f = 0; f < FIELD_COUNT; f++)
            if (t->cube.f[f] != set_full(s, (enum field)f))
                t->tight |= (uint32_t)1 << f;
    }
    if (!c->empty)
        c->root = build(c, 0, (uint32_t)takers->n, 0);
    return c;
}

/* ---- stabbing -----------------------------------------------------------------------------------
 */

struct stab {
    const struct cover *cover;
    const struct cover_query *q;
    const struct cube *box;
    struct packet at;
    struct taker *best;
    double share; /* of the box that the best takes */
    uint64_t steps;
};

static bool holds(const struct stab *x, const struct taker *t)
{
    for (uint32_t bits = t->tight; bits != 0; bits &= bits - 1) {
        int f = __builtin_ctz(bits);
        if (!set_has(x->cover->sets, t->cube.f[f], x->at.f[f]))
            return false;
    }
    return true;
}

/* The conditions of T hold wherever those of the box do. */
static bool implied(const struct stab *x, const struct taker *t)
{
    lits_id both;
    return t->conds == LITS_NONE ||
           (lits_and(x->cover->sets, &both, x->q->conds, t->conds) && both == x->q->conds);
}

static double size_of(const struct sets *s, set_id set)
{
    return (double)set_size(s, set);
}

static double share_of(const struct stab *x, const struct taker *t)
{
    struct sets *s = x->cover->sets;
    double share = 1;
    for (uint32_t bits = t->tight; bits != 0; bits &= bits - 1) {
        int f = __builtin_ctz(bits);
        if (!set_within(s, x->box->f[f], t->cube.f[f]))
            share *= size_of(s, set_and(s, x->box->f[f], t->cube.f[f])) / size_of(s, x->box->f[f]);
    }
    return share;
}

static void look_at(struct stab *x, struct taker *t)
{
    if (t->rule == x->q->skip || !holds(x, t) || !implied(x, t))
        return;
    double share = share_of(x, t);
    if (x->best == NULL || share > x->share) {
        x->best = t;
        x->share = share;
    }
}

static void stab_node(struct stab *x, uint32_t index);

static void stab_items(struct stab *x, const struct item *v, size_t from, size_t to, u128 value)
{
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        x->steps++;
        if (v[mid].max_hi < value)
            return;
        stab_items(x, v, from, mid, value);
        if (v[mid].range.lo > value)
            return;
        if (v[mid].range.hi >= value)
            stab_node(x, v[mid].child);
        from = mid + 1;
    }
}

static void stab_node(struct stab *x, uint32_t index)
{
    const struct cover *c = x->cover;
    const struct node *n = &c->nodes.v[index];
    bool whole = x->best != NULL && x->share >= 1;
    if (n->min_pos >= x->q->before || whole)
        return;
    if (!n->leaf) {
        stab_items(x, &c->items.v[n->first], 0, n->n, x->at.f[n->field]);
        return;
    }
    for (uint32_t i = 0; i < n->n && c->takers[n->first + i].pos < x->q->before; i++) {
        x->steps++;
        look_at(x, &c->takers[n->first + i]);
    }
}

/* ---- peeling ------------------------------------------------------------------------------------
 */

static double volume(const struct sets *s, const struct cube *c)
{
    double all = 1;
    for (int f = 0; f < FIELD_COUNT; f++)
        all *= size_of(s, c->f[f]);
    return all;
}

/* The pieces of BOX without T onto the stack, the largest on top. */
static void peel(const struct cover *c, struct cover_query *q, struct region *todo,
                 const struct cube *box, const struct taker *t)
{
    size_t first = todo->n, largest = first;
    cube_minus(c->sets, q->scratch, todo, box, &t->cube);
    for (size_t i = first; i < todo->n; i++)
        if (volume(c->sets, &todo->v[i]) > volume(c->sets, &todo->v[largest]))
            largest = i;
    if (todo->n == first)
        return;
    struct cube top = todo->v[largest];
    todo->v[largest] = todo->v[todo->n - 1];
    todo->v[todo->n - 1] = top;
}

static void use(struct cover_query *q, size_t *cap, struct taker *t)
{
    for (size_t i = q->n_used; i-- > 0;)
        if (q->used[i] == t)
            return;
    q->used = array_room(q->scratch, q->used, q->n_used, cap, sizeof *q->used);
    q->used[q->n_used++] = t;
}

enum covered cover_ask(const struct cover *c, struct cover_query *q)
{
    uint64_t state = q->before + q->seed;
    struct region todo = {0};
    size_t cap = 0;
    q->used = NULL;
    q->n_used = 0;
    *PUSH(q->scratch, todo) = *q->box;
    todo.v[0].when = LITS_NONE;
    while (todo.n != 0) {
        struct cube box = todo.v[--todo.n];
        struct stab x = {.cover = c, .q = q, .box = &box};
        for (int f = 0; f < FIELD_COUNT; f++)
            x.at.f[f] = set_random(c->sets, box.f[f], &state);
        if (!c->empty)
            stab_node(&x, c->root);
        if (!budget_take(q->budget, 1 + x.steps))
            return COVERED_SPENT;
        if (x.best == NULL) {
            q->witness = x.at;
            return COVERED_NOT;
        }
        use(q, &cap, x.best);
        if (x.share < 1)
            peel(c, q, &todo, &box, x.best);
    }
    return COVERED;
}
