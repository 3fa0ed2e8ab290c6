#include "report/json_int.h"

#include <cjson/cJSON.h>

/* ---- places -------------------------------------------------------------------------------------
 */

/* Without a line, the whole file is meant; the place is its beginning. */
static bool is_whole(struct span at)
{
    return at.file == SPAN_NO_FILE || at.line == 0;
}

static void add_location(cJSON *to, const struct report *r, const char *key, struct place p,
                         bool whole)
{
    json_add_place(to, r->arena, key, p);
    if (p.source != NULL && whole)
        json_add_bool(cJSON_GetObjectItem(to, key), r->arena, "whole_file", true);
}

void json_add_span(cJSON *to, const struct report *r, const char *key, struct span at)
{
    add_location(to, r, key, place_of(r->sources, at), is_whole(at));
}

/* ---- findings -----------------------------------------------------------------------------------
 */

void json_add_related(cJSON *to, const struct report *r, const char *key, const struct related *v,
                      size_t n)
{
    cJSON *array = json_add_array(to, r->arena, key);
    for (size_t i = 0; i < n; i++) {
        cJSON *json = json_add_object(array, r->arena, NULL);
        json_add_str(json, r->arena, "message", v[i].message);
        json_add_span(json, r, "location", v[i].at);
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
    add_location(json, r, "location", finding_place(r, f), is_whole(f->at));
    json_add_related(json, r, "related", f->related.v, f->related.n);
    if (f->path.n != 0)
        json_add_related(json, r, "way", f->path.v, f->path.n);
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

static void write_json(const struct report *r, struct out *o)
{
    struct arena *a = r->arena;
    struct part p = part_whole(r);
    cJSON *doc = json_new_object(a);
    part_add_head(doc, &p);
    part_add_devices(doc, &p);
    struct strs assumptions = report_assumptions(r);
    json_add_strs(doc, a, "assumptions", &assumptions);
    json_add_summary(doc, r);
    part_add_controls(doc, &p);
    part_add_catalogues(doc, &p);
    part_add_exposures(doc, &p);
    cJSON *findings = json_add_array(doc, a, "findings");
    const struct str *texts = json_findings(r, false);
    for (size_t i = 0; i < r->result->findings.n; i++)
        json_add_raw(findings, a, NULL, texts[i]);
    part_add_settled(doc, &p);
    part_add_diagnostics(doc, &p);
    part_add_excerpts(doc, &p);
    json_print(a, o, doc, true);
}

const struct reporter reporter_json = {"json", "everything, for programs", write_json};
