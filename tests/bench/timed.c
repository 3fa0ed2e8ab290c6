/* timed RUNS SECONDS COMMAND [ARG ...]: runs COMMAND so often, but begins no further run once SECONDS have
 * gone by. Prints the medians of its wall time and of its processor time in seconds, its largest
 * resident set in MiB, its exit code, and how often it ran. What it prints goes to /dev/null. */
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
    int most = argc > 3 ? atoi(argv[1]) : 0, n = 0;
    double limit = argc > 3 ? atof(argv[2]) : 0, spent = 0;
    double wall[RUNS_MAX], cpu[RUNS_MAX];
    long peak = 0; /* KiB */
    int code = 0;
    if (most < 1 || most > RUNS_MAX) {
        fprintf(stderr, "usage: timed RUNS SECONDS COMMAND [ARG ...]\n");
        return 2;
    }
    for (; n == 0 || (n < most && spent < limit); n++) {
        code = run(argv + 3, &wall[n], &cpu[n], &peak);
        spent += wall[n];
    }
    printf("%.3f %.3f %.1f %d %d\n", median(wall, n), median(cpu, n), (double)peak / 1024, code, n);
    return 0;
}
