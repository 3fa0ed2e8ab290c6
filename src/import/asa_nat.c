/* NAT of 8.3 and later: twice NAT in sections 1 and 3, object NAT in section 2, in the order in
 * which the device looks them up. "Cisco ASA Series Firewall CLI Configuration Guide", Network
 * Address Translation. */
#include "import/asa_int.h"

#include <stdlib.h>

/* ---- records ----------------------------------------------------------------------------------
 */

bool asa_interface_pair(struct str s, struct str *real, struct str *mapped)
{
    if (s.n < 3 || s.p[0] != '(' || s.p[s.n - 1] != ')')
        return false;
    struct str rest = str_sub(s, 1, s.n - 2);
    str_cut(&rest, ',', real);
    *mapped = rest;
    return true;
}

void asa_on_nat(struct asa_reader *r, const struct asa_line *l)
{
    struct asa_config *c = r->cfg;
    struct asa_nat n = {.line = asa_keep(r, l), .word = 2, .section = 1};
    source_class(l->src, l->number, LINE_MODELLED);
    if (l->n < 3 || !asa_interface_pair(asa_word(l, 1), &n.real, &n.mapped) || n.mapped.n == 0) {
        if (!asa_is(l, 1, "source")) { /* nat (inside) 1 …: before 8.3 */
            c->old_nat = true;
            *PUSH(r->asa->scratch, c->old_nats) = n.line;
            return;
        }
        n.word = 1;
    }
    c->new_nat = true;
    struct asa_words w = {l, n.word};
    if (asa_take(&w, "after-auto"))
        n.section = 3;
    if (str_u64(asa_peek(&w, 0), 10, UINT32_MAX, &n.position))
        w.at++;
    n.word = w.at;
    *PUSH(r->asa->scratch, c->nats) = n;
}

static void old_line(struct asa_reader *r, const struct asa_line *l)
{
    source_class(l->src, l->number, LINE_MODELLED);
    r->cfg->old_nat = true;
    *PUSH(r->asa->scratch, r->cfg->old_nats) = asa_keep(r, l);
}

void asa_on_static(struct asa_reader *r, const struct asa_line *l)
{
    old_line(r, l);
}

void asa_on_global(struct asa_reader *r, const struct asa_line *l)
{
    old_line(r, l);
}

void asa_on_nat_control(struct asa_reader *r, const struct asa_line *l)
{
    r->cfg->old_nat = true;
    r->cfg->nat_control = asa_keep(r, l);
    source_class(l->src, l->number, LINE_MODELLED);
}

/* ---- one translation to rules ------------------------------------------------------------------
 */

/* The change of F from one of FROM to its counterpart in TO; none if they are the same. */
static void change(struct asa *x, struct rule *r, enum field f, set_id from, set_id to)
{
    size_t n_from, n_to;
    const struct ival *a = set_ivals(x->sets, from, &n_from), *b = set_ivals(x->sets, to, &n_to);
    if (from == to || n_to == 0 || n_from == 0)
        return;
    struct rewrite *w = NEW_N(x->a, struct rewrite, r->n_rewrites + 1);
    for (size_t i = 0; i < r->n_rewrites; i++)
        w[i] = r->rewrites[i];
    w[r->n_rewrites] = (struct rewrite){.field = f, .to = to};
    if (n_from == 1 && n_to == 1 && a[0].hi - a[0].lo == b[0].hi - b[0].lo && a[0].lo != a[0].hi)
        w[r->n_rewrites] = (struct rewrite){
            .field = f, .to = to, .shift = true, .base = a[0].lo, .value = b[0].lo};
    r->rewrites = w;
    r->n_rewrites++;
}

/* One direction of a translation: packets from IN to OUT whose address and port of one side change,
 * while the other side is as given. */
struct turn {
    set_id in, out;         /* SET_EMPTY: any */
    bool dst;               /* the destination's side changes, else the source's */
    set_id from, to, other; /* addresses; other: of the side that stays */
    set_id port_from, port_to, port_other;
};

static void turn_rule(struct asa *x, struct chain *chain, const struct asa_xlate *t,
                      enum family family, const struct turn *n)
{
    if (chain == NULL)
        return;
    struct cube c = cube_any(x->sets);
    c.f[FIELD_FAMILY] = set_one(x->sets, family);
    if (n->in != SET_EMPTY)
        c.f[FIELD_IN] = n->in;
    if (n->out != SET_EMPTY)
        c.f[FIELD_OUT] = n->out;
    c.f[FIELD_PROTO] = t->proto;
    c.f[n->dst ? FIELD_DST : FIELD_SRC] = n->from;
    c.f[n->dst ? FIELD_SRC : FIELD_DST] = n->other;
    c.f[n->dst ? FIELD_DPORT : FIELD_SPORT] = n->port_from;
    c.f[n->dst ? FIELD_SPORT : FIELD_DPORT] = n->port_other;
    if (cube_is_empty(&c))
        return;
    struct rule *r = chain_rule(x->policy, chain, asa_span(t->line), ACT_PERMIT);
    r->text = t->line->text;
    r->implicit = true;
    rule_match(x->policy, r, &c);
    if (t->unknown.kind.n != 0)
        rule_cond(
            x->policy, r,
            (struct cond){
                .kind = t->unknown.kind, .text = t->unknown.text, .at = r->at, .of_packet = true},
            true);
    change(x, r, n->dst ? FIELD_DST : FIELD_SRC, n->from, n->to);
    change(x, r, n->dst ? FIELD_DPORT : FIELD_SPORT, n->port_from, n->port_to);
}

/* All that a translation does. First object of `service`: real source and mapped destination
 * ports; second: mapped source and real destination ports. */
static void xlate_family(struct asa *x, const struct asa_xlate *t, enum family f,
                         struct chain *unnat, struct chain *nat)
{
    set_id rs = t->real_src.sets[f], ms = t->mapped_src.sets[f];
    set_id rd = t->real_dst.sets[f], md = t->mapped_dst.sets[f];
    set_id any = set_full(x->sets, FIELD_SPORT);
    bool back = !t->dynamic && !t->unidirectional;
    if (rs == SET_EMPTY || ms == SET_EMPTY || rd == SET_EMPTY || md == SET_EMPTY)
        return;
    if (t->has_dst)
        turn_rule(x, unnat, t, f,
                  &(struct turn){t->real_if, t->mapped_if, true, md, rd, rs, t->first.dport,
                                 t->second.dport, t->first.sport});
    if (back)
        turn_rule(x, unnat, t, f,
                  &(struct turn){t->mapped_if, t->real_if, true, ms, rs, rd, t->second.sport,
                                 t->first.sport, t->second.dport});
    turn_rule(x, nat, t, f,
              &(struct turn){t->real_if, t->mapped_if, false, rs, ms, rd, t->first.sport,
                             t->second.sport, t->has_dst ? t->second.dport : any});
    if (t->has_dst && back)
        turn_rule(x, nat, t, f,
                  &(struct turn){t->mapped_if, t->real_if, false, rd, md, rs, t->second.dport,
                                 t->first.dport, t->first.sport});
}

void asa_xlate_lower(struct asa *x, const struct asa_xlate *t, struct chain *unnat,
                     struct chain *nat)
{
    for (enum family f = FAMILY_V4; f <= FAMILY_V6; f++)
        xlate_family(x, t, f, unnat, nat);
    bool crossed = true;
    for (enum family f = FAMILY_V4; f <= FAMILY_V6; f++)
        if (t->real_src.sets[f] != SET_EMPTY && t->mapped_src.sets[f] != SET_EMPTY)
            crossed = false;
    if (crossed && nat != NULL)
        asa_lost(x, t->line,
                 "this translates between IPv4 and IPv6, or names nothing that is "
                 "known: it is not in the model");
}

struct asa_xlate asa_xlate_any(struct asa *x, const struct asa_line *l)
{
    struct asa_place any = asa_place_any(x, true, true);
    return (struct asa_xlate){.line = l,
                              .real_src = any,
                              .mapped_src = any,
                              .real_dst = any,
                              .mapped_dst = any,
                              .proto = set_full(x->sets, FIELD_PROTO),
                              .first = asa_service_any(x),
                              .second = asa_service_any(x)};
}

/* The address of interface NAME. Where it is not known it may be any, and *UNKNOWN says so. */
struct asa_place asa_interface_address(struct asa *x, const struct asa_config *c, struct str name,
                                       struct asa_unknown *unknown)
{
    set_id v4 = SET_EMPTY;
    const struct asa_interface *f = map_get(c->nameifs, name);
    for (size_t k = 0; f != NULL && k < f->nets.n; k++)
        if (f->nets.v[k].family == FAMILY_V4)
            v4 = set_or(x->sets, v4, set_one(x->sets, f->nets.v[k].addr));
    if (v4 != SET_EMPTY)
        return asa_place_set(FAMILY_V4, v4);
    if (unknown != NULL)
        *unknown = (struct asa_unknown){
            .kind = STR("interface address"),
            .text = arena_strf(x->a, "the address of interface %.*s", STR_ARG(name))};
    return asa_place_any(x, true, false);
}

/* ---- the lines ---------------------------------------------------------------------------------
 */

struct parse {
    struct asa *x;
    struct asa_config *c;
    struct asa_words w;
    const struct asa_nat *n;
    struct asa_xlate *t;
};

/* NAME is not in the export: whether the translation applies, and to what, is not known. */
static void undefined(struct parse *p, struct str name)
{
    const struct asa_line *l = p->w.line;
    p->t->unknown = (struct asa_unknown){.kind = STR("undefined object"), .text = name};
    policy_fact(p->x->policy, STR("undefined"), arena_strf(p->x->a, "object %.*s", STR_ARG(name)),
                asa_span(l), NULL);
    diag_add(p->x->im->diags, DIAG_INCOMPLETE, asa_span_word(l, p->w.at - 1),
             "%.*s is not defined in this export: what this translation changes is not known",
             STR_ARG(name));
}

static bool named(struct parse *p, struct str name, struct asa_place *out)
{
    if (name.n == 0)
        return false;
    for (int group = 0; group < 2; group++) {
        struct asa_entity *e = asa_entity_find(p->c, name, group, false);
        if (e == NULL)
            continue;
        asa_use(p->x, e);
        *out = *asa_entity_place(p->x, e);
        return out->sets[0] != SET_EMPTY || out->sets[1] != SET_EMPTY;
    }
    undefined(p, name);
    *out = asa_place_any(p->x, true, false);
    return true;
}

/* any | interface | OBJECT | [pat-pool] OBJECT … */
static bool operand(struct parse *p, struct str interface, struct asa_place *out)
{
    if (asa_take(&p->w, "any")) {
        *out = asa_place_any(p->x, true, true);
    } else if (asa_take(&p->w, "interface")) {
        asa_take(&p->w, "ipv6");
        /* a source that becomes some address matches all the same */
        *out = asa_interface_address(p->x, p->c, interface,
                                     p->t->dynamic && !p->t->has_dst ? NULL : &p->t->unknown);
    } else {
        asa_take(&p->w, "pat-pool");
        if (!named(p, asa_next(&p->w), out))
            return false;
    }
    return true;
}

static bool service(struct parse *p)
{
    for (int second = 0; second < 2; second++) {
        struct str name = asa_next(&p->w);
        struct asa_entity *e = asa_entity_find(p->c, name, false, true);
        const struct asa_services *s = e == NULL ? NULL : asa_entity_services(p->x, e);
        uint16_t port;
        struct asa_service *to = second ? &p->t->second : &p->t->first;
        if (s != NULL && s->n == 1) {
            *to = s->v[0];
            asa_use(p->x, e);
        } else if (asa_port(name, &port)) { /* port literals are objects of the device */
            *to = asa_service_any(p->x);
            to->dport = set_one(p->x->sets, port);
            to->proto = set_one(p->x->sets, PROTO_TCP);
        } else if (e == NULL && name.n != 0) {
            undefined(p, name);
        } else {
            return false;
        }
    }
    p->t->proto = p->t->first.proto;
    return true;
}

/* What stands behind the addresses. */
static bool options(struct parse *p)
{
    while (!asa_done(&p->w)) {
        struct str word = asa_next(&p->w);
        if (str_eq(word, STR("service"))) {
            if (!service(p))
                return false;
        } else if (str_eq(word, STR("unidirectional"))) {
            p->t->unidirectional = true;
        } else if (str_eq(word, STR("inactive"))) {
            p->t->inactive = true;
        } else if (str_eq(word, STR("interface"))) { /* fallback when the pool is used up */
            struct asa_place extra = asa_interface_address(p->x, p->c, p->n->mapped, NULL);
            p->t->mapped_src.sets[0] = set_or(p->x->sets, p->t->mapped_src.sets[0], extra.sets[0]);
        } else if (str_eq(word, STR("pat-pool"))) {
            struct asa_place extra;
            if (named(p, asa_next(&p->w), &extra))
                p->t->mapped_src.sets[0] =
                    set_or(p->x->sets, p->t->mapped_src.sets[0], extra.sets[0]);
        } else if (str_eq(word, STR("description"))) {
            return true;
        } else if (str_eq(word, STR("destination"))) {
            asa_take(&p->w, "static");
            p->t->has_dst = true;
            if (!operand(p, p->n->real, &p->t->mapped_dst) ||
                !operand(p, p->n->mapped, &p->t->real_dst))
                return false;
        }
    }
    return true;
}

/* source {static|dynamic} REAL MAPPED … */
static bool twice(struct parse *p)
{
    if (!asa_take(&p->w, "source"))
        return false;
    p->t->dynamic = asa_take(&p->w, "dynamic");
    if (!p->t->dynamic && !asa_take(&p->w, "static"))
        return false;
    return operand(p, p->n->real, &p->t->real_src) && operand(p, p->n->mapped, &p->t->mapped_src) &&
           options(p);
}

/* The mapped side of object NAT may be an address: the first of as many as the object has. */
static bool inline_mapped(struct parse *p)
{
    enum family family;
    u128 addr;
    if (!asa_addr(p->c, asa_peek(&p->w, 0), &family, &addr))
        return operand(p, p->n->mapped, &p->t->mapped_src);
    asa_next(&p->w);
    set_id real = p->t->real_src.sets[family];
    u128 size = real == SET_EMPTY || p->t->dynamic
                    ? 0
                    : set_max(p->x->sets, real) - set_min(p->x->sets, real);
    p->t->mapped_src = asa_place_set(family, set_range(p->x->sets, addr, addr + size));
    return true;
}

/* static|dynamic MAPPED … [service {tcp|udp} REAL-PORT MAPPED-PORT] */
static bool object_nat(struct parse *p)
{
    uint16_t real, mapped;
    uint8_t proto;
    p->t->real_src = *asa_entity_place(p->x, p->n->object);
    asa_use(p->x, p->n->object); /* its translation is in force */
    p->t->dynamic = asa_take(&p->w, "dynamic");
    if (!p->t->dynamic && !asa_take(&p->w, "static"))
        return false;
    if (!inline_mapped(p))
        return false;
    while (!asa_done(&p->w)) {
        if (!asa_take(&p->w, "service")) {
            struct asa_place extra;
            bool pool = asa_take(&p->w, "pat-pool") && named(p, asa_peek(&p->w, 0), &extra);
            if (asa_take(&p->w, "interface")) {
                extra = asa_interface_address(p->x, p->c, p->n->mapped, NULL);
                pool = true;
            } else {
                asa_next(&p->w);
            }
            if (pool)
                p->t->mapped_src.sets[0] =
                    set_or(p->x->sets, p->t->mapped_src.sets[0], extra.sets[0]);
            continue;
        }
        if (!asa_proto(asa_next(&p->w), &proto) || !asa_port(asa_next(&p->w), &real) ||
            !asa_port(asa_next(&p->w), &mapped))
            return false;
        p->t->proto = set_one(p->x->sets, proto);
        p->t->first.sport = set_one(p->x->sets, real);
        p->t->second.sport = set_one(p->x->sets, mapped);
    }
    return true;
}

/* ---- the order ---------------------------------------------------------------------------------
 */

/* An entry of the NAT table, for sorting. */
struct row {
    struct asa_nat *n;
    struct asa_xlate t;
    bool ok;
    u128 size, first;
    size_t place;
};

/* Sections in turn. In section 2: static before dynamic, few addresses before many, low ones
 * before high ones, then by name. */
static int by_order(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    if (x->n->section != y->n->section)
        return x->n->section < y->n->section ? -1 : 1;
    if (x->n->section == 2) {
        if (x->t.dynamic != y->t.dynamic)
            return x->t.dynamic ? 1 : -1;
        if (x->size != y->size)
            return x->size < y->size ? -1 : 1;
        if (x->first != y->first)
            return x->first < y->first ? -1 : 1;
        if (x->n->object != y->n->object)
            return str_cmp(x->n->object->name, y->n->object->name);
    }
    return (x->place > y->place) - (x->place < y->place);
}

static struct row read_row(struct asa *x, struct asa_config *c, size_t i)
{
    struct asa_nat *n = &c->nats.v[i];
    struct row row = {.n = n, .t = asa_xlate_any(x, n->line), .place = i};
    struct asa_words w = {n->line, n->word};
    if (n->object != NULL && asa_interface_pair(asa_peek(&w, 0), &n->real, &n->mapped))
        w.at++;
    struct parse p = {x, c, w, n, &row.t};
    row.ok = n->object != NULL ? object_nat(&p) : twice(&p);
    row.t.real_if = asa_class(c, n->real);
    row.t.mapped_if = asa_class(c, n->mapped);
    if (n->object != NULL) {
        set_id real = row.t.real_src.sets[FAMILY_V4] != SET_EMPTY ? row.t.real_src.sets[FAMILY_V4]
                                                                  : row.t.real_src.sets[FAMILY_V6];
        row.size = set_size(x->sets, real);
        row.first = real == SET_EMPTY ? 0 : set_min(x->sets, real);
    }
    return row;
}

/* "nat (a,b) 2 source …" is put in as the second of its section. */
static void place_rows(struct asa *x, struct row *rows, size_t n)
{
    size_t count[4] = {0};
    for (size_t i = 0; i < n; i++) {
        size_t before = count[rows[i].n->section]++;
        uint64_t want = rows[i].n->position;
        if (want == 0 || want > before)
            continue;
        if (!asa_may_move(x, i)) {
            asa_lost(x, rows[i].n->line,
                     "too many translations are put before others; this one is "
                     "taken to stand last");
            continue;
        }
        size_t seen = 0;
        for (size_t k = 0; k < i; k++)
            if (rows[k].n->section == rows[i].n->section && ++seen >= want)
                rows[k].place++;
        rows[i].place = want - 1;
    }
}

void asa_nat_lower(struct asa *x, struct asa_config *c, struct chain *unnat, struct chain *nat)
{
    if (c->rows == NULL) {
        c->rows = NEW_N(x->scratch, struct row, c->nats.n + 1);
        struct row *made = c->rows;
        size_t in_section[4] = {0};
        for (size_t i = 0; i < c->nats.n; i++) {
            made[i] = read_row(x, c, i);
            if (made[i].n->section != 2)
                made[i].place = in_section[made[i].n->section]++;
            if (!made[i].ok)
                asa_lost(x, made[i].n->line,
                         "this translation cannot be read, or names what is "
                         "not in this export: it is not in the model");
        }
        place_rows(x, made, c->nats.n);
        qsort(made, c->nats.n, sizeof *made, by_order);
        asa_old_nat_read(x, c);
    }
    const struct row *rows = c->rows;
    for (size_t i = 0; i < c->nats.n; i++)
        if (rows[i].ok && !rows[i].t.inactive)
            asa_xlate_lower(x, &rows[i].t, unnat, nat);
    asa_old_nat_lower(x, c, unnat, nat);
}
