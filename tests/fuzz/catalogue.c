/* Compliance catalogues. */
#include "check/catalogue.h"
#include "fuzz.h"

void fuzz_one(struct fuzz *f, struct str input)
{
    struct source *s = fuzz_source(f, "catalogue.json", input);
    const struct catalogue *c = catalogue_read(f->arena, &f->diags, s);
    MUST(c != NULL || f->diags.worst[DIAG_ERROR], "no catalogue, and no error");
    fuzz_diags(&f->diags, &f->sources);
    if (c == NULL)
        return;
    struct result result = {.arena = f->arena};
    const struct policy *p = policy_new(f->arena, f->sets, STR("fw"));
    catalogue_decide(&result, c, p);
    for (size_t i = 0; i < result.compliances.n; i++)
        MUST(result.compliances.v[i].statuses[STATUS_PASS] == 0,
             "an item passed that nothing decided");
}
