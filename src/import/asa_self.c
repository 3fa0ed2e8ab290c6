/* Packets to the device itself: what ssh, telnet, http, icmp, snmp-server and the VPN and routing
 * services open. "Cisco ASA Series General Operations CLI Configuration Guide", Management Access.
 */
#include "import/asa_int.h"

/* A line that opens a service: where its interface stands, and what it opens. */
struct opening {
    const char *words;
    uint8_t proto;
    uint16_t ports[2];
    enum shape {
        SHAPE_NET_IF,  /* A M IF, or A/len IF */
        SHAPE_IF_HOST, /* IF A … (snmp) */
        SHAPE_IF,      /* IF */
        SHAPE_ANY,     /* every interface */
    } shape;
    bool first; /* it comes before the lists for the control plane */
};

static const struct opening openings[] = {
    {"ssh", PROTO_TCP, {22, 22}, SHAPE_NET_IF, true},
    {"telnet", PROTO_TCP, {23, 23}, SHAPE_NET_IF, true},
    {"http", PROTO_TCP, {443, 443}, SHAPE_NET_IF, true},
    {"snmp-server host", PROTO_UDP, {161, 161}, SHAPE_IF_HOST, false},
    {"snmp-server host-group", PROTO_UDP, {161, 161}, SHAPE_IF_HOST, false},
    {"crypto isakmp enable", PROTO_UDP, {500, 500}, SHAPE_IF, false},
    {"crypto isakmp enable", PROTO_UDP, {4500, 4500}, SHAPE_IF, false},
    {"crypto isakmp enable", 50, {0, UINT16_MAX}, SHAPE_IF, false},
    {"isakmp enable", PROTO_UDP, {500, 500}, SHAPE_IF, false},
    {"isakmp enable", PROTO_UDP, {4500, 4500}, SHAPE_IF, false},
    {"isakmp enable", 50, {0, UINT16_MAX}, SHAPE_IF, false},
    {"crypto ikev1 enable", PROTO_UDP, {500, 500}, SHAPE_IF, false},
    {"crypto ikev1 enable", PROTO_UDP, {4500, 4500}, SHAPE_IF, false},
    {"crypto ikev1 enable", 50, {0, UINT16_MAX}, SHAPE_IF, false},
    {"crypto ikev2 enable", PROTO_UDP, {500, 500}, SHAPE_IF, false},
    {"crypto ikev2 enable", PROTO_UDP, {4500, 4500}, SHAPE_IF, false},
    {"crypto ikev2 enable", 50, {0, UINT16_MAX}, SHAPE_IF, false},
    {"enable", PROTO_TCP, {443, 443}, SHAPE_IF, false},
    {"enable", PROTO_UDP, {443, 443}, SHAPE_IF, false},
    {"dhcpd enable", PROTO_UDP, {67, 67}, SHAPE_IF, false},
    {"dhcprelay enable", PROTO_UDP, {67, 67}, SHAPE_IF, false},
    {"router ospf", 89, {0, UINT16_MAX}, SHAPE_ANY, false},
    {"ipv6 router ospf", 89, {0, UINT16_MAX}, SHAPE_ANY, false},
    {"router eigrp", 88, {0, UINT16_MAX}, SHAPE_ANY, false},
    {"router rip", PROTO_UDP, {520, 520}, SHAPE_ANY, false},
    {"router bgp", PROTO_TCP, {179, 179}, SHAPE_ANY, false},
};

struct self {
    struct asa *x;
    struct asa_config *c;
    struct chain *chain;
    set_id icmp[2]; /* interfaces with icmp lines of their own, by family */
    bool first;     /* only what comes before the lists for the control plane */
};

/* How many words of L the row spells out; 0 if it does not fit. */
static size_t fits(const struct opening *row, const struct asa_line *l)
{
    struct str rest = str_of(row->words), word;
    size_t n = 0;
    while (str_word(&rest, &word)) {
        if (n >= l->n || !str_eq_nocase(asa_word(l, n), word))
            return 0;
        n++;
    }
    return n;
}

/* The source at W: any, host A, A M, A/len, or one address. */
static bool source(struct self *s, struct asa_words *w, struct cube *c)
{
    enum family family;
    u128 addr;
    set_id set;
    if (asa_take(w, "any") || asa_take(w, "any4") || asa_take(w, "any6"))
        return true;
    bool host = asa_take(w, "host");
    if (!host && asa_addr_mask(s->x, s->c, w, &family, &set)) {
        c->f[FIELD_FAMILY] = set_one(s->x->sets, family);
        c->f[FIELD_SRC] = set;
        return true;
    }
    if (!asa_addr(s->c, asa_next(w), &family, &addr))
        return false;
    c->f[FIELD_FAMILY] = set_one(s->x->sets, family);
    c->f[FIELD_SRC] = set_one(s->x->sets, addr);
    return true;
}

static struct rule *line_rule(struct self *s, const struct asa_line *l, enum action action)
{
    struct rule *r = chain_rule(s->x->policy, s->chain, asa_span(l), action);
    r->text = l->text;
    r->implicit = s->first; /* the line's own rule is the other */
    return r;
}

static bool interface_of(struct self *s, const struct asa_line *l, struct str name, struct cube *c)
{
    set_id class = asa_class(s->c, name);
    if (class == SET_EMPTY && !s->first)
        diag_add(s->x->im->diags, DIAG_WARNING, asa_span(l),
                 "interface %.*s is not in this export: this line opens nothing that is known",
                 STR_ARG(name));
    c->f[FIELD_IN] = class;
    return class != SET_EMPTY;
}

static void unreadable(struct self *s, const struct asa_line *l)
{
    asa_lost(s->x, l,
             "this line about the device itself cannot be read: who may reach it is not "
             "known");
}

static void lower_opening(struct self *s, const struct asa_line *l, const struct opening *o,
                          size_t words)
{
    struct asa_words w = {l, words};
    struct cube c = cube_any(s->x->sets);
    uint64_t port;
    bool ok = true;
    if (o->shape == SHAPE_NET_IF)
        ok = source(s, &w, &c);
    if (!ok) {
        if (l->n > words + 1 && !s->first) /* "ssh timeout 5" and the like are no openings */
            unreadable(s, l);
        return;
    }
    if (o->shape != SHAPE_ANY && !interface_of(s, l, asa_next(&w), &c))
        return;
    if (o->shape == SHAPE_IF_HOST && !source(s, &w, &c))
        c.f[FIELD_SRC] = set_full(s->x->sets, FIELD_SRC); /* a name, or a group of hosts */
    if (o->shape == SHAPE_IF_HOST && asa_take(&w, "trap"))
        return;
    uint16_t lo = o->ports[0], hi = o->ports[1];
    if (str_eq(str_of(o->words), STR("http"))) {
        if (s->c->http_server == NULL)
            return; /* who may, but nothing listens */
        if (s->c->http_server->n > 3 &&
            str_u64(asa_word(s->c->http_server, 3), 10, UINT16_MAX, &port))
            lo = hi = (uint16_t)port;
    }
    c.f[FIELD_PROTO] = set_one(s->x->sets, o->proto);
    c.f[FIELD_DPORT] = set_range(s->x->sets, lo, hi);
    rule_match(s->x->policy, line_rule(s, l, ACT_PERMIT), &c);
}

/* [ipv6] icmp {permit|deny} SOURCE [type] IF */
static void lower_icmp(struct self *s, const struct asa_line *l)
{
    bool v6 = asa_is(l, 0, "ipv6");
    struct asa_words w = {l, v6 ? 3 : 2};
    enum action action = asa_is(l, w.at - 1, "permit") ? ACT_PERMIT : ACT_DENY;
    struct cube c = cube_any(s->x->sets);
    uint8_t type;
    if (!source(s, &w, &c)) {
        unreadable(s, l);
        return;
    }
    c.f[FIELD_FAMILY] = set_one(s->x->sets, v6);
    c.f[FIELD_PROTO] = set_one(s->x->sets, v6 ? PROTO_ICMPV6 : PROTO_ICMP);
    if (w.at + 1 < l->n) {
        if (!asa_icmp_type(asa_next(&w), v6, &type)) {
            unreadable(s, l);
            return;
        }
        c.f[FIELD_SPORT] = set_one(s->x->sets, type);
    }
    if (!interface_of(s, l, asa_next(&w), &c))
        return;
    s->icmp[v6] = set_or(s->x->sets, s->icmp[v6], c.f[FIELD_IN]);
    rule_match(s->x->policy, line_rule(s, l, action), &c);
}

/* Interfaces with icmp lines deny what those leave; the others answer everyone. */
static void end_icmp(struct self *s)
{
    set_id all = SET_EMPTY;
    for (size_t i = 0; i < s->c->interface_list.n; i++)
        all = set_or(s->x->sets, all, s->c->interface_list.v[i]->class);
    for (enum family f = FAMILY_V4; f <= FAMILY_V6; f++)
        for (int own = 1; own >= 0; own--) {
            struct cube c = cube_any(s->x->sets);
            c.f[FIELD_FAMILY] = set_one(s->x->sets, f);
            c.f[FIELD_PROTO] = set_one(s->x->sets, f == FAMILY_V6 ? PROTO_ICMPV6 : PROTO_ICMP);
            c.f[FIELD_IN] = own ? s->icmp[f] : set_minus(s->x->sets, all, s->icmp[f]);
            if (c.f[FIELD_IN] == SET_EMPTY)
                continue;
            struct rule *r = asa_implicit(
                s->x, s->chain, s->c->at, own ? ACT_DENY : ACT_PERMIT,
                own ? STR("implicit deny: the interface has icmp lines, and none permits this")
                    : STR("implicit permit: the interface has no icmp line"));
            rule_match(s->x->policy, r, &c);
        }
}

static void lower_openings(struct self *s, const struct asa_line *l)
{
    for (size_t k = 0; k < sizeof openings / sizeof *openings; k++) {
        size_t words = openings[k].first || !s->first ? fits(&openings[k], l) : 0;
        if (words != 0)
            lower_opening(s, l, &openings[k], words);
    }
}

void asa_self_first(struct asa *x, struct asa_config *c, struct chain *chain)
{
    struct self s = {.x = x, .c = c, .chain = chain, .first = true};
    for (size_t i = 0; i < c->self.n; i++)
        lower_openings(&s, c->self.v[i]);
}

void asa_self_lower(struct asa *x, struct asa_config *c, struct chain *chain)
{
    struct self s = {.x = x, .c = c, .chain = chain, .icmp = {SET_EMPTY, SET_EMPTY}};
    for (size_t i = 0; i < c->self.n; i++) {
        const struct asa_line *l = c->self.v[i];
        if (asa_is(l, 0, "icmp") || asa_is(l, 1, "icmp"))
            lower_icmp(&s, l);
        lower_openings(&s, l);
    }
    end_icmp(&s);
}
