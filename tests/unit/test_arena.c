/* Arrays of an arena, whatever they were made with: they grow, keep what they have, and what is new
 * of them is zero. */
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct numbers {
    uint64_t *v;
    size_t n, cap;
};

static void push(struct arena *a, struct numbers *x, size_t n)
{
    while (x->n < n) {
        uint64_t next = x->n + 1;
        *PUSH(a, *x) = next;
    }
}

static void must_count(const struct numbers *x)
{
    for (size_t i = 0; i < x->n; i++)
        if (x->v[i] != i + 1)
            fail_msg("element %zu of %zu is %llu", i, x->n, (unsigned long long)x->v[i]);
    for (size_t i = x->n; i < x->cap; i++)
        if (x->v[i] != 0)
            fail_msg("room %zu behind %zu elements is not zero", i, x->n);
}

static const size_t sizes[] = {0, 1, 15, 16, 1000, 32767, 32768, 40000, 524287, 524288, 600000};
#define SIZES (sizeof sizes / sizeof *sizes)

/* Made empty, or with room, which is then too little. */
static void test_growth(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIZES; i++)
        for (int with_room = 0; with_room < 2; with_room++) {
            struct arena *a = arena_new(0);
            struct numbers x = {0};
            if (with_room)
                x = (struct numbers){NEW_N(a, uint64_t, sizes[i]), 0, sizes[i]};
            push(a, &x, sizes[i]);
            must_count(&x);
            push(a, &x, 3 * sizes[i] + 1);
            must_count(&x);
            arena_free(a);
        }
}

/* Two that grow in turns, in an arena and in a child of it. */
static void test_turns(void **state)
{
    (void)state;
    struct arena *a = arena_new(0), *child = arena_child(a);
    struct numbers x = {0}, y = {NEW_N(child, uint64_t, 50000), 0, 50000};
    for (size_t n = 1; n < 700000; n = n * 3 / 2 + 1) {
        push(a, &x, n);
        push(child, &y, 2 * n);
    }
    must_count(&x);
    must_count(&y);
    size_t with = arena_used(a);
    arena_free(child);
    must_count(&x);
    assert_true(arena_used(a) < with);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_growth),
        cmocka_unit_test(test_turns),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
