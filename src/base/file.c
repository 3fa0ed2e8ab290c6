#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX ((size_t)1 << 30) /* bytes; line offsets are 32 bits wide */

/* Whole contents of FD into the arena; errno on failure. HINT: the expected size. */
static int read_all(struct arena *a, int fd, size_t hint, struct str *bytes)
{
    size_t n = 0, cap = hint + 1;
    char *p = arena_alloc(a, cap);
    for (;;) {
        if (n == cap) {
            char *bigger = arena_alloc(a, cap *= 2);
            memcpy(bigger, p, n);
            p = bigger;
        }
        ssize_t got = read(fd, p + n, cap - n);
        if (got == 0)
            break;
        if (got < 0 && errno != EINTR)
            return errno;
        n += got < 0 ? 0 : (size_t)got;
        if (n > FILE_MAX)
            return EFBIG;
    }
    *bytes = (struct str){p, n};
    return 0;
}

/* A regular file must have been what it was before the reading, and whole: half of an export may
 * look like all of one. Files that the kernel makes have no size. */
static bool is_steady(const struct stat *before, const struct stat *after, size_t n)
{
    return before->st_size == after->st_size && before->st_mtim.tv_sec == after->st_mtim.tv_sec &&
           before->st_mtim.tv_nsec == after->st_mtim.tv_nsec &&
           (before->st_size == 0 || (uint64_t)before->st_size == n);
}

static int read_open(struct arena *a, int fd, struct str *bytes)
{
    struct stat before, after;
    if (fstat(fd, &before) != 0)
        return errno;
    bool is_file = S_ISREG(before.st_mode);
    if (is_file && (uint64_t)before.st_size > FILE_MAX)
        return EFBIG;
    off_t at = is_file ? lseek(fd, 0, SEEK_CUR) : 0; /* stdin may have been read before */
    int error = read_all(a, fd, is_file ? (size_t)before.st_size : (size_t)64 * 1024, bytes);
    if (error != 0 || !is_file)
        return error;
    if (fstat(fd, &after) != 0)
        return errno;
    return is_steady(&before, &after, bytes->n + (at > 0 ? (size_t)at : 0)) ? 0 : ESTALE;
}

int file_read(struct arena *a, struct str path, struct str *bytes)
{
    if (str_eq(path, STR("-")))
        return read_open(a, STDIN_FILENO, bytes);
    int fd = open(arena_cstr(a, path), O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return errno;
    int error = read_open(a, fd, bytes);
    close(fd);
    return error;
}

const char *file_error(int error)
{
    return error == EFBIG    ? "larger than 1 GiB"
           : error == ESTALE ? "it changed while it was read"
                             : strerror(error);
}
