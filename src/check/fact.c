/* Kind "fact": things an export says that are no sets of packets, by key and value. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "check/check_int.h"
#include "check/json.h"

#include <pcre2.h>

/* Packs are foreign input: no pattern may run for long or take much memory. */
#define MATCH_LIMIT 100000
#define DEPTH_LIMIT 1000
#define HEAP_LIMIT_KIB 4096

struct pattern {
    pcre2_code *code; /* NULL: matches everything */
};

struct fact_test {
    struct strs keys; /* globs: "name.*" */
    struct pattern value, except;
    bool permits; /* only where the fact stands in no rule or in one that does not deny */
};

struct fact_def {
    struct fact_test *v; /* any of them */
    size_t n, cap;
};

/* ---- patterns ------------------------------------------------------------------------------- */

static void free_code(void *code)
{
    pcre2_code_free(code);
}

static void read_pattern(struct json *j, const cJSON *node, void *to)
{
    struct pattern *p = to;
    struct str text;
    int error;
    PCRE2_SIZE offset;
    if (!json_string(j, node, &text))
        return;
    p->code =
        pcre2_compile((PCRE2_SPTR)text.p, text.n,
                      PCRE2_CASELESS | PCRE2_UTF | PCRE2_MATCH_INVALID_UTF, &error, &offset, NULL);
    if (p->code == NULL) {
        PCRE2_UCHAR message[120];
        pcre2_get_error_message(error, message, sizeof message);
        json_error(j, json_at(j, node), "pattern: %s at character %zu", (const char *)message,
                   (size_t)offset + 1);
        return;
    }
    arena_defer(j->arena, free_code, p->code);
}

enum matched { MATCHED_NO, MATCHED_YES, MATCHED_LIMIT };

static enum matched pattern_match(const struct pattern *p, struct str text)
{
    pcre2_match_context *context = pcre2_match_context_create(NULL);
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    int found = PCRE2_ERROR_NOMEMORY;
    if (context != NULL && data != NULL) {
        pcre2_set_match_limit(context, MATCH_LIMIT);
        pcre2_set_depth_limit(context, DEPTH_LIMIT);
        pcre2_set_heap_limit(context, HEAP_LIMIT_KIB);
        found = pcre2_match(p->code, (PCRE2_SPTR)(text.n == 0 ? "" : text.p), text.n, 0, 0, data,
                            context);
    }
    pcre2_match_data_free(data);
    pcre2_match_context_free(context);
    return found >= 0 ? MATCHED_YES : found == PCRE2_ERROR_NOMATCH ? MATCHED_NO : MATCHED_LIMIT;
}

/* ---- the kind ------------------------------------------------------------------------------- */

static void read_test(struct json *j, const cJSON *node, struct fact_def *d)
{
#define AT(field) .offset = offsetof(struct fact_test, field)
    static const struct json_key keys[] = {
        {.key = "key", .type = JSON_STRINGS, .required = true, AT(keys)},
        {.key = "value", .type = JSON_OTHER, .read = read_pattern, AT(value)},
        {.key = "except", .type = JSON_OTHER, .read = read_pattern, AT(except)},
        {.key = "permits", .type = JSON_FLAG, AT(permits)},
    };
#undef AT
    struct fact_test *t = PUSH(j->arena, *d);
    *t = (struct fact_test){0};
    JSON_OBJECT(j, node, "\"fact\"", keys, t);
}

/* One object, or an array of them. */
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
        enum matched m = fits_one(&d->v[i], x);
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

static void run(struct check *c, const struct rule_def *r)
{
    const struct fact_def *d = r->params;
    size_t found = 0, limits = 0;
    for (size_t i = 0; i < c->policy->facts.n; i++) {
        const struct fact *x = &c->policy->facts.v[i];
        enum matched m = fits(d, x);
        found += m == MATCHED_YES;
        limits += m == MATCHED_LIMIT;
        if (m == MATCHED_YES)
            tell(c, r, x);
    }
    if (limits != 0)
        diag_add(c->diags, DIAG_WARNING, r->at, "a pattern of %.*s took too long on %zu values",
                 STR_ARG(r->id), limits);
    if (found != 0)
        control_add(c, r, STATUS_FAIL, arena_strf(c->arena, "%zu found", found));
    else if (limits != 0)
        control_add(c, r, STATUS_UNKNOWN, STR("a pattern of the rule reached its limits"));
    else
        control_add(c, r, STATUS_PASS, STR("the export has none"));
}

const struct check_kind check_kind_fact = {
    .name = "fact", .title = "things the export says", .compile = compile, .run = run};
