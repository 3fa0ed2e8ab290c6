/* What `-m set` asks of sets: types, directions, nomatch, and the lines that make them. */
#include "ipt_lab.h"

/* Sets, a match on them in chain FORWARD of a filter that accepts what matches and drops the rest,
 * packets and their verdicts: 'y' accepted, 'n' dropped, '?' open. */
struct row {
    const char *sets, *match;
    const char *packets[8]; /* "tcp 192.0.2.1 1000 198.51.100.1 80", then words: "in eth0" */
    const char *verdicts;
};

static struct host set_host(const char *sets, const char *match, bool six)
{
    char rules[512];
    snprintf(rules, sizeof rules,
             "*filter\n:FORWARD DROP [0:0]\n-A FORWARD -m set %s -j ACCEPT\nCOMMIT\n", match);
    return host_of(rules, sets, six);
}

static void check(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool six = strstr(rows[i].sets, "inet6") != NULL;
        struct host h = set_host(rows[i].sets, rows[i].match, six);
        size_t k = 0;
        for (; k < 8 && rows[i].packets[k] != NULL; k++) {
            char got = verdict_of(&h, PATH_THROUGH, rows[i].packets[k]);
            if (got != rows[i].verdicts[k])
                fail_msg("%s\n%s: packet \"%s\" is '%c', not '%c'", rows[i].sets, rows[i].match,
                         rows[i].packets[k], got, rows[i].verdicts[k]);
        }
        assert_int_equal(k, strlen(rows[i].verdicts));
        for (size_t s = 0; s < h.sources.n; s++) {
            uint32_t counts[4];
            source_counts(h.sources.v[s], counts);
            assert_int_equal(counts[LINE_UNSEEN], 0);
        }
        arena_free(h.arena);
    }
}
#define CHECK(rows) check(rows, sizeof rows / sizeof *(rows))

#define TCP_A "tcp 192.0.2.1 1000 198.51.100.1 80"
#define TCP_B "tcp 192.0.2.2 1000 198.51.100.1 81"
#define TCP_C "tcp 192.0.2.1 1000 198.51.100.1 81"
#define UDP_A "udp 192.0.2.1 1000 198.51.100.1 80"
#define PING "icmp 192.0.2.1 8 198.51.100.1 0"
#define PONG "icmp 192.0.2.1 0 198.51.100.1 0"

static void test_types(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"create S hash:ip\nadd S 192.0.2.1\n", "--match-set S src", {TCP_A, TCP_B}, "yn"},
        {"create S hash:ip\nadd S 192.0.2.1\n", "! --match-set S src", {TCP_A, TCP_B}, "ny"},
        {"create S hash:ip\nadd S 198.51.100.1\n", "--match-set S src", {TCP_A}, "n"},
        {"create S hash:ip\nadd S 198.51.100.1\n", "--match-set S dst", {TCP_A}, "y"},
        {"create S hash:ip netmask 31\nadd S 192.0.2.2\n",
         "--match-set S src",
         {TCP_A, TCP_B},
         "ny"},
        {"create S hash:ip bitmask 0.0.0.255\nadd S 0.0.0.1\n", "--match-set S src", {TCP_A}, "?"},
        {"create S hash:ip\nadd S 192.0.2.2-192.0.2.9\n",
         "--match-set S src",
         {TCP_A, TCP_B},
         "ny"},
        {"create S bitmap:ip range 192.0.2.0/24\nadd S 192.0.2.2\n",
         "--match-set S src",
         {TCP_A, TCP_B},
         "ny"},
        {"create S hash:net\nadd S 192.0.2.0/31\n", "--match-set S src", {TCP_A, TCP_B}, "yn"},
        {"create S hash:net,net\nadd S 192.0.2.0/31,198.51.100.0/24\n",
         "--match-set S src,dst",
         {TCP_A, TCP_B},
         "yn"},
        {"create S hash:net,net\nadd S 192.0.2.0/31,198.51.100.0/24\n",
         "--match-set S dst,src",
         {TCP_A, TCP_B},
         "nn"},
        {"create S bitmap:port range 1-1024\nadd S 80\n",
         "--match-set S dst",
         {TCP_A, TCP_B, UDP_A, "sctp 192.0.2.1 1 192.0.2.2 80"},
         "ynyn"},
        {"create S hash:ip,port\nadd S 192.0.2.1,tcp:80\n",
         "--match-set S src,dst",
         {TCP_A, TCP_B, TCP_C, UDP_A},
         "ynnn"},
        {"create S hash:ip,port\nadd S 192.0.2.1,80\n",
         "--match-set S src,dst",
         {TCP_A, UDP_A},
         "yn"},
        {"create S hash:ip,port\nadd S 192.0.2.1,udp:1000-1001\n",
         "--match-set S src,src",
         {TCP_A, UDP_A},
         "ny"},
        {"create S hash:ip,port,ip\nadd S 192.0.2.1,tcp:80,198.51.100.1\n",
         "--match-set S src,dst,dst",
         {TCP_A, TCP_B, TCP_C},
         "ynn"},
        {"create S hash:ip,port,net\nadd S 192.0.2.1,tcp:81,198.51.100.0/24\n",
         "--match-set S src,dst,dst",
         {TCP_A, TCP_C},
         "ny"},
        {"create S hash:net,port\nadd S 192.0.2.0/30,esp:0\n",
         "--match-set S src,dst",
         {TCP_A, "esp 192.0.2.1 0 198.51.100.1 0"},
         "ny"},
        {"create S hash:ip,mark\nadd S 192.0.2.1,0x10\n",
         "--match-set S src,src",
         {TCP_A, TCP_A " mark 16"},
         "ny"},
        {"create S hash:ip,mark markmask 0xf0\nadd S 192.0.2.1,0x10\n",
         "--match-set S src,src",
         {TCP_A " mark 0x11"},
         "?"},
        {"create S hash:mac\nadd S 02:00:00:00:00:0A\n",
         "--match-set S src",
         {TCP_A " mac 0x02000000000a", TCP_A},
         "yn"},
        {"create S hash:mac\nadd S 02:00:00:00:00:0A\n", "--match-set S dst", {TCP_A}, "?"},
        {"create S bitmap:ip,mac range 192.0.2.0/24\nadd S 192.0.2.1,02:00:00:00:00:0A\n",
         "--match-set S src,src",
         {TCP_A " mac 0x02000000000a", TCP_A},
         "yn"},
        {"create S hash:net,iface\nadd S 192.0.2.0/24,eth1\n",
         "--match-set S src,src",
         {TCP_A " in eth1", TCP_A " in eth2", TCP_A " out eth1"},
         "ynn"},
        {"create S hash:net,iface\nadd S 192.0.2.0/24,physdev:vnet1\n",
         "--match-set S src,src",
         {TCP_A " in vnet1", TCP_A " in br0 via vnet1"},
         "ny"},
        {"create S hash:net,iface\nadd S 192.0.2.0/24,eth1\n",
         "--match-set S src,dst",
         {TCP_A " in eth1", TCP_A " out eth1"},
         "ny"},
    };
    CHECK(rows);
}

static void test_icmp(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"create S hash:ip,port\nadd S 192.0.2.1,icmp:8/0\n",
         "--match-set S src,dst",
         {PING, PONG},
         "yn"},
        {"create S hash:ip,port\nadd S 192.0.2.1,icmp:echo-reply\n",
         "--match-set S src,dst",
         {PING, PONG, "icmp 192.0.2.1 0 198.51.100.1 1"},
         "nyn"},
        {"create S hash:ip,port family inet6\nadd S 2001:db8::1,icmpv6:echo-request\n",
         "--match-set S src,dst",
         {"ipv6-icmp 2001:db8::1 128 2001:db8::2 0", "ipv6-icmp 2001:db8::1 129 2001:db8::2 0"},
         "yn"},
    };
    CHECK(rows);
}

/* A rule that gives fewer directions than the set has dimensions matches nothing; more do not hurt
 * (net/netfilter/ipset/ip_set_core.c, ip_set_test()). */
static void test_directions(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"create S hash:ip,port\nadd S 192.0.2.1,tcp:80\n", "--match-set S src", {TCP_A}, "n"},
        {"create S hash:ip,port\nadd S 192.0.2.1,tcp:80\n", "! --match-set S src", {TCP_A}, "y"},
        {"create S hash:ip\nadd S 192.0.2.1\n", "--match-set S src,dst", {TCP_A, TCP_B}, "yn"},
        {"create S hash:ip\nadd S 192.0.2.1\n", "--set S src", {TCP_A, TCP_B}, "yn"},
        {"create S hash:ip\nadd S 192.0.2.1\n",
         "--match-set S src --packets-gt 5",
         {TCP_A, TCP_B},
         "?n"},
    };
    CHECK(rows);
}

static void test_nomatch(void **state)
{
    (void)state;
#define NETS                                                                                       \
    "create S hash:net\nadd S 192.0.2.0/24\nadd S 192.0.2.0/30 nomatch\nadd S 192.0.2.2 timeout "  \
    "0\n"
    static const struct row rows[] = {
        {NETS, "--match-set S src", {TCP_A, TCP_B, "tcp 192.0.2.9 1 192.0.2.1 1"}, "nyy"},
        {NETS, "! --match-set S src", {TCP_A, TCP_B}, "yn"},
        {NETS, "--match-set S src --return-nomatch", {TCP_A, TCP_B}, "yn"},
        {"create S hash:net\nadd S 192.0.2.0/24 comment \"nomatch\"\n",
         "--match-set S src",
         {TCP_A},
         "y"},
        {"create S hash:net\nadd S 192.0.2.0/24 comment \"a b\" nomatch\n",
         "--match-set S src",
         {TCP_A},
         "n"},
        {"create S hash:net,net\nadd S 192.0.2.0/24,0.0.0.0/1\nadd S 192.0.2.0/24,198.51.100.0/24\n"
         "add S 192.0.2.0/31,0.0.0.0/0 nomatch\n",
         "--match-set S src,dst",
         {TCP_A, TCP_B},
         "ny"},
    };
    CHECK(rows);
}

static void test_lists(void **state)
{
    (void)state;
#define MEMBERS                                                                                    \
    "create A hash:ip\ncreate B hash:ip,port\ncreate L list:set size 8\nadd A 192.0.2.2\n"         \
    "add B 192.0.2.1,tcp:80\nadd L A\nadd L B\n"
    static const struct row rows[] = {
        {MEMBERS, "--match-set L src", {TCP_A, TCP_B}, "ny"},
        {MEMBERS, "--match-set L src,dst", {TCP_A, TCP_B, TCP_C}, "yyn"},
        {MEMBERS, "! --match-set L src,dst", {TCP_A, TCP_B, TCP_C}, "nny"},
        {"create L list:set\n", "--match-set L src", {TCP_A}, "n"},
        {"create A hash:ip family inet6\ncreate L list:set\nadd A 2001:db8::1\nadd L A\n",
         "--match-set L src",
         {"tcp 2001:db8::1 1 2001:db8::2 1", "tcp 2001:db8::2 1 2001:db8::1 1"},
         "yn"},
    };
    CHECK(rows);
}

/* Lines of `ipset restore`, of scripts, and of ipset before version 5. */
static void test_commands(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"create -exist S hash:ip\nadd -exist S 192.0.2.1\n-exist\n",
         "--match-set S src",
         {TCP_A},
         "y"},
        {"ipset create S hash:ip\nipset -! add S 192.0.2.1\n",
         "--match-set S src",
         {TCP_A, TCP_B},
         "yn"},
        {"-N S iphash --hashsize 128\n-A S 192.0.2.1\nCOMMIT\n",
         "--match-set S src",
         {TCP_A, TCP_B},
         "yn"},
        {"-N S nethash\n-A S 192.0.2.0/31\n", "--set S src", {TCP_A, TCP_B}, "yn"},
        {"create S hash:ip timeout 60\nadd S 192.0.2.1 timeout 59\n",
         "--match-set S src",
         {TCP_A},
         "y"},
        {"create S hash:ip\nadd S 192.0.2.1\nadd S 192.0.2.2\ndel S 192.0.2.1\n",
         "--match-set S src",
         {TCP_A, TCP_B},
         "ny"},
        {"create S hash:ip\nadd S 192.0.2.0/30\ndel S 192.0.2.1\n",
         "--match-set S src",
         {TCP_A},
         "?"},
        {"create S hash:ip\nadd S 192.0.2.1\nflush S\nadd S 192.0.2.2\n",
         "--match-set S src",
         {TCP_A, TCP_B},
         "ny"},
        {"create T hash:ip\nadd T 192.0.2.1\ncreate S hash:ip\nswap S T\n",
         "--match-set S src",
         {TCP_A},
         "y"},
        {"create T hash:ip\nadd T 192.0.2.1\nrename T S\n", "--match-set S src", {TCP_A}, "y"},
    };
    CHECK(rows);
}

static void test_families(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"create S hash:net family inet6\nadd S 2001:db8::/64\nadd S 2001:db8::8/125 nomatch\n",
         "--match-set S src",
         {"tcp 2001:db8::1 1 2001:db8:1::1 1", "tcp 2001:db8::9 1 2001:db8:1::1 1"},
         "yn"},
    };
    CHECK(rows);
}

/* What the kernel refuses, and what is not understood, is said. */
static void test_refusals(void **state)
{
    (void)state;
    struct host h = set_host("create S hash:ip\n", "--match-set T src", false);
    assert_true(h.diags.worst[DIAG_INCOMPLETE]);
    arena_free(h.arena);
    h = set_host("create S hash:shoe\n", "--match-set S src", false);
    assert_true(h.diags.worst[DIAG_INCOMPLETE]);
    arena_free(h.arena);
    h = set_host("create S hash:ip\nadd S 192.0.2.1\ndestroy S\n", "--match-set S src", false);
    assert_true(h.diags.worst[DIAG_INCOMPLETE]);
    arena_free(h.arena);
    h = set_host("create S hash:ip\nadd S 192.0.2.1\n", "--match-set S src", false);
    assert_false(h.diags.worst[DIAG_INCOMPLETE]);
    arena_free(h.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types),      cmocka_unit_test(test_icmp),
        cmocka_unit_test(test_directions), cmocka_unit_test(test_nomatch),
        cmocka_unit_test(test_lists),      cmocka_unit_test(test_commands),
        cmocka_unit_test(test_families),   cmocka_unit_test(test_refusals),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
