/* Access lists become chains: one rule per entry, and one more for each part of it that hangs on
 * something the packet does not tell. */
#include "import/asa_twin.h"

struct rule *asa_implicit(struct asa *x, struct chain *chain, struct span at, enum action action,
                          struct str text)
{
    struct rule *r = chain_rule(x->policy, chain, at, action);
    r->implicit = true;
    r->text = text;
    return r;
}

/* An entry on its way to rules. */
struct entry {
    struct asa_acl *acl;
    struct asa_entry *e;
    uint32_t number;
    struct str remark;
};

static struct rule *entry_rule(struct asa *x, const struct entry *n, const struct asa_ace *ace)
{
    struct rule *r = chain_rule(x->policy, n->acl->chain, asa_entry_span(n->e),
                                ace->bad ? ACT_UNKNOWN : ace->action);
    r->text = asa_entry_text(n->e);
    r->number = n->number;
    r->remark = n->remark;
    r->inactive = ace->inactive;
    r->logs = ace->logs;
    r->treatment = ace->treatment;
    r->has_hits = n->e->has_hits;
    r->hits = n->e->more == NULL ? 0 : n->e->more->hits;
    for (size_t i = 0; i < ace->conds.n; i++)
        rule_cond(x->policy, r, ace->conds.v[i], true);
    return r;
}

/* The parts of an entry that may be unknown. */
enum { PART_SRC = 1, PART_DST = 2, PART_SERVICE = 4, PARTS = 8 };

static const struct asa_unknown *unknown_of(const struct asa_ace *ace, unsigned which)
{
    return which == PART_SRC   ? &ace->src.unknown
           : which == PART_DST ? &ace->dst.unknown
                               : &ace->services.unknown;
}

/* ACE with the unknown side of the parts WAYS instead of what is known of them. */
static struct asa_ace turned(struct asa *x, const struct asa_ace *ace, unsigned ways)
{
    struct asa_ace one = *ace;
    if ((ways & PART_SRC) != 0)
        one.src = asa_place_any(x, ace->src.may[FAMILY_V4], ace->src.may[FAMILY_V6]);
    if ((ways & PART_DST) != 0)
        one.dst = asa_place_any(x, ace->dst.may[FAMILY_V4], ace->dst.may[FAMILY_V6]);
    if ((ways & PART_SERVICE) != 0) {
        one.services.v = NULL;
        one.services.n = one.services.cap = 0;
        *PUSH(x->scratch, one.services) = asa_service_any(x);
    }
    return one;
}

static void lower_part(struct asa *x, const struct entry *n, const struct asa_ace *ace,
                       unsigned ways, unsigned open)
{
    struct region *cubes = &x->cubes;
    cubes->n = 0;
    if (ways == 0) {
        asa_ace_cubes(x, ace, cubes);
    } else {
        struct asa_ace one = turned(x, ace, ways);
        asa_ace_cubes(x, &one, cubes);
    }
    if (cubes->n == 0 && open != 0)
        return; /* another part is the entry's rule */
    struct rule *r = entry_rule(x, n, ace);
    for (size_t i = 0; i < cubes->n; i++)
        rule_match(x->policy, r, &cubes->v[i]);
    for (unsigned k = PART_SRC; k < PARTS; k <<= 1)
        if ((ways & k) != 0) {
            const struct asa_unknown *u = unknown_of(ace, k);
            struct cond c = {.kind = u->kind, .text = u->text, .at = r->at, .of_packet = true};
            rule_cond(x->policy, r, c, true);
        }
}

static void lower_entry(struct asa *x, const struct entry *n, const struct asa_ace *ace)
{
    if (ace->bad) {
        struct cube any = cube_any(x->sets);
        rule_match(x->policy, entry_rule(x, n, ace), &any);
        return;
    }
    unsigned open = 0;
    for (unsigned k = PART_SRC; k < PARTS; k <<= 1)
        if (unknown_of(ace, k)->kind.n != 0)
            open |= k;
    for (unsigned ways = 0; ways < PARTS; ways++)
        if ((ways & open) == ways)
            lower_part(x, n, ace, ways, open);
}

/* The entities that an entry names get it as their user: facts in them point to it. */
static void mark_users(const struct asa_config *c, struct asa_words w, const struct rule *rule)
{
    while (!asa_done(&w)) {
        bool object = asa_take(&w, "object"), group = !object && asa_take(&w, "object-group");
        struct asa_entity *n =
            object || group ? asa_entity_find(c, asa_next(&w), group, false) : NULL;
        if (n != NULL && n->user == NULL)
            n->user = rule;
        if (!object && !group)
            asa_next(&w);
    }
}

static bool knows_groups(const struct asa_config *c, struct asa_words w)
{
    while (!asa_done(&w)) {
        bool object = asa_take(&w, "object"), group = !object && asa_take(&w, "object-group");
        if (!object && !group) {
            asa_next(&w);
            continue;
        }
        struct str name = asa_next(&w);
        if (asa_entity_find(c, name, group, false) == NULL &&
            asa_entity_find(c, name, group, true) == NULL)
            return false;
    }
    return true;
}

/* Where the export has the listing but not the groups, what the device made of them stands in. */
static void lower_children(struct asa *x, struct asa_config *c, const struct entry *n)
{
    for (size_t i = 0; i < n->e->more->children.n; i++) {
        struct asa_line *l = n->e->more->children.v[i];
        struct asa_entry child = {.line = l, .word = 5, .v6 = n->e->v6};
        asa_take_hits(x, &child, l);
        struct entry one = {n->acl, &child, n->number, n->remark};
        lower_entry(x, &one, asa_ace_parse(x, c, n->acl, &child));
    }
}

/* An entry whose rule is a copy of that of its twin. */
static bool lower_twin(struct asa *x, const struct asa_config *c, const struct entry *n)
{
    const struct asa_ace *ace = asa_twin_ace(x, c, n->e, &x->cubes);
    if (ace == NULL)
        return false;
    struct rule *r = entry_rule(x, n, ace);
    for (size_t i = 0; i < x->cubes.n; i++)
        rule_match(x->policy, r, &x->cubes.v[i]);
    for (size_t i = 0; i < 2; i++)
        if (x->named[i] != NULL && x->named[i]->user == NULL)
            x->named[i]->user = r;
    n->e->copied = true;
    return true;
}

static void lower_one(struct asa *x, struct asa_config *c, const struct entry *n)
{
    if (lower_twin(x, c, n))
        return;
    struct chain *chain = n->acl->chain;
    struct asa_words w = {asa_entry_line(x, n->e), n->e->word};
    size_t before = chain->n_rules;
    if (n->acl->listed && n->e->more != NULL && n->e->more->children.n != 0 && !knows_groups(c, w))
        lower_children(x, c, n);
    else
        lower_entry(x, n, asa_ace_parse(x, c, n->acl, n->e));
    if (chain->n_rules > before)
        mark_users(c, w, chain->rules[before]);
}

void asa_acl_lower(struct asa *x, struct asa_config *c, struct asa_acl *acl)
{
    struct out remark = {.arena = x->a};
    acl->chain = policy_chain(x->policy, (struct str){"", 0}, acl->name, acl->at);
    for (size_t i = 0; i < acl->entries.n; i++) {
        struct asa_entry *e = &acl->entries.v[i];
        if (e->kind == ASA_ENTRY_REMARK) {
            out_text(&remark, remark.n == 0 ? "" : "\n");
            out_str(&remark, asa_rest(e->line, e->word));
            continue;
        }
        struct entry n = {acl, e, e->position != 0 ? e->position : (uint32_t)i + 1,
                          out_taken(&remark)};
        lower_one(x, c, &n);
        remark = (struct out){.arena = x->a};
    }
}
