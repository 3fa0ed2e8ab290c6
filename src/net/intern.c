/* Interning, for sets of values and conjunctions of literals: a hash table of blobs. */
#include "net/intern.h"

#include <string.h>

/* A copy of P as the next one. */
static void new_blob(struct arena *a, struct interner *in, const void *p, size_t bytes)
{
    if (in->n % TOGETHER == 0)
        *PUSH(a, in->blobs) = NEW_N(a, struct blob, TOGETHER);
    struct blob *b = &in->blobs.v[in->n / TOGETHER][in->n % TOGETHER];
    char *to = bytes <= SHORT ? b->own : arena_alloc(a, bytes);
    if (bytes != 0)
        memcpy(to, p, bytes);
    b->p = to;
    b->bytes = (uint32_t)bytes;
    in->n++;
}

static struct slot *free_slot(const struct interner *in, uint32_t hash)
{
    size_t i = hash & (in->n_slots - 1);
    while (in->slots[i].number != 0)
        i = (i + 1) & (in->n_slots - 1);
    return &in->slots[i];
}

static void more_slots(struct arena *a, struct interner *in)
{
    const struct slot *old = in->slots;
    const size_t n = in->n_slots;
    in->n_slots = n == 0 ? 1024 : n * 2;
    in->slots = NEW_N(a, struct slot, in->n_slots);
    for (size_t i = 0; i < n; i++)
        if (old[i].number != 0)
            *free_slot(in, old[i].hash) = old[i];
}

static uint32_t hash_of(const void *p, size_t bytes)
{
    return (uint32_t)str_hash((struct str){p, bytes});
}

uint32_t intern(struct arena *a, struct interner *in, const void *p, size_t bytes)
{
    const uint32_t hash = hash_of(p, bytes);
    if (in->n * 2 >= in->n_slots)
        more_slots(a, in);
    size_t i = hash & (in->n_slots - 1);
    for (; in->slots[i].number != 0; i = (i + 1) & (in->n_slots - 1)) {
        const struct slot *s = &in->slots[i];
        if (s->hash != hash)
            continue;
        const struct blob *b = blob_at(in, s->number - 1);
        if (b->bytes == bytes && (bytes == 0 || memcmp(b->p, p, bytes) == 0))
            return s->number - 1;
    }
    new_blob(a, in, p, bytes);
    in->slots[i] = (struct slot){hash, (uint32_t)in->n};
    return (uint32_t)in->n - 1;
}

void intern_expect(const struct interner *in, const void *p, size_t bytes)
{
    __builtin_prefetch(&in->slots[hash_of(p, bytes) & (in->n_slots - 1)], 1);
}
