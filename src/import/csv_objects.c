/* Objects in CSV files of their own, given beside the rules. They are kept by name and resolved
 * when a rule first asks for them. */
#include "import/csv_int.h"

struct reading {
    struct csv *x;
    struct source *source;
    struct csv_columns *c;
    bool applications, seen_header;
};

static struct str cell_text(const struct reading *r, const struct csv_row *row, enum csv_role role)
{
    size_t at = r->c->at[role];
    return at == 0 || at > row->n ? (struct str){"", 0} : row->v[at - 1].text;
}

static void add_object(struct reading *r, struct map *to, const struct csv_object *o)
{
    struct csv *x = r->x;
    struct csv_object *known = map_get(to, o->name);
    if (known == NULL) {
        struct csv_object *copy = NEW(x->im->arena, struct csv_object);
        *copy = *o;
        map_put(to, o->name, copy);
    } else if (!str_eq(known->text, o->text) || !str_eq(known->sport, o->sport)) {
        diag_add(
            x->im->diags, DIAG_INCOMPLETE, o->at,
            "\"%.*s\" is defined twice, differently (first in line %u of %.*s): it is not known "
            "which of them counts",
            STR_ARG(str_safe(x->im->arena, o->name)), known->at.line,
            STR_ARG(x->im->sources->v[known->at.file]->path));
        known->text = (struct str){"", 0};
        source_class_span(r->source, o->at, LINE_NOT_MODELLED);
    }
}

/* A cell that may restrict the object and that nobody reads; NULL if there is none. */
static const struct csv_cell *odd_cell(const struct reading *r, const struct csv_row *row,
                                       size_t *column)
{
    csv_use_columns(r->x->im, r->c, row->n);
    for (size_t i = 0; i < row->n; i++) {
        enum csv_use use = r->c->v.v[i].use;
        bool extra = r->c->has_header && i >= r->c->names.n;
        if (row->v[i].text.n == 0 || csv_is(r->c->preset, WORD_ANY, row->v[i].text) ||
            csv_is(r->c->preset, WORD_NO_CONDITION, row->v[i].text) ||
            (!extra && use != USE_CONDITION && use != USE_UNKNOWN))
            continue;
        *column = i;
        return &row->v[i];
    }
    return NULL;
}

static struct str joined(struct arena *a, struct str x, const char *between, struct str y)
{
    return x.n == 0   ? y
           : y.n == 0 ? x
                      : arena_strf(a, "%.*s%s%.*s", STR_ARG(x), between, STR_ARG(y));
}

static struct str value_of(const struct reading *r, const struct csv_row *row)
{
    struct arena *a = r->x->im->arena;
    struct str text = cell_text(r, row, COL_VALUE);
    if (r->c->preset->kind == KIND_GROUPS)
        return arena_copy(a, cell_text(r, row, COL_MEMBERS));
    if (r->c->preset->kind == KIND_SERVICES)
        return arena_copy(a, joined(a, cell_text(r, row, COL_PROTO), "/", text));
    text = joined(a, text, "/", cell_text(r, row, COL_MASK));
    text = joined(a, text, "-", cell_text(r, row, COL_VALUE_TO));
    return arena_copy(a, joined(a, text, "\n", cell_text(r, row, COL_VALUE_MORE)));
}

static void define(struct reading *r, const struct csv_row *row, struct csv_object *o)
{
    static const char *const kinds[] = {[KIND_ADDRESSES] = "address object",
                                        [KIND_SERVICES] = "service object",
                                        [KIND_GROUPS] = "group object"};
    struct arena *a = r->x->im->arena;
    enum csv_kind kind = r->c->preset->kind;
    size_t column = 0;
    const struct csv_cell *odd = odd_cell(r, row, &column);
    source_class_span(r->source, row->at, odd == NULL ? LINE_MODELLED : LINE_NOT_MODELLED);
    if (odd != NULL) {
        diag_add(r->x->im->diags, DIAG_INCOMPLETE, csv_cell_at(r->source, row, odd),
                 "column %.*s is not known: what \"%.*s\" is hangs on it",
                 STR_ARG(csv_column_name(a, r->c, column)), STR_ARG(str_safe(a, o->name)));
        o->text = (struct str){"", 0};
    }
    o->index = r->x->policy->objects.n;
    *PUSH(a, r->x->policy->objects) =
        (struct object){.kind = str_of(r->applications ? "application object" : kinds[kind]),
                        .name = o->name,
                        .at = o->at};
    if (kind != KIND_SERVICES)
        add_object(r, r->x->addresses, o);
    if (kind != KIND_ADDRESSES)
        add_object(r, r->applications ? r->x->applications : r->x->services, o);
}

static bool on_row(void *ctx, const struct csv_row *row)
{
    struct reading *r = ctx;
    struct arena *a = r->x->im->arena;
    bool header = !r->seen_header;
    r->seen_header = r->seen_header || row->at.line == r->c->header.line;
    if (header) {
        source_class_span(r->source, row->at, LINE_IRRELEVANT);
        return true;
    }
    struct str name = cell_text(r, row, COL_NAME);
    if (row->broken == NULL && name.n != 0) {
        struct csv_object o = {.name = arena_copy(a, name), .at = row->at};
        o.text = value_of(r, row);
        o.sport = arena_copy(a, cell_text(r, row, COL_SPORT));
        define(r, row, &o);
        return true;
    }
    bool blank = row->broken == NULL && cell_text(r, row, COL_VALUE).n == 0 &&
                 cell_text(r, row, COL_MEMBERS).n == 0;
    if (!blank)
        diag_add(r->x->im->diags, DIAG_INCOMPLETE, row->at, "%s: this object is not known",
                 row->broken != NULL ? row->broken : "a value without a name");
    source_class_span(r->source, row->at, blank ? LINE_IRRELEVANT : LINE_NOT_MODELLED);
    return true;
}

void csv_read_objects(struct csv *x, struct source *s, struct csv_columns *c)
{
    struct reading r = {.x = x, .source = s, .c = c};
    struct str file = s->path;
    for (size_t i = 0; i < s->path.n; i++)
        if (s->path.p[i] == '/')
            file = str_from(s->path, i + 1);
    bool named = c->preset->kind == KIND_SERVICES && str_search_nocase(file, STR("app")) != file.n;
    r.applications = named || str_eq(c->preset->name, STR("objects-applications"));
    x->preset = c->preset;
    csv_read(x->im, s, c->dialect, on_row, &r);
    policy_assume(
        x->policy, "%.*s is read as %.*s", STR_ARG(s->path),
        STR_ARG(named ? STR("ports of applications, because of its name") : c->preset->title));
}

/* ---- resolving ------------------------------------------------------------------------------ */

/* The object, ready to be resolved if it is not yet; NULL if there is none or it is in itself. */
static struct csv_object *find(struct csv *x, struct map *in, struct str name, struct span at,
                               int depth)
{
    struct csv_object *o = map_get(in, name);
    if (o == NULL)
        return NULL;
    x->policy->objects.v[o->index].uses++;
    if (depth == 0)
        csv_memo_object(x, o->index);
    if (o->state == OBJECT_OPEN || depth >= CSV_DEPTH_MAX) {
        diag_add(x->im->diags, DIAG_INCOMPLETE, o->state == OBJECT_OPEN ? o->at : at,
                 o->state == OBJECT_OPEN ? "group \"%.*s\" is a member of itself"
                                         : "\"%.*s\" is nested too deep",
                 STR_ARG(str_safe(x->im->arena, name)));
        return NULL;
    }
    return o;
}

const struct csv_place *csv_address_object(struct csv *x, struct str name, struct span at,
                                           int depth)
{
    struct csv_object *o = find(x, x->addresses, name, at, depth);
    if (o != NULL && o->state == OBJECT_NEW) {
        struct arena *was = x->values;
        x->values = x->im->arena;
        o->state = OBJECT_OPEN;
        if (o->text.n != 0)
            o->place = csv_addresses(x, o->text, o->at, depth + 1);
        if (o->place.negated || o->text.n == 0) { /* better unknown than wrong */
            o->place = (struct csv_place){{SET_EMPTY, SET_EMPTY}, {0}, false};
            *PUSH(x->im->arena, o->place.names) = o->name;
        }
        o->state = OBJECT_DONE;
        x->values = was;
    }
    return o == NULL ? NULL : &o->place;
}

const struct csv_service_set *csv_service_object(struct csv *x, struct map *in, struct str name,
                                                 struct span at, int depth)
{
    struct csv_object *o = find(x, in, name, at, depth);
    if (o != NULL && o->state == OBJECT_NEW) {
        struct arena *was = x->values;
        x->values = x->im->arena;
        o->state = OBJECT_OPEN;
        set_id sport = set_full(x->im->sets, FIELD_SPORT);
        if (o->text.n != 0 && (o->sport.n == 0 || csv_ports(x, o->sport, &sport)))
            o->services = csv_services(x, o->text, set_full(x->im->sets, FIELD_PROTO), sport, o->at,
                                       depth + 1);
        else
            *PUSH(x->im->arena, o->services.names) = o->name;
        o->state = OBJECT_DONE;
        x->values = was;
    }
    return o == NULL ? NULL : &o->services;
}
