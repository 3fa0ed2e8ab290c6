/* Runs a command again and again, each time with another call that fails (shim.c), and judges what it
 * leaves: sweep NAME POINTS KINDS RESULT COMMAND...
 * KINDS: words with blanks between. Of a kind with more calls than POINTS (0: no limit) the first half
 * of the points are the first calls, the others are spread over the rest. RESULT: the file in the
 * folder out/ that the command writes, or "-" for its standard output.
 *
 * The result must be the whole one with the exit code of a run without a fault; or the old one with
 * exit code 2, 3 or 4 and words on standard error; or, whole too, one that tells of the fault and has
 * that exit code in it. No other file is left behind in out/. Prints TAP.
 * FAULT_NORMAL: the exit code without a fault (0). FAULT_NEW: there is no old result. FAULT_STDIN: its
 * standard input. FAULT_FILES: the inputs, with ":" between. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct text {
    char *p;
    size_t n;
};
static const char *result; /* path, or NULL for standard output */
static char **command;
static struct text whole;
static int normal;
static long counts[32];
static const char OLD[] = "old\n";

static void stop(const char *why)
{
    printf("not ok faults %s\n", why);
    exit(0);
}

static struct text slurp(const char *path)
{
    struct text t = {NULL, 0};
    FILE *f = fopen(path, "rb");
    size_t cap = 1 << 16, got;
    t.p = calloc(1, cap + 1);
    while (f != NULL && (got = fread(t.p + t.n, 1, cap - t.n, f)) != 0)
        if ((t.n += got) == cap)
            t.p = realloc(t.p, (cap *= 2) + 1);
    t.p[t.n] = '\0';
    if (f != NULL)
        fclose(f);
    return t;
}

static void put(const char *path, const char *text)
{
    FILE *f = fopen(path, "wb");
    if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0)
        stop("the sweep cannot write");
}

/* ---- the files that grow --------------------------------------------------------------------------- */

static char *growing[32];
static off_t sizes[32];
static struct timespec times[32];

static void know_files(void)
{
    char *all = getenv("FAULT_FILES") == NULL ? NULL : strdup(getenv("FAULT_FILES"));
    int n = 0;
    struct stat st;
    for (char *f = all == NULL ? NULL : strtok(all, ":"); f != NULL && n < 31; f = strtok(NULL, ":"))
        if (stat(f, &st) == 0) {
            growing[n] = f;
            sizes[n] = st.st_size;
            times[n++] = st.st_mtim;
        }
}

static void restore_files(void)
{
    for (int i = 0; growing[i] != NULL; i++) {
        struct timespec both[2] = {{0, UTIME_OMIT}, times[i]};
        if (truncate(growing[i], sizes[i]) != 0 || utimensat(AT_FDCWD, growing[i], both, 0) != 0)
            stop("a file cannot be restored");
    }
}

/* ---- one run --------------------------------------------------------------------------------------- */

static void child(const char *kind, long at)
{
    char number[32];
    snprintf(number, sizeof number, "%ld", at);
    setenv("FAULT", kind, 1);
    setenv("FAULT_AT", number, 1);
    setenv("FAULT_LOG", "hits", 1);
    setenv("LD_PRELOAD", getenv("FAULT_SHIM"), 1);
    int out = open("stdout", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    int err = open("stderr", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    int in = open("/dev/null", O_RDONLY);
    if (getenv("FAULT_STDIN") != NULL)
        in = open(getenv("FAULT_STDIN"), O_RDONLY);
    signal(SIGINT, SIG_DFL);
    dup2(in, 0), dup2(out, 1), dup2(err, 2);
    close(in), close(out), close(err);
    execv(command[0], command);
    _exit(127);
}

/* Its status; *HIT: whether the fault happened. */
static int run(const char *kind, long at, int *hit)
{
    if (result != NULL && getenv("FAULT_NEW") != NULL)
        unlink(result);
    else if (result != NULL)
        put(result, OLD);
    unlink("hits");
    fflush(stdout);
    pid_t pid = fork();
    int status = -1;
    if (pid == 0)
        child(kind, at);
    waitpid(pid, &status, 0);
    restore_files();
    struct text log = slurp("hits");
    *hit = strstr(log.p, "faulted") != NULL;
    free(log.p);
    return status;
}

static int is_there(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

static int files_in_out(void)
{
    int n = 0;
    DIR *d = opendir("out");
    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
        n += e->d_name[0] != '.';
    if (d != NULL)
        closedir(d);
    return n;
}

/* ---- the judgement --------------------------------------------------------------------------------- */

static int same(struct text x, struct text y)
{
    return x.n == y.n && memcmp(x.p, y.p, x.n) == 0;
}

/* A whole JSON document with this exit code in it; the model of
 * `show` has none. Text ends with it. */
static int tells(struct text t, int code)
{
    static const char key[] = "\"exit_code\":";
    char last[16];
    snprintf(last, sizeof last, " exit %d\n", code);
    if (t.n > strlen(last) && strcmp(t.p + t.n - strlen(last), last) == 0)
        return 1;
    const char *at = strstr(t.p, key);
    if (t.n < 3 || t.p[0] != '{' || strcmp(t.p + t.n - 2, "}\n") != 0)
        return 0;
    return at == NULL ? strstr(t.p, "\"level\":") != NULL : atoi(at + sizeof key - 1) == code;
}

/* NULL if this fault did no harm. */
static const char *judge(const char *kind, int status)
{
    static char why[256];
    struct text got = slurp(result == NULL ? "stdout" : result), words = slurp("stderr");
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    int right = same(got, whole), there = result != NULL && is_there(result);
    int old = result != NULL && (getenv("FAULT_NEW") != NULL ? !there : strcmp(got.p, OLD) == 0);
    int told = tells(got, code), said = words.n != 0;
    int steady = strcmp(kind, "short") == 0 || strcmp(kind, "intr") == 0;
    char first[120];
    snprintf(first, sizeof first, "%.*s", (int)strcspn(words.p, "\n"), words.p);
    free(got.p);
    free(words.p);
    if (result != NULL && files_in_out() != there)
        return "a temporary file is left";
    if (WIFSIGNALED(status) && strcmp(kind, "signal") == 0 &&
        (WTERMSIG(status) == SIGINT || WTERMSIG(status) == SIGTERM))
        return old || right || result == NULL ? NULL : "a part of the result is left";
    if (code < 0) {
        snprintf(why, sizeof why, "it died of signal %d", WTERMSIG(status));
        return why;
    }
    if (right && code == normal)
        return NULL; /* in spite of it */
    snprintf(why, sizeof why, "exit %d%s: %s", code,
             right ? " with the result" : old ? " without one" : told ? " told in it" : " with a part of it", first);
    if (steady || code < 2 || code > 4)
        return why;
    return told || (said && (right || old || result == NULL)) ? NULL : why;
}

static long count_of(const char *kind)
{
    struct text log = slurp("hits");
    char line[40];
    snprintf(line, sizeof line, "\n%s ", kind);
    const char *at = strstr(log.p, line);
    long n = strncmp(log.p, line + 1, strlen(line) - 1) == 0 ? atol(log.p + strlen(line) - 1)
             : at != NULL                                    ? atol(at + strlen(line))
                                                              : 0;
    free(log.p);
    return n;
}

static void sweep(const char *name, const char *kind, long points, long calls)
{
    long done = 0, near = points == 0 || calls <= points ? calls : points / 2;
    double step = near == calls ? 1 : (double)(calls - near) / (double)(points - near);
    for (long i = 1; i <= (near == calls ? calls : points); i++) {
        int hit;
        long at = i <= near ? i : near + (long)((double)(i - near) * step);
        int status = run(kind, at, &hit);
        const char *why = judge(kind, status);
        if (why != NULL) {
            printf("not ok faults %s: %s, call %ld of %ld - %s\n", name, kind, at, calls, why);
            return;
        }
        done += hit || strcmp(kind, "short") == 0;
    }
    if (done == 0)
        printf("not ok faults %s: %s - no call was made\n", name, kind);
    else
        printf("ok faults %s: %s, %ld of %ld calls\n", name, kind, done, calls);
}

int main(int argc, char **argv)
{
    if (argc < 6)
        return 2;
    int hit;
    result = strcmp(argv[4], "-") == 0 ? NULL : argv[4];
    command = argv + 5;
    know_files();
    int status = run("none", 0, &hit);
    normal = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    whole = slurp(result == NULL ? "stdout" : result);
    const char *wanted = getenv("FAULT_NORMAL");
    if (normal != (wanted == NULL ? 0 : atoi(wanted)) || whole.n == 0 || strcmp(whole.p, OLD) == 0) {
        printf("not ok faults %s - without a fault: exit %d\n", argv[1], normal);
        return 0;
    }
    int n = 0;
    char *words[32], *list = strdup(argv[3]);
    for (char *k = strtok(list, " "); k != NULL && n < 31; k = strtok(NULL, " ")) {
        words[n] = k;
        counts[n++] = strcmp(k, "short") == 0 ? 1 : count_of(k);
    }
    for (int i = 0; i < n; i++)
        sweep(argv[1], words[i], atol(argv[2]), counts[i]);
    return 0;
}
