/* What cells came to in a row before: the same texts in the same columns come to the same. Only
 * what has no other effect is remembered: no diagnostic, no name that is not known. Slots are few,
 * and a new text takes the place of an old one. */
#include "import/csv_int.h"

#define SLOTS_MIN ((size_t)16)
#define SLOTS_MAX ((size_t)512)

/* The columns on which each kind hangs, besides what is the same in all rows of a file. */
static const struct {
    size_t n;
    enum csv_role v[CSV_KEY_MAX];
} keys[MEMO_KINDS] = {
    [MEMO_SOURCE] = {7,
                     {COL_SRC, COL_SRC_MORE, COL_SRC_NOT, COL_PEER, COL_PEER_MORE, COL_PEER_GROUP,
                      COL_DIRECTION}},
    [MEMO_DESTINATION] = {7,
                          {COL_DST, COL_DST_MORE, COL_DST_NOT, COL_PEER, COL_PEER_MORE,
                           COL_PEER_GROUP, COL_DIRECTION}},
    [MEMO_SERVICES] = {7,
                       {COL_SERVICE, COL_PROTO, COL_SPORT, COL_DPORT, COL_DPORT_TO, COL_ALLOW,
                        COL_DENY}},
};

void csv_memos_start(struct csv *x, struct arena *a, const struct csv_columns *c)
{
    struct csv_memos *m = &x->memos;
    size_t slots = SLOTS_MIN;
    while (slots < SLOTS_MAX && slots < x->source->n_lines)
        slots *= 2;
    for (int kind = 0; kind < MEMO_KINDS && !x->im->in_full; kind++) {
        m->n_roles[kind] = 0;
        m->alone[kind] = c->preset->empty == 0 && c->at[keys[kind].v[0]] != 0;
        for (size_t i = 0; i < keys[kind].n; i++) {
            enum csv_role role = keys[kind].v[i];
            if (c->at[role] != 0)
                m->roles[kind][m->n_roles[kind]++] = role;
            if (i != 0 && (c->at[role] != 0 || c->preset->fixed[role].n != 0))
                m->alone[kind] = false;
        }
        m->v[kind] = NEW_N(a, struct csv_memo, slots);
    }
    m->slots = slots;
    if (!x->im->in_full)
        m->names = NEW_N(a, struct csv_named, slots);
}

static bool is_key(const struct csv_memo *m, const struct csv_record *r, const enum csv_role *roles,
                   size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!str_eq(m->key[i], r->cell[roles[i]]))
            return false;
    return true;
}

/* Eight bytes at P, or as many as are in front of END. */
static uint64_t load(const char *p, const char *end)
{
    uint64_t v = 0;
    if (end - p >= (ptrdiff_t)sizeof v)
        memcpy(&v, p, sizeof v);
    else
        memcpy(&v, p, (size_t)(end - p));
    return v;
}

uint64_t csv_quick_hash(const struct source *in, struct str s)
{
    const char *end = in->bytes.p + in->bytes.n;
    uint64_t head = 0, tail = 0;
    if (s.n >= sizeof head) {
        memcpy(&head, s.p, sizeof head);
        memcpy(&tail, s.p + s.n - sizeof tail, sizeof tail);
    } else if (s.n != 0) {
        head = load(s.p, end) & (UINT64_MAX >> (64 - 8 * s.n));
    }
    uint64_t h = (head + s.n) * 0x9e3779b97f4a7c15u ^ tail * 0xff51afd7ed558ccdu;
    return (h ^ h >> 32) * 0x9e3779b97f4a7c15u;
}

struct csv_memo *csv_recall(struct csv *x, const struct csv_record *r, enum csv_memo_kind kind)
{
    const enum csv_role *roles = x->memos.roles[kind];
    size_t n = x->memos.n_roles[kind];
    uint64_t hash = 0;
    if (r->row == NULL || x->memos.v[kind] == NULL)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        struct str text = r->cell[roles[i]];
        if (text.n != 0 && !csv_stands_in(x->source, text))
            return NULL;
        hash = hash * 31 + csv_quick_hash(x->source, text);
    }
    struct csv_memo *m = &x->memos.v[kind][(hash >> 40) & (x->memos.slots - 1)];
    if (m->known && is_key(m, r, roles, n)) {
        for (size_t i = 0; i < m->n_objects; i++)
            x->policy->objects.v[m->objects[i]].uses++;
        return m;
    }
    m->known = false;
    for (size_t i = 0; i < n; i++)
        m->key[i] = r->cell[roles[i]];
    x->memos.n_used = 0;
    x->memos.effects = csv_effects(x);
    return m;
}

struct csv_named *csv_recall_name(struct csv *x, struct str name)
{
    if (x->memos.names == NULL || !csv_stands_in(x->source, name))
        return NULL;
    struct csv_named *m =
        &x->memos.names[(csv_quick_hash(x->source, name) >> 40) & (x->memos.slots - 1)];
    if (!str_eq(m->name, name))
        m->name = (struct str){"", 0};
    return m;
}

void csv_memo_object(struct csv *x, size_t object)
{
    if (x->memos.n_used < CSV_MEMO_OBJECTS)
        x->memos.used[x->memos.n_used] = (uint32_t)object;
    x->memos.n_used++;
}

void csv_memos_end(struct csv *x)
{
    x->memos = (struct csv_memos){0};
}

bool csv_remember(struct csv *x, struct csv_memo *m)
{
    if (x->memos.n_used > CSV_MEMO_OBJECTS || x->memos.effects != csv_effects(x))
        return false;
    m->n_objects = x->memos.n_used;
    for (size_t i = 0; i < m->n_objects; i++)
        m->objects[i] = x->memos.used[i];
    return m->known = true;
}
