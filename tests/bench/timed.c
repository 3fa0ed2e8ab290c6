/* timed RUNS COMMAND [ARG ...]: runs COMMAND so often, and prints the medians of its wall time and
 * of its processor time in seconds, its largest resident set in MiB, and its exit code. What the
 * command prints goes to /dev/null. */
#define _DEFAULT_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RUNS_MAX 101

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *v, int n)
{
    qsort(v, (size_t)n, sizeof *v, by_value);
    return n % 2 != 0 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

static int run(char **command, double *wall, double *cpu, long *peak)
{
    struct timespec from, to;
    struct rusage used;
    int status;
    clock_gettime(CLOCK_MONOTONIC, &from);
    pid_t child = fork();
    if (child == 0) {
        int null = open("/dev/null", O_RDWR);
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
        execvp(command[0], command);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &used) != child)
        exit(2);
    clock_gettime(CLOCK_MONOTONIC, &to);
    *wall = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
    *cpu = seconds(used.ru_utime) + seconds(used.ru_stime);
    *peak = used.ru_maxrss > *peak ? used.ru_maxrss : *peak;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
    int n = argc > 2 ? atoi(argv[1]) : 0;
    double wall[RUNS_MAX], cpu[RUNS_MAX];
    long peak = 0; /* KiB */
    int code = 0;
    if (n < 1 || n > RUNS_MAX) {
        fprintf(stderr, "usage: timed RUNS COMMAND [ARG ...]\n");
        return 2;
    }
    for (int i = 0; i < n; i++)
        code = run(argv + 2, &wall[i], &cpu[i], &peak);
    printf("%.3f %.3f %.0f %d\n", median(wall, n), median(cpu, n), (double)peak / 1024, code);
    return 0;
}
