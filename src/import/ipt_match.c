/* What an iptables rule says: the words behind its chain, by a table of options. The meanings are
 * those of iptables(8) and iptables-extensions(8), version 1.8.9. */
#include "import/ipt_grammar.h"

#include <string.h>

struct sets *ipt_sets(const struct lower *l)
{
    return l->x->im->sets;
}
/* ---- narrowing ------------------------------------------------------------------------------ */

static set_id whole(struct lower *l, enum field f)
{
    if (f == FIELD_SRC || f == FIELD_DST)
        return set_range(ipt_sets(l), 0, addr_max(l->set->family));
    return set_full(ipt_sets(l), f);
}

/* SET, or all but it after a `!`. */
static set_id sense(struct lower *l, enum field f, set_id set)
{
    return l->negated ? set_minus(ipt_sets(l), whole(l, f), set) : set;
}

void ipt_narrow(struct lower *l, enum field f, set_id set)
{
    size_t kept = 0;
    for (size_t i = 0; i < l->n; i++) {
        l->cubes[i].f[f] = set_and(ipt_sets(l), l->cubes[i].f[f], set);
        if (l->cubes[i].f[f] != SET_EMPTY)
            l->cubes[kept++] = l->cubes[i];
    }
    l->n = kept;
}

bool ipt_narrow_to(struct lower *l, enum field f, set_id set)
{
    ipt_narrow(l, f, sense(l, f, set));
    return true;
}

bool ipt_narrow_range(struct lower *l, enum field f, u128 lo, u128 hi)
{
    return ipt_narrow_to(l, f, set_range(ipt_sets(l), lo, hi));
}

void ipt_drop_empty(struct lower *l)
{
    size_t kept = 0;
    for (size_t i = 0; i < l->n; i++)
        if (!cube_is_empty(&l->cubes[i]))
            l->cubes[kept++] = l->cubes[i];
    l->n = kept;
}

/* Either field in SET: twice as many cubes. */
void ipt_narrow_either(struct lower *l, enum field f, enum field g, set_id set)
{
    size_t n = l->n;
    for (size_t i = 0; i < n; i++) {
        struct cube other = l->cubes[i];
        other.f[g] = set_and(ipt_sets(l), other.f[g], set);
        l->cubes = array_room(l->x->im->arena, l->cubes, l->n, &l->cap, sizeof *l->cubes);
        l->cubes[l->n++] = other;
        l->cubes[i].f[f] = set_and(ipt_sets(l), l->cubes[i].f[f], set);
    }
    ipt_drop_empty(l);
}

void ipt_condition(struct lower *l, const char *kind, struct str text, bool of_packet)
{
    struct cond c = {.kind = str_of(kind), .text = text, .at = l->r->at, .of_packet = of_packet};
    rule_cond(l->x->policy, l->r, c, !l->negated);
}
void ipt_test(struct lower *l, struct cond c)
{
    struct cond_part *parts = NEW_N(l->x->im->arena, struct cond_part, c.n_parts + 1);
    for (size_t i = 0; i < c.n_parts; i++)
        parts[i] = c.parts[i];
    c.parts = parts;
    c.at = l->r->at;
    c.of_packet = true;
    rule_cond(l->x->policy, l->r, c, !l->negated);
}

set_id ipt_with_bits(struct lower *l, unsigned bits)
{
    struct ival v[256];
    size_t n = 0;
    for (unsigned k = 0; k < 256; k++)
        if ((k & bits) != 0)
            v[n++] = (struct ival){k, k};
    return set_of(ipt_sets(l), v, n);
}

bool ipt_match_has(const struct lower *l, const char *option)
{
    static const struct str ends[] = {STR_INIT("-m"), STR_INIT("--match"), STR_INIT("-j"),
                                      STR_INIT("--jump"), STR_INIT("-g")};
    const struct ipt_words *w = &l->rule->words;
    for (size_t i = l->match_at + 1; i < w->n; i++) {
        if (str_eq(w->v[i].text, str_of(option)))
            return true;
        for (size_t k = 0; k < sizeof ends / sizeof *ends; k++)
            if (str_eq(w->v[i].text, ends[k]))
                return false;
    }
    return false;
}

bool ipt_number_range(struct str v, char sep, u128 max, struct ival *r)
{
    uint64_t lo = 0, hi = (uint64_t)max;
    size_t at = str_find(v, sep);
    if (at == v.n) {
        if (!str_u64(v, 0, (uint64_t)max, &lo))
            return false;
        hi = lo;
    } else if ((at != 0 && !str_u64(str_sub(v, 0, at), 0, (uint64_t)max, &lo)) ||
               (at + 1 != v.n && !str_u64(str_from(v, at + 1), 0, (uint64_t)max, &hi))) {
        return false;
    }
    *r = (struct ival){lo, hi};
    return true;
}

bool ipt_masked_number(struct str v, uint64_t *value, uint64_t *mask)
{
    size_t slash = str_find(v, '/');
    *mask = UINT32_MAX;
    return str_u64(str_sub(v, 0, slash), 0, UINT32_MAX, value) &&
           (slash == v.n || str_u64(str_from(v, slash + 1), 0, UINT32_MAX, mask));
}

bool ipt_refuse_word(struct lower *l, const char *why)
{
    if (!l->rule->form->refused)
        ipt_refuse(l->x, l->rule->source, l->rule->words.v[l->at].at, "%s", why);
    return true;
}

static bool opt_comment(struct lower *l, struct str v)
{
    l->r->remark = v;
    return true;
}

static bool opt_nothing(struct lower *l, struct str v)
{
    (void)l;
    (void)v;
    return true;
}

static bool opt_match(struct lower *l, struct str v);

static bool opt_jump(struct lower *l, struct str v)
{
    (void)v;
    l->target = l->rule->words.v[l->at];
    return true;
}

static bool opt_goto(struct lower *l, struct str v)
{
    l->go = true;
    return opt_jump(l, v);
}

static const struct ipt_option options_core[] = {
    {"--match", "-m", 1, opt_match, NULL},     {"--jump", "-j", 1, opt_jump, NULL},
    {"--goto", "-g", 1, opt_goto, NULL},       {"--set-counters", "-c", 2, opt_nothing, NULL},
    {"--comment", NULL, 1, opt_comment, NULL}, {NULL, NULL, 0, NULL, NULL},
};

/* The rows of one name, in the order of the tables. */
struct named {
    const struct ipt_option *option;
    struct named *next;
};

static void name_option(struct ipt *x, const char *name, const struct ipt_option *option)
{
    struct named *row = NEW(x->im->arena, struct named), *first;
    row->option = option;
    first = map_get(x->options, str_of(name));
    if (first == NULL)
        map_put(x->options, str_of(name), row);
    for (; first != NULL; first = first->next)
        if (first->next == NULL) {
            first->next = row;
            break;
        }
}

void ipt_name_options(struct ipt *x)
{
    static const struct ipt_option *const tables[] = {
        options_core,      ipt_options_basic,    ipt_options_conntrack, ipt_options_header,
        ipt_options_trait, ipt_options_addrtype, ipt_options_set};
    x->options = map_new(x->im->arena);
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
        for (const struct ipt_option *o = tables[t]; o->name != NULL; o++) {
            name_option(x, o->name, o);
            if (o->letter != NULL)
                name_option(x, o->letter, o);
        }
}

static const struct ipt_option *find_option(const struct ipt *x, struct str match, struct str word)
{
    for (const struct named *row = map_get(x->options, word); row != NULL; row = row->next)
        if (row->option->of == NULL || str_eq(match, str_of(row->option->of)))
            return row->option;
    return NULL;
}

/* ---- matches that ask for what is not in the packet -------------------------------------------
 */

/* of_packet: the same text asked of the same packet gives the same answer. */
static const struct {
    const char *name;
    bool of_packet;
} unknown_matches[] = {
    {"limit", false},     {"hashlimit", false}, {"recent", false},    {"quota", false},
    {"statistic", false}, {"connlimit", false}, {"connbytes", false}, {"rateest", false},
    {"nfacct", true},     {"string", true},     {"u32", true},        {"bpf", true},
    {"time", true},       {"socket", true},     {"cgroup", true},     {"policy", true},
    {"rpfilter", true},   {"helper", true},     {"realm", true},      {"connlabel", true},
    {"cpu", true},        {"devgroup", true},   {"ecn", true},        {"esp", true},
    {"ah", true},         {"osf", true},        {"mh", true},         {"eui64", true},
    {"srh", true},        {"ipvs", true},       {"cluster", true},    {"geoip", true},
    {"layer7", true},     {"psd", false},       {"random", false},    {"condition", true},
    {"ipcomp", true},     {"ipp2p", true},      {"fuzzy", false},     {"nth", false},
};

static const char *const modelled_matches[] = {
    "tcp",       "udp",      "udplite",   "sctp", "dccp",     "icmp",   "icmp6", "icmpv6",
    "multiport", "state",    "mac",       "mark", "iprange",  "length", "ttl",   "hl",
    "pkttype",   "comment",  "conntrack", "set",  "connmark", "dscp",   "tos",   "physdev",
    "owner",     "addrtype", "tcpmss",    "rt",   "frag",     "hbh",    "dst",   "ipv6header",
};

/* Passes over the words of a match up to the next option of another one, and gives them as
 * iptables-save would: what says the same is the same condition. */
static struct str match_words(struct lower *l)
{
    const struct ipt_words *w = &l->rule->words;
    const struct ipt_form *f = l->rule->form;
    struct out o = {.arena = l->x->im->arena}, spelled = {.arena = l->x->im->arena};
    for (size_t k = 0; k < f->matches.n && !f->refused; k++)
        if (f->matches.v[k]->at.line == w->v[l->at].at.line &&
            f->matches.v[k]->at.col == w->v[l->at].at.col)
            ipt_use_spell(&spelled, l->set->family, f->matches.v[k]);
    size_t i = l->at + 1;
    for (; i < w->n; i++) {
        struct str word = w->v[i].text;
        bool bang = str_eq(word, STR("!")) && i + 1 < w->n;
        const struct ipt_option *next = find_option(l->x, l->match, bang ? w->v[i + 1].text : word);
        if (next != NULL)
            break;
        if (!f->refused)
            continue;
        if (o.n != 0)
            out_char(&o, ' ');
        out_str(&o, word);
    }
    l->at = i - 1;
    return f->refused ? out_taken(&o) : str_trim(out_taken(&spelled));
}

/* A payload match on something like a domain name: "example.com", or the DNS form of it. */
static void note_string(struct lower *l, size_t from)
{
    const struct ipt_words *w = &l->rule->words;
    for (size_t i = from; i + 1 < w->n && i <= l->at; i++)
        if (str_eq(w->v[i].text, STR("--string")) || str_eq(w->v[i].text, STR("--hex-string"))) {
            struct str value = w->v[i + 1].text;
            if (str_find(value, '.') != value.n || str_find(value, '|') != value.n)
                policy_fact(l->x->policy, STR("name.string"), value, w->v[i + 1].at, l->r);
        }
}

static bool is_modelled(struct str match)
{
    for (size_t i = 0; i < sizeof modelled_matches / sizeof *modelled_matches; i++)
        if (str_eq(match, str_of(modelled_matches[i])))
            return true;
    return false;
}

static bool opt_match(struct lower *l, struct str v)
{
    static const char *const tracking[] = {"state",     "conntrack", "connmark", "connbytes",
                                           "connlabel", "connlimit", "helper"};
    l->match = v;
    l->match_at = l->at;
    for (size_t i = 0; i < sizeof tracking / sizeof *tracking; i++)
        if (str_eq(v, str_of(tracking[i])))
            l->x->tracks[l->set->family] = true;
    if (is_modelled(v)) {
        ipt_need_header(l);
        return true;
    }
    for (size_t i = 0; i < sizeof unknown_matches / sizeof *unknown_matches; i++)
        if (str_eq(v, str_of(unknown_matches[i].name))) {
            size_t from = l->at;
            struct str text = match_words(l);
            ipt_condition(l, unknown_matches[i].name, text, unknown_matches[i].of_packet);
            if (str_eq(v, STR("string")))
                note_string(l, from);
            return true;
        }
    return false;
}

/* ---- words ---------------------------------------------------------------------------------- */

static void not_understood(struct lower *l, const struct ipt_word *w)
{
    if (!l->rule->form->refused) /* then the reason is told */
        ipt_not_modelled(l->x, l->rule->source, w->at,
                         "\"%.*s\" is not understood: this rule of chain %.*s matches what it says "
                         "beside that, or less",
                         STR_ARG(w->text), STR_ARG(l->chain->name));
    ipt_condition(l, "not-modelled", l->rule->text, true);
}

static void read_option(struct lower *l, const struct ipt_option *o)
{
    const struct ipt_words *w = &l->rule->words;
    const struct ipt_word *name = &w->v[l->at];
    struct str value = {"", 0};
    if (o->values != 0 && o->fn != opt_comment && l->at + 2 < w->n &&
        str_eq(w->v[l->at + 1].text, STR("!"))) {
        l->negated = true;
        l->at++;
    }
    if (o->values != 0) {
        if (l->at + o->values >= w->n) {
            not_understood(l, name);
            return;
        }
        value = w->v[l->at + 1].text;
        l->at += o->values;
    }
    if (!o->fn(l, value))
        not_understood(l, &w->v[l->at]);
}

void ipt_lower_rule(struct ipt *x, struct ipt_ruleset *set, struct ipt_chain *chain,
                    const struct ipt_rule *rule, struct rule *r)
{
    struct lower l = {.x = x, .set = set, .chain = chain, .rule = rule, .r = r};
    struct cube any = cube_any(x->im->sets);
    any.f[FIELD_FAMILY] = set_one(x->im->sets, set->family);
    l.cubes = array_room(x->im->arena, NULL, 0, &l.cap, sizeof any);
    l.cubes[l.n++] = any;
    const struct ipt_words *w = &rule->words;
    for (l.at = 0; l.at < w->n; l.at++) {
        if (str_eq(w->v[l.at].text, STR("!"))) {
            l.negated = true;
            continue;
        }
        const struct ipt_option *o = find_option(x, l.match, w->v[l.at].text);
        if (o != NULL)
            read_option(&l, o);
        else if (l.target.text.n != 0)
            *PUSH(x->im->arena, l.target_words) = w->v[l.at];
        else
            not_understood(&l, &w->v[l.at]);
        l.negated = false;
    }
    ipt_lower_target(&l);
    for (size_t i = 0; i < l.n; i++)
        rule_match(x->policy, r, &l.cubes[i]);
}

bool ipt_may_note(struct str text)
{
    for (size_t i = str_find(text, '-'); i + 1 < text.n;
         i += 1 + str_find(str_from(text, i + 1), '-')) {
        /* -i, --in-interface, --physdev-in, … have an i or o behind a dash; --add-set, --del-set */
        const struct str name = str_from(text, i + 1);
        if (char_is_of(name.p[0], "io") || str_starts(name, STR("-ad")) ||
            str_starts(name, STR("-de")))
            return true;
    }
    return false;
}

void ipt_note_interfaces(struct ipt *x, const struct ipt_words *w, struct span at)
{
    struct ifaces *ports = &x->policy->ifaces;
    struct str value;
    bool old_style;
    for (size_t i = 0; i < w->n; i++) {
        const struct str word = w->v[i].text;
        if (word.n < 2 || word.p[0] != '-' ||
            !char_is_of(word.p[word.n > 2 && word.p[1] == '-' ? 2 : 1], "iopad"))
            continue;
        if (ipt_option_at(w, i, "-i", "--in-interface", &value, &old_style) ||
            ipt_option_at(w, i, "-o", "--out-interface", &value, &old_style))
            policy_interface(x->policy, value, at);
        else if (ipt_option_at(w, i, NULL, "--physdev-in", &value, &old_style) ||
                 ipt_option_at(w, i, NULL, "--physdev-out", &value, &old_style))
            ifaces_add(x->im->arena, ports, value);
        else if (ipt_option_at(w, i, NULL, "--add-set", &value, &old_style) ||
                 ipt_option_at(w, i, NULL, "--del-set", &value, &old_style))
            ipt_set_changes(x, value);
    }
}
