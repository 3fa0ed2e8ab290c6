/* What a result holds beside its findings, whole or device by device. Together with the findings it
 * is all that any report shows, so that a saved result can be read, merged and written again. */
#include "report/json_int.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

struct part part_whole(const struct report *r)
{
    struct part p = {.report = r};
    p.owners = NEW_N(r->arena, const struct device_result *, r->sources->n + 1);
    for (size_t i = 0; i < r->devices.n; i++)
        for (size_t k = 0; k < r->devices.v[i].n_inputs; k++)
            p.owners[r->devices.v[i].inputs[k]->index] = &r->devices.v[i];
    return p;
}

static const struct device_result *owner(const struct part *p, uint32_t file)
{
    return file < p->report->sources->n ? p->owners[file] : NULL;
}

/* ---- splitting ----------------------------------------------------------------------------------
 */

/* What is filled of one part's report. */
struct piece {
    struct report report;
    struct result result;
    struct diags diags;
};

static struct piece *pieces_new(const struct report *r, size_t n)
{
    struct piece *v = NEW_N(r->arena, struct piece, n + 1);
    for (size_t i = 0; i <= n; i++) {
        v[i].report = *r;
        v[i].report.result = &v[i].result;
        v[i].report.diags = &v[i].diags;
        v[i].report.devices.v = i < n ? &r->devices.v[i] : NULL;
        v[i].report.devices.n = i < n;
    }
    v[n].diags.dropped = r->diags->dropped;
    return v;
}

static struct str policy_key(const struct policy *const *p)
{
    return (struct str){(const char *)p, sizeof *p};
}

struct part *part_split(const struct part *whole)
{
    const struct report *r = whole->report;
    struct arena *a = r->arena;
    size_t n = r->devices.n;
    struct piece *v = pieces_new(r, n);
    struct map *of = map_new(a);
    for (size_t i = 0; i < n; i++)
        map_put(of, policy_key(&r->devices.v[i].policy), &v[i]);
#define DEAL(list, owned_by)                                                                       \
    for (size_t i = 0; i < r->result->list.n; i++) {                                               \
        struct piece *to = map_get(of, policy_key(&r->result->list.v[i].owned_by));                \
        to = to != NULL ? to : &v[n];                                                              \
        *PUSH(a, to->result.list) = r->result->list.v[i];                                          \
    }
    DEAL(findings, policy)
    DEAL(controls, policy)
    DEAL(settled, finding.policy)
    DEAL(compliances, policy)
    DEAL(exposures, policy)
#undef DEAL
    for (size_t i = 0; i < r->diags->n; i++) {
        const struct device_result *d = owner(whole, r->diags->v[i].at.file);
        struct piece *to = d == NULL ? &v[n] : &v[d - r->devices.v];
        *PUSH(a, to->diags) = r->diags->v[i];
    }
    struct part *parts = NEW_N(a, struct part, n + 1);
    for (size_t i = 0; i <= n; i++)
        parts[i] = (struct part){&v[i].report, whole->owners};
    return parts;
}

/* ---- head, devices, controls --------------------------------------------------------------------
 */

void part_add_head(cJSON *to, const struct part *p)
{
    const struct report *r = p->report;
    struct arena *a = r->arena;
    json_add_text(to, a, "schema", "fwproof/result/1");
    cJSON *tool = json_add_object(to, a, "tool");
    json_add_text(tool, a, "name", "fwproof");
    json_add_text(tool, a, "version", FWPROOF_VERSION);
    if (r->site->name.n != 0)
        json_add_str(to, a, "site", r->site->name);
    cJSON *packs = json_add_array(to, a, "packs");
    for (size_t i = 0; i < r->packs->n; i++) {
        cJSON *pack = json_add_object(packs, a, NULL);
        json_add_str(pack, a, "id", r->packs->v[i]->id);
        json_add_str(pack, a, "version", r->packs->v[i]->version);
    }
}

static void add_lines(cJSON *to, struct arena *a, const struct source *s)
{
    uint32_t counts[4];
    source_counts(s, counts);
    cJSON *lines = json_add_object(to, a, "lines");
    json_add_number(lines, a, "total", s->n_lines);
    json_add_number(lines, a, "modelled", counts[LINE_MODELLED]);
    json_add_number(lines, a, "irrelevant", counts[LINE_IRRELEVANT]);
    json_add_number(lines, a, "not_modelled", counts[LINE_NOT_MODELLED]);
}

static void add_inputs(cJSON *to, struct arena *a, const struct device_result *d)
{
    for (size_t i = 0; i < d->n_inputs; i++) {
        const struct source *s = d->inputs[i];
        cJSON *input = json_add_object(to, a, NULL);
        json_add_str(input, a, "path", s->path);
        json_add_str(input, a, "sha256", source_sha256(a, s));
        json_add_str(input, a, "format", s->format);
        json_add_str(input, a, "device", d->policy->device);
        json_add_number(input, a, "bytes", source_size(s));
        add_lines(input, a, s);
    }
}

/* What the words of its sets stand for. */
static void add_device(cJSON *to, struct arena *a, const struct device_result *d)
{
    const struct policy *p = d->policy;
    cJSON *json = json_add_object(to, a, NULL);
    json_add_str(json, a, "name", p->device);
    set_id families = SET_EMPTY;
    for (size_t i = 0; i < p->universe.n; i++)
        families = set_or(p->sets, families, p->universe.v[i].f[FIELD_FAMILY]);
    if (families == SET_EMPTY)
        families = set_full(p->sets, FIELD_FAMILY);
    cJSON *words = json_add_array(json, a, "families");
    for (enum family f = FAMILY_V4; f <= FAMILY_V6; f++)
        if (set_has(p->sets, families, (u128)f))
            json_add_text(words, a, NULL, f == FAMILY_V4 ? "ipv4" : "ipv6");
    cJSON *names = json_add_array(json, a, "interfaces");
    for (size_t i = 1; i < p->ifaces.n; i++)
        json_add_str(names, a, NULL, p->ifaces.v[i]);
}

void part_add_devices(cJSON *to, const struct part *p)
{
    struct arena *a = p->report->arena;
    cJSON *devices = json_add_array(to, a, "devices");
    cJSON *inputs = json_add_array(to, a, "inputs");
    for (size_t i = 0; i < p->report->devices.n; i++) {
        const struct device_result *d = &p->report->devices.v[i];
        add_device(devices, a, d);
        add_inputs(inputs, a, d);
    }
}

void part_add_controls(cJSON *to, const struct part *p)
{
    struct arena *a = p->report->arena;
    cJSON *controls = json_add_array(to, a, "controls");
    for (size_t i = 0; i < p->report->result->controls.n; i++) {
        const struct control *c = &p->report->result->controls.v[i];
        cJSON *json = json_add_object(controls, a, NULL);
        json_add_str(json, a, "rule", c->rule->id);
        json_add_str(json, a, "device", c->policy->device);
        json_add_text(json, a, "status", status_names[c->status]);
        if (c->reason.n != 0)
            json_add_str(json, a, "reason", c->reason);
        if (c->advice.n != 0)
            json_add_strs(json, a, "advice", &c->advice);
    }
}

/* ---- catalogues ---------------------------------------------------------------------------------
 */

static void add_contradictions(cJSON *to, struct arena *a, const struct catalogue_item *item)
{
    if (item->contradicts.n == 0)
        return;
    cJSON *all = json_add_array(to, a, "contradicts");
    for (size_t i = 0; i < item->contradicts.n; i++) {
        const struct contradiction *x = &item->contradicts.v[i];
        cJSON *json = json_add_object(all, a, NULL);
        if (x->rule.n == 0) {
            json_add_str(json, a, "catalogue", x->catalogue);
            json_add_str(json, a, "item", x->item);
        } else {
            json_add_str(json, a, "rule", x->rule);
        }
        json_add_str(json, a, "sentence", x->sentence);
    }
}

static void add_item(cJSON *to, struct arena *a, const struct item_status *x)
{
    cJSON *json = json_add_object(to, a, NULL);
    json_add_str(json, a, "id", x->item->id);
    if (x->item->also.n != 0)
        json_add_strs(json, a, "also", &x->item->also);
    if (x->item->level.n != 0)
        json_add_str(json, a, "level", x->item->level);
    json_add_str(json, a, "title", x->item->title);
    json_add_text(json, a, "status", status_names[x->status]);
    json_add_str(json, a, "reason", x->reason);
    json_add_strs(json, a, "checks", &x->item->checks);
    add_contradictions(json, a, x->item);
}

void part_add_catalogues(cJSON *to, const struct part *p)
{
    struct arena *a = p->report->arena;
    const struct result *r = p->report->result;
    if (r->compliances.n == 0)
        return;
    cJSON *array = json_add_array(to, a, "catalogues");
    for (size_t i = 0; i < r->compliances.n; i++) {
        const struct compliance *c = &r->compliances.v[i];
        cJSON *json = json_add_object(array, a, NULL);
        json_add_str(json, a, "id", c->catalogue->id);
        json_add_str(json, a, "version", c->catalogue->version);
        json_add_str(json, a, "title", c->catalogue->title);
        json_add_str(json, a, "source", c->catalogue->source);
        json_add_str(json, a, "device", c->policy->device);
        cJSON *summary = json_add_object(json, a, "summary");
        for (size_t k = 0; k < sizeof c->statuses / sizeof *c->statuses; k++)
            json_add_number(summary, a, status_names[k], c->statuses[k]);
        cJSON *items = json_add_array(json, a, "items");
        for (size_t k = 0; k < c->items.n; k++)
            add_item(items, a, &c->items.v[k]);
    }
}

/* ---- settled findings ---------------------------------------------------------------------------
 */

static void add_settlement(cJSON *json, struct arena *a, const struct settled *s)
{
    json_add_text(json, a, "state", s->waiver == NULL ? "baseline" : "waived");
    if (s->waiver == NULL)
        return;
    cJSON *by = json_add_object(json, a, "waiver");
    const struct {
        const char *key;
        struct str value;
    } members[] = {{"id", s->waiver->id},
                   {"ticket", s->waiver->ticket},
                   {"approved_by", s->waiver->approved_by},
                   {"expires", s->waiver->expires},
                   {"reason", s->waiver->reason}};
    for (size_t k = 0; k < sizeof members / sizeof *members; k++)
        if (members[k].value.n != 0)
            json_add_str(by, a, members[k].key, members[k].value);
}

void part_add_settled(cJSON *to, const struct part *p)
{
    struct arena *a = p->report->arena;
    if (p->report->result->settled.n == 0)
        return;
    cJSON *all = json_add_array(to, a, "settled");
    for (size_t i = 0; i < p->report->result->settled.n; i++) {
        const struct settled *s = &p->report->result->settled.v[i];
        json_add_finding(all, p->report, &s->finding);
        add_settlement(all->child->prev, a, s); /* the last */
    }
}

/* ---- diagnostics --------------------------------------------------------------------------------
 */

static cJSON *add_diag(cJSON *to, const struct report *r, const struct diag *d)
{
    struct arena *a = r->arena;
    cJSON *json = json_add_object(to, a, NULL);
    json_add_text(json, a, "level", diag_level_names[d->level]);
    json_add_str(json, a, "message", d->message);
    if (d->hint.n != 0)
        json_add_str(json, a, "hint", d->hint);
    json_add_span(json, r, "location", d->at);
    return json;
}

void json_add_diagnostics(cJSON *doc, const struct report *r)
{
    cJSON *all = json_add_array(doc, r->arena, "diagnostics");
    for (size_t i = 0; i < r->diags->n; i++)
        add_diag(all, r, &r->diags->v[i]);
    if (r->diags->dropped != 0)
        json_add_number(doc, r->arena, "diagnostics_dropped", r->diags->dropped);
}

void part_add_diagnostics(cJSON *to, const struct part *p)
{
    const struct report *r = p->report;
    cJSON *all = json_add_array(to, r->arena, "diagnostics");
    for (size_t i = 0; i < r->diags->n; i++) {
        const struct device_result *d = owner(p, r->diags->v[i].at.file);
        cJSON *json = add_diag(all, r, &r->diags->v[i]);
        if (d != NULL)
            json_add_str(json, r->arena, "device", d->policy->device);
    }
    if (r->diags->dropped != 0)
        json_add_number(to, r->arena, "diagnostics_dropped", r->diags->dropped);
}

/* ---- excerpts -----------------------------------------------------------------------------------
 */

struct quote {
    uint32_t file, line;
};
struct quotes {
    struct quote *v;
    size_t n, cap;
};

static void quote(struct quotes *q, const struct report *r, struct place p)
{
    if (p.source == NULL)
        return;
    *PUSH(r->arena, *q) = (struct quote){p.source->index, p.at.line};
    if (p.at.end_line != p.at.line)
        *PUSH(r->arena, *q) = (struct quote){p.source->index, p.at.end_line};
}

static void quote_finding(struct quotes *q, const struct report *r, const struct finding *f)
{
    quote(q, r, finding_place(r, f));
    for (size_t i = 0; i < f->related.n; i++)
        quote(q, r, place_of(r->sources, f->related.v[i].at));
    for (size_t i = 0; i < f->path.n; i++)
        quote(q, r, place_of(r->sources, f->path.v[i].at));
}

static int by_line(const void *x, const void *y)
{
    const struct quote *a = x, *b = y;
    if (a->file != b->file)
        return a->file < b->file ? -1 : 1;
    return (a->line > b->line) - (a->line < b->line);
}

/* A line of UTF-8 text as it is; any other as its bytes, so that nothing is lost. */
static void add_line(cJSON *json, struct arena *a, struct str line)
{
    if (str_safe(a, line).p == line.p) {
        json_add_str(json, a, "text", line);
        return;
    }
    struct out hex = {.arena = a};
    for (size_t i = 0; i < line.n; i++)
        out_fmt(&hex, "%02x", (unsigned char)line.p[i]);
    json_add_str(json, a, "hex", out_taken(&hex));
}

/* Those of FILE. */
static void add_excerpts(cJSON *all, const struct part *p, const struct quotes *q, uint32_t file)
{
    struct arena *a = p->report->arena;
    const struct source *s = p->report->sources->v[file];
    const struct device_result *d = p->owners[file];
    struct quote first = {file, 0};
    size_t lo = 0, hi = q->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (by_line(&q->v[mid], &first) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    for (size_t i = lo; i < q->n && q->v[i].file == file; i++) {
        struct str line = source_line(s, q->v[i].line);
        if (line.n == 0 || (i > lo && q->v[i].line == q->v[i - 1].line))
            continue;
        cJSON *json = json_add_object(all, a, NULL);
        json_add_str(json, a, "path", s->path);
        if (d != NULL)
            json_add_str(json, a, "device", d->policy->device);
        json_add_number(json, a, "line", q->v[i].line);
        add_line(json, a, line);
    }
}

static int by_path(const void *x, const void *y)
{
    const struct source *const *a = x, *const *b = y;
    return str_cmp((*a)->path, (*b)->path);
}

/* Files of no device: by path. */
static void add_other_excerpts(cJSON *all, const struct part *p, const struct quotes *q)
{
    const struct sources *sources = p->report->sources;
    const struct source **v = NEW_N(p->report->arena, const struct source *, q->n + 1);
    size_t n = 0;
    for (size_t i = 0; i < q->n; i++)
        if (p->owners[q->v[i].file] == NULL && (i == 0 || q->v[i].file != q->v[i - 1].file))
            v[n++] = sources->v[q->v[i].file];
    if (n != 0)
        qsort(v, n, sizeof *v, by_path);
    for (size_t i = 0; i < n; i++)
        add_excerpts(all, p, q, v[i]->index);
}

void part_add_excerpts(cJSON *to, const struct part *p)
{
    const struct report *r = p->report;
    struct quotes q = {0};
    for (size_t i = 0; i < r->result->findings.n; i++)
        quote_finding(&q, r, &r->result->findings.v[i]);
    for (size_t i = 0; i < r->result->settled.n; i++)
        quote_finding(&q, r, &r->result->settled.v[i].finding);
    for (size_t i = 0; i < r->diags->n; i++)
        quote(&q, r, place_of(r->sources, r->diags->v[i].at));
    if (q.n != 0)
        qsort(q.v, q.n, sizeof *q.v, by_line);
    cJSON *all = json_add_array(to, r->arena, "excerpts");
    for (size_t i = 0; i < r->devices.n; i++)
        for (size_t k = 0; k < r->devices.v[i].n_inputs; k++)
            add_excerpts(all, p, &q, r->devices.v[i].inputs[k]->index);
    add_other_excerpts(all, p, &q);
}

void part_write_device(struct out *o, const struct report *r)
{
    struct part p = part_whole(r);
    cJSON *doc = json_new_object(r->arena);
    part_add_devices(doc, &p);
    part_add_controls(doc, &p);
    part_add_catalogues(doc, &p);
    part_add_exposures(doc, &p);
    cJSON *findings = json_add_array(doc, r->arena, "findings");
    for (size_t i = 0; i < r->result->findings.n; i++)
        json_add_finding(findings, r, &r->result->findings.v[i]);
    part_add_settled(doc, &p);
    part_add_diagnostics(doc, &p);
    part_add_excerpts(doc, &p);
    json_print(r->arena, o, doc, false);
}
