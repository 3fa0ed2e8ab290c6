/* Objects and groups: their lines become typed members, nested groups become sets. A group is
 * flattened when a rule first uses it, each member once, so that nesting costs what is nested. */
#include "import/asa_twin.h"

enum { WHITE, GREY, BLACK };

/* ---- addresses --------------------------------------------------------------------------------
 */

/* A plain dotted quad; other spellings are for addr_parse() to judge. */
bool asa_quad(struct str s, uint32_t *addr)
{
    uint32_t value = 0, octet = 0;
    unsigned digits = 0, dots = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '.' && digits != 0) {
            value = value << 8 | octet;
            octet = digits = 0;
            dots++;
        } else if (char_is_digit(c) && (digits == 0 || octet != 0)) {
            octet = octet * 10 + (uint32_t)(c - '0');
            digits++;
        } else {
            return false;
        }
        if (octet > UINT8_MAX || dots > 3)
            return false;
    }
    *addr = value << 8 | octet;
    return dots == 3 && digits != 0;
}

static bool parse_addr(struct str s, enum family *family, u128 *addr)
{
    uint32_t v4;
    if (!asa_quad(s, &v4))
        return addr_parse(s, family, addr);
    *family = FAMILY_V4;
    *addr = v4;
    return true;
}

/* The name stands behind the address in one line: a blank ends this. */
struct str asa_named(const struct asa_config *c, struct str s)
{
    const char *addr = map_get(c->names, s);
    size_t n = 0;
    while (addr != NULL && !char_is_blank(addr[n]) && addr[n] != '\r')
        n++;
    return addr == NULL ? s : (struct str){addr, n};
}

bool asa_addr(const struct asa_config *c, struct str s, enum family *family, u128 *addr)
{
    return parse_addr(asa_named(c, s), family, addr);
}

bool asa_addr_mask(struct asa *x, const struct asa_config *c, struct asa_words *w,
                   enum family *family, set_id *set)
{
    struct str first = asa_peek(w, 0), second = asa_peek(w, 1);
    struct ival range;
    enum family of_mask;
    u128 addr, mask;
    if (str_find(first, '/') < first.n) {
        if (!range_parse(first, family, &range, NULL))
            return false;
        *set = set_range(x->sets, range.lo, range.hi);
        w->at++;
        return true;
    }
    if (!asa_addr(c, first, family, &addr) || *family != FAMILY_V4 ||
        !parse_addr(second, &of_mask, &mask) || of_mask != FAMILY_V4)
        return false;
    u128 rest = addr_max(FAMILY_V4) & ~mask;
    if ((rest & (rest + 1)) == 0)
        *set = set_range(x->sets, addr & mask, (addr & mask) | rest);
    else if (!set_of_mask(x->sets, set, FAMILY_V4, addr, mask))
        return false;
    w->at += 2;
    return true;
}

struct asa_place asa_place_set(enum family family, set_id set)
{
    struct asa_place p = {.sets = {SET_EMPTY, SET_EMPTY}};
    p.sets[family] = set;
    return p;
}

struct asa_place asa_place_any(struct asa *x, bool v4, bool v6)
{
    struct asa_place p = {.sets = {SET_EMPTY, SET_EMPTY}};
    if (v4)
        p.sets[FAMILY_V4] = set_range(x->sets, 0, addr_max(FAMILY_V4));
    if (v6)
        p.sets[FAMILY_V6] = set_range(x->sets, 0, addr_max(FAMILY_V6));
    return p;
}

struct asa_place asa_place_unknown(struct str kind, struct str text, int family)
{
    struct asa_place p = {.sets = {SET_EMPTY, SET_EMPTY}, .unknown = {.kind = kind, .text = text}};
    p.may[FAMILY_V4] = family != FAMILY_V6;
    p.may[FAMILY_V6] = family != FAMILY_V4;
    return p;
}

/* ---- finding ----------------------------------------------------------------------------------
 */

struct asa_entity *asa_entity_find(const struct asa_config *c, struct str name, bool group,
                                   bool service)
{
    static const enum asa_kind network[] = {ASA_GROUP_NETWORK},
                               services[] = {ASA_GROUP_SERVICE, ASA_GROUP_PROTOCOL, ASA_GROUP_ICMP};
    if (!group)
        return map_get(c->objects[service ? ASA_OBJECT_SERVICE : ASA_OBJECT_NETWORK], name);
    const enum asa_kind *kinds = service ? services : network;
    struct asa_entity *e = NULL;
    for (size_t i = 0; i < (service ? 3 : 1) && e == NULL; i++)
        e = map_get(c->objects[kinds[i]], name);
    return e;
}

void asa_use(struct asa *x, struct asa_entity *e)
{
    if (e->object != ASA_GONE)
        x->policy->objects.v[e->object].uses++;
    x->uses++;
}

/* ---- members ----------------------------------------------------------------------------------
 */

static struct asa_member *member(struct asa *x, struct asa_entity *e, struct asa_line *l,
                                 enum asa_member_kind kind)
{
    struct asa_member *m = PUSH(x->scratch, e->details->members);
    *m = (struct asa_member){.kind = (uint8_t)kind, .line = l, .fqdn_family = -1};
    return m;
}

static void set_net(struct asa *x, struct asa_member *m, enum family family, struct ival net)
{
    m->family = (uint8_t)family;
    if (family == FAMILY_V4) {
        m->v4.lo = (uint32_t)net.lo;
        m->v4.hi = (uint32_t)net.hi;
    } else {
        struct ival *v6 = NEW(x->scratch, struct ival);
        *v6 = net;
        m->v6 = v6;
    }
}

struct ival asa_member_net(const struct asa_member *m)
{
    return m->family == FAMILY_V4 ? (struct ival){m->v4.lo, m->v4.hi} : *m->v6;
}

static void bad_member(struct asa *x, struct asa_entity *e, struct asa_line *l, const char *why)
{
    member(x, e, l, ASA_MEMBER_UNKNOWN)->text = l->text;
    asa_refused(x, l, "%s %.*s: %s", asa_kind_names[e->kind], STR_ARG(e->name), why);
}

static void refer(struct asa *x, struct asa_config *c, struct asa_entity *e, struct asa_line *l,
                  struct str name, enum asa_kind kind)
{
    struct asa_entity *to = map_get(c->objects[kind], name);
    if (to == NULL) {
        struct asa_member *m = member(x, e, l, ASA_MEMBER_UNKNOWN);
        m->text = name;
        policy_fact(x->policy, STR("undefined"),
                    arena_strf(x->a, "%s %.*s", asa_kind_names[kind], STR_ARG(name)), asa_span(l),
                    NULL);
        diag_add(x->im->diags, DIAG_INCOMPLETE, asa_span(l),
                 "%s %.*s is not defined in this export: what it would add to %s %.*s is not known",
                 asa_kind_names[kind], STR_ARG(name), asa_kind_names[e->kind], STR_ARG(e->name));
        return;
    }
    member(x, e, l, ASA_MEMBER_REF)->ref = to;
    asa_use(x, to);
}

/* host A | A M | A/len | range A B | fqdn [v4|v6] NAME, at word AT. */
static void network_member(struct asa *x, struct asa_config *c, struct asa_entity *e,
                           struct asa_line *l, size_t at)
{
    struct asa_words w = {l, at};
    enum family family, other;
    u128 lo, hi;
    set_id set;
    if (asa_take(&w, "fqdn")) {
        struct asa_member *m = member(x, e, l, ASA_MEMBER_FQDN);
        m->fqdn_family = asa_take(&w, "v4") ? FAMILY_V4 : asa_take(&w, "v6") ? FAMILY_V6 : -1;
        m->text = asa_next(&w);
    } else if (asa_take(&w, "range")) {
        if (!asa_addr(c, asa_next(&w), &family, &lo) || !asa_addr(c, asa_next(&w), &other, &hi) ||
            family != other || lo > hi) {
            bad_member(x, e, l, "a range needs two addresses, the lower one first");
            return;
        }
        struct asa_member *m = member(x, e, l, ASA_MEMBER_NET);
        set_net(x, m, family, (struct ival){lo, hi});
    } else if (asa_take(&w, "host") || w.line->n == w.at + 1) {
        struct ival net;
        if (!range_parse(asa_named(c, asa_next(&w)), &family, &net, NULL)) {
            bad_member(x, e, l, "this is not an address");
            return;
        }
        struct asa_member *m = member(x, e, l, ASA_MEMBER_NET);
        set_net(x, m, family, net);
    } else if (asa_addr_mask(x, c, &w, &family, &set)) {
        struct asa_member *m = member(x, e, l, ASA_MEMBER_SET);
        m->family = (uint8_t)family;
        m->set = set;
    } else {
        bad_member(x, e, l, "this is not an address with its mask");
    }
}

static void network_line(struct asa *x, struct asa_config *c, struct asa_entity *e,
                         struct asa_line *l)
{
    if (e->kind == ASA_OBJECT_NETWORK) {
        size_t at = asa_is(l, 0, "subnet") ? 1 : 0;
        if (at == 0 && !asa_is(l, 0, "host") && !asa_is(l, 0, "range") && !asa_is(l, 0, "fqdn"))
            bad_member(x, e, l, "this is not host, subnet, range or fqdn");
        else
            network_member(x, c, e, l, at);
    } else if (asa_is(l, 0, "network-object") && asa_is(l, 1, "object") && l->n > 2) {
        refer(x, c, e, l, asa_word(l, 2), ASA_OBJECT_NETWORK);
    } else if (asa_is(l, 0, "network-object") && l->n > 1) {
        network_member(x, c, e, l, 1);
    } else {
        bad_member(x, e, l, "this is not network-object or group-object");
    }
}

static void service_member(struct asa *x, struct asa_entity *e, struct asa_line *l, size_t at)
{
    struct asa_words w = {l, at};
    struct asa_service s;
    if (asa_service_spec(x, &w, &s))
        member(x, e, l, ASA_MEMBER_SERVICE)->service = s;
    else
        bad_member(x, e, l, "this protocol, port or ICMP type is not known");
}

/* port-object eq P | range A B, of "object-group service NAME tcp": a port on the side that the
 * rule says; kept as the destination's. */
static void port_member(struct asa *x, struct asa_entity *e, struct asa_line *l)
{
    struct asa_words w = {l, 1};
    struct asa_service s = asa_service_any(x);
    bool bad = false;
    if (!asa_port_op(x, &w, &s.dport, &bad) || bad) {
        bad_member(x, e, l, "this port is not known");
        return;
    }
    /* A group that says no protocol has no port-object on a device; elsewhere it means both. */
    const struct str of = e->details->proto;
    bool both = of.n == 0 || str_eq(of, STR("tcp-udp"));
    uint8_t proto = 0;
    if (!both && !asa_proto(of, &proto)) {
        bad_member(x, e, l, "the protocol of the group is not known");
        return;
    }
    s.proto = both ? set_or(x->sets, set_one(x->sets, PROTO_TCP), set_one(x->sets, PROTO_UDP))
                   : set_one(x->sets, proto);
    member(x, e, l, ASA_MEMBER_SERVICE)->service = s;
}

static void icmp_member(struct asa *x, struct asa_entity *e, struct asa_line *l)
{
    uint8_t v4, v6;
    bool is4 = l->n > 1 && asa_icmp_type(asa_word(l, 1), false, &v4);
    bool is6 = l->n > 1 && asa_icmp_type(asa_word(l, 1), true, &v6);
    struct asa_service s = asa_service_any(x);
    if (!is4 && !is6)
        bad_member(x, e, l, "this ICMP type is not known");
    if (is4) {
        s.proto = set_one(x->sets, PROTO_ICMP);
        s.sport = set_one(x->sets, v4);
        member(x, e, l, ASA_MEMBER_SERVICE)->service = s;
    }
    if (is6) {
        s.proto = set_one(x->sets, PROTO_ICMPV6);
        s.sport = set_one(x->sets, v6);
        member(x, e, l, ASA_MEMBER_SERVICE)->service = s;
    }
}

static void service_line(struct asa *x, struct asa_config *c, struct asa_entity *e,
                         struct asa_line *l)
{
    if (asa_is(l, 0, "service-object") && asa_is(l, 1, "object") && l->n > 2) {
        if (map_get(c->objects[ASA_OBJECT_SERVICE], asa_word(l, 2)) == NULL) {
            struct asa_words w = {l, 2};
            struct asa_service s;
            if (asa_service_spec(x, &w, &s)) { /* icmp-echo, ospf, … are built in */
                member(x, e, l, ASA_MEMBER_SERVICE)->service = s;
                return;
            }
        }
        refer(x, c, e, l, asa_word(l, 2), ASA_OBJECT_SERVICE);
    } else if (asa_is(l, 0, "port-object")) {
        port_member(x, e, l);
    } else if (asa_is(l, 0, "icmp-object")) {
        icmp_member(x, e, l);
    } else if ((asa_is(l, 0, "service-object") || asa_is(l, 0, "protocol-object") ||
                asa_is(l, 0, "service")) &&
               l->n > 1) {
        service_member(x, e, l, 1);
    } else {
        bad_member(x, e, l, "this is not a member that such a group has");
    }
}

static void prepare(struct asa *x, struct asa_config *c, struct asa_entity *e)
{
    struct asa_details *d = e->details;
    if (c->named_quads && asa_hosts(e).n != 0)
        d = asa_details(x, e);
    if (d == NULL)
        return;
    d->members.v = NEW_N(x->scratch, struct asa_member, d->lines.n);
    d->members.cap = d->lines.n;
    for (size_t i = 0; i < d->lines.n; i++) {
        struct asa_line *l = d->lines.v[i];
        if (asa_is(l, 0, "group-object") && l->n > 1)
            refer(x, c, e, l, asa_word(l, 1), e->kind);
        else if (e->kind == ASA_OBJECT_NETWORK || e->kind == ASA_GROUP_NETWORK)
            network_line(x, c, e, l);
        else if (e->kind == ASA_GROUP_USER || e->kind == ASA_GROUP_SECURITY)
            source_class(l->src, l->number, LINE_MODELLED); /* the rule that uses it depends */
        else
            service_line(x, c, e, l);
    }
}

/* ---- loops ------------------------------------------------------------------------------------
 */

struct step {
    struct asa_entity *e;
    size_t next;
};

struct steps {
    struct step *v;
    size_t n, cap;
};

/* Depth first with a stack of our own. The member that closes a loop is refused, as the device
 * refuses the line. */
static void cut_loops(struct asa *x, struct steps *stack, struct asa_entity *start)
{
    *PUSH(x->scratch, *stack) = (struct step){start, 0};
    start->colour = GREY;
    while (stack->n != 0) {
        struct step *top = &stack->v[stack->n - 1];
        struct asa_entity *e = top->e;
        const struct asa_members members = asa_members(e);
        if (top->next == members.n) {
            e->colour = BLACK;
            stack->n--;
            continue;
        }
        struct asa_member *m = &members.v[top->next++];
        if (m->kind != ASA_MEMBER_REF || m->ref->colour == BLACK)
            continue;
        if (m->ref->colour == GREY) {
            asa_lost(x, m->line,
                     "%s %.*s contains itself by this line; a device refuses it, so it "
                     "adds nothing here",
                     asa_kind_names[e->kind], STR_ARG(e->name));
            m->kind = ASA_MEMBER_NONE;
            continue;
        }
        m->ref->colour = GREY;
        *PUSH(x->scratch, *stack) = (struct step){m->ref, 0};
    }
}

void asa_objects_prepare(struct asa *x, struct asa_config *c)
{
    for (size_t i = 0; i < c->entities.n; i++) {
        struct asa_entity *e = c->entities.v[i];
        e->object = (uint32_t)x->policy->objects.n;
        *PUSH(x->a, x->policy->objects) =
            (struct object){str_of(asa_kind_names[e->kind]), e->name, e->at, 0};
    }
    for (size_t i = 0; i < c->entities.n; i++)
        prepare(x, c, c->entities.v[i]);
    struct steps stack = {0};
    for (size_t i = 0; i < c->entities.n; i++)
        if (c->entities.v[i]->colour == WHITE)
            cut_loops(x, &stack, c->entities.v[i]);
}

/* ---- flattening -------------------------------------------------------------------------------
 */

/* Calls FN for each member of E that is no reference, nested ones too, each entity once; hosts go
 * to the nets of X. */
static void each_member(struct asa *x, struct asa_entity *e,
                        void (*fn)(struct asa *, struct asa_member *, void *), void *ctx)
{
    uint32_t mark = ++x->mark;
    x->todo.n = 0;
    *PUSH(x->scratch, x->todo) = e;
    e->mark = mark;
    while (x->todo.n != 0) {
        struct asa_entity *at = x->todo.v[--x->todo.n];
        const struct asa_hosts hosts = asa_hosts(at);
        const struct asa_members members = asa_members(at);
        for (size_t i = 0; i < hosts.n; i++)
            *PUSH(x->scratch, x->nets[FAMILY_V4]) = (struct ival){hosts.v[i].addr, hosts.v[i].addr};
        for (size_t i = 0; i < members.n; i++) {
            struct asa_member *m = &members.v[i];
            if (m->kind != ASA_MEMBER_REF) {
                fn(x, m, ctx);
            } else if (m->ref->mark != mark) {
                m->ref->mark = mark;
                *PUSH(x->scratch, x->todo) = m->ref;
            }
        }
    }
}

/* Services of one protocol from the same ports: united in one go, one by one would be quadratic. */
struct flat_service {
    struct asa_service service;
    ARRAY(struct ival) dports;
};

struct flat {
    ARRAY(struct flat_service *) services;
    struct map *alike; /* of them, by protocol and source ports; NULL: services do not matter */
    bool may[2];
    struct strs names;
    struct str kind;
};

static void unknown_member(struct asa *x, struct asa_member *m, struct flat *f)
{
    bool fqdn = m->kind == ASA_MEMBER_FQDN;
    if (f->kind.n == 0)
        f->kind = fqdn ? STR("fqdn") : STR("undefined object");
    *PUSH(x->scratch, f->names) = m->text;
    f->may[FAMILY_V4] = f->may[FAMILY_V4] || m->fqdn_family != FAMILY_V6;
    f->may[FAMILY_V6] = f->may[FAMILY_V6] || m->fqdn_family != FAMILY_V4;
}

static void add_ivals(struct asa *x, const struct asa_member *m)
{
    size_t n;
    const struct ival *v = set_ivals(x->sets, m->set, &n);
    for (size_t i = 0; i < n; i++)
        *PUSH(x->scratch, x->nets[m->family]) = v[i];
}

static void add_service(struct asa *x, struct flat *f, const struct asa_service *s)
{
    const set_id ids[] = {s->proto, s->sport};
    const struct str key = {(const char *)ids, sizeof ids};
    struct flat_service *to = map_get(f->alike, key);
    size_t n;
    const struct ival *v = set_ivals(x->sets, s->dport, &n);
    if (to == NULL) {
        to = NEW(x->scratch, struct flat_service);
        to->service = *s;
        map_put(f->alike, arena_copy(x->scratch, key), to);
        *PUSH(x->scratch, f->services) = to;
    }
    for (size_t i = 0; i < n; i++)
        *PUSH(x->scratch, to->dports) = v[i];
}

static void add_member(struct asa *x, struct asa_member *m, void *ctx)
{
    struct flat *f = ctx;
    switch (m->kind) {
    case ASA_MEMBER_NET:
        *PUSH(x->scratch, x->nets[m->family]) = asa_member_net(m);
        break;
    case ASA_MEMBER_SET:
        add_ivals(x, m);
        break;
    case ASA_MEMBER_SERVICE:
        if (f->alike != NULL)
            add_service(x, f, &m->service);
        break;
    case ASA_MEMBER_FQDN:
    case ASA_MEMBER_UNKNOWN:
        unknown_member(x, m, f);
        break;
    case ASA_MEMBER_NONE:
    case ASA_MEMBER_REF:
        break;
    }
}

/* The names of what is not known, as one condition's text. */
static struct asa_unknown unknown_of(struct asa *x, const struct flat *f)
{
    struct out o = {.arena = x->a};
    for (size_t i = 0; i < f->names.n; i++) {
        if (i == 8) {
            out_fmt(&o, " and %zu more", f->names.n - i);
            break;
        }
        out_text(&o, i == 0 ? "" : ", ");
        out_str(&o, f->names.v[i]);
    }
    return (struct asa_unknown){.kind = f->kind, .text = out_taken(&o)};
}

const struct asa_place *asa_entity_place(struct asa *x, struct asa_entity *e)
{
    if (e->place != NULL)
        return e->place;
    struct flat f = {0};
    x->nets[FAMILY_V4].n = x->nets[FAMILY_V6].n = 0;
    each_member(x, e, add_member, &f);
    struct asa_place *p = NEW(x->scratch, struct asa_place);
    for (size_t k = 0; k < 2; k++) {
        p->sets[k] = set_of(x->sets, x->nets[k].v, x->nets[k].n);
        p->may[k] = f.may[k];
    }
    p->unknown = unknown_of(x, &f);
    e->place = p;
    return p;
}

const struct asa_services *asa_entity_services(struct asa *x, struct asa_entity *e)
{
    struct asa_details *d = asa_details(x, e);
    if (d->services != NULL)
        return d->services;
    struct asa_services *s = NEW(x->scratch, struct asa_services);
    struct flat f = {.alike = map_new(x->scratch)};
    x->nets[FAMILY_V4].n = x->nets[FAMILY_V6].n = 0;
    each_member(x, e, add_member, &f);
    for (size_t i = 0; i < f.services.n; i++) {
        struct flat_service *t = f.services.v[i];
        t->service.dport = set_of(x->sets, t->dports.v, t->dports.n);
        asa_services_add(x, s, t->service);
    }
    s->unknown = unknown_of(x, &f);
    d->services = s;
    return s;
}
