/* What only the pictures of the page show: what zones are open to each other. */
#include "report/json_int.h"

#include <cjson/cJSON.h>

const char *const exposed_names[] = {[OPEN_UNKNOWN] = "unknown",
                                     [OPEN_NONE] = "none",
                                     [OPEN_PERHAPS] = "perhaps",
                                     [OPEN_SOME] = "some",
                                     [OPEN_ALL] = "all"};

static void add_cell(cJSON *cells, const struct report *r, const struct exposure *e, size_t from,
                     size_t to)
{
    const struct exposure_cell *c = &e->cells[from * e->zones.n + to];
    cJSON *json = json_add_object(cells, r->arena, NULL);
    json_add_str(json, r->arena, "from", e->zones.v[from]);
    json_add_str(json, r->arena, "to", e->zones.v[to]);
    json_add_text(json, r->arena, "open", exposed_names[c->open]);
    json_add_number(json, r->arena, "ports", c->ports);
    if (c->lines.n == 0)
        return;
    json_add_related(json, r, "opened_by", c->lines.v, c->lines.n);
    json_add_number(json, r->arena, "more", c->more_lines);
}

void part_add_exposures(cJSON *to, const struct part *p)
{
    const struct report *r = p->report;
    cJSON *all = json_add_array(to, r->arena, "exposures");
    for (size_t i = 0; i < r->result->exposures.n; i++) {
        const struct exposure *e = &r->result->exposures.v[i];
        cJSON *json = json_add_object(all, r->arena, NULL);
        json_add_str(json, r->arena, "device", e->policy->device);
        json_add_strs(json, r->arena, "zones", &e->zones);
        cJSON *cells = json_add_array(json, r->arena, "cells");
        for (size_t k = 0; k < e->zones.n * e->zones.n; k++)
            if (k / e->zones.n != k % e->zones.n)
                add_cell(cells, r, e, k / e->zones.n, k % e->zones.n);
    }
}
