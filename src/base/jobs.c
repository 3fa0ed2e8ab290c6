/* Work shared among threads. */
#define _GNU_SOURCE /* sched_getaffinity() */
#include "base/base.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

struct pool {
    job_fn *fn;
    void *ctx;
    size_t n;
    atomic_size_t next; /* the first that nobody took */
    atomic_bool failed;
};

static void *work(void *p)
{
    struct pool *pool = p;
    while (!atomic_load(&pool->failed)) {
        size_t i = atomic_fetch_add(&pool->next, 1);
        if (i >= pool->n)
            break;
        if (!pool->fn(pool->ctx, i))
            atomic_store(&pool->failed, true);
    }
    return NULL;
}

bool jobs_run(unsigned jobs, size_t n, job_fn *fn, void *ctx)
{
    struct pool pool = {.fn = fn, .ctx = ctx, .n = n};
    pthread_t threads[JOBS_MAX];
    size_t wanted = jobs > JOBS_MAX ? JOBS_MAX : jobs, started = 0;
    if (wanted > n)
        wanted = n;
    /* A thread that cannot be started is done without: this one works, too. */
    while (started + 1 < wanted && pthread_create(&threads[started], NULL, work, &pool) == 0)
        started++;
    work(&pool);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    return !atomic_load(&pool.failed);
}

unsigned jobs_processors(void)
{
#ifdef __linux__
    cpu_set_t mine; /* fewer than there are under taskset(1) or in a batch job */
    if (sched_getaffinity(0, sizeof mine, &mine) == 0)
        return (unsigned)CPU_COUNT(&mine);
#endif
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online < 1 ? 1 : (unsigned)online;
}
