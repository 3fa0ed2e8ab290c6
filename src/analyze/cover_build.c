/* An index of cubes by the values they hold: one level per field, those first in which the cubes
 * are narrowest, each a tree of the intervals of the sets that stand there, down to a few cubes. A
 * packet finds the cubes that hold it without looking at the others. */
#include "analyze/cover_int.h"

#include <string.h>

#define LEAF_SIZE 8
/* Sets of more intervals stand in the tree as the one that holds them all. */
#define IVALS_MAX 16

static const enum field fields[LEVELS] = {FIELD_SRC,   FIELD_DST,   FIELD_DPORT,
                                          FIELD_SPORT, FIELD_PROTO, FIELD_IN};

#define SAMPLE 128

static void order_levels(struct cover *c, size_t n)
{
    const struct cube *sample[SAMPLE];
    size_t step = n / SAMPLE + 1, found = 0;
    for (size_t i = 0; i < n; i += step)
        sample[found++] = c->takers[i].cube;
    memcpy(c->levels, fields, sizeof fields);
    fields_by_use(c->sets, sample, found, c->levels, LEVELS);
}

/* What is sorted: by WHAT, in the order that there was where that is equal. */
struct key {
    u128 what;
    uint32_t place;
};

struct keys {
    struct key *v;
    size_t n, cap;
};

#define DIGITS sizeof(u128)
#define FEW_KEYS 24

static uint8_t digit(const struct key *k, size_t d)
{
    return (uint8_t)(k->what >> (8 * d));
}

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

/* Byte by byte, the last first, as far as they differ. TMP has room for N, too. */
static void sort_keys(struct key *v, struct key *tmp, size_t n)
{
    struct key *from = v, *to = tmp;
    u128 differ = 0;
    if (n <= FEW_KEYS) {
        sort_few(v, n);
        return;
    }
    for (size_t i = 1; i < n; i++)
        differ |= v[i].what ^ v[0].what;
    for (size_t d = 0; d < DIGITS; d++) {
        uint32_t starts[257] = {0};
        if ((differ >> (8 * d) & 0xff) == 0)
            continue;
        for (size_t i = 0; i < n; i++)
            starts[digit(&from[i], d) + 1]++;
        for (size_t i = 1; i < 256; i++)
            starts[i] += starts[i - 1];
        for (size_t i = 0; i < n; i++)
            to[starts[digit(&from[i], d)]++] = from[i];
        struct key *t = from;
        from = to;
        to = t;
    }
    if (from != v)
        memcpy(v, from, n * sizeof *v);
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

struct group { /* takers with the same set */
    set_id set;
    uint32_t child;
};

struct groups {
    struct group *v;
    size_t n, cap;
};

/* While the index is made: the takers' places in their list, in the order of the tree. */
struct building {
    struct cover *cover;
    const struct taker *takers;
    uint32_t *order;
    struct key *keys, *tmp;
    struct arena *scratch;
    struct groups groups;         /* of the nodes that are being made */
    struct items sorted;          /* room for what sort_items() sorts … */
    struct keys item_keys, other; /* … by these */
};

static set_id set_at(const struct building *b, uint32_t at, enum field f)
{
    return b->takers[b->order[at]].cube->f[f];
}

static bool all_any(const struct building *b, uint32_t first, uint32_t n, enum field f)
{
    const set_id any = set_full(b->cover->sets, f);
    for (uint32_t i = 0; i < n; i++)
        if (set_at(b, first + i, f) != any)
            return false;
    return true;
}

/* The order of takers [FIRST, FIRST + N) by their sets in F. */
static void sort_by_set(struct building *b, uint32_t first, uint32_t n, enum field f)
{
    for (uint32_t i = 0; i < n; i++)
        b->keys[i] = (struct key){set_at(b, first + i, f), b->order[first + i]};
    sort_keys(b->keys, b->tmp, n);
    for (uint32_t i = 0; i < n; i++)
        b->order[first + i] = b->keys[i].place;
}

static void add_items(struct cover *c, const struct group *g)
{
    size_t count;
    const struct ival *ivals = set_ivals(c->sets, g->set, &count);
    struct ival hull = {ivals[0].lo, ivals[count - 1].hi};
    if (count > IVALS_MAX) {
        ivals = &hull;
        count = 1;
    }
    for (size_t i = 0; i < count; i++)
        *PUSH(c->arena, c->items) = (struct item){ivals[i], 0, g->child};
}

/* The items of C from FIRST on by where they begin. */
static void sort_items(struct building *b, struct cover *c, size_t first)
{
    size_t n = c->items.n - first;
    struct item *v = c->items.v + first;
    b->sorted.n = b->item_keys.n = b->other.n = 0;
    for (size_t i = 0; i < n; i++) {
        *PUSH(b->scratch, b->sorted) = v[i];
        *PUSH(b->scratch, b->item_keys) = (struct key){v[i].range.lo, (uint32_t)i};
        PUSH(b->scratch, b->other);
    }
    sort_keys(b->item_keys.v, b->other.v, n);
    for (size_t i = 0; i < n; i++)
        v[i] = b->sorted.v[b->item_keys.v[i].place];
    set_max_hi(v, 0, n);
}

static uint32_t build(struct building *b, uint32_t first, uint32_t n, size_t level);

/* NODE gets a tree of the sets in F, each with a child. */
static void build_groups(struct building *b, struct node *node, uint32_t first, uint32_t n,
                         size_t level)
{
    struct cover *c = b->cover;
    enum field f = c->levels[level];
    const size_t had = b->groups.n;
    sort_by_set(b, first, n, f);
    for (uint32_t from = 0, to; from < n; from = to) {
        set_id set = set_at(b, first + from, f);
        for (to = from; to < n && set_at(b, first + to, f) == set;)
            to++;
        uint32_t child = build(b, first + from, to - from, level + 1);
        *PUSH(b->scratch, b->groups) = (struct group){set, child};
    }
    node->leaf = false;
    node->field = f;
    node->first = (uint32_t)c->items.n;
    for (size_t i = had; i < b->groups.n; i++)
        add_items(c, &b->groups.v[i]);
    b->groups.n = had;
    node->n = (uint32_t)c->items.n - node->first;
    sort_items(b, c, node->first);
}

/* Of takers [FIRST, FIRST + N), which come in the order of their places. */
static uint32_t build(struct building *b, uint32_t first, uint32_t n, size_t level)
{
    struct cover *c = b->cover;
    struct node node = {.first = first, .n = n, .leaf = true};
    node.min_pos = b->takers[b->order[first]].pos;
    node.max_pos = b->takers[b->order[first + n - 1]].pos;
    while (n > LEAF_SIZE && level < LEVELS && all_any(b, first, n, c->levels[level]))
        level++;
    if (n > LEAF_SIZE && level < LEVELS)
        build_groups(b, &node, first, n, level);
    *PUSH(c->arena, c->nodes) = node;
    return (uint32_t)c->nodes.n - 1;
}

static uint32_t tight_fields(struct sets *s, const struct cube *c)
{
    uint32_t tight = 0;
    for (int f = 0; f < FIELD_COUNT; f++)
        if (c->f[f] != set_full(s, (enum field)f))
            tight |= (uint32_t)1 << f;
    return tight;
}

static void build_all(struct cover *c, struct takers *takers)
{
    const size_t n = takers->n;
    struct arena *scratch = arena_child(c->arena);
    struct taker *listed = NEW_N(scratch, struct taker, n);
    struct building b = {.cover = c,
                         .takers = listed,
                         .order = NEW_N(scratch, uint32_t, n),
                         .keys = NEW_N(scratch, struct key, n),
                         .tmp = NEW_N(scratch, struct key, n),
                         .scratch = scratch};
    memcpy(listed, takers->v, n * sizeof *listed);
    for (size_t i = 0; i < n; i++)
        b.keys[i] = (struct key){listed[i].pos, (uint32_t)i};
    sort_keys(b.keys, b.tmp, n);
    for (size_t i = 0; i < n; i++)
        b.order[i] = b.keys[i].place;
    c->root = build(&b, 0, (uint32_t)n, 0);
    for (size_t i = 0; i < n; i++)
        takers->v[i] = listed[b.order[i]];
    arena_free(scratch);
}

struct cover *cover_new(struct arena *a, struct sets *s, struct takers *takers)
{
    struct cover *c = NEW(a, struct cover);
    *c = (struct cover){.sets = s, .arena = a, .takers = takers->v, .empty = takers->n == 0};
    order_levels(c, takers->n);
    for (size_t i = 0; i < takers->n; i++)
        takers->v[i].tight = tight_fields(s, takers->v[i].cube);
    if (!c->empty)
        build_all(c, takers);
    return c;
}
