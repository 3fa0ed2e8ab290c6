/* Protocols, ports and services in a cell. */
#include "import/csv_int.h"

#include <stdlib.h>

set_id csv_protos_with_ports(struct csv *x)
{
    return set_or(x->im->sets, set_one(x->im->sets, PROTO_TCP), set_one(x->im->sets, PROTO_UDP));
}

static bool port_number(struct str s, uint16_t *port)
{
    uint64_t number;
    if (csv_number(s, UINT16_MAX, &number)) {
        *port = (uint16_t)number;
        return true;
    }
    return port_parse(s, port);
}

/* "80", "80-90", "80:90", ">1023", "https" */
static bool port_range(struct csv *x, struct str v, set_id *out)
{
    uint16_t lo, hi;
    if (csv_is(x->preset, WORD_ANY, v)) {
        *out = set_full(x->im->sets, FIELD_DPORT);
        return true;
    }
    if (port_number(v, &lo)) {
        *out = set_one(x->im->sets, lo);
        return true;
    }
    if (v.n > 1 && (v.p[0] == '>' || v.p[0] == '<') && port_number(str_trim(str_from(v, 1)), &lo)) {
        *out = v.p[0] == '>' ? set_range(x->im->sets, (u128)lo + 1, UINT16_MAX)
                             : set_range(x->im->sets, 0, (u128)lo - (lo != 0));
        return lo != 0 || v.p[0] == '>';
    }
    size_t cut = str_find(v, '-');
    if (cut == v.n)
        cut = str_find(v, ':');
    if (cut == v.n || !port_number(str_trim(str_sub(v, 0, cut)), &lo) ||
        !port_number(str_trim(str_from(v, cut + 1)), &hi) || lo > hi)
        return false;
    *out = set_range(x->im->sets, lo, hi);
    return true;
}

/* All ports of a cell, also parted by blanks; false if one of its values is none. */
bool csv_ports(struct csv *x, struct str cell, set_id *out)
{
    struct str value, word;
    struct csv_union all = {0};
    set_id one;
    *out = SET_EMPTY;
    if (csv_is(x->preset, WORD_ANY, cell)) {
        *out = set_full(x->im->sets, FIELD_DPORT);
        return true;
    }
    while (csv_next_value(x->preset, &cell, &value)) {
        if (port_range(x, value, &one)) {
            csv_unite(x, &all, one);
            continue;
        }
        while (str_word(&value, &word)) {
            if (!port_range(x, word, &one))
                return false;
            csv_unite(x, &all, one);
        }
    }
    *out = csv_united(x, &all);
    return *out != SET_EMPTY;
}

/* "tcp", "17", "ICMP", "(6)" */
static bool one_protocol(struct csv *x, struct str v, set_id *out)
{
    uint8_t proto;
    v = str_trim(v);
    if (v.n > 2 && v.p[0] == '(' && v.p[v.n - 1] == ')')
        v = str_sub(v, 1, v.n - 2);
    if (!proto_parse(v, &proto))
        return false;
    *out = set_one(x->im->sets, proto);
    return true;
}

static bool named_protocol(struct csv *x, struct str v, set_id *out)
{
    return v.n != 0 && !char_is_digit(v.p[0]) && one_protocol(x, v, out);
}

/* "tcp/udp", "tcp-udp", "tcp_udp", "tcp+udp": by name, as numbers would be ports */
static bool joined_protocols(struct csv *x, struct str v, set_id *out)
{
    set_id one;
    *out = SET_EMPTY;
    if (one_protocol(x, v, out))
        return true;
    for (size_t i = 0; i < v.n; i++) {
        char c = v.p[i];
        if (c != '/' && c != '-' && c != '_' && c != '+' && c != '&')
            continue;
        if (!named_protocol(x, str_sub(v, 0, i), &one))
            return false;
        *out = set_or(x->im->sets, *out, one);
        v = str_from(v, i + 1);
        i = (size_t)-1;
    }
    if (!named_protocol(x, v, &one))
        return false;
    *out = set_or(x->im->sets, *out, one);
    return true;
}

bool csv_protocols(struct csv *x, struct str cell, set_id *out)
{
    struct str value, word;
    set_id one;
    *out = SET_EMPTY;
    if (csv_is(x->preset, WORD_ANY, cell)) {
        *out = set_full(x->im->sets, FIELD_PROTO);
        return true;
    }
    while (csv_next_value(x->preset, &cell, &value))
        while (str_word(&value, &word)) {
            if (!joined_protocols(x, word, &one))
                return false;
            *out = set_or(x->im->sets, *out, one);
        }
    return *out != SET_EMPTY;
}

/* ---- one service ---------------------------------------------------------------------------- */

static bool is_icmp(struct csv *x, set_id proto)
{
    u128 value;
    return set_is_one(x->im->sets, proto, &value) && proto_is_icmp(value);
}

/* PORTS behind PROTO: ports, or type and code of ICMP ("8", "3/4"). */
static bool with_ports(struct csv *x, set_id proto, struct str ports, struct csv_service *out)
{
    *out = (struct csv_service){proto, set_full(x->im->sets, FIELD_SPORT),
                                set_full(x->im->sets, FIELD_DPORT)};
    if (!is_icmp(x, proto))
        return csv_ports(x, ports, &out->dport);
    uint64_t type, code;
    size_t cut = str_find(ports, '/');
    if (csv_is(x->preset, WORD_ANY, ports))
        return true;
    if (!str_u64(str_sub(ports, 0, cut), 10, 255, &type))
        return false;
    out->sport = set_one(x->im->sets, type);
    if (cut != ports.n && !str_u64(str_from(ports, cut + 1), 10, 255, &code))
        return false;
    if (cut != ports.n)
        out->dport = set_one(x->im->sets, code);
    return true;
}

/* "tcp/443", "udp:16384-65535", "tcp 80", "tcp-443", "443/tcp", "icmp/8" */
static bool proto_and_ports(struct csv *x, struct str v, struct csv_service *out)
{
    static const char cuts[] = {'/', ':', ' ', '_', '-'};
    set_id proto;
    for (size_t i = 0; i < sizeof cuts; i++) {
        size_t cut = str_find(v, cuts[i]);
        if (cut == v.n)
            continue;
        struct str head = str_trim(str_sub(v, 0, cut)), tail = str_trim(str_from(v, cut + 1));
        uint64_t number;
        bool counts = str_u64(head, 10, UINT16_MAX, &number); /* "6/80": who knows */
        if (!counts && joined_protocols(x, head, &proto) && with_ports(x, proto, tail, out))
            return true;
        if (!str_u64(tail, 10, UINT16_MAX, &number) && joined_protocols(x, tail, &proto) &&
            with_ports(x, proto, head, out))
            return true;
    }
    return false;
}

/* ---- a cell --------------------------------------------------------------------------------- */

struct cell {
    struct csv *x;
    struct csv_service_set *out;
    set_id must, sport;
    set_id last; /* protocol of the value before, for "tcp/80, 443" */
    struct span at;
    int depth;
    bool builtin; /* inside the value of a name that the product gives */
};

static void add(struct cell *c, struct csv_service s)
{
    struct sets *sets = c->x->im->sets;
    s.proto = set_and(sets, s.proto, c->must);
    s.sport = set_and(sets, s.sport, c->sport);
    if (s.proto != SET_EMPTY && s.sport != SET_EMPTY && s.dport != SET_EMPTY)
        *PUSH(c->x->values, *c->out) = s;
}

static void add_all(struct cell *c)
{
    struct sets *s = c->x->im->sets;
    add(c, (struct csv_service){set_full(s, FIELD_PROTO), set_full(s, FIELD_SPORT),
                                set_full(s, FIELD_DPORT)});
}

/* Ports without a protocol: of the row's, of the value's before, else TCP and UDP. */
static bool bare_ports(struct cell *c, struct str v)
{
    struct csv *x = c->x;
    struct sets *s = x->im->sets;
    struct csv_service one = {c->last, set_full(s, FIELD_SPORT), SET_EMPTY};
    if (!port_range(x, v, &one.dport))
        return false;
    if (one.proto == SET_EMPTY) {
        one.proto = c->must;
        if (c->must == set_full(s, FIELD_PROTO)) {
            one.proto = csv_protos_with_ports(x);
            csv_assume_once(x, STR("bare ports"),
                            "ports without a protocol are read as TCP and UDP");
        }
    }
    add(c, one);
    return true;
}

static bool is_ports(struct str v)
{
    bool digit = false;
    for (size_t i = 0; i < v.n; i++) {
        if (!char_is_digit(v.p[i]) && str_find(STR("-: <>"), v.p[i]) == 5)
            return false;
        digit = digit || char_is_digit(v.p[i]);
    }
    return digit;
}

static void add_value(struct cell *c, struct str v);

/* A name that the product, or a convention, says the value of. */
static bool named_value(struct cell *c, struct str v)
{
    struct csv *x = c->x;
    const struct csv_preset *p = x->preset;
    struct arena *a = x->values;
    for (size_t i = 0; i < p->services.n && !c->builtin; i++) {
        if (!str_eq_nocase(v, p->services.v[i].name))
            continue;
        struct out said = {.arena = a};
        c->builtin = true;
        for (size_t k = 0; k < p->services.v[i].v.n; k++) {
            add_value(c, p->services.v[i].v.v[k]);
            out_fmt(&said, "%s%.*s", k == 0 ? "" : ", ", STR_ARG(p->services.v[i].v.v[k]));
        }
        c->builtin = false;
        csv_assume_once(x, v, "the service %.*s is read as %.*s", STR_ARG(v),
                        STR_ARG(out_taken(&said)));
        return true;
    }
    struct csv_service one;
    struct str carried = csv_by_convention(x, p->service_names.v, p->service_names.n, v);
    if (carried.n == 0 || !proto_and_ports(x, carried, &one))
        return false;
    add(c, one);
    csv_assume_once(x, v, "the service name %.*s is read as %.*s", STR_ARG(v), STR_ARG(carried));
    return true;
}

static bool add_object(struct cell *c, struct str v)
{
    struct csv *x = c->x;
    const struct csv_service_set *o = csv_service_object(x, x->services, v, c->at, c->depth);
    for (size_t i = 0; o != NULL && i < o->n; i++)
        add(c, o->v[i]);
    for (size_t i = 0; o != NULL && i < o->names.n; i++)
        *PUSH(x->values, c->out->names) = o->names.v[i];
    return o != NULL;
}

static bool known_value(struct cell *c, struct str v)
{
    struct csv *x = c->x;
    struct csv_service one = {SET_EMPTY, set_full(x->im->sets, FIELD_SPORT),
                              set_full(x->im->sets, FIELD_DPORT)};
    if (!c->builtin && add_object(c, v))
        return true;
    if (is_ports(v) && bare_ports(c, v))
        return true;
    if (csv_is(x->preset, WORD_ANY, v)) {
        add_all(c);
        return true;
    }
    if (proto_and_ports(x, v, &one)) {
        c->last = one.proto;
        add(c, one);
        return true;
    }
    if (named_value(c, v))
        return true;
    if (one_protocol(x, v, &one.proto) || joined_protocols(x, v, &one.proto)) {
        add(c, one);
        return true;
    }
    if (!bare_ports(c, v))
        return false;
    csv_assume_once(x, v, "the service %.*s is read as the port of that name", STR_ARG(v));
    return true;
}

static void add_value(struct cell *c, struct str v)
{
    if (known_value(c, v))
        return;
    struct csv_service_set before = *c->out;
    struct str rest = v, word;
    while (str_word(&rest, &word))
        if (word.n == v.n || !known_value(c, word)) {
            c->out->n = before.n;
            c->out->names.n = before.names.n;
            *PUSH(c->x->values, c->out->names) = csv_keep(c->x->im->arena, c->x->source, v);
            return;
        }
}

static int by_protocol(const void *a, const void *b)
{
    const struct csv_service *const *x = a, *const *y = b;
    if ((*x)->proto != (*y)->proto)
        return (*x)->proto < (*y)->proto ? -1 : 1;
    if ((*x)->sport != (*y)->sport)
        return (*x)->sport < (*y)->sport ? -1 : 1;
    return (*x > *y) - (*x < *y);
}

/* Ports of one protocol as one service, where the first of them stands. */
static void merge(struct csv *x, struct csv_service_set *v)
{
    struct csv_service **sorted = NEW_N(x->values, struct csv_service *, v->n);
    for (size_t i = 0; i < v->n; i++)
        sorted[i] = &v->v[i];
    qsort(sorted, v->n, sizeof *sorted, by_protocol);
    for (size_t i = 0, end; i < v->n; i = end) {
        struct csv_service *first = sorted[i];
        struct csv_union ports = {.one = first->dport};
        for (end = i + 1;
             end < v->n && sorted[end]->proto == first->proto && sorted[end]->sport == first->sport;
             end++) {
            csv_unite(x, &ports, sorted[end]->dport);
            sorted[end]->dport = SET_EMPTY;
        }
        first->dport = csv_united(x, &ports);
    }
    size_t n = 0;
    for (size_t i = 0; i < v->n; i++)
        if (v->v[i].dport != SET_EMPTY)
            v->v[n++] = v->v[i];
    v->n = n;
}

bool csv_plain_service(struct csv *x, struct str cell, struct csv_service *out)
{
    static const uint32_t words =
        CSV_BIT(WORD_ANY) | CSV_BIT(WORD_BLANK) | CSV_BIT(WORD_APP_DEFAULT);
    struct sets *s = x->im->sets;
    struct str head = str_sub(cell, 0, 4);
    uint64_t port;
    bool tcp = str_eq_nocase(head, STR("tcp/"));
    if (x->im->in_full || !x->preset->plain || cell.n > 9 ||
        (!tcp && !str_eq_nocase(head, STR("udp/"))) ||
        !str_u64(str_from(cell, 4), 10, UINT16_MAX, &port) ||
        csv_may_begin(x->preset, words, cell.p[0]) || csv_may_begin(x->preset, words, cell.p[4]) ||
        map_get(x->services, cell) != NULL)
        return false;
    *out = (struct csv_service){set_one(s, tcp ? PROTO_TCP : PROTO_UDP), set_full(s, FIELD_SPORT),
                                set_one(s, port)};
    return true;
}

struct csv_service_set csv_services(struct csv *x, struct str cell, set_id must, set_id sport,
                                    struct span at, int depth)
{
    struct csv_service_set out = {0};
    struct cell c = {x, &out, must, sport, SET_EMPTY, at, depth, false};
    struct str value;
    struct csv_service one;
    if (csv_plain_service(x, cell, &one)) {
        add(&c, one);
        return out;
    }
    if (csv_is(x->preset, WORD_ANY, cell)) {
        add_all(&c);
        return out;
    }
    while (csv_next_value(x->preset, &cell, &value))
        add_value(&c, value);
    if (out.n > 1)
        merge(x, &out);
    csv_names_once(x, &out.names);
    return out;
}
