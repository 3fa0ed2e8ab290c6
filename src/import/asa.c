/* The importer of Cisco ASA exports: its two formats, and the order in which the parts work. */
#include "import/asa_twin.h"

/* ---- detection ---------------------------------------------------------------------------------
 */

struct sign {
    const char *begins;
    int score;
};

/* How lines of such a file begin; the best line counts, further ones add a little. */
static int score(struct str head, const struct sign *signs, size_t n)
{
    int best = 0, more = 0;
    struct str line;
    while (str_cut(&head, '\n', &line)) {
        struct str text = str_trim(line);
        for (size_t i = 0; i < n; i++)
            if (str_starts(text, str_of(signs[i].begins))) {
                best = signs[i].score > best ? signs[i].score : best;
                more++;
                break;
            }
    }
    return best == 0 ? 0 : best + (more > 10 ? 10 : more);
}

static int sniff_config(struct str head)
{
    static const struct sign signs[] = {
        {"ASA Version ", 90},
        {"PIX Version ", 90},
        {"FWSM Version ", 90},
        {": Saved", 60},
        {"access-list ", 60},
        {"access-group ", 70},
        {"object-group network ", 70},
        {"object-group service ", 70},
        {"object network ", 70},
        {"object service ", 70},
        {"nameif ", 60},
        {"security-level ", 60},
        {"same-security-traffic ", 70},
        {"static (", 60},
        {"nat (", 60},
        {"global (", 60},
        {"crypto map ", 40},
        {"tunnel-group ", 40},
        {"policy-map ", 30},
        {"class-map ", 30},
        {"hostname ", 20},
        {"interface ", 20},
    };
    return score(head, signs, sizeof signs / sizeof *signs);
}

/* Lines of `show access-list` have a hit count or a hash at their end. */
static int sniff_listing(struct str head)
{
    struct str line;
    int found = 0;
    while (str_cut(&head, '\n', &line)) {
        struct str text = str_trim(line);
        if (str_starts(text, STR("ASA Version ")))
            return 0;
        if (str_starts(text, STR("access-list ")) &&
            (str_search(text, STR("(hitcnt=")) < text.n ||
             str_search(text, STR("; name hash: ")) < text.n ||
             str_search(text, STR(" elements")) < text.n))
            found++;
    }
    return found == 0 ? 0 : 80 + (found > 15 ? 15 : found);
}

/* ---- import ------------------------------------------------------------------------------------
 */

bool asa_real_addresses(const struct asa_config *c)
{
    return c->version != 0 ? c->version >= 803 : !c->old_nat || c->new_nat;
}

/* What the version decides, or, without one, the syntax in use. */
static void decide_version(struct asa *x, struct asa_config *c)
{
    bool old = c->version == 0 && (c->old_nat || c->pix6) && !c->new_nat;
    c->unified = c->version != 0 ? c->version >= 900 : !old;
    for (size_t i = 0; i < c->acl_list.n && c->version == 0; i++)
        c->unified = c->unified && !c->acl_list.v[i]->v6;
    if (c->version == 0 && (c->nats.n != 0 || c->old_nats.n != 0))
        policy_assume(x->policy,
                      old ? "no version line: nat, global and static in use mean a version before "
                            "8.3, whose access lists see translated addresses"
                          : "no version line: the syntax in use means version 8.3 or later, whose "
                            "access lists see real addresses");
}

/* Several configurations in one file keep apart by their names. */
static void name_configs(struct asa *x)
{
    size_t kept = 0;
    for (size_t i = 0; i < x->configs.n; i++) {
        struct asa_config *c = x->configs.v[i];
        bool empty = c->interface_list.n == 0 && c->acl_list.n == 0 && c->bindings.n == 0 &&
                     c->listing_list.n == 0 && c->entities.n == 0 && c->self.n == 0 &&
                     c->hostname.n == 0 && c->version == 0;
        if (!empty || i + 1 == x->configs.n)
            x->configs.v[kept++] = c;
    }
    x->configs.n = kept;
    for (size_t i = 0; i < kept && kept > 1; i++) {
        struct asa_config *c = x->configs.v[i];
        bool twice = c->hostname.n == 0;
        for (size_t k = 0; k < i; k++)
            twice = twice || str_eq(c->hostname, x->configs.v[k]->hostname);
        c->prefix = twice ? arena_strf(x->a, "%.*s#%zu", STR_ARG(c->hostname), i + 1) : c->hostname;
        policy_assume(x->policy,
                      "configuration %zu of %zu in this export: its interfaces are called %.*s/…",
                      i + 1, kept, STR_ARG(c->prefix));
    }
}

/* Lines that are no filters but name an access list, a group or an object use it. */
static void count_uses(struct asa *x, struct asa_config *c)
{
    for (size_t i = 0; i < c->acl_list.n; i++) {
        struct asa_acl *a = c->acl_list.v[i];
        a->object = (uint32_t)x->policy->objects.n;
        *PUSH(x->a, x->policy->objects) = (struct object){STR("access-list"), a->name, a->at, 0};
    }
    for (size_t i = 0; i < c->uses.n; i++)
        for (size_t k = 1; k < c->uses.v[i]->n; k++) {
            struct asa_acl *a = map_get(c->acls, asa_word(c->uses.v[i], k));
            if (a == NULL)
                continue;
            a->selects = true;
            x->policy->objects.v[a->object].uses++;
        }
}

static void count_bindings(struct asa *x, struct asa_config *c)
{
    for (size_t i = 0; i < c->bindings.n; i++) {
        struct asa_acl *a = map_get(c->acls, c->bindings.v[i].acl);
        if (a != NULL)
            x->policy->objects.v[a->object].uses++;
    }
}

static bool splits_tunnel(const struct asa_config *c, const struct asa_acl *a)
{
    for (size_t i = 0; i < c->uses.n; i++) {
        const struct asa_line *l = c->uses.v[i];
        if (l->n > 2 && asa_is(l, 0, "split-tunnel-network-list") &&
            str_eq(asa_word(l, 2), a->name))
            return true;
    }
    return false;
}

/* Lists that filter nothing are read all the same, so that what they use is used and what is wrong
 * in them is said. Their rules are in no chain, but for lists that say what goes into a tunnel:
 * these are chains that no path reaches. */
static void read_unbound(struct asa *x, struct asa_config *c)
{
    for (size_t i = 0; i < c->acl_list.n; i++) {
        struct asa_acl *a = c->acl_list.v[i];
        if (a->chain == NULL && splits_tunnel(c, a))
            asa_acl_lower(x, c, a);
        for (size_t k = 0; k < a->entries.n && a->chain == NULL; k++) {
            struct asa_entry *e = &a->entries.v[k];
            e->copied = asa_twin_ace(x, c, e, &x->cubes) != NULL;
            if (e->kind == ASA_ENTRY_ACE && !e->copied)
                asa_ace_parse(x, c, a, e);
        }
    }
}

/* A name in an address place is a fact of its own, and says which rule hangs on it. */
static void name_facts(struct asa *x, struct asa_config *c)
{
    ARRAY(struct asa_entity *) todo = {0};
    for (size_t i = 0; i < c->entities.n; i++)
        if (c->entities.v[i]->user != NULL)
            *PUSH(x->scratch, todo) = c->entities.v[i];
    for (size_t i = 0; i < todo.n; i++) {
        const struct asa_members members = asa_members(todo.v[i]);
        for (size_t k = 0; k < members.n; k++) {
            const struct asa_member *m = &members.v[k];
            bool refers = m->kind == ASA_MEMBER_REF || m->kind == ASA_MEMBER_NONE;
            struct asa_entity *e = refers ? m->ref : NULL;
            if (e == NULL || e->user != NULL)
                continue;
            e->user = todo.v[i]->user;
            *PUSH(x->scratch, todo) = e;
        }
    }
    for (size_t i = 0; i < c->entities.n; i++) {
        const struct asa_members members = asa_members(c->entities.v[i]);
        for (size_t k = 0; k < members.n; k++)
            if (members.v[k].kind == ASA_MEMBER_FQDN)
                policy_fact(x->policy, STR("name.fqdn"), members.v[k].text,
                            asa_span(members.v[k].line), c->entities.v[i]->user);
    }
}

static void assumptions(struct asa *x, const struct asa_config *c)
{
    if (c->per_user != NULL)
        policy_assume(x->policy,
                      "no user has an access list of its own (per-user-override, line "
                      "%u)",
                      c->per_user->number);
    if (c->vpn != NULL)
        policy_assume(x->policy, "packets out of VPN tunnels are not looked at: they pass the "
                                 "access lists unless \"no sysopt connection permit-vpn\" is set");
    if (!c->bare && c->interface_list.n != 0)
        policy_assume(x->policy, "each packet goes out by the interface that is asked about: "
                                 "routing, inspection and reverse-path checks are not modelled");
}

/* The device ends what it prints with ": end"; without that, lines are missing. */
static void check_end(struct asa *x, const struct asa_config *c)
{
    if (c->opened && !c->closed)
        diag_add(x->im->diags, DIAG_INCOMPLETE, c->at,
                 "this configuration begins with \": Saved\" and has no \": end\": is the export "
                 "whole?");
}

/* Packets that the export speaks about: between its own interfaces. */
static void set_universe(struct asa *x)
{
    set_id all = SET_EMPTY;
    bool bare = false;
    for (size_t i = 0; i < x->configs.n; i++) {
        bare = bare || x->configs.v[i]->bare;
        for (size_t k = 0; k < x->configs.v[i]->interface_list.n; k++)
            all = set_or(x->sets, all, x->configs.v[i]->interface_list.v[k]->class);
    }
    struct region every = region_universe(x->sets, x->a, -1);
    struct cube own = cube_any(x->sets);
    if (all != SET_EMPTY) {
        own.f[FIELD_IN] = all;
        if (!bare)
            own.f[FIELD_OUT] = all;
    }
    x->policy->universe = region_and_cube(x->sets, x->a, &every, &own);
}

static void lower_all(struct asa *x)
{
    name_configs(x);
    for (size_t i = 0; i < x->configs.n; i++) {
        struct asa_config *c = x->configs.v[i];
        decide_version(x, c);
        asa_objects_prepare(x, c);
        asa_listings_merge(x, c);
        asa_action_facts(x, c);
        count_uses(x, c);
        asa_bindings(x, c);
        asa_interfaces(x, c);
        count_bindings(x, c);
    }
    asa_lower(x);
    for (size_t i = 0; i < x->configs.n; i++) {
        read_unbound(x, x->configs.v[i]);
        asa_listings_compare(x, x->configs.v[i]);
        name_facts(x, x->configs.v[i]);
        asa_tidy_facts(x, x->configs.v[i]);
        asa_bind_facts(x, x->configs.v[i]);
        assumptions(x, x->configs.v[i]);
        check_end(x, x->configs.v[i]);
    }
    set_universe(x);
    policy_freeze(x->policy, x->im->diags);
}

static bool says_anything(const struct asa *x)
{
    for (size_t i = 0; i < x->configs.n; i++)
        if (x->configs.v[i]->interface_list.n != 0 || x->configs.v[i]->acl_list.n != 0)
            return true;
    return false;
}

struct policy *asa_import(struct import *im, struct source **inputs, size_t n, size_t *copied)
{
    struct asa x = {.im = im, .a = im->arena, .sets = im->sets};
    x.scratch = arena_child(im->arena);
    x.commands = asa_command_index(x.scratch);
    x.line = asa_line_room(x.scratch);
    x.policy = policy_new(im->arena, im->sets, im->device);
    x.policy->format = STR("asa");
    x.policy->at = span_line(inputs[0], 1);
    x.policy->zoned = true;
    import_know_ifaces(im, x.policy);
    for (size_t i = 0; i < n; i++)
        asa_read(&x, inputs[i]);
    if (x.configs.n != 0 && x.configs.v[0]->hostname.n != 0)
        x.policy->device = x.configs.v[0]->hostname;
    if (x.configs.n != 0)
        lower_all(&x);
    if (!says_anything(&x) && n != 0)
        diag_add(im->diags, DIAG_INCOMPLETE, (struct span){inputs[0]->index, 0, 0, 0, 0},
                 "no interface and no access list in this export: what is filtered is not known");
    *copied = x.copied;
    arena_free(x.scratch);
    return x.policy;
}

static struct policy *import(struct import *im, struct source **inputs, size_t n)
{
    size_t copied;
    return asa_import(im, inputs, n, &copied);
}

const struct format format_asa = {
    .name = "asa", .title = "Cisco ASA running-config", .sniff = sniff_config, .import = import};
const struct format format_asa_acl = {.name = "asa-acl",
                                      .title = "Cisco ASA show access-list",
                                      .sniff = sniff_listing,
                                      .import = import};
