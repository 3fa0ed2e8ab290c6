/* CSV: what the files of this importer share. bytes → rows (csv_read.c) → what the columns are, by
 * a preset (csv_preset.c) → cells to sets (csv_cells.c), names by objects (csv_objects.c) → policy
 * (csv.c). */
#ifndef FWPROOF_CSV_INT_H
#define FWPROOF_CSV_INT_H

#include "import/import.h"

/* ---- rows ----------------------------------------------------------------------------------- */

struct csv_cell {
    struct str text; /* without quotes, trimmed */
    struct span at;
};

struct csv_row {
    struct csv_cell *v;
    size_t n, cap;
    struct span at;
};

struct csv_table {
    struct csv_row *v;
    size_t n, cap;
    char separator;
};

/* All rows, with true lines and columns. False after a diagnostic, if nothing could be read. */
bool csv_read(struct import *im, struct source *s, struct csv_table *table);
char csv_separator(struct str head);

/* ---- presets -------------------------------------------------------------------------------- */

/* What a column is for. The first name is the word in presets and in the site file's mapping. */
#define CSV_ROLES(R)                                                                               \
    R(ID, "id")                                                                                    \
    R(NAME, "name")                                                                                \
    R(FROM, "from")                                                                                \
    R(TO, "to")                                                                                    \
    R(SRC, "source")                                                                               \
    R(SRC_NOT, "source_negate")                                                                    \
    R(DST, "destination")                                                                          \
    R(DST_NOT, "destination_negate")                                                               \
    R(PEER, "peer")                                                                                \
    R(DIRECTION, "direction")                                                                      \
    R(PROTO, "protocol")                                                                           \
    R(SPORT, "source_port")                                                                        \
    R(DPORT, "port")                                                                               \
    R(PORT_FROM, "from_port")                                                                      \
    R(PORT_TO, "to_port")                                                                          \
    R(SERVICE, "service")                                                                          \
    R(PERMITS, "permit_service")                                                                   \
    R(DENIES, "deny_service")                                                                      \
    R(APP, "application")                                                                          \
    R(USER, "user")                                                                                \
    R(SCHEDULE, "schedule")                                                                        \
    R(ACTION, "action")                                                                            \
    R(ENABLED, "enabled")                                                                          \
    R(DISABLED, "disabled")                                                                        \
    R(COMMENT, "comment")                                                                          \
    R(HITS, "hits")                                                                                \
    R(PRIORITY, "priority")                                                                        \
    R(VALUE, "value")

enum csv_role {
#define R(name, word) COL_##name,
    CSV_ROLES(R)
#undef R
        COL_ROLES
};
extern const char *const csv_role_names[COL_ROLES];

#define CSV_WORDS(W)                                                                               \
    W(ANY, "any")                                                                                  \
    W(NONE, "none")                                                                                \
    W(PERMIT, "permit")                                                                            \
    W(DENY, "deny")                                                                                \
    W(YES, "yes")                                                                                  \
    W(NO, "no")                                                                                    \
    W(INBOUND, "inbound")                                                                          \
    W(OUTBOUND, "outbound")                                                                        \
    W(INSIDE, "inside")                                                                            \
    W(OUTSIDE, "outside")

enum csv_word {
#define W(name, word) WORD_##name,
    CSV_WORDS(W)
#undef W
        WORD_KINDS
};

enum csv_order { ORDER_ROW, ORDER_PRIORITY, ORDER_UNORDERED };

struct csv_preset {
    struct str name, title;
    struct str objects;               /* "address", "service", "group": no rules but objects */
    struct strs header;               /* what a header must have */
    struct strs columns[COL_ROLES];   /* names of the column; "Zone#2" is the second Zone */
    struct strs words[WORD_KINDS];    /* empty: those of the generic preset */
    struct map *services;             /* name (lower case) → struct str */
    const struct csv_preset *generic; /* NULL for the generic one itself */
    enum csv_order order;
    bool last_permits, last_outbound_permits, stateful;
    bool permits; /* rows without an action column permit */
};

struct csv_presets {
    struct csv_preset **v;
    size_t n, cap;
    struct csv_preset *generic;
};

/* All presets that ship. A mistake in one is a DIAG_ERROR. */
struct csv_presets csv_presets_load(struct import *im);

#define CSV_SAME_ROLE 4
struct csv_columns {
    struct {
        size_t v[CSV_SAME_ROLE]; /* column + 1; 0: none */
    } at[COL_ROLES];
    size_t header; /* row of the header; rules begin behind it */
    const struct csv_preset *preset;
};

/* From the site file's mapping, else by the preset that fits the header best. False after a
 * diagnostic that prints the columns seen and a mapping to complete. */
bool csv_find_columns(struct import *im, const struct csv_presets *presets,
                      const struct csv_table *t, struct csv_columns *columns);
bool csv_is_word(const struct csv_preset *p, enum csv_word word, struct str cell);
/* P with the words that the site file adds. False after a diagnostic. */
bool csv_add_words(struct import *im, struct csv_preset *p);
/* The columns as a line for the list of assumptions. */
struct str csv_columns_text(struct import *im, const struct csv_table *t,
                            const struct csv_columns *c);
/* Like a header of rules, by the words alone: 0-95. */
int csv_header_score(const struct str *cells, size_t n);

/* ---- objects and cells ------------------------------------------------------------------------
 */

struct csv_object {
    struct str name;
    struct str value; /* a cell's text */
    struct span at;
    size_t index; /* in the policy's objects */
    bool open;    /* being resolved: it leads back to itself */
};

struct csv_objects {
    struct map *addresses, *services, *groups; /* by name → struct csv_object */
};
void csv_objects_init(struct import *im, struct csv_objects *o);
void csv_objects_read(struct import *im, struct policy *p, struct csv_objects *o, struct source *s,
                      const struct csv_table *t, const struct csv_columns *c);

/* What turns cells into sets. */
struct csv_reader {
    struct import *im;
    struct policy *policy;
    const struct csv_preset *preset;
    struct csv_objects objects;
    set_id last_proto;                            /* "tcp/80,443": the second port is TCP's, too */
    size_t by_convention;                         /* names read for the value that they carry */
    struct str convention_name, convention_value; /* the first of them */
};

struct csv_places {    /* a cell of addresses */
    set_id v[2];       /* by family */
    struct strs names; /* what is not an address and no object */
};
void csv_addresses(struct csv_reader *r, struct str cell, struct span at, struct csv_places *out);

struct csv_services {
    struct cube *v; /* protocol and ports: their union */
    size_t n, cap;
    struct strs names; /* what nothing explains */
    struct strs conds; /* what is known to hang on more than the packet */
};
/* Ports and protocols by their own columns; false: a cell is not understood, *BAD. */
bool csv_ports(struct csv_reader *r, struct str proto, struct str sport, struct str dport,
               struct csv_services *out, struct str *bad);
void csv_service_list(struct csv_reader *r, struct str cell, struct span at,
                      struct csv_services *out);
bool csv_next_value(struct str *rest, struct str *value); /* several values in a cell */
struct str csv_lower(struct arena *a, struct str s);

#endif
