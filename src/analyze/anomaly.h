/* Rules that cannot match, and why: exact over unions of earlier rules. */
#ifndef FWPROOF_ANOMALY_H
#define FWPROOF_ANOMALY_H

#include "analyze/survey.h"
#include "analyze/touch.h"

struct dead_rule {
    const struct rule *rule;
    /* Earlier rules that together take all that it matches, none to spare, in their order. Empty:
     * nothing that it matches gets to it at all. */
    struct rules blockers;
    /* Of the blockers that do something else, the one that takes most; NULL if all do the same. */
    const struct rule *contrary;
    bool revived; /* it matches again once `contrary` is removed */
};

struct anomalies {
    struct {
        struct dead_rule *v;
        size_t n, cap;
    } dead;                 /* in the order of the chains */
    struct rules undecided; /* the budget ran out */
    size_t live;            /* each with a packet that gets to it and matches */
    size_t unreached;       /* in chains that no path leads to, and not taken by others there */
};

/* Every active rule of every chain is dead, alive, or undecided, when the steps for it, or those
 * for all, are gone. Conditions that are not in the packet never count as cover. Rules of chains
 * that no path leads to are dead only if other rules of their chain take all they match. Told of
 * the rules in ONLY. */
struct anomalies anomalies_find(struct survey *s, struct arena *a, struct purse purse,
                                const struct touched *only);

/* Permits and denials that match, but without which every packet fares as with them. At most EACH
 * steps for a rule, and TOTAL for all: others are undecided. Told of the rules in ONLY. */
struct redundancy {
    struct rules found; /* in the order of the chains */
    size_t undecided;
    size_t unsure; /* nobody knows: conditions, or NAT and marks that change packets */
};
struct redundancy redundant_find(struct survey *s, struct arena *a, uint64_t each, uint64_t total,
                                 const struct touched *only);

#endif
