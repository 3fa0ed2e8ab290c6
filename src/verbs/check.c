#include "verbs/verbs.h"

static int run_check(struct command *c)
{
    if (!output_formats_ok(c))
        return 2;
    c->opt.audit.pictures = output_wants(c, &reporter_html) || output_wants(c, &reporter_json) ||
                            output_wants(c, &reporter_jsonl);
    struct audit *a = audit_new(c->arena, &c->opt.audit);
    audit_run(a);
    struct report r = audit_report(a);
    return output_reports(c, &r);
}

static const struct option_table *const tables[] = {
    &options_input,    &options_rules, &options_catalogues, &options_gate,
    &options_accepted, &options_jobs,  &options_output,     NULL};

const struct verb verb_check = {
    .name = "check",
    .args = "[INPUT...]",
    .summary = "Audit exported firewall configurations against rule packs",
    .details =
        "An INPUT is a file, a directory, or - for standard input; without any, the devices "
        "of fwproof.json are audited. Formats: text (default), json, jsonl, gcc, sarif, junit, "
        "github, gitlab, csv, markdown, html, verdict.",
    .shared = tables,
    .run = run_check,
};
