/* Addresses that a rule of a pack names: in words, by a set of the pack, a parameter of the site,
 * or a published feed. Private to this folder. */
#ifndef FWPROOF_CHECK_GOAL_H
#define FWPROOF_CHECK_GOAL_H

#include "check/check_int.h"

struct cJSON;

enum goal_kind { GOAL_ANY, GOAL_INTERNET, GOAL_NETS, GOAL_PARAMETER, GOAL_FEED };

struct goal {
    enum goal_kind kind;
    struct nets nets;       /* GOAL_NETS */
    struct str key;         /* GOAL_PARAMETER: the site's key; GOAL_FEED: the feed's name */
    struct str services;    /* GOAL_FEED: only this service's prefixes; empty: the site says; "all":
                               the whole feed, whatever the region */
    const struct goal *but; /* without these; may be NULL */
};

/* An error, if NAME, which NODE says, is not the name of a feed. */
void feed_named(struct json *j, const struct cJSON *node, struct str name);

/* "any", "internet", "any but GOAL", "internet but GOAL", "@SET", "{PARAMETER}", "feed:NAME",
 * "feed:NAME/SERVICE", "feed:NAME/all", or networks. */
void goal_read(struct json *j, const struct cJSON *node, const struct pack *p, struct goal *to);

struct services {
    struct service_def *v;
    size_t n, cap;
};
/* Reads an array of services into a struct services. */
void services_read(struct json *j, const struct cJSON *node, void *to);
/* space_of() all of them; disjoint. */
struct region space_of_all(struct check *c, const struct way *way, const struct services *services,
                           struct addrs src, struct addrs dst);

/* What the site lacks for a rule, and the lines that would give it. */
struct lack {
    struct str reason;
    struct strs advice;
};
bool goal_addrs(struct check *c, const struct rule_def *r, const struct goal *g, struct addrs *out,
                struct lack *lack);

/* ---- feeds ---------------------------------------------------------------------------------- */

/* A local copy of a list of prefixes: AWS's ip-ranges.json, or Genesys's /api/v2/ipranges. */
struct feed_entry {
    struct str prefix, region, service;
};
struct feed {
    const struct parameter *asked;
    bool good;             /* else it cannot be used, which was told */
    struct str path, date; /* YYYY-MM-DD of the data; empty if the feed has none */
    struct source *source;
    struct {
        struct feed_entry *v;
        size_t n, cap;
    } entries;
};
struct feeds {
    struct feed *v;
    size_t n, cap;
};
/* The feed that the site's "feeds" name NAME. NULL if there is none or it cannot be used: *LACK. */
const struct feed *feed_find(struct check *c, struct str pack, struct str name, struct lack *lack);
/* Its IPv4 prefixes of the site's region and SERVICES (empty: those of the parameter
 * "NAME-services", or all). */
bool feed_nets(struct check *c, struct str pack, const struct goal *g, struct nets *out,
               struct lack *lack);
/* MISSING by the prefixes of NETS, those inside others left out: "2 of 30 prefixes:
 * 203.0.113.0/25, 198.51.100.0/24 (64 of its 256 addresses)". */
struct str nets_missing(struct check *c, const struct nets *nets, struct addrs missing,
                        size_t limit);

#endif
