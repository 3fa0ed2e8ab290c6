/* Fixes in the syntax of the device: lines to paste. */
#include "check/check_int.h"

#define MAX_LINES 40     /* beyond, the rest is only counted */
#define MANY 8           /* more destinations than this become one group */
#define MAX_BLOCKS 20000 /* of a group */

/* Where the rule that decides stands, so that a permit can be put in front of it. */
struct position {
    const struct chain *chain; /* may be NULL: nothing to stand in */
    uint32_t number;           /* before this rule; 0: at the end */
};

struct permit { /* one line: one value or block per field */
    enum family family;
    struct str src, dst;          /* empty: any */
    bool dst_group;               /* dst is the name of a group */
    struct ival src_net, dst_net; /* the same as numbers */
    u128 proto;
    struct ival sport, dport;
    struct str in, out; /* empty: any */
};

/* The blocks of a set: prefixes of addresses. */
typedef ARRAY(struct ival) blocks;

struct syntax {
    const char *name;
    const char *comment; /* what begins a comment */
    /* Defines a group of NETS with this NAME; how a permit calls it. */
    struct str (*group)(struct check *c, struct strs *to, struct str name, enum family family,
                        const blocks *nets);
    void (*permit)(struct check *c, struct strs *to, const struct position *at,
                   const struct permit *p);
    void (*remove)(struct check *c, struct strs *to, const struct rule *r);
};

static bool all_ports(struct ival v)
{
    return v.lo == 0 && v.hi == UINT16_MAX;
}

/* ---- iptables ------------------------------------------------------------------------------- */

static const char *ip6(enum family family)
{
    return family == FAMILY_V6 ? "6" : "";
}

static void table_option(struct out *o, struct str table)
{
    if (table.n != 0 && !str_eq(table, STR("filter")))
        out_fmt(o, " -t %.*s", STR_ARG(table));
}

static void option(struct out *o, const char *name, struct str value)
{
    if (value.n != 0)
        out_fmt(o, " %s %.*s", name, STR_ARG(value));
}

static void port_option(struct out *o, const char *name, struct ival v)
{
    if (all_ports(v))
        return;
    out_fmt(o, " --%s %u", name, (unsigned)v.lo);
    if (v.hi != v.lo)
        out_fmt(o, ":%u", (unsigned)v.hi);
}

static void iptables_permit(struct check *c, struct strs *to, const struct position *at,
                            const struct permit *p)
{
    struct out o = {.arena = c->arena};
    struct str name = at->chain == NULL ? STR("FORWARD") : at->chain->name;
    out_fmt(&o, "ip%stables", ip6(p->family));
    if (at->chain != NULL)
        table_option(&o, at->chain->table);
    if (at->number != 0)
        out_fmt(&o, " -I %.*s %u", STR_ARG(name), at->number);
    else
        out_fmt(&o, " -A %.*s", STR_ARG(name));
    option(&o, "-i", p->in);
    option(&o, "-o", p->out);
    option(&o, "-s", p->src);
    if (p->dst_group)
        out_fmt(&o, " -m set --match-set %.*s dst", STR_ARG(p->dst));
    else
        option(&o, "-d", p->dst);
    struct str proto = proto_format(c->arena, p->proto);
    out_fmt(&o, " -p %.*s", STR_ARG(proto));
    port_option(&o, "sport", p->sport);
    port_option(&o, "dport", p->dport);
    out_text(&o, " -j ACCEPT");
    *PUSH(c->arena, *to) = out_taken(&o);
}

static struct str iptables_group(struct check *c, struct strs *to, struct str name,
                                 enum family family, const blocks *nets)
{
    *PUSH(c->arena, *to) = arena_strf(c->arena, "ipset create %.*s hash:net family inet%s",
                                      STR_ARG(name), ip6(family));
    for (size_t i = 0; i < nets->n; i++) {
        struct str net = range_format(c->arena, family, nets->v[i]);
        *PUSH(c->arena, *to) =
            arena_strf(c->arena, "ipset add %.*s %.*s", STR_ARG(name), STR_ARG(net));
    }
    return name;
}

static void iptables_remove(struct check *c, struct strs *to, const struct rule *r)
{
    struct out o = {.arena = c->arena};
    bool v6 = str_eq(c->policy->format, STR("ip6tables"));
    out_fmt(&o, "ip%stables", v6 ? "6" : "");
    if (r->chain == NULL)
        return;
    table_option(&o, r->chain->table);
    out_fmt(&o, " -D %.*s %u", STR_ARG(r->chain->name), r->number);
    *PUSH(c->arena, *to) = out_taken(&o);
}

/* ---- asa ------------------------------------------------------------------------------------ */

static void asa_address(struct check *c, struct out *o, enum family family, struct str text,
                        struct ival net)
{
    if (text.n == 0) {
        out_text(o, family == FAMILY_V6 ? " any6" : " any4");
    } else if (net.lo == net.hi) {
        out_fmt(o, " host %.*s", STR_ARG(text));
    } else if (family == FAMILY_V6) {
        out_fmt(o, " %.*s", STR_ARG(text));
    } else {
        struct str addr = addr_format(c->arena, family, net.lo);
        struct str mask = addr_format(c->arena, family, addr_max(family) ^ (net.hi - net.lo));
        out_fmt(o, " %.*s %.*s", STR_ARG(addr), STR_ARG(mask));
    }
}

static void asa_ports(struct out *o, struct ival v)
{
    if (all_ports(v))
        return;
    if (v.lo == v.hi)
        out_fmt(o, " eq %u", (unsigned)v.lo);
    else
        out_fmt(o, " range %u %u", (unsigned)v.lo, (unsigned)v.hi);
}

static void asa_permit(struct check *c, struct strs *to, const struct position *at,
                       const struct permit *p)
{
    struct out o = {.arena = c->arena};
    bool listed = at->chain != NULL && at->chain->table.n == 0; /* the others are phases */
    struct str name = listed ? at->chain->name : STR("INSIDE_IN");
    out_fmt(&o, "access-list %.*s", STR_ARG(name));
    if (at->number != 0)
        out_fmt(&o, " line %u", at->number);
    struct str proto = proto_format(c->arena, p->proto);
    out_fmt(&o, " extended permit %.*s", STR_ARG(proto));
    asa_address(c, &o, p->family, p->src, p->src_net);
    asa_ports(&o, p->sport);
    if (p->dst_group)
        out_fmt(&o, " object-group %.*s", STR_ARG(p->dst));
    else
        asa_address(c, &o, p->family, p->dst, p->dst_net);
    asa_ports(&o, p->dport);
    *PUSH(c->arena, *to) = out_taken(&o);
}

static struct str asa_group(struct check *c, struct strs *to, struct str name, enum family family,
                            const blocks *nets)
{
    *PUSH(c->arena, *to) = arena_strf(c->arena, "object-group network %.*s", STR_ARG(name));
    for (size_t i = 0; i < nets->n; i++) {
        struct out o = {.arena = c->arena};
        struct str net = range_format(c->arena, family, nets->v[i]);
        out_text(&o, " network-object");
        asa_address(c, &o, family, net, nets->v[i]);
        *PUSH(c->arena, *to) = out_taken(&o);
    }
    return name;
}

static void asa_remove(struct check *c, struct strs *to, const struct rule *r)
{
    if (r->text.n != 0 && !r->implicit)
        *PUSH(c->arena, *to) = arena_strf(c->arena, "no %.*s", STR_ARG(r->text));
}

/* ---- csv ------------------------------------------------------------------------------------ */

static struct str csv_ports(struct check *c, const struct permit *p, struct ival v)
{
    struct str proto = proto_format(c->arena, p->proto);
    if (all_ports(v))
        return proto;
    if (v.lo == v.hi)
        return arena_strf(c->arena, "%.*s/%u", STR_ARG(proto), (unsigned)v.lo);
    return arena_strf(c->arena, "%.*s/%u-%u", STR_ARG(proto), (unsigned)v.lo, (unsigned)v.hi);
}

static struct str or_any(struct str text)
{
    return text.n == 0 ? STR("any") : text;
}

static void csv_permit(struct check *c, struct strs *to, const struct position *at,
                       const struct permit *p)
{
    struct str service = csv_ports(c, p, p->dport);
    (void)at;
    if (to->n == 0)
        *PUSH(c->arena, *to) =
            STR("source_zone,destination_zone,source,destination,service,action");
    *PUSH(c->arena, *to) =
        arena_strf(c->arena, "%.*s,%.*s,%.*s,%.*s,%.*s,permit", STR_ARG(or_any(p->in)),
                   STR_ARG(or_any(p->out)), STR_ARG(or_any(p->src)), STR_ARG(or_any(p->dst)),
                   STR_ARG(service));
}

/* A cell may list them. */
static struct str csv_group(struct check *c, struct strs *to, struct str name, enum family family,
                            const blocks *nets)
{
    struct strs list = {0};
    (void)to;
    (void)name;
    for (size_t i = 0; i < nets->n; i++)
        *PUSH(c->arena, list) = range_format(c->arena, family, nets->v[i]);
    return join(c->arena, &list, ";", list.n);
}

static void csv_remove(struct check *c, struct strs *to, const struct rule *r)
{
    *PUSH(c->arena, *to) = arena_strf(c->arena, "delete the row on line %u: %.*s", r->at.line,
                                      STR_ARG(str_safe(c->arena, r->text)));
}

static const struct syntax syntaxes[] = {
    {"iptables", "#", iptables_group, iptables_permit, iptables_remove},
    {"asa", "!", asa_group, asa_permit, asa_remove},
    {"csv", "#", csv_group, csv_permit, csv_remove},
};

static const struct syntax *syntax_of(struct str format)
{
    if (str_eq(format, STR("ip6tables")))
        format = STR("iptables");
    if (str_eq(format, STR("asa-acl")))
        format = STR("asa");
    for (size_t i = 0; i < sizeof syntaxes / sizeof *syntaxes; i++)
        if (str_eq(format, str_of(syntaxes[i].name)))
            return &syntaxes[i];
    return NULL;
}

/* ---- boxes to lines ------------------------------------------------------------------------- */

/* The list that packets like WANT had gone through when an implicit DENY of the same chain took
 * them, or NULL. */
static const struct chain *list_before(const struct policy *p, const struct rule *deny,
                                       const struct cube *want)
{
    const struct chain *found = NULL;
    for (size_t i = 0; i < deny->chain->n_rules && deny->chain->rules[i] != deny; i++) {
        const struct rule *r = deny->chain->rules[i];
        for (size_t k = 0; k < r->n_match && r->implicit && r->action == ACT_JUMP; k++)
            if (cube_overlaps(p->sets, &r->match[k], want))
                found = r->target;
    }
    return found;
}

static struct position position_of(const struct policy *p, const struct rule *deny,
                                   const struct cube *want)
{
    if (deny == NULL)
        return (struct position){NULL, 0};
    if (deny->chain != NULL && !deny->implicit)
        return (struct position){deny->chain, deny->number};
    if (deny->chain != NULL) {
        const struct chain *list = list_before(p, deny, want);
        return (struct position){list != NULL ? list : deny->chain, 0};
    }
    for (int k = 0; k < PATH_KINDS; k++)
        for (size_t i = 0; i < p->paths[k].n; i++)
            if (p->paths[k].v[i].otherwise == deny)
                return (struct position){p->paths[k].v[i].chain, 0};
    return (struct position){NULL, 0};
}

static void add_blocks(struct check *c, void *to, set_id set)
{
    blocks *out = to;
    size_t n;
    const struct ival *v = set_ivals(c->policy->sets, set, &n);
    for (size_t i = 0; i < n; i++)
        for (u128 lo = v[i].lo;;) {
            u128 size = 1;
            while (size != 0 && (lo & (size * 2 - 1)) == 0 && size * 2 - 1 <= v[i].hi - lo &&
                   size * 2 != 0)
                size *= 2;
            *PUSH(c->arena, *out) = (struct ival){lo, lo + (size - 1)};
            if (out->n > MAX_BLOCKS || lo + (size - 1) == v[i].hi)
                break;
            lo += size;
        }
}

/* Only what a permit names: addresses, protocol, ports, and an interface where there is one. */
static struct region for_fix(struct check *c, const struct fix *fix)
{
    struct sets *s = c->policy->sets;
    struct region plain = {0};
    for (size_t i = 0; i < fix->want->n; i++) {
        const struct cube *w = &fix->want->v[i];
        struct cube x = cube_any(s);
        x.f[FIELD_FAMILY] = w->f[FIELD_FAMILY];
        x.f[FIELD_PROTO] = w->f[FIELD_PROTO];
        x.f[FIELD_SPORT] = w->f[FIELD_SPORT];
        x.f[FIELD_DPORT] = w->f[FIELD_DPORT];
        x.f[FIELD_SRC] = fix->any_source ? x.f[FIELD_SRC] : w->f[FIELD_SRC];
        x.f[FIELD_DST] = fix->any_destination ? x.f[FIELD_DST] : w->f[FIELD_DST];
        *PUSH(c->arena, plain) = x;
    }
    return region_canonical(s, c->arena, &plain, NULL);
}

static struct str door_name(const struct check *c, const struct place *p)
{
    u128 class;
    if (!c->policy->zoned || p->self || p->doors.n != 1 ||
        !set_is_one(c->policy->sets, p->doors.v[0].iface, &class))
        return STR("");
    return class < c->policy->ifaces.n ? c->policy->ifaces.v[class] : STR("");
}

/* Lines to paste, as they come about. */
struct lines {
    struct strs text;
    struct str group;   /* what groups are called */
    size_t n, left_out; /* permits among the lines, and those that are too many */
};

static void box_lines(struct check *c, const struct syntax *syntax, const struct fix *fix,
                      const struct cube *box, struct lines *to)
{
    struct sets *s = c->policy->sets;
    struct position at = position_of(c->policy, fix->deny, &fix->want->v[0]);
    enum family family = set_has(s, box->f[FIELD_FAMILY], FAMILY_V4) ? FAMILY_V4 : FAMILY_V6;
    blocks src = {0}, dst = {0};
    struct ival none = {0, 0};
    struct str group = STR("");
    size_t n_proto, n_sport, n_dport;
    const struct ival *proto = set_ivals(s, box->f[FIELD_PROTO], &n_proto);
    const struct ival *sport = set_ivals(s, box->f[FIELD_SPORT], &n_sport);
    const struct ival *dport = set_ivals(s, box->f[FIELD_DPORT], &n_dport);
    if (fix->any_source)
        *PUSH(c->arena, src) = none;
    else
        add_blocks(c, &src, box->f[FIELD_SRC]);
    if (fix->any_destination)
        *PUSH(c->arena, dst) = none;
    else
        add_blocks(c, &dst, box->f[FIELD_DST]);
    if (dst.n > MANY && to->n <= MAX_LINES) {
        struct str name =
            to->n == 0 ? to->group : arena_strf(c->arena, "%.*s-%zu", STR_ARG(to->group), to->n);
        group = syntax->group(c, &to->text, name, family, &dst);
        dst.n = 1;
    }
    size_t lines = src.n * dst.n * n_proto * n_sport * n_dport;
    for (size_t i = 0; i < lines; i++) {
        if (to->n == MAX_LINES) {
            to->left_out += lines - i;
            break;
        }
        size_t k = i;
        struct permit p = {.family = family, .dst_group = group.n != 0};
        p.dport = dport[k % n_dport];
        k /= n_dport;
        p.sport = sport[k % n_sport];
        k /= n_sport;
        p.proto = proto[k % n_proto].lo;
        k /= n_proto;
        p.dst_net = dst.v[k % dst.n];
        p.src_net = src.v[k / dst.n];
        if (!fix->any_source)
            p.src = range_format(c->arena, family, p.src_net);
        if (p.dst_group)
            p.dst = group;
        else if (!fix->any_destination)
            p.dst = range_format(c->arena, family, p.dst_net);
        p.in = door_name(c, &fix->way->from);
        p.out = door_name(c, &fix->way->to);
        struct position here = at;
        if (here.number != 0)
            here.number += (uint32_t)to->n;
        syntax->permit(c, &to->text, &here, &p);
        to->n++;
    }
}

static struct strs permit_lines(struct check *c, const struct syntax *syntax, const struct fix *fix,
                                struct str group)
{
    struct lines lines = {.group = group};
    struct region boxes = for_fix(c, fix);
    for (size_t i = 0; i < boxes.n; i++)
        box_lines(c, syntax, fix, &boxes.v[i], &lines);
    if (lines.left_out != 0)
        *PUSH(c->arena, lines.text) =
            arena_strf(c->arena, "%s and %zu more of this kind", syntax->comment, lines.left_out);
    return lines.text;
}

/* ---- templates ------------------------------------------------------------------------------ */

static void add_lines(struct check *c, struct finding *f, const struct strs *lines)
{
    for (size_t i = 0; i < lines->n; i++)
        *PUSH(c->arena, f->fix) = lines->v[i];
}

static void fill_line(struct check *c, struct finding *f, const struct syntax *syntax,
                      const struct fix *fix, struct str line, const struct variables *v)
{
    struct strs lines = {0};
    if (str_eq(line, STR("{permit}"))) {
        if (fix->want != NULL && fix->want->n != 0)
            lines = permit_lines(c, syntax, fix, f->rule->id);
    } else if (str_eq(line, STR("{remove}"))) {
        if (fix->remove != NULL)
            syntax->remove(c, &lines, fix->remove);
    } else {
        *PUSH(c->arena, lines) = template_fill(c->arena, line, v);
    }
    add_lines(c, f, &lines);
}

void fix_add(struct check *c, struct finding *f, const struct fix *fix, const struct variables *v)
{
    const struct syntax *syntax = syntax_of(c->policy->format);
    for (size_t i = 0; syntax != NULL && i < f->rule->fixes.n; i++)
        if (str_eq(f->rule->fixes.v[i].syntax, str_of(syntax->name)))
            for (size_t k = 0; k < f->rule->fixes.v[i].lines.n; k++)
                fill_line(c, f, syntax, fix, f->rule->fixes.v[i].lines.v[k], v);
}
