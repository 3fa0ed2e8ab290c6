/* A small flat document about the change, for ticket systems and gates. */
#include "verbs/diff_int.h"

#include <cjson/cJSON.h>

#define ITEMS_MAX 100

static void flat_devices(cJSON *doc, struct arena *a, const struct report *r)
{
    cJSON *devices = json_add_array(doc, a, "devices");
    for (size_t i = 0; i < r->devices.n; i++) {
        const struct device_result *d = &r->devices.v[i];
        uint64_t lost = 0;
        cJSON *json = json_add_object(devices, a, NULL);
        json_add_str(json, a, "name", d->policy->device);
        json_add_text(json, a, "side", i == 0 ? "old" : "new");
        cJSON *sums = json_add_array(json, a, "inputs_sha256");
        for (size_t k = 0; k < d->n_inputs; k++) {
            uint32_t counts[4];
            source_counts(d->inputs[k], counts);
            lost += counts[LINE_NOT_MODELLED];
            json_add_str(sums, a, NULL, source_sha256(a, d->inputs[k]));
        }
        json_add_number(json, a, "lines_not_modelled", lost);
    }
}

/* One text for each field. */
static void flat_box(cJSON *all, struct arena *a, const struct box *b, enum path_kind path)
{
    static const struct {
        const char *key;
        enum field f;
    } rows[] = {{"from", FIELD_IN}, {"to", FIELD_OUT},  {"proto", FIELD_PROTO},
                {"src", FIELD_SRC}, {"dst", FIELD_DST}, {"ports", FIELD_DPORT}};
    cJSON *json = json_add_object(all, a, NULL);
    for (size_t f = 0; f < sizeof rows / sizeof *rows; f++)
        json_add_str(json, a, rows[f].key, strs_join(a, &b->f[rows[f].f], ","));
    if (path != PATH_THROUGH)
        json_add_text(json, a, "path", path_names[path]);
}

static void flat_boxes(struct diffing *x, cJSON *to, const char *key, const struct part *parts,
                       enum change_kind kind)
{
    struct arena *a = x->command->arena;
    cJSON *all = json_add_array(to, a, key);
    size_t n = 0;
    for (int k = 0; k < PATH_KINDS; k++) {
        struct boxes boxes = boxes_of(a, x->now, part_of(&parts[k], kind));
        for (size_t i = 0; i < boxes.n && n < ITEMS_MAX; i++, n++)
            flat_box(all, a, &boxes.v[i], (enum path_kind)k);
    }
}

static void flat_change(struct diffing *x, cJSON *doc)
{
    struct arena *a = x->command->arena;
    cJSON *change = json_add_object(doc, a, "change");
    json_add_number(change, a, "sets", x->rows.n);
    json_add_number(change, a, "other_lines", x->other_lines.n);
    flat_boxes(x, change, "newly_permitted", x->parts, CHANGE_PERMITTED);
    flat_boxes(x, change, "newly_denied", x->parts, CHANGE_DENIED);
    flat_boxes(x, change, "treated_differently", x->parts, CHANGE_TREATED);
    if (x->intents.n == 0)
        return;
    json_add_text(change, a, "outcome", outcome_names[x->outcome]);
    cJSON *extra = json_add_object(change, a, "out_of_scope");
    flat_boxes(x, extra, "newly_permitted", x->extra, CHANGE_PERMITTED);
    flat_boxes(x, extra, "newly_denied", x->extra, CHANGE_DENIED);
    flat_boxes(x, extra, "treated_differently", x->extra, CHANGE_TREATED);
}

static void flat_blocking(struct diffing *x, cJSON *doc)
{
    struct arena *a = x->command->arena;
    cJSON *blocking = json_add_array(doc, a, "blocking");
    for (size_t i = 0, n = 0; i < x->fresh.n && n < ITEMS_MAX; i++) {
        const struct finding *f = x->fresh.v[i];
        if (f->severity < audit_fail_on(x->audit->config))
            continue;
        n++;
        cJSON *json = json_add_object(blocking, a, NULL);
        json_add_str(json, a, "id", f->fingerprint);
        json_add_str(json, a, "rule", f->rule->id);
        json_add_str(json, a, "title", finding_text(a, f));
        json_add_number(json, a, "line", f->at.line);
    }
}

void diff_verdict(struct diffing *x, struct out *o, const struct report *r)
{
    struct arena *a = x->command->arena;
    cJSON *doc = json_new_object(a);
    json_add_text(doc, a, "schema", "fwproof/verdict/1");
    json_add_text(doc, a, "tool", FWPROOF_VERSION);
    if (x->own->ticket.n != 0)
        json_add_str(doc, a, "ticket", x->own->ticket);
    json_add_text(doc, a, "verdict", run_verdict_names[r->verdict]);
    json_add_number(doc, a, "exit_code", (uint64_t)r->exit_code);
    json_add_bool(doc, a, "complete", r->verdict == RUN_PASS || r->verdict == RUN_FAIL);
    cJSON *summary = json_add_object(doc, a, "summary");
    json_add_number(summary, a, "new", x->fresh.n);
    json_add_number(summary, a, "fixed", x->fixed.n);
    json_add_number(summary, a, "unchanged", x->unchanged);
    flat_devices(doc, a, r);
    flat_change(x, doc);
    flat_blocking(x, doc);
    cJSON *packs = json_add_object(doc, a, "packs");
    for (size_t i = 0; i < r->packs->n; i++)
        json_add_str(packs, a, arena_cstr(a, r->packs->v[i]->id), r->packs->v[i]->version);
    json_print(a, o, doc, true);
}
