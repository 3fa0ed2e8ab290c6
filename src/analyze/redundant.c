/* Rules that match, but without which nothing changes: all packets that get to such a rule end the
 * same way, and are logged, answered, translated the same, when it is left out. First the rules of
 * the same chain are asked: what they say is a proof, or leaves a packet that may tell. Where it
 * does not, both ways are walked. */
#include "analyze/anomaly.h"
#include "analyze/cover.h"
#include "analyze/entry.h"
#include "analyze/fall.h"
#include "analyze/treat.h"

/* What the rules of one chain share. */
struct finder {
    const struct policy *policy;
    struct survey *survey;
    struct falls *falls;
    const struct entry *entries;
    const struct chain *chain;
    const struct cover *cover;
    const struct touched *only;
    uint32_t unsteady; /* bit per field that rules change on the way through a chain */
    uint32_t idle;     /* … that nothing looks at */
    bool translates;   /* some rule changes packets */
    bool treats;       /* some rule does more than to decide */
};

/* One rule's question. */
struct asking {
    const struct finder *x;
    const struct rule *rule;
    uint32_t place;
    enum path_kind path;
    struct arena *scratch;
    struct budget *budget;
    struct treating *treating; /* NULL: no rule does more than to decide */
    struct region boxes;       /* what may come to it, and it matches; may overlap */
    bool met;                  /* some packet comes to the rule */
    bool differs;              /* some that does surely fares otherwise without it */
    bool unsure; /* of some that may come to it nobody knows, or they are changed on the way */
};

/* How the packets of a walk end: verdicts that are sure, as bits, and whether some hang on more
 * than the packet; whether some were changed; how they were treated. */
struct ends {
    const struct asking *of;
    uint8_t verdicts;
    bool soft, moved;
    struct treatments treatments;
};

static bool is_mixed(const struct ends *e)
{
    return (e->verdicts & (e->verdicts - 1)) != 0;
}

static bool note_end(void *ctx, const struct step *step)
{
    struct ends *e = ctx;
    if (step->kind != STEP_VERDICT)
        return true;
    if (step->flow->chosen || step->flow->orig.when != LITS_NONE)
        e->soft = true;
    else
        e->verdicts |= (uint8_t)(1 << step->verdict);
    e->moved = e->moved || step->flow->moved != 0;
    if (e->of->treating == NULL)
        return !e->soft && !is_mixed(e);
    treated_add(e->of->treating, e->of->scratch, &e->treatments, e->of->x->policy, step);
    return !is_mixed(e);
}

static struct ends ends_of(const struct asking *x, const struct cube *start,
                           const struct rule *skip)
{
    struct ends e = {.of = x};
    struct walk w = {.policy = x->x->policy,
                     .arena = x->scratch,
                     .path = x->path,
                     .survey = x->x->survey,
                     .budget = x->budget,
                     .fn = note_end,
                     .ctx = &e,
                     .skip = skip,
                     .meets_idle = true,
                     .trail = x->treating == NULL ? TRAIL_NONE : TRAIL_MATCHES};
    walk(&w, start);
    return e;
}

/* Some packet may be logged, answered, translated otherwise without the rule. Walks that a spent
 * budget has ended say nothing about that. */
static bool is_treated_otherwise(struct asking *x, const struct ends *with,
                                 const struct ends *without)
{
    struct region packets = {0};
    if (x->treating != NULL)
        treated_otherwise(x->x->policy->sets, x->scratch, &with->treatments, &without->treatments,
                          x->budget, &packets);
    return packets.n != 0 && !x->budget->spent;
}

static bool compare_piece(void *ctx, const struct step *step)
{
    struct asking *x = ctx;
    struct cube piece = step->flow->orig;
    x->met = true;
    if (step->flow->chosen || piece.when != LITS_NONE) {
        x->unsure = true;
        return true;
    }
    struct ends with = ends_of(x, &piece, NULL), without = ends_of(x, &piece, x->rule);
    bool one = with.verdicts != 0 && !with.soft && !is_mixed(&with);
    bool same = one && !without.soft && with.verdicts == without.verdicts;
    x->differs = one && ((without.verdicts & ~with.verdicts) != 0 ||
                         is_treated_otherwise(x, &with, &without));
    x->unsure = x->unsure || !same || with.moved || without.moved;
    return !x->differs;
}

/* Only rules that decide by the packet alone, and change nothing. */
static bool askable(const struct rule *r)
{
    bool decides = r->action == ACT_PERMIT || r->action == ACT_DENY;
    return decides && !r->inactive && !r->implicit && r->conds == LITS_NONE && r->orig == NULL &&
           r->n_rewrites == 0;
}

/* Walks START both ways, as far as it gets to the rule: sets `met` and `differs`. */
static void walk_both(struct asking *x, const struct cube *start)
{
    for (int k = 0; k < PATH_KINDS && !x->differs; k++) {
        struct walk w = {.policy = x->x->policy,
                         .arena = x->scratch,
                         .path = x->path = (enum path_kind)k,
                         .survey = x->x->survey,
                         .budget = x->budget,
                         .fn = compare_piece,
                         .ctx = x,
                         .watch = x->rule,
                         .permits_only = true,
                         .watch_only = true};
        walk(&w, start);
    }
}

/* Where packets are changed on the way, those that get to the rule may have arrived as others. */
static void walk_all(struct asking *x)
{
    const struct policy *p = x->x->policy;
    const struct cube any = cube_any(p->sets);
    size_t n = x->x->translates ? 1 : x->rule->n_match;
    for (size_t m = 0; m < n; m++) {
        struct region starts = region_and_cube(p->sets, x->scratch, &p->universe,
                                               x->x->translates ? &any : &x->rule->match[m]);
        for (size_t i = 0; i < starts.n && !x->differs; i++)
            walk_both(x, &starts.v[i]);
    }
}

/* ---- by the rules of the chain
 * ------------------------------------------------------------------ */

enum answer { SPARE, KEPT, OPEN };

/* Packets that are tried until one comes to the rule: others may be stopped on their way to it. */
#define TRIES 8

/* SPARE: rules before PLACE, but not SKIP, take all of BOX. KEPT: they leave a packet that fares
 * otherwise without the rule. */
static enum answer ask(struct asking *x, const struct cube *box, size_t place,
                       const struct rule *skip)
{
    x->met = x->differs = false;
    for (uint64_t seed = 0; seed < TRIES && !x->met; seed++) {
        struct cover_query q = {.box = box,
                                .conds = LITS_NONE,
                                .before = (uint32_t)place,
                                .skip = skip,
                                .seed = seed << 32,
                                .fixed = x->x->idle,
                                .budget = x->budget,
                                .scratch = x->scratch};
        enum covered c = cover_ask(x->x->cover, &q);
        if (c != COVERED_NOT)
            return c == COVERED ? SPARE : OPEN;
        struct cube one = cube_of_packet(x->x->policy->sets, &q.witness);
        walk_both(x, &one);
    }
    return x->met && x->differs ? KEPT : OPEN;
}

static enum answer ask_all(struct asking *x, size_t place, const struct rule *skip)
{
    enum answer all = SPARE;
    for (size_t i = 0; i < x->boxes.n && all == SPARE; i++)
        all = ask(x, &x->boxes.v[i], place, skip);
    return all;
}

/* A packet that comes to LATER fares as with the rule, or goes on as it came. */
static bool is_alike(const struct asking *x, const struct rule *later)
{
    bool same = later->action == ACT_CONTINUE
                    ? later->treatment == 0
                    : later->action == x->rule->action && later->conds == LITS_NONE &&
                          later->orig == NULL && later->treatment == x->rule->treatment;
    return later->inactive || (same && later->n_rewrites == 0);
}

/* A later rule that may do something else must get none of the rule's packets. */
static enum answer ask_later(struct asking *x, const struct cube *box, uint32_t place)
{
    const struct rule *later = x->x->chain->rules[place];
    enum answer all = SPARE;
    if (place <= x->place || is_alike(x, later))
        return SPARE;
    for (size_t m = 0; m < later->n_match && all == SPARE; m++) {
        struct cube both;
        if (cube_and(x->x->policy->sets, &both, box, &later->match[m]))
            all = ask(x, &both, place, x->rule);
    }
    return all;
}

/* Later rules that may get some of a box, and what is known of them so far. */
struct later {
    struct asking *asking;
    const struct cube *box;
    uint64_t steps; /* for each */
    struct positions open;
    enum answer all;
};

/* Most rules that are not redundant lose packets to one of many, and which one a few steps tell:
 * the others are not worth many. False once the answer is known. */
static bool ask_shortly(struct later *l, uint32_t place)
{
    struct asking *x = l->asking;
    struct budget *whole = x->budget;
    struct budget some = {.left = l->steps < whole->left ? l->steps : whole->left};
    const uint64_t had = some.left;
    x->budget = &some;
    enum answer one = ask_later(x, l->box, place);
    x->budget = whole;
    budget_take(whole, had - some.left);
    if (one == OPEN && some.spent && whole->left != 0)
        *PUSH(x->scratch, l->open) = place;
    else if (one != SPARE)
        l->all = one;
    return l->all == SPARE;
}

static bool ask_met(void *ctx, const struct taker *t)
{
    return ask_shortly(ctx, t->pos);
}

/* The next rules are asked one by one, and first; the others come as an index tells them. */
#define NEXT 256
#define STEPS_FIRST 512
#define STEPS_MORE 16 /* times as many */

static enum answer ask_all_later(struct asking *x, const struct cube *box)
{
    const struct chain *c = x->x->chain;
    struct later l = {.asking = x, .box = box, .steps = STEPS_FIRST, .all = SPARE};
    size_t i = x->place + 1;
    for (; i < c->n_rules && i <= x->place + NEXT; i++)
        if (!ask_shortly(&l, (uint32_t)i))
            return l.all;
    if (i < c->n_rules)
        cover_meet(survey_rules(x->x->survey, c), box, (uint32_t)i, ask_met, &l);
    while (l.open.n != 0 && l.all == SPARE) {
        struct positions again = l.open;
        l.open = (struct positions){0};
        l.steps *= STEPS_MORE;
        for (size_t k = 0; k < again.n && ask_shortly(&l, again.v[k]); k++)
            continue;
    }
    return l.all;
}

/* Whether a packet that comes to the rule fares the same without it. A rule that none comes to is
 * dead, and others tell so. */
static enum answer ask_one(struct asking *x)
{
    enum answer all = KEPT;
    for (size_t i = 0; i < x->boxes.n; i++) {
        enum answer one = ask(x, &x->boxes.v[i], x->place, NULL);
        if (one != SPARE && x->met)
            return x->differs ? KEPT : SPARE;
        if (one != SPARE)
            all = OPEN;
    }
    return all;
}

static enum answer by_chain(struct asking *x)
{
    struct sets *s = x->x->policy->sets;
    const struct entry *e = &x->x->entries[x->x->chain->index];
    enum fall fall = fall_of(x->x->falls, x->x->chain);
    for (size_t i = 0; i < e->cubes.n; i++) {
        struct cube enters = e->cubes.v[i], both;
        cube_widen(s, &enters, x->x->unsteady);
        for (size_t m = 0; m < x->rule->n_match; m++)
            if (cube_and(s, &both, &x->rule->match[m], &enters))
                *PUSH(x->scratch, x->boxes) = both;
    }
    enum answer all = ask_one(x);
    if (all == SPARE && (fall != (x->rule->action == ACT_PERMIT ? FALL_PERMIT : FALL_DENY) ||
                         x->rule->treatment != 0))
        all = ask_all(x, SIZE_MAX, x->rule);
    for (size_t i = 0; i < x->boxes.n && all == SPARE; i++)
        all = ask_all_later(x, &x->boxes.v[i]);
    return all;
}

/* SPARE: it is redundant. OPEN: nobody knows. */
static enum answer is_spare(struct asking *x, struct budget *walks)
{
    enum answer a = by_chain(x);
    if (a != OPEN)
        return a;
    x->budget = walks;
    x->met = x->differs = x->unsure = false;
    walk_all(x);
    if (x->differs || (!x->met && !walks->spent))
        return KEPT;
    return walks->spent || x->unsure ? OPEN : SPARE;
}

/* The first rule at FROM or later that is asked; as many as there are, if none is. */
static size_t next_asked(const struct finder *x, size_t from)
{
    const struct chain *c = x->chain;
    size_t i = next_touched(x->only, c, from);
    while (i < c->n_rules && !askable(c->rules[i]))
        i = next_touched(x->only, c, i + 1);
    return i;
}

/* Rules of the finder's chain. */
static void find_in_chain(struct finder *x, struct arena *a, struct redundancy *out, uint64_t each,
                          uint64_t *total)
{
    x->cover = survey_cover(x->survey, x->chain);
    for (size_t i = 0; (i = next_asked(x, i)) < x->chain->n_rules; i++) {
        const struct rule *r = x->chain->rules[i];
        if (r->action == ACT_DENY && rule_matches_all(x->policy->sets, r))
            continue; /* what ends a list is written down for readers */
        struct budget chain = {.left = 4 * each}, walks = {.left = each < *total ? each : *total};
        uint64_t had = walks.left;
        struct asking ask = {
            .x = x, .rule = r, .place = (uint32_t)i, .budget = &chain, .scratch = arena_child(a)};
        walks.spent = had == 0;
        ask.treating = x->treats ? treating_new(ask.scratch, false) : NULL;
        enum answer spare = is_spare(&ask, &walks);
        if (spare == SPARE)
            *PUSH(a, out->found) = r;
        out->undecided += spare == OPEN && walks.spent;
        out->unsure += spare == OPEN && !walks.spent;
        *total -= walks.spent ? had : had - walks.left;
        arena_free(ask.scratch);
    }
}

struct redundancy redundant_find(struct survey *s, struct arena *a, uint64_t each, uint64_t total,
                                 const struct touched *only)
{
    const struct policy *p = survey_policy(s);
    struct redundancy out = {0};
    struct finder x = {.policy = p,
                       .survey = s,
                       .falls = falls_new(p, a),
                       .entries = survey_entries(s),
                       .only = only,
                       .unsteady = changed_fields(p, false),
                       .idle = survey_idle_fields(s),
                       .translates = changed_fields(p, true) != 0,
                       .treats = policy_treats(p)};
    for (size_t i = 0; i < p->chains.n; i++) {
        x.chain = p->chains.v[i];
        if (next_asked(&x, 0) < x.chain->n_rules)
            find_in_chain(&x, a, &out, each, &total);
    }
    return out;
}
