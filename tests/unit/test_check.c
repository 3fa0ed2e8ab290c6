/* Findings on whole exports: sets, places, conditions, and fixes that mend. */
#include "check/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

/* ---- one audit ------------------------------------------------------------------------------ */

struct audit {
    struct arena *arena;
    struct diags diags;
    struct sources sources;
    struct packs packs;
    struct site *site;
    struct result result;
    const struct policy *policy;
};

static void audit_with(struct audit *x, const char *format, struct str config, const char *site,
                       const struct named_files *files)
{
    memset(x, 0, sizeof *x);
    struct arena *a = x->arena = arena_new(0);
    x->diags.arena = x->result.arena = a;
    *PUSH(a, x->packs) = pack_load(a, &x->diags, &x->sources, STR("genesys-cloud"));
    x->site = NEW(a, struct site);
    if (site != NULL)
        x->site = site_read(a, &x->diags, source_add(a, &x->sources, STR("s"), str_of(site)));
    assert_non_null(x->site);
    assert_non_null(x->packs.v[0]);
    struct strs known = {0};
    for (size_t i = 0; i < x->site->zones.n; i++)
        for (size_t k = 0; k < x->site->zones.v[i].interfaces.n; k++)
            *PUSH(a, known) = x->site->zones.v[i].interfaces.v[k];
    struct source *s = source_add(a, &x->sources, STR("fw1"), config);
    s->format = str_of(format);
    struct import im = {.arena = a,
                        .diags = &x->diags,
                        .sources = &x->sources,
                        .sets = sets_new(a),
                        .device = STR("fw1"),
                        .csv = &x->site->csv,
                        .known_ifaces = &known};
    x->policy = format_find(s->format)->import(&im, &s, 1);
    struct check c = {.arena = a,
                      .diags = &x->diags,
                      .sources = &x->sources,
                      .site = x->site,
                      .policy = x->policy,
                      .result = &x->result,
                      .files = files};
    check_run(&c, &x->packs);
}

static void audit_run(struct audit *x, const char *format, struct str config, const char *site)
{
    audit_with(x, format, config, site, NULL);
}

static const struct control *control(const struct audit *x, const char *rule)
{
    for (size_t i = 0; i < x->result.controls.n; i++)
        if (str_eq(x->result.controls.v[i].rule->id, str_of(rule)))
            return &x->result.controls.v[i];
    fail_msg("no control %s", rule);
    return NULL;
}

static const struct finding *finding(const struct audit *x, const char *rule)
{
    for (size_t i = 0; i < x->result.findings.n; i++)
        if (str_eq(x->result.findings.v[i].rule->id, str_of(rule)))
            return &x->result.findings.v[i];
    fail_msg("no finding of %s", rule);
    return NULL;
}

static void assert_has(struct str text, const char *part)
{
    if (str_search(text, str_of(part)) == text.n)
        fail_msg("no \"%s\" in \"%.*s\"", part, STR_ARG(text));
}

static void expect_status(const struct audit *x, const char *rule, enum status status)
{
    const struct control *c = control(x, rule);
    if (c->status != status)
        fail_msg("%s is %s: %.*s", rule, status_names[c->status], STR_ARG(c->reason));
}

/* ---- exports -------------------------------------------------------------------------------- */

#define IPT(rules)                                                                                 \
    "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n" rules "COMMIT\n"
#define F "-A FORWARD -i eth1 -o eth0 "
#define SIP4                                                                                       \
    "\"parameters\": {\"genesys-cloud\": {\"sip\": [\"192.0.2.10\", \"192.0.2.11\", "              \
    "\"192.0.2.12\", \"192.0.2.13\"]}}"
#define ZONES                                                                                      \
    "\"zones\": {\"inside\": {\"interfaces\": [\"eth1\", \"inside\"]}, \"outside\": "              \
    "{\"interfaces\": [\"eth0\", \"outside\"]}}"

static void sip_counts_addresses(void **state)
{
    (void)state;
    struct audit x;
    audit_run(&x, "iptables",
              STR(IPT(F "-s 10.3.0.0/16 -d 192.0.2.10/31 -p udp -m udp --dport 5060 -j ACCEPT\n")),
              "{" ZONES "," SIP4 "}");
    const struct finding *f = finding(&x, "GC-SIP-001");
    assert_int_equal(f->coverage.have, 2);
    assert_int_equal(f->coverage.need, 4);
    assert_string_equal(f->coverage.unit, "addresses");
    assert_has(f->message, "missing 192.0.2.12, 192.0.2.13");
    assert_has(f->effect, "2/4 of call attempts fail");
    assert_int_equal(f->at.line, 5);
    assert_int_equal(f->related.v[0].at.line, 3);
    assert_int_equal(f->certainty, CERTAINTY_DEFINITE);
    assert_true(f->has_witness);
    arena_free(x.arena);
}

static void without_sip_addresses_it_is_unknown(void **state)
{
    (void)state;
    struct audit x;
    audit_run(&x, "iptables", STR(IPT(F "-j ACCEPT\n")), "{" ZONES "}");
    expect_status(&x, "GC-SIP-001", STATUS_UNKNOWN);
    const struct control *c = control(&x, "GC-SIP-001");
    assert_int_equal(c->advice.n, 1);
    assert_true(
        str_eq(c->advice.v[0], STR("\"parameters\": {\"genesys-cloud\": {\"sip\": [\"…\"]}}")));
    arena_free(x.arena);
}

static void what_is_not_used_is_not_applicable(void **state)
{
    (void)state;
    struct audit x;
    audit_run(&x, "iptables", STR(IPT(F "-j ACCEPT\n")),
              "{" ZONES ", \"parameters\": {\"genesys-cloud\": {\"use\": [\"client\"]}}}");
    expect_status(&x, "GC-SIP-001", STATUS_NOT_APPLICABLE);
    expect_status(&x, "GC-STUN-002", STATUS_NOT_APPLICABLE);
    expect_status(&x, "GC-STUN-001", STATUS_PASS);
    arena_free(x.arena);
}

static void some_sources_only_is_unknown_without_roles(void **state)
{
    (void)state;
    static const char *const config =
        IPT(F "-s 10.3.0.0/16 -p udp -m udp --dport 16384:65535 -j ACCEPT\n");
    struct audit x;
    audit_run(&x, "iptables", str_of(config), "{" ZONES "}");
    expect_status(&x, "GC-RTP-001", STATUS_UNKNOWN);
    assert_has(control(&x, "GC-RTP-001")->advice.v[0], "\"roles\": {\"client\": ");
    arena_free(x.arena);
    audit_run(&x, "iptables", str_of(config),
              "{" ZONES ", \"roles\": {\"phone\": [\"10.3.7.0/24\"]}}");
    expect_status(&x, "GC-RTP-001", STATUS_PASS);
    arena_free(x.arena);
    audit_run(&x, "iptables", str_of(config),
              "{" ZONES ", \"roles\": {\"phone\": [\"10.3.7.0/24\"], \"client\": "
              "[\"10.4.0.0/24\"]}}");
    expect_status(&x, "GC-RTP-001", STATUS_FAIL);
    assert_has(finding(&x, "GC-RTP-001")->message, "from client (10.4.0.0/24)");
    arena_free(x.arena);
}

static void a_part_for_some_source_fails(void **state)
{
    (void)state;
    struct audit x;
    audit_run(&x, "iptables",
              STR(IPT(F "-s 10.3.0.0/16 -p udp -m udp --dport 16384:65535 -j ACCEPT\n" //
                      F "-s 10.5.0.0/16 -p udp -m udp --dport 16384:32768 -j ACCEPT\n")),
              "{" ZONES "}");
    const struct finding *f = finding(&x, "GC-RTP-001");
    assert_int_equal(f->at.line, 6);
    assert_has(f->message, "from 10.5.0.0/16; missing the tail, 32769-65535; what is permitted is "
                           "the range before 2024-12-07");
    arena_free(x.arena);
}

static void conditions_make_it_possible(void **state)
{
    (void)state;
    struct audit x;
    audit_run(&x, "iptables",
              STR(IPT(F "-p udp -m udp --dport 16384:65535 -m limit --limit 5/sec -j ACCEPT\n")),
              "{" ZONES "}");
    const struct finding *f = finding(&x, "GC-RTP-001");
    assert_int_equal(f->certainty, CERTAINTY_POSSIBLE);
    assert_has(f->message, "depends on");
    assert_has(f->message, "at line 5");
    arena_free(x.arena);
}

static void a_host_is_judged_by_its_own_traffic(void **state)
{
    (void)state;
    struct audit x;
    audit_run(&x, "iptables",
              STR("*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT DROP [0:0]\n"
                  "-A INPUT -i lo -j ACCEPT\n-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n"
                  "-A OUTPUT -p udp -m udp --dport 16384:65535 -j ACCEPT\nCOMMIT\n"),
              NULL);
    expect_status(&x, "GC-RTP-001", STATUS_PASS);
    expect_status(&x, "GC-443-001", STATUS_FAIL);
    assert_int_equal(finding(&x, "GC-INBOUND-001")->at.line, 6);
    bool told = false;
    for (size_t i = 0; i < x.result.assumptions.n; i++)
        told |= str_starts(x.result.assumptions.v[i], STR("fw1: the device is a host"));
    assert_true(told);
    arena_free(x.arena);
    audit_run(&x, "iptables",
              STR("*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n"
                  "-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT\nCOMMIT\n"),
              "{" ZONES "}"); /* whose interfaces are other devices' */
    expect_status(&x, "GC-RTP-001", STATUS_PASS);
    expect_status(&x, "GC-INBOUND-001", STATUS_PASS);
    arena_free(x.arena);
}

static void fingerprints_do_not_move_with_lines(void **state)
{
    (void)state;
    struct audit x, y;
    audit_run(&x, "iptables", STR(IPT(F "-p tcp -m tcp --dport 443 -j ACCEPT\n")), "{" ZONES "}");
    audit_run(&y, "iptables", STR(IPT("\n# moved\n" F "-p tcp -m tcp --dport 443 -j ACCEPT\n")),
              "{" ZONES "}");
    assert_true(
        str_eq(finding(&x, "GC-RTP-001")->fingerprint, finding(&y, "GC-RTP-001")->fingerprint));
    assert_true(str_starts(finding(&x, "GC-RTP-001")->fingerprint, STR("fw1:GC-RTP-001:")));
    arena_free(x.arena);
    arena_free(y.arena);
}

/* ---- fixes ---------------------------------------------------------------------------------- */

/* Line N (from 1) of those that begin with HEAD goes behind LINE; 0: behind the last of them, or
 * where MARK stands if there is none. */
static struct str insert(struct arena *a, struct str config, struct str head, uint32_t before,
                         struct str line, const char *mark)
{
    struct out o = {.arena = a};
    struct str rest = config, one;
    uint32_t seen = 0, all = 0;
    for (struct str r = config; str_cut(&r, '\n', &one);)
        all += str_starts(one, head);
    bool done = false;
    while (str_cut(&rest, '\n', &one)) {
        bool mine = str_starts(one, head);
        seen += mine;
        bool here =
            before != 0 ? mine && seen == before : all == 0 && str_starts(one, str_of(mark));
        if (here && !done) {
            out_fmt(&o, "%.*s\n", STR_ARG(line));
            done = true;
        }
        out_fmt(&o, "%.*s\n", STR_ARG(one));
        if (before == 0 && mine && seen == all && !done) {
            out_fmt(&o, "%.*s\n", STR_ARG(line));
            done = true;
        }
    }
    assert_true(done);
    return out_taken(&o);
}

/* "iptables -I CHAIN N …", "iptables -A CHAIN …": as lines of a save file. */
static struct str apply_iptables(struct arena *a, struct str config, struct str fix)
{
    struct str word, chain, how;
    uint64_t number = 0;
    assert_true(str_word(&fix, &word) && str_word(&fix, &how) && str_word(&fix, &chain));
    assert_true(str_eq(word, STR("iptables")));
    if (str_eq(how, STR("-I"))) {
        assert_true(str_word(&fix, &word));
        assert_true(str_u64(word, 10, 9999, &number));
    }
    struct str head = arena_strf(a, "-A %.*s ", STR_ARG(chain));
    struct str rule = str_trim(fix);
    return insert(a, config, head, (uint32_t)number,
                  arena_strf(a, "%.*s%.*s", STR_ARG(head), STR_ARG(rule)), "COMMIT");
}

/* "access-list NAME [line N] extended …". */
static struct str apply_asa(struct arena *a, struct str config, struct str fix)
{
    struct str rest = fix, word, name;
    uint64_t number = 0;
    assert_true(str_word(&rest, &word) && str_word(&rest, &name));
    struct str tail = rest;
    assert_true(str_word(&rest, &word));
    if (str_eq(word, STR("line"))) {
        assert_true(str_word(&rest, &word) && str_u64(word, 10, 9999, &number));
        tail = rest;
    }
    struct str head = arena_strf(a, "access-list %.*s ", STR_ARG(name));
    struct str line = str_trim(tail);
    return insert(a, config, head, (uint32_t)number,
                  arena_strf(a, "%.*s%.*s", STR_ARG(head), STR_ARG(line)), "access-group");
}

static struct str apply_csv(struct arena *a, struct str config, struct str fix)
{
    size_t header = str_find(config, '\n') + 1;
    struct str top = str_sub(config, 0, header), rest = str_from(config, header);
    if (str_starts(top, fix)) /* the fix says its columns first */
        return config;
    return arena_strf(a, "%.*s%.*s\n%.*s", STR_ARG(top), STR_ARG(fix), STR_ARG(rest));
}

static struct str example_site_text(struct arena *a, const struct example *e)
{
    char *text = e->site == NULL ? NULL : cJSON_PrintUnformatted(e->site);
    struct str copy = text == NULL ? STR("{}") : arena_copy(a, str_of(text));
    cJSON_free(text);
    return copy;
}

typedef struct str apply_fn(struct arena *a, struct str config, struct str fix);

/* The config of E with all fixes of R's findings on it. */
static struct str with_fixes(struct arena *a, const struct rule_def *r, const struct example *e,
                             const char *site, apply_fn *apply)
{
    struct str config = e->config;
    struct audit x;
    audit_with(&x, arena_cstr(a, e->format), config, site, &e->files);
    for (size_t n = 0; n < x.result.findings.n; n++) {
        const struct finding *f = &x.result.findings.v[n];
        for (size_t m = 0; str_eq(f->rule->id, r->id) && m < f->fix.n; m++)
            config = apply(a, config, f->fix.v[m]);
    }
    arena_free(x.arena);
    return config;
}

static void expect_mended(struct arena *a, const struct rule_def *r, const struct example *e,
                          apply_fn *apply)
{
    const char *site = arena_cstr(a, example_site_text(a, e));
    struct str config = with_fixes(a, r, e, site, apply);
    struct audit x;
    audit_with(&x, arena_cstr(a, e->format), config, site, &e->files);
    if (control(&x, arena_cstr(a, r->id))->status != STATUS_PASS)
        fail_msg("%.*s %.*s is not mended:\n%.*s", STR_ARG(r->id), STR_ARG(e->name),
                 STR_ARG(config));
    arena_free(x.arena);
}

static void fixes_mend(void **state)
{
    (void)state;
    static const struct {
        const char *format;
        apply_fn *apply;
    } syntaxes[] = {{"iptables", apply_iptables}, {"asa", apply_asa}, {"csv", apply_csv}};
    struct arena *a = arena_new(0);
    struct diags d = {.arena = a};
    struct sources sources = {0};
    struct pack *p = pack_load(a, &d, &sources, STR("genesys-cloud"));
    assert_non_null(p);
    size_t mended = 0;
    for (size_t i = 0; i < p->rules.n; i++)
        for (size_t k = 0; k < p->rules.v[i].examples.n; k++) {
            const struct rule_def *r = &p->rules.v[i];
            const struct example *e = &r->examples.v[k];
            if (!e->violates || strcmp(r->kind->name, "require") != 0)
                continue;
            for (size_t s = 0; s < sizeof syntaxes / sizeof *syntaxes; s++)
                if (str_eq(e->format, str_of(syntaxes[s].format))) {
                    expect_mended(a, r, e, syntaxes[s].apply);
                    mended++;
                }
        }
    assert_true(mended > 10);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sip_counts_addresses),
        cmocka_unit_test(without_sip_addresses_it_is_unknown),
        cmocka_unit_test(what_is_not_used_is_not_applicable),
        cmocka_unit_test(some_sources_only_is_unknown_without_roles),
        cmocka_unit_test(a_part_for_some_source_fails),
        cmocka_unit_test(conditions_make_it_possible),
        cmocka_unit_test(a_host_is_judged_by_its_own_traffic),
        cmocka_unit_test(fingerprints_do_not_move_with_lines),
        cmocka_unit_test(fixes_mend),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
