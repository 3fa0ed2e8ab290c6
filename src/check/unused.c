/* Kind "unused": names that are defined and that nothing uses. */
#include "check/group.h"
#include "check/json.h"

struct unused_def {
    struct strs kinds; /* globs: "object*", "access-list" */
};

static const void *compile(struct json *j, const struct pack *p, const cJSON *object)
{
    static const struct json_key keys[] = {
        {.key = "kinds",
         .type = JSON_STRINGS,
         .required = true,
         .offset = offsetof(struct unused_def, kinds)},
    };
    struct unused_def *d = NEW(j->arena, struct unused_def);
    (void)p;
    JSON_OBJECT(j, object, "\"unused\"", keys, d);
    return d;
}

static void run(struct check *c, const struct rule_def *r)
{
    const struct unused_def *d = r->params;
    const struct policy *p = c->policy;
    struct spots spots = {0};
    size_t asked = 0;
    for (size_t i = 0; i < p->objects.n; i++) {
        const struct object *o = &p->objects.v[i];
        if (!glob_any(&d->kinds, o->kind))
            continue;
        asked++;
        if (o->uses != 0)
            continue;
        struct str what = arena_strf(c->arena, "%.*s %.*s", STR_ARG(o->kind),
                                     STR_ARG(str_safe(c->arena, o->name)));
        *PUSH(c->arena, spots) =
            (struct spot){.at = o->at, .where = STR("the names"), .what = what, .subject = what};
    }
    spots_tell(c, r, &spots);
    if (spots.n != 0)
        control_add(c, r, STATUS_FAIL, arena_strf(c->arena, "%zu names", spots.n));
    else
        control_add(c, r, STATUS_PASS, arena_strf(c->arena, "each of %zu names is used", asked));
}

const struct check_kind check_kind_unused = {
    .name = "unused", .title = "names without use", .compile = compile, .run = run};
