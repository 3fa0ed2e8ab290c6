/* Zones and roles, from the site file or inferred, as sets of a policy. */
#include "check/check_int.h"

/* ---- addresses ------------------------------------------------------------------------------ */

static struct addrs of_text(struct check *c, const char *const *text, size_t n)
{
    struct nets nets = {0};
    for (size_t i = 0; i < n; i++) {
        struct net net;
        if (range_parse(str_of(text[i]), &net.family, &net.range, NULL))
            *PUSH(c->arena, nets) = net;
    }
    return addrs_of(c, &nets);
}
#define OF_TEXT(c, table) of_text((c), (table), sizeof(table) / sizeof *(table))

struct addrs addrs_of(struct check *c, const struct nets *n)
{
    struct addrs x;
    for (int f = FAMILY_V4; f <= FAMILY_V6; f++) {
        struct ival *v = NEW_N(c->arena, struct ival, n->n + 1);
        size_t k = 0;
        for (size_t i = 0; i < n->n; i++)
            if ((int)n->v[i].family == f)
                v[k++] = n->v[i].range;
        x.v[f] = set_of(c->policy->sets, v, k);
    }
    return x;
}

struct addrs addrs_any(struct check *c)
{
    struct addrs x;
    for (int f = FAMILY_V4; f <= FAMILY_V6; f++)
        x.v[f] = set_range(c->policy->sets, 0, addr_max((enum family)f));
    return x;
}

struct addrs addrs_private(struct check *c)
{
    static const char *const nets[] = {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"};
    return OF_TEXT(c, nets);
}

struct addrs addrs_unicast(struct check *c)
{
    static const char *const other[] = {"0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3",
                                        "::/127",    "fe80::/10",   "ff00::/8"};
    return addrs_minus(c, addrs_any(c), OF_TEXT(c, other));
}

/* RFC 6890 and its registry: blocks that are not globally reachable. */
struct addrs addrs_internet(struct check *c)
{
    static const char *const other[] = {
        "0.0.0.0/8",     "10.0.0.0/8",      "100.64.0.0/10",  "127.0.0.0/8",    "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24",    "192.0.2.0/24",   "192.88.99.0/24", "192.168.0.0/16",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3"};
    static const char *const global6[] = {"2000::/3"};
    static const char *const other6[] = {"2001::/23", "2001:db8::/32"};
    struct addrs v4 = addrs_minus(c, addrs_any(c), OF_TEXT(c, other));
    struct addrs v6 = addrs_minus(c, OF_TEXT(c, global6), OF_TEXT(c, other6));
    return (struct addrs){{v4.v[FAMILY_V4], v6.v[FAMILY_V6]}};
}

struct addrs addrs_and(struct check *c, struct addrs x, struct addrs y)
{
    struct sets *s = c->policy->sets;
    return (struct addrs){{set_and(s, x.v[0], y.v[0]), set_and(s, x.v[1], y.v[1])}};
}

struct addrs addrs_or(struct check *c, struct addrs x, struct addrs y)
{
    struct sets *s = c->policy->sets;
    return (struct addrs){{set_or(s, x.v[0], y.v[0]), set_or(s, x.v[1], y.v[1])}};
}

struct addrs addrs_minus(struct check *c, struct addrs x, struct addrs y)
{
    struct sets *s = c->policy->sets;
    return (struct addrs){{set_minus(s, x.v[0], y.v[0]), set_minus(s, x.v[1], y.v[1])}};
}

bool addrs_none(struct addrs x)
{
    return x.v[0] == SET_EMPTY && x.v[1] == SET_EMPTY;
}

bool addrs_eq(struct addrs x, struct addrs y)
{
    return x.v[0] == y.v[0] && x.v[1] == y.v[1];
}

struct strs addrs_list(struct check *c, struct addrs x)
{
    struct strs all = {0};
    for (int f = FAMILY_V4; f <= FAMILY_V6; f++) {
        if (x.v[f] == SET_EMPTY)
            continue;
        struct strs part =
            set_format(c->policy->sets, c->arena, FIELD_SRC, x.v[f], (enum family)f, NULL);
        for (size_t i = 0; i < part.n; i++)
            *PUSH(c->arena, all) = part.v[i];
    }
    return all;
}

struct str addrs_text(struct check *c, struct addrs x, size_t limit)
{
    struct strs list = addrs_list(c, x);
    return join(c->arena, &list, ", ", limit);
}

/* ---- the site's words ----------------------------------------------------------------------- */

void assume(struct check *c, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    struct str what = arena_vstrf(c->arena, fmt, ap);
    va_end(ap);
    struct str line = arena_strf(c->arena, "%.*s: %.*s", STR_ARG(c->policy->device), STR_ARG(what));
    struct strs *all = &c->result->assumptions;
    for (size_t i = 0; i < all->n; i++)
        if (str_eq(all->v[i], line))
            return;
    *PUSH(c->arena, *all) = line;
}

size_t roles_nets(struct check *c, const struct strs *roles, struct addrs *out)
{
    size_t n = 0;
    *out = (struct addrs){{SET_EMPTY, SET_EMPTY}};
    for (size_t i = 0; i < roles->n; i++)
        for (size_t k = 0; k < c->site->roles.n; k++)
            if (str_eq(roles->v[i], c->site->roles.v[k].name)) {
                *out = addrs_or(c, *out, addrs_of(c, &c->site->roles.v[k].networks));
                n++;
            }
    return n;
}

static const struct zone *zone_in(const struct zones *zones, struct str name)
{
    for (size_t i = 0; i < zones->n; i++)
        if (str_eq(zones->v[i].name, name))
            return &zones->v[i];
    return NULL;
}

/* A device's own zone stands over the site's. */
static const struct zone *zone_told(const struct check *c, struct str name)
{
    const struct zone *z = c->device == NULL ? NULL : zone_in(&c->device->zones, name);
    return z != NULL ? z : zone_in(&c->site->zones, name);
}

/* ---- interfaces ----------------------------------------------------------------------------- */

static bool is_loopback(const struct check *c, struct str name)
{
    bool linux =
        str_eq(c->policy->format, STR("iptables")) || str_eq(c->policy->format, STR("ip6tables"));
    return linux && str_eq(name, STR("lo"));
}

static set_id loopback(const struct check *c)
{
    const struct ifaces *all = &c->policy->ifaces;
    for (size_t i = 1; i < all->n; i++)
        if (is_loopback(c, all->v[i]))
            return set_one(c->policy->sets, i);
    return SET_EMPTY;
}

static bool interface_is(struct str name, struct str wanted)
{
    if (wanted.n != 0 && wanted.p[wanted.n - 1] == '+')
        return str_starts(name, str_sub(wanted, 0, wanted.n - 1));
    return str_eq(name, wanted);
}

/* What the export says stands behind an interface; a default route says nothing. */
static struct addrs interface_addrs(struct check *c, const struct interface *i)
{
    struct nets nets = {0};
    for (size_t k = 0; k < i->n_nets; k++)
        if (i->nets[k].lo != 0 || i->nets[k].hi != addr_max(i->families[k]))
            *PUSH(c->arena, nets) = (struct net){i->families[k], i->nets[k]};
    return addrs_of(c, &nets);
}

/* Behind an interface stands what is not told to stand behind another one. */
static struct addrs behind(struct check *c, const struct interface *i, struct addrs nets)
{
    struct addrs own = interface_addrs(c, i), others = {{SET_EMPTY, SET_EMPTY}};
    for (size_t k = 0; k < c->policy->interfaces.n; k++)
        if (&c->policy->interfaces.v[k] != i)
            others = addrs_or(c, others, interface_addrs(c, &c->policy->interfaces.v[k]));
    return addrs_minus(c, nets, addrs_minus(c, others, own));
}

static void add_interface(struct check *c, struct place *p, const struct interface *i)
{
    set_id class = set_one(c->policy->sets, i->class);
    *PUSH(c->arena, p->doors) = (struct door){class, behind(c, i, p->nets)};
    p->known = addrs_or(c, p->known, interface_addrs(c, i));
}

/* The interfaces that the site file names: those the export has, or else their classes. */
static void add_told(struct check *c, struct place *p, const struct zone *z)
{
    const struct policy *policy = c->policy;
    for (size_t i = 0; i < policy->interfaces.n; i++)
        for (size_t k = 0; k < z->interfaces.n; k++)
            if (interface_is(policy->interfaces.v[i].name, z->interfaces.v[k])) {
                add_interface(c, p, &policy->interfaces.v[i]);
                break;
            }
    if (p->doors.n != 0)
        return;
    set_id all = SET_EMPTY;
    for (size_t k = 0; k < z->interfaces.n; k++)
        all = set_or(policy->sets, all,
                     ifaces_match(policy->sets, &policy->ifaces, z->interfaces.v[k]));
    if (all != SET_EMPTY)
        *PUSH(c->arena, p->doors) = (struct door){all, p->nets};
}

static void add_side(struct check *c, struct place *p, enum side side)
{
    for (size_t i = 0; i < c->policy->interfaces.n; i++) {
        const struct interface *x = &c->policy->interfaces.v[i];
        if (x->side != side || is_loopback(c, x->name))
            continue;
        add_interface(c, p, x);
        assume(c, "%.*s is %.*s: %.*s", STR_ARG(x->name), STR_ARG(p->name), STR_ARG(x->why));
    }
}

static bool has_side(const struct check *c, enum side side)
{
    for (size_t i = 0; i < c->policy->interfaces.n; i++)
        if (c->policy->interfaces.v[i].side == side &&
            !is_loopback(c, c->policy->interfaces.v[i].name))
            return true;
    return false;
}

static void add_rest(struct check *c, struct place *p, enum side not )
{
    for (size_t i = 0; i < c->policy->interfaces.n; i++) {
        const struct interface *x = &c->policy->interfaces.v[i];
        if (x->side == not || is_loopback(c, x->name))
            continue;
        add_interface(c, p, x);
        assume(c, "%.*s is %.*s: it is not %s", STR_ARG(x->name), STR_ARG(p->name),
               not == SIDE_INSIDE ? "inside" : "outside");
    }
}

/* ---- places --------------------------------------------------------------------------------- */

static size_t real_interfaces(const struct check *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->policy->interfaces.n; i++)
        n += !is_loopback(c, c->policy->interfaces.v[i].name);
    return n;
}

static struct addrs all_roles(struct check *c)
{
    struct addrs x = {{SET_EMPTY, SET_EMPTY}};
    for (size_t k = 0; k < c->site->roles.n; k++)
        x = addrs_or(c, x, addrs_of(c, &c->site->roles.v[k].networks));
    return x;
}

/* Every interface, told apart by addresses alone. */
static void by_addresses(struct check *c, struct place *p, bool inside)
{
    struct sets *s = c->policy->sets;
    if (!p->given) {
        const struct zone *other = zone_told(c, inside ? STR("outside") : STR("inside"));
        bool told = other != NULL && other->networks.n != 0;
        struct addrs within =
            told ? addrs_of(c, &other->networks) : addrs_or(c, addrs_private(c), all_roles(c));
        p->nets = inside && !told ? within : addrs_minus(c, addrs_any(c), within);
        if (!told)
            assume(c, "private addresses (RFC 1918, RFC 4193) are inside, all others outside: the "
                      "rules name no zones");
    }
    set_id all = set_minus(s, set_full(s, FIELD_IN), loopback(c));
    *PUSH(c->arena, p->doors) = (struct door){all, p->nets};
}

static void infer(struct check *c, struct place *p, bool inside)
{
    enum side side = inside ? SIDE_INSIDE : SIDE_OUTSIDE;
    enum side other = inside ? SIDE_OUTSIDE : SIDE_INSIDE;
    if (has_side(c, side))
        add_side(c, p, side);
    else if (has_side(c, other))
        add_rest(c, p, other);
    else if (!c->policy->zoned || real_interfaces(c) == 0)
        by_addresses(c, p, inside);
}

static void advise_zones(struct check *c, struct strs *advice)
{
    struct out names = {.arena = c->arena};
    for (size_t i = 0; i < c->policy->interfaces.n; i++) {
        struct str name = c->policy->interfaces.v[i].name;
        if (!is_loopback(c, name))
            out_fmt(&names, "%s%.*s", names.n == 0 ? "" : ", ", STR_ARG(name));
    }
    struct str all = out_taken(&names);
    advise(c, advice, STR("\"zones\": {\"inside\": {\"interfaces\": [\"…\"]},"));
    advise(c, advice, STR("          \"outside\": {\"interfaces\": [\"…\"]}}"));
    advise(c, advice,
           arena_strf(c->arena, "with the interfaces of this export: %.*s", STR_ARG(all)));
}

static bool place_find(struct check *c, struct str name, struct place *p, struct str *reason,
                       struct strs *advice)
{
    const struct zone *told = zone_told(c, name);
    bool inside = str_eq(name, STR("inside")), outside = str_eq(name, STR("outside"));
    *p = (struct place){.name = name, .nets = addrs_any(c)};
    if (told != NULL && told->networks.n != 0) {
        p->nets = addrs_of(c, &told->networks);
        p->given = true;
    }
    if (told != NULL && told->interfaces.n != 0 && c->policy->zoned)
        add_told(c, p, told);
    for (size_t i = 0; i < c->policy->interfaces.n && p->doors.n == 0; i++)
        if (!inside && !outside && str_eq(c->policy->interfaces.v[i].name, name))
            add_interface(c, p, &c->policy->interfaces.v[i]);
    if (p->doors.n == 0 && (inside || outside))
        infer(c, p, inside);
    if (p->doors.n == 0 && p->given)
        by_addresses(c, p, inside);
    if (p->doors.n != 0)
        return true;
    *reason = arena_strf(c->arena, "which interfaces are %.*s is not known", STR_ARG(name));
    advise_zones(c, advice);
    return false;
}

/* ---- ways ----------------------------------------------------------------------------------- */

static bool has_interface_of(const struct check *c, const struct zone *z)
{
    for (size_t i = 0; i < c->policy->interfaces.n; i++)
        for (size_t k = 0; z != NULL && k < z->interfaces.n; k++)
            if (interface_is(c->policy->interfaces.v[i].name, z->interfaces.v[k]))
                return true;
    return false;
}

/* A Linux machine whose export filters nothing that is forwarded, and that does not look like a
 * router, is a host: its own traffic is what counts. */
static bool is_host(const struct check *c)
{
    const struct policy *p = c->policy;
    if (!str_eq(p->format, STR("iptables")) && !str_eq(p->format, STR("ip6tables")))
        return false;
    for (size_t i = 0; i < p->chains.n; i++)
        if (str_eq(p->chains.v[i]->name, STR("FORWARD")) && p->chains.v[i]->n_rules != 0)
            return false;
    if (has_interface_of(c, zone_told(c, STR("inside"))))
        return false;
    return !has_side(c, SIDE_INSIDE) && p->paths[PATH_FROM_SELF].n != 0;
}

static void place_self(struct check *c, struct str name, struct place *p)
{
    *p = (struct place){.name = name, .nets = addrs_unicast(c), .self = true};
    struct sets *s = c->policy->sets;
    *PUSH(c->arena, p->doors) = (struct door){set_full(s, FIELD_IN), p->nets};
}

/* Around a host: all interfaces but the loopback one. */
static void place_around(struct check *c, struct str name, struct place *p)
{
    const struct zone *told = zone_told(c, name);
    *p = (struct place){.name = name};
    p->given = told != NULL && told->networks.n != 0;
    p->nets =
        p->given ? addrs_of(c, &told->networks) : addrs_minus(c, addrs_any(c), addrs_private(c));
    struct sets *s = c->policy->sets;
    set_id all = set_minus(s, set_full(s, FIELD_IN), loopback(c));
    if (told != NULL && told->interfaces.n != 0)
        add_told(c, p, told);
    if (p->doors.n == 0)
        *PUSH(c->arena, p->doors) = (struct door){all, p->nets};
}

bool way_find(struct check *c, struct str from, struct str to, struct way *way, struct str *reason,
              struct strs *advice)
{
    bool out = str_eq(from, STR("inside")) && str_eq(to, STR("outside"));
    bool in = str_eq(from, STR("outside")) && str_eq(to, STR("inside"));
    *way = (struct way){.path = PATH_THROUGH};
    if (str_eq(to, STR("device"))) {
        way->path = PATH_TO_SELF;
        place_self(c, to, &way->to);
        return place_find(c, from, &way->from, reason, advice);
    }
    if ((out || in) && is_host(c)) {
        way->path = out ? PATH_FROM_SELF : PATH_TO_SELF;
        place_self(c, STR("inside"), out ? &way->from : &way->to);
        place_around(c, STR("outside"), out ? &way->to : &way->from);
        assume(c, "the device is a host: it forwards nothing, so its own traffic is judged");
        return true;
    }
    if (!place_find(c, from, &way->from, reason, advice) ||
        !place_find(c, to, &way->to, reason, advice))
        return false;
    if (c->policy->paths[PATH_THROUGH].n != 0)
        return true;
    *reason = STR("the export does not say what is forwarded");
    return false;
}
