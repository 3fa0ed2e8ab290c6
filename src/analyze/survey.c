#include "analyze/survey.h"

#include "analyze/cover.h"

struct survey {
    const struct policy *policy;
    struct arena *arena;
    const struct entry *entries;
    const struct lister *lister;
    struct takers *takers; /* by chain->index, of those that have a cover */
    struct cover **covers; /* the same */
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

const struct cover *survey_cover(struct survey *s, const struct chain *c)
{
    const size_t n = s->policy->chains.n;
    if (s->lister == NULL) {
        s->lister = lister_new(s->policy, s->arena);
        s->takers = NEW_N(s->arena, struct takers, n);
        s->covers = NEW_N(s->arena, struct cover *, n);
    }
    if (s->covers[c->index] == NULL) {
        s->takers[c->index] = takers_of(s->lister, c);
        s->covers[c->index] = cover_new(s->arena, s->policy->sets, &s->takers[c->index]);
    }
    return s->covers[c->index];
}

const struct takers *survey_takers(struct survey *s, const struct chain *c)
{
    survey_cover(s, c);
    return &s->takers[c->index];
}
