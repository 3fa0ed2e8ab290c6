/* Catalogues of saved results: as they were decided, whether the catalogue is at hand or not. */
#include "report/saved_int.h"

struct raw_item {
    struct catalogue_item item;
    int status;
    struct str reason;
};
#define AT(field) .offset = offsetof(struct raw_item, field)
static const struct json_key item_keys[] = {
    {.key = "id", .type = JSON_STRING, .required = true, AT(item.id)},
    {.key = "also", .type = JSON_STRINGS, AT(item.also)},
    {.key = "level", .type = JSON_STRING, AT(item.level)},
    {.key = "title", .type = JSON_STRING, .required = true, AT(item.title)},
    {.key = "status",
     .type = JSON_WORD,
     .required = true,
     .words = status_names,
     .n_words = 5,
     AT(status)},
    {.key = "reason", .type = JSON_STRING, .required = true, AT(reason)},
    {.key = "checks", .type = JSON_STRINGS, .required = true, AT(item.checks)},
    {.key = "contradicts", .type = JSON_OTHER, .read = catalogue_contradictions, AT(item)},
};
#undef AT

static struct catalogue_item *keep_item(struct run *r, const struct catalogue_item *x)
{
    struct catalogue_item *item = NEW(r->to->arena, struct catalogue_item);
    item->id = run_keep(r, x->id);
    item->title = run_keep(r, x->title);
    item->level = run_keep(r, x->level);
    item->also = run_keep_all(r, &x->also);
    item->checks = run_keep_all(r, &x->checks);
    for (size_t i = 0; i < x->contradicts.n; i++) {
        const struct contradiction *c = &x->contradicts.v[i];
        *PUSH(r->to->arena, item->contradicts) =
            (struct contradiction){run_keep(r, c->catalogue), run_keep(r, c->item),
                                   run_keep(r, c->rule), run_keep(r, c->sentence)};
    }
    return item;
}

static void read_item(struct run *r, struct json *j, const cJSON *object, struct compliance *to)
{
    struct raw_item raw = {0};
    JSON_OBJECT(j, object, "an item of a catalogue", item_keys, &raw);
    if (j->failed)
        return;
    const struct item_status x = {.item = keep_item(r, &raw.item),
                                  .status = (enum status)raw.status,
                                  .reason = run_keep(r, raw.reason)};
    compliance_add_item(r->to->arena, to, &x);
}

struct raw_catalogue {
    struct str id, version, title, source, device;
    const cJSON *summary, *items;
};
#define AT(field) .offset = offsetof(struct raw_catalogue, field)
static const struct json_key catalogue_keys[] = {
    {.key = "id", .type = JSON_STRING, .required = true, AT(id)},
    {.key = "version", .type = JSON_STRING, .required = true, AT(version)},
    {.key = "title", .type = JSON_STRING, .required = true, AT(title)},
    {.key = "source", .type = JSON_STRING, .required = true, AT(source)},
    {.key = "device", .type = JSON_STRING, .required = true, AT(device)},
    {.key = "summary", .type = JSON_NODE, .required = true, AT(summary)}, /* counted again */
    {.key = "items", .type = JSON_NODE, .required = true, AT(items)},
};
#undef AT

void saved_catalogues(struct run *r, struct json *j, const cJSON *array)
{
    if (array == NULL || !json_is_array(j, array, "\"catalogues\""))
        return;
    for (const cJSON *m = array->child; m != NULL && !j->failed; m = m->next) {
        struct raw_catalogue raw = {0};
        JSON_OBJECT(j, m, "a catalogue", catalogue_keys, &raw);
        if (j->failed || !json_is_array(j, raw.items, "\"items\""))
            return;
        struct saved_device *d = run_device(r, raw.device);
        struct catalogue *c = NEW(r->to->arena, struct catalogue);
        c->id = run_keep(r, raw.id);
        c->version = run_keep(r, raw.version);
        c->title = run_keep(r, raw.title);
        c->source = run_keep(r, raw.source);
        struct compliance *to = PUSH(r->to->arena, d->result.compliances);
        *to = (struct compliance){.catalogue = c, .policy = d->policy};
        for (const cJSON *i = raw.items->child; i != NULL && !j->failed; i = i->next)
            read_item(r, j, i, to);
    }
}
