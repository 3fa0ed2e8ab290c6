/* Two policies over the same sets and the same interface classes: what became possible, and what
 * no longer is. */
#ifndef FWPROOF_DIFF_H
#define FWPROOF_DIFF_H

#include "analyze/analyze.h"

/* Packets that may fare differently: all others meet the same rules in the same order in both.
 * They may overlap. Empty: the policies are the same, whatever they look like. */
struct region policies_differ(const struct policy *x, const struct policy *y, struct arena *a,
                              struct budget *b);

/* Of START on PATH: a packet is denied, or that depends on something, or it is permitted; these
 * rose, and these fell, from X to Y. They may overlap as far as START does. */
struct changes {
    struct region permitted, denied;
    bool spent;
};
struct changes changes_find(const struct policy *x, const struct policy *y, struct arena *a,
                            enum path_kind path, const struct region *start, struct budget *b);

/* Fields (bits) that rules test or change under a mask: too fine for sets, where they are not one
 * value. */
uint32_t fine_fields(const struct policy *p);

#endif
