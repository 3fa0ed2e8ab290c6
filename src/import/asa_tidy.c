/* What is untidy in groups, objects and masks: facts for packs, nothing that changes a packet.
 *   mask.host-bits   an address with bits behind its mask
 *   mask.inverted    a wildcard mask, as routers want it, where an ASA wants a netmask
 *   mask.holes       a mask that is no prefix
 *   group.single     a group with one member
 *   group.same       an object or group with the addresses of an earlier one
 *   group.overlap    members of a group that share addresses */
#include "import/asa_int.h"

#include <stdlib.h>

/* ---- masks ---------------------------------------------------------------------------------- */

static const char *mask_key(uint32_t addr, uint32_t mask)
{
    uint32_t rest = ~mask;
    if ((rest & (rest + 1)) == 0)
        return (addr & rest) != 0 ? "mask.host-bits" : NULL;
    return (mask & (mask + 1)) == 0 ? "mask.inverted" : "mask.holes";
}

/* Each address with its mask; `host A` and `range A B` have none. */
static void look_at_masks(struct asa *x, const struct asa_line *l)
{
    for (size_t i = 0; i + 1 < l->n; i++) {
        uint32_t addr, mask;
        if (asa_is(l, i, "host")) {
            i++;
        } else if (asa_is(l, i, "range")) {
            i += 2;
        } else if (asa_quad(asa_word(l, i), &addr) && asa_quad(asa_word(l, i + 1), &mask)) {
            const char *key = mask_key(addr, mask);
            if (key != NULL)
                policy_fact(x->policy, str_of(key),
                            arena_strf(x->a, "%.*s %.*s", STR_ARG(asa_word(l, i)),
                                       STR_ARG(asa_word(l, i + 1))),
                            asa_span(l), NULL);
            i++;
        }
    }
}

/* ---- groups --------------------------------------------------------------------------------- */

static bool is_group(const struct asa_entity *e)
{
    return e->kind != ASA_OBJECT_NETWORK && e->kind != ASA_OBJECT_SERVICE;
}

static void group_fact(struct asa *x, const struct asa_entity *e, const char *key, struct span at,
                       struct str what)
{
    policy_fact(
        x->policy, str_of(key),
        arena_strf(x->a, "%s %.*s%.*s", asa_kind_names[e->kind], STR_ARG(e->name), STR_ARG(what)),
        at, NULL);
}

struct piece {
    struct ival v;
    enum family family;
    const struct asa_line *line;
};

static int by_place(const void *a, const void *b)
{
    const struct piece *x = a, *y = b;
    if (x->family != y->family)
        return x->family < y->family ? -1 : 1;
    if (x->v.lo != y->v.lo)
        return x->v.lo < y->v.lo ? -1 : 1;
    return (x->line->number > y->line->number) - (x->line->number < y->line->number);
}

struct group_pieces {
    struct piece *v;
    size_t n, cap;
};

/* The addresses that members of E spell out. False if others are there, too. */
static bool list_pieces(struct asa *x, const struct asa_entity *e, struct group_pieces *out)
{
    bool all = true;
    for (size_t i = 0; i < e->members.n; i++) {
        const struct asa_member *m = &e->members.v[i];
        size_t n = 1;
        struct ival net;
        const struct ival *v = &net;
        if (m->kind == ASA_MEMBER_SET)
            v = set_ivals(x->sets, m->set, &n);
        else if (m->kind == ASA_MEMBER_NET)
            net = asa_member_net(m);
        else
            n = 0, all = false;
        for (size_t k = 0; k < n; k++)
            *PUSH(x->scratch, *out) = (struct piece){v[k], m->family, m->line};
    }
    if (out->n > 1)
        qsort(out->v, out->n, sizeof *out->v, by_place);
    return all;
}

static void look_for_overlap(struct asa *x, const struct asa_entity *e,
                             const struct group_pieces *all)
{
    const struct piece *last = NULL;
    for (size_t i = 0; i < all->n; i++) {
        const struct piece *p = &all->v[i];
        if (last != NULL && last->family == p->family && p->v.lo <= last->v.hi) {
            group_fact(x, e, "group.overlap", asa_span(p->line),
                       arena_strf(x->a, ": lines %u and %u share addresses", last->line->number,
                                  p->line->number));
            return;
        }
        last = p;
    }
}

static void look_for_twin(struct asa *x, struct map *seen, struct asa_entity *e,
                          const struct group_pieces *all)
{
    x->nets[FAMILY_V4].n = x->nets[FAMILY_V6].n = 0;
    for (size_t i = 0; i < all->n; i++)
        *PUSH(x->scratch, x->nets[all->v[i].family]) = all->v[i].v;
    const uint32_t ids[] = {is_group(e), set_of(x->sets, x->nets[0].v, x->nets[0].n),
                            set_of(x->sets, x->nets[1].v, x->nets[1].n)};
    const struct str key = {(const char *)ids, sizeof ids};
    const struct asa_entity *twin = map_get(seen, key);
    if (twin == NULL)
        map_put(seen, arena_copy(x->scratch, key), e);
    else
        group_fact(x, e, "group.same", e->at,
                   arena_strf(x->a, " has the addresses of %.*s (line %u)", STR_ARG(twin->name),
                              twin->at.line));
}

static void look_at_entities(struct asa *x, const struct asa_config *c)
{
    struct map *seen = map_new(x->scratch);
    struct group_pieces all = {0};
    for (size_t i = 0; i < c->entities.n; i++) {
        struct asa_entity *e = c->entities.v[i];
        for (size_t k = 0; k < e->lines.n; k++)
            look_at_masks(x, e->lines.v[k]);
        if (is_group(e) && e->members.n == 1)
            group_fact(x, e, "group.single", e->at, STR(""));
        if (e->kind != ASA_OBJECT_NETWORK && e->kind != ASA_GROUP_NETWORK)
            continue;
        all.n = 0;
        bool whole = list_pieces(x, e, &all);
        look_for_overlap(x, e, &all);
        if (whole && all.n != 0)
            look_for_twin(x, seen, e, &all);
    }
}

void asa_tidy_facts(struct asa *x, struct asa_config *c)
{
    look_at_entities(x, c);
    for (size_t i = 0; i < c->acl_list.n; i++)
        for (size_t k = 0; k < c->acl_list.v[i]->entries.n; k++) {
            struct asa_entry *e = &c->acl_list.v[i]->entries.v[k];
            if (e->kind == ASA_ENTRY_ACE && !e->copied)
                look_at_masks(x, asa_entry_line(x, e));
        }
}
