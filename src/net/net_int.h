/* Shared by the files of this folder. */
#ifndef FWPROOF_NET_INT_H
#define FWPROOF_NET_INT_H

#include "net/net.h"

/* A literal as one word: cond * 2 + holds. */
const uint32_t *lits_words(const struct sets *s, lits_id id, size_t *n); /* sorted */
lits_id lits_with(struct sets *s, lits_id id, uint32_t word);

#endif
