/* What the user did not say of a packet: where it comes in and goes out, and how a host sends it.
 */
#include "verbs/packets.h"

static bool is_given(const struct asked *x, enum field f)
{
    return (x->given >> f & 1) != 0;
}

static struct sets *sets_of(const struct asked *x)
{
    return x->policy->sets;
}

static void fix(struct asked *x, enum field f, u128 value)
{
    if (!is_given(x, f))
        x->cube.f[f] = set_and(sets_of(x), x->cube.f[f], set_one(sets_of(x), value));
}

/* ---- zones ------------------------------------------------------------------------------------
 */

/* The interface whose networks hold all of F, by the narrowest. */
static const struct interface *behind(const struct asked *x, enum field f)
{
    const struct interface *best = NULL;
    u128 best_size = U128_MAX;
    for (size_t i = 0; i < x->policy->interfaces.n; i++) {
        const struct interface *face = &x->policy->interfaces.v[i];
        for (size_t k = 0; k < face->n_nets; k++) {
            set_id net = set_range(sets_of(x), face->nets[k].lo, face->nets[k].hi);
            u128 size = face->nets[k].hi - face->nets[k].lo;
            if (!set_has(sets_of(x), x->cube.f[FIELD_FAMILY], face->families[k]) ||
                !set_within(sets_of(x), x->cube.f[f], net) || (best != NULL && size >= best_size))
                continue;
            best = face;
            best_size = size;
        }
    }
    return best;
}

static void route(struct asked *x, enum field zone, enum field addr)
{
    const struct interface *face = is_given(x, zone) ? NULL : behind(x, addr);
    if (face == NULL)
        return;
    x->cube.f[zone] = set_one(sets_of(x), face->class);
    x->given |= (uint64_t)1 << zone;
}

bool asked_route(struct asked *x)
{
    if (x->path != PATH_FROM_SELF)
        route(x, FIELD_IN, FIELD_SRC);
    if (x->path != PATH_TO_SELF)
        route(x, FIELD_OUT, FIELD_DST);
    bool kernel = str_eq(x->policy->format, STR("iptables"));
    bool in = is_given(x, FIELD_IN) || x->path == PATH_FROM_SELF;
    bool out = is_given(x, FIELD_OUT) || x->path == PATH_TO_SELF;
    if (!x->policy->zoned || kernel || (in && out))
        return true;
    x->why = in ? STR("where the packet leaves is not known: add \"to ZONE\"")
                : STR("where the packet comes in is not known: add \"from ZONE\"");
    return false;
}

/* ---- how the packet looks -----------------------------------------------------------------------
 */

/* What conntrack makes of a first packet (Linux, net/netfilter/nf_conntrack_proto_tcp.c,
 * …_icmp.c, …_icmpv6.c; TCP with loose pick-up). */
static enum state tcp_state(u128 flags)
{
    u128 core = flags & (TCP_SYN | TCP_ACK | TCP_FIN | TCP_RST);
    return core == TCP_SYN || core == TCP_ACK ? STATE_NEW : STATE_INVALID;
}

static enum state icmp_state(u128 type)
{
    static const uint8_t requests[] = {8, 13, 15, 17};
    for (size_t i = 0; i < sizeof requests; i++)
        if (requests[i] == type)
            return STATE_NEW;
    return STATE_INVALID;
}

static enum state icmp6_state(u128 type)
{
    bool neighbours = (type >= 130 && type <= 136) || type == 143;
    return neighbours ? STATE_UNTRACKED : type == 128 || type == 139 ? STATE_NEW : STATE_INVALID;
}

static enum state first_state(const struct asked *x, const struct packet *p)
{
    if (x->cut)
        return STATE_INVALID;
    if (p->f[FIELD_PROTO] == PROTO_TCP)
        return tcp_state(p->f[FIELD_TCPFLAGS]);
    if (p->f[FIELD_PROTO] == PROTO_ICMP && p->f[FIELD_FAMILY] == FAMILY_V4)
        return icmp_state(p->f[FIELD_SPORT]);
    if (p->f[FIELD_PROTO] == PROTO_ICMPV6 && p->f[FIELD_FAMILY] == FAMILY_V6)
        return icmp6_state(p->f[FIELD_SPORT]);
    return STATE_NEW;
}

/* The link layer follows the destination, unless its address was told. */
static enum pkttype type_of(const struct packet *p)
{
    u128 dst = p->f[FIELD_DST];
    if (p->f[FIELD_FAMILY] == FAMILY_V6)
        return dst >> 120 == 0xff ? PKT_MULTICAST : PKT_UNICAST;
    return dst == UINT32_MAX ? PKT_BROADCAST : dst >> 28 == 14 ? PKT_MULTICAST : PKT_UNICAST;
}

static unsigned length_of(const struct asked *x, const struct packet *p)
{
    unsigned ip = p->f[FIELD_FAMILY] == FAMILY_V6 ? 40 : 20;
    unsigned header = p->f[FIELD_PROTO] == PROTO_TCP ? 20 : 8;
    for (unsigned bits = (unsigned)p->f[FIELD_EXTHDR]; bits != 0; bits &= bits - 1)
        ip += 8;
    unsigned all = ip + header + x->payload;
    return all < UINT16_MAX ? all : UINT16_MAX;
}

/* A forwarding host takes one off before FORWARD; it puts fragments together that are for itself
 * before INPUT. */
static void as_the_firewall_sees_it(const struct asked *x, struct packet *p)
{
    if (x->path == PATH_THROUGH && p->f[FIELD_TTL] != 0)
        p->f[FIELD_TTL]--;
    if (x->path != PATH_THROUGH && p->f[FIELD_FAMILY] == FAMILY_V4)
        p->f[FIELD_FRAG] = FRAG_NONE;
}

static unsigned ctstatus_of(const struct asked *x, u128 state)
{
    unsigned known = state == STATE_ESTABLISHED || state == STATE_RELATED
                         ? CT_SEEN_REPLY | CT_ASSURED | CT_CONFIRMED
                         : 0;
    return known | (x->reply ? CT_REPLY : 0);
}

/* TCP's header is as short as length_of() takes it, unless its options were told. */
static lits_id told_of(struct asked *x, const struct packet *p)
{
    if (p->f[FIELD_PROTO] == PROTO_TCP && p->f[FIELD_FRAG] != FRAG_LATER)
        x->told |= 1u << TRAIT_TCP_OPTION | 1u << TRAIT_TCP_MSS;
    return policy_told(x->policy, x->traits, x->told);
}

/* A bridge's port on the way out, which nobody tells: for packets that stay on their bridge. */
static u128 port_out(const struct asked *x, const struct packet *p)
{
    bool bridged =
        x->path == PATH_THROUGH && p->f[FIELD_PHYSIN] != 0 && p->f[FIELD_IN] == p->f[FIELD_OUT];
    return bridged ? field_max[FIELD_PHYSOUT] : 0;
}

bool asked_packet(struct asked *x, struct packet *out)
{
    struct sets *s = sets_of(x);
    if (!asked_route(x))
        return false;
    fix(x, FIELD_EXTHDR, 0);
    fix(x, FIELD_FRAG, FRAG_NONE);
    fix(x, FIELD_TTL, 64);
    struct region every = region_universe(s, x->arena, -1);
    struct region all = region_and_cube(s, x->arena, &every, &x->cube);
    if (all.n == 0) {
        x->why = STR("no packet is like that: its words contradict");
        return false;
    }
    *out = cube_pick(s, &all.v[0]);
    if (!is_given(x, FIELD_TCPFLAGS))
        out->f[FIELD_TCPFLAGS] =
            is_given(x, FIELD_STATE) && out->f[FIELD_STATE] == STATE_ESTABLISHED ? TCP_ACK
                                                                                 : TCP_SYN;
    if (!is_given(x, FIELD_STATE))
        out->f[FIELD_STATE] = first_state(x, out);
    if (!is_given(x, FIELD_LENGTH))
        out->f[FIELD_LENGTH] = length_of(x, out);
    if (!is_given(x, FIELD_PKTTYPE))
        out->f[FIELD_PKTTYPE] = type_of(out);
    out->f[FIELD_CTSTATUS] = ctstatus_of(x, out->f[FIELD_STATE]);
    if (!is_given(x, FIELD_PHYSIN))
        out->f[FIELD_PHYSIN] = 0;
    out->f[FIELD_PHYSOUT] = port_out(x, out);
    as_the_firewall_sees_it(x, out);
    out->when = told_of(x, out);
    return true;
}

static const struct {
    enum field field;
    u128 lo, hi;
} ordinary[] = {
    {FIELD_STATE, STATE_NEW, STATE_NEW},
    {FIELD_FRAG, FRAG_NONE, FRAG_NONE},
    {FIELD_EXTHDR, 0, 0},
    {FIELD_PKTTYPE, PKT_UNICAST, PKT_UNICAST},
    {FIELD_MARK, 0, 0},
    {FIELD_CTMARK, 0, 0},
    {FIELD_CTSTATUS, 0, 0},
    {FIELD_PHYSIN, 0, 0},
    {FIELD_PHYSOUT, 0, 0},
    {FIELD_TTL, 32, 255}, /* hosts send with 64 or more */
};
#define N_ORDINARY (sizeof ordinary / sizeof *ordinary)

/* C in two: TCP, which opens a connection with a SYN, and the rest. */
static void add_openers(const struct asked *x, struct region *out, const struct cube *c)
{
    struct sets *s = sets_of(x);
    struct cube tcp = *c, rest = *c;
    tcp.f[FIELD_PROTO] = set_and(s, c->f[FIELD_PROTO], set_one(s, PROTO_TCP));
    rest.f[FIELD_PROTO] = set_minus(s, c->f[FIELD_PROTO], tcp.f[FIELD_PROTO]);
    if (!is_given(x, FIELD_TCPFLAGS))
        tcp.f[FIELD_TCPFLAGS] = set_and(s, c->f[FIELD_TCPFLAGS], set_one(s, TCP_SYN));
    if (!cube_is_empty(&tcp))
        *PUSH(x->arena, *out) = tcp;
    if (!cube_is_empty(&rest))
        *PUSH(x->arena, *out) = rest;
}

struct region asked_region(struct asked *x)
{
    struct sets *s = sets_of(x);
    struct region out = {0};
    struct cube c = x->cube;
    for (size_t i = 0; i < N_ORDINARY; i++) {
        enum field f = ordinary[i].field;
        if (!is_given(x, f))
            c.f[f] = set_and(s, c.f[f], set_range(s, ordinary[i].lo, ordinary[i].hi));
    }
    struct region all = region_and_cube(s, x->arena, &x->policy->universe, &c);
    for (size_t i = 0; i < all.n; i++)
        add_openers(x, &out, &all.v[i]);
    return out;
}

struct region asked_told(const struct asked *x, const struct region *r)
{
    struct sets *s = sets_of(x);
    struct region out = {0};
    for (size_t i = 0; i < r->n; i++) {
        struct cube c = r->v[i];
        u128 proto;
        for (size_t k = 0; k < N_ORDINARY; k++) {
            enum field f = ordinary[k].field;
            set_id fixed = set_range(s, ordinary[k].lo, ordinary[k].hi);
            if (f != FIELD_STATE && !is_given(x, f) && c.f[f] == fixed)
                c.f[f] = set_full(s, f);
        }
        if (!is_given(x, FIELD_TCPFLAGS) && set_is_one(s, c.f[FIELD_PROTO], &proto) &&
            proto == PROTO_TCP && c.f[FIELD_TCPFLAGS] == set_one(s, TCP_SYN))
            c.f[FIELD_TCPFLAGS] = set_full(s, FIELD_TCPFLAGS);
        *PUSH(x->arena, out) = c;
    }
    return region_canonical(s, x->arena, &out, NULL);
}
