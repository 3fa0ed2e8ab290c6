/* What the tests of the iptables importer share: an import, and packets in one line of text. */
#ifndef FWPROOF_TESTS_IPT_LAB_H
#define FWPROOF_TESTS_IPT_LAB_H

#include "analyze/analyze.h"
#include "import/import.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct host {
    struct arena *arena;
    struct diags diags;
    struct sources sources;
    struct policy *policy;
};

/* A host with RULES and, if not NULL, SETS (copied). */
static inline struct host host_of(const char *rules, const char *sets, bool six)
{
    struct host h = {.arena = arena_new(0)};
    h.diags.arena = h.arena;
    struct source *inputs[2];
    size_t n = 0;
    inputs[n] = source_add(h.arena, &h.sources, STR("rules"), arena_copy(h.arena, str_of(rules)));
    inputs[n++]->format = six ? STR("ip6tables") : STR("iptables");
    if (sets != NULL) {
        inputs[n] = source_add(h.arena, &h.sources, STR("sets"), arena_copy(h.arena, str_of(sets)));
        inputs[n++]->format = STR("ipset");
    }
    struct import im = {.arena = h.arena,
                        .diags = &h.diags,
                        .sources = &h.sources,
                        .sets = sets_new(h.arena),
                        .device = STR("fw")};
    h.policy = (six ? &format_ip6tables : &format_iptables)->import(&im, inputs, n);
    return h;
}

/* "tcp 192.0.2.1 1000 198.51.100.1 80", then pairs: a field's key and its number, or an interface
 * after in, out and via. */
static inline struct packet packet_of(struct host *h, const char *text)
{
    struct str rest = str_of(text), word, value;
    struct packet p = {.when = LITS_NONE};
    enum family family;
    uint64_t n;
    uint8_t proto;
    static const enum field addrs[] = {FIELD_SRC, FIELD_DST}, ports[] = {FIELD_SPORT, FIELD_DPORT};
    assert_true(str_word(&rest, &word) && proto_parse(word, &proto));
    p.f[FIELD_PROTO] = proto;
    for (size_t i = 0; i < 2; i++) {
        assert_true(str_word(&rest, &word) && addr_parse(word, &family, &p.f[addrs[i]]));
        p.f[FIELD_FAMILY] = family;
        assert_true(str_word(&rest, &word) && str_u64(word, 10, UINT16_MAX, &n));
        p.f[ports[i]] = n;
    }
    while (str_word(&rest, &word) && str_word(&rest, &value)) {
        if (str_eq(word, STR("in"))) {
            p.f[FIELD_IN] = ifaces_class(&h->policy->ifaces, value);
        } else if (str_eq(word, STR("out"))) {
            p.f[FIELD_OUT] = ifaces_class(&h->policy->ifaces, value);
        } else if (str_eq(word, STR("via"))) {
            p.f[FIELD_PHYSIN] = ifaces_class(&h->policy->ifaces, value);
        } else {
            int f = 0;
            while (f < FIELD_COUNT && !str_eq(word, str_of(field_keys[f])))
                f++;
            assert_true(f < FIELD_COUNT && str_u64(value, 0, UINT64_MAX, &n));
            p.f[f] = n;
        }
    }
    return p;
}

/* 'y' accepted, 'n' not, '?' open. */
static inline char verdict_of(struct host *h, enum path_kind path, const char *text)
{
    struct packet p = packet_of(h, text);
    struct trace t = trace_packet(h->policy, h->arena, path, &p, NULL);
    assert_int_not_equal(t.n, 0);
    for (size_t i = 1; i < t.n; i++)
        if (t.v[i].verdict != t.v[0].verdict)
            return '?';
    return t.v[0].verdict == VERDICT_PERMIT ? 'y' : 'n';
}

#endif
