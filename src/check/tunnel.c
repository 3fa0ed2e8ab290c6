#include "check/tunnel.h"

/* The line of the "group-policy NAME attributes" block that AT stands in; 0 if there is none. */
static uint32_t block_of(const struct check *c, struct span at, struct str *name)
{
    const struct source *s = at.file < c->sources->n ? c->sources->v[at.file] : NULL;
    for (uint32_t line = s == NULL ? 0 : at.line; line != 0; line--) {
        struct str text = source_line(s, line), word;
        if (text.n == 0 || char_is_blank(text.p[0]))
            continue;
        bool group = str_word(&text, &word) && str_eq(word, STR("group-policy"));
        return group && str_word(&text, name) ? line : 0;
    }
    return 0;
}

static const struct fact *fact_of_block(const struct check *c, const char *key, uint32_t block)
{
    struct str name;
    for (size_t i = 0; i < c->policy->facts.n; i++) {
        const struct fact *f = &c->policy->facts.v[i];
        if (str_eq(f->key, str_of(key)) && block_of(c, f->at, &name) == block)
            return f;
    }
    return NULL;
}

/* The networks that an access list permits, by first match: the destinations of a standard list,
 * the sources of an extended one (which "specifies the networks behind the tunnel" as sources). */
static struct addrs list_nets(struct check *c, const struct chain *list)
{
    struct addrs left = addrs_any(c), permitted = {{SET_EMPTY, SET_EMPTY}};
    for (size_t i = 0; i < list->n_rules; i++) {
        const struct rule *r = list->rules[i];
        struct region match = {r->match, r->n_match, r->n_match};
        struct addrs src = region_addrs(c, &match, FIELD_SRC);
        struct addrs dst = region_addrs(c, &match, FIELD_DST);
        bool any_src = addrs_none(addrs_minus(c, addrs_any(c), src)) ||
                       src.v[FAMILY_V4] == addrs_any(c).v[FAMILY_V4];
        struct addrs own = addrs_and(c, any_src ? dst : src, left);
        if (r->inactive)
            continue;
        if (r->action == ACT_PERMIT)
            permitted = addrs_or(c, permitted, own);
        left = addrs_minus(c, left, own);
    }
    return permitted;
}

static void resolve(struct check *c, const struct fact *policy, uint32_t block, struct tunnel *t)
{
    bool exclude = str_eq(policy->value, STR("excludespecified"));
    t->known = true;
    t->at = policy->at;
    t->tunnelled = addrs_any(c);
    if (str_eq(policy->value, STR("tunnelall")))
        return;
    const struct fact *list = fact_of_block(c, "vpn.split-tunnel.list", block);
    struct str rest = list == NULL ? STR("") : list->value, word = STR("");
    if (list != NULL && str_word(&rest, &word) && str_eq(word, STR("value")))
        str_word(&rest, &word);
    const struct chain *acl = list == NULL ? NULL : policy_find_chain(c->policy, STR(""), word);
    if (acl == NULL) {
        t->known = false;
        t->why = arena_strf(c->arena, "the list of group policy %.*s is not in this export",
                            STR_ARG(t->name));
        return;
    }
    struct addrs named = list_nets(c, acl);
    t->at = list->at;
    t->tunnelled = exclude ? addrs_minus(c, addrs_any(c), named) : named;
}

struct tunnels tunnels_of(struct check *c)
{
    struct tunnels all = {0};
    for (size_t i = 0; i < c->policy->facts.n; i++) {
        const struct fact *f = &c->policy->facts.v[i];
        struct tunnel t = {.name = STR("")};
        if (!str_eq(f->key, STR("vpn.split-tunnel.policy")))
            continue;
        uint32_t block = block_of(c, f->at, &t.name);
        resolve(c, f, block, &t);
        *PUSH(c->arena, all) = t;
    }
    return all;
}
