/* Rules that are copies of a twin's are what reading their lines in full makes of them: the whole
 * model and all that is said is compared, with and without copies, over exports and over random
 * lines, valid ones and garbled ones. FWPROOF_SEED and FWPROOF_CASES choose other lines; files that
 * are named on the command line are compared, too. */
#include "asa_lab.h"

#include "import/asa_int.h"
#include "same_model.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>

/* ---- with and without ------------------------------------------------------------------------ */

static size_t all_copied;

static struct lab imported(struct arena *a, struct sets *sets, const struct strs *files,
                           bool in_full, bool change)
{
    struct lab lab = {.arena = a, .diags = {.arena = a}};
    for (size_t i = 0; i < files->n; i++)
        source_add(a, &lab.sources, STR("file"), files->v[i]);
    struct import im = {.arena = a,
                        .diags = &lab.diags,
                        .sources = &lab.sources,
                        .sets = sets,
                        .device = STR("fw"),
                        .at_time = STR("2026-03-04T12:00"),
                        .in_full = in_full,
                        .change = change ? lab.sources.v[files->n - 1] : NULL};
    size_t copied;
    lab.policy = asa_import(&im, lab.sources.v, lab.sources.n, &copied);
    assert_true(!in_full || copied == 0);
    all_copied += copied;
    return lab;
}

/* What same_model() does not look at. */
static bool same_rest(const struct policy *a, const struct policy *b)
{
    const uint32_t line = 0;
    SAME("policy", str_eq(a->device, b->device) && same_span(a->at, b->at));
    SAME("policy", same_cubes(a->universe.v, a->universe.n, b->universe.v, b->universe.n));
    for (size_t i = 0; i < a->facts.n; i++) {
        const struct rule *r = a->facts.v[i].rule, *s = b->facts.v[i].rule;
        SAME("fact", (r == NULL) == (s == NULL) && (r == NULL || same_rule(r, s)));
    }
    for (size_t i = 0; i < a->assumptions.n; i++)
        SAME("assumption", str_eq(a->assumptions.v[i], b->assumptions.v[i]));
    for (size_t i = 0; i < PATH_KINDS; i++)
        for (size_t k = 0; k < a->paths[i].n; k++)
            SAME("stage", same_rule(a->paths[i].v[k].otherwise, b->paths[i].v[k].otherwise));
    return true;
}

static bool same(const struct strs *files, bool change)
{
    struct arena *a = arena_new(0);
    struct sets *sets = sets_new(a);
    struct lab with = imported(a, sets, files, false, change);
    struct lab without = imported(a, sets, files, true, change);
    bool is = same_rest(with.policy, without.policy);
    for (size_t i = 0; i < files->n && is; i++)
        is = same_model(&(struct imported){with.policy, &with.diags, with.sources.v[i]},
                        &(struct imported){without.policy, &without.diags, without.sources.v[i]});
    arena_free(a);
    return is;
}

/* ---- exports --------------------------------------------------------------------------------- */

static size_t compare_file(const char *path)
{
    struct arena *a = arena_new(0);
    struct strs files = {0};
    *PUSH(a, files) = lab_file(a, path);
    assert_non_null(files.v[0].p);
    if (!same(&files, false))
        fail_msg("%s", path);
    arena_free(a);
    return 1;
}

static size_t compare_dir(const char *path)
{
    char name[8192];
    size_t n = 0;
    DIR *d = opendir(path);
    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
        struct stat st;
        snprintf(name, sizeof name, "%s/%s", path, e->d_name);
        if (e->d_name[0] == '.' || stat(name, &st) != 0)
            continue;
        n += S_ISDIR(st.st_mode) ? compare_dir(name) : compare_file(name);
    }
    if (d != NULL)
        closedir(d);
    return n;
}

static void test_fixtures(void **state)
{
    (void)state;
    assert_in_range(compare_dir("fixtures"), 20, 100000);
}

static void test_corpus(void **state)
{
    (void)state;
    const char *shared = getenv("FWPROOF_SHARED");
    char path[4096];
    size_t n = 0;
    static const char *const folders[] = {"asa", "asa-show-access-list"};
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/corpus/%s", shared == NULL ? "../shared" : shared,
                 folders[i]);
        n += compare_dir(path);
    }
    print_message("# %zu exports of others%s\n", n, n == 0 ? ": they are not here, skipped" : "");
    if (n == 0)
        skip();
}

/* ---- random lines ---------------------------------------------------------------------------- */

static uint64_t state;

static unsigned pick(unsigned n)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state >> 33) % n;
}

/* One of a list of words parted by `|`. */
static struct str one_of(const char *list)
{
    struct str rest = str_of(list), word = STR("");
    unsigned n = 1;
    for (const char *p = list; *p != '\0'; p++)
        n += *p == '|';
    for (unsigned i = pick(n) + 1; i > 0; i--)
        str_cut(&rest, '|', &word);
    return word;
}

static void add(struct out *o, const char *list)
{
    out_str(o, one_of(list));
}

#define RARELY(n) (pick(n) == 0)
static unsigned odd; /* one in so many words is none that people write */

static void add_quad(struct out *o)
{
    if (RARELY(odd))
        add(o,
            "010.1.1.1|10.1.1.256|10.1.1|10.1.1.1.1|1.2.3.4.|.1.2.3|web|other|9.9.9.9|2001:db8::1|"
            "10.0.0.0/8|10.1.1.00|1..2.3|10.1.1.1x|99999999999.1.1.1|0.0.0.0|255.255.255.255|");
    else
        out_fmt(o, "%u.%u.%u.%u", pick(3) * 10, pick(256), pick(2), pick(256));
}

static void add_place(struct out *o)
{
    switch (pick(RARELY(odd) ? 10 : 5)) {
    case 0:
        out_text(o, "host ");
        add_quad(o);
        break;
    case 1:
        if (RARELY(3))
            add_quad(o);
        else
            out_fmt(o, "10.%u.%u.0", pick(256), pick(256));
        add(o, RARELY(odd) ? " 255.255.255.255| 0.0.0.255| 255.0.255.0| 0.0.0.0| 255.255.255.256| "
                             "85.85.85.85|"
                           : " 255.255.255.0");
        break;
    case 2:
        add(o, "any|any4|any|any6");
        break;
    case 3:
    case 4:
        add(o,
            RARELY(odd) ? "object |object-group |OBJECT |object-groups " : "object |object-group ");
        add(o, RARELY(odd) ? "host|range|10.1.1.1|none|F|object|any|!|" : "X|Y|O|G|6");
        break;
    default:
        add(o, "object-group G|object O|object none|interface inside|host web|web 255.255.255.255|"
               "fqdn v4 www.example.com|range 10.0.0.1 10.0.0.9|range 10.0.0.9 10.0.0.1|HOST "
               "10.0.0.1|user x any|host 2001:db8::5|2001:db8::/32|host|object-group S|any "
               "any|security-group name x any|host 10.0.0.1 (named)");
    }
    out_char(o, ' ');
}

static void add_port(struct out *o)
{
    if (RARELY(odd))
        add(o, "0|00|080|65535|65536|99999|655350|www|https|nothing|x80|-1|80x|");
    else
        out_fmt(o, "%u", RARELY(2) ? 1 + pick(3) : pick(65536));
}

static void add_ports(struct out *o)
{
    if (RARELY(3))
        return;
    const struct str op = one_of("eq|eq|eq|eq|gt|lt|neq|range|range|EQ|object-group S|port|8");
    out_str(o, op);
    out_char(o, ' ');
    if (str_eq(op, STR("object-group S")) || str_eq(op, STR("8")))
        return;
    add_port(o);
    if (str_eq(op, STR("range"))) {
        out_char(o, ' ');
        add_port(o);
    }
    out_char(o, ' ');
}

static void add_entry(struct out *o)
{
    add(o, RARELY(odd)
               ? "ipv6 access-list |access-list  |Access-list |no access-list |no access-list "
                 "| access-list |fw# access-list |access-list\t"
               : "access-list ");
    add(o, RARELY(odd)
               ? "mode|10.1.1.1|host|range|eq|object|L;|102|commit|none|A line 2|A line 7|B line "
                 "0|eq 5|!"
               : "A|A|B|outside_in|U");
    add(o, RARELY(odd) ? " standard | | extended  | remark |  extended | webtype | ethertype "
                       : " extended | extended | extended | ");
    add(o, RARELY(odd) ? "allow |PERMIT " : "permit |deny ");
    add(o,
        RARELY(4)
            ? "icmp |97 |0 |gre |icmp6 |tcp-udp |object tcp-https |object-group S |sctp |10.1.1.1 "
            : "tcp |udp |ip ");
    add_place(o);
    if (!RARELY(3))
        add_ports(o);
    add_place(o);
    add_ports(o);
    if (RARELY(odd))
        add(o, "log|log 5 interval 300|log disable|inactive|time-range T|time-range none|log eq 80|"
               "echo|8|8 0|! note|!|log informational|eq 80|10.1.1.1|(hitcnt=4)|0xdeadbeef|trash");
    else if (!RARELY(odd) && o->n != 0 && o->p[o->n - 1] == ' ')
        o->n--; /* no blank at the end */
}

/* What stands between entries, and may change how those behind it are read. */
static void add_other(struct out *o)
{
    add(o,
        "name 10.0.0.1 web|name 10.0.0.2 10.20.30.40|names|object-group network G\n network-object "
        "host "
        "10.9.9.9|object network O\n host 10.8.8.8|object-group network G\n network-object host "
        "10.7.7.7|object-group service S tcp\n port-object eq 80|time-range T\n periodic weekdays "
        "8:00 to "
        "18:00|: end|ASA Version 9.1(2)|ASA Version 8.2(1)|hostname fw|!|interface e1\n nameif "
        "dmz\n security-level 50|access-list A remark one|access-list A remark two|access-group B "
        "out "
        "interface inside|fw# show version|fw# show run|clear configure access-list A|nat (inside) "
        "0 "
        "access-list A|crypto map M 1 match address U|split-tunnel-network-list value U|crypto ca "
        "certificate chain X\n certificate 01\n 3082|quit|access-list A line 1 extended permit tcp "
        "host "
        "10.1.1.1 any (hitcnt=3) 0x12345678|  access-list A line 1 extended permit tcp host "
        "10.1.1.1 host "
        "10.2.2.2 eq www (hitcnt=1) 0x12345679|access-list A; 2 elements|group-policy P "
        "attributes\n split-tunnel-network-list value U|name 10.1.1.9 9.9.9.9|show startup-config|"
        "access-list B extended permit ip any any|static (inside,outside) 10.3.3.3 access-list B");
}

/* Objects that entries name; those of the last row are fetched only where names are looked up with
 * care. 6 has IPv6 addresses, F one that is not known. */
static void add_objects(struct out *o)
{
    static const char *const names[] = {"X", "Y",    "O",     "G",        "6",
                                        "F", "host", "range", "10.1.1.1", "10.1.1.2"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!RARELY(odd))
            out_fmt(o, "object network %s\n host 10.0.%zu.1\n", names[i], i);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!RARELY(odd))
            out_fmt(o,
                    "object-group network %s\n network-object %s\n network-object 10.0.%zu.0 "
                    "255.255.255.0\n",
                    names[i],
                    i == 5   ? "object F"
                    : i == 4 ? "2001:db8::/32"
                             : "host 10.9.9.9",
                    i);
    if (!RARELY(odd))
        out_text(o,
                 "object network F\n fqdn www.example.com\nobject network 6\n host 2001:db8::6\n");
}

/* A twin of LINE, or nearly one; or LINE is taken back. */
static void add_again(struct out *o, struct str line)
{
    if (RARELY(20))
        out_text(o, "no ");
    for (size_t i = 0; i < line.n;) {
        size_t from = i;
        char c = line.p[i];
        while (i < line.n && char_is_digit(line.p[i]))
            i++;
        if (i == from && RARELY(100 * odd))
            out_char(o, "\r\t !x.0:\1\2"[pick(10)]);
        else if (i == from && char_is_of(c, "XYOG") && RARELY(2))
            out_char(o, "XYOG6"[pick(5)]);
        else if (i == from)
            out_char(o, c);
        else if (c != '0' && RARELY(3))
            out_fmt(o, "%s%u", RARELY(odd) ? "0" : "", pick(RARELY(odd) ? 70000 : 256));
        else
            out_str(o, str_sub(line, from, i - from));
        i += i == from;
    }
}

static struct str random_file(struct arena *a)
{
    struct out o = {.arena = a};
    struct strs lines = {0};
    odd = RARELY(2) ? 10 : 100;
    if (!RARELY(4))
        out_text(&o, "ASA Version 9.1(1)\ninterface e0\n nameif inside\n security-level 100\n ip "
                     "address 10.0.0.1 255.255.255.0\naccess-group A in interface inside\n"
                     "access-group outside_in in interface outside\nname 10.5.5.5 other\n");
    if (!RARELY(3))
        add_objects(&o);
    for (unsigned n = 30 + pick(100); n > 0; n--) {
        struct out line = {.arena = a};
        if (lines.n == 0 || RARELY(6)) {
            add_entry(&line);
            *PUSH(a, lines) = out_taken(&line);
        } else if (RARELY(odd)) {
            add_other(&line);
        } else {
            add_again(&line, lines.v[pick((unsigned)lines.n)]);
        }
        out_str(&o, out_taken(&line));
        add(&o, RARELY(odd) ? "\r\n| \n|\t\n|\r\r\n|\n\n" : "\n");
    }
    return out_taken(&o);
}

/* A line of names, objects and groups, most of them of hosts alone. */
static void add_definition(struct out *o)
{
    static const char odd_lines[] =
        " host web| host 10.1.1.1 |  host 10.1.1.2| host\t10.1.1.3| HOST 10.1.1.4|host 10.1.1.5| "
        "host 10.1.1.6 ! x| host 2001:db8::1| host| host 10.1.1.07| subnet 10.1.0.0 255.255.0.0| "
        "range 10.1.1.1 10.1.1.9| fqdn www.example.com| description x| no host 10.1.1.1| no "
        "network-object host 10.1.1.1| no nat| nat (inside,outside) dynamic interface| "
        "network-object 10.1.1.0 255.0.255.0| network-object 10.1.1.0 255.255.255.0| "
        "network-object object X| network-object object Y| group-object G| group-object H| "
        "network-object host web| network-object host 10.1.1.1 | 10.1.1.1 255.0.0.255|object "
        "network X host 10.1.1.1|object network|object network |object network X |object network "
        "!|object network Z ! x|Object network Z| object network Z|no object network X|object "
        "service S\n service tcp destination eq 80|object-group service S tcp\n port-object eq "
        "80|object-group user U\n user D\\x|object-group network|name 10.1.1.1 web |name 10.1.1.2 "
        "10.1.1.1|name web other|name 10.1.1.3|name 10.1.1.3 x y|name  10.1.1.4 web|name 10.1.1.4 "
        "!|names|no names|no name 10.1.1.1 web|clear configure object|clear configure "
        "object-group|crypto ca certificate chain C\n certificate 01|face| certificate "
        "02|face|face|quit|interface e2\n "
        "nameif "
        "dmz|fw# show version|fw# show running-config|ASA Version 9.1(2)|ASA Version 8.2(1)|: "
        "end|!|<--- More --->|hostname fw|access-list A extended permit ip object X any|hosts";
    if (RARELY(odd))
        add(o, odd_lines);
    else if (RARELY(3))
        add(o, "object network X|object network Y|object network Z|object-group network G|"
               "object-group network H|object-group network X");
    else if (RARELY(5))
        out_fmt(o, "name 10.1.%u.%u %s", pick(2), pick(4), RARELY(2) ? "web" : "other");
    else
        out_fmt(o, "%s10.1.%u.%u", RARELY(2) ? " host " : " network-object host ", pick(2),
                pick(5));
}

/* Names and objects, and a list that has all of them. */
static void test_definitions(void **unused)
{
    (void)unused;
    const char *cases = getenv("FWPROOF_CASES");
    unsigned long n = cases == NULL ? 2000 : strtoul(cases, NULL, 10);
    for (unsigned long i = 0; i < n; i++) {
        struct arena *a = arena_new(0);
        struct strs files = {0};
        state = (uint64_t)9 << 32 | i;
        odd = RARELY(2) ? 8 : 60;
        for (unsigned k = RARELY(4) ? 2 : 1; k > 0; k--) {
            struct out o = {.arena = a};
            for (unsigned m = 5 + pick(40); m > 0; m--) {
                add_definition(&o);
                add(&o, RARELY(odd) ? "\r\n| \n|\n\n" : "\n");
            }
            out_text(&o, "access-list A extended permit tcp object X object Y\n"
                         "access-list A extended permit tcp object-group G object-group H\n"
                         "access-list A extended permit tcp object Z object-group X\n"
                         "access-list A extended permit tcp host web host 10.1.1.1\n");
            *PUSH(a, files) = out_taken(&o);
        }
        if (!same(&files, RARELY(5))) {
            for (size_t k = 0; k < files.n; k++)
                print_message("%.*s\n----\n", STR_ARG(files.v[k]));
            fail_msg("case %lu", i);
        }
        arena_free(a);
    }
}

static void test_random(void **unused)
{
    (void)unused;
    const char *text = getenv("FWPROOF_SEED"), *cases = getenv("FWPROOF_CASES");
    unsigned long seed = text == NULL ? 1 : strtoul(text, NULL, 10);
    unsigned long n = cases == NULL ? 200 : strtoul(cases, NULL, 10);
    all_copied = 0;
    for (unsigned long i = 0; i < n; i++) {
        struct arena *a = arena_new(0);
        struct strs files = {0};
        state = (seed << 32) + i;
        for (unsigned k = RARELY(4) ? 2 : 1; k > 0; k--)
            *PUSH(a, files) = random_file(a);
        if (!same(&files, RARELY(5))) {
            for (size_t k = 0; k < files.n; k++)
                print_message("%.*s\n----\n", STR_ARG(files.v[k]));
            fail_msg("case %lu of FWPROOF_SEED=%lu", i, seed);
        }
        arena_free(a);
    }
    print_message("# seed %lu: %lu files, %zu rules were copies\n", seed, n, all_copied);
    assert_in_range(all_copied, 4 * n, SIZE_MAX); /* else this test would be of no use */
}

/* ---- lines that only look alike -------------------------------------------------------------- */

static void test_looks(void **unused)
{
    (void)unused;
    static const char *const texts[] = {
        /* a port of a service object is not narrowed by what the twin says */
        "access-list A extended permit object tcp-https any any eq 443\n"
        "access-list A extended permit object tcp-https any any eq 80\n",
        /* nor is an ICMP type */
        "access-list A extended permit icmp any eq 8 any 8\n"
        "access-list A extended permit icmp any eq 9 any 8\n",
        /* what is called like an address is another one */
        "access-list A extended permit tcp host 10.1.1.1 any\n"
        "access-list A extended permit tcp host 10.1.1.2 any\n"
        "name 10.9.9.9 10.1.1.2\n",
        /* facts about masks */
        "access-list A extended permit tcp 10.1.1.0 255.255.255.0 any\n"
        "access-list A extended permit tcp 10.1.2.9 255.255.255.0 any\n"
        "access-list A extended permit tcp 10.1.3.0 0.0.0.255 any\n"
        "access-list A extended permit tcp 10.1.4.0 255.0.255.0 any\n"
        "access-list A extended permit tcp 10.1.5.0 85.85.85.85 any\n",
        /* the first of its shape says nothing of the others */
        "access-list A extended permit tcp any any gt 65535\n"
        "access-list A extended permit tcp any any gt 65534\n"
        "access-list A extended permit tcp any range 9 3 any\n"
        "access-list A extended permit tcp any range 3 9 any\n"
        "access-list A extended permit tcp any any lt 0\n",
        /* a name that is a word, or an address, for those who look for masks */
        "object network X\n host 10.8.8.8\nobject network host\n host 10.8.8.8\n"
        "object network 10.1.1.1\n host 10.8.8.8\n"
        "access-list A extended permit tcp object X 10.0.0.0 255.0.0.0\n"
        "access-list A extended permit tcp object host 10.0.0.0 255.0.0.0\n"
        "access-list A extended permit tcp object 10.1.1.1 10.0.0.0 255.0.0.0\n",
        /* who uses an object, and how often, and one that is not known */
        "object network X\n host 10.8.8.8\nobject network Y\n host 10.8.8.8\n"
        "object network F\n fqdn www.example.com\nobject network 6\n host 2001:db8::1\n"
        "access-list A extended permit tcp object X object Y eq 80\n"
        "access-list A extended permit tcp object Y object Y eq 81\n"
        "access-list A extended permit tcp object Y object F eq 80\n"
        "access-list A extended permit tcp object Y object 6 eq 80\n"
        "access-list A extended permit tcp object 6 object 6 eq 80\n"
        "access-list A extended permit tcp object 6 object none eq 80\n"
        "access-list A extended permit tcp object Y object X eq 80\n",
        /* who sends it is no word of the packet; nor does what is not in force match */
        "access-list A extended permit tcp user D\\x host 10.1.1.1 any eq 80\n"
        "access-list A extended permit tcp user D\\x host 10.1.1.2 any eq 81\n"
        "access-list A extended permit tcp security-group name x host 10.1.1.1 any eq 80\n"
        "access-list A extended permit tcp security-group name x host 10.1.1.2 any eq 81\n"
        "access-list A extended permit tcp host 10.1.1.1 any inactive\n"
        "access-list A extended permit tcp host 10.1.1.2 any inactive\n"
        "access-list A extended permit tcp host 10.1.1.1 any time-range T\n"
        "access-list A extended permit tcp host 10.1.1.2 any time-range T\n"
        "time-range T\n periodic weekdays 2:00 to 3:00\n",
        /* notes; ports of which one has a name; zeros in front */
        "access-list A extended permit tcp host 10.1.1.1 any ! one\n"
        "access-list A extended permit tcp host 10.1.1.2 any ! one\n"
        "access-list A extended permit tcp any range 7 www host 10.1.1.1\n"
        "access-list A extended permit tcp any range 8 www host 10.1.1.2\n"
        "access-list A extended permit tcp any range ftp 90 host 10.1.1.2\n"
        "access-list A extended permit tcp any range ftp 91 host 10.1.1.2\n"
        "access-list A extended permit tcp host 10.1.1.1 any\n"
        "access-list A extended permit tcp host 10.01.1.1 any\n"
        "access-list A extended permit tcp host 010.1.1.1 any\n",
        /* the object is gone, not its translation */
        "object network X\n nat (inside,outside) dynamic interface\n host 10.1.1.1\n"
        "clear configure object\n",
        /* a certificate ends where a command begins */
        "access-list A extended permit tcp host 10.1.1.1 any\n"
        "crypto ca certificate chain X\n certificate 01\n  30820101\n"
        "access-list A extended permit tcp host 10.1.1.2 any\nface\n",
        "object network X\n host 10.1.1.1\ncrypto ca certificate chain X\n certificate 01\n"
        "  30820101\nobject network Y\n host 10.1.1.2\nface\n",
        /* two configurations */
        "ASA Version 9.1(1)\naccess-list A extended permit tcp host 10.1.1.1 any\n"
        "access-list A extended permit tcp host 10.1.1.2 any\n"
        "ASA Version 9.1(1)\naccess-list A extended permit tcp host 10.1.1.3 any\n"
        "access-list A extended permit tcp host 10.1.1.4 any\n",
        /* two mean one rule each, the third is taken back */
        "access-list A extended permit tcp host 10.1.1.1 any\n"
        "access-list A extended permit tcp host 10.1.1.2 any\n"
        "access-list A extended permit tcp host 10.1.1.3 any\n"
        "no access-list A extended permit tcp host 10.1.1.3 any\n"
        "no access-list A extended permit tcp host 10.1.1.1 any\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct str file = str_of(texts[i]);
        struct strs files = {&file, 1, 1};
        if (!same(&files, false))
            fail_msg("%s", texts[i]);
    }
}

/* Twins of lines in another file of the same device. */
static void test_two_files(void **unused)
{
    (void)unused;
    struct str texts[] = {
        STR("access-list A extended permit tcp host 10.1.1.1 any\n"
            "access-list A extended permit tcp host 10.1.1.2 any\n"),
        STR("access-list A extended deny tcp any any\n"
            "access-list A extended permit tcp host 10.1.1.3 any\n"
            "access-list A extended permit tcp host 10.1.1.4 any\n"),
    };
    assert_true(same(&(struct strs){texts, 2, 2}, false));
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        all_copied = 0;
        compare_file(argv[i]);
        printf("# %s: %zu rules were copies\n", argv[i], all_copied);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fixtures),    cmocka_unit_test(test_corpus),
        cmocka_unit_test(test_looks),       cmocka_unit_test(test_two_files),
        cmocka_unit_test(test_definitions), cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests_name("asa_twin", tests, NULL, NULL);
}
