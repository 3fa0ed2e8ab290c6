/* Spaces of packets that rules of packs speak about. */
#include "check/check_int.h"

/* ---- services ------------------------------------------------------------------------------- */

bool ports_parse(struct arena *a, struct str text, struct service_def *out, bool source)
{
    struct str part;
    if (str_eq(text, STR("any")))
        return true;
    while (str_cut(&text, ',', &part)) {
        size_t dash = str_find(part, '-');
        uint64_t lo, hi;
        if (!str_u64(str_sub(part, 0, dash), 10, UINT16_MAX, &lo))
            return false;
        hi = lo;
        if (dash != part.n && !str_u64(str_from(part, dash + 1), 10, UINT16_MAX, &hi))
            return false;
        if (hi < lo)
            return false;
        struct port_range range = {(uint16_t)lo, (uint16_t)hi};
        if (source)
            *PUSH(a, out->source_ports) = range;
        else
            *PUSH(a, out->ports) = range;
    }
    return true;
}

bool service_parse(struct arena *a, struct str text, struct service_def *out)
{
    size_t slash = str_find(text, '/');
    *out = (struct service_def){.text = text};
    if (str_eq(text, STR("any"))) {
        out->any_proto = true;
        return true;
    }
    if (!proto_parse(str_sub(text, 0, slash), &out->proto))
        return false;
    if (slash == text.n)
        return true;
    return proto_has_ports(out->proto) && slash + 1 != text.n &&
           ports_parse(a, str_from(text, slash + 1), out, false);
}

static set_id port_set(struct check *c, const struct port_range *v, size_t n, enum field f)
{
    struct sets *s = c->policy->sets;
    if (n == 0)
        return set_full(s, f);
    set_id all = SET_EMPTY;
    for (size_t i = 0; i < n; i++)
        all = set_or(s, all, set_range(s, v[i].lo, v[i].hi));
    return all;
}

/* ---- ordinary packets ----------------------------------------------------------------------- */

/* The first packet of a connection as it comes off the wire: nothing has marked it yet. */
static struct cube first_packet(struct check *c)
{
    static const struct {
        enum field field;
        u128 value;
    } fixed[] = {
        {FIELD_STATE, STATE_NEW},     {FIELD_FRAG, FRAG_NONE}, {FIELD_EXTHDR, 0},
        {FIELD_PKTTYPE, PKT_UNICAST}, {FIELD_MARK, 0},         {FIELD_CTMARK, 0},
        {FIELD_CTSTATUS, 0},          {FIELD_PHYSIN, 0},       {FIELD_PHYSOUT, 0},
    };
    struct cube x = cube_any(c->policy->sets);
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        x.f[fixed[i].field] = set_one(c->policy->sets, fixed[i].value);
    /* Hosts send with 64, 128 or 255; nothing on the way takes as many as 32. */
    x.f[FIELD_TTL] = set_range(c->policy->sets, 32, 255);
    return x;
}

static set_id proto_set(struct check *c, const struct service_def *service, bool tcp)
{
    struct sets *s = c->policy->sets;
    set_id one = set_one(s, PROTO_TCP);
    set_id all = set_one(s, service->proto);
    if (service->any_proto) {
        all = set_minus(s, set_full(s, FIELD_PROTO), set_one(s, PROTO_ICMP));
        all = set_minus(s, all, set_one(s, PROTO_ICMPV6));
    }
    return tcp ? set_and(s, all, one) : set_minus(s, all, one);
}

static void add_cube(struct check *c, struct region *r, struct cube x,
                     const struct service_def *service)
{
    struct sets *s = c->policy->sets;
    x.f[FIELD_DPORT] = port_set(c, service->ports.v, service->ports.n, FIELD_DPORT);
    x.f[FIELD_SPORT] = port_set(c, service->source_ports.v, service->source_ports.n, FIELD_SPORT);
    for (int tcp = 0; tcp <= 1; tcp++) {
        x.f[FIELD_PROTO] = proto_set(c, service, tcp);
        if (tcp)
            x.f[FIELD_TCPFLAGS] = set_one(s, TCP_SYN);
        if (!cube_is_empty(&x))
            *PUSH(c->arena, *r) = x;
    }
}

struct region space_of(struct check *c, const struct way *way, const struct service_def *service,
                       struct addrs src, struct addrs dst)
{
    struct region all = {0};
    struct sets *s = c->policy->sets;
    for (size_t i = 0; i < way->from.doors.n; i++)
        for (size_t o = 0; o < way->to.doors.n; o++) {
            const struct door *in = &way->from.doors.v[i], *out = &way->to.doors.v[o];
            struct addrs from = addrs_and(c, src, in->behind);
            struct addrs to = addrs_and(c, dst, out->behind);
            for (int f = FAMILY_V4; f <= FAMILY_V6; f++) {
                struct cube x = first_packet(c);
                x.f[FIELD_FAMILY] = set_one(s, (u128)f);
                x.f[FIELD_IN] = way->from.self ? set_full(s, FIELD_IN) : in->iface;
                x.f[FIELD_OUT] = way->to.self ? set_full(s, FIELD_OUT) : out->iface;
                x.f[FIELD_SRC] = from.v[f];
                x.f[FIELD_DST] = to.v[f];
                if (!cube_is_empty(&x))
                    add_cube(c, &all, x, service);
            }
        }
    return region_and(s, c->arena, &all, &c->policy->universe, NULL);
}

/* ---- parts ---------------------------------------------------------------------------------- */

struct addrs region_addrs(struct check *c, const struct region *r, enum field f)
{
    struct sets *s = c->policy->sets;
    struct addrs x;
    for (int v = FAMILY_V4; v <= FAMILY_V6; v++) {
        struct {
            struct ival *v;
            size_t n, cap;
        } all = {0};
        for (size_t i = 0; i < r->n; i++) {
            size_t n;
            const struct ival *one = set_ivals(s, r->v[i].f[f], &n);
            for (size_t k = 0; k < n && set_has(s, r->v[i].f[FIELD_FAMILY], (u128)v); k++)
                *PUSH(c->arena, all) = one[k];
        }
        x.v[v] = set_of(s, all.v, all.n);
    }
    return x;
}

struct region region_within(struct check *c, const struct region *r, enum field f, struct addrs x)
{
    struct sets *s = c->policy->sets;
    struct region all = {0};
    for (int v = FAMILY_V4; v <= FAMILY_V6; v++) {
        struct cube cube = cube_any(s);
        cube.f[FIELD_FAMILY] = set_one(s, (u128)v);
        cube.f[f] = x.v[v];
        if (cube_is_empty(&cube))
            continue;
        struct region part = region_and_cube(s, c->arena, r, &cube);
        for (size_t i = 0; i < part.n; i++)
            *PUSH(c->arena, all) = part.v[i];
    }
    return all;
}
