/* fixtures/genesys: for each row of the vendor's FAQ exports that violate it, that do not, and that
 * nearly do, with one site file for all. */
#include "check/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define FOLDER "fixtures/genesys/"

struct row {
    struct str file, format, rule, status;
    uint64_t line;
};

struct shelf { /* what all rows share */
    struct arena *arena;
    struct diags diags;
    struct sources sources;
    struct packs packs;
    struct site *site;
    struct strs known;
};

static struct str bytes_of(struct arena *a, const char *folder, struct str file)
{
    struct str bytes;
    struct str path = arena_strf(a, "%s%.*s", folder, STR_ARG(file));
    if (file_read(a, path, &bytes) != 0)
        fail_msg("%.*s cannot be read: run this from the project's root", STR_ARG(path));
    return bytes;
}

static void open_shelf(struct shelf *s)
{
    struct arena *a = arena_new(0);
    *s = (struct shelf){.arena = a, .diags = {.arena = a}};
    *PUSH(a, s->packs) = pack_load(a, &s->diags, &s->sources, STR("genesys-cloud"));
    s->site = site_read(a, &s->diags,
                        source_add(a, &s->sources, STR(FOLDER "fwproof.json"),
                                   bytes_of(a, FOLDER, STR("fwproof.json"))));
    assert_non_null(s->packs.v[0]);
    assert_non_null(s->site);
    for (size_t i = 0; i < s->site->zones.n; i++)
        for (size_t k = 0; k < s->site->zones.v[i].interfaces.n; k++)
            *PUSH(a, s->known) = s->site->zones.v[i].interfaces.v[k];
}

static bool finding_on(const struct result *r, const struct row *row)
{
    for (size_t i = 0; i < r->findings.n; i++)
        if (str_eq(r->findings.v[i].rule->id, row->rule) &&
            (row->line == 0 || r->findings.v[i].at.line == row->line))
            return true;
    return false;
}

static void run_row(struct shelf *s, const struct row *row)
{
    struct arena *a = s->arena;
    struct result result = {.arena = a};
    struct source *source = source_add(a, &s->sources, row->file, bytes_of(a, FOLDER, row->file));
    source->format = row->format;
    struct import im = {.arena = a,
                        .diags = &s->diags,
                        .sources = &s->sources,
                        .sets = sets_new(a),
                        .device = STR("fw1"),
                        .csv = &s->site->csv,
                        .known_ifaces = &s->known};
    struct check c = {.arena = a,
                      .diags = &s->diags,
                      .sources = &s->sources,
                      .site = s->site,
                      .policy = format_find(row->format)->import(&im, &source, 1),
                      .result = &result,
                      .today = STR("2026-11-23")};
    if (s->diags.worst[DIAG_INCOMPLETE] || s->diags.worst[DIAG_ERROR])
        fail_msg("%.*s: %.*s", STR_ARG(row->file), STR_ARG(s->diags.v[s->diags.n - 1].message));
    check_run(&c, &s->packs);
    for (size_t i = 0; i < result.controls.n; i++) {
        const struct control *x = &result.controls.v[i];
        if (!str_eq(x->rule->id, row->rule))
            continue;
        if (!str_eq(str_of(status_names[x->status]), row->status))
            fail_msg("%.*s: %.*s is %s, not %.*s: %.*s", STR_ARG(row->file), STR_ARG(row->rule),
                     status_names[x->status], STR_ARG(row->status), STR_ARG(x->reason));
        assert_int_equal(finding_on(&result, row), x->status == STATUS_FAIL);
        return;
    }
    fail_msg("no control %.*s", STR_ARG(row->rule));
}

static void every_row(void **state)
{
    (void)state;
    struct shelf s;
    size_t n = 0;
    open_shelf(&s);
    struct str table = bytes_of(s.arena, FOLDER, STR("expect.tsv")), line, word;
    while (str_cut(&table, '\n', &line)) {
        struct row row;
        if (str_starts(line, STR("#")))
            continue;
        assert_true(str_cut(&line, '\t', &row.file) && str_cut(&line, '\t', &row.format) &&
                    str_cut(&line, '\t', &row.rule) && str_cut(&line, '\t', &row.status) &&
                    str_cut(&line, '\t', &word) && str_u64(word, 10, 9999, &row.line));
        run_row(&s, &row);
        n++;
    }
    assert_true(n > 100);
    arena_free(s.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_row)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
