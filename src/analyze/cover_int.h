/* The index of cubes that cover_build.c makes and cover.c asks. Private to these two. */
#ifndef FWPROOF_ANALYZE_COVER_INT_H
#define FWPROOF_ANALYZE_COVER_INT_H

#include "analyze/cover.h"

#define LEVELS 6

struct item { /* an interval of a set, sorted by lo */
    struct ival range;
    u128 max_hi; /* of the items that the search finds below this one */
    uint32_t child;
};

struct items {
    struct item *v;
    size_t n, cap;
};

struct node {
    uint32_t min_pos, max_pos;
    uint32_t first, n; /* leaf: takers; else items */
    enum field field;
    bool leaf;
};

struct cover {
    struct sets *sets;
    struct arena *arena;
    struct taker *takers;
    enum field levels[LEVELS];
    struct {
        struct node *v;
        size_t n, cap;
    } nodes;
    struct items items;
    uint32_t root;
    bool empty;
};

#endif
