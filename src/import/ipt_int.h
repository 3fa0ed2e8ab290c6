/* iptables: what the files of this importer share. */
#ifndef FWPROOF_IPT_INT_H
#define FWPROOF_IPT_INT_H

#include "import/import.h"

struct ipt_word {
    struct str text; /* without quotes and escapes */
    struct span at;
};

struct ipt_words {
    struct ipt_word *v;
    size_t n, cap;
};

/* A rule as written: the words behind the chain's name. */
struct ipt_rule {
    struct source *source;
    struct span at;
    struct str text;
    struct ipt_words words;
    bool has_hits;
    uint64_t hits;
};

struct ipt_chain {
    struct str table, name;
    struct str policy; /* "ACCEPT", "DROP"; empty for a user's chain */
    struct span at;
    struct {
        struct ipt_rule **v;
        size_t n, cap;
    } rules;
    struct chain *chain; /* once lowered */
};

/* The tables of one address family. */
struct ipt_ruleset {
    enum family family;
    bool given;
    struct {
        struct ipt_chain **v;
        size_t n, cap;
    } chains; /* in the order of the file */
    struct map *index;
};

struct ipt {
    struct import *im;
    struct policy *policy;
    struct ipt_ruleset sets[2]; /* by enum family */
};

/* ipt_parse.c: SOURCE into the rule set of FAMILY. */
void ipt_parse(struct ipt *x, enum family family, struct source *source);
struct ipt_chain *ipt_chain_get(struct ipt *x, struct ipt_ruleset *set, struct str table,
                                struct str name);
/* What a line is not: a diagnostic, and the line's class. */
void ipt_not_modelled(struct ipt *x, const struct source *s, struct span at, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* ipt_match.c: the words of RULE into R. Its cubes, conditions, action. */
void ipt_lower_rule(struct ipt *x, struct ipt_ruleset *set, struct ipt_chain *chain,
                    const struct ipt_rule *rule, struct rule *r);
/* Interfaces that RULE names, before any rule is lowered. */
void ipt_note_interfaces(struct ipt *x, const struct ipt_rule *rule);

#endif
