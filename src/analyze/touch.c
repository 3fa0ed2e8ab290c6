#include "analyze/touch.h"

#include "analyze/align.h"
#include "analyze/entry.h"

#include <string.h>

/* Beyond as many rules on one side only, everything is asked again. */
#define UNPAIRED_MAX 256
/* A cube that more rules of a chain share packets with is held against each of them. */
#define SHARE 8

struct touching {
    const struct policy *policies[2];
    struct arena *arena, *scratch;
    struct touched *out;
    uint32_t changed;    /* bit per field that rules change on the way */
    size_t unpaired;     /* rules */
    struct region cubes; /* of these; may overlap */
    struct region met;   /* packets that meet them */
    struct budget *budget;
};

bool is_touched(const struct touched *t, const struct chain *c, size_t place)
{
    return t == NULL || t->rules[c->index][place];
}

size_t next_touched(const struct touched *t, const struct chain *c, size_t from)
{
    if (t == NULL || from >= c->n_rules)
        return from;
    const bool *all = t->rules[c->index];
    const bool *next = memchr(all + from, 1, c->n_rules - from);
    return next == NULL ? c->n_rules : (size_t)(next - all);
}

bool is_reached_anew(const struct touched *t, struct sets *s, const struct chain *c, size_t place)
{
    const struct rule *r = c->rules[place];
    if (!is_touched(t, c, place))
        return false;
    if (t == NULL || t->differ == NULL || t->twins[c->index][place] == 0)
        return true;
    for (size_t m = 0; m < r->n_match; m++) {
        struct cube match = r->match[m];
        cube_widen(s, &match, t->changed);
        for (size_t i = 0; i < t->differ->n; i++)
            if (cube_overlaps(s, &match, &t->differ->v[i]))
                return true;
    }
    return false;
}

const struct rule *twin_of(const struct touched *t, const struct chain *c, size_t place,
                           size_t *there)
{
    if (t == NULL || t->twins[c->index][place] == 0)
        return NULL;
    *there = t->twins[c->index][place] - 1;
    return t->others[c->index]->rules[*there];
}

/* ---- what must be the same --------------------------------------------------------------------
 */

static bool same_nets(const struct interface *x, const struct interface *y)
{
    bool same = x->n_nets == y->n_nets;
    for (size_t i = 0; same && i < x->n_nets; i++)
        same = x->families[i] == y->families[i] && x->nets[i].lo == y->nets[i].lo &&
               x->nets[i].hi == y->nets[i].hi;
    return same;
}

static bool same_interfaces(const struct policy *x, const struct policy *y)
{
    bool same = x->interfaces.n == y->interfaces.n && x->ifaces.n == y->ifaces.n &&
                x->zoned == y->zoned && str_eq(x->format, y->format);
    for (size_t i = 0; same && i < x->interfaces.n; i++) {
        const struct interface *a = &x->interfaces.v[i], *b = &y->interfaces.v[i];
        same = str_eq(a->name, b->name) && a->class == b->class && a->level == b->level &&
               a->side == b->side && same_nets(a, b);
    }
    for (size_t i = 0; same && i < x->ifaces.n; i++)
        same = str_eq(x->ifaces.v[i], y->ifaces.v[i]);
    return same;
}

static bool same_universe(const struct policy *x, const struct policy *y)
{
    bool same = x->universe.n == y->universe.n;
    for (size_t i = 0; same && i < x->universe.n; i++)
        same = cube_eq(&x->universe.v[i], &y->universe.v[i]);
    return same;
}

static bool same_chains(const struct policy *x, const struct policy *y)
{
    bool same = x->chains.n == y->chains.n;
    for (size_t i = 0; same && i < x->chains.n; i++) {
        const struct chain *c = x->chains.v[i];
        const struct chain *other = policy_find_chain(y, c->table, c->name);
        same = other != NULL && (other->n_rules == 0) == (c->n_rules == 0);
    }
    return same;
}

/* ---- rules on one side only -------------------------------------------------------------------
 */

/* It leads packets elsewhere, or nobody knows what it does. */
static bool leads(const struct rule *r)
{
    return r->target != NULL || r->n_rewrites != 0 || r->moves_to != MOVES_NOT ||
           r->action == ACT_UNKNOWN;
}

static bool add_unpaired(struct touching *x, int side, const struct chain *c,
                         const struct lines *lines, const struct lines *other)
{
    for (size_t i = 0; i < lines->n; i++) {
        const struct line *l = &lines->v[i];
        if (l->twin != NO_TWIN) {
            x->out[side].twins[c->index][l->place] = other->v[l->twin].place + 1;
            continue;
        }
        const struct rule *r = c->rules[l->place];
        if (leads(r) || ++x->unpaired > UNPAIRED_MAX)
            return false;
        x->out[side].rules[c->index][l->place] = true;
        met_by(x->policies[side], r, x->changed, x->arena, x->budget, &x->met);
        for (size_t m = 0; m < r->n_match; m++) {
            struct cube cube = r->match[m];
            cube_widen(x->policies[side]->sets, &cube, x->changed);
            cube.when = LITS_NONE;
            *PUSH(x->arena, x->cubes) = cube;
        }
    }
    return true;
}

static bool compare_chains(struct touching *x, const struct chain *c)
{
    const struct policy *p = x->policies[0], *q = x->policies[1];
    const struct chain *other = policy_find_chain(q, c->table, c->name);
    struct arena *scratch = arena_child(x->scratch);
    struct lines_pair both = align(scratch, p, c, q, other, SAME_WORDS);
    x->out[0].others[c->index] = other;
    x->out[1].others[other->index] = c;
    bool known = add_unpaired(x, 0, c, &both.of[0], &both.of[1]) &&
                 add_unpaired(x, 1, other, &both.of[1], &both.of[0]);
    arena_free(scratch);
    return known;
}

/* ---- rules that share packets with them --------------------------------------------------------
 */

static void touch(struct sets *s, const struct chain *c, size_t place, const struct cube *cube,
                  bool *touched)
{
    const struct rule *r = c->rules[place];
    for (size_t m = 0; m < r->n_match && !touched[place]; m++)
        touched[place] = cube_overlaps(s, &r->match[m], cube);
}

static void touch_chain(struct touching *x, int side, const struct chain *c)
{
    struct sets *s = x->policies[side]->sets;
    bool *touched = x->out[side].rules[c->index];
    for (size_t i = 0; i < x->cubes.n; i++) {
        struct positions some = {0};
        const struct cube *cube = &x->cubes.v[i];
        if (c->lookup != NULL &&
            lookup_rules(c->lookup, s, x->scratch, cube, c->n_rules / SHARE, &some))
            for (size_t k = 0; k < some.n; k++)
                touch(s, c, some.v[k], cube, touched);
        else
            for (size_t k = 0; k < c->n_rules; k++)
                touch(s, c, k, cube, touched);
    }
}

static struct touched nothing(struct arena *a, const struct policy *p, uint32_t changed)
{
    struct touched t = {NEW_N(a, bool *, p->chains.n + 1), NEW_N(a, uint32_t *, p->chains.n + 1),
                        NEW_N(a, const struct chain *, p->chains.n + 1), changed, NULL};
    for (size_t i = 0; i < p->chains.n; i++) {
        const struct chain *c = p->chains.v[i];
        t.rules[c->index] = NEW_N(a, bool, c->n_rules + 1);
        t.twins[c->index] = NEW_N(a, uint32_t, c->n_rules + 1);
    }
    return t;
}

bool touched_find(const struct policy *x, const struct policy *y, struct arena *a, struct budget *b,
                  struct touched out[2])
{
    struct touching t = {.policies = {x, y},
                         .arena = a,
                         .scratch = arena_child(a),
                         .out = out,
                         .budget = b,
                         .changed = changed_fields(x, true) | changed_fields(y, true)};
    bool known = same_interfaces(x, y) && same_universe(x, y) && same_chains(x, y) &&
                 same_paths(x, y) && policy_counts(x) == policy_counts(y);
    out[0] = nothing(a, x, t.changed);
    out[1] = nothing(a, y, t.changed);
    for (size_t i = 0; known && i < x->chains.n; i++)
        known = compare_chains(&t, x->chains.v[i]);
    for (int side = 0; known && side < 2; side++)
        for (size_t i = 0; i < t.policies[side]->chains.n; i++)
            touch_chain(&t, side, t.policies[side]->chains.v[i]);
    arena_free(t.scratch);
    if (known && (b == NULL || !b->spent)) {
        struct region *differ = NEW(a, struct region);
        *differ = region_join(x->sets, a, &t.met); /* both sides mostly tell the same pieces */
        out[0].differ = out[1].differ = differ;
    }
    return known;
}
