/* Waivers on the findings of a run. */
#include "check/waiver.h"

#include "check/check_int.h"
#include "check/waiver_int.h"

/* ---- findings about waivers -------------------------------------------------------------------
 */

static const struct pack waiver_pack = {
    .id = STR_INIT("waivers"),
    .title = STR_INIT("What is wrong with waivers and baseline"),
    .version = STR_INIT("1"),
};

#define RULE(ID, TITLE, SEVERITY, WHY)                                                             \
    {                                                                                              \
        .id = STR_INIT(ID), .title = STR_INIT(TITLE), .severity = SEVERITY,                        \
        .rationale = {(struct str[]){STR_INIT(WHY)}, 1, 1}, .pack = &waiver_pack                   \
    }
static const struct rule_def waiver_rules[] = {
    [WVR_EXPIRED] = RULE("WVR-001", "A waiver has expired", SEVERITY_WARNING,
                         "What it waived is a finding again. Mend it, or have the waiver renewed."),
    [WVR_ENDS] = RULE("WVR-002", "A waiver ends soon", SEVERITY_NOTE,
                      "What it waives will be a finding again after that day."),
    [WVR_UNUSED] = RULE("WVR-003", "A waiver has nothing to waive", SEVERITY_WARNING,
                        "What it was for is mended, or its finding has another fingerprint now. "
                        "Take it out, lest it hide what comes later."),
    [WVR_SELF] = RULE("WVR-004", "A waiver was approved by who asked for it", SEVERITY_WARNING,
                      "Two people should have looked at what is accepted."),
    [WVR_TOO_MANY] = RULE("WVR-005", "A waiver would waive more than it may", SEVERITY_WARNING,
                          "More findings fit than it was written for: none of them is waived."),
    [WVR_STALE] = RULE("WVR-006", "An entry of the baseline is gone", SEVERITY_NOTE,
                       "The finding is mended. `fwproof baseline` drops the entry, so that the "
                       "fault cannot come back unseen."),
};

const struct rule_def *waiver_rule_find(struct str id)
{
    for (size_t i = 0; i < sizeof waiver_rules / sizeof *waiver_rules; i++)
        if (str_eq_nocase(waiver_rules[i].id, id))
            return &waiver_rules[i];
    return NULL;
}

void waiver_tell(struct check *c, enum waiver_trouble trouble, struct span at, struct str subject,
                 struct str message)
{
    struct finding *f = finding_add(c, &waiver_rules[trouble]);
    f->at = at;
    f->subject = subject;
    f->message = message;
    finding_name(c, f);
}

/* ---- which findings ---------------------------------------------------------------------------
 */

static bool fits(const struct waiver *w, const struct finding *f)
{
    if (f->rule != w->rule)
        return false;
    if (w->inline_form)
        return f->at.file == w->line.file && f->at.line == w->line.line;
    if (w->finding.n != 0)
        return str_eq(w->finding, f->fingerprint);
    struct str pattern = w->device;
    return glob_any(&(struct strs){&pattern, 1, 1}, f->policy->device);
}

/* ---- findings by what waivers name ------------------------------------------------------------
 */

/* Findings by rule, and by rule and one thing more, so that a waiver does not look at all of them.
 */
struct index {
    struct arena *arena;
    struct map *places; /* key → struct places */
};

struct places { /* in result->findings */
    size_t *v;
    size_t n, cap;
};

/* By what a waiver names findings of its rule, besides the rule. */
enum named_by { BY_RULE, BY_FINGERPRINT, BY_DEVICE, BY_LINE };

static struct str key_of(struct arena *a, const struct rule_def *r, enum named_by by,
                         struct str name)
{
    return arena_strf(a, "%.*s %d %.*s", STR_ARG(r->id), (int)by, STR_ARG(name));
}

static struct str line_name(struct arena *a, struct span at)
{
    return arena_strf(a, "%u:%u", at.file, at.line);
}

static void index_put(struct index *x, struct str key, size_t place)
{
    struct places *p = map_get(x->places, key);
    if (p == NULL) {
        p = NEW(x->arena, struct places);
        map_put(x->places, key, p);
    }
    *PUSH(x->arena, *p) = place;
}

static struct index index_of(struct arena *a, const struct result *r)
{
    struct index x = {a, map_new(a)};
    for (size_t i = 0; i < r->findings.n; i++) {
        const struct finding *f = &r->findings.v[i];
        index_put(&x, key_of(a, f->rule, BY_RULE, STR("")), i);
        index_put(&x, key_of(a, f->rule, BY_FINGERPRINT, f->fingerprint), i);
        index_put(&x, key_of(a, f->rule, BY_LINE, line_name(a, f->at)), i);
        if (f->policy != NULL)
            index_put(&x, key_of(a, f->rule, BY_DEVICE, f->policy->device), i);
    }
    return x;
}

/* Those that W fits, in their order, and maybe others of its rule. */
static struct places candidates(const struct index *x, const struct waiver *w)
{
    struct arena *a = x->arena;
    bool pattern = str_find(w->device, '*') != w->device.n;
    struct str key = w->inline_form      ? key_of(a, w->rule, BY_LINE, line_name(a, w->line))
                     : w->finding.n != 0 ? key_of(a, w->rule, BY_FINGERPRINT, w->finding)
                     : pattern           ? key_of(a, w->rule, BY_RULE, STR(""))
                                         : key_of(a, w->rule, BY_DEVICE, w->device);
    static const struct places none;
    const struct places *p = map_get(x->places, key);
    return p == NULL ? none : *p;
}

static struct str label(struct check *c, const struct waiver *w)
{
    return w->ticket.n == 0
               ? w->id
               : arena_strf(c->arena, "%.*s, %.*s", STR_ARG(w->id), STR_ARG(w->ticket));
}

/* Days from today to the last valid day; false if W does not end. */
static bool days_left(const struct check *c, const struct waiver *w, int64_t *days)
{
    int64_t today, end;
    if (!date_day(w->expires, &end) || !date_day(c->today, &today))
        return false;
    *days = end - today;
    return true;
}

/* Whether W counts for its MATCHES findings; what is wrong with it is told. */
static bool holds(struct check *c, const struct waivers *all, const struct waiver *w,
                  size_t matches)
{
    struct arena *a = c->arena;
    int64_t days = 0;
    bool ends = days_left(c, w, &days);
    if (matches == 0) {
        waiver_tell(c, WVR_UNUSED, w->at, w->id,
                    arena_strf(a, "%.*s: it fits no finding of %.*s", STR_ARG(label(c, w)),
                               STR_ARG(w->rule->id)));
        return false;
    }
    if (ends && days < 0) {
        waiver_tell(c, WVR_EXPIRED, w->at, w->id,
                    arena_strf(a, "%.*s: expired %lld days ago, on %.*s", STR_ARG(label(c, w)),
                               (long long)-days, STR_ARG(w->expires)));
        return false;
    }
    if (w->max_findings != 0 && matches > w->max_findings) {
        waiver_tell(c, WVR_TOO_MANY, w->at, w->id,
                    arena_strf(a, "%.*s: %zu findings, \"max_findings\" is %u; none is waived",
                               STR_ARG(label(c, w)), matches, (unsigned)w->max_findings));
        return false;
    }
    if (ends && days <= (int64_t)all->warn_before_days)
        waiver_tell(c, WVR_ENDS, w->at, w->id,
                    arena_strf(a, "%.*s: ends in %lld days, on %.*s", STR_ARG(label(c, w)),
                               (long long)days, STR_ARG(w->expires)));
    if (w->approved_by.n != 0 && str_eq(w->approved_by, w->requested_by))
        waiver_tell(c, WVR_SELF, w->at, w->id,
                    arena_strf(a, "%.*s: asked for and approved by %.*s", STR_ARG(label(c, w)),
                               STR_ARG(w->approved_by)));
    return true;
}

/* ---- applying ---------------------------------------------------------------------------------
 */

void settle(struct check *c, const bool *gone, const struct waiver *const *by)
{
    struct result *r = c->result;
    size_t kept = 0;
    for (size_t i = 0; i < r->findings.n; i++)
        if (gone[i])
            *PUSH(r->arena, r->settled) =
                (struct settled){r->findings.v[i], by == NULL ? NULL : by[i]};
        else
            r->findings.v[kept++] = r->findings.v[i];
    r->findings.n = kept;
}

static struct str settled_by(struct check *c, const struct settled *s)
{
    if (s->waiver == NULL)
        return STR("the baseline");
    struct str by = label(c, s->waiver);
    return s->waiver->expires.n == 0
               ? by
               : arena_strf(c->arena, "%.*s until %.*s", STR_ARG(by), STR_ARG(s->waiver->expires));
}

void settle_controls(struct check *c)
{
    struct result *r = c->result;
    struct map *open = map_new(c->arena), *settled = map_new(c->arena);
    for (size_t i = 0; i < r->findings.n; i++)
        map_put(open, control_key(c, r->findings.v[i].rule, r->findings.v[i].policy), r);
    for (size_t i = 0; i < r->settled.n; i++) {
        const struct finding *f = &r->settled.v[i].finding;
        map_put(settled, control_key(c, f->rule, f->policy), &r->settled.v[i]);
    }
    for (size_t i = 0; i < r->controls.n; i++) {
        struct control *x = &r->controls.v[i];
        struct str key = control_key(c, x->rule, x->policy);
        const struct settled *s = map_get(settled, key);
        if (x->status != STATUS_FAIL || s == NULL || map_get(open, key) != NULL)
            continue;
        x->status = STATUS_WAIVED;
        x->reason =
            arena_strf(c->arena, "%.*s, by %.*s", STR_ARG(x->reason), STR_ARG(settled_by(c, s)));
    }
}

void waivers_apply(struct check *c, const struct waivers *w)
{
    struct result *r = c->result;
    size_t n = r->findings.n;
    bool *gone = NEW_N(c->arena, bool, n + 1);
    const struct waiver **by = NEW_N(c->arena, const struct waiver *, n + 1);
    struct arena *scratch = arena_child(c->arena);
    struct index index = index_of(scratch, r);
    for (size_t i = 0; i < w->all.n; i++) {
        const struct waiver *one = &w->all.v[i];
        size_t matches = 0;
        if (!rule_ran(c, one->rule))
            continue;
        struct places some = candidates(&index, one);
        for (size_t k = 0; k < some.n; k++)
            matches += fits(one, &r->findings.v[some.v[k]]);
        bool good = holds(c, w, one, matches);
        for (size_t k = 0; good && k < some.n; k++)
            if (!gone[some.v[k]] && fits(one, &r->findings.v[some.v[k]])) {
                gone[some.v[k]] = true;
                by[some.v[k]] = one;
            }
    }
    arena_free(scratch);
    gone = memcpy(NEW_N(c->arena, bool, r->findings.n + 1), gone, n * sizeof *gone);
    by = memcpy(NEW_N(c->arena, const struct waiver *, r->findings.n + 1), by, n * sizeof *by);
    settle(c, gone, by);
    settle_controls(c);
    results_sort(c->arena, c->sources, c->result);
}
