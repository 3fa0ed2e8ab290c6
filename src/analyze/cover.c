/* Questions to an index of cubes: whether they take all of a box, which of them has a packet first,
 * which share packets with a box. */
#include "analyze/cover_int.h"

static bool has_packet(const struct sets *s, const struct taker *t, const u128 *packet)
{
    for (uint32_t bits = t->tight; bits != 0; bits &= bits - 1) {
        int f = __builtin_ctz(bits);
        if (!set_has(s, t->cube->f[f], packet[f]))
            return false;
    }
    return true;
}

/* ---- stabbing -----------------------------------------------------------------------------------
 */

struct stab {
    const struct cover *cover;
    const struct cover_query *q;
    const struct cube *box;
    struct packet at;
    struct taker *best;
    double share; /* of the box that the best takes */
    uint64_t steps;
};

/* The conditions of T hold wherever those of the box do. */
static bool implied(const struct stab *x, const struct taker *t)
{
    lits_id both;
    return t->conds == LITS_NONE ||
           (lits_and(x->cover->sets, &both, x->q->conds, t->conds) && both == x->q->conds);
}

static double size_of(const struct sets *s, set_id set)
{
    return (double)set_size(s, set);
}

static double share_of(const struct stab *x, const struct taker *t)
{
    struct sets *s = x->cover->sets;
    double share = 1;
    for (uint32_t bits = t->tight; bits != 0; bits &= bits - 1) {
        int f = __builtin_ctz(bits);
        if (!set_within(s, x->box->f[f], t->cube->f[f]))
            share *= size_of(s, set_and(s, x->box->f[f], t->cube->f[f])) / size_of(s, x->box->f[f]);
    }
    return share;
}

static void look_at(struct stab *x, struct taker *t)
{
    if (t->rule == x->q->skip || !has_packet(x->cover->sets, t, x->at.f) || !implied(x, t))
        return;
    double share = share_of(x, t);
    if (x->best == NULL || share > x->share) {
        x->best = t;
        x->share = share;
    }
}

static void stab_node(struct stab *x, struct node *n);

static void stab_items(struct stab *x, const struct item *v, size_t from, size_t to, u128 value)
{
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        x->steps++;
        if (v[mid].max_hi < value)
            return;
        stab_items(x, v, from, mid, value);
        if (v[mid].range.lo > value)
            return;
        if (v[mid].range.hi >= value)
            stab_node(x, v[mid].child);
        from = mid + 1;
    }
}

static void stab_node(struct stab *x, struct node *n)
{
    bool whole = x->best != NULL && x->share >= 1;
    if (n->min_pos >= x->q->before || whole)
        return;
    if (!n->open)
        cover_open(x->cover, n);
    if (n->items != NULL) {
        stab_items(x, n->items, 0, n->n_items, x->at.f[n->field]);
        return;
    }
    for (uint32_t i = 0; i < n->n && n->takers[i].pos < x->q->before; i++) {
        x->steps++;
        look_at(x, &n->takers[i]);
    }
}

/* ---- peeling ------------------------------------------------------------------------------------
 */

static double volume(const struct sets *s, const struct cube *c)
{
    double all = 1;
    for (int f = 0; f < FIELD_COUNT; f++)
        all *= size_of(s, c->f[f]);
    return all;
}

/* The pieces of BOX without T onto the stack, the largest on top. */
static void peel(const struct cover *c, struct cover_query *q, struct region *todo,
                 const struct cube *box, const struct taker *t)
{
    size_t first = todo->n, largest = first;
    cube_minus(c->sets, q->scratch, todo, box, t->cube);
    for (size_t i = first; i < todo->n; i++)
        if (volume(c->sets, &todo->v[i]) > volume(c->sets, &todo->v[largest]))
            largest = i;
    if (todo->n == first)
        return;
    struct cube top = todo->v[largest];
    todo->v[largest] = todo->v[todo->n - 1];
    todo->v[todo->n - 1] = top;
}

static void use(struct cover_query *q, size_t *cap, struct taker *t)
{
    for (size_t i = q->n_used; i-- > 0;)
        if (q->used[i] == t)
            return;
    q->used = array_room(q->scratch, q->used, q->n_used, cap, sizeof *q->used);
    q->used[q->n_used++] = t;
}

/* A packet of BOX: by chance, but for the fixed fields. */
static void choose(const struct cover *c, const struct cover_query *q, const struct cube *box,
                   uint64_t *state, struct packet *at)
{
    for (int f = 0; f < FIELD_COUNT; f++) {
        if ((q->fixed >> f & 1) == 0) {
            at->f[f] = set_random(c->sets, box->f[f], state);
        } else if (box->f[f] == set_full(c->sets, (enum field)f)) {
            at->f[f] = 0;
            set_random_skip(state);
        } else {
            at->f[f] = set_min(c->sets, box->f[f]);
            if (!set_is_one(c->sets, box->f[f], &(u128){0}))
                set_random_skip(state);
        }
    }
}

enum covered cover_ask(const struct cover *c, struct cover_query *q)
{
    uint64_t state = q->before + q->seed;
    struct cube box = *q->box;
    struct region todo = {0};
    size_t cap = 0;
    q->used = NULL;
    q->n_used = 0;
    box.when = LITS_NONE;
    for (;;) {
        struct stab x = {.cover = c, .q = q, .box = &box};
        choose(c, q, &box, &state, &x.at);
        if (c->root != NULL)
            stab_node(&x, c->root);
        if (!budget_take(q->budget, 1 + x.steps))
            return COVERED_SPENT;
        if (x.best == NULL) {
            q->witness = x.at;
            return COVERED_NOT;
        }
        use(q, &cap, x.best);
        if (x.share < 1)
            peel(c, q, &todo, &box, x.best);
        if (todo.n == 0)
            return COVERED;
        box = todo.v[--todo.n];
    }
}

/* ---- the next rule of a packet ------------------------------------------------------------------
 */

struct first {
    const struct cover *cover;
    const u128 *packet;
    uint32_t from, to;
    const struct taker *found; /* at place `to` */
};

static void first_in_node(struct first *x, struct node *n);

static void first_in_items(struct first *x, const struct item *v, size_t from, size_t to,
                           u128 value)
{
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        if (v[mid].max_hi < value)
            return;
        first_in_items(x, v, from, mid, value);
        if (v[mid].range.lo > value)
            return;
        if (v[mid].range.hi >= value)
            first_in_node(x, v[mid].child);
        from = mid + 1;
    }
}

static void first_in_node(struct first *x, struct node *n)
{
    if (n->min_pos >= x->to || n->max_pos < x->from)
        return;
    if (!n->open)
        cover_open(x->cover, n);
    if (n->items != NULL) {
        first_in_items(x, n->items, 0, n->n_items, x->packet[n->field]);
        return;
    }
    for (uint32_t i = 0; i < n->n; i++) {
        const struct taker *t = &n->takers[i];
        if (t->pos >= x->to)
            return;
        if (t->pos >= x->from && has_packet(x->cover->sets, t, x->packet)) {
            x->found = t;
            x->to = t->pos;
        }
    }
}

const struct taker *cover_first(const struct cover *c, const u128 packet[FIELD_COUNT],
                                uint32_t from, uint32_t to)
{
    struct first x = {c, packet, from, to, NULL};
    if (c->root != NULL)
        first_in_node(&x, c->root);
    return x.found;
}

/* ---- rules that share packets with a box --------------------------------------------------------
 */

struct meeting {
    const struct cover *cover;
    const struct cube *box;
    struct ival hulls[FIELD_COUNT]; /* of the box, in the fields of the levels */
    uint32_t from;
    meet_fn *fn;
    void *ctx;
};

static bool meet_node(const struct meeting *x, struct node *n);

static bool meet_items(const struct meeting *x, const struct item *v, size_t from, size_t to,
                       const struct ival *range)
{
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        if (v[mid].max_hi < range->lo)
            return true;
        if (!meet_items(x, v, from, mid, range))
            return false;
        if (v[mid].range.lo > range->hi)
            return true;
        if (v[mid].range.hi >= range->lo && !meet_node(x, v[mid].child))
            return false;
        from = mid + 1;
    }
    return true;
}

static bool meet_node(const struct meeting *x, struct node *n)
{
    if (n->max_pos < x->from)
        return true;
    if (!n->open)
        cover_open(x->cover, n);
    if (n->items != NULL)
        return meet_items(x, n->items, 0, n->n_items, &x->hulls[n->field]);
    for (uint32_t i = 0; i < n->n; i++) {
        const struct taker *t = &n->takers[i];
        if (t->pos >= x->from && cube_overlaps(x->cover->sets, x->box, t->cube) &&
            !x->fn(x->ctx, t))
            return false;
    }
    return true;
}

bool cover_meet(const struct cover *c, const struct cube *box, uint32_t from, meet_fn *fn,
                void *ctx)
{
    struct meeting x = {.cover = c, .box = box, .from = from, .fn = fn, .ctx = ctx};
    if (c->root == NULL || cube_is_empty(box))
        return true;
    for (size_t i = 0; i < LEVELS; i++) {
        enum field f = c->levels[i];
        x.hulls[f] = (struct ival){set_min(c->sets, box->f[f]), set_max(c->sets, box->f[f])};
    }
    return meet_node(&x, c->root);
}
