#include "verbs/diff_int.h"

#include "analyze/treat.h"

/* ---- comparing
 * ------------------------------------------------------------------------------------------- */

/* Packets of the IP versions that both exports speak about. */
static struct region universe_of(struct diffing *x)
{
    struct sets *s = x->old->sets;
    struct arena *a = x->command->arena;
    struct region out = {0};
    set_id families[2] = {SET_EMPTY, SET_EMPTY};
    const struct policy *both[2] = {x->old, x->now};
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < both[i]->universe.n; k++)
            families[i] = set_or(s, families[i], both[i]->universe.v[k].f[FIELD_FAMILY]);
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < both[i]->universe.n; k++) {
            struct cube c = both[i]->universe.v[k];
            c.f[FIELD_FAMILY] = set_and(s, c.f[FIELD_FAMILY], set_and(s, families[0], families[1]));
            if (!cube_is_empty(&c))
                region_add(s, a, &out, &c, &x->budget);
        }
    if (x->across)
        out = region_and(s, a, &x->old->universe, &x->now->universe, &x->budget);
    if (families[0] != families[1])
        diag_add(&x->audit->diags, DIAG_INCOMPLETE, SPAN_NONE,
                 "only one of the exports speaks about both IP versions: compared is what both "
                 "speak about");
    return out;
}

/* R in parts where fine fields are 0, which decides what becomes of them, and where they are not.
 */
static struct region split_fine(struct diffing *x, const struct region *r)
{
    struct sets *s = x->old->sets;
    struct region out = *r;
    uint32_t fine = fine_fields(x->old) | fine_fields(x->now);
    for (int f = 0; f < FIELD_COUNT; f++) {
        if ((fine >> f & 1) == 0)
            continue;
        struct cube none = cube_any(s), some = cube_any(s);
        none.f[f] = set_one(s, 0);
        some.f[f] = set_minus(s, some.f[f], none.f[f]);
        struct region zero = region_and_cube(s, x->command->arena, &out, &none);
        out = region_and_cube(s, x->command->arena, &out, &some);
        for (size_t m = 0; m < zero.n; m++)
            *PUSH(x->command->arena, out) = zero.v[m];
    }
    return out;
}

/* What changes of START, apart as connections that open and the rest. Of openers more is known
 * (they carry no mark), so that less hangs on conditions: they are asked by themselves. Returns all
 * of it. */
static struct region compare(struct diffing *x, enum path_kind path, const struct region *start)
{
    struct sets *s = x->old->sets;
    struct arena *a = x->command->arena;
    struct region opening = region_and(s, a, start, &x->openers, &x->budget), all = {0};
    struct changes of_openers = changes_find(x->old, x->now, a, path, &opening, &x->budget);
    struct region split = split_fine(x, start);
    struct changes c = changes_find(x->old, x->now, a, path, &split, &x->budget);
    for (int side = 0; side < 2; side++) {
        struct region first = side == 0 ? of_openers.permitted : of_openers.denied;
        struct region rest =
            region_minus(s, a, side == 0 ? &c.permitted : &c.denied, &x->openers, &x->budget);
        struct part *part = &x->parts[path], *other = &x->others[path];
        *(side == 0 ? &part->permitted : &part->denied) = asked_told(&x->asked, &first);
        if (!x->across)
            *(side == 0 ? &other->permitted : &other->denied) = asked_told(&x->asked, &rest);
        for (size_t i = 0; i < first.n; i++)
            *PUSH(a, all) = first.v[i];
        for (size_t i = 0; i < rest.n; i++)
            *PUSH(a, all) = rest.v[i];
    }
    return all;
}

/* Exports of different kinds say different things of the device itself, and each tracks
 * connections in its own way: what can be compared is which connections open through it. */
static bool compared(const struct diffing *x, enum path_kind path)
{
    return !x->across || path == PATH_THROUGH;
}

static struct region where_they_differ(struct diffing *x, enum difference difference,
                                       const struct region *universe, struct budget *b)
{
    struct region differ = policies_differ(x->old, x->now, difference, x->command->arena, b);
    return region_and(x->old->sets, x->command->arena, &differ, universe, b);
}

static void compare_all(struct diffing *x)
{
    struct arena *a = x->command->arena;
    struct policy whole = *x->now; /* as the new one, for packets of either */
    whole.universe = universe_of(x);
    x->asked = (struct asked){.arena = a, .policy = &whole, .site = x->audit->site};
    asked_start(&x->asked);
    x->openers = asked_region(&x->asked);
    x->asked.policy = x->now;
    struct region all = where_they_differ(x, DIFFER_IN_VERDICT, &whole.universe, &x->budget),
                  treated = {0};
    bool treats = policy_treats(x->old) || policy_treats(x->now);
    if (treats && !x->across) /* each kind of export has its own words for what is done beside */
        treated = where_they_differ(x, DIFFER_IN_TREATMENT, &whole.universe, &x->treating);
    for (int k = 0; k < PATH_KINDS; k++) {
        x->parts[k].path = x->others[k].path = x->extra[k].path = (enum path_kind)k;
        if (!compared(x, (enum path_kind)k))
            continue;
        struct region changed = compare(x, (enum path_kind)k, &all);
        drop_likewise(x, &x->others[k].permitted, &x->parts[k].permitted, &x->budget);
        drop_likewise(x, &x->others[k].denied, &x->parts[k].denied, &x->budget);
        diff_treatment(x, (enum path_kind)k, &treated, &changed);
    }
}

/* More was changed than the ticket asks for. */
static bool has_collateral(const struct diffing *x)
{
    return parts_changed(x->extra) || parts_changed(x->others) || parts_treated(x->extra);
}

/* ---- findings
 * ---------------------------------------------------------------------------------------------- */

static struct str finding_key(struct arena *a, const struct finding *f)
{
    return arena_strf(a, "%.*s %.*s", STR_ARG(f->rule->id), STR_ARG(f->subject));
}

static void compare_findings(struct diffing *x)
{
    struct arena *a = x->command->arena;
    struct map *then = map_new(a), *now = map_new(a);
    const struct result *r = x->audit->result;
    for (size_t i = 0; i < r->findings.n; i++)
        map_put(r->findings.v[i].policy == x->old ? then : now, finding_key(a, &r->findings.v[i]),
                &r->findings.v[i]);
    for (size_t i = 0; i < r->findings.n; i++) {
        const struct finding *f = &r->findings.v[i];
        bool old = f->policy == x->old;
        if (map_get(old ? now : then, finding_key(a, f)) != NULL)
            x->unchanged += !old;
        else if (old)
            *PUSH(a, x->fixed) = f;
        else
            *PUSH(a, x->fresh) = f;
    }
}

/* ---- the ticket -------------------------------------------------------------------------------
 */

/* PART without what is asked for, and the rules of NEW that decide it. */
static struct region not_asked(struct diffing *x, enum path_kind path, enum intent_kind kind,
                               const struct region *part)
{
    struct arena *a = x->command->arena;
    struct sets *s = x->old->sets;
    struct region left = *part;
    for (size_t i = 0; i < x->intents.n; i++) {
        const struct intent *e = &x->intents.v[i];
        if (e->kind == kind && e->asked.path == path)
            left = region_minus(s, a, &left, &e->told, &x->budget);
    }
    left = region_canonical(s, a, &left, &x->budget);
    struct region first = region_and(s, a, &left, &x->openers, &x->budget);
    x->extra_by[path][kind] = blame(
        x->now, a, path, &first, kind == INTENT_PERMIT ? VERDICT_PERMIT : VERDICT_DENY, &x->budget);
    return left;
}

static void hold_against_ticket(struct diffing *x)
{
    if (x->intents.n == 0)
        return;
    intents_decide(&x->intents, x->old, x->now, &x->budget);
    for (int k = 0; k < PATH_KINDS && x->old != x->now; k++) {
        enum path_kind path = (enum path_kind)k;
        x->extra[k].permitted = not_asked(x, path, INTENT_PERMIT, &x->parts[k].permitted);
        x->extra[k].denied = not_asked(x, path, INTENT_DENY, &x->parts[k].denied);
    }
    if (x->old != x->now)
        diff_treatment_not_asked(x);
    x->outcome = intents_outcome(&x->intents, has_collateral(x));
}

/* Whether what the ticket asks for is so and nothing else was changed. Without one all is well. */
bool as_expected(const struct diffing *x)
{
    if (x->intents.n == 0)
        return true;
    return (x->outcome == OUTCOME_DONE || x->outcome == OUTCOME_BEFORE) && !has_collateral(x);
}

struct str diff_headline(const struct diffing *x)
{
    size_t permitted = 0, denied = 0;
    for (int k = 0; k < PATH_KINDS; k++) {
        permitted += x->parts[k].permitted.n + x->others[k].permitted.n;
        denied += x->parts[k].denied.n + x->others[k].denied.n;
    }
    bool treated = parts_treated(x->parts) || parts_treated(x->others);
    const char *what = permitted + denied == 0 && treated
                           ? "What passes is the same, but some of it is treated differently"
                       : permitted + denied == 0 ? "No packet fares differently"
                       : denied == 0             ? "Traffic is newly permitted"
                       : permitted == 0          ? "Traffic is newly denied"
                                                 : "Traffic is newly permitted, and newly denied";
    struct arena *a = x->command->arena;
    if (x->old == x->now)
        what = "The request against the configuration as it is";
    if (x->intents.n == 0)
        return arena_strf(a, "%s.", what);
    return arena_strf(a, "%s. The ticket: %s.", what, outcome_names[x->outcome]);
}

/* ---- the verb ---------------------------------------------------------------------------------
 */

/* What was there before is not this change's fault. */
static void judge(struct diffing *x, struct report *r)
{
    bool fails = !as_expected(x);
    for (size_t i = 0; i < x->fresh.n; i++)
        fails = fails || x->fresh.v[i]->severity >= audit_fail_on(x->audit->config);
    if (r->verdict != RUN_PASS && r->verdict != RUN_FAIL)
        return;
    r->verdict = fails ? RUN_FAIL : RUN_PASS;
    r->exit_code = fails && !x->audit->config->exit_zero ? 1 : 0;
}

typedef void writer(struct diffing *x, struct out *o, const struct report *r);
static writer *const writers[] = {diff_text, diff_json, diff_verdict, diff_markdown};

/* Everything there is to know. False after a usage error. */
static bool find_all(struct diffing *x, bool wants_backout)
{
    if (!intents_read(x->command, x->audit, &x->own->intent, x->now, &x->intents))
        return false;
    if (x->old != x->now) {
        compare_all(x);
        if (wants_backout)
            diff_backout(x);
    }
    hold_against_ticket(x);
    if (x->budget.spent)
        diag_add(&x->audit->diags, DIAG_INCOMPLETE, SPAN_NONE,
                 "the budget ran out: what is listed is only a part (--budget STEPS)");
    if (x->treating.spent)
        diag_add(&x->audit->diags, DIAG_INCOMPLETE, SPAN_NONE,
                 "the budget ran out: not all that is treated differently is listed (--budget "
                 "STEPS)");
    if (x->old != x->now) {
        bool wrong;
        x->rows = diff_rows(x, &wrong);
        if (wrong)
            diag_add(&x->audit->diags, DIAG_ERROR, SPAN_NONE,
                     "a packet does not fare as the sets say: this is an error of the program");
        diff_lines(x);
        if (!x->own->no_findings)
            x->unchanged = audit_compare(x->audit);
        compare_findings(x);
    }
    return true;
}

static int run_diff(struct command *c)
{
    struct str path;
    const struct diff_options *own = c->own;
    int format = output_format(c, "text|json|verdict|markdown", &path);
    if (format < 0)
        return 2;
    size_t needs = own->apply.n != 0 || intents_given(&own->intent) ? 1 : 2;
    if (c->opt.audit.inputs.n < needs || c->opt.audit.inputs.n > (own->apply.n != 0 ? 1u : 2u))
        return usage_error(c, "what is compared are two exports, or one and --apply SNIPPET");
    struct audit *a = audit_new(c->arena, &c->opt.audit);
    struct out o = {.arena = c->arena};
    uint64_t steps = c->opt.audit.budget;
    struct budget budget = {.left = steps != 0 ? steps : AUDIT_BUDGET};
    struct diffing x = {.command = c, .audit = a, .own = own, .budget = budget, .treating = budget};
    /* Of a change that the device would refuse there is nothing to compare. */
    bool ready =
        audit_load_site(a) && audit_load_packs(a) && diff_read(&x) && !a->diags.worst[DIAG_ERROR];
    if (ready && !find_all(&x, own->backout || format == 3))
        return 2;
    struct report r = audit_report(a);
    if (ready) {
        judge(&x, &r);
        writers[format](&x, &o, &r);
    }
    complain_diags(c, a, c->opt.verbose > 0 ? DIAG_NOTE : DIAG_INCOMPLETE);
    if (!ready) /* an older result stays */
        return r.exit_code;
    return output_write(c, path, out_taken(&o)) ? r.exit_code : 4;
}

#define AT(member) offsetof(struct diff_options, member)
static const struct option own_options[] = {
    {"apply", 0, OPT_TEXT, "SNIPPET", "compare OLD with OLD after these commands", AT(apply)},
    INTENT_OPTIONS(struct diff_options),
    {"expect-treated", 0, OPT_TEXTS, "WORDS",
     "what the ticket asks to translate, mark, log or answer differently", AT(intent.treats)},
    {"back-out", 0, OPT_FLAG, NULL, "commands that take the change back, tried first", AT(backout)},
    {"no-findings", 0, OPT_FLAG, NULL, "compare only what passes: run no packs on the two",
     AT(no_findings)},
    {"map", 0, OPT_TEXTS, "NAME=NAME", "one interface, as OLD and as NEW call it", AT(maps)},
    {"ticket", 0, OPT_TEXT, "NAME", "the change's name, for verdict and markdown", AT(ticket)},
    {.name = NULL},
};
static const struct option_table *const tables[] = {&options_input, &options_rules, &options_gate,
                                                    &options_output, NULL};

const struct verb verb_diff = {
    .name = "diff",
    .args = "OLD [NEW]",
    .summary = "Show the traffic that is newly permitted and newly denied",
    .details = "With --expect... the exit code is 1 unless exactly that has changed (of OLD alone: "
               "unless it is so already). Formats: text, json, verdict, markdown.",
    .min_args = 1,
    .shared = tables,
    .own = own_options,
    .own_size = sizeof(struct diff_options),
    .run = run_diff,
};
