/* What becomes of packets that no rule of a chain takes. Private to this folder. */
#ifndef FWPROOF_ANALYZE_FALL_H
#define FWPROOF_ANALYZE_FALL_H

#include "analyze/analyze.h"

enum fall { FALL_NOWHERE, FALL_PERMIT, FALL_DENY, FALL_UNSURE };

struct falls;
struct falls *falls_new(const struct policy *p, struct arena *a);
/* FALL_PERMIT, FALL_DENY: all packets that come to the end of C are then, for sure, let out of the
 * stage or denied in it. FALL_NOWHERE: no path leads to C. Each chain is looked at once. */
enum fall fall_of(struct falls *f, const struct chain *c);

#endif
