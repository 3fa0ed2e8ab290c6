/* One JSON object a line: the findings, then each device, then a summary. Such streams may be put
 * one behind the other; each ends with its summary. */
#include "report/json_int.h"

#include <cjson/cJSON.h>

static void write_findings(const struct report *r, struct out *o)
{
    const struct str *lines = json_findings(r, true);
    for (size_t i = 0; i < r->result->findings.n; i++)
        out_str(o, lines[i]);
}

static void write_part(struct out *o, cJSON *line, const struct part *p, const char *type)
{
    part_add_settled(line, p);
    part_add_diagnostics(line, p);
    part_add_excerpts(line, p);
    json_add_text(line, p->report->arena, "type", type);
    json_print(p->report->arena, o, line, false);
}

static void write_jsonl(const struct report *r, struct out *o)
{
    struct arena *a = r->arena;
    struct part whole = part_whole(r);
    const struct part *parts = part_split(&whole);
    write_findings(r, o);
    for (size_t i = 0; i < r->devices.n; i++) {
        cJSON *line = json_new_object(a);
        part_add_devices(line, &parts[i]);
        part_add_controls(line, &parts[i]);
        part_add_catalogues(line, &parts[i]);
        part_add_exposures(line, &parts[i]);
        write_part(o, line, &parts[i], "device");
    }
    cJSON *line = json_new_object(a);
    part_add_head(line, &whole);
    json_add_summary(line, r);
    struct strs assumptions = report_assumptions(r);
    json_add_strs(line, a, "assumptions", &assumptions);
    json_add_number(line, a, "lines", r->result->findings.n + r->devices.n); /* before this one */
    write_part(o, line, &parts[r->devices.n], "summary");
}

const struct reporter reporter_jsonl = {"jsonl", "one JSON object per finding and device",
                                        write_jsonl};
