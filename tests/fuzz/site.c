/* Site files, held against the packs that ship. */
#include "fuzz.h"

void fuzz_one(struct fuzz *f, struct str input)
{
    const struct site *site = site_read(f->arena, &f->diags, fuzz_source(f, "fwproof.json", input));
    MUST(site != NULL || f->diags.worst[DIAG_ERROR], "no site, and no error");
    fuzz_diags(&f->diags, &f->sources);
    if (site == NULL)
        return;
    struct pack pack = {.id = STR("p"), .version = STR("1")};
    struct pack *packs[] = {&pack};
    site_fits(f->arena, &f->diags, site, &(struct packs){packs, 1, 1});
    fuzz_diags(&f->diags, &f->sources);
}
