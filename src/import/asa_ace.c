/* One entry of an access list, its names resolved: places, services, conditions. Grammar: "Cisco
 * ASA Series Command Reference", access-list extended, access-list standard. */
#include "import/asa_twin.h"

#include <inttypes.h>

/* ---- the entry --------------------------------------------------------------------------------
 */

struct parse {
    struct asa *x;
    struct asa_config *c;
    const struct asa_acl *acl;
    const struct asa_entry *e;
    struct asa_words w;
    struct asa_ace *ace;
    set_id protos; /* the entry's protocol word, where it is one */
};

static bool lost(struct parse *p, const char *what)
{
    if (!p->ace->bad)
        asa_refused(p->x, p->w.line, "access list %.*s: %s; what this entry does is not known",
                    STR_ARG(p->acl->name), what);
    p->ace->bad = true;
    return false;
}

static void undefined(struct parse *p, const char *kind, struct str name)
{
    const struct asa_line *l = p->w.line;
    policy_fact(p->x->policy, STR("undefined"), arena_strf(p->x->a, "%s %.*s", kind, STR_ARG(name)),
                asa_span(l), NULL);
    diag_add(p->x->im->diags, DIAG_INCOMPLETE, asa_span_word(l, p->w.at - 1),
             "%s %.*s is not defined in this export: what this entry of access list %.*s matches "
             "is not known",
             kind, STR_ARG(name), STR_ARG(p->acl->name));
}

static void condition(struct parse *p, const char *kind, struct str text)
{
    *PUSH(p->x->scratch, p->ace->conds) = (struct cond){
        .kind = str_of(kind), .text = text, .at = asa_span(p->w.line), .of_packet = true};
}

/* user DOMAIN\name, user-group, object-group-user, security-group: who, not what. */
static bool who(struct parse *p, const char *side)
{
    static const struct {
        const char *word, *kind;
        size_t words;
    } terms[] = {{"user", "user", 1},
                 {"user-group", "user", 1},
                 {"object-group-user", "user", 1},
                 {"security-group", "security-group", 2},
                 {"object-group-security", "security-group", 1}};
    if (!char_is_of(char_lower(asa_peek(&p->w, 0).p[0]), "uso"))
        return false; /* most often it is an address */
    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++) {
        size_t from = p->w.at;
        if (!asa_take(&p->w, terms[i].word))
            continue;
        struct asa_entity *e = NULL;
        for (size_t k = 0; k < terms[i].words; k++)
            asa_next(&p->w);
        if (i == 2 || i == 4)
            e = map_get(p->c->objects[i == 2 ? ASA_GROUP_USER : ASA_GROUP_SECURITY],
                        asa_word(p->w.line, p->w.at - 1));
        if (e != NULL)
            asa_use(p->x, e);
        struct str first = asa_word(p->w.line, from), last = asa_word(p->w.line, p->w.at - 1);
        struct str text = {first.p, (size_t)(last.p + last.n - first.p)};
        condition(p, terms[i].kind, arena_strf(p->x->a, "%s %.*s", side, STR_ARG(text)));
        return true;
    }
    return false;
}

/* The address of an interface, where it has a fixed one. */
static struct asa_place interface_place(struct parse *p, struct str name)
{
    set_id sets[2] = {SET_EMPTY, SET_EMPTY};
    for (size_t i = 0; i < p->c->interface_list.n; i++) {
        struct asa_interface *f = p->c->interface_list.v[i];
        for (size_t k = 0; k < f->nets.n && str_eq(f->name, name); k++)
            sets[f->nets.v[k].family] = set_or(p->x->sets, sets[f->nets.v[k].family],
                                               set_one(p->x->sets, f->nets.v[k].addr));
    }
    if (sets[0] == SET_EMPTY && sets[1] == SET_EMPTY)
        return asa_place_unknown(
            STR("interface address"),
            arena_strf(p->x->a, "the address of interface %.*s", STR_ARG(name)), -1);
    struct asa_place place = asa_place_set(FAMILY_V4, sets[0]);
    place.sets[FAMILY_V6] = sets[1];
    return place;
}

static bool place_of(struct parse *p, bool group, struct asa_place *place)
{
    size_t at = p->w.at;
    struct str name = asa_next(&p->w);
    struct asa_entity *e = asa_entity_find(p->c, name, group, false);
    if (e == NULL) {
        undefined(p, asa_kind_names[group ? ASA_GROUP_NETWORK : ASA_OBJECT_NETWORK], name);
        *place = asa_place_unknown(STR("undefined object"), name, -1);
        return true;
    }
    asa_use(p->x, e);
    *place = *asa_entity_place(p->x, e);
    p->ace->said[place == &p->ace->src ? ASA_SRC : ASA_DST] =
        (struct asa_said){group ? ASA_GROUP : ASA_OBJECT, (uint16_t)at};
    return true;
}

/* "(resolved-name)" and "(unresolved)", which a listing puts behind addresses. */
static void skip_notes(struct parse *p)
{
    while (!asa_done(&p->w) && asa_peek(&p->w, 0).p[0] == '(' &&
           !str_starts(asa_peek(&p->w, 0), STR("(hitcnt=")) &&
           !str_eq(asa_peek(&p->w, 0), STR("(inactive)")))
        asa_next(&p->w);
}

/* A mask with so many holes that it makes no set: a test of bits, decided packet by packet. */
static bool masked_place(struct parse *p, struct asa_place *place)
{
    enum family family, of_mask;
    u128 addr, mask;
    struct str text =
        arena_strf(p->x->a, "%.*s %.*s", STR_ARG(asa_peek(&p->w, 0)), STR_ARG(asa_peek(&p->w, 1)));
    if (!asa_addr(p->c, asa_next(&p->w), &family, &addr) || family != FAMILY_V4 ||
        !addr_parse(asa_next(&p->w), &of_mask, &mask) || of_mask != FAMILY_V4)
        return false;
    *place = asa_place_unknown(STR("address bits"), text, FAMILY_V4);
    place->unknown.mask = mask;
    place->unknown.want = addr & mask;
    return true;
}

static bool literal_place(struct parse *p, struct asa_place *place)
{
    struct asa_said *said = &p->ace->said[place == &p->ace->src ? ASA_SRC : ASA_DST];
    enum family family, other;
    u128 lo, hi;
    set_id set;
    size_t at = p->w.at;
    if (asa_take(&p->w, "fqdn")) {
        *place = asa_place_unknown(STR("fqdn"), asa_next(&p->w), -1);
    } else if (asa_take(&p->w, "host")) {
        if (!asa_addr(p->c, asa_next(&p->w), &family, &lo))
            return false;
        *place = asa_place_set(family, set_one(p->x->sets, lo));
        *said = (struct asa_said){ASA_HOST, (uint16_t)(at + 1)};
    } else if (asa_take(&p->w, "range")) {
        if (!asa_addr(p->c, asa_next(&p->w), &family, &lo) ||
            !asa_addr(p->c, asa_next(&p->w), &other, &hi) || family != other)
            return false;
        *place = asa_place_set(family, set_range(p->x->sets, lo, hi));
    } else if (asa_addr_mask(p->x, p->c, &p->w, &family, &set)) {
        *place = asa_place_set(family, set);
        if (p->w.at == at + 2)
            *said = (struct asa_said){ASA_NET, (uint16_t)at};
    } else {
        return masked_place(p, place);
    }
    return true;
}

/* Before 9.0, `any` is any address of the list's family; from 9.0 on, of both. */
static struct asa_place any_place(struct parse *p)
{
    if (p->e->v6)
        return asa_place_any(p->x, false, true);
    return asa_place_any(p->x, true, p->c->unified);
}

static bool place(struct parse *p, const char *side, struct asa_place *out)
{
    while (who(p, side))
        continue;
    bool ok = true;
    if (asa_take(&p->w, "any"))
        *out = any_place(p);
    else if (asa_take(&p->w, "any4"))
        *out = asa_place_any(p->x, true, false);
    else if (asa_take(&p->w, "any6"))
        *out = asa_place_any(p->x, false, true);
    else if (asa_take(&p->w, "interface"))
        *out = interface_place(p, asa_next(&p->w));
    else if (asa_take(&p->w, "object"))
        ok = place_of(p, false, out);
    else if (asa_take(&p->w, "object-group"))
        ok = place_of(p, true, out);
    else
        ok = literal_place(p, out);
    if (!ok)
        return lost(p, "an address is expected here that cannot be read");
    skip_notes(p);
    if (out->unknown.kind.n != 0)
        out->unknown.text = arena_strf(p->x->a, "%s %.*s", side, STR_ARG(out->unknown.text));
    return true;
}

/* ---- protocols and ports ----------------------------------------------------------------------
 */

static bool unknown_service(struct parse *p, const char *kind, struct str name)
{
    undefined(p, kind, name);
    p->ace->services.unknown = (struct asa_unknown){.kind = STR("undefined object"), .text = name};
    return true;
}

static bool service_of(struct parse *p, bool group)
{
    struct str name = asa_next(&p->w);
    struct asa_entity *e = asa_entity_find(p->c, name, group, true);
    struct asa_service s;
    if (e == NULL && !group && asa_built_in(p->x, name, &s)) {
        asa_services_add(p->x, &p->ace->services, s);
        return true;
    }
    if (e == NULL)
        return unknown_service(p, asa_kind_names[group ? ASA_GROUP_SERVICE : ASA_OBJECT_SERVICE],
                               name);
    asa_use(p->x, e);
    const struct asa_services *all = asa_entity_services(p->x, e);
    for (size_t i = 0; i < all->n; i++)
        *PUSH(p->x->scratch, p->ace->services) = all->v[i];
    p->ace->services.unknown = all->unknown;
    p->protos = SET_EMPTY; /* the group says it all */
    return true;
}

/* The protocol word: ip, tcp, 97, object S, object-group G. */
static bool protocol(struct parse *p)
{
    uint8_t proto;
    p->protos = SET_EMPTY;
    if (asa_take(&p->w, "object"))
        return service_of(p, false);
    if (asa_take(&p->w, "object-group"))
        return service_of(p, true);
    struct str word = asa_next(&p->w);
    if (str_eq_nocase(word, STR("ip")) || str_eq(word, STR("0")))
        p->protos = set_full(p->x->sets, FIELD_PROTO);
    else if (asa_is_tcp_udp(word))
        p->protos =
            set_or(p->x->sets, set_one(p->x->sets, PROTO_TCP), set_one(p->x->sets, PROTO_UDP));
    else if (asa_proto(word, &proto))
        p->protos = set_one(p->x->sets, proto);
    else
        return lost(p, "this protocol is not known");
    struct asa_service s = asa_service_any(p->x);
    s.proto = p->protos;
    *PUSH(p->x->scratch, p->ace->services) = s;
    return true;
}

/* The entry's services narrowed to PORTS on one side, which is what HOW says from WORD on. */
static void narrow(struct parse *p, bool source, set_id ports, enum asa_how how, size_t word)
{
    struct asa_said *said = &p->ace->said[source ? ASA_SPORT : ASA_DPORT];
    bool alone = p->ace->services.n == 1;
    for (size_t i = 0; i < p->ace->services.n; i++) {
        set_id *side = source ? &p->ace->services.v[i].sport : &p->ace->services.v[i].dport;
        alone = alone && *side == set_full(p->x->sets, FIELD_SPORT);
        *side = set_and(p->x->sets, *side, ports);
    }
    *said = alone ? (struct asa_said){how, (uint16_t)word} : (struct asa_said){0};
}

/* The services of group E where ports stand: its ports, of the entry's protocol. */
static void group_ports(struct parse *p, struct asa_entity *e, bool source)
{
    asa_use(p->x, e);
    const struct asa_services *all = asa_entity_services(p->x, e);
    struct asa_services old = p->ace->services, made = p->x->services;
    made.n = 0;
    made.unknown = all->unknown;
    for (size_t i = 0; i < old.n; i++)
        for (size_t k = 0; k < all->n; k++) {
            struct asa_service s = old.v[i], g = all->v[k];
            bool icmp = e->kind == ASA_GROUP_ICMP;
            s.proto = set_and(p->x->sets, s.proto, g.proto);
            s.sport = source ? set_and(p->x->sets, s.sport, g.dport)
                             : set_and(p->x->sets, s.sport, icmp ? g.sport : s.sport);
            if (!source)
                s.dport = set_and(p->x->sets, s.dport, g.dport);
            if (s.proto != SET_EMPTY)
                asa_services_add(p->x, &made, s);
        }
    p->ace->services = made;
    p->x->services = old;
}

/* An object or group at this place of the entry may be ports, or already the next address. */
static bool named_ports(struct parse *p, bool source)
{
    bool group = str_eq(asa_peek(&p->w, 0), STR("object-group"));
    if (!group && !str_eq(asa_peek(&p->w, 0), STR("object")))
        return true;
    struct str name = asa_peek(&p->w, 1);
    struct asa_entity *e = asa_entity_find(p->c, name, group, true);
    if (e == NULL && source)
        return true; /* the destination, defined or not */
    p->w.at += 2;
    if (e == NULL)
        return unknown_service(p, asa_kind_names[ASA_GROUP_SERVICE], name);
    group_ports(p, e, source);
    return true;
}

static bool ports(struct parse *p, bool source)
{
    set_id set;
    bool bad = false;
    size_t at = p->w.at;
    enum asa_how how = asa_port_op(p->x, &p->w, &set, &bad);
    if (how != ASA_OTHERWISE) {
        if (bad)
            return lost(p, "this port is not known");
        narrow(p, source, set, how, at + 1);
        return true;
    }
    return named_ports(p, source);
}

/* icmp … [type [code]], behind the destination. */
static bool icmp_type(struct parse *p)
{
    struct asa_service s = asa_service_any(p->x);
    bool icmp = p->protos == set_one(p->x->sets, PROTO_ICMP);
    bool icmp6 = p->protos == set_one(p->x->sets, PROTO_ICMPV6);
    if (p->e->v6 && icmp6)
        icmp = false;
    if ((icmp || icmp6) && asa_icmp_spec(p->x, &p->w, icmp6, &s)) {
        narrow(p, true, s.sport, ASA_OTHERWISE, 0);
        narrow(p, false, s.dport, ASA_OTHERWISE, 0);
    }
    return true;
}

/* ---- what stands behind ------------------------------------------------------------------------
 */

static void time_range(struct parse *p)
{
    struct str name = asa_next(&p->w);
    struct asa_range_time *t = map_get(p->c->times, name);
    if (t == NULL)
        undefined(p, "time-range", name);
    int active = t == NULL ? -1 : asa_time_active(t, p->x->im->at_time);
    if (active == 0)
        p->ace->inactive = true;
    else if (active < 0)
        condition(p, "time-range", name);
}

/* log [LEVEL] [interval N] | log disable | log default. Levels are RFC 5424's; of messages that are
 * not said otherwise: informational, every 300 s ("Cisco Secure Firewall ASA Series Command
 * Reference", access-list extended). `default` is what a line without `log` has. */
static void logging(struct parse *p)
{
    static const char *const levels[] = {
        "emergencies",   "alerts",        "critical",  "errors",  "warnings",
        "notifications", "informational", "debugging", "default", "disable"};
    enum { USUAL = 6, DEFAULT = 8, DISABLE = 9 };
    size_t level = USUAL;
    uint64_t n, seconds = 300;
    if (str_u64(asa_peek(&p->w, 0), 10, 7, &n)) {
        asa_next(&p->w);
        level = (size_t)n;
    }
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if (asa_take(&p->w, levels[i]))
            level = i;
    if (asa_take(&p->w, "interval") && !str_u64(asa_next(&p->w), 10, UINT32_MAX, &seconds))
        seconds = 0;
    p->ace->logs = level != DISABLE;
    if (level != DEFAULT)
        p->ace->treatment =
            policy_treatment(p->x->policy, level == USUAL && seconds == 300
                                               ? STR("log")
                                               : arena_strf(p->x->a, "log %s interval %" PRIu64,
                                                            levels[level], seconds));
}

/* log …, inactive, time-range, and the listing's own words. */
static bool options(struct parse *p)
{
    while (!asa_done(&p->w)) {
        struct str word = asa_next(&p->w);
        if (str_eq(word, STR("log"))) {
            logging(p);
        } else if (str_eq(word, STR("interval"))) {
            asa_next(&p->w);
        } else if (str_eq(word, STR("inactive"))) {
            p->ace->inactive = true;
        } else if (str_eq(word, STR("time-range"))) {
            time_range(p);
        } else if (word.p[0] != '(' && !str_starts(word, STR("0x"))) {
            p->w.at--;
            return lost(p, "this is not understood here");
        }
    }
    return true;
}

static bool extended(struct parse *p)
{
    if (!protocol(p) || !place(p, "source", &p->ace->src))
        return false;
    bool has_services = p->ace->services.n != 0;
    if (has_services && !ports(p, true))
        return false;
    if (!place(p, "destination", &p->ace->dst))
        return false;
    while (who(p, "destination"))
        continue;
    if (has_services && !ports(p, false))
        return false;
    return icmp_type(p) && options(p);
}

/* access-list NAME standard permit any | host A | A M: in filters it speaks of destinations. */
static bool standard(struct parse *p)
{
    *PUSH(p->x->scratch, p->ace->services) = asa_service_any(p->x);
    p->ace->src = asa_place_any(p->x, true, p->c->unified);
    return place(p, "destination", &p->ace->dst) && options(p);
}

bool asa_ace_asked_again(const struct asa_config *c, const struct asa_entry *e)
{
    return (e->more != NULL && e->more->children.n != 0) || c->old_nats.n != 0;
}

/* An ACE to be read. Most are asked for once: they have one room. */
static struct asa_ace *new_ace(struct asa *x, const struct asa_config *c, struct asa_entry *e)
{
    if (asa_ace_asked_again(c, e))
        return asa_entry_more(x, e)->ace = NEW(x->scratch, struct asa_ace);
    struct asa_ace old = x->ace;
    x->ace = (struct asa_ace){0};
    x->ace.services.v = old.services.v;
    x->ace.services.cap = old.services.cap;
    x->ace.conds.v = old.conds.v;
    x->ace.conds.cap = old.conds.cap;
    return &x->ace;
}

const struct asa_ace *asa_ace_parse(struct asa *x, struct asa_config *c, const struct asa_acl *acl,
                                    struct asa_entry *e)
{
    if (e->more != NULL && e->more->ace != NULL)
        return e->more->ace;
    struct asa_ace *ace = new_ace(x, c, e);
    size_t told = asa_told(x);
    ace->action = ACT_DENY;
    struct parse p = {
        .x = x, .c = c, .acl = acl, .e = e, .w = {asa_entry_line(x, e), e->word}, .ace = ace};
    if (asa_take(&p.w, "permit"))
        ace->action = ACT_PERMIT;
    else if (!asa_take(&p.w, "deny"))
        lost(&p, "an entry is expected that permits or denies");
    if (!ace->bad && !(e->standard ? standard(&p) : extended(&p)))
        ace->bad = true;
    asa_twin_learn(x, c, e, ace, told);
    return ace;
}

/* ---- cubes ------------------------------------------------------------------------------------
 */

void asa_ace_cubes(struct asa *x, const struct asa_ace *ace, struct region *out)
{
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < ace->services.n; i++) {
            const struct asa_service *s = &ace->services.v[i];
            struct cube c = cube_any(x->sets);
            c.f[FIELD_FAMILY] = set_one(x->sets, k);
            c.f[FIELD_SRC] = ace->src.sets[k];
            c.f[FIELD_DST] = ace->dst.sets[k];
            c.f[FIELD_PROTO] = s->proto;
            c.f[FIELD_SPORT] = s->sport;
            c.f[FIELD_DPORT] = s->dport;
            if (!cube_is_empty(&c))
                *PUSH(x->scratch, *out) = c;
        }
}
