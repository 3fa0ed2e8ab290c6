/* Rules that are read as copies of another one of their shape are what they are when each is read
 * in full: on exports that nobody here wrote, on rules with one difference each, and on rules of
 * random words. */
#include "ipt_lab.h"
#include "same_model.h"

#include <dirent.h>
#include <stdlib.h>

static struct imported import_one(struct arena *a, struct sets *sets, struct str text, bool six,
                                  bool in_full)
{
    struct diags *d = NEW(a, struct diags);
    struct sources *all = NEW(a, struct sources);
    d->arena = a;
    struct source *source = source_add(a, all, STR("rules"), text);
    source->format = six ? STR("ip6tables") : STR("iptables");
    struct import im = {.arena = a,
                        .diags = d,
                        .sources = all,
                        .sets = sets,
                        .device = STR("fw"),
                        .in_full = in_full};
    return (struct imported){format_iptables.import(&im, &source, 1), d, source};
}

static bool agrees(struct str text, bool six)
{
    struct arena *a = arena_new(0);
    struct sets *sets = sets_new(a);
    struct imported copied = import_one(a, sets, text, six, false);
    struct imported read = import_one(a, sets, text, six, true);
    bool same = same_model(&copied, &read);
    if (!same)
        fprintf(stderr, "# of this text:\n%.*s\n", (int)(text.n < 4000 ? text.n : 4000), text.p);
    arena_free(a);
    return same;
}

/* ---- exports ----------------------------------------------------------------------------------
 */

static struct str read_file(struct arena *a, const char *path)
{
    struct out o = {.arena = a};
    char buffer[65536];
    size_t n;
    FILE *f = fopen(path, "rb");
    while (f != NULL && (n = fread(buffer, 1, sizeof buffer, f)) != 0)
        out_bytes(&o, buffer, n);
    if (f != NULL)
        fclose(f);
    return out_taken(&o);
}

static size_t folder_agrees(const char *folder, bool six)
{
    const char *shared = getenv("FWPROOF_SHARED");
    char path[4096];
    snprintf(path, sizeof path, "%s/corpus/%s", shared == NULL ? "../shared" : shared, folder);
    DIR *dir = opendir(path);
    size_t n = 0;
    const size_t end = strlen(path);
    for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
        struct arena *a = arena_new(0);
        snprintf(path + end, sizeof path - end, "/%s", e->d_name);
        struct str text = read_file(a, path);
        if (text.n != 0 && text.n < (size_t)4 << 20) {
            if (!agrees(text, six))
                fail_msg("%s", path);
            n++;
        }
        arena_free(a);
    }
    if (dir != NULL)
        closedir(dir);
    return n;
}

static void real_exports(void **state)
{
    (void)state;
    size_t n = folder_agrees("iptables", false) + folder_agrees("ip6tables", true);
    if (n == 0)
        skip();
    print_message("%zu exports\n", n);
}

/* ---- one difference ----------------------------------------------------------------------------
 */

/* Rows of one shape, and of ones that only look like it. */
static const char *const families_of[] = {
    "-s 10.0.0.1/32 -j ACCEPT|-s 10.0.0.2 -j ACCEPT|-s 10.1/16 -j ACCEPT|-s 010.0.0.1 -j ACCEPT|"
    "-s 10.0.0.0/255.255.0.0 -j ACCEPT|-s 10.0.0.0/255.0.255.0 -j ACCEPT|-s 10.0.0.9/24 -j ACCEPT|"
    "-s 10.0.0.1-10.0.0.9 -j ACCEPT|-s 10.0.0.300 -j ACCEPT|-s 10.0.0.1/33 -j ACCEPT|"
    "-s example.com -j ACCEPT|-s 10.0.0.1,10.0.0.2 -j ACCEPT|! -s 10.0.0.1 -j ACCEPT|"
    "-s ! 10.0.0.1 -j ACCEPT|-s 0.0.0.0/0 -j ACCEPT|-s 2001:db8::/64 -j ACCEPT|-s any -j ACCEPT",
    "-s 10.0.0.1 -m iprange --src-range 10.0.0.0-10.0.0.9 -j DROP|"
    "-s 11.0.0.1 -m iprange --src-range 10.0.0.0-10.0.0.9 -j DROP",
    "-p tcp -m tcp --dport 80 -j DROP|-p tcp -m tcp --dport 81 -j DROP|"
    "-p tcp -m tcp --dport 0081 -j DROP|-p tcp -m tcp --dport 65536 -j DROP|"
    "-p tcp -m tcp --dport http -j DROP|-p tcp -m tcp --dport 9:1 -j DROP|"
    "-p tcp -m tcp --dport 1:9 -j DROP|-p tcp -m tcp --dport 1: -j DROP|"
    "-p tcp -m tcp --dport 0:65535 -j DROP|-p tcp -m tcp ! --dport 80 -j DROP|"
    "-p tcp -m tcp --dport 80,81 -j DROP|-p tcp -m tcp --dport 5 --dport 6 -j DROP",
    "-p tcp --dport 80 -j DROP|-p tcp --dport 443 -j DROP|-p udp --dport 443 -j DROP|"
    "-p icmp --dport 443 -j DROP|--dport 443 -j DROP",
    "-p tcp -m multiport --dports 1,2,3 -j DROP|-p tcp -m multiport --dports 5 -j DROP|"
    "-p tcp -m multiport --dports 1:2,5:5 -j DROP|-p tcp -m multiport --dports 1:2,5:7 -j DROP|"
    "-p tcp -m multiport --dports 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15 -j DROP|"
    "-p tcp -m multiport --dports 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16 -j DROP|"
    "-p tcp -m multiport --dports 1:2,3:4,5:6,7:8,9:10,11:12,13:14,15:16 -j DROP|"
    "-p tcp -m multiport --dports 1,,2 -j DROP|-p tcp -m multiport --dports 1, -j DROP|"
    "-p tcp -m multiport --dports 1 -m tcp --dport 1 -j DROP|"
    "-p tcp -m multiport --dports 2 -m tcp --dport 1 -j DROP",
    "-m comment --comment one -j USER|-m comment --comment \"two words\" -j USER|"
    "-m comment --comment \"it's\" -j OTHER|-m comment --comment \"a \\\"b\\\"\" -j USER|"
    "-m comment --comment -x -j USER|-m comment --comment 'x y' -j USER|"
    "-m comment --comment \"\" -j USER|-m comment --comment one -g OTHER|"
    "-m comment --comment one -j LOG|-m comment --comment one -j NOWHERE|"
    "-m comment --comment one -j INPUT",
    "! -s 10.0.0.1 -j DROP|! -s 10.0.0.0/8 -j DROP|! -s 0.0.0.0/0 -j DROP|! -s 192.0.2.1 -j DROP|"
    "! -s x -j DROP|! -s 10.0.0.2 -d 10.0.0.3 -j DROP|-s 10.0.0.2 ! -d 10.0.0.3 -j DROP",
    "! -s 192.0.2.0/24 -m iprange ! --src-range 192.0.2.1-192.0.2.1 -j DROP|"
    "! -s 10.0.0.1 -m iprange ! --src-range 192.0.2.1-192.0.2.1 -j DROP",
    "-p tcp -m tcp ! --dport 80 -j DROP|-p tcp -m tcp ! --dport 1 -j DROP|"
    "-p tcp -m tcp ! --dport 0:65535 -j DROP|-p tcp -m multiport ! --dports 1,2 -j DROP|"
    "-p tcp -m multiport ! --dports 3,4 -j DROP|-p tcp -m tcp ! --sport 9:1 -j DROP",
    "-s 10.0.0.1 -m limit --limit 5/min -j ACCEPT|-s 10.0.0.2 -m limit --limit 5/min -j ACCEPT",
    "-s 10.0.0.1 -m string --string a.b --algo bm -j DROP|"
    "-s 10.0.0.2 -m string --string a.b --algo bm -j DROP",
    "-i eth7 -s 10.0.0.1 -j DROP|-i eth7 -s 10.0.0.2 -j DROP|-i eth8 -s 10.0.0.2 -j DROP|"
    "-o eth9 -s 10.0.0.2 -j DROP|-o eth9 -s 10.0.0.3 -j DROP",
    "-s 10.0.0.1 -j REJECT --reject-with icmp-port-unreachable|"
    "-s 10.0.0.2 -j REJECT --reject-with icmp-port-unreachable|"
    "-s 10.0.0.2 -j REJECT --reject-with nonsense|-s 10.0.0.3 -j REJECT --reject-with nonsense",
    "-s 10.0.0.1 -j TOS --set-tos 1|-s 10.0.0.2 -j TOS --set-tos 1|-s 10.0.0.1 -j MARK --set-mark "
    "1|"
    "-s 10.0.0.2 -j MARK --set-mark 1|-s 10.0.0.1 -j SNAT --to-source 192.0.2.1|"
    "-s 10.0.0.2 -j SNAT --to-source 192.0.2.1",
    "-s 10.0.0.1 --nonsense -j DROP|-s 10.0.0.2 --nonsense -j DROP|-s 10.0.0.2 -j|-s|-s  10.0.0.7  "
    "-j\tDROP|-s \"10.0.0.7\" -j DROP|\"-s\" 10.0.0.7 -j DROP|-s10.0.0.7 -j DROP",
};

static void in_each_chain(struct out *o, struct str rule)
{
    static const char *const chains[] = {"INPUT", "FORWARD",    "OUTPUT",
                                         "USER",  "PREROUTING", "NONE"};
    for (size_t c = 0; c < sizeof chains / sizeof *chains; c++)
        out_fmt(o, "%s-A %s %.*s\n", c % 2 == 0 ? "" : "[12:345] ", chains[c], STR_ARG(rule));
}

static const char head[] = "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n"
                           ":USER - [0:0]\n:OTHER - [0:0]\n:PREROUTING - [0:0]\n:LOG - [0:0]\n";

static void one_difference(void **state)
{
    (void)state;
    struct arena *a = arena_new(0);
    for (size_t i = 0; i < sizeof families_of / sizeof *families_of; i++) {
        struct out forward = {.arena = a}, backward = {.arena = a};
        struct strs rows = {0};
        struct str rest = str_of(families_of[i]), row;
        while (str_cut(&rest, '|', &row))
            *PUSH(a, rows) = row;
        out_text(&forward, head);
        out_text(&backward, head);
        for (size_t k = 0; k < rows.n; k++) {
            in_each_chain(&forward, rows.v[k]);
            in_each_chain(&backward, rows.v[rows.n - 1 - k]);
        }
        out_text(&forward, "COMMIT\n");
        out_text(&backward, "COMMIT\n");
        for (int six = 0; six < 2; six++) {
            assert_true(agrees(out_taken(&forward), six != 0));
            assert_true(agrees(out_taken(&backward), six != 0));
        }
    }
    arena_free(a);
}

/* ---- random words ------------------------------------------------------------------------------
 */

static const char *const words[] = {
    "-s",          "-d",           "-p",           "-i",          "-o",
    "-j",          "-j",           "-g",           "!",           "-m",
    "--dport",     "--sport",      "--dports",     "--comment",   "10.0.0.1",
    "10.0.0.2/32", "10.0.0.0/8",   "192.0.2.0/24", "2001:db8::1", "fe80::/10",
    "300.1.1.1",   "tcp",          "udp",          "icmp",        "multiport",
    "comment",     "conntrack",    "limit",        "--limit",     "1/sec",
    "--ctstate",   "NEW",          "80",           "443",         "1:9",
    "80,443",      "ACCEPT",       "DROP",         "USER",        "OTHER",
    "LOG",         "RETURN",       "eth0",         "eth+",        "\"a comment\"",
    "x",           "--log-prefix", "-c",           "--sports",    "\"",
    "'",           "all",          "--icmp-type",  "8",
};

static unsigned draw(uint64_t *seed, unsigned n)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*seed >> 33) % n;
}

#define DRAW(of) (of)[draw(seed, sizeof(of) / sizeof *(of))]

static void random_address(struct out *o, uint64_t *seed)
{
    static const char *const ends[] = {"", "", "/24", "/32", "/8", "/255.255.255.0"};
    unsigned net = draw(seed, 3), host = draw(seed, 256);
    out_fmt(o, "10.%u.0.%u%s", net, host, DRAW(ends));
}

static void random_rule(struct out *o, uint64_t *seed)
{
    static const char *const shapes[] = {
        "-s %a -d %a -p tcp -m tcp --dport %p -j %t",
        "-s %a -p udp --dport %p -j %t",
        "-i eth0 -d %a -m comment --comment %w -j %t",
        "-p tcp -m multiport --dports %p,%p -j %t",
        "! -s %a -p tcp -m tcp ! --dport %p -j %t",
        "-m conntrack --ctstate NEW -s %a -j %t",
        "-d %a -p tcp --sport %p:%p -g %t",
    };
    static const char *const chains[] = {"INPUT", "FORWARD", "OUTPUT", "USER"};
    static const char *const targets[] = {"ACCEPT", "DROP", "USER", "OTHER", "LOG", "RETURN"};
    out_fmt(o, "-A %s", DRAW(chains));
    unsigned more = draw(seed, 20); /* words that belong to no shape */
    for (unsigned i = 0; more < 4 && i < more; i++)
        out_fmt(o, " %s", DRAW(words));
    out_char(o, ' ');
    for (const char *p = DRAW(shapes); *p != '\0'; p++) {
        if (draw(seed, 400) == 0)
            out_fmt(o, " %s ", DRAW(words));
        if (*p != '%')
            out_char(o, *p);
        else if (*++p == 'a')
            random_address(o, seed);
        else if (*p == 'p')
            out_fmt(o, "%u", draw(seed, draw(seed, 2) == 0 ? 300 : 70000));
        else
            out_text(o, *p == 't' ? DRAW(targets) : DRAW(words));
    }
    out_char(o, '\n');
}

static void random_rules(void **state)
{
    (void)state;
    const char *given = getenv("FWPROOF_SEED");
    uint64_t seed = given == NULL ? 20261130 : strtoull(given, NULL, 10);
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 60; i++) {
        struct arena *a = arena_new(0);
        struct out o = {.arena = a};
        out_text(&o, head);
        for (int k = 0; k < 100; k++)
            random_rule(&o, &seed);
        out_text(&o, "COMMIT\n");
        assert_true(agrees(out_taken(&o), i % 5 == 4));
        arena_free(a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_exports),
        cmocka_unit_test(one_difference),
        cmocka_unit_test(random_rules),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
