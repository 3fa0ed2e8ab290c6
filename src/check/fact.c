/* Kind "fact": things an export says that are no sets of packets, by key and value. */
#include "check/group.h"
#include "check/pattern.h"

struct fact_test {
    struct strs keys; /* globs: "name.*" */
    struct pattern value, except;
    bool permits;    /* only where the fact stands in no rule or in one that does not deny */
    bool together;   /* many are told as one */
    uint32_t least;  /* fewer facts than that are the violation; 0: each fact is one */
    struct str lack; /* "no line `logging enable`": the value then */
};

struct fact_def {
    struct fact_test *v; /* any of them */
    size_t n, cap;
};

struct facts {
    const struct fact **v;
    size_t n, cap;
};

/* ---- the kind ------------------------------------------------------------------------------- */

static void read_test(struct json *j, const cJSON *node, struct fact_def *d)
{
#define AT(field) .offset = offsetof(struct fact_test, field)
    static const struct json_key keys[] = {
        {.key = "key", .type = JSON_STRINGS, .required = true, AT(keys)},
        {.key = "value", .type = JSON_OTHER, .read = pattern_read, AT(value)},
        {.key = "except", .type = JSON_OTHER, .read = pattern_read, AT(except)},
        {.key = "permits", .type = JSON_FLAG, AT(permits)},
        {.key = "together", .type = JSON_FLAG, AT(together)},
        {.key = "least", .type = JSON_COUNT, AT(least)},
        {.key = "lack", .type = JSON_STRING, AT(lack)},
    };
#undef AT
    struct fact_test *t = PUSH(j->arena, *d);
    *t = (struct fact_test){0};
    JSON_OBJECT(j, node, "\"fact\"", keys, t);
    if ((t->least != 0) != (t->lack.n != 0))
        json_error(j, json_at(j, node),
                   "\"least\" says how many facts there must be, \"lack\" what is missing "
                   "otherwise: one needs the other");
}

/* One object, or an array of them: what any of them finds or misses is a finding. */
static const void *compile(struct json *j, const struct pack *p, const cJSON *object)
{
    (void)p;
    struct fact_def *d = NEW(j->arena, struct fact_def);
    if (!cJSON_IsArray(object))
        read_test(j, object, d);
    else
        for (const cJSON *m = object->child; m != NULL; m = m->next)
            read_test(j, m, d);
    return d;
}

static bool in_force(const struct fact_test *d, const struct rule *r)
{
    return r == NULL || (!r->inactive && !(d->permits && r->action == ACT_DENY));
}

static enum matched fits_one(const struct fact_test *d, const struct fact *x)
{
    if (!glob_any(&d->keys, x->key) || !in_force(d, x->rule))
        return MATCHED_NO;
    enum matched value = d->value.code == NULL ? MATCHED_YES : pattern_match(&d->value, x->value);
    if (value != MATCHED_YES || d->except.code == NULL)
        return value;
    enum matched except = pattern_match(&d->except, x->value);
    return except == MATCHED_LIMIT ? MATCHED_LIMIT
           : except == MATCHED_YES ? MATCHED_NO
                                   : MATCHED_YES;
}

static enum matched fits(const struct fact_def *d, const struct fact *x)
{
    enum matched best = MATCHED_NO;
    for (size_t i = 0; i < d->n && best != MATCHED_YES; i++) {
        enum matched m = d->v[i].least != 0 ? MATCHED_NO : fits_one(&d->v[i], x);
        best = m == MATCHED_NO ? best : m;
    }
    return best;
}

static void tell(struct check *c, const struct rule_def *r, const struct fact *x)
{
    struct finding *f = finding_add(c, r);
    struct variables v = {0};
    struct str value = str_safe(c->arena, x->value);
    variable_set(c, &v, "value", value);
    variable_set(c, &v, "key", x->key);
    f->at = x->at;
    f->message = r->message.n != 0 ? template_fill(c->arena, r->message, &v) : value;
    f->effect = template_fill(c->arena, r->effect, &v);
    f->subject = arena_strf(c->arena, "%.*s=%.*s", STR_ARG(x->key), STR_ARG(x->value));
    struct fix fix = {.remove = x->rule};
    fix_add(c, f, &fix, &v);
}

static void tell_together(struct check *c, const struct rule_def *r, const struct facts *all)
{
    struct spots spots = {0};
    for (size_t i = 0; i < all->n; i++) {
        const struct fact *x = all->v[i];
        *PUSH(c->arena, spots) = (struct spot){
            .at = x->at,
            .where = STR("the same kind"),
            .rule = x->rule,
            .what = str_safe(c->arena, x->value),
            .subject = arena_strf(c->arena, "%.*s=%.*s", STR_ARG(x->key), STR_ARG(x->value))};
    }
    spots_tell(c, r, &spots);
}

/* ---- what must be there ---------------------------------------------------------------------- */

/* Where a line is missing there is none to blame: the finding stands at the export's first. */
static void tell_lack(struct check *c, const struct rule_def *r, const struct fact_test *d)
{
    struct finding *f = finding_add(c, r);
    struct variables v = {0};
    variable_set(c, &v, "value", d->lack);
    variable_set(c, &v, "key", d->keys.v[0]);
    f->at = c->policy->at;
    f->message = r->message.n != 0 ? template_fill(c->arena, r->message, &v) : d->lack;
    f->effect = template_fill(c->arena, r->effect, &v);
    f->subject = d->lack;
    struct fix none = {0};
    fix_add(c, f, &none, &v);
}

/* What the tests miss that ask for more facts than there are. */
static struct strs look_for_lacks(struct check *c, const struct rule_def *r, size_t *limits)
{
    const struct fact_def *d = r->params;
    struct strs lacking = {0};
    for (size_t i = 0; i < d->n; i++) {
        size_t n = 0, unsure = 0;
        for (size_t k = 0; k < c->policy->facts.n && d->v[i].least != 0; k++) {
            enum matched m = fits_one(&d->v[i], &c->policy->facts.v[k]);
            n += m == MATCHED_YES;
            unsure += m == MATCHED_LIMIT;
        }
        *limits += unsure;
        if (n + unsure < d->v[i].least) {
            tell_lack(c, r, &d->v[i]);
            *PUSH(c->arena, lacking) = d->v[i].lack;
        }
    }
    return lacking;
}

/* "2 found; the export has no line …, no line …". */
static struct str reason_of(struct check *c, size_t found, const struct strs *lacking)
{
    if (lacking->n == 0)
        return arena_strf(c->arena, "%zu found", found);
    struct str missing = join(c->arena, lacking, ", ", lacking->n);
    if (found == 0)
        return arena_strf(c->arena, "the export has %.*s", STR_ARG(missing));
    return arena_strf(c->arena, "%zu found; the export has %.*s", found, STR_ARG(missing));
}

static void run(struct check *c, const struct rule_def *r)
{
    const struct fact_def *d = r->params;
    struct facts found = {0};
    size_t limits = 0;
    for (size_t i = 0; i < c->policy->facts.n; i++) {
        const struct fact *x = &c->policy->facts.v[i];
        enum matched m = fits(d, x);
        limits += m == MATCHED_LIMIT;
        if (m == MATCHED_YES)
            *PUSH(c->arena, found) = x;
    }
    if (d->n != 0 && d->v[0].together)
        tell_together(c, r, &found);
    else
        for (size_t i = 0; i < found.n; i++)
            tell(c, r, found.v[i]);
    struct strs lacking = look_for_lacks(c, r, &limits);
    if (limits != 0)
        diag_add(c->diags, DIAG_ERROR, r->at, "a pattern of %.*s took too long on %zu values",
                 STR_ARG(r->id), limits);
    if (found.n + lacking.n != 0)
        control_add(c, r, STATUS_FAIL, reason_of(c, found.n, &lacking));
    else if (limits != 0)
        control_add(c, r, STATUS_UNKNOWN, STR("a pattern of the rule reached its limits"));
    else
        control_add(c, r, STATUS_PASS, STR("the export says what it should"));
}

const struct check_kind check_kind_fact = {
    .name = "fact", .title = "things the export says", .compile = compile, .run = run};
