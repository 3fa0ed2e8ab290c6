/* Layer 6: findings to bytes. One file per format and one row in REPORTERS. */
#ifndef FWPROOF_REPORT_H
#define FWPROOF_REPORT_H

#include "check/catalogue.h"
#include "check/waiver.h"

enum exit_verdict { RUN_PASS, RUN_FAIL, RUN_ERROR, RUN_INCOMPLETE };
extern const char *const run_verdict_names[]; /* "pass", "fail", "error", "incomplete" */

struct device_result {
    const struct policy *policy;
    const struct source **inputs;
    size_t n_inputs;
};

/* Everything that a report may show; const and complete. */
struct report {
    bool lacks_zones;    /* some are saved results that do not hold what zones are open to */
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
    unsigned jobs;    /* threads; more than one only where policies have sets of their own */
    bool color, utf8; /* for terminals */
    bool links;       /* places link to their files (OSC 8) … */
    struct str cwd;   /* … which are relative to this folder */
    unsigned width;   /* columns, 0 for no limit */
    int verbosity;    /* 0 as usual, below: less, above: everything */
};

struct reporter {
    const char *name, *title;
    void (*write)(const struct report *r, struct out *o);
};

#define REPORTERS(X)                                                                               \
    X(text)                                                                                        \
    X(json)                                                                                        \
    X(jsonl) X(gcc) X(sarif) X(junit) X(github) X(gitlab) X(csv) X(markdown) X(html) X(verdict)
#define X(name) extern const struct reporter reporter_##name;
REPORTERS(X)
#undef X
extern const struct reporter *const reporters[];
extern const size_t n_reporters;
const struct reporter *reporter_find(struct str name);

/* ---- what reports have in common ---------------------------------------------------------------
 */

/* A place to show for a finding or diagnostic: always a file and a full region, lines from 1. A
 * place without line is the file's beginning. */
struct place {
    const struct source *source; /* NULL: no file at all */
    struct span at;
};
struct place place_of(const struct sources *s, struct span at);
/* The device's first input where the finding has no place of its own. */
struct place finding_place(const struct report *r, const struct finding *f);

/* What formats with one entry per problem show: findings, and diagnostics that keep the verdict
 * from being a pass. */
struct notice {
    const struct finding *finding; /* NULL: a diagnostic */
    const struct diag *diag;       /* NULL: a finding */
    enum severity severity;        /* an incomplete input is a warning, a wrong one an error */
    struct str rule;               /* PRS-INCOMPLETE and PRS-ERROR are diagnostics */
    struct str title, text;        /* text: all that is to be said, in paragraphs */
    struct str device;             /* empty for diagnostics without one */
    struct str fingerprint;        /* unique within the report */
    struct place place;            /* source NULL: none */
};
struct notices {
    struct notice *v;
    size_t n, cap;
};
/* The worst first; within a severity as in the result. */
struct notices report_notices(const struct report *r);
/* Columns as code points, as programs count them; ours are bytes. */
uint32_t place_column(const struct place *p, uint32_t line, uint32_t col);
/* At most N bytes of S, cut between characters, with "..." where it was cut. */
struct str str_clip(struct arena *a, struct str s, size_t n);
/* Paragraphs as one text, with SEP between. */
struct str strs_join(struct arena *a, const struct strs *list, const char *sep);
/* Lines of prose, as packs hold them, joined to paragraphs at empty lines. */
struct strs prose_paragraphs(struct arena *a, const struct strs *lines);
/* For XML and HTML: safe, and with entities. */
void out_xml(struct out *o, struct str s);

/* Text that Markdown leaves alone; and lines as a code block that nothing in them ends. */
void out_markdown(struct out *o, struct str s);
void out_markdown_block(struct out *o, struct str text);

struct totals {
    size_t severities[3];           /* findings, by enum severity */
    size_t statuses[5];             /* controls, by enum status */
    size_t waived, baseline;        /* findings that these answer */
    uint64_t lines[4], total_lines; /* by enum line_class */
};
struct totals report_totals(const struct report *r);

/* "W-2026-014, CHG0012345, until 2027-01-31: reason", or "the baseline". */
struct str settled_text(struct arena *a, const struct settled *s);
/* Of the checks and of the importers, sorted, each once. */
struct strs report_assumptions(const struct report *r);
/* "genesys-cloud 2026.11.1" */
struct str pack_label(struct arena *a, const struct pack *p);
/* The title, and the message where that says more. */
struct str finding_text(struct arena *a, const struct finding *f);

/* "not applicable" and so on: statuses for people. */
extern const char *const status_words[];
/* "HYG-SPOOF-001 (fail)", "stig-asa-fw-v2r1 CASA-FW-000010": what X is contrary to, with the status
 * of its rule on the device of C where it was checked. */
struct str contradiction_text(const struct report *r, const struct compliance *c,
                              const struct contradiction *x);

/* ---- sets of packets ---------------------------------------------------------------------------
 */

/* A cube in words: the values of each field, one entry "any" where the field does not matter.
 * ICMP type and code are in FIELD_SPORT and FIELD_DPORT; `icmp` says that they are meant. */
struct box {
    struct strs f[FIELD_COUNT];
    bool icmp;
};
struct boxes {
    struct box *v;
    size_t n, cap;
};
/* Cubes of R, one for each family (unless it does not matter) and for protocols with ports, ICMP,
 * and others; disjoint like R. */
struct boxes boxes_of(struct arena *a, const struct policy *p, const struct region *r);
bool box_any(const struct box *b, enum field f);
/* "udp from 10.1.0.0/16 to 192.0.2.12/31 port 5060; inside to outside; NEW". At most MOST values
 * of a field are written out. */
struct str box_text(struct arena *a, const struct box *b, size_t most);
/* "udp 10.1.0.5:40000 to 192.0.2.12:5060; in at inside; out at outside; NEW" */
struct str packet_text(struct arena *a, const struct policy *p, const struct packet *k);

/* ---- JSON --------------------------------------------------------------------------------------
 */

struct cJSON;
/* An object or array that the arena frees. The arena's jump is taken if memory is out. */
struct cJSON *json_new_object(struct arena *a);
struct cJSON *json_new_array(struct arena *a);
/* Containers within others; owned by TO. KEY NULL: TO is an array. */
struct cJSON *json_add_object(struct cJSON *to, struct arena *a, const char *key);
struct cJSON *json_add_array(struct cJSON *to, struct arena *a, const char *key);
/* Adds a string made safe (valid UTF-8, no control characters). KEY NULL: TO is an array. */
void json_add_str(struct cJSON *to, struct arena *a, const char *key, struct str value);
void json_add_lines(struct cJSON *to, struct arena *a, const char *key, struct str value);
void json_add_text(struct cJSON *to, struct arena *a, const char *key, const char *value);
void json_add_number(struct cJSON *to, struct arena *a, const char *key, uint64_t value);
void json_add_bool(struct cJSON *to, struct arena *a, const char *key, bool value);
void json_add_strs(struct cJSON *to, struct arena *a, const char *key, const struct strs *list);
/* Adds JSON, a text that is printed as it is and ends with a NUL, as those of arena_copy() do. */
void json_add_raw(struct cJSON *to, struct arena *a, const char *key, struct str json);
void json_print(struct arena *a, struct out *o, const struct cJSON *json, bool pretty);

/* A region as contract.md's array of boxes. */
void json_add_boxes(struct cJSON *to, struct arena *a, const char *key, const struct policy *p,
                    const struct region *r);
void json_add_packet(struct cJSON *to, struct arena *a, const char *key, const struct policy *p,
                     const struct packet *k);
/* Nothing where there is no file. */
void json_add_place(struct cJSON *to, struct arena *a, const char *key, struct place p);
/* The same with "whole_file" where AT names no line. */
void json_add_span(struct cJSON *to, const struct report *r, const char *key, struct span at);
void json_add_finding(struct cJSON *to, const struct report *r, const struct finding *f);
void json_add_diagnostics(struct cJSON *doc, const struct report *r); /* member "diagnostics" */
/* Members "verdict", "exit_code" and "summary". */
void json_add_summary(struct cJSON *doc, const struct report *r);

#endif
