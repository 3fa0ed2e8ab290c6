#include "analyze/treat.h"

#include "analyze/align.h"

struct treating {
    struct arena *arena;
    struct map *numbers; /* by the bytes of what came before, and of the treatment */
    struct out key;      /* of the last question: its memory is used again */
    uint32_t n;
    bool in_packets;
};

bool rule_treats(const struct rule *r)
{
    return r->treatment != 0 || r->n_rewrites != 0;
}

bool policy_treats(const struct policy *p)
{
    bool some = p->treatments.n > 1;
    for (size_t i = 0; i < p->chains.n && !some; i++)
        for (size_t k = 0; k < p->chains.v[i]->turns.n && !some; k++)
            some = rule_treats(p->chains.v[i]->rules[p->chains.v[i]->turns.v[k]]);
    return some;
}

struct treating *treating_new(struct arena *a, bool in_packets)
{
    struct treating *x = NEW(a, struct treating);
    x->arena = a;
    x->in_packets = in_packets;
    x->key.arena = a;
    x->numbers = map_new(a);
    return x;
}

/* The list that begins as number LIST and goes on with RULE of P. */
static uint32_t list_with(struct treating *x, uint32_t list, const struct policy *p,
                          const struct rule *rule)
{
    x->key.n = 0;
    out_bytes(&x->key, &list, sizeof list);
    add_treatment(&x->key, p, rule);
    uint32_t *number = map_get(x->numbers, out_taken(&x->key));
    if (number == NULL) {
        number = NEW(x->arena, uint32_t);
        *number = ++x->n;
        map_put(x->numbers, arena_copy(x->arena, out_taken(&x->key)), number);
    }
    return *number;
}

/* What was changed in a packet that is dropped in the end is nobody's concern. */
static bool is_told(const struct treating *x, const struct trail *t, enum verdict verdict)
{
    const struct rule *r = t->rule;
    return t->kind == STEP_MATCH && r != NULL && rule_treats(r) &&
           !(verdict == VERDICT_DENY && r->n_rewrites != 0) &&
           !(x->in_packets && (r->logs || r->reject));
}

/* A trail leads from the last step to the first, and so the list is numbered. */
static uint32_t list_of(struct treating *x, const struct policy *p, const struct step *step)
{
    uint32_t list = 0;
    for (const struct trail *t = step->trail; t != NULL; t = t->before)
        if (is_told(x, t, step->verdict))
            list = list_with(x, list, p, t->rule);
    return list;
}

/* The packets of X that end so, or NULL. */
static struct treated *like(const struct treatments *x, uint32_t list, enum verdict verdict)
{
    const uint32_t at = list < x->places[verdict].n ? x->places[verdict].v[list] : 0;
    return at == 0 ? NULL : &x->v[at - 1];
}

void treated_add(struct treating *x, struct arena *a, struct treatments *all,
                 const struct policy *p, const struct step *step)
{
    const uint32_t list = list_of(x, p, step);
    struct treated *t = like(all, list, step->verdict);
    if (t == NULL) {
        t = PUSH(a, *all);
        *t = (struct treated){.verdict = step->verdict, .list = list};
        while (all->places[step->verdict].n <= list)
            *PUSH(a, all->places[step->verdict]) = 0;
        all->places[step->verdict].v[list] = (uint32_t)all->n;
    }
    struct cube packets = step->flow->orig;
    packets.when = LITS_NONE;
    *PUSH(a, t->packets) = packets;
}

/* Adds packets of X that are in none of Y that end the same way. */
static void add_others(struct sets *s, struct arena *a, const struct treatments *x,
                       const struct treatments *y, struct budget *b, struct region *out)
{
    for (size_t i = 0; i < x->n; i++) {
        struct region left = x->v[i].packets;
        const struct treated *same = like(y, x->v[i].list, x->v[i].verdict);
        if (same != NULL)
            left = region_minus(s, a, &left, &same->packets, b);
        for (size_t m = 0; m < left.n; m++)
            *PUSH(a, *out) = left.v[m];
    }
}

void treated_otherwise(struct sets *s, struct arena *a, const struct treatments *x,
                       const struct treatments *y, struct budget *b, struct region *out)
{
    add_others(s, a, x, y, b, out);
    add_others(s, a, y, x, b, out);
}
