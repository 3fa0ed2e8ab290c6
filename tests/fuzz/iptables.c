/* iptables-save and ip6tables-save, with sets. What the kernel would save of them is read again,
 * and saved as the same; but for names of interfaces with a blank, which are warned of: the
 * kernel's iptables-save writes them bare. */
#include "fuzz.h"

static struct str spelled(struct fuzz *f, struct source **inputs, size_t n)
{
    struct out o = {.arena = f->arena};
    struct diags unheard = {.arena = f->arena};
    struct import im = {.arena = f->arena,
                        .diags = &unheard,
                        .sources = &f->sources,
                        .sets = f->sets,
                        .device = STR("fw")};
    format_iptables.spell(&im, inputs, n, &o);
    return out_taken(&o);
}

void fuzz_one(struct fuzz *f, struct str input)
{
    fuzz_import(f, &format_iptables, NULL, input);
    if (f->sources.n != 1 || f->diags.worst[DIAG_INCOMPLETE] || f->diags.worst[DIAG_WARNING])
        return;
    struct str once = spelled(f, f->sources.v, 1);
    struct source *again = fuzz_source(f, "spelled", once);
    again->format = f->sources.v[0]->format;
    struct str twice = spelled(f, &again, 1);
    MUST(str_eq(once, twice), "spelled as\n%.*s\nthen as\n%.*s", STR_ARG(once), STR_ARG(twice));
}
