/* Shared by waiver.c and baseline.c. */
#ifndef FWPROOF_CHECK_WAIVER_INT_H
#define FWPROOF_CHECK_WAIVER_INT_H

#include "check/waiver.h"

enum waiver_trouble { WVR_EXPIRED, WVR_ENDS, WVR_UNUSED, WVR_SELF, WVR_TOO_MANY, WVR_STALE };

/* A finding about a waiver, or about an entry of the baseline, at its place. */
void waiver_tell(struct check *c, enum waiver_trouble trouble, struct span at, struct str subject,
                 struct str message);
/* Moves the findings I with gone[I]; BY NULL: all of them by the baseline. */
void settle(struct check *c, const bool *gone, const struct waiver *const *by);
/* Controls all of whose findings are settled are waived. */
void settle_controls(struct check *c);

#endif
