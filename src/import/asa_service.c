/* Protocols, ports and ICMP types, where entries and members of groups spell them: "Cisco ASA
 * Series Command Reference", access-list extended, object service, object-group service. */
#include "import/asa_int.h"

struct asa_service asa_service_any(struct asa *x)
{
    return (struct asa_service){set_full(x->sets, FIELD_PROTO), set_full(x->sets, FIELD_SPORT),
                                set_full(x->sets, FIELD_DPORT)};
}

static enum asa_how take_op(struct asa_words *w)
{
    static const char *const ops[] = {"eq", "neq", "gt", "lt", "range"};
    enum family family;
    u128 addr;
    if (asa_is(w->line, w->at, "range") && addr_parse(asa_peek(w, 1), &family, &addr))
        return ASA_OTHERWISE; /* a listing's range of addresses */
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (asa_take(w, ops[i]))
            return ASA_EQ + i;
    return ASA_OTHERWISE;
}

/* gt and lt leave the port itself out, as on the device. */
set_id asa_ports(struct sets *s, enum asa_how op, uint16_t a, uint16_t b)
{
    switch (op) {
    case ASA_EQ:
        return set_one(s, a);
    case ASA_NEQ:
        return set_minus(s, set_full(s, FIELD_SPORT), set_one(s, a));
    case ASA_GT:
        return set_range(s, (u128)a + 1, UINT16_MAX);
    case ASA_LT:
        return a == 0 ? SET_EMPTY : set_range(s, 0, (u128)a - 1);
    case ASA_RANGE:
        return set_range(s, a, b);
    case ASA_OTHERWISE:
    case ASA_HOST:
    case ASA_NET:
    case ASA_OBJECT:
    case ASA_GROUP:
        break;
    }
    return SET_EMPTY;
}

enum asa_how asa_port_op(struct asa *x, struct asa_words *w, set_id *ports, bool *bad)
{
    enum asa_how op = take_op(w);
    uint16_t a = 0, b = 0;
    if (op == ASA_OTHERWISE)
        return op;
    *bad = !asa_port(asa_next(w), &a) || (op == ASA_RANGE && (!asa_port(asa_next(w), &b) || a > b));
    if (!*bad)
        *ports = asa_ports(x->sets, op, a, b);
    return op;
}

/* One more product; those with equal protocol and source ports, or equal ports, become one. */
void asa_services_add(struct asa *x, struct asa_services *to, struct asa_service s)
{
    size_t near = to->n > 64 ? to->n - 64 : 0; /* neighbours are alike; the rest need not merge */
    for (size_t i = to->n; i-- > near;) {
        struct asa_service *t = &to->v[i];
        if (t->proto == s.proto && t->sport == s.sport) {
            t->dport = set_or(x->sets, t->dport, s.dport);
            return;
        }
        if (t->proto == s.proto && t->dport == s.dport) {
            t->sport = set_or(x->sets, t->sport, s.sport);
            return;
        }
        if (t->sport == s.sport && t->dport == s.dport) {
            t->proto = set_or(x->sets, t->proto, s.proto);
            return;
        }
    }
    *PUSH(x->scratch, *to) = s;
}

bool asa_is_tcp_udp(struct str word)
{
    return str_eq_nocase(word, STR("tcp-udp"));
}

/* "icmp-echo", "tcp-https", "ospf": service objects that the device has without a definition. */
bool asa_built_in(struct asa *x, struct str name, struct asa_service *s)
{
    uint8_t proto, type;
    uint16_t port;
    size_t dash = str_find(name, '-');
    if (str_starts(name, STR("tcp-udp-")))
        dash = 7;
    struct str head = str_sub(name, 0, dash), tail = str_from(name, dash + 1);
    const bool both = asa_is_tcp_udp(head);
    if (both ? !asa_port(tail, &port) : !asa_proto(head, &proto))
        return false;
    *s = asa_service_any(x);
    if (both) {
        s->proto = set_or(x->sets, set_one(x->sets, PROTO_TCP), set_one(x->sets, PROTO_UDP));
        s->dport = set_one(x->sets, port);
        return true;
    }
    s->proto = set_one(x->sets, proto);
    if (tail.n == 0)
        return true;
    if (proto_is_icmp(proto) && asa_icmp_type(tail, proto == PROTO_ICMPV6, &type)) {
        s->sport = set_one(x->sets, type);
        return true;
    }
    if (!proto_has_ports(proto) || !asa_port(tail, &port))
        return false;
    s->dport = set_one(x->sets, port);
    return true;
}

/* [type [code]] of PROTO, ICMP or ICMPv6. */
bool asa_icmp_spec(struct asa *x, struct asa_words *w, bool v6, struct asa_service *s)
{
    uint8_t type;
    uint64_t code;
    if (asa_done(w) || !asa_icmp_type(asa_peek(w, 0), v6, &type))
        return false;
    asa_next(w);
    s->sport = set_one(x->sets, type);
    if (str_u64(asa_peek(w, 0), 10, UINT8_MAX, &code)) {
        asa_next(w);
        s->dport = set_one(x->sets, code);
    }
    return true;
}

/* PROTO [source OP] [[destination] OP] | icmp [type [code]] */
bool asa_service_spec(struct asa *x, struct asa_words *w, struct asa_service *out)
{
    uint8_t proto = 0;
    bool bad = false;
    struct str word = asa_next(w);
    struct asa_service s = asa_service_any(x);
    if (asa_is_tcp_udp(word)) {
        s.proto = set_or(x->sets, set_one(x->sets, PROTO_TCP), set_one(x->sets, PROTO_UDP));
    } else if (asa_proto(word, &proto)) {
        if (proto != 0 || !str_eq(word, STR("0")))
            s.proto = set_one(x->sets, proto);
    } else if (!str_eq_nocase(word, STR("ip"))) {
        return asa_built_in(x, word, out) && asa_done(w);
    }
    if (proto_is_icmp(proto))
        asa_icmp_spec(x, w, proto == PROTO_ICMPV6, &s);
    if (asa_take(w, "source") && !asa_port_op(x, w, &s.sport, &bad))
        return false;
    asa_take(w, "destination");
    if (!bad)
        asa_port_op(x, w, &s.dport, &bad);
    *out = s;
    return !bad && asa_done(w);
}
