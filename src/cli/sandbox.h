/* What the process gives up before it opens a file that others wrote: from then on it cannot open
 * the network, start programs, look into other processes, or write but where its outputs go.
 * Landlock (landlock(7)) and seccomp (seccomp(2)), by plain system calls; Linux on x86-64 and
 * AArch64. Reading stays as the user may; so do threads, and what is open already. */
#ifndef FWPROOF_SANDBOX_H
#define FWPROOF_SANDBOX_H

#include "base/base.h"

/* Why something is not in force; NULL where it is. */
struct sandbox {
    const char *no_files; /* writing, running, renaming, making and removing files, elsewhere */
    const char *no_calls; /* sockets, processes, tracing, mounts, kernel modules and the like */
};

/* For the calling thread and all that it starts, for good. OUTPUTS: paths that will be written; a
 * file is replaced by a new one, so its folder is open for that, and what is no file (a device, a
 * pipe) is open itself. "-" and empty paths need nothing. */
struct sandbox sandbox_enter(struct arena *a, const struct strs *outputs);

#endif
