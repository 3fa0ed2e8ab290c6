#include "analyze/diff.h"

#include "cli/cli.h"
#include "cli/packets.h"

#include <cjson/cJSON.h>

struct diff_options {
    struct strs permits, denies; /* what the ticket asks for, in words */
};

/* A set of packets that fares differently, in the words of the user. */
struct part {
    enum path_kind path;
    struct region permitted, denied; /* canonical, and without what all have in common */
};

struct expected {
    bool permit;
    struct str words;
    struct region missing; /* still not as asked */
    bool before;           /* it was so already */
};

struct diffing {
    struct cli *cli;
    struct audit *audit;
    const struct policy *old, *now;
    struct asked asked;
    struct budget budget;
    struct part parts[PATH_KINDS], others[PATH_KINDS]; /* new connections; all other packets */
    struct {
        struct expected *v;
        size_t n, cap;
    } expected;
    struct region collateral[2]; /* newly permitted, newly denied, and not asked for */
    struct {
        const struct finding **v;
        size_t n, cap;
    } fresh, fixed;
    size_t unchanged;
};

/* ---- reading both
 * --------------------------------------------------------------------------------------- */

static void know(struct audit *a, const struct policy *p)
{
    a->known_ifaces = (struct strs){0};
    for (size_t i = 1; i < p->ifaces.n; i++)
        *PUSH(a->arena, a->known_ifaces) = p->ifaces.v[i];
}

static bool import_one(struct audit *a, const struct audit_input *in)
{
    struct audit_inputs one = {0};
    size_t before = a->devices.n;
    *PUSH(a->arena, one) = *in;
    audit_import(a, &one, true);
    return a->devices.n == before + 1;
}

/* Interfaces must be the same classes on both sides: where NEW names more of them, OLD is read
 * again knowing these. */
static bool import_both(struct diffing *x)
{
    struct audit *a = x->audit;
    if (!import_one(a, &a->config->inputs.v[0]))
        return false;
    know(a, a->devices.v[0].policy);
    if (!import_one(a, &a->config->inputs.v[1]))
        return false;
    struct audit_device *old = &a->devices.v[0];
    x->now = a->devices.v[1].policy;
    if (x->now->ifaces.n != old->policy->ifaces.n) {
        know(a, x->now);
        struct diags again = {.arena = a->arena};
        struct import im = {.arena = a->arena,
                            .diags = &again,
                            .sources = &a->sources,
                            .sets = a->sets,
                            .device = old->name,
                            .at_time = a->config->at_time,
                            .csv = &a->site->csv,
                            .known_ifaces = &a->known_ifaces};
        old->policy = old->format->import(&im, old->inputs.v, old->inputs.n);
    }
    x->old = old->policy;
    return true;
}

/* ---- comparing
 * ------------------------------------------------------------------------------------------- */

/* Packets of the IP versions that both exports speak about. */
static struct region universe_of(struct diffing *x)
{
    struct sets *s = x->old->sets;
    struct arena *a = x->cli->arena;
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
    if (families[0] != families[1])
        diag_add(&x->audit->diags, DIAG_INCOMPLETE, SPAN_NONE,
                 "only one of the exports speaks about both IP versions: compared is what both "
                 "speak about");
    return out;
}

static struct part compare(struct diffing *x, enum path_kind path, const struct region *start)
{
    struct part p = {.path = path};
    struct changes c = changes_find(x->old, x->now, x->cli->arena, path, start, &x->budget);
    p.permitted = asked_told(&x->asked, &c.permitted);
    p.denied = asked_told(&x->asked, &c.denied);
    return p;
}

/* R as if only addresses, ports, protocol and zones told packets apart. */
static struct region widened(struct diffing *x, const struct region *r)
{
    struct sets *s = x->old->sets;
    struct region out = {0};
    for (size_t i = 0; i < r->n; i++) {
        struct cube c = r->v[i];
        for (int f = FIELD_STATE; f < FIELD_COUNT; f++)
            c.f[f] = set_full(s, (enum field)f);
        region_add(s, x->cli->arena, &out, &c, &x->budget);
    }
    return out;
}

/* Fragments, odd marks and the like mostly fare as ordinary packets do: told is what does not. */
static void drop_likewise(struct diffing *x, struct region *others, const struct region *ordinary)
{
    struct sets *s = x->old->sets;
    struct region likewise = widened(x, ordinary);
    struct region left = region_minus(s, x->cli->arena, others, &likewise, &x->budget);
    *others = region_canonical(s, x->cli->arena, &left, &x->budget);
}

static void compare_all(struct diffing *x)
{
    struct sets *s = x->old->sets;
    struct arena *a = x->cli->arena;
    struct policy whole = *x->now; /* as the new one, for packets of either */
    struct region differ = policies_differ(x->old, x->now, a, &x->budget);
    whole.universe = universe_of(x);
    x->asked = (struct asked){.arena = a, .policy = &whole, .site = x->audit->site};
    asked_start(&x->asked);
    struct region openers = asked_region(&x->asked);
    x->asked.policy = x->now;
    struct region all = region_and(s, a, &differ, &whole.universe, &x->budget);
    struct region start = region_and(s, a, &all, &openers, &x->budget);
    struct region rest = region_minus(s, a, &all, &openers, &x->budget);
    for (int k = 0; k < PATH_KINDS; k++) {
        x->parts[k] = compare(x, (enum path_kind)k, &start);
        x->others[k] = compare(x, (enum path_kind)k, &rest);
        drop_likewise(x, &x->others[k].permitted, &x->parts[k].permitted);
        drop_likewise(x, &x->others[k].denied, &x->parts[k].denied);
    }
    if (x->budget.spent)
        diag_add(&x->audit->diags, DIAG_INCOMPLETE, SPAN_NONE,
                 "the budget ran out: what is listed is only a part (--budget STEPS)");
}

static bool changed(const struct part *parts)
{
    for (int k = 0; k < PATH_KINDS; k++)
        if (parts[k].permitted.n != 0 || parts[k].denied.n != 0)
            return true;
    return false;
}

/* ---- findings
 * ---------------------------------------------------------------------------------------------- */

static struct str finding_key(struct arena *a, const struct finding *f)
{
    return arena_strf(a, "%.*s %.*s", STR_ARG(f->rule->id), STR_ARG(f->subject));
}

static void compare_findings(struct diffing *x)
{
    struct arena *a = x->cli->arena;
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

/* ---- the ticket
 * ---------------------------------------------------------------------------------------------- */

static bool expect(struct diffing *x, struct str words, bool permit)
{
    struct sets *s = x->old->sets;
    struct arena *a = x->cli->arena;
    struct asked q = {.arena = a, .policy = x->now, .site = x->audit->site};
    if (!asked_words(&q, words)) {
        usage_error(x->cli, "\"%.*s\": %.*s", STR_ARG(words), STR_ARG(q.why));
        return false;
    }
    asked_route(&q);
    struct region want = asked_region(&q);
    struct decision then = decide(x->old, a, q.path, &want, &x->budget);
    struct decision now = decide(x->now, a, q.path, &want, &x->budget);
    const struct region *had = permit ? &then.permitted : &then.denied;
    const struct region *has = permit ? &now.permitted : &now.denied;
    struct region before = region_minus(s, a, &want, had, &x->budget);
    struct region missing = region_minus(s, a, &want, has, &x->budget);
    struct expected *e = PUSH(a, x->expected);
    *e = (struct expected){permit, words, asked_told(&q, &missing), before.n == 0};
    struct region told = asked_told(&q, &want);
    struct region *left = &x->collateral[permit ? 0 : 1];
    *left = region_minus(s, a, left, &told, &x->budget);
    return true;
}

static bool expect_all(struct diffing *x, const struct diff_options *own)
{
    for (int k = 0; k < PATH_KINDS; k++)
        for (int side = 0; side < 2; side++) {
            const struct region *r = side == 0 ? &x->parts[k].permitted : &x->parts[k].denied;
            for (size_t i = 0; i < r->n; i++)
                *PUSH(x->cli->arena, x->collateral[side]) = r->v[i];
        }
    for (size_t i = 0; i < own->permits.n; i++)
        if (!expect(x, own->permits.v[i], true))
            return false;
    for (size_t i = 0; i < own->denies.n; i++)
        if (!expect(x, own->denies.v[i], false))
            return false;
    return true;
}

/* Whether exactly what the ticket asks for was done. Without a ticket all is well. */
static bool as_expected(const struct diffing *x)
{
    bool good = x->expected.n == 0 ||
                (x->collateral[0].n == 0 && x->collateral[1].n == 0 && !changed(x->others));
    for (size_t i = 0; i < x->expected.n; i++)
        good = good && x->expected.v[i].missing.n == 0;
    return good;
}

static const char *outcome_of(const struct expected *e)
{
    return e->missing.n != 0 ? "not done" : e->before ? "already so before" : "done";
}

/* ---- JSON
 * ------------------------------------------------------------------------------------------------------
 */

/* Boxes of all paths in one array: those of the device itself say so. */
static void json_parts(struct diffing *x, cJSON *doc, const char *key, const struct part *parts,
                       bool permitted)
{
    struct arena *a = x->cli->arena;
    cJSON *all = json_add_array(doc, a, key);
    for (int k = 0; k < PATH_KINDS; k++) {
        cJSON *own = json_new_object(a);
        json_add_boxes(own, a, "boxes", x->now, permitted ? &parts[k].permitted : &parts[k].denied);
        cJSON *boxes = cJSON_GetObjectItemCaseSensitive(own, "boxes");
        while (boxes != NULL && cJSON_GetArraySize(boxes) != 0) {
            cJSON *box = cJSON_DetachItemFromArray(boxes, 0);
            if (k != PATH_THROUGH) {
                const char *end = k == PATH_TO_SELF ? "to" : "from";
                cJSON_DeleteItemFromObjectCaseSensitive(box, end);
                json_add_text(box, a, end, "self");
            }
            if (!cJSON_AddItemToArray(all, box))
                arena_fail(a);
        }
    }
}

static void json_findings(struct diffing *x, cJSON *doc, const struct report *r)
{
    struct arena *a = x->cli->arena;
    cJSON *findings = json_add_object(doc, a, "findings");
    cJSON *fresh = json_add_array(findings, a, "new"),
          *fixed = json_add_array(findings, a, "fixed");
    for (size_t i = 0; i < x->fresh.n; i++)
        json_add_finding(fresh, r, x->fresh.v[i]);
    for (size_t i = 0; i < x->fixed.n; i++)
        json_add_finding(fixed, r, x->fixed.v[i]);
    json_add_number(findings, a, "unchanged", x->unchanged);
}

static void write_json(struct diffing *x, struct out *o, const struct report *r)
{
    struct arena *a = x->cli->arena;
    cJSON *doc = json_new_object(a);
    json_add_text(doc, a, "schema", "fwproof/diff/1");
    json_parts(x, doc, "newly_permitted", x->parts, true);
    json_parts(x, doc, "newly_denied", x->parts, false);
    json_parts(x, doc, "newly_permitted_other", x->others, true);
    json_parts(x, doc, "newly_denied_other", x->others, false);
    json_findings(x, doc, r);
    cJSON *expected = json_add_array(doc, a, "expected");
    for (size_t i = 0; i < x->expected.n; i++) {
        const struct expected *e = &x->expected.v[i];
        cJSON *json = json_add_object(expected, a, NULL);
        json_add_str(json, a, e->permit ? "permit" : "deny", e->words);
        json_add_text(json, a, "outcome", outcome_of(e));
        json_add_boxes(json, a, "missing", x->now, &e->missing);
    }
    json_add_text(doc, a, "verdict", run_verdict_names[r->verdict]);
    json_add_number(doc, a, "exit_code", (uint64_t)r->exit_code);
    json_add_diagnostics(doc, r);
    json_print(a, o, doc, true);
}

/* ---- text
 * -------------------------------------------------------------------------------------------------------
 */

static void text_rule(struct diffing *x, struct out *o, const char *word, const struct policy *p,
                      enum path_kind path, const struct packet *k)
{
    struct arena *a = x->cli->arena;
    struct trace t = trace_packet(p, a, path, k, NULL);
    const struct rule *r = t.n == 0 ? NULL : t.v[0].rule;
    struct place at = r == NULL ? (struct place){0} : place_of(&x->audit->sources, r->at);
    out_fmt(o, "      %s", word);
    if (at.source != NULL && at.at.line != 0)
        out_fmt(o, " %.*s:%u:", STR_ARG(str_safe(a, at.source->path)), at.at.line);
    out_fmt(o, " %.*s\n", STR_ARG(r == NULL ? STR("no rule") : str_safe(a, r->text)));
}

#define WITNESSES 12

static void text_part(struct diffing *x, struct out *o, const char *title, const struct part *p,
                      bool permitted)
{
    struct arena *a = x->cli->arena;
    const struct region *r = permitted ? &p->permitted : &p->denied;
    if (r->n == 0)
        return;
    out_fmt(o, "\n%s, %s\n", title, path_names[p->path]);
    for (size_t i = 0; i < r->n; i++) {
        struct region one = {&r->v[i], 1, 1};
        struct boxes boxes = boxes_of(a, x->now, &one);
        for (size_t k = 0; k < boxes.n; k++)
            out_fmt(o, "  %c %.*s\n", permitted ? '+' : '-', STR_ARG(box_text(a, &boxes.v[k], 8)));
        if (i >= WITNESSES && x->cli->opt.verbose == 0)
            continue;
        struct packet k = cube_pick(x->now->sets, &r->v[i]);
        out_fmt(o, "      such as %.*s\n", STR_ARG(packet_text(a, x->now, &k)));
        text_rule(x, o, "before", x->old, p->path, &k);
        text_rule(x, o, "now   ", x->now, p->path, &k);
    }
}

static void write_text(struct diffing *x, struct out *o)
{
    struct arena *a = x->cli->arena;
    for (int k = 0; k < PATH_KINDS; k++) {
        text_part(x, o, "Newly permitted", &x->parts[k], true);
        text_part(x, o, "Newly denied", &x->parts[k], false);
        text_part(x, o, "Newly permitted (packets that open no connection)", &x->others[k], true);
        text_part(x, o, "Newly denied (packets that open no connection)", &x->others[k], false);
    }
    if (!changed(x->parts) && !changed(x->others) && !x->budget.spent)
        out_text(o, "No packet fares differently.\n");
    for (size_t i = 0; i < x->expected.n; i++)
        out_fmt(o, "\nExpected to %s %.*s: %s\n", x->expected.v[i].permit ? "permit" : "deny",
                STR_ARG(str_safe(a, x->expected.v[i].words)), outcome_of(&x->expected.v[i]));
    if (x->expected.n != 0 && (x->collateral[0].n != 0 || x->collateral[1].n != 0))
        out_text(o, "\nMore has changed than was asked for.\n");
    out_fmt(o, "\nFindings: %zu new, %zu fixed, %zu unchanged\n", x->fresh.n, x->fixed.n,
            x->unchanged);
    for (size_t i = 0; i < x->fresh.n; i++)
        out_fmt(o, "  new   %.*s %.*s\n", STR_ARG(x->fresh.v[i]->rule->id),
                STR_ARG(str_safe(a, finding_text(a, x->fresh.v[i]))));
    for (size_t i = 0; i < x->fixed.n; i++)
        out_fmt(o, "  fixed %.*s %.*s\n", STR_ARG(x->fixed.v[i]->rule->id),
                STR_ARG(str_safe(a, finding_text(a, x->fixed.v[i]))));
}

/* ---- the verb
 * ----------------------------------------------------------------------------------------------------
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

static int run_diff(struct cli *c)
{
    struct str path;
    int format = output_format(c, "text|json", &path);
    if (format < 0)
        return 2;
    if (c->opt.audit.inputs.n != 2)
        return usage_error(c, "what is compared are two exports");
    struct audit *a = audit_new(c->arena, &c->opt.audit);
    struct out o = {.arena = c->arena};
    uint64_t steps = c->opt.audit.budget;
    struct diffing x = {
        .cli = c, .audit = a, .budget = {.left = steps != 0 ? steps : AUDIT_BUDGET / 10}};
    bool ready = audit_load_site(a) && audit_load_packs(a) && import_both(&x);
    if (ready) {
        compare_all(&x);
        if (!expect_all(&x, c->own))
            return 2;
        audit_check(a);
        compare_findings(&x);
    }
    struct report r = audit_report(a);
    if (ready) {
        judge(&x, &r);
        if (format == 1)
            write_json(&x, &o, &r);
        else
            write_text(&x, &o);
    }
    complain_diags(a, c->opt.verbose > 0 ? DIAG_NOTE : DIAG_INCOMPLETE);
    return output_write(c->arena, path, out_taken(&o)) ? r.exit_code : 4;
}

#define AT(member) offsetof(struct diff_options, member)
static const struct option own_options[] = {
    {"expect-permit", 0, OPT_TEXTS, "WORDS", "what the change is to permit, as for trace",
     AT(permits)},
    {"expect-deny", 0, OPT_TEXTS, "WORDS", "what the change is to deny", AT(denies)},
    {.name = NULL},
};
static const struct option_table *const tables[] = {&options_input, &options_rules, &options_gate,
                                                    &options_output, NULL};

const struct verb verb_diff = {
    .name = "diff",
    .args = "OLD NEW",
    .summary = "Show the traffic that is newly permitted and newly denied",
    .details = "With --expect-permit or --expect-deny the exit code is 1 unless exactly that\n"
               "has changed. Formats: text, json.",
    .min_args = 2,
    .shared = tables,
    .own = own_options,
    .own_size = sizeof(struct diff_options),
    .run = run_diff,
};
