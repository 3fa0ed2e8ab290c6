/* Few questions about a chain: the rules of each are found in a pass through the chain, those of
 * questions that were told of before in one pass for all of them, and no index is made for so few.
 */
#include "model/lookup.h"

/* So many a pass looks for: with more, the index is as good. */
#define QUESTIONS_MAX 32
/* More than one rule in so many is not listed. */
#define SHARE 8
/* So large a part of the chain tells whether a question is about most rules; for others, as many
 * rules are looked at as the chain has, so often. */
#define PART 4
#define PASSES_MAX 5

/* A cube of a rule, and where it lies: parts of a question are asked one after the other. */
struct hit {
    struct bounds box;
    uint32_t rule;
};

struct question {
    struct bounds box;
    ARRAY(struct hit) hits; /* all cubes of rules that meet it, in the order of the rules … */
    size_t n_rules;
    bool many; /* … unless the rules are too many */
};

struct expected {
    struct arena *arena;
    const struct chain *chain;
    struct dims dims;
    ARRAY(struct question) questions;
    uint64_t passed; /* rules, for questions that nobody told of */
};

struct expected *expected_new(struct arena *a, const struct dims *dims, const struct chain *c)
{
    struct expected *e = NEW(a, struct expected);
    *e = (struct expected){.arena = a, .chain = c, .dims = *dims};
    return e;
}

static bool is_inside(const struct bounds *x, const struct bounds *y)
{
    for (size_t i = 0; i < DIMS; i++)
        if (x->d[i].lo < y->d[i].lo || x->d[i].hi > y->d[i].hi)
            return false;
    return true;
}

/* A question whose rules are all that may meet BOX, or that is BOX; NULL if there is none. */
static const struct question *find(const struct expected *e, const struct bounds *box)
{
    for (size_t i = 0; i < e->questions.n; i++) {
        const struct question *q = &e->questions.v[i];
        if (is_inside(box, &q->box) && (!q->many || is_inside(&q->box, box)))
            return q;
    }
    return NULL;
}

/* ---- passes ---------------------------------------------------------------------------------- */

static void note(struct expected *e, struct question *q, uint32_t rule, const struct bounds *box)
{
    const bool another = q->hits.n == 0 || q->hits.v[q->hits.n - 1].rule != rule;
    q->many = another && q->n_rules == e->chain->n_rules / SHARE;
    if (q->many)
        return;
    q->n_rules += another;
    *PUSH(e->arena, q->hits) = (struct hit){*box, rule};
}

/* Most cubes are apart from all questions in the first of the fields. */
static void hold_against(struct expected *e, const struct sets *s, size_t first, uint32_t rule,
                         const struct cube *c)
{
    const struct ival own = set_hull(s, c->f[e->dims.f[0]]);
    for (size_t i = first; i < e->questions.n; i++) {
        struct question *q = &e->questions.v[i];
        if (q->many || own.lo > q->box.d[0].hi || q->box.d[0].lo > own.hi)
            continue;
        const struct bounds box = bounds_of(s, &e->dims, c);
        if (bounds_meet(&q->box, &box))
            note(e, q, rule, &box);
    }
}

static void pass(struct expected *e, const struct sets *s, size_t first, uint32_t rule)
{
    const struct rule *r = e->chain->rules[rule];
    for (size_t m = 0; m < r->n_match && !r->inactive; m++)
        hold_against(e, s, first, rule, &r->match[m]);
}

void expected_add(struct expected *e, const struct sets *s, const struct cube *cubes, size_t n)
{
    const size_t had = e->questions.n;
    for (size_t i = 0; i < n && e->questions.n <= had + QUESTIONS_MAX; i++) {
        struct question q = {.box = bounds_of(s, &e->dims, &cubes[i])};
        if (find(e, &q.box) == NULL)
            *PUSH(e->arena, e->questions) = q;
    }
    if (e->questions.n > had + QUESTIONS_MAX)
        e->questions.n = had;
    for (uint32_t i = 0; i < e->chain->n_rules && e->questions.n != had; i++)
        pass(e, s, had, i);
}

/* The first rules tell that BOX is about too many of them. */
static bool is_broad(struct expected *e, const struct sets *s, const struct bounds *box)
{
    const size_t end = e->chain->n_rules / PART;
    size_t met = 0;
    for (size_t i = 0; i < end && met <= e->chain->n_rules / SHARE; i++, e->passed++) {
        const struct rule *r = e->chain->rules[i];
        bool meets = false;
        for (size_t m = 0; m < r->n_match && !r->inactive && !meets; m++) {
            const struct bounds own = bounds_of(s, &e->dims, &r->match[m]);
            meets = bounds_meet(box, &own);
        }
        met += meets;
    }
    return met > e->chain->n_rules / SHARE;
}

/* A pass for BOX alone; NULL if there have been enough of them. */
static const struct question *ask(struct expected *e, const struct sets *s,
                                  const struct bounds *box)
{
    const bool broad = is_broad(e, s, box);
    const uint32_t n = (uint32_t)e->chain->n_rules;
    if (!broad && e->passed + n > (uint64_t)n * PASSES_MAX)
        return NULL;
    struct question *q = PUSH(e->arena, e->questions);
    *q = (struct question){.box = *box, .n_rules = broad ? n / SHARE : 0, .many = broad};
    for (uint32_t i = 0; i < n && !q->many; i++, e->passed++)
        pass(e, s, e->questions.n - 1, i);
    return q;
}

/* ---- answers --------------------------------------------------------------------------------- */

enum answer expected_rules(struct expected *e, const struct sets *s, struct arena *a,
                           const struct bounds *box, size_t most, struct positions *out)
{
    const struct question *q = find(e, box);
    if (q == NULL)
        q = ask(e, s, box);
    if (q == NULL || (q->many && q->n_rules < most))
        return ANSWER_UNKNOWN;
    for (size_t i = 0; i < q->hits.n && !q->many; i++) {
        if (!bounds_meet(box, &q->hits.v[i].box))
            continue;
        if (out->n == most)
            return ANSWER_MANY;
        *PUSH(a, *out) = q->hits.v[i].rule;
    }
    return q->many ? ANSWER_MANY : ANSWER_LISTED;
}
