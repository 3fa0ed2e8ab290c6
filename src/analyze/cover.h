/* What rules of a chain take for sure, and whether they take all of a box. Private to this folder.
 */
#ifndef FWPROOF_ANALYZE_COVER_H
#define FWPROOF_ANALYZE_COVER_H

#include "analyze/anomaly.h"

/* Packets of CUBE, if CONDS are as said, do not get past place POS of the chain: RULE takes them.
 */
struct taker {
    struct cube cube;
    lits_id conds;
    uint32_t pos;
    const struct rule *rule;
    uint32_t tight; /* bit per field that it narrows; set by cover_new() */
};

struct takers {
    struct taker *v;
    size_t n, cap;
};

struct cover;

/* TAKERS are kept, and reordered. */
struct cover *cover_new(struct arena *a, struct sets *s, struct takers *takers);

struct cover_query {
    const struct cube *box;
    lits_id conds;           /* that hold for the box */
    uint32_t before;         /* only takers at places before this one */
    const struct rule *skip; /* not by this rule; may be NULL */
    uint64_t seed;           /* another one finds another witness */
    struct budget *budget;
    struct arena *scratch;
    struct taker **used; /* where it is covered: by these */
    size_t n_used;
    struct packet witness; /* where it is not: one that is left */
};

enum covered { COVERED, COVERED_NOT, COVERED_SPENT };

/* Stab and peel: looks for one packet of the box that no taker takes, by trying one, and cutting
 * off what takes it, until there is one or nothing is left. */
enum covered cover_ask(const struct cover *c, struct cover_query *q);

struct lister; /* what called chains take is listed once */
struct lister *lister_new(const struct policy *p, struct arena *a);
/* What the rules of C take from later ones of C. */
struct takers takers_of(const struct lister *l, const struct chain *c);

/* The index of what the rules of C take, and what is in it, in any order. Both are kept. */
const struct cover *survey_cover(struct survey *s, const struct chain *c);
const struct takers *survey_takers(struct survey *s, const struct chain *c);

#endif
