/* Handlers that record how lists are written and where they are used. */
#include "import/asa_twin.h"

static void modelled(const struct asa_line *l)
{
    source_class(l->src, l->number, LINE_MODELLED);
}

/* ---- access lists ---------------------------------------------------------------------------- */

static struct asa_acl *acl(struct asa_reader *r, struct str name, const struct asa_line *l, bool v6)
{
    struct asa_acl *a = map_get(r->cfg->acls, name);
    if (a == NULL) {
        a = NEW(r->asa->scratch, struct asa_acl);
        *a = (struct asa_acl){.name = name, .at = asa_span(l), .v6 = v6};
        map_put(r->cfg->acls, name, a);
        *PUSH(r->asa->scratch, r->cfg->acl_list) = a;
    }
    return a;
}

/* ENTRY as number POSITION of the list (0: at its end). */
static void insert(struct asa *x, struct asa_acl *a, struct asa_entry entry, uint64_t position)
{
    *PUSH(x->scratch, a->entries) = entry;
    if (position == 0 || position >= a->entries.n)
        return;
    if (!asa_may_move(x, a->entries.n - position)) {
        asa_lost(x, entry.line,
                 "too many entries are put into the middle of lists; this one is "
                 "taken to stand at the end");
        return;
    }
    for (size_t i = a->entries.n - 1; i >= position; i--)
        a->entries.v[i] = a->entries.v[i - 1];
    a->entries.v[position - 1] = entry;
}

/* "deny any": such an EtherType entry denies IP frames, which the implicit deny does not. */
static bool denies_ip(struct asa_words *w)
{
    static const char *const types[] = {"any", "0x800", "0x0800", "0x86dd", "0x86DD"};
    if (!asa_take(w, "deny"))
        return false;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (asa_take(w, types[i]))
            return true;
    return false;
}

/* access-list NAME [line N] [extended|standard] {permit|deny|remark} … from word AT on. */
static void acl_line(struct asa_reader *r, const struct asa_line *l, size_t at, bool v6)
{
    struct asa_words w = {l, at};
    struct str name = asa_next(&w);
    struct asa_acl *a = acl(r, name, l, v6);
    struct asa_entry e = {.line = asa_keep(r, l), .v6 = v6};
    uint64_t position = 0;
    if (asa_take(&w, "line") && !str_u64(asa_next(&w), 10, UINT32_MAX, &position)) {
        asa_refused(r->asa, l, "a line number is expected behind \"line\"");
        return;
    }
    if (asa_take(&w, "remark")) {
        e.kind = ASA_ENTRY_REMARK;
        e.word = (uint16_t)w.at;
        insert(r->asa, a, e, position);
        modelled(l);
        return;
    }
    static const char *const others[] = {"ethertype", "webtype"};
    for (size_t i = 0; i < 2; i++)
        if (asa_take(&w, others[i])) {
            a->other = others[i]; /* frames that are not IP, URLs of the web VPN */
            if (i == 0 && denies_ip(&w))
                a->no_ip = asa_keep(r, l);
            return;
        }
    if (asa_take(&w, "standard"))
        e.standard = true;
    else
        asa_take(&w, "extended");
    e.word = (uint16_t)w.at;
    if (asa_take(&w, "permit") || asa_take(&w, "deny")) {
        insert(r->asa, a, e, position);
        modelled(l);
        if (position == 0)
            asa_twin_recorded(r, a, &a->entries.v[a->entries.n - 1]);
    } else if (!asa_done(&w) && (asa_is(l, w.at, "compiled") || asa_is(l, w.at, "rename"))) {
        if (asa_is(l, w.at, "rename"))
            asa_lost(r->asa, l, "access list %.*s gets another name here", STR_ARG(name));
    } else {
        insert(r->asa, a, e, position); /* a place in the list, though not known for what */
    }
}

void asa_on_acl(struct asa_reader *r, const struct asa_line *l)
{
    if (l->n < 3)
        asa_refused(r->asa, l, "an access list without an entry");
    else
        acl_line(r, l, 1, false);
}

void asa_on_ipv6_acl(struct asa_reader *r, const struct asa_line *l)
{
    if (l->n < 4)
        asa_refused(r->asa, l, "an access list without an entry");
    else
        acl_line(r, l, 2, true);
}

/* ---- show access-list --------------------------------------------------------------------------
 */

/* "(hitcnt=12)"; the word before the last is "(inactive)" on some lines. */
bool asa_hits(const struct asa_line *l, uint64_t *hits)
{
    for (size_t i = l->n; i-- > 0;) {
        struct str w = asa_word(l, i);
        if (str_starts(w, STR("(hitcnt=")) && str_ends(w, STR(")")))
            return str_u64(str_sub(w, 8, w.n - 9), 10, UINT64_MAX, hits);
    }
    return false;
}

static bool is_hash(struct str w)
{
    return w.n >= 5 && w.n <= 10 && str_starts(w, STR("0x"));
}

static void listing_header(struct asa_reader *r, const struct asa_line *l)
{
    struct str name = str_sub(asa_word(l, 1), 0, asa_word(l, 1).n - 1);
    struct asa_listing *s = NEW(r->asa->scratch, struct asa_listing);
    *s = (struct asa_listing){.name = name, .at = asa_span(l)};
    str_u64(asa_word(l, 2), 10, UINT32_MAX, &s->elements);
    map_put(r->cfg->listings, name, s);
    *PUSH(r->asa->scratch, r->cfg->listing_list) = s;
    r->listing = s;
    source_class(l->src, l->number, LINE_IRRELEVANT);
}

static struct asa_listing *listing(struct asa_reader *r, struct str name, const struct asa_line *l)
{
    if (r->listing != NULL && str_eq(r->listing->name, name))
        return r->listing;
    r->listing = map_get(r->cfg->listings, name);
    if (r->listing == NULL) {
        r->listing = NEW(r->asa->scratch, struct asa_listing);
        *r->listing = (struct asa_listing){.name = name, .at = asa_span(l)};
        map_put(r->cfg->listings, name, r->listing);
        *PUSH(r->asa->scratch, r->cfg->listing_list) = r->listing;
    }
    return r->listing;
}

struct asa_more *asa_entry_more(struct asa *x, struct asa_entry *e)
{
    if (e->more == NULL)
        e->more = NEW(x->scratch, struct asa_more);
    return e->more;
}

void asa_take_hits(struct asa *x, struct asa_entry *e, const struct asa_line *l)
{
    uint64_t hits;
    e->has_hits = asa_hits(l, &hits);
    if (e->has_hits)
        asa_entry_more(x, e)->hits = hits;
}

void asa_add_child(struct asa *x, struct asa_entry *e, struct asa_line *l)
{
    *PUSH(x->scratch, asa_entry_more(x, e)->children) = l;
}

/* An entry of a listing: its number is the list's, so a line of the number before is a child. */
static void listing_entry(struct asa_reader *r, const struct asa_line *l, uint64_t number)
{
    if (asa_is(l, 4, "ethertype") || asa_is(l, 4, "webtype")) {
        source_class(l->src, l->number, LINE_IRRELEVANT);
        return;
    }
    struct asa_listing *s = listing(r, asa_word(l, 1), l);
    struct asa_words w = {l, 4};
    struct asa_entry e = {.line = asa_keep(r, l), .v6 = asa_is(l, 0, "ipv6")};
    if (asa_take(&w, "remark"))
        e.kind = ASA_ENTRY_REMARK;
    else if (asa_take(&w, "standard"))
        e.standard = true;
    else
        asa_take(&w, "extended");
    e.word = (uint16_t)w.at;
    modelled(l);
    struct asa_entry *last = s->entries.n == 0 ? NULL : &s->entries.v[s->entries.n - 1];
    if (last != NULL && last->kind == ASA_ENTRY_ACE &&
        (l->indent != 0 || number == last->position)) {
        asa_add_child(r->asa, last, e.line);
        return;
    }
    e.position = (uint32_t)number;
    asa_take_hits(r->asa, &e, l);
    *PUSH(r->asa->scratch, s->entries) = e;
}

bool asa_listing_line(struct asa_reader *r, const struct asa_line *l)
{
    uint64_t number;
    if (asa_is(l, 0, "alert-interval") && l->indent != 0) {
        source_class(l->src, l->number, LINE_IRRELEVANT);
        return true;
    }
    if (!asa_is(l, 0, "access-list") || l->n < 3)
        return false;
    if (str_ends(asa_word(l, 1), STR(";")) && asa_word(l, 1).n > 1) {
        listing_header(r, l);
        return true;
    }
    if (!asa_is(l, 2, "line") || l->n < 5 || !str_u64(asa_word(l, 3), 10, UINT32_MAX, &number))
        return false;
    /* Of a listing, not of a script: a hash or a hit count, or we are between such lines. */
    uint64_t hits;
    bool listed = is_hash(asa_word(l, l->n - 1)) || asa_hits(l, &hits) ||
                  (r->listing != NULL && str_eq(r->listing->name, asa_word(l, 1)));
    if (!listed)
        return false;
    listing_entry(r, l, number);
    return true;
}

/* ---- where lists are used ----------------------------------------------------------------------
 */

/* access-group NAME {in|out} interface IF [per-user-override|control-plane] | NAME global */
void asa_on_access_group(struct asa_reader *r, const struct asa_line *l)
{
    struct asa_words w = {l, 1};
    struct asa_binding b = {.line = asa_keep(r, l), .acl = asa_next(&w)};
    struct str way = asa_next(&w);
    bool in = str_eq(way, STR("in")), global = str_eq(way, STR("global"));
    if (!in && !global && !str_eq(way, STR("out"))) {
        asa_lost(r->asa, l, "an access-group is in, out, or global");
        return;
    }
    b.where = global ? ASA_GLOBAL : in ? ASA_IN : ASA_OUT;
    if (!global) {
        if (!asa_take(&w, "interface")) {
            asa_lost(r->asa, l, "an access-group is bound to an interface");
            return;
        }
        b.interface = asa_next(&w);
        if (asa_take(&w, "control-plane"))
            b.where = ASA_CONTROL_PLANE;
        else if (asa_take(&w, "per-user-override"))
            r->cfg->per_user = asa_keep(r, l);
    }
    if (w.at < l->n)
        asa_lost(r->asa, l, "\"%.*s\" is no word of an access-group", STR_ARG(asa_word(l, w.at)));
    *PUSH(r->asa->scratch, r->cfg->bindings) = b;
    modelled(l);
}

/* Any line that may name access lists: they are not unused. */
void asa_on_uses(struct asa_reader *r, const struct asa_line *l)
{
    *PUSH(r->asa->scratch, r->cfg->uses) = asa_keep(r, l);
    if (asa_is(l, 0, "crypto") && asa_is(l, 1, "map"))
        r->cfg->vpn = asa_keep(r, l);
}

void asa_on_self(struct asa_reader *r, const struct asa_line *l)
{
    *PUSH(r->asa->scratch, r->cfg->self) = asa_keep(r, l);
    modelled(l);
}

void asa_on_http_server(struct asa_reader *r, const struct asa_line *l)
{
    r->cfg->http_server = asa_keep(r, l);
    modelled(l);
}

/* Inside webvpn: "enable outside" opens the device's own port. */
void asa_on_vpn(struct asa_reader *r, const struct asa_line *l)
{
    if (asa_is(l, 0, "enable") && l->n > 1)
        asa_on_self(r, l);
    if (asa_is(l, 0, "enable") || asa_is(l, 0, "group-policy"))
        r->cfg->vpn = asa_keep(r, l);
}

/* ---- facts of policy maps and group policies ---------------------------------------------------
 */

void asa_on_policy_map(struct asa_reader *r, const struct asa_line *l)
{
    r->policy_map = l->n > 1 ? asa_word(l, 1) : (struct str){"", 0};
    r->class_name = (struct str){"", 0};
}

/* Lines of "policy-map X": class Y, and what it does with the class. */
void asa_on_class_line(struct asa_reader *r, const struct asa_line *l)
{
    static const char *const redirects[] = {"sfr", "cxsc", "csc", "ips"};
    struct arena *a = r->asa->scratch;
    if (asa_is(l, 0, "class") && l->n > 1) {
        r->class_name = asa_word(l, 1);
        return;
    }
    bool redirect = false;
    for (size_t i = 0; i < sizeof redirects / sizeof *redirects; i++)
        redirect = redirect || asa_is(l, 0, redirects[i]);
    if (redirect || asa_is(l, 0, "inspect") || (asa_is(l, 0, "set") && asa_is(l, 1, "connection")))
        *PUSH(a, r->cfg->actions) =
            (struct asa_action){asa_keep(r, l), r->policy_map, r->class_name, redirect};
}

/* service-policy NAME {global|interface IF} */
void asa_on_service_policy(struct asa_reader *r, const struct asa_line *l)
{
    if (l->n > 2)
        map_put(r->cfg->service_policies, asa_word(l, 1), asa_keep(r, l));
}

/* What the policy maps do, with the place where each is applied: "inspect sip, policy-map P class
 * C, global". */
void asa_action_facts(struct asa *x, struct asa_config *c)
{
    for (size_t i = 0; i < c->actions.n; i++) {
        const struct asa_action *t = &c->actions.v[i];
        const struct asa_line *l = t->line, *at = map_get(c->service_policies, t->policy);
        struct str applied = at == NULL ? STR("not applied") : asa_rest(at, 2);
        struct str value =
            arena_strf(x->a, "%.*s, policy-map %.*s class %.*s, %.*s", STR_ARG(l->text),
                       STR_ARG(t->policy), STR_ARG(t->class_name), STR_ARG(applied));
        struct str key = STR("connection");
        if (t->redirect)
            key = arena_strf(x->a, "redirect.%.*s", STR_ARG(asa_word(l, 0)));
        else if (asa_is(l, 0, "inspect"))
            key = arena_strf(x->a, "inspect.%.*s",
                             STR_ARG(l->n > 1 ? asa_word(l, 1) : asa_word(l, 0)));
        policy_fact(x->policy, key, value, asa_span(l), NULL);
        if (asa_is(l, 0, "inspect") && asa_is(l, 1, "icmp") && l->n == 2 && at != NULL)
            c->inspects_icmp = true;
    }
}

/* Lines of "group-policy X attributes". */
void asa_on_group_policy_line(struct asa_reader *r, const struct asa_line *l)
{
    static const struct {
        const char *word, *key;
    } facts[] = {{"split-tunnel-policy", "vpn.split-tunnel.policy"},
                 {"split-tunnel-network-list", "vpn.split-tunnel.list"},
                 {"ipv6-split-tunnel-policy", "vpn.split-tunnel.policy6"},
                 {"split-dns", "vpn.split-dns"},
                 {"vpn-filter", "vpn.filter"},
                 {"vpn-tunnel-protocol", "vpn.protocol"}};
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        if (asa_is(l, 0, facts[i].word))
            policy_fact(r->asa->policy, str_of(facts[i].key), asa_rest(l, 1), asa_span(l), NULL);
    asa_on_uses(r, l);
}
