/* Regular expressions of packs and site files (PCRE2). Private to this folder. */
#ifndef FWPROOF_CHECK_PATTERN_H
#define FWPROOF_CHECK_PATTERN_H

#include "check/json.h"

struct pattern {
    void *code; /* pcre2_code; NULL: matches everything */
};

enum matched { MATCHED_NO, MATCHED_YES, MATCHED_LIMIT };

/* Reads a string into the struct pattern at TO; for struct json_key. */
void pattern_read(struct json *j, const struct cJSON *node, void *to);
/* The same of a text that is no JSON. False, with the reason, if it is no pattern. */
bool pattern_compile(struct arena *a, struct str text, struct pattern *p, struct str *why);
/* MATCHED_LIMIT: it would take too long or too much memory. */
enum matched pattern_match(const struct pattern *p, struct str text);

#endif
