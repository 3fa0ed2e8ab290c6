/* LD_PRELOAD for tests/sandbox.sh: what code could try that an input has taken over. When the program reads
 * its first bytes, each of these is tried, and how it ended goes to the file ESCAPE_LOG, which was
 * opened before. ESCAPE_TO: a folder that the program has no business in. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int log_fd = -1;
static const char *to;

__attribute__((constructor)) static void start(void)
{
    const char *path = getenv("ESCAPE_LOG");
    to = getenv("ESCAPE_TO");
    if (path != NULL && to != NULL)
        log_fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

static void tell(const char *what, long result)
{
    char text[128];
    int error = result < 0 ? errno : 0;
    int n = snprintf(text, sizeof text, "%s %s\n", what, error == 0 ? "works" : strerror(error));
    long done = syscall(SYS_write, log_fd, text, (size_t)n);
    (void)done;
}

static const char *in(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", to, name);
    return path;
}

static void try_all(void)
{
    char *none[] = {NULL}, from[512];
    tell("socket", socket(AF_INET, SOCK_STREAM, 0));
    tell("local-socket", socket(AF_UNIX, SOCK_STREAM, 0));
    tell("new-file", open(in("new"), O_WRONLY | O_CREAT, 0600));
    tell("write-file", open(in("old"), O_WRONLY));
    tell("truncate", truncate(in("old"), 0));
    tell("folder", mkdir(in("folder"), 0700));
    tell("link", symlink("old", in("link")));
    tell("mode", chmod(in("old"), 0666));
    snprintf(from, sizeof from, "%s", in("old"));
    tell("rename", rename(from, in("stolen")));
    tell("remove", unlink(in("stolen")) == 0 ? 0 : unlink(in("old")));
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    tell("process", child);
    if (child > 0)
        waitpid(child, NULL, 0);
    tell("program", execve("/nonexistent", none, none) < 0 && errno == ENOENT ? 0 : -1);
    tell("end", 0);
}

ssize_t read(int fd, void *p, size_t n)
{
    static int done;
    ssize_t (*real)(int, void *, size_t) = (ssize_t(*)(int, void *, size_t))dlsym(RTLD_NEXT, "read");
    if (done++ == 0 && log_fd >= 0)
        try_all();
    return real(fd, p, n);
}
