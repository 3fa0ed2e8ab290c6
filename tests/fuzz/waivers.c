/* Files of waivers and baselines, applied to one finding; and remarks in a configuration. */
#include "check/waiver.h"
#include "fuzz.h"

static void apply(struct fuzz *f, const struct waivers *w, const struct baseline *old)
{
    struct pack pack = {.id = STR("p"), .version = STR("1")};
    struct rule_def rule = {.id = STR("T-001"), .severity = SEVERITY_ERROR, .pack = &pack};
    struct result result = {.arena = f->arena};
    struct site site = {0};
    struct policy *p = policy_new(f->arena, f->sets, STR("fw1"));
    *PUSH(f->arena, result.findings) = (struct finding){.rule = &rule,
                                                        .policy = p,
                                                        .severity = SEVERITY_ERROR,
                                                        .title = STR("t"),
                                                        .at = {0, 1, 1, 1, 2},
                                                        .fingerprint = STR("fw1:T-001:00000000")};
    struct check c = {.arena = f->arena,
                      .diags = &f->diags,
                      .sources = &f->sources,
                      .site = &site,
                      .policy = p,
                      .result = &result,
                      .today = STR("2026-11-24")};
    if (w != NULL)
        waivers_apply(&c, w);
    if (old != NULL)
        baseline_apply(&c, old);
    MUST(result.findings.n + result.settled.n != 0, "the finding is lost");
    baseline_text(f->arena, &result, true);
}

void fuzz_one(struct fuzz *f, struct str input)
{
    struct pack pack = {.id = STR("p"), .version = STR("1")};
    *PUSH(f->arena, pack.rules) = (struct rule_def){.id = STR("T-001"), .pack = &pack};
    struct pack *v[] = {&pack};
    struct packs packs = {v, 1, 1};
    struct waivers w = {0};
    struct baseline old = {0};
    const struct source *s = fuzz_source(f, "waivers.json", input);
    if (waivers_read(f->arena, &f->diags, s, &packs, &w))
        apply(f, &w, NULL);
    if (baseline_read(f->arena, &f->diags, s, &old))
        apply(f, NULL, &old);
    struct policy *p = fuzz_import(f, &format_asa, NULL, input);
    struct waivers remarks = {0};
    waivers_in_remarks(f->arena, &f->diags, p, &packs, &remarks);
    apply(f, &remarks, NULL);
    fuzz_diags(&f->diags, &f->sources);
}
