/* Rules as their writers see them: in force or not, and what they give as their reason. */
#include "check/check_int.h"

static bool stands_in(struct str text, struct str word)
{
    return str_search_nocase(text, word) != text.n;
}

struct str rule_claims(const struct rule *r, const struct strs *words)
{
    for (size_t i = 0; i < words->n; i++)
        if (words->v[i].n != 0 &&
            (stands_in(r->remark, words->v[i]) || stands_in(r->text, words->v[i]) ||
             stands_in(r->name, words->v[i])))
            return words->v[i];
    return STR("");
}

const bool *chains_reached(struct check *c)
{
    const struct policy *p = c->policy;
    bool *seen = NEW_N(c->arena, bool, p->chains.n + 1);
    ARRAY(const struct chain *) todo = {0};
    for (int k = 0; k < PATH_KINDS; k++)
        for (size_t i = 0; i < p->paths[k].n; i++)
            if (p->paths[k].v[i].chain != NULL)
                *PUSH(c->arena, todo) = p->paths[k].v[i].chain;
    while (todo.n != 0) {
        const struct chain *x = todo.v[--todo.n];
        if (seen[x->index])
            continue;
        seen[x->index] = true;
        for (size_t i = 0; i < x->turns.n; i++) {
            const struct rule *r = x->rules[x->turns.v[i]];
            if (r->target != NULL && !r->inactive)
                *PUSH(c->arena, todo) = r->target;
        }
    }
    return seen;
}
