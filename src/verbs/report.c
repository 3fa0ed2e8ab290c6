/* Saved results to reports: one written again in another form, or those of a fleet as one. */
#include "report/saved.h"

#include <stdlib.h>

#include "verbs/verbs.h"

/* Those that the user names, then those that ship. */
static const struct packs *packs_at_hand(struct audit *a)
{
    struct packs *all = NEW(a->arena, struct packs);
    for (size_t i = 0; i < a->packs.n; i++)
        *PUSH(a->arena, *all) = a->packs.v[i];
    struct str folder = STR("rules/"), ending = STR(".json");
    for (const struct embedded *e = embedded_files; e->path != NULL; e++) {
        struct str name = str_from(str_of(e->path), folder.n);
        bool pack = str_ends(name, ending) && str_find(name, '/') == name.n;
        struct pack *p = !pack ? NULL
                               : pack_load(a->arena, &a->diags, &a->sources,
                                           str_sub(name, 0, name.n - ending.n));
        if (p != NULL)
            *PUSH(a->arena, *all) = p;
    }
    return all;
}

static int by_name(const void *x, const void *y)
{
    const struct saved_device *const *a = x, *const *b = y;
    return str_cmp((*a)->name, (*b)->name);
}

static int by_rule(const void *x, const void *y)
{
    const struct control *a = x, *b = y;
    int d = str_cmp(a->rule->id, b->rule->id);
    return d != 0 ? d : str_cmp(a->policy->device, b->policy->device);
}

static void add_device(struct audit *a, const struct saved_device *d)
{
    for (size_t i = 0; i < d->result.findings.n; i++)
        *PUSH(a->arena, a->result->findings) = d->result.findings.v[i];
    for (size_t i = 0; i < d->result.settled.n; i++)
        *PUSH(a->arena, a->result->settled) = d->result.settled.v[i];
    for (size_t i = 0; i < d->result.controls.n; i++)
        *PUSH(a->arena, a->result->controls) = d->result.controls.v[i];
    for (size_t i = 0; i < d->result.compliances.n; i++)
        *PUSH(a->arena, a->result->compliances) = d->result.compliances.v[i];
    for (size_t i = 0; i < d->result.exposures.n; i++)
        *PUSH(a->arena, a->result->exposures) = d->result.exposures.v[i];
    diags_join(&a->diags, &d->diags);
    if (!d->listed)
        return;
    struct audit_device *to = PUSH(a->arena, a->devices);
    *to = (struct audit_device){.name = d->name, .named = true, .policy = d->policy};
    to->inputs.v = d->inputs.v;
    to->inputs.n = d->inputs.n;
}

/* The results as if one run had told them. */
static void join(struct audit *a, struct saved *s)
{
    if (s->devices.n != 0)
        qsort(s->devices.v, s->devices.n, sizeof *s->devices.v, by_name);
    diags_join(&a->diags, &s->others);
    for (size_t i = 0; i < s->devices.n; i++)
        add_device(a, s->devices.v[i]);
    if (a->result->controls.n != 0)
        qsort(a->result->controls.v, a->result->controls.n, sizeof *a->result->controls.v, by_rule);
    a->result->assumptions = s->assumptions;
    a->packs = s->packs;
    a->site->name = s->site;
}

/* Titles and reasons come from the packs, not from the results. */
static void complain_packs(const struct command *c, const struct packs *packs)
{
    for (size_t i = 0; i < packs->n && c->opt.quiet == 0; i++)
        if (packs->v[i]->rules.n == 0) {
            struct str label = str_safe(c->arena, pack_label(c->arena, packs->v[i]));
            complain(c, "the pack %.*s is not at hand: reports lack what only it says (-p FILE)",
                     STR_ARG(label));
        }
}

static int run_report(struct command *c)
{
    if (!output_formats_ok(c))
        return 2;
    struct audit *a = audit_new(c->arena, &c->opt.audit);
    if (c->opt.audit.packs.n != 0)
        audit_load_packs(a);
    struct saved *s = saved_new(a->arena, a->sets, &a->sources, &a->diags, packs_at_hand(a));
    for (size_t i = 0; i < c->args.n; i++) {
        struct source *file = read_source(a, c->args.v[i], DIAG_INCOMPLETE);
        if (file != NULL)
            saved_read(s, file);
    }
    join(a, s);
    complain_packs(c, &a->packs);
    struct report r = audit_report(a);
    r.lacks_zones = s->lacks_zones;
    return output_reports(c, &r);
}

static const struct option_table *const tables[] = {&options_rules, &options_verdict,
                                                    &options_output, NULL};

const struct verb verb_report = {
    .name = "report",
    .args = "RESULT...",
    .summary = "Write saved results again, or merge those of a fleet into one",
    .details =
        "A RESULT is what `check -f json` or `-f jsonl` wrote, or - for standard input. The "
        "order does not matter, and a merged result may be merged again. A device may be told "
        "more than once, if always the same. Formats are those of check.",
    .min_args = 1,
    .shared = tables,
    .run = run_report,
};
