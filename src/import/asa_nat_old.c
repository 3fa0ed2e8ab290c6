/* NAT before 8.3: nat, global, static. Looked up in this order: exemption (nat 0 access-list),
 * static, dynamic by list, dynamic by address. "Cisco Security Appliance Command Line Configuration
 * Guide" 8.0, Configuring NAT. */
#include "import/asa_int.h"

enum turn { TURN_EXEMPT, TURN_STATIC, TURN_LIST, TURN_ADDRESS, TURNS };

struct reader {
    struct asa *x;
    struct asa_config *c;
    struct asa_line *l;
    struct asa_words w;
    struct str real, mapped; /* interfaces */
};

static struct asa_old_xlate *add(struct reader *r, enum turn turn)
{
    struct asa_old_xlate *o = PUSH(r->x->scratch, r->c->old_xlates);
    *o = (struct asa_old_xlate){.turn = turn, .t = asa_xlate_any(r->x, r->l)};
    struct asa_place v4 = asa_place_any(r->x, true, false);
    o->t.real_src = o->t.mapped_src = o->t.real_dst = o->t.mapped_dst = v4;
    o->t.real_if = asa_class(r->c, r->real);
    o->t.mapped_if = asa_class(r->c, r->mapped);
    return o;
}

static void lost(struct reader *r, const char *why)
{
    r->c->lost_nat = true;
    asa_lost(r->x, r->l, "this translation is not in the model: %s", why);
}

static bool interfaces(struct reader *r)
{
    return asa_interface_pair(asa_next(&r->w), &r->real, &r->mapped);
}

/* A M, with 0 for 0.0.0.0; without M a host. */
static bool net(struct reader *r, set_id *set)
{
    enum family family;
    u128 addr, mask = addr_max(FAMILY_V4);
    struct str a = asa_next(&r->w);
    if (str_eq(a, STR("0")))
        addr = 0;
    else if (!asa_addr(r->c, a, &family, &addr) || family != FAMILY_V4)
        return false;
    struct str m = asa_peek(&r->w, 0);
    if (str_eq(m, STR("0"))) {
        mask = 0;
        asa_next(&r->w);
    } else if (addr_parse(m, &family, &mask) && family == FAMILY_V4) {
        asa_next(&r->w);
    } else {
        mask = addr_max(FAMILY_V4);
    }
    return set_of_mask(r->x->sets, set, FAMILY_V4, addr, mask);
}

/* The cubes of an access list as what NAT looks at: its permits. */
static void by_list(struct reader *r, struct asa_old_xlate *o, struct str name)
{
    struct asa_acl *acl = map_get(r->c->acls, name);
    if (acl == NULL) {
        lost(r, "its access list is not in this export");
        return;
    }
    r->x->policy->objects.v[acl->object].uses++;
    for (size_t i = 0; i < acl->entries.n; i++) {
        if (acl->entries.v[i].kind != ASA_ENTRY_ACE)
            continue;
        const struct asa_ace *ace = asa_ace_parse(r->x, r->c, acl, &acl->entries.v[i]);
        if (ace->action == ACT_PERMIT && !ace->bad && !ace->inactive)
            asa_ace_cubes(r->x, ace, &o->list);
    }
}

/* nat (IF) ID {A [M] | access-list X} [outside] … */
static void nat_line(struct reader *r)
{
    uint64_t id;
    if (!interfaces(r) || !str_u64(asa_next(&r->w), 10, UINT16_MAX, &id)) {
        lost(r, "it cannot be read");
        return;
    }
    bool list = asa_take(&r->w, "access-list");
    struct asa_old_xlate *o = add(r, list ? (id == 0 ? TURN_EXEMPT : TURN_LIST) : TURN_ADDRESS);
    o->id = id;
    o->t.dynamic = true;
    if (list) {
        by_list(r, o, asa_next(&r->w));
        return;
    }
    set_id set;
    if (!net(r, &set)) {
        lost(r, "its address cannot be read");
        r->c->old_xlates.n--;
        return;
    }
    o->t.real_src = asa_place_set(FAMILY_V4, set);
}

/* global (IF) ID {interface | A[-B] [netmask M]} */
static void global_line(struct reader *r)
{
    uint64_t id;
    struct ival range;
    enum family family;
    if (!interfaces(r) || !str_u64(asa_next(&r->w), 10, UINT16_MAX, &id)) {
        lost(r, "it cannot be read");
        return;
    }
    set_id pool = SET_EMPTY;
    struct str word = asa_next(&r->w);
    u128 addr;
    if (str_eq(word, STR("interface")))
        pool = asa_interface_address(r->x, r->c, r->real, NULL).sets[FAMILY_V4];
    else if (range_parse(word, &family, &range, NULL) && family == FAMILY_V4)
        pool = set_range(r->x->sets, range.lo, range.hi);
    else if (asa_addr(r->c, word, &family, &addr) && family == FAMILY_V4)
        pool = set_one(r->x->sets, addr);
    if (pool == SET_EMPTY) {
        lost(r, "its addresses cannot be read");
        return;
    }
    *PUSH(r->x->scratch, r->c->pools) = (struct asa_pool){id, asa_class(r->c, r->real), pool};
}

/* static … access-list X: each permit of the list says a real source, and for which destinations.
 * PORT is the mapped one, 0 for none. */
static void static_by_list(struct reader *r, bool interface, u128 mapped, uint16_t port)
{
    struct asa_acl *acl = map_get(r->c->acls, asa_next(&r->w));
    struct sets *s = r->x->sets;
    if (acl == NULL) {
        lost(r, "its access list is not in this export");
        return;
    }
    r->x->policy->objects.v[acl->object].uses++;
    for (size_t i = 0; i < acl->entries.n; i++) {
        struct asa_entry *e = &acl->entries.v[i];
        if (e->kind != ASA_ENTRY_ACE)
            continue;
        const struct asa_ace *ace = asa_ace_parse(r->x, r->c, acl, e);
        set_id real = ace->src.sets[FAMILY_V4];
        if (ace->bad || ace->action != ACT_PERMIT || ace->services.n != 1 || real == SET_EMPTY)
            continue;
        struct asa_old_xlate *o = add(r, TURN_STATIC);
        u128 span = set_max(s, real) - set_min(s, real);
        o->t.real_src = asa_place_set(FAMILY_V4, real);
        o->t.mapped_src = interface ? asa_interface_address(r->x, r->c, r->mapped, &o->t.unknown)
                                    : asa_place_set(FAMILY_V4, set_range(s, mapped, mapped + span));
        o->t.real_dst = o->t.mapped_dst = asa_place_set(FAMILY_V4, ace->dst.sets[FAMILY_V4]);
        o->t.proto = ace->services.v[0].proto;
        o->t.first.sport = ace->services.v[0].sport;
        o->t.second.sport = port == 0 ? o->t.first.sport : set_one(s, port);
    }
}

/* static (REAL,MAPPED) [tcp|udp] {M|interface} [PORT] {R|access-list X} [PORT] [netmask N] */
static void static_line(struct reader *r)
{
    uint8_t proto = 0;
    uint16_t mapped_port = 0, real_port = 0;
    enum family family;
    u128 mapped = 0, real, mask = addr_max(FAMILY_V4);
    if (!interfaces(r)) {
        lost(r, "it cannot be read");
        return;
    }
    bool ports = asa_is(r->l, r->w.at, "tcp") || asa_is(r->l, r->w.at, "udp");
    if (ports)
        asa_proto(asa_next(&r->w), &proto);
    bool interface = asa_take(&r->w, "interface");
    bool ok = interface || asa_addr(r->c, asa_next(&r->w), &family, &mapped);
    ok = ok && (!ports || asa_port(asa_next(&r->w), &mapped_port));
    if (asa_take(&r->w, "access-list")) {
        static_by_list(r, interface, mapped, mapped_port);
        return;
    }
    ok = ok && asa_addr(r->c, asa_next(&r->w), &family, &real) && family == FAMILY_V4;
    ok = ok && (!ports || asa_port(asa_next(&r->w), &real_port));
    if (ok && asa_take(&r->w, "netmask"))
        ok = addr_parse(asa_next(&r->w), &family, &mask) && family == FAMILY_V4;
    if (!ok) {
        lost(r, "it cannot be read");
        return;
    }
    struct asa_old_xlate *o = add(r, TURN_STATIC);
    struct sets *s = r->x->sets;
    u128 span = addr_max(FAMILY_V4) & ~mask;
    o->t.real_src = asa_place_set(FAMILY_V4, set_range(s, real & mask, (real & mask) | span));
    o->t.mapped_src =
        interface ? asa_interface_address(r->x, r->c, r->mapped, &o->t.unknown)
                  : asa_place_set(FAMILY_V4, set_range(s, mapped & mask, (mapped & mask) | span));
    if (ports) {
        o->t.proto = set_one(s, proto);
        o->t.first.sport = set_one(s, real_port);
        o->t.second.sport = set_one(s, mapped_port);
    }
}

void asa_old_nat_read(struct asa *x, struct asa_config *c)
{
    for (size_t i = 0; i < c->old_nats.n; i++) {
        struct asa_line *l = c->old_nats.v[i];
        struct reader r = {.x = x, .c = c, .l = l, .w = {l, 1}};
        if (asa_is(l, 0, "nat"))
            nat_line(&r);
        else if (asa_is(l, 0, "global"))
            global_line(&r);
        else
            static_line(&r);
    }
}

/* ---- rules --------------------------------------------------------------------------------------
 */

/* Exemption, and dynamic translation by list: what the list permits, from the interface on. */
static void list_rule(struct asa *x, const struct asa_old_xlate *o, set_id out, set_id pool,
                      struct chain *nat)
{
    struct rule *r = chain_rule(x->policy, nat, asa_span(o->t.line), ACT_PERMIT);
    r->text = o->t.line->text;
    r->implicit = true;
    for (size_t i = 0; i < o->list.n; i++) {
        struct cube c = o->list.v[i];
        if (o->t.real_if != SET_EMPTY)
            c.f[FIELD_IN] = o->t.real_if;
        if (out != SET_EMPTY)
            c.f[FIELD_OUT] = out;
        rule_match(x->policy, r, &c);
    }
    if (pool == SET_EMPTY)
        return;
    struct rewrite *w = NEW(x->a, struct rewrite);
    *w = (struct rewrite){.field = FIELD_SRC, .to = pool};
    r->rewrites = w;
    r->n_rewrites = 1;
}

/* Exemption works for connections from both sides. */
static void exempt_back(struct asa *x, const struct asa_old_xlate *o, struct chain *unnat)
{
    struct rule *r = chain_rule(x->policy, unnat, asa_span(o->t.line), ACT_PERMIT);
    r->text = o->t.line->text;
    r->implicit = true;
    for (size_t i = 0; i < o->list.n; i++) {
        const struct cube *from = &o->list.v[i];
        struct cube c = *from;
        c.f[FIELD_OUT] = o->t.real_if;
        c.f[FIELD_SRC] = from->f[FIELD_DST];
        c.f[FIELD_DST] = from->f[FIELD_SRC];
        c.f[FIELD_SPORT] = from->f[FIELD_DPORT];
        c.f[FIELD_DPORT] = from->f[FIELD_SPORT];
        rule_match(x->policy, r, &c);
    }
}

/* With nat-control (always, in PIX 6), what no line translates or exempts is dropped: the source of
 * packets to lower levels, the destination of packets to higher ones. CHAIN has all lines by now.
 */
static void nat_control(struct asa *x, struct asa_config *c, struct chain *chain, bool up)
{
    if (chain == NULL || asa_real_addresses(c) || (c->nat_control == NULL && !c->pix6))
        return; /* from 8.3 on there is no nat-control */
    struct span at = c->nat_control != NULL ? asa_span(c->nat_control) : c->at;
    struct rule *r = asa_implicit(x, chain, at, c->lost_nat ? ACT_UNKNOWN : ACT_DENY,
                                  STR("implicit deny: nat-control, and no translation"));
    struct cube cube = cube_any(x->sets);
    cube.f[FIELD_FAMILY] = set_one(x->sets, FAMILY_V4);
    cube.f[FIELD_STATE] = set_minus(x->sets, cube.f[FIELD_STATE],
                                    set_range(x->sets, STATE_ESTABLISHED, STATE_RELATED));
    for (int level = 0; level <= 100; level++) {
        cube.f[FIELD_IN] = cube.f[FIELD_OUT] = SET_EMPTY;
        for (size_t k = 0; k < c->interface_list.n; k++) {
            const struct asa_interface *f = c->interface_list.v[k];
            bool beyond = f->level >= 0 && (up ? f->level > level : f->level < level);
            enum field side = beyond ? FIELD_OUT : FIELD_IN;
            if (beyond || f->level == level)
                cube.f[side] = set_or(x->sets, cube.f[side], f->class);
        }
        rule_match(x->policy, r, &cube);
    }
}

/* A nat line with each interface that has a pool of its number. */
static void dynamic_rules(struct asa *x, struct asa_config *c, const struct asa_old_xlate *o,
                          struct chain *nat)
{
    for (size_t k = 0; k < c->interface_list.n; k++) {
        set_id out = c->interface_list.v[k]->class, pool = SET_EMPTY;
        for (size_t i = 0; i < c->pools.n; i++)
            if (c->pools.v[i].id == o->id && c->pools.v[i].interface == out)
                pool = set_or(x->sets, pool, c->pools.v[i].addresses);
        if (pool == SET_EMPTY || out == o->t.real_if)
            continue;
        if (o->turn == TURN_LIST) {
            list_rule(x, o, out, pool, nat);
            continue;
        }
        struct asa_xlate t = o->t;
        t.mapped_if = out;
        t.mapped_src = asa_place_set(FAMILY_V4, pool);
        asa_xlate_lower(x, &t, NULL, nat);
    }
}

void asa_old_nat_lower(struct asa *x, struct asa_config *c, struct chain *unnat, struct chain *nat)
{
    for (int turn = 0; turn < TURNS; turn++)
        for (size_t i = 0; i < c->old_xlates.n; i++) {
            const struct asa_old_xlate *o = &c->old_xlates.v[i];
            if (o->turn != turn)
                continue;
            if (turn == TURN_STATIC) {
                asa_xlate_lower(x, &o->t, unnat, nat);
            } else if (turn == TURN_EXEMPT && unnat != NULL) {
                exempt_back(x, o, unnat);
                if (nat != NULL)
                    list_rule(x, o, SET_EMPTY, SET_EMPTY, nat);
            } else if (nat == NULL) {
                continue;
            } else if (turn == TURN_EXEMPT) {
                list_rule(x, o, SET_EMPTY, SET_EMPTY, nat);
            } else if (o->id == 0) { /* nat 0 A M: itself */
                struct asa_xlate t = o->t;
                t.mapped_src = t.real_src;
                asa_xlate_lower(x, &t, NULL, nat);
            } else {
                dynamic_rules(x, c, o, nat);
            }
        }
    nat_control(x, c, unnat, true);
    nat_control(x, c, nat, false);
}
