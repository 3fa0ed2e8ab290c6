/* What matches and targets of iptables say of a packet, where it hangs on conntrack, on marks, or
 * on what a packet has beside its fields. The kernel's source is named where a row comes from it.
 */
#include "ipt_lab.h"

struct row {
    const char *rules; /* of a rule set */
    enum path_kind path;
    const char *packets[8];
    const char *verdicts;
};

static void check(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct host h = host_of(rows[i].rules, NULL, strstr(rows[i].rules, "2001:") != NULL);
        size_t k = 0;
        assert_false(h.diags.worst[DIAG_INCOMPLETE]);
        for (; k < 8 && rows[i].packets[k] != NULL; k++) {
            char got = verdict_of(&h, rows[i].path, rows[i].packets[k]);
            if (got != rows[i].verdicts[k])
                fail_msg("%s: packet \"%s\" is '%c', not '%c'", rows[i].rules, rows[i].packets[k],
                         got, rows[i].verdicts[k]);
        }
        assert_int_equal(k, strlen(rows[i].verdicts));
        arena_free(h.arena);
    }
}
#define CHECK(rows) check(rows, sizeof rows / sizeof *(rows))

#define FORWARD(match) "*filter\n:FORWARD DROP [0:0]\n-A FORWARD " match " -j ACCEPT\nCOMMIT\n"
#define MANGLE(rules) "*mangle\n" rules "COMMIT\n"
#define DNAT(to) "*nat\n-A PREROUTING -p tcp --dport 80 -j DNAT --to-destination " to "\nCOMMIT\n"
#define A "tcp 192.0.2.1 1000 198.51.100.1 80"
#define REPLY "tcp 198.51.100.1 80 192.0.2.1 1000 state 1 ctstatus 3"
#define ERROR "icmp 203.0.113.1 3 192.0.2.1 1 state 2"
#define INVALID " state 3"
#define UNTRACKED " state 4"

static void test_states(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {FORWARD("-m conntrack --ctstate NEW,DNAT"),
         PATH_THROUGH,
         {A, A " state 1", A " state 1 ctstatus 64", A INVALID " ctstatus 64"},
         "ynyn"},
        {FORWARD("-m conntrack ! --ctstate NEW,DNAT"),
         PATH_THROUGH,
         {A, A " state 1", A " state 1 ctstatus 64", A INVALID},
         "nyny"},
        {DNAT("198.51.100.9") FORWARD("-m conntrack --ctstate DNAT"),
         PATH_THROUGH,
         {A, "tcp 192.0.2.1 1000 198.51.100.1 81"},
         "yn"},
        {FORWARD("-m conntrack --ctdir REPLY"), PATH_THROUGH, {A, REPLY, A INVALID}, "nyn"},
        /* xt_conntrack.c: without a connection, --ctstate alone decides */
        {FORWARD("-m conntrack --ctstate INVALID,NEW --ctdir REPLY"),
         PATH_THROUGH,
         {A, A INVALID, A UNTRACKED},
         "nyn"},
        {FORWARD("-m conntrack --ctdir REPLY --ctstate INVALID,NEW"),
         PATH_THROUGH,
         {A, A INVALID},
         "ny"},
        {FORWARD("-m conntrack --ctstatus ASSURED,EXPECTED"),
         PATH_THROUGH,
         {A, A " ctstatus 4", A " ctstatus 8", A INVALID " ctstatus 4"},
         "nyyn"},
        {FORWARD("-m conntrack ! --ctstatus NONE"), PATH_THROUGH, {A, A INVALID}, "yn"},
    };
    CHECK(rows);
}

static void test_tuples(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {DNAT("198.51.100.9:8080") FORWARD("-m conntrack --ctorigdst 198.51.100.1"),
         PATH_THROUGH,
         {A, "tcp 192.0.2.1 1000 198.51.100.9 80"},
         "yn"},
        {DNAT("198.51.100.9:8080") FORWARD("-m conntrack --ctorigdstport 80 --ctproto 6"),
         PATH_THROUGH,
         {A, "udp 192.0.2.1 1 198.51.100.1 80", A INVALID},
         "ynn"},
        {FORWARD("-m conntrack --ctorigsrc 192.0.2.0/24"),
         PATH_THROUGH,
         {A, REPLY, REPLY " ctstatus 35", ERROR, A INVALID},
         "yy??n"},
        {FORWARD("-m conntrack ! --ctorigsrc 192.0.2.0/24"),
         PATH_THROUGH,
         {A, REPLY, A INVALID, A UNTRACKED},
         "nnnn"},
        {FORWARD("-m conntrack --ctproto 6"), PATH_THROUGH, {A, REPLY, ERROR}, "yy?"},
        {FORWARD("-m conntrack --ctorigsrcport 1000"), PATH_THROUGH, {A, REPLY}, "yy"},
        {FORWARD("-m conntrack --ctreplsrc 198.51.100.1"), PATH_THROUGH, {A, A INVALID}, "?n"},
        {FORWARD("-m conntrack --ctstate INVALID,NEW --ctproto 17"),
         PATH_THROUGH,
         {A, A INVALID, "udp 192.0.2.1 1 192.0.2.2 2"},
         "nyy"},
    };
    CHECK(rows);
}

static void test_marks(void **state)
{
    (void)state;
#define SAVED                                                                                      \
    "-A PREROUTING -s 192.0.2.1 -j MARK --set-mark 0x12\n"                                         \
    "-A PREROUTING -j CONNMARK --save-mark\n"
#define RESTORED "-A PREROUTING -j CONNMARK --restore-mark"
    static const struct row rows[] = {
        {MANGLE(SAVED) FORWARD("-m connmark --mark 0x12"),
         PATH_THROUGH,
         {A, REPLY, REPLY " ctmark 18"},
         "ynn"},
        {MANGLE(RESTORED "\n") FORWARD("-m mark --mark 0x12"),
         PATH_THROUGH,
         {A, A " ctmark 18", A UNTRACKED " ctmark 18", A UNTRACKED " mark 18"},
         "nyny"},
        {MANGLE(RESTORED " --nfmask 0xf0 --ctmask 0x0f\n") FORWARD("-m mark --mark 0x302"),
         PATH_THROUGH,
         {A " mark 0x3f0 ctmark 18", A " mark 0x3f0 ctmark 0x1f"},
         "yn"},
        {MANGLE(SAVED "-A PREROUTING -j CONNMARK --save-mark --mask 0x10\n")
             FORWARD("-m connmark --mark 0x10/0x10"),
         PATH_THROUGH,
         {A},
         "y"},
        {MANGLE("-A PREROUTING -j CONNMARK --set-mark 5\n") FORWARD("-m connmark --mark 5"),
         PATH_THROUGH,
         {A, A INVALID},
         "yn"},
    };
    CHECK(rows);
}

/* REDIRECT sends to an address of the interface, which the rules do not tell. */
static void test_redirect(void **state)
{
    (void)state;
#define HERE "*nat\n-A PREROUTING -p tcp --dport 80 -j REDIRECT --to-ports 3128\nCOMMIT\n"
#define OUT "*nat\n-A OUTPUT -p tcp --dport 80 -j REDIRECT\nCOMMIT\n"
    static const struct row rows[] = {
        {HERE "*filter\n:INPUT DROP [0:0]\n-A INPUT -d 198.51.100.1 -j ACCEPT\nCOMMIT\n",
         PATH_TO_SELF,
         {A, "tcp 192.0.2.1 1000 198.51.100.1 81"},
         "?y"},
        {HERE "*filter\n:INPUT DROP [0:0]\n-A INPUT -p tcp --dport 3128 -j ACCEPT\nCOMMIT\n",
         PATH_TO_SELF,
         {A},
         "y"},
        {OUT "*filter\n:OUTPUT DROP [0:0]\n-A OUTPUT -d 127.0.0.1 -j ACCEPT\nCOMMIT\n",
         PATH_FROM_SELF,
         {A, "tcp 192.0.2.1 1 192.0.2.9 81"},
         "yn"},
    };
    CHECK(rows);
}

static void test_addresses(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {FORWARD("-m addrtype --dst-type LOCAL"), PATH_THROUGH, {A}, "n"},
        {FORWARD("-m addrtype ! --dst-type LOCAL"), PATH_THROUGH, {A}, "y"},
        {FORWARD("-m addrtype --dst-type MULTICAST"),
         PATH_THROUGH,
         {A, "udp 192.0.2.1 1 224.0.0.9 520"},
         "ny"},
        {FORWARD("-m addrtype --src-type LOCAL,MULTICAST"),
         PATH_THROUGH,
         {A, "udp 224.0.0.1 1 192.0.2.9 520", "udp 127.0.0.1 1 192.0.2.9 520"},
         "?yy"},
        {FORWARD("-s 2001:db8::/32 -m addrtype --dst-type UNICAST"),
         PATH_THROUGH,
         {"udp 2001:db8::1 1 2001:db8::2 2", "udp 2001:db8::1 1 ff02::1 2"},
         "yn"},
    };
    CHECK(rows);
}

static void test_headers(void **state)
{
    (void)state;
#define SIX "udp 2001:db8::1 1 2001:db8::2 2"
    static const struct row rows[] = {
        {FORWARD("-s 2001:db8::/32 -m rt"), PATH_THROUGH, {SIX, SIX " ext 4", SIX " ext 5"}, "nyy"},
        {FORWARD("-s 2001:db8::/32 -m rt ! --rt-type 2"), PATH_THROUGH, {SIX, SIX " ext 4"}, "n?"},
        {FORWARD("-s 2001:db8::/32 -m frag --fragmore"),
         PATH_THROUGH,
         {SIX, SIX " ext 8", SIX " ext 8 frag 1", SIX " ext 8 frag 2"},
         "nny?"},
        {FORWARD("-s 2001:db8::/32 -m frag --fraglast"),
         PATH_THROUGH,
         {SIX " ext 8", SIX " ext 8 frag 1", SIX " ext 8 frag 2"},
         "yn?"},
        {FORWARD("-s 2001:db8::/32 -m ipv6header --header hop,frag --soft"),
         PATH_THROUGH,
         {SIX, SIX " ext 8", SIX " ext 9", SIX " ext 13"},
         "nnyy"},
        {FORWARD("-s 2001:db8::/32 -m ipv6header ! --header hop,frag --soft"),
         PATH_THROUGH,
         {SIX, SIX " ext 8", SIX " ext 9", SIX " ext 4"},
         "ynny"},
        {FORWARD("-p tcp --syn"),
         PATH_THROUGH,
         {A " tcp_flags 2", A " tcp_flags 18", A " tcp_flags 2 frag 2"},
         "ynn"},
        {FORWARD("-p tcp ! --syn"),
         PATH_THROUGH,
         {A " tcp_flags 2", A " tcp_flags 18", A " tcp_flags 18 frag 2"},
         "nyn"},
        {FORWARD("-p tcp --tcp-option 5"), PATH_THROUGH, {A, A " frag 2"}, "?n"},
        {FORWARD("-m physdev --physdev-is-bridged"),
         PATH_THROUGH,
         {A, A " physin 1 physout 1"},
         "ny"},
        {FORWARD("-m physdev --physdev-out vnet1"),
         PATH_THROUGH,
         {A, A " physin 1 physout 1"},
         "n?"},
    };
    CHECK(rows);
}

/* A test by parts is exact for sets: what is permitted is just the packets to that port. */
static void test_sets(void **state)
{
    (void)state;
    struct host h = host_of(
        DNAT("198.51.100.9:8080") FORWARD("-p tcp -m conntrack --ctorigdstport 80"), NULL, false);
    struct sets *s = h.policy->sets;
    struct cube c = cube_any(s);
    c.f[FIELD_FAMILY] = set_one(s, FAMILY_V4);
    c.f[FIELD_STATE] = set_one(s, STATE_NEW);
    c.f[FIELD_CTSTATUS] = set_one(s, 0);
    c.f[FIELD_PROTO] = set_one(s, PROTO_TCP);
    struct region all = region_and_cube(s, h.arena, &h.policy->universe, &c);
    struct decision d = decide(h.policy, h.arena, PATH_THROUGH, &all, NULL);
    assert_int_equal(d.depends.n, 0);
    c.f[FIELD_DPORT] = set_one(s, 80);
    struct region want = region_and_cube(s, h.arena, &all, &c);
    assert_string_equal(arena_cstr(h.arena, region_count(s, h.arena, &d.permitted)),
                        arena_cstr(h.arena, region_count(s, h.arena, &want)));
    assert_int_equal(region_minus(s, h.arena, &d.permitted, &want, NULL).n, 0);
    arena_free(h.arena);
}

/* Names that the kernel gives no device are warned of, at each rule. */
static void test_no_device(void **state)
{
    (void)state;
    static const struct {
        const char *rules;
        size_t warned;
    } rows[] = {
        {FORWARD("-i eth0:1"), 1},
        {FORWARD("! -o \"e x\""), 1},
        {FORWARD("-i eth0.100"), 0},
        {FORWARD("-i ppp+ -o wg-0_1@x"), 0},
        {FORWARD("-i a/b -o c:d"), 2},
        {"*filter\n-A FORWARD -i a:1\n-A FORWARD -i a:1\nCOMMIT\n", 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct host h = host_of(rows[i].rules, NULL, false);
        size_t warned = 0;
        for (size_t k = 0; k < h.diags.n; k++)
            warned += h.diags.v[k].level == DIAG_WARNING && h.diags.v[k].at.line > 1;
        if (warned != rows[i].warned)
            fail_msg("%s: %zu warnings, not %zu", rows[i].rules, warned, rows[i].warned);
        arena_free(h.arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_states),    cmocka_unit_test(test_tuples),
        cmocka_unit_test(test_marks),     cmocka_unit_test(test_redirect),
        cmocka_unit_test(test_addresses), cmocka_unit_test(test_headers),
        cmocka_unit_test(test_sets),      cmocka_unit_test(test_no_device),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
