/* Bytes that are kept once, and known by a number: equal bytes, equal number. Private to this
 * folder. */
#ifndef FWPROOF_NET_INTERN_H
#define FWPROOF_NET_INTERN_H

#include "net/net.h"

#include <stdalign.h>

/* What is as short as one interval stands in the blob itself. Blobs do not move. */
#define SHORT sizeof(struct ival)
#define TOGETHER 256 /* blobs */

struct blob {
    alignas(struct ival) char own[SHORT];
    const void *p;
    uint32_t bytes;
};

/* Open addressing. The hash stands in the slot, so that few blobs are looked at in vain. */
struct slot {
    uint32_t hash;
    uint32_t number; /* of the blob + 1; 0 is empty */
};

struct interner {
    struct {
        struct blob **v; /* TOGETHER each */
        size_t n, cap;
    } blobs;
    size_t n;
    struct slot *slots;
    size_t n_slots; /* a power of two, at least twice the blobs */
};

static inline const struct blob *blob_at(const struct interner *in, uint32_t number)
{
    return &in->blobs.v[number / TOGETHER][number % TOGETHER];
}

/* The number of the BYTES at P, from 0 in the order in which they were first met; a copy is kept in
 * A. */
uint32_t intern(struct arena *a, struct interner *in, const void *p, size_t bytes);
/* They will be asked for soon. */
void intern_expect(const struct interner *in, const void *p, size_t bytes);

#endif
