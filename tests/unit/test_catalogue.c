/* Compliance catalogues: every mistake has its place; those that ship name rules and items that
 * exist; an item passes only if checks have decided all of it. */
#include "check/catalogue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define HEAD                                                                                       \
    "{\"schema\": 1, \"id\": \"c\", \"title\": \"t\", \"version\": \"1\", \"source\": \"s\",\n"    \
    "\"items\": [\n"

static const struct catalogue *read_text(struct arena *a, struct diags *d, const char *text)
{
    struct sources sources = {0};
    return catalogue_read(a, d, source_add(a, &sources, STR("c.json"), str_of(text)));
}

static void mistakes(void **state)
{
    static const struct {
        const char *text;
        uint32_t line;
        const char *message;
    } table[] = {
        {"{}", 1, "the catalogue has no \"schema\""},
        {HEAD "{\"id\": \"1\"}]}", 3, "an item has no \"title\""},
        {HEAD "{\"id\": \"1\", \"title\": \"t\"}]}", 3, "an item has one of"},
        {HEAD "{\"id\": \"1\", \"title\": \"t\", \"checks\": [\"A\"], \"no_check\": \"x\"}]}", 3,
         "an item has one of"},
        {HEAD "{\"id\": \"1\", \"title\": \"t\", \"no_check\": \"x\", \"partly\": \"y\"}]}", 3,
         "\"partly\" says what \"checks\" leave open"},
        {HEAD "{\"id\": \"1\", \"title\": \"t\", \"no_check\": \"x\"},\n"
              "{\"id\": \"1\", \"title\": \"t\", \"no_check\": \"x\"}]}",
         4, "the item \"1\" is given twice"},
        {HEAD "{\"id\": \"1\", \"title\": \"t\", \"no_check\": \"x\", \"applies\": [\"nft\"]}]}", 3,
         "unknown format \"nft\""},
        {HEAD "{\"id\": \"1\", \"title\": \"t\", \"no_check\": \"x\", \"contradicts\":\n"
              "[{\"rule\": \"A\", \"item\": \"2\", \"sentence\": \"z\"}]}]}",
         4, "a contradiction names"},
        {"{\"schema\": 2, \"id\": \"c\", \"title\": \"t\", \"version\": \"1\", \"source\": \"s\",\n"
         "\"items\": []}",
         1, "catalogue schema 2 is not known"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct arena *a = arena_new(0);
        struct diags d = {.arena = a};
        assert_null(read_text(a, &d, table[i].text));
        bool found = false;
        for (size_t k = 0; k < d.n; k++)
            found =
                found || (d.v[k].at.line == table[i].line &&
                          str_search(d.v[k].message, str_of(table[i].message)) != d.v[k].message.n);
        if (!found)
            fail_msg("no \"%s\" on line %u", table[i].message, table[i].line);
        arena_free(a);
    }
}

/* ---- what is decided ------------------------------------------------------------------------ */

/* The controls of a run, one for each of the rules A to E. */
static struct result result_of(struct arena *a, const struct policy *p, const char *statuses)
{
    struct result r = {.arena = a};
    for (size_t i = 0; statuses[i] != '\0'; i++) {
        struct rule_def *rule = NEW(a, struct rule_def);
        rule->id = arena_strf(a, "%c", (char)('A' + (int)i));
        enum status status = statuses[i] == 'p'   ? STATUS_PASS
                             : statuses[i] == 'f' ? STATUS_FAIL
                             : statuses[i] == 'u' ? STATUS_UNKNOWN
                             : statuses[i] == 'w' ? STATUS_WAIVED
                                                  : STATUS_NOT_APPLICABLE;
        *PUSH(a, r.controls) =
            (struct control){.rule = rule, .policy = p, .status = status, .reason = STR("why")};
    }
    return r;
}

static void items_are_decided_by_their_checks(void **state)
{
    static const struct {
        const char *item, *statuses;
        enum status want;
        const char *reason;
    } table[] = {
        {"\"checks\": [\"A\", \"B\"]", "pp", STATUS_PASS, "A: why; B: why"},
        {"\"checks\": [\"A\", \"B\"]", "pf", STATUS_FAIL, "B: why"},
        {"\"checks\": [\"A\", \"B\"]", "uf", STATUS_FAIL, "B: why"},
        {"\"checks\": [\"A\", \"B\"]", "pu", STATUS_UNKNOWN, "B: why"},
        {"\"checks\": [\"A\", \"B\"]", "pw", STATUS_WAIVED, "B: why"},
        {"\"checks\": [\"A\", \"B\"]", "uw", STATUS_WAIVED, "B: why"},
        {"\"checks\": [\"A\", \"B\"]", "pn", STATUS_PASS, "A: why"},
        {"\"checks\": [\"A\", \"B\"]", "nn", STATUS_NOT_APPLICABLE, "A: why; B: why"},
        {"\"checks\": [\"A\", \"B\"]", "p", STATUS_UNKNOWN, "were not run"},
        {"\"checks\": [\"A\"], \"partly\": \"the rest\"", "p", STATUS_UNKNOWN,
         "left open: the rest"},
        {"\"checks\": [\"A\"], \"partly\": \"the rest\"", "f", STATUS_FAIL, "A: why"},
        {"\"not_decidable\": \"paper\"", "p", STATUS_UNKNOWN, "not decidable"},
        {"\"no_check\": \"more\"", "p", STATUS_UNKNOWN, "no check asks for it yet: more"},
        {"\"checks\": [\"A\"], \"applies\": [\"csv\"]", "p", STATUS_NOT_APPLICABLE,
         "exports of csv"},
        {"\"checks\": [\"A\"], \"applies\": [\"csv\", \"asa\"]", "p", STATUS_PASS, "A: why"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct arena *a = arena_new(0);
        struct diags d = {.arena = a};
        struct str text =
            arena_strf(a, HEAD "{\"id\": \"1\", \"title\": \"t\", %s}]}", table[i].item);
        const struct catalogue *c = read_text(a, &d, arena_cstr(a, text));
        assert_non_null(c);
        struct policy *p = policy_new(a, sets_new(a), STR("fw"));
        p->format = STR("asa");
        struct result r = result_of(a, p, table[i].statuses);
        catalogue_decide(&r, c, p);
        assert_int_equal(r.compliances.n, 1);
        const struct item_status *x = &r.compliances.v[0].items.v[0];
        if (x->status != table[i].want ||
            str_search(x->reason, str_of(table[i].reason)) == x->reason.n)
            fail_msg("%s with %s: %s, %.*s", table[i].item, table[i].statuses,
                     status_names[x->status], STR_ARG(x->reason));
        assert_int_equal(r.compliances.v[0].statuses[table[i].want], 1);
        arena_free(a);
    }
}

/* ---- those that ship ------------------------------------------------------------------------ */

struct shipped {
    struct arena *arena;
    struct diags diags;
    struct sources sources;
    struct packs packs;
    struct catalogues all;
};

static void load_all(struct shipped *s)
{
    s->arena = arena_new(0);
    s->diags.arena = s->arena;
    *PUSH(s->arena, s->packs) =
        pack_load(s->arena, &s->diags, &s->sources, STR("genesys-cloud")); /* for contradictions */
    for (const struct embedded *e = embedded_files; e->path != NULL; e++) {
        struct str path = str_of(e->path), folder = STR("rules/catalogues/");
        if (!str_starts(path, folder))
            continue;
        struct str name = str_sub(path, folder.n, path.n - folder.n - 5);
        const struct catalogue *c = catalogue_load(s->arena, &s->diags, &s->sources, name);
        assert_non_null(c);
        assert_true(str_eq(c->id, name));
        assert_true(catalogue_packs(s->arena, &s->diags, &s->sources, c, &s->packs));
        *PUSH(s->arena, s->all) = c;
    }
    assert_int_equal(s->diags.n, 0);
}

static const struct catalogue_item *find_item(const struct shipped *s, struct str catalogue,
                                              struct str id)
{
    for (size_t i = 0; i < s->all.n; i++)
        for (size_t k = 0; str_eq(s->all.v[i]->id, catalogue) && k < s->all.v[i]->items.n; k++)
            if (str_eq(s->all.v[i]->items.v[k].id, id))
                return &s->all.v[i]->items.v[k];
    return NULL;
}

/* What one item says of another, the other says of it. */
static void expect_answer(const struct shipped *s, const struct catalogue *c,
                          const struct catalogue_item *item, const struct contradiction *x)
{
    if (x->rule.n != 0) {
        assert_non_null(packs_find(&s->packs, x->rule));
        return;
    }
    const struct catalogue_item *other = find_item(s, x->catalogue, x->item);
    bool answered = false;
    for (size_t i = 0; other != NULL && i < other->contradicts.n; i++)
        answered = answered || (str_eq(other->contradicts.v[i].catalogue, c->id) &&
                                str_eq(other->contradicts.v[i].item, item->id));
    if (!answered)
        fail_msg("%.*s says nothing of %.*s", STR_ARG(x->item), STR_ARG(item->id));
}

static void shipped_catalogues_hold_together(void **state)
{
    struct shipped s = {0};
    size_t contradictions = 0;
    (void)state;
    load_all(&s);
    assert_true(s.all.n >= 6);
    for (size_t i = 0; i < s.all.n; i++)
        for (size_t k = 0; k < s.all.v[i]->items.n; k++) {
            const struct catalogue_item *item = &s.all.v[i]->items.v[k];
            for (size_t m = 0; m < item->contradicts.n; m++, contradictions++)
                expect_answer(&s, s.all.v[i], item, &item->contradicts.v[m]);
        }
    assert_true(contradictions >= 4);
    arena_free(s.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mistakes),
        cmocka_unit_test(items_are_decided_by_their_checks),
        cmocka_unit_test(shipped_catalogues_hold_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
