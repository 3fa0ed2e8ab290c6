/* Waivers and the baseline of a run: read and applied, once all devices are checked. */
#include "audit/audit.h"
#include "check/waiver.h"

/* Those of the file and, unless the user forbids it, of the remarks. False after a DIAG_ERROR. */
static bool find_waivers(struct audit *a, struct waivers *w)
{
    const struct audit_config *config = a->config;
    struct str path = config->waivers.n != 0 ? config->waivers : site_path_of(a, a->site->waivers);
    struct source *s = path.n == 0 ? NULL : read_source(a, path, DIAG_ERROR);
    if (path.n != 0 && (s == NULL || !waivers_read(a->arena, &a->diags, s, &a->packs, w)))
        return false;
    for (size_t i = 0; i < a->devices.n && !config->no_inline; i++)
        waivers_in_remarks(a->arena, &a->diags, a->devices.v[i].policy, &a->packs, w);
    bool ends = false;
    for (size_t i = 0; i < w->all.n; i++)
        ends = ends || w->all.v[i].expires.n != 0;
    if (ends && config->today.n == 0)
        diag_add(&a->diags, DIAG_ERROR, SPAN_NONE,
                 "waivers end at a date: say which day it is with --today YYYY-MM-DD");
    return !ends || config->today.n != 0;
}

struct str audit_baseline_path(const struct audit *a)
{
    if (a->no_baseline)
        return STR("");
    return a->config->baseline.n != 0 ? a->config->baseline : site_path_of(a, a->site->baseline);
}

void audit_settle(struct audit *a)
{
    struct waivers waivers = {0};
    struct baseline old = {0};
    struct check c = {.arena = a->arena,
                      .diags = &a->diags,
                      .sources = &a->sources,
                      .site = a->site,
                      .policy = policy_new(a->arena, a->sets, STR("waivers")),
                      .result = a->result,
                      .today = a->config->today};
    if (find_waivers(a, &waivers) && waivers.all.n != 0)
        waivers_apply(&c, &waivers);
    struct str path = audit_baseline_path(a);
    struct source *s = path.n == 0 ? NULL : read_source(a, path, DIAG_ERROR);
    if (s != NULL && baseline_read(a->arena, &a->diags, s, &old))
        baseline_apply(&c, &old);
}
