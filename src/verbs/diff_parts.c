/* The parts of a change: sets of packets that fare differently, in the words of the user. */
#include "verbs/diff_int.h"

const struct region *part_of(const struct part *p, enum change_kind kind)
{
    return kind == CHANGE_PERMITTED ? &p->permitted
           : kind == CHANGE_DENIED  ? &p->denied
                                    : &p->treated;
}

bool parts_changed(const struct part *parts)
{
    for (int k = 0; k < PATH_KINDS; k++)
        if (parts[k].permitted.n != 0 || parts[k].denied.n != 0)
            return true;
    return false;
}

bool parts_treated(const struct part *parts)
{
    for (int k = 0; k < PATH_KINDS; k++)
        if (parts[k].treated.n != 0)
            return true;
    return false;
}

/* R as if only what a user asks for by name told packets apart: addresses, ports, protocol, zones,
 * length, type of service, hardware address. */
static struct region widened(struct diffing *x, const struct region *r, struct budget *b)
{
    struct sets *s = x->old->sets;
    struct region out = {0};
    for (size_t i = 0; i < r->n; i++) {
        struct cube c = r->v[i];
        for (int f = FIELD_STATE; f < FIELD_COUNT; f++)
            if (f != FIELD_LENGTH && f != FIELD_TOS && f != FIELD_MAC)
                c.f[f] = set_full(s, (enum field)f);
        region_add(s, x->command->arena, &out, &c, b);
    }
    return out;
}

void drop_likewise(struct diffing *x, struct region *others, const struct region *ordinary,
                   struct budget *b)
{
    struct sets *s = x->old->sets;
    struct region likewise = widened(x, ordinary, b);
    struct region left = region_minus(s, x->command->arena, others, &likewise, b);
    *others = region_canonical(s, x->command->arena, &left, b);
}
