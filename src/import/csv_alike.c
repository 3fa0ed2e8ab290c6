/* Rows that are alike: in all columns that are not read for each row, they have the same text. Most
 * rows of a long file are like one before, and what these columns come to is kept with the first of
 * them: zones, action, whether the rule is in force. A few such kinds are known at a time. */
#include "import/csv_int.h"

#define SLOTS ((size_t)64)

/* Columns of these roles are read for each row, whatever the rows before said. */
static const enum csv_role of_each[] = {
    COL_ID,       COL_NAME,     COL_COMMENT, COL_HITS,      COL_PRIORITY, COL_SRC,   COL_SRC_MORE,
    COL_DST,      COL_DST_MORE, COL_PEER,    COL_PEER_MORE, COL_PROTO,    COL_SPORT, COL_DPORT,
    COL_DPORT_TO, COL_SERVICE,  COL_APP,     COL_USER,      COL_SCHEDULE, COL_TAG,   COL_PEER_GROUP,
};

static bool is_of_each(enum csv_role role)
{
    for (size_t i = 0; i < sizeof of_each / sizeof *of_each; i++)
        if (of_each[i] == role)
            return true;
    return false;
}

/* Whether rows may differ in column I, and still be alike. */
static bool may_differ(const struct csv_columns *c, size_t i)
{
    bool may = c->v.v[i].use == USE_READ || c->v.v[i].use == USE_IGNORED;
    for (int role = 0; role < COL_ROLES && may; role++)
        may = c->at[role] != i + 1 || is_of_each((enum csv_role)role);
    return may;
}

void csv_alikes_start(struct csv *x, struct arena *a, struct csv_columns *c)
{
    struct csv_alikes *all = &x->alikes;
    *all = (struct csv_alikes){.cells = c->names.n};
    if (x->im->in_full || !c->has_header)
        return;
    csv_use_columns(x->im, c, all->cells);
    all->columns = NEW_N(a, size_t, all->cells);
    for (size_t i = 0; i < all->cells; i++)
        if (!may_differ(c, i))
            all->columns[all->n++] = i;
    all->v = NEW_N(a, struct csv_alike, SLOTS);
    for (size_t i = 0; i < SLOTS; i++)
        all->v[i].key = NEW_N(a, struct str, all->n);
}

struct csv_alike *csv_alike_of(struct csv *x, const struct csv_row *row)
{
    const struct csv_alikes *all = &x->alikes;
    uint64_t hash = 0;
    if (all->v == NULL || row->broken != NULL || row->n != all->cells)
        return NULL;
    for (size_t i = 0; i < all->n; i++) {
        struct str text = row->v[all->columns[i]].text;
        if (text.n != 0 && !csv_stands_in(x->source, text))
            return NULL;
        hash = hash * 31 + csv_quick_hash(x->source, text);
    }
    struct csv_alike *like = &all->v[(hash >> 40) & (SLOTS - 1)];
    for (size_t i = 0; i < all->n; i++) {
        struct str text = row->v[all->columns[i]].text;
        like->known = like->known && str_eq(text, like->key[i]);
        like->key[i] = text;
    }
    return like;
}
