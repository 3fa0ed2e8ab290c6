/* What a script takes back: `no X` and `clear configure X`. A running-config has neither, but the
 * files that people keep and tools generate do. */
#include "import/asa_twin.h"

/* Comparing words is linear in the list; a file of nothing but `no` lines must not make it square.
 */
#define MAX_STEPS 5000000

static bool same_words(const struct asa_line *a, size_t from_a, const struct asa_line *b,
                       size_t from_b)
{
    if (a->n - from_a != b->n - from_b)
        return false;
    for (size_t i = 0; from_a + i < a->n; i++)
        if (!str_eq(asa_word(a, from_a + i), asa_word(b, from_b + i)))
            return false;
    return true;
}

bool asa_may_move(struct asa *x, size_t steps)
{
    x->moves += steps;
    return x->moves <= MAX_STEPS;
}

static void not_found(struct asa_reader *r, const struct asa_line *l)
{
    asa_refused(r->asa, l,
                "this takes back a line that is not there: what the device had is not "
                "known");
}

/* ---- no ---------------------------------------------------------------------------------------
 */

/* no access-list NAME [line N] [extended] … */
static void undo_entry(struct asa_reader *r, const struct asa_line *l)
{
    struct asa_words w = {l, 2};
    struct asa_acl *acl = map_get(r->cfg->acls, asa_next(&w));
    if (asa_take(&w, "line"))
        asa_next(&w);
    bool remark = asa_take(&w, "remark");
    if (!asa_take(&w, "standard"))
        asa_take(&w, "extended");
    for (size_t i = 0; acl != NULL && asa_may_move(r->asa, 1) && i < acl->entries.n; i++) {
        struct asa_entry *e = &acl->entries.v[i];
        if ((e->kind == ASA_ENTRY_REMARK) != remark ||
            !same_words(asa_entry_line(r->asa, e), e->word, l, w.at))
            continue;
        for (size_t k = i + 1; k < acl->entries.n; k++)
            acl->entries.v[k - 1] = acl->entries.v[k];
        asa_may_move(r->asa, acl->entries.n - i);
        acl->entries.n--;
        return;
    }
    not_found(r, l);
}

/* The translation that reads as L from its second word on, of the object E (NULL: of none). */
static bool take_nat(struct asa_reader *r, const struct asa_entity *e, const struct asa_line *l)
{
    struct asa_config *c = r->cfg;
    for (size_t i = 0; asa_may_move(r->asa, 1) && i < c->nats.n; i++) {
        if (c->nats.v[i].object != e || !same_words(c->nats.v[i].line, 0, l, 1))
            continue;
        for (size_t k = i + 1; k < c->nats.n; k++)
            c->nats.v[k - 1] = c->nats.v[k];
        asa_may_move(r->asa, c->nats.n - i);
        c->nats.n--;
        return true;
    }
    return false;
}

static bool take_line(struct asa_reader *r, struct asa_lines *lines, const struct asa_line *l)
{
    for (size_t i = 0; asa_may_move(r->asa, 1) && i < lines->n; i++) {
        if (!same_words(lines->v[i], 0, l, 1))
            continue;
        for (size_t k = i + 1; k < lines->n; k++)
            lines->v[k - 1] = lines->v[k];
        asa_may_move(r->asa, lines->n - i);
        lines->n--;
        return true;
    }
    return false;
}

void asa_undo_member(struct asa_reader *r, struct asa_entity *e, const struct asa_line *l)
{
    if (!take_line(r, &asa_details(r->asa, e)->lines, l))
        not_found(r, l);
}

void asa_undo_object(struct asa_reader *r, struct asa_entity *e, const struct asa_line *l)
{
    if (asa_is(l, 1, "nat") ? !take_nat(r, e, l) : !take_line(r, &asa_details(r->asa, e)->lines, l))
        not_found(r, l);
}

/* no nat …, no static …, no global … */
static void undo_nat(struct asa_reader *r, const struct asa_line *l)
{
    if (!take_nat(r, NULL, l) && !take_line(r, &r->cfg->old_nats, l))
        not_found(r, l);
}

/* no ssh …, no http …, no icmp …: what is open on the device. */
static void undo_self(struct asa_reader *r, const struct asa_line *l)
{
    if (!take_line(r, &r->cfg->self, l))
        not_found(r, l);
}

static void undo_binding(struct asa_reader *r, const struct asa_line *l)
{
    struct asa_config *c = r->cfg;
    for (size_t i = 0; asa_may_move(r->asa, 1) && i < c->bindings.n; i++)
        if (same_words(c->bindings.v[i].line, 1, l, 2)) {
            c->bindings.v[i] = c->bindings.v[--c->bindings.n];
            return;
        }
    not_found(r, l);
}

/* no object-group network NAME, no object network NAME: in use, the device keeps it. */
static void undo_entity(struct asa_reader *r, const struct asa_line *l)
{
    (void)r;
    source_class(l->src, l->number, LINE_IRRELEVANT);
}

void asa_undo(struct asa_reader *r, const struct asa_line *l)
{
    static const struct {
        const char *word;
        asa_handler *fn; /* NULL: that it is gone is not in the model */
    } undos[] = {
        {"access-list", undo_entry},
        {"access-group", undo_binding},
        {"object-group", undo_entity},
        {"object", undo_entity},
        {"nat", undo_nat},
        {"static", undo_nat},
        {"global", undo_nat},
        {"name", NULL},
    };
    const struct asa_command *row = asa_find_command(r->asa, l, 1);
    if (row != NULL && row->fn == asa_on_self) {
        source_class(l->src, l->number, LINE_MODELLED);
        undo_self(r, l);
        return;
    }
    if (row != NULL && row->fn == asa_on_http_server) {
        source_class(l->src, l->number, LINE_MODELLED);
        r->cfg->http_server = NULL;
        return;
    }
    for (size_t i = 0; i < sizeof undos / sizeof *undos; i++) {
        if (!asa_is(l, 1, undos[i].word) || l->n < 3 || row == NULL || row->fn == NULL)
            continue;
        source_class(l->src, l->number, LINE_MODELLED);
        if (undos[i].fn != NULL)
            undos[i].fn(r, l);
        else
            asa_lost(r->asa, l, "this takes back a line; what it took back is still in the model");
        return;
    }
    source_class(l->src, l->number, LINE_IRRELEVANT);
}

/* ---- clear configure ----------------------------------------------------------------------------
 */

/* Lists too: the device unbinds what it empties. */
static void clear_lists(struct asa_reader *r, struct str name)
{
    struct asa_config *c = r->cfg;
    struct asa_acl *one = name.n == 0 ? NULL : map_get(c->acls, name);
    for (size_t i = 0; name.n == 0 && i < c->acl_list.n; i++)
        c->acl_list.v[i]->entries.n = 0;
    if (one != NULL)
        one->entries.n = 0;
    size_t kept = 0;
    for (size_t i = 0; i < c->bindings.n; i++)
        if (name.n != 0 && !str_eq(name, c->bindings.v[i].acl))
            c->bindings.v[kept++] = c->bindings.v[i];
    c->bindings.n = kept;
}

/* The lines of LINES that begin with WORD go. */
static void drop(struct asa_lines *lines, struct str word)
{
    size_t kept = 0;
    for (size_t i = 0; i < lines->n; i++)
        if (!str_eq(asa_word(lines->v[i], 0), word))
            lines->v[kept++] = lines->v[i];
    lines->n = kept;
}

static void forget(struct asa_entity *e)
{
    e->object = ASA_GONE;
    e->hosts = NULL;
}

static void clear_entities(struct asa_reader *r, bool groups)
{
    struct asa_config *c = r->cfg;
    size_t kept = 0;
    for (size_t i = 0; i < c->entities.n; i++)
        if ((c->entities.v[i]->kind >= ASA_GROUP_NETWORK) != groups)
            c->entities.v[kept++] = c->entities.v[i];
        else
            forget(c->entities.v[i]);
    c->entities.n = kept;
    for (size_t i = 0; i < ASA_KINDS; i++)
        if ((i >= ASA_GROUP_NETWORK) == groups)
            c->objects[i] = map_new(r->asa->scratch);
}

void asa_on_clear(struct asa_reader *r, const struct asa_line *l)
{
    struct asa_config *c = r->cfg;
    size_t at = asa_is(l, 1, "config") || asa_is(l, 1, "configure") ? 2 : 1;
    struct str what = at < l->n ? asa_word(l, at) : (struct str){"", 0};
    struct str name = at + 1 < l->n ? asa_word(l, at + 1) : (struct str){"", 0};
    if (!asa_begins_command(r->asa, what)) {
        asa_refused(r->asa, l, "what this clears is not known");
        return;
    }
    source_class(l->src, l->number, LINE_MODELLED);
    if (!asa_may_move(r->asa, c->bindings.n + c->self.n + c->entities.n))
        not_found(r, l);
    else if (str_eq(what, STR("access-list")))
        clear_lists(r, name);
    else if (str_eq(what, STR("access-group")))
        c->bindings.n = 0;
    else if (str_eq(what, STR("object-group")) || str_eq(what, STR("object")))
        clear_entities(r, str_eq(what, STR("object-group")));
    else
        drop(&c->self, what);
    if (str_eq(what, STR("nat")))
        c->nats.n = 0;
    if (str_eq(what, STR("nat")) || str_eq(what, STR("static")) || str_eq(what, STR("global")))
        drop(&c->old_nats, what);
}
