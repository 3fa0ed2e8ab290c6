#include "analyze/survey.h"

#include "analyze/cover.h"

/* A chain's indexes, once they are asked for. */
struct indexed {
    struct takers takers, matches;
    struct cover *cover, *rules;
    size_t packets; /* that asked for rules */
};

struct survey {
    const struct policy *policy;
    struct arena *arena;
    const struct entry *entries;
    const struct lister *lister;
    struct indexed *chains; /* by chain->index */
    uint32_t idle_fields;
    bool knows_fields;
};

struct survey *survey_new(const struct policy *p, struct arena *a)
{
    struct survey *s = NEW(a, struct survey);
    *s = (struct survey){.policy = p, .arena = a};
    return s;
}

const struct policy *survey_policy(const struct survey *s)
{
    return s->policy;
}

const struct entry *survey_entries(struct survey *s)
{
    if (s->entries == NULL)
        s->entries = entries_find(s->policy, s->arena);
    return s->entries;
}

/* ---- fields
 * ------------------------------------------------------------------------------------------- */

/* What cubes differ by from the one of all packets: not 0 in a field that they look at. */
struct looks {
    struct cube any;
    set_id f[FIELD_COUNT];
    uint32_t more; /* bit per field */
};

static void look(struct looks *l, const struct cube *c)
{
    for (int f = 0; f < FIELD_COUNT; f++)
        l->f[f] |= c->f[f] ^ l->any.f[f];
}

static void look_by_rule(struct looks *l, const struct rule *r)
{
    for (size_t m = 0; m < r->n_match; m++)
        look(l, &r->match[m]);
    if (r->orig != NULL)
        look(l, r->orig);
    for (size_t i = 0; i < r->n_rewrites; i++)
        l->more |= (uint32_t)1 << r->rewrites[i].field | (uint32_t)1 << r->rewrites[i].from;
}

static void look_by_cond(struct looks *l, const struct cond *c)
{
    if (c->mask != 0)
        l->more |= (uint32_t)1 << c->field;
    for (size_t k = 0; k < c->n_parts; k++) {
        look(l, &c->parts[k].now);
        if (c->parts[k].orig != NULL)
            look(l, c->parts[k].orig);
    }
}

static uint32_t looked_at(const struct policy *p)
{
    struct looks all = {.any = cube_any(p->sets)};
    for (size_t i = 0; i < p->chains.n; i++)
        for (size_t k = 0; k < p->chains.v[i]->n_rules; k++)
            look_by_rule(&all, p->chains.v[i]->rules[k]);
    for (size_t i = 0; i < p->conds.n; i++)
        look_by_cond(&all, &p->conds.v[i]);
    for (int k = 0; k < PATH_KINDS; k++)
        for (size_t i = 0; i < p->paths[k].n; i++)
            look(&all, &p->paths[k].v[i].guard);
    for (int f = 0; f < FIELD_COUNT; f++)
        all.more |= (uint32_t)(all.f[f] != 0) << f;
    return all.more;
}

uint32_t survey_idle_fields(struct survey *s)
{
    if (!s->knows_fields)
        s->idle_fields = ~looked_at(s->policy);
    s->knows_fields = true;
    return s->idle_fields;
}

/* ---- what rules take
 * ------------------------------------------------------------------------------------ */

static struct indexed *indexed_of(struct survey *s, const struct chain *c)
{
    if (s->chains == NULL)
        s->chains = NEW_N(s->arena, struct indexed, s->policy->chains.n);
    if (s->lister == NULL)
        s->lister = lister_new(s->policy, s->arena);
    return &s->chains[c->index];
}

const struct cover *survey_cover(struct survey *s, const struct chain *c)
{
    struct indexed *x = indexed_of(s, c);
    if (x->cover == NULL) {
        x->takers = takers_of(s->lister, c);
        x->cover = cover_new(s->arena, s->policy->sets, &x->takers);
        if (takes_all(&x->takers, c))
            x->rules = x->cover;
    }
    return x->cover;
}

const struct takers *survey_takers(struct survey *s, const struct chain *c)
{
    survey_cover(s, c);
    return &indexed_of(s, c)->takers;
}

const struct cover *survey_rules(struct survey *s, const struct chain *c)
{
    struct indexed *x = indexed_of(s, c);
    if (x->rules == NULL) {
        x->matches = matches_of(s->lister, c);
        x->rules = cover_new(s->arena, s->policy->sets, &x->matches);
    }
    return x->rules;
}

/* So many packets, and one for so many rules, get by without. */
#define PACKETS_FEW 16
#define RULES_EACH 256

const struct cover *survey_rules_of_packet(struct survey *s, const struct chain *c)
{
    struct indexed *x = indexed_of(s, c);
    if (x->rules != NULL || x->packets++ >= PACKETS_FEW + c->n_rules / RULES_EACH)
        return survey_rules(s, c);
    return NULL;
}

bool survey_takes(struct survey *s, const struct chain *c, size_t place, const struct region *r,
                  struct arena *a, struct budget *b)
{
    const struct cover *cover = r->n == 0 ? NULL : survey_cover(s, c);
    for (size_t i = 0; i < r->n; i++) {
        struct cover_query q = {.box = &r->v[i],
                                .before = (uint32_t)place,
                                .fixed = survey_idle_fields(s),
                                .budget = b,
                                .scratch = a};
        if (cover_ask(cover, &q) != COVERED)
            return false;
    }
    return true;
}
