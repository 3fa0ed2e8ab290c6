/* iptables: addresses, protocols, interfaces, ports and ICMP. */
#include "import/ipt_int.h"

/* ---- addresses, protocols, interfaces -------------------------------------------------------- */

static bool looks_like_name(struct str s)
{
    bool letter = false;
    for (size_t i = 0; i < s.n; i++) {
        char c = char_lower(s.p[i]);
        if (!(c >= 'a' && c <= 'z') && !char_is_digit(c) && c != '.' && c != '-' && c != '_')
            return false;
        letter = letter || (c >= 'g' && c <= 'z');
    }
    return letter;
}

bool ipt_address(struct lower *l, struct str s, set_id *out)
{
    enum family family, other;
    struct ival range;
    u128 addr, mask;
    size_t slash = str_find(s, '/');
    if (str_find(s, '-') == s.n && range_parse(s, &family, &range, NULL)) {
        *out = set_range(ipt_sets(l), range.lo, range.hi);
        return family == l->set->family;
    }
    return slash != s.n && addr_parse(str_sub(s, 0, slash), &family, &addr) &&
           addr_parse(str_from(s, slash + 1), &other, &mask) && family == other &&
           family == l->set->family && set_of_mask(ipt_sets(l), out, family, addr, mask);
}

/* A mask that leaves more intervals than a set takes: a test on the bits, as a condition. */
static bool address_bits(struct lower *l, enum field f, struct str v)
{
    enum family family, other;
    u128 addr, mask;
    size_t slash = str_find(v, '/');
    if (slash == v.n || !addr_parse(str_sub(v, 0, slash), &family, &addr) ||
        !addr_parse(str_from(v, slash + 1), &other, &mask) || family != other ||
        family != l->set->family)
        return false;
    struct cond c = {.kind = STR("address"),
                     .text = arena_strf(l->x->im->arena, "%s %.*s", field_keys[f], STR_ARG(v)),
                     .at = l->r->at,
                     .of_packet = true,
                     .field = f,
                     .mask = mask,
                     .want = addr & mask};
    rule_cond(l->x->policy, l->r, c, !l->negated);
    return true;
}

/* "10/8" is 10.0.0.0/8. */
static struct str full_address(struct lower *l, struct str v)
{
    size_t slash = str_find(v, '/'), dots = 0;
    for (size_t i = 0; i < slash; i++) {
        if (!char_is_digit(v.p[i]) && v.p[i] != '.')
            return v;
        dots += v.p[i] == '.';
    }
    static const char *const rests[] = {".0.0.0", ".0.0", ".0", ""};
    if (slash == v.n || dots >= 3)
        return v;
    return arena_strf(l->x->im->arena, "%.*s%s%.*s", STR_ARG(str_sub(v, 0, slash)), rests[dots],
                      STR_ARG(str_from(v, slash)));
}

static bool addresses(struct lower *l, enum field f, struct str value)
{
    struct str rest = value, one;
    if (l->negated && str_find(value, ',') != value.n)
        return ipt_refuse_word(l, "`!` before several addresses");
    set_id all = SET_EMPTY, set;
    while (str_cut(&rest, ',', &one)) {
        one = full_address(l, one);
        if (ipt_address(l, one, &set)) {
            all = set_or(ipt_sets(l), all, set);
        } else if (address_bits(l, f, one)) {
            return true;
        } else if (looks_like_name(one)) {
            policy_fact(l->x->policy, STR("name.fqdn"), one, l->r->at, l->r);
            ipt_condition(l, "name", value, true);
            return true;
        } else {
            return false;
        }
    }
    return ipt_narrow_to(l, f, all);
}

static bool opt_source(struct lower *l, struct str v)
{
    return addresses(l, FIELD_SRC, v);
}

static bool opt_destination(struct lower *l, struct str v)
{
    return addresses(l, FIELD_DST, v);
}

static bool range_of(struct lower *l, enum field f, struct str v)
{
    enum family family, other;
    size_t dash = str_find(v, '-');
    struct ival r;
    if (!addr_parse(str_sub(v, 0, dash), &family, &r.lo))
        return false;
    r.hi = r.lo;
    if (dash != v.n && (!addr_parse(str_from(v, dash + 1), &other, &r.hi) || other != family))
        return false;
    return ipt_narrow_range(l, f, r.lo, r.hi); /* a reversed range loads and never matches */
}

static bool opt_src_range(struct lower *l, struct str v)
{
    return range_of(l, FIELD_SRC, v);
}

static bool opt_dst_range(struct lower *l, struct str v)
{
    return range_of(l, FIELD_DST, v);
}

bool ipt_proto(struct str v, uint8_t *proto)
{
    static const struct {
        const char *name;
        uint8_t proto;
    } names[] = {{"mh", 135}, {"ipv6-mh", 135}, {"mobility-header", 135}, {"ipencap", 4}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_eq_nocase(v, str_of(names[i].name))) {
            *proto = names[i].proto;
            return true;
        }
    return proto_parse(v, proto);
}

static bool opt_protocol(struct lower *l, struct str v)
{
    uint8_t proto;
    bool six = l->set->family == FAMILY_V6;
    if (str_eq_nocase(v, STR("all")))
        proto = 0;
    else if (!ipt_proto(v, &proto))
        return false;
    if (proto == 0)
        return !l->negated || ipt_refuse_word(l, "`!` before all protocols");
    l->proto = l->negated ? l->proto : proto;
    bool header = proto == 43 || proto == 44 || proto == 60; /* never the last of IPv6's headers */
    return ipt_narrow_to(l, FIELD_PROTO, six && header ? SET_EMPTY : set_one(ipt_sets(l), proto));
}

static bool stands_in(const struct lower *l, const char *one, const char *other)
{
    return str_eq(l->chain->name, str_of(one)) || str_eq(l->chain->name, str_of(other));
}

/* The kernel has no device of such a name (dev_valid_name(); eth0:1 is an address of eth0), and of
 * one with a blank iptables-save writes what nothing reads again. iptables warns, or did. */
static bool is_no_device(struct str name)
{
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] == '/' || name.p[i] == ':' || (unsigned char)name.p[i] <= ' ')
            return true;
    return false;
}

static set_id interfaces(struct lower *l, struct str name)
{
    if (is_no_device(name))
        diag_add(l->x->im->diags, DIAG_WARNING, l->rule->words.v[l->at].at,
                 "no device can be called \"%.*s\": this matches none",
                 STR_ARG(str_safe(l->x->im->arena, name)));
    return ifaces_match(ipt_sets(l), &l->x->policy->ifaces, name);
}

static bool opt_in(struct lower *l, struct str v)
{
    if (stands_in(l, "OUTPUT", "POSTROUTING"))
        return ipt_refuse_word(l, "packets of this chain have come in nowhere: -i cannot be used");
    return ipt_narrow_to(l, FIELD_IN, interfaces(l, v));
}

static bool opt_out(struct lower *l, struct str v)
{
    if (stands_in(l, "INPUT", "PREROUTING"))
        return ipt_refuse_word(l, "the way out is not known in this chain: -o cannot be used");
    return ipt_narrow_to(l, FIELD_OUT, interfaces(l, v));
}

/* A rule of the other family, in rules that are meant for both: none here. */
static bool opt_v4(struct lower *l, struct str v)
{
    (void)v;
    return ipt_narrow_range(l, FIELD_FAMILY, FAMILY_V4, FAMILY_V4);
}

static bool opt_v6(struct lower *l, struct str v)
{
    (void)v;
    return ipt_narrow_range(l, FIELD_FAMILY, FAMILY_V6, FAMILY_V6);
}

static bool opt_fragment(struct lower *l, struct str v)
{
    (void)v;
    return ipt_narrow_range(l, FIELD_FRAG, FRAG_LATER, FRAG_LATER);
}

/* ---- ports and ICMP ------------------------------------------------------------------------- */

static bool port_range(struct str v, struct ival *r)
{
    uint16_t lo = 0, hi = UINT16_MAX;
    size_t colon = str_find(v, ':');
    if (colon == v.n) {
        if (!port_parse(v, &lo))
            return false;
        hi = lo;
    } else if ((colon != 0 && !port_parse(str_sub(v, 0, colon), &lo)) ||
               (colon + 1 != v.n && !port_parse(str_from(v, colon + 1), &hi))) {
        return false;
    }
    *r = (struct ival){lo, hi};
    return lo <= hi;
}

/* Ports need a protocol that has them, and later fragments have none. */
static void need_ports(struct lower *l)
{
    ipt_narrow(l, FIELD_FRAG, set_range(ipt_sets(l), FRAG_NONE, FRAG_FIRST));
}

static bool port_list(struct lower *l, struct str v, set_id *out)
{
    struct ival r[15];
    size_t n = 0, slots = 0;
    struct str one;
    need_ports(l);
    while (str_cut(&v, ',', &one)) {
        slots += str_find(one, ':') != one.n ? 2 : 1; /* a range takes two of the 15 places */
        if (slots > 15)
            break;
        if (!port_range(one, &r[n++]))
            return false;
    }
    if (slots > 15)
        ipt_refuse_word(l, "more than 15 ports");
    *out = set_of(ipt_sets(l), r, n);
    return n != 0;
}

static bool ports(struct lower *l, enum field f, struct str v)
{
    set_id set;
    return port_list(l, v, &set) && ipt_narrow_to(l, f, set);
}

static bool opt_sport(struct lower *l, struct str v)
{
    return ports(l, FIELD_SPORT, v);
}

static bool opt_dport(struct lower *l, struct str v)
{
    return ports(l, FIELD_DPORT, v);
}

/* Source or destination; not `!`: neither. */
static bool opt_ports(struct lower *l, struct str v)
{
    set_id set;
    if (!port_list(l, v, &set))
        return false;
    if (!l->negated) {
        ipt_narrow_either(l, FIELD_SPORT, FIELD_DPORT, set);
        return true;
    }
    return ipt_narrow_to(l, FIELD_SPORT, set) && ipt_narrow_to(l, FIELD_DPORT, set);
}

static const struct {
    const char *name;
    uint8_t type;
    int16_t code; /* -1: any */
} icmp_names[][2] = {
    {{"echo-reply", 0, -1}, {"echo-reply", 129, -1}},
    {{"pong", 0, -1}, {"pong", 129, -1}},
    {{"echo-request", 8, -1}, {"echo-request", 128, -1}},
    {{"ping", 8, -1}, {"ping", 128, -1}},
    {{"destination-unreachable", 3, -1}, {"destination-unreachable", 1, -1}},
    {{"network-unreachable", 3, 0}, {"no-route", 1, 0}},
    {{"host-unreachable", 3, 1}, {"communication-prohibited", 1, 1}},
    {{"protocol-unreachable", 3, 2}, {"beyond-scope", 1, 2}},
    {{"port-unreachable", 3, 3}, {"address-unreachable", 1, 3}},
    {{"fragmentation-needed", 3, 4}, {"port-unreachable", 1, 4}},
    {{"source-route-failed", 3, 5}, {"failed-policy", 1, 5}},
    {{"network-unknown", 3, 6}, {"reject-route", 1, 6}},
    {{"host-unknown", 3, 7}, {"packet-too-big", 2, -1}},
    {{"network-prohibited", 3, 9}, {"time-exceeded", 3, -1}},
    {{"host-prohibited", 3, 10}, {"ttl-exceeded", 3, -1}},
    {{"TOS-network-unreachable", 3, 11}, {"ttl-zero-during-transit", 3, 0}},
    {{"TOS-host-unreachable", 3, 12}, {"ttl-zero-during-reassembly", 3, 1}},
    {{"communication-prohibited", 3, 13}, {"parameter-problem", 4, -1}},
    {{"host-precedence-violation", 3, 14}, {"bad-header", 4, 0}},
    {{"precedence-cutoff", 3, 15}, {"unknown-header-type", 4, 1}},
    {{"source-quench", 4, -1}, {"unknown-option", 4, 2}},
    {{"redirect", 5, -1}, {"redirect", 137, -1}},
    {{"network-redirect", 5, 0}, {"router-solicitation", 133, -1}},
    {{"host-redirect", 5, 1}, {"router-advertisement", 134, -1}},
    {{"TOS-network-redirect", 5, 2}, {"neighbour-solicitation", 135, -1}},
    {{"TOS-host-redirect", 5, 3}, {"neighbor-solicitation", 135, -1}},
    {{"router-advertisement", 9, -1}, {"neighbour-advertisement", 136, -1}},
    {{"router-solicitation", 10, -1}, {"neighbor-advertisement", 136, -1}},
    {{"time-exceeded", 11, -1}, {"mld-listener-query", 130, -1}},
    {{"ttl-exceeded", 11, -1}, {"mld-listener-report", 131, -1}},
    {{"ttl-zero-during-transit", 11, 0}, {"mld-listener-done", 132, -1}},
    {{"ttl-zero-during-reassembly", 11, 1}, {"mld-listener-reduction", 132, -1}},
    {{"parameter-problem", 12, -1}, {NULL, 0, 0}},
    {{"ip-header-bad", 12, 0}, {NULL, 0, 0}},
    {{"required-option-missing", 12, 1}, {NULL, 0, 0}},
    {{"timestamp-request", 13, -1}, {NULL, 0, 0}},
    {{"timestamp-reply", 14, -1}, {NULL, 0, 0}},
    {{"address-mask-request", 17, -1}, {NULL, 0, 0}},
    {{"address-mask-reply", 18, -1}, {NULL, 0, 0}},
};

/* "echo-req": the beginning of one name only. */
static bool icmp_by_prefix(struct str v, enum family family, struct ival *type, struct ival *code)
{
    size_t found = 0;
    for (size_t i = 0; i < sizeof icmp_names / sizeof *icmp_names; i++) {
        struct str name = str_of(icmp_names[i][family].name);
        if (name.n == 0 || v.n == 0 || !str_eq_nocase(str_sub(name, 0, v.n), v))
            continue;
        int16_t c = icmp_names[i][family].code;
        found++;
        *type = (struct ival){icmp_names[i][family].type, icmp_names[i][family].type};
        *code = c < 0 ? (struct ival){0, 255} : (struct ival){(u128)c, (u128)c};
    }
    return found == 1;
}

bool ipt_icmp(struct str v, enum family family, struct ival *type, struct ival *code)
{
    uint64_t t, lo, hi;
    *code = (struct ival){0, 255};
    for (size_t i = 0; i < sizeof icmp_names / sizeof *icmp_names; i++)
        if (icmp_names[i][family].name != NULL &&
            str_eq_nocase(v, str_of(icmp_names[i][family].name))) {
            int16_t c = icmp_names[i][family].code;
            *type = (struct ival){icmp_names[i][family].type, icmp_names[i][family].type};
            if (c >= 0)
                *code = (struct ival){(u128)c, (u128)c};
            return true;
        }
    if (icmp_by_prefix(v, family, type, code))
        return true;
    *code = (struct ival){0, 255};
    struct str numbers;
    if (!str_cut(&v, '/', &numbers) || !str_u64(numbers, 10, 255, &t))
        return false;
    *type = (struct ival){t, t};
    if (v.n == 0)
        return true;
    str_cut(&v, ':', &numbers);
    if (!str_u64(numbers, 10, 255, &lo))
        return false;
    hi = lo;
    if (v.n != 0 && !str_u64(v, 10, 255, &hi))
        return false;
    *code = (struct ival){lo, hi};
    return true;
}

static bool opt_icmp_type(struct lower *l, struct str v)
{
    struct ival type, code;
    ipt_narrow(l, FIELD_FRAG, set_range(ipt_sets(l), FRAG_NONE, FRAG_FIRST));
    if (str_eq(v, STR("any")))
        return !l->negated;
    if (!ipt_icmp(v, l->set->family, &type, &code))
        return false;
    if (type.lo == 255 && l->set->family == FAMILY_V4)
        return !l->negated; /* the kernel reads type 255 as any type */
    struct sets *s = ipt_sets(l);
    set_id types = set_range(s, type.lo, type.hi), codes = set_range(s, code.lo, code.hi);
    if (!l->negated) {
        ipt_narrow(l, FIELD_SPORT, types);
        ipt_narrow(l, FIELD_DPORT, codes);
        return true;
    }
    struct cube *out = NULL;
    size_t n = 0, cap = 0;
    for (size_t i = 0; i < l->n; i++) { /* another type, or this type with another code */
        struct cube a = l->cubes[i], b = a;
        a.f[FIELD_SPORT] = set_minus(s, a.f[FIELD_SPORT], types);
        b.f[FIELD_SPORT] = set_and(s, b.f[FIELD_SPORT], types);
        b.f[FIELD_DPORT] = set_minus(s, b.f[FIELD_DPORT], codes);
        out = array_room(l->x->im->arena, out, n, &cap, sizeof *out);
        out[n++] = a;
        out = array_room(l->x->im->arena, out, n, &cap, sizeof *out);
        out[n++] = b;
    }
    l->cubes = out;
    l->n = n;
    l->cap = cap;
    ipt_narrow(l, FIELD_DPORT, set_range(s, 0, 255));
    ipt_narrow(l, FIELD_SPORT, set_range(s, 0, 255));
    return true;
}

const struct ipt_option ipt_options_basic[] = {
    {"--source", "-s", 1, opt_source, NULL},
    {"--src", NULL, 1, opt_source, NULL},
    {"--destination", "-d", 1, opt_destination, NULL},
    {"--dst", NULL, 1, opt_destination, NULL},
    {"--protocol", "-p", 1, opt_protocol, NULL},
    {"--in-interface", "-i", 1, opt_in, NULL},
    {"--out-interface", "-o", 1, opt_out, NULL},
    {"--ipv4", "-4", 0, opt_v4, NULL},
    {"--ipv6", "-6", 0, opt_v6, NULL},
    {"--fragment", "-f", 0, opt_fragment, NULL},
    {"--sport", "--source-port", 1, opt_sport, NULL},
    {"--dport", "--destination-port", 1, opt_dport, NULL},
    {"--sports", "--source-ports", 1, opt_sport, NULL},
    {"--dports", "--destination-ports", 1, opt_dport, NULL},
    {"--ports", NULL, 1, opt_ports, NULL},
    {"--icmp-type", "--icmpv6-type", 1, opt_icmp_type, NULL},
    {"--src-range", NULL, 1, opt_src_range, NULL},
    {"--dst-range", NULL, 1, opt_dst_range, NULL},
    {NULL, NULL, 0, NULL, NULL},
};
