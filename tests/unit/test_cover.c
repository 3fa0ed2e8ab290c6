/* The index of cubes against a search through all of them: where it is made in parts, too. */
#include "analyze/cover.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define CUBES 8000
#define PACKETS 600

struct lab {
    struct arena *arena;
    struct sets *sets;
    struct takers takers;
    struct cube cubes[CUBES];
    struct rule rule; /* of all of them */
    uint64_t state;
};

static uint64_t chance(struct lab *l, uint64_t n)
{
    l->state = l->state * 6364136223846793005u + 1442695040888963407u;
    return (l->state >> 20) % n;
}

/* How the sources of a lab lie: most of them apart, in one corner of a large space, or all from the
 * same place on. */
enum lying { APART, IN_A_CORNER, FROM_ONE_PLACE, LYINGS };

static u128 address(struct lab *l, enum lying lying)
{
    const u128 four = (u128)chance(l, (uint64_t)1 << 32);
    return lying == IN_A_CORNER && chance(l, 50) == 0 ? four << 90 : four;
}

/* Mostly one interval; now and then several, or more than the index tells apart. */
static set_id addresses(struct lab *l, enum lying lying)
{
    struct ival v[40];
    size_t n = chance(l, 10) != 0 ? 1 : 1 + chance(l, 40);
    for (size_t i = 0; i < n; i++) {
        v[i].lo = lying == FROM_ONE_PLACE ? 7 : address(l, lying);
        v[i].hi =
            v[i].lo + chance(l, (uint64_t)1 << (lying == FROM_ONE_PLACE ? 31 : chance(l, 31)));
    }
    return set_of(l->sets, v, n);
}

static void fill(struct lab *l, enum lying lying)
{
    for (uint32_t i = 0; i < CUBES; i++) {
        l->cubes[i] = cube_any(l->sets);
        if (chance(l, 100) != 0)
            l->cubes[i].f[FIELD_SRC] = addresses(l, lying);
        if (chance(l, 3) == 0)
            l->cubes[i].f[FIELD_PROTO] = set_one(l->sets, chance(l, 3));
        *PUSH(l->arena, l->takers) =
            (struct taker){.cube = &l->cubes[i], .rule = &l->rule, .pos = i};
    }
}

/* In one of the cubes as to the source, more often than not. */
static struct packet packet_near(struct lab *l, enum lying lying)
{
    struct packet p = {.when = LITS_NONE};
    set_id near = l->cubes[chance(l, CUBES)].f[FIELD_SRC];
    p.f[FIELD_SRC] = chance(l, 3) == 0 ? address(l, lying) : set_random(l->sets, near, &l->state);
    p.f[FIELD_PROTO] = chance(l, 4);
    return p;
}

static uint32_t first_of_all(struct lab *l, const struct packet *p, uint32_t from)
{
    while (from < CUBES && !cube_has(l->sets, &l->cubes[from], p))
        from++;
    return from;
}

static void hold_packet(struct lab *l, const struct cover *c, const struct packet *p)
{
    const uint32_t from = (uint32_t)chance(l, CUBES), first = first_of_all(l, p, from);
    const struct taker *found = cover_first(c, p->f, from, CUBES);
    assert_int_equal(found == NULL ? CUBES : found->pos, first);
    struct cube box = cube_of_packet(l->sets, p);
    struct cover_query q = {.box = &box, .before = from, .scratch = l->arena};
    const bool taken = first_of_all(l, p, 0) < from;
    assert_int_equal(cover_ask(c, &q), taken ? COVERED : COVERED_NOT);
    assert_true(!taken || cube_has(l->sets, q.used[0]->cube, p));
}

static bool mark(void *ctx, const struct taker *t)
{
    ((bool *)ctx)[t->pos] = true;
    return true;
}

static void hold_box(struct lab *l, const struct cover *c, enum lying lying)
{
    bool *met = NEW_N(l->arena, bool, CUBES);
    struct cube box = cube_any(l->sets);
    box.f[FIELD_SRC] = addresses(l, lying);
    cover_meet(c, &box, 0, mark, met);
    for (uint32_t i = 0; i < CUBES; i++)
        assert_int_equal(met[i], cube_overlaps(l->sets, &box, &l->cubes[i]));
}

static void random_cubes(void **state)
{
    (void)state;
    for (enum lying lying = APART; lying < LYINGS; lying++) {
        struct lab *l = calloc(1, sizeof *l);
        l->arena = arena_new(0);
        l->sets = sets_new(l->arena);
        l->state = (uint64_t)lying + 1;
        fill(l, lying);
        struct cover *c = cover_new(l->arena, l->sets, &l->takers);
        for (int i = 0; i < PACKETS; i++) {
            struct packet p = packet_near(l, lying);
            hold_packet(l, c, &p);
        }
        for (int i = 0; i < PACKETS / 20; i++)
            hold_box(l, c, lying);
        arena_free(l->arena);
        free(l);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_cubes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
