/* How far a long run is, for people who wait. */
#ifndef FWPROOF_PROGRESS_H
#define FWPROOF_PROGRESS_H

#include "cli/cli.h"

/* Progress is shown from now on, if standard error is a terminal and nobody wants quiet. */
void progress_start(const struct options *opt);
/* WHAT (plain ASCII) number DONE of ALL begins. Shows nothing in the first half second, and then at
 * most ten lines in a second, each over the last one. Safe in threads. */
void progress_show(const char *what, size_t done, size_t all);
/* Takes the line away. */
void progress_end(void);

#endif
