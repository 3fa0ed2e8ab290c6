/* Layer 5: rule packs and a site description, held against policies; the outcome is findings. */
#ifndef FWPROOF_CHECK_H
#define FWPROOF_CHECK_H

#include "analyze/survey.h"
#include "analyze/touch.h"
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
struct zones {
    struct zone *v;
    size_t n, cap;
};

struct role {
    struct str name; /* "client", "phone", "edge", … */
    struct nets networks;
};
struct roles {
    struct role *v;
    size_t n, cap;
};

struct site_device {
    struct str name, format;
    struct strs inputs; /* paths, relative to the site file */
    struct zones zones; /* over those of the site */
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
    struct zones zones;
    struct roles roles;
    struct {
        struct site_device *v;
        size_t n, cap;
    } devices;
    struct parameters {
        struct parameter *v;
        size_t n, cap;
    } parameters;
    struct strs packs;
    struct severities {
        struct {
            struct str rule;
            enum severity severity;
            struct span at;
        } * v;
        size_t n, cap;
    } severities;
    struct csv_map csv;           /* for CSV inputs that no device names */
    struct str waivers, baseline; /* paths beside the site file */
};

/* Reads a site file (contract.md, "The site file, as JSON"). Mistakes are DIAG_ERROR with line and
 * column; NULL after any. */
struct site *site_read(struct arena *a, struct diags *d, const struct source *s);
struct packs;
/* Holds what the site file says of packs against the packs in use: rules, parameters and ways of
 * use that none of them knows are DIAG_ERROR. False after any. */
bool site_fits(struct arena *a, struct diags *d, const struct site *s, const struct packs *p);
/* The values of PACK's KEY ("sip", "feeds.aws"); NULL if it is not given. */
const struct parameter *site_parameter(const struct site *s, struct str pack, const char *key);

/* ---- packs ---------------------------------------------------------------------------------- */

/* Files that need not be on the disk. */
struct named_files {
    struct {
        struct str path, bytes;
    } * v;
    size_t n, cap;
};

struct check_kind;
struct json; /* json.h: a document with positions */
struct cJSON;

struct rule_def {
    struct str id, title;
    struct str question; /* that it answers, may be empty */
    enum severity severity;
    struct strs uses;      /* ways of use that it concerns; empty: all */
    bool steering;         /* it is about lists of what bypasses a tunnel, too */
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
    struct {
        struct {
            struct str format, why;
        } * v;
        size_t n, cap;
    } cannot;           /* formats that do not say what the rule asks */
    struct str message; /* of a finding; template with {placeholders}, as effect and fixes */
    struct str effect;
    struct strs aliases;
    struct {
        struct example {
            struct str name, format;
            struct str config; /* the export's text */
            bool violates;
            bool incomplete;          /* the export is one that nobody can understand wholly */
            uint32_t line;            /* expected location.line of a violation, 0: any */
            const void *site;         /* cJSON object as a site file, or NULL */
            struct named_files files; /* that the site file names */
            struct str today;         /* the day of the audit; empty: the pack\'s date */
            struct span at;
        } * v;
        size_t n, cap;
    } examples;
    const struct check_kind *kind;
    const void *params; /* compiled by the kind */
    const struct pack *pack;
    struct span at;
};

/* Networks by a name that rules refer to: "@media". */
struct pack_set {
    struct str name;
    struct nets nets;
};

struct pack {
    struct str id, title, version, date; /* date: of its data, YYYY-MM-DD */
    struct strs parameters, uses;        /* that a site file may give; uses: the words of "use" */
    struct {
        struct pack_set *v;
        size_t n, cap;
    } sets;
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
/* The same of bytes that are read already. */
struct pack *pack_read(struct arena *a, struct diags *d, struct source *s);
const struct rule_def *packs_find(const struct packs *p, struct str id); /* aliases, any case */
/* Closest known id or word, for "did you mean"; empty if nothing is near. */
struct str packs_suggest(const struct packs *p, struct str id);

/* Runs the examples of a pack. Each outcome is told in order; the rules of a pack without a
 * violating and a clean example are told as failures of their own (example NULL). */
struct example_outcome {
    const struct rule_def *rule;
    const struct example *example;
    bool passed;
    struct str why; /* of a failure */
};
typedef void example_fn(void *ctx, const struct example_outcome *outcome);
/* True if all passed. */
bool pack_test(struct arena *a, const struct pack *p, example_fn *tell, void *ctx);

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
    struct {
        struct related *v;
        size_t n, cap;
    } path; /* of the witness to its verdict, if pictures are wanted: stages, jumps, the end */
    struct region required, permitted, missing; /* canonical; may be empty */
    struct coverage coverage;
    struct strs fix;
    struct str subject;     /* what is wrong, by meaning: part of the fingerprint */
    struct str fingerprint; /* device:RULE:8 hex digits */
};

/* A finding that a waiver or the baseline answers: shown, but it fails nothing. */
struct waiver;
struct settled {
    struct finding finding;
    const struct waiver *waiver; /* NULL: the baseline */
};

struct control {
    const struct rule_def *rule;
    const struct policy *policy;
    enum status status;
    struct str reason;  /* for unknown and not applicable; for a pass: what was proven */
    struct strs advice; /* lines to add to the site file */
};

/* What zones are open to each other, for new connections that are not ICMP. */
#define EXPOSURE_ZONES 12 /* at most, of a device */
enum exposed { OPEN_UNKNOWN, OPEN_NONE, OPEN_PERHAPS, OPEN_SOME, OPEN_ALL };
struct exposure_cell {
    enum exposed open;
    uint32_t ports; /* of TCP and of UDP, to which something is permitted for sure */
    struct {
        struct related *v;
        size_t n, cap;
    } lines; /* the first that permit, with their text */
    size_t more_lines;
};
struct exposure {
    const struct policy *policy;
    struct strs zones;
    struct exposure_cell *cells; /* a row for each zone that packets come from */
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
    struct {
        struct settled *v;
        size_t n, cap;
    } settled; /* sorted as findings */
    struct {
        struct compliance *v; /* check/catalogue.h */
        size_t n, cap;
    } compliances; /* sorted: catalogue, device */
    struct {
        struct exposure *v;
        size_t n, cap;
    } exposures; /* of each device, if pictures are wanted; sorted by it */
    struct strs assumptions;
};

/* ---- running -------------------------------------------------------------------------------- */

/* WHAT, in plain ASCII, number DONE of ALL begins: for people who wait. May be called from any
 * thread. */
typedef void progress_fn(const char *what, size_t done, size_t all);

/* Published lists of prefixes that the site file names local copies of. */
struct feeds;
/* Reads those of SITE for PACKS, for all devices; FILES (may be NULL) stand for some on the disk.
 * What is wrong with one is a DIAG_ERROR. Never NULL. */
const struct feeds *feeds_read(struct arena *a, struct diags *d, struct sources *sources,
                               const struct site *s, const struct packs *p,
                               const struct named_files *files);

/* Two policies over the same sets, that findings are compared of. */
struct beside {
    const struct check *sides[2]; /* old, new */
    bool asked_named;
    set_id named; /* once asked: addresses that rules of one side only name as sources */
};

/* All that a check may look at. One device at a time; those of several devices may run at the same
 * time, if each has an arena, diags, a policy with sets, and a result of its own, and feeds. */
struct check {
    struct arena *arena;
    struct diags *diags;
    struct sources *sources;
    const struct site *site;          /* never NULL; empty without a site file */
    const struct site_device *device; /* may be NULL */
    const struct policy *policy;
    struct result *result;
    const struct result *before;     /* for rules: what those before it came to */
    const struct feeds *feeds;       /* NULL: check_run() reads them */
    const struct named_files *files; /* stand for feeds on the disk; may be NULL */
    struct str today;                /* YYYY-MM-DD, or empty */
    uint64_t budget;                 /* steps for each question, 0: unlimited */
    size_t sets_before;              /* bytes of the policy's sets before the first rule */
    struct survey *survey;           /* of the policy; made by check_run() and check_compare() */
    const struct touched *only;      /* findings about other single rules are left out */
    struct held *held;               /* group.h: NULL but in check_compare() */
    struct beside *beside;           /* the same; what both sides have alike may be left out */
    bool pictures;                   /* find what only pictures show, too */
    progress_fn *progress;           /* told of each rule; may be NULL */
};

/* A kind of rule: how its object is read, and how it is decided. One file and one row in
 * CHECK_KINDS. */
struct check_kind {
    const char *name; /* the member that holds its object: "require": {…} */
    const char *title;
    /* OBJECT: the rule's member of the kind's name. Mistakes are told through J. */
    const void *(*compile)(struct json *j, const struct pack *p, const struct cJSON *object);
    /* Adds findings and one control to check->result; neither, where policies are compared that
     * come to the same. */
    void (*run)(struct check *c, const struct rule_def *rule);
};

#define CHECK_KINDS(X)                                                                             \
    X(require)                                                                                     \
    X(forbid)                                                                                      \
    X(fact) X(mention) X(listed) X(untouched) X(age) X(anomaly) X(lint) X(ends) X(unused) X(basics)
#define X(name) extern const struct check_kind check_kind_##name;
CHECK_KINDS(X)
#undef X
extern const struct check_kind *const check_kinds[];
extern const size_t n_check_kinds;

/* Runs every rule of PACKS on the policy, then sorts and fingerprints. */
void check_run(struct check *c, const struct packs *packs);
/* Adds MORE to TO, which results_sort() sorts after the last one. */
void result_join(struct result *to, const struct result *more);
void results_sort(struct arena *a, const struct sources *sources, struct result *r);
/* The same for two policies with one result, without what both of them say of single rules, places
 * and names: how many of these there are. What is told together is what only one of them says. Of
 * traffic only that is asked which fares differently, as far as `only` of both knows. */
size_t check_compare(struct check *old, struct check *now, const struct packs *packs);

#endif
