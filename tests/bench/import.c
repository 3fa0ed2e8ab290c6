/* import FORMAT FILE [RUNS]: imports FILE so often, and prints the median of the processor seconds,
 * the bytes of the model that stays, and the most bytes that the process had resident beyond those
 * before the first import. What surrounds an import (options, packs, checks, reports) is not in it.
 * FORMAT "rows" only splits a CSV into the cells of its rows. */
#define _DEFAULT_SOURCE
#include "import/csv_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#define RUNS_MAX 101

static double processor_seconds(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static long resident(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return used.ru_maxrss * 1024;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static struct str read_all(struct arena *a, const char *path)
{
    FILE *in = fopen(path, "rb");
    if (in == NULL || fseek(in, 0, SEEK_END) != 0)
        return (struct str){NULL, 0};
    size_t n = (size_t)ftell(in);
    char *p = arena_alloc(a, n + 1);
    rewind(in);
    n = fread(p, 1, n, in);
    fclose(in);
    return (struct str){p, n};
}

static bool count_cells(void *cells, const struct csv_row *row)
{
    *(size_t *)cells += row->n;
    return true;
}

static struct policy *split_rows(struct import *im, struct source **inputs, size_t n)
{
    size_t cells = 0;
    for (size_t i = 0; i < n; i++)
        csv_read(im, inputs[i], csv_dialect_of(inputs[i]), count_cells, &cells);
    return NULL;
}

static const struct format format_rows = {.name = "rows", .import = split_rows};

/* The bytes of the model. */
static size_t import_once(const struct format *format, struct str bytes, double *seconds)
{
    struct arena *a = arena_new(0);
    struct diags diags = {.arena = a};
    struct sources sources = {0};
    const double from = processor_seconds();
    struct source *source = source_add(a, &sources, STR("bench"), bytes);
    source->format = str_of(format->name);
    if (format != &format_rows)
        import_hide_secrets(a, source);
    struct import im = {.arena = a,
                        .diags = &diags,
                        .sources = &sources,
                        .sets = sets_new(a),
                        .device = STR("bench")};
    (void)format->import(&im, &source, 1);
    *seconds = processor_seconds() - from;
    size_t model = arena_used(a);
    arena_free(a);
    return model;
}

int main(int argc, char **argv)
{
    struct str name = argc > 2 ? str_of(argv[1]) : STR("");
    const struct format *format =
        str_eq(name, str_of(format_rows.name)) ? &format_rows : format_find(name);
    int runs = argc > 3 ? atoi(argv[3]) : 5;
    double seconds[RUNS_MAX];
    size_t model = 0;
    struct arena *a = arena_new(0);
    struct str bytes = format == NULL ? (struct str){NULL, 0} : read_all(a, argv[2]);
    if (bytes.p == NULL || runs < 1 || runs > RUNS_MAX) {
        fprintf(stderr, "usage: import FORMAT FILE [RUNS]\n");
        return 2;
    }
    const long before = resident();
    for (int i = 0; i < runs; i++)
        model = import_once(format, bytes, &seconds[i]);
    qsort(seconds, (size_t)runs, sizeof *seconds, by_value);
    printf("%.4f %zu %ld\n", seconds[runs / 2], model, resident() - before);
    arena_free(a);
    return 0;
}
