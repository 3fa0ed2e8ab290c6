/* iptables: numbers, words and text as iptables-save writes them. */
#include "import/ipt_grammar.h"

#include <inttypes.h>

static bool needs_no_quotes(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = char_lower(s.p[i]);
        if (!(c >= 'a' && c <= 'z') && !char_is_digit(c) && c != '_' && c != '-')
            return false;
    }
    return s.n != 0;
}

struct str ipt_quoted(struct arena *a, struct str s, bool always)
{
    if (!always && needs_no_quotes(s))
        return s;
    struct out o = {.arena = a};
    out_char(&o, '"');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"' || s.p[i] == '\\' || (s.p[i] == '\'' && !always))
            out_char(&o, '\\');
        out_char(&o, s.p[i]);
    }
    out_char(&o, '"');
    return out_taken(&o);
}

struct str ipt_plain(struct arena *a, struct str s)
{
    bool one = s.n != 0;
    for (size_t i = 0; i < s.n; i++)
        one = one && !char_is_blank(s.p[i]) && !char_is_of(s.p[i], "\"\\'");
    return one ? s : ipt_quoted(a, s, true);
}

static bool number(const struct ipt_value *g, struct str v, uint64_t *n)
{
    return str_u64(v, 0, g->term->max, n) && *n >= g->term->min;
}

struct str ipt_v_number(const struct ipt_value *g, struct str v)
{
    uint64_t n;
    return number(g, v, &n) ? arena_strf(g->arena, "%" PRIu64, n) : IPT_NO_VALUE;
}

struct str ipt_v_hex(const struct ipt_value *g, struct str v)
{
    uint64_t n;
    return number(g, v, &n) ? arena_strf(g->arena, "0x%" PRIx64, n) : IPT_NO_VALUE;
}

struct str ipt_v_hex2(const struct ipt_value *g, struct str v)
{
    uint64_t n;
    return number(g, v, &n) ? arena_strf(g->arena, "0x%02" PRIx64, n) : IPT_NO_VALUE;
}

struct str ipt_v_hex8(const struct ipt_value *g, struct str v)
{
    uint64_t n;
    return number(g, v, &n) ? arena_strf(g->arena, "0x%08" PRIx64, n) : IPT_NO_VALUE;
}

static struct str spell_range(const struct ipt_value *g, uint64_t lo, uint64_t hi)
{
    if (lo > hi)
        return IPT_NO_VALUE;
    if (lo == hi)
        return arena_strf(g->arena, "%" PRIu64, lo);
    return arena_strf(g->arena, "%" PRIu64 ":%" PRIu64, lo, hi);
}

/* "5", "5:9", "5:", ":9", ":" */
struct str ipt_v_range(const struct ipt_value *g, struct str v)
{
    uint64_t lo = g->term->min, hi = g->term->max;
    size_t colon = str_find(v, ':');
    struct str first = str_sub(v, 0, colon), last = str_from(v, colon == v.n ? v.n : colon + 1);
    if ((first.n != 0 || colon == v.n) && !number(g, first, &lo))
        return IPT_NO_VALUE;
    if (colon == v.n)
        hi = lo;
    else if (last.n != 0 && !number(g, last, &hi))
        return IPT_NO_VALUE;
    return spell_range(g, lo, hi);
}

struct str ipt_v_port(const struct ipt_value *g, struct str v)
{
    uint16_t port;
    return port_parse(v, &port) ? arena_strf(g->arena, "%u", (unsigned)port) : IPT_NO_VALUE;
}

struct str ipt_v_ports(const struct ipt_value *g, struct str v)
{
    uint16_t lo = 0, hi = UINT16_MAX;
    size_t colon = str_find(v, ':');
    struct str first = str_sub(v, 0, colon), last = str_from(v, colon == v.n ? v.n : colon + 1);
    if ((first.n != 0 || colon == v.n) && !port_parse(first, &lo))
        return IPT_NO_VALUE;
    if (colon == v.n)
        hi = lo;
    else if (last.n != 0 && !port_parse(last, &hi))
        return IPT_NO_VALUE;
    return spell_range(g, lo, hi);
}

/* "value" or "value/mask"; a whole mask is not written */
struct str ipt_v_masked(const struct ipt_value *g, struct str v)
{
    uint64_t value, mask;
    if (!ipt_masked_number(v, &value, &mask))
        return IPT_NO_VALUE;
    if (mask == UINT32_MAX)
        return arena_strf(g->arena, "0x%" PRIx64, value);
    return arena_strf(g->arena, "0x%" PRIx64 "/0x%" PRIx64, value, mask);
}

struct str ipt_v_xmark(const struct ipt_value *g, struct str v)
{
    uint64_t value, mask;
    if (!ipt_masked_number(v, &value, &mask))
        return IPT_NO_VALUE;
    if (str_eq(str_of(g->term->name), STR("--set-mark")))
        mask |= value;
    return arena_strf(g->arena, "0x%" PRIx64 "/0x%" PRIx64, value, mask);
}

/* "a|b=c": the canonical word for V. */
static bool find_word(const char *words, struct str v, struct str *word, size_t *place)
{
    struct str rest = str_of(words), one;
    for (*place = 0; str_cut(&rest, '|', &one); (*place)++) {
        size_t equals = str_find(one, '=');
        *word = equals == one.n ? one : str_from(one, equals + 1);
        if (str_eq_nocase(v, str_sub(one, 0, equals)))
            return true;
    }
    return false;
}

struct str ipt_v_word(const struct ipt_value *g, struct str v)
{
    struct str word;
    size_t place;
    return find_word(g->term->words, v, &word, &place) ? word : IPT_NO_VALUE;
}

/* A list of words, in the order of the table. */
struct str ipt_v_words(const struct ipt_value *g, struct str v)
{
    struct str all[64], one, word;
    bool given[64] = {false};
    size_t place;
    if (v.n == 0)
        return IPT_NO_VALUE;
    while (str_cut(&v, ',', &one)) {
        if (!find_word(g->term->words, one, &word, &place) || place >= 64)
            return IPT_NO_VALUE;
        all[place] = word;
        given[place] = true;
    }
    struct out o = {.arena = g->arena};
    for (size_t i = 0; i < 64; i++)
        if (given[i])
            out_fmt(&o, "%s%.*s", o.n == 0 ? "" : ",", STR_ARG(all[i]));
    return out_taken(&o);
}

/* At most MAX bytes. */
struct str ipt_v_text(const struct ipt_value *g, struct str v)
{
    if (g->term->max != 0 && v.n > g->term->max)
        return IPT_NO_VALUE;
    return ipt_quoted(g->arena, v, (g->term->flags & TERM_QUOTED) != 0);
}

/* The same, never empty. */
struct str ipt_v_plain(const struct ipt_value *g, struct str v)
{
    if (v.n == 0 || (g->term->max != 0 && v.n > g->term->max))
        return IPT_NO_VALUE;
    return (g->term->flags & TERM_QUOTED) != 0 ? ipt_quoted(g->arena, v, true)
                                               : ipt_plain(g->arena, v);
}

/* Text of MIN bytes at least, cut after MAX. */
struct str ipt_v_given(const struct ipt_value *g, struct str v)
{
    if (v.n < g->term->min)
        return IPT_NO_VALUE;
    return ipt_quoted(g->arena, str_sub(v, 0, g->term->max), false);
}
