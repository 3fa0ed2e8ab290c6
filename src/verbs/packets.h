/* Packets that the user asks about: in words ("udp 10.1.2.3:20000 -> 192.0.2.5:16384 from inside to
 * outside") or as a JSON object with the same keys (contract.md, "Packets and verdicts"). */
#ifndef FWPROOF_PACKETS_H
#define FWPROOF_PACKETS_H

#include "audit/audit.h"

/* A set of packets: words may give ranges, lists and `any`. */
struct asked {
    struct arena *arena;
    const struct policy *policy;
    const struct site *site;
    const struct zones *zones; /* of the device, over those of the site; may be NULL */
    enum path_kind path;
    struct cube cube;
    uint64_t given;             /* bit per field that was told */
    set_id traits[TRAIT_COUNT]; /* what it has beside its fields, where bit i of … */
    uint32_t told;              /* … is set */
    bool has_proto, reply, cut, later;
    uint32_t payload; /* bytes */
    struct str why;   /* of a failure: what is wrong with it */
};

/* Fills X, whose arena, policy and site are set. False with x->why. */
bool asked_words(struct asked *x, struct str words);
bool asked_json(struct asked *x, struct str line);
/* One key after the other instead: start, then any of the keys. */
void asked_start(struct asked *x);
bool asked_key(struct asked *x, struct str key, struct str value);
/* False, with why. */
bool asked_fail(struct asked *x, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The line sets up the machine that sends the packets: it is no packet. */
bool asked_is_config(struct arena *a, struct str line);
/* Zones that were not told are taken from the addresses where the export says what is behind its
 * interfaces. False with x->why if it is still open where the packets go. */
bool asked_route(struct asked *x);
/* One packet of X, with what was not told as a host would send it. False with x->why. */
bool asked_packet(struct asked *x, struct packet *out);
/* All first packets of connections in X, as ordinary hosts send them. */
struct region asked_region(struct asked *x);
/* R without what asked_region() fixes for all: the packets as people speak of them. */
struct region asked_told(const struct asked *x, const struct region *r);

#endif
