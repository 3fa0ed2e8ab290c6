/* Handlers that record what a configuration defines: names, objects, interfaces, lists. */
#include "import/asa_twin.h"

const char *const asa_kind_names[ASA_KINDS] = {
    "object network",       "object service",        "object-group network",
    "object-group service", "object-group protocol", "object-group icmp-type",
    "object-group user",    "object-group security",
};

struct asa_config *asa_config_new(struct asa *x, struct span at)
{
    struct asa_config *c = NEW(x->scratch, struct asa_config);
    *c = (struct asa_config){.at = at, .hostname = {"", 0}, .prefix = {"", 0}};
    c->names = map_new(x->scratch);
    for (size_t i = 0; i < ASA_KINDS; i++)
        c->objects[i] = map_new(x->scratch);
    c->acls = map_new(x->scratch);
    c->listings = map_new(x->scratch);
    c->times = map_new(x->scratch);
    c->service_policies = map_new(x->scratch);
    c->interfaces = map_new(x->scratch);
    *PUSH(x->scratch, x->configs) = c;
    return c;
}

static void modelled(const struct asa_line *l)
{
    source_class(l->src, l->number, LINE_MODELLED);
}

/* ---- the configuration itself ---------------------------------------------------------------- */

bool asa_config_begun(const struct asa_config *c)
{
    return c->version != 0 || c->hostname.n != 0 || c->interface_list.n != 0 ||
           c->acl_list.n != 0 || c->entities.n != 0;
}

static unsigned version_number(struct str s)
{
    uint64_t major = 0, minor = 0;
    struct str head;
    if (!str_cut(&s, '.', &head) || !str_u64(head, 10, 99, &major))
        return 0;
    size_t n = 0;
    while (n < s.n && char_is_digit(s.p[n]))
        n++;
    str_u64(str_sub(s, 0, n), 10, 99, &minor);
    return (unsigned)(major * 100 + minor);
}

static void new_config(struct asa_reader *r, struct span at)
{
    r->cfg = asa_config_new(r->asa, at);
    asa_twins_start(r);
}

/* "ASA Version 9.8(4)": a configuration begins. `show tech` may hold the same one twice, and one
 * file may hold those of several devices or contexts. */
void asa_on_version(struct asa_reader *r, const struct asa_line *l)
{
    source_class(l->src, l->number, LINE_MODELLED);
    if (r->cfg->version != 0 || (r->ended && asa_config_begun(r->cfg)))
        new_config(r, asa_span(l));
    struct asa_config *c = r->cfg;
    c->opened = r->saved;
    r->ended = r->saved = false;
    r->block = NULL;
    c->at = asa_span(l);
    struct str number = l->n > 2 ? asa_word(l, 2) : (struct str){"", 0};
    c->version = version_number(number);
    /* FWSM 4 has the NAT and the lists of ASA 8.0. */
    if (str_eq(asa_word(l, 0), STR("FWSM"))) {
        c->version = 800;
        c->needs_lists = true;
    }
    c->pix6 = str_eq(asa_word(l, 0), STR("PIX")) && c->version != 0 && c->version < 700;
    c->bare = false;
}

void asa_on_hostname(struct asa_reader *r, const struct asa_line *l)
{
    if (l->n > 1 && r->cfg->hostname.n == 0)
        r->cfg->hostname = asa_word(l, 1);
}

void asa_on_context(struct asa_reader *r, const struct asa_line *l)
{
    if (l->n > 1)
        policy_fact(r->asa->policy, STR("context"), asa_word(l, 1), asa_span(l), NULL);
}

void asa_name(struct asa_reader *r, struct str addr, struct str name)
{
    uint32_t quad;
    map_put(r->cfg->names, name, (void *)(uintptr_t)addr.p);
    r->cfg->named_quads = r->cfg->named_quads || asa_quad(name, &quad);
}

/* name 192.0.2.1 web */
void asa_on_name(struct asa_reader *r, const struct asa_line *l)
{
    if (l->n < 3) {
        asa_lost(r->asa, l, "a name needs an address and a word");
        return;
    }
    modelled(l);
    asa_name(r, asa_word(l, 1), asa_word(l, 2));
}

/* ---- objects and groups ---------------------------------------------------------------------- */

struct asa_entity *asa_entity_get(struct asa_reader *r, enum asa_kind kind, struct str name,
                                  struct span at)
{
    struct asa_config *c = r->cfg;
    void **place = map_place(c->objects[kind], name);
    struct asa_entity *e = *place;
    if (e == NULL) {
        *place = e = NEW(r->asa->scratch, struct asa_entity);
        *e = (struct asa_entity){.kind = (uint8_t)kind, .name = name, .at = at};
        *PUSH(r->asa->scratch, c->entities) = e;
    }
    return e;
}

static struct asa_entity *entity(struct asa_reader *r, enum asa_kind kind, struct str name,
                                 const struct asa_line *l)
{
    modelled(l);
    return r->open = asa_entity_get(r, kind, name, asa_span(l));
}

/* An object is one thing: a later line replaces. */
static void only_line(struct asa *x, struct asa_entity *e, struct asa_line *l)
{
    struct asa_lines *lines = &asa_details(x, e)->lines;
    if (lines->cap == 0) {
        lines->v = NEW(x->scratch, struct asa_line *);
        lines->cap = 1;
    }
    lines->v[0] = l;
    lines->n = 1;
}

void asa_on_object(struct asa_reader *r, const struct asa_line *l)
{
    r->cfg->new_nat = true;
    if (l->n < 3) {
        asa_lost(r->asa, l, "an object without a name");
        return;
    }
    bool network = asa_is(l, 1, "network");
    struct asa_entity *e =
        entity(r, network ? ASA_OBJECT_NETWORK : ASA_OBJECT_SERVICE, asa_word(l, 2), l);
    if (network)
        r->object = r->block;
    /* "object network X host 192.0.2.1" on one line, as `show run object in-line` prints it. */
    if (l->n > 3)
        *PUSH(r->asa->scratch, asa_details(r->asa, e)->lines) =
            asa_line_from(r->asa->scratch, l, 3);
}

static bool is_text(const struct asa_line *l)
{
    return asa_is(l, 0, "description") || asa_is(l, 0, "description:") || asa_is(l, 0, "exit") ||
           asa_is(l, 0, "quit");
}

void asa_on_object_line(struct asa_reader *r, const struct asa_line *l)
{
    struct asa_entity *e = r->open;
    if (is_text(l) || e == NULL) {
        if (e == NULL)
            asa_lost(r->asa, l, "this line belongs to an object that was not understood");
        return;
    }
    modelled(l);
    if (asa_is(l, 0, "no")) {
        if (!asa_is(l, 1, "description"))
            asa_undo_object(r, e, l);
        return;
    }
    if (asa_is(l, 0, "nat")) {
        struct asa_nat *n = PUSH(r->asa->scratch, r->cfg->nats);
        *n = (struct asa_nat){.line = asa_keep(r, l), .word = 1, .object = e, .section = 2};
        return;
    }
    only_line(r->asa, e, asa_keep(r, l));
}

void asa_on_group(struct asa_reader *r, const struct asa_line *l)
{
    static const struct {
        const char *word;
        enum asa_kind kind;
    } kinds[] = {
        {"network", ASA_GROUP_NETWORK},   {"service", ASA_GROUP_SERVICE},
        {"protocol", ASA_GROUP_PROTOCOL}, {"icmp-type", ASA_GROUP_ICMP},
        {"icmp-object", ASA_GROUP_ICMP},  {"user", ASA_GROUP_USER},
        {"security", ASA_GROUP_SECURITY},
    };
    size_t at = asa_is(l, 1, "group") ? 2 : 1;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (asa_is(l, at, kinds[i].word) && at + 1 < l->n) {
            struct asa_entity *e = entity(r, kinds[i].kind, asa_word(l, at + 1), l);
            if (kinds[i].kind == ASA_GROUP_SERVICE && at + 2 < l->n)
                asa_details(r->asa, e)->proto = asa_word(l, at + 2);
            return;
        }
    asa_lost(r->asa, l,
             "\"%.*s\" is not a kind of object-group that is known: its members are "
             "not in the model",
             STR_ARG(at < l->n ? asa_word(l, at) : asa_word(l, 0)));
}

void asa_on_group_line(struct asa_reader *r, const struct asa_line *l)
{
    struct asa_entity *e = r->open;
    if (is_text(l))
        return;
    if (e == NULL) {
        source_class(l->src, l->number, LINE_NOT_MODELLED);
        return;
    }
    modelled(l);
    if (asa_is(l, 0, "no"))
        asa_undo_member(r, e, l);
    else
        *PUSH(r->asa->scratch, asa_details(r->asa, e)->lines) = asa_keep(r, l);
}

/* ---- interfaces ------------------------------------------------------------------------------ */

static struct asa_interface *interface(struct asa_reader *r, struct str hardware, struct span at)
{
    struct asa_interface *i = map_get(r->cfg->interfaces, hardware);
    if (i == NULL) {
        i = NEW(r->asa->scratch, struct asa_interface);
        *i = (struct asa_interface){.hardware = hardware, .at = at, .level = -1};
        map_put(r->cfg->interfaces, hardware, i);
        *PUSH(r->asa->scratch, r->cfg->interface_list) = i;
    }
    return i;
}

void asa_on_interface(struct asa_reader *r, const struct asa_line *l)
{
    if (l->n < 2) {
        asa_lost(r->asa, l, "an interface without a name");
        return;
    }
    modelled(l);
    /* "interface Ethernet 0/1" is one name, written with a blank. */
    struct str name =
        l->n > 2 && char_is_digit(asa_word(l, 2).p[0]) ? asa_rest(l, 1) : asa_word(l, 1);
    r->open = interface(r, name, asa_span(l));
}

static void set_name(struct asa_interface *i, const struct asa_line *l, size_t word)
{
    i->name = asa_word(l, word);
    i->at = asa_span(l);
    if (i->level_at.line == 0)
        i->level_at = i->at;
}

static void set_level(struct asa_reader *r, struct asa_interface *i, const struct asa_line *l,
                      struct str s)
{
    uint64_t n;
    if (!str_u64(s, 10, 100, &n)) {
        asa_refused(r->asa, l, "\"%.*s\" is no security level", STR_ARG(s));
        return;
    }
    i->level = (int)n;
    i->has_level = true;
    i->level_at = asa_span(l);
}

static void add_net(struct asa_reader *r, struct asa_interface *i, const struct asa_line *l,
                    size_t word)
{
    enum family family = FAMILY_V4, other;
    u128 addr = 0, mask = 0;
    struct ival net = {0, 0};
    static const char *const learned[] = {"dhcp", "pppoe", "autoconfig"};
    for (size_t k = 0; k < sizeof learned / sizeof *learned; k++)
        if (asa_is(l, word, learned[k]))
            return; /* not known */
    bool v6 = word < l->n && str_find(asa_word(l, word), '/') < asa_word(l, word).n;
    bool good = word < l->n &&
                asa_addr(r->cfg, str_sub(asa_word(l, word), 0, str_find(asa_word(l, word), '/')),
                         &family, &addr);
    good = good &&
           (v6 ? range_parse(asa_word(l, word), &family, &net, NULL)
               : family == FAMILY_V6 ||
                     (word + 1 < l->n && asa_addr(r->cfg, asa_word(l, word + 1), &other, &mask)));
    if (!good) {
        asa_refused(r->asa, l, "this is no address of an interface");
        return;
    }
    if (!v6 && family == FAMILY_V6)
        return; /* a link-local address, or one whose prefix comes from elsewhere */
    if (!v6)
        net = (struct ival){addr & mask, (addr & mask) | (addr_max(FAMILY_V4) & ~mask)};
    *PUSH(r->asa->scratch, i->nets) = (struct asa_net){family, net, addr};
}

/* Lines of an interface that change nothing of what is filtered ("Cisco ASA Series Command
 * Reference", interface configuration mode); `no` before them as well. */
static bool is_interface_detail(const struct asa_line *l, size_t at)
{
    static const char *const words[] = {"active-reserved",
                                        "allow-ssc-mgmt",
                                        "authentication",
                                        "auto-negotiation",
                                        "backup",
                                        "bfd",
                                        "bridge-group",
                                        "channel-group",
                                        "cts",
                                        "ddns",
                                        "delay",
                                        "description",
                                        "dhcp",
                                        "dhcprelay",
                                        "duplex",
                                        "exit",
                                        "fec",
                                        "flowcontrol",
                                        "hardware",
                                        "hello-interval",
                                        "hold-time",
                                        "igmp",
                                        "isis",
                                        "lacp",
                                        "lldp",
                                        "mac-address",
                                        "management",
                                        "member-interface",
                                        "mfib",
                                        "mtu",
                                        "multicast",
                                        "negotiation",
                                        "nve-only",
                                        "ospf",
                                        "pim",
                                        "policy-route",
                                        "port-channel",
                                        "power",
                                        "ppp",
                                        "pppoe",
                                        "redundant",
                                        "rip",
                                        "security-group",
                                        "shutdown",
                                        "speed",
                                        "split-horizon",
                                        "standby",
                                        "summary-address",
                                        "switchport",
                                        "traffic-forward",
                                        "tunnel",
                                        "vlan",
                                        "vpnclient",
                                        "vtep-nve",
                                        "eigrp"};
    static const char *const of_ip[] = {"nd",    "enable", "dhcp",       "ospf", "enforce-eui64",
                                        "eigrp", "rip",    "unnumbered", "mtu",  "pim",
                                        "mfib",  "router", "local"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (asa_is(l, at, words[i]))
            return true;
    bool ip = asa_is(l, at, "ip") || asa_is(l, at, "ipv6");
    for (size_t i = 0; ip && i < sizeof of_ip / sizeof *of_ip; i++)
        if (asa_is(l, at + 1, of_ip[i]))
            return true;
    return false;
}

/* `no` before what would name or address it: it has none. */
static bool is_interface_lack(const struct asa_line *l)
{
    return asa_is(l, 1, "nameif") || asa_is(l, 1, "security-level") || asa_is(l, 1, "forward") ||
           asa_is(l, 1, "management-only") || asa_is(l, 1, "zone-member") ||
           ((asa_is(l, 1, "ip") || asa_is(l, 1, "ipv6")) &&
            (asa_is(l, 2, "address") || asa_is(l, 2, "route-cache"))) ||
           is_interface_detail(l, 1);
}

void asa_on_interface_line(struct asa_reader *r, const struct asa_line *l)
{
    struct asa_interface *i = r->open;
    if (i == NULL)
        return;
    if (asa_is(l, 0, "nameif") && l->n > 1) {
        set_name(i, l, 1);
    } else if (asa_is(l, 0, "security-level") && l->n > 1) {
        set_level(r, i, l, asa_word(l, 1));
    } else if ((asa_is(l, 0, "ip") || asa_is(l, 0, "ipv6")) && asa_is(l, 1, "address")) {
        add_net(r, i, l, 2);
    } else if (asa_is(l, 0, "management-only")) {
        i->management_only = true;
        i->management_at = asa_span(l);
    } else if (asa_is(l, 0, "no") && asa_is(l, 1, "forward") && l->n > 3) {
        i->not_to = asa_word(l, 3);
        i->not_to_at = asa_span(l);
    } else if (asa_is(l, 0, "zone-member")) {
        policy_fact(r->asa->policy, STR("interface.zone"), asa_rest(l, 1), asa_span(l), NULL);
        return;
    } else if (asa_is(l, 0, "no") ? is_interface_lack(l) : is_interface_detail(l, 0)) {
        return;
    } else {
        asa_refused(
            r->asa, l,
            "unknown line of an interface: whether it changes what is filtered is not known");
        return;
    }
    modelled(l);
}

/* PIX 6: nameif ethernet0 outside security0 */
void asa_on_nameif(struct asa_reader *r, const struct asa_line *l)
{
    struct str security = l->n > 3 ? asa_word(l, 3) : (struct str){"", 0};
    if (l->n < 4 || !str_starts(security, STR("security"))) {
        asa_lost(r->asa, l, "an interface's name without a security level");
        return;
    }
    r->cfg->pix6 = true;
    struct asa_interface *i = interface(r, asa_word(l, 1), asa_span(l));
    set_name(i, l, 2);
    set_level(r, i, l, str_from(security, 8));
    modelled(l);
}

/* PIX 6: ip address outside 192.0.2.1 255.255.255.0 */
void asa_on_ip_address(struct asa_reader *r, const struct asa_line *l)
{
    for (size_t k = 0; k < r->cfg->interface_list.n && l->n > 2; k++)
        if (str_eq(r->cfg->interface_list.v[k]->name, asa_word(l, 2))) {
            add_net(r, r->cfg->interface_list.v[k], l, 3);
            modelled(l);
        }
}

void asa_on_route(struct asa_reader *r, const struct asa_line *l)
{
    *PUSH(r->asa->scratch, r->cfg->routes) = asa_keep(r, l);
    modelled(l);
}

void asa_on_same_security(struct asa_reader *r, const struct asa_line *l)
{
    modelled(l);
    if (asa_is(l, 2, "inter-interface"))
        r->cfg->same_inter = asa_keep(r, l);
    else if (asa_is(l, 2, "intra-interface"))
        r->cfg->same_intra = asa_keep(r, l);
    else
        asa_lost(r->asa, l, "same-security-traffic permits inter-interface or intra-interface");
}

/* ---- time ranges ----------------------------------------------------------------------------- */

void asa_on_time_range(struct asa_reader *r, const struct asa_line *l)
{
    if (l->n < 2) {
        asa_lost(r->asa, l, "a time-range without a name");
        return;
    }
    modelled(l);
    struct asa_range_time *t = NEW(r->asa->scratch, struct asa_range_time);
    *t = (struct asa_range_time){.name = asa_word(l, 1), .at = asa_span(l)};
    map_put(r->cfg->times, t->name, t);
    r->open = t;
}

void asa_on_time_line(struct asa_reader *r, const struct asa_line *l)
{
    struct asa_range_time *t = r->open;
    if (is_text(l) || t == NULL)
        return;
    modelled(l);
    *PUSH(r->asa->scratch, t->lines) = asa_keep(r, l);
}
