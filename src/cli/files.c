/* Outputs. */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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
    mode_t mask = umask(0);
    umask(mask);
    int error = write_all(fd, text, n);
    if (error == 0 && fchmod(fd, 0666 & ~mask) != 0)
        error = errno;
    if (error == 0 && fsync(fd) != 0 && errno != EINVAL && errno != EROFS)
        error = errno;
    if (close(fd) != 0 && error == 0)
        error = errno;
    return error;
}

/* Into a temporary file beside PATH, which then takes its name. */
static int replace_file(const char *path, const char *text, size_t n)
{
    static const char ending[] = ".XXXXXX";
    const size_t length = strlen(path);
    char *temporary = malloc(length + sizeof ending);
    if (temporary == NULL)
        return ENOMEM;
    memcpy(temporary, path, length);
    memcpy(temporary + length, ending, sizeof ending);
    int fd = mkstemp(temporary);
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
