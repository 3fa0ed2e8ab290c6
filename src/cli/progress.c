/* How far a long run is, on a terminal's standard error: one line, which is gone at the end. */
#include "cli/cli.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FIRST_AFTER 500 /* milliseconds: short runs show nothing */
#define EVERY 100
#define LINE 79

static struct {
    bool on;
    atomic_llong due; /* when the next line may be shown */
    atomic_bool shown;
} progress; /* there is one terminal */

static long long now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void progress_start(void)
{
    const char *term = getenv("TERM");
    progress.on =
        isatty(STDERR_FILENO) == 1 && term != NULL && *term != '\0' && strcmp(term, "dumb") != 0;
    progress.due = now_ms() + FIRST_AFTER;
}

static void put(const char *text, size_t n)
{
    if (write(STDERR_FILENO, text, n) < 0)
        progress.on = false;
}

void progress_end(void)
{
    if (atomic_exchange(&progress.shown, false))
        put("\r\033[K", 4);
}

/* Called from any thread: who comes first when a line is due writes it. */
void progress_show(const char *what, size_t done, size_t all)
{
    long long due = progress.due, now = progress.on ? now_ms() : 0;
    if (!progress.on || now < due ||
        !atomic_compare_exchange_strong(&progress.due, &due, now + EVERY))
        return;
    char line[LINE + 8];
    int n = snprintf(line, sizeof line, "\r\033[Kfwproof: %.40s %zu of %zu", what, done, all);
    progress.shown = true;
    put(line, n < (int)sizeof line ? (size_t)n : sizeof line - 1);
}
