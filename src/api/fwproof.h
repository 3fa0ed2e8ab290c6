/* libfwproof: audits exported firewall configurations offline. No function prints, exits, or keeps
 * anything outside of its audit: audits in different threads do not know each other. One audit is
 * used by one thread at a time.
 *
 * Texts are UTF-8, with control characters of the exports as \xNN; they end with a NUL and live
 * until fwproof_free(), each call's own. Functions that return int return
 * the numbers of enum fwproof_code, which are the exit codes of the program. */
#ifndef FWPROOF_H
#define FWPROOF_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fwproof fwproof;

enum fwproof_code {
    FWPROOF_PASS,       /* decided, and nothing at or above the severity that fails */
    FWPROOF_FAIL,       /* findings */
    FWPROOF_WRONG,      /* a word that is not known; a pack, site file or input that is wrong */
    FWPROOF_INCOMPLETE, /* something that matters was not understood, or a limit was reached */
    FWPROOF_BROKEN      /* out of memory: the audit can only be freed */
};

const char *fwproof_version(void);

/* A new audit that may use so many MiB (0: 4096). NULL: out of memory. */
fwproof *fwproof_new(size_t memory_mib);
void fwproof_free(fwproof *f); /* NULL is fine */

/* Before the run: OPTION is a long option of `fwproof check` without its dashes: "pack",
 * "catalogue", "site", "no-site", "input-format", "today", "at", "fail-on", "budget", "jobs",
 * "waivers", "baseline", "no-inline-waivers", "allow-incomplete". VALUE is ignored for the last two
 * and for "no-site". Without "site" or "no-site" a site file is looked for as the program does.
 * FWPROOF_WRONG: no such option, not a date or number, or the run was already. A name that only the
 * run can look up, as that of a pack, is an error among its diagnostics. */
int fwproof_set(fwproof *f, const char *option, const char *value);

/* An export, or a directory of exports, by its path. DEVICE may be NULL: as the site file says, or
 * each file is a device. */
int fwproof_add_file(fwproof *f, const char *device, const char *path);
/* An export in memory, which is copied; NAME stands for its path in findings. */
int fwproof_add_bytes(fwproof *f, const char *device, const char *name, const void *bytes,
                      size_t n);

/* Audits all that was added, once. The verdict. After FWPROOF_BROKEN there is nothing to ask for.
 */
int fwproof_run(fwproof *f);
/* "pass", "fail", "error" or "incomplete"; "" where no run came to its end. */
const char *fwproof_verdict(const fwproof *f);

/* ---- after the run --------------------------------------------------------------------------- */

enum fwproof_text {
    FWPROOF_RULE,     /* "GC-RTP-001" */
    FWPROOF_SEVERITY, /* "error", "warning", "note"; of a diagnostic also "incomplete" */
    FWPROOF_MESSAGE,  /* one sentence */
    FWPROOF_DEVICE,
    FWPROOF_FILE,        /* as it was added; "" where there is none */
    FWPROOF_FINGERPRINT, /* does not change when lines move */
    FWPROOF_PACKET       /* one that shows it, in words; "" where there is none */
};

/* Findings are sorted as in every report. I counts from 0; "" and 0 beyond the last. */
size_t fwproof_findings(const fwproof *f);
const char *fwproof_finding(fwproof *f, size_t i, enum fwproof_text what);
unsigned fwproof_finding_line(const fwproof *f, size_t i);   /* from 1; 0: the file as a whole */
unsigned fwproof_finding_column(const fwproof *f, size_t i); /* bytes, from 1; 0: the whole line */

/* What was wrong or not understood: FWPROOF_SEVERITY, FWPROOF_MESSAGE and FWPROOF_FILE of each. */
size_t fwproof_diagnostics(const fwproof *f);
const char *fwproof_diagnostic(fwproof *f, size_t i, enum fwproof_text what);
unsigned fwproof_diagnostic_line(const fwproof *f, size_t i);
unsigned fwproof_diagnostic_column(const fwproof *f, size_t i);

/* Writes the report in a format of `fwproof check --format`, in one or more pieces, or none if it
 * is empty. FWPROOF_WRONG: no such format, or nothing was run; FWPROOF_PASS: it was written. */
typedef void fwproof_write(void *ctx, const char *bytes, size_t n);
int fwproof_report(fwproof *f, const char *format, fwproof_write *write, void *ctx);

/* ---- all that the program does --------------------------------------------------------------- */

/* What a command is run for. Only `write` must be there. */
struct fwproof_host {
    void *ctx; /* handed to the functions */
    /* Takes a whole output of N bytes for the file PATH, or the standard one (NULL). 0, or an
     * errno, which ends in FWPROOF_BROKEN. */
    int (*write)(void *ctx, const char *path, const char *bytes, size_t n);
    /* What is wrong: lines, without the end of the last one. */
    void (*tell)(void *ctx, const char *text);
    /* Called once, before the first input is opened, with the outputs there will be ("-" and "" are
     * the standard one): from then on nothing else is written, no program run, no network used.
     * VERBOSE: the user wants to know how it went. */
    void (*confine)(void *ctx, const char *const *outputs, size_t n, int verbose);
    /* WHAT, in plain ASCII, number DONE of ALL begins. Called from any thread. */
    void (*progress)(const char *what, size_t done, size_t all);
    /* What standard output shows, where the options do not say: ANSI colours, OSC 8 links, UTF-8;
     * its columns, 0: 100. */
    int color, links, utf8;
    unsigned columns;
};

/* Runs the program's verb WORDS[0] with the N - 1 words behind it: "diff", "old.rules", …; as
 * fwproof(1) has them. The exit code. */
int fwproof_command(int n, char *const *words, const struct fwproof_host *host);

#ifdef __cplusplus
}
#endif

#endif
