/* Layer 2: what a firewall does, whoever made it.
 *
 * A policy is the filtering of one device. A packet takes one of its paths (through the device, to
 * it, from it): stages in a row, each a chain that is walked rule by rule until one decides. A
 * PERMIT ends the stage and the next one begins; a DENY ends the packet. The packet is permitted
 * when the last stage lets it go. An importer builds the policy and freezes it; everything after
 * that takes it const. */
#ifndef FWPROOF_MODEL_H
#define FWPROOF_MODEL_H

#include "net/net.h"

/* ---- conditions --------------------------------------------------------------------------- */

/* What a packet has beside its fields, and may be told to have (trace). */
enum trait {
    TRAIT_NOTHING,
    TRAIT_UID, /* of the local socket */
    TRAIT_GID,
    TRAIT_TCP_OPTION,     /* kinds, RFC 9293 */
    TRAIT_TCP_MSS,        /* the value of option 2 */
    TRAIT_ROUTE_TYPE,     /* of IPv6's routing header */
    TRAIT_MORE_FRAGMENTS, /* the flag of a fragment: 0 or 1 */
    TRAIT_COUNT
};

/* Packets by how they are, and by how they arrived (before NAT; NULL: however). */
struct cond_part {
    struct cube now;
    const struct cube *orig;
};

/* Something a rule asks for that is not decided by the fields of the packet. */
struct cond {
    struct str kind; /* the match's name: "limit", "string", "time-range", "user", … */
    struct str text; /* as written in the rule */
    struct span at;  /* where it is first used */
    /* True: a function of the packet, equal for equal text. False (a rate, a counter): a cond of
     * its own at each use. */
    bool of_packet;
    /* A test that the fields do decide, but that is too fine for sets: value & mask == want.
     * Used when mask is not 0; the walk decides it where the field has a single value. */
    enum field field;
    u128 mask, want;
    /* A test that the fields decide for most packets: it holds in the first n_hold of these parts,
     * is open in the others, and does not hold elsewhere. Used when n_parts is not 0. */
    const struct cond_part *parts;
    size_t n_hold, n_parts;
    /* It holds for packets that have one of these VALUES. */
    enum trait trait;
    set_id values;
};
/* Its answer follows the fields, which rules may change on the way. */
bool cond_is_test(const struct cond *c);

/* ---- rules -------------------------------------------------------------------------------- */

enum action {
    ACT_PERMIT,   /* ends the stage */
    ACT_DENY,     /* ends the packet */
    ACT_JUMP,     /* to target, and back behind this rule */
    ACT_GOTO,     /* to target, without coming back to this chain */
    ACT_RETURN,   /* to the caller, or to the stage's default */
    ACT_CONTINUE, /* nothing decided: LOG, MARK, no target */
    ACT_UNKNOWN,  /* not understood: may permit, may deny, may go on */
};
extern const char *const action_names[]; /* "permit", "deny", … */

/* A field that the rule changes in the packets it matches (NAT, MARK, NOTRACK). */
struct rewrite {
    enum field field;
    /* The new value. More than one: the device picks one, nobody knows which. */
    set_id to;
    /* Where mask is not 0: new = (old & ~mask) ^ value instead of `to`. */
    u128 mask, value;
    /* Where from_mask is not 0, `value` is what field `from` has under from_mask (marks that are
     * saved and restored); mask may be 0 then, for no bit of the old value lost. */
    enum field from;
    u128 from_mask;
    /* NETMAP: the new value is `value` plus what the old one is above `base`. */
    bool shift;
    u128 base;
};

/* Where a permit of this rule sends the packet, if not on its own path: to the device (REDIRECT),
 * or through it (DNAT to another machine). */
enum moves { MOVES_NOT, MOVES_HERE, MOVES_ON };

struct rule {
    struct span at;  /* the line to blame */
    struct str text; /* that line, trimmed */
    struct str remark;
    struct str name; /* the export's own id or name of the rule, may be empty */
    struct chain *chain;
    uint32_t number; /* within the chain as the device counts, from 1; 0 if it does not */
    enum action action;
    struct chain *target; /* of JUMP and GOTO */
    /* What it matches as far as fields go: the union of these cubes, which may overlap. */
    struct cube *match;
    size_t n_match, cap_match;
    /* All of these must be as said, too. LITS_NONE: the fields alone decide. */
    lits_id conds;
    const struct rewrite *rewrites;
    size_t n_rewrites;
    /* Compare with the packet as it arrived (before NAT), where set: conntrack's original tuple. */
    const struct cube *orig;
    enum moves moves_to;
    /* What it does to packets beside deciding: a number of policy_treatment(). What it rewrites is
     * told by the rewrites, and here as well where the export has words for it. */
    uint32_t treatment;
    bool reject;   /* a DENY that answers */
    bool inactive; /* written down, not in force: never matches */
    bool implicit; /* not a line of its own: the device's default made explicit */
    bool logs;
    bool has_hits;
    uint64_t hits;
};

struct rules {
    const struct rule **v;
    size_t n, cap;
};

struct lookup; /* which rules may concern a cube, without looking at all of them */

struct positions { /* in chain->rules, ascending */
    uint32_t *v;
    size_t n, cap;
};

struct chain {
    struct str table; /* "filter", "nat", … ; empty where the device has no tables */
    struct str name;  /* chain, access list, or policy */
    struct span at;   /* its declaration, or its first rule */
    struct rule **rules;
    size_t n_rules, cap_rules;
    uint32_t index; /* in the policy */
    bool builtin;   /* a path starts here */
    /* Once the policy is frozen: */
    struct positions turns; /* rules that jump, or that change packets */
    size_t n_plain;         /* so many rules from the first are: rule_is_plain() */
    size_t n_cubes;         /* of rules that are in force */
    bool logs, counts;      /* some rule logs; has been hit */
    bool implicit, idles;   /* some rule is; does nothing: rule_is_idle() */
    bool returns;           /* some rule goes back */
    struct lookup *lookup;  /* of long chains; else NULL */
};

/* ---- paths -------------------------------------------------------------------------------- */

enum path_kind { PATH_THROUGH, PATH_TO_SELF, PATH_FROM_SELF };
#define PATH_KINDS 3
extern const char *const path_names[PATH_KINDS]; /* "through", "to the device", … */

struct stage {
    struct str title;    /* "filter FORWARD", "access list INSIDE_IN": for traces */
    struct chain *chain; /* NULL: only the default */
    struct cube guard;   /* packets outside it skip the stage */
    /* When no rule decides. Traceable like a rule: number 0, implicit, PERMIT or DENY. */
    struct rule *otherwise;
    bool decides; /* a PERMIT is told as the work of this stage's rule */
};

struct path {
    struct stage *v;
    size_t n, cap;
};

/* ---- what else an export says --------------------------------------------------------------- */

/* Where an interface looks, by the configuration itself. */
enum side { SIDE_UNKNOWN, SIDE_INSIDE, SIDE_OUTSIDE };

struct interface {
    struct str name; /* nameif, interface, or zone */
    uint16_t class;  /* its value in IN and OUT */
    struct span at;
    int level;      /* ASA security level, -1 where there is none */
    enum side side; /* inferred; `why` says from what, for the list of assumptions */
    struct str why;
    struct ival *nets; /* networks behind it as far as the export says (addresses, routes) */
    enum family *families;
    size_t n_nets, cap_nets, cap_families;
};

/* Anything a pack may ask for that is not a set of packets. Keys are words joined by dots:
 *   name.fqdn       a domain name in an address place    value: the name
 *   name.string     a payload match on a domain name     value: the name
 *   dns.reverse     the device looks names up by address value: what feature
 *   dns.lookup      the device resolves names            value: interface or server
 *   route           a way that packets take              value: the line's words
 * Importers add keys; packs match them by glob. */
struct fact {
    struct str key, value;
    struct span at;
    const struct rule *rule; /* that it stands in, or NULL */
};

struct object {
    struct str kind; /* "object-group network", "object network", "set", "access-list", … */
    struct str name;
    struct span at;
    uint32_t uses; /* by rules, bindings and other objects */
};

/* A file whose rules are rows of named columns. */
struct table {
    uint32_t file;
    char separator;
    struct strs columns; /* safe to show; empty where the file names none */
};

struct policy {
    struct str device; /* hostname in the export, else what the caller says */
    struct str format;
    struct span at; /* the first line of its export */
    struct sets *sets;
    struct ifaces ifaces;
    struct path paths[PATH_KINDS];
    struct region universe; /* packets that the export speaks about (IPv4 only, say) */
    struct {
        struct chain **v;
        size_t n, cap;
    } chains;
    struct {
        struct cond *v;
        size_t n, cap;
    } conds;
    struct {
        struct interface *v;
        size_t n, cap;
    } interfaces;
    struct {
        struct fact *v;
        size_t n, cap;
    } facts;
    struct {
        struct object *v;
        size_t n, cap;
    } objects;
    struct {
        struct table *v;
        size_t n, cap;
    } tables;
    struct strs assumptions;
    struct strs treatments; /* by number: the words; number 0 has none, and does nothing */
    bool zoned;             /* rules tell interfaces or zones apart at all */
    struct arena *arena;
};

/* ---- building (for importers) --------------------------------------------------------------- */

struct policy *policy_new(struct arena *a, struct sets *s, struct str device);
struct chain *policy_chain(struct policy *p, struct str table, struct str name, struct span at);
struct chain *policy_find_chain(const struct policy *p, struct str table, struct str name);
/* A new rule at the end of CHAIN, matching nothing yet. */
struct rule *chain_rule(struct policy *p, struct chain *c, struct span at, enum action action);
/* One more cube for R, which may be changed; NULL if C is empty. */
struct cube *rule_match(struct policy *p, struct rule *r, const struct cube *c);
/* One more condition for R. Equal (kind, text) of the packet give the same number. */
void rule_cond(struct policy *p, struct rule *r, struct cond cond, bool holds);
/* The number of what WORDS say that a rule does to packets beside letting them pass or not:
 * answers, logs, translates, marks, copies. Equal words, equal number; they are copied. */
uint32_t policy_treatment(struct policy *p, struct str words);
struct stage *path_stage(struct policy *p, enum path_kind kind, struct str title,
                         struct chain *chain, struct rule *otherwise);
/* A rule of no chain, for a stage's default or an implicit entry: matches every packet. */
struct rule *policy_default(struct policy *p, struct span at, enum action action, struct str text);
void policy_fact(struct policy *p, struct str key, struct str value, struct span at,
                 const struct rule *rule);
struct interface *policy_interface(struct policy *p, struct str name, struct span at);
void interface_net(struct policy *p, struct interface *i, enum family family, struct ival net);
void policy_assume(struct policy *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The conditions that are decided for a packet of which TOLD[i] are all values of trait i, where
 * bit i of GIVEN is set. */
lits_id policy_told(const struct policy *p, const set_id told[TRAIT_COUNT], uint32_t given);
/* Some rule has been hit: counters say something. Once the policy is frozen. */
bool policy_counts(const struct policy *p);
/* It permits, denies, goes back or on with just the packets that its cubes tell, or is not in
 * force. */
bool rule_is_plain(const struct rule *r);
/* It does nothing to any packet, but perhaps log it. */
bool rule_is_idle(const struct rule *r);
/* Finds jumps that lead back to themselves from a path and reports them; the rule that closes the
 * loop becomes ACT_UNKNOWN. After this the policy is const. */
void policy_freeze(struct policy *p, struct diags *d);

/* ---- looking rules up ----------------------------------------------------------------------- */

/* Questions about the N CUBES, and about what lies in them, will be most of what is asked. */
void lookup_expect(struct lookup *l, const struct sets *s, const struct cube *cubes, size_t n);
/* The first question that was not expected makes the index, in the policy's arena. The active rules
 * that may meet C: all that do, and few that do not. False, without a list, if they are more than
 * MOST. */
bool lookup_rules(struct lookup *l, const struct sets *s, struct arena *a, const struct cube *c,
                  size_t most, struct positions *out);

#endif
