/* Which rules two policies over the same sets have in common, in the same order. Private to this
 * folder. */
#ifndef FWPROOF_ANALYZE_ALIGN_H
#define FWPROOF_ANALYZE_ALIGN_H

#include "analyze/analyze.h"

/* Rules are the same that decide the same of the same packets; or that also treat them the same; or
 * that also read the same: what findings tell of a rule follows from that. */
enum sameness { SAME_WORK, SAME_TREATMENT, SAME_WORDS };

#define NO_TWIN UINT32_MAX
struct line {
    uint32_t place; /* in its chain */
    uint32_t twin;  /* in the other list, or NO_TWIN */
};

struct lines {
    const struct policy *policy;
    const struct chain *chain; /* NULL: there are no lines */
    enum sameness sameness;
    struct line *v;
    size_t n;
    struct str *keys; /* what they do, as bytes; NULL until some is asked for */
};

struct lines_pair {
    struct lines of[2];
};

/* The rules of chain X of P and of chain Y of Q (NULL: there is none), paired as far as they stand
 * in the same order. All but SAME_WORDS leave out those that do nothing to any packet. */
struct lines_pair align(struct arena *a, const struct policy *p, const struct chain *x,
                        const struct policy *q, const struct chain *y, enum sameness sameness);

/* Adds to O, as bytes that no other treatment gives, what R of P does beside deciding, and if what.
 */
void add_treatment(struct out *o, const struct policy *p, const struct rule *r);

/* Adds to OUT the packets, as they arrive, that get to R of P and match; they may overlap. CHANGED:
 * bit per field that rules change on the way. */
void met_by(const struct policy *p, const struct rule *r, uint32_t changed, struct arena *a,
            struct budget *b, struct region *out);

/* Both have the same stages on each path, and those the same chains by name. */
bool same_paths(const struct policy *x, const struct policy *y);

#endif
