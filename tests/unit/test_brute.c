/* The engine against a judge that shares no code with it: random policies in a universe so small
 * that every packet is tried, one by one, by an interpreter of its own. What hangs on a condition
 * or on a choice of the device is tried both ways.
 *
 * FWPROOF_SEED and FWPROOF_CASES choose other policies; a failure is shrunk before it is shown. */
#include "analyze/anomaly.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- the small universe -----------------------------------------------------------------------
 */

enum { SRC, DST, PROTO, DPORT, STATE, IN, FIELDS_SMALL };
static const unsigned sizes[FIELDS_SMALL] = {4, 8, 3, 4, 2, 2};
static const enum field model_field[FIELDS_SMALL] = {FIELD_SRC,   FIELD_DST,   FIELD_PROTO,
                                                     FIELD_DPORT, FIELD_STATE, FIELD_IN};
static const unsigned protos[3] = {6, 17, 47};
#define PACKETS (4 * 8 * 3 * 4 * 2 * 2)

struct small {
    unsigned v[FIELDS_SMALL];
};

static struct small packet_number(unsigned n)
{
    struct small p;
    for (int f = 0; f < FIELDS_SMALL; f++) {
        p.v[f] = n % sizes[f];
        n /= sizes[f];
    }
    return p;
}

static u128 model_value(int f, unsigned v)
{
    return f == PROTO ? protos[v] : v;
}

/* ---- policies, as the judge sees them ----------------------------------------------------------
 */

#define MAX_CHAINS 4
#define MAX_RULES 10
#define MAX_CUBES 3
#define MAX_STAGES 3

struct judge_cube {
    unsigned bits[FIELDS_SMALL]; /* the values that match */
};

enum change { CHANGE_NONE, CHANGE_TO, CHANGE_POOL, CHANGE_ADD, CHANGE_MASK };

struct judge_rule {
    bool gone; /* by shrinking */
    enum action action;
    int target;
    int n_cubes;
    struct judge_cube cubes[MAX_CUBES];
    int cond; /* -1: none; 0, 1: of the packet; 2, 3: a rate */
    bool holds;
    enum change change;
    int field;
    unsigned value, mask;
    bool has_orig;
    struct judge_cube orig;
    unsigned treats; /* 1, 2: does something to packets beside deciding */
};

struct judge_policy {
    int n_chains, n_stages;
    struct {
        int n;
        struct judge_rule rules[MAX_RULES];
    } chains[MAX_CHAINS];
    struct {
        int chain;
        bool permit, unknown, guarded;
        struct judge_cube guard;
    } stages[MAX_STAGES];
};

/* ---- the judge --------------------------------------------------------------------------------
 */

/* The answers of everything that is not in the packet, in the order in which it is asked. */
#define MAX_TAPE 24
struct tape {
    unsigned choice[MAX_TAPE], options[MAX_TAPE];
    int n, at;
    bool too_long;
};

static unsigned ask(struct tape *t, unsigned options)
{
    if (t->at == t->n) {
        if (t->n == MAX_TAPE) {
            t->too_long = true;
            return 0;
        }
        t->choice[t->n] = 0;
        t->options[t->n++] = options;
    }
    return t->choice[t->at++];
}

static bool next_tape(struct tape *t)
{
    while (t->n > 0 && t->choice[t->n - 1] + 1 == t->options[t->n - 1])
        t->n--;
    if (t->n == 0)
        return false;
    t->choice[t->n - 1]++;
    return true;
}

struct judge_run {
    const struct judge_policy *policy;
    struct small arrived, now;
    struct tape *tape;
    int known[2];    /* answers of conditions of the packet, -1: not asked yet */
    int chain, rule; /* who decided; rule -1: the stage's default */
    /* Hashes of what was done to the packet, in order: all of it; of one that is dropped, what did
     * not change it. */
    uint64_t treated, beside;
};

/* The rules that some packet got to and matched, since it was cleared. */
static bool judge_matched[MAX_CHAINS][MAX_RULES];

static bool in_cube(const struct judge_cube *c, const struct small *p)
{
    for (int f = 0; f < FIELDS_SMALL; f++)
        if ((c->bits[f] >> p->v[f] & 1) == 0)
            return false;
    return true;
}

static bool rule_matches(struct judge_run *r, const struct judge_rule *rule)
{
    bool any = false;
    for (int i = 0; i < rule->n_cubes; i++)
        any = any || in_cube(&rule->cubes[i], &r->now);
    if (!any || rule->gone || (rule->has_orig && !in_cube(&rule->orig, &r->arrived)))
        return false;
    if (rule->cond < 0)
        return true;
    if (rule->cond >= 2)
        return ask(r->tape, 2) == 1;
    if (r->known[rule->cond] < 0)
        r->known[rule->cond] = (int)ask(r->tape, 2);
    return (r->known[rule->cond] == 1) == rule->holds;
}

static void change_packet(struct judge_run *r, const struct judge_rule *rule)
{
    unsigned *v = &r->now.v[rule->field];
    switch (rule->change) {
    case CHANGE_NONE:
        break;
    case CHANGE_TO:
        *v = rule->value;
        break;
    case CHANGE_POOL: /* one of value, value + 1 */
        *v = rule->value + ask(r->tape, 2);
        break;
    case CHANGE_ADD: /* from 0-3 to 4-7 */
        *v += 4;
        break;
    case CHANGE_MASK:
        *v = (*v & ~rule->mask) ^ rule->value;
        break;
    }
}

enum end { END_FELL_OFF, END_PERMIT, END_DENY };

static enum end run_chain(struct judge_run *r, int chain)
{
    for (int i = 0; i < r->policy->chains[chain].n; i++) {
        const struct judge_rule *rule = &r->policy->chains[chain].rules[i];
        if (!rule_matches(r, rule))
            continue;
        judge_matched[chain][i] = true;
        change_packet(r, rule);
        if (rule->treats != 0 && rule->change == CHANGE_NONE)
            r->beside = r->beside * 1000003 + rule->treats;
        if (rule->treats != 0 || rule->change != CHANGE_NONE)
            r->treated = r->treated * 1000003 + 1 + rule->treats + 3 * (unsigned)rule->change +
                         16 * (unsigned)rule->field + 256 * rule->value + 4096 * rule->mask;
        enum end end = END_FELL_OFF;
        if (rule->action == ACT_PERMIT || rule->action == ACT_DENY) {
            r->chain = chain;
            r->rule = i;
            return rule->action == ACT_PERMIT ? END_PERMIT : END_DENY;
        }
        if (rule->action == ACT_RETURN)
            return END_FELL_OFF;
        if (rule->action == ACT_GOTO)
            return run_chain(r, rule->target);
        if (rule->action == ACT_JUMP)
            end = run_chain(r, rule->target);
        if (rule->action == ACT_UNKNOWN) {
            end = (enum end)ask(r->tape, 3);
            r->chain = chain;
            r->rule = i;
        }
        if (end != END_FELL_OFF)
            return end;
    }
    return END_FELL_OFF;
}

/* Whether the packet gets through, by the answers on the tape; DECIDER as chain * 100 + rule, and
 * TREATED, a hash of what was done to it. */
static bool run_policy(const struct judge_policy *p, struct small arrived, struct tape *t,
                       int *decider, uint64_t *treated)
{
    struct judge_run r = {
        .policy = p, .arrived = arrived, .now = arrived, .tape = t, .known = {-1, -1}};
    *decider = -1;
    for (int s = 0; s < p->n_stages; s++) {
        if (p->stages[s].guarded && !in_cube(&p->stages[s].guard, &r.now))
            continue;
        enum end end = run_chain(&r, p->stages[s].chain);
        int who = end == END_FELL_OFF ? 10000 + s : r.chain * 100 + r.rule;
        if (end == END_FELL_OFF)
            end = (p->stages[s].unknown ? ask(t, 2) == 0 : p->stages[s].permit) ? END_PERMIT
                                                                                : END_DENY;
        *treated = end == END_DENY ? r.beside : r.treated;
        if (end == END_DENY) {
            *decider = who;
            return false;
        }
        if (*decider < 0)
            *decider = who;
    }
    return true;
}

/* In what ways a packet may end: by verdict and treatment, in no order. */
#define MAX_FARES 32
struct fares {
    uint64_t v[MAX_FARES];
    int n;
};

static bool has_fare(const struct fares *f, uint64_t fare)
{
    for (int i = 0; i < f->n; i++)
        if (f->v[i] == fare)
            return true;
    return false;
}

static bool same_fares(const struct fares *x, const struct fares *y)
{
    bool same = x->n == y->n;
    for (int i = 0; i < x->n && same; i++)
        same = has_fare(y, x->v[i]);
    return same;
}

/* Bits: 1 may be permitted, 2 may be denied; 4: too many ways to try. */
static unsigned judge(const struct judge_policy *p, struct small packet, struct fares *fares)
{
    struct tape t = {0};
    unsigned all = 0;
    int decider, ways = 0;
    fares->n = 0;
    do {
        t.at = 0;
        uint64_t treated = 0;
        bool permit = run_policy(p, packet, &t, &decider, &treated);
        all |= permit ? 1u : 2u;
        treated = treated * 2 + permit;
        if (t.too_long || ++ways > 4096 || fares->n == MAX_FARES)
            return 4;
        if (!has_fare(fares, treated))
            fares->v[fares->n++] = treated;
    } while (next_tape(&t));
    return all;
}

/* ---- random policies --------------------------------------------------------------------------
 */

static uint64_t random_state;

static unsigned rnd(unsigned n)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(random_state >> 33) % n;
}

static struct judge_cube random_cube(void)
{
    struct judge_cube c;
    for (int f = 0; f < FIELDS_SMALL; f++) {
        unsigned all = (1u << sizes[f]) - 1;
        c.bits[f] = rnd(5) < 3 ? all : rnd(all + 1);
        if (c.bits[f] == 0)
            c.bits[f] = all;
    }
    return c;
}

static struct judge_rule random_rule(int chain, int n_chains)
{
    static const enum action actions[] = {
        ACT_PERMIT, ACT_PERMIT, ACT_PERMIT, ACT_DENY,     ACT_DENY,     ACT_DENY,   ACT_JUMP,
        ACT_JUMP,   ACT_GOTO,   ACT_RETURN, ACT_CONTINUE, ACT_CONTINUE, ACT_UNKNOWN};
    struct judge_rule r = {.action = actions[rnd(13)], .cond = -1, .holds = true};
    if (r.action == ACT_UNKNOWN && rnd(3) != 0)
        r.action = ACT_DENY;
    bool jumps = r.action == ACT_JUMP || r.action == ACT_GOTO;
    if (jumps && chain + 1 == n_chains)
        r.action = ACT_PERMIT;
    else if (jumps)
        r.target = chain + 1 + (int)rnd((unsigned)(n_chains - chain - 1));
    r.n_cubes = 1 + (int)rnd(MAX_CUBES);
    for (int i = 0; i < r.n_cubes; i++)
        r.cubes[i] = random_cube();
    if (rnd(6) == 0) {
        r.cond = (int)rnd(4);
        r.holds = r.cond >= 2 || rnd(2) == 0;
    }
    if (rnd(8) == 0 && r.action != ACT_UNKNOWN) {
        r.change = (enum change)(1 + rnd(4));
        r.field = rnd(2) == 0 && r.change == CHANGE_TO ? STATE : DST;
        r.value = rnd(r.field == STATE ? 2 : 7);
        r.mask = rnd(8);
        for (int i = 0; i < r.n_cubes && r.change == CHANGE_ADD; i++)
            r.cubes[i].bits[DST] = 0x0f;
    }
    r.has_orig = rnd(12) == 0;
    r.orig = random_cube();
    if (r.action != ACT_JUMP && r.action != ACT_GOTO && r.action != ACT_RETURN && rnd(5) == 0)
        r.treats = 1 + rnd(2);
    return r;
}

static struct judge_policy random_policy(void)
{
    struct judge_policy p = {.n_chains = 1 + (int)rnd(MAX_CHAINS),
                             .n_stages = 1 + (int)rnd(MAX_STAGES)};
    for (int c = 0; c < p.n_chains; c++) {
        p.chains[c].n = (int)rnd(MAX_RULES + 1);
        for (int i = 0; i < p.chains[c].n; i++)
            p.chains[c].rules[i] = random_rule(c, p.n_chains);
    }
    for (int s = 0; s < p.n_stages; s++) {
        p.stages[s].chain = (int)rnd((unsigned)p.n_chains);
        p.stages[s].permit = rnd(2) == 0;
        p.stages[s].unknown = rnd(8) == 0;
        p.stages[s].guarded = s != 0 && rnd(3) == 0;
        p.stages[s].guard = random_cube();
    }
    return p;
}

/* ---- the same policy for the engine ------------------------------------------------------------
 */

struct engine {
    struct arena *arena;
    struct sets *sets;
    struct policy *policy;
    struct rule *rules[MAX_CHAINS][MAX_RULES];
    struct rule *defaults[MAX_STAGES];
};

static struct cube to_cube(struct engine *e, const struct judge_cube *j)
{
    struct cube c = cube_any(e->sets);
    for (int f = 0; f < FIELDS_SMALL; f++) {
        struct ival v[8];
        size_t n = 0;
        for (unsigned k = 0; k < sizes[f]; k++)
            if ((j->bits[f] >> k & 1) != 0)
                v[n++] = (struct ival){model_value(f, k), model_value(f, k)};
        if (n < sizes[f])
            c.f[model_field[f]] = set_of(e->sets, v, n);
    }
    return c;
}

static void to_rewrite(struct engine *e, struct rule *r, const struct judge_rule *j)
{
    struct rewrite *w = NEW(e->arena, struct rewrite);
    w->field = model_field[j->field];
    if (j->change == CHANGE_TO)
        w->to = set_one(e->sets, j->value);
    if (j->change == CHANGE_POOL)
        w->to = set_range(e->sets, j->value, j->value + 1);
    if (j->change == CHANGE_ADD) {
        w->shift = true;
        w->value = 4;
    }
    if (j->change == CHANGE_MASK) {
        /* mask 0 means "to": the judge's no-op and plain xor need the long way round */
        w->mask = j->mask | 0x100;
        w->value = j->value;
    }
    r->rewrites = w;
    r->n_rewrites = 1;
}

static void to_rule(struct engine *e, struct chain *chains[], int c, int i,
                    const struct judge_rule *j)
{
    static const char *const texts[] = {"p", "q", "r", "s"};
    struct rule *r = chain_rule(e->policy, chains[c], SPAN_NONE, j->action);
    e->rules[c][i] = r;
    r->inactive = j->gone;
    if (j->treats != 0)
        r->treatment = policy_treatment(e->policy, j->treats == 1 ? STR("log") : STR("answer"));
    if (j->action == ACT_JUMP || j->action == ACT_GOTO)
        r->target = chains[j->target];
    for (int k = 0; k < j->n_cubes; k++) {
        struct cube m = to_cube(e, &j->cubes[k]);
        rule_match(e->policy, r, &m);
    }
    if (j->cond >= 0) {
        struct cond cond = {
            .kind = STR("test"), .text = str_of(texts[j->cond]), .of_packet = j->cond < 2};
        rule_cond(e->policy, r, cond, j->holds);
    }
    if (j->change != CHANGE_NONE)
        to_rewrite(e, r, j);
    if (j->has_orig) {
        struct cube *orig = NEW(e->arena, struct cube);
        *orig = to_cube(e, &j->orig);
        r->orig = orig;
    }
}

static struct engine engine_of(const struct judge_policy *p)
{
    struct engine e = {.arena = arena_new(0)};
    struct chain *chains[MAX_CHAINS];
    e.sets = sets_new(e.arena);
    e.policy = policy_new(e.arena, e.sets, STR("test"));
    for (int c = 0; c < p->n_chains; c++)
        chains[c] = policy_chain(e.policy, STR(""), arena_strf(e.arena, "%d", c), SPAN_NONE);
    for (int c = 0; c < p->n_chains; c++)
        for (int i = 0; i < p->chains[c].n; i++)
            to_rule(&e, chains, c, i, &p->chains[c].rules[i]);
    for (int s = 0; s < p->n_stages; s++) {
        e.defaults[s] = policy_default(e.policy, SPAN_NONE,
                                       p->stages[s].unknown  ? ACT_UNKNOWN
                                       : p->stages[s].permit ? ACT_PERMIT
                                                             : ACT_DENY,
                                       STR("default"));
        struct stage *stage = path_stage(e.policy, PATH_THROUGH, STR("stage"),
                                         chains[p->stages[s].chain], e.defaults[s]);
        stage->decides = true;
        if (p->stages[s].guarded)
            stage->guard = to_cube(&e, &p->stages[s].guard);
    }
    struct diags d = {.arena = e.arena};
    policy_freeze(e.policy, &d);
    return e;
}

static struct region universe(struct engine *e)
{
    struct judge_cube all;
    for (int f = 0; f < FIELDS_SMALL; f++)
        all.bits[f] = (1u << sizes[f]) - 1;
    struct cube c = to_cube(e, &all);
    for (int f = 0; f < FIELD_COUNT; f++)
        if (c.f[f] == set_full(e->sets, (enum field)f))
            c.f[f] = set_one(e->sets, 0);
    for (int f = 0; f < FIELDS_SMALL; f++)
        if (f != PROTO)
            c.f[model_field[f]] = set_range(e->sets, 0, sizes[f] - 1);
    struct ival v[3] = {{6, 6}, {17, 17}, {47, 47}};
    c.f[FIELD_PROTO] = set_of(e->sets, v, 3);
    struct region r = {0};
    *PUSH(e->arena, r) = c;
    return r;
}

static struct packet to_packet(const struct small *s)
{
    struct packet p;
    memset(&p, 0, sizeof p);
    for (int f = 0; f < FIELDS_SMALL; f++)
        p.f[model_field[f]] = model_value(f, s->v[f]);
    return p;
}

/* Membership without the engine's own look-up. */
static int holders(const struct engine *e, const struct region *r, const struct packet *p)
{
    int found = 0;
    for (size_t i = 0; i < r->n; i++) {
        bool in = true;
        for (int f = 0; f < FIELD_COUNT && in; f++) {
            size_t n;
            const struct ival *v = set_ivals(e->sets, r->v[i].f[f], &n);
            in = false;
            for (size_t k = 0; k < n; k++)
                in = in || (p->f[f] >= v[k].lo && p->f[f] <= v[k].hi);
        }
        found += in;
    }
    return found;
}

/* ---- comparing --------------------------------------------------------------------------------
 */

#define FAIL(...)                                                                                  \
    do {                                                                                           \
        snprintf(why, 200, __VA_ARGS__);                                                           \
        return false;                                                                              \
    } while (0)

/* The deciders that the judge finds, as a set of small numbers. */
static int deciders(const struct judge_policy *p, struct small s, int out[], bool permits[])
{
    struct tape t = {0};
    int n = 0;
    do {
        t.at = 0;
        int who;
        uint64_t treated;
        bool permit = run_policy(p, s, &t, &who, &treated);
        int k = 0;
        while (k < n && (out[k] != who || permits[k] != permit))
            k++;
        if (k == n && n < 64) {
            out[n] = who;
            permits[n++] = permit;
        }
    } while (next_tape(&t));
    return n;
}

static const struct rule *rule_named(const struct engine *e, int who)
{
    return who >= 10000 ? e->defaults[who - 10000] : e->rules[who / 100][who % 100];
}

static bool same_trace(struct engine *e, const struct judge_policy *p, struct small s, char *why)
{
    int who[64];
    bool permits[64];
    int n = deciders(p, s, who, permits);
    struct packet k = to_packet(&s);
    struct trace t = trace_packet(e->policy, e->arena, PATH_THROUGH, &k, NULL);
    for (int i = 0; i < n; i++) {
        bool found = false;
        for (size_t j = 0; j < t.n; j++)
            found = found || ((t.v[j].verdict == VERDICT_PERMIT) == permits[i] &&
                              t.v[j].rule == rule_named(e, who[i]));
        if (!found)
            FAIL("trace lacks the outcome of rule %d", who[i]);
    }
    for (size_t j = 0; j < t.n; j++) {
        bool found = false;
        for (int i = 0; i < n; i++)
            found = found || ((t.v[j].verdict == VERDICT_PERMIT) == permits[i] &&
                              t.v[j].rule == rule_named(e, who[i]));
        if (!found)
            FAIL("trace has an outcome that cannot be");
    }
    return true;
}

static bool same_canonical(struct engine *e, const struct region *r, char *why)
{
    struct region mixed = {0}, first = region_canonical(e->sets, e->arena, r, NULL);
    for (unsigned n = 0; n < PACKETS; n++) { /* the same packets, one by one, from the far end */
        struct small s = packet_number(PACKETS - 1 - n);
        struct packet k = to_packet(&s);
        struct cube c = cube_of_packet(e->sets, &k);
        if (holders(e, r, &k) != 0)
            *PUSH(e->arena, mixed) = c;
    }
    struct region second = region_canonical(e->sets, e->arena, &mixed, NULL);
    if (first.n != second.n)
        FAIL("canonical forms of %zu and %zu cubes", first.n, second.n);
    for (size_t i = 0; i < first.n; i++)
        if (!cube_eq(&first.v[i], &second.v[i]))
            FAIL("canonical forms differ in cube %zu", i);
    return true;
}

static bool same_blame(struct engine *e, const unsigned verdicts[], enum verdict v, char *why)
{
    struct region start = universe(e);
    struct blames b = blame(e->policy, e->arena, PATH_THROUGH, &start, v, NULL);
    for (unsigned n = 0; n < PACKETS; n++) {
        struct small s = packet_number(n);
        struct packet k = to_packet(&s);
        int held = 0;
        for (size_t i = 0; i < b.n; i++)
            held += holders(e, &b.v[i].part, &k);
        bool may = (verdicts[n] & (v == VERDICT_PERMIT ? 1u : 2u)) != 0;
        if (may != (held != 0))
            FAIL("packet %u: %s blamed for verdict %d", n, may ? "nobody" : "someone", (int)v);
    }
    return true;
}

static bool right_find(struct engine *e, const unsigned verdicts[], enum verdict v, bool possibly,
                       char *why)
{
    struct region start = universe(e);
    struct packet found;
    const struct rule *rule;
    bool is =
        find_packet(e->policy, e->arena, PATH_THROUGH, &start, v, possibly, NULL, &found, &rule);
    unsigned want = v == VERDICT_PERMIT ? 1u : 2u;
    bool exists = false, right = false;
    for (unsigned n = 0; n < PACKETS; n++) {
        struct small s = packet_number(n);
        struct packet k = to_packet(&s);
        bool fits = possibly ? (verdicts[n] & want) != 0 : verdicts[n] == want;
        exists = exists || fits;
        right = right || (is && fits && memcmp(&k, &found, sizeof k) == 0);
    }
    if (is != exists)
        FAIL("a packet with verdict %d %s", (int)v, exists ? "is not found" : "is made up");
    if (is && !right)
        FAIL("the packet found for verdict %d has another one", (int)v);
    return true;
}

/* Chains that the stages lead to, by rules that are in force. */
static void mark_chains(const struct judge_policy *p, int chain, bool seen[])
{
    seen[chain] = true;
    for (int i = 0; i < p->chains[chain].n; i++) {
        const struct judge_rule *r = &p->chains[chain].rules[i];
        if (!r->gone && (r->action == ACT_JUMP || r->action == ACT_GOTO) && !seen[r->target])
            mark_chains(p, r->target, seen);
    }
}

static bool same_dead(struct engine *e, const struct judge_policy *p, char *why)
{
    bool leads[MAX_CHAINS] = {false};
    e->policy->universe = universe(e);
    for (int s = 0; s < p->n_stages; s++)
        mark_chains(p, p->stages[s].chain, leads);
    struct anomalies all = anomalies_find(survey_new(e->policy, e->arena), e->arena,
                                          (struct purse){1000000, UINT64_MAX}, NULL);
    if (all.undecided.n != 0)
        FAIL("%zu rules are undecided", all.undecided.n);
    for (int c = 0; c < p->n_chains; c++)
        for (int i = 0; i < p->chains[c].n; i++) {
            bool dead = false;
            for (size_t k = 0; k < all.dead.n; k++)
                dead = dead || all.dead.v[k].rule == e->rules[c][i];
            if (leads[c] && !p->chains[c].rules[i].gone && dead == judge_matched[c][i])
                FAIL("rule %d of chain %d is %s", i, c, dead ? "alive" : "dead");
        }
    return true;
}

/* Of rules that decide by the packet alone, where everything does. */
static bool is_settled(const struct judge_policy *p, const unsigned verdicts[])
{
    for (unsigned n = 0; n < PACKETS; n++)
        if (verdicts[n] == 3)
            return false;
    for (int c = 0; c < p->n_chains; c++)
        for (int i = 0; i < p->chains[c].n; i++) {
            const struct judge_rule *r = &p->chains[c].rules[i];
            if (!r->gone && (r->cond >= 0 || r->has_orig || r->change != CHANGE_NONE ||
                             r->action == ACT_UNKNOWN))
                return false;
        }
    return true;
}

static bool takes_all(const struct judge_rule *r)
{
    for (int i = 0; i < r->n_cubes; i++) {
        bool all = true;
        for (int f = 0; f < FIELDS_SMALL; f++)
            all = all && r->cubes[i].bits[f] == (1u << sizes[f]) - 1;
        if (all)
            return true;
    }
    return false;
}

/* Without a rule that is called redundant every packet fares and is treated the same; without
 * another that a packet comes to, some packet does not. */
static bool same_without(struct engine *e, const struct judge_policy *p, const unsigned verdicts[],
                         char *why)
{
    static struct fares with[PACKETS];
    struct fares fares;
    struct redundancy all =
        redundant_find(survey_new(e->policy, e->arena), e->arena, 1000000, 1000000, NULL);
    bool settled = is_settled(p, verdicts) && all.undecided + all.unsure == 0;
    for (int c = 0; c < p->n_chains; c++)
        for (int i = 0; i < p->chains[c].n; i++) {
            const struct judge_rule *r = &p->chains[c].rules[i];
            struct judge_policy without = *p;
            bool found = false, same = true, matched;
            for (size_t k = 0; k < all.found.n; k++)
                found = found || all.found.v[k] == e->rules[c][i];
            if (r->gone || (r->action != ACT_PERMIT && r->action != ACT_DENY))
                continue;
            without.chains[c].rules[i].gone = true;
            memset(judge_matched, 0, sizeof judge_matched);
            for (unsigned n = 0; n < PACKETS; n++)
                judge(p, packet_number(n), &with[n]);
            matched = judge_matched[c][i];
            for (unsigned n = 0; n < PACKETS && same; n++)
                same = judge(&without, packet_number(n), &fares) == verdicts[n] &&
                       same_fares(&fares, &with[n]);
            if (found && !same)
                FAIL("rule %d of chain %d is not redundant", i, c);
            if (settled && !found && same && matched && !(r->action == ACT_DENY && takes_all(r)))
                FAIL("rule %d of chain %d is redundant", i, c);
        }
    return true;
}

/* DEPTH 0: verdicts; 1: dead rules, too; 2: everything. */
static bool agrees(const struct judge_policy *p, int depth, char *why)
{
    unsigned verdicts[PACKETS];
    struct fares fares;
    memset(judge_matched, 0, sizeof judge_matched);
    for (unsigned n = 0; n < PACKETS; n++) {
        verdicts[n] = judge(p, packet_number(n), &fares);
        if (verdicts[n] == 4)
            return true; /* too many ways for the judge */
    }
    struct engine e = engine_of(p);
    bool good = depth == 0 || (same_dead(&e, p, why) && same_without(&e, p, verdicts, why));
    struct region start = universe(&e);
    struct decision d = decide(e.policy, e.arena, PATH_THROUGH, &start, NULL);
    for (unsigned n = 0; n < PACKETS && good; n++) {
        struct small s = packet_number(n);
        struct packet k = to_packet(&s);
        int yes = holders(&e, &d.permitted, &k), no = holders(&e, &d.denied, &k),
            both = holders(&e, &d.depends, &k);
        good = yes == (verdicts[n] == 1) && no == (verdicts[n] == 2) && both == (verdicts[n] == 3);
        if (!good)
            snprintf(why, 200, "packet %u: judge %u, engine permits %d denies %d depends %d", n,
                     verdicts[n], yes, no, both);
        if (good && n % 97 == 0)
            good = same_trace(&e, p, s, why);
    }
    if (depth == 2)
        good = good && same_canonical(&e, &d.permitted, why) &&
               same_blame(&e, verdicts, VERDICT_PERMIT, why) &&
               same_blame(&e, verdicts, VERDICT_DENY, why);
    good = good && right_find(&e, verdicts, VERDICT_PERMIT, false, why) &&
           right_find(&e, verdicts, VERDICT_DENY, false, why) &&
           right_find(&e, verdicts, VERDICT_DENY, true, why) &&
           right_find(&e, verdicts, VERDICT_PERMIT, true, why);
    arena_free(e.arena);
    return good;
}

static void show(const struct judge_policy *p)
{
    for (int c = 0; c < p->n_chains; c++)
        for (int i = 0; i < p->chains[c].n; i++) {
            const struct judge_rule *r = &p->chains[c].rules[i];
            if (r->gone)
                continue;
            print_message("  chain %d rule %d: %s target %d cond %d %d change %d field %d to %u/%u "
                          "orig %d treats %u\n",
                          c, i, action_names[r->action], r->target, r->cond, r->holds,
                          (int)r->change, r->field, r->value, r->mask, r->has_orig, r->treats);
            for (int k = 0; k < r->n_cubes; k++)
                print_message("    src %x dst %x proto %x dport %x state %x in %x\n",
                              r->cubes[k].bits[0], r->cubes[k].bits[1], r->cubes[k].bits[2],
                              r->cubes[k].bits[3], r->cubes[k].bits[4], r->cubes[k].bits[5]);
        }
    for (int s = 0; s < p->n_stages; s++)
        print_message("  stage chain %d, then %s, guarded %d\n", p->stages[s].chain,
                      p->stages[s].unknown  ? "unknown"
                      : p->stages[s].permit ? "permit"
                                            : "deny",
                      p->stages[s].guarded);
}

static void shrink(struct judge_policy *p, char *why)
{
    for (int c = 0; c < p->n_chains; c++)
        for (int i = 0; i < p->chains[c].n; i++) {
            p->chains[c].rules[i].gone = true;
            if (agrees(p, 2, why))
                p->chains[c].rules[i].gone = false;
        }
    agrees(p, 2, why);
}

static unsigned long from_env(const char *name, unsigned long otherwise)
{
    const char *value = getenv(name);
    return value == NULL ? otherwise : strtoul(value, NULL, 10);
}

static void engine_agrees_with_brute_force(void **state)
{
    (void)state;
    unsigned long seed = from_env("FWPROOF_SEED", 1), cases = from_env("FWPROOF_CASES", 1200);
    print_message("# brute force: seed %lu, %lu policies of %d packets\n", seed, cases, PACKETS);
    for (unsigned long i = 0; i < cases; i++) {
        char why[200] = "";
        random_state = seed * 1000003 + i;
        struct judge_policy p = random_policy();
        if (agrees(&p, i % 8 == 0 ? 2 : i % 8 == 4, why)) /* the slow questions now and then */
            continue;
        shrink(&p, why);
        print_message("# FWPROOF_SEED=%lu, policy %lu: %s\n", seed, i, why);
        show(&p);
        fail();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(engine_agrees_with_brute_force)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
