/* Kind "age": how old the data is that other rules rest on. */
#include "check/goal.h"
#include "check/json.h"

struct age_def {
    struct str feed; /* name of a feed; empty: the pack's own data */
    uint32_t days;   /* older is a finding; for feeds the site's "max-age-days" stands over it, and
                        "NAME-date" says when a feed without a date was fetched */
};

static void read_feed(struct json *j, const cJSON *node, void *to)
{
    if (json_string(j, node, to))
        feed_named(j, node, *(struct str *)to);
}

static const void *compile(struct json *j, const struct pack *p, const cJSON *object)
{
    static const struct json_key keys[] = {
        {.key = "feed",
         .type = JSON_OTHER,
         .offset = offsetof(struct age_def, feed),
         .read = read_feed},
        {.key = "days",
         .type = JSON_COUNT,
         .required = true,
         .offset = offsetof(struct age_def, days)},
    };
    (void)p;
    struct age_def *d = NEW(j->arena, struct age_def);
    JSON_OBJECT(j, object, "\"age\"", keys, d);
    return d;
}

static void tell(struct check *c, const struct rule_def *r, int64_t days, struct str date,
                 struct str what, struct span at)
{
    struct finding *f = finding_add(c, r);
    struct variables v = {0};
    variable_set(c, &v, "days", arena_strf(c->arena, "%lld", (long long)days));
    variable_set(c, &v, "date", date);
    variable_set(c, &v, "what", what);
    f->at = at;
    f->message = template_fill(c->arena, r->message, &v);
    f->effect = template_fill(c->arena, r->effect, &v);
    f->subject = what;
    struct fix none = {0};
    fix_add(c, f, &none, &v);
}

static void run(struct check *c, const struct rule_def *r)
{
    const struct age_def *d = r->params;
    const struct parameter *limit = site_parameter(c->site, r->pack->id, "max-age-days");
    uint64_t most = d->days;
    struct feed feed = {.date = r->pack->date, .path = r->pack->id, .source = r->pack->source};
    struct lack lack = {0};
    struct str key = arena_strf(c->arena, "%.*s-date", STR_ARG(d->feed));
    const struct parameter *fetched =
        site_parameter(c->site, r->pack->id, arena_cstr(c->arena, key));
    int64_t now, then;
    if (d->feed.n != 0 && limit != NULL && limit->values.n != 0)
        str_u64(limit->values.v[0], 10, 100000, &most);
    const struct feed *found = d->feed.n == 0 ? &feed : feed_find(c, r->pack->id, d->feed, &lack);
    if (found == NULL) {
        control_add(c, r, STATUS_UNKNOWN, lack.reason)->advice = lack.advice;
        return;
    }
    feed = *found;
    if (feed.date.n == 0 && fetched != NULL && fetched->values.n != 0)
        feed.date = fetched->values.v[0];
    if (!date_day(feed.date, &then)) {
        advise(c, &lack.advice,
               arena_strf(c->arena, "\"parameters\": {\"%.*s\": {\"%.*s\": \"YYYY-MM-DD\"}}",
                          STR_ARG(r->pack->id), STR_ARG(key)));
        control_add(c, r, STATUS_UNKNOWN, STR("the data has no date"))->advice = lack.advice;
    } else if (!date_day(c->today, &now)) {
        control_add(c, r, d->feed.n != 0 ? STATUS_UNKNOWN : STATUS_NOT_APPLICABLE,
                    STR("what day it is was not said (--today)"));
    } else if (now - then > (int64_t)most) {
        tell(c, r, now - then, feed.date, feed.path, span_line(feed.source, 1));
        control_add(c, r, STATUS_FAIL, STR(""));
    } else {
        control_add(c, r, STATUS_PASS,
                    arena_strf(c->arena, "of %.*s, %lld days old", STR_ARG(feed.date),
                               (long long)(now - then)));
    }
}

const struct check_kind check_kind_age = {
    .name = "age", .title = "data that must not be old", .compile = compile, .run = run};
