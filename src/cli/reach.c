#include "cli/cli.h"
#include "cli/packets.h"

#include <cjson/cJSON.h>

struct reach_options {
    struct str from, to, proto, src, dst, port, sport;
    bool to_self, from_self;
};

struct reaching {
    struct cli *cli;
    struct audit *audit;
    const struct policy *policy;
    struct asked asked;
    struct region start;
    struct region permitted, possible; /* canonical */
    struct blames by;                  /* the rules that permit, each with its part */
    bool spent;
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
    struct arena *a = x->cli->arena;
    uint64_t steps = x->audit->config->budget;
    struct budget b = {.left = steps != 0 ? steps : AUDIT_BUDGET}, second = b;
    x->start = asked_region(&x->asked);
    struct decision d = decide(x->policy, a, x->asked.path, &x->start, &b);
    x->by = blame(x->policy, a, x->asked.path, &x->start, VERDICT_PERMIT, &second);
    x->permitted = asked_told(&x->asked, &d.permitted);
    x->possible = asked_told(&x->asked, &d.depends);
    x->spent = d.spent || second.spent;
    if (x->spent)
        diag_add(&x->audit->diags, DIAG_INCOMPLETE, SPAN_NONE,
                 "the budget ran out: what is listed is only a part (--budget STEPS)");
}

/* ---- output
 * --------------------------------------------------------------------------------------- */

static void write_json(struct reaching *x, struct out *o, const struct report *r)
{
    struct arena *a = x->cli->arena;
    struct sets *s = x->policy->sets;
    cJSON *doc = json_new_object(a);
    json_add_text(doc, a, "schema", "fwproof/reach/1");
    json_add_str(doc, a, "device", x->policy->device);
    json_add_text(doc, a, "path", path_names[x->asked.path]);
    json_add_boxes(doc, a, "permitted", x->policy, &x->permitted);
    json_add_boxes(doc, a, "possible", x->policy, &x->possible);
    json_add_str(doc, a, "permitted_flows", region_count(s, a, &x->permitted));
    json_add_str(doc, a, "possible_flows", region_count(s, a, &x->possible));
    cJSON *rules = json_add_array(doc, a, "rules");
    for (size_t i = 0; i < x->by.n; i++) {
        struct region part = asked_told(&x->asked, &x->by.v[i].part);
        cJSON *rule = json_add_object(rules, a, NULL);
        json_add_str(rule, a, "text", x->by.v[i].rule->text);
        json_add_place(rule, a, "location", place_of(&x->audit->sources, x->by.v[i].rule->at));
        json_add_boxes(rule, a, "permits", x->policy, &part);
    }
    json_add_number(doc, a, "exit_code", (uint64_t)r->exit_code);
    json_add_diagnostics(doc, r);
    json_print(a, o, doc, true);
}

static void text_boxes(struct reaching *x, struct out *o, const struct region *r)
{
    struct boxes boxes = boxes_of(x->cli->arena, x->policy, r);
    size_t shown = x->cli->opt.verbose > 0 ? SIZE_MAX : 12;
    for (size_t i = 0; i < boxes.n; i++) {
        if (i == shown) {
            out_fmt(o, "      and %zu more (-v shows all)\n", boxes.n - i);
            return;
        }
        out_fmt(o, "      %.*s\n", STR_ARG(box_text(x->cli->arena, &boxes.v[i], 8)));
    }
}

static void write_text(struct reaching *x, struct out *o)
{
    struct arena *a = x->cli->arena;
    struct sets *s = x->policy->sets;
    out_fmt(o, "%.*s: new connections %s the device\n", STR_ARG(str_safe(a, x->policy->device)),
            path_names[x->asked.path]);
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
}

/* ---- the verb
 * ---------------------------------------------------------------------------------------- */

static int run_reach(struct cli *c)
{
    struct str path;
    int format = output_format(c, "text|json", &path);
    if (format < 0)
        return 2;
    struct audit *a = audit_new(c->arena, &c->opt.audit);
    struct out o = {.arena = c->arena};
    if (audit_load_site(a))
        audit_import(a, &c->opt.audit.inputs, true);
    if (a->devices.n != 0) {
        const struct audit_device *d = &a->devices.v[0];
        struct reaching x = {.cli = c, .audit = a, .policy = d->policy};
        x.asked = (struct asked){.arena = c->arena,
                                 .policy = d->policy,
                                 .site = a->site,
                                 .zones = d->site != NULL ? &d->site->zones : NULL};
        if (!read_filters(&x, c->own))
            return usage_error(c, "%.*s", STR_ARG(x.asked.why));
        find_reach(&x);
        struct report r = audit_report(a);
        if (format == 1)
            write_json(&x, &o, &r);
        else
            write_text(&x, &o);
    }
    struct report r = audit_report(a);
    complain_diags(a, c->opt.verbose > 0 ? DIAG_NOTE : DIAG_INCOMPLETE);
    return output_write(c->arena, path, out_taken(&o)) ? r.exit_code : 4;
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
