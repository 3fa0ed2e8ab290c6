/* Which access list is bound where: "You can configure one access-group command per ACL type per
 * interface per direction, and one control plane ACL" ("Cisco ASA Series Firewall CLI Configuration
 * Guide", Access Rules). A later command replaces what was bound there before. */
#include "import/asa_int.h"

/* An EtherType list beside an access list: they are of two types. */
static void tell_frames(struct asa *x, const struct asa_config *c, struct asa_binding *b)
{
    const struct asa_acl *acl = map_get(c->acls, b->acl);
    if (acl == NULL || acl->other == NULL)
        return;
    if (b->where == ASA_IN || b->where == ASA_OUT)
        b->where = b->where == ASA_IN ? ASA_FRAMES_IN : ASA_FRAMES_OUT;
    else
        asa_lost(x, b->line, "a list of the type %s cannot be bound like this", acl->other);
}

/* What only one list can hold: the place, the interface, and before 9.0 the IP version. */
static struct str place_of(struct asa *x, const struct asa_config *c, const struct asa_binding *b)
{
    const struct asa_acl *acl = map_get(c->acls, b->acl);
    bool v6 = acl != NULL && acl->v6 && !c->unified;
    return arena_strf(x->scratch, "%d %d %.*s", (int)b->where, v6, STR_ARG(b->interface));
}

void asa_bindings(struct asa *x, struct asa_config *c)
{
    struct map *last = map_new(x->scratch);
    for (size_t i = 0; i < c->bindings.n; i++) {
        tell_frames(x, c, &c->bindings.v[i]);
        map_put(last, place_of(x, c, &c->bindings.v[i]), &c->bindings.v[i]);
    }
    struct asa_lines replaced = {0};
    size_t kept = 0;
    for (size_t i = 0; i < c->bindings.n; i++) {
        const struct asa_binding *holds = map_get(last, place_of(x, c, &c->bindings.v[i]));
        if (holds == &c->bindings.v[i])
            continue;
        diag_add(x->im->diags, DIAG_WARNING, asa_span(c->bindings.v[i].line),
                 "line %u binds another list to this place: this one no longer holds",
                 holds->line->number);
        *PUSH(x->scratch, replaced) = c->bindings.v[i].line;
    }
    for (size_t i = 0, k = 0; i < c->bindings.n; i++)
        if (k < replaced.n && replaced.v[k] == c->bindings.v[i].line)
            k++;
        else
            c->bindings.v[kept++] = c->bindings.v[i];
    c->bindings.n = kept;
}

/* ---- facts ---------------------------------------------------------------------------------- */

static bool filters_in(const struct asa_config *c, const struct asa_binding *b, struct str name)
{
    const struct asa_acl *acl = map_get(c->acls, b->acl);
    bool here = b->where == ASA_GLOBAL || (b->where == ASA_IN && str_eq(b->interface, name));
    return here && acl != NULL && (!acl->v6 || c->unified);
}

static void tell_unfiltered(struct asa *x, const struct asa_config *c)
{
    for (size_t i = 0; i < c->interface_list.n; i++) {
        const struct asa_interface *f = c->interface_list.v[i];
        bool filtered = f->management_only;
        for (size_t k = 0; k < c->bindings.n && !filtered; k++)
            filtered = filters_in(c, &c->bindings.v[k], f->name);
        if (!filtered)
            policy_fact(x->policy, STR("interface.unfiltered"), f->name, f->at, NULL);
    }
}

/* `deny ip any any`, or what is the same set of packets: all of IPv4 at least. */
static bool denies_all(const struct asa *x, const struct rule *r)
{
    struct arena *scratch = arena_child(x->scratch);
    const struct region every = region_universe(x->sets, scratch, FAMILY_V4);
    const struct region match = {r->match, r->n_match, r->n_match};
    struct region left = region_minus(x->sets, scratch, &every, &match, NULL);
    bool all = r->action == ACT_DENY && r->conds == LITS_NONE && left.n == 0;
    arena_free(scratch);
    return all;
}

static bool says_log(struct str text)
{
    struct str word;
    while (str_word(&text, &word))
        if (str_eq_nocase(word, STR("log")))
            return !str_word(&text, &word) || !str_eq_nocase(word, STR("disable"));
    return false;
}

static void tell_open_end(struct asa *x, const struct asa_binding *b, const struct asa_acl *acl)
{
    const struct rule *last = NULL;
    for (size_t i = 0; i < acl->chain->n_rules; i++)
        if (!acl->chain->rules[i]->inactive && !acl->chain->rules[i]->implicit)
            last = acl->chain->rules[i];
    if (last == NULL || !denies_all(x, last) || !says_log(last->text))
        policy_fact(x->policy, STR("list.open-end"), b->acl, last == NULL ? acl->at : last->at,
                    NULL);
}

void asa_bind_facts(struct asa *x, struct asa_config *c)
{
    struct map *told = map_new(x->scratch);
    tell_unfiltered(x, c);
    for (size_t i = 0; i < c->bindings.n; i++) {
        const struct asa_binding *b = &c->bindings.v[i];
        struct asa_acl *acl = map_get(c->acls, b->acl);
        if (acl == NULL || acl->chain == NULL || b->where > ASA_GLOBAL ||
            map_get(told, b->acl) != NULL)
            continue;
        map_put(told, b->acl, acl);
        tell_open_end(x, b, acl);
    }
}
