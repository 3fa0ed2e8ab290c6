/* CSV: what cells say, form by form. */
#include "csv_lab.h"

#define HEADER "Name,Source,Destination,Service,Action\n"

struct form {
    const char *cell, *want; /* the cell, and what the rule says */
};

static void try_forms(const char *before, const struct form *v, size_t n, const char *after)
{
    size_t wrong = 0;
    for (size_t i = 0; i < n; i++) {
        struct read x;
        char text[1000];
        snprintf(text, sizeof text, "%s%s%s", before, v[i].cell, after);
        read_files(&x, str_of(text), NULL);
        const char *got = said(&x);
        if (strcmp(got, v[i].want) != 0) {
            print_error("%s\n  says   %s\n  not    %s\n", v[i].cell, got, v[i].want);
            wrong++;
        }
        arena_free(x.arena);
    }
    assert_int_equal(wrong, 0);
}
#define TRY(before, forms, after) try_forms(before, forms, sizeof(forms) / sizeof *(forms), after)

static void addresses(void **state)
{
    static const struct form forms[] = {
        /* several values */
        {"\"10.0.0.1\n10.0.0.2\"", "permit any 10.0.0.1-10.0.0.2 > any any"},
        {"\"10.0.0.1\r\n10.0.0.2\"", "permit any 10.0.0.1-10.0.0.2 > any any"},
        {"\"10.0.0.1,10.0.0.2\"", "permit any 10.0.0.1-10.0.0.2 > any any"},
        {"\"10.0.0.1, 10.0.0.2,\"", "permit any 10.0.0.1-10.0.0.2 > any any"},
        {"10.0.0.1;10.0.0.2", "permit any 10.0.0.1-10.0.0.2 > any any"},
        {"10.0.0.1|10.0.0.2", "permit any 10.0.0.1-10.0.0.2 > any any"},
        {"10.0.0.1 10.0.0.2", "permit any 10.0.0.1-10.0.0.2 > any any"},
        {"10.0.0.1  10.0.0.2 10.0.0.3", "permit any 10.0.0.1-10.0.0.3 > any any"},
        {"\"['10.0.0.1', '10.0.0.2']\"", "permit any 10.0.0.1-10.0.0.2 > any any"},
        {"\"[\"\"10.0.0.1\"\"]\"", "permit any 10.0.0.1 > any any"},
        {"\"{10.0.0.1, 10.0.0.2}\"", "permit any 10.0.0.1-10.0.0.2 > any any"},
        {"['any']", "permit any any > any any"},
        {"[]", "permit any any > any any"},
        /* ranges and masks */
        {"10.0.0.1-10.0.0.9", "permit any 10.0.0.1-10.0.0.9 > any any"},
        {"10.0.0.1 - 10.0.0.9", "permit any 10.0.0.1-10.0.0.9 > any any"},
        {"10.0.0.1-9", "permit any 10.0.0.1-10.0.0.9 > any any"},
        {"10.0.0.9-10.0.0.1", "permit any any > any any if name source 10.0.0.9-10.0.0.1 ?"},
        {"10.0.0.0/24", "permit any 10.0.0.0/24 > any any"},
        {"10.0.0.7/24", "permit any 10.0.0.0/24 > any any"},
        {"10.0.0.0/255.255.255.0", "permit any 10.0.0.0/24 > any any"},
        {"10.0.0.0 255.255.255.0", "permit any 10.0.0.0/24 > any any"},
        {"10.0.0.0 0.0.0.255", "permit any 10.0.0.0/24 > any any"},
        {"10.0.0.0/0.0.0.255", "permit any 10.0.0.0/24 > any any"},
        {"10.0.0.1 0.0.0.0", "permit any 10.0.0.1 > any any"},
        {"10.0.0.1 0.0.0.6", "permit any 10.0.0.1+10.0.0.3+10.0.0.5+10.0.0.7 > any any"},
        {"0.0.0.0 255.255.255.255", "permit any any > any any"},
        {"0.0.0.0 0.0.0.0", "permit any any > any any"},
        {"10.0.0.0-24", "permit any any > any any if name source 10.0.0.0-24 ?"},
        {"net-10.0.0.0-24", "permit any 10.0.0.0/24 > any any"},
        {"10.0.*.*", "permit any 10.0.0.0/16 > any any"},
        {"10.0.0.0/33", "permit any any > any any if name source 10.0.0.0/33 ?"},
        {"10.0.0.256", "permit any any > any any if name source 10.0.0.256 ?"},
        {"0.0.0.0/0", "permit any any > any any"},
        {"2001:db8::/32", "permit any 2001:db8::/32 > any any"},
        {"2001:db8::1-2001:db8::9", "permit any 2001:db8::1-2001:db8::9 > any any"},
        {"[2001:db8::1]", "permit any 2001:db8::1 > any any"},
        /* any */
        {"any", "permit any any > any any"},
        {"Any", "permit any any > any any"},
        {"ALL", "permit any any > any any"},
        {"*", "permit any any > any any"},
        {"", "permit any any > any any"},
        {"null", "permit any any > any any"},
        {"none", "permit any any > any any if name source none ?"},
        {"any4", "permit any any > any any"},
        {"0.0.0.0-255.255.255.255", "permit any any > any any"},
        {"any6", "permit any any > any any"},
        /* not */
        {"!10.0.0.0/8", "permit any 0.0.0.0-9.255.255.255+11.0.0.0-255.255.255.255 > any any"},
        {"not 10.0.0.0/8", "permit any 0.0.0.0-9.255.255.255+11.0.0.0-255.255.255.255 > any any"},
        {"[Negate] 10.0.0.0/8",
         "permit any 0.0.0.0-9.255.255.255+11.0.0.0-255.255.255.255 > any any"},
        {"!10.0.0.1;10.0.0.2", "permit any any > any any if name source !10.0.0.1;10.0.0.2 ?"},
        {"!HQ", "permit any any > any any unless name source HQ ?"},
        /* what is no address */
        {"www.example.com", "permit any any > any any if fqdn source www.example.com"},
        {"*.example.com", "permit any any > any any if fqdn source *.example.com"},
        {"10.0.0.1;*.x.example", "permit any 10.0.0.1 > any any; permit any any > any any if fqdn "
                                 "source *.x.example"},
        {"DE", "permit any any > any any if name source DE ?"},
        {"corp\\alice", "permit any any > any any if name source corp\\alice ?"},
        {"HQ;Branch", "permit any any > any any if name source HQ, Branch ?"},
        /* names that carry their value */
        {"app-10.10.5.0_24", "permit any 10.10.5.0/24 > any any"},
        {"net_10.10.5.0/24", "permit any 10.10.5.0/24 > any any"},
        {"host-10.10.5.7", "permit any 10.10.5.7 > any any"},
        {"range-10.0.0.1-10.0.0.9", "permit any 10.0.0.1-10.0.0.9 > any any"},
        {"v1.2.3.4.5", "permit any any > any any if name source v1.2.3.4.5 ?"},
    };
    (void)state;
    TRY(HEADER "a,", forms, ",any,any,allow\n");
}

static void services(void **state)
{
    static const struct form forms[] = {
        {"tcp/80;tcp/443", "permit tcp any > any 80+443"},
        {"\"tcp/80,443\"", "permit tcp any > any 80+443"},
        {"tcp/80-80", "permit tcp any > any 80"},
        {"80-80", "permit tcp+udp any > any 80"},
        {"TCP 80-90", "permit tcp any > any 80-90"},
        {"tcp:80", "permit tcp any > any 80"},
        {"80/tcp", "permit tcp any > any 80"},
        {"tcp/80;udp/53", "permit tcp any > any 80 | udp any > any 53"},
        {"tcp-udp/53", "permit tcp+udp any > any 53"},
        {"icmp", "permit icmp any > any any"},
        {"icmp/8", "permit icmp any > any from 8 any"},
        {"icmp/3/4", "permit icmp any > any from 3 4"},
        {"ping", "permit icmp any > any from 8 any"},
        {"icmpv6", "permit ipv6-icmp any > any any"},
        {"47", "permit tcp+udp any > any 47"},
        {"gre", "permit gre any > any any"},
        {"esp;ah", "permit esp any > any any | ah any > any any"},
        {"any", "permit any any > any any"},
        {"ALL", "permit any any > any any"},
        {"", "permit any any > any any"},
        {"HTTPS", "permit tcp any > any 443"},
        {"service-tcp-3389", "permit tcp any > any 3389"},
        {"tcp_8000_8010", "permit tcp any > any 8000-8010"},
        {"UDP-16384-65535", "permit udp any > any 16384-65535"},
        {"tcp/>1023", "permit tcp any > any 1024-65535"},
        {"tcp/65536", "permit any any > any any if name service tcp/65536 ?"},
        {"tcp/90-80", "permit any any > any any if name service tcp/90-80 ?"},
        {"tcp/80;Our App", "permit tcp any > any 80; permit any any > any any if name service Our "
                           "App ?"},
        {"!tcp/80", "permit any any > any any if name service !tcp/80 ?"},
        {"not tcp/80", "permit any any > any any if name service not tcp/80 ?"},
    };
    (void)state;
    TRY(HEADER "a,any,any,", forms, ",allow\n");
}

/* Protocol and port in columns of their own: "PROTOCOL,SOURCE PORT,PORT". */
static void ports(void **state)
{
    static const struct form forms[] = {
        {"tcp,,80", "permit tcp any > any 80"},
        {"6,,80", "permit tcp any > any 80"},
        {"tcp,,443.0", "permit tcp any > any 443"},
        {"17,,any", "permit udp any > any any"},
        {"47,,", "permit gre any > any any"},
        {"\"tcp,udp\",,53", "permit tcp+udp any > any 53"},
        {"TCP/UDP,,53", "permit tcp+udp any > any 53"},
        {"tcp,1024-65535,22", "permit tcp any > any from 1024-65535 22"},
        {"tcp,,80 443", "permit tcp any > any 80+443"},
        {"tcp,,\"80,8000-8010\"", "permit tcp any > any 80+8000-8010"},
        {"tcp,,https", "permit tcp any > any 443"},
        {"any,,80", "permit tcp+udp any > any 80"},
        {",,tcp/80", "permit tcp any > any 80"},
        {"icmp,,", "permit icmp any > any any"},
        {"-1,,", "permit any any > any any"},
        {"all,,0-65535", "permit any any > any any"},
        {"sctp6,,80", "permit any any > any any if name service sctp6 ?"},
        {"tcp,,eighty", "permit tcp any > any any if name service eighty ?"},
    };
    (void)state;
    TRY("Name,Protocol,Source Port,Port,Source,Destination,Action\na,", forms, ",any,any,allow\n");
}

/* Columns beside the packet's: "USER,SCHEDULE,SOURCE NEGATE,ENABLED,HITS,TICKET,NOBODY KNOWS". */
static void columns(void **state)
{
    static const struct form forms[] = {
        {",,,,,,", "permit any 10.0.0.1 > any any"},
        {"none,none,,,,,n/a", "permit any 10.0.0.1 > any any"},
        {"any,always,no,yes,12,CHG1,", "permit any 10.0.0.1 > any any"},
        {"corp\\alice,,,,,,", "permit any 10.0.0.1 > any any if user corp\\alice"},
        {",nights,,,,,", "permit any 10.0.0.1 > any any if schedule nights"},
        {",,yes,,,,", "permit any 0.0.0.0-10.0.0.0+10.0.0.2-255.255.255.255 > any any"},
        {",,!,,,,", "permit any 0.0.0.0-10.0.0.0+10.0.0.2-255.255.255.255 > any any"},
        {",,,no,,,", "off permit any 10.0.0.1 > any any"},
        {",,,Disabled,,,", "off permit any 10.0.0.1 > any any"},
        {",,,,,,x", "permit any 10.0.0.1 > any any if column Nobody: x ?"},
        {",,maybe,,,,", "permit any any > any any if name source 10.0.0.1 ?"},
        {",,,perhaps,,,", "permit any 10.0.0.1 > any any if enabled perhaps ?"},
    };
    (void)state;
    TRY("Source,Destination,Service,Action,User,Schedule,Source "
        "Negate,Enabled,Hits,Ticket,Nobody\n10.0.0.1,any,any,allow,",
        forms, "\n");
}

static void actions(void **state)
{
    static const struct form forms[] = {
        {"allow", "permit any 10.0.0.1 > any any"},  {"ACCEPT", "permit any 10.0.0.1 > any any"},
        {"Permit", "permit any 10.0.0.1 > any any"}, {"pass", "permit any 10.0.0.1 > any any"},
        {"deny", "deny any 10.0.0.1 > any any"},     {"Drop", "deny any 10.0.0.1 > any any"},
        {"BLOCK", "deny any 10.0.0.1 > any any"},    {"reject", "deny any 10.0.0.1 > any any"},
        {"", "unknown any 10.0.0.1 > any any ?"},    {"ask", "unknown any 10.0.0.1 > any any ?"},
    };
    (void)state;
    TRY(HEADER "a,10.0.0.1,any,any,", forms, "\n");
}

/* Whole rows: titles, gaps, doubles, tails. */
static void rows(void **state)
{
    static const struct form forms[] = {
        {"1,10.0.0.1,any,any,allow\n\n7,10.0.0.2,any,any,deny\n",
         "permit any 10.0.0.1 > any any; deny any 10.0.0.2 > any any"},
        {"Web servers,,,,\n1,10.0.0.1,any,any,allow\n", "permit any 10.0.0.1 > any any"},
        {HEADER "1,10.0.0.1,any,any,allow\n", "permit any 10.0.0.1 > any any"},
        {"1,10.0.0.1,any,any,allow\n,10.0.0.2,,,\n",
         "permit any 10.0.0.1 > any any; unknown any 10.0.0.2 > any any ?"},
        {",,,,\n1,10.0.0.1,any,any,allow,,,\n", "permit any 10.0.0.1 > any any"},
        {"1,10.0.0.1,any,any,allow,more\n", "permit any 10.0.0.1 > any any ?"},
        {"1,10.0.0.1,any\n", "unknown any 10.0.0.1 > any any ?"},
        {"a,10.0.0.1,any,any,allow\na,10.0.0.1,any,any,allow\n",
         "permit any 10.0.0.1 > any any; permit any 10.0.0.1 > any any"},
        {"a,\"10.0.0.1\",any,any,\"allow\"", "permit any 10.0.0.1 > any any"},
        {"  a , 10.0.0.1 , any , any , allow  \n", "permit any 10.0.0.1 > any any"},
        {"[Disabled] a,[Disabled] 10.0.0.1,any,any,allow\n", "off permit any 10.0.0.1 > any any"},
    };
    (void)state;
    TRY(HEADER, forms, "");
}

static void preamble(void **state)
{
    static const struct form forms[] = {
        {"Rules of gw1,2026-11-01\n", "permit any 10.0.0.1 > any any"},
        {"x,10.0.0.9,any,any,allow\n", "permit any 10.0.0.1 > any any ?"},
        {"\"x\" y,10.0.0.9\n", "permit any 10.0.0.1 > any any ?"},
    };
    (void)state;
    TRY("", forms, HEADER "a,10.0.0.1,any,any,allow\n");
}

/* Objects beside the rules: a group that FILE defines, as the source or the service of a rule. */
static void objects(void **state)
{
    static const struct {
        const char *cells, *path, *text, *want;
    } cases[] = {
        {"A,any", "addr.csv", "name,address\nA,10.0.0.0/24\n", "permit any 10.0.0.0/24 > any any"},
        {"A,any", "addr.csv", "Name,Location,Type,Address,Tags\nA,Shared,IP Netmask,10.0.0.1,x\n",
         "permit any 10.0.0.1 > any any"},
        {"A,any", "addr.csv", "name,ip,mask\nA,10.0.0.0,255.255.255.0\n",
         "permit any 10.0.0.0/24 > any any"},
        {"A,any", "addr.csv", "name,start ip,end ip\nA,10.0.0.1,10.0.0.9\n",
         "permit any 10.0.0.1-10.0.0.9 > any any"},
        {"A;10.0.0.9,any", "addr.csv", "name,address\nA,10.0.0.8\n",
         "permit any 10.0.0.8/31 > any any"},
        {"A,any", "addr.csv", "name,address\nA,www.example.com\n",
         "permit any any > any any if fqdn source www.example.com"},
        {"A,any", "addr.csv", "name,address\nB,10.0.0.1\n",
         "permit any any > any any if name source A ?"},
        {"A,any", "addr.csv", "name,address\nA,\n", "permit any any > any any if name source A ?"},
        {"A,any", "addr.csv", "name,address\nA,10.0.0.1\nA,10.0.0.1\n",
         "permit any 10.0.0.1 > any any"},
        {"A,any", "addr.csv", "name,address\nA,10.0.0.1\nA,10.0.0.2\n",
         "permit any any > any any if name source A ?"},
        {"A,any", "addr.csv", "name,address,excluding\nA,10.0.0.0/8,10.1.0.0/16\n",
         "permit any any > any any if name source A ?"},
        {"A,any", "addr.csv", "name,address\nA,!10.0.0.0/8\n",
         "permit any any > any any if name source A ?"},
        {"G,any", "g.csv", "name,members\nG,H;10.0.0.2\nH,10.0.0.1\n",
         "permit any 10.0.0.1-10.0.0.2 > any any"},
        {"G,any", "g.csv", "name,members\nG,H;10.0.0.2\nH,G\n",
         "permit any 10.0.0.2 > any any; permit any any > any any if name source G ?"},
        {"G,any", "g.csv", "Name,Members Count,Addresses\nG,2,10.0.0.1;nobody\n",
         "permit any 10.0.0.1 > any any; permit any any > any any if name source nobody ?"},
        {"any,S", "svc.csv", "name,protoport\nS,tcp/80;udp/53\n",
         "permit tcp any > any 80 | udp any > any 53"},
        {"any,S", "svc.csv",
         "Name,Location,Protocol,Destination Port,Source Port\nS,,TCP,22,1024-65535\n",
         "permit tcp any > any from 1024-65535 22"},
        {"any,S", "svc.csv", "name,protocol,port\nS,udp,\"53,123\"\n",
         "permit udp any > any 53+123"},
        {"any,G", "g.csv", "name,members\nG,tcp/80;H\nH,HTTPS\n", "permit tcp any > any 80+443"},
    };
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct read x;
        char text[200];
        struct side_file files[] = {{cases[i].path, cases[i].text}, {NULL, NULL}};
        snprintf(text, sizeof text, "Name,Source,Service,Destination,Action\na,%s,any,allow\n",
                 cases[i].cells);
        read_files(&x, str_of(text), files);
        const char *got = said(&x);
        if (strcmp(got, cases[i].want) != 0) {
            print_error("%s\n  says   %s\n  not    %s\n", cases[i].text, got, cases[i].want);
            wrong++;
        }
        arena_free(x.arena);
    }
    assert_int_equal(wrong, 0);
}

/* Whole files of two rules, however they are written; the second stands in the line WANT. */
static void files(void **state)
{
#define TWO "permit tcp 10.0.0.1 > any 80; deny any 10.0.0.2 > any any"
#define FILE_OF(text, line)                                                                        \
    {                                                                                              \
        {text, sizeof(text) - 1}, line                                                             \
    }
    static const struct {
        struct str text;
        uint32_t line;
    } cases[] = {
        FILE_OF(HEADER "a,10.0.0.1,any,tcp/80,allow\nb,10.0.0.2,any,any,deny\n", 3),
        FILE_OF(HEADER "a,10.0.0.1,any,tcp/80,allow\nb,10.0.0.2,any,any,deny", 3),
        FILE_OF("\xef\xbb\xbf" HEADER "a,10.0.0.1,any,tcp/80,allow\nb,10.0.0.2,any,any,deny\n", 3),
        FILE_OF("Name;Source;Destination;Service;Action\r\na;10.0.0.1;any;tcp/80;allow\r\n"
                "b;10.0.0.2;any;any;deny\r\n",
                3),
        FILE_OF("Name\tSource\tDestination\tService\tAction\na\t10.0.0.1\tany\ttcp/80\tallow\n"
                "b\t10.0.0.2\tany\tany\tdeny\n",
                3),
        FILE_OF("Name|Source|Destination|Service|Action\na|10.0.0.1|any|tcp/80|allow\n"
                "b|10.0.0.2|any|any|deny\n",
                3),
        FILE_OF("\"Name\",\"Source\",\"Destination\",\"Service\",\"Action\"\n"
                "\"a\",\"10.0.0.1\",\"any\",\"tcp/80\",\"allow\"\n"
                "\"b\",\"10.0.0.2\",\"any\",\"any\",\"deny\"\n",
                3),
        FILE_OF("Rules of gw1, exported 2026-11-01\n\nby,audit\n" HEADER
                "a,10.0.0.1,any,tcp/80,allow\nb,10.0.0.2,any,any,deny\n",
                6),
        FILE_OF("Name,Source,Destination,Service,Action,Comment,\n"
                "a,10.0.0.1,any,tcp/80,allow,\"one\n\ntwo \"\"three\"\"\",\n"
                "b,10.0.0.2,any,any,deny,,\n",
                5),
        FILE_OF("Name,Source,Destination,Service,Action\na\xfc,10.0.0.1,any,tcp/80,allow\n"
                "b\xe9,10.0.0.2,any,any,deny\n",
                3),
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct read x;
        read_files(&x, cases[i].text, NULL);
        assert_string_equal(said(&x), TWO);
        const struct chain *c = x.policy->chains.v[0];
        assert_int_equal(c->rules[c->n_rules - 1]->at.line, cases[i].line);
        arena_free(x.arena);
    }
}

/* The same in UTF-16 of both ends. */
static void wide_files(void **state)
{
    static const char text[] = HEADER "a,10.0.0.1,any,tcp/80,allow\nb,10.0.0.2,any,any,deny\n";
    (void)state;
    for (int big = 0; big < 2; big++) {
        char wide[2 * sizeof text];
        size_t n = 0;
        wide[n++] = big ? '\xfe' : '\xff';
        wide[n++] = big ? '\xff' : '\xfe';
        for (size_t i = 0; i + 1 < sizeof text; i++) {
            wide[n++] = big ? '\0' : text[i];
            wide[n++] = big ? text[i] : '\0';
        }
        struct read x;
        read_files(&x, (struct str){wide, n}, NULL);
        assert_string_equal(said(&x), TWO);
        arena_free(x.arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses),  cmocka_unit_test(services), cmocka_unit_test(ports),
        cmocka_unit_test(columns),    cmocka_unit_test(actions),  cmocka_unit_test(rows),
        cmocka_unit_test(preamble),   cmocka_unit_test(objects),  cmocka_unit_test(files),
        cmocka_unit_test(wide_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
