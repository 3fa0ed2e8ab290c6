/* CSV: what the files of this importer share.
 *
 * text of the file -> rows (csv_read.c) -> header and columns (csv_columns.c), by a preset
 * (csv_preset.c, rules/csv/) -> values of a cell (csv_value.c, csv_service.c), names resolved by
 * the objects beside the rules (csv_objects.c) -> rules (csv_lower.c). What rows and cells came to
 * before is not worked out again (csv_alike.c, csv_memo.c). */
#ifndef FWPROOF_CSV_INT_H
#define FWPROOF_CSV_INT_H

#include "import/import.h"

/* ---- rows: csv_read.c ----------------------------------------------------------------------- */

struct csv_cell {
    struct str text;  /* without quotes, trimmed, UTF-8: in the file, or as long as its row */
    struct str whole; /* in the file */
};

/* How the bytes of a file are to be read. */
struct csv_dialect {
    char separator; /* one of , ; TAB | by the first lines */
    bool latin1;    /* not UTF-8 */
};

struct csv_row {
    struct csv_cell *v;
    size_t n, cap;
    struct span at;
    const char *broken; /* why the row cannot be read: its cells are none; else NULL */
};

/* Where CELL, of ROW, stands in S. */
struct span csv_cell_at(const struct source *s, const struct csv_row *row,
                        const struct csv_cell *cell);
/* Called for each row in order; the row is gone afterwards. False stops the reading. */
typedef bool csv_row_fn(void *ctx, const struct csv_row *row);
char csv_separator_of(const struct source *s);
struct csv_dialect csv_dialect_of(const struct source *s);
void csv_read(struct import *im, struct source *s, struct csv_dialect dialect, csv_row_fn *fn,
              void *ctx);
/* Whether TEXT is a part of S, which may be NULL. */
static inline bool csv_stands_in(const struct source *s, struct str text)
{
    uintptr_t p = (uintptr_t)text.p, file = s == NULL ? 0 : (uintptr_t)s->bytes.p;
    return s != NULL && p >= file && p < file + s->bytes.n;
}
/* TEXT of a cell for good: a copy unless it stands in S. */
struct str csv_keep(struct arena *a, const struct source *s, struct str text);

/* ---- presets: csv_preset.c ------------------------------------------------------------------ */

/* What a column is for. R(enum, name in presets and site files). */
#define CSV_ROLES(R)                                                                               \
    R(ID, "id")                                                                                    \
    R(NAME, "name")                                                                                \
    R(TYPE, "type")   /* rows of type "section" are titles */                                      \
    R(BASE, "base")   /* rule base: chain, access list, layer */                                   \
    R(GROUP, "group") /* whose members the rules protect (security group) */                       \
    R(FROM, "from")   /* zones or interfaces of entry */                                           \
    R(TO, "to")                                                                                    \
    R(INTERFACE, "interface") /* where "direction" is looked at */                                 \
    R(INTERFACE_NOT, "interface_negate")                                                           \
    R(DIRECTION, "direction")                                                                      \
    R(SRC, "source")                                                                               \
    R(SRC_MORE, "source_more") /* more values of the same place */                                 \
    R(SRC_NOT, "source_negate")                                                                    \
    R(DST, "destination")                                                                          \
    R(DST_MORE, "destination_more")                                                                \
    R(DST_NOT, "destination_negate")                                                               \
    R(PEER, "peer") /* source of inbound, destination of outbound rows */                          \
    R(PEER_MORE, "peer_more")                                                                      \
    R(PEER_GROUP, "peer_group")                                                                    \
    R(FAMILY, "family")                                                                            \
    R(PROTO, "protocol")                                                                           \
    R(SPORT, "source_port")                                                                        \
    R(DPORT, "port")                                                                               \
    R(DPORT_TO, "port_to") /* last of a range that begins in "port" */                             \
    R(SERVICE, "service")                                                                          \
    R(APP, "application")                                                                          \
    R(USER, "user")                                                                                \
    R(SCHEDULE, "schedule")                                                                        \
    R(TAG, "tag") /* only machines that carry it */                                                \
    R(ACTION, "action")                                                                            \
    R(ALLOW, "allow") /* services that the row permits */                                          \
    R(DENY, "deny")   /* services that the row denies */                                           \
    R(QUICK, "quick") /* no: a later rule may still decide */                                      \
    R(PRIORITY, "priority")                                                                        \
    R(ENABLED, "enabled")                                                                          \
    R(DISABLED, "disabled")                                                                        \
    R(COMMENT, "comment")                                                                          \
    R(HITS, "hits")                                                                                \
    R(VALUE, "value") /* of an object: addresses, services */                                      \
    R(VALUE_MORE, "value_more")                                                                    \
    R(VALUE_TO, "value_to") /* last of a range that begins in "value" */                           \
    R(MASK, "mask")                                                                                \
    R(MEMBERS, "members") /* of a group */

enum csv_role {
#define R(role, name) COL_##role,
    CSV_ROLES(R)
#undef R
        COL_ROLES
};
extern const char *const csv_role_names[COL_ROLES];

#define CSV_WORDS(W)                                                                               \
    W(ANY, "any")                                                                                  \
    W(BLANK, "blank")               /* a cell without anything */                                  \
    W(NO_CONDITION, "no_condition") /* the same in columns beside the packet's */                  \
    W(PERMIT, "permit")                                                                            \
    W(DENY, "deny")                                                                                \
    W(REJECT, "reject")                                                                            \
    W(RETURN, "return")  /* back to the calling chain */                                           \
    W(CONTINUE, "go_on") /* nothing decided: logs, marks */                                        \
    W(BOTH, "both_families")                                                                       \
    W(LAST, "last_priority")                                                                       \
    W(YES, "yes")                                                                                  \
    W(NO, "no")                                                                                    \
    W(IN, "inbound")                                                                               \
    W(OUT, "outbound")                                                                             \
    W(SECTION, "section")                                                                          \
    W(APP_DEFAULT, "application_default")                                                          \
    W(INSIDE, "inside")                                                                            \
    W(OUTSIDE, "outside")                                                                          \
    W(NOT, "not")             /* in front of a value, or of all of a cell */                       \
    W(OFF, "disabled_mark")   /* in front of the cells of a rule that is disabled */               \
    W(ORDINARY, "ordinary")   /* types of rules that say nothing */                                \
    W(INTRAZONE, "intrazone") /* types of rules: between members of one zone only, */              \
    W(INTERZONE, "interzone") /* or of two */                                                      \
    W(V4, "ipv4")                                                                                  \
    W(V6, "ipv6")

enum csv_word {
#define W(word, name) WORD_##word,
    CSV_WORDS(W)
#undef W
        WORD_COUNT
};
_Static_assert(WORD_COUNT <= 32, "a bit for each");

enum csv_kind { KIND_RULES, KIND_ADDRESSES, KIND_SERVICES, KIND_GROUPS };
enum csv_order { ORDER_ROWS, ORDER_PRIORITY, ORDER_PRIORITY_DENY_FIRST };

struct csv_strings { /* a name and its words */
    struct str name;
    struct strs v;
};

/* Something outside the packet: columns that tell it, and words by which a cell of them says
 * nothing, besides those for any. */
struct csv_condition {
    struct str name;
    struct strs columns, any;
    bool scope; /* says whose rule it is: nothing, while all rows agree */
};

/* A name that carries its value: PATTERN (PCRE2) finds it, VALUE is made of its groups. */
struct csv_convention {
    void *pattern; /* pcre2_code */
    struct str value;
};

/* rules/csv/NAME.json. What it does not say, common.json says. */
struct csv_preset {
    struct str name, title;
    enum csv_kind kind;
    bool named_only;       /* never detected: a site file asks for it */
    struct strs header;    /* columns that must be there: the shape is told by them */
    ARRAY(uint64_t) needs; /* of each set of roles, one must have a column */
    struct strs columns[COL_ROLES];
    const uint32_t *hashes[COL_ROLES]; /* csv_column_hash() of these */
    ARRAY(struct csv_condition) conditions;
    struct strs
        treatments;      /* columns that say what is done with packets beside: logs, translation */
    struct strs ignored; /* columns without a bearing on what is filtered */
    struct strs words[WORD_COUNT];
    uint32_t begin[256];   /* the words, a bit each, of which one begins with this byte */
    uint32_t empty;        /* the words, a bit each, that may be nothing */
    struct str separators; /* of values in a cell, besides newlines */
    bool separates[256];   /* the same, by byte */
    bool plain;            /* no separator stands in "10.0.0.0/8" and "tcp/443" */
    struct str name_kind;  /* what names in address places are ("service-tag"); empty: not known */
    struct str fixed[COL_ROLES];        /* cells where there is no column */
    ARRAY(struct csv_strings) services; /* names that the product gives, with what they are */
    ARRAY(struct csv_strings) addresses;
    ARRAY(struct csv_convention) address_names, service_names;
    struct csv_implicit { /* rows that the product adds behind those of the export */
        struct str cells[COL_ROLES];
    } * implicit;
    size_t n_implicit, cap_implicit;
    enum csv_order order;
    enum csv_last { LAST_DENY, LAST_PERMIT, LAST_UNKNOWN } last; /* what no row matches */
    bool stateful, blank_is_any;
    bool steering; /* a list of what goes past a tunnel, not a firewall's rules */
};

struct csv_presets {
    struct csv_preset *v;
    size_t n, cap;
};

/* All presets in the binary. Mistakes in them are DIAG_ERROR. */
struct csv_presets csv_presets_load(struct arena *a, struct diags *d);
/* The words that the site file adds, to all presets. False after a diagnostic. */
bool csv_add_words(struct import *im, struct csv_presets *all);
bool csv_is_one_of(const struct csv_preset *p, enum csv_word word, struct str cell);
/* Notes W, of WORD, in P->begin; in any case. */
void csv_note_word(struct csv_preset *p, enum csv_word word, struct str w);
/* Whether one of WORDS, a bit each, may begin with C. */
static inline bool csv_may_begin(const struct csv_preset *p, uint32_t words, char c)
{
    return (p->begin[(unsigned char)c] & words) != 0;
}
#define CSV_BIT(word) ((uint32_t)1 << (word))
/* Whether CELL is WORD. Most are not, by their first byte. */
static inline bool csv_is(const struct csv_preset *p, enum csv_word word, struct str cell)
{
    uint32_t words = CSV_BIT(word) | (word == WORD_ANY ? CSV_BIT(WORD_BLANK) : 0);
    if (cell.n == 0)
        return word == WORD_ANY ? p->blank_is_any : (p->empty & words) != 0;
    return csv_may_begin(p, words, cell.p[0]) && csv_is_one_of(p, word, cell);
}
/* Cuts WORD off the front of *CELL; false if CELL does not begin with it. */
bool csv_begins(const struct csv_preset *p, enum csv_word word, struct str *cell);
/* Equal but for case, blanks, underscores and hyphens. */
bool csv_same(struct str a, struct str b);
uint32_t csv_same_hash(struct str s); /* equal for those that are the same */
/* Of the name of a column: without the number of "Zone#2". */
uint32_t csv_column_hash(struct str name);
struct str csv_without_number(struct str name, size_t *which);

/* ---- columns: csv_columns.c ----------------------------------------------------------------- */

/* What becomes of the cells of a column. */
enum csv_use {
    USE_READ,      /* by its role */
    USE_TYPE,      /* too, but types of rules that nobody knows restrict it */
    USE_IGNORED,   /* has no bearing on what is filtered */
    USE_TREATMENT, /* nor has this, but it says what is done with packets beside */
    USE_CONDITION, /* restricts the rule by something outside the packet */
    USE_SCOPE,     /* whose rule it is: a condition once the rows differ */
    USE_UNKNOWN,   /* nobody knows: restricts the rule, and is told */
};

#define CSV_ROWS_TOLD 5
struct csv_column {
    enum csv_use use;
    const struct csv_condition *condition; /* of USE_CONDITION and USE_SCOPE */
    struct str value;                      /* USE_SCOPE: of the first row */
    bool differs;                          /* USE_SCOPE: not of all rows */
    struct span at;                        /* of the first cell that restricts its rule */
    uint32_t rows;                         /* that have such a cell; the first of them: */
    uint32_t row[CSV_ROWS_TOLD];
    struct str nothing; /* a text in it that says nothing, seen last */
};

struct csv_columns {
    const struct csv_preset *preset;
    struct csv_dialect dialect;
    size_t at[COL_ROLES];       /* column + 1; 0: none */
    struct strs names;          /* of the columns; empty without a header */
    ARRAY(struct csv_column) v; /* all that rows have had so far */
    bool has_header;
    bool asking;        /* some role may ask for something outside the packet */
    struct span header; /* what stands before it is not rules */
};

/* A row that may be a header, with csv_same_hash() of its cells: it is held against many names. */
#define CSV_HEADER_MAX 500 /* columns of a row that is taken for a header */
struct csv_heading {
    const struct csv_row *row;
    uint32_t hash[CSV_HEADER_MAX];
};
struct csv_heading csv_heading_of(const struct csv_row *row);
/* How well H is the header of P: 0 not at all. Fills C. */
size_t csv_header_fits(const struct csv_preset *p, const struct csv_heading *h,
                       struct csv_columns *c);
/* The name of column I, or its number from 1 where it has none. */
struct str csv_column_name(struct arena *a, const struct csv_columns *c, size_t i);
/* Makes room in C->v for the first N columns, with their use. */
void csv_use_columns(struct import *im, struct csv_columns *c, size_t n);
/* By the first rows of S. False after a diagnostic that prints the columns seen. */
bool csv_find_columns(struct import *im, const struct csv_presets *presets, struct source *s,
                      struct csv_dialect dialect, struct csv_columns *c);

/* ---- values, services, objects -------------------------------------------------------------- */

/* Where a rule comes, when rows are not in the order of their effect. */
struct csv_place_in_order {
    struct rule *rule;
    uint64_t priority;
    size_t row;
};

/* A row whose action is none may lead to rows of its own: those with id "3.1" under that with
 * "3" (Check Point's inline layers). */
struct csv_layer {
    struct chain *chain; /* NULL until such a row is seen */
};

/* A cell of addresses. */
struct csv_place {
    set_id v[2];       /* by family */
    struct strs names; /* what is not an address: tags, domain names, unknown objects */
    bool negated;      /* the cell means everything but this */
};
/* A cell of services. */
struct csv_service {
    set_id proto, sport, dport;
};
struct csv_service_set {
    struct csv_service *v;
    size_t n, cap;
    struct strs names;
};
struct csv_door {
    set_id in, out;
};

/* ---- what cells came to before: csv_memo.c ------------------------------------------------- */

enum csv_memo_kind { MEMO_SOURCE, MEMO_DESTINATION, MEMO_SERVICES, MEMO_KINDS };
#define CSV_KEY_MAX 7      /* columns on which one thing hangs */
#define CSV_MEMO_OBJECTS 6 /* more, and cells are read again */
#define CSV_MEMO_SETS 6    /* services, or doors */

struct csv_memo {
    struct str key[CSV_KEY_MAX];        /* texts of columns; they stand in the file */
    uint32_t objects[CSV_MEMO_OBJECTS]; /* that they name */
    size_t n_objects;
    bool known;
    union {
        struct {
            set_id v[2];
            enum csv_role role;
            bool negated;
        } place;
        struct {
            set_id protos, sports;
            struct csv_service v[CSV_MEMO_SETS];
            size_t n;
        } services;
    };
};

/* What a name carries, by what the product or a convention says. */
struct csv_named {
    struct str name; /* it stands in the file */
    bool carries;
    set_id v[2];
};

struct csv_memos {
    struct csv_named *names;        /* addresses */
    struct csv_memo *v[MEMO_KINDS]; /* NULL: nothing is remembered */
    size_t slots;                   /* of each; a power of two */
    enum csv_role roles[MEMO_KINDS][CSV_KEY_MAX];
    size_t n_roles[MEMO_KINDS];
    bool alone[MEMO_KINDS]; /* it hangs on a column that holds it as such, and on nothing else */
    /* Since csv_recall(): objects that cells name, and effects that were there before. */
    uint32_t used[CSV_MEMO_OBJECTS];
    size_t n_used, effects;
};

/* ---- rows that are alike: csv_alike.c ------------------------------------------------------- */

/* What all rows of a kind have in common. */
struct csv_alike {
    struct str *key; /* what stands in csv_alikes.columns; in the file */
    bool known;
    bool known_action; /* looked over */
    struct rule base;  /* lowered: of the first of them */
    set_id families;
    struct csv_door doors[CSV_MEMO_SETS];
    size_t n_doors;
};

struct csv_alikes {
    struct csv_alike *v; /* NULL: none are */
    size_t cells;        /* of each such row */
    size_t *columns, n;  /* in which they have the same text */
};

/* One device's import. */
struct csv {
    struct import *im;
    struct policy *policy;
    const struct source *source; /* the file that is being read, or NULL */
    struct arena *values;        /* where values of cells go: scratch for rows */
    struct chain *rules;         /* of the rows that name no other */
    struct csv_presets presets;
    const struct csv_preset *preset;                 /* of the file that is being read */
    struct map *addresses, *services, *applications; /* objects by name */
    set_id one[2], all[2];                           /* each family, and all of its addresses */
    void *limits, *match;                            /* of PCRE2, for conventions */
    struct csv_memos memos;
    struct csv_alikes alikes;
    size_t effects;      /* how often a cell had one that its text does not show */
    struct cube any;     /* every packet */
    struct region cubes; /* of the rule that is being made: scratch */
    struct map *told;    /* what is said once: names resolved by conventions, and so on */
    size_t n_told;
    struct map *zones;  /* names that are interfaces of the policy already */
    struct map *layers; /* struct csv_layer by the id of the row that leads there */
    enum csv_order by;  /* how the rules of the device are ordered */
    ARRAY(struct csv_place_in_order) order; /* of the rules, unless it is that of the rows */
};

struct csv_object {
    struct str name, text, sport; /* text empty: not known */
    struct span at;
    size_t index; /* in policy->objects */
    enum { OBJECT_NEW, OBJECT_OPEN, OBJECT_DONE } state;
    struct csv_place place;
    struct csv_service_set services;
};

/* Sets united in one go: one by one would be quadratic, and each step a set that is kept. */
struct csv_union {
    set_id one; /* while there is no more than one set */
    struct ival *v;
    size_t n, cap;
};
void csv_unite(struct csv *x, struct csv_union *to, set_id set);
set_id csv_united(struct csv *x, struct csv_union *u);

/* NAMES with each of them once: groups of groups may have one by very many ways. */
void csv_names_once(struct csv *x, struct strs *names);

/* Cuts the next value of a cell. */
bool csv_next_value(const struct csv_preset *p, struct str *rest, struct str *value);
/* "443", and "443.0" as spreadsheets and data frames write it. */
bool csv_number(struct str s, uint64_t max, uint64_t *out);
bool csv_is_domain(struct str s);
/* Says a thing about the device once; after CSV_TOLD_MAX things, only how many there are. */
#define CSV_TOLD_MAX 50
void csv_assume_once(struct csv *x, struct str key, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* VALUE by the conventions V, or empty. */
struct str csv_by_convention(struct csv *x, const struct csv_convention *v, size_t n,
                             struct str value);
struct csv_place csv_addresses(struct csv *x, struct str cell, struct span at, int depth);
/* "10.0.0.1" and "10.0.0.0/8" in one go, as csv_addresses() reads them; false for all else. */
bool csv_plain_address(const struct csv *x, struct str cell, struct ival *out);
/* MUST: protocols of the row; SPORT: its source ports. */
struct csv_service_set csv_services(struct csv *x, struct str cell, set_id must, set_id sport,
                                    struct span at, int depth);
/* "tcp/443" and "udp/53" in one go, as csv_services() reads them; false for all else. */
bool csv_plain_service(struct csv *x, struct str cell, struct csv_service *out);
bool csv_protocols(struct csv *x, struct str cell, set_id *out);
bool csv_ports(struct csv *x, struct str cell, set_id *out);
set_id csv_protos_with_ports(struct csv *x);

#define CSV_DEPTH_MAX 64 /* groups in groups */
void csv_read_objects(struct csv *x, struct source *s, struct csv_columns *c);
const struct csv_place *csv_address_object(struct csv *x, struct str name, struct span at,
                                           int depth);
const struct csv_service_set *csv_service_object(struct csv *x, struct map *in, struct str name,
                                                 struct span at, int depth);

/* ---- rules: csv_record.c, csv_lower.c ------------------------------------------------------- */

/* A row by roles. */
struct csv_record {
    struct str cell[COL_ROLES]; /* the preset's fixed text where there is no column */
    const struct csv_row *row;  /* NULL: implicit; else of */
    const struct source *source;
    struct csv_columns *columns;
    struct csv_alike *alike; /* what rows like this came to, or the place for it; NULL: none */
    struct span at;
    struct str text;    /* of the whole row, if it is implicit */
    uint32_t number;    /* 0: implicit */
    bool extra;         /* has text behind the last column */
    bool disabled;      /* marked so in front of its cells */
    const char *broken; /* why it cannot be read, or NULL */
};
/* Where the cell of ROLE stands; the row, where it has none. */
struct span csv_at(const struct csv_record *r, enum csv_role role);
/* Tells the rows of rules that S has; titles and text before the header are classed. */
typedef void csv_record_fn(struct csv *x, struct source *s, const struct csv_record *r);
void csv_records(struct csv *x, struct source *s, struct csv_columns *c, csv_record_fn *fn);
struct csv_record csv_record_of_implicit(struct csv *x, struct csv_columns *c, size_t i);

/* What must be known of all rows before the first is lowered: zones, which sets are made of, and
 * whether all rows are of one device. */
void csv_look_over(struct csv *x, struct source *s, const struct csv_record *r);
/* What IN and OUT may be: one of these pairs. */
struct csv_doors {
    struct csv_door *v;
    size_t n, cap;
};
struct csv_doors csv_doors_of(struct csv *x, const struct csv_record *r);

/* For the rows of x->source, in A. */
void csv_memos_start(struct csv *x, struct arena *a, const struct csv_columns *c);
void csv_memos_end(struct csv *x);
/* What the cells of R came to, or, where it is not KNOWN, the place to note it once they are read
 * and csv_remember() says so. NULL: nothing is remembered of them. */
struct csv_memo *csv_recall(struct csv *x, const struct csv_record *r, enum csv_memo_kind kind);
bool csv_remember(struct csv *x, struct csv_memo *m);
/* The slot for NAME, new (without a name) or with what it carries; NULL: nothing is remembered. */
struct csv_named *csv_recall_name(struct csv *x, struct str name);
/* Of the length and both ends of S, which stands in IN, or is nothing. */
uint64_t csv_quick_hash(const struct source *in, struct str s);
/* A cell names OBJECT, by its index. */
void csv_memo_object(struct csv *x, size_t object);

/* For the rows of x->source, in A. */
void csv_alikes_start(struct csv *x, struct arena *a, struct csv_columns *c);
/* What ROW has in common with rows before, or, where it is not KNOWN, the place to note it. NULL:
 * nothing is. */
struct csv_alike *csv_alike_of(struct csv *x, const struct csv_row *row);
/* Grows with all that a row does beside its rules: diagnostics, and what its cells do not show. */
static inline size_t csv_effects(const struct csv *x)
{
    return x->effects + x->im->diags->n + x->im->diags->dropped;
}

/* A row on its way to rules. */
enum csv_where { SOURCE, DESTINATION, SERVICE, PLACES };

struct csv_lowered {
    struct csv *x;
    struct source *source;
    const struct csv_record *r;
    struct rule base; /* what all rules of the row have in common */
    struct csv_place place[2];
    enum csv_role role[2]; /* of the columns that say the places */
    struct ival plain[2];  /* a place that is no more than one address or prefix */
    bool is_plain[2];
    struct csv_service_set services;
    set_id families, protos, sports;
    bool asks;      /* for something outside the packet */
    bool own_ports; /* only ports that the applications have by default, which are not known */
    bool read;      /* all cells were understood */
};

/* INCOMPLETE, with the row, the column, and what is wrong with TEXT. */
void csv_not_known(struct csv_lowered *w, enum csv_role role, struct str text, const char *what);
/* Columns beside those of roles: what nobody knows is told later, once for all rows. */
void csv_note_columns(struct csv_lowered *w);
/* Whether a column of C, or what is fixed without one, may ask for more than fields of packets. */
bool csv_may_ask(const struct csv_columns *c);
/* Words in columns that have words of their own, which are none of them. */
void csv_tell_odd(struct csv_lowered *w);
void csv_add_conditions(struct csv_lowered *w, struct rule *rule);
/* What the row does beside deciding: struct rule. */
uint32_t csv_treatment(const struct csv_lowered *w);
/* What NAMES in PLACE stand for is one condition: the packet is in one of them, or not. */
void csv_add_names(struct csv_lowered *w, struct rule *rule, enum csv_where place,
                   const struct strs *names, bool holds);

/* Adds the rules of one row; a broken one may do anything. */
struct chain *csv_rules_chain(struct csv *x);
/* The layer that rows with this ID lead to (PARENT: that the row stands in), or NULL. */
struct chain *csv_layer_of(const struct csv *x, struct str id, bool parent);
bool csv_action_is_known(const struct csv_preset *p, struct str action);
void csv_lower(struct csv *x, struct source *s, const struct csv_record *r);

#endif
