/* Rules that share packets with earlier rules that do something else, and rules and chains that no
 * packet needs. */
#ifndef FWPROOF_OVERLAP_H
#define FWPROOF_OVERLAP_H

#include "analyze/anomaly.h"

/* A permit or denial, and the earlier rules of its chain that do the contrary with packets that
 * both match (E. Al-Shaer, H. Hamed, "Discovery of Policy Anomalies in Distributed Firewalls",
 * INFOCOM 2004). */
struct overlap {
    const struct rule *rule;
    struct rules inside;  /* all they match RULE matches, too: RULE generalises them */
    struct rules across;  /* each matches something that the other does not: correlation */
    size_t more;          /* earlier ones beyond those that are listed */
    struct packet shared; /* by RULE and the first of them */
};
struct overlaps {
    struct overlap *v;
    size_t n, cap;
    size_t undecided; /* rules; STEPS were spent */
};

/* Rules that match every packet are left out: what ends a list generalises all of it. Conditions
 * that are not in the packet never make an overlap. At most STEPS pairs. */
struct overlaps overlaps_find(const struct policy *p, struct arena *a, uint64_t steps);

/* RETURNs behind which nothing stands in their chain that would do anything with their packets. */
struct rules idle_returns(const struct policy *p, struct arena *a);
/* Chains with rules that no path leads to. */
struct chains {
    const struct chain **v;
    size_t n, cap;
};
struct chains unreached_chains(const struct policy *p, struct arena *a);

#endif
