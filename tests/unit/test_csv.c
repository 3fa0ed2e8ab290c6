/* CSV: places of cells, what names leave open, objects, encodings, and rows that break. */
#include "csv_lab.h"

static void read_csv(struct read *x, const char *rules, size_t n, const char *objects)
{
    const struct side_file files[] = {{objects == NULL ? NULL : "objects.csv", objects},
                                      {NULL, NULL}};
    read_files(x, (struct str){rules, n}, files);
}

#define READ(x, rules, objects) read_csv((x), (rules), sizeof(rules) - 1, (objects))
#define HEADER "Name,Source,Destination,Service,Action\n"

/* The I-th rule of the export; the first of the chain lets answers pass. */
static const struct rule *rule(const struct read *x, size_t i)
{
    assert_in_range(i, 1, x->policy->chains.v[0]->n_rules - 1);
    return x->policy->chains.v[0]->rules[i];
}

static set_id v4(const struct read *x, const struct rule *r, enum field f)
{
    for (size_t i = 0; i < r->n_match; i++)
        if (set_has(x->policy->sets, r->match[i].f[FIELD_FAMILY], FAMILY_V4))
            return r->match[i].f[f];
    return SET_EMPTY;
}

static void true_places(void **state)
{
    struct read x;
    (void)state;
    READ(&x,
         "\xef\xbb\xbf" HEADER "a,\"10.0.0.1\n10.0.0.2\",any,tcp/1,allow\r\n"
         "\n\"b, c\",10.0.0.3,any,tcp/2,never\r\n",
         NULL);
    assert_int_equal(rule(&x, 1)->at.line, 2);
    assert_int_equal(rule(&x, 1)->at.end_line, 3);
    assert_int_equal(rule(&x, 2)->at.line, 5);
    assert_int_equal(rule(&x, 2)->number, 2);
    assert_true(str_eq(rule(&x, 2)->name, STR("b, c")));
    assert_int_equal(rule(&x, 2)->action, ACT_UNKNOWN);
    assert_int_equal(x.diags.n, 1);
    assert_int_equal(x.diags.v[0].level, DIAG_INCOMPLETE);
    assert_int_equal(x.diags.v[0].at.line, 5);
    assert_int_equal(x.diags.v[0].at.col, 27);
    assert_int_equal(x.source->classes[2], LINE_MODELLED);
    assert_int_equal(x.source->classes[3], LINE_IRRELEVANT);
    assert_int_equal(x.source->classes[4], LINE_NOT_MODELLED);
    arena_free(x.arena);
}

/* What is sure stays sure, and names of one place are one question: any of them may be it. */
static void names_leave_the_rest_sure(void **state)
{
    struct read x;
    (void)state;
    READ(&x, HEADER "a,10.0.0.1;HQ;Branch office,any,tcp/1,allow\n", NULL);
    assert_int_equal(x.policy->chains.v[0]->n_rules, 3);
    assert_int_equal(rule(&x, 1)->conds, LITS_NONE);
    assert_int_equal(v4(&x, rule(&x, 1), FIELD_SRC), set_one(x.policy->sets, 0x0a000001));
    assert_int_equal(lits_count(x.policy->sets, rule(&x, 2)->conds), 1);
    assert_int_equal(x.policy->conds.n, 1);
    assert_true(str_eq(x.policy->conds.v[0].text, STR("source HQ, Branch office")));
    assert_int_equal(v4(&x, rule(&x, 2), FIELD_SRC), set_range(x.policy->sets, 0, UINT32_MAX));
    arena_free(x.arena);
}

/* The same name as source and as destination asks two different things. */
static void places_differ(void **state)
{
    struct read x;
    (void)state;
    READ(&x, HEADER "a,HQ,any,tcp/1,allow\nb,any,HQ,tcp/1,deny\nc,HQ,any,tcp/2,allow\n", NULL);
    assert_int_equal(x.policy->conds.n, 2);
    assert_int_equal(rule(&x, 1)->conds, rule(&x, 3)->conds);
    assert_int_not_equal(rule(&x, 1)->conds, rule(&x, 2)->conds);
    arena_free(x.arena);
}

static void cells(void **state)
{
    static const struct {
        const char *cell;
        u128 proto, lo, hi;
    } services[] = {
        {"tcp/80", 6, 80, 80},         {"TCP 80-80", 6, 80, 80},
        {"443/udp", 17, 443, 443},     {"service-tcp-3389", 6, 3389, 3389},
        {"udp:500", 17, 500, 500},     {"tcp_8000_8010", 6, 8000, 8010},
        {"HTTPS", 6, 443, 443},        {"Web (tcp/8443)", 6, 8443, 8443},
        {"gre", 47, 0, 65535},         {"svc-udp-16384-65535", 17, 16384, 65535},
        {"tcp/>1023", 6, 1024, 65535},
    };
    (void)state;
    for (size_t i = 0; i < sizeof services / sizeof *services; i++) {
        struct read x;
        char text[200] = HEADER "a,any,any,";
        strcat(strcat(text, services[i].cell), ",allow\n");
        read_csv(&x, text, strlen(text), NULL);
        struct sets *s = x.policy->sets;
        const struct rule *r = rule(&x, 1);
        if (x.diags.n != 0 || v4(&x, r, FIELD_PROTO) != set_one(s, services[i].proto) ||
            v4(&x, r, FIELD_DPORT) != set_range(s, services[i].lo, services[i].hi))
            fail_msg("%s is misread", services[i].cell);
        arena_free(x.arena);
    }
}

static void addresses(void **state)
{
    static const struct {
        const char *cell;
        u128 lo, hi;
    } places[] = {
        {"10.1.2.3/16", 0x0a010000, 0x0a01ffff},
        {"10.1.0.0 255.255.0.0", 0x0a010000, 0x0a01ffff},
        {"10.1.0.0/0.0.255.255", 0x0a010000, 0x0a01ffff},
        {"10.1.*.*", 0x0a010000, 0x0a01ffff},
        {"10.1.0.0 - 10.1.255.255", 0x0a010000, 0x0a01ffff},
        {"app-10.1.0.0_16", 0x0a010000, 0x0a01ffff},
        {"Host 10.1.2.3", 0x0a010203, 0x0a010203},
        {"10.1.2.3 10.1.2.4", 0x0a010203, 0x0a010204},
    };
    (void)state;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct read x;
        char text[200] = HEADER "a,";
        strcat(strcat(text, places[i].cell), ",any,any,allow\n");
        read_csv(&x, text, strlen(text), NULL);
        if (x.diags.n != 0 ||
            v4(&x, rule(&x, 1), FIELD_SRC) != set_range(x.policy->sets, places[i].lo, places[i].hi))
            fail_msg("%s is misread", places[i].cell);
        arena_free(x.arena);
    }
}

static void groups(void **state)
{
    struct read x;
    (void)state;
    READ(&x, HEADER "a,ALL_SITES,any,tcp/1,allow\nb,LOOP,any,tcp/1,allow\n",
         "name,members\nALL_SITES,NORTH;10.2.0.0/16\nNORTH,10.1.0.0/16\nLOOP,BACK\nBACK,LOOP\n");
    assert_int_equal(v4(&x, rule(&x, 1), FIELD_SRC),
                     set_range(x.policy->sets, 0x0a010000, 0x0a02ffff));
    assert_int_not_equal(rule(&x, 2)->conds, LITS_NONE);
    assert_true(x.diags.worst[DIAG_INCOMPLETE]);
    arena_free(x.arena);
}

/* A row that cannot be read may do anything, and the rows behind it are read. */
static void broken_rows(void **state)
{
    struct read x;
    (void)state;
    READ(&x, HEADER "a,\"10.0.0.1\" oops,any,tcp/1,allow\nb,10.0.0.2,any,tcp/2,deny\nc,\"any,1,2\n",
         NULL);
    assert_int_equal(rule(&x, 1)->action, ACT_UNKNOWN);
    assert_int_equal(rule(&x, 2)->action, ACT_DENY);
    assert_int_equal(rule(&x, 3)->action, ACT_UNKNOWN);
    assert_int_equal(rule(&x, 3)->at.line, 4);
    assert_int_equal(x.source->classes[1], LINE_NOT_MODELLED);
    assert_int_equal(x.source->classes[2], LINE_MODELLED);
    arena_free(x.arena);
}

static void encodings(void **state)
{
    static const char utf16[] =
        "\xff\xfeN\0a\0m\0e\0;\0S\0r\0c\0;\0D\0s\0t\0;\0P\0o\0r\0t\0;\0A\0c\0"
        "t\0i\0o\0n\0\n\0\xfc\0;\0*\0;\0*\0;\0"
        "8\0;\0p\0e\0r\0m\0i\0t\0\n\0";
    struct read x;
    (void)state;
    read_csv(&x, utf16, sizeof utf16 - 1, NULL);
    assert_true(str_eq(rule(&x, 1)->name, STR("\xc3\xbc")));
    arena_free(x.arena);
    READ(&x, "Name|Src|Dst|Port|Action\n\xfc|*|*|8|permit", NULL);
    assert_true(str_eq(rule(&x, 1)->name, STR("\xc3\xbc")));
    arena_free(x.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(true_places),   cmocka_unit_test(names_leave_the_rest_sure),
        cmocka_unit_test(places_differ), cmocka_unit_test(cells),
        cmocka_unit_test(addresses),     cmocka_unit_test(groups),
        cmocka_unit_test(broken_rows),   cmocka_unit_test(encodings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
