/* Which rules of a policy a change may concern, so that nobody asks about the others again. */
#ifndef FWPROOF_TOUCH_H
#define FWPROOF_TOUCH_H

#include "analyze/analyze.h"

/* Rules of one policy, by chain->index and place in the chain; NULL in their place is every rule.
 */
struct touched {
    bool **rules;
};

/* NULL touches everything. */
bool is_touched(const struct touched *t, const struct chain *c, size_t place);

/* The rules of X and of Y, that stand in one of them only, read otherwise there, or share packets
 * with such a rule. Whatever is said of another rule from what its packets meet, with or without
 * it, is the same in both policies. False, if nothing of that kind can be said: too much differs,
 * or ways of packets (chains and jumps, NAT), interfaces, or what has been counted at all. */
bool touched_find(const struct policy *x, const struct policy *y, struct arena *a,
                  struct touched out[2]);

#endif
