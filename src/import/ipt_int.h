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

/* What is in the places where rules of a shape differ (ipt_shape.c). */
#define IPT_PLACE_SETS 4
struct ipt_places {
    struct ipt_shape *shape;     /* NULL: it has none */
    set_id sets[IPT_PLACE_SETS]; /* of ipt_place_fields; SET_EMPTY: no place */
    struct str remark;
    struct ipt_chain *target;
};

struct ipt_shape {
    const struct ipt_step *end; /* in the tree of words */
    bool met;                   /* ipt_twin_first() */
    bool asked;                 /* whether one of its rules can be copied */
    struct rule *rule;          /* that, lowered, if it can */
};

/* A rule as written: the words behind the chain's name. */
struct ipt_rule {
    struct source *source;
    struct span at;
    struct str text;
    struct ipt_words words;
    struct ipt_form *form; /* ipt_grammar.h; once all chains are known */
    bool table_said;       /* else `iptables -S` of any table may have written it */
    bool unread;           /* it has no words yet: ipt_rule_words() */
    bool has_hits;
    uint64_t hits, bytes;
    struct ipt_places places;
};

struct ipt_chain {
    struct str table, name;
    struct str policy; /* "ACCEPT", "DROP"; empty for a user's chain */
    struct span at;
    bool is_target; /* its name is that of a target, too */
    struct {
        struct ipt_rule **v;
        size_t n, cap;
    } rules;
    struct chain *chain;    /* once lowered */
    struct ipt_step *steps; /* ipt_shape.c */
};

/* The tables of one address family. */
struct ipt_ruleset {
    enum family family;
    bool given;
    struct {
        struct ipt_chain **v;
        size_t n, cap;
    } chains;           /* in the order of the file */
    struct map *tables; /* by name: a map of its chains by name */
};

struct ipt {
    struct import *im;
    struct arena *rules;    /* as they are read, with their words: until all are lowered */
    struct arena *forms;    /* of the rule that is lowered; if all are spelled, of all */
    struct ipt_words words; /* of the line that is read; their memory is used again */
    struct policy *policy;
    struct ipt_ruleset sets[2]; /* by enum family */
    struct map *ipsets;         /* by name: struct ipt_set; NULL: none is known */
    struct map *options;        /* by name: ipt_match.c's rows */
    struct ipt_step *steps;     /* ipt_shape.c; NULL: each rule is read in full */
    size_t n_steps;
    size_t uses;    /* of sets by rules */
    bool refused;   /* the first refusal is told as a fact */
    bool tracks[2]; /* by family: a rule needs conntrack */
};

/* ipt_parse.c: SOURCE into the rule set of FAMILY. */
void ipt_parse(struct ipt *x, enum family family, struct source *source);
/* The builtin chains of TABLE in the order of their hooks, up to NULL; no table: NULL. */
#define IPT_BUILTINS_MAX 5
const char *const *ipt_builtins(struct str table);
bool ipt_is_builtin(struct str table, struct str chain);
struct ipt_chain *ipt_chain_get(const struct ipt_ruleset *set, struct str table, struct str name);
/* What a line is not: a diagnostic, and the line's class. */
void ipt_not_modelled(struct ipt *x, const struct source *s, struct span at, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* The same for what makes the kernel refuse the whole rule set: "the kernel refuses this: …". */
void ipt_refuse(struct ipt *x, const struct source *s, struct span at, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* ipt_words.c: the words of TEXT, a part of line LINE of SOURCE, in A. IN_TABLE: as
 * iptables-restore reads them; else as a shell does. */
struct ipt_words ipt_words_read(struct ipt *x, struct arena *a, const struct source *source,
                                uint32_t line, bool in_table, struct str text);
extern const bool ipt_word_stops[256]; /* blanks, quotes, backslash: a plain word has none */
/* Word I of W is an option, of one LETTER ("-i", or NULL) or by its NAME, which may be abbreviated:
 * *VALUE is its value, be it the next word, the one behind a `!` (*OLD_STYLE), or in the same word.
 * For words that are not read by the grammar yet. */
bool ipt_option_at(const struct ipt_words *w, size_t i, const char *letter, const char *name,
                   struct str *value, bool *old_style);
/* A list of addresses behind OPTION makes several rules. */
bool ipt_takes_list(struct str option);
/* "[12:345]": packets and bytes. */
bool ipt_counters_read(struct str s, uint64_t *packets, uint64_t *bytes);

/* ipt_match.c: the words of RULE into R. Its cubes, conditions, action. */
void ipt_lower_rule(struct ipt *x, struct ipt_ruleset *set, struct ipt_chain *chain,
                    const struct ipt_rule *rule, struct rule *r);
/* Before the two others. */
void ipt_name_options(struct ipt *x);
/* Interfaces that the words W of the rule AT name, before any rule is lowered. */
void ipt_note_interfaces(struct ipt *x, const struct ipt_words *w, struct span at);
/* False: the words of TEXT, of a rule that waits, name none. */
bool ipt_may_note(struct str text);

/* ipt_shape.c: before the first rule, if rules may be copies. */
void ipt_shapes_start(struct ipt *x);
/* Cuts the text of RULE, a line of TABLE of SET, into its shape, if it has one, and what is in the
 * places. The chain that it belongs to, in which it may wait without words; NULL: it has to be read
 * now. */
struct ipt_chain *ipt_shape_read(struct ipt *x, const struct ipt_ruleset *set, struct str table,
                                 struct ipt_rule *rule);
/* The words of RULE behind its chain, with everything in its places, or all but one value where it
 * says "all but". */
struct str ipt_shape_neutral(struct ipt *x, enum family family, const struct ipt_rule *rule);
extern const enum field ipt_place_fields[IPT_PLACE_SETS];
/* All values of the field of place I. */
set_id ipt_place_whole(struct sets *s, enum family family, size_t i);

/* ipt_words.c: the words of RULE, in A if it waited. */
struct ipt_words ipt_rule_words(struct ipt *x, struct arena *a, const struct ipt_rule *rule);

/* ipt_twin.c: false for all rules of a shape but the first that is asked for. */
bool ipt_twin_first(const struct ipt_rule *rule);
/* RULE into R, as a copy of one of its shape. False: there is none that can be copied. */
bool ipt_twin_copy(struct ipt *x, const struct ipt_rule *rule, struct rule *r);
/* RULE has been lowered to R: whether it can be copied. TOLD: more came of it than R. */
void ipt_twin_learn(struct ipt *x, struct ipt_ruleset *set, struct ipt_chain *chain,
                    const struct ipt_rule *rule, struct rule *r, bool told);

struct lower;
typedef bool option_fn(struct lower *l, struct str value);

/* A rule while its words are read. */
struct lower {
    struct ipt *x;
    struct ipt_ruleset *set;
    struct ipt_chain *chain;
    const struct ipt_rule *rule;
    struct rule *r;
    struct cube *cubes; /* what matches so far: their union */
    size_t n, cap;
    size_t at;      /* the word that is read */
    bool negated;   /* a `!` stands before the option (or, old style, before its value) */
    bool old_style; /* iptables before 1.4.3 */
    struct ipt_word target;
    bool go; /* -g */
    struct ipt_words target_words;
    struct str match; /* the last -m: options of one name belong to it */
    size_t match_at;  /* its word */
    uint8_t proto;    /* of -p, 0: none */
};

struct ipt_option {
    const char *name, *letter;
    size_t values; /* words behind it */
    option_fn *fn;
    const char *of; /* the match it belongs to; NULL: every one that has it means the same */
};
/* Each ends with a row without name. */
extern const struct ipt_option ipt_options_basic[], ipt_options_conntrack[], ipt_options_header[],
    ipt_options_trait[], ipt_options_addrtype[], ipt_options_set[];

/* ipt_match.c, for the options: what matches becomes less. */
struct sets *ipt_sets(const struct lower *l);
void ipt_narrow(struct lower *l, enum field f, set_id set);
void ipt_drop_empty(struct lower *l); /* the cubes that nothing is left of */
/* After a `!` to all but SET. True. */
bool ipt_narrow_to(struct lower *l, enum field f, set_id set);
bool ipt_narrow_range(struct lower *l, enum field f, u128 lo, u128 hi);
/* Either field in SET: twice as many cubes. */
void ipt_narrow_either(struct lower *l, enum field f, enum field g, set_id set);
/* The word that is read makes the kernel refuse the rule: always true, for it is understood. */
bool ipt_refuse_word(struct lower *l, const char *why);
/* The values up to 255 that have one of BITS. */
set_id ipt_with_bits(struct lower *l, unsigned bits);
/* The match that is read (from its -m on) has OPTION, too. */
bool ipt_match_has(const struct lower *l, const char *option);
/* A test that is decided by PARTS (copied), or told beside them: model.h, struct cond. */
void ipt_test(struct lower *l, struct cond c);
void ipt_condition(struct lower *l, const char *kind, struct str text, bool of_packet);
/* "5", "5-9", "5-", "-9", with SEP for the dash. */
bool ipt_number_range(struct str v, char sep, u128 max, struct ival *r);
/* "value" or "value/mask". */
bool ipt_masked_number(struct str v, uint64_t *value, uint64_t *mask);

/* ipt_basic.c: one address of the rule's family, with a mask of any shape, or a range. */
bool ipt_address(struct lower *l, struct str v, set_id *out);

/* ipt_basic.c: a protocol after -p, with the names that /etc/protocols has beside IANA's. */
bool ipt_proto(struct str v, uint8_t *proto);

/* ipt_basic.c: "echo-request", "8", "8/0", "3/1:4". */
bool ipt_icmp(struct str v, enum family family, struct ival *type, struct ival *code);

/* ipt_header.c: "02:00:5e:10:00:01" */
bool ipt_mac(struct str v, u128 *mac);

/* ipt_trait.c: the header that the match is named for has to be there. */
void ipt_need_header(struct lower *l);

/* ---- ipset.c ---- */

#define IPT_DIMENSIONS_MAX 3
enum ipt_dimension { DIM_NONE, DIM_IP, DIM_PORT, DIM_IFACE, DIM_MAC, DIM_MARK, DIM_SET };

struct ipt_element {
    struct str text;
    struct span at;
    bool nomatch, deleted;
    u128 size[2]; /* of its networks: the smallest that hold an address decide */
    size_t n_sizes;
};

struct ipt_set {
    struct str name, type;
    enum ipt_dimension dims[IPT_DIMENSIONS_MAX];
    size_t n_dims, object;
    unsigned netmask;  /* bits, 0: whole addresses */
    bool any_port;     /* bitmap:port: of TCP and UDP */
    bool dynamic;      /* rules change it */
    bool odd;          /* has options that are not modelled */
    bool expires;      /* some element does */
    bool gone;         /* destroyed: the name is free */
    struct map *index; /* of elements by their text, as far as n_indexed; NULL: not asked for */
    size_t n_indexed;
    struct {
        struct ipt_element *v;
        size_t n, cap;
    } elements;
};

/* A line of ipset's: "create …", "add …", also as a command or as before version 5. False if W is
 * none. */
bool ipt_set_line(struct ipt *x, const struct ipt_words *w, bool *understood);
struct ipt_set *ipt_set_find(const struct ipt *x, struct str name);
/* The rule that is lowered asks for SET. */
void ipt_set_used(struct ipt *x, const struct ipt_set *set);
/* Rules change the set NAME while packets pass. */
void ipt_set_changes(struct ipt *x, struct str name);

/* iptables.c */
struct policy *ipt_import_host(struct import *im, struct source **inputs, size_t n);
/* The rules of INPUTS before they are lowered. TWINS: those that are like another one may wait
 * without words. */
struct ipt ipt_read_host(struct import *im, struct source **inputs, size_t n, bool twins);

/* ipt_save.c: what iptables-save prints of INPUTS: struct format. */
void ipt_spell_host(struct import *im, struct source **inputs, size_t n, struct out *o);

/* ipt_target.c: the rule's action, once its words are read. */
void ipt_lower_target(struct lower *l);
/* NAME behind -j is a target, whatever chains there are. */
bool ipt_is_target(struct str name);

#endif
