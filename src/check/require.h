/* Requirements as a pack says them, and what a policy makes of them. Shared by require*.c. */
#ifndef FWPROOF_CHECK_REQUIRE_H
#define FWPROOF_CHECK_REQUIRE_H

#include "check/goal.h"

/* What it means that a part of a goal's addresses may be reached. */
enum part {
    PART_MISSING, /* the rest is missing */
    PART_UNKNOWN, /* nothing: nobody published which part matters */
    PART_ENOUGH,  /* one address is enough */
};

struct flow_def {
    struct str name;
    struct str cost; /* what it means to follow this way; may be empty */
    struct service_def service;
    struct goal goal;
    int part;     /* enum part */
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
    struct strs who;  /* roles; empty: whoever is in `from` */
    bool has_sources; /* published sources instead of roles */
    struct goal sources;
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
    bool only_less;     /* only sources for which a flow lacks ports that these have */
    struct strs advice; /* lines for the site file when a part proves nothing */
    struct str part_by; /* an earlier rule of the pack that judges the part; may be empty */
};

enum { QUANTIFIER_ALL, QUANTIFIER_ANY };

/* The rule's object: a struct require_def. */
const void *require_read(struct json *j, const struct pack *p, const struct cJSON *object);

/* ---- what is permitted of them -------------------------------------------------------------- */

enum { SURE, AT_BEST }; /* what is permitted whatever conditions do; what may be permitted */

struct flow_result {
    const struct flow_def *def;
    struct region required;
    struct region permitted[2];    /* by SURE, AT_BEST */
    struct addrs full[2], some[2]; /* sources that get all of it, any of it */
    bool vague;                    /* full[AT_BEST] counts some that get a part */
};

/* All sources, and how they fare with the whole requirement. */
struct classes {
    struct addrs full, part, none;
};

struct asked {
    struct check *c;
    const struct rule_def *rule;
    const struct require_def *def;
    struct way way;
    struct addrs sources;
    bool strict; /* each source was named by the site */
    struct {     /* what of "when" may be permitted */
        struct str name;
        const struct rule *rule; /* that permits some; may be NULL */
        struct region ports;     /* who gets some of it, on which ports */
        bool some;               /* to some of the sources: the rule is about these */
    } met;
    struct flow_result *flows;
    struct classes classes[2];
    struct lack lack;
};

/* The part of R from SOURCES. */
struct region require_of_sources(struct check *c, const struct region *r, struct addrs sources);
/* All sources, as far as the families of SOURCES go. */
bool require_everybody(const struct asked *x, struct addrs sources);
/* "client, edge (10.1.0.0/16, 10.2.0.10)" */
struct str require_sources_text(struct asked *x, struct addrs sources);
/* One flow's finding for the sources FAILING. HOW: what is missing even AT_BEST is definite. */
void require_tell(struct asked *x, const struct flow_result *f, struct addrs failing, int how);

#endif
