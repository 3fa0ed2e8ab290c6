/* The set engine against brute force: regions of a universe of 4 x 4 x 4 packets under two
 * conditions, and sets of values below 64. Each byte is half a box or an operation. */
#include "fuzz.h"

#define SIDE 4 /* values of each field */
#define WORLDS 4
#define POINTS (SIDE * SIDE * SIDE * WORLDS)

static const enum field sides[] = {FIELD_SRC, FIELD_DPORT, FIELD_STATE};

struct point {
    u128 f[3];
    bool holds[2];
};

static struct point point_at(unsigned i)
{
    return (struct point){
        {i % SIDE, i / SIDE % SIDE, i / SIDE / SIDE % SIDE},
        {(i / (SIDE * SIDE * SIDE) & 1) != 0, (i / (SIDE * SIDE * SIDE) & 2) != 0}};
}

struct truth {
    bool in[POINTS];
};

/* The bytes, one after the other; zeros behind their end. */
struct tape {
    struct str rest;
};

static unsigned byte(struct tape *t)
{
    if (t->rest.n == 0)
        return 0;
    unsigned c = (unsigned char)t->rest.p[0];
    t->rest = str_from(t->rest, 1);
    return c;
}

static set_id some_set(struct fuzz *f, unsigned bits)
{
    struct ival v[SIDE];
    size_t n = 0;
    for (unsigned i = 0; i < SIDE; i++)
        if ((bits >> i & 1) != 0)
            v[n++] = (struct ival){i, i};
    return set_of(f->sets, v, n);
}

/* All TCP over IPv4: inside region_universe(). */
static struct cube tcp_over_ipv4(struct fuzz *f)
{
    struct cube c = cube_any(f->sets);
    c.f[FIELD_FAMILY] = set_one(f->sets, FAMILY_V4);
    c.f[FIELD_PROTO] = set_one(f->sets, PROTO_TCP);
    c.f[FIELD_SRC] = c.f[FIELD_DST] = set_range(f->sets, 0, UINT32_MAX);
    return c;
}

static struct cube some_cube(struct fuzz *f, struct tape *t)
{
    struct cube c = tcp_over_ipv4(f);
    unsigned one = byte(t), two = byte(t);
    c.f[FIELD_SRC] = some_set(f, one & 15);
    c.f[FIELD_DPORT] = some_set(f, one >> 4);
    c.f[FIELD_STATE] = some_set(f, two & 15);
    struct literal v[2];
    size_t n = 0;
    for (unsigned i = 0; i < 2; i++)
        if ((two >> (4 + 2 * i) & 1) != 0)
            v[n++] = (struct literal){i, (two >> (5 + 2 * i) & 1) != 0};
    c.when = lits_of(f->sets, v, n);
    return c;
}

static bool holds(struct fuzz *f, const struct cube *c, const struct point *p)
{
    for (size_t i = 0; i < 3; i++)
        if (!set_has(f->sets, c->f[sides[i]], p->f[i]))
            return false;
    for (size_t i = 0; i < lits_count(f->sets, c->when); i++) {
        struct literal l = lits_at(f->sets, c->when, i);
        if (p->holds[l.cond] != l.holds)
            return false;
    }
    return true;
}

static struct truth truth_of(struct fuzz *f, const struct region *r, bool disjoint)
{
    struct truth t = {0};
    for (unsigned i = 0; i < POINTS; i++) {
        struct point p = point_at(i);
        size_t n = 0;
        for (size_t k = 0; k < r->n; k++)
            n += holds(f, &r->v[k], &p);
        t.in[i] = n != 0;
        MUST(n < 2 || !disjoint, "point %u is in %zu cubes", i, n);
    }
    for (size_t k = 0; k < r->n; k++)
        MUST(!cube_is_empty(&r->v[k]), "an empty cube");
    return t;
}

static void must_be(const char *what, struct truth got, struct truth want)
{
    for (unsigned i = 0; i < POINTS; i++)
        MUST(got.in[i] == want.in[i], "%s: point %u is %s", what, i, got.in[i] ? "in" : "not in");
}

static struct truth either(struct truth a, struct truth b)
{
    for (unsigned i = 0; i < POINTS; i++)
        a.in[i] = a.in[i] || b.in[i];
    return a;
}

static struct truth both(struct truth a, struct truth b, bool in_b)
{
    for (unsigned i = 0; i < POINTS; i++)
        a.in[i] = a.in[i] && b.in[i] == in_b;
    return a;
}

/* A packet is in if it is in under some condition. */
static struct truth projected(struct truth t)
{
    for (unsigned i = 0; i < POINTS / WORLDS; i++)
        for (unsigned w = 1; w < WORLDS; w++)
            t.in[i] = t.in[i] || t.in[i + w * (POINTS / WORLDS)];
    for (unsigned i = POINTS / WORLDS; i < POINTS; i++)
        t.in[i] = t.in[i % (POINTS / WORLDS)];
    return t;
}

static struct region some_region(struct fuzz *f, struct tape *t)
{
    struct region r = {0};
    struct truth want = {0};
    for (unsigned n = byte(t) % 6; n != 0; n--) {
        struct cube c = some_cube(f, t);
        struct region one = {&c, 1, 1};
        if (cube_is_empty(&c))
            continue; /* regions hold no empty cubes */
        want = either(want, truth_of(f, &one, true));
        region_add(f->sets, f->arena, &r, &c, NULL);
        must_be("add", truth_of(f, &r, true), want);
    }
    return r;
}

/* The same packets, one cube each, last first. */
static struct region crumbs(struct fuzz *f, struct truth t)
{
    struct region r = {0};
    for (unsigned i = POINTS / WORLDS; i-- > 0;)
        if (t.in[i]) {
            struct point p = point_at(i);
            struct cube c = tcp_over_ipv4(f);
            for (size_t k = 0; k < 3; k++)
                c.f[sides[k]] = set_one(f->sets, p.f[k]);
            *PUSH(f->arena, r) = c;
        }
    return r;
}

static void try_canonical(struct fuzz *f, const struct region *x, struct truth in_x)
{
    struct truth want = projected(in_x);
    struct region c = region_canonical(f->sets, f->arena, x, NULL);
    must_be("canonical", truth_of(f, &c, true), want);
    struct region pieces = crumbs(f, want);
    struct region same = region_canonical(f->sets, f->arena, &pieces, NULL);
    MUST(c.n == same.n, "canonical: %zu cubes, and %zu of the same packets", c.n, same.n);
    for (size_t i = 0; i < c.n; i++)
        MUST(cube_eq(&c.v[i], &same.v[i]), "canonical: cube %zu differs", i);
}

/* Source and port count; 2^32 destinations and 2^16 source ports are with each. */
static void try_count(struct fuzz *f, const struct region *x, struct truth in_x)
{
    struct region c = region_canonical(f->sets, f->arena, x, NULL);
    struct truth t = projected(in_x);
    uint64_t n = 0;
    for (unsigned i = 0; i < SIDE * SIDE; i++) {
        bool in = false;
        for (unsigned k = 0; k < SIDE; k++)
            in = in || t.in[i + k * SIDE * SIDE];
        n += in;
    }
    struct str want = arena_strf(f->arena, "%llu", (unsigned long long)(n << 48));
    struct str got = region_count(f->sets, f->arena, &c);
    MUST(str_eq(got, want), "count: %.*s, should be %.*s", STR_ARG(got), STR_ARG(want));
}

static void try_cubes(struct fuzz *f, struct tape *t)
{
    struct cube x = some_cube(f, t), y = some_cube(f, t), z;
    struct region rx = {&x, !cube_is_empty(&x), 1}, ry = {&y, !cube_is_empty(&y), 1};
    struct truth in_x = truth_of(f, &rx, true), in_y = truth_of(f, &ry, true);
    struct truth meet = both(in_x, in_y, true), rest = both(in_x, in_y, false);
    bool overlaps = false, within = true;
    for (unsigned i = 0; i < POINTS; i++) {
        overlaps = overlaps || meet.in[i];
        within = within && !rest.in[i];
    }
    MUST(cube_and(f->sets, &z, &x, &y) == overlaps, "cube_and");
    MUST(cube_overlaps(f->sets, &x, &y) == overlaps, "cube_overlaps");
    if (rx.n != 0 && ry.n != 0)
        MUST(cube_within(f->sets, &x, &y) == within, "cube_within");
    if (rx.n == 0)
        return;
    struct region left = {0};
    cube_minus(f->sets, f->arena, &left, &x, &y);
    must_be("cube_minus", truth_of(f, &left, true), rest);
    struct packet p = cube_pick(f->sets, &x);
    p.when = x.when;
    MUST(cube_has(f->sets, &x, &p), "cube_pick");
}

static void try_regions(struct fuzz *f, struct tape *t)
{
    struct region x = some_region(f, t), y = some_region(f, t);
    struct truth in_x = truth_of(f, &x, true), in_y = truth_of(f, &y, true);
    struct region r = region_and(f->sets, f->arena, &x, &y, NULL);
    must_be("and", truth_of(f, &r, true), both(in_x, in_y, true));
    r = region_minus(f->sets, f->arena, &x, &y, NULL);
    must_be("minus", truth_of(f, &r, true), both(in_x, in_y, false));
    r = region_join(f->sets, f->arena, &x);
    must_be("join", truth_of(f, &r, true), in_x);
    struct cube c = some_cube(f, t);
    struct region one = {&c, !cube_is_empty(&c), 1};
    r = region_and_cube(f->sets, f->arena, &x, &c);
    must_be("and_cube", truth_of(f, &r, true), both(in_x, truth_of(f, &one, true), true));
    try_canonical(f, &x, in_x);
    try_count(f, &x, in_x);
}

/* ---- sets of values -----------------------------------------------------------------------------
 */

static set_id some_values(struct fuzz *f, struct tape *t, uint64_t *bits)
{
    struct ival v[5];
    size_t n = 0;
    *bits = 0;
    for (unsigned left = byte(t) % 6; left != 0; left--) {
        unsigned lo = byte(t) % 64, hi = byte(t) % 64;
        if (lo > hi)
            continue;
        v[n++] = (struct ival){lo, hi};
        for (unsigned i = lo; i <= hi; i++)
            *bits |= (uint64_t)1 << i;
    }
    return set_of(f->sets, v, n);
}

static uint64_t bits_of(struct fuzz *f, set_id s)
{
    uint64_t bits = 0;
    u128 size = 0;
    for (unsigned i = 0; i < 64; i++)
        if (set_has(f->sets, s, i)) {
            bits |= (uint64_t)1 << i;
            size++;
        }
    MUST(set_size(f->sets, s) == size, "set_size");
    return bits;
}

/* Words for a set, and the set of these words. */
static void try_words(struct fuzz *f, set_id s, enum field field, enum family family)
{
    s = set_and(f->sets, s, set_full(f->sets, field));
    if (s == SET_EMPTY)
        return;
    struct strs words = set_format(f->sets, f->arena, field, s, family, NULL);
    int read = field == FIELD_SRC || field == FIELD_DST ? -1 : (int)family;
    set_id back = SET_EMPTY;
    MUST(set_parse(f->sets, &back, field, &words, &read, NULL), "%s: \"%.*s\" is not read back",
         field_keys[field], STR_ARG(words.v[0]));
    MUST(back == s, "%s: \"%.*s\" is another set", field_keys[field], STR_ARG(words.v[0]));
}

static void try_values(struct fuzz *f, struct tape *t)
{
    uint64_t x, y;
    set_id a = some_values(f, t, &x), b = some_values(f, t, &y);
    MUST(bits_of(f, a) == x && bits_of(f, b) == y, "set_of");
    MUST(bits_of(f, set_and(f->sets, a, b)) == (x & y), "set_and");
    MUST(bits_of(f, set_or(f->sets, a, b)) == (x | y), "set_or");
    MUST(bits_of(f, set_minus(f->sets, a, b)) == (x & ~y), "set_minus");
    MUST(set_overlaps(f->sets, a, b) == ((x & y) != 0), "set_overlaps");
    MUST(set_within(f->sets, a, b) == ((x & ~y) == 0), "set_within");
    MUST((a == b) == (x == y), "equal sets have equal ids");
    for (unsigned i = 0; i < FIELD_COUNT; i++)
        if (i != FIELD_IN && i != FIELD_OUT && i != FIELD_PHYSIN && i != FIELD_PHYSOUT)
            try_words(f, a, (enum field)i, byte(t) & 1 ? FAMILY_V6 : FAMILY_V4);
    uint64_t state = x;
    for (unsigned i = 0; i < 4 && a != SET_EMPTY; i++)
        MUST(set_has(f->sets, a, set_random(f->sets, a, &state)), "set_random");
}

static void try_mask(struct fuzz *f, struct tape *t)
{
    unsigned addr = byte(t) % 64, mask = byte(t) % 64;
    set_id s;
    MUST(set_of_mask(f->sets, &s, FAMILY_V4, addr, UINT32_MAX - 63 + mask), "set_of_mask");
    for (unsigned i = 0; i < 128; i++)
        MUST(set_has(f->sets, s, i) == (i < 64 && (i & mask) == (addr & mask)), "mask %u at %u",
             mask, i);
}

void fuzz_one(struct fuzz *f, struct str input)
{
    static void (*const tries[])(struct fuzz *, struct tape *) = {try_cubes, try_regions,
                                                                  try_values, try_mask};
    struct tape t = {input};
    for (unsigned n = 0; n < 64 && t.rest.n != 0; n++)
        tries[byte(&t) % 4](f, &t);
}
