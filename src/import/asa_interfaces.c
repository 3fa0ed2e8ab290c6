/* Interfaces of the model, what is inferred of them, and what stands in for missing ones. */
#include "import/asa_twin.h"

static int level_of(const struct asa_interface *i)
{
    if (i->has_level)
        return i->level;
    return str_eq_nocase(i->name, STR("inside")) ? 100 : 0; /* the device's default */
}

static void add_routes(struct asa *x, struct asa_config *c)
{
    for (size_t k = 0; k < c->routes.n; k++) {
        struct asa_line *l = c->routes.v[k];
        size_t at = asa_is(l, 0, "ipv6") ? 2 : 1, n;
        struct asa_words w = {l, at + 1};
        enum family family;
        set_id set;
        if (at >= l->n || asa_class(c, asa_word(l, at)) == SET_EMPTY ||
            !asa_addr_mask(x, c, &w, &family, &set))
            continue;
        struct interface *i =
            policy_interface(x->policy, asa_shown(x, c, asa_word(l, at)), asa_span(l));
        const struct ival *v = set_ivals(x->sets, set, &n);
        for (size_t m = 0; m < n; m++)
            interface_net(x->policy, i, family, v[m]);
    }
}

/* The lowest level is outside, the highest inside; names say the same more clearly. */
static void infer_side(struct asa *x, const struct asa_interface *f, struct interface *i, int low,
                       int high)
{
    bool outside = str_eq_nocase(f->name, STR("outside"));
    if (outside || str_eq_nocase(f->name, STR("inside"))) {
        i->side = outside ? SIDE_OUTSIDE : SIDE_INSIDE;
        i->why = arena_strf(x->a, "nameif %.*s", STR_ARG(f->name));
    } else if (f->management_only || low >= high || f->level < 0) {
        return;
    } else if (f->level == low) {
        i->side = SIDE_OUTSIDE;
        i->why = arena_strf(x->a, "security level %d, the lowest of the device", low);
    } else if (f->level == high) {
        i->side = SIDE_INSIDE;
        i->why = arena_strf(x->a, "security level %d, the highest of the device", high);
    }
}

struct str asa_shown(struct asa *x, const struct asa_config *c, struct str name)
{
    return c->prefix.n == 0 ? name
                            : arena_strf(x->a, "%.*s/%.*s", STR_ARG(c->prefix), STR_ARG(name));
}

static struct asa_interface *stand_in(struct asa *x, struct asa_config *c, struct str name,
                                      struct span at)
{
    struct asa_interface *f = NEW(x->scratch, struct asa_interface);
    *f = (struct asa_interface){.name = name, .at = at, .level_at = at, .level = -1};
    *PUSH(x->scratch, c->interface_list) = f;
    map_put(c->nameifs, name, f);
    return f;
}

static bool filters(const struct asa_acl *acl)
{
    if (acl->selects)
        return false;
    for (size_t i = 0; i < acl->entries.n; i++)
        if (acl->entries.v[i].kind == ASA_ENTRY_ACE && !acl->entries.v[i].standard)
            return acl->other == NULL;
    return false;
}

/* An export of lists alone: each is taken as bound to an interface that has its name. */
static void bind_bare(struct asa *x, struct asa_config *c)
{
    for (size_t i = 0; i < c->acl_list.n; i++) {
        struct asa_acl *acl = c->acl_list.v[i];
        if (!filters(acl))
            continue;
        c->bare = true;
        stand_in(x, c, acl->name, acl->at);
        *PUSH(x->scratch, c->bindings) = (struct asa_binding){asa_entry_line(x, &acl->entries.v[0]),
                                                              acl->name, acl->name, ASA_IN};
    }
    if (c->bare)
        policy_assume(x->policy, "no access-group and no interface in this export: each access "
                                 "list is taken as bound in to an interface of its own name");
}

/* NAME, where only a binding or a translation names it: its level is not known. */
static void complete(struct asa *x, struct asa_config *c, struct str name, const struct asa_line *l)
{
    if (name.n == 0 || str_eq(name, STR("any")) || map_get(c->nameifs, name) != NULL)
        return;
    struct asa_interface *f = stand_in(x, c, name, asa_span(l));
    bool inside = str_eq_nocase(name, STR("inside"));
    if (inside || str_eq_nocase(name, STR("outside")))
        f->level = inside ? 100 : 0;
    policy_assume(x->policy,
                  "interface %.*s is not in this export, line %u names it: its security "
                  "level is %s",
                  STR_ARG(name), l->number, f->level < 0 ? "not known" : "taken to be the default");
}

static void complete_all(struct asa *x, struct asa_config *c)
{
    for (size_t i = 0; i < c->bindings.n; i++)
        if (c->bindings.v[i].where != ASA_GLOBAL)
            complete(x, c, c->bindings.v[i].interface, c->bindings.v[i].line);
    for (size_t i = 0; i < c->nats.n; i++) {
        const struct asa_nat *n = &c->nats.v[i];
        struct str real = n->real, mapped = n->mapped;
        if (n->object != NULL && n->line->n > 1)
            asa_interface_pair(asa_word(n->line, 1), &real, &mapped);
        complete(x, c, real, n->line);
        complete(x, c, mapped, n->line);
    }
    for (size_t i = 0; i < c->old_nats.n; i++) {
        struct str real = {"", 0}, mapped = {"", 0};
        if (c->old_nats.v[i]->n > 1)
            asa_interface_pair(asa_word(c->old_nats.v[i], 1), &real, &mapped);
        complete(x, c, real, c->old_nats.v[i]);
        complete(x, c, mapped, c->old_nats.v[i]);
    }
}

void asa_interfaces(struct asa *x, struct asa_config *c)
{
    int low = 101, high = -1;
    size_t kept = 0;
    for (size_t k = 0; k < c->interface_list.n; k++)
        if (c->interface_list.v[k]->name.n != 0)
            c->interface_list.v[kept++] = c->interface_list.v[k];
    c->interface_list.n = kept;
    c->nameifs = map_new(x->scratch);
    for (size_t k = 0; k < kept; k++) {
        struct asa_interface *f = c->interface_list.v[k];
        f->level = level_of(f);
        map_put(c->nameifs, f->name, f);
    }
    if (kept == 0 && c->bindings.n == 0)
        bind_bare(x, c);
    complete_all(x, c);
    for (size_t k = 0; k < c->interface_list.n; k++) {
        struct asa_interface *f = c->interface_list.v[k];
        if (f->level < 0 || f->management_only)
            continue;
        low = f->level < low ? f->level : low;
        high = f->level > high ? f->level : high;
    }
    for (size_t k = 0; k < c->interface_list.n; k++) {
        struct asa_interface *f = c->interface_list.v[k];
        struct interface *i = policy_interface(x->policy, asa_shown(x, c, f->name), f->at);
        f->class = set_one(x->sets, i->class);
        i->level = f->level;
        for (size_t m = 0; m < f->nets.n; m++)
            interface_net(x->policy, i, f->nets.v[m].family, f->nets.v[m].net);
        infer_side(x, f, i, low, high);
    }
    add_routes(x, c);
}
