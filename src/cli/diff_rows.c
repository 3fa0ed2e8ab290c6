/* The changed sets one by one, each with a packet that was traced on both sides. */
#include "cli/diff_int.h"

/* Whether some outcome of T is VERDICT; *RULE decides the first. */
static bool may_be(const struct trace *t, enum verdict verdict, const struct rule **rule)
{
    bool found = t->n == 0 && verdict == VERDICT_DENY; /* the export has no such path */
    *rule = t->n == 0 ? NULL : t->v[0].rule;
    for (size_t i = 0; i < t->n; i++)
        found = found || t->v[i].verdict == verdict;
    return found;
}

static void add_rows(struct diffing *x, struct change_rows *out, const struct part *p,
                     bool permitted, bool opens, bool *wrong)
{
    const struct region *r = permitted ? &p->permitted : &p->denied;
    enum verdict was = permitted ? VERDICT_DENY : VERDICT_PERMIT;
    enum verdict is = permitted ? VERDICT_PERMIT : VERDICT_DENY;
    for (size_t i = 0; i < r->n; i++) {
        struct change_row *row = PUSH(x->cli->arena, *out);
        *row = (struct change_row){
            .path = p->path, .permitted = permitted, .opens = opens, .cube = &r->v[i]};
        row->witness = cube_pick(x->now->sets, &r->v[i]);
        struct arena *scratch = arena_child(x->cli->arena);
        struct trace then = trace_packet(x->old, scratch, p->path, &row->witness, NULL);
        struct trace now = trace_packet(x->now, scratch, p->path, &row->witness, NULL);
        bool right = may_be(&then, was, &row->before);
        right = may_be(&now, is, &row->now) && right;
        *wrong = *wrong || !right;
        arena_free(scratch);
    }
}

struct change_rows diff_rows(struct diffing *x, bool *wrong)
{
    struct change_rows out = {0};
    *wrong = false;
    for (int k = 0; k < PATH_KINDS; k++)
        for (int kind = 0; kind < 4; kind++)
            add_rows(x, &out, kind < 2 ? &x->parts[k] : &x->others[k], kind % 2 == 0, kind < 2,
                     wrong);
    return out;
}
