/* Saved results, merged into one and written in every format. */
#include "report/saved.h"

#include "check/catalogue.h"
#include "fuzz.h"

static struct report report_of(struct fuzz *f, struct saved *s, struct result *r,
                               const struct site *site)
{
    struct report report = {.arena = f->arena,
                            .sources = &f->sources,
                            .diags = &f->diags,
                            .packs = &s->packs,
                            .result = r,
                            .site = site,
                            .verdict = RUN_FAIL,
                            .exit_code = 1,
                            .utf8 = true,
                            .width = 100};
    *r = (struct result){.arena = f->arena, .assumptions = s->assumptions};
    diags_join(&f->diags, &s->others);
    for (size_t i = 0; i < s->devices.n; i++) {
        const struct saved_device *d = s->devices.v[i];
        for (size_t k = 0; k < d->result.findings.n; k++)
            *PUSH(f->arena, r->findings) = d->result.findings.v[k];
        for (size_t k = 0; k < d->result.controls.n; k++)
            *PUSH(f->arena, r->controls) = d->result.controls.v[k];
        for (size_t k = 0; k < d->result.settled.n; k++)
            *PUSH(f->arena, r->settled) = d->result.settled.v[k];
        for (size_t k = 0; k < d->result.compliances.n; k++)
            *PUSH(f->arena, r->compliances) = d->result.compliances.v[k];
        diags_join(&f->diags, &d->diags);
        if (!d->listed)
            continue;
        struct device_result *to = PUSH(f->arena, report.devices);
        *to = (struct device_result){.policy = d->policy, .n_inputs = d->inputs.n};
        to->inputs = NEW_N(f->arena, const struct source *, d->inputs.n + 1);
        for (size_t k = 0; k < d->inputs.n; k++)
            to->inputs[k] = d->inputs.v[k];
    }
    compliances_sort(r);
    return report;
}

void fuzz_one(struct fuzz *f, struct str input)
{
    struct packs offered = {0};
    struct site site = {0};
    struct result result;
    struct str part;
    struct saved *s = saved_new(f->arena, f->sets, &f->sources, &f->diags, &offered);
    while (fuzz_part(&input, &part))
        saved_read(s, fuzz_source(f, "result.json", part));
    struct report r = report_of(f, s, &result, &site);
    fuzz_diags(&f->diags, &f->sources);
    fuzz_reports(&r);
}
