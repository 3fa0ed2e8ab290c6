/* One JSON object a line: the findings, then a summary. */
#include "report/report.h"

#include <cjson/cJSON.h>

static void write_jsonl(const struct report *r, struct out *o)
{
    struct arena *a = r->arena;
    for (size_t i = 0; i < r->result->findings.n; i++) {
        cJSON *line = json_new_array(a);
        json_add_finding(line, r, &r->result->findings.v[i]);
        cJSON *finding = cJSON_GetArrayItem(line, 0);
        json_add_text(finding, a, "type", "finding");
        json_print(a, o, finding, false);
    }
    cJSON *doc = json_new_object(a);
    json_add_summary(doc, r);
    json_add_text(doc, a, "type", "summary");
    json_print(a, o, doc, false);
}

const struct reporter reporter_jsonl = {"jsonl", "one JSON object per finding", write_jsonl};
