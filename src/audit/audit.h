/* The audit run: from paths to findings. Prints nothing and never exits; what goes wrong is in
 * `diags`, and when memory is out the arena's jump is taken. */
#ifndef FWPROOF_AUDIT_H
#define FWPROOF_AUDIT_H

#include "report/report.h"

struct audit_input {
    struct str path;   /* file, directory, or "-" */
    struct str device; /* --device before it; empty: as the site file says, or on its own */
    bool given;        /* BYTES are its contents: nothing is read */
    struct str bytes;
};

struct audit_inputs {
    struct audit_input *v;
    size_t n, cap;
};

/* What the user asks for. All zero is a fine default. */
struct audit_config {
    struct audit_inputs inputs;
    struct str input_format; /* --input-format; empty: detected */
    struct str site_path;    /* --site; empty: discovered */
    bool no_site;
    struct strs packs;      /* names or paths; empty: the site's, else the default packs */
    struct strs catalogues; /* names or paths; their packs are used besides */
    struct str today;       /* YYYY-MM-DD, or empty */
    struct str at_time;     /* YYYY-MM-DDTHH:MM, or empty */
    int fail_on;            /* enum severity, counted down: 0 error, 1 warning, 2 note */
    bool exit_zero, allow_incomplete;
    struct str waivers, baseline; /* paths; empty: as the site file says */
    bool no_inline;               /* waivers in remarks do not count */
    bool pictures;                /* find what only pictures show, too */
    progress_fn *progress;        /* told of each device and rule; may be NULL */
    struct redact *redact;        /* of the outputs: told of the exports' bytes; may be NULL */
    uint64_t budget;              /* steps for each question; 0: AUDIT_BUDGET */
    unsigned jobs;                /* threads for audit_run(); 0: one */
};
#define AUDIT_BUDGET 20000000u

/* The exports of one firewall. */
struct audit_device {
    struct str name;                /* may differ from the policy's only until it is imported */
    bool named;                     /* by the user or the site file, not by the export */
    const struct site_device *site; /* may be NULL */
    struct {
        struct source **v;
        size_t n, cap;
    } inputs;
    const struct format *format; /* of the first input; all have the same importer */
    struct policy *policy;       /* NULL if nothing could be read */
    struct arena *arena;         /* of what is made of the inputs */
    struct sets *sets;
    struct diags told; /* that the audit's diags do not have yet */
    struct result *result;
};

struct audit {
    struct arena *arena;
    const struct audit_config *config;
    struct sources sources;
    struct diags diags;
    bool apart;        /* devices have arenas and sets of their own: for jobs, set by audit_run() */
    struct sets *sets; /* else of all devices: their sets can be compared */
    struct site *site; /* never NULL */
    struct packs packs;
    const struct feeds *feeds;
    struct catalogues catalogues;
    struct result *result;
    struct {
        struct audit_device *v;
        size_t n, cap;
    } devices;
    bool no_baseline;               /* whatever the site file says */
    struct same_ifaces same_ifaces; /* callers may fill it before importing */
    struct strs known_ifaces; /* named by the site file; callers may add more before importing */
};

struct audit *audit_new(struct arena *a, const struct audit_config *config);
/* Device I as it would export itself; false if its format has no such form. */
bool audit_spell(struct audit *a, size_t i, struct out *o);
/* Finds and reads the site file. False if there is one and it is wrong. */
bool audit_load_site(struct audit *a);
/* A path that the site file names: relative to it. Empty stays empty. */
struct str site_path_of(const struct audit *a, struct str input);
/* Loads the packs that the user, the site file, or nobody names. False if one is wrong. */
bool audit_load_packs(struct audit *a);
/* Loads the catalogues, and the packs that only they ask for. False if one is wrong. */
bool audit_load_catalogues(struct audit *a);
/* Reads INPUTS (none: those of the site file's devices), groups them into devices and imports
 * these; adds them to `devices`. ONE_DEVICE: all inputs belong together, whatever their names. */
void audit_import(struct audit *a, const struct audit_inputs *inputs, bool one_device);
/* Imports the device number I again, knowing all of known_ifaces: nothing new is told. */
void audit_import_again(struct audit *a, size_t i);
/* The device number I after the commands in CHANGE, as one more device called NAME. What it would
 * refuse of them is an error at its line; what its own lines lack is not told twice. */
struct policy *audit_changed(struct audit *a, size_t i, struct source *change,
                             struct diags *diags); /* only the policy; told in DIAGS */
void audit_import_changed(struct audit *a, size_t i, struct source *change, struct str name);
/* Runs the packs on every device. */
void audit_check(struct audit *a);
/* Runs them on the first two devices, as check_compare() does, and of single rules only on those
 * that the change may concern: how many findings both have. */
size_t audit_compare(struct audit *a);
/* Takes what waivers and the baseline answer out of the findings (settle.c). */
void audit_settle(struct audit *a);
struct str audit_baseline_path(const struct audit *a); /* empty: there is none */
/* All of the above, in order, as far as it can be done; with devices apart, config->jobs at a time.
 * What comes of it does not depend on their number. */
void audit_run(struct audit *a);

/* audit_report.c: the worst of everything so far, and its exit code (contract.md): 4 is the
 * caller's. */
enum exit_verdict audit_verdict(const struct audit *a, int *exit_code);
/* Devices, packs and diagnostics in an order that does not depend on that of the inputs. */
struct report audit_report(struct audit *a);
/* Findings at or above SEVERITY. */
size_t audit_count(const struct audit *a, enum severity severity);
enum severity audit_fail_on(const struct audit_config *c);

/* ---- reading (inputs.c) -----------------------------------------------------------------------
 */

/* Reads the file PATH ("-": standard input) and adds it to the sources. NULL after a diagnostic of
 * LEVEL, which names the reason. */
struct source *read_source(struct audit *a, struct str path, enum diag_level level);
/* The files below the directory PATH that may be exports, sorted by name. Hidden ones and those
 * that are certainly something else are left out, the latter with a note. */
struct strs list_directory(struct audit *a, struct str path);
bool path_is_directory(struct arena *a, struct str path);
/* A name that is the same for all names of one file; for one that does not exist, PATH. */
struct str path_identity(struct arena *a, struct str path);
/* The part up to and with the last slash; empty if there is none. */
struct str path_folder(struct str path);
/* The name without folder and last extension. */
struct str path_stem(struct str path);
/* The site file in the current folder, or above it up to the root of the repository. Empty if
 * there is none. */
struct str find_site_file(struct arena *a);

#endif
