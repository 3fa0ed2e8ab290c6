/* Shared by the files of the HTML report. */
#ifndef FWPROOF_HTML_INT_H
#define FWPROOF_HTML_INT_H

#include "report/report.h"

/* The pictures of a finding, each with its text: how much is covered, which ports, which
 * addresses. Nothing where there is nothing to draw. */
void html_pictures(struct out *o, const struct finding *f);
/* The way of its packet to the verdict: stages, jumps, the line that decides. */
void html_path(const struct report *r, struct out *o, const struct finding *f);
/* What the zones of each device are open to, as a matrix and as a list. */
void html_exposures(const struct report *r, struct out *o);
/* How much of each requirement is permitted. */
void html_coverage(const struct report *r, struct out *o);
/* A bar of parts of TOTAL, with classes "good", "idle", "bad". */
void html_bar(struct out *o, const char *label, const uint64_t parts[3], uint64_t total);
/* A mark of STEPS of six, for how open something is. */
void html_heat(struct out *o, unsigned steps, bool all);
/* A stop on a way from top to bottom. */
void html_stop(struct out *o, bool last);
extern const char html_style[];

#endif
