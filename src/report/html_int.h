/* Shared by the files of the HTML report. */
#ifndef FWPROOF_HTML_INT_H
#define FWPROOF_HTML_INT_H

#include "report/report.h"

/* The pictures of a finding, each with its text: how much is covered, which ports, which
 * addresses. Nothing where there is nothing to draw. */
void html_pictures(struct out *o, const struct finding *f);
/* A bar of parts of TOTAL, with classes "good", "idle", "bad". */
void html_bar(struct out *o, const char *label, const uint64_t parts[3], uint64_t total);
extern const char html_style[];

#endif
