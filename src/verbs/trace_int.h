/* What the files of `fwproof trace` share. */
#ifndef FWPROOF_TRACE_INT_H
#define FWPROOF_TRACE_INT_H

#include "verbs/packets.h"
#include "verbs/verbs.h"

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

/* ---- words (trace_text.c) ----------------------------------------------------------------------
 */

bool speaks_kernel(const struct policy *p); /* of verdicts: "ACCEPT", "DROP" */
/* "ACCEPT", "DROP", "REJECT" for iptables, else "permit", "deny". */
struct str outcome_word(const struct policy *p, const struct outcome *o);
/* What the rules on its way do to the packet beside deciding, in the export's words, safe to show.
 */
struct strs outcome_treatments(struct arena *a, const struct policy *p, const struct outcome *o);

struct trace_writer {
    struct out *o;
    struct audit *audit;
    const struct policy *policy;
};

/* "file:7: the rule's text" */
void trace_rule(const struct trace_writer *w, const struct rule *r);
/* A rule that was looked at, and what keeps it from matching. */
void trace_miss(const struct trace_writer *w, const struct trace_step *s);
struct str trace_value(const struct trace_writer *w, enum field f, const struct packet *k);
void trace_conditions(const struct trace_writer *w, const struct outcome *o);

/* The way of O in the phases and words of an ASA's packet-tracer (trace_asa.c). */
void trace_asa_phases(const struct trace_writer *w, const struct outcome *o);
void trace_asa_result(const struct trace_writer *w, const struct traced *t,
                      const struct outcome *o);

void trace_text(struct out *o, struct audit *a, const struct policy *p, const struct traced *t,
                bool brief);

#endif
