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

static void add_rule(struct arena *a, struct rules *to, const struct rule *r)
{
    if (r != NULL)
        *PUSH(a, *to) = r;
}

/* Whether the row's witness fares as the row says, with the rules that decide it on either side. */
static bool is_decided_so(struct diffing *x, struct change_row *row)
{
    struct arena *a = x->command->arena;
    enum verdict was = row->kind == CHANGE_PERMITTED ? VERDICT_DENY : VERDICT_PERMIT;
    enum verdict is = row->kind == CHANGE_PERMITTED ? VERDICT_PERMIT : VERDICT_DENY;
    const struct rule *before = NULL, *now = NULL;
    struct arena *scratch = arena_child(a);
    bool right = may_be(scratch, x->old, row->path, &row->witness, was, &before);
    right = may_be(scratch, x->now, row->path, &row->witness, is, &now) && right;
    arena_free(scratch);
    row->before.n = row->now.n = 0;
    add_rule(a, &row->before, before);
    add_rule(a, &row->now, now);
    return right;
}

/* RULES without those that read like one of OTHERS. */
static struct rules without(struct arena *a, const struct rules *rules, const struct rules *others)
{
    struct rules out = {0};
    for (size_t i = 0; i < rules->n; i++) {
        size_t k = 0;
        while (k < others->n && !str_eq(others->v[k]->text, rules->v[i]->text))
            k++;
        if (k == others->n)
            *PUSH(a, out) = rules->v[i];
    }
    return out;
}

/* For one packet: each condition that it meets doubles its ways. */
#define PACKET_STEPS 200000

/* … or is treated in another way, with the rules that do so: those on one side only, if any are. */
static bool is_treated_so(struct diffing *x, struct change_row *row)
{
    struct arena *a = x->command->arena;
    struct budget b = {.left = PACKET_STEPS};
    struct cube c = cube_of_packet(x->now->sets, &row->witness);
    struct region one = {&c, 1, 1};
    struct rules before = treated_by(x->old, a, row->path, &row->witness, &b);
    struct rules now = treated_by(x->now, a, row->path, &row->witness, &b);
    row->before = without(a, &before, &now);
    row->now = without(a, &now, &before);
    if (row->before.n + row->now.n ==
        0) { /* the same in another order, or under other conditions */
        row->before = before;
        row->now = now;
    }
    bool so = treated_differently(x->old, x->now, a, row->path, &one, false, &b).n != 0;
    row->too_many_ways = b.spent;
    return so && !b.spent;
}

static bool is_right(struct diffing *x, struct change_row *row)
{
    return row->kind == CHANGE_TREATED ? is_treated_so(x, row) : is_decided_so(x, row);
}

/* A packet that comes to the verdict of SIDE, the old one or the new. */
static bool find_by_verdict(struct diffing *x, struct change_row *row, int side)
{
    const struct policy *p = side == 0 ? x->old : x->now;
    enum verdict v = (side == 0) == (row->kind == CHANGE_PERMITTED) ? VERDICT_DENY : VERDICT_PERMIT;
    const struct rule *rule;
    struct arena *scratch = arena_child(x->command->arena);
    bool right =
        find_packet(p, scratch, row->path, row->set, v, true, &x->budget, &row->witness, &rule) &&
        is_right(x, row);
    arena_free(scratch);
    return right;
}

/* A packet of the set as hosts send them: what all of those have in common is not told. */
static bool find_ordinary(struct diffing *x, struct change_row *row)
{
    struct region some =
        region_and(x->now->sets, x->command->arena, &x->openers, row->set, &x->budget);
    for (size_t i = 0; i < some.n; i++) {
        row->witness = cube_pick(x->now->sets, &some.v[i]);
        if (is_right(x, row))
            return true;
    }
    return false;
}

/* Any packet of the set will mostly do; where some condition tests a field, only one that it lets
 * fare differently. */
static bool find_witness(struct diffing *x, struct change_row *row)
{
    row->witness = cube_pick(x->now->sets, &row->set->v[0]);
    if (is_right(x, row))
        return true;
    if (row->kind == CHANGE_TREATED)
        return find_ordinary(x, row);
    return find_by_verdict(x, row, 0) || find_by_verdict(x, row, 1);
}

/* Whether R leaves a fine field open, so that a part of it may fare the same after all. */
static bool is_fine(const struct diffing *x, const struct region *r)
{
    uint32_t fine = fine_fields(x->old) | fine_fields(x->now);
    u128 one;
    for (size_t i = 0; i < r->n; i++)
        for (int f = 0; f < FIELD_COUNT; f++)
            if ((fine >> f & 1) != 0 && !set_is_one(x->now->sets, r->v[i].f[f], &one))
                return true;
    return false;
}

/* ---- rows ------------------------------------------------------------------------------------ */

/* C without what mostly tells apart the cubes that are one to a reader: "ip" is some for ports,
 * some for types of ICMP, and the rest. */
static struct str key_of(struct arena *a, const struct cube *c)
{
    static const enum field left_out[] = {FIELD_FAMILY, FIELD_PROTO, FIELD_SPORT, FIELD_DPORT};
    struct cube *key = NEW(a, struct cube);
    *key = *c;
    for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++)
        key->f[left_out[i]] = SET_EMPTY;
    return (struct str){(const char *)key->f, sizeof key->f};
}

/* Adds C to SET if a reader sees fewer boxes then. */
static bool joins(struct diffing *x, struct region *set, const struct cube *c)
{
    struct arena *a = x->command->arena, *scratch = arena_child(a);
    struct cube cube = *c;
    struct region one = {&cube, 1, 1}, both = {0};
    for (size_t i = 0; i < set->n; i++)
        *PUSH(scratch, both) = set->v[i];
    *PUSH(scratch, both) = cube;
    bool fewer = boxes_of(scratch, x->now, &both).n <
                 boxes_of(scratch, x->now, set).n + boxes_of(scratch, x->now, &one).n;
    arena_free(scratch);
    if (fewer)
        *PUSH(a, *set) = cube;
    return fewer;
}

static void add_rows(struct diffing *x, struct change_rows *out, const struct part *p,
                     enum change_kind kind, bool opens, bool *wrong)
{
    struct arena *a = x->command->arena;
    const struct region *r = part_of(p, kind);
    const size_t first = out->n;
    struct map *by_key = map_new(a); /* the set of the last row with that key */
    for (size_t i = 0; i < r->n; i++) {
        struct region **last = (struct region **)map_place(by_key, key_of(a, &r->v[i]));
        if (*last != NULL && joins(x, *last, &r->v[i]))
            continue;
        *last = NEW(a, struct region);
        *PUSH(a, **last) = r->v[i];
        *PUSH(a, *out) =
            (struct change_row){.path = p->path, .kind = kind, .opens = opens, .set = *last};
    }
    for (size_t i = first; i < out->n; i++) {
        struct change_row *row = &out->v[i];
        row->proven = find_witness(x, row);
        *wrong = *wrong || (!row->proven && !row->too_many_ways && !is_fine(x, row->set));
    }
}

struct change_rows diff_rows(struct diffing *x, bool *wrong)
{
    struct change_rows out = {0};
    *wrong = false;
    for (int k = 0; k < PATH_KINDS; k++)
        for (int opens = 1; opens >= 0; opens--)
            for (int kind = 0; kind < CHANGE_KINDS; kind++)
                add_rows(x, &out, opens ? &x->parts[k] : &x->others[k], (enum change_kind)kind,
                         opens, wrong);
    return out;
}
