/* An index of cubes by the values they hold: one level per field, those first in which the cubes
 * are narrowest, each a tree of the intervals of the sets that stand there, down to a few cubes. A
 * packet finds the cubes that hold it without looking at the others; what no packet comes to is
 * never made. */
#include "analyze/cover_int.h"

#include <string.h>

#define LEAF_SIZE 8
/* Sets of more intervals stand in the tree as the one that holds them all. */
#define IVALS_MAX 16

/* ---- sorting ------------------------------------------------------------------------------------
 */

/* What is sorted: by WHAT, in the order that there was where that is equal. */
struct key {
    uint64_t what;
    uint32_t place;
};

struct keys {
    struct key *v;
    size_t n, cap;
};

/* Room that all nodes share. */
struct sorting {
    struct keys keys, other;
    struct item *items;
    size_t cap_items;
};

#define FEW_KEYS 24

static void sort_few(struct key *v, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct key k = v[i];
        size_t at = i;
        for (; at > 0 && v[at - 1].what > k.what; at--)
            v[at] = v[at - 1];
        v[at] = k;
    }
}

/* V into TO by byte D. */
static void deal(const struct key *v, struct key *to, size_t n, unsigned shift)
{
    uint32_t starts[257] = {0};
    for (size_t i = 0; i < n; i++)
        starts[(v[i].what >> shift & 255) + 1]++;
    for (size_t i = 1; i < 256; i++)
        starts[i] += starts[i - 1];
    for (size_t i = 0; i < n; i++)
        to[starts[v[i].what >> shift & 255]++] = v[i];
}

/* Byte by byte, the last first, as far as they differ. */
static void sort_keys(struct sorting *x)
{
    struct key *from = x->keys.v, *to = x->other.v;
    const size_t n = x->keys.n;
    uint64_t differ = 0;
    if (n <= FEW_KEYS) {
        sort_few(from, n);
        return;
    }
    for (size_t i = 1; i < n; i++)
        differ |= from[i].what ^ from[0].what;
    for (unsigned shift = 0; shift < 64; shift += 8) {
        if ((differ >> shift & 255) == 0)
            continue;
        deal(from, to, n, shift);
        struct key *t = from;
        from = to;
        to = t;
    }
    if (from != x->keys.v)
        memcpy(x->keys.v, from, n * sizeof *from);
}

static void make_room(struct sorting *x, struct arena *a, size_t n)
{
    if (n <= x->keys.cap)
        return;
    x->keys = (struct keys){NEW_N(a, struct key, n), 0, n};
    x->other = (struct keys){NEW_N(a, struct key, n), 0, n};
}

/* The takers of N by their sets, which the keys say then. */
static void sort_by_set(const struct cover *c, struct node *n)
{
    struct sorting *x = c->sorting;
    x->keys.n = n->n;
    for (uint32_t i = 0; i < n->n; i++)
        x->keys.v[i] = (struct key){c->takers[n->order[i]].cube->f[n->field], n->order[i]};
    sort_keys(x);
    for (uint32_t i = 0; i < n->n; i++)
        n->order[i] = x->keys.v[i].place;
}

static void sort_by_place(struct takers *takers, struct sorting *x, struct arena *a)
{
    struct taker *v = takers->v;
    const uint32_t n = (uint32_t)takers->n;
    bool sorted = true;
    for (uint32_t i = 1; i < n && sorted; i++)
        sorted = v[i - 1].pos <= v[i].pos;
    if (sorted)
        return;
    struct taker *given = NEW_N(a, struct taker, n);
    memcpy(given, v, n * sizeof *v);
    x->keys.n = n;
    for (uint32_t i = 0; i < n; i++)
        x->keys.v[i] = (struct key){v[i].pos, i};
    sort_keys(x);
    for (uint32_t i = 0; i < n; i++)
        v[i] = given[x->keys.v[i].place];
}

/* The N items of the room into TO, by where they begin: the upper half of that after the lower. */
static void sort_items(struct sorting *x, struct item *to, uint32_t n)
{
    bool wide = false;
    x->keys.n = n;
    for (uint32_t i = 0; i < n; i++) {
        wide = wide || x->items[i].range.lo > UINT64_MAX;
        x->keys.v[i] = (struct key){(uint64_t)x->items[i].range.lo, i};
    }
    sort_keys(x);
    for (uint32_t i = 0; i < n && wide; i++)
        x->keys.v[i].what = (uint64_t)(x->items[x->keys.v[i].place].range.lo >> 64);
    if (wide)
        sort_keys(x);
    for (uint32_t i = 0; i < n; i++)
        to[i] = x->items[x->keys.v[i].place];
}

/* ---- nodes --------------------------------------------------------------------------------------
 */

/* The items [from, to) as a balanced tree with its root in the middle. */
static u128 set_max_hi(struct item *v, size_t from, size_t to)
{
    size_t mid = from + (to - from) / 2;
    u128 max = v[mid].range.hi;
    if (from < mid) {
        u128 left = set_max_hi(v, from, mid);
        max = left > max ? left : max;
    }
    if (mid + 1 < to) {
        u128 right = set_max_hi(v, mid + 1, to);
        max = right > max ? right : max;
    }
    return v[mid].max_hi = max;
}

static struct node node_of(const struct cover *c, uint32_t *order, uint32_t n, uint8_t level)
{
    const struct taker *v = c->takers;
    return (struct node){.order = order,
                         .n = n,
                         .min_pos = v[order[0]].pos,
                         .max_pos = v[order[n - 1]].pos,
                         .level = level};
}

static bool all_any(const struct cover *c, const struct node *n, enum field f)
{
    const set_id any = set_full(c->sets, f);
    for (uint32_t i = 0; i < n->n; i++)
        if (c->takers[n->order[i]].cube->f[f] != any)
            return false;
    return true;
}

static size_t intervals_of(const struct sets *s, set_id set, struct ival *hull,
                           const struct ival **v)
{
    size_t n;
    *v = set_ivals(s, set, &n);
    if (n <= IVALS_MAX)
        return n;
    *hull = (struct ival){(*v)[0].lo, (*v)[n - 1].hi};
    *v = hull;
    return 1;
}

/* How many sets there are in the sorted keys; *N_ITEMS: and intervals of them. */
static size_t count_sets(const struct cover *c, size_t *n_items)
{
    const struct keys *keys = &c->sorting->keys;
    size_t n_sets = 0;
    *n_items = 0;
    for (size_t i = 0; i < keys->n; i++) {
        struct ival hull;
        const struct ival *v;
        if (i != 0 && keys->v[i].what == keys->v[i - 1].what)
            continue;
        n_sets++;
        *n_items += intervals_of(c->sets, (set_id)keys->v[i].what, &hull, &v);
    }
    return n_sets;
}

static struct item *room_for_items(struct sorting *x, struct arena *a, size_t n)
{
    if (n > x->cap_items) {
        x->items = NEW_N(a, struct item, n);
        x->cap_items = n;
    }
    return x->items;
}

/* A child for each set that takers have, sorted by it, and an item for each of its intervals. */
static void divide(const struct cover *c, struct node *n)
{
    const struct key *keys = c->sorting->keys.v;
    size_t n_items, count;
    struct node *child = NEW_N(c->arena, struct node, count_sets(c, &n_items));
    struct item *items = room_for_items(c->sorting, c->arena, n_items);
    for (uint32_t from = 0, to; from < n->n; from = to, child++) {
        struct ival hull;
        const struct ival *v;
        for (to = from + 1; to < n->n && keys[to].what == keys[from].what;)
            to++;
        *child = node_of(c, &n->order[from], to - from, (uint8_t)(n->level + 1));
        count = intervals_of(c->sets, (set_id)keys[from].what, &hull, &v);
        for (size_t i = 0; i < count; i++)
            items[n->n_items++] = (struct item){v[i], 0, child};
    }
    make_room(c->sorting, c->arena, n_items);
    n->items = NEW_N(c->arena, struct item, n_items);
    sort_items(c->sorting, n->items, n->n_items);
}

static uint32_t tight_fields(struct sets *s, const struct cube *c)
{
    uint32_t tight = 0;
    for (int f = 0; f < FIELD_COUNT; f++)
        tight |= (uint32_t)(c->f[f] != set_full(s, (enum field)f)) << f;
    return tight;
}

static void make_leaf(const struct cover *c, struct node *n)
{
    n->takers = NEW_N(c->arena, struct taker, n->n);
    for (uint32_t i = 0; i < n->n; i++) {
        n->takers[i] = c->takers[n->order[i]];
        n->takers[i].tight = tight_fields(c->sets, n->takers[i].cube);
    }
}

void cover_open(const struct cover *c, struct node *n)
{
    n->open = true;
    while (n->n > LEAF_SIZE && n->level < LEVELS && all_any(c, n, c->levels[n->level]))
        n->level++;
    if (n->n <= LEAF_SIZE || n->level == LEVELS) {
        make_leaf(c, n);
        return;
    }
    n->field = c->levels[n->level];
    sort_by_set(c, n);
    divide(c, n);
    set_max_hi(n->items, 0, n->n_items);
}

/* ---- the whole ----------------------------------------------------------------------------------
 */

static const enum field fields[LEVELS] = {FIELD_SRC,   FIELD_DST,   FIELD_DPORT,
                                          FIELD_SPORT, FIELD_PROTO, FIELD_IN};

#define SAMPLE 128

static void order_levels(struct cover *c, const struct takers *takers)
{
    const struct cube *sample[SAMPLE];
    size_t step = takers->n / SAMPLE + 1, found = 0;
    for (size_t i = 0; i < takers->n; i += step)
        sample[found++] = takers->v[i].cube;
    memcpy(c->levels, fields, sizeof fields);
    fields_by_use(c->sets, sample, found, c->levels, LEVELS);
}

struct cover *cover_new(struct arena *a, struct sets *s, struct takers *takers)
{
    struct cover *c = NEW(a, struct cover);
    *c = (struct cover){
        .sets = s, .arena = a, .takers = takers->v, .sorting = NEW(a, struct sorting)};
    order_levels(c, takers);
    if (takers->n == 0)
        return c;
    make_room(c->sorting, a, takers->n);
    sort_by_place(takers, c->sorting, a);
    uint32_t *order = NEW_N(a, uint32_t, takers->n);
    for (uint32_t i = 0; i < takers->n; i++)
        order[i] = i;
    c->root = NEW(a, struct node);
    *c->root = node_of(c, order, (uint32_t)takers->n, 0);
    return c;
}
