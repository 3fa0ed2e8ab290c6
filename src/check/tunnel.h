/* Split tunnels of remote access VPNs. Private to this folder. */
#ifndef FWPROOF_CHECK_TUNNEL_H
#define FWPROOF_CHECK_TUNNEL_H

#include "check/check_int.h"

/* One group policy of an ASA: which addresses its clients send into the tunnel. */
struct tunnel {
    struct str name;
    struct span at; /* the line that decides */
    bool known;     /* else `why` says what is missing */
    struct str why;
    struct addrs tunnelled;
};
struct tunnels {
    struct tunnel *v;
    size_t n, cap;
};
struct tunnels tunnels_of(struct check *c);

#endif
