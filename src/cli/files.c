/* Outputs. */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int write_all(int fd, const char *text, size_t n)
{
    while (n != 0) {
        ssize_t done = write(fd, text, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return errno;
        text += done;
        n -= (size_t)done;
    }
    return 0;
}

/* To the disk, too, so that a crash of the machine leaves the old file or the new one. */
static int fill(int fd, const char *text, size_t n)
{
    int error = write_all(fd, text, n);
    if (error == 0 && fsync(fd) != 0 && errno != EINVAL && errno != EROFS)
        error = errno;
    if (close(fd) != 0 && error == 0)
        error = errno;
    return error;
}

enum { ENDING = 8 }; /* bytes, with the last */

/* A new file with the rights that the user gives new files, which mkstemp() does not: the sandbox
 * lets nobody change them later. PATH: LENGTH bytes, and room for the ending. */
static int open_new(char *path, size_t length)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    uint32_t name = (uint32_t)now.tv_nsec ^ (uint32_t)getpid() << 8;
    for (int i = 0; i < 1000; i++) {
        snprintf(path + length, ENDING, ".%06x", (unsigned)(name++ & 0xffffff));
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

/* Into a temporary file beside PATH, which then takes its name. */
static int replace_file(const char *path, const char *text, size_t n)
{
    const size_t length = strlen(path);
    char *temporary = malloc(length + ENDING);
    if (temporary == NULL)
        return ENOMEM;
    memcpy(temporary, path, length);
    int fd = open_new(temporary, length);
    int error = fd < 0 ? errno : fill(fd, text, n);
    if (error == 0 && rename(temporary, path) != 0)
        error = errno;
    if (fd >= 0 && error != 0)
        unlink(temporary);
    free(temporary);
    return error;
}

/* Signals that end the program wait: they would leave the temporary file. */
static int replace_undisturbed(const char *path, const char *text, size_t n)
{
    static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM};
    sigset_t wait, before;
    sigemptyset(&wait);
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++)
        sigaddset(&wait, ending[i]);
    sigprocmask(SIG_BLOCK, &wait, &before);
    int error = replace_file(path, text, n);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return error;
}

int file_write(const char *path, const char *text, size_t n)
{
    struct stat st;
    if (path == NULL)
        return write_all(STDOUT_FILENO, text, n);
    bool there = stat(path, &st) == 0;
    if (!there && errno != ENOENT)
        return errno; /* it may be a device, which no file must replace */
    if (!there || S_ISREG(st.st_mode))
        return replace_undisturbed(path, text, n);
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY); /* /dev/null, a pipe */
    if (fd < 0)
        return errno;
    int error = write_all(fd, text, n);
    if (close(fd) != 0 && error == 0)
        error = errno;
    return error;
}
