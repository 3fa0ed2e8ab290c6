#include "report/report.h"

#include <cjson/cJSON.h>

/* ---- findings -----------------------------------------------------------------------------------
 */

static void add_related(cJSON *to, const struct report *r, const struct finding *f)
{
    cJSON *array = json_add_array(to, r->arena, "related");
    for (size_t i = 0; i < f->related.n; i++) {
        cJSON *json = json_add_object(array, r->arena, NULL);
        json_add_str(json, r->arena, "message", f->related.v[i].message);
        json_add_place(json, r->arena, "location", place_of(r->sources, f->related.v[i].at));
    }
}

static void add_references(cJSON *to, struct arena *a, const struct rule_def *rule)
{
    cJSON *array = json_add_array(to, a, "references");
    for (size_t i = 0; i < rule->sources.n; i++) {
        struct str url = rule->sources.v[i].url;
        json_add_str(array, a, NULL, url.n != 0 ? url : rule->sources.v[i].title);
    }
}

static void add_coverage(cJSON *to, struct arena *a, const struct coverage *c)
{
    cJSON *json = json_add_object(to, a, "coverage");
    json_add_number(json, a, "have", c->have);
    json_add_number(json, a, "need", c->need);
    json_add_text(json, a, "unit", c->unit);
}

void json_add_finding(cJSON *to, const struct report *r, const struct finding *f)
{
    struct arena *a = r->arena;
    cJSON *json = json_add_object(to, a, NULL);
    json_add_str(json, a, "rule", f->rule->id);
    json_add_text(json, a, "severity", severity_names[f->severity]);
    json_add_text(json, a, "certainty", certainty_names[f->certainty]);
    json_add_str(json, a, "title", f->title);
    json_add_str(json, a, "message", f->message);
    json_add_str(json, a, "device", f->policy->device);
    json_add_place(json, a, "location", finding_place(r, f));
    add_related(json, r, f);
    if (f->has_witness)
        json_add_packet(json, a, "witness", f->policy, &f->witness);
    json_add_boxes(json, a, "required", f->policy, &f->required);
    json_add_boxes(json, a, "permitted", f->policy, &f->permitted);
    json_add_boxes(json, a, "missing", f->policy, &f->missing);
    if (f->coverage.need != 0)
        add_coverage(json, a, &f->coverage);
    json_add_str(json, a, "effect", f->effect);
    json_add_strs(json, a, "fix", &f->fix);
    add_references(json, a, f->rule);
    json_add_str(json, a, "fingerprint", f->fingerprint);
}

/* ---- the document -------------------------------------------------------------------------------
 */

static void add_head(cJSON *doc, const struct report *r)
{
    struct arena *a = r->arena;
    json_add_text(doc, a, "schema", "fwproof/result/1");
    cJSON *tool = json_add_object(doc, a, "tool");
    json_add_text(tool, a, "name", "fwproof");
    json_add_text(tool, a, "version", FWPROOF_VERSION);
    cJSON *packs = json_add_array(doc, a, "packs");
    for (size_t i = 0; i < r->packs->n; i++) {
        cJSON *pack = json_add_object(packs, a, NULL);
        json_add_str(pack, a, "id", r->packs->v[i]->id);
        json_add_str(pack, a, "version", r->packs->v[i]->version);
    }
}

static void add_lines(cJSON *to, struct arena *a, const struct source *s)
{
    uint32_t counts[4];
    source_counts(s, counts);
    cJSON *lines = json_add_object(to, a, "lines");
    json_add_number(lines, a, "total", s->n_lines);
    json_add_number(lines, a, "modelled", counts[LINE_MODELLED]);
    json_add_number(lines, a, "irrelevant", counts[LINE_IRRELEVANT]);
    json_add_number(lines, a, "not_modelled", counts[LINE_NOT_MODELLED]);
}

static void add_inputs(cJSON *doc, const struct report *r)
{
    struct arena *a = r->arena;
    cJSON *inputs = json_add_array(doc, a, "inputs");
    for (size_t i = 0; i < r->devices.n; i++)
        for (size_t j = 0; j < r->devices.v[i].n_inputs; j++) {
            const struct source *s = r->devices.v[i].inputs[j];
            cJSON *input = json_add_object(inputs, a, NULL);
            json_add_str(input, a, "path", s->path);
            json_add_str(input, a, "sha256", source_sha256(a, s));
            json_add_str(input, a, "format", s->format);
            json_add_str(input, a, "device", r->devices.v[i].policy->device);
            add_lines(input, a, s);
        }
}

void json_add_summary(cJSON *doc, const struct report *r)
{
    struct arena *a = r->arena;
    struct totals t = report_totals(r);
    json_add_text(doc, a, "verdict", run_verdict_names[r->verdict]);
    json_add_number(doc, a, "exit_code", (uint64_t)r->exit_code);
    cJSON *summary = json_add_object(doc, a, "summary");
    json_add_number(summary, a, "error", t.severities[SEVERITY_ERROR]);
    json_add_number(summary, a, "warning", t.severities[SEVERITY_WARNING]);
    json_add_number(summary, a, "note", t.severities[SEVERITY_NOTE]);
    json_add_number(summary, a, "waived", t.waived);
    json_add_number(summary, a, "baseline", t.baseline);
}

static void add_settled(cJSON *doc, const struct report *r)
{
    struct arena *a = r->arena;
    cJSON *all = json_add_array(doc, a, "settled");
    for (size_t i = 0; i < r->result->settled.n; i++) {
        const struct settled *s = &r->result->settled.v[i];
        json_add_finding(all, r, &s->finding);
        cJSON *json = all->child->prev; /* the last */
        json_add_text(json, a, "state", s->waiver == NULL ? "baseline" : "waived");
        if (s->waiver == NULL)
            continue;
        cJSON *by = json_add_object(json, a, "waiver");
        const struct {
            const char *key;
            struct str value;
        } members[] = {{"id", s->waiver->id},
                       {"ticket", s->waiver->ticket},
                       {"approved_by", s->waiver->approved_by},
                       {"expires", s->waiver->expires},
                       {"reason", s->waiver->reason}};
        for (size_t k = 0; k < sizeof members / sizeof *members; k++)
            if (members[k].value.n != 0)
                json_add_str(by, a, members[k].key, members[k].value);
    }
}

static void add_controls(cJSON *doc, const struct report *r)
{
    struct arena *a = r->arena;
    cJSON *controls = json_add_array(doc, a, "controls");
    for (size_t i = 0; i < r->result->controls.n; i++) {
        const struct control *c = &r->result->controls.v[i];
        cJSON *json = json_add_object(controls, a, NULL);
        json_add_str(json, a, "rule", c->rule->id);
        json_add_str(json, a, "device", c->policy->device);
        json_add_text(json, a, "status", status_names[c->status]);
        if (c->reason.n != 0)
            json_add_str(json, a, "reason", c->reason);
        if (c->advice.n != 0)
            json_add_strs(json, a, "advice", &c->advice);
    }
}

void json_add_diagnostics(cJSON *doc, const struct report *r)
{
    struct arena *a = r->arena;
    cJSON *all = json_add_array(doc, a, "diagnostics");
    for (size_t i = 0; i < r->diags->n; i++) {
        const struct diag *d = &r->diags->v[i];
        cJSON *json = json_add_object(all, a, NULL);
        json_add_text(json, a, "level", diag_level_names[d->level]);
        json_add_str(json, a, "message", d->message);
        if (d->hint.n != 0)
            json_add_str(json, a, "hint", d->hint);
        json_add_place(json, a, "location", place_of(r->sources, d->at));
    }
    if (r->diags->dropped != 0)
        json_add_number(doc, a, "diagnostics_dropped", r->diags->dropped);
}

static void write_json(const struct report *r, struct out *o)
{
    struct arena *a = r->arena;
    cJSON *doc = json_new_object(a);
    add_head(doc, r);
    add_inputs(doc, r);
    struct strs assumptions = report_assumptions(r);
    json_add_strs(doc, a, "assumptions", &assumptions);
    json_add_summary(doc, r);
    add_controls(doc, r);
    cJSON *findings = json_add_array(doc, a, "findings");
    for (size_t i = 0; i < r->result->findings.n; i++)
        json_add_finding(findings, r, &r->result->findings.v[i]);
    if (r->result->settled.n != 0)
        add_settled(doc, r);
    json_add_diagnostics(doc, r);
    json_print(a, o, doc, true);
}

const struct reporter reporter_json = {"json", "everything, for programs", write_json};
