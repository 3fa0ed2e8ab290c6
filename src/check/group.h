/* Findings about single rules, and how many of them make one. Private to this folder. */
#ifndef FWPROOF_CHECK_GROUP_H
#define FWPROOF_CHECK_GROUP_H

#include "check/check_int.h"

/* Something that is wrong in one place. */
struct spot {
    struct span at;
    struct str where;        /* the list it stands in; spots of one list may be told together */
    const struct rule *rule; /* may be NULL */
    struct str what;         /* {what} of the message */
    struct str subject;      /* by meaning; empty: the rule's */
    bool has_witness;
    struct packet witness;
    enum certainty certainty;
    const void *more; /* for those who tell it */
};
struct spots {
    struct spot *v;
    size_t n, cap;
};

/* More in one list are told as one: nobody reads the same sentence a hundred times. */
#define SPOTS_FEW 3

typedef void spots_fn(struct check *c, const struct rule_def *r, const struct spots *spots);

/* Has SPOTS told by TELL; where two policies are compared, those of them that the other has not.
 * At most once in a run of a rule. */
void spots_judge(struct check *c, const struct rule_def *r, const struct spots *spots,
                 spots_fn *tell);
/* The same: a finding for each spot; where one list has many, one finding at the first of them that
 * names the others. */
void spots_tell(struct check *c, const struct rule_def *r, const struct spots *spots);

/* What a run found, until it is known what the other one found. */
struct held {
    struct spots spots;
    spots_fn *tell;
};

/* Makes F, told of the first of ALL, that of all of them. */
void spots_join(struct check *c, struct finding *f, const struct spots *all);

/* A rule by what it means, not by where it stands. */
struct str rule_subject(struct check *c, const struct rule *r);

/* By chain->index: a bit per enum path_kind on which packets may get there; only by stages whose
 * permits are told, with DECIDING. */
const uint8_t *chain_paths(struct check *c, bool deciding);

#endif
