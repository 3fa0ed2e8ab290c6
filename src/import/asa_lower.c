/* The recorded configuration becomes a policy. A packet through the device meets, in this order:
 * translation back of its destination (8.3 and later), what no list can permit, the list of its
 * interface of entry or the security levels, the list of its interface of exit, translation. Access
 * rules and levels: "Cisco ASA Series Firewall CLI Configuration Guide", Access Rules; "General
 * Operations CLI Configuration Guide", Interfaces. */
#include "import/asa_int.h"

set_id asa_class(const struct asa_config *c, struct str interface)
{
    const struct asa_interface *i = map_get(c->nameifs, interface);
    return i == NULL ? SET_EMPTY : i->class;
}

/* One more cube for R: packets of FAMILY from IN to OUT (SET_EMPTY: any). */
static void only(struct asa *x, struct rule *r, set_id family, set_id in, set_id out)
{
    struct cube c = cube_any(x->sets);
    if (family != SET_EMPTY)
        c.f[FIELD_FAMILY] = family;
    if (in != SET_EMPTY)
        c.f[FIELD_IN] = in;
    if (out != SET_EMPTY)
        c.f[FIELD_OUT] = out;
    rule_match(x->policy, r, &c);
}

/* The families that a list filters where it is bound: before 9.0 its own, then both. */
static set_id families(struct asa *x, const struct asa_config *c, const struct asa_acl *acl)
{
    return c->unified ? set_full(x->sets, FIELD_FAMILY) : set_one(x->sets, acl->v6);
}

/* ---- bindings ---------------------------------------------------------------------------------
 */

static struct asa_acl *bound_acl(struct asa *x, struct asa_config *c, const struct asa_binding *b)
{
    struct asa_acl *acl = map_get(c->acls, b->acl);
    if (acl == NULL) {
        acl = NEW(x->scratch, struct asa_acl);
        *acl = (struct asa_acl){.name = b->acl, .at = asa_span(b->line)};
        map_put(c->acls, b->acl, acl);
        acl->chain = policy_chain(x->policy, (struct str){"", 0}, b->acl, acl->at);
        struct rule *r = asa_implicit(x, acl->chain, acl->at, ACT_UNKNOWN, b->line->text);
        only(x, r, SET_EMPTY, SET_EMPTY, SET_EMPTY);
        policy_fact(x->policy, STR("undefined"),
                    arena_strf(x->a, "access-list %.*s", STR_ARG(b->acl)), acl->at, NULL);
        diag_add(x->im->diags, DIAG_INCOMPLETE, acl->at,
                 "access list %.*s is not in this export: what it permits here is not known",
                 STR_ARG(b->acl));
    }
    if (acl->chain == NULL)
        asa_acl_lower(x, c, acl);
    return acl;
}

/* Jumps to the lists that are bound at WHERE; the interfaces are added to *TAKEN, by family. */
static void jump_to_lists(struct asa *x, struct asa_config *c, struct chain *chain,
                          enum asa_where where, set_id taken[2])
{
    set_id all = SET_EMPTY;
    for (size_t k = 0; k < c->interface_list.n; k++)
        all = set_or(x->sets, all, c->interface_list.v[k]->class);
    for (size_t i = 0; i < c->bindings.n; i++) {
        const struct asa_binding *b = &c->bindings.v[i];
        if (b->where != where)
            continue;
        set_id class = where == ASA_GLOBAL ? all : asa_class(c, b->interface);
        struct asa_acl *acl = bound_acl(x, c, b);
        struct rule *r = asa_implicit(
            x, chain, asa_span(b->line), ACT_JUMP,
            c->bare ? arena_strf(x->a, "access list %.*s", STR_ARG(b->acl)) : b->line->text);
        r->target = acl->chain;
        set_id family = families(x, c, acl);
        only(x, r, family, where == ASA_OUT ? SET_EMPTY : class,
             where == ASA_OUT ? class : SET_EMPTY);
        for (enum family f = FAMILY_V4; f <= FAMILY_V6; f++)
            if (set_has(x->sets, family, f))
                taken[f] = set_or(x->sets, taken[f], class);
    }
}

/* Packets that no entry of the lists at WHERE matched are denied, told at the line that binds. The
 * deny at the end of an interface's list comes after the global list. */
static void end_lists(struct asa *x, struct asa_config *c, struct chain *chain,
                      enum asa_where where)
{
    for (size_t i = 0; i < c->bindings.n; i++) {
        const struct asa_binding *b = &c->bindings.v[i];
        if (b->where != where)
            continue;
        struct rule *r = asa_implicit(
            x, chain, asa_span(b->line), ACT_DENY,
            arena_strf(x->a, "implicit deny at the end of access list %.*s", STR_ARG(b->acl)));
        set_id class = asa_class(c, b->interface);
        only(x, r, families(x, c, map_get(c->acls, b->acl)), where == ASA_OUT ? SET_EMPTY : class,
             where == ASA_OUT ? class : SET_EMPTY);
    }
}

/* ---- security levels --------------------------------------------------------------------------
 */

static void lower_management(struct asa *x, const struct asa_interface *i, struct chain *chain)
{
    struct rule *r = asa_implicit(
        x, chain, i->management_at, ACT_DENY,
        arena_strf(x->a, "implicit deny: interface %.*s is for management only", STR_ARG(i->name)));
    only(x, r, SET_EMPTY, i->class, SET_EMPTY);
    only(x, r, SET_EMPTY, SET_EMPTY, i->class);
}

/* ASA 5505: packets from this interface may not begin a connection to that one. */
static void lower_no_forward(struct asa *x, struct asa_config *c, const struct asa_interface *f,
                             struct chain *chain)
{
    const struct asa_interface *to = map_get(c->interfaces, f->not_to);
    if (to != NULL && to->name.n != 0)
        only(x,
             asa_implicit(x, chain, f->not_to_at, ACT_DENY,
                          arena_strf(x->a, "implicit deny: %.*s does not forward to %.*s",
                                     STR_ARG(f->name), STR_ARG(to->name))),
             SET_EMPTY, f->class, to->class);
}

static void lower_level(struct asa *x, struct asa_config *c, int level, struct chain *chain)
{
    set_id members = SET_EMPTY;
    struct span at = SPAN_NONE;
    for (size_t k = 0; k < c->interface_list.n; k++)
        if (c->interface_list.v[k]->level == level) {
            members = set_or(x->sets, members, c->interface_list.v[k]->class);
            at = c->interface_list.v[k]->level_at;
        }
    if (members == SET_EMPTY || set_size(x->sets, members) < 2)
        return;
    struct rule *r =
        asa_implicit(x, chain, at, ACT_DENY,
                     arena_strf(x->a,
                                "implicit deny: between interfaces of security level %d, without "
                                "same-security-traffic permit inter-interface",
                                level));
    for (size_t k = 0; k < c->interface_list.n; k++) {
        set_id own = c->interface_list.v[k]->class;
        if (c->interface_list.v[k]->level == level)
            only(x, r, SET_EMPTY, own, set_minus(x->sets, members, own));
    }
}

/* What no list can permit: through an interface for management, between interfaces of one level,
 * out by the interface of entry. */
static void lower_never(struct asa *x, struct asa_config *c, struct chain *chain)
{
    for (size_t i = 0; i < c->interface_list.n && !c->bare; i++) {
        struct asa_interface *f = c->interface_list.v[i];
        if (f->management_only)
            lower_management(x, f, chain);
        if (f->not_to.n != 0)
            lower_no_forward(x, c, f, chain);
        if (c->same_intra == NULL)
            only(x,
                 asa_implicit(x, chain, f->at, ACT_DENY,
                              arena_strf(x->a,
                                         "implicit deny: out by %.*s, the interface of entry, "
                                         "without same-security-traffic permit intra-interface",
                                         STR_ARG(f->name))),
                 SET_EMPTY, f->class, f->class);
    }
    for (int level = 0; level <= 100 && c->same_inter == NULL && !c->bare; level++)
        lower_level(x, c, level, chain);
}

/* Where an EtherType list denies all frames, what of IP passes hangs on its entries before. */
static void lower_frames(struct asa *x, struct asa_config *c, struct chain *chain)
{
    for (size_t i = 0; i < c->bindings.n; i++) {
        const struct asa_binding *b = &c->bindings.v[i];
        const struct asa_acl *acl = map_get(c->acls, b->acl);
        bool in = b->where == ASA_FRAMES_IN;
        set_id class = asa_class(c, b->interface);
        if ((!in && b->where != ASA_FRAMES_OUT) || acl->no_ip == NULL)
            continue;
        asa_lost(x, acl->no_ip, "EtherType list %.*s denies IP frames here", STR_ARG(acl->name));
        only(x, asa_implicit(x, chain, asa_span(acl->no_ip), ACT_UNKNOWN, acl->no_ip->text),
             SET_EMPTY, in ? class : SET_EMPTY, in ? SET_EMPTY : class);
    }
}

#define LEVELS 101

/* Interfaces of each level, and those whose level is not known. */
struct levels {
    set_id at[LEVELS], unknown;
};

static struct levels levels_of(struct asa *x, const struct asa_config *c)
{
    struct levels l = {.unknown = SET_EMPTY};
    for (size_t k = 0; k < LEVELS; k++)
        l.at[k] = SET_EMPTY;
    for (size_t k = 0; k < c->interface_list.n; k++) {
        const struct asa_interface *f = c->interface_list.v[k];
        set_id *to = f->level < 0 ? &l.unknown : &l.at[f->level];
        *to = set_or(x->sets, *to, f->class);
    }
    return l;
}

static void level_rule(struct asa *x, struct chain *chain, const struct asa_interface *in,
                       set_id out, enum action action, const char *where, const set_id taken[2])
{
    if (out == SET_EMPTY || (set_overlaps(x->sets, taken[FAMILY_V4], in->class) &&
                             set_overlaps(x->sets, taken[FAMILY_V6], in->class)))
        return;
    struct rule *r = asa_implicit(x, chain, in->level_at, action,
                                  arena_strf(x->a, "implicit %s: from %.*s to %s",
                                             action_names[action], STR_ARG(in->name), where));
    for (enum family f = FAMILY_V4; f <= FAMILY_V6; f++)
        if (!set_overlaps(x->sets, taken[f], in->class))
            only(x, r, set_one(x->sets, f), in->class, out);
}

/* Where no list is bound in: to interfaces of the same level or below is permitted, above not. */
static void lower_levels(struct asa *x, struct asa_config *c, struct chain *chain,
                         const set_id taken[2])
{
    struct levels l = levels_of(x, c);
    for (size_t i = 0; i < c->interface_list.n; i++) {
        const struct asa_interface *in = c->interface_list.v[i];
        set_id down = SET_EMPTY, up = SET_EMPTY, unknown = l.unknown;
        for (int k = 0; k < LEVELS; k++) {
            set_id *to = in->level < 0 ? &unknown : k <= in->level ? &down : &up;
            *to = set_or(x->sets, *to, l.at[k]);
        }
        level_rule(x, chain, in, down, c->needs_lists ? ACT_DENY : ACT_PERMIT,
                   "interfaces of its security level or below", taken);
        level_rule(x, chain, in, up, ACT_DENY, "interfaces of a higher security level", taken);
        level_rule(x, chain, in, unknown, ACT_UNKNOWN,
                   "interfaces of a security level that is not in this export", taken);
    }
}

/* ---- the path through the device ---------------------------------------------------------------
 */

/* Packets of a connection that was let in pass unseen: TCP, UDP, SCTP; ICMP only where it is
 * inspected ("for connectionless protocols such as ICMP … unidirectional sessions"). */
static void permit_flows(struct asa *x, struct chain *chain)
{
    for (size_t i = 0; i < x->configs.n; i++) {
        struct asa_config *c = x->configs.v[i];
        set_id all = SET_EMPTY, protos = set_one(x->sets, PROTO_TCP);
        for (size_t k = 0; k < c->interface_list.n; k++)
            all = set_or(x->sets, all, c->interface_list.v[k]->class);
        protos = set_or(x->sets, protos, set_one(x->sets, PROTO_UDP));
        protos = set_or(x->sets, protos, set_one(x->sets, PROTO_SCTP));
        if (c->inspects_icmp) {
            protos = set_or(x->sets, protos, set_one(x->sets, PROTO_ICMP));
            protos = set_or(x->sets, protos, set_one(x->sets, PROTO_ICMPV6));
        }
        if (all == SET_EMPTY)
            continue;
        struct rule *r =
            asa_implicit(x, chain, c->at, ACT_PERMIT,
                         STR("implicit permit: packets of a connection that was let in"));
        struct cube cube = cube_any(x->sets);
        cube.f[FIELD_STATE] = set_range(x->sets, STATE_ESTABLISHED, STATE_RELATED);
        cube.f[FIELD_PROTO] = protos;
        cube.f[FIELD_IN] = all;
        rule_match(x->policy, r, &cube);
    }
}

static struct stage *add_stage(struct asa *x, const char *title, struct chain *chain,
                               enum action otherwise, const char *text)
{
    return path_stage(x->policy, PATH_THROUGH, str_of(title), chain,
                      policy_default(x->policy, chain->at, otherwise, str_of(text)));
}

static struct chain *phase(struct asa *x, const char *name, bool flows)
{
    struct chain *chain = policy_chain(x->policy, STR("phase"), str_of(name), x->configs.v[0]->at);
    if (flows)
        permit_flows(x, chain);
    return chain;
}

static void lower_nat(struct asa *x, bool back, bool forth)
{
    bool any = false;
    for (size_t i = 0; i < x->configs.n; i++)
        any = any || x->configs.v[i]->nats.n != 0 || x->configs.v[i]->old_nats.n != 0 ||
              x->configs.v[i]->nat_control != NULL;
    if (!any)
        return;
    struct chain *unnat = back ? phase(x, "UN-NAT", false) : NULL;
    struct chain *nat = forth ? phase(x, "NAT", false) : NULL;
    for (size_t i = 0; i < x->configs.n; i++)
        asa_nat_lower(x, x->configs.v[i], unnat, nat);
    if (unnat != NULL)
        add_stage(x, "UN-NAT", unnat, ACT_PERMIT, "no translation of the destination");
    if (nat != NULL)
        add_stage(x, "NAT", nat, ACT_PERMIT, "no translation of the source");
}

/* Only packets that come in (OUT: go out) by one of CLASSES meet the stage. */
static void guard(struct asa *x, struct stage *s, bool out, const set_id classes[2])
{
    s->guard.f[out ? FIELD_OUT : FIELD_IN] = set_or(x->sets, classes[0], classes[1]);
}

/* A permit is told by the first list that the packet meets: where one is bound out, that is the
 * list, and the level only elsewhere. */
static void add_levels(struct asa *x, struct chain *levels)
{
    static const char *const none = "implicit deny: no such interfaces";
    set_id out = SET_EMPTY, every = set_full(x->sets, FIELD_OUT);
    for (size_t i = 0; i < x->configs.n; i++) {
        struct asa_config *c = x->configs.v[i];
        for (size_t k = 0; k < c->bindings.n; k++)
            if (c->bindings.v[k].where == ASA_OUT)
                out = set_or(x->sets, out, asa_class(c, c->bindings.v[k].interface));
    }
    struct stage *s = add_stage(x, "SECURITY-LEVEL", levels, ACT_DENY, none);
    s->guard.f[FIELD_OUT] = set_minus(x->sets, every, out);
    s->decides = true;
    if (out != SET_EMPTY)
        add_stage(x, "SECURITY-LEVEL", levels, ACT_DENY, none)->guard.f[FIELD_OUT] = out;
}

static bool binds(const struct asa *x, enum asa_where where)
{
    for (size_t i = 0; i < x->configs.n; i++)
        for (size_t k = 0; k < x->configs.v[i]->bindings.n; k++)
            if (x->configs.v[i]->bindings.v[k].where == where)
                return true;
    return false;
}

/* The lists bound in; the interfaces that have one are added to IN, by family. */
static void lower_in(struct asa *x, set_id in[2])
{
    if (!binds(x, ASA_IN) && !binds(x, ASA_GLOBAL))
        return;
    struct chain *list = phase(x, "ACCESS-LIST in", true);
    for (size_t i = 0; i < x->configs.n; i++) {
        struct asa_config *c = x->configs.v[i];
        jump_to_lists(x, c, list, ASA_IN, in);
        jump_to_lists(x, c, list, ASA_GLOBAL, in);
        end_lists(x, c, list, ASA_GLOBAL);
        end_lists(x, c, list, ASA_IN);
    }
    struct stage *s = add_stage(x, "ACCESS-LIST in", list, ACT_PERMIT,
                                "implicit permit: no list of this IP version is bound");
    guard(x, s, false, in);
    s->decides = true;
}

static void lower_lists(struct asa *x)
{
    set_id in[2] = {SET_EMPTY, SET_EMPTY};
    struct chain *never = phase(x, "INTERFACES", true);
    for (size_t i = 0; i < x->configs.n; i++) {
        lower_never(x, x->configs.v[i], never);
        lower_frames(x, x->configs.v[i], never);
    }
    add_stage(x, "INTERFACES", never, ACT_PERMIT, "no interface forbids it");
    lower_in(x, in);
    struct chain *levels = phase(x, "SECURITY-LEVEL", true);
    for (size_t i = 0; i < x->configs.n; i++)
        lower_levels(x, x->configs.v[i], levels, in);
    for (enum family f = FAMILY_V4; f <= FAMILY_V6; f++)
        if (in[f] != SET_EMPTY)
            only(x,
                 asa_implicit(x, levels, x->configs.v[0]->at, ACT_PERMIT,
                              STR("implicit permit: a list decides at this interface")),
                 set_one(x->sets, f), in[f], SET_EMPTY);
    add_levels(x, levels);
}

static void lower_out(struct asa *x)
{
    set_id out[2] = {SET_EMPTY, SET_EMPTY};
    if (!binds(x, ASA_OUT))
        return;
    struct chain *list = phase(x, "ACCESS-LIST out", true);
    for (size_t i = 0; i < x->configs.n; i++) {
        jump_to_lists(x, x->configs.v[i], list, ASA_OUT, out);
        end_lists(x, x->configs.v[i], list, ASA_OUT);
    }
    struct stage *s = add_stage(x, "ACCESS-LIST out", list, ACT_PERMIT,
                                "implicit permit: no list of this IP version is bound");
    guard(x, s, true, out);
    s->decides = true;
}

/* From 8.3 on lists see real addresses: before the list in, the destination is translated back.
 * Before, they see the addresses on the wire: translation stands between the lists. */
static void lower_through(struct asa *x)
{
    bool real = asa_real_addresses(x->configs.v[0]);
    if (real)
        lower_nat(x, true, false);
    lower_lists(x);
    if (!real)
        lower_nat(x, true, true);
    lower_out(x);
    if (real)
        lower_nat(x, false, true);
}

/* The lists for the control plane. The ssh, telnet and http lines "have higher precedence than a
 * management access rule applied with the control-plane option", and there is no implicit deny at
 * the end: "Cisco ASA Series Firewall CLI Configuration Guide", Access Rules. What a list permits
 * still needs a service that is open. */
static void lower_control_plane(struct asa *x)
{
    if (!binds(x, ASA_CONTROL_PLANE))
        return;
    struct chain *chain = phase(x, "CONTROL-PLANE", true);
    set_id taken[2] = {SET_EMPTY, SET_EMPTY};
    for (size_t i = 0; i < x->configs.n; i++) {
        asa_self_first(x, x->configs.v[i], chain);
        jump_to_lists(x, x->configs.v[i], chain, ASA_CONTROL_PLANE, taken);
    }
    struct stage *s =
        path_stage(x->policy, PATH_TO_SELF, chain->name, chain,
                   policy_default(x->policy, chain->at, ACT_PERMIT,
                                  STR("implicit permit: no list for the control plane denies it")));
    guard(x, s, false, taken);
    policy_assume(x->policy, "icmp lines do not come before lists for the control plane, as ssh, "
                             "telnet and http lines do: ICMP to the device has to pass both");
}

static void lower_self(struct asa *x)
{
    lower_control_plane(x);
    struct chain *chain = phase(x, "MANAGEMENT", true);
    for (size_t i = 0; i < x->configs.n; i++)
        asa_self_lower(x, x->configs.v[i], chain);
    path_stage(x->policy, PATH_TO_SELF, STR("MANAGEMENT"), chain,
               policy_default(x->policy, chain->at, ACT_DENY,
                              STR("implicit deny: no service of the device is open to this")))
        ->decides = true;
    path_stage(x->policy, PATH_FROM_SELF, STR("OWN"), NULL,
               policy_default(x->policy, chain->at, ACT_PERMIT,
                              STR("implicit permit: the device's own packets")));
}

/* Without any interface, nothing is known of what passes. */
static void lower_nothing(struct asa *x)
{
    struct chain *chain = phase(x, "INTERFACES", false);
    struct rule *r = asa_implicit(x, chain, x->configs.v[0]->at, ACT_UNKNOWN,
                                  STR("no interface in this export"));
    only(x, r, SET_EMPTY, SET_EMPTY, SET_EMPTY);
    for (enum path_kind kind = PATH_THROUGH; kind <= PATH_TO_SELF; kind++)
        path_stage(x->policy, kind, chain->name, chain,
                   policy_default(x->policy, chain->at, ACT_DENY, r->text));
}

void asa_lower(struct asa *x)
{
    bool any = false;
    for (size_t i = 0; i < x->configs.n; i++)
        any = any || x->configs.v[i]->interface_list.n != 0;
    if (!any) {
        lower_nothing(x);
        return;
    }
    lower_through(x);
    lower_self(x);
}
