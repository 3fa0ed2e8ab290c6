/* ipset: the sets of `ipset save`, and what `-m set` asks of them (ipset(8)). */
#include "import/ipt_int.h"

#include <stdlib.h>
#include <string.h>

#define DIMENSIONS_MAX 3

enum dimension { DIM_NONE, DIM_IP, DIM_PORT, DIM_IFACE, DIM_MAC, DIM_MARK, DIM_SET };

static const struct {
    const char *word;
    enum dimension dim;
} dimensions[] = {{"ip", DIM_IP},   {"net", DIM_IP},    {"port", DIM_PORT}, {"iface", DIM_IFACE},
                  {"mac", DIM_MAC}, {"mark", DIM_MARK}, {"set", DIM_SET}};

struct element {
    struct str text;
    struct span at;
    bool nomatch;
    u128 size; /* of the network: the smallest that holds an address decides */
};

struct ipt_set {
    struct str name, type;
    enum dimension dims[DIMENSIONS_MAX];
    size_t n_dims, object;
    unsigned netmask; /* bits, 0: whole addresses */
    bool six, any_port, dynamic;
    struct {
        struct element *v;
        size_t n, cap;
    } elements;
};

/* ---- ipset save ----------------------------------------------------------------------------- */

static struct ipt_set *find_set(const struct ipt *x, struct str name)
{
    return x->ipsets == NULL ? NULL : map_get(x->ipsets, name);
}

static bool read_type(struct ipt_set *set, struct str type)
{
    struct str method, one;
    set->type = type;
    if (!str_cut(&type, ':', &method))
        return false;
    set->any_port = str_eq(method, STR("bitmap"));
    while (str_cut(&type, ',', &one)) {
        size_t i = 0, n = sizeof dimensions / sizeof *dimensions;
        while (i < n && !str_eq(one, str_of(dimensions[i].word)))
            i++;
        if (i == n || set->n_dims == DIMENSIONS_MAX)
            return false;
        set->dims[set->n_dims++] = dimensions[i].dim;
    }
    set->any_port = set->any_port && set->dims[0] == DIM_PORT;
    return set->n_dims != 0;
}

/* "create NAME TYPE options…" */
static bool create_set(struct ipt *x, const struct ipt_words *w)
{
    struct ipt_set *set = NEW(x->im->arena, struct ipt_set);
    *set = (struct ipt_set){.name = w->v[1].text};
    if (x->ipsets == NULL)
        x->ipsets = map_new(x->im->arena);
    if (!read_type(set, w->v[2].text))
        return false;
    for (size_t i = 3; i + 1 < w->n; i++) {
        uint64_t bits;
        if (str_eq(w->v[i].text, STR("family")))
            set->six = str_eq(w->v[i + 1].text, STR("inet6"));
        else if (str_eq(w->v[i].text, STR("netmask")) && str_u64(w->v[i + 1].text, 10, 128, &bits))
            set->netmask = (unsigned)bits;
    }
    set->object = x->policy->objects.n;
    *PUSH(x->im->arena, x->policy->objects) =
        (struct object){.kind = STR("set"), .name = set->name, .at = w->v[1].at};
    map_put(x->ipsets, set->name, set);
    return true;
}

static bool add_element(struct ipt *x, const struct ipt_words *w)
{
    struct ipt_set *set = find_set(x, w->v[1].text);
    if (set == NULL)
        return false;
    struct element *e = PUSH(x->im->arena, set->elements);
    *e = (struct element){.text = w->v[2].text, .at = w->v[2].at};
    struct str rest = e->text, part;
    for (size_t d = 0; d < set->n_dims && str_cut(&rest, ',', &part); d++)
        if (set->dims[d] == DIM_IFACE)
            ifaces_add(x->im->arena, &x->policy->ifaces, part);
    for (size_t i = 3; i < w->n; i++)
        e->nomatch = e->nomatch || str_eq(w->v[i].text, STR("nomatch"));
    return true;
}

bool ipt_set_line(struct ipt *x, const struct ipt_words *w, bool *understood)
{
    bool create = w->n != 0 && str_eq(w->v[0].text, STR("create"));
    bool add = w->n != 0 && str_eq(w->v[0].text, STR("add"));
    if ((!create && !add) || w->n < 3)
        return false;
    *understood = create ? create_set(x, w) : add_element(x, w);
    return true;
}

void ipt_set_changes(struct ipt *x, struct str name)
{
    struct ipt_set *set = find_set(x, name);
    if (set != NULL)
        set->dynamic = true;
}

/* ---- elements as packets -------------------------------------------------------------------- */

static bool narrow_cube(struct lower *l, struct cube *c, enum field f, set_id set)
{
    c->f[f] = set_and(ipt_sets(l), c->f[f], set);
    return true;
}

static bool element_address(struct lower *l, const struct ipt_set *set, struct element *e,
                            struct str v, bool src, struct cube *c)
{
    enum family family;
    struct ival r;
    if (!range_parse(v, &family, &r, NULL))
        return false;
    if (set->netmask != 0) {
        u128 host = addr_max(family) >> set->netmask;
        if (family == FAMILY_V6 && set->netmask == 128)
            host = 0;
        r.lo &= ~host;
        r.hi |= host;
    }
    if (e->size == 0)
        e->size = r.hi - r.lo + 1;
    narrow_cube(l, c, FIELD_FAMILY, set_one(ipt_sets(l), family));
    return narrow_cube(l, c, src ? FIELD_SRC : FIELD_DST, set_range(ipt_sets(l), r.lo, r.hi));
}

/* "tcp:80", "udp:1000-2000", "icmp:8/0", "80" */
static bool element_port(struct lower *l, const struct ipt_set *set, struct str v, bool src,
                         struct cube *c)
{
    struct sets *s = ipt_sets(l);
    uint8_t proto = PROTO_TCP;
    size_t colon = str_find(v, ':');
    struct ival r;
    if (colon != v.n) {
        if (!proto_parse(str_sub(v, 0, colon), &proto))
            return false;
        v = str_from(v, colon + 1);
    }
    set_id protos = set_one(s, proto);
    if (set->any_port)
        protos = set_or(s, set_one(s, PROTO_TCP), set_one(s, PROTO_UDP));
    narrow_cube(l, c, FIELD_PROTO, protos);
    narrow_cube(l, c, FIELD_FRAG, set_range(s, FRAG_NONE, FRAG_FIRST));
    if (proto_is_icmp(proto)) {
        struct str type;
        uint64_t t, code;
        str_cut(&v, '/', &type);
        return str_u64(type, 10, 255, &t) && str_u64(v, 10, 255, &code) &&
               narrow_cube(l, c, FIELD_SPORT, set_one(s, t)) &&
               narrow_cube(l, c, FIELD_DPORT, set_one(s, code));
    }
    if (!proto_has_ports(proto))
        return str_eq(v, STR("0"));
    uint16_t port;
    if (port_parse(v, &port))
        r = (struct ival){port, port};
    else if (!ipt_number_range(v, '-', UINT16_MAX, &r))
        return false;
    return narrow_cube(l, c, src ? FIELD_SPORT : FIELD_DPORT, set_range(s, r.lo, r.hi));
}

static bool element_part(struct lower *l, const struct ipt_set *set, struct element *e, size_t d,
                         struct str v, bool src, struct cube *c)
{
    uint64_t mark;
    switch (set->dims[d]) {
    case DIM_IP:
        return element_address(l, set, e, v, src, c);
    case DIM_PORT:
        return element_port(l, set, v, src, c);
    case DIM_IFACE:
        return narrow_cube(l, c, src ? FIELD_IN : FIELD_OUT,
                           ifaces_match(ipt_sets(l), &l->x->policy->ifaces, v));
    case DIM_MARK:
        return str_u64(v, 0, UINT32_MAX, &mark) &&
               narrow_cube(l, c, FIELD_MARK, set_one(ipt_sets(l), mark));
    case DIM_MAC:
    case DIM_SET:
    case DIM_NONE:
        break;
    }
    return false;
}

/* The directions of "src,dst": one per dimension. */
struct directions {
    bool src[6];
    size_t n;
};

static bool element_cube(struct lower *l, const struct ipt_set *set, struct element *e,
                         const struct directions *d, struct cube *c)
{
    struct str rest = e->text, part;
    *c = cube_any(ipt_sets(l));
    for (size_t i = 0; i < set->n_dims; i++)
        if (i >= d->n || !str_cut(&rest, ',', &part) ||
            !element_part(l, set, e, i, part, d->src[i], c))
            return false;
    return rest.n == 0;
}

struct sized {
    struct cube cube;
    u128 size;
    bool nomatch;
};

/* Larger networks first, so that what comes later decides. */
static int by_size(const void *a, const void *b)
{
    const struct sized *x = a, *y = b;
    return x->size > y->size ? -1 : x->size < y->size;
}

/* The packets that SET holds; with HOLES those that its nomatch elements take out. */
static bool set_region(struct lower *l, struct ipt_set *set, const struct directions *d, bool holes,
                       struct region *out)
{
    struct arena *a = l->x->im->arena;
    struct sized *v = NEW_N(a, struct sized, set->elements.n + 1);
    bool cut = false;
    for (size_t i = 0; i < set->elements.n; i++) {
        struct element *e = &set->elements.v[i];
        if (!element_cube(l, set, e, d, &v[i].cube))
            return false;
        v[i].size = e->size;
        v[i].nomatch = e->nomatch;
        cut = cut || e->nomatch;
    }
    struct region all = {0};
    if (!cut) {
        for (size_t i = 0; i < set->elements.n && !holes; i++)
            *PUSH(a, all) = v[i].cube;
    } else {
        qsort(v, set->elements.n, sizeof *v, by_size);
        for (size_t i = 0; i < set->elements.n; i++) {
            struct region one = {&v[i].cube, 1, 1};
            if (v[i].nomatch == holes)
                region_add(ipt_sets(l), a, &all, &v[i].cube, NULL);
            else
                all = region_minus(ipt_sets(l), a, &all, &one, NULL);
        }
    }
    all = region_join(ipt_sets(l), a, &all);
    for (size_t i = 0; i < all.n; i++)
        *PUSH(a, *out) = all.v[i];
    return true;
}

/* A list:set is the union of its members. */
static bool members_region(struct lower *l, struct ipt_set *set, const struct directions *d,
                           bool holes, struct region *out)
{
    if (set->dynamic)
        return false;
    if (set->dims[0] != DIM_SET)
        return set_region(l, set, d, holes, out);
    for (size_t i = 0; i < set->elements.n; i++) {
        struct ipt_set *member = find_set(l->x, set->elements.v[i].text);
        if (member == NULL || member->dims[0] == DIM_SET || member->dynamic ||
            !set_region(l, member, d, holes, out))
            return false;
    }
    return true;
}

static void narrow_region(struct lower *l, const struct region *in)
{
    struct arena *a = l->x->im->arena;
    struct region now = {0};
    for (size_t i = 0; i < l->n; i++) {
        struct region rest = {&l->cubes[i], 1, 1};
        struct cube both;
        for (size_t k = 0; k < in->n && !l->negated; k++)
            if (cube_and(ipt_sets(l), &both, &l->cubes[i], &in->v[k]))
                *PUSH(a, now) = both;
        if (l->negated)
            rest = region_minus(ipt_sets(l), a, &rest, in, NULL);
        for (size_t k = 0; k < rest.n && l->negated; k++)
            *PUSH(a, now) = rest.v[k];
    }
    l->cubes = now.v;
    l->n = now.n;
    l->cap = now.cap;
}

/* --match-set NAME src,dst */
static bool opt_match_set(struct lower *l, struct str name)
{
    struct str flags = l->rule->words.v[l->at].text, one;
    struct directions d = {.n = 0};
    struct region in = {0};
    name = l->rule->words.v[l->at - 1].text;
    for (; str_cut(&flags, ',', &one) && d.n < 6; d.n++)
        d.src[d.n] = str_eq(one, STR("src"));
    struct ipt_set *set = find_set(l->x, name);
    const struct ipt_words *w = &l->rule->words;
    bool holes = l->at + 1 < w->n && str_eq(w->v[l->at + 1].text, STR("--return-nomatch"));
    if (set == NULL)
        ipt_refuse_word(l, "there is no such set; give the output of `ipset save`, too");
    else
        l->x->policy->objects.v[set->object].uses++;
    if (set != NULL && members_region(l, set, &d, holes, &in))
        narrow_region(l, &in);
    else
        ipt_condition(l, "set",
                      arena_strf(l->x->im->arena, "%.*s %.*s", STR_ARG(name),
                                 STR_ARG(l->rule->words.v[l->at].text)),
                      set == NULL || !set->dynamic);
    return true;
}

static bool opt_return_nomatch(struct lower *l, struct str v)
{
    (void)l;
    (void)v;
    return true;
}

const struct ipt_option ipt_options_set[] = {
    {"--match-set", "--set", 2, opt_match_set, "set"},
    {"--return-nomatch", NULL, 0, opt_return_nomatch, "set"},
    {NULL, NULL, 0, NULL, NULL},
};

/* ---- the format ----------------------------------------------------------------------------- */

static int sniff(struct str head)
{
    struct str line;
    while (str_cut(&head, '\n', &line)) {
        struct str word, type = {"", 0};
        if (!str_word(&line, &word) || !str_eq(word, STR("create")) || !str_word(&line, &word) ||
            !str_word(&line, &type))
            continue;
        return str_starts(type, STR("hash:")) || str_starts(type, STR("bitmap:")) ||
                       str_starts(type, STR("list:"))
                   ? 90
                   : 0;
    }
    return 0;
}

const struct format format_ipset = {"ipset", "ipset save", sniff, ipt_import_host};
