/* What may enter each chain. Also used by checks. */
#ifndef FWPROOF_ANALYZE_ENTRY_H
#define FWPROOF_ANALYZE_ENTRY_H

#include "analyze/analyze.h"

struct entry {
    struct region cubes; /* may overlap: all that may enter, perhaps more */
    bool reached;        /* some path leads here */
    bool first;          /* a path begins here */
    bool called;         /* some rule jumps here */
};

/* By chain->index. */
struct entry *entries_find(const struct policy *p, struct arena *a);
/* Bit per field that rules change: within a stage, or also between stages (NAT). */
uint32_t changed_fields(const struct policy *p, bool between_stages);

#endif
