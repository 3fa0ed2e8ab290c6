/* What Batfish's own tests say of ASA configurations, beyond test_asa_corpus.c. Where the file is
 * not among the corpus the fact is asked of a text of ours; one of these facts is about routing,
 * which is no part of the model. */
#include "asa_lab.h"

#include <stdlib.h>

static char dir[4096];

/* Before anything is allocated: skip() does not come back. */
static const char *batfish(const char *name)
{
    static char path[8192];
    snprintf(
        path, sizeof path,
        "%s/corpus/asa/batfish-batfish__projects__batfish__src__test__resources__org__batfish__"
        "grammar__cisco_asa__testconfigs__%s",
        dir, name);
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        skip();
    fclose(f);
    return path;
}

static void facts(struct lab *lab, const char *const (*v)[2], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *got = lab_ask(lab, v[i][0]);
        if (strncmp(got, v[i][1], strlen(v[i][1])) != 0)
            fail_msg("%s: %s, Batfish says %s", v[i][0], got, v[i][1]);
    }
    lab_close(lab);
}
#define FACTS(lab, v) facts(&(lab), (v), sizeof(v) / sizeof *(v))

#define INTERFACES                                                                                 \
    "interface GigabitEthernet0/0\n nameif a\n security-level 50\n ip address 10.1.0.1 "           \
    "255.255.255.0\n"                                                                              \
    "interface GigabitEthernet0/1\n nameif b\n security-level 50\n ip address 10.2.0.1 "           \
    "255.255.255.0\n"
#define TWO_INTERFACES "ASA Version 9.9\n" INTERFACES
#define BETWEEN "same-security-traffic permit inter-interface\n"

static void test_masks(void **state) /* testAclMasks */
{
    (void)state;
    struct lab lab =
        lab_text(TWO_INTERFACES BETWEEN
                 "access-list acl extended permit ip 1.2.3.0 255.255.255.0 4.3.0.0 255.255.0.0\n"
                 "access-group acl in interface a\n");
    static const char *const v[][2] = {
        {"a>b tcp 1.2.3.0:9 4.3.0.0:1", "permit"},
        {"a>b tcp 1.2.3.255:9 4.3.255.255:1", "permit"},
        {"a>b tcp 1.2.4.0:9 4.3.0.0:1", "deny"},
        {"a>b tcp 1.2.3.1:9 4.4.0.0:1", "deny"},
    };
    FACTS(lab, v);
}

static void test_permit_inter(void **state) /* testAsaSecurityLevelPermitInter */
{
    (void)state;
    struct lab lab = lab_text(TWO_INTERFACES BETWEEN);
    static const char *const v[][2] = {
        {"a>b tcp 10.1.0.5:9 10.2.0.5:1", "permit"},
        {"b>a tcp 10.2.0.5:9 10.1.0.5:1", "permit"},
        {"a>a tcp 10.1.0.5:9 10.1.0.6:1", "deny"},
    };
    FACTS(lab, v);
}

static void test_service_objects(void **state) /* testAsaGh5875 */
{
    (void)state;
    const char *path = batfish("asa-gh-5875");
    struct lab lab = lab_open();
    lab_add(&lab, path);
    source_add(lab.arena, &lab.sources, STR("list"),
               STR(INTERFACES BETWEEN
                   "interface GigabitEthernet0/2\n nameif c\n security-level 50\n"
                   "access-list A extended permit object-group IP_GROUP any any\n"
                   "access-list B extended permit object-group TCP_GROUP any any\n"
                   "access-list C extended permit object-group AH_GROUP any any\n"
                   "access-group A in interface a\naccess-group B in interface b\n"
                   "access-group C in interface c\n"));
    lab_import(&lab, NULL);
    static const char *const v[][2] = {
        {"a>b udp 10.1.0.5:9 10.2.0.5:1", "permit"}, {"a>b ah 10.1.0.5 10.2.0.5", "permit"},
        {"b>a tcp 10.2.0.5:9 10.1.0.5:1", "permit"}, {"b>a udp 10.2.0.5:9 10.1.0.5:1", "deny"},
        {"c>a ah 10.2.0.5 10.1.0.5", "permit"},      {"c>a tcp 10.2.0.5:9 10.1.0.5:1", "deny"},
    };
    FACTS(lab, v);
}

/* Which addresses the rule of phase NAT at line "nat (REAL,MAPPED) dynamic NAME" may put. */
static void expect_pool(const struct lab *lab, const char *begin, const char *pool)
{
    const struct chain *nat = policy_find_chain(lab->policy, STR("phase"), STR("NAT"));
    enum family family;
    struct ival range;
    assert_non_null(nat);
    assert_true(range_parse(str_of(pool), &family, &range, NULL));
    for (size_t i = 0; i < nat->n_rules; i++) {
        const struct rule *r = nat->rules[i];
        if (!str_starts(r->text, str_of(begin)))
            continue;
        for (size_t k = 0; k < r->n_rewrites; k++)
            if (r->rewrites[k].field == FIELD_SRC) {
                assert_int_equal(r->rewrites[k].to,
                                 set_range(lab->policy->sets, range.lo, range.hi));
                return;
            }
    }
    fail_msg("no translation %s", begin);
}

static void test_dynamic_nat(void **state) /* testAsaObjectNatDynamic */
{
    (void)state;
    struct lab lab = lab_fixture(batfish("asa-nat-object-dynamic"));
    expect_pool(&lab, "nat (inside,outside) dynamic", "192.168.1.1-192.168.1.10");
    expect_pool(&lab, "nat (outside,inside) dynamic", "192.168.2.1-192.168.2.10");
    expect_pool(&lab, "nat (inside,any) dynamic", "192.168.3.1-192.168.3.10");
    expect_pool(&lab, "nat (any,any) dynamic", "192.168.4.1-192.168.4.10");
    lab_close(&lab);
}

/* testAsaGh8134: a route to an interface. Routes are read for where networks are, and no more. */
static void test_route(void **state)
{
    (void)state;
    struct lab lab = lab_fixture(batfish("asa-gh-8134"));
    uint32_t counts[4];
    source_counts(lab.sources.v[0], counts);
    assert_int_equal(counts[LINE_NOT_MODELLED], 0);
    lab_close(&lab);
}

int main(void)
{
    const char *shared = getenv("FWPROOF_SHARED");
    snprintf(dir, sizeof dir, "%s", shared == NULL ? "../shared" : shared);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_masks),           cmocka_unit_test(test_permit_inter),
        cmocka_unit_test(test_service_objects), cmocka_unit_test(test_dynamic_nat),
        cmocka_unit_test(test_route),
    };
    return cmocka_run_group_tests_name("asa_batfish", tests, NULL, NULL);
}
