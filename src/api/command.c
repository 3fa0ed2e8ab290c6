/* A command line of the program, for whoever embeds it. */
#include "api/fwproof.h"

#include "verbs/verbs.h"

#include <stdio.h>

static int out_of_memory(size_t bytes, const struct fwproof_host *host)
{
    char text[128];
    snprintf(text, sizeof text, "out of memory: it would take more than %zu MiB (--memory MIB)",
             bytes >> 20);
    if (host->tell != NULL)
        host->tell(host->ctx, text);
    return FWPROOF_BROKEN;
}

int fwproof_command(int n, char *const *words, const struct fwproof_host *host)
{
    const struct host inner = {.ctx = host->ctx,
                               .write = host->write,
                               .tell = host->tell,
                               .confine = host->confine,
                               .progress = host->progress,
                               .color = host->color != 0,
                               .links = host->links != 0,
                               .utf8 = host->utf8 != 0,
                               .columns = host->columns};
    const size_t bytes = command_memory(n, words);
    struct arena *arena = arena_new(bytes);
    jmp_buf jump;
    if (arena == NULL || setjmp(jump) != 0) {
        arena_free(arena);
        return out_of_memory(bytes, host);
    }
    arena_on_failure(arena, &jump);
    int code = command_run(arena, n, words, &inner);
    arena_free(arena);
    return code;
}
