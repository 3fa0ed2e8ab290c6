/* Two policies over the same sets and the same interface classes: what became possible, and what
 * no longer is. */
#ifndef FWPROOF_DIFF_H
#define FWPROOF_DIFF_H

#include "analyze/analyze.h"

enum difference { DIFFER_IN_VERDICT, DIFFER_IN_TREATMENT };

/* Packets that may fare differently, or also be treated so: all others meet the same rules in the
 * same order in both, as far as these decide, or also do something else. They may overlap. Empty:
 * the policies are the same, whatever they look like. */
struct region policies_differ(const struct policy *x, const struct policy *y,
                              enum difference difference, struct arena *a, struct budget *b);

/* Of START on PATH: a packet is denied, or that depends on something, or it is permitted; these
 * rose, and these fell, from X to Y. They may overlap as far as START does. */
struct changes {
    struct region permitted, denied;
    bool spent;
};
struct changes changes_find(const struct policy *x, const struct policy *y, struct arena *a,
                            enum path_kind path, const struct region *start, struct budget *b);

/* Of START on PATH: packets that may be treated in a way of one policy in which they are not in the
 * other: translated, marked, copied; if not IN_PACKETS, also logged or answered. Those that the two
 * decide differently may be among them. They may overlap. */
struct region treated_differently(const struct policy *x, const struct policy *y, struct arena *a,
                                  enum path_kind path, const struct region *start, bool in_packets,
                                  struct budget *b);

/* The rules that may do something with PACKET beside deciding, in the order in which it meets
 * them. */
struct rules treated_by(const struct policy *p, struct arena *a, enum path_kind path,
                        const struct packet *packet, struct budget *b);

/* Fields (bits) that rules test or change under a mask: too fine for sets, where they are not one
 * value. */
uint32_t fine_fields(const struct policy *p);

#endif
