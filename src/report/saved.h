/* Saved results (-f json, -f jsonl), read again: any number of them become one, whatever their
 * order. A result counts whole or not at all. */
#ifndef FWPROOF_REPORT_SAVED_H
#define FWPROOF_REPORT_SAVED_H

#include "report/report.h"

/* What is told of one device. Its policy has the words of its sets, but no rules. */
struct saved_device {
    struct str name;
    struct policy *policy;
    bool listed;    /* its own record was read, not only findings in its name */
    struct span at; /* in the file of the result */
    struct {
        struct source **v;
        size_t n, cap;
    } inputs;
    struct map *paths;    /* to inputs */
    struct result result; /* in the order of the file */
    struct diags diags;
};

struct saved {
    struct arena *arena;
    struct sets *sets;
    struct sources *sources;     /* the files read, and those that the results are about */
    struct diags *diags;         /* what is wrong with the files read */
    const struct packs *offered; /* packs to take rules from, before those that ship */
    struct {                     /* any order */
        struct saved_device **v;
        size_t n, cap;
    } devices;
    struct packs packs; /* of all results; without rules where a version is not at hand */
    struct str site;    /* its name, if all results have the same */
    size_t results;     /* that were read */
    bool lacks_zones;   /* one of them, of an earlier version, has no "exposures" */
    struct strs assumptions;
    struct diags others;     /* diagnostics of no device */
    struct map *named;       /* devices by name */
    struct map *other_paths; /* files of no device by path */
};

struct saved *saved_new(struct arena *a, struct sets *sets, struct sources *sources,
                        struct diags *diags, const struct packs *offered);
/* Adds what stands in FILE: a document of -f json, or lines of -f jsonl, of one run or of several
 * one behind the other. What cannot be read as such is DIAG_INCOMPLETE and does not count; a device
 * that an earlier result tells otherwise is DIAG_ERROR. */
void saved_read(struct saved *s, const struct source *file);

#endif
