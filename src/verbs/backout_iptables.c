/* iptables commands that make one rule set of another: by number from the end, then what is
 * missing in its place. */
#include "verbs/diff_int.h"

struct chains {
    const struct chain *from, *to; /* one may be NULL */
};

struct writing {
    struct audit *audit;
    struct out *o;
    const struct policy *from, *to;
};

static bool is_v6(const struct audit *a, struct span at)
{
    return at.file < a->sources.n && str_eq(a->sources.v[at.file]->format, STR("ip6tables"));
}

/* What stands behind the chain (and its place) in the command that made R: the words of the rule,
 * for a shell. */
static struct str spec_of(struct arena *a, const struct rule *r)
{
    static const struct str commands[] = {STR_INIT("-A"),       STR_INIT("-I"),
                                          STR_INIT("--append"), STR_INIT("--insert"),
                                          STR_INIT("-R"),       STR_INIT("--replace")};
    struct str rest = r->text, word;
    bool found = false;
    uint64_t number;
    while (!found && str_word(&rest, &word))
        for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
            found = found || str_eq(word, commands[i]);
    str_word(&rest, &word); /* the chain */
    struct str after = rest;
    if (str_word(&after, &word) && str_u64(word, 10, UINT32_MAX, &number))
        rest = after;
    struct out o = {.arena = a};
    rest = str_trim(rest);
    for (size_t i = 0; i < rest.n; i++) {
        if (rest.p[i] == '$' || rest.p[i] == '`')
            out_char(&o, '\\');
        out_char(&o, rest.p[i]);
    }
    return out_taken(&o);
}

static void command(struct writing *w, const struct chain *c, const char *verb)
{
    out_fmt(w->o, "%s ", is_v6(w->audit, c->at) ? "ip6tables" : "iptables");
    if (!str_eq(c->table, STR("filter")))
        out_fmt(w->o, "-t %.*s ", STR_ARG(c->table));
    out_fmt(w->o, "%s %.*s", verb, STR_ARG(c->name));
}

/* The rules that the two begin and end with alike stay; between them, the longest run of rules
 * that stand once in each, in the same order, found greedily. */
struct kept {
    bool *from, *to;
};

static struct kept keep(struct arena *a, const struct chain *x, const struct chain *y)
{
    struct kept k = {NEW_N(a, bool, x->n_rules + 1), NEW_N(a, bool, y->n_rules + 1)};
    size_t from = 0, x_end = x->n_rules, y_end = y->n_rules;
    struct map *places = map_new(a);
    while (from < x_end && from < y_end &&
           str_eq(spec_of(a, x->rules[from]), spec_of(a, y->rules[from])))
        k.from[from] = k.to[from] = true, from++;
    while (x_end > from && y_end > from &&
           str_eq(spec_of(a, x->rules[x_end - 1]), spec_of(a, y->rules[y_end - 1])))
        k.from[--x_end] = k.to[--y_end] = true;
    size_t *at = NEW_N(a, size_t, x->n_rules + 1);
    for (size_t i = x_end; i-- > from;) { /* the first of equals stays in the map */
        at[i] = i;
        map_put(places, spec_of(a, x->rules[i]), &at[i]);
    }
    for (size_t i = from, next = from; i < y_end; i++) {
        const size_t *place = map_get(places, spec_of(a, y->rules[i]));
        if (place == NULL || *place < next)
            continue;
        k.to[i] = k.from[*place] = true;
        next = *place + 1;
    }
    return k;
}

static void write_chain(struct writing *w, const struct chain *x, const struct chain *y)
{
    struct arena *a = w->audit->arena;
    struct chain none = *(x != NULL ? x : y);
    none.n_rules = 0;
    x = x != NULL ? x : &none;
    y = y != NULL ? y : &none;
    struct kept k = keep(a, x, y);
    for (size_t i = x->n_rules; i-- > 0;)
        if (!k.from[i]) {
            command(w, x, "-D");
            out_fmt(w->o, " %zu\n", i + 1);
        }
    for (size_t i = 0; i < y->n_rules; i++)
        if (!k.to[i]) {
            command(w, y, "-I");
            out_fmt(w->o, " %zu %.*s\n", i + 1, STR_ARG(spec_of(a, y->rules[i])));
        }
}

static struct str chain_key(const struct writing *w, const struct chain *c)
{
    return arena_strf(w->audit->arena, "%d %.*s %.*s", is_v6(w->audit, c->at), STR_ARG(c->table),
                      STR_ARG(c->name));
}

static struct map *chains_of(struct writing *w, const struct policy *p)
{
    struct map *all = map_new(w->audit->arena);
    for (size_t i = 0; i < p->chains.n; i++)
        map_put(all, chain_key(w, p->chains.v[i]), p->chains.v[i]);
    return all;
}

/* What becomes of packets that no rule of a built-in chain decides. */
static void write_policies(struct writing *w)
{
    for (int k = 0; k < PATH_KINDS; k++)
        for (size_t i = 0; i < w->to->paths[k].n && i < w->from->paths[k].n; i++) {
            const struct stage *x = &w->from->paths[k].v[i], *y = &w->to->paths[k].v[i];
            if (y->chain == NULL || x->otherwise->action == y->otherwise->action ||
                !str_eq(x->title, y->title))
                continue;
            command(w, y->chain, "-P");
            out_fmt(w->o, " %s\n", y->otherwise->action == ACT_DENY ? "DROP" : "ACCEPT");
        }
}

struct str backout_iptables(struct audit *a, const struct policy *from, const struct policy *to)
{
    struct out o = {.arena = a->arena};
    struct writing w = {a, &o, from, to};
    struct map *in_from = chains_of(&w, from), *in_to = chains_of(&w, to);
    for (size_t i = 0; i < to->chains.n; i++)
        if (map_get(in_from, chain_key(&w, to->chains.v[i])) == NULL && !to->chains.v[i]->builtin) {
            command(&w, to->chains.v[i], "-N");
            out_char(&o, '\n');
        }
    for (size_t i = 0; i < to->chains.n; i++)
        write_chain(&w, map_get(in_from, chain_key(&w, to->chains.v[i])), to->chains.v[i]);
    write_policies(&w);
    for (int last = 0; last < 2; last++)
        for (size_t i = 0; i < from->chains.n; i++) {
            const struct chain *c = from->chains.v[i];
            if (map_get(in_to, chain_key(&w, c)) != NULL || (last == 1 && c->builtin))
                continue;
            command(&w, c, last == 0 ? "-F" : "-X");
            out_char(&o, '\n');
        }
    return out_taken(&o);
}
