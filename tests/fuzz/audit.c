/* A whole audit of one device, whatever its kind, by the hygiene pack and a catalogue, in every
 * format. */
#include "audit/audit.h"

#include "fuzz.h"

/* A pack and a catalogue are read once: they are the same for all inputs. */
static void load_packs(struct audit *a)
{
    static struct arena *arena;
    static struct sources sources;
    static struct packs packs;
    static const struct catalogue *catalogue;
    if (arena == NULL) {
        arena = arena_new(0);
        struct diags diags = {.arena = arena};
        *PUSH(arena, packs) = pack_load(arena, &diags, &sources, STR("hygiene"));
        catalogue = catalogue_load(arena, &diags, &sources, STR("pci-dss-4.0.1"));
        MUST(packs.v[0] != NULL && catalogue != NULL, "no pack");
    }
    for (size_t i = 0; i < sources.n; i++)
        *PUSH(a->arena, a->sources) = sources.v[i];
    a->packs = packs;
    *PUSH(a->arena, a->catalogues) = catalogue;
}

static const struct format *format_of(struct fuzz *f, struct str input)
{
    struct diags unheard = {.arena = f->arena};
    struct sources alone = {0};
    struct str part;
    fuzz_part(&input, &part);
    const struct format *looks =
        format_detect(&unheard, source_add(f->arena, &alone, STR("input"), part));
    return looks != NULL ? looks : &format_iptables;
}

void fuzz_one(struct fuzz *f, struct str input)
{
    if (input.n == 0)
        return;
    struct audit_config config = {.today = STR("2026-11-24"), .no_site = true, .budget = 3000};
    struct audit *a = audit_new(f->arena, &config);
    load_packs(a);
    const struct format *format = format_of(f, input);
    f->sources = a->sources;
    f->sets = a->sets;
    struct policy *p = fuzz_import(f, format, NULL, input);
    size_t packs = a->sources.n;
    a->sources = f->sources;
    a->diags = f->diags;
    struct audit_device *d = PUSH(f->arena, a->devices);
    *d = (struct audit_device){.name = p->device,
                               .named = true,
                               .format = format,
                               .policy = p,
                               .arena = f->arena,
                               .sets = f->sets,
                               .told = {.arena = f->arena}};
    for (size_t i = packs; i < a->sources.n; i++)
        *PUSH(f->arena, d->inputs) = a->sources.v[i];
    audit_check(a);
    audit_settle(a);
    struct report r = audit_report(a);
    r.utf8 = true;
    fuzz_diags(&a->diags, &a->sources);
    fuzz_reports(&r);
}
