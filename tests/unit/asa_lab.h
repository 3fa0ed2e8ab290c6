/* What the tests of the ASA importer share: an import, and questions to it in one line of text. */
#ifndef FWPROOF_TESTS_ASA_LAB_H
#define FWPROOF_TESTS_ASA_LAB_H

#include "analyze/analyze.h"
#include "import/import.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct lab {
    struct arena *arena;
    struct diags diags;
    struct sources sources;
    struct policy *policy;
};

static inline struct str lab_file(struct arena *a, const char *path)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return (struct str){NULL, 0};
    struct out o = {.arena = a};
    char buffer[65536];
    size_t n;
    while ((n = fread(buffer, 1, sizeof buffer, f)) != 0)
        out_bytes(&o, buffer, n);
    fclose(f);
    return out_taken(&o);
}

/* Imports what was added to lab->sources as one device. */
static inline void lab_import(struct lab *lab, const char *at_time)
{
    lab->diags.arena = lab->arena;
    struct import im = {.arena = lab->arena,
                        .diags = &lab->diags,
                        .sources = &lab->sources,
                        .sets = sets_new(lab->arena),
                        .device = STR("fw"),
                        .at_time = str_of(at_time)};
    lab->policy = format_asa.import(&im, lab->sources.v, lab->sources.n);
    for (size_t i = 0; i < lab->sources.n; i++) {
        uint32_t counts[4];
        source_counts(lab->sources.v[i], counts);
        assert_int_equal(counts[LINE_UNSEEN], 0);
    }
}

static inline struct lab lab_open(void)
{
    struct lab lab = {.arena = arena_new(0)};
    return lab;
}

static inline void lab_add(struct lab *lab, const char *path)
{
    struct str bytes = lab_file(lab->arena, path);
    assert_non_null(bytes.p);
    source_add(lab->arena, &lab->sources, str_of(path), bytes);
}

static inline struct lab lab_text(const char *text)
{
    struct lab lab = lab_open();
    source_add(lab.arena, &lab.sources, STR("text"), str_of(text));
    lab_import(&lab, NULL);
    return lab;
}

static inline struct lab lab_fixture(const char *path)
{
    struct lab lab = lab_open();
    lab_add(&lab, path);
    lab_import(&lab, NULL);
    return lab;
}

static inline void lab_close(struct lab *lab)
{
    arena_free(lab->arena);
}

/* ---- questions --------------------------------------------------------------------------------
 */

static inline void lab_end(struct lab *lab, struct str s, struct packet *p, enum field addr,
                           enum field port)
{
    size_t colon = s.n; /* "10.1.0.1:80", "[2001:db8::1]:80"; ICMP: "10.1.0.1:8" is the type */
    for (size_t i = s.n; i-- > 0 && s.p[i] != ']';)
        if (s.p[i] == ':') {
            colon = i;
            break;
        }
    enum family family;
    uint64_t n = 0;
    struct str host = str_sub(s, 0, colon);
    if (host.n != 0 && host.p[0] == '[')
        host = str_sub(host, 1, host.n - 2);
    assert_true(addr_parse(host, &family, &p->f[addr]));
    p->f[FIELD_FAMILY] = family;
    if (colon < s.n)
        assert_true(str_u64(str_from(s, colon + 1), 10, UINT16_MAX, &n));
    p->f[port] = n;
    (void)lab;
}

/* "outside>dmz tcp 198.51.100.7:4000 192.0.2.80:443 [EST]"; ">self" for the device itself. */
static inline struct packet lab_packet(struct lab *lab, const char *text, enum path_kind *path)
{
    struct str rest = str_of(text), word, in;
    struct packet p = {.when = LITS_NONE};
    uint8_t proto;
    assert_true(str_word(&rest, &word));
    assert_true(str_cut(&word, '>', &in));
    *path = str_eq(word, STR("self")) ? PATH_TO_SELF : PATH_THROUGH;
    p.f[FIELD_IN] = ifaces_class(&lab->policy->ifaces, in);
    p.f[FIELD_OUT] = *path == PATH_TO_SELF ? 0 : ifaces_class(&lab->policy->ifaces, word);
    assert_true(str_word(&rest, &word) && proto_parse(word, &proto));
    p.f[FIELD_PROTO] = proto;
    assert_true(str_word(&rest, &word));
    lab_end(lab, word, &p, FIELD_SRC, FIELD_SPORT);
    assert_true(str_word(&rest, &word));
    lab_end(lab, word, &p, FIELD_DST, FIELD_DPORT);
    p.f[FIELD_STATE] = str_word(&rest, &word) ? STATE_ESTABLISHED : STATE_NEW;
    p.f[FIELD_LENGTH] = 100;
    p.f[FIELD_TTL] = 60;
    p.f[FIELD_TCPFLAGS] = TCP_SYN;
    return p;
}

static inline const char *lab_list(const struct rule *r)
{
    return r == NULL || r->implicit || r->chain == NULL || r->chain->table.n != 0 ? "implicit" : "";
}

/* "permit 12", "deny implicit 7", or "depends": with the line of the file that decides. */
static inline const char *lab_ask(struct lab *lab, const char *text)
{
    enum path_kind path;
    struct packet p = lab_packet(lab, text, &path);
    struct trace t = trace_packet(lab->policy, lab->arena, path, &p, NULL);
    assert_int_not_equal(t.n, 0);
    for (size_t i = 1; i < t.n; i++)
        if (t.v[i].verdict != t.v[0].verdict)
            return "depends";
    const struct rule *r = t.v[0].rule;
    const char *list = lab_list(r);
    return arena_cstr(lab->arena,
                      arena_strf(lab->arena, "%s%s%s %u",
                                 t.v[0].verdict == VERDICT_PERMIT ? "permit" : "deny",
                                 *list == 0 ? "" : " ", list, r == NULL ? 0 : r->at.line));
}

struct lab_case {
    const char *packet, *verdict;
};

static inline void lab_cases(struct lab *lab, const struct lab_case *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *got = lab_ask(lab, v[i].packet);
        if (strcmp(got, v[i].verdict) != 0)
            fail_msg("%s: %s, should be %s", v[i].packet, got, v[i].verdict);
    }
}
#define LAB_CASES(lab, v) lab_cases((lab), (v), sizeof(v) / sizeof *(v))

/* "10.0.0.1>198.51.100.1": the addresses with which the packet leaves. */
static inline const char *lab_leaves(struct lab *lab, const char *text)
{
    enum path_kind path;
    struct packet p = lab_packet(lab, text, &path);
    struct trace t = trace_packet(lab->policy, lab->arena, path, &p, NULL);
    assert_int_not_equal(t.n, 0);
    const u128 *f = t.v[0].now.f;
    struct arena *a = lab->arena;
    return arena_cstr(
        a, arena_strf(a, "%.*s>%.*s:%u", STR_ARG(addr_format(a, FAMILY_V4, f[FIELD_SRC])),
                      STR_ARG(addr_format(a, FAMILY_V4, f[FIELD_DST])), (unsigned)f[FIELD_DPORT]));
}

static inline bool lab_has_fact(const struct lab *lab, const char *key, const char *value)
{
    for (size_t i = 0; i < lab->policy->facts.n; i++)
        if (str_eq(lab->policy->facts.v[i].key, str_of(key)) &&
            str_starts(lab->policy->facts.v[i].value, str_of(value)))
            return true;
    return false;
}

/* How often an object is used; -1 if there is none. */
static inline int lab_uses(const struct lab *lab, const char *kind, const char *name)
{
    for (size_t i = 0; i < lab->policy->objects.n; i++)
        if (str_eq(lab->policy->objects.v[i].kind, str_of(kind)) &&
            str_eq(lab->policy->objects.v[i].name, str_of(name)))
            return (int)lab->policy->objects.v[i].uses;
    return -1;
}

static inline bool lab_says(const struct lab *lab, enum diag_level level, uint32_t line,
                            const char *text)
{
    for (size_t i = 0; i < lab->diags.n; i++) {
        const struct diag *d = &lab->diags.v[i];
        if (d->level == level && d->at.line == line &&
            str_search(d->message, str_of(text)) < d->message.n)
            return true;
    }
    return false;
}

#endif
