/* A change to a device: the first part is its configuration, the second the commands; what was and
 * what will be are compared. */
#include "analyze/diff.h"
#include "fuzz.h"

static struct policy *import(struct fuzz *f, struct import *im, struct source **inputs, size_t n,
                             const struct format *format)
{
    for (size_t i = 0; i < n; i++)
        inputs[i]->format = str_of(format->name);
    struct policy *p = format->import(im, inputs, n);
    MUST(p != NULL, "no policy");
    fuzz_diags(&f->diags, &f->sources);
    return p;
}

void fuzz_one(struct fuzz *f, struct str input)
{
    struct str part;
    struct source *inputs[2];
    size_t n = 0;
    while (n < 2 && fuzz_part(&input, &part))
        inputs[n++] = fuzz_source(f, "input", part);
    if (n != 2)
        return;
    struct diags unheard = {.arena = f->arena};
    const struct format *format = format_detect(&unheard, inputs[0]);
    if (format == NULL)
        format = &format_asa;
    struct import im = {.arena = f->arena,
                        .diags = &f->diags,
                        .sources = &f->sources,
                        .sets = f->sets,
                        .device = STR("fw")};
    const struct policy *x = import(f, &im, inputs, 1, format);
    im.change = inputs[1];
    const struct policy *y = import(f, &im, inputs, 2, format);
    struct budget budget = {.left = 20000};
    struct region differ = policies_differ(x, y, DIFFER_IN_TREATMENT, f->arena, &budget);
    struct region all = region_universe(f->sets, f->arena, -1);
    struct region start = region_and(f->sets, f->arena, &differ, &all, &budget);
    for (int path = 0; path < PATH_KINDS; path++) {
        changes_find(x, y, f->arena, (enum path_kind)path, &start, &budget);
        treated_differently(x, y, f->arena, (enum path_kind)path, &start, false, &budget);
    }
}
