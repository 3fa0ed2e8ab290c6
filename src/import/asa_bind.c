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
    return arena_strf(x->a, "%d %d %.*s", (int)b->where, v6, STR_ARG(b->interface));
}

void asa_bindings(struct asa *x, struct asa_config *c)
{
    struct map *last = map_new(x->a);
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
        *PUSH(x->a, replaced) = c->bindings.v[i].line;
    }
    for (size_t i = 0, k = 0; i < c->bindings.n; i++)
        if (k < replaced.n && replaced.v[k] == c->bindings.v[i].line)
            k++;
        else
            c->bindings.v[kept++] = c->bindings.v[i];
    c->bindings.n = kept;
}
