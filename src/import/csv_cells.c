/* Cells to sets: several values in a cell, addresses, services, objects, and names that carry their
 * value. */
#include "import/csv_int.h"

#define NESTING_MAX 64

static bool is_separator(char c)
{
    return c == '\n' || c == '\r' || c == ',' || c == ';' || c == '|' || char_is_blank(c);
}

/* "a - b" is one value. */
bool csv_next_value(struct str *rest, struct str *value)
{
    size_t i = 0;
    while (i < rest->n && is_separator(rest->p[i]))
        i++;
    size_t end = i;
    for (; end < rest->n; end++) {
        if (!is_separator(rest->p[end]))
            continue;
        bool dash =
            char_is_blank(rest->p[end]) && ((end + 1 < rest->n && rest->p[end + 1] == '-') ||
                                            (end > i && rest->p[end - 1] == '-'));
        if (!dash)
            break;
    }
    *value = str_sub(*rest, i, end - i);
    *rest = str_from(*rest, end);
    return value->n != 0;
}

static struct str without_blanks(struct arena *a, struct str s)
{
    struct out o = {.arena = a};
    for (size_t i = 0; i < s.n; i++)
        if (!char_is_blank(s.p[i]))
            out_char(&o, s.p[i]);
    return o.n == s.n ? s : out_taken(&o);
}

static bool is_any(const struct csv_reader *r, struct str s)
{
    return csv_is_word(r->preset, WORD_ANY, s);
}

static void used_convention(struct csv_reader *r, struct str name, struct str value)
{
    if (r->by_convention++ == 0) {
        r->convention_name = name;
        r->convention_value = value;
    }
}

/* The object NAME in MAP, or the group of that name; NULL if there is none, or if it is open. */
static struct csv_object *find_object(struct csv_reader *r, struct map *map, struct str name,
                                      struct span at)
{
    struct csv_object *o = map_get(map, name);
    if (o == NULL)
        o = map_get(r->objects.groups, name);
    if (o == NULL)
        return NULL;
    r->policy->objects.v[o->index].uses++;
    if (!o->open)
        return o;
    diag_add(r->im->diags, DIAG_INCOMPLETE, at, "object \"%.*s\" is a member of itself",
             STR_ARG(str_safe(r->im->arena, name)));
    return NULL;
}

/* ---- addresses ------------------------------------------------------------------------------ */

static void add_range(struct csv_reader *r, struct csv_places *out, enum family family,
                      struct ival range)
{
    struct sets *s = r->im->sets;
    out->v[family] = set_or(s, out->v[family], set_range(s, range.lo, range.hi));
}

/* "10.0.0.0 255.0.0.0", "10.0.0.0/0.255.255.255": a mask, or a wildcard mask. */
static bool masked(struct csv_reader *r, struct str addr, struct str mask, struct csv_places *out)
{
    enum family family, of_mask;
    u128 a, m;
    set_id set;
    if (!addr_parse(addr, &family, &a) || !addr_parse(mask, &of_mask, &m) || family != of_mask ||
        family != FAMILY_V4)
        return false;
    if ((m >> 31) == 0 && m != 0)
        m = ~m & UINT32_MAX; /* its first bit is clear: it says what may differ */
    if (!set_of_mask(r->im->sets, &set, family, a, m))
        return false;
    out->v[family] = set_or(r->im->sets, out->v[family], set);
    return true;
}

/* "app-10.10.5.0_24", "host_10.1.2.3": the address that a name carries, at its end. */
static bool carried_address(struct str name, enum family *family, struct ival *range)
{
    for (size_t i = 0; i < name.n; i++) {
        bool begins = char_is_digit(name.p[i]) &&
                      (i == 0 || !(char_is_digit(name.p[i - 1]) || name.p[i - 1] == '.'));
        if (!begins || i == 0)
            continue;
        size_t end = i;
        while (end < name.n && (char_is_digit(name.p[end]) || name.p[end] == '.'))
            end++;
        u128 addr;
        uint64_t len = 32;
        if (!addr_parse(str_sub(name, i, end - i), family, &addr))
            continue;
        struct str rest = str_from(name, end);
        bool cut = rest.n != 0 && (rest.p[0] == '_' || rest.p[0] == '/' || rest.p[0] == '-' ||
                                   char_lower(rest.p[0]) == 'm');
        if (rest.n != 0 && (!cut || !str_u64(str_from(rest, 1), 10, 32, &len)))
            return false;
        u128 host = len == 32 ? 0 : (((u128)1 << (32 - len)) - 1);
        *range = (struct ival){addr & ~host, addr | host};
        return true;
    }
    return false;
}

static bool one_address(struct csv_reader *r, struct str v, struct csv_places *out)
{
    enum family family;
    struct ival range;
    size_t slash = str_find(v, '/');
    if (range_parse(v, &family, &range, NULL)) {
        add_range(r, out, family, range);
        return true;
    }
    return slash != v.n && masked(r, str_sub(v, 0, slash), str_from(v, slash + 1), out);
}

static void addresses(struct csv_reader *r, struct str cell, struct span at, int depth,
                      struct csv_places *out)
{
    struct str value, next;
    while (csv_next_value(&cell, &value)) {
        value = without_blanks(r->im->arena, value);
        struct str ahead = cell;
        enum family family;
        struct ival range;
        if (is_any(r, value)) {
            for (int f = FAMILY_V4; f <= FAMILY_V6; f++)
                out->v[f] = set_range(r->im->sets, 0, addr_max((enum family)f));
            continue;
        }
        if (str_find(value, '/') == value.n && csv_next_value(&ahead, &next) &&
            (str_starts(next, STR("255.")) || str_starts(next, STR("0."))) &&
            masked(r, value, next, out)) {
            cell = ahead;
            continue;
        }
        if (one_address(r, value, out))
            continue;
        struct csv_object *o = find_object(r, r->objects.addresses, value, at);
        if (o != NULL && depth < NESTING_MAX) {
            o->open = true;
            addresses(r, o->value, o->at, depth + 1, out);
            o->open = false;
        } else if (o == NULL && carried_address(value, &family, &range)) {
            add_range(r, out, family, range);
            used_convention(r, value, range_format(r->im->arena, family, range));
        } else {
            *PUSH(r->im->arena, out->names) = value;
        }
    }
}

void csv_addresses(struct csv_reader *r, struct str cell, struct span at, struct csv_places *out)
{
    *out = (struct csv_places){{SET_EMPTY, SET_EMPTY}, {0}};
    if (is_any(r, cell))
        cell = STR("0.0.0.0/0;::/0");
    addresses(r, cell, at, 0, out);
}

/* ---- services ------------------------------------------------------------------------------- */

static void add_service(struct csv_reader *r, struct csv_services *out, set_id proto, set_id sport,
                        set_id dport)
{
    struct cube c = cube_any(r->im->sets);
    c.f[FIELD_PROTO] = proto;
    c.f[FIELD_SPORT] = sport;
    c.f[FIELD_DPORT] = dport;
    *PUSH(r->im->arena, *out) = c;
}

static set_id both_protos(struct csv_reader *r)
{
    return set_or(r->im->sets, set_one(r->im->sets, PROTO_TCP), set_one(r->im->sets, PROTO_UDP));
}

/* "443", "16384-65535", "16384:65535", "80-80", "any" */
static bool port_range(struct csv_reader *r, struct str v, set_id *out)
{
    uint16_t lo, hi;
    v = without_blanks(r->im->arena, v);
    if (is_any(r, v)) {
        *out = set_full(r->im->sets, FIELD_DPORT);
        return true;
    }
    size_t cut = str_find(v, '-');
    if (cut == v.n)
        cut = str_find(v, ':');
    if (port_parse(v, &lo))
        hi = lo;
    else if (cut == v.n || !port_parse(str_sub(v, 0, cut), &lo) ||
             !port_parse(str_from(v, cut + 1), &hi) || lo > hi)
        return false;
    *out = set_range(r->im->sets, lo, hi);
    return true;
}

static bool port_cell(struct csv_reader *r, struct str cell, set_id *out)
{
    struct str value;
    set_id one, full = set_full(r->im->sets, FIELD_DPORT);
    bool none = cell.n == 0 || csv_is_word(r->preset, WORD_NONE, cell);
    *out = none || is_any(r, cell) ? full : SET_EMPTY;
    while (*out != full && csv_next_value(&cell, &value)) {
        if (!port_range(r, value, &one))
            return false;
        *out = set_or(r->im->sets, *out, one);
    }
    return true;
}

/* "tcp", "tcp/udp", "tcp,udp", "17" */
static bool proto_cell(struct csv_reader *r, struct str cell, set_id *out)
{
    struct str value, one;
    uint8_t proto;
    *out = SET_EMPTY;
    if (cell.n == 0 || is_any(r, cell) || str_eq_nocase(cell, STR("ip"))) {
        *out = set_full(r->im->sets, FIELD_PROTO);
        return true;
    }
    while (csv_next_value(&cell, &value))
        while (str_cut(&value, '/', &one)) {
            if (!proto_parse(one, &proto))
                return false;
            *out = set_or(r->im->sets, *out, set_one(r->im->sets, proto));
        }
    return true;
}

bool csv_ports(struct csv_reader *r, struct str proto, struct str sport, struct str dport,
               struct csv_services *out, struct str *bad)
{
    set_id full = set_full(r->im->sets, FIELD_DPORT), protos, from, to;
    if (!proto_cell(r, proto, &protos)) {
        *bad = proto;
        return false;
    }
    set_id icmp =
        set_or(r->im->sets, set_one(r->im->sets, PROTO_ICMP), set_one(r->im->sets, PROTO_ICMPV6));
    bool of_icmp = set_within(r->im->sets, protos, icmp);
    if (!port_cell(r, sport, &from) || !port_cell(r, dport, &to)) {
        *bad = dport;
        return false;
    }
    if (of_icmp) { /* where others have a port, ICMP has a type */
        from = to;
        to = full;
    }
    /* Ports without a protocol are those of TCP and UDP. */
    if ((from != full || to != full) && protos == set_full(r->im->sets, FIELD_PROTO))
        protos = both_protos(r);
    add_service(r, out, protos, from, to);
    return true;
}

/* PROTO and PORTS: "tcp" and "443", "icmp" and "8". */
static bool pair(struct csv_reader *r, struct csv_services *out, struct str proto, struct str ports)
{
    uint8_t number, other;
    struct str bad;
    if (!proto_parse(proto, &number) || char_is_digit(proto.p[0]) || ports.n == 0 ||
        (proto_parse(ports, &other) && !char_is_digit(ports.p[0])) ||
        !csv_ports(r, proto, STR(""), ports, out, &bad))
        return false;
    r->last_proto = set_one(r->im->sets, number);
    return true;
}

/* "tcp/443", "udp/16384-65535", "443/tcp", "tcp-443", "tcp:443", "TCP_443", "tcp443" */
static bool written_out(struct csv_reader *r, struct csv_services *out, struct str v)
{
    static const char cuts[] = {'/', ':', '_', '-'};
    for (size_t i = 0; i < sizeof cuts; i++) {
        size_t cut = str_find(v, cuts[i]);
        if (cut != v.n && (pair(r, out, str_sub(v, 0, cut), str_from(v, cut + 1)) ||
                           pair(r, out, str_from(v, cut + 1), str_sub(v, 0, cut))))
            return true;
    }
    set_id ports;
    struct str three = str_sub(v, 0, 3);
    uint8_t number;
    if (str_eq_nocase(three, STR("tcp")) || str_eq_nocase(three, STR("udp")))
        if (v.n > 3 && char_is_digit(v.p[3]) && pair(r, out, three, str_from(v, 3)))
            return true;
    if (v.n != 0 && char_is_digit(v.p[0]) && port_range(r, v, &ports)) {
        add_service(r, out, r->last_proto != SET_EMPTY ? r->last_proto : both_protos(r),
                    set_full(r->im->sets, FIELD_SPORT), ports);
        return true;
    }
    if (proto_parse(v, &number) && !(v.n != 0 && char_is_digit(v.p[0]))) {
        add_service(r, out, set_one(r->im->sets, number), set_full(r->im->sets, FIELD_SPORT),
                    set_full(r->im->sets, FIELD_DPORT));
        return true;
    }
    return false;
}

/* "service-tcp-3389", "svc_udp_500": the value at the end of a name. */
static bool carried_service(struct csv_reader *r, struct csv_services *out, struct str name)
{
    for (size_t i = 1; i < name.n; i++) {
        struct str rest = str_from(name, i);
        bool word = str_eq_nocase(str_sub(rest, 0, 3), STR("tcp")) ||
                    str_eq_nocase(str_sub(rest, 0, 3), STR("udp"));
        if (word && (name.p[i - 1] == '-' || name.p[i - 1] == '_') && rest.n > 3 &&
            written_out(r, out, rest)) {
            used_convention(r, name, rest);
            return true;
        }
    }
    return false;
}

static const struct str *known_service(const struct csv_reader *r, struct str lower)
{
    const struct str *found = map_get(r->preset->services, lower);
    if (found == NULL && r->preset->generic != NULL)
        found = map_get(r->preset->generic->services, lower);
    return found;
}

static void services(struct csv_reader *r, struct str cell, struct span at, int depth,
                     struct csv_services *out)
{
    struct str value;
    r->last_proto = SET_EMPTY;
    while (csv_next_value(&cell, &value)) {
        struct str v = without_blanks(r->im->arena, value);
        struct csv_object *o = find_object(r, r->objects.services, v, at);
        const struct str *known = known_service(r, csv_lower(r->im->arena, v));
        if (o != NULL && depth < NESTING_MAX) {
            o->open = true;
            services(r, o->value, o->at, depth + 1, out);
            o->open = false;
        } else if (known != NULL && str_eq(*known, STR("?"))) {
            *PUSH(r->im->arena, out->conds) = value;
        } else if (is_any(r, v)) {
            add_service(r, out, set_full(r->im->sets, FIELD_PROTO),
                        set_full(r->im->sets, FIELD_SPORT), set_full(r->im->sets, FIELD_DPORT));
        } else if (known != NULL && depth < NESTING_MAX &&
                   !str_eq(*known, csv_lower(r->im->arena, v))) {
            services(r, *known, at, NESTING_MAX, out);
            used_convention(r, value, *known);
        } else if (!written_out(r, out, v) && !carried_service(r, out, v)) {
            *PUSH(r->im->arena, out->names) = value;
        }
    }
}

void csv_service_list(struct csv_reader *r, struct str cell, struct span at,
                      struct csv_services *out)
{
    services(r, is_any(r, cell) ? STR("any") : cell, at, 0, out);
}
