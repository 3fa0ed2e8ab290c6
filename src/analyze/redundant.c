/* Rules that match, but without which nothing changes: all packets that get to such a rule end the
 * same way when it is left out. */
#include "analyze/anomaly.h"
#include "analyze/entry.h"

struct asking {
    const struct policy *policy;
    const struct rule *rule;
    enum path_kind path;
    struct arena *scratch;
    struct budget *budget;
    bool met, differs;
};

/* Whether all packets of a walk end with one verdict, and for sure. */
struct ends {
    bool any, mixed;
    enum verdict verdict;
};

static bool note_end(void *ctx, const struct step *step)
{
    struct ends *e = ctx;
    if (step->kind != STEP_VERDICT)
        return true;
    bool soft = step->flow->chosen || step->flow->orig.when != LITS_NONE;
    e->mixed = e->mixed || soft || (e->any && e->verdict != step->verdict);
    e->any = true;
    e->verdict = step->verdict;
    return !e->mixed;
}

static struct ends ends_of(const struct asking *x, const struct cube *start,
                           const struct rule *skip)
{
    struct ends e = {0};
    struct walk w = {.policy = x->policy,
                     .arena = x->scratch,
                     .path = x->path,
                     .budget = x->budget,
                     .fn = note_end,
                     .ctx = &e,
                     .skip = skip};
    walk(&w, start);
    return e;
}

static bool compare_piece(void *ctx, const struct step *step)
{
    struct asking *x = ctx;
    struct cube piece = step->flow->orig;
    x->met = true;
    x->differs = step->flow->chosen || piece.when != LITS_NONE;
    if (x->differs)
        return false;
    struct ends with = ends_of(x, &piece, NULL), without = ends_of(x, &piece, x->rule);
    x->differs = with.mixed || without.mixed || with.any != without.any ||
                 (with.any && with.verdict != without.verdict);
    return !x->differs;
}

/* Only rules that decide by the packet alone, in policies that do not change packets on the way:
 * what gets to the rule is then what arrived. */
static bool askable(const struct rule *r)
{
    bool decides = r->action == ACT_PERMIT || r->action == ACT_DENY;
    return decides && !r->inactive && !r->implicit && r->conds == LITS_NONE && r->orig == NULL &&
           r->n_rewrites == 0;
}

static bool is_redundant(const struct policy *p, struct arena *a, const struct rule *r,
                         struct budget *b)
{
    struct asking x = {.policy = p, .rule = r, .scratch = arena_child(a), .budget = b};
    for (int k = 0; k < PATH_KINDS && !x.differs; k++)
        for (size_t m = 0; m < r->n_match && !x.differs; m++) {
            struct region starts = region_and_cube(p->sets, x.scratch, &p->universe, &r->match[m]);
            x.path = (enum path_kind)k;
            for (size_t i = 0; i < starts.n && !x.differs; i++) {
                struct walk w = {.policy = p,
                                 .arena = x.scratch,
                                 .path = x.path,
                                 .budget = b,
                                 .fn = compare_piece,
                                 .ctx = &x,
                                 .watch = r,
                                 .permits_only = true,
                                 .watch_only = true};
                walk(&w, &starts.v[i]);
            }
        }
    arena_free(x.scratch);
    return x.met && !x.differs && !b->spent;
}

static bool changes_packets(const struct policy *p)
{
    for (size_t i = 0; i < p->chains.n; i++)
        for (size_t k = 0; k < p->chains.v[i]->n_rules; k++)
            if (p->chains.v[i]->rules[k]->n_rewrites != 0)
                return true;
    return false;
}

struct redundancy redundant_find(const struct policy *p, struct arena *a, uint64_t each,
                                 uint64_t total)
{
    struct redundancy out = {0};
    bool moves = changes_packets(p);
    for (size_t i = 0; i < p->chains.n; i++)
        for (size_t k = 0; k < p->chains.v[i]->n_rules; k++) {
            const struct rule *r = p->chains.v[i]->rules[k];
            struct budget b = {.left = each < total ? each : total};
            uint64_t had = b.left;
            if (!askable(r) || (r->action == ACT_DENY && rule_matches_all(p->sets, r)))
                continue; /* what ends a list is written down for readers */
            if (moves || had == 0) {
                out.undecided++;
                continue;
            }
            if (is_redundant(p, a, r, &b))
                *PUSH(a, out.found) = r;
            out.undecided += b.spent;
            total -= b.spent ? had : had - b.left;
        }
    return out;
}
