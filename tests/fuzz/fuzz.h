/* What the fuzz targets share. Each target is one file that defines fuzz_one(); fuzz.c calls it for
 * libFuzzer, and replay.c for files. */
#ifndef FWPROOF_FUZZ_H
#define FWPROOF_FUZZ_H

#include "check/check.h"

/* One run: everything is freed behind it. */
struct fuzz {
    struct arena *arena;
    struct diags diags;
    struct sources sources;
    struct sets *sets;
    struct str given; /* the input, as it was given */
};

/* The target. It returns, or dies where a promise is broken. Running out of memory is a finding,
 * too: FUZZ_MEMORY is far more than an input of this size may cost. */
void fuzz_one(struct fuzz *f, struct str input);
#define FUZZ_MEMORY ((size_t)768 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Says what is broken, and dies. */
_Noreturn void fuzz_broken(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
#define MUST(what, ...) ((what) ? (void)0 : fuzz_broken(__VA_ARGS__))

/* A file of BYTES. */
struct source *fuzz_source(struct fuzz *f, const char *path, struct str bytes);
/* INPUT as the exports of one device, parts by lines "====": each has the format that it looks like
 * or, where that is of another kind of device, FORMAT. SITE may be NULL. Dies if a line is lost. */
struct policy *fuzz_import(struct fuzz *f, const struct format *format, const struct site *site,
                           struct str input);
/* Every diagnostic has a text, and its place is in a file that there is. */
void fuzz_diags(const struct diags *d, const struct sources *all);
/* Cuts INPUT at the first line that is "====". */
bool fuzz_part(struct str *rest, struct str *part);

/* Writes R in every format; dies where a format's reader does not understand it, or where it holds
 * what a terminal or a browser would obey. */
struct report;
void fuzz_reports(struct report *r);

#endif
