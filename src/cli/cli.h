/* The program: the library's verbs (fwproof_command()), with a terminal, files and a sandbox around
 * them. Nothing but fwproof.h is used of the library. */
#ifndef FWPROOF_CLI_H
#define FWPROOF_CLI_H

#include "api/fwproof.h"

#include <stdbool.h>

/* What standard output shows, by the environment and the locale. */
void terminal_describe(struct fwproof_host *h);

/* The whole of TEXT to PATH (NULL: standard output), as a file that appears whole or not at all. 0,
 * or an errno; a reader that went away is not an error. */
int file_write(const char *path, const char *text, size_t n);

/* Progress (WHAT, in plain ASCII, number DONE of ALL begins) is shown on standard error, if that is
 * a terminal: nothing in the first half second, then at most ten lines in a second, each over the
 * last one. Safe in threads. */
void progress_start(void);
void progress_show(const char *what, size_t done, size_t all);
/* Takes the line away. */
void progress_end(void);

/* ---- sandbox -----------------------------------------------------------------------------------
 * What the process gives up before it opens a file that others wrote: from then on it cannot open
 * the network, start programs, look into other processes, or write but where its outputs go.
 * Landlock (landlock(7)) and seccomp (seccomp(2)), by plain system calls; Linux on x86-64 and
 * AArch64. Reading stays as the user may; so do threads, and what is open already. */

/* Why something is not in force; NULL where it is. */
struct sandbox {
    const char *no_files; /* writing, running, renaming, making and removing files, elsewhere */
    const char *no_calls; /* sockets, processes, tracing, mounts, kernel modules and the like */
};

/* For the calling thread and all that it starts, for good. OUTPUTS: N paths that will be written; a
 * file is replaced by a new one, so its folder is open for that, and what is no file (a device, a
 * pipe) is open itself. "-" and empty paths need nothing. */
struct sandbox sandbox_enter(const char *const *outputs, size_t n);

#endif
