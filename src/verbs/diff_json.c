#include "verbs/diff_int.h"

#include <cjson/cJSON.h>

/* Boxes of all paths in one array: those of the device itself say so. */
static void json_parts(struct diffing *x, cJSON *doc, const char *key, const struct part *parts,
                       enum change_kind kind)
{
    struct arena *a = x->command->arena;
    cJSON *all = json_add_array(doc, a, key);
    for (int k = 0; k < PATH_KINDS; k++) {
        cJSON *own = json_new_object(a);
        json_add_boxes(own, a, "boxes", x->now, part_of(&parts[k], kind));
        cJSON *boxes = cJSON_GetObjectItemCaseSensitive(own, "boxes");
        while (boxes != NULL && cJSON_GetArraySize(boxes) != 0) {
            cJSON *box = cJSON_DetachItemFromArray(boxes, 0);
            if (k != PATH_THROUGH) {
                const char *end = k == PATH_TO_SELF ? "to" : "from";
                cJSON_DeleteItemFromObjectCaseSensitive(box, end);
                json_add_text(box, a, end, "self");
            }
            if (!cJSON_AddItemToArray(all, box))
                arena_fail(a);
        }
    }
}

static void json_rule(struct diffing *x, cJSON *to, const char *key, const struct rule *r)
{
    struct arena *a = x->command->arena;
    cJSON *rule = json_add_object(to, a, key);
    json_add_str(rule, a, "text", r->text);
    json_add_place(rule, a, "location", place_of(&x->audit->sources, r->at));
}

/* The rule that decides, if the export has such a path; of what is treated, all that do so. */
static void json_rules(struct diffing *x, cJSON *to, const char *when, enum change_kind kind,
                       const struct rules *rules)
{
    struct arena *a = x->command->arena;
    const char *key =
        arena_cstr(a, arena_strf(a, "%s_%s", kind == CHANGE_TREATED ? "rules" : "rule", when));
    cJSON *all = kind == CHANGE_TREATED ? json_add_array(to, a, key) : to;
    for (size_t i = 0; i < rules->n; i++)
        json_rule(x, all, kind == CHANGE_TREATED ? NULL : key, rules->v[i]);
}

/* Each set with a packet of it, and the rule that decides it on either side. */
static void json_changes(struct diffing *x, cJSON *doc)
{
    struct arena *a = x->command->arena;
    static const char *const words[] = {"permitted", "denied", "treated differently"};
    cJSON *all = json_add_array(doc, a, "changes");
    for (size_t i = 0; i < x->rows.n; i++) {
        const struct change_row *row = &x->rows.v[i];
        cJSON *json = json_add_object(all, a, NULL);
        json_add_text(json, a, "now", words[row->kind]);
        json_add_text(json, a, "path", path_names[row->path]);
        json_add_bool(json, a, "opens_connections", row->opens);
        json_add_boxes(json, a, "set", x->now, row->set);
        json_add_bool(json, a, "proven", row->proven);
        if (!row->proven)
            continue;
        json_add_packet(json, a, "packet", x->now, &row->witness);
        json_rules(x, json, "before", row->kind, &row->before);
        json_rules(x, json, "now", row->kind, &row->now);
    }
}

static void json_lines(struct diffing *x, cJSON *doc)
{
    struct arena *a = x->command->arena;
    cJSON *all = json_add_array(doc, a, "other_lines");
    for (size_t i = 0; i < x->other_lines.n; i++) {
        const struct other_line *l = &x->other_lines.v[i];
        cJSON *json = json_add_object(all, a, NULL);
        json_add_text(json, a, "side", l->now ? "new" : "old");
        json_add_str(json, a, "text", str_trim(source_line(l->source, l->line)));
        json_add_place(json, a, "location",
                       (struct place){l->source, span_line(l->source, l->line)});
    }
}

static void json_findings(struct diffing *x, cJSON *doc, const struct report *r)
{
    struct arena *a = x->command->arena;
    cJSON *findings = json_add_object(doc, a, "findings");
    cJSON *fresh = json_add_array(findings, a, "new"),
          *fixed = json_add_array(findings, a, "fixed");
    for (size_t i = 0; i < x->fresh.n; i++)
        json_add_finding(fresh, r, x->fresh.v[i]);
    for (size_t i = 0; i < x->fixed.n; i++)
        json_add_finding(fixed, r, x->fixed.v[i]);
    json_add_number(findings, a, "unchanged", x->unchanged);
}

static void json_ticket(struct diffing *x, cJSON *doc)
{
    struct arena *a = x->command->arena;
    intents_json(doc, x->audit, x->now, &x->intents);
    if (x->intents.n == 0)
        return;
    json_add_text(doc, a, "outcome", outcome_names[x->outcome]);
    cJSON *extra = json_add_object(doc, a, "collateral");
    json_parts(x, extra, "newly_permitted", x->extra, CHANGE_PERMITTED);
    json_parts(x, extra, "newly_denied", x->extra, CHANGE_DENIED);
    json_parts(x, extra, "treated_differently", x->extra, CHANGE_TREATED);
    for (int k = 0; k < PATH_KINDS; k++)
        for (int side = 0; side < 2; side++)
            if (x->extra_by[k][side].n != 0)
                blames_json(extra, x->audit, side == 0 ? "permitted_by" : "denied_by", x->now,
                            &x->asked, &x->extra_by[k][side]);
}

static void json_backout(struct diffing *x, cJSON *doc)
{
    struct arena *a = x->command->arena;
    if (!x->backout.known)
        return;
    cJSON *lines = json_add_array(doc, a, "backout");
    struct str rest = x->backout.commands, line;
    while (str_cut(&rest, '\n', &line))
        json_add_str(lines, a, NULL, line);
    json_add_bool(doc, a, "backout_proven", x->backout.proven);
}

void diff_json(struct diffing *x, struct out *o, const struct report *r)
{
    struct arena *a = x->command->arena;
    cJSON *doc = json_new_object(a);
    json_add_text(doc, a, "schema", "fwproof/diff/1");
    json_parts(x, doc, "newly_permitted", x->parts, CHANGE_PERMITTED);
    json_parts(x, doc, "newly_denied", x->parts, CHANGE_DENIED);
    json_parts(x, doc, "newly_permitted_other", x->others, CHANGE_PERMITTED);
    json_parts(x, doc, "newly_denied_other", x->others, CHANGE_DENIED);
    json_parts(x, doc, "treated_differently", x->parts, CHANGE_TREATED);
    json_parts(x, doc, "treated_differently_other", x->others, CHANGE_TREATED);
    json_changes(x, doc);
    json_lines(x, doc);
    json_findings(x, doc, r);
    json_ticket(x, doc);
    json_backout(x, doc);
    json_add_text(doc, a, "verdict", run_verdict_names[r->verdict]);
    json_add_number(doc, a, "exit_code", (uint64_t)r->exit_code);
    json_add_diagnostics(doc, r);
    json_print(a, o, doc, true);
}
