#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

void fuzz_broken(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fputs("BROKEN: ", stderr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
    abort();
}

struct source *fuzz_source(struct fuzz *f, const char *path, struct str bytes)
{
    return source_add(f->arena, &f->sources, str_of(path), arena_copy(f->arena, bytes));
}

bool fuzz_part(struct str *rest, struct str *part)
{
    static const struct str mark = STR_INIT("\n====\n");
    if (rest->n == 0)
        return false;
    *part = str_sub(*rest, 0, str_search(*rest, mark));
    bool more = part->n < rest->n;
    if (more)
        part->n++; /* the line end is the part's own */
    *rest = str_from(*rest, more ? part->n + mark.n - 1 : part->n);
    return true;
}

void fuzz_diags(const struct diags *d, const struct sources *all)
{
    for (size_t i = 0; i < d->n; i++) {
        const struct diag *x = &d->v[i];
        MUST(x->message.n != 0, "a diagnostic without a text");
        if (x->at.file == SPAN_NO_FILE)
            continue;
        MUST(x->at.file < all->n, "a diagnostic in file %u of %zu", x->at.file, all->n);
        uint32_t n = all->v[x->at.file]->n_lines;
        MUST(x->at.line <= (n == 0 ? 1 : n), "line %u of %u: %.*s", x->at.line, n,
             STR_ARG(x->message));
    }
}

static void must_class_all(const struct source *s)
{
    uint32_t counts[4];
    source_counts(s, counts);
    for (uint32_t line = 1; counts[LINE_UNSEEN] != 0 && line <= s->n_lines; line++)
        MUST(s->classes[line - 1] != LINE_UNSEEN, "%.*s: line %u of %u has no class",
             STR_ARG(s->path), line, s->n_lines);
}

/* FORMAT, or another of the same importer that S looks more like. */
static const struct format *looks_like(const struct format *format, const struct source *s)
{
    struct str head = str_sub(s->bytes, 0, FORMAT_HEAD_MAX);
    int best = 0;
    size_t candidates = 0;
    const struct format *like = format;
    for (size_t i = 0; i < n_formats; i++)
        candidates += formats[i]->import == format->import;
    for (size_t i = 0; candidates > 1 && i < n_formats; i++) {
        int score = formats[i]->import == format->import ? formats[i]->sniff(head) : 0;
        if (score > best) {
            best = score;
            like = formats[i];
        }
    }
    return like;
}

struct policy *fuzz_import(struct fuzz *f, const struct format *format, const struct site *site,
                           struct str input)
{
    struct source *inputs[4];
    size_t n = 0;
    struct str part = {"", 0};
    while (n < sizeof inputs / sizeof *inputs && (fuzz_part(&input, &part) || n == 0)) {
        struct source *s = inputs[n++] = fuzz_source(f, "input", part);
        s->format = str_of(looks_like(format, s)->name);
        import_hide_secrets(f->arena, s);
    }
    struct import im = {.arena = f->arena,
                        .diags = &f->diags,
                        .sources = &f->sources,
                        .sets = f->sets,
                        .device = STR("fw"),
                        .at_time = STR("2026-11-24T12:00"),
                        .csv = site == NULL ? NULL : &site->csv};
    struct policy *p = format->import(&im, inputs, n);
    MUST(p != NULL, "no policy");
    for (size_t i = 0; i < n; i++)
        must_class_all(inputs[i]);
    fuzz_diags(&f->diags, &f->sources);
    return p;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    jmp_buf failed;
    struct fuzz f = {.arena = arena_new(FUZZ_MEMORY), .given = {(const char *)data, n}};
    if (f.arena == NULL)
        return 0;
    if (setjmp(failed) != 0)
        fuzz_broken("%zu bytes of input need more than %zu bytes of memory", n, FUZZ_MEMORY);
    arena_on_failure(f.arena, &failed);
    f.diags.arena = f.arena;
    f.sets = sets_new(f.arena);
    fuzz_one(&f, arena_copy(f.arena, f.given));
    arena_free(f.arena);
    return 0;
}
