/* Kind "listed": rules that give a list as their reason permit nothing that is on no list: a
 * prefix that was given back to its owner still gets what was meant for the service. */
#include "check/goal.h"
#include "check/json.h"

struct listed_def {
    struct strs claims; /* words by which a rule gives its reason */
    const cJSON *lists;
    ARRAY(struct goal) goals;
};

/* Rules that name more addresses than these do not follow a list (a sixteenth of IPv4). */
#define WIDE ((u128)1 << 28)

static const void *compile(struct json *j, const struct pack *p, const cJSON *object)
{
    static const struct json_key keys[] = {
        {.key = "claims",
         .type = JSON_STRINGS,
         .required = true,
         .offset = offsetof(struct listed_def, claims)},
        {.key = "lists",
         .type = JSON_NODE,
         .required = true,
         .offset = offsetof(struct listed_def, lists)},
    };
    struct listed_def *d = NEW(j->arena, struct listed_def);
    JSON_OBJECT(j, object, "\"listed\"", keys, d);
    if (d->lists == NULL || !json_is_array(j, d->lists, "the lists"))
        return d;
    for (const cJSON *m = d->lists->child; m != NULL; m = m->next)
        goal_read(j, m, p, PUSH(j->arena, d->goals));
    if (d->goals.n == 0)
        json_error(j, json_at(j, d->lists), "\"lists\" is empty");
    return d;
}

/* What the lists hold together. A list that the site does not give holds nothing, but for the
 * first. */
static bool listed(struct check *c, const struct rule_def *r, const struct listed_def *d,
                   struct addrs *all, struct lack *lack)
{
    *all = (struct addrs){{SET_EMPTY, SET_EMPTY}};
    for (size_t i = 0; i < d->goals.n; i++) {
        struct lack none = {0};
        struct addrs one;
        bool known = goal_addrs(c, r, &d->goals.v[i], &one, i == 0 ? lack : &none);
        if (known)
            *all = addrs_or(c, *all, one);
        else if (i == 0)
            return false;
    }
    return true;
}

/* The public IPv4 destinations of R, none if it follows no list. */
static struct addrs named_by(struct check *c, const struct rule *r)
{
    struct sets *s = c->policy->sets;
    set_id named = SET_EMPTY;
    for (size_t i = 0; i < r->n_match; i++)
        if (set_has(s, r->match[i].f[FIELD_FAMILY], FAMILY_V4))
            named = set_or(s, named, r->match[i].f[FIELD_DST]);
    struct addrs out = {{SET_EMPTY, SET_EMPTY}};
    out.v[FAMILY_V4] = set_size(s, named) > WIDE ? SET_EMPTY : named;
    return addrs_minus(c, addrs_and(c, out, addrs_unicast(c)), addrs_private(c));
}

/* WHOLE: R permits nothing else. */
static void tell(struct check *c, const struct rule_def *def, const struct rule *r,
                 struct addrs left, bool whole)
{
    struct finding *f = finding_add(c, def);
    struct variables v = {0};
    variable_set(c, &v, "missing", addrs_text(c, left, 6));
    unsigned long long n = (unsigned long long)set_size(c->policy->sets, left.v[FAMILY_V4]);
    variable_set(c, &v, "count",
                 arena_strf(c->arena, "%llu %s", n, n == 1 ? "address" : "addresses"));
    f->at = r->at;
    f->message = template_fill(c->arena, def->message, &v);
    f->effect = template_fill(c->arena, def->effect, &v);
    f->subject = r->text;
    if (whole) /* else some of what it permits is needed */
        fix_add(c, f, &(struct fix){.remove = r}, &v);
}

static void run(struct check *c, const struct rule_def *r)
{
    const struct listed_def *d = r->params;
    struct addrs all;
    struct lack lack = {0};
    size_t asked = 0, found = 0;
    if (!listed(c, r, d, &all, &lack)) {
        control_add(c, r, STATUS_NOT_APPLICABLE, lack.reason);
        return;
    }
    const bool *in_force = chains_reached(c);
    for (size_t i = 0; i < c->policy->chains.n; i++)
        for (size_t k = 0; in_force[i] && k < c->policy->chains.v[i]->n_rules; k++) {
            const struct rule *rule = c->policy->chains.v[i]->rules[k];
            if (rule->inactive || rule->implicit || rule->action != ACT_PERMIT ||
                rule_claims(rule, &d->claims).n == 0)
                continue;
            asked++;
            struct addrs named = named_by(c, rule), left = addrs_minus(c, named, all);
            if (addrs_none(left))
                continue;
            tell(c, r, rule, left, addrs_eq(named, left));
            found++;
        }
    control_add(c, r,
                found != 0   ? STATUS_FAIL
                : asked != 0 ? STATUS_PASS
                             : STATUS_NOT_APPLICABLE,
                found != 0   ? arena_strf(c->arena, "%zu rule%s what is on no list", found,
                                        found == 1 ? " permits" : "s permit")
                : asked != 0 ? STR("what these rules permit is on the lists")
                             : STR("no rule gives such a list as its reason"));
}

const struct check_kind check_kind_listed = {
    .name = "listed", .title = "rules that follow a list", .compile = compile, .run = run};
