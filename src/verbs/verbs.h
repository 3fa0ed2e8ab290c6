/* What the program can do, a verb in a file and a row in VERBS: command_run() finds the verb, reads
 * its options, and runs it. No verb prints or writes a file: its host does. */
#ifndef FWPROOF_VERBS_H
#define FWPROOF_VERBS_H

#include "audit/audit.h"

/* ---- options --------------------------------------------------------------------------------- */

enum opt_kind {
    OPT_FLAG,   /* bool */
    OPT_COUNT,  /* int: how often it is given */
    OPT_TEXT,   /* struct str: the last one counts */
    OPT_TEXTS,  /* struct strs: all of them */
    OPT_WORD,   /* int: index into the words of `arg`, "a|b|c" */
    OPT_NUMBER, /* uint64_t */
    OPT_DATE,   /* struct str: YYYY-MM-DD */
    OPT_DEVICE, /* the inputs that follow belong to this device */
};

struct option {
    const char *name; /* without dashes */
    char letter;      /* 0: none */
    enum opt_kind kind;
    const char *arg;  /* what --help calls its value; OPT_WORD: the words */
    const char *help; /* one line */
    size_t offset;    /* of its value, in struct options or in the verb's own struct */
};

/* Ends with a row without name. */
struct option_table {
    const char *title;
    const struct option *v;
};

/* Values of the options that several verbs share. */
struct options {
    struct audit_config audit;
    struct strs formats; /* FMT[=FILE] */
    int color, links;    /* COLOR_AUTO, … */
    bool ascii, help;
    int quiet, verbose;
    struct strs redact;    /* "addresses", "names", or both with a comma */
    struct str redact_key; /* path; empty: the key is made of the exports */
    uint64_t width;        /* columns, 0: as the terminal has */
    uint64_t memory;       /* MiB */
    uint64_t jobs;         /* devices at a time; 0: as many as processors */
};
enum { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

extern const struct option_table options_input, options_rules, options_catalogues, options_gate,
    options_accepted, options_jobs, options_limits, options_verdict, options_output, options_common;

/* ---- the host -------------------------------------------------------------------------------- */

/* As struct fwproof_host of the public header, which says more. */
struct host {
    void *ctx;
    int (*write)(void *ctx, const char *path, const char *text, size_t n);
    void (*tell)(void *ctx, const char *text);
    void (*confine)(void *ctx, const char *const *outputs, size_t n, int verbose);
    progress_fn *progress;
    bool color, links, utf8;
    unsigned columns;
};

/* ---- verbs ----------------------------------------------------------------------------------- */

struct verb;

struct command {
    struct arena *arena;
    const struct host *host;
    const struct verb *verb;
    struct options opt;
    struct strs args; /* the words that are not options; also in opt.audit.inputs */
    void *own;        /* the verb's own struct, filled from its own options */
};

struct verb {
    const char *name;
    const char *args;    /* for the usage line: "[INPUT…]" */
    const char *summary; /* one line */
    const char *details; /* a paragraph for --help, or NULL */
    size_t min_args;
    bool first_is_output; /* the first argument is a file that the verb writes */
    const struct option_table *const *shared; /* NULL-terminated */
    const struct option *own;                 /* ends with a row without name; NULL: none */
    size_t own_size;
    int (*run)(struct command *c); /* the exit code */
};

#define VERBS(X)                                                                                   \
    X(check)                                                                                       \
    X(report)                                                                                      \
    X(show)                                                                                        \
    X(trace) X(reach) X(diff) X(explain) X(rules) X(test) X(baseline) X(config) X(completion)
#define X(name) extern const struct verb verb_##name;
VERBS(X)
#undef X
extern const struct verb *const verbs[];
extern const size_t n_verbs;

/* Runs the verb that WORDS begin with. The exit code. */
int command_run(struct arena *a, int n, char *const *words, const struct host *host);
/* Bytes that --memory among WORDS allows, or the default: needed before there is an arena. */
size_t command_memory(int n, char *const *words);

/* Fills C from the words behind the verb. False after a usage error, which is told. */
bool options_read(struct command *c, int n, char *const *words);
void options_help(const struct command *c, struct out *o);
/* The tables of a verb, in the order of its help: its own options, the shared ones, the common
 * ones. Returns their number. */
#define OPTION_TABLES_MAX 10
size_t options_tables(const struct verb *v, struct option_table tables[OPTION_TABLES_MAX]);
/* --help without a verb. */
void options_overview(struct arena *a, struct out *o);

/* ---- talking --------------------------------------------------------------------------------- */

/* Tells the host what is wrong. */
void complain(const struct command *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A usage error: what is wrong, and where to find help. Returns the exit code. */
int usage_error(const struct command *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* What standard output shows, as the host and the user say. */
struct terminal {
    bool color, links, utf8;
    unsigned width;
};
struct terminal terminal_of(const struct command *c);

/* The files that the verb will write, as far as it succeeds. */
struct strs output_paths(const struct command *c);
/* Reads --redact and --redact-key. False after a usage error. */
bool output_redacted(struct command *c);
/* Writes TEXT, redacted if that is asked for, to PATH ("-" or empty: standard output). False
 * after a message. */
bool output_write(const struct command *c, struct str path, struct str text);
/* Tells all diagnostics at or above LEVEL, for verbs that have no report. */
void complain_diags(const struct command *c, const struct audit *a, enum diag_level level);

/* The one output of a verb that has few formats: FMT of `-f FMT[=FILE]` must be one of WORDS
 * ("text|json"; the first is the default). Its index, or -1 after a usage error. */
int output_format(struct command *c, const char *words, struct str *path);

/* ---- reports --------------------------------------------------------------------------------- */

/* Renders REPORT in every format that the user asked for (text if none) and writes them. Returns
 * the exit code: that of the report, or 4 if an output failed. */
int output_reports(struct command *c, struct report *r);
/* Whether all formats that the user names exist; else a usage error was told. */
bool output_formats_ok(struct command *c);
/* One of them is R's. */
bool output_wants(const struct command *c, const struct reporter *r);

#endif
