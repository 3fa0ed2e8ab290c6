/* Objects in CSVs of their own: addresses, services, and groups of them, by name. */
#include "import/csv_int.h"

void csv_objects_init(struct import *im, struct csv_objects *o)
{
    o->addresses = map_new(im->arena);
    o->services = map_new(im->arena);
    o->groups = map_new(im->arena);
}

void csv_objects_read(struct import *im, struct policy *p, struct csv_objects *o, struct source *s,
                      const struct csv_table *t, const struct csv_columns *c)
{
    struct str kind = c->preset->objects;
    struct map *to = str_eq(kind, STR("address"))   ? o->addresses
                     : str_eq(kind, STR("service")) ? o->services
                                                    : o->groups;
    size_t name = c->at[COL_NAME].v[0], value = c->at[COL_VALUE].v[0];
    for (size_t i = 0; i <= c->header && i < t->n; i++)
        source_class_span(s, t->v[i].at, LINE_IRRELEVANT);
    for (size_t i = c->header + 1; i < t->n; i++) {
        const struct csv_row *row = &t->v[i];
        if (name > row->n || value > row->n) {
            diag_add(im->diags, DIAG_INCOMPLETE, row->at, "an object without name or value");
            source_class_span(s, row->at, LINE_NOT_MODELLED);
            continue;
        }
        struct csv_object *x = NEW(im->arena, struct csv_object);
        *x = (struct csv_object){
            .name = row->v[name - 1].text, .value = row->v[value - 1].text, .at = row->at};
        if (map_get(to, x->name) != NULL)
            diag_add(im->diags, DIAG_WARNING, row->at,
                     "object \"%.*s\" stands twice: the last one counts",
                     STR_ARG(str_safe(im->arena, x->name)));
        x->index = p->objects.n;
        *PUSH(im->arena, p->objects) =
            (struct object){.kind = arena_strf(im->arena, "%.*s object", STR_ARG(kind)),
                            .name = x->name,
                            .at = row->at};
        map_put(to, x->name, x);
        source_class_span(s, row->at, LINE_MODELLED);
    }
}
