/* Compliance catalogues: items of a published standard, by its own numbers, and which checks decide
 * them. A status stands only where a check decided it. */
#ifndef FWPROOF_CHECK_CATALOGUE_H
#define FWPROOF_CHECK_CATALOGUE_H

#include "check/check.h"

/* Two texts that ask for contrary things: what is to be said where either is shown. */
struct contradiction {
    struct str catalogue, item; /* an item of a catalogue … */
    struct str rule;            /* … or a rule of a pack */
    struct str sentence;
};

struct catalogue_item {
    struct str id, title;     /* its number there; what it asks, in our own words */
    struct strs also;         /* other numbers of the same item */
    struct str level;         /* as the standard grades it; may be empty */
    struct strs checks;       /* ids of rules that decide it; none: it cannot be decided */
    struct str partly;        /* what these checks leave open; empty: nothing */
    struct str not_decidable; /* why no configuration can decide it */
    struct str no_check;      /* what a check would have to ask, that none asks yet */
    struct strs applies;      /* "iptables", "ip6tables", "asa", "csv"; empty: to all */
    struct {
        struct contradiction *v;
        size_t n, cap;
    } contradicts;
    struct span at;
};

struct catalogue {
    struct str id, title, version, source;
    struct strs packs;   /* that its checks are of */
    struct strs applies; /* of items that do not say */
    struct {
        struct catalogue_item *v;
        size_t n, cap;
    } items;
};

struct catalogues {
    const struct catalogue **v;
    size_t n, cap;
};

/* NAME of a catalogue that ships (inside the binary), or a path. NULL after a DIAG_ERROR. */
const struct catalogue *catalogue_load(struct arena *a, struct diags *d, struct sources *sources,
                                       struct str name);
/* The same of bytes that are read already. */
const struct catalogue *catalogue_read(struct arena *a, struct diags *d, const struct source *s);
/* Reads "contradicts" into the struct catalogue_item at TO; for struct json_key. */
struct json;
struct cJSON;
void catalogue_contradictions(struct json *j, const struct cJSON *node, void *to);
/* Adds to TO the packs of C that are not there yet; a check that they do not have is a DIAG_ERROR.
 * False after any. */
bool catalogue_packs(struct arena *a, struct diags *d, struct sources *sources,
                     const struct catalogue *c, struct packs *to);

/* What became of one item on one device. */
struct item_status {
    const struct catalogue_item *item;
    enum status status;
    struct str reason;
    struct {
        const struct control **v;
        size_t n, cap;
    } controls; /* of its checks */
};
/* A catalogue on one device. */
struct compliance {
    const struct catalogue *catalogue;
    const struct policy *policy;
    struct {
        struct item_status *v;
        size_t n, cap;
    } items;            /* in the order of the catalogue */
    size_t statuses[5]; /* items, by enum status */
};
/* What became of the rule ID on the device of P; NULL if it was not run there. */
const struct control *result_control(const struct result *r, struct str id, const struct policy *p);
/* Adds to R what its controls, which are sorted, say of C on the device whose policy is P. */
void catalogue_decide(struct result *r, const struct catalogue *c, const struct policy *p);
void compliance_add_item(struct arena *a, struct compliance *c, const struct item_status *x);
void compliances_sort(struct result *r);

#endif
