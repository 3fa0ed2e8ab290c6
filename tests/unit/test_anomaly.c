/* Dead rules: who shadows whom in small lists, and their number in rule sets of the
 * packet-classification field's generator (ClassBench), where they are at hand. */
#include "analyze/anomaly.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

/* ---- rules as lines of numbers ------------------------------------------------------------------
 */

struct line {
    unsigned src[2], dst[2], sport[2], dport[2], proto[2];
};

static const struct field_of {
    enum field field;
    size_t offset;
} fields[] = {
    {FIELD_SRC, offsetof(struct line, src)},     {FIELD_DST, offsetof(struct line, dst)},
    {FIELD_SPORT, offsetof(struct line, sport)}, {FIELD_DPORT, offsetof(struct line, dport)},
    {FIELD_PROTO, offsetof(struct line, proto)},
};

static struct policy *new_policy(struct arena *a)
{
    struct sets *s = sets_new(a);
    struct policy *p = policy_new(a, s, STR("test"));
    struct cube any = cube_any(s);
    any.f[FIELD_FAMILY] = set_one(s, FAMILY_V4);
    any.f[FIELD_SRC] = any.f[FIELD_DST] = set_range(s, 0, UINT32_MAX);
    p->universe = (struct region){0};
    *PUSH(a, p->universe) = any;
    return p;
}

static struct chain *first_chain(struct policy *p)
{
    struct chain *c = policy_chain(p, STR("filter"), STR("FORWARD"), SPAN_NONE);
    path_stage(p, PATH_THROUGH, STR("filter FORWARD"), c,
               policy_default(p, SPAN_NONE, ACT_DENY, STR("deny")))
        ->decides = true;
    return c;
}

static struct rule *add_line(struct policy *p, struct chain *c, const struct line *l,
                             enum action action)
{
    struct span at = {SPAN_NO_FILE, (uint32_t)c->n_rules + 1, 1, 1, 1};
    struct rule *r = chain_rule(p, c, at, action);
    struct cube cube = cube_any(p->sets);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        const unsigned *v = (const unsigned *)(const void *)((const char *)l + fields[i].offset);
        cube.f[fields[i].field] = set_range(p->sets, v[0], v[1]);
    }
    cube.f[FIELD_FAMILY] = set_one(p->sets, FAMILY_V4);
    r->number = (uint32_t)c->n_rules;
    rule_match(p, r, &cube);
    return r;
}

static void freeze(struct policy *p, struct arena *a)
{
    struct diags d = {.arena = a};
    policy_freeze(p, &d);
    assert_int_equal(d.n, 0);
}

#define ANY_ADDR                                                                                   \
    {                                                                                              \
        0, UINT32_MAX                                                                              \
    }
#define ANY_PORT                                                                                   \
    {                                                                                              \
        0, 65535                                                                                   \
    }
#define UDP                                                                                        \
    {                                                                                              \
        17, 17                                                                                     \
    }
#define LINE(lo, hi)                                                                               \
    {                                                                                              \
        ANY_ADDR, ANY_ADDR, ANY_PORT, {lo, hi}, UDP                                                \
    }

/* "rule<-blocker,blocker!contrary+" for each dead rule; '+' if it is alive again without that. */
static struct str dead_text(struct arena *a, const struct anomalies *all)
{
    struct out o = {.arena = a};
    for (size_t i = 0; i < all->dead.n; i++) {
        const struct dead_rule *d = &all->dead.v[i];
        out_fmt(&o, "%s%u<-", i == 0 ? "" : " ", d->rule->number);
        for (size_t k = 0; k < d->blockers.n; k++)
            out_fmt(&o, "%s%u", k == 0 ? "" : ",", d->blockers.v[k]->number);
        if (d->contrary != NULL)
            out_fmt(&o, "!%u%s", d->contrary->number, d->revived ? "+" : "");
    }
    return out_taken(&o);
}

static void expect_dead(struct arena *a, struct policy *p, const char *expected)
{
    freeze(p, a);
    struct anomalies all =
        anomalies_find(survey_new(p, a), a, (struct purse){100000, UINT64_MAX}, NULL);
    struct str got = dead_text(a, &all);
    if (!str_eq(got, str_of(expected)))
        fail_msg("expected \"%s\", got \"%.*s\"", expected, STR_ARG(got));
    assert_int_equal(all.undecided.n, 0);
}

/* ---- small lists
 * ---------------------------------------------------------------------------------- */

static void small_lists(void **state)
{
    (void)state;
    static const struct {
        const char *what, *dead;
        size_t n;
        struct {
            struct line line;
            enum action action;
        } rules[5];
    } cases[] = {
        {"nothing is dead", "", 2, {{LINE(0, 10), ACT_PERMIT}, {LINE(5, 20), ACT_DENY}}},
        {"one blocks another", "2<-1", 2, {{LINE(0, 10), ACT_DENY}, {LINE(5, 7), ACT_DENY}}},
        {"and does something else",
         "2<-1!1+",
         2,
         {{LINE(0, 10), ACT_DENY}, {LINE(5, 7), ACT_PERMIT}}},
        {"halves of a union",
         "3<-1,2!2+",
         3,
         {{LINE(0, 10), ACT_PERMIT}, {LINE(11, 20), ACT_DENY}, {LINE(5, 15), ACT_PERMIT}}},
        {"not without its middle",
         "",
         3,
         {{LINE(0, 9), ACT_PERMIT}, {LINE(11, 20), ACT_DENY}, {LINE(5, 15), ACT_PERMIT}}},
        {"the fewest blockers",
         "4<-3",
         4,
         {{LINE(0, 10), ACT_PERMIT},
          {LINE(11, 20), ACT_PERMIT},
          {LINE(0, 30), ACT_PERMIT},
          {LINE(5, 15), ACT_PERMIT}}},
        {"a rule that decides nothing blocks nothing",
         "",
         2,
         {{LINE(0, 10), ACT_CONTINUE}, {LINE(5, 7), ACT_PERMIT}}},
        {"a return blocks", "2<-1", 2, {{LINE(0, 10), ACT_RETURN}, {LINE(5, 7), ACT_PERMIT}}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena *a = arena_new(0);
        struct policy *p = new_policy(a);
        struct chain *c = first_chain(p);
        print_message("# %s\n", cases[i].what);
        for (size_t k = 0; k < cases[i].n; k++)
            add_line(p, c, &cases[i].rules[k].line, cases[i].rules[k].action);
        expect_dead(a, p, cases[i].dead);
        arena_free(a);
    }
}

static void conditions_never_cover(void **state)
{
    (void)state;
    for (int of_packet = 0; of_packet < 2; of_packet++) {
        struct arena *a = arena_new(0);
        struct policy *p = new_policy(a);
        struct chain *c = first_chain(p);
        const struct line wide = LINE(0, 10), narrow = LINE(5, 7);
        struct cond cond = {
            .kind = STR("limit"), .text = STR("5/min"), .of_packet = of_packet != 0};
        rule_cond(p, add_line(p, c, &wide, ACT_DENY), cond, true);
        add_line(p, c, &narrow, ACT_PERMIT);
        rule_cond(p, add_line(p, c, &narrow, ACT_DENY), cond, true);
        expect_dead(a, p, of_packet != 0 ? "3<-1" : "3<-2!2+");
        arena_free(a);
    }
}

/* What a called chain takes is gone behind the call; what it gives back is not. */
static void calls(void **state)
{
    (void)state;
    for (int gives_back = 0; gives_back < 2; gives_back++) {
        struct arena *a = arena_new(0);
        struct policy *p = new_policy(a);
        struct chain *c = first_chain(p);
        struct chain *called = policy_chain(p, STR("filter"), STR("CALLED"), SPAN_NONE);
        const struct line call = LINE(0, 10), inside = LINE(0, 20), after = LINE(5, 7),
                          beyond = LINE(15, 16);
        add_line(p, c, &call, ACT_JUMP)->target = called;
        add_line(p, c, &after, ACT_PERMIT);
        if (gives_back != 0)
            add_line(p, called, &after, ACT_RETURN);
        add_line(p, called, &beyond, ACT_DENY); /* nothing of it enters */
        add_line(p, called, &inside, ACT_DENY);
        expect_dead(a, p, gives_back != 0 ? "2<-" : "2<-2!2+ 1<-");
        arena_free(a);
    }
}

/* ---- ClassBench
 * ------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    size_t dead;
} sets[] = {
    {"acl1_10000", 85},  {"acl3_10000", 3},   {"acl4_10000", 5},  {"acl5_10000", 26},
    {"fw1_10000", 42},   {"fw3_10000", 70},   {"fw4_10000", 83},  {"fw5_10000", 98},
    {"ipc1_10000", 19},  {"acl1_100000", 30}, {"acl4_100000", 8}, {"fw1_100000", 275},
    {"ipc1_100000", 16},
};

static void prefix(unsigned to[2], const unsigned v[5])
{
    unsigned addr = v[0] << 24 | v[1] << 16 | v[2] << 8 | v[3];
    unsigned mask = v[4] == 0 ? 0 : UINT32_MAX << (32 - v[4]);
    to[0] = addr & mask;
    to[1] = to[0] | ~mask;
}

static bool read_line(FILE *f, struct line *l)
{
    unsigned s[5], d[5], proto, mask;
    char text[256];
    if (fgets(text, sizeof text, f) == NULL ||
        sscanf(text, "@%u.%u.%u.%u/%u %u.%u.%u.%u/%u %u : %u %u : %u %x/%x", &s[0], &s[1], &s[2],
               &s[3], &s[4], &d[0], &d[1], &d[2], &d[3], &d[4], &l->sport[0], &l->sport[1],
               &l->dport[0], &l->dport[1], &proto, &mask) != 16)
        return false;
    prefix(l->src, s);
    prefix(l->dst, d);
    l->proto[0] = mask == 0 ? 0 : proto;
    l->proto[1] = mask == 0 ? 255 : proto;
    return true;
}

static void classbench(void **state)
{
    const char *shared = getenv("FWPROOF_SHARED");
    size_t at = *(const size_t *)*state;
    struct arena *a = arena_new(0);
    struct str command = arena_strf(a, "xz -dc '%s/classbench/%s.xz' 2>/dev/null",
                                    shared == NULL ? "../shared" : shared, sets[at].name);
    FILE *f = popen(arena_cstr(a, command), "r");
    struct policy *p = new_policy(a);
    struct chain *c = first_chain(p);
    struct line l;
    assert_non_null(f);
    while (read_line(f, &l))
        add_line(p, c, &l, ACT_PERMIT);
    pclose(f);
    if (c->n_rules == 0) {
        arena_free(a);
        skip();
    }
    freeze(p, a);
    clock_t start = clock();
    struct anomalies all =
        anomalies_find(survey_new(p, a), a, (struct purse){1000000, UINT64_MAX}, NULL);
    print_message("# %s: %zu rules, %zu dead, %zu undecided, %.3f s\n", sets[at].name, c->n_rules,
                  all.dead.n, all.undecided.n, (double)(clock() - start) / CLOCKS_PER_SEC);
    assert_int_equal(all.dead.n, sets[at].dead);
    assert_int_equal(all.undecided.n, 0);
    assert_int_equal(all.dead.n + all.live, c->n_rules);
    arena_free(a);
}

int main(void)
{
    struct CMUnitTest tests[3 + sizeof sets / sizeof *sets] = {
        cmocka_unit_test(small_lists),
        cmocka_unit_test(conditions_never_cover),
        cmocka_unit_test(calls),
    };
    static size_t numbers[sizeof sets / sizeof *sets];
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        numbers[i] = i;
        tests[3 + i] = (struct CMUnitTest){sets[i].name, classbench, NULL, NULL, &numbers[i]};
    }
    return cmocka_run_group_tests_name("anomaly", tests, NULL, NULL);
}
