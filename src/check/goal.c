#include "check/goal.h"
#include "check/json.h"

/* ---- reading -------------------------------------------------------------------------------- */

static void read_set(struct json *j, const cJSON *node, const struct pack *p, struct str name,
                     struct goal *to)
{
    struct suggestion s = suggest_start(name);
    for (size_t i = 0; i < p->sets.n; i++) {
        suggest_try(&s, p->sets.v[i].name);
        if (str_eq(p->sets.v[i].name, name)) {
            to->nets = p->sets.v[i].nets;
            return;
        }
    }
    struct diag *d = json_error(j, json_at(j, node), "the pack has no set \"%.*s\"", STR_ARG(name));
    if (s.best.n != 0)
        d->hint = arena_strf(j->arena, "did you mean \"@%.*s\"?", STR_ARG(s.best));
}

void feed_named(struct json *j, const cJSON *node, struct str name)
{
    static const char *const feeds[] = {"aws", "genesys"};
    for (size_t i = 0; i < sizeof feeds / sizeof *feeds; i++)
        if (str_eq(name, str_of(feeds[i])))
            return;
    json_unknown_word(j, json_at(j, node), "feed", name, feeds, sizeof feeds / sizeof *feeds);
}

static void read_feed(struct json *j, const cJSON *node, struct str name, struct goal *to)
{
    size_t slash = str_find(name, '/');
    to->kind = GOAL_FEED;
    to->key = str_sub(name, 0, slash);
    to->services = str_from(name, slash + 1);
    feed_named(j, node, to->key);
}

static void read_text(struct json *j, const cJSON *node, struct str text, const struct pack *p,
                      struct goal *to)
{
    size_t but = str_search(text, STR(" but "));
    *to = (struct goal){.kind = GOAL_NETS};
    if (but != text.n) {
        struct goal *less = NEW(j->arena, struct goal);
        read_text(j, node, str_sub(text, 0, but), p, to);
        read_text(j, node, str_from(text, but + 5), p, less);
        to->but = less;
    } else if (str_eq(text, STR("any"))) {
        to->kind = GOAL_ANY;
    } else if (str_eq(text, STR("internet"))) {
        to->kind = GOAL_INTERNET;
    } else if (str_starts(text, STR("feed:"))) {
        read_feed(j, node, str_from(text, 5), to);
    } else if (str_starts(text, STR("{")) && str_ends(text, STR("}"))) {
        to->kind = GOAL_PARAMETER;
        to->key = str_sub(text, 1, text.n - 2);
    } else if (str_starts(text, STR("@"))) {
        read_set(j, node, p, str_from(text, 1), to);
    } else {
        json_nets(j, node, &to->nets);
    }
}

void goal_read(struct json *j, const cJSON *node, const struct pack *p, struct goal *to)
{
    read_text(j, node, cJSON_IsString(node) ? str_of(node->valuestring) : STR(""), p, to);
}

void services_read(struct json *j, const cJSON *node, void *to)
{
    struct services *list = to;
    if (!json_is_array(j, node, "a list of services"))
        return;
    for (const cJSON *m = node->child; m != NULL; m = m->next) {
        struct str text;
        struct service_def *s = PUSH(j->arena, *list);
        *s = (struct service_def){0};
        if (json_string(j, m, &text) && !service_parse(j->arena, text, s))
            json_error(j, json_at(j, m), "\"%.*s\" is not a service",
                       STR_ARG(str_safe(j->arena, text)))
                ->hint = STR("write udp/5060, tcp/80,443, udp/16384-65535 or any");
    }
}

struct region space_of_all(struct check *c, const struct way *way, const struct services *services,
                           struct addrs src, struct addrs dst)
{
    struct region all = {0};
    for (size_t i = 0; i < services->n; i++) {
        struct region r = space_of(c, way, &services->v[i], src, dst);
        for (size_t k = 0; k < r.n; k++)
            region_add(c->policy->sets, c->arena, &all, &r.v[k], NULL);
    }
    return all;
}

/* ---- addresses ------------------------------------------------------------------------------ */

static bool parameter_nets(struct check *c, struct str pack, struct str key, struct nets *nets,
                           struct lack *lack)
{
    const struct parameter *p = site_parameter(c->site, pack, arena_cstr(c->arena, key));
    for (size_t i = 0; p != NULL && i < p->values.n; i++) {
        struct net net;
        if (range_parse(p->values.v[i], &net.family, &net.range, NULL)) {
            *PUSH(c->arena, *nets) = net;
            continue;
        }
        diag_add(c->diags, DIAG_ERROR, p->at, "\"%.*s\" of %.*s is not an address",
                 STR_ARG(str_safe(c->arena, p->values.v[i])), STR_ARG(key));
    }
    if (nets->n != 0)
        return true;
    lack->reason = arena_strf(c->arena, "the site file does not give \"%.*s\"", STR_ARG(key));
    advise(c, &lack->advice,
           arena_strf(c->arena, "\"parameters\": {\"%.*s\": {\"%.*s\": [\"…\"]}}", STR_ARG(pack),
                      STR_ARG(key)));
    return false;
}

static bool base_addrs(struct check *c, const struct rule_def *r, const struct goal *g,
                       struct addrs *out, struct lack *lack)
{
    struct nets nets = g->nets;
    bool known = true;
    switch (g->kind) {
    case GOAL_ANY:
        *out = addrs_any(c);
        return true;
    case GOAL_INTERNET:
        /* What packs say of clouds is about IPv4: a family without a fact is not asked for. */
        *out = addrs_internet(c);
        out->v[FAMILY_V6] = SET_EMPTY;
        return true;
    case GOAL_PARAMETER:
        known = parameter_nets(c, r->pack->id, g->key, &nets, lack);
        break;
    case GOAL_FEED:
        known = feed_nets(c, r->pack->id, g, &nets, lack);
        break;
    case GOAL_NETS:
        break;
    }
    *out = addrs_of(c, &nets);
    return known;
}

bool goal_addrs(struct check *c, const struct rule_def *r, const struct goal *g, struct addrs *out,
                struct lack *lack)
{
    if (!base_addrs(c, r, g, out, lack))
        return false;
    for (g = g->but; g != NULL; g = g->but) {
        struct addrs less;
        if (!base_addrs(c, r, g, &less, lack))
            return false;
        *out = addrs_minus(c, *out, less);
    }
    return true;
}
