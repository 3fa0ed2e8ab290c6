/* --redact: texts, which are safe ones, keep their lines, and the same text gives the same. */
#include "cli/redact.h"

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

void fuzz_one(struct fuzz *f, struct str input)
{
    struct str last = {0};
    input = safe(f->arena, input);
    for (int i = 0; i < 2; i++) {
        struct redact *r =
            redact_new(f->arena, REDACT_ADDRESSES | REDACT_NAMES, STR("a key for fuzzing"));
        struct str text = redacted(r, input);
        MUST(lines(text) == lines(input), "lines are lost");
        MUST(i == 0 || str_eq(text, last), "the second time it is another text");
        last = text;
    }
}
