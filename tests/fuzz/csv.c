/* CSV with the presets that ship. A first part that begins with { is a site file that says what the
 * columns are. */
#include "fuzz.h"

void fuzz_one(struct fuzz *f, struct str input)
{
    struct str rest = input, part;
    const struct site *site = NULL;
    if (input.n != 0 && input.p[0] == '{' && fuzz_part(&rest, &part)) {
        site = site_read(f->arena, &f->diags, fuzz_source(f, "site", part));
        if (site != NULL)
            input = rest;
    }
    fuzz_import(f, &format_csv, site, input);
}
