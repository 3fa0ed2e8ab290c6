/* Chains so long that rules are found by indexes, against a judge that tries every packet: who
 * takes it, which rules are dead, which are redundant. FWPROOF_SEED and FWPROOF_CASES choose other
 * ones. */
#include "analyze/anomaly.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

/* ---- rules over a few values, each of which stands for a range ---------------------------------
 */

enum { SRC, DST, DPORT, DIMS };
static const unsigned sizes[DIMS] = {16, 16, 4};
static const enum field fields[DIMS] = {FIELD_SRC, FIELD_DST, FIELD_DPORT};
static const u128 steps[DIMS] = {(u128)1 << 28, (u128)1 << 28, 16384};
#define PACKETS (16 * 16 * 4)
#define RULES 600

struct lab {
    struct arena *arena;
    struct policy *policy;
    struct chain *chain;
    uint64_t state;
};

static unsigned chance(struct lab *l, unsigned n)
{
    l->state = l->state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(l->state >> 33) % n;
}

/* A range of values of DIM: mostly one, now and then any. */
static void pick_range(struct lab *l, int dim, struct cube *c)
{
    unsigned lo = chance(l, sizes[dim]), hi = lo, how = chance(l, 8);
    if (how == 0) {
        lo = 0;
        hi = sizes[dim] - 1;
    } else if (how < 3) {
        hi += chance(l, sizes[dim] - lo);
    }
    c->f[fields[dim]] = set_range(l->policy->sets, lo * steps[dim], (hi + 1) * steps[dim] - 1);
}

static void add_rule(struct lab *l)
{
    static const enum action actions[] = {ACT_PERMIT, ACT_DENY, ACT_PERMIT, ACT_DENY, ACT_CONTINUE};
    struct span at = {SPAN_NO_FILE, (uint32_t)l->chain->n_rules + 1, 1, 1, 1};
    struct rule *r = chain_rule(l->policy, l->chain, at, actions[chance(l, 5)]);
    for (unsigned n = 1 + (chance(l, 4) == 0); n-- > 0;) {
        struct cube c = cube_any(l->policy->sets);
        c.f[FIELD_FAMILY] = set_one(l->policy->sets, FAMILY_V4);
        for (int d = 0; d < DIMS; d++)
            pick_range(l, d, &c);
        rule_match(l->policy, r, &c);
    }
    r->inactive = chance(l, 20) == 0;
}

static struct lab lab_new(uint64_t seed)
{
    struct lab l = {.arena = arena_new(0), .state = seed};
    struct sets *s = sets_new(l.arena);
    l.policy = policy_new(l.arena, s, STR("test"));
    struct cube any = cube_any(s);
    any.f[FIELD_FAMILY] = set_one(s, FAMILY_V4);
    any.f[FIELD_SRC] = any.f[FIELD_DST] = set_range(s, 0, UINT32_MAX);
    l.policy->universe = (struct region){0};
    *PUSH(l.arena, l.policy->universe) = any;
    l.chain = policy_chain(l.policy, STR("filter"), STR("FORWARD"), SPAN_NONE);
    path_stage(l.policy, PATH_THROUGH, STR("filter FORWARD"), l.chain,
               policy_default(l.policy, SPAN_NONE, ACT_DENY, STR("deny")))
        ->decides = true;
    for (int i = 0; i < RULES; i++)
        add_rule(&l);
    struct diags d = {.arena = l.arena};
    policy_freeze(l.policy, &d);
    return l;
}

/* ---- the judge ----------------------------------------------------------------------------------
 */

/* Where packet N stands: in the middle of its ranges. */
static struct packet packet_number(unsigned n)
{
    struct packet p = {.when = LITS_NONE};
    for (int d = 0; d < DIMS; d++) {
        p.f[fields[d]] = n % sizes[d] * steps[d] + steps[d] / 2;
        n /= sizes[d];
    }
    return p;
}

static bool takes(const struct lab *l, const struct rule *r, const struct packet *p)
{
    bool has = false;
    for (size_t m = 0; m < r->n_match; m++)
        has = has || cube_has(l->policy->sets, &r->match[m], p);
    return has && !r->inactive && r->action != ACT_CONTINUE;
}

/* The first rule from FROM on that takes P; as many as there are, if none does. */
static size_t taker(const struct lab *l, const struct packet *p, size_t from)
{
    while (from < RULES && !takes(l, l->chain->rules[from], p))
        from++;
    return from;
}

static enum action action_at(const struct lab *l, size_t place)
{
    return place == RULES ? ACT_DENY : l->chain->rules[place]->action;
}

struct judged {
    bool met, needed; /* some packet gets to it; some fares otherwise without it */
};

static struct judged judge(const struct lab *l, size_t place)
{
    struct judged j = {0};
    for (unsigned n = 0; n < PACKETS; n++) {
        struct packet p = packet_number(n);
        if (taker(l, &p, 0) != place)
            continue;
        j.met = true;
        j.needed = j.needed || action_at(l, taker(l, &p, place + 1)) != action_at(l, place);
    }
    return j;
}

static bool has(const struct rules *v, const struct rule *r)
{
    bool found = false;
    for (size_t i = 0; i < v->n; i++)
        found = found || v->v[i] == r;
    return found;
}

/* ---- held against it ----------------------------------------------------------------------------
 */

static uint64_t number(const char *name, uint64_t otherwise)
{
    const char *v = getenv(name);
    return v == NULL ? otherwise : strtoull(v, NULL, 10);
}

static bool note_rule(void *ctx, const struct step *step)
{
    if (step->kind == STEP_VERDICT)
        *(const struct rule **)ctx = step->rule;
    return true;
}

static void hold_packets(struct lab *l)
{
    struct survey *s = survey_new(l->policy, l->arena);
    for (unsigned n = 0; n < PACKETS; n++) {
        struct packet p = packet_number(n);
        struct cube start = cube_of_packet(l->policy->sets, &p);
        const struct rule *by = NULL;
        size_t place = taker(l, &p, 0);
        struct walk w = {.policy = l->policy,
                         .arena = l->arena,
                         .path = PATH_THROUGH,
                         .survey = s,
                         .fn = note_rule,
                         .ctx = &by};
        walk(&w, &start);
        assert_ptr_equal(by, place == RULES ? l->policy->paths[PATH_THROUGH].v[0].otherwise
                                            : l->chain->rules[place]);
    }
}

static void hold_rules(struct lab *l)
{
    struct survey *s = survey_new(l->policy, l->arena);
    struct redundancy spare = redundant_find(s, l->arena, UINT64_MAX / 8, UINT64_MAX / 8, NULL);
    struct anomalies all =
        anomalies_find(s, l->arena, (struct purse){UINT64_MAX, UINT64_MAX}, NULL);
    struct rules dead = {0};
    assert_int_equal(spare.undecided + spare.unsure + all.undecided.n, 0);
    for (size_t i = 0; i < all.dead.n; i++)
        *PUSH(l->arena, dead) = all.dead.v[i].rule;
    for (size_t i = 0; i < RULES; i++) {
        const struct rule *r = l->chain->rules[i];
        if (r->inactive || r->action == ACT_CONTINUE)
            continue;
        struct judged j = judge(l, i);
        assert_int_equal(has(&dead, r), !j.met);
        assert_int_equal(has(&spare.found, r), j.met && !j.needed);
    }
}

static void random_chains(void **state)
{
    (void)state;
    uint64_t seed = number("FWPROOF_SEED", 1), cases = number("FWPROOF_CASES", 3);
    for (uint64_t i = 0; i < cases; i++) {
        struct lab l = lab_new(seed + i);
        hold_packets(&l);
        hold_rules(&l);
        arena_free(l.arena);
    }
}

/* ---- questions that were told of before
 * ---------------------------------------------------------- */

static struct cube random_cube(struct lab *l)
{
    struct cube c = cube_any(l->policy->sets);
    for (int d = 0; d < DIMS; d++)
        pick_range(l, d, &c);
    return c;
}

static struct cube part_of(struct lab *l, const struct cube *c)
{
    struct cube with = random_cube(l), both;
    return cube_and(l->policy->sets, &both, c, &with) ? both : *c;
}

enum { TOLD = 6, ASKED = 60 };

struct asked {
    struct cube told[TOLD];
    struct positions found;
    size_t most;
    bool few;
};

/* The next question to L: mostly about a part of what was told of. */
static void ask(struct lab *l, struct asked *x)
{
    struct cube c = chance(l, 4) == 0 ? random_cube(l) : part_of(l, &x->told[chance(l, TOLD)]);
    x->most = RULES / (chance(l, 2) == 0 ? 8 : 1 + chance(l, 100));
    x->few = lookup_rules(l->chain->lookup, l->policy->sets, l->arena, &c, x->most, &x->found);
}

/* Two labs of one seed, one of which was told of the questions, give the same answers. */
static void hold_lookups(struct lab both[2])
{
    struct asked x[2] = {{.most = 0}, {.most = 0}};
    for (int side = 0; side < 2; side++)
        for (int i = 0; i < TOLD; i++)
            x[side].told[i] = random_cube(&both[side]);
    lookup_expect(both[1].chain->lookup, both[1].policy->sets, x[1].told, TOLD);
    for (int i = 0; i < ASKED; i++) {
        ask(&both[0], &x[0]);
        ask(&both[1], &x[1]);
        assert_int_equal(x[0].most, x[1].most);
        assert_int_equal(x[0].few, x[1].few);
        assert_true(!x[0].few || x[0].found.n == x[1].found.n);
        for (size_t k = 0; k < x[0].found.n && x[0].few; k++)
            assert_int_equal(x[0].found.v[k], x[1].found.v[k]);
    }
}

static void expected_questions(void **state)
{
    (void)state;
    uint64_t seed = number("FWPROOF_SEED", 1), cases = 10 * number("FWPROOF_CASES", 3);
    for (uint64_t i = 0; i < cases; i++) {
        struct lab both[2] = {lab_new(seed + i), lab_new(seed + i)};
        hold_lookups(both);
        arena_free(both[0].arena);
        arena_free(both[1].arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_chains),
                                       cmocka_unit_test(expected_questions)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
