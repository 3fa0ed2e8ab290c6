/* What a rule asks for beside fields, for a set of packets: decided, or open. */
#include "analyze/conds.h"

struct ask cond_ask(const struct cond_part *part)
{
    return (struct ask){&part->now, part->orig, LITS_NONE};
}

enum holds { HOLDS, HOLDS_NOT, HOLDS_MAYBE };

/* A test by parts is decided for what lies in or outside of them as a whole. */
static enum holds by_parts(struct sets *s, const struct flow *x, const struct cond *c)
{
    bool meets = false;
    for (size_t i = 0; i < c->n_parts; i++) {
        struct ask part = cond_ask(&c->parts[i]);
        if (i < c->n_hold && flow_within(s, x, &part))
            return HOLDS;
        meets = meets || flow_meets(s, x, &part);
    }
    return meets ? HOLDS_MAYBE : HOLDS_NOT;
}

/* A bit test on a field that has one value is decided. */
static enum holds decided(const struct policy *p, const struct flow *x, struct literal l)
{
    const struct cond *c = &p->conds.v[l.cond];
    u128 value;
    if (c->n_parts != 0) {
        enum holds h = by_parts(p->sets, x, c);
        return h == HOLDS_MAYBE || l.holds ? h : h == HOLDS ? HOLDS_NOT : HOLDS;
    }
    if (c->mask == 0 || !set_is_one(p->sets, x->now.f[c->field], &value))
        return HOLDS_MAYBE;
    return ((value & c->mask) == c->want) == l.holds ? HOLDS : HOLDS_NOT;
}

bool conds_open(const struct policy *p, const struct rule *rule, const struct flow *x,
                lits_id *packet, lits_id *rates)
{
    *packet = *rates = LITS_NONE;
    size_t n = lits_count(p->sets, rule->conds);
    for (size_t i = 0; i < n; i++) {
        struct literal l = lits_at(p->sets, rule->conds, i);
        enum holds h = decided(p, x, l);
        if (h == HOLDS_NOT)
            return false;
        lits_id *to = p->conds.v[l.cond].of_packet ? packet : rates;
        if (h == HOLDS_MAYBE)
            lits_and(p->sets, to, *to, lits_of(p->sets, &l, 1));
    }
    return true;
}
