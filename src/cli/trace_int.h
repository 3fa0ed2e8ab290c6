/* What the files of `fwproof trace` share. */
#ifndef FWPROOF_TRACE_INT_H
#define FWPROOF_TRACE_INT_H

#include "cli/cli.h"
#include "cli/packets.h"

/* A trace, and what its ways have in common. */
struct traced {
    struct trace trace;
    enum path_kind path;
    struct packet packet;
    bool open;              /* the ways do not agree: the verdict hangs on something */
    struct strs may;        /* the verdicts there are, sorted */
    struct strs depends_on; /* the kinds of conditions, sorted */
};

struct traced trace_asked(struct audit *a, const struct policy *p, const struct packet *packet,
                          enum path_kind path);
/* "ACCEPT", "DROP", "REJECT" for iptables, else "permit", "deny". */
struct str outcome_word(const struct policy *p, const struct outcome *o);
/* The export's own table of S ("filter"); empty if the export has no such table at all. */
struct str stage_table(const struct policy *p, const struct stage *s);
bool speaks_kernel(const struct policy *p);

void trace_text(struct out *o, struct audit *a, const struct policy *p, const struct traced *t,
                bool brief);

#endif
