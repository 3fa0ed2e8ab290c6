/* ASA exports of our own: what the device would do with each packet, and which line says so. */
#include "asa_lab.h"

#define DIR "fixtures/asa/"

static void test_lists_and_objects(void **state)
{
    (void)state;
    struct lab lab = lab_fixture(DIR "branch.cfg");
    static const struct lab_case cases[] = {
        /* nested groups, defined in any order; each kind of service */
        {"inside>outside tcp 10.1.0.9:4000 198.51.100.1:443", "permit 96"},
        {"inside>outside tcp 10.3.7.7:4000 198.51.100.1:443", "permit 96"},
        {"inside>outside tcp 10.9.0.20:4000 198.51.100.1:443", "permit 96"},
        {"inside>outside tcp 10.9.0.21:4000 198.51.100.1:443", "deny 103"},
        {"inside>outside udp 10.3.0.1:1024 198.51.100.1:5060", "permit 96"},
        {"inside>outside udp 10.3.0.1:1023 198.51.100.1:5060", "deny implicit 125"},
        {"inside>outside udp 10.3.0.1:53 198.51.100.1:9", "permit 96"},
        {"inside>outside icmp 10.3.0.1:8 198.51.100.1:0", "permit 96"},
        {"inside>outside icmp 10.3.0.1:13 198.51.100.1:0", "deny implicit 125"},
        {"inside>outside esp 10.3.0.1 198.51.100.1", "permit 96"},
        {"inside>outside udp 10.1.0.1:99 198.51.100.1:16384", "permit 97"},
        {"inside>outside udp 10.1.0.1:99 198.51.100.1:16383", "deny implicit 125"},
        {"inside>outside tcp 10.1.0.1:99 198.51.100.23:5060", "permit 98"},
        {"inside>outside tcp 10.1.0.1:99 198.51.100.24:5060", "deny 103"},
        /* gt and lt leave the port itself out */
        {"inside>outside tcp 10.1.0.1:1024 198.51.100.1:1023", "permit 99"},
        {"inside>outside tcp 10.1.0.1:1023 198.51.100.1:1023", "deny 103"},
        {"inside>outside tcp 10.1.0.1:1024 198.51.100.1:1024", "deny 103"},
        {"inside>outside tcp 10.1.0.9:9 198.51.100.9:1024", "permit 102"},
        {"inside>outside tcp 10.1.0.9:9 198.51.100.9:1023", "deny 103"},
        /* neq leaves 25 to the global list, which has nothing for it */
        {"inside>outside tcp 10.7.0.1:9 198.51.100.9:25", "deny implicit 125"},
        /* what hangs on names and users */
        {"inside>outside tcp 10.7.0.1:9 198.51.100.9:80", "depends"},
        {"inside>outside tcp 10.7.0.1:9 198.51.100.9:23", "depends"},
        /* the global list comes behind the interface's, also where that denies */
        {"inside>outside tcp 10.7.0.1:9 198.51.100.9:9000", "deny 103"},
        {"voice>outside tcp 10.3.0.1:9 198.51.100.9:9000", "permit 106"},
        {"voice>outside tcp 10.3.0.1:9 198.51.100.9:9001", "deny implicit 125"},
        {"voice>outside tcp [2001:db8:1::1]:9 [2001:db8:2::1]:9000", "permit 106"},
        /* inactive, time ranges, the list out */
        {"outside>dmz tcp 198.51.100.7:9 10.9.0.80:443", "permit 91"},
        {"outside>dmz tcp 198.51.100.7:9 10.9.0.80:8443", "deny 95"},
        {"outside>dmz tcp 198.51.100.7:9 10.9.0.81:22", "deny implicit 123"},
        {"outside>dmz icmp 198.51.100.7:8 10.9.0.80:0", "deny implicit 123"},
        {"outside>inside icmp 198.51.100.7:8 10.1.0.80:0", "permit 92"},
        {"outside>inside tcp 198.51.100.7:9 10.9.0.81:22", "depends"},
    };
    LAB_CASES(&lab, cases);
    lab_close(&lab);
}

static void test_levels_and_states(void **state)
{
    (void)state;
    struct lab lab = lab_fixture(DIR "branch.cfg");
    static const struct lab_case cases[] = {
        {"outside>inside tcp 198.51.100.7:443 10.1.0.80:4000 EST", "permit implicit 7"},
        {"inside>voice tcp 10.1.0.1:9 10.3.0.1:443", "deny implicit 43"},
        {"inside>inside tcp 10.1.0.1:9 10.1.0.2:443", "deny implicit 26"},
        {"inside>mgmt tcp 10.1.0.1:9 172.16.1.2:443", "deny implicit 41"},
        {"mgmt>outside tcp 172.16.1.2:9 198.51.100.7:443", "deny implicit 41"},
    };
    LAB_CASES(&lab, cases);
    lab_close(&lab);
    lab = lab_text("ASA Version 9.9\n"
                   "interface e0\n nameif low\n security-level 10\n"
                   "interface e1\n nameif high\n security-level 90\n"
                   "interface e2\n nameif inside\n"
                   "interface e3\n nameif peer\n security-level 10\n"
                   "same-security-traffic permit inter-interface\n");
    static const struct lab_case bare[] = {
        {"high>low tcp 10.1.0.1:9 10.2.0.1:443", "permit implicit 7"},
        {"low>high tcp 10.2.0.1:9 10.1.0.1:443", "deny implicit 4"},
        {"inside>high tcp 10.2.0.1:9 10.1.0.1:443", "permit implicit 9"},
        {"high>inside tcp 10.2.0.1:9 10.1.0.1:443", "deny implicit 7"},
        {"low>peer tcp 10.2.0.1:9 10.1.0.1:443", "permit implicit 4"},
        {"low>low tcp 10.2.0.1:9 10.2.0.2:443", "deny implicit 3"},
        {"low>high icmp 10.2.0.1:0 10.1.0.2:0 EST", "deny implicit 4"},
        {"low>high tcp 10.2.0.1:80 10.1.0.2:9 EST", "permit implicit 1"},
    };
    LAB_CASES(&lab, bare);
    lab_close(&lab);
}

static void test_translation(void **state)
{
    (void)state;
    struct lab lab = lab_fixture(DIR "branch.cfg");
    /* the list sees the real address */
    assert_string_equal(lab_ask(&lab, "outside>dmz tcp 198.51.100.7:9 192.0.2.80:443"),
                        "permit 91");
    assert_string_equal(lab_leaves(&lab, "outside>dmz tcp 198.51.100.7:9 192.0.2.80:443"),
                        "198.51.100.7>10.9.0.80:443");
    /* identity before the interface's address */
    assert_string_equal(lab_leaves(&lab, "inside>outside tcp 10.1.0.1:99 198.51.100.23:5060"),
                        "10.1.0.1>198.51.100.23:5060");
    assert_string_equal(lab_leaves(&lab, "inside>outside tcp 10.1.0.1:4000 198.51.100.1:443"),
                        "203.0.113.2>198.51.100.1:443");
    lab_close(&lab);
    lab = lab_fixture(DIR "pix63.cfg"); /* before 8.3 the list sees the address on the wire */
    static const struct lab_case cases[] = {
        {"outside>inside tcp 198.51.100.7:9 203.0.113.10:25", "permit 11"},
        {"outside>inside tcp 198.51.100.7:9 10.1.1.10:25", "deny 13"},
        {"outside>inside tcp 198.51.100.7:9 203.0.113.11:80", "permit 12"},
        {"dmz>outside udp 10.5.0.9:9 198.51.100.7:5061", "permit 15"},
        {"dmz>outside udp 10.5.0.9:9 198.51.100.7:5062", "deny implicit 28"},
        {"dmz>outside udp 10.5.0.200:9 198.51.100.7:5061", "deny implicit 3"}, /* nat-control */
        {"outside>inside tcp 198.51.100.7:9 203.0.113.12:25", "deny 13"},
        {"inside>outside tcp 10.1.1.5:9 198.51.100.7:25", "permit implicit 5"},
        {"inside>self tcp 10.1.1.5:9 10.1.1.1:23", "permit implicit 30"},
        {"inside>self tcp 10.2.1.5:9 10.1.1.1:23", "deny implicit 3"},
    };
    LAB_CASES(&lab, cases);
    assert_string_equal(lab_leaves(&lab, "outside>inside tcp 198.51.100.7:9 203.0.113.11:80"),
                        "198.51.100.7>10.1.1.11:8080");
    assert_string_equal(lab_leaves(&lab, "inside>outside tcp 10.1.1.10:9 198.51.100.7:25"),
                        "203.0.113.10>198.51.100.7:25");
    assert_string_equal(lab_leaves(&lab, "inside>outside tcp 10.1.1.12:9 10.2.0.7:25"),
                        "10.1.1.12>10.2.0.7:25");
    lab_close(&lab);
}

/* Sections, then few addresses before many, low before high, then names. */
static void test_translation_order(void **state)
{
    (void)state;
    struct lab lab =
        lab_text("ASA Version 9.8(1)\n"
                 "interface e0\n nameif inside\n security-level 100\n"
                 "interface e1\n nameif outside\n security-level 0\n"
                 "object network NET\n subnet 10.1.0.0 255.255.255.0\n nat (inside,outside) static "
                 "192.0.2.0\n"
                 "object network B\n host 10.1.0.5\n nat (inside,outside) static 203.0.113.5\n"
                 "object network A\n host 10.1.0.5\n nat (inside,outside) static 203.0.113.55\n"
                 "object network DYN\n host 10.1.0.9\n nat (inside,outside) dynamic 203.0.113.9\n"
                 "object network ONE\n host 10.1.0.1\n"
                 "object network TWO\n host 203.0.113.1\n"
                 "nat (inside,outside) after-auto source static ONE TWO\n"
                 "nat (any,any) source static DST DST unidirectional inactive\n"
                 "object network DST\n host 198.51.100.1\n"
                 "nat (inside,outside) source static ONE ONE destination static DST DST\n");
    assert_string_equal(lab_leaves(&lab, "inside>outside tcp 10.1.0.5:9 198.51.100.7:25"),
                        "203.0.113.55>198.51.100.7:25"); /* A before B before NET */
    assert_string_equal(lab_leaves(&lab, "inside>outside tcp 10.1.0.7:9 198.51.100.7:25"),
                        "192.0.2.7>198.51.100.7:25"); /* net to net keeps the host */
    assert_string_equal(lab_leaves(&lab, "inside>outside tcp 10.1.0.9:9 198.51.100.7:25"),
                        "192.0.2.9>198.51.100.7:25"); /* static before dynamic */
    assert_string_equal(lab_leaves(&lab, "inside>outside tcp 10.1.0.1:9 198.51.100.1:25"),
                        "10.1.0.1>198.51.100.1:25"); /* section 1 first */
    assert_string_equal(lab_leaves(&lab, "inside>outside tcp 10.1.0.1:9 198.51.100.7:25"),
                        "192.0.2.1>198.51.100.7:25"); /* section 3 last */
    lab_close(&lab);
}

static void test_management(void **state)
{
    (void)state;
    struct lab lab = lab_fixture(DIR "branch.cfg");
    static const struct lab_case cases[] = {
        {"outside>self tcp 198.51.100.7:9 203.0.113.2:22", "permit implicit 138"},
        {"outside>self tcp 203.0.113.66:9 203.0.113.2:22", "permit implicit 138"},
        {"inside>self tcp 10.1.0.1:9 10.1.0.1:22", "deny implicit 7"},
        {"mgmt>self tcp 172.16.1.7:9 172.16.1.1:22", "permit implicit 137"},
        {"mgmt>self tcp 172.16.1.7:9 172.16.1.1:8444", "permit implicit 130"},
        {"mgmt>self tcp 172.16.1.7:9 172.16.1.1:443", "deny implicit 7"},
        {"mgmt>self udp 172.16.1.9:9 172.16.1.1:161", "permit implicit 131"},
        {"mgmt>self udp 172.16.1.8:9 172.16.1.1:161", "deny implicit 7"},
        {"outside>self icmp 198.51.100.7:0 203.0.113.2:0", "permit implicit 114"},
        {"outside>self icmp 198.51.100.7:8 203.0.113.2:0", "deny implicit 115"},
        {"inside>self icmp 10.1.0.7:8 10.1.0.1:0", "permit implicit 7"},
    };
    LAB_CASES(&lab, cases);
    lab_close(&lab);
}

static void test_facts(void **state)
{
    (void)state;
    struct lab lab = lab_fixture(DIR "branch.cfg");
    static const char *const facts[][2] = {
        {"name.fqdn", "updates.example.com"},
        {"dns.lookup", "outside"},
        {"inspect.sip", "inspect sip, policy-map global_policy class inspection_default, global"},
        {"redirect.sfr", "sfr fail-open"},
        {"redirect.wccp", "web-cache"},
        {"vpn.split-tunnel.policy", "tunnelspecified"},
        {"vpn.split-tunnel.list", "value SPLIT"},
        {"interface.reverse-path", "interface outside"},
        {"threat-detection", "basic-threat"},
        {"logging", "host mgmt 172.16.1.9"},
        {"timeout", "sip 0:30:00"},
        {"management.ssh", "0.0.0.0 0.0.0.0 outside"},
    };
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        if (!lab_has_fact(&lab, facts[i][0], facts[i][1]))
            fail_msg("no fact %s = %s", facts[i][0], facts[i][1]);
    assert_false(lab_has_fact(&lab, "dns.reverse", ""));
    assert_int_equal(lab_uses(&lab, "object network", "SITE6"), 0);
    assert_int_equal(lab_uses(&lab, "object network", "PRINTER"), 1);
    assert_int_equal(lab_uses(&lab, "access-list", "SPLIT"), 1);
    assert_int_equal(lab_uses(&lab, "access-list", "NOT_IP"), 0);
    assert_int_equal(lab.diags.n, 0);
    lab_close(&lab);
}

static void test_time(void **state)
{
    (void)state;
    static const struct {
        const char *at, *verdict;
    } cases[] = {
        {"2026-11-23T12:00", "permit 94"}, /* a Monday */
        {"2026-11-22T12:00", "deny 95"},   /* a Sunday */
        {"2026-11-23T18:01", "deny 95"},   /* after hours */
        {"2025-11-24T12:00", "deny 95"},   /* a Monday before the window */
        {"2027-01-04T12:00", "deny 95"},   /* a Monday after it */
        {NULL, "depends"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lab lab = lab_open();
        lab_add(&lab, DIR "branch.cfg");
        lab_import(&lab, cases[i].at);
        const char *got = lab_ask(&lab, "outside>inside tcp 198.51.100.7:9 10.9.0.81:22");
        if (strcmp(got, cases[i].verdict) != 0)
            fail_msg("at %s: %s, should be %s", cases[i].at, got, cases[i].verdict);
        lab_close(&lab);
    }
}

static void test_listing_agrees(void **state)
{
    (void)state;
    struct lab lab = lab_open();
    lab_add(&lab, DIR "branch.cfg");
    lab_add(&lab, DIR "branch.acl");
    lab_import(&lab, NULL);
    assert_int_equal(lab.diags.n, 0);
    const struct chain *c = policy_find_chain(lab.policy, (struct str){"", 0}, STR("inside_in"));
    assert_non_null(c);
    assert_true(c->rules[1]->has_hits);
    assert_int_equal(c->rules[1]->hits, 977);
    assert_int_equal(c->rules[1]->number, 2);
    lab_close(&lab);
    /* the same listing beside a configuration in which the group has changed */
    lab = lab_open();
    struct str cfg = lab_file(lab.arena, DIR "branch.cfg");
    size_t at = str_search(cfg, STR("range 16384 65535"));
    char *changed = arena_cstr(lab.arena, cfg);
    changed[at + 10] = '9'; /* 16394 */
    source_add(lab.arena, &lab.sources, STR("cfg"), str_of(changed));
    lab_add(&lab, DIR "branch.acl");
    lab_import(&lab, NULL);
    assert_true(lab_has_fact(&lab, "listing.differs", "access-list inside_in line 2"));
    lab_close(&lab);
}

static void test_listing_alone(void **state)
{
    (void)state;
    struct lab lab = lab_fixture(DIR "branch.acl"); /* its children stand in for the groups */
    static const struct lab_case cases[] = {
        {"inside_in>x tcp 10.3.7.7:4000 198.51.100.1:443", "permit 8"},
        {"inside_in>x tcp 10.4.7.7:4000 198.51.100.1:443", "deny implicit 5"},
        {"inside_in>x udp 10.1.7.7:4000 198.51.100.1:20000", "permit 22"},
        {"inside_in>x tcp 10.9.7.7:4000 198.51.100.1:80", "depends"},
    };
    LAB_CASES(&lab, cases);
    lab_close(&lab);
}

static void test_dirt(void **state)
{
    (void)state;
    struct lab lab = lab_fixture(DIR "dirty.txt");
    assert_int_equal(lab.diags.n, 0);
    static const struct lab_case cases[] = {
        {"fw-a/inside>fw-a/outside tcp 10.1.0.5:9 198.51.100.7:443", "permit 31"},
        {"fw-a/inside>fw-a/outside udp 10.1.0.5:9 198.51.100.7:53", "permit 32"},
        {"fw-a/inside>fw-a/outside udp 10.1.0.5:9 198.51.100.7:54", "deny implicit 33"},
        {"two/inside>two/outside tcp 10.2.0.5:9 198.51.100.7:443", "deny 60"},
        {"two/inside>two/outside udp 10.2.0.5:9 198.51.100.7:54", "permit 61"},
        {"two/inside>fw-a/outside udp 10.2.0.5:9 198.51.100.7:54", "permit 61"},
    };
    LAB_CASES(&lab, cases);
    lab_close(&lab);
}

static void test_broken(void **state)
{
    (void)state;
    struct lab lab = lab_fixture(DIR "broken.cfg");
    static const struct {
        uint32_t line;
        const char *text;
    } said[] = {
        {16, "contains itself"},
        {20, "object network NOWHERE is not defined"},
        {24, "object-group network MISSING is not defined"},
        {26, "this port is not known"},
        {27, "an address is expected"},
        {30, "access list gone is not in this export"},
        {31, "unknown command \"frobnicate\""},
    };
    for (size_t i = 0; i < sizeof said / sizeof *said; i++)
        if (!lab_says(&lab, DIAG_INCOMPLETE, said[i].line, said[i].text))
            fail_msg("line %u does not say: %s", said[i].line, said[i].text);
    static const struct lab_case cases[] = {
        {"inside>outside tcp 10.1.0.5:9 198.51.100.7:80", "permit 21"},
        {"inside>outside tcp 10.1.0.6:9 198.51.100.7:80", "permit 21"},
        {"inside>outside tcp 10.1.0.7:9 198.51.100.7:82", "permit 23"},
        {"inside>outside tcp 10.1.0.8:9 198.51.100.7:82", "depends"},
        {"inside>outside tcp 10.1.0.8:9 198.51.100.7:83", "depends"},
        {"inside>outside tcp 10.1.0.8:9 198.51.100.7:84", "depends"},
        {"outside>inside tcp 198.51.100.7:9 10.1.0.8:84", "depends"},
    };
    LAB_CASES(&lab, cases);
    lab_close(&lab);
}

/* Groups that multiply to a million entries cost what their lines cost. */
static void test_no_product(void **state)
{
    (void)state;
    struct arena *a = arena_new(0);
    struct out o = {.arena = a};
    out_text(&o, "ASA Version 9.8(1)\ninterface e0\n nameif inside\n security-level 100\n");
    for (int group = 0; group < 2; group++) {
        out_fmt(&o, "object-group network G%d\n", group);
        for (int i = 0; i < 1000; i++)
            out_fmt(&o, " network-object host 10.%d.%d.%d\n", group, i / 100, i % 100 * 2);
    }
    out_text(&o, "object-group service S tcp\n");
    for (int i = 0; i < 1000; i++)
        out_fmt(&o, " port-object eq %d\n", 1000 + 2 * i);
    for (int i = 0; i < 100; i++)
        out_text(&o, "access-list L extended permit tcp object-group G0 object-group G1 "
                     "object-group S\n");
    out_text(&o, "access-group L in interface inside\n");
    struct lab lab = lab_text(arena_cstr(a, out_taken(&o)));
    assert_true(arena_used(lab.arena) < 32 * 1024 * 1024);
    const struct chain *c = policy_find_chain(lab.policy, (struct str){"", 0}, STR("L"));
    for (size_t i = 0; i < c->n_rules; i++)
        assert_int_equal(c->rules[i]->n_match, 1);
    lab_close(&lab);
    arena_free(a);
}

/* Syntax that only some files have. */
static void test_forms(void **state)
{
    (void)state;
    struct lab lab = lab_text(
        "ASA Version 8.4(1)\n"
        "interface e0\n nameif inside\n security-level 100\n ip address 10.1.0.1 255.255.255.0\n"
        "interface e1\n nameif outside\n security-level 0\n"
        "object-group service WEB tcp\n port-object eq www\n"
        "object-group service WEB tcp\n port-object eq https\n"
        "access-list X line 1 extended permit tcp any object-group WEB any\n"
        "access-list X line 1 extended deny tcp host 10.1.0.66 any\n"
        "access-list X extended permit object icmp-echo any any\n"
        "access-list X extended permit 97 10.0.0.192 255.0.0.192 any\n"
        "access-list X extended permit tcp any interface inside eq kerberos\n"
        "ipv6 access-list X6 permit icmp6 any any neighbor-solicitation\n"
        "access-group X in interface inside\n"
        "access-group X6 in interface inside\n");
    static const struct lab_case cases[] = {
        {"inside>outside tcp 10.1.0.5:80 198.51.100.7:9", "permit 13"},
        {"inside>outside tcp 10.1.0.5:443 198.51.100.7:9", "permit 13"},
        {"inside>outside tcp 10.1.0.5:81 198.51.100.7:9", "deny implicit 19"},
        {"inside>outside tcp 10.1.0.66:80 198.51.100.7:9", "deny 14"},
        {"inside>outside icmp 10.1.0.5:8 198.51.100.7:0", "permit 15"},
        {"inside>outside icmp 10.1.0.5:0 198.51.100.7:0", "deny implicit 19"},
        {"inside>outside 97 10.55.66.193 198.51.100.7", "permit 16"},
        {"inside>outside 97 10.55.66.1 198.51.100.7", "deny implicit 19"},
        {"inside>outside tcp 10.1.0.5:9 10.1.0.1:750", "permit 17"},
        {"inside>outside ipv6-icmp [2001:db8::1]:135 [2001:db8::2]:0", "permit 18"},
        {"inside>outside tcp [2001:db8::1]:80 [2001:db8::2]:9", "deny implicit 20"},
    };
    LAB_CASES(&lab, cases);
    assert_int_equal(lab.diags.n, 0);
    lab_close(&lab);
}

/* What is only one thing on the device: an object, a running configuration. */
static void test_once(void **state)
{
    (void)state;
    struct lab lab = lab_text(": Saved\n"
                              "ASA Version 9.8(1)\n"
                              "interface e0\n nameif inside\n security-level 100\n"
                              "interface e1\n nameif outside\n security-level 0\n"
                              "object network A\n host 10.1.0.1\n"
                              "object network A\n host 10.1.0.2\n"
                              "access-list L extended permit ip object A any\n"
                              "access-group L in interface inside\n"
                              "------------------ show startup-config ------------------\n"
                              ": Saved\n"
                              "ASA Version 9.8(1)\n"
                              "access-list L extended permit ip any any\n");
    static const struct lab_case cases[] = {
        {"inside>outside tcp 10.1.0.2:9 198.51.100.7:9", "permit 13"},
        {"inside>outside tcp 10.1.0.1:9 198.51.100.7:9", "deny implicit 14"},
        {"inside>outside tcp 10.1.0.3:9 198.51.100.7:9", "deny implicit 14"},
    };
    LAB_CASES(&lab, cases);
    assert_true(lab_says(&lab, DIAG_INCOMPLETE, 2, "is the export whole?"));
    lab_close(&lab);
}

/* On a FWSM nothing passes without a list, whatever the levels. */
static void test_fwsm(void **state)
{
    (void)state;
    struct lab lab = lab_text("FWSM Version 4.1(4) <context>\n"
                              "interface Vlan1\n nameif inside\n security-level 100\n"
                              "interface Vlan2\n nameif outside\n security-level 0\n"
                              "access-list O extended permit tcp any any eq www\n"
                              "access-group O in interface outside\n");
    static const struct lab_case cases[] = {
        {"inside>outside tcp 10.1.0.2:9 198.51.100.7:80", "deny implicit 4"},
        {"outside>inside tcp 198.51.100.7:9 10.1.0.2:80", "permit 8"},
    };
    LAB_CASES(&lab, cases);
    lab_close(&lab);
}

/* An export that is none: nothing is known, and that is what is said. */
static void test_nothing(void **state)
{
    (void)state;
    struct lab lab = lab_text("*filter\n:INPUT DROP [0:0]\nCOMMIT\n");
    assert_string_equal(lab_ask(&lab, "a>b tcp 10.9.0.2:9 10.1.0.7:80"), "depends");
    assert_string_equal(lab_ask(&lab, "a>self tcp 10.9.0.2:9 10.1.0.7:80"), "depends");
    assert_true(lab_says(&lab, DIAG_INCOMPLETE, 0, "no interface and no access list"));
    lab_close(&lab);
}

static void test_no_forward(void **state)
{
    (void)state;
    struct lab lab = lab_text("ASA Version 9.2(4)\n"
                              "interface Vlan1\n nameif inside\n security-level 100\n"
                              "interface Vlan2\n nameif outside\n security-level 0\n"
                              "interface Vlan3\n no forward interface Vlan1\n nameif dmz\n"
                              " security-level 50\n"
                              "access-list D extended permit ip any any\n"
                              "access-group D in interface dmz\n"
                              "aaa authentication match D dmz LOCAL\n");
    static const struct lab_case cases[] = {
        {"dmz>inside tcp 10.9.0.2:9 10.1.0.7:80", "deny implicit 9"},
        {"dmz>outside tcp 10.9.0.2:9 198.51.100.7:80", "permit 12"},
        {"inside>dmz tcp 10.1.0.2:9 10.9.0.7:80", "permit implicit 4"},
    };
    LAB_CASES(&lab, cases);
    assert_true(lab_says(&lab, DIAG_INCOMPLETE, 14, "users"));
    lab_close(&lab);
}

/* A server behind an address that DHCP gave: which packets are for it is not known. */
static void test_dynamic_address(void **state)
{
    (void)state;
    struct lab lab = lab_text("ASA Version 9.8(1)\n"
                              "interface e0\n nameif inside\n security-level 100\n"
                              "interface e1\n nameif outside\n security-level 0\n"
                              " ip address dhcp setroute\n"
                              "object network WEB\n host 10.1.0.80\n"
                              " nat (inside,outside) static interface service tcp 8080 www\n"
                              "object network ALL\n subnet 0.0.0.0 0.0.0.0\n"
                              " nat (inside,outside) dynamic interface\n"
                              "access-list O extended permit tcp any object WEB eq 8080\n"
                              "access-group O in interface outside\n");
    static const struct lab_case cases[] = {
        {"outside>inside tcp 198.51.100.7:9 203.0.113.9:80", "depends"},
        {"outside>inside tcp 198.51.100.7:9 203.0.113.9:81", "deny implicit 16"},
        {"outside>inside tcp 198.51.100.7:9 10.1.0.80:8080", "permit 15"},
        {"inside>outside tcp 10.1.0.5:9 198.51.100.7:443", "permit implicit 4"},
    };
    LAB_CASES(&lab, cases);
    lab_close(&lab);
}

/* A script takes back what it, or the device before it, had. */
static void test_script(void **state)
{
    (void)state;
    struct lab lab = lab_text("interface e0\n nameif inside\n security-level 100\n"
                              "interface e1\n nameif outside\n security-level 0\n"
                              "access-list T permit ip any any\n"
                              "access-group T in interface inside\n"
                              "clear configure access-list\n"
                              "object-group network G\n network-object host 10.1.0.1\n"
                              " network-object host 10.1.0.2\n no network-object host 10.1.0.1\n"
                              "access-list L permit tcp object-group G any\n"
                              "access-list L permit udp any any\n"
                              "no access-list L permit udp any any\n"
                              "no access-list L permit icmp any any\n"
                              "access-group L in interface inside\n");
    static const struct lab_case cases[] = {
        {"inside>outside tcp 10.1.0.2:9 198.51.100.7:9", "permit 14"},
        {"inside>outside tcp 10.1.0.1:9 198.51.100.7:9", "deny implicit 18"},
        {"inside>outside udp 10.1.0.1:9 198.51.100.7:9", "deny implicit 18"},
    };
    LAB_CASES(&lab, cases);
    assert_true(lab_says(&lab, DIAG_INCOMPLETE, 17, "takes back a line that is not there"));
    lab_close(&lab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists_and_objects),
        cmocka_unit_test(test_levels_and_states),
        cmocka_unit_test(test_translation),
        cmocka_unit_test(test_translation_order),
        cmocka_unit_test(test_management),
        cmocka_unit_test(test_facts),
        cmocka_unit_test(test_time),
        cmocka_unit_test(test_listing_agrees),
        cmocka_unit_test(test_listing_alone),
        cmocka_unit_test(test_dirt),
        cmocka_unit_test(test_broken),
        cmocka_unit_test(test_no_product),
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_once),
        cmocka_unit_test(test_fwsm),
        cmocka_unit_test(test_script),
        cmocka_unit_test(test_dynamic_address),
        cmocka_unit_test(test_no_forward),
        cmocka_unit_test(test_nothing),
    };
    return cmocka_run_group_tests_name("asa", tests, NULL, NULL);
}
