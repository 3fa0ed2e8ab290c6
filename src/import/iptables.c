/* iptables: the exports of one Linux host (IPv4, IPv6) to a policy, with the tables in the order in
 * which netfilter calls them. */
#include "import/ipt_grammar.h"

/* The stages of each path: table and chain, in the kernel's order of hooks and priorities
 * (include/uapi/linux/netfilter_ipv4.h: raw -300, mangle -150, nat DNAT -100, filter 0,
 * security 50, nat SNAT 100). */
static const struct {
    enum path_kind path;
    const char *table, *chain;
    bool first_packet; /* nat sees only the first packet of a connection */
    bool decides;
} hooks[] = {
    {PATH_THROUGH, "raw", "PREROUTING", false, false},
    {PATH_THROUGH, "mangle", "PREROUTING", false, false},
    {PATH_THROUGH, "nat", "PREROUTING", true, false},
    {PATH_THROUGH, "mangle", "FORWARD", false, false},
    {PATH_THROUGH, "filter", "FORWARD", false, true},
    {PATH_THROUGH, "security", "FORWARD", false, false},
    {PATH_THROUGH, "mangle", "POSTROUTING", false, false},
    {PATH_THROUGH, "nat", "POSTROUTING", true, false},
    {PATH_TO_SELF, "raw", "PREROUTING", false, false},
    {PATH_TO_SELF, "mangle", "PREROUTING", false, false},
    {PATH_TO_SELF, "nat", "PREROUTING", true, false},
    {PATH_TO_SELF, "mangle", "INPUT", false, false},
    {PATH_TO_SELF, "filter", "INPUT", false, true},
    {PATH_TO_SELF, "security", "INPUT", false, false},
    {PATH_TO_SELF, "nat", "INPUT", true, false},
    {PATH_FROM_SELF, "raw", "OUTPUT", false, false},
    {PATH_FROM_SELF, "mangle", "OUTPUT", false, false},
    {PATH_FROM_SELF, "nat", "OUTPUT", true, false},
    {PATH_FROM_SELF, "filter", "OUTPUT", false, true},
    {PATH_FROM_SELF, "security", "OUTPUT", false, false},
    {PATH_FROM_SELF, "mangle", "POSTROUTING", false, false},
    {PATH_FROM_SELF, "nat", "POSTROUTING", true, false},
};

static void make_chains(struct ipt *x, struct ipt_ruleset *set)
{
    for (size_t i = 0; i < set->chains.n; i++) {
        struct ipt_chain *c = set->chains.v[i];
        /* The same name may stand in both families. */
        c->chain = policy_chain(x->policy, c->table, c->name, c->at);
        for (size_t k = 0; k < c->rules.n; k++)
            if (ipt_twin_first(c->rules.v[k]) &&
                (!c->rules.v[k]->unread || ipt_may_note(c->rules.v[k]->text))) {
                struct ipt_words words = ipt_rule_words(x, x->forms, c->rules.v[k]);
                ipt_note_interfaces(x, &words, c->rules.v[k]->at);
                arena_reset(x->forms);
            }
    }
}

/* What is told of a rule beside the rule. */
static size_t told_so_far(const struct ipt *x)
{
    return x->im->diags->n + x->im->diags->dropped + x->policy->facts.n + x->uses;
}

static void lower_rule(struct ipt *x, struct ipt_ruleset *set, struct ipt_chain *c,
                       const struct ipt_rule *rule, struct rule *r)
{
    if (ipt_twin_copy(x, rule, r))
        return;
    struct ipt_rule read = *rule;
    read.words = ipt_rule_words(x, x->forms, rule);
    read.form = ipt_form_read(x, set->family, c, &read);
    size_t told = told_so_far(x);
    ipt_lower_rule(x, set, c, &read, r);
    ipt_twin_learn(x, set, c, &read, r, told_so_far(x) != told);
    arena_reset(x->forms);
}

/* Rules lie as they were read, one chain's between others': the one so far on is fetched early. */
#define EARLY 6

static void lower_chain(struct ipt *x, struct ipt_ruleset *set, struct ipt_chain *c)
{
    for (size_t i = 0; i < c->rules.n; i++) {
        const struct ipt_rule *rule = c->rules.v[i];
        if (i + EARLY < c->rules.n) {
            const struct ipt_rule *later = c->rules.v[i + EARLY];
            __builtin_prefetch(later);
            __builtin_prefetch(&later->hits);
            __builtin_prefetch(&later->places.target);
        }
        struct rule *r = chain_rule(x->policy, c->chain, rule->at, ACT_CONTINUE);
        r->text = rule->text;
        r->number = (uint32_t)i + 1;
        r->has_hits = rule->has_hits;
        r->hits = rule->hits;
        lower_rule(x, set, c, rule, r);
    }
}

/* What the chain's policy is, as a rule. */
static struct rule *policy_rule(struct ipt *x, const struct ipt_chain *c, struct str table,
                                struct str name)
{
    struct import *im = x->im;
    struct str word = c == NULL ? STR("ACCEPT") : c->policy;
    enum action action = str_eq(word, STR("DROP"))     ? ACT_DENY
                         : str_eq(word, STR("ACCEPT")) ? ACT_PERMIT
                                                       : ACT_UNKNOWN;
    struct str text = arena_strf(im->arena, "policy of %.*s %.*s: %.*s", STR_ARG(table),
                                 STR_ARG(name), STR_ARG(word));
    return policy_default(x->policy, c == NULL ? SPAN_NONE : c->at, action, text);
}

static void make_paths(struct ipt *x, struct ipt_ruleset *set)
{
    struct sets *s = x->im->sets;
    for (size_t i = 0; i < sizeof hooks / sizeof *hooks; i++) {
        struct str table = str_of(hooks[i].table), name = str_of(hooks[i].chain);
        struct ipt_chain *c = ipt_chain_get(set, table, name);
        if ((c == NULL && !hooks[i].decides) || (hooks[i].first_packet && !x->tracks[set->family]))
            continue;
        struct str title = arena_strf(x->im->arena, "%.*s %.*s", STR_ARG(table), STR_ARG(name));
        struct stage *stage =
            path_stage(x->policy, hooks[i].path, title, c == NULL ? NULL : c->chain,
                       policy_rule(x, c, table, name));
        stage->decides = hooks[i].decides;
        stage->guard.f[FIELD_FAMILY] = set_one(s, set->family);
        if (hooks[i].first_packet)
            stage->guard.f[FIELD_STATE] = set_one(s, STATE_NEW);
    }
}

/* Whether a rule of nat POSTROUTING with the words W hides source addresses on leaving *OUT, or
 * (*NEGATED) on leaving any other interface. */
static bool hides_sources(const struct ipt_words *w, struct str *out, bool *negated)
{
    bool hides = false, old_style;
    struct str value;
    *out = STR("");
    for (size_t k = 0; k < w->n; k++) {
        if (ipt_option_at(w, k, "-o", "--out-interface", &value, &old_style)) {
            *out = value;
            *negated = old_style || (k > 0 && str_eq(w->v[k - 1].text, STR("!")));
        }
        if (ipt_option_at(w, k, "-j", "--jump", &value, &old_style))
            hides = str_eq(value, STR("MASQUERADE")) || str_eq(value, STR("SNAT"));
    }
    return hides && out->n != 0;
}

/* How interfaces are called that look one way on most systems (OpenWrt, pppd, firewalls in a box).
 * eth0 and the like say nothing. */
static const struct {
    const char *begin;
    enum side side;
} usual_names[] = {
    {"wan", SIDE_OUTSIDE},      {"ppp", SIDE_OUTSIDE},   {"outside", SIDE_OUTSIDE},
    {"internet", SIDE_OUTSIDE}, {"ext", SIDE_OUTSIDE},   {"untrust", SIDE_OUTSIDE},
    {"lan", SIDE_INSIDE},       {"br-lan", SIDE_INSIDE}, {"inside", SIDE_INSIDE},
    {"int", SIDE_INSIDE},       {"trust", SIDE_INSIDE},
};

static void side_by_name(struct ipt *x, struct interface *face)
{
    for (size_t i = 0; i < sizeof usual_names / sizeof *usual_names; i++)
        if (face->side == SIDE_UNKNOWN && str_starts(face->name, str_of(usual_names[i].begin))) {
            face->side = usual_names[i].side;
            face->why = arena_strf(x->im->arena, "it is called \"%.*s\"", STR_ARG(face->name));
        }
}

/* `-t nat POSTROUTING -o X -j MASQUERADE` says that X looks outside, and the other interfaces that
 * rules name then look inside. Where nothing hides addresses, names may tell. */
static void infer_sides(struct ipt *x)
{
    struct policy *p = x->policy;
    struct ipt_ruleset *set = &x->sets[FAMILY_V4];
    struct ipt_chain *c = set->given ? ipt_chain_get(set, STR("nat"), STR("POSTROUTING")) : NULL;
    bool found = false, negated = false;
    struct str out;
    for (size_t i = 0; c != NULL && i < c->rules.n; i++) {
        struct ipt_words words = ipt_rule_words(x, x->forms, c->rules.v[i]);
        if (!hides_sources(&words, &out, &negated))
            continue;
        struct interface *face = policy_interface(p, out, c->rules.v[i]->at);
        face->side = negated ? SIDE_INSIDE : SIDE_OUTSIDE;
        face->why =
            arena_strf(x->im->arena, "source addresses are hidden on leaving %s%.*s (line %u)",
                       negated ? "any interface but " : "", STR_ARG(out), c->rules.v[i]->at.line);
        found = found || !negated;
    }
    for (size_t i = 0; i < p->interfaces.n; i++) {
        struct interface *face = &p->interfaces.v[i];
        if (face->side != SIDE_UNKNOWN || str_eq(face->name, STR("lo")))
            continue;
        if (!found) {
            side_by_name(x, face);
            continue;
        }
        face->side = SIDE_INSIDE;
        face->why = STR("the rules name it beside the interface that hides addresses");
    }
}

/* A jump that policy_freeze() had to cut closes a loop. */
static void freeze(struct ipt *x)
{
    policy_freeze(x->policy, x->im->diags);
    for (size_t i = 0; i < x->policy->chains.n; i++) {
        const struct chain *c = x->policy->chains.v[i];
        for (size_t k = 0; k < c->turns.n; k++) {
            const struct rule *r = c->rules[c->turns.v[k]];
            if (r->target == NULL && r->n_rewrites == 0) /* a jump that was cut */
                ipt_refuse(x, x->im->sources->v[r->at.file], r->at,
                           "a loop of chains that a packet can reach");
        }
    }
}

struct ipt ipt_read_host(struct import *im, struct source **inputs, size_t n, bool twins)
{
    struct ipt x = {.im = im,
                    .rules = arena_child(im->arena),
                    .forms = arena_child(im->arena),
                    .policy = policy_new(im->arena, im->sets, im->device)};
    x.policy->format = STR("iptables");
    x.policy->at = span_line(inputs[0], 1);
    if (twins)
        ipt_shapes_start(&x);
    ipt_name_options(&x);
    import_know_ifaces(im, x.policy);
    for (int sets = 1; sets >= 0; sets--) /* the sets before the rules that ask for them */
        for (size_t i = 0; i < n; i++)
            if (str_eq(inputs[i]->format, STR("ipset")) == (sets == 1))
                ipt_parse(&x, str_eq(inputs[i]->format, STR("ip6tables")) ? FAMILY_V6 : FAMILY_V4,
                          inputs[i]);
    return x;
}

struct policy *ipt_import_host(struct import *im, struct source **inputs, size_t n)
{
    struct ipt x = ipt_read_host(im, inputs, n, !im->in_full);
    for (int f = FAMILY_V4; f <= FAMILY_V6; f++)
        if (x.sets[f].given)
            make_chains(&x, &x.sets[f]);
    x.policy->zoned = x.policy->interfaces.n != 0;
    for (int f = FAMILY_V4; f <= FAMILY_V6; f++) {
        if (!x.sets[f].given)
            continue;
        for (size_t i = 0; i < x.sets[f].chains.n; i++)
            lower_chain(&x, &x.sets[f], x.sets[f].chains.v[i]);
        make_paths(&x, &x.sets[f]);
    }
    infer_sides(&x);
    if (!x.sets[FAMILY_V4].given || !x.sets[FAMILY_V6].given)
        x.policy->universe =
            region_universe(im->sets, im->arena, x.sets[FAMILY_V6].given ? FAMILY_V6 : FAMILY_V4);
    arena_free(x.rules);
    arena_free(x.forms);
    freeze(&x);
    return x.policy;
}

/* ---- detection ------------------------------------------------------------------------------ */

/* Counts the lines that only an export of iptables has. */
static int score(struct str head, bool v6)
{
    static const char *const begins[] = {"*filter", "*nat",      "*mangle",   "*raw",
                                         ":INPUT ", ":FORWARD ", "-A ",       "-P ",
                                         "-N ",     "-I ",       "iptables ", "ip6tables "};
    struct str rest = head, line;
    int found = 0;
    while (found < 9 && str_cut(&rest, '\n', &line)) {
        line = str_trim(line);
        size_t i = 0, n = sizeof begins / sizeof *begins;
        while (i < n && !str_starts(line, str_of(begins[i])))
            i++;
        found += i < n;
    }
    if (found == 0)
        return 0;
    bool six = str_search(head, STR("ip6tables")) != head.n ||
               str_search(head, STR("icmp6")) != head.n || str_search(head, STR("::/")) != head.n;
    bool four = false;
    for (size_t i = 0; i + 2 < head.n && !four; i++)
        four = char_is_digit(head.p[i]) && head.p[i + 1] == '.' && char_is_digit(head.p[i + 2]);
    int sure = 36 + 6 * found;
    return six == v6 || (!six && !four) ? sure : sure / 2;
}

static int sniff_v4(struct str head)
{
    return score(head, false);
}

static int sniff_v6(struct str head)
{
    return score(head, true);
}

const struct format format_iptables = {.name = "iptables",
                                       .title = "iptables-save, iptables -S, iptables commands",
                                       .sniff = sniff_v4,
                                       .import = ipt_import_host,
                                       .spell = ipt_spell_host};
const struct format format_ip6tables = {.name = "ip6tables",
                                        .title = "ip6tables-save and its other forms",
                                        .sniff = sniff_v6,
                                        .import = ipt_import_host,
                                        .spell = ipt_spell_host};
