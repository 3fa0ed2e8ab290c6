#include "verbs/verbs.h"

struct tally {
    struct out *o;
    size_t passed, failed;
};

static void tell(void *ctx, const struct example_outcome *outcome)
{
    struct tally *t = ctx;
    const struct example *e = outcome->example;
    t->passed += outcome->passed;
    t->failed += !outcome->passed;
    out_fmt(t->o, "%s %.*s", outcome->passed ? "ok" : "not ok", STR_ARG(outcome->rule->id));
    if (e != NULL)
        out_fmt(t->o, " %.*s: %.*s", STR_ARG(e->format), STR_ARG(str_safe(t->o->arena, e->name)));
    if (!outcome->passed)
        out_fmt(t->o, " - %.*s", STR_ARG(str_safe(t->o->arena, outcome->why)));
    out_char(t->o, '\n');
}

static int run_test(struct command *c)
{
    struct out o = {.arena = c->arena};
    struct tally t = {.o = &o};
    c->opt.audit.packs = c->args;
    struct audit *a = audit_new(c->arena, &c->opt.audit);
    if (!audit_load_packs(a)) {
        complain_diags(c, a, DIAG_ERROR);
        return 2;
    }
    for (size_t i = 0; i < a->packs.n; i++)
        pack_test(c->arena, a->packs.v[i], tell, &t);
    out_fmt(&o, "%zu passed, %zu failed\n", t.passed, t.failed);
    if (!output_write(c, STR("-"), out_taken(&o)))
        return 4;
    return t.failed == 0 && t.passed != 0 ? 0 : 1;
}

const struct verb verb_test = {
    .name = "test",
    .args = "PACK...",
    .summary = "Run a pack's own examples",
    .details = "A PACK is the name of one that ships, or a file. The output is TAP.",
    .min_args = 1,
    .run = run_test,
};
