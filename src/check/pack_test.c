/* A pack's own examples: each is an export of its own that must, or must not, bring a finding. */
#include "check/check_int.h"
#include "check/json.h"

static void free_text(void *text)
{
    cJSON_free(text);
}

/* The example's site, as a file of its own; an empty one where it has none. */
static struct site *example_site(struct arena *a, struct diags *d, struct sources *sources,
                                 const struct example *e)
{
    if (e->site == NULL)
        return NEW(a, struct site);
    char *text = cJSON_PrintUnformatted(e->site);
    if (text == NULL)
        arena_fail(a);
    arena_defer(a, free_text, text);
    return site_read(a, d, source_add(a, sources, STR("site"), str_of(text)));
}

static struct str first_problem(const struct diags *d, enum diag_level level)
{
    for (size_t i = 0; i < d->n; i++)
        if (d->v[i].level >= level)
            return d->v[i].message;
    return STR("");
}

static void know_interfaces(struct arena *a, const struct zones *zones, struct strs *to)
{
    for (size_t i = 0; i < zones->n; i++)
        for (size_t k = 0; k < zones->v[i].interfaces.n; k++)
            *PUSH(a, *to) = zones->v[i].interfaces.v[k];
}

/* Empty if the result is what the example says. */
static struct str compare(struct arena *a, const struct example *e, const struct result *r)
{
    enum status wanted = e->violates ? STATUS_FAIL : STATUS_PASS;
    const struct control *x = r->controls.n == 0 ? NULL : &r->controls.v[0];
    if (x == NULL || x->status != wanted)
        return arena_strf(a, "expected %s, got %s: %.*s", status_names[wanted],
                          x == NULL ? "nothing" : status_names[x->status],
                          x == NULL ? 0 : (int)x->reason.n, x == NULL ? "" : x->reason.p);
    if (!e->violates || e->line == 0)
        return STR("");
    for (size_t i = 0; i < r->findings.n; i++)
        if (r->findings.v[i].at.line == e->line)
            return STR("");
    return arena_strf(a, "expected a finding on line %u, got line %u", e->line,
                      r->findings.n == 0 ? 0 : r->findings.v[0].at.line);
}

static struct str run_example(struct arena *a, const struct rule_def *r, const struct example *e)
{
    struct diags diags = {.arena = a};
    struct sources sources = {0};
    struct result result = {.arena = a};
    struct strs known = {0};
    struct site *site = example_site(a, &diags, &sources, e);
    const struct format *format = format_find(e->format);
    if (site == NULL || format == NULL)
        return arena_strf(a, "its site or format: %.*s",
                          STR_ARG(first_problem(&diags, DIAG_ERROR)));
    know_interfaces(a, &site->zones, &known);
    struct source *source = source_add(a, &sources, e->format, e->config);
    source->format = e->format;
    struct import im = {.arena = a,
                        .diags = &diags,
                        .sources = &sources,
                        .sets = sets_new(a),
                        .device = STR("example"),
                        .csv = &site->csv,
                        .known_ifaces = &known};
    const struct policy *policy = format->import(&im, &source, 1);
    if (diags.worst[DIAG_ERROR] || diags.worst[DIAG_INCOMPLETE] != e->incomplete)
        return arena_strf(a, "its export: %.*s", STR_ARG(first_problem(&diags, DIAG_INCOMPLETE)));
    struct rule_def rule = *r;
    struct pack alone = *r->pack;
    struct pack *packs[] = {&alone};
    struct packs all = {packs, 1, 1};
    alone.rules.v = &rule;
    alone.rules.n = 1;
    struct check c = {.arena = a,
                      .diags = &diags,
                      .sources = &sources,
                      .site = site,
                      .policy = policy,
                      .result = &result,
                      .files = &e->files,
                      .today = e->today.n != 0 ? e->today : r->pack->date};
    check_run(&c, &all);
    return compare(a, e, &result);
}

static bool has_both(const struct rule_def *r)
{
    bool seen[2] = {false, false};
    for (size_t i = 0; i < r->examples.n; i++)
        seen[r->examples.v[i].violates] = true;
    return seen[false] && seen[true];
}

bool pack_test(struct arena *a, const struct pack *p, example_fn *tell, void *ctx)
{
    bool good = true;
    for (size_t i = 0; i < p->rules.n; i++) {
        const struct rule_def *r = &p->rules.v[i];
        for (size_t k = 0; k < r->examples.n; k++) {
            struct example_outcome x = {.rule = r, .example = &r->examples.v[k]};
            x.why = run_example(a, r, x.example);
            x.passed = x.why.n == 0;
            good &= x.passed;
            tell(ctx, &x);
        }
        if (has_both(r))
            continue;
        struct example_outcome x = {.rule = r,
                                    .why = STR("a rule needs a violating and a clean example")};
        good = false;
        tell(ctx, &x);
    }
    return good;
}
