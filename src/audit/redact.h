/* Pseudonyms for outputs that leave the house. They are put into the finished text, right before it
 * is written, so that no field of no format can be forgotten.
 *
 * Names: whatever word the program does not say itself (in its own strings or its packs) and that
 * is no number, address or digest, is somebody's name and becomes name-1a2b3c4d. So nobody has to
 * list where names stand; a name that is such a word ("inside", "web") stays readable.
 * Addresses: become others with the same common prefixes, as Crypto-PAn does it (Xu et al., 2002):
 * two addresses of one network stay in one network. Private ranges stay private; what means the
 * same everywhere (any, loopback, multicast, masks) and the published addresses in the packs stay.
 * Numbers, ports, protocols and the layout of lines stay.
 *
 * The same key and word give the same pseudonym. The key is a file's, else the bytes' of the
 * exports: then who has these can tell what a pseudonym stands for, and nobody else. */
#ifndef FWPROOF_REDACT_H
#define FWPROOF_REDACT_H

#include "net/net.h"

struct redact;

enum { REDACT_ADDRESSES = 1, REDACT_NAMES = 2 };
/* KEY: empty for that of the exports. */
struct redact *redact_new(struct arena *a, unsigned what, struct str key);
/* The bytes of one more export. */
void redact_export(struct redact *r, struct str bytes);
/* TEXT with pseudonyms; TEXT itself if R is NULL. */
struct str redacted(struct redact *r, struct str text);

/* ---- inside -----------------------------------------------------------------------------------
 */

/* Made by words.sh: sorted, in lower case. */
extern const char *const redact_words[];
extern const size_t n_redact_words;

/* The first byte of a digest of key and parts. */
struct redact_key {
    uint8_t bytes[32];
};
void redact_digest(const struct redact_key *key, char kind, const void *p, size_t n,
                   uint8_t digest[32]);

/* An address in a text. */
struct found {
    enum { FOUND_NONE, FOUND_ADDRESS, FOUND_MAC } kind;
    enum family family;
    u128 addr;
    size_t n;     /* bytes of the address */
    unsigned len; /* of the prefix that it is written as; else all bits */
};
/* The address that begins at I of TEXT. */
struct found redact_find(struct str s, size_t i);

/* A line of an excerpt, and the row of marks below it. */
struct marks {
    struct str gutter, before, marked, behind;
    struct str gutter_below, label;
    char mark;
};
/* Whether LINE and the one BELOW are such; cuts them. */
bool redact_marks(struct str line, struct str below, struct marks *m);
/* The row below, by the parts that M has now. */
void redact_put_marks(struct out *o, const struct marks *m);

struct published_prefix {
    enum family family;
    struct ival range;
};
struct published {
    struct published_prefix *v;
    size_t n, cap;
};
/* The public prefixes that the packs of this build name. */
struct published redact_published(struct arena *a);
void redact_addresses(struct out *o, const struct redact_key *key, const struct published *keep,
                      struct map *known, struct str text);

#endif
