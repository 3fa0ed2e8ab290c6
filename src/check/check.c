/* Running packs on policies, and what the kinds of rules share to tell results. */
#include "check/check_int.h"

#include <stdlib.h>
#include <string.h>

const char *const severity_names[] = {"note", "warning", "error"};
const char *const certainty_names[] = {"definite", "possible"};
const char *const status_names[] = {"pass", "fail", "unknown", "not_applicable", "waived"};

/* ---- controls and findings ------------------------------------------------------------------ */

struct control *control_add(struct check *c, const struct rule_def *r, enum status status,
                            struct str reason)
{
    struct control *x = PUSH(c->arena, c->result->controls);
    *x = (struct control){.rule = r, .policy = c->policy, .status = status, .reason = reason};
    return x;
}

static enum severity severity_of(const struct check *c, const struct rule_def *r)
{
    for (size_t i = 0; i < c->site->severities.n; i++)
        if (str_eq_nocase(c->site->severities.v[i].rule, r->id))
            return c->site->severities.v[i].severity;
    return r->severity;
}

struct finding *finding_add(struct check *c, const struct rule_def *r)
{
    struct finding *f = PUSH(c->arena, c->result->findings);
    *f = (struct finding){.rule = r,
                          .policy = c->policy,
                          .severity = severity_of(c, r),
                          .title = r->title,
                          .at = SPAN_NONE};
    return f;
}

struct str limit_reached(struct check *c, const struct rule_def *r)
{
    struct str reason = STR("the limit of steps or memory was reached");
    diag_add(c->diags, DIAG_INCOMPLETE, SPAN_NONE, "%.*s: %.*s", STR_ARG(r->id), STR_ARG(reason));
    return reason;
}

void finding_relate(struct check *c, struct finding *f, struct span at, struct str message)
{
    *PUSH(c->arena, f->related) = (struct related){message, at};
}

void advise(struct check *c, struct strs *advice, struct str line)
{
    *PUSH(c->arena, *advice) = line;
}

void advise_roles(struct check *c, struct strs *advice, const struct strs *roles)
{
    struct out o = {.arena = c->arena};
    out_text(&o, "\"roles\": {");
    for (size_t i = 0; i < roles->n; i++)
        out_fmt(&o, "%s\"%.*s\": [\"…\"]", i == 0 ? "" : ", ", STR_ARG(roles->v[i]));
    out_text(&o, "}");
    advise(c, advice, out_taken(&o));
}

bool is_steering(const struct check *c)
{
    for (size_t i = 0; i < c->policy->facts.n; i++)
        if (str_eq(c->policy->facts.v[i].key, STR("csv.steering")))
            return true;
    return false;
}

/* Both families of netfilter are one format to packs. */
static bool is_of_format(const struct policy *p, struct str format)
{
    return str_starts(p->format, format) ||
           (str_eq(p->format, STR("ip6tables")) && str_eq(format, STR("iptables")));
}

bool rule_applies(struct check *c, const struct rule_def *r)
{
    if (is_steering(c) && !r->steering) {
        control_add(c, r, STATUS_NOT_APPLICABLE,
                    STR("this is a list of what bypasses a tunnel, not a firewall's rules"));
        return false;
    }
    for (size_t i = 0; i < r->cannot.n; i++)
        if (is_of_format(c->policy, r->cannot.v[i].format) && !is_steering(c)) {
            control_add(c, r, STATUS_NOT_APPLICABLE, r->cannot.v[i].why);
            return false;
        }
    const struct parameter *use = site_parameter(c->site, r->pack->id, "use");
    if (use == NULL || r->uses.n == 0)
        return true;
    for (size_t i = 0; i < r->uses.n; i++)
        for (size_t k = 0; k < use->values.n; k++)
            if (str_eq(r->uses.v[i], use->values.v[k]))
                return true;
    struct str all = join(c->arena, &r->uses, " or ", 9);
    control_add(c, r, STATUS_NOT_APPLICABLE,
                arena_strf(c->arena, "the site file does not \"use\" %.*s", STR_ARG(all)));
    return false;
}

/* '*' stands for any run of characters. */
static bool glob(struct str pattern, struct str text)
{
    size_t star = str_find(pattern, '*');
    if (star == pattern.n)
        return str_eq(pattern, text);
    return text.n + 1 >= pattern.n && str_starts(text, str_sub(pattern, 0, star)) &&
           str_ends(text, str_from(pattern, star + 1));
}

bool glob_any(const struct strs *patterns, struct str text)
{
    for (size_t i = 0; i < patterns->n; i++)
        if (glob(patterns->v[i], text))
            return true;
    return false;
}

/* ---- words ---------------------------------------------------------------------------------- */

struct str join(struct arena *a, const struct strs *list, const char *between, size_t limit)
{
    struct out o = {.arena = a};
    size_t shown = list->n <= limit + 1 ? list->n : limit;
    for (size_t i = 0; i < shown; i++)
        out_fmt(&o, "%s%.*s", i == 0 ? "" : between, STR_ARG(list->v[i]));
    if (shown < list->n)
        out_fmt(&o, " and %zu more", list->n - shown);
    return out_taken(&o);
}

struct str spots_text(struct check *c, struct span at)
{
    if (at.line == 0)
        return STR("the device's default");
    return arena_strf(c->arena, "line %u", at.line);
}

void variable_set(struct check *c, struct variables *v, const char *name, struct str value)
{
    for (size_t i = 0; i < v->n; i++)
        if (strcmp(v->v[i].name, name) == 0) {
            v->v[i].value = value;
            return;
        }
    *PUSH(c->arena, *v) = (struct variable){name, value};
}

struct str template_fill(struct arena *a, struct str text, const struct variables *v)
{
    struct out o = {.arena = a};
    while (text.n != 0) {
        size_t open = str_find(text, '{'), close = str_find(text, '}');
        out_str(&o, str_sub(text, 0, open));
        text = str_from(text, open);
        if (text.n == 0)
            break;
        struct str name = str_sub(text, 1, close - open - 1);
        const struct variable *found = NULL;
        for (size_t i = 0; i < v->n && close > open; i++)
            if (str_eq(name, str_of(v->v[i].name)))
                found = &v->v[i];
        if (found != NULL) {
            out_str(&o, found->value);
            text = str_from(text, name.n + 2);
        } else {
            out_char(&o, '{');
            text = str_from(text, 1);
        }
    }
    return out_taken(&o);
}

/* " WORD values", unless the field says nothing. */
static void field_text(struct check *c, struct out *o, const struct cube *x, enum field f,
                       const char *word, size_t limit)
{
    struct sets *s = c->policy->sets;
    enum family family = set_has(s, x->f[FIELD_FAMILY], FAMILY_V4) ? FAMILY_V4 : FAMILY_V6;
    struct strs values = set_format(s, c->arena, f, x->f[f], family, &c->policy->ifaces);
    if (values.n == 1 && str_eq(values.v[0], STR("any")))
        return;
    struct str text = join(c->arena, &values, ", ", limit);
    out_fmt(o, "%s%s%s%.*s", o->n == 0 ? "" : " ", word, *word == 0 ? "" : " ", STR_ARG(text));
}

struct str region_text(struct check *c, const struct region *r, size_t limit, size_t values)
{
    static const struct {
        enum field field;
        const char *word;
    } shown[] = {{FIELD_PROTO, ""},    {FIELD_SRC, "from"},   {FIELD_SPORT, "port"},
                 {FIELD_DST, "to"},    {FIELD_DPORT, "port"}, {FIELD_IN, "in at"},
                 {FIELD_OUT, "out at"}};
    struct strs boxes = {0};
    for (size_t i = 0; i < r->n && i <= limit; i++) {
        struct out o = {.arena = c->arena};
        for (size_t k = 0; k < sizeof shown / sizeof *shown; k++)
            field_text(c, &o, &r->v[i], shown[k].field, shown[k].word, values);
        *PUSH(c->arena, boxes) = out_taken(&o);
    }
    return join(c->arena, &boxes, "; ", limit);
}

/* ---- order and identity --------------------------------------------------------------------- */

static void add_part(struct sha256 *sum, struct str part)
{
    uint64_t n = part.n;
    uint8_t length[8];
    for (size_t i = 0; i < sizeof length; i++, n >>= 8)
        length[i] = (uint8_t)n;
    sha256_add(sum, length, sizeof length);
    sha256_add(sum, part.p, part.n);
}

/* By meaning: rule, device and subject, and which of several alike it is; never by line. */
static void set_fingerprint(struct check *c, struct map *twins, struct finding *f)
{
    struct str device = f->policy->device;
    struct str alike = arena_strf(c->arena, "%.*s\n%.*s\n%.*s", STR_ARG(f->rule->id),
                                  STR_ARG(device), STR_ARG(f->subject));
    size_t *count = map_get(twins, alike);
    if (count == NULL) {
        count = NEW(c->arena, size_t);
        map_put(twins, alike, count);
    }
    struct sha256 sum;
    uint8_t digest[32];
    sha256_start(&sum);
    add_part(&sum, STR("fp1"));
    add_part(&sum, f->rule->id);
    add_part(&sum, device);
    add_part(&sum, f->subject);
    add_part(&sum, arena_strf(c->arena, "%zu", (*count)++));
    sha256_end(&sum, digest);
    struct str hex = sha256_hex(c->arena, digest);
    f->fingerprint =
        arena_strf(c->arena, "%.*s:%.*s:%.8s", STR_ARG(device), STR_ARG(f->rule->id), hex.p);
}

struct sortable {
    struct finding f;
    struct str path;
    const struct waiver *waiver; /* of a settled one */
};

static int by_number(uint32_t x, uint32_t y)
{
    return (x > y) - (x < y);
}

static int by_place(const void *x, const void *y)
{
    const struct sortable *a = x, *b = y;
    int d = str_cmp(a->f.policy->device, b->f.policy->device);
    if (d == 0)
        d = str_cmp(a->path, b->path);
    if (d == 0)
        d = by_number(a->f.at.line, b->f.at.line);
    if (d == 0)
        d = by_number(a->f.at.col, b->f.at.col);
    if (d == 0)
        d = str_cmp(a->f.rule->id, b->f.rule->id);
    return d != 0 ? d : str_cmp(a->f.fingerprint, b->f.fingerprint);
}

static struct str path_of(const struct sources *sources, const struct finding *f)
{
    return f->at.file < sources->n ? sources->v[f->at.file]->path : STR("");
}

static void sort_findings(struct arena *a, const struct sources *sources, struct result *r)
{
    struct sortable *v = NEW_N(a, struct sortable, r->findings.n + 1);
    for (size_t i = 0; i < r->findings.n; i++)
        v[i] = (struct sortable){r->findings.v[i], path_of(sources, &r->findings.v[i]), NULL};
    qsort(v, r->findings.n, sizeof *v, by_place);
    for (size_t i = 0; i < r->findings.n; i++)
        r->findings.v[i] = v[i].f;
}

static void sort_settled(struct arena *a, const struct sources *sources, struct result *r)
{
    struct sortable *v = NEW_N(a, struct sortable, r->settled.n + 1);
    for (size_t i = 0; i < r->settled.n; i++)
        v[i] =
            (struct sortable){r->settled.v[i].finding, path_of(sources, &r->settled.v[i].finding),
                              r->settled.v[i].waiver};
    qsort(v, r->settled.n, sizeof *v, by_place);
    for (size_t i = 0; i < r->settled.n; i++)
        r->settled.v[i] = (struct settled){v[i].f, v[i].waiver};
}

static int by_rule(const void *x, const void *y)
{
    const struct control *a = x, *b = y;
    int d = str_cmp(a->rule->id, b->rule->id);
    return d != 0 ? d : str_cmp(a->policy->device, b->policy->device);
}

static int by_device(const void *x, const void *y)
{
    const struct exposure *a = x, *b = y;
    return str_cmp(a->policy->device, b->policy->device);
}

void results_sort(struct arena *a, const struct sources *sources, struct result *r)
{
    struct arena *scratch = arena_child(a);
    sort_findings(scratch, sources, r);
    sort_settled(scratch, sources, r);
    if (r->controls.n != 0)
        qsort(r->controls.v, r->controls.n, sizeof *r->controls.v, by_rule);
    if (r->exposures.n != 0)
        qsort(r->exposures.v, r->exposures.n, sizeof *r->exposures.v, by_device);
    arena_free(scratch);
}

void finding_name(struct check *c, struct finding *f)
{
    set_fingerprint(c, map_new(c->arena), f);
}

bool rule_ran(const struct check *c, const struct rule_def *r)
{
    for (size_t i = 0; i < c->result->controls.n; i++)
        if (c->result->controls.v[i].rule == r)
            return true;
    return false;
}

struct str control_key(struct check *c, const struct rule_def *r, const struct policy *p)
{
    return arena_strf(c->arena, "%.*s %.*s", STR_ARG(r->id), STR_ARG(p->device));
}

/* ---- running -------------------------------------------------------------------------------- */

void rule_run(struct check *c, const struct rule_def *r)
{
    if (rule_applies(c, r))
        r->kind->run(c, r);
}

/* What R takes to be decided is freed then, but for what it comes to. */
static void run_apart(const struct check *c, const struct rule_def *r)
{
    struct arena *scratch = arena_child(c->arena);
    struct result result = {.arena = scratch};
    struct check one = *c;
    one.arena = scratch;
    one.result = &result;
    one.before = c->result;
    rule_run(&one, r);
    result_keep(c->result, &result);
    arena_free(scratch);
}

void findings_name(struct check *c, size_t first)
{
    struct map *twins = map_new(c->arena);
    for (size_t i = first; i < c->result->findings.n; i++)
        if (c->result->findings.v[i].policy == c->policy)
            set_fingerprint(c, twins, &c->result->findings.v[i]);
}

void check_run(struct check *c, const struct packs *packs)
{
    size_t first = c->result->findings.n, rules = 0, done = 0;
    if (c->feeds == NULL)
        c->feeds = feeds_read(c->arena, c->diags, c->sources, c->site, packs, c->files);
    c->survey = survey_new(c->policy, c->arena);
    c->sets_before = arena_used(sets_arena(c->policy->sets));
    for (size_t i = 0; i < packs->n; i++)
        rules += packs->v[i]->rules.n;
    for (size_t i = 0; i < packs->n; i++)
        for (size_t k = 0; k < packs->v[i]->rules.n; k++) {
            if (c->progress != NULL)
                c->progress("checking: rule", ++done, rules);
            run_apart(c, &packs->v[i]->rules.v[k]);
        }
    findings_name(c, first);
    say_rows(c, first);
    if (c->pictures)
        exposure_find(c);
    results_sort(c->arena, c->sources, c->result);
}
