/* What others say of dumps that nobody here wrote: `iptables -L` of the same host, rule by rule,
 * and the bounds that a formally verified analyser published (diekmann/Iptables_Semantics). Both
 * are listings; tests/listing.awk spells them as iptables-save does. Without the corpus: skipped.
 */
#include "ipt_lab.h"

#include <stdlib.h>

static char dir[4096];

static FILE *corpus(const char *file)
{
    static char path[8192];
    snprintf(path, sizeof path, "%s/corpus/%s", dir, file);
    return fopen(path, "rb");
}

/* Before anything is allocated: skip() does not come back. */
static void need_corpus(void)
{
    FILE *f = corpus("INDEX.tsv");
    if (f == NULL)
        skip();
    fclose(f);
}

static struct str all_of(struct arena *a, FILE *f)
{
    struct out o = {.arena = a};
    char buffer[65536];
    size_t n;
    while ((n = fread(buffer, 1, sizeof buffer, f)) != 0)
        out_bytes(&o, buffer, n);
    return out_taken(&o);
}

/* The filter table of a dump. */
static struct str filter_of(struct arena *a, struct str text)
{
    struct out o = {.arena = a};
    struct str line;
    bool in = false;
    while (str_cut(&text, '\n', &line)) {
        line = str_trim(line);
        in = in || str_eq(line, STR("*filter"));
        if (in)
            out_fmt(&o, "%.*s\n", STR_ARG(line));
        in = in && !str_eq(line, STR("COMMIT"));
    }
    return out_taken(&o);
}

/* A listing as iptables-save says it; empty if it is not in the corpus or not understood. */
static struct str listing_of(struct arena *a, const char *file)
{
    FILE *f = corpus(file);
    if (f == NULL)
        return STR("");
    fclose(f);
    char command[16384];
    snprintf(command, sizeof command, "awk -f tests/listing.awk '%s/corpus/%s'", dir, file);
    f = popen(command, "r");
    assert_non_null(f);
    struct str text = all_of(a, f);
    assert_int_equal(pclose(f), 0);
    return text;
}

static struct str dump_of(struct arena *a, const char *file)
{
    FILE *f = corpus(file);
    if (f == NULL)
        return STR("");
    struct str text = filter_of(a, all_of(a, f));
    fclose(f);
    return text;
}

/* Two rule sets with one notion of sets and interfaces. */
struct both {
    struct arena *arena;
    struct sets *sets;
    struct strs ifaces;
    struct policy *policy[2];
};

static void know_ifaces(struct both *b, struct str text)
{
    struct str word;
    bool next = false;
    while (str_word(&text, &word)) {
        if (next)
            *PUSH(b->arena, b->ifaces) = word;
        next = str_eq(word, STR("-i")) || str_eq(word, STR("-o")) ||
               str_starts(word, STR("--physdev-in")) || str_starts(word, STR("--physdev-out"));
    }
}

static struct policy *import_text(struct both *b, struct str text, bool six)
{
    struct diags *diags = NEW(b->arena, struct diags);
    struct sources *sources = NEW(b->arena, struct sources);
    diags->arena = b->arena;
    struct source *s = source_add(b->arena, sources, STR("rules"), text);
    s->format = six ? STR("ip6tables") : STR("iptables");
    struct import im = {.arena = b->arena,
                        .diags = diags,
                        .sources = sources,
                        .sets = b->sets,
                        .device = STR("fw"),
                        .known_ifaces = &b->ifaces};
    return (six ? &format_ip6tables : &format_iptables)->import(&im, &s, 1);
}

static struct both both_of(struct arena *a, struct str x, struct str y, bool six)
{
    struct both b = {.arena = a, .sets = sets_new(a)};
    *PUSH(a, b.ifaces) = STR("lo");
    know_ifaces(&b, x);
    know_ifaces(&b, y);
    b.policy[0] = import_text(&b, x, six);
    b.policy[1] = import_text(&b, y, six);
    return b;
}

/* ---- listings rule by rule --------------------------------------------------------------------
 */

static const struct chain *find_chain(const struct policy *p, struct str name)
{
    for (size_t i = 0; i < p->chains.n; i++)
        if (str_eq(p->chains.v[i]->name, name) && str_eq(p->chains.v[i]->table, STR("filter")))
            return p->chains.v[i];
    return NULL;
}

/* What R matches; without -v a listing does not tell interfaces. */
static struct region match_of(struct both *b, const struct rule *r, bool ifaces)
{
    struct region all = {0};
    for (size_t i = 0; i < r->n_match; i++) {
        struct cube c = r->match[i];
        for (int f = 0; f < FIELD_COUNT && !ifaces; f++)
            if (f == FIELD_IN || f == FIELD_OUT)
                c.f[f] = set_full(b->sets, (enum field)f);
        *PUSH(b->arena, all) = c;
    }
    return region_canonical(b->sets, b->arena, &all, NULL);
}

static bool same_region(const struct region *x, const struct region *y)
{
    bool same = x->n == y->n;
    for (size_t i = 0; i < x->n && same; i++)
        same = cube_eq(&x->v[i], &y->v[i]);
    return same;
}

static bool same_rule(struct both *b, const struct rule *x, const struct rule *y, bool ifaces)
{
    struct region mx = match_of(b, x, ifaces), my = match_of(b, y, ifaces);
    bool same_target = (x->target == NULL) == (y->target == NULL) &&
                       (x->target == NULL || str_eq(x->target->name, y->target->name));
    return x->action == y->action && same_target && same_region(&mx, &my) &&
           lits_count(b->sets, x->conds) == lits_count(b->sets, y->conds);
}

/* How many rules differ; *TOTAL counts all. */
static size_t compare_listing(const char *dump, const char *listing, bool six, size_t *total)
{
    struct arena *a = arena_new(0);
    struct str x = dump_of(a, dump), y = listing_of(a, listing);
    size_t bad = 0;
    if (x.n == 0 || y.n == 0) {
        print_message("# not in the corpus: %s\n", listing);
        arena_free(a);
        return 0;
    }
    bool ifaces = str_search(y, STR(" -i ")) < y.n || str_search(y, STR(" -o ")) < y.n;
    struct both b = both_of(a, x, y, six);
    for (size_t i = 0; i < b.policy[1]->chains.n; i++) {
        const struct chain *l = b.policy[1]->chains.v[i];
        const struct chain *d = find_chain(b.policy[0], l->name);
        size_t n = d == NULL ? 0 : d->n_rules < l->n_rules ? d->n_rules : l->n_rules;
        if (!str_eq(l->table, STR("filter")))
            continue;
        *total += l->n_rules;
        bad += l->n_rules - n + (d == NULL ? 0 : d->n_rules - n);
        for (size_t k = 0; k < n; k++)
            if (!same_rule(&b, d->rules[k], l->rules[k], ifaces)) {
                if (bad++ == 0)
                    print_message("# %s: %.*s\n#   listing: %.*s\n", listing,
                                  STR_ARG(d->rules[k]->text), STR_ARG(l->rules[k]->text));
            }
    }
    arena_free(a);
    return bad;
}

/* Pairs that are not of one moment, or not of one host. */
static const struct {
    const char *listing;
    size_t differ;
    const char *why;
} exceptions[] = {
    {"iptables_Ln_29.11.2013", 897, "six weeks after the dump (expected/README.md)"},
    {"ds414__iptables_Ln_default", 1, "INPUT goes elsewhere, and DEFAULT_INPUT is not there"},
    {"ds414__iptables_Lnv_default", 2, "likewise, by interface"},
    {"1.4.1-iptables-Lv", 15, "without -n: names of hosts and users, which nothing here resolves"},
};

static size_t allowed(struct str listing)
{
    for (size_t i = 0; i < sizeof exceptions / sizeof *exceptions; i++)
        if (str_search(listing, str_of(exceptions[i].listing)) < listing.n)
            return exceptions[i].differ;
    return 0;
}

static void test_listings_agree(void **state)
{
    (void)state;
    need_corpus();
    struct arena *a = arena_new(0);
    FILE *f = corpus("expected/net-network/save-listing-pairs.tsv");
    assert_non_null(f);
    struct str table = all_of(a, f), line, dump, kind, listing;
    size_t rules = 0, pairs = 0, bad = 0;
    fclose(f);
    str_cut(&table, '\n', &line); /* the names of the columns */
    while (str_cut(&table, '\n', &line)) {
        str_cut(&line, '\t', &dump);
        str_cut(&line, '\t', &kind);
        str_cut(&line, '\t', &listing);
        if (!str_eq(kind, STR("filter")))
            continue;
        size_t differ = compare_listing(arena_cstr(a, dump), arena_cstr(a, listing),
                                        str_starts(dump, STR("ip6tables/")), &rules);
        if (differ != allowed(listing)) {
            print_message("# %.*s: %zu rules differ\n", STR_ARG(listing), differ);
            bad++;
        }
        pairs++;
    }
    print_message("# %zu listings, %zu rules\n", pairs, rules);
    arena_free(a);
    assert_int_equal(bad, 0);
    assert_true(rules > 50000);
}

/* ---- bounds -----------------------------------------------------------------------------------
 */

#define BOUNDS "expected/iptables_semantics_Ln/IPPartEval__"
#define NETWORK "diekmann-net-network__"
#define CHAIR NETWORK "configs_chair_for_Network_Architectures_and_Services__"
#define SEMANTICS "diekmann-Iptables_Semantics__thy__Iptables_Semantics__Examples__IPPartEval__"

/* Dumps of 5,000 rules, which take a minute. */
static const char TUM_NETWORKS[] = "expected/iptables_semantics_fffuu_golden/ipassmt_tumi8";

/* The chain of the listing: that of packets through the host, or to it. */
static const struct bounded {
    const char *bound, *dump;
    enum path_kind path;
    const char *behind; /* an assignment, or a file of one; NULL: only "lo" is told */
} bounded[] = {
    {"TUM_Net__iptables-save-2015-09-03_15-56-50.Ln.FWD", CHAIR "iptables-save-2015-09-03_15-56-50",
     PATH_THROUGH, TUM_NETWORKS},
    {"TUM_Net__iptables_20.10.2013.Ln.FWD", CHAIR "iptables_20.10.2013", PATH_THROUGH,
     TUM_NETWORKS},
    {"TUM_Net__iptables_25.07.2014.Ln.FWD", CHAIR "iptables_25.07.2014", PATH_THROUGH,
     TUM_NETWORKS},
    {"config_memphis_testbed__iptables.Ln.FWD", NETWORK "config_memphis_testbed__iptables-save",
     PATH_THROUGH, NULL},
    {"config_random_srv__iptables.INP.Ln", NETWORK "config_random_srv__iptables-save", PATH_TO_SELF,
     NULL},
    {"configs_srvs_ufw__server2-iptables-save.Ln.INP",
     NETWORK "configs_srvs_ufw__server2-iptables-save", PATH_TO_SELF, NULL},
    {"configs_synology_diskstation_ds414__iptables-save_jun_2015_legacyifacerules.Ln.INP",
     NETWORK "configs_synology_diskstation_ds414__iptables-save_jun_2015_legacyifacerules",
     PATH_TO_SELF, NULL},
    {"configs_ugent__iptables.Ln.INP", NETWORK "configs_ugent__iptables-save", PATH_TO_SELF, NULL},
    {"docker_topos__iptables-save.Ln.FWD", NETWORK "docker_topos__iptables-save", PATH_THROUGH,
     NULL},
    {"gopherproxy.meulie.net__iptables-save.Ln.INP",
     SEMANTICS "gopherproxy.meulie.net__iptables-save", PATH_TO_SELF, NULL},
    {"linux.gda.pl__firewallp.txt.Ln.FWD", SEMANTICS "linux.gda.pl__firewallp.txt", PATH_THROUGH,
     NULL},
    {"medium-sized-company__iptables-save.Ln.FWD", SEMANTICS "medium-sized-company__iptables-save",
     PATH_THROUGH, "lo = [127.0.0.0/8] eth0 = [172.16.2.0/24]"},
    {"medium-sized-company__iptables-save.Ln.INP", SEMANTICS "medium-sized-company__iptables-save",
     PATH_TO_SELF, "lo = [127.0.0.0/8] eth0 = [172.16.2.0/24]"},
    {"openvpn.eu__iptables-save.Ln.FWD", NETWORK "found_online__openvpn.eu__iptables-save",
     PATH_THROUGH, "lo = [127.0.0.0/8] eth0 = [192.168.0.0/24] eth1 = [192.168.2.0/24]"},
    {"openwrt.org__iptables-save-AA.txt_fixed_newline.Ln.FWD",
     SEMANTICS "openwrt.org__iptables-save-AA.txt_fixed_newline", PATH_THROUGH, NULL},
    {"pastebin.com_bbWXHaTn__iptables-save.Ln.FWD",
     NETWORK "found_online__pastebin.com_bbWXHaTn__iptables-save", PATH_THROUGH, NULL},
    {"rlworkman.net__iptables-save.Ln.INP", SEMANTICS "rlworkman.net__iptables-save", PATH_TO_SELF,
     "lo = [127.0.0.0/8] eth0 = [192.168.13.0/24]"},
    {"sargon__iptables-save.txt.Ln.INP", NETWORK "found_online__sargon__iptables-save.txt",
     PATH_TO_SELF, NULL},
};

/* "eth0 = [192.0.2.0/24, 198.51.100.0/24]", "eth1 = all_but_those_ips [ … ]": the networks behind
 * interfaces, for which the analyser takes them. Adds a cube for each; what nobody is said to have
 * is behind all others. */
static void assign(struct both *b, struct str text, const struct cube *base, struct region *all)
{
    struct sets *s = b->sets;
    struct str line, name, word;
    set_id claimed = SET_EMPTY, others = set_full(s, FIELD_IN);
    set_id v4 = set_range(s, 0, UINT32_MAX);
    while (str_cut(&text, ']', &line)) {
        set_id nets = SET_EMPTY;
        if (!str_word(&line, &name))
            continue;
        bool but = str_search(line, STR("all_but")) < line.n;
        size_t open = str_search(line, STR("["));
        line = str_from(line, open + 1);
        while (str_cut(&line, ',', &word)) {
            enum family family;
            struct ival net;
            word = str_trim(word);
            if (word.n != 0 && range_parse(word, &family, &net, NULL))
                nets = set_or(s, nets, set_range(s, net.lo, net.hi));
        }
        struct cube c = *base;
        set_id in = set_one(s, ifaces_class(&b->policy[0]->ifaces, name));
        c.f[FIELD_SRC] = but ? set_minus(s, v4, nets) : nets;
        c.f[FIELD_IN] = in;
        claimed = set_or(s, claimed, c.f[FIELD_SRC]);
        others = set_minus(s, others, in);
        if (!cube_is_empty(&c))
            *PUSH(b->arena, *all) = c;
    }
    struct cube c = *base;
    c.f[FIELD_SRC] = set_minus(s, v4, claimed);
    c.f[FIELD_IN] = others;
    if (!cube_is_empty(&c))
        *PUSH(b->arena, *all) = c;
}

/* New connections, which begin with a SYN. */
static struct region new_packets(struct both *b, struct str behind)
{
    struct sets *s = b->sets;
    struct region all = {0};
    struct cube c = cube_any(s);
    set_id syn = SET_EMPTY;
    for (u128 v = 0; v < 256; v++)
        if ((v & (TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK)) == TCP_SYN)
            syn = set_or(s, syn, set_one(s, v));
    c.f[FIELD_FAMILY] = set_one(s, FAMILY_V4);
    c.f[FIELD_DST] = set_range(s, 0, UINT32_MAX);
    c.f[FIELD_STATE] = set_one(s, STATE_NEW);
    c.f[FIELD_TCPFLAGS] = set_and(s, syn, set_full(s, FIELD_TCPFLAGS));
    assign(b, behind, &c, &all);
    return all;
}

static struct decision decide_new(struct both *b, int which, enum path_kind path, struct str behind)
{
    struct region start = new_packets(b, behind);
    struct decision d = decide(b->policy[which], b->arena, path, &start, NULL);
    assert_false(d.spent);
    return d;
}

static void tell_left(struct both *b, const struct bounded *c, const char *what,
                      const struct region *left)
{
    if (left->n == 0)
        return;
    print_message("# %s: %s\n", c->bound, what);
    for (int f = 0; f < FIELD_COUNT; f++) {
        size_t n;
        const struct ival *v = set_ivals(b->sets, left->v[0].f[f], &n);
        if (left->v[0].f[f] != set_full(b->sets, (enum field)f))
            print_message("#   %s %llx-%llx (%zu)\n", field_keys[f], (unsigned long long)v[0].lo,
                          (unsigned long long)v[0].hi, n);
    }
}

static struct str behind_of(struct arena *a, const char *text)
{
    if (text == NULL)
        return STR("lo = [127.0.0.0/8]");
    FILE *f = text[0] == 'e' ? corpus(text) : NULL;
    if (f == NULL)
        return str_of(text);
    struct str all = all_of(a, f);
    fclose(f);
    return all;
}

/* Of the dump of 2014-07-25 one rule is unknown, where the analyser takes it to match nothing:
 * "--dport 60000:29", which iptables refuses. */
static bool is_unsure(const struct bounded *c)
{
    return str_search(str_of(c->bound), STR("iptables_25.07.2014")) == strlen("TUM_Net__");
}

/* "lower": all that it accepts is accepted for sure. "upper": it accepts all that may be. */
static size_t broken(const struct bounded *c, struct arena *a, bool lower)
{
    char bound[1024], dump[1024];
    snprintf(bound, sizeof bound, BOUNDS "%s.%s", c->bound, lower ? "lower" : "upper");
    snprintf(dump, sizeof dump, "iptables/%s", c->dump);
    struct str behind = behind_of(a, c->behind);
    struct both b = both_of(a, dump_of(a, dump), listing_of(a, bound), false);
    struct decision d = decide_new(&b, 0, c->path, behind);
    struct decision by = decide_new(&b, 1, c->path, behind);
    struct region left = lower ? region_minus(b.sets, a, &by.permitted, &d.permitted, NULL)
                               : region_minus(b.sets, a, &d.permitted, &by.permitted, NULL);
    size_t n = left.n;
    assert_int_equal(by.depends.n, 0);
    tell_left(&b, c, lower ? "not accepted for sure" : "accepted beyond the bound", &left);
    if (!lower && !is_unsure(c)) {
        left = region_minus(b.sets, a, &d.depends, &by.permitted, NULL);
        tell_left(&b, c, "perhaps accepted beyond the bound", &left);
        n += left.n;
    }
    return n;
}

static void test_bounds(void **state)
{
    (void)state;
    need_corpus();
    size_t bad = 0, n = 0, left_out = 0;
    for (size_t i = 0; i < sizeof bounded / sizeof *bounded; i++) {
        char dump[1024];
        if (bounded[i].behind == TUM_NETWORKS && getenv("FWPROOF_LONG") == NULL) {
            left_out += 2;
            continue;
        }
        snprintf(dump, sizeof dump, "iptables/%s", bounded[i].dump);
        FILE *f = corpus(dump);
        if (f == NULL) {
            print_message("# not in the corpus: %s\n", bounded[i].dump);
            continue;
        }
        fclose(f);
        for (int lower = 0; lower < 2; lower++, n++) {
            struct arena *a = arena_new(0);
            bad += broken(&bounded[i], a, lower) != 0;
            arena_free(a);
        }
    }
    print_message("# %zu bounds; %zu of large dumps are asked with FWPROOF_LONG=1\n", n, left_out);
    assert_int_equal(bad, 0);
    assert_true(n + left_out >= 30);
}

int main(void)
{
    const char *shared = getenv("FWPROOF_SHARED");
    snprintf(dir, sizeof dir, "%s", shared == NULL ? "../shared" : shared);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_listings_agree),
        cmocka_unit_test(test_bounds),
    };
    return cmocka_run_group_tests_name("ipt_listing", tests, NULL, NULL);
}
