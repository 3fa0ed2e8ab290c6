/* What a rule asks for beside fields, for a set of packets. Private to this folder. */
#ifndef FWPROOF_ANALYZE_CONDS_H
#define FWPROOF_ANALYZE_CONDS_H

#include "analyze/flow.h"

/* The packets of a part of a test. */
struct ask cond_ask(const struct cond_part *part);
/* The conditions of RULE that are open for X; false if one cannot hold. PACKET: those that stay
 * the same for a packet. RATES: those that may answer differently each time. */
bool conds_open(const struct policy *p, const struct rule *rule, const struct flow *x,
                lits_id *packet, lits_id *rates);

#endif
