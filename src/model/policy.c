#include "model/lookup.h"

const char *const action_names[] = {"permit", "deny",     "jump",   "goto",
                                    "return", "continue", "unknown"};
const char *const path_names[PATH_KINDS] = {"through", "to the device", "from the device"};

/* Look-ups that only building needs stand in front of the policy, out of sight of its readers. */
struct building {
    struct policy policy; /* first: a policy is the beginning of its building */
    struct map *chains;   /* by table: a map by name */
    struct map *conds;    /* by kind: a map by text */
    struct map *interfaces;
    struct map *treatments;
};

static struct building *building(const struct policy *p)
{
    return (struct building *)(uintptr_t)p;
}

struct policy *policy_new(struct arena *a, struct sets *s, struct str device)
{
    struct building *b = NEW(a, struct building);
    b->policy.arena = a;
    b->policy.sets = s;
    b->policy.device = device;
    b->chains = map_new(a);
    b->conds = map_new(a);
    b->interfaces = map_new(a);
    b->treatments = map_new(a);
    *PUSH(a, b->policy.treatments) = STR("");
    ifaces_init(a, &b->policy.ifaces);
    return &b->policy;
}

/* The map that ALL has for NAME. */
static struct map *inner_map(struct arena *a, struct map *all, struct str name)
{
    struct map *inner = map_get(all, name);
    if (inner == NULL) {
        inner = map_new(a);
        map_put(all, name, inner);
    }
    return inner;
}

/* ---- chains and rules ----------------------------------------------------------------------- */

struct chain *policy_chain(struct policy *p, struct str table, struct str name, struct span at)
{
    struct chain *c = NEW(p->arena, struct chain);
    *c = (struct chain){.table = table, .name = name, .at = at, .index = (uint32_t)p->chains.n};
    *PUSH(p->arena, p->chains) = c;
    map_put(inner_map(p->arena, building(p)->chains, table), name, c);
    return c;
}

struct chain *policy_find_chain(const struct policy *p, struct str table, struct str name)
{
    const struct map *chains = map_get(building(p)->chains, table);
    return chains == NULL ? NULL : map_get(chains, name);
}

struct rule *chain_rule(struct policy *p, struct chain *c, struct span at, enum action action)
{
    struct rule *r = NEW(p->arena, struct rule);
    r->at = at;
    r->action = action;
    r->chain = c;
    c->rules = array_room(p->arena, c->rules, c->n_rules, &c->cap_rules, sizeof *c->rules);
    c->rules[c->n_rules++] = r;
    return r;
}

struct cube *rule_match(struct policy *p, struct rule *r, const struct cube *c)
{
    if (cube_is_empty(c))
        return NULL;
    r->match = array_room(p->arena, r->match, r->n_match, &r->cap_match, sizeof *r->match);
    r->match[r->n_match] = *c;
    return &r->match[r->n_match++];
}

static uint32_t cond_number(struct policy *p, struct cond cond)
{
    struct map *known = cond.of_packet ? inner_map(p->arena, building(p)->conds, cond.kind) : NULL;
    uint32_t *number = known == NULL ? NULL : map_get(known, cond.text);
    if (number != NULL)
        return *number;
    if (known != NULL) {
        number = NEW(p->arena, uint32_t);
        *number = (uint32_t)p->conds.n;
        map_put(known, cond.text, number);
    }
    *PUSH(p->arena, p->conds) = cond;
    return (uint32_t)p->conds.n - 1;
}

void rule_cond(struct policy *p, struct rule *r, struct cond cond, bool holds)
{
    struct literal l = {cond_number(p, cond), holds};
    if (!lits_and(p->sets, &r->conds, r->conds, lits_of(p->sets, &l, 1)))
        r->n_match = 0; /* asks for a thing and its contrary: never matches */
}

uint32_t policy_treatment(struct policy *p, struct str words)
{
    struct map *known = building(p)->treatments;
    uint32_t *number = map_get(known, words);
    if (number == NULL) {
        number = NEW(p->arena, uint32_t);
        *number = (uint32_t)p->treatments.n;
        words = arena_copy(p->arena, words);
        *PUSH(p->arena, p->treatments) = words;
        map_put(known, words, number);
    }
    return *number;
}

bool cond_is_test(const struct cond *c)
{
    return c->mask != 0 || c->n_parts != 0;
}

lits_id policy_told(const struct policy *p, const set_id told[TRAIT_COUNT], uint32_t given)
{
    lits_id all = LITS_NONE;
    for (size_t i = 0; i < p->conds.n; i++) {
        const struct cond *c = &p->conds.v[i];
        if (c->trait == TRAIT_NOTHING || (given >> c->trait & 1) == 0)
            continue;
        struct literal l = {(uint32_t)i, set_overlaps(p->sets, told[c->trait], c->values)};
        lits_and(p->sets, &all, all, lits_of(p->sets, &l, 1));
    }
    return all;
}

struct rule *policy_default(struct policy *p, struct span at, enum action action, struct str text)
{
    struct rule *r = NEW(p->arena, struct rule);
    *r = (struct rule){.at = at, .action = action, .text = text, .implicit = true};
    struct cube any = cube_any(p->sets);
    rule_match(p, r, &any);
    return r;
}

struct stage *path_stage(struct policy *p, enum path_kind kind, struct str title,
                         struct chain *chain, struct rule *otherwise)
{
    struct stage *stage = PUSH(p->arena, p->paths[kind]);
    *stage = (struct stage){
        .title = title, .chain = chain, .guard = cube_any(p->sets), .otherwise = otherwise};
    if (chain != NULL)
        chain->builtin = true;
    return stage;
}

/* ---- the rest of an export ------------------------------------------------------------------ */

void policy_fact(struct policy *p, struct str key, struct str value, struct span at,
                 const struct rule *rule)
{
    *PUSH(p->arena, p->facts) = (struct fact){key, value, at, rule};
}

struct interface *policy_interface(struct policy *p, struct str name, struct span at)
{
    struct map *known = building(p)->interfaces;
    uint32_t *index = map_get(known, name);
    if (index == NULL) {
        index = NEW(p->arena, uint32_t);
        *index = (uint32_t)p->interfaces.n;
        map_put(known, name, index);
        struct interface *i = PUSH(p->arena, p->interfaces);
        *i = (struct interface){.name = name, .at = at, .level = -1};
        i->class = ifaces_add(p->arena, &p->ifaces, name);
    }
    return &p->interfaces.v[*index];
}

void interface_net(struct policy *p, struct interface *i, enum family family, struct ival net)
{
    i->nets = array_room(p->arena, i->nets, i->n_nets, &i->cap_nets, sizeof *i->nets);
    i->families =
        array_room(p->arena, i->families, i->n_nets, &i->cap_families, sizeof *i->families);
    i->nets[i->n_nets] = net;
    i->families[i->n_nets++] = family;
}

void policy_assume(struct policy *p, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    *PUSH(p->arena, p->assumptions) = arena_vstrf(p->arena, fmt, ap);
    va_end(ap);
}

/* ---- freezing ------------------------------------------------------------------------------- */

enum visit { VISIT_NONE, VISIT_OPEN, VISIT_DONE };

struct visited {
    struct chain *chain;
    size_t next; /* of its turns, to look at */
};

bool rule_is_plain(const struct rule *r)
{
    const bool simple = r->action == ACT_PERMIT || r->action == ACT_DENY ||
                        r->action == ACT_RETURN ||
                        (r->action == ACT_CONTINUE && r->n_rewrites == 0);
    return r->inactive || (simple && r->conds == LITS_NONE && r->orig == NULL);
}

bool rule_is_idle(const struct rule *r)
{
    return r->inactive || r->n_match == 0 || (r->action == ACT_CONTINUE && r->n_rewrites == 0);
}

bool policy_counts(const struct policy *p)
{
    for (size_t i = 0; i < p->chains.n; i++)
        if (p->chains.v[i]->counts)
            return true;
    return false;
}

/* What many ask of rules, and few of them have. */
static void sum_up(struct policy *p, struct chain *c)
{
    for (uint32_t i = 0; i < c->n_rules; i++) {
        const struct rule *r = c->rules[i];
        c->logs = c->logs || r->logs;
        c->counts = c->counts || (r->has_hits && r->hits != 0);
        c->implicit = c->implicit || r->implicit;
        c->idles = c->idles || rule_is_idle(r);
        c->returns = c->returns || r->action == ACT_RETURN;
        c->n_cubes += r->inactive ? 0 : r->n_match;
        c->n_plain += c->n_plain == i && rule_is_plain(r);
        if (r->target != NULL || r->n_rewrites != 0)
            *PUSH(p->arena, c->turns) = i;
    }
}

/* The next chain that the rules of V lead to, and the rule; NULL at the end. */
static struct chain *leads_to(struct visited *v, struct rule **by)
{
    while (v->next < v->chain->turns.n) {
        struct rule *r = v->chain->rules[v->chain->turns.v[v->next++]];
        if ((r->action == ACT_JUMP || r->action == ACT_GOTO) && !r->inactive) {
            *by = r;
            return r->target;
        }
    }
    return NULL;
}

/* Depth first with a stack of our own: the depth is the input's to choose. */
static void cut_loops(struct policy *p, struct diags *d, struct chain *start, uint8_t *seen)
{
    struct {
        struct visited *v;
        size_t n, cap;
    } stack = {0};
    *PUSH(p->arena, stack) = (struct visited){start, 0};
    seen[start->index] = VISIT_OPEN;
    while (stack.n != 0) {
        struct rule *by = NULL;
        struct chain *to = leads_to(&stack.v[stack.n - 1], &by);
        if (to == NULL) {
            seen[stack.v[--stack.n].chain->index] = VISIT_DONE;
        } else if (seen[to->index] == VISIT_OPEN) {
            diag_add(d, DIAG_INCOMPLETE, by->at,
                     "chain %.*s leads back to itself here: what this rule does is not known",
                     STR_ARG(to->name));
            by->action = ACT_UNKNOWN;
            by->target = NULL;
        } else if (seen[to->index] == VISIT_NONE) {
            seen[to->index] = VISIT_OPEN;
            *PUSH(p->arena, stack) = (struct visited){to, 0};
        }
    }
}

void policy_freeze(struct policy *p, struct diags *d)
{
    uint8_t *seen = NEW_N(p->arena, uint8_t, p->chains.n);
    for (size_t i = 0; i < p->chains.n; i++)
        sum_up(p, p->chains.v[i]);
    for (int kind = 0; kind < PATH_KINDS; kind++)
        for (size_t i = 0; i < p->paths[kind].n; i++) {
            struct chain *c = p->paths[kind].v[i].chain;
            if (c != NULL && seen[c->index] == VISIT_NONE)
                cut_loops(p, d, c, seen);
        }
    for (size_t i = 0; i < p->chains.n; i++)
        p->chains.v[i]->lookup = lookup_new(p, p->chains.v[i]);
    if (p->universe.n == 0)
        p->universe = region_universe(p->sets, p->arena, -1);
}
