/* Layer 6: findings to bytes. One file per format and one row in REPORTERS. */
#ifndef FWPROOF_REPORT_H
#define FWPROOF_REPORT_H

#include "check/check.h"

enum exit_verdict { RUN_PASS, RUN_FAIL, RUN_ERROR, RUN_INCOMPLETE };
extern const char *const run_verdict_names[]; /* "pass", "fail", "error", "incomplete" */

struct device_result {
    const struct policy *policy;
    const struct source **inputs;
    size_t n_inputs;
};

/* Everything that a report may show; const and complete. */
struct report {
    struct arena *arena; /* scratch for the reporter */
    const struct sources *sources;
    const struct diags *diags;
    const struct packs *packs;
    const struct result *result;
    const struct site *site;
    struct {
        struct device_result *v;
        size_t n, cap;
    } devices;
    enum exit_verdict verdict;
    int exit_code;
    enum severity fail_on;
    bool color, utf8; /* for terminals */
    unsigned width;   /* columns, 0 for no limit */
    int verbosity;
};

struct reporter {
    const char *name, *title;
    void (*write)(const struct report *r, struct out *o);
};

#define REPORTERS(X) X(text) X(json) X(gcc)
#define X(name) extern const struct reporter reporter_##name;
REPORTERS(X)
#undef X
extern const struct reporter *const reporters[];
extern const size_t n_reporters;
const struct reporter *reporter_find(struct str name);

/* ---- shared by the reporters of boxes and findings --------------------------------------------
 */

struct cJSON;
/* A region as contract.md's array of boxes. The caller owns the result. */
struct cJSON *json_boxes(struct arena *a, const struct policy *p, const struct region *r);
struct cJSON *json_packet(struct arena *a, const struct policy *p, const struct packet *k);
struct cJSON *json_location(struct arena *a, const struct sources *s, struct span at);
/* Adds a string made safe (valid UTF-8, no control characters). */
void json_add_str(struct cJSON *to, struct arena *a, const char *key, struct str value);

#endif
