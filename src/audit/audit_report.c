/* What a run comes to: its verdict, and its result in the one order that does not depend on the
 * order of the inputs, so that results of parts of a fleet can be merged to the same bytes. */
#include "audit/audit.h"

#include <stdlib.h>

/* ---- the verdict ------------------------------------------------------------------------------
 */

enum severity audit_fail_on(const struct audit_config *c)
{
    return (enum severity)(SEVERITY_ERROR - c->fail_on);
}

size_t audit_count(const struct audit *a, enum severity severity)
{
    size_t n = 0;
    for (size_t i = 0; i < a->result->findings.n; i++)
        n += a->result->findings.v[i].severity >= severity;
    return n;
}

static bool has_lines_not_modelled(const struct audit *a)
{
    for (size_t i = 0; i < a->devices.n; i++)
        for (size_t j = 0; j < a->devices.v[i].inputs.n; j++) {
            uint32_t counts[4];
            source_counts(a->devices.v[i].inputs.v[j], counts);
            if (counts[LINE_NOT_MODELLED] != 0)
                return true;
        }
    return false;
}

enum exit_verdict audit_verdict(const struct audit *a, int *exit_code)
{
    bool incomplete = a->diags.worst[DIAG_INCOMPLETE] || has_lines_not_modelled(a);
    bool fails = audit_count(a, audit_fail_on(a->config)) != 0;
    enum exit_verdict v = RUN_PASS;
    if (a->diags.worst[DIAG_ERROR])
        v = RUN_ERROR;
    else if (incomplete && !a->config->allow_incomplete)
        v = RUN_INCOMPLETE;
    else if (fails)
        v = RUN_FAIL;
    static const int codes[] = {
        [RUN_PASS] = 0, [RUN_FAIL] = 1, [RUN_ERROR] = 2, [RUN_INCOMPLETE] = 3};
    *exit_code = v == RUN_FAIL && a->config->exit_zero ? 0 : codes[v];
    return v;
}

/* ---- the order of a result ----------------------------------------------------------------------
 */

static int by_name(const void *x, const void *y)
{
    const struct audit_device *const *a = x, *const *b = y;
    return str_cmp((*a)->name, (*b)->name);
}

/* The devices sorted by name. */
static struct audit_device **devices_sorted(struct audit *a)
{
    struct audit_device **v = NEW_N(a->arena, struct audit_device *, a->devices.n + 1);
    for (size_t i = 0; i < a->devices.n; i++)
        v[i] = &a->devices.v[i];
    qsort(v, a->devices.n, sizeof *v, by_name);
    return v;
}

struct ranked {
    size_t rank;  /* 0: of no device; else its place among the devices, from 1 */
    size_t order; /* in which it was told */
    struct str path;
    const struct diag *diag;
};

static int by_number(size_t x, size_t y)
{
    return (x > y) - (x < y);
}

/* What a diagnostic of no device says, and where: the order of these, as runs may share them. */
static int by_words(const struct ranked *a, const struct ranked *b)
{
    const struct diag *x = a->diag, *y = b->diag;
    int d = str_cmp(a->path, b->path);
    if (d == 0)
        d = by_number(x->at.line, y->at.line);
    if (d == 0)
        d = by_number(x->at.col, y->at.col);
    if (d == 0)
        d = by_number(x->level, y->level);
    if (d == 0)
        d = str_cmp(x->message, y->message);
    return d != 0 ? d : str_cmp(x->hint, y->hint);
}

static int by_rank(const void *x, const void *y)
{
    const struct ranked *a = x, *b = y;
    int d = by_number(a->rank, b->rank);
    if (d == 0 && a->rank == 0)
        d = by_words(a, b);
    return d != 0 ? d : by_number(a->order, b->order);
}

/* Diagnostics of no device first, sorted and each once; then those of each device as they came. */
static const struct diags *diags_sorted(struct audit *a, struct audit_device *const *devices)
{
    size_t *ranks = NEW_N(a->arena, size_t, a->sources.n + 1);
    for (size_t i = 0; i < a->devices.n; i++)
        for (size_t k = 0; k < devices[i]->inputs.n; k++)
            ranks[devices[i]->inputs.v[k]->index] = i + 1;
    struct ranked *v = NEW_N(a->arena, struct ranked, a->diags.n + 1);
    for (size_t i = 0; i < a->diags.n; i++) {
        uint32_t file = a->diags.v[i].at.file;
        bool placed = file < a->sources.n;
        v[i] = (struct ranked){placed ? ranks[file] : 0, i,
                               placed ? a->sources.v[file]->path : STR(""), &a->diags.v[i]};
    }
    qsort(v, a->diags.n, sizeof *v, by_rank);
    struct diags *out = NEW(a->arena, struct diags);
    *out = a->diags;
    out->v = NEW_N(a->arena, struct diag, a->diags.n + 1);
    out->n = 0;
    for (size_t i = 0; i < a->diags.n; i++)
        if (i == 0 || v[i].rank != 0 || v[i - 1].rank != 0 || by_words(&v[i - 1], &v[i]) != 0)
            out->v[out->n++] = *v[i].diag;
    return out;
}

static int by_id(const void *x, const void *y)
{
    const struct pack *const *a = x, *const *b = y;
    int d = str_cmp((*a)->id, (*b)->id);
    return d != 0 ? d : str_cmp((*a)->version, (*b)->version);
}

/* Sorted by id, each once. */
static const struct packs *packs_sorted(struct audit *a)
{
    struct packs *out = NEW(a->arena, struct packs);
    for (size_t i = 0; i < a->packs.n; i++)
        *PUSH(a->arena, *out) = a->packs.v[i];
    if (out->n == 0)
        return out;
    qsort(out->v, out->n, sizeof *out->v, by_id);
    size_t kept = 1;
    for (size_t i = 1; i < out->n; i++)
        if (by_id(&out->v[i], &out->v[kept - 1]) != 0)
            out->v[kept++] = out->v[i];
    out->n = kept;
    return out;
}

struct report audit_report(struct audit *a)
{
    struct audit_device **devices = devices_sorted(a);
    struct report r = {
        .arena = a->arena,
        .sources = &a->sources,
        .diags = diags_sorted(a, devices),
        .packs = packs_sorted(a),
        .result = a->result,
        .site = a->site,
        .fail_on = audit_fail_on(a->config),
        .jobs = a->apart ? a->config->jobs : 1,
    };
    for (size_t i = 0; i < a->devices.n; i++) {
        const struct audit_device *d = devices[i];
        const struct source **inputs = NEW_N(a->arena, const struct source *, d->inputs.n);
        for (size_t j = 0; j < d->inputs.n; j++)
            inputs[j] = d->inputs.v[j];
        *PUSH(a->arena, r.devices) = (struct device_result){d->policy, inputs, d->inputs.n};
    }
    for (size_t i = 0; i < a->catalogues.n; i++)
        for (size_t k = 0; k < r.devices.n; k++)
            catalogue_decide(a->result, a->catalogues.v[i], r.devices.v[k].policy);
    compliances_sort(a->result);
    r.verdict = audit_verdict(a, &r.exit_code);
    return r;
}
