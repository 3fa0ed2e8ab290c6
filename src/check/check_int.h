/* Shared by the kinds of rules. Private to this folder. */
#ifndef FWPROOF_CHECK_INT_H
#define FWPROOF_CHECK_INT_H

#include "check/check.h"

struct variables;

/* ---- addresses ------------------------------------------------------------------------------ */

/* Addresses of both families, as sets of the policy. */
struct addrs {
    set_id v[2]; /* by enum family */
};
struct addrs addrs_of(struct check *c, const struct nets *n);
struct addrs addrs_any(struct check *c);
struct addrs addrs_private(struct check *c); /* RFC 1918, RFC 4193 */
struct addrs
addrs_unicast(struct check *c); /* what a host may have as its own: not RFC 6890's rest */
struct addrs addrs_internet(struct check *c); /* globally reachable (RFC 6890) */
struct addrs addrs_and(struct check *c, struct addrs x, struct addrs y);
struct addrs addrs_or(struct check *c, struct addrs x, struct addrs y);
struct addrs addrs_minus(struct check *c, struct addrs x, struct addrs y);
bool addrs_none(struct addrs x);
bool addrs_eq(struct addrs x, struct addrs y);
/* "10.1.0.0/16, 10.2.0.0/16 and 3 more". */
struct str addrs_text(struct check *c, struct addrs x, size_t limit);
struct strs addrs_list(struct check *c, struct addrs x);

/* ---- zones ---------------------------------------------------------------------------------- */

/* One way into or out of a zone: an interface and what may stand behind it. */
struct door {
    set_id iface;
    struct addrs behind;
};

struct place {
    struct str name;
    struct {
        struct door *v;
        size_t n, cap;
    } doors;
    struct addrs nets;  /* all that may be there */
    struct addrs known; /* what the export says is there (addresses, routes); may be empty */
    bool given;         /* nets are told by the site file */
    bool self;          /* it is the device itself */
};

/* Which packets are looked at for traffic between two zones. */
struct way {
    enum path_kind path;
    struct place from, to;
};

/* The way from zone FROM to zone TO. What is inferred becomes an assumption. False, with the
 * reason and what to add to the site file, when the zones are not known. */
bool way_find(struct check *c, struct str from, struct str to, struct way *way, struct str *reason,
              struct strs *advice);
/* The networks of the ROLES that the site knows; how many of them it knows. */
size_t roles_nets(struct check *c, const struct strs *roles, struct addrs *out);
void assume(struct check *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* ---- spaces --------------------------------------------------------------------------------- */

struct port_range {
    uint16_t lo, hi;
};
/* "udp/5060", "tcp/80,443", "udp/16384-65535", "esp", "any": as in the pack, free of any policy. */
struct service_def {
    struct str text;
    bool any_proto; /* everything but ICMP: what opens connections */
    uint8_t proto;
    struct {
        struct port_range *v;
        size_t n, cap;
    } ports, source_ports; /* none: any */
};
bool service_parse(struct arena *a, struct str text, struct service_def *out);
bool ports_parse(struct arena *a, struct str text, struct service_def *out, bool source);

/* New connections by SERVICE from addresses SRC to DST, along WAY, as an ordinary host sends them:
 * state NEW, TCP SYN, no fragment, not yet marked. */
struct region space_of(struct check *c, const struct way *way, const struct service_def *service,
                       struct addrs src, struct addrs dst);
struct addrs region_addrs(struct check *c, const struct region *r, enum field f);
/* The part of R with F inside X. */
struct region region_within(struct check *c, const struct region *r, enum field f, struct addrs x);

/* The same packets as people speak of them: without the fields that space_of() fixes for all, and
 * canonical. */
struct region told(struct check *c, const struct region *r);
/* R's packets, told apart only by FIELDS (bit per field); canonical. */
struct region region_on(struct check *c, const struct region *r, uint32_t fields);
struct budget budget_of(const struct check *c);
struct budget budget_steps(const struct check *c, uint64_t steps); /* so many at most */
/* For one of many questions: so many steps at most, a little memory, and none once that of all is
 * gone. */
struct budget budget_small(const struct check *c, uint64_t steps);
/* For questions on each rule of the policy, of at most EACH steps. So that many hard ones do not
 * take hours, all together take no more than a limit that real sets of thousands of rules keep. */
struct purse purse_of(const struct check *c, uint64_t each);

/* ---- what a finding says of sets ------------------------------------------------------------ */

/* MISSING, a part of REQUIRED, measured and named in the unit that fits it. */
struct measure {
    struct coverage coverage;
    struct str missing;       /* "192.0.2.12, 192.0.2.13", "32769-65535" */
    struct str part;          /* ports: "the head", "the tail", "a gap" */
    struct addrs dst;         /* destinations that miss something */
    set_id ports, have_ports; /* destination ports that miss something, that miss nothing */
};
struct measure measure_of(struct check *c, const struct region *required,
                          const struct region *missing);
void measure_variables(struct check *c, const struct measure *m, struct variables *v);
/* Puts F where the most of REQUIRED is permitted, else where MISSING is denied, and names each
 * line that denies a part of it. The deciding rule for the fix. */
const struct rule *locate(struct check *c, struct finding *f, const struct way *way,
                          const struct region *required, const struct region *missing);
/* "string "x" on line 4": what decisions on R hang on. */
struct str conditions_text(struct check *c, const struct way *way, const struct region *r);

/* ---- two policies side by side (compare.c) ----------------------------------------------------
 */

/* Where policies are compared: the packets of SPACE on PATH that one of them permits, for sure or
 * perhaps, and the other not so. False if C is alone, or that is not known. */
bool compared_space(struct check *c, enum path_kind path, const struct region *space,
                    struct region *changed);

/* ---- results -------------------------------------------------------------------------------- */

struct control *control_add(struct check *c, const struct rule_def *r, enum status status,
                            struct str reason);
/* R could not be decided within the steps there are: the result is incomplete. What to say of it.
 */
struct str limit_reached(struct check *c, const struct rule_def *r);
/* A finding with the rule's own title and severity. */
struct finding *finding_add(struct check *c, const struct rule_def *r);
/* Adds a copy of what R, which one rule came to, has: without anything in R's arena. */
void result_keep(struct result *to, const struct result *r);
/* Adds what the policy's zones are open to. */
void exposure_find(struct check *c);
/* Follows the witness of F, if pictures are wanted, to the first VERDICT that it gets. */
void finding_path(struct check *c, struct finding *f, enum path_kind path, enum verdict verdict);
/* Findings of the policy from FIRST on get their fingerprints. */
void findings_name(struct check *c, size_t first);
/* Runs R, if it applies. */
void rule_run(struct check *c, const struct rule_def *r);
/* Gives F its fingerprint, where check_run() does not. */
void finding_name(struct check *c, struct finding *f);
/* R was decided for some device. */
bool rule_ran(const struct check *c, const struct rule_def *r);
/* One name for a rule and a device. */
struct str control_key(struct check *c, const struct rule_def *r, const struct policy *p);
void finding_relate(struct check *c, struct finding *f, struct span at, struct str message);
/* Says the row and the column in findings from FIRST on, where the policy is of tables. */
void say_rows(struct check *c, size_t first);
void advise(struct check *c, struct strs *advice, struct str line);
void advise_roles(struct check *c, struct strs *advice, const struct strs *roles);
/* False, after a control that says so, if the site does not use what the rule is about. */
bool rule_applies(struct check *c, const struct rule_def *r);

/* TEXT fits one of PATTERNS, in which '*' stands for any run of characters. */
bool glob_any(const struct strs *patterns, struct str text);

/* ---- rules as they stand in the export ------------------------------------------------------ */

/* The chains that packets may get to, by index. */
const bool *chains_reached(struct check *c);
/* The first of WORDS that stands in R's line, name or remark, whatever its case; or the empty. */
struct str rule_claims(const struct rule *r, const struct strs *words);

/* The policy says what bypasses a tunnel or a cloud platform ("permit") and what does not. */
bool is_steering(const struct check *c);

/* {name} in templates. */
struct variable {
    const char *name;
    struct str value;
};
struct variables {
    struct variable *v;
    size_t n, cap;
};
void variable_set(struct check *c, struct variables *v, const char *name, struct str value);
struct str template_fill(struct arena *a, struct str text, const struct variables *v);

struct str join(struct arena *a, const struct strs *list, const char *between, size_t limit);
/* A set of packets in words: LIMIT boxes at most, so many values of a field. */
struct str region_text(struct check *c, const struct region *r, size_t limit, size_t values);
#define WHOLE (SIZE_MAX - 1)                            /* no limit */
struct str spots_text(struct check *c, struct span at); /* "line 7" */

/* ---- fixes ---------------------------------------------------------------------------------- */

/* Fills f->fix from the rule's templates for the syntax of the policy. {permit} stands for lines
 * that permit WANT (placed before DENY, the rule that decides now); {remove} for taking RULE out.
 */
struct fix {
    const struct region *want;
    const struct rule *deny, *remove;
    const struct way *way;
    bool any_source, any_destination; /* not worth naming in the fix */
};
void fix_add(struct check *c, struct finding *f, const struct fix *fix, const struct variables *v);

#endif
