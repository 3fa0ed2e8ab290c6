#include "verbs/intent.h"

#include <cjson/cJSON.h>

struct reach_options {
    struct str from, to, proto, src, dst, port, sport;
    bool to_self, from_self;
    struct intent_options intent;
};

/* From one zone to another. */
struct pair {
    uint16_t from, to; /* interface classes */
    struct region permitted, possible, denied;
    bool all;   /* every packet is permitted for sure */
    bool empty; /* the export speaks of no packets from there to there */
};

struct reaching {
    struct command *command;
    struct audit *audit;
    const struct policy *policy;
    struct asked asked;
    struct region start;
    struct region permitted, possible, denied; /* canonical */
    struct blames by;                          /* the rules that permit, each with its part */
    bool spent;
    struct {
        struct pair *v;
        size_t n, cap;
    } pairs; /* the matrix, row by row; empty: not asked for, or there are no zones */
    struct {
        uint16_t *v;
        size_t n, cap;
    } zones;
    struct intents intents;
};

static bool read_filters(struct reaching *x, const struct reach_options *own)
{
    const struct {
        const char *key;
        struct str value;
    } rows[] = {{"from", own->from}, {"to", own->to},      {"proto", own->proto}, {"src", own->src},
                {"dst", own->dst},   {"dport", own->port}, {"sport", own->sport}};
    asked_start(&x->asked);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].value.n != 0 && !asked_key(&x->asked, str_of(rows[i].key), rows[i].value))
            return false;
    if (own->to_self)
        x->asked.path = PATH_TO_SELF;
    if (own->from_self)
        x->asked.path = PATH_FROM_SELF;
    return true;
}

static void find_reach(struct reaching *x)
{
    struct arena *a = x->command->arena;
    uint64_t steps = x->audit->config->budget;
    struct budget b = {.left = steps != 0 ? steps : AUDIT_BUDGET}, second = b;
    x->start = asked_region(&x->asked);
    struct decision d = decide(x->policy, a, x->asked.path, &x->start, &b);
    x->by = blame(x->policy, a, x->asked.path, &x->start, VERDICT_PERMIT, &second);
    x->permitted = asked_told(&x->asked, &d.permitted);
    x->possible = asked_told(&x->asked, &d.depends);
    x->denied = asked_told(&x->asked, &d.denied);
    x->spent = d.spent || second.spent;
    if (x->spent)
        diag_add(&x->audit->diags, DIAG_INCOMPLETE, SPAN_NONE,
                 "the budget ran out: what is listed is only a part (--budget STEPS)");
}

/* ---- the matrix ------------------------------------------------------------------------------ */

#define ZONES_MAX 64

/* Interfaces that the export itself has; without any, those that its rules name. */
static void find_zones(struct reaching *x)
{
    const struct policy *p = x->policy;
    struct arena *a = x->command->arena;
    for (size_t i = 0; i < p->interfaces.n && x->zones.n < ZONES_MAX; i++)
        *PUSH(a, x->zones) = p->interfaces.v[i].class;
    if (p->interfaces.n > ZONES_MAX)
        diag_add(&x->audit->diags, DIAG_NOTE, SPAN_NONE,
                 "the matrix shows the first %d of %zu interfaces", ZONES_MAX, p->interfaces.n);
}

static struct region between(struct reaching *x, const struct region *r, uint16_t from, uint16_t to)
{
    struct sets *s = x->policy->sets;
    struct cube c = cube_any(s);
    c.f[FIELD_IN] = set_one(s, from);
    c.f[FIELD_OUT] = set_one(s, to);
    struct region cut = region_and_cube(s, x->command->arena, r, &c);
    return region_canonical(s, x->command->arena, &cut, NULL);
}

static void find_pairs(struct reaching *x)
{
    struct region told = asked_told(&x->asked, &x->start);
    find_zones(x);
    for (size_t i = 0; i < x->zones.n; i++)
        for (size_t k = 0; k < x->zones.n; k++) {
            struct pair *p = PUSH(x->command->arena, x->pairs);
            *p = (struct pair){.from = x->zones.v[i], .to = x->zones.v[k]};
            struct region whole = between(x, &told, p->from, p->to);
            p->empty = whole.n == 0;
            p->permitted = between(x, &x->permitted, p->from, p->to);
            p->possible = between(x, &x->possible, p->from, p->to);
            p->denied = between(x, &x->denied, p->from, p->to);
            p->all =
                region_minus(x->policy->sets, x->command->arena, &whole, &p->permitted, NULL).n ==
                0;
        }
}

/* What a pair comes to, in a word. */
static const char *pair_word(const struct pair *p)
{
    return p->empty              ? "-"
           : p->all              ? "all"
           : p->permitted.n != 0 ? (p->possible.n != 0 ? "some, perhaps more" : "some")
           : p->possible.n != 0  ? "perhaps"
                                 : "denied";
}

/* ---- output
 * --------------------------------------------------------------------------------------- */

static void json_matrix(struct reaching *x, cJSON *doc)
{
    struct arena *a = x->command->arena;
    struct sets *s = x->policy->sets;
    cJSON *matrix = json_add_array(doc, a, "matrix");
    for (size_t i = 0; i < x->pairs.n; i++) {
        const struct pair *p = &x->pairs.v[i];
        if (p->empty)
            continue;
        cJSON *json = json_add_object(matrix, a, NULL);
        json_add_str(json, a, "from", x->policy->ifaces.v[p->from]);
        json_add_str(json, a, "to", x->policy->ifaces.v[p->to]);
        json_add_str(json, a, "permitted_flows", region_count(s, a, &p->permitted));
        json_add_str(json, a, "possible_flows", region_count(s, a, &p->possible));
        json_add_str(json, a, "denied_flows", region_count(s, a, &p->denied));
        json_add_boxes(json, a, "permitted", x->policy, &p->permitted);
        json_add_boxes(json, a, "possible", x->policy, &p->possible);
        json_add_boxes(json, a, "denied", x->policy, &p->denied);
    }
}

static void write_json(struct reaching *x, struct out *o, const struct report *r)
{
    struct arena *a = x->command->arena;
    struct sets *s = x->policy->sets;
    cJSON *doc = json_new_object(a);
    json_add_text(doc, a, "schema", "fwproof/reach/1");
    json_add_str(doc, a, "device", x->policy->device);
    json_add_text(doc, a, "path", path_names[x->asked.path]);
    json_add_boxes(doc, a, "permitted", x->policy, &x->permitted);
    json_add_boxes(doc, a, "possible", x->policy, &x->possible);
    json_add_boxes(doc, a, "denied", x->policy, &x->denied);
    json_add_str(doc, a, "permitted_flows", region_count(s, a, &x->permitted));
    json_add_str(doc, a, "possible_flows", region_count(s, a, &x->possible));
    json_add_str(doc, a, "denied_flows", region_count(s, a, &x->denied));
    cJSON *rules = json_add_array(doc, a, "rules");
    for (size_t i = 0; i < x->by.n; i++) {
        struct region part = asked_told(&x->asked, &x->by.v[i].part);
        cJSON *rule = json_add_object(rules, a, NULL);
        json_add_str(rule, a, "text", x->by.v[i].rule->text);
        json_add_place(rule, a, "location", place_of(&x->audit->sources, x->by.v[i].rule->at));
        json_add_boxes(rule, a, "permits", x->policy, &part);
    }
    json_matrix(x, doc);
    if (x->intents.n != 0) {
        intents_json(doc, x->audit, x->policy, &x->intents);
        json_add_text(doc, a, "outcome", outcome_names[intents_outcome(&x->intents, false)]);
    }
    json_add_text(doc, a, "verdict", run_verdict_names[r->verdict]);
    json_add_number(doc, a, "exit_code", (uint64_t)r->exit_code);
    json_add_diagnostics(doc, r);
    json_print(a, o, doc, true);
}

static void text_boxes(struct reaching *x, struct out *o, const struct region *r)
{
    struct boxes boxes = boxes_of(x->command->arena, x->policy, r);
    size_t shown = x->command->opt.verbose > 0 ? SIZE_MAX : 12;
    for (size_t i = 0; i < boxes.n; i++) {
        if (i == shown) {
            out_fmt(o, "      and %zu more (-v shows all)\n", boxes.n - i);
            return;
        }
        out_fmt(o, "      %.*s\n", STR_ARG(box_text(x->command->arena, &boxes.v[i], 8)));
    }
}

#define CELL 20

static void text_cell(struct reaching *x, struct out *o, struct str text, bool last)
{
    text = str_safe(x->command->arena, str_clip(x->command->arena, text, CELL - 2));
    out_fmt(o, "%.*s", STR_ARG(text));
    if (last)
        out_char(o, '\n');
    for (size_t i = text.n; i < CELL && !last; i++)
        out_char(o, ' ');
}

static void text_matrix(struct reaching *x, struct out *o)
{
    size_t n = x->zones.n;
    if (n == 0)
        return;
    out_text(o, "\n  ");
    text_cell(x, o, STR("from \\ to"), false);
    for (size_t k = 0; k < n; k++)
        text_cell(x, o, x->policy->ifaces.v[x->zones.v[k]], k + 1 == n);
    for (size_t i = 0; i < x->pairs.n; i++) {
        if (i % n == 0) {
            out_text(o, "  ");
            text_cell(x, o, x->policy->ifaces.v[x->pairs.v[i].from], false);
        }
        text_cell(x, o, str_of(pair_word(&x->pairs.v[i])), i % n + 1 == n);
    }
}

static void write_text(struct reaching *x, struct out *o)
{
    struct arena *a = x->command->arena;
    struct sets *s = x->policy->sets;
    out_fmt(o, "%.*s: new connections %s the device\n", STR_ARG(str_safe(a, x->policy->device)),
            path_names[x->asked.path]);
    text_matrix(x, o);
    for (size_t i = 0; i < x->by.n; i++) {
        const struct rule *r = x->by.v[i].rule;
        struct place at = place_of(&x->audit->sources, r->at);
        struct region part = asked_told(&x->asked, &x->by.v[i].part);
        out_text(o, "\n  ");
        if (at.source != NULL && at.at.line != 0)
            out_fmt(o, "%.*s:%u: ", STR_ARG(str_safe(a, at.source->path)), at.at.line);
        out_fmt(o, "%.*s\n", STR_ARG(str_safe(a, r->text)));
        text_boxes(x, o, &part);
    }
    if (x->possible.n != 0) {
        out_text(o, "\n  of these only possibly, by what is not in the packet:\n");
        text_boxes(x, o, &x->possible);
    }
    out_fmt(o, "\n%.*s flows are permitted for sure, %.*s possibly.\n",
            STR_ARG(region_count(s, a, &x->permitted)), STR_ARG(region_count(s, a, &x->possible)));
    intents_text(o, x->audit, x->policy, &x->intents);
}

/* ---- the verb
 * ---------------------------------------------------------------------------------------- */

/* A request that is not so yet fails. */
static struct report reach_report(struct reaching *x)
{
    uint64_t steps = x->audit->config->budget;
    struct budget b = {.left = steps != 0 ? steps : AUDIT_BUDGET};
    intents_decide(&x->intents, x->policy, x->policy, &b);
    if (b.spent)
        diag_add(&x->audit->diags, DIAG_INCOMPLETE, SPAN_NONE,
                 "the budget ran out over what is expected (--budget STEPS)");
    struct report r = audit_report(x->audit);
    if (r.verdict == RUN_PASS && x->intents.n != 0 &&
        intents_outcome(&x->intents, false) != OUTCOME_BEFORE) {
        r.verdict = RUN_FAIL;
        r.exit_code = 1;
    }
    return r;
}

static int run_reach(struct command *c)
{
    int code;
    struct str path;
    const struct reach_options *own = c->own;
    int format = output_format(c, "text|json", &path);
    if (format < 0)
        return 2;
    struct audit *a = audit_new(c->arena, &c->opt.audit);
    struct out o = {.arena = c->arena};
    if (audit_load_site(a))
        audit_import(a, &c->opt.audit.inputs, true);
    if (a->devices.n != 0) {
        const struct audit_device *d = &a->devices.v[0];
        struct reaching x = {.command = c, .audit = a, .policy = d->policy};
        x.asked = (struct asked){.arena = c->arena,
                                 .policy = d->policy,
                                 .site = a->site,
                                 .zones = d->site != NULL ? &d->site->zones : NULL};
        if (!read_filters(&x, own))
            return usage_error(c, "%.*s", STR_ARG(x.asked.why));
        if (!intents_read(c, a, &own->intent, x.policy, &x.intents))
            return 2;
        find_reach(&x);
        if (x.asked.path == PATH_THROUGH && own->from.n == 0 && own->to.n == 0)
            find_pairs(&x);
        struct report r = reach_report(&x);
        if (format == 1)
            write_json(&x, &o, &r);
        else
            write_text(&x, &o);
        code = r.exit_code;
    } else {
        code = audit_report(a).exit_code;
    }
    complain_diags(c, a, c->opt.verbose > 0 ? DIAG_NOTE : DIAG_INCOMPLETE);
    return output_write(c, path, out_taken(&o)) ? code : 4;
}

#define AT(member) offsetof(struct reach_options, member)
static const struct option own_options[] = {
    {"from", 0, OPT_TEXT, "ZONE", "only what comes in here: an interface or zone", AT(from)},
    {"to", 0, OPT_TEXT, "ZONE", "only what goes out here", AT(to)},
    {"proto", 0, OPT_TEXT, "NAME", "only this protocol", AT(proto)},
    {"src", 0, OPT_TEXT, "NETS", "only from these networks", AT(src)},
    {"dst", 0, OPT_TEXT, "NETS", "only to these networks", AT(dst)},
    {"port", 0, OPT_TEXT, "PORTS", "only to these ports", AT(port)},
    {"sport", 0, OPT_TEXT, "PORTS", "only from these ports", AT(sport)},
    {"to-self", 0, OPT_FLAG, NULL, "what may reach the device itself", AT(to_self)},
    {"from-self", 0, OPT_FLAG, NULL, "what the device itself may send", AT(from_self)},
    INTENT_OPTIONS(struct reach_options),
    {.name = NULL},
};
static const struct option_table *const tables[] = {&options_input, &options_limits,
                                                    &options_output, NULL};

const struct verb verb_reach = {
    .name = "reach",
    .args = "INPUT...",
    .summary = "Show what may pass from where to where, as exact sets",
    .details = "All inputs belong to one device. Formats: text, json.",
    .min_args = 1,
    .shared = tables,
    .own = own_options,
    .own_size = sizeof(struct reach_options),
    .run = run_reach,
};
