/* Flows: sets of packets on their way, with the parts that earlier rules took left as holes. Shared
 * by the files of this folder. */
#ifndef FWPROOF_ANALYZE_FLOW_H
#define FWPROOF_ANALYZE_FLOW_H

#include "analyze/analyze.h"

/* What a rule or a stage asks of a flow. */
struct ask {
    const struct cube *now;
    const struct cube *orig; /* may be NULL */
    lits_id when;
};

/* What was taken out of a flow, newest first. Cutting it out at once would leave many pieces that
 * nobody asks about; it is done where a verdict or a change of the packet needs it. */
struct hole {
    const struct hole *next;
    struct ask ask;
    uint32_t fresh;  /* holes from here on that flow_pack() has not seen */
    uint32_t group;  /* holes from here on that flow_pack() made together, else 1 … */
    uint32_t weight; /* … and of how many holes */
};

/* Steps that it takes to look at X: each condition that it took makes it longer. */
uint64_t flow_cost(const struct sets *s, const struct flow *x);
bool flow_meets(struct sets *s, const struct flow *x, const struct ask *ask); /* they overlap */
bool flow_within(struct sets *s, const struct flow *x, const struct ask *ask);
/* Narrows X to its part inside ASK, which it meets. That may still be empty, where ASK wants of
 * now and of then what cannot both be. */
void flow_narrow(struct sets *s, struct flow *x, const struct ask *ask);
/* HOLES and one more. */
const struct hole *flow_hole(struct arena *a, const struct hole *holes, const struct ask *ask);
/* The same in fewer holes. What was packed is packed again only with as many others, so that N
 * holes are looked at N log N times in all. */
const struct hole *flow_pack(struct sets *s, struct arena *a, const struct hole *holes);
/* The holes that meet X; *GONE if one of them is all of X. */
const struct hole *flow_holes(struct sets *s, struct arena *a, const struct flow *x,
                              const struct hole *holes, bool *gone);
/* X as W leaves it, added to OUT: in parts where its values change differently. */
void flow_rewrite(struct sets *s, struct arena *a, const struct flow *x, const struct rewrite *w,
                  struct flows *out);

/* A packet of X outside HOLES, as *ONE, if that is found by trying: cutting thousands of holes out
 * is dear where nobody asks for all that is left. */
bool flow_packet(struct sets *s, const struct flow *x, const struct hole *holes, struct flow *one);
/* Gives FN each piece of X without HOLES, disjoint, depth first, until FN returns false. Returns
 * false then, or when the budget is spent. */
typedef bool piece_fn(void *ctx, const struct flow *piece);
bool flow_pieces(struct sets *s, struct arena *a, const struct flow *x, const struct hole *holes,
                 struct budget *b, piece_fn *fn, void *ctx);

#endif
