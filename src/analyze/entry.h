/* What may enter each chain. Also used by checks. */
#ifndef FWPROOF_ANALYZE_ENTRY_H
#define FWPROOF_ANALYZE_ENTRY_H

#include "analyze/analyze.h"

struct entry {
    struct region cubes;       /* may overlap: all that may enter, perhaps more */
    bool reached;              /* some path leads here */
    size_t n_callers;          /* rules that jump here */
    const struct rule *caller; /* one of them */
};

/* By chain->index. */
struct entry *entries_find(const struct policy *p, struct arena *a);
/* Packets that surely enter CHAIN, unchanged: as far as the steps of B go, perhaps fewer than do.
 */
struct region entry_sure(const struct policy *p, struct arena *a, const struct chain *chain,
                         const struct entry *e, struct budget *b);
/* Bit per field that rules change: within a stage, or also between stages (NAT). */
uint32_t changed_fields(const struct policy *p, bool between_stages);
/* C with the fields of such bits unrestricted. */
void cube_widen(struct sets *s, struct cube *c, uint32_t fields);

/* One of its cubes is every packet, of one family at least: the rule that ends a list. */
bool rule_matches_all(struct sets *s, const struct rule *r);

#endif
