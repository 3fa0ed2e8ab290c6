/* What must hold between any two rule sets, whatever they say: random pairs as iptables-save, and
 * noise that changes nothing. FWPROOF_SEED and FWPROOF_CASES choose other pairs. */
#include "analyze/diff.h"
#include "analyze/touch.h"
#include "analyze/treat.h"
#include "check/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MAX_RULES 12

struct lab {
    struct arena *arena;
    struct sets *sets;
    struct sources sources;
    struct diags diags;
    uint64_t random;
};

static struct lab lab_new(uint64_t seed)
{
    struct lab l = {.arena = arena_new((size_t)1 << 30), .random = seed * 2654435761u + 1};
    l.sets = sets_new(l.arena);
    l.diags.arena = l.arena;
    return l;
}

static unsigned roll(struct lab *l, unsigned n)
{
    l->random = l->random * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(l->random >> 33) % n;
}

static const struct policy *load(struct lab *l, struct str rules)
{
    struct str ifaces[] = {STR("eth0"), STR("eth1")};
    struct strs known = {ifaces, 2, 2};
    struct str text = arena_strf(l->arena,
                                 "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT "
                                 "[0:0]\n:SUB - [0:0]\n%.*sCOMMIT\n",
                                 STR_ARG(rules));
    struct source *s = source_add(l->arena, &l->sources, STR("test.rules"), text);
    s->format = STR("iptables");
    struct import im = {.arena = l->arena,
                        .diags = &l->diags,
                        .sources = &l->sources,
                        .sets = l->sets,
                        .device = STR("test"),
                        .known_ifaces = &known};
    const struct policy *p = format_iptables.import(&im, &s, 1);
    assert_false(l->diags.worst[DIAG_INCOMPLETE]);
    return p;
}

/* ---- random rules -----------------------------------------------------------------------------
 */

static struct str random_rule(struct lab *l)
{
    static const char *const nets[] = {"10.0.0.0/8",   "10.1.0.0/16",  "10.1.2.0/24",
                                       "192.0.2.0/24", "192.0.2.0/25", "203.0.113.7/32"};
    static const char *const targets[] = {"ACCEPT",
                                          "ACCEPT",
                                          "DROP",
                                          "REJECT --reject-with icmp-host-prohibited",
                                          "SUB",
                                          "RETURN",
                                          "REJECT",
                                          "LOG",
                                          "LOG",
                                          "DROP",
                                          "NFLOG --nflog-group 2"};
    struct out o = {.arena = l->arena};
    bool sub = roll(l, 4) == 0;
    out_fmt(&o, "-A %s", sub ? "SUB" : "FORWARD");
    if (roll(l, 2) == 0)
        out_fmt(&o, " %s-s %s", roll(l, 5) == 0 ? "! " : "", nets[roll(l, 6)]);
    if (roll(l, 2) == 0)
        out_fmt(&o, " -d %s", nets[roll(l, 6)]);
    if (roll(l, 3) == 0)
        out_fmt(&o, " -i eth%u", roll(l, 2));
    if (roll(l, 2) == 0) {
        unsigned low = 16384 + roll(l, 4) * 1000;
        out_fmt(&o, " -p %s --dport %u:%u", roll(l, 2) == 0 ? "udp" : "tcp", low,
                low + roll(l, 3) * 1000);
    }
    if (roll(l, 6) == 0)
        out_text(&o, " -m limit --limit 5/sec");
    if (roll(l, 6) == 0)
        out_text(&o, " -m conntrack --ctstate NEW");
    const char *target = targets[roll(l, sizeof targets / sizeof *targets)];
    out_fmt(&o, " -j %s\n", sub && strcmp(target, "SUB") == 0 ? "DROP" : target);
    return out_taken(&o);
}

struct list {
    struct str v[MAX_RULES + 3];
    size_t n;
};

static struct list random_list(struct lab *l)
{
    struct list rules = {.n = 3 + roll(l, MAX_RULES - 3)};
    for (size_t i = 0; i < rules.n; i++)
        rules.v[i] = random_rule(l);
    return rules;
}

/* One to three lines go, come or change places. */
static struct list edited(struct lab *l, struct list rules)
{
    for (unsigned edits = 1 + roll(l, 3); edits > 0; edits--) {
        size_t at = roll(l, (unsigned)rules.n), other = roll(l, (unsigned)rules.n);
        struct str held = rules.v[at];
        switch (roll(l, 3)) {
        case 0:
            rules.v[at] = random_rule(l);
            break;
        case 1:
            rules.v[at] = rules.v[other];
            rules.v[other] = held;
            break;
        default:
            memmove(&rules.v[at + 1], &rules.v[at], (rules.n - at) * sizeof *rules.v);
            rules.v[at] = random_rule(l);
            rules.n++;
        }
    }
    return rules;
}

static struct str joined(struct lab *l, const struct list *rules)
{
    struct out o = {.arena = l->arena};
    for (size_t i = 0; i < rules->n; i++)
        out_str(&o, rules->v[i]);
    return out_taken(&o);
}

/* ---- what must hold ---------------------------------------------------------------------------
 */

static struct region canon(struct lab *l, const struct region *r)
{
    return region_canonical(l->sets, l->arena, r, NULL);
}

static void assert_same(struct lab *l, const struct region *x, const struct region *y)
{
    struct region a = canon(l, x), b = canon(l, y);
    assert_int_equal(a.n, b.n);
    for (size_t i = 0; i < a.n; i++)
        assert_true(cube_eq(&a.v[i], &b.v[i]));
}

static struct region plus(struct lab *l, const struct region *x, const struct region *y)
{
    struct region out = {0};
    for (size_t i = 0; i < x->n; i++)
        region_add(l->sets, l->arena, &out, &x->v[i], NULL);
    for (size_t i = 0; i < y->n; i++)
        region_add(l->sets, l->arena, &out, &y->v[i], NULL);
    return out;
}

static bool some(const struct trace *t, enum verdict verdict)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->v[i].verdict == verdict)
            return true;
    return false;
}

static struct packet random_packet(struct lab *l, const struct cube *cube)
{
    struct cube c = *cube;
    for (int f = 0; f < FIELD_COUNT; f++) {
        size_t n;
        const struct ival *v = set_ivals(l->sets, c.f[f], &n);
        struct ival one = v[roll(l, (unsigned)n)];
        u128 width = one.hi - one.lo;
        c.f[f] = set_one(l->sets, one.lo + (width == 0 ? 0 : roll(l, 1 << 20) % width));
    }
    return cube_pick(l->sets, &c);
}

/* A random packet of each cube fares worse in X and better in Y. */
static void trace_both(struct lab *l, const struct policy *x, const struct policy *y,
                       const struct region *risen)
{
    for (size_t i = 0; i < risen->n; i++) {
        struct packet k = random_packet(l, &risen->v[i]);
        struct trace then = trace_packet(x, l->arena, PATH_THROUGH, &k, NULL);
        struct trace now = trace_packet(y, l->arena, PATH_THROUGH, &k, NULL);
        assert_true(some(&then, VERDICT_DENY));
        assert_true(some(&now, VERDICT_PERMIT));
    }
}

/* ---- what is done beside ----------------------------------------------------------------------
 */

/* In what ways a packet may end, in words: sorted, each once. */
static struct str ways_of(struct lab *l, const struct policy *p, const struct packet *k)
{
    struct trace t = trace_packet(p, l->arena, PATH_THROUGH, k, NULL);
    struct str ways[64], all = STR("");
    size_t n = 0;
    assert_true(t.n <= 64);
    for (size_t i = 0; i < t.n; i++) {
        struct out way = {.arena = l->arena};
        out_text(&way, t.v[i].verdict == VERDICT_PERMIT ? "permit" : "deny");
        for (size_t m = 0; m < t.v[i].n_steps; m++) {
            const struct rule *r = t.v[i].steps[m].rule;
            const char *limit = r == NULL || strstr(arena_cstr(l->arena, r->text), "limit") == NULL
                                    ? ""
                                    : " limited";
            if (t.v[i].steps[m].kind == STEP_MATCH && r != NULL && r->treatment != 0)
                out_fmt(&way, ", %.*s%s", STR_ARG(p->treatments.v[r->treatment]), limit);
        }
        size_t at = 0;
        while (at < n && str_cmp(ways[at], out_taken(&way)) < 0)
            at++;
        if (at < n && str_eq(ways[at], out_taken(&way)))
            continue;
        memmove(&ways[at + 1], &ways[at], (n - at) * sizeof *ways);
        ways[at] = out_taken(&way);
        n++;
    }
    for (size_t i = 0; i < n; i++)
        all = arena_strf(l->arena, "%.*s|%.*s", STR_ARG(all), STR_ARG(ways[i]));
    return all;
}

#define TRIED 12

/* Of packets in and around R, those in it are treated differently and no others. */
static void trace_treatment(struct lab *l, const struct policy *x, const struct policy *y,
                            const struct region *r)
{
    struct region around = {0};
    for (size_t i = 0; i < x->chains.n; i++)
        for (size_t k = 0; k < x->chains.v[i]->n_rules; k++)
            for (size_t m = 0; m < x->chains.v[i]->rules[k]->n_match; m++) {
                struct region some = region_and_cube(l->sets, l->arena, &x->universe,
                                                     &x->chains.v[i]->rules[k]->match[m]);
                for (size_t c = 0; c < some.n; c++)
                    *PUSH(l->arena, around) = some.v[c];
            }
    for (size_t i = 0; i < TRIED && r->n + around.n != 0; i++) {
        const struct region *from = around.n == 0 || (i % 2 == 0 && r->n != 0) ? r : &around;
        struct packet k = random_packet(l, &from->v[roll(l, (unsigned)from->n)]);
        struct str then = ways_of(l, x, &k), now = ways_of(l, y, &k);
        bool told = false, is = !str_eq(then, now);
        /* the same ways may hang on other rates */
        bool hangs =
            str_search(then, STR("limited")) != then.n || str_search(now, STR("limited")) != now.n;
        for (size_t m = 0; m < r->n; m++)
            told = told || cube_has(l->sets, &r->v[m], &k);
        assert_true(told || !is);
        assert_true(is || !told || hangs);
    }
}

static void hold_laws_of_treatment(struct lab *l, const struct policy *x, const struct policy *y)
{
    const struct region *all = &x->universe;
    struct region there = treated_differently(x, y, l->arena, PATH_THROUGH, all, false, NULL);
    struct region back = treated_differently(y, x, l->arena, PATH_THROUGH, all, false, NULL);
    struct region differ = policies_differ(x, y, DIFFER_IN_TREATMENT, l->arena, NULL);
    struct region start = region_and(l->sets, l->arena, &differ, all, NULL);
    struct region quick = treated_differently(x, y, l->arena, PATH_THROUGH, &start, false, NULL);
    assert_same(l, &there, &back);
    assert_same(l, &there, &quick);
    assert_int_equal(treated_differently(x, x, l->arena, PATH_THROUGH, all, false, NULL).n, 0);
    if (policy_treats(x) || policy_treats(y))
        trace_treatment(l, x, y, &there);
    /* nothing but logs and answers: packets themselves are what they were */
    struct region packets = treated_differently(x, y, l->arena, PATH_THROUGH, all, true, NULL);
    struct changes c = changes_find(x, y, l->arena, PATH_THROUGH, all, NULL);
    struct region changed = plus(l, &c.permitted, &c.denied);
    struct region left = region_minus(l->sets, l->arena, &packets, &changed, NULL);
    struct decision then = decide(x, l->arena, PATH_THROUGH, all, NULL);
    struct decision now = decide(y, l->arena, PATH_THROUGH, all, NULL);
    left = region_minus(l->sets, l->arena, &left, &then.depends, NULL);
    left = region_minus(l->sets, l->arena, &left, &now.depends, NULL);
    assert_int_equal(left.n, 0);
}

static void hold_laws(struct lab *l, const struct policy *x, const struct policy *y)
{
    const struct region *all = &x->universe;
    struct changes c = changes_find(x, y, l->arena, PATH_THROUGH, all, NULL);
    struct changes back = changes_find(y, x, l->arena, PATH_THROUGH, all, NULL);
    assert_same(l, &c.permitted, &back.denied);
    assert_same(l, &c.denied, &back.permitted);

    struct region differ = policies_differ(x, y, DIFFER_IN_VERDICT, l->arena, NULL);
    struct region start = region_and(l->sets, l->arena, &differ, all, NULL);
    struct changes quick = changes_find(x, y, l->arena, PATH_THROUGH, &start, NULL);
    assert_same(l, &c.permitted, &quick.permitted);
    assert_same(l, &c.denied, &quick.denied);

    /* Of what is decided for sure on both sides: permitted(Y) = permitted(X) - denied + permitted
     */
    struct decision then = decide(x, l->arena, PATH_THROUGH, all, NULL);
    struct decision now = decide(y, l->arena, PATH_THROUGH, all, NULL);
    struct region open = plus(l, &then.depends, &now.depends);
    struct region was = region_minus(l->sets, l->arena, &then.permitted, &open, NULL);
    struct region is = region_minus(l->sets, l->arena, &now.permitted, &open, NULL);
    struct region left = region_minus(l->sets, l->arena, &was, &c.denied, NULL);
    struct region new = region_minus(l->sets, l->arena, &c.permitted, &open, NULL);
    struct region sum = plus(l, &left, &new);
    assert_same(l, &is, &sum);
    trace_both(l, x, y, &c.permitted);
    trace_both(l, y, x, &c.denied);
}

static uint64_t number(const char *name, uint64_t otherwise)
{
    const char *v = getenv(name);
    return v == NULL ? otherwise : strtoull(v, NULL, 10);
}

static void random_pairs(void **state)
{
    (void)state;
    uint64_t seed = number("FWPROOF_SEED", 1), cases = number("FWPROOF_CASES", 600);
    for (uint64_t i = 0; i < cases; i++) {
        struct lab l = lab_new(seed + i);
        struct list old = random_list(&l), now = edited(&l, old);
        struct str x = joined(&l, &old), y = joined(&l, &now);
        const struct policy *old_policy = load(&l, x), *new_policy = load(&l, y);
        hold_laws(&l, old_policy, new_policy);
        hold_laws_of_treatment(&l, old_policy, new_policy);
        arena_free(l.arena);
    }
}

static void assert_nothing_changed(struct lab *l, const struct policy *x, const struct policy *y)
{
    struct region differ = policies_differ(x, y, DIFFER_IN_VERDICT, l->arena, NULL);
    struct region start = region_and(l->sets, l->arena, &differ, &x->universe, NULL);
    for (int k = 0; k < PATH_KINDS; k++) {
        struct changes c = changes_find(x, y, l->arena, (enum path_kind)k, &start, NULL);
        assert_int_equal(c.permitted.n + c.denied.n, 0);
    }
}

static void same_is_empty(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 40; i++) {
        struct lab l = lab_new(1000 + i);
        struct list rules = random_list(&l);
        struct str text = joined(&l, &rules);
        const struct policy *x = load(&l, text), *y = load(&l, text);
        assert_int_equal(policies_differ(x, y, DIFFER_IN_VERDICT, l.arena, NULL).n, 0);
        assert_nothing_changed(&l, x, y);
        arena_free(l.arena);
    }
}

/* The same rules in other words. */
static void noise(void **state)
{
    (void)state;
    static const struct {
        const char *old, *now;
    } pairs[] = {
        {"-A FORWARD -s 10.1.0.0/16 -p udp --dport 5060 -j ACCEPT\n"
         "-A FORWARD -s 192.0.2.0/24 -p tcp --dport 443 -j ACCEPT\n",
         "-A FORWARD -s 192.0.2.0/24 -p tcp --dport 443 -j ACCEPT\n"
         "-A FORWARD -s 10.1.0.0/16 -p udp --dport 5060 -j ACCEPT\n"},
        {"-A FORWARD -s 10.1.0.0/16 -j ACCEPT\n",
         "-A FORWARD -s 10.1.128.0/17 -j ACCEPT\n-A FORWARD -s 10.1.0.0/17 -j ACCEPT\n"},
        {"-A FORWARD -p udp --dport 16384:65535 -j ACCEPT\n",
         "-A FORWARD -p udp -j SUB\n-A SUB -p udp --dport 16384:32767 -j ACCEPT\n"
         "-A SUB -p udp --dport 32768:65535 -j ACCEPT\n-A SUB -p udp --dport 20000 -j ACCEPT\n"},
        {"-A FORWARD -s 10.1.2.3 -j ACCEPT\n",
         "-A FORWARD -m comment --comment \"the phone\" -s 10.1.2.3/32 -j ACCEPT\n"
         "-A FORWARD -j DROP\n"},
        {"-A FORWARD -s 10.1.2.3 -j DROP\n-A FORWARD -s 10.1.2.0/24 -j ACCEPT\n",
         "-A FORWARD -m iprange --src-range 10.1.2.0-10.1.2.2 -j ACCEPT\n"
         "-A FORWARD -m iprange --src-range 10.1.2.4-10.1.2.255 -j ACCEPT\n"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct lab l = lab_new(i);
        assert_nothing_changed(&l, load(&l, str_of(pairs[i].old)), load(&l, str_of(pairs[i].now)));
        arena_free(l.arena);
    }
}

/* ---- findings ---------------------------------------------------------------------------------
 */

static struct packs both_packs(struct lab *l)
{
    struct packs packs = {0};
    *PUSH(l->arena, packs) = pack_load(l->arena, &l->diags, &l->sources, STR("hygiene"));
    *PUSH(l->arena, packs) = pack_load(l->arena, &l->diags, &l->sources, STR("genesys-cloud"));
    assert_true(packs.v[0] != NULL && packs.v[1] != NULL);
    return packs;
}

static struct result compared(struct lab *l, const struct policy *x, const struct policy *y,
                              const struct packs *packs, const struct touched *only,
                              uint64_t budget)
{
    static const struct site site;
    struct result result = {.arena = l->arena};
    struct check then = {.arena = l->arena,
                         .diags = &l->diags,
                         .sources = &l->sources,
                         .site = &site,
                         .feeds = feeds_read(l->arena, &l->diags, &l->sources, &site, packs, NULL),
                         .policy = x,
                         .result = &result,
                         .budget = budget,
                         .only = only == NULL ? NULL : &only[0]};
    struct check now = then;
    now.policy = y;
    now.only = only == NULL ? NULL : &only[1];
    check_compare(&then, &now, packs);
    return result;
}

static bool has_finding(const struct result *r, const struct policy *p, const struct finding *like)
{
    for (size_t i = 0; i < r->findings.n; i++)
        if (r->findings.v[i].policy == p && r->findings.v[i].rule == like->rule &&
            str_eq(r->findings.v[i].subject, like->subject))
            return true;
    return false;
}

/* Findings of R that the other side has not. */
static size_t one_sided(const struct result *r, const struct policy *x, const struct policy *y,
                        const struct finding **out, size_t max)
{
    size_t n = 0;
    for (size_t i = 0; i < r->findings.n; i++) {
        const struct finding *f = &r->findings.v[i];
        if (!has_finding(r, f->policy == x ? y : x, f)) {
            assert_true(n < max);
            out[n++] = f;
        }
    }
    return n;
}

/* New connections that F tells as permitted fare alike in X and Y: other rules permit them now. */
static bool is_same_traffic(struct lab *l, const struct policy *x, const struct policy *y,
                            const struct finding *f)
{
    struct region told = {0};
    for (size_t i = 0; i < f->permitted.n; i++) {
        struct cube c = f->permitted.v[i];
        c.f[FIELD_STATE] = set_one(l->sets, STATE_NEW);
        *PUSH(l->arena, told) = c;
    }
    struct changes c = changes_find(x, y, l->arena, PATH_THROUGH, &told, NULL);
    return f->policy == x ? c.denied.n == 0 : c.permitted.n == 0;
}

#define FINDINGS_MAX 512

/* Asking only what a change may concern tells just what asking all tells; of openings for traffic,
 * those that are open to more or less than before, not those that another line opens now. */
static size_t findings_agree(struct lab *l, const struct policy *x, const struct policy *y,
                             const struct touched *touched, size_t *bad)
{
    const struct finding *all[FINDINGS_MAX], *some[FINDINGS_MAX];
    struct packs packs = both_packs(l);
    struct result whole = compared(l, x, y, &packs, NULL, 0);
    struct result part = compared(l, x, y, &packs, touched, 0);
    size_t n_all = one_sided(&whole, x, y, all, FINDINGS_MAX);
    size_t n_some = one_sided(&part, x, y, some, FINDINGS_MAX);
    size_t left_out = 0;
    for (size_t i = 0; i < n_some; i++)
        if (!has_finding(&whole, some[i]->policy, some[i])) {
            fprintf(stderr, "# only in part: %c %s %s\n", some[i]->policy == x ? '-' : '+',
                    arena_cstr(l->arena, some[i]->rule->id),
                    arena_cstr(l->arena, some[i]->subject));
            ++*bad;
        }
    for (size_t i = 0; i < n_all; i++) {
        if (has_finding(&part, all[i]->policy, all[i]))
            continue;
        left_out++;
        if (str_eq(str_of(all[i]->rule->kind->name), STR("forbid")) &&
            is_same_traffic(l, x, y, all[i]))
            continue;
        fprintf(stderr, "# left out: %c %s %s\n", all[i]->policy == x ? '-' : '+',
                arena_cstr(l->arena, all[i]->rule->id), arena_cstr(l->arena, all[i]->subject));
        ++*bad;
    }
    return n_all - left_out;
}

static void findings_of_a_change(void **state)
{
    (void)state;
    uint64_t seed = number("FWPROOF_SEED", 1), cases = number("FWPROOF_CASES", 300);
    size_t quick = 0, told = 0;
    for (uint64_t i = 0; i < cases; i++) {
        struct lab l = lab_new(50000 + seed + i);
        struct list old = random_list(&l), now = edited(&l, old);
        struct str from = joined(&l, &old), to = joined(&l, &now);
        const struct policy *x = load(&l, from), *y = load(&l, to);
        struct touched touched[2];
        if (touched_find(x, y, l.arena, NULL, touched)) {
            size_t bad = 0;
            told += findings_agree(&l, x, y, touched, &bad) != 0;
            if (bad != 0)
                fprintf(stderr, "# old:\n%s# new:\n%s", arena_cstr(l.arena, from),
                        arena_cstr(l.arena, to));
            assert_true(bad == 0);
            quick++;
        }
        arena_free(l.arena);
    }
    assert_true(quick > cases / 4);
    assert_true(told > cases / 8);
}

/* Where the steps do not suffice, what is left out of new and fixed findings is told as incomplete.
 */
static void little_budget(void **state)
{
    (void)state;
    uint64_t seed = number("FWPROOF_SEED", 1), cases = number("FWPROOF_CASES", 300);
    size_t short_of = 0;
    for (uint64_t i = 0; i < cases; i++) {
        struct lab l = lab_new(90000 + seed + i);
        struct list old = random_list(&l), now = edited(&l, old);
        struct str from = joined(&l, &old), to = joined(&l, &now);
        const struct policy *x = load(&l, from), *y = load(&l, to);
        const struct finding *all[FINDINGS_MAX];
        struct packs packs = both_packs(&l);
        struct touched touched[2];
        if (touched_find(x, y, l.arena, NULL, touched)) {
            struct result whole = compared(&l, x, y, &packs, touched, 0);
            size_t n = one_sided(&whole, x, y, all, FINDINGS_MAX), missing = 0;
            struct diags before = l.diags;
            struct result part = compared(&l, x, y, &packs, touched, 1 + i % 60);
            bool told = l.diags.n > before.n && l.diags.worst[DIAG_INCOMPLETE];
            for (size_t k = 0; k < n; k++) {
                bool lost = !has_finding(&part, all[k]->policy, all[k]);
                if (lost && !told)
                    fprintf(stderr, "# left out: %s %s\n", arena_cstr(l.arena, all[k]->rule->id),
                            arena_cstr(l.arena, all[k]->subject));
                missing += lost;
            }
            if (missing != 0 && !told)
                fprintf(stderr, "# budget %d\n# old:\n%s# new:\n%s", (int)(1 + i % 60),
                        arena_cstr(l.arena, from), arena_cstr(l.arena, to));
            assert_true(missing == 0 || told);
            short_of += missing != 0;
        }
        arena_free(l.arena);
    }
    assert_true(short_of > cases / 50);
}

/* The tests above can fail. */
static void a_change_is_seen(void **state)
{
    (void)state;
    struct lab l = lab_new(7);
    const struct policy *x = load(&l, STR("-A FORWARD -s 10.1.0.0/16 -j ACCEPT\n"));
    const struct policy *y = load(&l, STR("-A FORWARD -s 10.1.0.0/15 -j ACCEPT\n"));
    struct changes c = changes_find(x, y, l.arena, PATH_THROUGH, &x->universe, NULL);
    struct region all = canon(&l, &c.permitted);
    assert_int_not_equal(all.n, 0);
    assert_int_equal(c.denied.n, 0);
    assert_true(set_min(l.sets, all.v[0].f[FIELD_SRC]) == 0x0a000000);
    assert_true(set_max(l.sets, all.v[0].f[FIELD_SRC]) == 0x0a00ffff);
    arena_free(l.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_pairs),  cmocka_unit_test(same_is_empty),
        cmocka_unit_test(noise),         cmocka_unit_test(findings_of_a_change),
        cmocka_unit_test(little_budget), cmocka_unit_test(a_change_is_seen),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
