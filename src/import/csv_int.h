/* CSV: what the files of this importer share. */
#ifndef FWPROOF_CSV_INT_H
#define FWPROOF_CSV_INT_H

#include "import/import.h"

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

/* csv_read.c: all rows, with true lines and columns. False after a diagnostic. */
bool csv_read(struct import *im, struct source *s, struct csv_table *table);
char csv_separator(struct str head);

/* What a column is for. */
enum csv_role {
    COL_ID,
    COL_NAME,
    COL_FROM,
    COL_TO,
    COL_SRC,
    COL_SRC_NOT,
    COL_DST,
    COL_DST_NOT,
    COL_PROTO,
    COL_SPORT,
    COL_DPORT,
    COL_SERVICE,
    COL_APP,
    COL_USER,
    COL_SCHEDULE,
    COL_ACTION,
    COL_ENABLED,
    COL_DISABLED,
    COL_COMMENT,
    COL_HITS,
    COL_ROLES
};
extern const char *const csv_role_names[COL_ROLES];

struct csv_columns {
    size_t at[COL_ROLES]; /* column + 1; 0: none */
    size_t header;        /* row of the header; rules begin behind it */
};

/* csv_columns.c: from the mapping, else from the words of the header. False after a diagnostic
 * that prints the columns seen. */
bool csv_find_columns(struct import *im, struct source *s, const struct csv_table *t,
                      struct csv_columns *columns);
int csv_header_score(const struct csv_row *row);

/* csv_cells.c */
struct csv_places { /* a cell of addresses */
    set_id v[2];    /* by family */
    bool any;
    struct strs names; /* what is not an address */
};
struct csv_places csv_addresses(struct import *im, struct str cell);
/* Cubes of protocol and ports; NAMES are what is not known. */
struct csv_services {
    struct cube *v;
    size_t n, cap;
    struct strs names;
};
struct csv_services csv_services(struct import *im, struct str service, struct str proto,
                                 struct str sport, struct str dport);
enum csv_word { WORD_NONE, WORD_ANY, WORD_PERMIT, WORD_DENY, WORD_YES, WORD_NO };
enum csv_word csv_word(struct str cell);
bool csv_next_value(struct str *rest, struct str *value); /* several values in a cell */

#endif
