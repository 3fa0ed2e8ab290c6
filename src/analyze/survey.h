/* What several questions on the rules of one policy start from: found once, when the first of them
 * asks. */
#ifndef FWPROOF_ANALYZE_SURVEY_H
#define FWPROOF_ANALYZE_SURVEY_H

#include "analyze/entry.h"

/* Used by one thread at a time. */
struct survey;
struct survey *survey_new(const struct policy *p, struct arena *a);
const struct policy *survey_policy(const struct survey *s);
const struct entry *survey_entries(struct survey *s); /* by chain->index */
/* Bit per field that nothing in the policy looks at or changes: any value is as good. */
uint32_t survey_idle_fields(struct survey *s);
/* Rules of C before PLACE surely take all of R, which may enter it, so that the rule there gets
 * none of it. False, too, where the steps of B do not suffice. */
bool survey_takes(struct survey *s, const struct chain *c, size_t place, const struct region *r,
                  struct arena *a, struct budget *b);

#endif
