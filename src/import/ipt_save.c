/* iptables: the rules of a host as iptables-save prints them. */
#include "import/ipt_grammar.h"

#include <inttypes.h>
#include <stdlib.h>

struct chains {
    const struct ipt_chain **v;
    size_t n, cap;
};

static int by_name(const void *a, const void *b)
{
    const struct ipt_chain *const *x = a, *const *y = b;
    return str_cmp((*x)->name, (*y)->name);
}

/* Builtin chains in the order of their hooks, then the others by name. */
static struct chains chains_of(struct ipt *x, struct ipt_ruleset *set, struct str table)
{
    struct arena *a = x->im->arena;
    struct chains all = {0};
    for (const char *const *name = ipt_builtins(table); name != NULL && *name != NULL; name++) {
        struct ipt_chain *c = ipt_chain_get(set, table, str_of(*name));
        if (c == NULL) {
            c = NEW(a, struct ipt_chain);
            *c = (struct ipt_chain){.table = table, .name = str_of(*name), .policy = STR("ACCEPT")};
        }
        *PUSH(a, all) = c;
    }
    size_t builtin = all.n;
    for (size_t i = 0; i < set->chains.n; i++)
        if (set->chains.v[i]->policy.n == 0 && str_eq(set->chains.v[i]->table, table))
            *PUSH(a, all) = set->chains.v[i];
    if (all.n > builtin)
        qsort(all.v + builtin, all.n - builtin, sizeof *all.v, by_name);
    return all;
}

/* A rule that iptables would not load stays as it is written. */
static void as_written(struct out *o, const struct ipt_rule *rule)
{
    for (size_t i = 0; i < rule->words.n; i++)
        out_fmt(o, " %.*s", STR_ARG(ipt_plain(o->arena, rule->words.v[i].text)));
}

static void save_table(struct ipt *x, struct ipt_ruleset *set, struct str table, struct out *o)
{
    struct chains all = chains_of(x, set, table);
    out_fmt(o, "*%.*s\n", STR_ARG(table));
    for (size_t i = 0; i < all.n; i++)
        out_fmt(o, ":%.*s %.*s [0:0]\n", STR_ARG(all.v[i]->name),
                STR_ARG(all.v[i]->policy.n != 0 ? all.v[i]->policy : STR("-")));
    for (size_t i = 0; i < all.n; i++)
        for (size_t k = 0; k < all.v[i]->rules.n; k++) {
            const struct ipt_rule *rule = all.v[i]->rules.v[k];
            if (ipt_said_find(&rule->form->own, set->family == FAMILY_V6 ? "-4" : "-6") != NULL)
                continue; /* of the other family: it is not loaded */
            if (rule->has_hits)
                out_fmt(o, "[%" PRIu64 ":%" PRIu64 "] ", rule->hits, rule->bytes);
            out_fmt(o, "-A %.*s", STR_ARG(all.v[i]->name));
            if (rule->form->refused)
                as_written(o, rule);
            else
                ipt_form_spell(o, set->family, rule->form);
            out_char(o, '\n');
        }
    out_text(o, "COMMIT\n");
}

static void save_tables(struct ipt *x, struct ipt_ruleset *set, struct out *o)
{
    struct map *done = map_new(x->im->arena);
    for (size_t i = 0; i < set->chains.n; i++) {
        struct ipt_chain *c = set->chains.v[i];
        if (map_get(done, c->table) != NULL)
            continue;
        map_put(done, c->table, c);
        save_table(x, set, c->table, o);
    }
}

static void read_forms(struct ipt *x, const struct ipt_ruleset *set)
{
    for (size_t i = 0; i < set->chains.n; i++) {
        struct ipt_chain *c = set->chains.v[i];
        for (size_t k = 0; k < c->rules.n; k++)
            c->rules.v[k]->form = ipt_form_read(x, set->family, c, c->rules.v[k]);
    }
}

void ipt_spell_host(struct import *im, struct source **inputs, size_t n, struct out *o)
{
    struct ipt x = ipt_read_host(im, inputs, n, false);
    for (int f = FAMILY_V4; f <= FAMILY_V6; f++)
        if (x.sets[f].given)
            read_forms(&x, &x.sets[f]);
    bool both = x.sets[FAMILY_V4].given && x.sets[FAMILY_V6].given;
    for (int f = FAMILY_V4; f <= FAMILY_V6; f++) {
        if (both)
            out_fmt(o, "# %s\n", f == FAMILY_V4 ? "iptables-save" : "ip6tables-save");
        if (x.sets[f].given)
            save_tables(&x, &x.sets[f], o);
    }
}
