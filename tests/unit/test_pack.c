/* Packs and site files: every mistake has its place and its hint; the shipped packs hold what they
 * promise, and their fixes mend what they are for. */
#include "check/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* ---- mistakes ------------------------------------------------------------------------------- */

struct mistake {
    const char *text;
    uint32_t line, col;
    const char *message, *hint;
};

static void expect_mistake(const struct mistake *m, const struct diags *d)
{
    bool found = false;
    for (size_t i = 0; i < d->n && !found; i++)
        found = d->v[i].level == DIAG_ERROR && d->v[i].at.line == m->line &&
                d->v[i].at.col == m->col &&
                str_search(d->v[i].message, str_of(m->message)) != d->v[i].message.n &&
                (m->hint == NULL || str_search(d->v[i].hint, str_of(m->hint)) != d->v[i].hint.n);
    if (found)
        return;
    print_error("no \"%s\" at %u:%u for %s\n", m->message, m->line, m->col, m->text);
    for (size_t i = 0; i < d->n; i++)
        print_error("  %u:%u %.*s (%.*s)\n", d->v[i].at.line, d->v[i].at.col,
                    STR_ARG(d->v[i].message), STR_ARG(d->v[i].hint));
    fail();
}

static void site_mistakes(void **state)
{
    static const struct mistake table[] = {
        {"", 0, 0, "the file is empty", NULL},
        {"{\"site\": \"hq\",}", 1, 15, "not JSON", NULL},
        {"{} x", 1, 4, "text behind the end", NULL},
        {"[]", 1, 1, "the site file must be an object, not an array", NULL},
        {"{\n \"rols\": {}}", 2, 2, "unknown key of the site file \"rols\"",
         "did you mean \"roles\"?"},
        {"{\"roles\": {\"client\": [\"10.1.0.0/33\"]}}", 1, 23, "\"10.1.0.0/33\" is not an address",
         "192.0.2.0/24"},
        {"{\"roles\": {\"client\": [7]}}", 1, 23, "this must be a string, not a number", NULL},
        {"{\"roles\": {\"a\": [], \"a\": []}}", 1, 21, "\"a\" is given twice", NULL},
        {"{\"zones\": {\"inside\": {\"interface\": []}}}", 1, 23,
         "unknown key of a zone \"interface\"", "did you mean \"interfaces\"?"},
        {"{\"devices\": [{\"inputs\": \"a\"}]}", 1, 14, "a device has no \"name\"", NULL},
        {"{\"devices\": [{\"name\": \"a\"},\n{\"name\": \"a\"}]}", 2, 1,
         "device \"a\" is given twice", NULL},
        {"{\"severity\": {\"GC-HTTP-001\": \"warn\"}}", 1, 30, "unknown severity \"warn\"", NULL},
        {"{\"packs\": 3}", 1, 11, "\"packs\" must be a string or an array of strings", NULL},
        {"\xef\xbb\xbf{\"sites\": 1}", 1, 5, "unknown key", "did you mean \"site\"?"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct arena *a = arena_new(0);
        struct diags d = {.arena = a};
        struct sources sources = {0};
        struct source *s = source_add(a, &sources, STR("fwproof.json"), str_of(table[i].text));
        assert_null(site_read(a, &d, s));
        expect_mistake(&table[i], &d);
        arena_free(a);
    }
}

#define RULE_HEAD                                                                                  \
    "{\"pack\": \"p\", \"title\": \"t\", \"version\": \"1\", \"date\": \"2026-01-31\",\n"          \
    "\"schema\": 1, \"sets\": {\"media\": [\"192.0.2.0/24\"]}, \"rules\": [\n"                     \
    "{\"id\": \"A-1\", \"title\": \"t\", \"severity\": \"note\", \"rationale\": \"r\", "           \
    "\"decided\": \"d\", \"sources\": [],\n"
#define REQUIRE "\"require\": {\"from\": \"inside\", \"to\": \"outside\", \"quantifier\": \"all\","

static void pack_mistakes(void **state)
{
    static const struct mistake table[] = {
        {"{\"pack\": \"p\"}", 1, 1, "the pack has no \"rules\"", NULL},
        {RULE_HEAD "\"waive\": \"w\"}]}", 3, 1, "says nothing to check", NULL},
        {RULE_HEAD "\"requires\": {}}]}", 4, 1, "unknown key of a rule \"requires\"",
         "did you mean \"require\"?"},
        {RULE_HEAD "\"fact\": {\"key\": \"a\"}, \"require\": {}}]}", 4, 1, "not both", NULL},
        {RULE_HEAD REQUIRE "\n\"flows\": [{\"name\": \"n\", \"service\": \"udp/x\", \"to\": "
                           "\"any\"}]}}]}",
         5, 36, "\"udp/x\" is not a service", "udp/5060"},
        {RULE_HEAD REQUIRE "\n\"flows\": [{\"name\": \"n\", \"service\": \"udp\", \"to\": "
                           "\"@medai\"}]}}]}",
         5, 49, "the pack has no set \"medai\"", "did you mean \"@media\"?"},
        {RULE_HEAD REQUIRE "\n\"flows\": []}}]}", 5, 10, "\"flows\" is empty", NULL},
        {RULE_HEAD "\"fact\": {\"key\": \"a\", \"value\": \"(\"}}]}", 4, 31, "pattern:", NULL},
        {RULE_HEAD
         "\"fact\": {\"key\": \"a\"}},\n{\"id\": \"A-1\", \"title\": \"t\", \"severity\": "
         "\"note\", \"rationale\": \"r\", \"decided\": \"d\", \"sources\": [], \"fact\": "
         "{\"key\": \"a\"}}]}",
         5, 1, "rule \"A-1\" is given twice, first on line 3", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct arena *a = arena_new(0);
        struct diags d = {.arena = a};
        struct sources sources = {0};
        struct source *s = source_add(a, &sources, STR("p.json"), str_of(table[i].text));
        assert_null(pack_read(a, &d, s));
        expect_mistake(&table[i], &d);
        arena_free(a);
    }
}

static void site_misfits(void **state)
{
    static const struct mistake table[] = {
        {"{\"parameters\": {\"genesys-cloud\": {\"sips\": \"192.0.2.1\"}}}", 1, 43,
         "unknown parameter \"sips\"", "did you mean \"sip\"?"},
        {"{\"parameters\": {\"genesys-cloud\": {\"use\": [\"clients\"]}}}", 1, 42,
         "unknown way of use \"clients\"", "did you mean \"client\"?"},
        {"{\"severity\": {\"GC-SIP-01\": \"note\"}}", 1, 15, "unknown rule \"GC-SIP-01\"",
         "did you mean \"GC-SIP-001\"?"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct arena *a = arena_new(0);
        struct diags d = {.arena = a};
        struct sources sources = {0};
        struct packs packs = {0};
        *PUSH(a, packs) = pack_load(a, &d, &sources, STR("genesys-cloud"));
        struct site *s = site_read(a, &d, source_add(a, &sources, STR("s"), str_of(table[i].text)));
        assert_non_null(s);
        assert_false(site_fits(a, &d, s, &packs));
        expect_mistake(&table[i], &d);
        arena_free(a);
    }
}

/* ---- what ships ----------------------------------------------------------------------------- */

static void tell_failure(void *ctx, const struct example_outcome *x)
{
    (void)ctx;
    if (!x->passed)
        print_error("%.*s %.*s: %.*s\n", STR_ARG(x->rule->id),
                    x->example == NULL ? 0 : (int)x->example->name.n,
                    x->example == NULL ? "" : x->example->name.p, STR_ARG(x->why));
}

static bool says_why_not(const struct rule_def *r, struct str format)
{
    for (size_t i = 0; i < r->cannot.n; i++)
        if (str_eq(r->cannot.v[i].format, format))
            return true;
    return false;
}

/* What the page of a rule tells: why, how, what to do, when not to, who says so and when, and for
 * each format a good and a bad export. A rule that answers a question says why, where it has no
 * examples of a format; how old data is hangs on no format. */
static void tells_all(const struct rule_def *r)
{
    static const char *const told[] = {"iptables", "asa", "csv"};
    bool whole = r->rationale.n != 0 && r->decided.n != 0 && r->waive.n != 0 && r->sources.n != 0 &&
                 r->fixes.n != 0 && r->message.n != 0 && r->effect.n != 0;
    for (size_t i = 0; i < r->sources.n; i++)
        whole = whole && r->sources.v[i].date.n != 0;
    bool any = false;
    for (size_t f = 0; f < 3; f++) {
        bool good = false, bad = false;
        for (size_t i = 0; i < r->examples.n; i++)
            if (str_eq(r->examples.v[i].format, str_of(told[f])))
                *(r->examples.v[i].violates ? &bad : &good) = true;
        bool needed = r->question.n != 0 && !says_why_not(r, str_of(told[f])) &&
                      strcmp(r->kind->name, "age") != 0;
        if (!good && (bad || needed))
            fail_msg("the page of %.*s lacks examples of %s", STR_ARG(r->id), told[f]);
        any = any || bad;
    }
    if (!whole || !any)
        fail_msg("the page of %.*s lacks something", STR_ARG(r->id));
}

static void shipped_packs_pass_their_examples(void **state)
{
    (void)state;
    for (const struct embedded *e = embedded_files; e->path != NULL; e++) {
        struct str path = str_of(e->path);
        if (str_find(str_from(path, 6), '/') != path.n - 6)
            continue;
        struct arena *a = arena_new(0);
        struct diags d = {.arena = a};
        struct sources sources = {0};
        struct pack *p = pack_load(a, &d, &sources, str_sub(path, 6, path.n - 11));
        for (size_t i = 0; i < d.n; i++)
            print_error("%s:%u: %.*s\n", e->path, d.v[i].at.line, STR_ARG(d.v[i].message));
        assert_non_null(p);
        assert_true(pack_test(a, p, tell_failure, NULL));
        for (size_t i = 0; i < p->rules.n; i++)
            tells_all(&p->rules.v[i]);
        arena_free(a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(site_mistakes),
        cmocka_unit_test(pack_mistakes),
        cmocka_unit_test(site_misfits),
        cmocka_unit_test(shipped_packs_pass_their_examples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
