/* Shared by the reports that are read again (saved.h): parts of a result. */
#ifndef FWPROOF_JSON_INT_H
#define FWPROOF_JSON_INT_H

#include "report/report.h"

/* The whole result, or what of it belongs to one device or to none. */
struct part {
    const struct report *report;
    const struct device_result **owners; /* of each source: its device, or NULL */
};
struct part part_whole(const struct report *r);
/* WHOLE as one part for each device, in their order, and a last one for what belongs to none. */
struct part *part_split(const struct part *whole);

/* Members of the JSON objects of results. */
void part_add_head(struct cJSON *to, const struct part *p);    /* "schema", "tool", … */
void part_add_devices(struct cJSON *to, const struct part *p); /* "devices", "inputs" */
void part_add_controls(struct cJSON *to, const struct part *p);
void part_add_catalogues(struct cJSON *to, const struct part *p);
void part_add_exposures(struct cJSON *to, const struct part *p);
void part_add_settled(struct cJSON *to, const struct part *p);
void part_add_diagnostics(struct cJSON *to, const struct part *p);
/* "excerpts": the lines that the findings and diagnostics of the part are about. */
void part_add_excerpts(struct cJSON *to, const struct part *p);
/* The text of each finding of R: as a line with its "type", or pretty for the array of json. */
const struct str *json_findings(const struct report *r, bool lines);
/* KEY: places with what is said of them. */
void json_add_related(struct cJSON *to, const struct report *r, const char *key,
                      const struct related *v, size_t n);
extern const char *const exposed_names[]; /* by enum exposed */
/* All of a report's devices, with their findings, as one line. */
void part_write_device(struct out *o, const struct report *r);

#endif
