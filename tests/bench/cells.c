/* cells FILE: reads a CSV with libcsv and does nothing but count its cells: the floor for reading CSV. */
#include <csv.h>
#include <stdio.h>

static void count(void *cell, size_t size, void *cells)
{
    (void)cell;
    (void)size;
    ++*(size_t *)cells;
}

int main(int argc, char **argv)
{
    static char block[1 << 16];
    FILE *in = argc == 2 ? fopen(argv[1], "rb") : NULL;
    struct csv_parser parser;
    size_t cells = 0, n;
    if (in == NULL || csv_init(&parser, 0) != 0) {
        fprintf(stderr, "usage: cells FILE\n");
        return 2;
    }
    while ((n = fread(block, 1, sizeof block, in)) != 0)
        if (csv_parse(&parser, block, n, count, NULL, &cells) != n)
            return 1;
    csv_fini(&parser, count, NULL, &cells);
    csv_free(&parser);
    printf("%zu\n", cells);
    return ferror(in) != 0;
}
