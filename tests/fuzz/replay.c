/* Runs a target on files, without libFuzzer: replay FILE... Says which file it is at, so that the
 * one that dies is known. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

static bool replay(const char *path)
{
    FILE *f = fopen(path, "rb");
    size_t n = 0, cap = 1 << 20;
    uint8_t *bytes = malloc(cap);
    if (f != NULL && bytes != NULL)
        n = fread(bytes, 1, cap, f);
    bool good = f != NULL && bytes != NULL && n < cap;
    if (f != NULL)
        fclose(f);
    if (good) {
        fprintf(stderr, "at %s\n", path);
        uint8_t *exact = malloc(n == 0 ? 1 : n); /* so that reading behind its end is seen */
        if (exact != NULL) {
            memcpy(exact, bytes, n);
            LLVMFuzzerTestOneInput(exact, n);
        }
        free(exact);
    }
    free(bytes);
    return good;
}

int main(int argc, char **argv)
{
    bool good = true;
    for (int i = 1; i < argc; i++)
        good = replay(argv[i]) && good;
    return good ? 0 : 2;
}
