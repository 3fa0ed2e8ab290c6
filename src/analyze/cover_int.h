/* The index of cubes that cover_build.c makes and cover.c asks. Private to these two. */
#ifndef FWPROOF_ANALYZE_COVER_INT_H
#define FWPROOF_ANALYZE_COVER_INT_H

#include "analyze/cover.h"

#define LEVELS 6

struct item { /* an interval of a set, sorted by lo */
    struct ival range;
    u128 max_hi;        /* of the items that the search finds below this one */
    struct node *child; /* of all intervals of the set */
};

/* Some takers, which are alike in the fields of the levels above. */
struct node {
    uint32_t *order; /* of the takers, as in the whole list, by their places */
    uint32_t n, n_items;
    uint32_t min_pos, max_pos;
    struct item *items;        /* a tree of the intervals of their sets in FIELD; none: a leaf */
    struct taker *takers;      /* of a leaf: a copy, so that they lie together */
    const struct ival *begins; /* it is a part: only of intervals that begin here; else NULL */
    enum field field;
    uint8_t level;
    bool open; /* items are made when a question first comes to the node */
};

struct sorting;

struct cover {
    struct sets *sets;
    struct arena *arena;
    const struct taker *takers; /* by their places */
    enum field levels[LEVELS];
    struct node *root; /* NULL: it is empty */
    struct sorting *sorting;
};

void cover_open(const struct cover *c, struct node *n);

#endif
