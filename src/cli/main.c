#include "cli/cli.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void tell(void *ctx, const char *text)
{
    (void)ctx;
    progress_end();
    fprintf(stderr, "fwproof: %s\n", text);
}

static int write_output(void *ctx, const char *path, const char *text, size_t n)
{
    (void)ctx;
    progress_end();
    return file_write(path, text, n);
}

static void confine(void *ctx, const char *const *outputs, size_t n, int verbose)
{
    struct sandbox s = sandbox_enter(outputs, n);
    char text[200];
    if (verbose && s.no_files != NULL) {
        snprintf(text, sizeof text, "note: the sandbox does not cover files: %s", s.no_files);
        tell(ctx, text);
    }
    if (verbose && s.no_calls != NULL) {
        snprintf(text, sizeof text, "note: the sandbox does not cover network and programs: %s",
                 s.no_calls);
        tell(ctx, text);
    }
}

int main(int argc, char **argv)
{
    struct fwproof_host host = {
        .write = write_output, .tell = tell, .confine = confine, .progress = progress_show};
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is told by write() */
    terminal_describe(&host);
    progress_start();
    int code = fwproof_command(argc - 1, argv + 1, &host);
    progress_end();
    /* Some disks only say now that what was written is lost. */
    if (close(STDOUT_FILENO) != 0 && errno != EBADF) {
        fprintf(stderr, "fwproof: standard output cannot be written: %s\n", strerror(errno));
        return 4;
    }
    return code;
}
