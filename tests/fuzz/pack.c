/* Packs; one that can be read has its examples run. */
#include "fuzz.h"

static void tell(void *ctx, const struct example_outcome *x)
{
    (void)ctx;
    MUST(x->passed || x->why.n != 0, "a failure without a reason");
}

void fuzz_one(struct fuzz *f, struct str input)
{
    const struct pack *p = pack_read(f->arena, &f->diags, fuzz_source(f, "pack.json", input));
    MUST(p != NULL || f->diags.worst[DIAG_ERROR], "no pack, and no error");
    fuzz_diags(&f->diags, &f->sources);
    if (p != NULL)
        pack_test(f->arena, p, tell, NULL);
}
