/* Where access lists are bound, and what comes before them and beside them. */
#include "asa_lab.h"

#define INTERFACES                                                                                 \
    "ASA Version 9.8(2)\n"                                                                         \
    "interface e0\n nameif outside\n security-level 0\n ip address 192.0.2.1 255.255.255.0\n"      \
    "interface e1\n nameif inside\n security-level 100\n ip address 10.0.0.1 255.255.255.0\n"

/* What ssh, telnet and http lines permit comes in whatever a list for the control plane says. */
static void test_control_plane_denies(void **state)
{
    (void)state;
    struct lab lab = lab_text(INTERFACES "access-list A extended deny tcp any any eq ssh\n"
                                         "access-list A extended deny udp any any eq isakmp\n"
                                         "access-group A in interface outside control-plane\n"
                                         "ssh 203.0.113.0 255.255.255.0 outside\n"
                                         "crypto ikev2 enable outside\n");
    static const struct lab_case cases[] = {
        {"outside>self tcp 203.0.113.7:9 192.0.2.1:22", "permit implicit 13"},
        {"outside>self tcp 198.51.100.7:9 192.0.2.1:22", "deny 10"},
        {"outside>self udp 198.51.100.7:9 192.0.2.1:500", "deny 11"},
        {"outside>self udp 198.51.100.7:9 192.0.2.1:4500", "permit implicit 14"},
        {"outside>self tcp 198.51.100.7:9 192.0.2.1:80", "deny implicit 1"},
        {"inside>self udp 10.0.0.7:9 10.0.0.1:4500", "deny implicit 1"},
    };
    LAB_CASES(&lab, cases);
    lab_close(&lab);
}

/* A list for the control plane opens no service. */
static void test_control_plane_permits(void **state)
{
    (void)state;
    struct lab lab = lab_text(INTERFACES "access-list A extended permit ip any any\n"
                                         "access-group A in interface outside control-plane\n"
                                         "telnet 10.0.0.0 255.255.255.0 inside\n");
    static const struct lab_case cases[] = {
        {"outside>self tcp 198.51.100.7:9 192.0.2.1:22", "deny implicit 1"},
        {"outside>self tcp 198.51.100.7:9 192.0.2.1:23", "deny implicit 1"},
        {"inside>self tcp 10.0.0.7:9 10.0.0.1:23", "permit implicit 12"},
        {"outside>self icmp 198.51.100.7:8 192.0.2.1:0", "permit implicit 1"},
    };
    LAB_CASES(&lab, cases);
    lab_close(&lab);
}

/* "The implicit deny at the end of the access list does not affect IP traffic." */
static void test_ethertype(void **state)
{
    (void)state;
    struct lab lab = lab_text(INTERFACES "access-list E ethertype permit bpdu\n"
                                         "access-list X extended deny tcp any any eq 23\n"
                                         "access-list X extended permit ip any any\n"
                                         "access-group E in interface inside\n"
                                         "access-group X in interface inside\n");
    static const struct lab_case cases[] = {
        {"inside>outside tcp 10.0.0.7:9 198.51.100.7:80", "permit 12"},
        {"inside>outside tcp 10.0.0.7:9 198.51.100.7:23", "deny 11"},
    };
    LAB_CASES(&lab, cases);
    assert_false(lab.diags.worst[DIAG_INCOMPLETE]);
    lab_close(&lab);
}

/* "If you explicitly deny all traffic with an EtherType ACE, then IP and ARP traffic is denied." */
static void test_ethertype_denies(void **state)
{
    (void)state;
    struct lab lab = lab_text(INTERFACES "access-list E ethertype permit 0x88cc\n"
                                         "access-list E ethertype deny any\n"
                                         "access-group E in interface inside\n");
    assert_string_equal(lab_ask(&lab, "inside>outside tcp 10.0.0.7:9 198.51.100.7:80"), "depends");
    assert_true(lab_says(&lab, DIAG_INCOMPLETE, 11, "denies IP frames"));
    lab_close(&lab);
}

/* One list per place: the last line holds. Another place, and before 9.0 IPv6, keep their own. */
static void test_last_binding(void **state)
{
    (void)state;
    struct lab lab = lab_text("ASA Version 8.4(2)\n"
                              "interface e0\n nameif outside\n security-level 0\n"
                              "interface e1\n nameif inside\n security-level 100\n"
                              "access-list A extended permit tcp any any eq 80\n"
                              "access-list B extended permit tcp any any eq 443\n"
                              "ipv6 access-list C permit tcp any any eq 80\n"
                              "access-group A in interface inside\n"
                              "access-group C in interface inside\n"
                              "access-group A out interface outside\n"
                              "access-group B in interface inside\n");
    static const struct lab_case cases[] = {
        {"inside>outside tcp 10.0.0.7:9 198.51.100.7:80", "deny implicit 14"},
        {"inside>outside tcp 10.0.0.7:9 198.51.100.7:443", "deny implicit 13"},
        {"inside>outside tcp [2001:db8::7]:9 [2001:db8:1::7]:80", "permit 10"},
    };
    LAB_CASES(&lab, cases);
    assert_true(lab_says(&lab, DIAG_WARNING, 11, "line 14 binds another list"));
    assert_false(lab_says(&lab, DIAG_WARNING, 12, "binds another list"));
    lab_close(&lab);
}

/* An entry of a kind that is not known keeps its place: what comes behind it is not sure. */
static void test_unknown_entry(void **state)
{
    (void)state;
    struct lab lab = lab_text(INTERFACES "access-list F extended permit udp any any\n"
                                         "access-list F advanced trust ip any any rule-id 7\n"
                                         "access-list F extended deny ip any any\n"
                                         "access-group F global\n");
    static const struct lab_case cases[] = {
        {"inside>outside udp 10.0.0.7:9 198.51.100.7:80", "permit 10"},
        {"inside>outside tcp 10.0.0.7:9 198.51.100.7:80", "depends"},
    };
    LAB_CASES(&lab, cases);
    assert_true(lab_says(&lab, DIAG_INCOMPLETE, 11, "permits or denies"));
    lab_close(&lab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_control_plane_denies),
        cmocka_unit_test(test_control_plane_permits),
        cmocka_unit_test(test_ethertype),
        cmocka_unit_test(test_ethertype_denies),
        cmocka_unit_test(test_last_binding),
        cmocka_unit_test(test_unknown_entry),
    };
    return cmocka_run_group_tests_name("asa_bind", tests, NULL, NULL);
}
