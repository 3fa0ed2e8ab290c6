/* Rows by the roles of their columns; zones. */
#include "import/csv_int.h"

struct reading {
    struct csv *x;
    struct source *source;
    struct csv_columns *c;
    csv_record_fn *fn;
    bool seen_header;
    struct csv_record record;       /* the last row's; what no column says stays as it is */
    enum csv_role roles[COL_ROLES]; /* that have a column */
    size_t n_roles;
};

struct span csv_at(const struct csv_record *r, enum csv_role role)
{
    size_t column = r->columns->at[role];
    bool has = r->row != NULL && column != 0 && column <= r->row->n;
    return has ? csv_cell_at(r->source, r->row, &r->row->v[column - 1]) : r->at;
}

static size_t count_filled(const struct csv_row *row, size_t from)
{
    size_t filled = 0;
    for (size_t i = from; i < row->n; i++)
        filled += row->v[i].text.n != 0;
    return filled;
}

/* The header again, where exports were put behind each other. */
static bool is_header(const struct csv_record *r)
{
    const struct strs *names = &r->columns->names;
    bool same = r->columns->has_header && r->row->n == names->n;
    for (size_t i = 0; same && i < names->n; i++)
        same = str_eq(r->row->v[i].text, names->v[i]);
    return same;
}

/* A row that says nothing of packets: a title, or blank. One that has nothing but an address may
 * go on with the row before, and is none. */
static bool is_title(const struct csv_preset *p, const struct csv_record *r)
{
    static const enum csv_role telling[] = {COL_SRC,     COL_DST,   COL_PEER, COL_PROTO, COL_DPORT,
                                            COL_SERVICE, COL_ALLOW, COL_DENY, COL_ACTION};
    if (r->broken != NULL)
        return false;
    if (csv_is(p, WORD_SECTION, r->cell[COL_TYPE]) || is_header(r))
        return true;
    for (size_t i = 0; i < sizeof telling / sizeof *telling; i++)
        if (r->columns->at[telling[i]] != 0 && r->cell[telling[i]].n != 0)
            return false;
    return count_filled(r->row, 0) <= 2;
}

/* Three cells and an address among them are no title of a report. */
static bool looks_like_rule(const struct csv_row *row)
{
    bool address = false;
    enum family family;
    struct ival range;
    for (size_t i = 0; i < row->n && !address; i++)
        address = range_parse(row->v[i].text, &family, &range, NULL);
    return address && count_filled(row, 0) >= 3;
}

static void before_header(struct reading *r, const struct csv_row *row)
{
    bool rule = row->broken != NULL || looks_like_rule(row);
    source_class_span(r->source, row->at, rule ? LINE_NOT_MODELLED : LINE_IRRELEVANT);
    if (rule && r->fn == csv_lower)
        diag_add(r->x->im->diags, DIAG_INCOMPLETE, row->at,
                 "what stands before the header is not read, and this may be a rule");
}

static void take_row(struct reading *r, const struct csv_row *row)
{
    struct csv_record *record = &r->record;
    const struct csv_columns *c = r->c;
    record->row = row;
    record->at = row->at;
    record->broken = row->broken;
    record->disabled = false;
    for (size_t i = 0; i < r->n_roles; i++) {
        size_t column = c->at[r->roles[i]];
        struct str *cell = &record->cell[r->roles[i]];
        *cell = column > row->n ? (struct str){"", 0} : row->v[column - 1].text;
        if (cell->n != 0 && csv_may_begin(c->preset, CSV_BIT(WORD_OFF), cell->p[0]) &&
            csv_begins(c->preset, WORD_OFF, cell))
            record->disabled = true;
    }
    record->extra = c->has_header && row->n > c->names.n && count_filled(row, c->names.n) != 0;
}

/* Nothing of a row like one before is new: zones are looked over, and no row leads to others. */
static bool is_old(const struct reading *r, const struct csv_alike *like)
{
    return r->fn == csv_look_over && like != NULL && like->known && r->c->at[COL_ID] == 0;
}

static bool on_row(void *ctx, const struct csv_row *row)
{
    struct reading *r = ctx;
    if (!r->seen_header) {
        r->seen_header = row->at.line == r->c->header.line;
        before_header(r, row);
        return true;
    }
    struct csv_alike *like = csv_alike_of(r->x, row);
    if (is_old(r, like))
        return true;
    csv_use_columns(r->x->im, r->c, row->n);
    take_row(r, row);
    r->record.alike = r->record.disabled ? NULL : like;
    if (is_title(r->c->preset, &r->record)) {
        source_class_span(r->source, row->at, LINE_IRRELEVANT);
        return true;
    }
    r->record.number++;
    r->fn(r->x, r->source, &r->record);
    return true;
}

void csv_records(struct csv *x, struct source *s, struct csv_columns *c, csv_record_fn *fn)
{
    struct reading r = {.x = x, .source = s, .c = c, .fn = fn, .seen_header = !c->has_header};
    r.record.columns = c;
    r.record.source = s;
    for (size_t i = 0; i < COL_ROLES; i++)
        if (c->at[i] == 0)
            r.record.cell[i] = c->preset->fixed[i];
        else
            r.roles[r.n_roles++] = (enum csv_role)i;
    x->preset = c->preset;
    x->source = s;
    c->asking = csv_may_ask(c);
    struct arena *memos = arena_child(x->im->arena);
    csv_memos_start(x, memos, c);
    csv_alikes_start(x, memos, c);
    csv_read(x->im, s, c->dialect, on_row, &r);
    x->source = NULL;
    csv_memos_end(x);
    x->alikes = (struct csv_alikes){0};
    arena_free(memos);
}

struct csv_record csv_record_of_implicit(struct csv *x, struct csv_columns *c, size_t i)
{
    struct csv_record r = {.columns = c, .at = SPAN_NONE};
    for (size_t k = 0; k < COL_ROLES; k++)
        r.cell[k] = c->preset->implicit[i].cells[k];
    r.text =
        arena_strf(x->im->arena, "%.*s (a rule of the product's own)", STR_ARG(r.cell[COL_NAME]));
    return r;
}

/* ---- zones ---------------------------------------------------------------------------------- */

#define NETWORK STR("outside")  /* what the members of a group talk to */
#define PROTECTED STR("inside") /* the members, where the export names no group */

static void note_zone(struct csv *x, struct str name, struct span at, enum side side,
                      struct str why)
{
    if (map_get(x->zones, name) != NULL)
        return;
    name = arena_copy(x->im->arena, name);
    map_put(x->zones, name, x);
    struct interface *face = policy_interface(x->policy, name, at);
    face->side = side;
    face->why = why;
}

static void note_cell(struct csv *x, const struct csv_record *r, enum csv_role role)
{
    struct str rest = r->cell[role], name;
    while (csv_next_value(x->preset, &rest, &name)) {
        csv_begins(x->preset, WORD_NOT, &name);
        if (csv_is(x->preset, WORD_ANY, name))
            continue;
        enum side side = csv_is(x->preset, WORD_INSIDE, name)    ? SIDE_INSIDE
                         : csv_is(x->preset, WORD_OUTSIDE, name) ? SIDE_OUTSIDE
                                                                 : SIDE_UNKNOWN;
        note_zone(x, name, csv_at(r, role), side,
                  side == SIDE_UNKNOWN
                      ? STR("")
                      : arena_strf(x->im->arena, "its name is \"%.*s\"", STR_ARG(name)));
    }
}

static struct str group_of(const struct csv_record *r)
{
    return r->cell[COL_GROUP].n == 0 ? PROTECTED : r->cell[COL_GROUP];
}

/* Rules by direction without zones protect the members of a group. */
static bool has_group(const struct csv *x, const struct csv_record *r)
{
    struct str direction = r->cell[COL_DIRECTION];
    return r->columns->at[COL_INTERFACE] == 0 &&
           (csv_is(x->preset, WORD_IN, direction) || csv_is(x->preset, WORD_OUT, direction));
}

static void note_scopes(struct csv *x, const struct csv_record *r)
{
    for (size_t i = 0; i < r->row->n; i++) {
        struct csv_column *c = &r->columns->v.v[i];
        struct str text = r->row->v[i].text;
        if (c->use != USE_SCOPE || text.n == 0)
            continue;
        if (c->value.n == 0)
            c->value = arena_copy(x->im->arena, text);
        c->differs = c->differs || !str_eq(c->value, text);
    }
}

/* ---- chains and layers ---------------------------------------------------------------------- */

/* "3.1" of "3.1.2"; empty where there is none. */
static struct str parent_of(struct str id)
{
    size_t dot = id.n;
    while (dot > 0 && id.p[dot - 1] != '.')
        dot--;
    return str_sub(id, 0, dot == 0 ? 0 : dot - 1);
}

static struct csv_layer *layer(const struct csv *x, struct str id, bool parent)
{
    if (parent)
        id = parent_of(id);
    return id.n == 0 ? NULL : map_get(x->layers, id);
}

struct chain *csv_layer_of(const struct csv *x, struct str id, bool parent)
{
    const struct csv_layer *l = layer(x, id, parent);
    return l == NULL ? NULL : l->chain;
}

bool csv_action_is_known(const struct csv_preset *p, struct str action)
{
    static const enum csv_word known[] = {WORD_PERMIT, WORD_DENY, WORD_REJECT, WORD_RETURN,
                                          WORD_CONTINUE};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (csv_is(p, known[i], action))
            return true;
    return false;
}

/* Rows may lead to chains that begin further down. */
static void note_chain(struct csv *x, const struct csv_record *r)
{
    struct str base = r->cell[COL_BASE];
    if (base.n != 0 && policy_find_chain(x->policy, STR(""), base) == NULL)
        policy_chain(x->policy, STR(""), arena_copy(x->im->arena, base), r->at);
}

static void note_layer(struct csv *x, const struct csv_record *r, bool known_action)
{
    struct arena *a = x->im->arena;
    struct str id = r->cell[COL_ID];
    struct csv_layer *in = layer(x, id, true);
    if (in != NULL && in->chain == NULL)
        in->chain = policy_chain(x->policy, STR(""),
                                 arena_strf(a, "layer of row %.*s", STR_ARG(parent_of(id))), r->at);
    if (r->columns->at[COL_ACTION] != 0 && id.n != 0 && !known_action)
        map_put(x->layers, arena_copy(a, id), NEW(a, struct csv_layer));
}

void csv_look_over(struct csv *x, struct source *s, const struct csv_record *r)
{
    (void)s;
    struct csv_alike *like = r->alike;
    if (like != NULL && like->known) {
        note_layer(x, r, like->known_action);
        return;
    }
    note_scopes(x, r);
    bool known_action = csv_action_is_known(x->preset, r->cell[COL_ACTION]);
    note_chain(x, r);
    note_layer(x, r, known_action);
    note_cell(x, r, COL_FROM);
    note_cell(x, r, COL_TO);
    note_cell(x, r, COL_INTERFACE);
    if (has_group(x, r)) {
        note_zone(x, group_of(r), csv_at(r, COL_GROUP), SIDE_INSIDE,
                  STR("its members are what these rules protect"));
        note_zone(x, NETWORK, csv_at(r, COL_DIRECTION), SIDE_OUTSIDE,
                  STR("it is whatever the protected machines talk to"));
    }
    if (like != NULL) {
        like->known = true;
        like->known_action = known_action;
    }
}

static set_id zones_of(struct csv *x, struct str cell)
{
    struct sets *s = x->im->sets;
    struct csv_union with = {0}, without = {0};
    set_id full = set_full(s, FIELD_IN);
    struct str name;
    if (cell.n == 0 || csv_is(x->preset, WORD_ANY, cell))
        return full;
    while (csv_next_value(x->preset, &cell, &name)) {
        struct csv_union *to = csv_begins(x->preset, WORD_NOT, &name) ? &without : &with;
        bool any = csv_is(x->preset, WORD_ANY, name);
        csv_unite(x, to, any ? full : ifaces_match(s, &x->policy->ifaces, name));
    }
    set_id set = csv_united(x, &with);
    return set_minus(s, set == SET_EMPTY ? full : set, csv_united(x, &without));
}

static void add_door(struct csv *x, struct csv_doors *doors, set_id in, set_id out)
{
    if (in != SET_EMPTY && out != SET_EMPTY)
        *PUSH(x->values, *doors) = (struct csv_door){in, out};
}

#define ZONES_MAX 1000 /* a rule has a cube for each */

/* Zone by zone where the rule's type tells traffic in a zone from traffic between zones. */
static void add_zones(struct csv *x, struct csv_doors *doors, const struct csv_record *r)
{
    struct sets *s = x->im->sets;
    set_id from = zones_of(x, r->cell[COL_FROM]), to = zones_of(x, r->cell[COL_TO]);
    struct str type = r->cell[COL_TYPE];
    bool intra = csv_is(x->preset, WORD_INTRAZONE, type),
         inter = csv_is(x->preset, WORD_INTERZONE, type);
    bool one_by_one = intra || (inter && set_and(s, from, to) != SET_EMPTY);
    if (one_by_one && x->policy->ifaces.n > ZONES_MAX)
        diag_add(
            x->im->diags, DIAG_INCOMPLETE, r->at,
            "more than %d zones: what this row says of traffic in one zone or between two is not "
            "told apart",
            ZONES_MAX);
    if (!one_by_one || x->policy->ifaces.n > ZONES_MAX) {
        add_door(x, doors, from, to);
        return;
    }
    for (u128 zone = 0; zone < x->policy->ifaces.n; zone++) {
        set_id here = set_one(s, zone), in = set_and(s, from, here);
        if (intra)
            add_door(x, doors, in, in);
        else
            add_door(x, doors, in, set_minus(s, to, here));
    }
}

struct csv_doors csv_doors_of(struct csv *x, const struct csv_record *r)
{
    struct sets *s = x->im->sets;
    set_id full = set_full(s, FIELD_IN);
    struct str direction = r->cell[COL_DIRECTION];
    bool out = csv_is(x->preset, WORD_OUT, direction);
    struct csv_doors doors = {0};
    if (has_group(x, r)) {
        set_id network = ifaces_match(s, &x->policy->ifaces, NETWORK);
        set_id group = r->number == 0 ? set_minus(s, full, network) /* implicit: all groups */
                                      : ifaces_match(s, &x->policy->ifaces, group_of(r));
        add_door(x, &doors, out ? group : network, out ? network : group);
    } else if (r->columns->at[COL_INTERFACE] == 0) {
        add_zones(x, &doors, r);
    } else {
        set_id here = zones_of(x, r->cell[COL_INTERFACE]);
        if (csv_is(x->preset, WORD_YES, r->cell[COL_INTERFACE_NOT]))
            here = set_minus(s, full, here);
        bool both = direction.n != 0 && csv_is(x->preset, WORD_ANY, direction);
        if (both || !out)
            add_door(x, &doors, here, full);
        if (both || out)
            add_door(x, &doors, full, here);
    }
    return doors;
}
