/* LD_PRELOAD for the tests of faults: the FAULT_AT-th call of one kind that the program makes goes
 * wrong. What is said goes to the file FAULT_LOG, which is opened before anything is locked:
 * "faulted" when it does, and at the end how many calls of each kind there were. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <dirent.h>

/* malloc: this one fails, map: this one of large pages; starve: all from there on. cut: the file ends at a line in its middle, grow:
 * it gets longer, gone: it is not there. intr: the call is interrupted. short: all reads and writes
 * are of seven bytes. */
#define KINDS(X) \
    X(malloc) X(starve) X(map) X(read) X(intr) X(cut) X(grow) X(gone) X(stat) X(folder) X(thread) X(write) \
    X(nospace) X(pipe) X(fsync) X(rename) X(close) X(signal)
#define NAME(name) K_##name,
#define TEXT(name) #name,
enum kind { KINDS(NAME) N_KINDS, SHORT };
static const char *const kinds[] = {KINDS(TEXT)};

static atomic_long seen[N_KINDS];
static long at;
static int kind = -1, log_fd = -1, signal_now = SIGINT;

enum { FILES = 16 };
static struct { /* FAULT_FILES, which grow */
    int fd;
    dev_t dev;
    ino_t ino;
} files[FILES];
static int n_files;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static void say(const char *text, size_t n)
{
    long done = syscall(SYS_write, log_fd, text, n);
    (void)done;
}

__attribute__((constructor)) static void start(void)
{
    const char *name = getenv("FAULT"), *path = getenv("FAULT_LOG"), *list = getenv("FAULT_FILES");
    for (int i = 0; i < N_KINDS && name != NULL; i++)
        if (strcmp(kinds[i], name) == 0)
            kind = i;
    if (name != NULL && strcmp(name, "short") == 0)
        kind = SHORT;
    at = getenv("FAULT_AT") != NULL ? atol(getenv("FAULT_AT")) : 0;
    signal_now = at % 2 == 0 ? SIGTERM : SIGINT;
    if (path != NULL)
        log_fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    char all[4096] = "";
    if (kind == K_grow && list != NULL)
        snprintf(all, sizeof all, "%s", list);
    for (char *f = strtok(all, ":"); f != NULL && n_files < FILES; f = strtok(NULL, ":")) {
        struct stat st;
        int fd = (int)syscall(SYS_open, f, O_WRONLY | O_APPEND | O_CLOEXEC);
        if (fd < 0 || syscall(SYS_fstat, fd, &st) != 0)
            continue;
        files[n_files].fd = fd;
        files[n_files].dev = st.st_dev;
        files[n_files++].ino = st.st_ino;
    }
    for (int i = 0; i < N_KINDS; i++)
        seen[i] = 0;
}

__attribute__((destructor)) static void end(void)
{
    char text[64];
    for (int i = 0; i < N_KINDS; i++)
        say(text, (size_t)snprintf(text, sizeof text, "%s %ld\n", kinds[i], (long)seen[i]));
}

/* Whether this call of the kind is the one. */
static int due(int what)
{
    long n = ++seen[what];
    if (kind != what || (what == K_starve ? n < at : n != at))
        return 0;
    if (n == at)
        say("faulted\n", 8);
    return 1;
}

/* Where a signal may come: in any call that is watched here. */
static void moment(void)
{
    if (due(K_signal))
        raise(signal_now);
}

static int fails(int what, int error)
{
    if (!due(what))
        return 0;
    errno = error;
    return 1;
}

/* ---- memory ------------------------------------------------------------------------------------ */

static int no_memory(void)
{
    moment();
    int starving = fails(K_starve, ENOMEM); /* both are counted */
    return fails(K_malloc, ENOMEM) || starving;
}

void *malloc(size_t n)
{
    static void *(*real)(size_t);
    if (real == NULL)
        real = REAL(malloc);
    return no_memory() ? NULL : real(n);
}

void *calloc(size_t n, size_t size)
{
    extern void *__libc_calloc(size_t, size_t); /* dlsym() may ask for memory itself */
    return no_memory() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
    static void *(*real)(void *, size_t);
    if (real == NULL)
        real = REAL(realloc);
    return no_memory() ? NULL : real(p, n);
}

void *mmap(void *at_addr, size_t n, int prot, int flags, int fd, off_t offset)
{
    if (fails(K_map, ENOMEM) || no_memory())
        return MAP_FAILED;
    return REAL(mmap)(at_addr, n, prot, flags, fd, offset);
}

int pthread_create(pthread_t *t, const pthread_attr_t *attr, void *(*fn)(void *), void *arg)
{
    if (due(K_thread))
        return EAGAIN;
    return REAL(pthread_create)(t, attr, fn, arg);
}

/* ---- reading ------------------------------------------------------------------------------------ */

static void grow(int fd)
{
    struct stat st;
    for (int i = 0; syscall(SYS_fstat, fd, &st) == 0 && i < n_files; i++)
        if (files[i].dev == st.st_dev && files[i].ino == st.st_ino && due(K_grow))
            (void)!syscall(SYS_write, files[i].fd, "\n", 1);
    if (kind != K_grow)
        seen[K_grow]++;
}

ssize_t read(int fd, void *to, size_t n)
{
    static int cut = -1;
    moment();
    if (fails(K_read, EIO) || fails(K_intr, EINTR))
        return -1;
    if (fd == cut)
        return 0;
    grow(fd);
    if (kind == SHORT && n > 7)
        n = 7;
    ssize_t got = REAL(read)(fd, to, n);
    if (got > 0 && due(K_cut)) {
        char *line = memrchr(to, '\n', (size_t)got / 2);
        cut = fd;
        got = line == NULL ? 0 : line + 1 - (char *)to;
    }
    return got;
}

int open(const char *path, int flags, ...)
{
    va_list ap;
    va_start(ap, flags);
    int mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(ap, int) : 0;
    va_end(ap);
    if ((flags & (O_PATH | O_CREAT)) == 0 && fails(K_gone, ENOENT))
        return -1;
    return REAL(open)(path, flags, mode);
}

#define LOOK(name, first)                                                                           \
    int name(first what, struct stat *st)                                                           \
    {                                                                                               \
        return fails(K_stat, EIO) ? -1 : REAL(name)(what, st);                                      \
    }
#define PATH const char *
LOOK(stat, PATH)
LOOK(lstat, PATH)
LOOK(fstat, int)

DIR *opendir(const char *path)
{
    return fails(K_folder, EIO) ? NULL : REAL(opendir)(path);
}

struct dirent *readdir(DIR *dir)
{
    return fails(K_folder, EIO) ? NULL : REAL(readdir)(dir);
}

/* ---- writing ------------------------------------------------------------------------------------ */

ssize_t write(int fd, const void *from, size_t n)
{
    moment();
    if (fails(K_write, EIO) || fails(K_nospace, ENOSPC) || fails(K_pipe, EPIPE) || fails(K_intr, EINTR))
        return -1;
    return REAL(write)(fd, from, kind == SHORT && n > 7 ? 7 : n);
}

int fsync(int fd)
{
    moment();
    return fails(K_fsync, EIO) ? -1 : REAL(fsync)(fd);
}

int rename(const char *from, const char *to)
{
    moment();
    return fails(K_rename, EIO) ? -1 : REAL(rename)(from, to);
}

/* The descriptor is closed all the same, as Linux does it. */
int close(int fd)
{
    moment();
    int writes = (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDONLY; /* else the error is of no matter */
    int done = REAL(close)(fd);
    return writes && fails(K_close, EIO) ? -1 : done;
}
