/* Private to this folder. */
#ifndef FWPROOF_MODEL_LOOKUP_H
#define FWPROOF_MODEL_LOOKUP_H

#include "model/model.h"

/* NULL for a chain that is too short to need one. */
struct lookup *lookup_new(struct policy *p, const struct chain *c);

/* Where a cube lies, in the fields that are looked up. */
#define DIMS 4
struct dims {
    enum field f[DIMS];
};
struct bounds {
    struct ival d[DIMS];
};
struct bounds bounds_of(const struct sets *s, const struct dims *dims, const struct cube *c);
bool bounds_meet(const struct bounds *x, const struct bounds *y);

/* What lookup_expect() told of. */
struct expected;
struct expected *expected_new(struct arena *a, const struct dims *dims, const struct chain *c);
void expected_add(struct expected *e, const struct sets *s, const struct cube *cubes, size_t n);

enum answer { ANSWER_LISTED, ANSWER_MANY, ANSWER_UNKNOWN };
/* lookup_rules() of BOX, without the index as long as that is as good: else ANSWER_UNKNOWN. */
enum answer expected_rules(struct expected *e, const struct sets *s, struct arena *a,
                           const struct bounds *box, size_t most, struct positions *out);

#endif
