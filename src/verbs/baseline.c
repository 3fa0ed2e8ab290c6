#include "audit/redact.h"
#include "check/waiver.h"
#include "verbs/verbs.h"

#include <sys/stat.h>

struct baseline_options {
    bool accept_new;
};

static bool exists(struct arena *a, struct str path)
{
    struct stat st;
    return stat(arena_cstr(a, path), &st) == 0;
}

/* Findings of an audit that could not see everything are no base for anything. */
static int run_baseline(struct command *c)
{
    const struct baseline_options *own = c->own;
    struct audit_config *config = &c->opt.audit;
    struct str path = c->args.v[0];
    config->inputs.v++;
    config->inputs.n--;
    if (exists(c->arena, path)) {
        config->baseline = path;
    } else if (!own->accept_new) {
        complain(c, "%.*s does not exist: --accept-new makes it of all findings of today",
                 STR_ARG(redacted(config->redact, str_safe(c->arena, path))));
        return 2;
    }
    struct audit *a = audit_new(c->arena, config);
    a->no_baseline = config->baseline.n == 0;
    audit_run(a);
    int code;
    enum exit_verdict v = audit_verdict(a, &code);
    complain_diags(c, a, DIAG_WARNING);
    if (v == RUN_ERROR || v == RUN_INCOMPLETE)
        return code;
    return output_write(c, path, baseline_text(c->arena, a->result, own->accept_new)) ? 0 : 4;
}

static const struct option own_rows[] = {
    {"accept-new", 0, OPT_FLAG, NULL, "take findings in that the baseline does not have",
     offsetof(struct baseline_options, accept_new)},
    {0},
};

static const struct option_table *const tables[] = {
    &options_input, &options_rules, &options_gate, &options_accepted, &options_jobs, NULL};

const struct verb verb_baseline = {
    .name = "baseline",
    .args = "FILE [INPUT...]",
    .summary = "Write today's findings as a baseline, for `check --baseline FILE`",
    .details = "An existing FILE only shrinks: what is mended is dropped, what is new is taken in "
               "with --accept-new. Nothing is written if something was not understood.",
    .min_args = 1,
    .shared = tables,
    .own = own_rows,
    .first_is_output = true,
    .own_size = sizeof(struct baseline_options),
    .run = run_baseline,
};
