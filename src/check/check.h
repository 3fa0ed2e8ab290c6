/* Layer 5: rule packs and a site description, held against policies; the outcome is findings. */
#ifndef FWPROOF_CHECK_H
#define FWPROOF_CHECK_H

#include "analyze/analyze.h"
#include "import/import.h"

enum severity { SEVERITY_NOTE, SEVERITY_WARNING, SEVERITY_ERROR };
enum certainty { CERTAINTY_DEFINITE, CERTAINTY_POSSIBLE };
enum status { STATUS_PASS, STATUS_FAIL, STATUS_UNKNOWN, STATUS_NOT_APPLICABLE, STATUS_WAIVED };
extern const char *const severity_names[];  /* "note", "warning", "error" */
extern const char *const certainty_names[]; /* "definite", "possible" */
extern const char *const status_names[];    /* "pass", "fail", "unknown", "not_applicable", … */

/* ---- the site ------------------------------------------------------------------------------- */

struct net {
    enum family family;
    struct ival range;
};
struct nets {
    struct net *v;
    size_t n, cap;
};

struct zone {
    struct str name;
    struct strs interfaces; /* interface names, nameifs, zone words; "eth+" patterns allowed */
    struct nets networks;
};

struct role {
    struct str name; /* "client", "phone", "edge", … */
    struct nets networks;
};

struct site_device {
    struct str name, format;
    struct strs inputs; /* paths, relative to the site file */
    struct {
        struct zone *v;
        size_t n, cap;
    } zones; /* over those of the site */
    struct csv_map csv;
    struct span at;
};

/* One value of "parameters": {PACK: {KEY: [VALUE…]}}. A scalar is a list of one. */
struct parameter {
    struct str pack, key;
    struct strs values;
    struct span at;
};

struct site {
    struct str path, name;
    struct {
        struct zone *v;
        size_t n, cap;
    } zones;
    struct {
        struct role *v;
        size_t n, cap;
    } roles;
    struct {
        struct site_device *v;
        size_t n, cap;
    } devices;
    struct {
        struct parameter *v;
        size_t n, cap;
    } parameters;
    struct strs packs;
    struct {
        struct {
            struct str rule;
            enum severity severity;
        } * v;
        size_t n, cap;
    } severities;
    struct csv_map csv; /* for CSV inputs that no device names */
};

/* Reads a site file (contract.md, "The site file, as JSON"). Mistakes are DIAG_ERROR with line and
 * column; NULL after any. */
struct site *site_read(struct arena *a, struct diags *d, const struct source *s);

/* ---- packs ---------------------------------------------------------------------------------- */

struct check_kind;

struct rule_def {
    struct str id, title;
    enum severity severity;
    struct strs rationale; /* paragraphs: why, in calls and packets */
    struct strs decided;   /* how it is decided */
    struct strs waive;     /* when to waive */
    struct {
        struct {
            struct str title, url, date;
        } * v;
        size_t n, cap;
    } sources;
    struct {
        struct {
            struct str syntax; /* "iptables", "asa", "csv" */
            struct strs lines; /* with {placeholders} */
        } * v;
        size_t n, cap;
    } fixes;
    struct str effect; /* template with {placeholders} */
    struct strs aliases;
    struct {
        struct example {
            struct str name, format;
            struct str config; /* the export's text */
            bool violates;
            uint32_t line;    /* expected location.line of a violation, 0: any */
            const void *site; /* cJSON object as a site file, or NULL */
            struct span at;
        } * v;
        size_t n, cap;
    } examples;
    const struct check_kind *kind;
    const void *params; /* compiled by the kind */
    const struct pack *pack;
    struct span at;
};

struct pack {
    struct str id, title, version, date; /* date: of its data, YYYY-MM-DD */
    struct {
        struct rule_def *v;
        size_t n, cap;
    } rules;
    struct source *source;
};

struct packs {
    struct pack **v;
    size_t n, cap;
};

/* NAME of a pack that ships (inside the binary), or a path. NULL after a DIAG_ERROR. */
struct pack *pack_load(struct arena *a, struct diags *d, struct sources *sources, struct str name);
const struct rule_def *packs_find(const struct packs *p, struct str id); /* aliases, any case */
/* Closest known id or word, for "did you mean"; empty if nothing is near. */
struct str packs_suggest(const struct packs *p, struct str id);

/* ---- findings ------------------------------------------------------------------------------- */

struct related {
    struct str message;
    struct span at;
};

struct coverage {
    uint64_t have, need; /* need 0: the finding has none */
    const char *unit;    /* "addresses", "ports", "flows" */
};

struct finding {
    const struct rule_def *rule;
    const struct policy *policy;
    enum severity severity; /* of the rule, or as the site file sets it */
    enum certainty certainty;
    struct str title, message, effect;
    struct span at;
    struct {
        struct related *v;
        size_t n, cap;
    } related;
    bool has_witness;
    struct packet witness;
    struct region required, permitted, missing; /* canonical; may be empty */
    struct coverage coverage;
    struct strs fix;
    struct str subject;     /* what is wrong, by meaning: part of the fingerprint */
    struct str fingerprint; /* device:RULE:8 hex digits */
};

struct control {
    const struct rule_def *rule;
    const struct policy *policy;
    enum status status;
    struct str reason;  /* for unknown and not applicable; for a pass: what was proven */
    struct strs advice; /* lines to add to the site file */
};

struct result {
    struct arena *arena;
    struct {
        struct finding *v;
        size_t n, cap;
    } findings; /* sorted: device, path, line, column, rule, fingerprint */
    struct {
        struct control *v;
        size_t n, cap;
    } controls; /* sorted: rule, device */
    struct strs assumptions;
};

/* ---- running -------------------------------------------------------------------------------- */

/* All that a check may look at. One device at a time. */
struct check {
    struct arena *arena;
    struct diags *diags;
    struct sources *sources;
    const struct site *site;          /* never NULL; empty without a site file */
    const struct site_device *device; /* may be NULL */
    const struct policy *policy;
    struct result *result;
    struct str today; /* YYYY-MM-DD, or empty */
    uint64_t budget;  /* steps for each question */
};

/* A kind of rule: how its "require"/"forbid"/… object is read, and how it is decided. One file and
 * one row in CHECK_KINDS. */
struct check_kind {
    const char *name; /* the value of "kind" in a pack */
    const char *title;
    /* JSON: the rule's object (cJSON). Mistakes are DIAG_ERROR; NULL after any. */
    const void *(*compile)(struct arena *a, struct diags *d, const struct pack *p,
                           const void *json);
    /* Adds findings and exactly one control to check->result. */
    void (*run)(struct check *c, const struct rule_def *rule);
};

/* Runs every rule of PACKS on the policy, then sorts and fingerprints. */
void check_run(struct check *c, const struct packs *packs);

#endif
