/* What zones are open to each other, of a saved result. */
#include "report/json_int.h"
#include "report/saved_int.h"

struct raw_cell {
    struct str from, to;
    int open;
    uint32_t ports, more;
    const cJSON *opened_by;
};
#define CELL(KEY, TYPE, REQUIRED)                                                                  \
    {                                                                                              \
        .key = #KEY, .type = TYPE, .required = REQUIRED, .offset = offsetof(struct raw_cell, KEY)  \
    }
static const struct json_key cell_keys[] = {
    CELL(from, JSON_STRING, true),
    CELL(to, JSON_STRING, true),
    {.key = "open",
     .type = JSON_WORD,
     .required = true,
     .offset = offsetof(struct raw_cell, open),
     .words = exposed_names,
     .n_words = OPEN_ALL + 1},
    CELL(ports, JSON_COUNT, true),
    CELL(opened_by, JSON_NODE, false),
    CELL(more, JSON_COUNT, false),
};

/* Cells stand in the order of the zones, without those from a zone to itself. */
static void read_cell(struct run *r, struct json *j, const struct saved_device *d,
                      const cJSON *node, struct exposure *e, size_t k)
{
    struct raw_cell raw = {0};
    JSON_OBJECT(j, node, "a pair of zones", cell_keys, &raw);
    if (j->failed)
        return;
    if (!str_eq(raw.from, e->zones.v[k / e->zones.n]) ||
        !str_eq(raw.to, e->zones.v[k % e->zones.n])) {
        json_error(j, json_at(j, node), "this pair of zones is not the next one of \"zones\"");
        return;
    }
    struct exposure_cell *c = &e->cells[k];
    c->open = (enum exposed)raw.open;
    c->ports = raw.ports;
    c->more_lines = raw.more;
    if (raw.opened_by == NULL || !json_is_array(j, raw.opened_by, "\"opened_by\""))
        return;
    for (const cJSON *m = raw.opened_by->child; m != NULL && !j->failed; m = m->next)
        *PUSH(r->to->arena, c->lines) = saved_related(r, j, d, m);
}

static void read_cells(struct run *r, struct json *j, const struct saved_device *d,
                       const cJSON *array, struct exposure *e)
{
    size_t k = 0, all = e->zones.n * e->zones.n;
    e->cells = NEW_N(r->to->arena, struct exposure_cell, all);
    for (const cJSON *m = array->child; m != NULL && !j->failed; m = m->next) {
        while (k < all && k / e->zones.n == k % e->zones.n)
            k++;
        if (k == all) {
            json_error(j, json_at(j, m), "\"cells\" has more than the pairs of \"zones\"");
            return;
        }
        read_cell(r, j, d, m, e, k++);
    }
    while (k < all && k / e->zones.n == k % e->zones.n)
        k++;
    if (k < all && !j->failed)
        json_error(j, json_at(j, array), "\"cells\" lacks pairs of \"zones\"");
}

struct raw_exposure {
    struct str device;
    struct strs zones;
    const cJSON *cells;
};
static const struct json_key exposure_keys[] = {
    {.key = "device",
     .type = JSON_STRING,
     .required = true,
     .offset = offsetof(struct raw_exposure, device)},
    {.key = "zones",
     .type = JSON_STRINGS,
     .required = true,
     .offset = offsetof(struct raw_exposure, zones)},
    {.key = "cells",
     .type = JSON_NODE,
     .required = true,
     .offset = offsetof(struct raw_exposure, cells)},
};

void saved_exposures(struct run *r, struct json *j, const cJSON *array)
{
    if (array == NULL || !json_is_array(j, array, "\"exposures\""))
        return;
    for (const cJSON *m = array->child; m != NULL && !j->failed; m = m->next) {
        struct raw_exposure raw = {0};
        JSON_OBJECT(j, m, "an exposure", exposure_keys, &raw);
        if (j->failed || !json_is_array(j, raw.cells, "\"cells\""))
            return;
        if (raw.zones.n > EXPOSURE_ZONES) {
            json_error(j, json_at(j, m), "\"zones\" has more than %d", EXPOSURE_ZONES);
            return;
        }
        struct saved_device *d = run_device(r, raw.device);
        struct exposure *e = PUSH(r->to->arena, d->result.exposures);
        *e = (struct exposure){.policy = d->policy, .zones = run_keep_all(r, &raw.zones)};
        read_cells(r, j, d, raw.cells, e);
    }
}
