/* Lines that differ, but that sets of packets say nothing about: routes, users, inspection, logging
 * servers. What they change is not compared, so they are told as they stand. */
#include "verbs/diff_int.h"

/* Blank, or a remark: exports have their date and checksum there. */
static bool is_remark(struct str line)
{
    return line.n == 0 || line.p[0] == '#' || line.p[0] == '!' || line.p[0] == ':' ||
           str_starts(line, STR("Cryptochecksum"));
}

/* Lines of input S of D, by number, that have no bearing on what is filtered; and routes: of these
 * only is asked what is behind an interface, not which way a packet takes. */
static bool *told_lines(struct arena *a, const struct audit *audit, const struct audit_device *d,
                        const struct source *s)
{
    bool *told = NEW_N(a, bool, s->n_lines + 1);
    for (uint32_t i = 1; i <= s->n_lines; i++)
        told[i] = s->classes[i - 1] == LINE_IRRELEVANT && !is_remark(str_trim(source_line(s, i)));
    for (size_t i = 0; i < d->policy->facts.n; i++) {
        const struct fact *f = &d->policy->facts.v[i];
        struct place at = place_of(&audit->sources, f->at);
        if (str_eq(f->key, STR("route")) && at.source == s && at.at.line != 0)
            told[at.at.line] = true;
    }
    return told;
}

typedef void line_fn(struct diffing *x, struct map *counts, const struct other_line *l);

static void each_line(struct diffing *x, bool now, line_fn *fn, struct map *counts)
{
    const struct audit_device *d = &x->audit->devices.v[now];
    struct arena *scratch = arena_child(x->command->arena);
    for (size_t k = 0; k < d->inputs.n; k++) {
        const struct source *s = d->inputs.v[k];
        const bool *told = told_lines(scratch, x->audit, d, s);
        for (uint32_t i = 1; i <= s->n_lines; i++)
            if (told[i])
                fn(x, counts, &(struct other_line){now, s, i});
    }
    arena_free(scratch);
}

static struct str words_of(const struct other_line *l)
{
    return str_trim(source_line(l->source, l->line));
}

static void count(struct diffing *x, struct map *counts, const struct other_line *l)
{
    size_t **n = (size_t **)map_place(counts, words_of(l));
    if (*n == NULL)
        *n = NEW(x->command->arena, size_t);
    ++**n;
}

/* Each line of the other side stands for one like it. */
static void tell(struct diffing *x, struct map *counts, const struct other_line *l)
{
    size_t *left = map_get(counts, words_of(l));
    if (left != NULL && *left != 0)
        --*left;
    else
        *PUSH(x->command->arena, x->other_lines) = *l;
}

void diff_lines(struct diffing *x)
{
    for (int now = 0; now < 2 && !x->across; now++) {
        struct map *counts = map_new(x->command->arena);
        each_line(x, !now, count, counts);
        each_line(x, now, tell, counts);
    }
}

struct str other_line_text(struct arena *a, const struct other_line *l)
{
    return arena_strf(a, "%.*s:%u: %.*s", STR_ARG(str_safe(a, l->source->path)), l->line,
                      STR_ARG(str_safe(a, words_of(l))));
}
