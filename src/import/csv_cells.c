/* What stands in a cell: words, addresses, services. */
#include "import/csv_int.h"

static const struct {
    const char *word;
    enum csv_word means;
} words[] = {
    {"any", WORD_ANY},        {"all", WORD_ANY},
    {"*", WORD_ANY},          {"", WORD_ANY},
    {"null", WORD_ANY},       {"any-ip", WORD_ANY},
    {"ip", WORD_ANY},         {"-", WORD_ANY},
    {"permit", WORD_PERMIT},  {"allow", WORD_PERMIT},
    {"accept", WORD_PERMIT},  {"pass", WORD_PERMIT},
    {"allowed", WORD_PERMIT}, {"permitted", WORD_PERMIT},
    {"deny", WORD_DENY},      {"drop", WORD_DENY},
    {"block", WORD_DENY},     {"reject", WORD_DENY},
    {"discard", WORD_DENY},   {"denied", WORD_DENY},
    {"blocked", WORD_DENY},   {"reset", WORD_DENY},
    {"yes", WORD_YES},        {"true", WORD_YES},
    {"1", WORD_YES},          {"y", WORD_YES},
    {"enabled", WORD_YES},    {"enable", WORD_YES},
    {"active", WORD_YES},     {"on", WORD_YES},
    {"no", WORD_NO},          {"false", WORD_NO},
    {"0", WORD_NO},           {"n", WORD_NO},
    {"disabled", WORD_NO},    {"disable", WORD_NO},
    {"inactive", WORD_NO},    {"off", WORD_NO},
};

enum csv_word csv_word(struct str cell)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_eq_nocase(cell, str_of(words[i].word)))
            return words[i].means;
    return WORD_NONE;
}

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

static struct str without_blanks(struct import *im, struct str s)
{
    struct out o = {.arena = im->arena};
    for (size_t i = 0; i < s.n; i++)
        if (!char_is_blank(s.p[i]))
            out_char(&o, s.p[i]);
    return o.n == s.n ? s : out_taken(&o);
}

/* ---- addresses ------------------------------------------------------------------------------ */

struct csv_places csv_addresses(struct import *im, struct str cell)
{
    struct csv_places out = {{SET_EMPTY, SET_EMPTY}, csv_word(cell) == WORD_ANY, {0}};
    struct str value;
    while (!out.any && csv_next_value(&cell, &value)) {
        enum family family;
        struct ival range;
        value = without_blanks(im, value);
        if (csv_word(value) == WORD_ANY)
            out.any = true;
        else if (range_parse(value, &family, &range, NULL))
            out.v[family] =
                set_or(im->sets, out.v[family], set_range(im->sets, range.lo, range.hi));
        else
            *PUSH(im->arena, out.names) = value;
    }
    for (int f = FAMILY_V4; f <= FAMILY_V6 && out.any; f++)
        out.v[f] = set_range(im->sets, 0, addr_max((enum family)f));
    return out;
}

/* ---- services ------------------------------------------------------------------------------- */

static void add_service(struct import *im, struct csv_services *out, set_id proto, set_id sport,
                        set_id dport)
{
    struct cube c = cube_any(im->sets);
    c.f[FIELD_PROTO] = proto;
    c.f[FIELD_SPORT] = sport;
    c.f[FIELD_DPORT] = dport;
    *PUSH(im->arena, *out) = c;
}

static bool port_range(struct import *im, struct str v, set_id *out)
{
    uint16_t lo, hi;
    v = without_blanks(im, v);
    if (csv_word(v) == WORD_ANY) {
        *out = set_full(im->sets, FIELD_DPORT);
        return true;
    }
    size_t cut = str_find(v, '-');
    if (cut == v.n)
        cut = str_find(v, ':');
    if (!port_parse(v, &lo)) {
        if (cut == v.n || !port_parse(str_sub(v, 0, cut), &lo) ||
            !port_parse(str_from(v, cut + 1), &hi) || lo > hi)
            return false;
    } else {
        hi = lo;
    }
    *out = set_range(im->sets, lo, hi);
    return true;
}

/* All ports of a cell; false if one of its values is none. */
static bool port_cell(struct import *im, struct str cell, set_id *out)
{
    struct str value;
    set_id one;
    *out = csv_word(cell) == WORD_ANY ? set_full(im->sets, FIELD_DPORT) : SET_EMPTY;
    while (*out != set_full(im->sets, FIELD_DPORT) && csv_next_value(&cell, &value)) {
        if (!port_range(im, value, &one))
            return false;
        *out = set_or(im->sets, *out, one);
    }
    return true;
}

static set_id tcp_and_udp(struct import *im)
{
    return set_or(im->sets, set_one(im->sets, PROTO_TCP), set_one(im->sets, PROTO_UDP));
}

/* "tcp", "tcp/udp", "17" into *OUT. */
static bool protocols(struct import *im, struct str cell, set_id *out)
{
    *out = SET_EMPTY;
    if (csv_word(cell) == WORD_ANY && !str_eq(cell, STR("0"))) {
        *out = set_full(im->sets, FIELD_PROTO);
        return true;
    }
    struct str value, one;
    uint8_t proto;
    while (csv_next_value(&cell, &value))
        while (str_cut(&value, '/', &one)) {
            if (!proto_parse(one, &proto))
                return false;
            *out = set_or(im->sets, *out, set_one(im->sets, proto));
        }
    return true;
}

/* "tcp/443", "udp/16384-65535", "tcp-443", "443/tcp", "icmp", "https" */
static bool one_service(struct import *im, struct csv_services *out, struct str v, set_id sport)
{
    set_id full = set_full(im->sets, FIELD_DPORT), ports;
    uint8_t proto;
    uint16_t port;
    size_t cut = str_find(v, '/');
    if (cut == v.n)
        cut = str_find(v, '-');
    if (cut != v.n && proto_parse(str_sub(v, 0, cut), &proto) &&
        port_range(im, str_from(v, cut + 1), &ports)) {
        add_service(im, out, set_one(im->sets, proto), sport, ports);
        return true;
    }
    cut = str_find(v, '/');
    if (cut != v.n && proto_parse(str_from(v, cut + 1), &proto) &&
        port_range(im, str_sub(v, 0, cut), &ports)) {
        add_service(im, out, set_one(im->sets, proto), sport, ports);
        return true;
    }
    if (port_range(im, v, &ports) || port_parse(v, &port)) {
        add_service(im, out, tcp_and_udp(im), sport, ports);
        return true;
    }
    if (proto_parse(v, &proto)) {
        add_service(im, out, set_one(im->sets, proto), sport, full);
        return true;
    }
    return false;
}

struct csv_services csv_services(struct import *im, struct str service, struct str proto,
                                 struct str sport, struct str dport)
{
    struct csv_services out = {0};
    set_id full = set_full(im->sets, FIELD_DPORT), from, to, protos;
    bool good = port_cell(im, sport, &from) && protocols(im, proto, &protos);
    if (!good || !port_cell(im, dport, &to)) {
        *PUSH(im->arena, out.names) = good ? dport : proto;
        add_service(im, &out, set_full(im->sets, FIELD_PROTO), full, full);
        return out;
    }
    if (csv_word(service) == WORD_ANY || service.n == 0) {
        /* Ports without a protocol: of those that have ports. */
        if ((to != full || from != full) && protos == set_full(im->sets, FIELD_PROTO))
            protos = tcp_and_udp(im);
        add_service(im, &out, protos, from, to);
        return out;
    }
    struct str value;
    while (csv_next_value(&service, &value)) {
        if (csv_word(value) == WORD_ANY)
            add_service(im, &out, protos, from, full);
        else if (!one_service(im, &out, without_blanks(im, value), from))
            *PUSH(im->arena, out.names) = value;
    }
    for (size_t i = 0; i < out.n; i++)
        out.v[i].f[FIELD_PROTO] = set_and(im->sets, out.v[i].f[FIELD_PROTO], protos);
    if (out.names.n != 0)
        add_service(im, &out, protos, from, to);
    return out;
}
