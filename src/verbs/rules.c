#include "verbs/verbs.h"

static void rules_text(struct audit *a, struct out *o)
{
    for (size_t i = 0; i < a->packs.n; i++) {
        const struct pack *p = a->packs.v[i];
        out_fmt(o, "%s%.*s: %.*s\n", i == 0 ? "" : "\n", STR_ARG(pack_label(a->arena, p)),
                STR_ARG(p->title));
        for (size_t k = 0; k < p->rules.n; k++) {
            const struct rule_def *r = &p->rules.v[k];
            out_fmt(o, "  %-18.*s %-8s %.*s\n", STR_ARG(r->id), severity_names[r->severity],
                    STR_ARG(r->title));
        }
    }
}

static void rules_json(struct audit *a, struct out *o)
{
    struct cJSON *doc = json_new_object(a->arena);
    json_add_text(doc, a->arena, "schema", "fwproof/rules/1");
    struct cJSON *packs = json_add_array(doc, a->arena, "packs");
    for (size_t i = 0; i < a->packs.n; i++) {
        const struct pack *p = a->packs.v[i];
        struct cJSON *pack = json_add_object(packs, a->arena, NULL);
        json_add_str(pack, a->arena, "id", p->id);
        json_add_str(pack, a->arena, "title", p->title);
        json_add_str(pack, a->arena, "version", p->version);
        json_add_str(pack, a->arena, "date", p->date);
        struct cJSON *rules = json_add_array(pack, a->arena, "rules");
        for (size_t k = 0; k < p->rules.n; k++) {
            struct cJSON *rule = json_add_object(rules, a->arena, NULL);
            json_add_str(rule, a->arena, "id", p->rules.v[k].id);
            json_add_text(rule, a->arena, "severity", severity_names[p->rules.v[k].severity]);
            json_add_str(rule, a->arena, "title", p->rules.v[k].title);
            json_add_strs(rule, a->arena, "aliases", &p->rules.v[k].aliases);
        }
    }
    json_print(a->arena, o, doc, true);
}

/* A cell of a Markdown table. */
static void cell(struct out *o, struct str text)
{
    text = str_safe(o->arena, text);
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '|' || text.p[i] == '\\')
            out_char(o, '\\');
        out_char(o, text.p[i]);
    }
}

/* "fw1: pass, fw2: unknown (the site file does not give "sip")" */
static void statuses(struct audit *a, struct out *o, const struct rule_def *r)
{
    const char *sep = "";
    for (size_t i = 0; i < a->result->controls.n; i++) {
        const struct control *c = &a->result->controls.v[i];
        if (c->rule != r)
            continue;
        out_text(o, sep);
        cell(o, c->policy->device);
        out_fmt(o, ": %s", status_names[c->status]);
        if (c->reason.n != 0) {
            out_text(o, " (");
            cell(o, c->reason);
            out_char(o, ')');
        }
        sep = ", ";
    }
}

/* The questions that the packs answer, with the status of each where inputs are audited. */
static void rules_md(struct audit *a, struct out *o)
{
    bool audited = a->devices.n != 0;
    out_fmt(o, "| question | rule | severity | title |%s\n|---|---|---|---|%s\n",
            audited ? " status |" : "", audited ? "---|" : "");
    for (size_t i = 0; i < a->packs.n; i++)
        for (size_t k = 0; k < a->packs.v[i]->rules.n; k++) {
            const struct rule_def *r = &a->packs.v[i]->rules.v[k];
            out_text(o, "| ");
            cell(o, r->question);
            out_fmt(o, " | %.*s | %s | ", STR_ARG(r->id), severity_names[r->severity]);
            cell(o, r->title);
            out_text(o, " |");
            if (audited) {
                out_char(o, ' ');
                statuses(a, o, r);
                out_text(o, " |");
            }
            out_char(o, '\n');
        }
}

static int run_rules(struct command *c)
{
    static void (*const writers[])(struct audit *, struct out *) = {rules_text, rules_json,
                                                                    rules_md};
    struct str path;
    int format = output_format(c, "text|json|md", &path);
    if (format < 0)
        return 2;
    struct audit *a = audit_new(c->arena, &c->opt.audit);
    if (!audit_load_site(a) || !audit_load_packs(a)) {
        complain_diags(c, a, DIAG_ERROR);
        return 2;
    }
    int code = 0;
    if (c->opt.audit.inputs.n != 0) {
        audit_import(a, &c->opt.audit.inputs, false);
        audit_check(a);
        complain_diags(c, a, DIAG_INCOMPLETE);
        audit_verdict(a, &code);
    }
    struct out o = {.arena = c->arena};
    writers[format](a, &o);
    if (code == 1)
        code = 0; /* findings are for `check`; here the table is what was asked for */
    return output_write(c, path, out_taken(&o)) ? code : 4;
}

static const struct option_table *const tables[] = {&options_input, &options_rules, &options_gate,
                                                    &options_output, NULL};

const struct verb verb_rules = {
    .name = "rules",
    .args = "[INPUT...]",
    .summary = "List the rules of the packs in use",
    .details = "Formats: text (default), json, md (a table of the questions that the packs answer; "
               "with INPUTs, and the status of each).",
    .shared = tables,
    .run = run_rules,
};
