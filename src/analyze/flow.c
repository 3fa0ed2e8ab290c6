#include "analyze/flow.h"

static u128 *shift_of(struct flow *x, enum field f)
{
    return f == FIELD_SRC ? &x->shift[0] : f == FIELD_DST ? &x->shift[1] : NULL;
}

static set_id shifted(struct sets *s, set_id set, u128 by)
{
    size_t n;
    const struct ival *v = set_ivals(s, set, &n);
    struct ival *moved = NEW_N(sets_arena(s), struct ival, n);
    for (size_t i = 0; i < n; i++)
        moved[i] = (struct ival){v[i].lo + by, v[i].hi + by};
    return set_of(s, moved, n);
}

/* Sets one side of field F, and the other side as far as it is still the same packet's. */
static void set_side(struct sets *s, struct flow *x, enum field f, bool orig, set_id values)
{
    u128 *shift = shift_of(x, f);
    u128 by = shift == NULL ? 0 : *shift;
    bool moved = (x->moved >> f & 1) != 0;
    if (orig || !moved)
        x->orig.f[f] = by == 0 || orig ? values : shifted(s, values, 0 - by);
    if (!orig || !moved)
        x->now.f[f] = by == 0 || !orig ? values : shifted(s, values, by);
}

bool flow_meets(struct sets *s, const struct flow *x, const struct ask *ask)
{
    lits_id both;
    return cube_overlaps(s, &x->now, ask->now) &&
           (ask->orig == NULL || cube_overlaps(s, &x->orig, ask->orig)) &&
           (ask->when == LITS_NONE || lits_and(s, &both, x->orig.when, ask->when));
}

bool flow_within(struct sets *s, const struct flow *x, const struct ask *ask)
{
    lits_id both;
    struct cube orig = x->orig;
    orig.when = LITS_NONE;
    return cube_within(s, &x->now, ask->now) &&
           (ask->orig == NULL || cube_within(s, &orig, ask->orig)) &&
           (ask->when == LITS_NONE ||
            (lits_and(s, &both, x->orig.when, ask->when) && both == x->orig.when));
}

/* Narrows X to ASK field by field; with LEFT, what each cut takes off goes there. */
static void cut(struct sets *s, struct arena *a, struct flow *x, const struct ask *ask,
                struct flows *left)
{
    for (int k = 0; k < 2 * FIELD_COUNT; k++) {
        enum field f = (enum field)(k % FIELD_COUNT);
        bool orig = k >= FIELD_COUNT;
        if (orig && ask->orig == NULL)
            break;
        set_id have = orig ? x->orig.f[f] : x->now.f[f];
        set_id want = orig ? ask->orig->f[f] : ask->now->f[f];
        if (have == want || set_within(s, have, want))
            continue;
        if (left != NULL) {
            struct flow *piece = PUSH(a, *left);
            *piece = *x;
            set_side(s, piece, f, orig, set_minus(s, have, want));
        }
        set_side(s, x, f, orig, set_and(s, have, want));
        if (x->now.f[f] == SET_EMPTY || x->orig.f[f] == SET_EMPTY)
            return; /* what it asks of now and of then cannot both be */
    }
    size_t n = lits_count(s, ask->when);
    for (size_t i = 0; i < n; i++) {
        struct literal l = lits_at(s, ask->when, i), no = {l.cond, !l.holds};
        lits_id yes = LITS_NONE;
        lits_and(s, &yes, x->orig.when, lits_of(s, &l, 1));
        if (yes == x->orig.when)
            continue;
        if (left != NULL) {
            struct flow *piece = PUSH(a, *left);
            *piece = *x;
            lits_and(s, &piece->orig.when, x->orig.when, lits_of(s, &no, 1));
        }
        x->orig.when = yes;
    }
}

void flow_narrow(struct sets *s, struct flow *x, const struct ask *ask)
{
    cut(s, NULL, x, ask, NULL);
}

const struct hole *flow_holes(struct sets *s, struct arena *a, const struct flow *x,
                              const struct hole *holes, bool *gone)
{
    const struct hole *kept = NULL;
    *gone = false;
    for (; holes != NULL && !*gone; holes = holes->next) {
        if (!flow_meets(s, x, &holes->ask))
            continue;
        kept = flow_hole(a, kept, &holes->ask);
        *gone = flow_within(s, x, &holes->ask);
    }
    return kept;
}

/* ---- holes that make one hole --------------------------------------------------------------- */

static bool is_plain(const struct hole *h)
{
    return h->ask.orig == NULL && h->ask.when == LITS_NONE;
}

/* CUBES, that stand for WEIGHT holes, before HOLES. */
static const struct hole *add_group(struct arena *a, const struct hole *holes,
                                    const struct region *cubes, uint32_t weight)
{
    for (size_t i = 0; i < cubes->n; i++) {
        struct hole *h = NEW(a, struct hole);
        *h = (struct hole){holes, {&cubes->v[i], NULL, LITS_NONE}, 0, (uint32_t)i + 1, weight};
        holes = h;
    }
    return holes;
}

/* A thousand networks that rules take out one by one are one set, and cut once. */
const struct hole *flow_pack(struct sets *s, struct arena *a, const struct hole *holes)
{
    struct region plain = {0};
    const struct hole *others = NULL, *rest = holes;
    uint32_t weight = 0;
    while (rest != NULL && (rest->fresh != 0 || rest->weight <= weight)) {
        if (is_plain(rest))
            weight += rest->weight;
        for (uint32_t left = rest->group; left-- > 0; rest = rest->next)
            if (is_plain(rest))
                *PUSH(a, plain) = *rest->ask.now;
            else
                others = flow_hole(a, others, &rest->ask);
    }
    for (; others != NULL; others = others->next) {
        struct hole *h = NEW(a, struct hole);
        *h = (struct hole){rest, others->ask, 0, 1, 1};
        rest = h;
    }
    struct region joined = region_join(s, a, &plain);
    return add_group(a, rest, &joined, weight);
}

const struct hole *flow_hole(struct arena *a, const struct hole *holes, const struct ask *ask)
{
    struct hole *h = NEW(a, struct hole);
    *h = (struct hole){holes, *ask, holes == NULL ? 1 : holes->fresh + 1, 1, 1};
    return h;
}

/* ---- one packet ------------------------------------------------------------------------------ */

#define PROBES 64

static bool in_hole(const struct sets *s, const struct hole *holes, const struct packet *k)
{
    for (; holes != NULL; holes = holes->next) {
        int f = 0;
        while (f < FIELD_COUNT && set_has(s, holes->ask.now->f[f], k->f[f]))
            f++;
        if (f == FIELD_COUNT)
            return true;
    }
    return false;
}

bool flow_packet(struct sets *s, const struct flow *x, const struct hole *holes, struct flow *one)
{
    uint64_t state = 1;
    *one = *x;
    for (int f = 0; f < FIELD_COUNT; f++)
        if (x->now.f[f] != x->orig.f[f])
            return false;
    struct packet k = cube_pick(s, &x->now); /* what people would name, first */
    for (int tries = 0; tries < PROBES; tries++) {
        if (!in_hole(s, holes, &k)) {
            for (int f = 0; f < FIELD_COUNT; f++)
                one->now.f[f] = one->orig.f[f] = set_one(s, k.f[f]);
            return true;
        }
        for (int f = 0; f < FIELD_COUNT; f++)
            k.f[f] = set_random(s, x->now.f[f], &state);
    }
    return false;
}

uint64_t flow_cost(const struct sets *s, const struct flow *x)
{
    return 1 + lits_count(s, x->orig.when) / 4;
}

/* ---- pieces --------------------------------------------------------------------------------- */

struct part {
    struct flow flow;
    const struct hole *holes; /* still to be cut out */
};

bool flow_pieces(struct sets *s, struct arena *a, const struct flow *x, const struct hole *holes,
                 struct budget *b, piece_fn *fn, void *ctx)
{
    struct {
        struct part *v;
        size_t n, cap;
    } todo = {0};
    struct flows left = {0};
    *PUSH(a, todo) = (struct part){*x, holes};
    while (todo.n != 0) {
        struct part p = todo.v[--todo.n];
        uint64_t steps = flow_cost(s, &p.flow);
        for (; p.holes != NULL && !flow_meets(s, &p.flow, &p.holes->ask); p.holes = p.holes->next)
            steps++;
        if (!budget_take(b, steps))
            return false;
        if (p.holes == NULL) {
            if (!fn(ctx, &p.flow))
                return false;
            continue;
        }
        left.n = 0;
        cut(s, a, &p.flow, &p.holes->ask, &left);
        for (size_t i = left.n; i-- > 0;)
            *PUSH(a, todo) = (struct part){left.v[i], p.holes->next};
    }
    return true;
}

/* ---- rewriting ------------------------------------------------------------------------------ */

static u128 masked(const struct rewrite *w, u128 old)
{
    return (old & ~w->mask) ^ w->value;
}

/* Where a masked change meets few values, each goes its own way. */
#define MASKED_MAX 256

/* What a masked change makes of OLD; of many values, nobody knows which. */
static set_id masked_set(struct sets *s, const struct rewrite *w, set_id old)
{
    u128 one;
    if ((w->mask & field_max[w->field]) == field_max[w->field])
        return set_one(s, w->value);
    return set_is_one(s, old, &one) ? set_one(s, masked(w, one)) : set_full(s, w->field);
}

static void rewrite(struct sets *s, struct flow *x, const struct rewrite *w)
{
    enum field f = w->field;
    u128 *shift = shift_of(x, f), one;
    if (w->shift && shift != NULL && (x->moved >> f & 1) == 0) {
        *shift += w->value - w->base;
        x->now.f[f] = shifted(s, x->now.f[f], w->value - w->base);
        return;
    }
    x->now.f[f] = w->mask != 0 ? masked_set(s, w, x->now.f[f])
                  : w->shift   ? shifted(s, x->now.f[f], w->value - w->base)
                               : w->to;
    x->moved |= (uint32_t)1 << f;
    if (!set_is_one(s, x->now.f[f], &one))
        x->chosen = true; /* which packet got which of the values is not known any more */
}

/* A copy from another field: for each of its values a change by that; of many, nobody knows. */
static void rewrite_from(struct sets *s, struct arena *a, const struct flow *x,
                         const struct rewrite *w, struct flows *out)
{
    set_id from = x->now.f[w->from];
    size_t n;
    const struct ival *v = set_ivals(s, from, &n);
    if (set_size(s, from) > MASKED_MAX) {
        struct rewrite any = {.field = w->field, .to = set_full(s, w->field)};
        flow_rewrite(s, a, x, &any, out);
        return;
    }
    for (size_t i = 0; i < n; i++)
        for (u128 k = v[i].lo; k <= v[i].hi; k++) {
            struct flow part = *x;
            struct rewrite one = *w;
            set_side(s, &part, w->from, false, set_one(s, k));
            one.from_mask = 0;
            one.value = k & w->from_mask;
            if (one.mask == 0)
                one.mask = field_max[w->field] + 1; /* a bit that no value has */
            flow_rewrite(s, a, &part, &one, out);
        }
}

void flow_rewrite(struct sets *s, struct arena *a, const struct flow *x, const struct rewrite *w,
                  struct flows *out)
{
    if (w->from_mask != 0) {
        rewrite_from(s, a, x, w, out);
        return;
    }
    set_id old = x->now.f[w->field];
    u128 size = set_size(s, old);
    size_t n;
    const struct ival *v = set_ivals(s, old, &n);
    struct flow *part;
    bool forgets = (w->mask & field_max[w->field]) == field_max[w->field];
    if (w->mask == 0 || forgets || size == 1 || size > MASKED_MAX) {
        part = PUSH(a, *out);
        *part = *x;
        rewrite(s, part, w);
        return;
    }
    for (size_t i = 0; i < n; i++)
        for (u128 k = v[i].lo; k <= v[i].hi; k++) {
            part = PUSH(a, *out);
            *part = *x;
            set_side(s, part, w->field, false, set_one(s, k));
            rewrite(s, part, w);
        }
}
