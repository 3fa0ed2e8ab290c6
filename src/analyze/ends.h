/* What becomes of packets that no line of the configuration decides, and which denials leave no
 * trace. */
#ifndef FWPROOF_ENDS_H
#define FWPROOF_ENDS_H

#include "analyze/survey.h"
#include "analyze/touch.h"

struct end {
    const struct rule *rule; /* that decides */
    const struct chain *chain;
    enum path_kind path;
    struct packet packet; /* one that it decides */
    bool possible;        /* … if something holds that is not in the packet */
};
struct ends {
    struct end *v;
    size_t n, cap;
    size_t undecided; /* the budget ran out */
};

/* Defaults and implicit rules by which the device permits new connections that begin in START, on
 * the paths whose bits (1 << PATH_…) are in PATHS. */
struct ends open_ends(struct survey *s, struct arena *a, const struct region *start, uint8_t paths,
                      struct purse purse);

/* Denials (rules and defaults, through the device or to it) of some new connection of START that no
 * rule has logged before, a rate notwithstanding. LOGS says which denials log by themselves.
 * Told of defaults, and of the rules in ONLY. */
typedef bool logs_fn(const struct rule *r);
struct ends silent_ends(struct survey *s, struct arena *a, const struct region *start,
                        struct purse purse, logs_fn *logs, const struct touched *only);

#endif
