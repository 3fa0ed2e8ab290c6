/* What rules of a chain take for sure, and whether they take all of a box; which rule of a chain a
 * packet meets next. Private to this folder. */
#ifndef FWPROOF_ANALYZE_COVER_H
#define FWPROOF_ANALYZE_COVER_H

#include "analyze/anomaly.h"

/* Packets of CUBE, if CONDS are as said, do not get past place POS of the chain: RULE takes them.
 */
struct taker {
    const struct cube *cube;
    const struct rule *rule;
    lits_id conds;
    uint32_t pos;
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
    uint32_t fixed;          /* bit per field of which the witness has the least value */
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

/* The first taker at place FROM or later, but before TO, whose cube has the packet, whatever its
 * conditions; NULL if there is none. */
const struct taker *cover_first(const struct cover *c, const u128 packet[FIELD_COUNT],
                                uint32_t from, uint32_t to);

/* Tells FN the takers at place FROM or later whose cubes share packets with BOX, in any order, some
 * of them more than once, until it returns false. Returns false then. */
typedef bool meet_fn(void *ctx, const struct taker *t);
bool cover_meet(const struct cover *c, const struct cube *box, uint32_t from, meet_fn *fn,
                void *ctx);

struct lister; /* what called chains take is listed once */
struct lister *lister_new(const struct policy *p, struct arena *a);
/* What the rules of C take from later ones of C. */
struct takers takers_of(const struct lister *l, const struct chain *c);
/* All that rules of C match. */
struct takers matches_of(const struct lister *l, const struct chain *c);
/* TAKERS, of takers_of(), are all that rules of C match. */
bool takes_all(const struct takers *takers, const struct chain *c);

/* The index of what the rules of C take, and what is in it, in any order. Both are kept. */
const struct cover *survey_cover(struct survey *s, const struct chain *c);
const struct takers *survey_takers(struct survey *s, const struct chain *c);
/* The index of what the rules of C match that are in force, for cover_first() and cover_meet(). */
const struct cover *survey_rules(struct survey *s, const struct chain *c);
/* The same for one packet: NULL as long as so few asked that it is not worth its making. */
const struct cover *survey_rules_of_packet(struct survey *s, const struct chain *c);

#endif
