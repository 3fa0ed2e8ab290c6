/* Layer 3: bytes of an export to a policy. One file per vendor and one row in IMPORTERS. */
#ifndef FWPROOF_IMPORT_H
#define FWPROOF_IMPORT_H

#include "model/model.h"

/* What a CSV column is for (site file, preset). Column: a header's name, or its number from 1. */
struct csv_map {
    struct {
        struct str role, column;
        struct span at;
    } * v;
    size_t n, cap;
    struct {
        struct {
            struct str kind, word; /* "permit", "erlaubt" */
            struct span at;
        } * v;
        size_t n, cap;
    } words;
    struct strs ignored; /* columns without a bearing on what is filtered, by name or number */
    struct str preset;   /* asked for by name; empty: detected */
};

struct import {
    struct arena *arena;
    struct diags *diags;
    struct sources *sources;
    struct sets *sets;
    struct str device;  /* name for the policy if the export has none */
    struct str at_time; /* "YYYY-MM-DDTHH:MM", decides time ranges; empty: they stay unknown */
    const struct csv_map *csv; /* may be NULL */
    /* Interfaces and zones that the site file or the packets name: known to the policy's ifaces
     * from the start, so that a `+` pattern tells them apart. */
    const struct strs *known_ifaces; /* may be NULL */
    /* Names of one interface in two exports that are compared: both are one class. */
    const struct same_ifaces *same_ifaces; /* may be NULL */
    /* The input that is a change to the device that the others describe: what the device would
     * refuse there is an error at its line. May be NULL. */
    const struct source *change;
    bool in_full; /* read each line in full, also where it is like another one: for tests */
};

struct same_iface {
    struct str name, other;
};
struct same_ifaces {
    struct same_iface *v;
    size_t n, cap;
};

/* For importers: P's interfaces know the names above. */
void import_know_ifaces(const struct import *im, struct policy *p);
/* How bad it is that the device refuses something in S. */
enum diag_level import_refusal(const struct import *im, const struct source *s);

/* A format by its name on the command line. SNIFF scores the beginning of a file: 0 not mine,
 * 100 certain. One importer may read several formats: the exports of one device. */
struct format {
    const char *name, *title;
    int (*sniff)(struct str head);
    /* All INPUTS belong to one device and have formats of this importer. Never fails as a whole:
     * what cannot be read is a diagnostic, and every line of every input gets its class. */
    struct policy *(*import)(struct import *im, struct source **inputs, size_t n);
    /* The same inputs as the device itself would export them. NULL: not for this format. */
    void (*spell)(struct import *im, struct source **inputs, size_t n, struct out *o);
    int most; /* that SNIFF scores; 0: not said. It is not asked where another scores as much */
};

/* Each importer's file defines `const struct format format_NAME`. */
#define IMPORTERS(X) X(iptables) X(ip6tables) X(ipset) X(asa) X(asa_acl) X(csv)
#define X(name) extern const struct format format_##name;
IMPORTERS(X)
#undef X

extern const struct format *const formats[];
extern const size_t n_formats;

const struct format *format_find(struct str name); /* NULL if there is none */
#define FORMAT_HEAD_MAX ((size_t)64 * 1024)        /* bytes that a SNIFF is given */
/* The best scoring format; NULL (and a diagnostic) for empty, binary or unknown bytes. */
const struct format *format_detect(struct diags *d, const struct source *s);

/* Overwrites the passwords, keys and communities that S, whose format is known, holds, with
 * asterisks in place: before the import, so that nothing that is made of S knows them. */
void import_hide_secrets(struct arena *a, struct source *s);

#endif
