/* iptables: addresses, protocols, ports and what NAT puts in their place, as iptables-save writes
 * them. */
#include "import/ipt_grammar.h"

#include <inttypes.h>

struct masked {
    u128 addr, mask;
    bool has_mask;
};

static unsigned width(enum family family)
{
    return family == FAMILY_V4 ? 32 : 128;
}

/* "10.0.0.1", "10.0.0.1/8", "10.0.0.1/255.0.255.0", "10/8" */
static bool read_masked(const struct ipt_value *g, struct str v, struct masked *m)
{
    enum family family;
    uint64_t bits;
    size_t slash = str_find(v, '/'), dots = 0;
    struct str addr = str_sub(v, 0, slash), mask = str_from(v, slash == v.n ? v.n : slash + 1);
    static const char *const rests[] = {".0.0.0", ".0.0", ".0"};
    for (size_t i = 0; i < addr.n; i++)
        dots += addr.p[i] == '.';
    if (g->family == FAMILY_V4 && dots < 3)
        addr = arena_strf(g->arena, "%.*s%s", STR_ARG(addr), rests[dots]);
    m->has_mask = slash != v.n;
    m->mask = addr_max(g->family);
    if (!addr_parse(addr, &family, &m->addr) || family != g->family)
        return false;
    if (!m->has_mask)
        return true;
    if (str_u64(mask, 10, width(family), &bits)) {
        m->mask = bits == 0 ? 0 : addr_max(family) << (width(family) - (unsigned)bits);
        m->mask &= addr_max(family);
        return true;
    }
    return addr_parse(mask, &family, &m->mask) && family == g->family;
}

static struct str spell_masked(const struct ipt_value *g, u128 addr, u128 mask)
{
    u128 host = addr_max(g->family) & ~mask;
    unsigned bits = width(g->family);
    for (u128 h = host; h != 0 && (host & (host + 1)) == 0; h >>= 1)
        bits--;
    struct str text = addr_format(g->arena, g->family, addr);
    if ((host & (host + 1)) == 0)
        return arena_strf(g->arena, "%.*s/%u", STR_ARG(text), bits);
    return arena_strf(g->arena, "%.*s/%.*s", STR_ARG(text),
                      STR_ARG(addr_format(g->arena, g->family, mask)));
}

/* A name that is looked up when the rules are loaded. */
static bool is_host_name(struct str v)
{
    bool letter = false;
    for (size_t i = 0; i < v.n; i++) {
        char c = char_lower(v.p[i]);
        letter = letter || (c >= 'g' && c <= 'z');
        if (!(c >= 'a' && c <= 'z') && !char_is_digit(c) && !char_is_of(c, "-_./"))
            return false;
    }
    return letter;
}

/* The source and the destination of a rule: always with its mask, without the bits beyond it. */
static struct str spell_network(const struct ipt_value *g, struct str v)
{
    struct masked m;
    if (read_masked(g, v, &m))
        return spell_masked(g, m.addr & m.mask, m.mask);
    return is_host_name(v) ? v : IPT_NO_VALUE;
}

/* One, or where a list stays one rule several of them. */
struct str ipt_v_network(const struct ipt_value *g, struct str v)
{
    struct out o = {.arena = g->arena};
    struct str one;
    while (str_cut(&v, ',', &one)) {
        struct str text = spell_network(g, one);
        if (text.p == NULL)
            return IPT_NO_VALUE;
        if (o.n == 0 && v.n == 0) /* one, as most are */
            return text;
        out_fmt(&o, "%s%.*s", o.n == 0 ? "" : ",", STR_ARG(text));
    }
    return o.n == 0 ? IPT_NO_VALUE : out_taken(&o);
}

/* The mask of one address is not written; bits beyond a mask are. */
struct str ipt_v_host(const struct ipt_value *g, struct str v)
{
    struct masked m;
    if (!read_masked(g, v, &m))
        return is_host_name(v) ? v : IPT_NO_VALUE;
    if (m.mask == addr_max(g->family))
        return addr_format(g->arena, g->family, m.addr);
    return spell_masked(g, m.addr, m.mask);
}

struct str ipt_v_address(const struct ipt_value *g, struct str v)
{
    struct masked m;
    if (!read_masked(g, v, &m) || m.has_mask)
        return IPT_NO_VALUE;
    return addr_format(g->arena, g->family, m.addr);
}

/* "2001:db8::/64": always written with its length. */
struct str ipt_v_prefix(const struct ipt_value *g, struct str v)
{
    struct masked m;
    if (!read_masked(g, v, &m) || (!m.has_mask && g->term->min == PREFIX_ONLY))
        return IPT_NO_VALUE;
    return spell_masked(g, g->term->min == PREFIX_MASKED ? m.addr & m.mask : m.addr, m.mask);
}

static bool read_addresses(const struct ipt_value *g, struct str v, struct str *out)
{
    enum family one, other;
    u128 lo, hi;
    size_t dash = str_find(v, '-');
    if (!addr_parse(str_sub(v, 0, dash), &one, &lo) || one != g->family)
        return false;
    *out = addr_format(g->arena, one, lo);
    if (dash == v.n)
        return true;
    if (!addr_parse(str_from(v, dash + 1), &other, &hi) || other != one)
        return false;
    if (hi != lo)
        *out = arena_strf(g->arena, "%.*s-%.*s", STR_ARG(*out),
                          STR_ARG(addr_format(g->arena, other, hi)));
    return true;
}

/* "a-b" of iprange: written as a range, whatever it is. */
struct str ipt_v_addresses(const struct ipt_value *g, struct str v)
{
    struct str out;
    if (!read_addresses(g, v, &out))
        return IPT_NO_VALUE;
    return str_find(out, '-') != out.n
               ? out
               : arena_strf(g->arena, "%.*s-%.*s", STR_ARG(out), STR_ARG(out));
}

struct str ipt_v_proto(const struct ipt_value *g, struct str v)
{
    /* The names of /etc/protocols where the model's are others. */
    static const struct {
        uint8_t proto;
        const char *name;
    } names[] = {{4, "ipencap"}, {41, "ipv6"}, {94, "ipip"}, {135, "mobility-header"}};
    uint8_t proto;
    if (str_eq_nocase(v, STR("all")))
        return STR("0");
    if (!ipt_proto(v, &proto))
        return IPT_NO_VALUE;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].proto == proto)
            return str_of(names[i].name);
    return proto == 0 ? STR("0") : proto_format(g->arena, proto);
}

struct str ipt_v_proto_number(const struct ipt_value *g, struct str v)
{
    uint8_t proto;
    if (!ipt_proto(v, &proto) || proto < g->term->min)
        return IPT_NO_VALUE;
    return arena_strf(g->arena, "%u", (unsigned)proto);
}

/* At most 15 bytes (IFNAMSIZ). */
struct str ipt_v_iface(const struct ipt_value *g, struct str v)
{
    (void)g;
    return v.n == 0 || v.n > 15 ? IPT_NO_VALUE : v;
}

struct str ipt_v_icmp(const struct ipt_value *g, struct str v)
{
    struct ival type, code;
    if (str_eq_nocase(v, STR("any")))
        return g->family == FAMILY_V4 ? STR("any") : IPT_NO_VALUE;
    if (!ipt_icmp(v, g->family, &type, &code) || code.lo > code.hi)
        return IPT_NO_VALUE;
    bool all = code.lo == 0 && code.hi == 255;
    if (g->family == FAMILY_V4 && type.lo == 255 && all)
        return STR("any");
    if (all)
        return arena_strf(g->arena, "%u", (unsigned)type.lo);
    if (code.lo == code.hi)
        return arena_strf(g->arena, "%u/%u", (unsigned)type.lo, (unsigned)code.lo);
    return arena_strf(g->arena, "%u/%u:%u", (unsigned)type.lo, (unsigned)code.lo,
                      (unsigned)code.hi);
}

struct str ipt_v_mac(const struct ipt_value *g, struct str v)
{
    u128 mac;
    if (!ipt_mac(v, &mac))
        return IPT_NO_VALUE;
    struct out o = {.arena = g->arena};
    for (unsigned i = 6; i-- > 0;)
        out_fmt(&o, "%02x%s", (unsigned)(mac >> (8 * i)) & 0xff, i == 0 ? "" : ":");
    return out_taken(&o);
}

/* "53,1024:65535" */
struct str ipt_v_port_list(const struct ipt_value *g, struct str v)
{
    struct out o = {.arena = g->arena};
    struct str one;
    while (str_cut(&v, ',', &one)) {
        uint16_t lo, hi;
        size_t colon = str_find(one, ':');
        if (!port_parse(str_sub(one, 0, colon), &lo))
            return IPT_NO_VALUE;
        out_fmt(&o, "%s%u", o.n == 0 ? "" : ",", (unsigned)lo);
        if (colon == one.n)
            continue;
        if (!port_parse(str_from(one, colon + 1), &hi) || lo >= hi)
            return IPT_NO_VALUE;
        out_fmt(&o, ":%u", (unsigned)hi);
    }
    return o.n == 0 ? IPT_NO_VALUE : out_taken(&o);
}

/* ---- NAT --------------------------------------------------------------------------------------
 */

/* "80", "80-90", a service; where BASE may stand, "80-90/100" too. */
static bool read_nat_ports(const struct ipt_value *g, struct str v, bool base, struct str *out)
{
    uint64_t lo, hi;
    uint16_t port;
    size_t slash = str_find(v, '/');
    struct str range = str_sub(v, 0, slash);
    size_t dash = str_find(range, '-');
    if (str_u64(range, 10, UINT16_MAX, &lo))
        hi = lo;
    else if (port_parse(range, &port))
        lo = hi = port;
    else if (dash == range.n || !str_u64(str_sub(range, 0, dash), 10, UINT16_MAX, &lo) ||
             !str_u64(str_from(range, dash + 1), 10, UINT16_MAX, &hi) || lo > hi)
        return false;
    *out = lo == hi ? arena_strf(g->arena, "%" PRIu64, lo)
                    : arena_strf(g->arena, "%" PRIu64 "-%" PRIu64, lo, hi);
    if (slash == v.n)
        return true;
    if (!base || !port_parse(str_from(v, slash + 1), &port) || port == 0)
        return false;
    *out = arena_strf(g->arena, "%.*s/%u", STR_ARG(*out), (unsigned)port);
    return true;
}

struct str ipt_v_redirect(const struct ipt_value *g, struct str v)
{
    struct str out;
    return read_nat_ports(g, v, false, &out) ? out : IPT_NO_VALUE;
}

/* "192.0.2.1-192.0.2.9:80-90", "[2001:db8::1]:80", ":80"; MIN 1: with a base for the ports */
struct str ipt_v_nat(const struct ipt_value *g, struct str v)
{
    struct str addrs = v, ports = {NULL, 0}, out = {"", 0}, spelled;
    bool six = g->family == FAMILY_V6, brackets = six && v.n != 0 && v.p[0] == '[';
    size_t end = brackets ? str_find(v, ']') : str_find(v, ':');
    if (brackets && end == v.n)
        return IPT_NO_VALUE;
    if (brackets) {
        addrs = str_sub(v, 1, end - 1);
        end++;
        if (end < v.n && v.p[end] != ':')
            return IPT_NO_VALUE;
    }
    if ((brackets || !six) && end < v.n) {
        addrs = brackets ? addrs : str_sub(v, 0, end);
        ports = str_from(v, end + 1);
    }
    if (addrs.n != 0 && !read_addresses(g, addrs, &out))
        return IPT_NO_VALUE;
    if (ports.p == NULL)
        return addrs.n == 0 ? IPT_NO_VALUE : out;
    if (!read_nat_ports(g, ports, g->term->min != 0, &spelled))
        return IPT_NO_VALUE;
    return arena_strf(g->arena, brackets && addrs.n != 0 ? "[%.*s]:%.*s" : "%.*s:%.*s",
                      STR_ARG(out), STR_ARG(spelled));
}
