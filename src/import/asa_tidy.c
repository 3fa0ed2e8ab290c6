/* What is untidy in groups, objects and masks: facts for packs, nothing that changes a packet.
 *   mask.host-bits   an address with bits behind its mask
 *   mask.inverted    a wildcard mask, as routers want it, where an ASA wants a netmask
 *   mask.holes       a mask that is no prefix
 *   group.single     a group with one member
 *   group.same       an object or group with the addresses of an earlier one
 *   group.overlap    members of a group that share addresses */
#include "import/asa_twin.h"

#include <stdlib.h>
#include <string.h>

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
    uint32_t number;             /* of the line */
    const struct asa_line *line; /* NULL: of a host */
};

static int by_place(const void *a, const void *b)
{
    const struct piece *x = a, *y = b;
    if (x->family != y->family)
        return x->family < y->family ? -1 : 1;
    if (x->v.lo != y->v.lo)
        return x->v.lo < y->v.lo ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

struct group_pieces {
    struct piece *v;
    size_t n, cap;
};

/* The addresses that members of E spell out. False if others are there, too. */
static bool list_pieces(struct asa *x, struct asa_entity *e, struct group_pieces *out)
{
    const struct asa_hosts hosts = asa_hosts(e);
    const struct asa_members members = asa_members(e);
    bool all = true;
    for (size_t i = 0; i < hosts.n; i++) {
        const struct asa_host *h = &hosts.v[i];
        *PUSH(x->scratch, *out) = (struct piece){{h->addr, h->addr}, FAMILY_V4, h->line, NULL};
    }
    for (size_t i = 0; i < members.n; i++) {
        const struct asa_member *m = &members.v[i];
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
            *PUSH(x->scratch, *out) = (struct piece){v[k], m->family, m->line->number, m->line};
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
            struct span at = p->line != NULL ? asa_span(p->line)
                                             : span_line(x->im->sources->v[e->at.file], p->number);
            group_fact(
                x, e, "group.overlap", at,
                arena_strf(x->a, ": lines %u and %u share addresses", last->number, p->number));
            return;
        }
        last = p;
    }
}

/* The addresses of ALL, which are sorted, by family: each once, and what touches as one. */
static void unite(struct asa *x, const struct group_pieces *all, struct asa_ivals nets[2])
{
    nets[FAMILY_V4].n = nets[FAMILY_V6].n = 0;
    for (size_t i = 0; i < all->n; i++) {
        const struct piece *p = &all->v[i];
        struct asa_ivals *to = &nets[p->family];
        struct ival *last = to->n == 0 ? NULL : &to->v[to->n - 1];
        if (last == NULL || (p->v.lo > last->hi && p->v.lo - last->hi > 1))
            *PUSH(x->scratch, *to) = p->v;
        else if (p->v.hi > last->hi)
            last->hi = p->v.hi;
    }
}

/* Entities by their addresses: in slots by hash, a power of two, of which a fifth and more is free.
 * A map would keep an entry and a key of each, which are most of what such a file takes. */
struct seen {
    const struct asa_config *c;
    struct {
        uint32_t hash, number; /* of the entity, from 1; 0: none */
    } * slots;
    size_t n;
    struct group_pieces pieces;
    struct asa_ivals nets[2]; /* of the one that is compared */
};

static bool same_addresses(struct asa *x, struct seen *seen, struct asa_entity *a,
                           const struct asa_entity *b)
{
    bool same = is_group(a) == is_group(b);
    seen->pieces.n = 0;
    list_pieces(x, a, &seen->pieces);
    unite(x, &seen->pieces, seen->nets);
    for (enum family f = FAMILY_V4; f <= FAMILY_V6; f++)
        same = same && seen->nets[f].n == x->nets[f].n &&
               (x->nets[f].n == 0 ||
                memcmp(seen->nets[f].v, x->nets[f].v, x->nets[f].n * sizeof *x->nets[f].v) == 0);
    return same;
}

/* An earlier entity with the addresses of entity NUMBER, which are ALL; else it is seen now. */
static const struct asa_entity *seen_twin(struct asa *x, struct seen *seen, size_t number,
                                          const struct group_pieces *all)
{
    uint32_t hash = is_group(seen->c->entities.v[number]);
    unite(x, all, x->nets);
    for (enum family f = FAMILY_V4; f <= FAMILY_V6; f++)
        hash ^= (uint32_t)str_hash(
            (struct str){(const char *)x->nets[f].v, x->nets[f].n * sizeof *x->nets[f].v});
    const struct asa_entity *e = seen->c->entities.v[number];
    size_t i = hash & (seen->n - 1);
    for (; seen->slots[i].number != 0; i = (i + 1) & (seen->n - 1)) {
        struct asa_entity *other = seen->c->entities.v[seen->slots[i].number - 1];
        if (seen->slots[i].hash == hash && same_addresses(x, seen, other, e))
            return other;
    }
    seen->slots[i].hash = hash;
    seen->slots[i].number = (uint32_t)number + 1;
    return NULL;
}

static void look_at_entities(struct asa *x, const struct asa_config *c)
{
    struct seen seen = {.c = c, .n = 2};
    struct group_pieces all = {0};
    while (seen.n < c->entities.n + c->entities.n / 4 + 1)
        seen.n *= 2;
    seen.slots = arena_array(x->scratch, seen.n, sizeof *seen.slots);
    for (size_t i = 0; i < c->entities.n; i++) {
        struct asa_entity *e = c->entities.v[i];
        for (size_t k = 0; e->details != NULL && k < e->details->lines.n; k++)
            look_at_masks(x, e->details->lines.v[k]);
        if (is_group(e) && asa_hosts(e).n + asa_members(e).n == 1)
            group_fact(x, e, "group.single", e->at, STR(""));
        if (e->kind != ASA_OBJECT_NETWORK && e->kind != ASA_GROUP_NETWORK)
            continue;
        all.n = 0;
        bool whole = list_pieces(x, e, &all);
        look_for_overlap(x, e, &all);
        const struct asa_entity *twin = whole && all.n != 0 ? seen_twin(x, &seen, i, &all) : NULL;
        if (twin != NULL)
            group_fact(x, e, "group.same", e->at,
                       arena_strf(x->a, " has the addresses of %.*s (line %u)", STR_ARG(twin->name),
                                  twin->at.line));
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
