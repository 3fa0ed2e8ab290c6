/* Fails the FAULT_AT-th call of one kind that the program makes (LD_PRELOAD), and all after it where
 * FAULT_ALL is set. FAULT: malloc | read | cut (the file ends
 * at a line in its middle) | short | write | nospace | fsync | rename. Says "faulted" into the file FAULT_LOG, which is opened before anything is locked. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static long at = -1, seen;
static int all, log_fd = -1;
static const char *kind;

__attribute__((constructor)) static void start(void)
{
    const char *path = getenv("FAULT_LOG");
    kind = getenv("FAULT");
    at = getenv("FAULT_AT") != NULL ? atol(getenv("FAULT_AT")) : -1;
    all = getenv("FAULT_ALL") != NULL;
    if (path != NULL)
        log_fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

static int due(const char *what)
{
    if (kind == NULL || at <= 0 || strcmp(kind, what) != 0)
        return 0;
    seen++;
    if (seen != at && !(all && seen > at))
        return 0;
    ssize_t n = (ssize_t)syscall(1, log_fd, "faulted\n", 8); /* write, past our own */
    (void)n;
    return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

void *malloc(size_t n)
{
    static void *(*real)(size_t);
    if (real == NULL)
        real = REAL(malloc);
    if (due("malloc")) {
        errno = ENOMEM;
        return NULL;
    }
    return real(n);
}

void *realloc(void *p, size_t n)
{
    static void *(*real)(void *, size_t);
    if (real == NULL)
        real = REAL(realloc);
    if (due("malloc")) {
        errno = ENOMEM;
        return NULL;
    }
    return real(p, n);
}

ssize_t read(int fd, void *to, size_t n)
{
    if (due("read")) {
        errno = EIO;
        return -1;
    }
    static int cut = -1;
    if (fd == cut)
        return 0;
    if (due("cut")) {
        ssize_t got = REAL(read)(fd, to, n);
        char *end = got > 0 ? memrchr(to, '\n', (size_t)got / 2) : NULL;
        cut = fd;
        return end == NULL ? 0 : end + 1 - (char *)to;
    }
    return REAL(read)(fd, to, n > 7 && kind != NULL && strcmp(kind, "short") == 0 ? 7 : n);
}

size_t fread(void *to, size_t size, size_t n, FILE *f)
{
    if (due("read")) {
        errno = EIO;
        return 0;
    }
    return REAL(fread)(to, size, n, f);
}

ssize_t write(int fd, const void *from, size_t n)
{
    if (due("write") || due("nospace")) {
        errno = strcmp(kind, "nospace") == 0 ? ENOSPC : EIO;
        return -1;
    }
    return REAL(write)(fd, from, n > 7 && kind != NULL && strcmp(kind, "short") == 0 ? 7 : n);
}

int fsync(int fd)
{
    if (due("fsync")) {
        errno = EIO;
        return -1;
    }
    return REAL(fsync)(fd);
}

int rename(const char *from, const char *to)
{
    if (due("rename")) {
        errno = EIO;
        return -1;
    }
    return REAL(rename)(from, to);
}
