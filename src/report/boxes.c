#include "report/report.h"

#include <string.h>

/* ---- cubes that differ only in what does not matter --------------------------------------------
 */

/* Protocols are told apart by what their port fields mean: ports, ICMP type and code, nothing. */
enum kind { KIND_PORTS, KIND_ICMP, KIND_OTHER, KINDS };

struct pieces {
    struct cube **v;
    size_t n, cap;
};

struct split {
    struct sets *s;
    struct arena *arena;
    set_id protocols[KINDS];
    set_id addresses[2]; /* all of a family */
    set_id octet;        /* 0-255 */
    set_id families;     /* that the policy speaks about */
};

static bool ports_matter(struct split *sp, const struct cube *c)
{
    return c->f[FIELD_SPORT] != set_full(sp->s, FIELD_SPORT) ||
           c->f[FIELD_DPORT] != set_full(sp->s, FIELD_DPORT);
}

/* Cubes that are equal but for FIELD become one. For protocols, not where the port fields of the
 * two mean different things; for families, not where the addresses tell them apart. */
static struct pieces merge(struct split *sp, const struct pieces *all, enum field field)
{
    struct pieces out = {0};
    struct map *seen = map_new(sp->arena);
    for (size_t i = 0; i < all->n; i++) {
        struct cube *c = all->v[i];
        struct cube *key = NEW(sp->arena, struct cube);
        *key = *c;
        key->f[field] = SET_EMPTY;
        if (field == FIELD_PROTO && ports_matter(sp, c))
            key->f[field] = set_within(sp->s, c->f[field], sp->protocols[KIND_ICMP]) ? 1 : 2;
        if (field == FIELD_FAMILY && (c->f[FIELD_SRC] != set_full(sp->s, FIELD_SRC) ||
                                      c->f[FIELD_DST] != set_full(sp->s, FIELD_DST)))
            key->f[field] = c->f[field];
        struct str name = {(const char *)key->f, sizeof key->f};
        struct cube *twin = map_get(seen, name);
        if (twin != NULL) {
            twin->f[field] = set_or(sp->s, twin->f[field], c->f[field]);
            continue;
        }
        map_put(seen, name, c);
        *PUSH(sp->arena, out) = c;
    }
    return out;
}

/* What does not matter becomes all of the field. */
static void widen(struct split *sp, struct cube *c, enum family family, enum kind kind)
{
    static const enum field addresses[] = {FIELD_SRC, FIELD_DST},
                            ports[] = {FIELD_SPORT, FIELD_DPORT};
    for (size_t i = 0; i < 2; i++) {
        set_id *set = &c->f[addresses[i]];
        *set = set_and(sp->s, *set, sp->addresses[family]);
        if (*set == sp->addresses[family])
            *set = set_full(sp->s, addresses[i]);
    }
    for (size_t i = 0; i < 2; i++) {
        set_id *set = &c->f[ports[i]];
        if (kind == KIND_ICMP)
            *set = set_and(sp->s, *set, sp->octet);
        if (kind == KIND_OTHER || (kind == KIND_ICMP && *set == sp->octet))
            *set = set_full(sp->s, ports[i]);
    }
}

static void add_pieces(struct split *sp, struct pieces *out, const struct cube *c)
{
    for (enum family family = FAMILY_V4; family <= FAMILY_V6; family++)
        for (int kind = 0; kind < KINDS; kind++) {
            struct cube *piece = NEW(sp->arena, struct cube);
            *piece = *c;
            piece->when = LITS_NONE;
            piece->f[FIELD_FAMILY] =
                set_and(sp->s, c->f[FIELD_FAMILY], set_one(sp->s, (u128)family));
            piece->f[FIELD_PROTO] = set_and(sp->s, c->f[FIELD_PROTO], sp->protocols[kind]);
            widen(sp, piece, family, (enum kind)kind);
            if (!cube_is_empty(piece))
                *PUSH(sp->arena, *out) = piece;
        }
}

static struct split split_new(struct arena *a, const struct policy *p)
{
    struct sets *s = p->sets;
    struct split sp = {.s = s, .arena = a, .octet = set_range(s, 0, 255)};
    for (enum family f = FAMILY_V4; f <= FAMILY_V6; f++)
        sp.addresses[f] = set_range(s, 0, addr_max(f));
    struct ival v[KINDS][256];
    size_t n[KINDS] = {0};
    for (unsigned i = 0; i < 256; i++) {
        enum kind kind = proto_has_ports(i) ? KIND_PORTS
                         : proto_is_icmp(i) ? KIND_ICMP
                                            : KIND_OTHER;
        v[kind][n[kind]++] = (struct ival){i, i};
    }
    for (int kind = 0; kind < KINDS; kind++)
        sp.protocols[kind] = set_of(s, v[kind], n[kind]);
    for (size_t i = 0; i < p->universe.n; i++)
        sp.families = set_or(s, sp.families, p->universe.v[i].f[FIELD_FAMILY]);
    if (sp.families == SET_EMPTY)
        sp.families = set_full(s, FIELD_FAMILY);
    return sp;
}

struct boxes boxes_of(struct arena *a, const struct policy *p, const struct region *r)
{
    struct boxes out = {0};
    if (r->n == 0)
        return out;
    struct split sp = split_new(a, p);
    struct pieces all = {0};
    for (size_t i = 0; i < r->n; i++)
        add_pieces(&sp, &all, &r->v[i]);
    all = merge(&sp, &all, FIELD_PROTO);
    all = merge(&sp, &all, FIELD_FAMILY);
    for (size_t i = 0; i < all.n; i++) {
        struct cube *c = all.v[i];
        struct box *b = PUSH(a, out);
        enum family family = (enum family)set_min(p->sets, c->f[FIELD_FAMILY]);
        if (set_within(p->sets, sp.families, c->f[FIELD_FAMILY]))
            c->f[FIELD_FAMILY] = set_full(p->sets, FIELD_FAMILY);
        for (int f = 0; f < FIELD_COUNT; f++)
            b->f[f] = c->f[f] == set_full(p->sets, (enum field)f)
                          ? set_format(p->sets, a, (enum field)f, c->f[f], FAMILY_V6, NULL)
                          : set_format(p->sets, a, (enum field)f, c->f[f], family, &p->ifaces);
        b->icmp =
            ports_matter(&sp, c) && set_within(p->sets, c->f[FIELD_PROTO], sp.protocols[KIND_ICMP]);
    }
    return out;
}

/* ---- words --------------------------------------------------------------------------------------
 */

bool box_any(const struct box *b, enum field f)
{
    return b->f[f].n == 1 && str_eq(b->f[f].v[0], STR("any"));
}

static void add_list(struct out *o, const struct strs *list, size_t most)
{
    for (size_t i = 0; i < list->n; i++) {
        if (i == most && list->n > most + 1) {
            out_fmt(o, " and %zu more", list->n - i);
            return;
        }
        out_fmt(o, "%s%.*s", i == 0 ? "" : ", ", STR_ARG(str_safe(o->arena, list->v[i])));
    }
}

static void add_end(struct out *o, const struct box *b, const char *word, enum field address,
                    enum field port, size_t most)
{
    out_fmt(o, " %s ", word);
    add_list(o, &b->f[address], most);
    if (b->icmp || box_any(b, port))
        return;
    out_text(o, " port ");
    add_list(o, &b->f[port], most);
}

/* "ip but udp" where all but some are meant. */
#define PROTOCOLS 256
#define BUT_MAX 3

static bool note_protocols(struct str range, bool has[PROTOCOLS])
{
    struct str last = range, first;
    uint8_t lo, hi;
    uint64_t a, b;
    if (proto_parse(range, &lo)) { /* a name may hold a hyphen */
        has[lo] = true;
        return true;
    }
    str_cut(&last, '-', &first);
    if (!str_u64(first, 10, PROTOCOLS - 1, &a) || !str_u64(last, 10, PROTOCOLS - 1, &b))
        return false;
    for (lo = (uint8_t)a, hi = (uint8_t)b; lo <= hi; lo++) {
        has[lo] = true;
        if (lo == hi)
            break;
    }
    return true;
}

static void add_protocols(struct out *o, const struct strs *list, size_t most)
{
    bool has[PROTOCOLS] = {false};
    struct strs lack = {0};
    bool known = true;
    for (size_t i = 0; i < list->n && known; i++)
        known = note_protocols(list->v[i], has);
    for (unsigned i = 0; i < PROTOCOLS && lack.n <= BUT_MAX; i++)
        if (!has[i])
            *PUSH(o->arena, lack) = proto_format(o->arena, i);
    if (known && lack.n <= BUT_MAX) {
        out_text(o, "ip but ");
        list = &lack;
    }
    add_list(o, list, most);
}

struct str box_text(struct arena *a, const struct box *b, size_t most)
{
    struct out o = {.arena = a};
    if (box_any(b, FIELD_PROTO))
        out_text(&o, "ip");
    else
        add_protocols(&o, &b->f[FIELD_PROTO], most);
    for (int i = 0; i < 2 && b->icmp; i++) {
        enum field f = i == 0 ? FIELD_SPORT : FIELD_DPORT;
        if (box_any(b, f))
            continue;
        out_text(&o, i == 0 ? " type " : " code ");
        add_list(&o, &b->f[f], most);
    }
    bool families = box_any(b, FIELD_SRC) && box_any(b, FIELD_DST) && !box_any(b, FIELD_FAMILY);
    if (families) {
        out_char(&o, ' ');
        add_list(&o, &b->f[FIELD_FAMILY], most);
    }
    add_end(&o, b, "from", FIELD_SRC, FIELD_SPORT, most);
    add_end(&o, b, "to", FIELD_DST, FIELD_DPORT, most);
    bool in = !box_any(b, FIELD_IN), to = !box_any(b, FIELD_OUT);
    if (in) {
        out_text(&o, to ? "; " : "; in at ");
        add_list(&o, &b->f[FIELD_IN], most);
    }
    if (to) {
        out_text(&o, in ? " to " : "; out at ");
        add_list(&o, &b->f[FIELD_OUT], most);
    }
    for (int f = FIELD_STATE; f < FIELD_COUNT; f++) {
        if (box_any(b, (enum field)f))
            continue;
        out_text(&o, "; ");
        if (f != FIELD_STATE)
            out_fmt(&o, "%s ", field_keys[f]);
        add_list(&o, &b->f[f], most);
    }
    return out_taken(&o);
}

static void add_packet_end(struct out *o, const struct packet *k, enum field address,
                           enum field port)
{
    enum family family = (enum family)k->f[FIELD_FAMILY];
    struct str addr = addr_format(o->arena, family, k->f[address]);
    bool with_port = proto_has_ports(k->f[FIELD_PROTO]);
    if (!with_port)
        out_str(o, addr);
    else if (family == FAMILY_V6)
        out_fmt(o, "[%.*s]:%u", STR_ARG(addr), (unsigned)k->f[port]);
    else
        out_fmt(o, "%.*s:%u", STR_ARG(addr), (unsigned)k->f[port]);
}

struct str packet_text(struct arena *a, const struct policy *p, const struct packet *k)
{
    struct out o = {.arena = a};
    out_str(&o, proto_format(a, k->f[FIELD_PROTO]));
    if (proto_is_icmp(k->f[FIELD_PROTO]))
        out_fmt(&o, " type %u code %u", (unsigned)k->f[FIELD_SPORT], (unsigned)k->f[FIELD_DPORT]);
    out_char(&o, ' ');
    add_packet_end(&o, k, FIELD_SRC, FIELD_SPORT);
    out_text(&o, " to ");
    add_packet_end(&o, k, FIELD_DST, FIELD_DPORT);
    static const struct {
        enum field f;
        const char *word;
    } ends[] = {{FIELD_IN, "in at "}, {FIELD_OUT, "out at "}};
    for (size_t i = 0; i < 2; i++) {
        size_t class = (size_t)k->f[ends[i].f];
        if (class != 0 && class < p->ifaces.n)
            out_fmt(&o, "; %s%.*s", ends[i].word, STR_ARG(str_safe(a, p->ifaces.v[class])));
    }
    if (k->f[FIELD_STATE] < 5)
        out_fmt(&o, "; %s", state_names[k->f[FIELD_STATE]]);
    if (k->f[FIELD_MARK] != 0)
        out_fmt(&o, "; mark %u", (unsigned)k->f[FIELD_MARK]);
    if (k->f[FIELD_CTMARK] != 0)
        out_fmt(&o, "; ctmark %u", (unsigned)k->f[FIELD_CTMARK]);
    return out_taken(&o);
}
