/* The changed sets one by one, each with a packet that was traced on both sides. */
#include "verbs/diff_int.h"

#include "analyze/diff.h"

/* Whether K may come to VERDICT; *RULE is what decides that. */
static bool may_be(struct arena *a, const struct policy *p, enum path_kind path,
                   const struct packet *k, enum verdict verdict, const struct rule **rule)
{
    struct packet found;
    struct cube c = cube_of_packet(p->sets, k);
    struct region one = {&c, 1, 1};
    if (p->paths[path].n == 0) /* the export has no such path */
        return verdict == VERDICT_DENY;
    return find_packet(p, a, path, &one, verdict, true, NULL, &found, rule);
}

/* Whether the row's witness fares as the row says, with the rules that decide it on either side. */
static bool is_right(struct diffing *x, struct change_row *row)
{
    enum verdict was = row->permitted ? VERDICT_DENY : VERDICT_PERMIT;
    enum verdict is = row->permitted ? VERDICT_PERMIT : VERDICT_DENY;
    struct arena *scratch = arena_child(x->command->arena);
    bool right = may_be(scratch, x->old, row->path, &row->witness, was, &row->before);
    right = may_be(scratch, x->now, row->path, &row->witness, is, &row->now) && right;
    arena_free(scratch);
    return right;
}

/* Any packet of the set will mostly do; where some condition tests a field, only one that it lets
 * fare differently. */
static bool find_witness(struct diffing *x, struct change_row *row)
{
    struct cube cube = *row->cube;
    struct region one = {&cube, 1, 1};
    const struct policy *sides[] = {x->old, x->now};
    row->witness = cube_pick(x->now->sets, &cube);
    bool right = is_right(x, row);
    for (size_t i = 0; i < 2 && !right; i++) {
        enum verdict v = (i == 0) == row->permitted ? VERDICT_DENY : VERDICT_PERMIT;
        const struct rule *rule;
        struct arena *scratch = arena_child(x->command->arena);
        right = find_packet(sides[i], scratch, row->path, &one, v, true, &x->budget, &row->witness,
                            &rule) &&
                is_right(x, row);
        arena_free(scratch);
    }
    return right;
}

/* Whether C leaves a fine field open, so that a part of it may fare the same after all. */
static bool is_fine(const struct diffing *x, const struct cube *c)
{
    uint32_t fine = fine_fields(x->old) | fine_fields(x->now);
    u128 one;
    for (int f = 0; f < FIELD_COUNT; f++)
        if ((fine >> f & 1) != 0 && !set_is_one(x->now->sets, c->f[f], &one))
            return true;
    return false;
}

static void add_rows(struct diffing *x, struct change_rows *out, const struct part *p,
                     bool permitted, bool opens, bool *wrong)
{
    const struct region *r = permitted ? &p->permitted : &p->denied;
    for (size_t i = 0; i < r->n; i++) {
        struct change_row *row = PUSH(x->command->arena, *out);
        *row = (struct change_row){
            .path = p->path, .permitted = permitted, .opens = opens, .cube = &r->v[i]};
        row->proven = find_witness(x, row);
        *wrong = *wrong || (!row->proven && !is_fine(x, row->cube));
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
