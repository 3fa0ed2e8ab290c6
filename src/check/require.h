/* Requirements as a pack says them. Shared by require_read.c and require.c. */
#ifndef FWPROOF_CHECK_REQUIRE_H
#define FWPROOF_CHECK_REQUIRE_H

#include "check/goal.h"

struct flow_def {
    struct str name;
    struct service_def service;
    struct goal goal;
    /* Nobody published which part of the goal matters: a permitted part proves nothing. */
    bool part_unknown;
    int severity; /* of its finding; -1: the rule's */
};

struct flow_defs {
    struct flow_def *v;
    size_t n, cap;
};

struct known_def { /* "udp/16384-32768": "the range before …" */
    struct service_def ports;
    struct str name;
};

struct require_def {
    struct strs who; /* roles; empty: whoever is in `from` */
    struct str from, to;
    int quantifier;
    bool anyone; /* where no role is told: enough if some source may */
    struct flow_defs flows;
    struct {
        struct known_def *v;
        size_t n, cap;
    } known;
    /* Flows that must be permitted, in part at least, for the rest to matter. */
    struct flow_defs when;
    bool only_less; /* … and for the rest to get less than one of these */
    struct strs advice; /* lines for the site file when a part proves nothing */
    struct str part_by; /* an earlier rule of the pack that judges the part; may be empty */
};

enum { QUANTIFIER_ALL, QUANTIFIER_ANY };

/* The rule's object: a struct require_def. */
const void *require_read(struct json *j, const struct pack *p, const struct cJSON *object);

#endif
