/* Which rules of a policy a change may concern, so that nobody asks about the others again. */
#ifndef FWPROOF_TOUCH_H
#define FWPROOF_TOUCH_H

#include "analyze/analyze.h"

/* Rules of one policy, by chain->index and place in the chain. NULL in place of all of this is
 * every rule. */
struct touched {
    bool **rules;
    uint32_t **twins; /* places of the same rules in the other policy, plus 1; 0: there is none */
    const struct chain **others; /* the same chains there */
    uint32_t changed;            /* bit per field that rules of either change */
    const struct region *differ; /* packets that meet rules of one policy only, as they arrive;
                                    NULL: nobody knows */
};

/* NULL touches everything. */
bool is_touched(const struct touched *t, const struct chain *c, size_t place);
/* The first rule of C at FROM or later that is touched; as many as C has, if there is none. */
size_t next_touched(const struct touched *t, const struct chain *c, size_t from);
/* It is touched, and other packets may get to it than in the other policy. */
bool is_reached_anew(const struct touched *t, struct sets *s, const struct chain *c, size_t place);
/* The same rule in the other policy, and its place THERE; NULL if there is none, or of NULL. */
const struct rule *twin_of(const struct touched *t, const struct chain *c, size_t place,
                           size_t *there);

/* The rules of X and of Y, that stand in one of them only, read otherwise there, or share packets
 * with such a rule. Whatever is said of another rule from what its packets meet, with or without
 * it, is the same in both policies. False, if nothing of that kind can be said: too much differs,
 * or ways of packets (chains and jumps, NAT), interfaces, or what has been counted at all. Where
 * the steps of B do not suffice, it is not known which packets fare differently. */
bool touched_find(const struct policy *x, const struct policy *y, struct arena *a, struct budget *b,
                  struct touched out[2]);

#endif
