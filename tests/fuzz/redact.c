/* --redact: texts, which are safe ones, keep their lines, and the same text gives the same. */
#include "audit/redact.h"

#include "fuzz.h"

static size_t lines(struct str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += s.p[i] == '\n';
    return n;
}

/* As outputs are: str_safe() was there before. */
static struct str safe(struct arena *a, struct str input)
{
    struct out o = {.arena = a};
    struct str line;
    while (str_cut(&input, '\n', &line)) {
        out_str(&o, str_safe(a, line));
        out_char(&o, '\n');
    }
    return out_taken(&o);
}

/* One for many inputs: it reads all packs first. */
static struct redact *shared_redact(void)
{
    static struct arena *arena;
    static struct redact *r;
    if (arena == NULL || arena_used(arena) > (size_t)64 << 20) {
        arena_free(arena);
        arena = arena_new(FUZZ_MEMORY);
        MUST(arena != NULL, "no memory");
        r = redact_new(arena, REDACT_ADDRESSES | REDACT_NAMES, STR("a key for fuzzing"));
    }
    return r;
}

void fuzz_one(struct fuzz *f, struct str input)
{
    input = safe(f->arena, input);
    struct redact *r = shared_redact();
    struct str once = arena_copy(f->arena, redacted(r, input)), twice = redacted(r, input);
    MUST(lines(once) == lines(input), "lines are lost");
    MUST(str_eq(once, twice), "the second time it is another text");
}
