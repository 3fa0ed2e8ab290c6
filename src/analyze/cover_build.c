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

/* Takers of one set, from FROM on in the order of a node; its interval k is item ITEM + k. */
struct group {
    set_id set;
    uint32_t from, item;
};

/* A part of a node: the N takers of which intervals begin there, the last of them, and the range of
 * those intervals; FROM and END: where they stand. */
#define PARTS 1024
struct part {
    struct ival range;
    uint32_t n, last, from, end;
};

struct share {
    uint32_t taker, part;
};

/* Room that all nodes share. */
struct sorting {
    struct keys keys, other;
    ARRAY(struct group) groups; /* and one more, behind the last one */
    ARRAY(uint32_t) owners;     /* the group of each item */
    ARRAY(struct share) shares;
    struct part *parts; /* PARTS of them; NULL until they are needed */
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

#define DIGIT_MAX 11 /* bits */

/* V into TO by the digit of MASK at SHIFT. */
static void deal(const struct key *v, struct key *to, size_t n, unsigned shift, uint64_t mask)
{
    uint32_t starts[(1 << DIGIT_MAX) + 1];
    memset(starts, 0, (mask + 2) * sizeof *starts);
    for (size_t i = 0; i < n; i++)
        starts[(v[i].what >> shift & mask) + 1]++;
    for (size_t i = 1; i <= mask; i++)
        starts[i] += starts[i - 1];
    for (size_t i = 0; i < n; i++)
        to[starts[v[i].what >> shift & mask]++] = v[i];
}

/* Digit by digit, the last first, as far as they differ. */
static void sort_keys(struct sorting *x)
{
    struct key *from = x->keys.v, *to = x->other.v;
    const size_t n = x->keys.n;
    const unsigned bits = n >> DIGIT_MAX == 0 ? 8 : DIGIT_MAX;
    const uint64_t mask = ((uint64_t)1 << bits) - 1;
    uint64_t differ = 0;
    if (n <= FEW_KEYS) {
        sort_few(from, n);
        return;
    }
    for (size_t i = 1; i < n; i++)
        differ |= from[i].what ^ from[0].what;
    for (unsigned shift = 0; shift < 64; shift += bits) {
        if ((differ >> shift & mask) == 0)
            continue;
        deal(from, to, n, shift, mask);
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
    make_room(x, c->arena, n->n);
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
    make_room(x, a, n);
    memcpy(given, v, n * sizeof *v);
    x->keys.n = n;
    for (uint32_t i = 0; i < n; i++)
        x->keys.v[i] = (struct key){v[i].pos, i};
    sort_keys(x);
    for (uint32_t i = 0; i < n; i++)
        v[i] = given[x->keys.v[i].place];
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

static bool begins_in(const struct node *n, struct ival range)
{
    return n->begins == NULL || (range.lo >= n->begins->lo && range.lo <= n->begins->hi);
}

/* The groups of N, in the order of their sets, by the sorted keys. */
static void find_groups(const struct cover *c, const struct node *n)
{
    struct sorting *x = c->sorting;
    x->groups.n = x->owners.n = 0;
    for (uint32_t i = 0; i < n->n; i++) {
        const set_id set = (set_id)x->keys.v[i].what;
        struct ival hull;
        const struct ival *v;
        if (i != 0 && set == x->groups.v[x->groups.n - 1].set)
            continue;
        const size_t count = intervals_of(c->sets, set, &hull, &v);
        size_t k = 0;
        while (k < count && !begins_in(n, v[k]))
            k++;
        *PUSH(c->arena, x->groups) = (struct group){set, i, (uint32_t)(x->owners.n - k)};
        for (; k < count && begins_in(n, v[k]); k++)
            *PUSH(c->arena, x->owners) = (uint32_t)x->groups.n - 1;
    }
    *PUSH(c->arena, x->groups) = (struct group){SET_EMPTY, n->n, 0};
}

/* The interval that is item I of those of the groups. */
static struct ival range_of(const struct cover *c, uint32_t i)
{
    const struct group *g = &c->sorting->groups.v[c->sorting->owners.v[i]];
    struct ival hull;
    const struct ival *v;
    intervals_of(c->sets, g->set, &hull, &v);
    return v[i - g->item];
}

/* Keys of all items, by where they begin: the upper half of that after the lower. */
static void sort_items(const struct cover *c)
{
    struct sorting *x = c->sorting;
    const uint32_t n = (uint32_t)x->owners.n;
    bool wide = false;
    make_room(x, c->arena, n);
    x->keys.n = n;
    for (uint32_t i = 0; i < n; i++) {
        const u128 lo = range_of(c, i).lo;
        wide = wide || lo > UINT64_MAX;
        x->keys.v[i] = (struct key){(uint64_t)lo, i};
    }
    sort_keys(x);
    for (uint32_t i = 0; i < n && wide; i++)
        x->keys.v[i].what = (uint64_t)(range_of(c, x->keys.v[i].place).lo >> 64);
    if (wide)
        sort_keys(x);
}

/* A child for each set that takers have, and an item for each of its intervals. */
static void divide(const struct cover *c, struct node *n)
{
    struct sorting *x = c->sorting;
    sort_by_set(c, n);
    find_groups(c, n);
    sort_items(c);
    const size_t n_groups = x->groups.n - 1;
    struct node *children = NEW_N(c->arena, struct node, n_groups);
    for (size_t i = 0; i < n_groups; i++) {
        const struct group *g = &x->groups.v[i];
        children[i] = node_of(c, &n->order[g->from], g[1].from - g->from, (uint8_t)(n->level + 1));
    }
    n->n_items = (uint32_t)x->owners.n;
    n->items = NEW_N(c->arena, struct item, n->n_items);
    for (uint32_t i = 0; i < n->n_items; i++) {
        const uint32_t item = x->keys.v[i].place;
        n->items[i] = (struct item){range_of(c, item), 0, &children[x->owners.v[item]]};
    }
}

/* ---- nodes of many takers: in parts, of which most questions come to a few ------------------ */

#define MANY 4096
#define TRIED 64
#define APART 60

/* Of some takers of N most have a set of their own: where sets are few, parts are no less work. */
static bool are_apart(const struct cover *c, const struct node *n)
{
    set_id sets[TRIED];
    size_t apart = 0;
    for (size_t i = 0; i < TRIED; i++) {
        sets[i] = c->takers[n->order[i * n->n / TRIED]].cube->f[n->field];
        size_t k = 0;
        while (sets[k] != sets[i])
            k++;
        apart += k == i;
    }
    return apart >= APART;
}

/* Where the intervals of N begin: the first and the last place. */
static struct ival first_and_last(const struct cover *c, const struct node *n)
{
    struct ival all = {U128_MAX, 0};
    for (uint32_t i = 0; i < n->n; i++) {
        struct ival hull;
        const struct ival *v;
        size_t count = intervals_of(c->sets, c->takers[n->order[i]].cube->f[n->field], &hull, &v);
        for (size_t k = 0; k < count; k++)
            if (begins_in(n, v[k])) {
                all.lo = v[k].lo < all.lo ? v[k].lo : all.lo;
                all.hi = v[k].lo > all.hi ? v[k].lo : all.hi;
            }
    }
    return all;
}

static void add_share(const struct cover *c, uint32_t taker, uint32_t part, struct ival range)
{
    struct part *to = &c->sorting->parts[part];
    if (to->n == 0)
        to->range = range;
    to->range.lo = range.lo < to->range.lo ? range.lo : to->range.lo;
    to->range.hi = range.hi > to->range.hi ? range.hi : to->range.hi;
    if (to->n != 0 && to->last == taker)
        return;
    to->n++;
    to->last = taker;
    *PUSH(c->arena, c->sorting->shares) = (struct share){taker, part};
}

/* The takers of N by the parts in which intervals of theirs begin. */
static void share_out(const struct cover *c, const struct node *n, u128 first, unsigned shift)
{
    struct sorting *x = c->sorting;
    if (x->parts == NULL)
        x->parts = NEW_N(c->arena, struct part, PARTS);
    memset(x->parts, 0, PARTS * sizeof *x->parts);
    x->shares.n = 0;
    for (uint32_t i = 0; i < n->n; i++) {
        struct ival hull;
        const struct ival *v;
        size_t count = intervals_of(c->sets, c->takers[n->order[i]].cube->f[n->field], &hull, &v);
        for (size_t k = 0; k < count; k++)
            if (begins_in(n, v[k]))
                add_share(c, n->order[i], (uint32_t)((v[k].lo - first) >> shift), v[k]);
    }
}

/* The takers of each part together, in the order that they had. */
static uint32_t *order_by_part(const struct cover *c)
{
    struct sorting *x = c->sorting;
    uint32_t *order = NEW_N(c->arena, uint32_t, x->shares.n);
    for (uint32_t i = 0, from = 0; i < PARTS; i++) {
        x->parts[i].from = x->parts[i].end = from;
        from += x->parts[i].n;
    }
    for (size_t i = 0; i < x->shares.n; i++)
        order[x->parts[x->shares.v[i].part].end++] = x->shares.v[i].taker;
    return order;
}

/* Of N, intervals that begin in BEGINS. */
static struct node *new_part(const struct cover *c, const struct node *n, const struct part *p,
                             uint32_t *order, struct ival begins)
{
    struct node *child = NEW(c->arena, struct node);
    struct ival *kept = NEW(c->arena, struct ival);
    *kept = begins;
    *child = node_of(c, &order[p->from], p->n, n->level);
    child->field = n->field;
    child->begins = kept;
    return child;
}

/* False if that is of no use. */
static bool split(const struct cover *c, struct node *n)
{
    if (n->n < MANY || !are_apart(c, n))
        return false;
    const struct ival begins = first_and_last(c, n);
    unsigned shift = 0;
    if (begins.lo == begins.hi)
        return false;
    while ((begins.hi - begins.lo) >> shift >= PARTS)
        shift++;
    share_out(c, n, begins.lo, shift);
    uint32_t *order = order_by_part(c);
    n->items = NEW_N(c->arena, struct item, PARTS);
    for (u128 i = 0; i < PARTS; i++) {
        const struct part *p = &c->sorting->parts[i];
        const u128 first = begins.lo + (i << shift), size = (u128)1 << shift;
        const u128 last = begins.hi - first < size ? begins.hi : first + (size - 1);
        if (p->n != 0)
            n->items[n->n_items++] =
                (struct item){p->range, 0, new_part(c, n, p, order, (struct ival){first, last})};
    }
    return true;
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
    const bool whole = n->begins == NULL;
    n->open = true;
    while (whole && n->n > LEAF_SIZE && n->level < LEVELS && all_any(c, n, c->levels[n->level]))
        n->level++;
    if (whole && (n->n <= LEAF_SIZE || n->level == LEVELS)) {
        make_leaf(c, n);
        return;
    }
    if (whole)
        n->field = c->levels[n->level];
    if (!split(c, n))
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
    sort_by_place(takers, c->sorting, a);
    uint32_t *order = NEW_N(a, uint32_t, takers->n);
    for (uint32_t i = 0; i < takers->n; i++)
        order[i] = i;
    c->root = NEW(a, struct node);
    *c->root = node_of(c, order, (uint32_t)takers->n, 0);
    return c;
}
