/* iptables: the options that each match and target of version 1.8.9 has (iptables-extensions(8)),
 * as tables. They say what a rule may hold and how iptables-save writes it; what a rule means is
 * told by the tables of ipt_match.c and its neighbours. */
#ifndef FWPROOF_IPT_GRAMMAR_H
#define FWPROOF_IPT_GRAMMAR_H

#include "import/ipt_int.h"

struct ipt_term;
struct ipt_use;

/* A value while it is read. */
struct ipt_value {
    struct arena *arena;
    enum family family;
    const struct ipt_term *term;
    const struct ipt_use *use; /* what the rule says so far of the same match */
    bool negated;
    struct str more; /* the second word of options that take two */
};

/* Whether `otherwise` is written. */
typedef bool ipt_otherwise_fn(const struct ipt_use *use);
/* The canonical spelling of V; NULL slice (p is NULL) if V is no such value. */
typedef struct str ipt_value_fn(const struct ipt_value *g, struct str v);

enum {
    TERM_NOT = 1,     /* may stand behind a `!` */
    TERM_MUST = 2,    /* has to be there */
    TERM_TWO = 4,     /* takes two words */
    TERM_PORTS = 8,   /* with a port it needs a protocol that NAT knows ports of */
    TERM_QUOTED = 16, /* written in quotes, whatever it holds */
    TERM_MAYBE = 32,  /* its value may be missing */
    TERM_V4 = 128,    /* IPv6 has none */
    TERM_NEXT = 64,   /* begins the next element: all may be said again */
};

struct ipt_term {
    const char *name;
    ipt_value_fn *value; /* NULL: takes none */
    uint64_t min, max;   /* of numbers; MAX bytes of text */
    const char
        *words; /* of values: "accept|drop", "alert=1|crit=2"; without VALUE: what it means */
    unsigned flags;
    unsigned one_of;       /* bits: no two options that share one */
    const char *with;      /* the option that must stand before it */
    const char *as;        /* what iptables-save calls it */
    const char *flip;      /* what it is called behind a `!` */
    const char *also;      /* it stands for this one, too */
    const char *omit;      /* the value that iptables-save leaves out */
    const char *otherwise; /* what iptables-save writes if it is not there; IPv6: `otherwise6` */
    const char *otherwise6;
    ipt_otherwise_fn *otherwise_if; /* NULL: always */
};

/* Where a match or a target stands. */
struct ipt_place {
    struct str table, chain;
    uint8_t proto; /* of -p, 0: none */
    bool not_proto;
};

/* What a table cannot say: why USE is refused, or NULL. */
typedef const char *ipt_check_fn(const struct ipt_use *use, const struct ipt_place *place);

enum { ON_V4 = 1, ON_V6 = 2, ON_BOTH = 3 };

struct ipt_extension {
    const char *name;
    const struct ipt_term *terms; /* ends with a row without name; NULL: none */
    unsigned families;
    const char *tables;    /* "mangle raw"; NULL: all */
    const char *chains;    /* builtin chains that it may stand in; NULL: all */
    const uint8_t *protos; /* one of them after -p, ends with 0; NULL: any or none */
    bool needs_option;     /* at least one */
    bool native;           /* nf_tables has expressions of its own for it */
    ipt_check_fn *check;
    const char *as; /* what iptables-save calls it */
};

/* An option of a rule, read. */
struct ipt_said {
    const struct ipt_term *term;
    struct str text; /* canonical */
    struct span at;
    bool negated;
};

/* A match or the target of a rule, or (without a name) its own options. */
struct ipt_use {
    struct str name;
    const struct ipt_extension *is; /* NULL: none of iptables 1.8.9, or a chain */
    struct ipt_said *v;
    size_t n, cap;
    struct strs raw; /* words behind what is not known */
    struct span at;
};

struct ipt_form {
    struct ipt_use own, target;
    struct {
        struct ipt_use **v;
        size_t n, cap;
    } matches;
    bool go, refused;
};

/* Reads RULE of CHAIN, tells what iptables or the kernel refuse, and completes abbreviated option
 * names in its words. */
struct ipt_form *ipt_form_read(struct ipt *x, enum family family, const struct ipt_chain *chain,
                               struct ipt_rule *rule);
/* The options of USE, each behind a blank. */
void ipt_use_spell(struct out *o, enum family family, const struct ipt_use *use);
/* The rule as iptables-save writes it behind "-A CHAIN". */
void ipt_form_spell(struct out *o, enum family family, const struct ipt_form *f);

const struct ipt_said *ipt_said_find(const struct ipt_use *use, const char *option);

/* ipt_grammar_matches.c, ipt_grammar_targets.c: each ends with a row without name. */
extern const struct ipt_extension ipt_grammar_matches[], ipt_grammar_targets[];
extern const struct ipt_term ipt_terms_own[];     /* -s, -d, … */
extern const struct ipt_term ipt_grammar_ports[]; /* of UDP, and of every protocol with ports */

/* ipt_grammar_checks.c */
ipt_check_fn ipt_check_addrtype, ipt_check_cluster, ipt_check_connbytes, ipt_check_connlimit,
    ipt_check_ecn, ipt_check_hashlimit, ipt_check_owner, ipt_check_policy, ipt_check_recent,
    ipt_check_statistic, ipt_check_string, ipt_check_connmark, ipt_check_hmark, ipt_check_drop,
    ipt_check_reject, ipt_check_tcpmss;
ipt_otherwise_fn ipt_counts_packets, ipt_has_clock, ipt_has_date, ipt_copies_mark;

/* ---- ipt_value.c: spellings -------------------------------------------------------------------
 */

ipt_value_fn ipt_v_number, ipt_v_hex, ipt_v_hex2, ipt_v_hex8, ipt_v_range, ipt_v_ports, ipt_v_port,
    ipt_v_masked, ipt_v_xmark, ipt_v_word, ipt_v_words, ipt_v_text, ipt_v_plain, ipt_v_given;
/* ipt_value_net.c: addresses, protocols, and what NAT puts in their place. */
ipt_value_fn ipt_v_network, ipt_v_host, ipt_v_address, ipt_v_prefix, ipt_v_addresses, ipt_v_proto,
    ipt_v_proto_number, ipt_v_iface, ipt_v_icmp, ipt_v_mac, ipt_v_port_list, ipt_v_nat,
    ipt_v_redirect;
/* ipt_value_odd.c: what only one match has. */
ipt_value_fn ipt_v_tcp_flags, ipt_v_limit, ipt_v_tos, ipt_v_dscp_class, ipt_v_probability,
    ipt_v_hash_rate, ipt_v_hash_burst, ipt_v_connbytes, ipt_v_balance, ipt_v_set, ipt_v_options,
    ipt_v_time, ipt_v_date, ipt_v_monthdays, ipt_v_strip, ipt_v_chunks, ipt_v_and_mark,
    ipt_v_or_mark, ipt_v_xor_mark, ipt_v_class, ipt_v_owner, ipt_v_bit_rate, ipt_v_connlabel,
    ipt_v_node, ipt_v_u32, ipt_v_group;

/* What ipt_v_prefix() takes, by `min`: a length must be there, may be missing; the last also clears
 * the bits beyond it. */
enum { PREFIX_ONLY, PREFIX_OR_HOST, PREFIX_MASKED };

#define IPT_NO_VALUE ((struct str){NULL, 0})
/* As xtables_save_string() writes it: in quotes unless only letters, digits, - and _ are in it.
 * ALWAYS: as the options do that are always in quotes. */
struct str ipt_quoted(struct arena *a, struct str s, bool always);
/* In quotes only if it would be read as another word, or as several. */
struct str ipt_plain(struct arena *a, struct str s);

#endif
