/* What is done with packets beside letting them pass or not: rules on their way answer them, log
 * them, translate, mark or copy them. */
#ifndef FWPROOF_TREAT_H
#define FWPROOF_TREAT_H

#include "analyze/analyze.h"

/* The rule does more with a packet than to decide or to lead it on. */
bool rule_treats(const struct rule *r);
/* Some rule of P does. */
bool policy_treats(const struct policy *p);

/* Numbers for lists of treatments in the order in which a packet meets them: equal lists have equal
 * numbers, over all policies of the same sets. */
struct treating;
/* IN_PACKETS: leave out what leaves packets as they are: logs and answers. */
struct treating *treating_new(struct arena *a, bool in_packets);

/* Packets, as they arrive, that end alike. */
struct treated {
    enum verdict verdict;
    uint32_t list; /* of treatments; 0: the empty one */
    struct region
        packets; /* may overlap, and those of others where treatments hang on conditions */
};
struct treatments {
    struct treated *v;
    size_t n, cap;
    ARRAY(uint32_t) places[2]; /* by verdict, by list: in v, from 1; 0: it is not there */
};

/* Adds to ALL how the packets of a verdict were treated: a step of a walk with TRAIL_MATCHES. */
void treated_add(struct treating *x, struct arena *a, struct treatments *all,
                 const struct policy *p, const struct step *step);

/* Adds to OUT the packets that may be treated in a way of X in which they are not in Y, and the
 * other way round. The pieces may overlap. */
void treated_otherwise(struct sets *s, struct arena *a, const struct treatments *x,
                       const struct treatments *y, struct budget *b, struct region *out);

#endif
