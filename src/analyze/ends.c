#include "analyze/ends.h"

#include "analyze/cover.h"
#include "analyze/entry.h"

/* What one rule decides of START. */
struct asking {
    const struct policy *policy;
    struct arena *arena;
    struct region start;
    struct purse purse;
    logs_fn *logs;
    const struct touched *only;
    struct survey *survey;
    const struct entry *entries;
    bool any_logs; /* some rule logs: what a packet met matters */
    struct ends out;
    /* of the rule that is asked about */
    const struct rule *rule;
    enum verdict verdict;
    bool found, soft, logged;
    struct cube piece;
};

/* ---- walks ---------------------------------------------------------------------------------- */

static bool note(void *ctx, const struct step *step)
{
    struct asking *x = ctx;
    if (step->kind != STEP_VERDICT || step->rule != x->rule || step->verdict != x->verdict)
        return true;
    for (const struct trail *t = step->trail; t != NULL; t = t->before)
        x->logged = x->logged || (t->kind == STEP_MATCH && t->rule->logs);
    x->found = true;
    x->piece = step->flow->orig;
    x->soft = step->flow->chosen || x->piece.when != LITS_NONE;
    return step->trail != NULL;
}

/* Whether the rule decides some of FROM. False, too, if the budget ran out. */
static bool decides(struct asking *x, const struct cube *from, enum path_kind path, bool one,
                    struct budget *b)
{
    struct arena *scratch = arena_child(x->arena);
    struct walk w = {.policy = x->policy,
                     .arena = scratch,
                     .path = path,
                     .survey = x->survey,
                     .budget = b,
                     .fn = note,
                     .ctx = x,
                     .permits_only = x->verdict == VERDICT_PERMIT,
                     .trail = one ? TRAIL_MATCHES : TRAIL_NONE};
    x->found = x->logged = false;
    walk(&w, from);
    arena_free(scratch);
    return x->found;
}

static void add(struct asking *x, const struct chain *chain, enum path_kind path)
{
    struct cube c = x->piece;
    c.when = LITS_NONE;
    *PUSH(x->arena, x->out) = (struct end){.rule = x->rule,
                                           .chain = chain,
                                           .path = path,
                                           .packet = cube_pick(x->policy->sets, &c),
                                           .possible = x->soft};
}

/* A packet of BOX that TAKERS before place POS leave, if it comes down PATH to the rule. */
static enum covered try_left(struct asking *x, const struct cover *cover, const struct cube *box,
                             uint32_t pos, enum path_kind path, struct budget *b)
{
    struct cover_query q = {
        .box = box, .before = pos, .budget = b, .scratch = arena_child(x->arena)};
    enum covered c = cover_ask(cover, &q);
    struct cube one;
    arena_free(q.scratch);
    if (c != COVERED_NOT)
        return c;
    one = cube_of_packet(x->policy->sets, &q.witness);
    return decides(x, &one, path, x->any_logs, b) && !x->logged ? COVERED_NOT : COVERED_SPENT;
}

/* What the rule decides of a box, piece by piece. */
struct pieces {
    struct asking *x;
    const struct rule *rule;
    const struct cover *cover;
    uint32_t pos;
    enum path_kind path;
    struct budget *budget;
    bool found;
};

static bool try_piece(void *ctx, const struct step *step)
{
    struct pieces *p = ctx;
    if (step->kind != STEP_VERDICT || step->rule != p->rule)
        return true;
    struct cube piece = step->flow->now;
    piece.when = LITS_NONE;
    p->found = try_left(p->x, p->cover, &piece, p->pos, p->path, p->budget) == COVERED_NOT;
    return !p->found;
}

/* The same as try_left(), for what gets past the other rules on its way, too. */
static bool try_pieces(struct asking *x, const struct cover *cover, const struct cube *box,
                       uint32_t pos, enum path_kind path, struct budget *b)
{
    struct arena *scratch = arena_child(x->arena);
    struct pieces p = {x, x->rule, cover, pos, path, b, false};
    struct walk w = {.policy = x->policy,
                     .arena = scratch,
                     .path = path,
                     .budget = b,
                     .fn = try_piece,
                     .ctx = &p};
    walk(&w, box);
    arena_free(scratch);
    return p.found;
}

/* ---- defaults that permit ------------------------------------------------------------------- */

/* First a packet that the rules of the chain leave; if that one ends elsewhere, all are walked. */
static bool default_decides(struct asking *x, const struct stage *s, const struct cover *cover,
                            enum path_kind path, struct budget *b)
{
    struct region boxes = region_and_cube(x->policy->sets, x->arena, &x->start, &s->guard);
    bool covered = cover != NULL;
    for (size_t i = 0; i < boxes.n; i++) {
        enum covered c =
            cover == NULL ? COVERED_SPENT : try_left(x, cover, &boxes.v[i], UINT32_MAX, path, b);
        if (c == COVERED_NOT)
            return true;
        covered = covered && c == COVERED;
    }
    for (size_t i = 0; i < x->start.n && !covered; i++)
        if (decides(x, &x->start.v[i], path, false, b))
            return true;
    return false;
}

static void ask_default(struct asking *x, const struct stage *s, const struct cover *cover,
                        enum path_kind path)
{
    struct budget b = purse_open(&x->purse);
    x->rule = s->otherwise;
    x->verdict = VERDICT_PERMIT;
    if (default_decides(x, s, cover, path, &b))
        add(x, s->chain, path);
    else
        x->out.undecided += b.spent;
    purse_close(&x->purse, &b);
}

static void ask_implicit(struct asking *x, const struct chain *c, enum path_kind path)
{
    for (size_t i = 0; c->implicit && i < c->n_rules; i++) {
        const struct rule *r = c->rules[i];
        struct budget b = purse_open(&x->purse);
        bool found = false;
        x->rule = r;
        x->verdict = VERDICT_PERMIT;
        for (size_t m = 0; m < r->n_match && r->implicit && r->action == ACT_PERMIT; m++) {
            struct region from =
                region_and_cube(x->policy->sets, x->arena, &x->start, &r->match[m]);
            for (size_t k = 0; k < from.n && !found; k++)
                found = decides(x, &from.v[k], path, false, &b);
        }
        if (found)
            add(x, c, path);
        x->out.undecided += !found && b.spent;
        purse_close(&x->purse, &b);
    }
}

static struct asking asking_new(struct survey *s, struct arena *a, const struct region *start,
                                struct purse purse)
{
    return (struct asking){.policy = survey_policy(s),
                           .arena = a,
                           .start = *start,
                           .purse = purse,
                           .survey = s,
                           .entries = survey_entries(s)};
}

/* The first stage that decides names the rule of a permit: what it guards is not asked of later
 * ones. */
static void ask_path(struct asking *x, enum path_kind k, const struct region *start)
{
    const struct policy *p = x->policy;
    struct region left = *start;
    for (size_t i = 0; i < p->paths[k].n; i++) {
        const struct stage *s = &p->paths[k].v[i];
        if (!s->decides)
            continue;
        struct region guarded = region_and_cube(p->sets, x->arena, &left, &s->guard);
        x->start = guarded;
        if (s->chain != NULL)
            ask_implicit(x, s->chain, k);
        if (s->otherwise->action == ACT_PERMIT)
            ask_default(x, s, s->chain == NULL ? NULL : survey_cover(x->survey, s->chain), k);
        left = region_minus(p->sets, x->arena, &left, &guarded, NULL);
    }
}

struct ends open_ends(struct survey *s, struct arena *a, const struct region *start, uint8_t paths,
                      struct purse purse)
{
    struct asking x = asking_new(s, a, start, purse);
    for (enum path_kind k = PATH_THROUGH; k < PATH_KINDS; k++)
        if ((paths >> k & 1) != 0)
            ask_path(&x, k, start);
    return x.out;
}

/* ---- denials that leave no trace ------------------------------------------------------------ */

static void list_logs(struct asking *x, struct takers *to, const struct rule *r,
                      const struct cube *within, uint32_t pos)
{
    for (size_t m = 0; m < r->n_match; m++) {
        struct cube both;
        if (!cube_and(x->policy->sets, &both, &r->match[m], within))
            continue;
        struct cube *kept = NEW(x->arena, struct cube);
        *kept = both;
        *PUSH(x->arena, *to) =
            (struct taker){.cube = kept, .conds = LITS_NONE, .pos = pos, .rule = r};
    }
}

/* What rules of C log: those of lists that it calls too, one call deep. */
static struct takers logs_of(struct asking *x, const struct chain *c)
{
    enum { CALLED_MAX = 64 };
    struct takers all = {0};
    struct cube any = cube_any(x->policy->sets);
    for (size_t i = 0; x->any_logs && i < c->n_rules; i++) {
        const struct rule *r = c->rules[i];
        if (r->inactive)
            continue;
        if (r->logs && r->action == ACT_CONTINUE)
            list_logs(x, &all, r, &any, (uint32_t)i);
        for (size_t k = 0; r->action == ACT_JUMP && k < r->target->n_rules && k < CALLED_MAX; k++)
            for (size_t m = 0; r->target->rules[k]->logs && m < r->n_match && m < CALLED_MAX; m++)
                list_logs(x, &all, r->target->rules[k], &r->match[m], (uint32_t)i);
    }
    return all;
}

/* What rules of C take or log. */
static const struct cover *takers_and_logs(struct asking *x, const struct chain *c, struct arena *a)
{
    struct takers logs = logs_of(x, c);
    if (logs.n == 0)
        return survey_cover(x->survey, c);
    const struct takers *takers = survey_takers(x->survey, c);
    struct takers all = {0};
    for (size_t i = 0; i < takers->n; i++)
        *PUSH(a, all) = takers->v[i];
    for (size_t i = 0; i < logs.n; i++)
        *PUSH(a, all) = logs.v[i];
    return cover_new(a, x->policy->sets, &all);
}

/* Whether the rule, at place POS, denies some of MATCH on PATH. */
static bool denies(struct asking *x, const struct cover *cover, uint32_t pos,
                   const struct cube *match, enum path_kind path, struct budget *b)
{
    struct region from = region_and_cube(x->policy->sets, x->arena, &x->start, match);
    for (size_t i = 0; i < from.n; i++) {
        enum covered found = try_left(x, cover, &from.v[i], pos, path, b);
        if (found == COVERED_NOT ||
            (found == COVERED_SPENT && !b->spent && try_pieces(x, cover, &from.v[i], pos, path, b)))
            return true;
    }
    return false;
}

static void ask_denial(struct asking *x, const struct chain *c, const struct cover *cover,
                       const struct rule *r, uint32_t pos, const struct cube *match, uint8_t paths)
{
    struct budget b = purse_open(&x->purse);
    bool found = false;
    x->rule = r;
    x->verdict = VERDICT_DENY;
    for (enum path_kind k = PATH_THROUGH; k <= PATH_TO_SELF && !found; k++) {
        found = (paths >> k & 1) != 0 && denies(x, cover, pos, match, k, &b);
        if (found)
            add(x, c, k);
    }
    x->out.undecided += !found && b.spent;
    purse_close(&x->purse, &b);
}

/* A chain that others call is asked with what may enter it; whether something was logged before is
 * seen in the walk of the packet. */
static void ask_denials(struct asking *x, const struct chain *c, uint8_t paths)
{
    struct arena *index = arena_child(x->arena);
    const struct cover *cover = takers_and_logs(x, c, index);
    const struct region *enter = &x->entries[c->index].cubes;
    for (size_t i = 0; (i = next_touched(x->only, c, i)) < c->n_rules; i++) {
        const struct rule *r = c->rules[i];
        size_t had = x->out.n;
        if (r->action != ACT_DENY || r->inactive || x->logs(r))
            continue;
        for (size_t m = 0; m < r->n_match; m++)
            for (size_t e = 0; e < enter->n && x->out.n == had; e++) {
                struct cube both;
                if (cube_and(x->policy->sets, &both, &r->match[m], &enter->v[e]))
                    ask_denial(x, c, cover, r, (uint32_t)i, &both, paths);
            }
    }
    for (enum path_kind k = PATH_THROUGH; k <= PATH_TO_SELF; k++)
        for (size_t i = 0; i < x->policy->paths[k].n; i++) {
            const struct stage *s = &x->policy->paths[k].v[i];
            if (s->chain == c && s->decides && s->otherwise->action == ACT_DENY &&
                !x->logs(s->otherwise))
                ask_denial(x, c, cover, s->otherwise, UINT32_MAX, &s->guard, (uint8_t)(1 << k));
        }
    arena_free(index);
}

struct ends silent_ends(struct survey *s, struct arena *a, const struct region *start,
                        struct purse purse, logs_fn *logs, const struct touched *only)
{
    const struct policy *p = survey_policy(s);
    struct asking x = asking_new(s, a, start, purse);
    x.logs = logs;
    x.only = only;
    for (size_t i = 0; i < p->chains.n; i++)
        x.any_logs = x.any_logs || p->chains.v[i]->logs;
    for (size_t i = 0; i < p->chains.n; i++)
        if (x.entries[i].reached)
            ask_denials(&x, p->chains.v[i], 1 << PATH_THROUGH | 1 << PATH_TO_SELF);
    return x.out;
}
