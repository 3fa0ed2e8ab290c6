/* Exports that nobody here wrote, and what their devices and other tools say of them. They are no
 * part of the project; without them these tests are skipped. */
#include "asa_lab.h"

#include <stdlib.h>

static char dir[4096];

/* Before anything is allocated: skip() does not come back. */
static void need_corpus(void)
{
    char path[8192];
    snprintf(path, sizeof path, "%s/corpus/INDEX.tsv", dir);
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        skip();
    fclose(f);
}

static const char *corpus(const char *file)
{
    static char path[8192];
    snprintf(path, sizeof path, "%s/corpus/%s", dir, file);
    return path;
}

#define BATFISH                                                                                    \
    "asa/batfish-batfish__projects__batfish__src__test__resources__org__batfish__grammar__"        \
    "cisco_asa__testconfigs__"
#define MOCK "JoshRodd-mockdevices__old__notes__show_"
#define FWBUILDER "fwbuilder-fwbuilder__src__unit_tests__PIXImporterTest__test_data__"
#define NTC "networktocode-ntc-templates__tests__cisco_asa__"

/* ---- the device's own listing -----------------------------------------------------------------
 */

static void test_listing_is_the_judge(void **state)
{
    (void)state;
    need_corpus();
    struct lab lab = lab_open();
    lab_add(&lab, corpus("asa/" MOCK "running-config.txt"));
    lab_add(&lab, corpus("asa-show-access-list/" MOCK "access-list.txt"));
    lab_import(&lab, NULL);
    for (size_t i = 0; i < lab.diags.n; i++)
        print_message("# line %u: %.*s\n", lab.diags.v[i].at.line, STR_ARG(lab.diags.v[i].message));
    assert_int_equal(lab.diags.n, 0);
    assert_false(lab_has_fact(&lab, "listing.differs", ""));
    size_t hits = 0;
    for (size_t i = 0; i < lab.policy->chains.n; i++)
        for (size_t k = 0; k < lab.policy->chains.v[i]->n_rules; k++)
            hits += lab.policy->chains.v[i]->rules[k]->has_hits;
    assert_int_equal(hits, 15); /* the entries of the three lists that are bound */
    lab_close(&lab);
}

/* ---- Batfish ------------------------------------------------------------------------------------
 */

static void test_batfish_lists(void **state)
{
    (void)state;
    need_corpus();
    struct lab lab = lab_fixture(corpus(BATFISH "asa-filters"));
    static const struct lab_case filters[] = {
        {"name3>name1 tcp 10.0.0.1:9 10.0.0.2:1", "deny implicit 19"}, /* one level */
        {"name4>name1 tcp 10.0.0.1:9 10.0.0.2:123", "permit 39"},
        {"name4>name1 tcp 10.0.0.1:9 10.0.0.2:1", "deny implicit 33"},
        {"name2>name1 tcp 10.0.0.1:9 10.0.0.2:123", "deny implicit 14"},
        {"name1>name5 tcp 10.0.0.1:9 10.0.0.2:1", "deny implicit 35"},
        {"name1>name5 tcp 10.0.0.1:9 10.0.0.2:123", "permit 38"},
        {"name4>name3 tcp 10.0.0.1:9 10.0.0.2:123", "permit 39"},
    };
    LAB_CASES(&lab, filters);
    assert_int_equal(lab_uses(&lab, "access-list", "FILTER_IN"), 1);
    assert_int_equal(lab_uses(&lab, "access-list", "FILTER_OUT5"), 1);
    assert_true(lab_has_fact(&lab, "undefined", "access-list FILTER_UNDEF"));
    lab_close(&lab);
    lab = lab_fixture(corpus(BATFISH "asa-filters-global"));
    static const struct lab_case global[] = {
        {"name1>name2 tcp 10.0.0.1:9 10.0.0.2:123", "permit 19"},
        {"name2>name1 tcp 10.0.0.1:9 10.0.0.2:123", "permit 19"},
        {"name1>name2 tcp 10.0.0.1:9 10.0.0.2:1", "deny implicit 17"},
    };
    LAB_CASES(&lab, global);
    lab_close(&lab);
    lab = lab_fixture(corpus(BATFISH "asa-acl-object"));
    assert_int_equal(lab_uses(&lab, "object service", "osunused1"), 0);
    assert_int_equal(lab_uses(&lab, "object network", "onunused1"), 0);
    assert_int_equal(lab_uses(&lab, "object service", "os1"), 1);
    assert_int_equal(lab_uses(&lab, "object network", "on1"), 1);
    assert_true(lab_has_fact(&lab, "undefined", "object service osfake"));
    assert_true(lab_has_fact(&lab, "undefined", "object network onfake1"));
    assert_true(lab_has_fact(&lab, "undefined", "object network onfake2"));
    assert_string_equal(lab_ask(&lab, "acl2>x tcp 1.1.1.1:9 2.2.2.2:9"), "depends");
    assert_memory_equal(lab_ask(&lab, "acl1>x icmp 1.1.1.1:8 2.2.2.2:0"), "permit", 6);
    assert_memory_equal(lab_ask(&lab, "acl1>x icmp 1.1.1.1:0 2.2.2.2:0"), "deny", 4);
    lab_close(&lab);
}

static void level_facts(const char *file, const char *inter, const char *intra)
{
    struct lab lab = lab_fixture(corpus(file));
    const char *a = lab_ask(&lab, "name1>name2 tcp 10.0.0.1:9 10.0.0.2:1");
    const char *b = lab_ask(&lab, "name1>name1 tcp 10.0.0.1:9 10.0.0.2:1");
    assert_memory_equal(a, inter, strlen(inter));
    assert_memory_equal(b, intra, strlen(intra));
    lab_close(&lab);
}

static void test_batfish_levels(void **state)
{
    (void)state;
    need_corpus();
    level_facts(BATFISH "asa-security-level-permit-both", "permit", "permit");
    level_facts(BATFISH "asa-security-level-permit-intra", "deny", "permit");
    struct lab lab = lab_fixture(corpus(BATFISH "asa-security-level"));
    static const struct {
        const char *packet, *verdict;
    } facts[] = {
        {"inside>some-trust tcp 10.0.0.1:9 10.0.0.2:1", "permit"},
        {"inside>outside tcp 10.0.0.1:9 10.0.0.2:1", "permit"},
        {"some-trust>outside tcp 10.0.0.1:9 10.0.0.2:1", "permit"},
        {"some-trust>inside tcp 10.0.0.1:9 10.0.0.2:1", "deny"},
        {"outside>some-trust tcp 10.0.0.1:9 10.0.0.2:1", "deny"},
        {"inside>all-trust tcp 10.0.0.1:9 10.0.0.2:1", "deny"},
        {"inside>inside tcp 10.0.0.1:9 10.0.0.2:1", "deny"},
    };
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        assert_memory_equal(lab_ask(&lab, facts[i].packet), facts[i].verdict,
                            strlen(facts[i].verdict));
    lab_close(&lab);
}

/* Their facts on groups are about the groups: a list that uses each is put beside the file. */
static struct lab with_list(const char *file, const char *list)
{
    struct lab lab = lab_open();
    lab_add(&lab, corpus(file));
    source_add(lab.arena, &lab.sources, STR("list"), str_of(list));
    lab_import(&lab, NULL);
    return lab;
}

static void facts_of(struct lab *lab, const char *const (*v)[2], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *got = lab_ask(lab, v[i][0]);
        if (strncmp(got, v[i][1], strlen(v[i][1])) != 0)
            fail_msg("%s: %s, Batfish says %s", v[i][0], got, v[i][1]);
    }
    lab_close(lab);
}
#define FACTS(lab, v) facts_of(&(lab), (v), sizeof(v) / sizeof *(v))

static void test_batfish_groups(void **state)
{
    (void)state;
    need_corpus();
    struct lab lab = with_list(BATFISH "asa-nested-network-object-group",
                               "access-list A extended permit ip object-group admin any\n"
                               "access-list M extended permit ip object-group mixed_group any\n");
    /* Batfish takes an undefined group for an empty one; here what it adds is not known. */
    static const char *const networks[][2] = {
        {"A>x tcp 10.1.1.5:9 10.0.0.2:1", "permit"},  {"A>x tcp 10.1.2.8:9 10.0.0.2:1", "permit"},
        {"A>x tcp 10.1.4.89:9 10.0.0.2:1", "permit"}, {"A>x tcp 1.2.3.4:9 10.0.0.2:1", "depends"},
        {"M>x tcp 10.2.3.4:9 10.0.0.2:1", "permit"},
    };
    assert_true(lab_has_fact(&lab, "undefined", "object-group network UNDEFINED_GROUP"));
    FACTS(lab, networks);
    lab = with_list(BATFISH "asa-nested-service-object-group",
                    "access-list S extended permit object-group services any any\n");
    static const char *const services[][2] = {
        {"S>x udp 10.1.1.5:9 10.0.0.2:53", "permit"},
        {"S>x udp 10.1.1.5:9 10.0.0.2:1234", "permit"},
        {"S>x tcp 10.1.1.5:9 10.0.0.2:2350", "permit"},
        {"S>x ah 10.1.1.5 10.0.0.2", "deny"},
    };
    FACTS(lab, services);
    lab = with_list(BATFISH "asa-nested-protocol-object-group",
                    "access-list P extended permit object-group protocols any any\n"
                    "access-list M extended permit object-group mixed_group any any\n");
    static const char *const protocols[][2] = {
        {"P>x igmp 10.1.1.5 10.0.0.2", "permit"}, {"P>x tcp 10.1.1.5:9 10.0.0.2:9", "permit"},
        {"P>x ospf 10.1.1.5 10.0.0.2", "permit"}, {"P>x ah 10.1.1.5 10.0.0.2", "deny"},
        {"M>x gre 10.1.1.5 10.0.0.2", "permit"},
    };
    FACTS(lab, protocols);
    lab = with_list(BATFISH "asa-nested-icmp-type-object-group",
                    "access-list I extended permit icmp any any object-group services\n"
                    "access-list M extended permit icmp any any object-group mixed_group\n");
    static const char *const types[][2] = {
        {"I>x icmp 10.1.1.5:0 10.0.0.2:0", "permit"},  {"I>x icmp 10.1.1.5:3 10.0.0.2:0", "permit"},
        {"I>x icmp 10.1.1.5:5 10.0.0.2:0", "permit"},  {"I>x icmp 10.1.1.5:30 10.0.0.2:0", "deny"},
        {"M>x icmp 10.1.1.5:18 10.0.0.2:0", "permit"},
    };
    FACTS(lab, types);
}

static void test_batfish_services(void **state)
{
    (void)state;
    need_corpus();
    struct lab lab = with_list(BATFISH "asa-service-object",
                               "access-list O extended permit object OS_TCPUDP any any\n"
                               "access-list C extended permit object OS_ICMP any any\n"
                               "access-list G extended permit object-group OGS1 any any\n");
    static const char *const facts[][2] = {
        {"O>x udp 10.1.1.5:65535 10.0.0.2:53", "permit"},
        {"O>x tcp 10.1.1.5:65534 10.0.0.2:53", "deny"},
        {"C>x icmp 10.1.1.5:8 10.0.0.2:0", "permit"},
        {"C>x icmp 10.1.1.5:0 10.0.0.2:0", "deny"},
        {"G>x udp 10.1.1.5:9 10.0.0.2:1234", "permit"},
        {"G>x udp 10.1.1.5:9 10.0.0.2:1235", "permit"},
        {"G>x udp 10.1.1.5:3 10.0.0.2:1236", "permit"},
        {"G>x udp 10.1.1.5:1 10.0.0.2:1236", "deny"},
        {"G>x udp 10.1.1.5:3020 10.0.0.2:1", "permit"},
    };
    assert_true(lab_has_fact(&lab, "undefined", "object service OS_UNDEFINED"));
    assert_true(lab_has_fact(&lab, "undefined", "object-group service OGS_UNDEFINED"));
    assert_false(lab_has_fact(&lab, "undefined", "object service icmp"));
    FACTS(lab, facts);
    lab = lab_fixture(corpus(BATFISH "asa-service-object-inline"));
    static const char *const built_in[][2] = {
        {"ACL_ICMP>x icmp 10.1.1.5:8 10.0.0.2:0", "permit"},
        {"ACL_ICMP>x icmp 10.1.1.5:0 10.0.0.2:0", "deny"},
        {"ACL_OSPF>x ospf 10.1.1.5 10.0.0.2", "permit"},
    };
    FACTS(lab, built_in);
    lab = with_list(BATFISH "network-object",
                    "access-list N extended permit ip object-group OGN any\n");
    static const char *const networks[][2] = {
        {"N>x tcp 1.2.3.4:9 10.0.0.2:1", "permit"},
        {"N>x tcp 3.3.3.3:9 10.0.0.2:1", "permit"},
    };
    assert_int_equal(lab_uses(&lab, "object network", "ON1"), 1);
    assert_int_equal(lab_uses(&lab, "object network", "ON2"), 0);
    FACTS(lab, networks);
    lab = lab_fixture(corpus(BATFISH "asa-gh-6042"));
    assert_int_equal(lab_uses(&lab, "access-list", "acl_name"), 1);
    lab_close(&lab);
}

static void test_batfish_nat(void **state)
{
    (void)state;
    need_corpus();
    struct lab lab = lab_fixture(corpus(BATFISH "asa-nat-mixed"));
    const struct chain *nat = policy_find_chain(lab.policy, STR("phase"), STR("NAT"));
    assert_non_null(nat);
    static const char *const order[] = {
        "nat (inside,outside) source static", /* section 1: lines 2 and 3 */
        "nat (inside,outside) source dynamic",
        "nat (inside,outside) static 192.168.6.0", /* alphabetical */
        "nat (inside,outside) static 192.168.4.0", /* source-static */
        "nat static 192.168.2.0",                  /* source-subnet29 */
        "nat (outside,inside) static 192.168.1.0", /* source-subnet29-b */
        "nat (outside,inside) static 192.168.5.0", /* source-subnet24 */
        "nat (inside,outside) dynamic source-mapped-3",
        "nat (inside,outside) after-auto source static",
        "nat (inside,outside) after-auto source dynamic",
    };
    assert_int_equal(nat->n_rules, sizeof order / sizeof *order);
    for (size_t i = 0; i < nat->n_rules; i++)
        if (!str_starts(nat->rules[i]->text, str_of(order[i])))
            fail_msg("rule %zu is %.*s, Batfish says %s", i + 1, STR_ARG(nat->rules[i]->text),
                     order[i]);
    lab_close(&lab);
}

/* ---- fwbuilder ----------------------------------------------------------------------------------
 */

/* "148: filtering rule: access list inside_in, action permit": that line is an entry for us, too.
 */
static void check_rule(const struct lab *lab, uint32_t line, struct str list, struct str action)
{
    struct source *s = lab->sources.v[0];
    struct str text = source_line(s, line);
    if (s->classes[line - 1] < LINE_MODELLED || str_search(text, list) == text.n ||
        str_search(text, action) == text.n)
        fail_msg("line %u: fwbuilder reads an entry of %.*s that we do not: %.*s", line,
                 STR_ARG(list), STR_ARG(text));
    const struct chain *c = policy_find_chain(lab->policy, (struct str){"", 0}, list);
    for (size_t i = 0; c != NULL && i < c->n_rules; i++)
        if (c->rules[i]->at.line == line && c->rules[i]->action != ACT_UNKNOWN)
            assert_true(str_eq(str_of(action_names[c->rules[i]->action]), action));
}

static void check_import(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "asa/" FWBUILDER "%s.test", name);
    struct lab lab = lab_fixture(corpus(path));
    snprintf(path, sizeof path, "expected/fwbuilder-importer/PIXImporterTest__test_data__%s.output",
             name);
    struct str out = lab_file(lab.arena, corpus(path)), line;
    size_t rules = 0;
    while (str_cut(&out, '\n', &line)) {
        static const struct str mark = STR_INIT(": filtering rule: access list ");
        struct str head, list;
        uint64_t number;
        size_t at = str_search(line, mark);
        if (at == line.n || !str_cut(&line, ':', &head) || !str_u64(head, 10, 100000, &number))
            continue;
        line = str_from(line, mark.n - 1);
        assert_true(str_cut(&line, ',', &list));
        if (str_search(list, STR("_commands_")) < list.n)
            continue;
        struct str action = str_from(line, str_search(line, STR("action ")) + 7);
        check_rule(&lab, (uint32_t)number, list, str_trim(action));
        rules++;
    }
    print_message("# %s: %zu entries\n", name, rules);
    lab_close(&lab);
}

static void test_fwbuilder(void **state)
{
    (void)state;
    need_corpus();
    static const char *const names[] = {
        "asa8.0-names", "asa8.0", "asa8.3-acl", "asa8.3-objects-and-groups", "asa8.3", "fwsm1",
        "pix6",         "pix7",   "pix7-nat"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        check_import(names[i]);
}

/* ---- ntc-templates ------------------------------------------------------------------------------
 */

struct record {
    struct str acl, number, hits, action;
};

static void check_record(const struct lab *lab, const struct record *r, size_t *n)
{
    uint64_t number, hits;
    if (!str_u64(r->number, 10, UINT32_MAX, &number) || !str_u64(r->hits, 10, UINT64_MAX, &hits))
        return;
    const struct chain *c = policy_find_chain(lab->policy, (struct str){"", 0}, r->acl);
    if (c == NULL)
        return; /* a standard list */
    for (size_t i = 0; i < c->n_rules; i++)
        if (c->rules[i]->number == number) {
            /* where the groups are missing, the children are the rules, with their own hits */
            bool same = c->rules[i]->has_hits && c->rules[i]->hits == hits;
            if (same || c->rules[i]->at.col > 1) {
                ++*n;
                return;
            }
        }
    fail_msg("%.*s line %llu: no entry with %llu hits", STR_ARG(r->acl), (unsigned long long)number,
             (unsigned long long)hits);
}

static struct str unquoted(struct str s)
{
    s = str_trim(s);
    return s.n >= 2 ? str_sub(s, 1, s.n - 2) : s;
}

static void check_listing(const char *raw, const char *yml)
{
    char path[512];
    snprintf(path, sizeof path, "asa-show-access-list/" NTC "show_access-list__%s.raw", raw);
    struct lab lab = lab_fixture(corpus(path));
    snprintf(path, sizeof path, "expected/ntc-templates/show_access-list__%s.yml", yml);
    struct str text = lab_file(lab.arena, corpus(path)), line, key;
    struct record r = {{"", 0}, {"", 0}, {"", 0}, {"", 0}};
    size_t n = 0;
    while (str_cut(&text, '\n', &line)) {
        bool begins = str_starts(str_trim(line), STR("- "));
        struct str rest = str_trim(line);
        if (begins) {
            check_record(&lab, &r, &n);
            r = (struct record){{"", 0}, {"", 0}, {"", 0}, {"", 0}};
            rest = str_from(rest, 2);
        }
        if (!str_cut(&rest, ':', &key))
            continue;
        if (str_eq(key, STR("acl_name")))
            r.acl = unquoted(rest);
        else if (str_eq(key, STR("line_num")))
            r.number = unquoted(rest);
        else if (str_eq(key, STR("hit_count")))
            r.hits = unquoted(rest);
    }
    check_record(&lab, &r, &n);
    print_message("# %s: %zu entries\n", raw, n);
    assert_int_not_equal(n, 0);
    lab_close(&lab);
}

static void test_ntc(void **state)
{
    (void)state;
    need_corpus();
    static const char *const names[] = {
        "cisco_asa_show_access-list", "cisco_asa_show_access-list3", "cisco_asa_show_access-list_4",
        "cisco_asa_show_access-list_numeric", "cisco_asa_show_access-list_update"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        check_listing(names[i], names[i]);
}

/* ---- netspoc ------------------------------------------------------------------------------------
 */

/* Its tests say which commands turn DEVICE into NETSPOC: a device that has run them lets through
 * what NETSPOC lets through. Blocks: "=TITLE=", "=DEVICE=", "=NETSPOC=", "=OUTPUT=", "=END=", and
 * templates "=TEMPL=name" that "[[name]]" stands for. */
struct block {
    struct str title;
    struct out part[3]; /* device, wanted, output */
};

static void template_line(struct out *o, struct str file, struct str name)
{
    struct str line;
    bool in = false;
    while (str_cut(&file, '\n', &line)) {
        if (str_starts(line, STR("=TEMPL=")))
            in = str_eq(str_from(line, 7), name);
        else if (str_starts(line, STR("=")))
            in = false;
        else if (in) {
            out_str(o, line);
            out_char(o, '\n');
        }
    }
}

static struct policy *policy_of(struct lab *lab, struct sets *sets, const struct out *a,
                                const struct out *b)
{
    struct out text = {.arena = lab->arena};
    out_str(&text, STR("ASA Version 9.8(1)\n"));
    out_str(&text, out_taken(a));
    out_str(&text, out_taken(b));
    struct source *s = source_add(lab->arena, &lab->sources, STR("x"), out_taken(&text));
    struct import im = {.arena = lab->arena,
                        .diags = &lab->diags,
                        .sources = &lab->sources,
                        .sets = sets,
                        .device = STR("x")};
    return format_asa.import(&im, &s, 1);
}

/* What goes in by "inside": permitted new packets, as one canonical region. */
static struct region permitted(struct lab *lab, const struct policy *p)
{
    struct region start = region_universe(p->sets, lab->arena, -1);
    for (size_t i = 0; i < start.n; i++) {
        start.v[i].f[FIELD_IN] = set_one(p->sets, ifaces_class(&p->ifaces, STR("inside")));
        start.v[i].f[FIELD_OUT] = set_one(p->sets, ifaces_class(&p->ifaces, STR("outside")));
        start.v[i].f[FIELD_STATE] = set_one(p->sets, STATE_NEW);
    }
    struct region all = decide(p, lab->arena, PATH_THROUGH, &start, NULL).permitted;
    for (size_t i = 0; i < all.n; i++)
        all.v[i].f[FIELD_IN] = all.v[i].f[FIELD_OUT] = set_full(p->sets, FIELD_IN);
    return region_canonical(p->sets, lab->arena, &all, NULL);
}

static bool relevant(const struct block *b)
{
    struct str device = out_taken(&b->part[0]), wanted = out_taken(&b->part[1]);
    struct str output = out_taken(&b->part[2]);
    /* lists that filter, and commands that are given as they are typed */
    return str_search(device, STR("access-group")) < device.n &&
           str_search(wanted, STR("access-group")) < wanted.n && output.n != 0 &&
           str_search(output, STR("ERROR")) == output.n;
}

static size_t check_block(const struct block *b)
{
    static const char *const base = "interface Ethernet0/0\n nameif inside\n"
                                    "interface Ethernet0/1\n nameif outside\n";
    if (!relevant(b))
        return 0;
    struct lab lab = lab_open();
    lab.diags.arena = lab.arena;
    struct sets *sets = sets_new(lab.arena);
    struct out none = {.arena = lab.arena}, wanted = {.arena = lab.arena};
    struct out device = {.arena = lab.arena};
    out_text(&device, base);
    out_str(&device, out_taken(&b->part[0]));
    out_text(&wanted, base);
    out_str(&wanted, out_taken(&b->part[1]));
    struct region x = permitted(&lab, policy_of(&lab, sets, &device, &b->part[2]));
    struct region y = permitted(&lab, policy_of(&lab, sets, &wanted, &none));
    bool same = x.n == y.n;
    for (size_t i = 0; same && i < x.n; i++)
        same = cube_eq(&x.v[i], &y.v[i]);
    if (!same)
        fail_msg("%.*s: the changed device does not permit what is wanted", STR_ARG(b->title));
    lab_close(&lab);
    return 1;
}

static void add_line(struct block *b, int part, struct str file, struct str line)
{
    if (part < 0 || str_starts(line, STR("--")))
        return;
    struct out *o = &b->part[part];
    if (str_starts(line, STR("[["))) {
        template_line(o, file, str_sub(line, 2, line.n - 4));
        return;
    }
    while (line.n != 0) { /* "\N " joins commands that are sent together */
        size_t at = str_search(line, STR("\\N "));
        out_str(o, str_sub(line, 0, at));
        out_char(o, '\n');
        line = str_from(line, at + 3);
    }
}

static size_t check_file(const char *name)
{
    static const char *const heads[] = {"=DEVICE=", "=NETSPOC=", "=OUTPUT="};
    struct arena *a = arena_new(0);
    char path[512];
    snprintf(path, sizeof path, "expected/netspoc-approve/%s", name);
    struct str file = lab_file(a, corpus(path)), rest = file, line;
    struct block b = {.title = {"", 0}};
    int part = -1;
    size_t n = 0;
    while (str_cut(&rest, '\n', &line)) {
        if (str_starts(line, STR("=TITLE="))) {
            n += check_block(&b);
            b = (struct block){.title = str_from(line, 7)};
            for (int i = 0; i < 3; i++)
                b.part[i].arena = a;
        }
        bool head = str_starts(line, STR("=")) && b.title.n != 0;
        if (head)
            part = -1;
        for (int i = 0; i < 3 && head; i++)
            if (str_eq(line, str_of(heads[i])))
                part = i;
        if (!head && b.title.n != 0)
            add_line(&b, part, file, line);
    }
    n += check_block(&b);
    arena_free(a);
    return n;
}

static void test_netspoc(void **state)
{
    (void)state;
    need_corpus();
    static const char *const names[] = {"asa_acl.t", "asa_ipv6.t", "asa_parse.t"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        print_message("# %s: %zu changes\n", names[i], check_file(names[i]));
}

int main(void)
{
    const char *shared = getenv("FWPROOF_SHARED");
    snprintf(dir, sizeof dir, "%s", shared == NULL ? "../shared" : shared);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_listing_is_the_judge),
        cmocka_unit_test(test_batfish_lists),
        cmocka_unit_test(test_batfish_levels),
        cmocka_unit_test(test_batfish_groups),
        cmocka_unit_test(test_batfish_services),
        cmocka_unit_test(test_batfish_nat),
        cmocka_unit_test(test_fwbuilder),
        cmocka_unit_test(test_ntc),
        cmocka_unit_test(test_netspoc),
    };
    return cmocka_run_group_tests_name("asa_corpus", tests, NULL, NULL);
}
