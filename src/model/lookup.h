/* Private to this folder. */
#ifndef FWPROOF_MODEL_LOOKUP_H
#define FWPROOF_MODEL_LOOKUP_H

#include "model/model.h"

/* NULL for a chain that is too short to need one. */
struct lookup *lookup_new(struct policy *p, const struct chain *c);

#endif
