/* What a site accepts for a time: waivers (of a file, or in remarks of the exports) and a baseline.
 * They are applied to the findings of a whole run; what they take out stays in the result, in
 * result->settled. */
#ifndef FWPROOF_CHECK_WAIVER_H
#define FWPROOF_CHECK_WAIVER_H

#include "check/check.h"

struct waiver {
    struct str id; /* of the file, unique; "line 7" for one in a remark */
    const struct rule_def *rule;
    struct str finding; /* a fingerprint; or else … */
    struct str device;  /* … findings of devices whose name fits ('*' for any run) … */
    struct span line;   /* … or, of a remark: findings on this line */
    bool inline_form;
    uint32_t max_findings; /* 0: any number */
    struct str reason, compensating, risk, ticket, requested_by, approved_by;
    struct str created, expires, review; /* YYYY-MM-DD; expires: the last valid day */
    struct span at;
};

enum inline_policy { INLINE_ALLOW, INLINE_REQUIRE_TICKET, INLINE_DENY };

struct waivers {
    struct {
        struct waiver *v;
        size_t n, cap;
    } all;
    uint32_t max_days, warn_before_days; /* max_days 0: no limit */
    struct strs require, never;          /* members that each must have; rules that none may name */
    int inline_policy;
};

/* Adds the waivers of the file S to TO. False after a DIAG_ERROR: then none of them counts. */
bool waivers_read(struct arena *a, struct diags *d, const struct source *s, const struct packs *p,
                  struct waivers *to);
/* Adds those in the remarks of P's rules: "fwproof:ignore ID[,ID…] [TICKET] [until DATE|DATE] [:]
 * reason". One that is not understood is a DIAG_WARNING and suppresses nothing. */
void waivers_in_remarks(struct arena *a, struct diags *d, const struct policy *p,
                        const struct packs *packs, struct waivers *to);
/* Moves what is waived from C's result->findings to result->settled. What is wrong with the waivers
 * themselves (expired, soon to expire, unused, approved by who asked) becomes findings WVR-001 to
 * WVR-005, so that C->today has to be known. */
void waivers_apply(struct check *c, const struct waivers *w);

/* The rules that these findings name, for explain; NULL if ID is none of them. */
const struct rule_def *waiver_rule_find(struct str id);

/* ---- baseline ---------------------------------------------------------------------------------
 */

/* Fingerprints that were accepted once. JSON, one finding in a line, sorted, without line numbers.
 */
struct baseline {
    struct {
        struct baseline_entry {
            struct str fingerprint, rule, title;
            struct span at;
        } * v;
        size_t n, cap;
    } entries;
};
bool baseline_read(struct arena *a, struct diags *d, const struct source *s, struct baseline *to);
/* Moves what OLD has to result->settled; an entry that no finding has is told as WVR-006. */
void baseline_apply(struct check *c, const struct baseline *old);
/* The file's text: the findings of R (settled by the old baseline, too) that OLD has, or all with
 * ACCEPT_NEW. */
struct str baseline_text(struct arena *a, const struct result *r, bool accept_new);

#endif
