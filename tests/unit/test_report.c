/* Reports of a result made by hand: boxes are disjoint and canonical, hostile names are harmless.
 */
#include "report/report.h"

#include <cjson/cJSON.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define HOSTILE "a\033[31m<script>]]>\n::error::\xe2\x80\xae\xff|`=cmd"

struct fixture {
    struct arena *arena;
    struct sets *sets;
    struct policy *policy;
    struct sources sources;
    struct diags diags;
    struct pack pack;
    struct rule_def rule;
    struct packs packs;
    struct result result;
    struct site site;
    struct report report;
    const struct source *input;
};

static void setup(struct fixture *f)
{
    memset(f, 0, sizeof *f);
    f->arena = arena_new(0);
    f->diags.arena = f->arena;
    f->sets = sets_new(f->arena);
    f->policy = policy_new(f->arena, f->sets, STR("fw1"));
    ifaces_add(f->arena, &f->policy->ifaces, STR("inside"));
    ifaces_add(f->arena, &f->policy->ifaces, STR("outside"));
    struct source *s = source_add(f->arena, &f->sources, STR("fw1.rules"),
                                  STR("first line\npermit udp " HOSTILE "\nlast"));
    f->input = s;
    f->pack = (struct pack){.id = STR("p"), .version = STR("1")};
    f->rule = (struct rule_def){
        .id = STR("T-001"), .title = STR("a rule"), .severity = SEVERITY_ERROR, .pack = &f->pack};
    *PUSH(f->arena, f->packs) = &f->pack;
    *PUSH(f->arena, f->result.findings) = (struct finding){
        .rule = &f->rule,
        .policy = f->policy,
        .severity = SEVERITY_ERROR,
        .title = STR("a title"),
        .message = STR("a message about " HOSTILE),
        .effect = STR("calls fail"),
        .at = {0, 2, 1, 2, 7},
        .coverage = {2, 4, "addresses"},
        .fingerprint = STR("fw1:T-001:00000000"),
    };
    *PUSH(f->arena, f->result.controls) =
        (struct control){.rule = &f->rule, .policy = f->policy, .status = STATUS_FAIL};
    f->report = (struct report){
        .arena = f->arena,
        .sources = &f->sources,
        .diags = &f->diags,
        .packs = &f->packs,
        .result = &f->result,
        .site = &f->site,
        .verdict = RUN_FAIL,
        .exit_code = 1,
        .fail_on = SEVERITY_ERROR,
        .utf8 = true,
        .width = 100,
    };
    *PUSH(f->arena, f->report.devices) = (struct device_result){f->policy, &f->input, 1};
}

static struct cube udp_to(struct fixture *f, const char *dst, unsigned lo, unsigned hi)
{
    struct cube c = cube_any(f->sets);
    enum family family;
    struct ival range;
    assert_true(range_parse(str_of(dst), &family, &range, NULL));
    c.f[FIELD_FAMILY] = set_one(f->sets, (u128)family);
    c.f[FIELD_PROTO] = set_one(f->sets, PROTO_UDP);
    c.f[FIELD_SRC] = set_range(f->sets, 0, addr_max(family));
    c.f[FIELD_DST] = set_range(f->sets, range.lo, range.hi);
    c.f[FIELD_DPORT] = set_range(f->sets, lo, hi);
    return c;
}

static void assert_str(struct str got, const char *want)
{
    char buffer[4096];
    assert_true(got.n < sizeof buffer);
    memcpy(buffer, got.p, got.n);
    buffer[got.n] = '\0';
    assert_string_equal(buffer, want);
}

static void a_box_in_words(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f);
    struct region r = {0};
    struct cube c = udp_to(&f, "192.0.2.12/31", 5060, 5060);
    c.f[FIELD_IN] = ifaces_match(f.sets, &f.policy->ifaces, STR("inside"));
    c.f[FIELD_STATE] = set_one(f.sets, STATE_NEW);
    *PUSH(f.arena, r) = c;
    struct boxes b = boxes_of(f.arena, f.policy, &r);
    assert_int_equal(b.n, 1);
    assert_str(box_text(f.arena, &b.v[0], 8),
               "udp from any to 192.0.2.12/31 port 5060; in at inside; NEW");
    arena_free(f.arena);
}

static void everything_is_one_box(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f);
    struct region all = region_universe(f.sets, f.arena, -1);
    struct region r = region_canonical(f.sets, f.arena, &all, NULL);
    struct boxes b = boxes_of(f.arena, f.policy, &r);
    assert_int_equal(b.n, 1);
    assert_str(box_text(f.arena, &b.v[0], 8), "ip from any to any");
    all = region_universe(f.sets, f.arena, FAMILY_V4);
    r = region_canonical(f.sets, f.arena, &all, NULL);
    b = boxes_of(f.arena, f.policy, &r);
    assert_int_equal(b.n, 1);
    assert_str(box_text(f.arena, &b.v[0], 8), "ip ipv4 from any to any");
    arena_free(f.arena);
}

/* ICMP and protocols with ports never share a box where the port fields matter. */
static void icmp_is_apart(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f);
    struct region r = {0};
    struct cube c = udp_to(&f, "192.0.2.1", 0, 3);
    c.f[FIELD_PROTO] = set_or(f.sets, c.f[FIELD_PROTO], set_one(f.sets, PROTO_ICMP));
    c.f[FIELD_SPORT] = set_one(f.sets, 8);
    *PUSH(f.arena, r) = c;
    struct boxes b = boxes_of(f.arena, f.policy, &r);
    assert_int_equal(b.n, 2);
    assert_str(box_text(f.arena, &b.v[0], 8), "udp from any port 8 to 192.0.2.1 port 0-3");
    assert_str(box_text(f.arena, &b.v[1], 8), "icmp type 8 code 0-3 from any to 192.0.2.1");
    arena_free(f.arena);
}

static struct str write_report(struct fixture *f, const char *format)
{
    struct out o = {.arena = f->arena};
    reporter_find(str_of(format))->write(&f->report, &o);
    return out_taken(&o);
}

static void json_is_the_contract(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f);
    *PUSH(f.arena, f.result.findings.v[0].missing) = udp_to(&f, "192.0.2.12/31", 5060, 5060);
    struct str text = write_report(&f, "json");
    cJSON *doc = cJSON_ParseWithLength(text.p, text.n);
    assert_non_null(doc);
    const cJSON *finding = cJSON_GetArrayItem(cJSON_GetObjectItem(doc, "findings"), 0);
    const cJSON *location = cJSON_GetObjectItem(finding, "location");
    assert_int_equal(cJSON_GetObjectItem(location, "line")->valueint, 2);
    assert_int_equal(cJSON_GetObjectItem(location, "end_column")->valueint, 7);
    const cJSON *box = cJSON_GetArrayItem(cJSON_GetObjectItem(finding, "missing"), 0);
    assert_string_equal(cJSON_GetArrayItem(cJSON_GetObjectItem(box, "dst"), 0)->valuestring,
                        "192.0.2.12/31");
    assert_string_equal(cJSON_GetArrayItem(cJSON_GetObjectItem(box, "dport"), 0)->valuestring,
                        "5060");
    assert_string_equal(cJSON_GetObjectItem(box, "from")->valuestring, "any");
    const cJSON *have = cJSON_GetObjectItem(cJSON_GetObjectItem(finding, "coverage"), "have");
    assert_int_equal(have->valueint, 2);
    cJSON_Delete(doc);
    arena_free(f.arena);
}

/* No control character but the newline, no bidirectional mark, valid UTF-8. */
static void hostile_names_are_harmless(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f);
    for (size_t i = 0; i < n_reporters; i++) {
        struct str text = write_report(&f, reporters[i]->name);
        assert_true(text.n != 0);
        struct str line;
        while (str_cut(&text, '\n', &line)) {
            if (line.n != 0 && line.p[line.n - 1] == '\r')
                line.n--;
            struct str safe = str_safe(f.arena, line);
            if (!str_eq(safe, line))
                print_error("%s: %.*s\n", reporters[i]->name, STR_ARG(safe));
            assert_true(str_eq(safe, line));
        }
    }
    arena_free(f.arena);
}

static void the_excerpt_points_at_the_word(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f);
    struct str text = write_report(&f, "text");
    struct str caret = STR("\n  | ^^^^^^\n");
    assert_true(str_search(text, STR("--> fw1.rules:2:1  device fw1")) < text.n);
    assert_true(str_search(text, caret) < text.n);
    assert_true(str_search(text, STR("2 of 4 addresses (50.0 %)")) < text.n);
    arena_free(f.arena);
}

/* CI servers take lines that begin with "::" for commands, however indented. */
static void no_line_begins_a_command(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f);
    struct finding *finding = &f.result.findings.v[0];
    finding->message = STR("the name is: ::error::pwned and ::stop-commands::x ::1 2001:db8::1");
    *PUSH(f.arena, finding->fix) = STR("first line");
    *PUSH(f.arena, finding->fix) = STR("::set-env name=x::y");
    for (f.report.width = 20; f.report.width < 120; f.report.width++) {
        struct str text = write_report(&f, "text"), line;
        while (str_cut(&text, '\n', &line)) {
            line = str_trim(line);
            assert_false(str_starts(line, STR("::")) && !str_starts(line, STR("::1")));
        }
    }
    arena_free(f.arena);
}

static void gcc_is_one_line(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f);
    struct str text = write_report(&f, "gcc");
    assert_int_equal(str_find(text, '\n'), text.n - 1);
    assert_true(str_starts(text, STR("fw1.rules:2:1: error: a title: a message about ")));
    assert_true(str_ends(text, STR(" [T-001]\n")));
    arena_free(f.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_box_in_words),
        cmocka_unit_test(everything_is_one_box),
        cmocka_unit_test(icmp_is_apart),
        cmocka_unit_test(json_is_the_contract),
        cmocka_unit_test(hostile_names_are_harmless),
        cmocka_unit_test(the_excerpt_points_at_the_word),
        cmocka_unit_test(no_line_begins_a_command),
        cmocka_unit_test(gcc_is_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
