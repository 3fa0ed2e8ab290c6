/* Interned sets of values and conjunctions of literals, and operations on them. */
#include "net/intern.h"
#include "net/net_int.h"

#include <string.h>

/* ---- what is remembered of operations ------------------------------------------------------- */

enum op { OP_AND, OP_OR, OP_MINUS, OP_OVERLAPS, OP_WITHIN };

struct memo_entry {
    uint64_t pair;
    uint32_t op, result; /* op + 1; 0 is an empty entry */
};

/* A cache: a new entry takes the place of an old one with the same hash. It grows with its use, and
 * forgets then, since many policies are small. */
#define MEMO_SLOTS_MIN ((size_t)1 << 10)
#define MEMO_SLOTS_MAX ((size_t)1 << 16)

struct sets {
    struct arena *arena;
    struct interner values, lits;
    struct memo_entry *memo;
    size_t memo_slots; /* a power of two */
    size_t memo_puts;  /* since it grew */
    set_id full[FIELD_COUNT];
    /* Of one value each, up to UINT16_MAX; 0: not asked for; NULL while sets are few. */
    set_id *ones;
    struct {
        struct ival *v;
        size_t n, cap;
    } scratch;
    struct {
        uint32_t *v;
        size_t n, cap;
    } words; /* scratch, too */
};

static struct memo_entry *memo_slot(struct sets *s, enum op op, set_id a, set_id b)
{
    uint64_t h = ((uint64_t)a << 32 | b) * 0x9e3779b97f4a7c15u + (uint64_t)op * 0xff51afd7ed558ccdu;
    return &s->memo[(h >> 40) & (s->memo_slots - 1)];
}

static bool memo_get(struct sets *s, enum op op, set_id a, set_id b, uint32_t *result)
{
    const struct memo_entry *e = memo_slot(s, op, a, b);
    if (e->op != (uint32_t)op + 1 || e->pair != ((uint64_t)a << 32 | b))
        return false;
    *result = e->result;
    return true;
}

static void memo_grow(struct sets *s)
{
    s->memo_slots = s->memo_slots == 0 ? MEMO_SLOTS_MIN : s->memo_slots * 4;
    s->memo = NEW_N(s->arena, struct memo_entry, s->memo_slots);
    s->memo_puts = 0;
}

static uint32_t memo_put(struct sets *s, enum op op, set_id a, set_id b, uint32_t result)
{
    if (++s->memo_puts > s->memo_slots && s->memo_slots < MEMO_SLOTS_MAX)
        memo_grow(s);
    *memo_slot(s, op, a, b) = (struct memo_entry){(uint64_t)a << 32 | b, (uint32_t)op + 1, result};
    return result;
}

/* ---- making sets ---------------------------------------------------------------------------- */

struct sets *sets_new(struct arena *a)
{
    struct sets *s = NEW(a, struct sets);
    s->arena = a;
    memo_grow(s);
    intern(a, &s->values, "", 0); /* SET_EMPTY */
    intern(a, &s->lits, "", 0);   /* LITS_NONE */
    for (int f = 0; f < FIELD_COUNT; f++)
        s->full[f] = set_range(s, 0, field_max[f]);
    return s;
}

struct arena *sets_arena(const struct sets *s)
{
    return s->arena;
}

static set_id intern_ivals(struct sets *s, const struct ival *v, size_t n)
{
    return intern(s->arena, &s->values, v, n * sizeof *v);
}

/* Ports come again and again, all over the interned sets: where each is known by its number,
 * neither its slot nor its blob is looked at. */
#define ONES ((size_t)UINT16_MAX + 1)
#define ONES_FROM 1000 /* sets */

static set_id one_of(struct sets *s, uint16_t value)
{
    const struct ival one = {value, value};
    if (s->ones == NULL && s->values.n < ONES_FROM)
        return intern_ivals(s, &one, 1);
    if (s->ones == NULL)
        s->ones = NEW_N(s->arena, set_id, ONES);
    if (s->ones[value] == 0)
        s->ones[value] = intern_ivals(s, &one, 1);
    return s->ones[value];
}

set_id set_range(struct sets *s, u128 lo, u128 hi)
{
    const struct ival range = {lo, hi};
    if (lo == hi && lo < ONES)
        return one_of(s, (uint16_t)lo);
    return lo > hi ? SET_EMPTY : intern_ivals(s, &range, 1);
}

void set_expect(const struct sets *s, u128 lo, u128 hi)
{
    const struct ival one = {lo, hi};
    intern_expect(&s->values, &one, sizeof one);
}

set_id set_one(struct sets *s, u128 value)
{
    return set_range(s, value, value);
}

static void scratch_add(struct sets *s, u128 lo, u128 hi)
{
    if (s->scratch.n != 0) {
        struct ival *last = &s->scratch.v[s->scratch.n - 1];
        if (lo <= last->hi || lo - last->hi == 1) { /* in order of lo: they touch */
            if (hi > last->hi)
                last->hi = hi;
            return;
        }
    }
    *PUSH(s->arena, s->scratch) = (struct ival){lo, hi};
}

static set_id scratch_done(struct sets *s)
{
    return intern_ivals(s, s->scratch.v, s->scratch.n);
}

static void sift(struct ival *v, size_t root, size_t n)
{
    for (size_t child; (child = 2 * root + 1) < n; root = child) {
        if (child + 1 < n && v[child + 1].lo > v[child].lo)
            child++;
        if (v[root].lo >= v[child].lo)
            return;
        struct ival t = v[root];
        v[root] = v[child];
        v[child] = t;
    }
}

/* Heapsort: in place, no recursion, n log n whatever the input; most inputs are sorted already. */
static void sort_ivals(struct ival *v, size_t n)
{
    bool sorted = true;
    for (size_t i = 1; i < n && sorted; i++)
        sorted = v[i - 1].lo <= v[i].lo;
    if (sorted)
        return;
    for (size_t i = n / 2; i-- > 0;)
        sift(v, i, n);
    for (size_t end = n - 1; end > 0; end--) {
        struct ival t = v[0];
        v[0] = v[end];
        v[end] = t;
        sift(v, 0, end);
    }
}

set_id set_of(struct sets *s, struct ival *v, size_t n)
{
    sort_ivals(v, n);
    s->scratch.n = 0;
    for (size_t i = 0; i < n; i++)
        if (v[i].lo <= v[i].hi)
            scratch_add(s, v[i].lo, v[i].hi);
    return scratch_done(s);
}

set_id set_full(struct sets *s, enum field f)
{
    return s->full[f];
}

const struct ival *set_ivals(const struct sets *s, set_id id, size_t *n)
{
    const struct blob *b = blob_at(&s->values, id);
    *n = b->bytes / sizeof(struct ival);
    return b->p;
}

/* ---- operations ----------------------------------------------------------------------------- */

struct slice {
    const struct ival *v;
    size_t n;
};

static struct slice slice_of(const struct sets *s, set_id id)
{
    struct slice x;
    x.v = set_ivals(s, id, &x.n);
    return x;
}

/* The first interval of X at FROM or later that ends at or above VALUE: a galloping search, so
 * that a small set against a big one costs the small one. */
static size_t seek(struct slice x, size_t from, u128 value)
{
    size_t step = 1, lo = from;
    while (lo + step < x.n && x.v[lo + step - 1].hi < value) {
        lo += step;
        step *= 2;
    }
    size_t hi = lo + step < x.n ? lo + step : x.n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (x.v[mid].hi < value)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

set_id set_and(struct sets *s, set_id a, set_id b)
{
    if (a == b || a == SET_EMPTY || b == SET_EMPTY)
        return a == b ? a : SET_EMPTY;
    struct slice x = slice_of(s, a), y = slice_of(s, b);
    if (y.n == 1 && y.v[0].lo <= x.v[0].lo && y.v[0].hi >= x.v[x.n - 1].hi)
        return a;
    if (x.n == 1 && x.v[0].lo <= y.v[0].lo && x.v[0].hi >= y.v[y.n - 1].hi)
        return b;
    uint32_t known;
    if (memo_get(s, OP_AND, a, b, &known))
        return known;
    s->scratch.n = 0;
    for (size_t i = 0, j = 0; i < x.n && j < y.n;) {
        u128 lo = x.v[i].lo > y.v[j].lo ? x.v[i].lo : y.v[j].lo;
        u128 hi = x.v[i].hi < y.v[j].hi ? x.v[i].hi : y.v[j].hi;
        if (lo <= hi)
            scratch_add(s, lo, hi);
        if (x.v[i].hi < y.v[j].hi)
            i = seek(x, i + 1, y.v[j].lo);
        else
            j = seek(y, j + 1, x.v[i].lo);
    }
    return memo_put(s, OP_AND, a, b, scratch_done(s));
}

set_id set_or(struct sets *s, set_id a, set_id b)
{
    if (a == b || b == SET_EMPTY)
        return a;
    if (a == SET_EMPTY)
        return b;
    uint32_t known;
    if (memo_get(s, OP_OR, a, b, &known))
        return known;
    struct slice x = slice_of(s, a), y = slice_of(s, b);
    s->scratch.n = 0;
    for (size_t i = 0, j = 0; i < x.n || j < y.n;) {
        const struct ival *next =
            j == y.n || (i < x.n && x.v[i].lo <= y.v[j].lo) ? &x.v[i++] : &y.v[j++];
        scratch_add(s, next->lo, next->hi);
    }
    return memo_put(s, OP_OR, a, b, scratch_done(s));
}

set_id set_minus(struct sets *s, set_id a, set_id b)
{
    if (a == b || a == SET_EMPTY)
        return SET_EMPTY;
    if (b == SET_EMPTY)
        return a;
    uint32_t known;
    if (memo_get(s, OP_MINUS, a, b, &known))
        return known;
    struct slice x = slice_of(s, a), y = slice_of(s, b);
    s->scratch.n = 0;
    for (size_t i = 0, j = 0; i < x.n; i++) {
        u128 lo = x.v[i].lo, hi = x.v[i].hi;
        j = seek(y, j, lo);
        size_t k = j;
        bool left = true;
        for (; k < y.n && y.v[k].lo <= hi && left; k++) {
            if (y.v[k].lo > lo)
                scratch_add(s, lo, y.v[k].lo - 1);
            if (y.v[k].hi >= hi)
                left = false;
            else
                lo = y.v[k].hi + 1;
        }
        if (left)
            scratch_add(s, lo, hi);
    }
    return memo_put(s, OP_MINUS, a, b, scratch_done(s));
}

/* Some interval of X shares values with RANGE. */
static bool meets(struct slice x, struct ival range)
{
    size_t first = 0, end = x.n;
    while (first < end) {
        size_t mid = first + (end - first) / 2;
        if (x.v[mid].hi < range.lo)
            first = mid + 1;
        else
            end = mid;
    }
    return first < x.n && x.v[first].lo <= range.hi;
}

bool set_overlaps(struct sets *s, set_id a, set_id b)
{
    if (a == SET_EMPTY || b == SET_EMPTY)
        return false;
    if (a == b)
        return true;
    struct slice x = slice_of(s, a), y = slice_of(s, b);
    if (x.v[x.n - 1].hi < y.v[0].lo || y.v[y.n - 1].hi < x.v[0].lo)
        return false;
    if (x.n == 1)
        return meets(y, x.v[0]);
    if (y.n == 1)
        return meets(x, y.v[0]);
    uint32_t known;
    if (memo_get(s, OP_OVERLAPS, a, b, &known))
        return known != 0;
    bool found = false;
    for (size_t i = 0, j = 0; i < x.n && j < y.n && !found;) {
        found = x.v[i].lo <= y.v[j].hi && y.v[j].lo <= x.v[i].hi;
        if (x.v[i].hi < y.v[j].hi)
            i = seek(x, i + 1, y.v[j].lo);
        else
            j = seek(y, j + 1, x.v[i].lo);
    }
    return memo_put(s, OP_OVERLAPS, a, b, found) != 0;
}

bool set_within(struct sets *s, set_id a, set_id b)
{
    if (a == b || a == SET_EMPTY)
        return true;
    if (b == SET_EMPTY)
        return false;
    struct slice x = slice_of(s, a), y = slice_of(s, b);
    if (x.v[0].lo < y.v[0].lo || x.v[x.n - 1].hi > y.v[y.n - 1].hi)
        return false;
    if (y.n == 1)
        return true;
    uint32_t known;
    if (memo_get(s, OP_WITHIN, a, b, &known))
        return known != 0;
    bool inside = true;
    for (size_t i = 0, j = 0; i < x.n && inside; i++) {
        j = seek(y, j, x.v[i].lo);
        inside = j < y.n && y.v[j].lo <= x.v[i].lo && y.v[j].hi >= x.v[i].hi;
    }
    return memo_put(s, OP_WITHIN, a, b, inside) != 0;
}

bool set_has(const struct sets *s, set_id id, u128 value)
{
    struct slice x = slice_of(s, id);
    size_t i = x.n == 0 ? 0 : seek(x, 0, value);
    return i < x.n && x.v[i].lo <= value;
}

u128 set_min(const struct sets *s, set_id id)
{
    return slice_of(s, id).v[0].lo;
}

u128 set_max(const struct sets *s, set_id id)
{
    struct slice x = slice_of(s, id);
    return x.v[x.n - 1].hi;
}

struct ival set_hull(const struct sets *s, set_id id)
{
    struct slice x = slice_of(s, id);
    return (struct ival){x.v[0].lo, x.v[x.n - 1].hi};
}

bool set_is_one(const struct sets *s, set_id id, u128 *value)
{
    struct slice x = slice_of(s, id);
    if (x.n != 1 || x.v[0].lo != x.v[0].hi)
        return false;
    *value = x.v[0].lo;
    return true;
}

u128 set_size(const struct sets *s, set_id id)
{
    struct slice x = slice_of(s, id);
    u128 sum = 0;
    for (size_t i = 0; i < x.n; i++) {
        u128 size = x.v[i].hi - x.v[i].lo;
        if (size == U128_MAX)
            return U128_MAX;
        sum += size + 1;
    }
    return sum;
}

/* ---- conjunctions of literals --------------------------------------------------------------- */

/* Kept as sorted words of cond * 2 + holds. */
static lits_id intern_words(struct sets *s, const uint32_t *v, size_t n)
{
    return intern(s->arena, &s->lits, v, n * sizeof *v);
}

lits_id lits_of(struct sets *s, const struct literal *v, size_t n)
{
    lits_id all = LITS_NONE;
    for (size_t i = 0; i < n; i++) {
        uint32_t word = v[i].cond << 1 | (v[i].holds ? 1u : 0u);
        lits_id one = intern_words(s, &word, 1);
        if (!lits_and(s, &all, all, one))
            break; /* contradictory from the start: the importer's rule never matches */
    }
    return all;
}

const uint32_t *lits_words(const struct sets *s, lits_id id, size_t *n)
{
    const struct blob *b = blob_at(&s->lits, id);
    *n = b->bytes / sizeof(uint32_t);
    return b->p;
}

lits_id lits_with(struct sets *s, lits_id id, uint32_t word)
{
    lits_id both = id;
    lits_and(s, &both, id, intern_words(s, &word, 1));
    return both;
}

struct literal lits_at(const struct sets *s, lits_id id, size_t i)
{
    size_t n;
    uint32_t word = lits_words(s, id, &n)[i];
    return (struct literal){word >> 1, (word & 1) != 0};
}

size_t lits_count(const struct sets *s, lits_id id)
{
    return blob_at(&s->lits, id)->bytes / sizeof(uint32_t);
}

bool lits_and(struct sets *s, lits_id *out, lits_id a, lits_id b)
{
    if (a == b || b == LITS_NONE) {
        *out = a;
        return true;
    }
    if (a == LITS_NONE) {
        *out = b;
        return true;
    }
    size_t na, nb;
    const uint32_t *x = lits_words(s, a, &na), *y = lits_words(s, b, &nb);
    s->words.n = 0;
    for (size_t i = 0, j = 0; i < na || j < nb;) {
        uint32_t next = j == nb || (i < na && x[i] <= y[j]) ? x[i++] : y[j++];
        const uint32_t *last = s->words.n == 0 ? NULL : &s->words.v[s->words.n - 1];
        if (last != NULL && *last == next)
            continue;
        if (last != NULL && *last >> 1 == next >> 1)
            return false;
        *PUSH(s->arena, s->words) = next;
    }
    *out = intern_words(s, s->words.v, s->words.n);
    return true;
}

/* ---- values by chance -------------------------------------------------------------------------
 */

/* splitmix64 (S. Vigna, public domain): the same packets each time. */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

void set_random_skip(uint64_t *state)
{
    next_random(state);
    next_random(state);
}

u128 set_random(const struct sets *s, set_id set, uint64_t *state)
{
    u128 value;
    if (set_is_one(s, set, &value))
        return value;
    u128 size = set_size(s, set), at = (u128)next_random(state) << 64 | next_random(state);
    size_t n;
    const struct ival *v = set_ivals(s, set, &n);
    if (size == U128_MAX || size == 0)
        return at;
    at %= size;
    for (size_t i = 0; i < n; i++) {
        u128 here = v[i].hi - v[i].lo;
        if (at <= here)
            return v[i].lo + at;
        at -= here + 1;
    }
    return v[0].lo;
}
