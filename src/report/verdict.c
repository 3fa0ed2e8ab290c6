/* A small flat document for change tickets and gates. */
#include "report/report.h"

#include <cjson/cJSON.h>

#define BLOCKING_MAX 100

static void write_verdict(const struct report *r, struct out *o)
{
    struct arena *a = r->arena;
    struct totals t = report_totals(r);
    cJSON *doc = json_new_object(a);
    json_add_text(doc, a, "schema", "fwproof/verdict/1");
    json_add_text(doc, a, "tool", FWPROOF_VERSION);
    json_add_summary(doc, r);
    json_add_bool(doc, a, "complete", r->verdict == RUN_PASS || r->verdict == RUN_FAIL);
    json_add_number(doc, a, "unknown", t.statuses[STATUS_UNKNOWN]);
    cJSON *devices = json_add_array(doc, a, "devices");
    for (size_t i = 0; i < r->devices.n; i++) {
        cJSON *json = json_add_object(devices, a, NULL);
        json_add_str(json, a, "name", r->devices.v[i].policy->device);
        uint64_t lost = 0;
        cJSON *sums = json_add_array(json, a, "inputs_sha256");
        for (size_t k = 0; k < r->devices.v[i].n_inputs; k++) {
            uint32_t counts[4];
            source_counts(r->devices.v[i].inputs[k], counts);
            lost += counts[LINE_NOT_MODELLED];
            json_add_str(sums, a, NULL, source_sha256(a, r->devices.v[i].inputs[k]));
        }
        json_add_number(json, a, "lines_not_modelled", lost);
    }
    struct notices all = report_notices(r);
    cJSON *blocking = json_add_array(doc, a, "blocking");
    for (size_t i = 0; i < all.n && i < BLOCKING_MAX; i++) {
        const struct notice *n = &all.v[i];
        if (n->finding != NULL && n->severity < r->fail_on)
            continue;
        cJSON *json = json_add_object(blocking, a, NULL);
        json_add_str(json, a, "id", n->fingerprint);
        json_add_str(json, a, "rule", n->rule);
        json_add_str(json, a, "title", n->title);
        if (n->place.source != NULL) {
            json_add_str(json, a, "path", n->place.source->path);
            json_add_number(json, a, "line", n->place.at.line);
        }
    }
    cJSON *packs = json_add_object(doc, a, "packs");
    for (size_t i = 0; i < r->packs->n; i++)
        json_add_str(packs, a, arena_cstr(a, str_safe(a, r->packs->v[i]->id)),
                     r->packs->v[i]->version);
    json_print(a, o, doc, true);
}

const struct reporter reporter_verdict = {"verdict", "small JSON for a change ticket",
                                          write_verdict};
