/* Values in a cell: how they are cut, addresses, and names that carry their value. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "import/csv_int.h"

#include <pcre2.h>
#include <string.h>

bool csv_number(struct str s, uint64_t max, uint64_t *out)
{
    if (str_ends(s, STR(".0")))
        s.n -= 2;
    return str_u64(s, 10, max, out);
}

static bool is_quote(char c)
{
    return c == '\'' || c == '"';
}

/* Lists as programs print them: ['a', 'b'], {a, b}. */
static struct str without_list(struct str v)
{
    if (v.n > 1 && (v.p[0] == '{' || (v.p[0] == '[' && is_quote(v.p[1]))))
        v = str_trim(str_from(v, 1));
    if (v.n > 1 && (v.p[v.n - 1] == '}' || (v.p[v.n - 1] == ']' && is_quote(v.p[v.n - 2]))))
        v = str_trim(str_sub(v, 0, v.n - 1));
    bool quoted = v.n > 1 && is_quote(v.p[0]) && v.p[v.n - 1] == v.p[0];
    return quoted ? str_trim(str_sub(v, 1, v.n - 2)) : v;
}

bool csv_next_value(const struct csv_preset *p, struct str *rest, struct str *value)
{
    do {
        size_t i = 0;
        while (i < rest->n && p->separates[(unsigned char)rest->p[i]])
            i++;
        size_t end = i;
        while (end < rest->n && !p->separates[(unsigned char)rest->p[end]])
            end++;
        *value = without_list(str_trim(str_sub(*rest, i, end - i)));
        *rest = str_from(*rest, end);
    } while (value->n == 0 && rest->n != 0);
    return value->n != 0;
}

bool csv_is_domain(struct str s)
{
    size_t label = 0, labels = 0;
    bool letter = false;
    if (str_starts(s, STR("*.")))
        s = str_from(s, 2);
    if (str_ends(s, STR(".")))
        s.n--;
    for (size_t i = 0; i < s.n; i++) {
        char c = char_lower(s.p[i]);
        if (c == '.') {
            if (label == 0)
                return false;
            label = 0;
            labels++;
            letter = false;
        } else if ((c >= 'a' && c <= 'z') || char_is_digit(c) || c == '-') {
            label++;
            letter = letter || (c >= 'a' && c <= 'z');
        } else {
            return false;
        }
    }
    return labels != 0 && label >= 2 && letter;
}

void csv_assume_once(struct csv *x, struct str key, const char *fmt, ...)
{
    if (map_get(x->told, key) != NULL)
        return;
    map_put(x->told, csv_keep(x->im->arena, x->source, key), x);
    if (x->n_told++ >= CSV_TOLD_MAX)
        return;
    va_list ap;
    va_start(ap, fmt);
    struct str text = arena_vstrf(x->values, fmt, ap);
    va_end(ap);
    policy_assume(x->policy, "%.*s", STR_ARG(text));
}

/* ---- conventions ---------------------------------------------------------------------------- */

static struct str fill_in(struct arena *a, struct str value, struct str name,
                          const PCRE2_SIZE *groups, int n)
{
    struct out o = {.arena = a};
    for (size_t i = 0; i < value.n; i++) {
        int group = i + 1 < value.n && value.p[i] == '$' ? value.p[i + 1] - '0' : -1;
        if (group < 0 || group >= n) {
            out_char(&o, value.p[i]);
            continue;
        }
        const size_t *ends = groups + (size_t)2 * (size_t)group;
        out_bytes(&o, name.p + ends[0], ends[1] - ends[0]);
        i++;
    }
    return out_taken(&o);
}

static void free_limits(void *p)
{
    pcre2_match_context_free(p);
}

static void free_match(void *p)
{
    pcre2_match_data_free(p);
}

#define GROUPS_MAX 10 /* $0 to $9 */

/* Made once: names are many. */
static void make_matcher(struct csv *x)
{
    pcre2_match_context *limits = pcre2_match_context_create(NULL);
    if (limits == NULL)
        arena_fail(x->im->arena);
    arena_defer(x->im->arena, free_limits, limits);
    pcre2_set_match_limit(limits, 10000);
    pcre2_set_depth_limit(limits, 1000);
    x->limits = limits;
    x->match = pcre2_match_data_create(GROUPS_MAX, NULL);
    if (x->match == NULL)
        arena_fail(x->im->arena);
    arena_defer(x->im->arena, free_match, x->match);
}

struct str csv_by_convention(struct csv *x, const struct csv_convention *v, size_t n,
                             struct str value)
{
    struct str found = {"", 0};
    if (x->match == NULL)
        make_matcher(x);
    for (size_t i = 0; i < n && found.n == 0 && value.n <= 256; i++) {
        int groups = v[i].pattern == NULL ? 0
                                          : pcre2_match(v[i].pattern, (PCRE2_SPTR)value.p, value.n,
                                                        0, 0, x->match, x->limits);
        if (groups > 0)
            found =
                fill_in(x->values, v[i].value, value, pcre2_get_ovector_pointer(x->match), groups);
    }
    return found;
}

/* ---- unions --------------------------------------------------------------------------------- */

static void add_ivals(struct csv *x, struct csv_union *to, set_id set)
{
    size_t n;
    const struct ival *v = set_ivals(x->im->sets, set, &n);
    for (size_t i = 0; i < n; i++) {
        to->v = array_room(x->values, to->v, to->n, &to->cap, sizeof *to->v);
        to->v[to->n++] = v[i];
    }
}

void csv_unite(struct csv *x, struct csv_union *to, set_id set)
{
    if (set == SET_EMPTY || set == to->one)
        return;
    if (to->one == SET_EMPTY && to->n == 0) {
        to->one = set;
        return;
    }
    if (to->one != SET_EMPTY)
        add_ivals(x, to, to->one);
    to->one = SET_EMPTY;
    add_ivals(x, to, set);
}

set_id csv_united(struct csv *x, struct csv_union *u)
{
    return u->n == 0 ? u->one : set_of(x->im->sets, u->v, u->n);
}

/* ---- addresses ------------------------------------------------------------------------------ */

struct places {
    struct csv_union v[2];
    struct strs names;
};

/* "a - b" as "a-b". */
static struct str without_blanks(struct arena *a, struct str s)
{
    size_t dash = str_find(s, '-');
    if (dash == s.n || str_find(s, ' ') == s.n)
        return s;
    return arena_strf(a, "%.*s-%.*s", STR_ARG(str_trim(str_sub(s, 0, dash))),
                      STR_ARG(str_trim(str_from(s, dash + 1))));
}

/* "10.1.*.*" as a prefix. */
static void starred(struct arena *a, struct str s, struct str *out)
{
    if (str_find(s, '*') == s.n || !char_is_digit(s.p[0]))
        return;
    size_t star = str_search(s, STR(".*"));
    if (star == s.n)
        return;
    struct str tail = str_from(s, star);
    size_t octets = 0;
    for (; str_starts(tail, STR(".*")); tail = str_from(tail, 2))
        octets++;
    if (tail.n != 0 || octets > 3)
        return;
    static const char *const zeros[] = {"", ".0", ".0.0", ".0.0.0"};
    *out = arena_strf(a, "%.*s%s/%d", STR_ARG(str_sub(s, 0, star)), zeros[octets],
                      32 - 8 * (int)octets);
}

/* 255.255.0.0 and 0.0.255.255 look like masks; 10.1.2.4 behind a blank is another address. */
static bool looks_like_mask(u128 m)
{
    u128 clear = ~m & UINT32_MAX;
    return m >> 24 == 0 || m >> 24 == 255 || (clear & (clear + 1)) == 0 || (m & (m + 1)) == 0;
}

/* "A M" and "A/M" where M is a mask of any form. One that begins with 0 is a wildcard mask, but
 * for 0.0.0.0 0.0.0.0; and so is 255.255.255.255 behind 0.0.0.0. */
static bool masked(struct csv *x, struct str s, struct places *out)
{
    size_t cut = str_find(s, '/');
    if (cut == s.n)
        cut = str_find(s, ' ');
    enum family family, mask_family;
    u128 addr, mask;
    set_id set;
    if (cut == s.n || !addr_parse(str_trim(str_sub(s, 0, cut)), &family, &addr) ||
        !addr_parse(str_trim(str_from(s, cut + 1)), &mask_family, &mask) || family != mask_family ||
        (s.p[cut] == ' ' && (family == FAMILY_V6 || !looks_like_mask(mask))))
        return false;
    bool wildcard = mask >> (family == FAMILY_V4 ? 31 : 127) == 0;
    if (wildcard ? mask != 0 || addr != 0 : mask == addr_max(family) && addr == 0)
        mask = addr_max(family) & ~mask;
    if (!set_of_mask(x->im->sets, &set, family, addr & mask, mask))
        return false;
    csv_unite(x, &out->v[family], set);
    return true;
}

/* "10.0.0.1-9". Where the number could be the length of a prefix ("10.0.0.0-24"), who knows. */
static bool short_range(struct csv *x, struct str s, struct places *out)
{
    size_t dash = str_find(s, '-');
    enum family family;
    u128 first;
    uint64_t last;
    if (dash == s.n || !addr_parse(str_sub(s, 0, dash), &family, &first) || family != FAMILY_V4 ||
        !str_u64(str_from(s, dash + 1), 10, 255, &last) || last < (first & 255) ||
        (last <= 32 && (first & ((uint64_t)UINT32_MAX >> last)) == 0)) /* or a prefix? */
        return false;
    csv_unite(x, &out->v[family], set_range(x->im->sets, first, (first & ~(u128)255) | last));
    csv_assume_once(x, s, "%.*s is read as a range of the last octet", STR_ARG(s));
    return true;
}

#define NO_OCTET 256U

/* Cuts a number of up to three digits off S; NO_OCTET or more if there is none, or one that could
 * be octal. */
static inline unsigned plain_octet(struct str *s)
{
    unsigned n = s->n == 0 ? NO_OCTET : (unsigned)(s->p[0] - '0'), digit;
    size_t i = 1;
    if (n > 9)
        return NO_OCTET;
    for (; i < s->n && i < 3 && n != 0 && (digit = (unsigned)(s->p[i] - '0')) < 10; i++)
        n = n * 10 + digit;
    *s = (struct str){s->p + i, s->n - i};
    return n;
}

static inline bool plain_sign(struct str *s, char sign)
{
    bool is = s->n != 0 && s->p[0] == sign;
    *s = (struct str){s->p + is, s->n - is};
    return is;
}

/* "10.0.0.1" and "10.0.0.0/8": what most addresses look like, and what range_parse() says of them.
 * False for others. */
static bool plain_range(struct str s, struct ival *range)
{
    unsigned addr = 0, length = 32;
    for (int k = 0; k < 4; k++) {
        if (k != 0 && !plain_sign(&s, '.'))
            return false;
        unsigned octet = plain_octet(&s);
        if (octet >= NO_OCTET)
            return false;
        addr = addr << 8 | octet;
    }
    if (plain_sign(&s, '/'))
        length = plain_octet(&s);
    unsigned host = length >= 32 ? 0 : UINT32_MAX >> length;
    *range = (struct ival){addr, addr | host};
    return s.n == 0 && length <= 32 && (addr & host) == 0;
}

static bool add_address(struct csv *x, struct str value, struct places *out)
{
    enum family family;
    struct ival range;
    if (!x->im->in_full && plain_range(value, &range)) {
        csv_unite(x, &out->v[FAMILY_V4], set_range(x->im->sets, range.lo, range.hi));
        return true;
    }
    if (masked(x, value, out))
        return true;
    struct str plain = without_blanks(x->values, value);
    starred(x->values, plain, &plain);
    if (plain.n > 2 && plain.p[0] == '[' && plain.p[plain.n - 1] == ']')
        plain = str_sub(plain, 1, plain.n - 2);
    bool host_bits = false;
    if (!range_parse(plain, &family, &range, &host_bits))
        return short_range(x, plain, out);
    if (host_bits)
        csv_assume_once(x, value, "%.*s is read as the network that it is in", STR_ARG(value));
    csv_unite(x, &out->v[family], set_range(x->im->sets, range.lo, range.hi));
    return true;
}

static void add_place(struct csv *x, struct places *to, const struct csv_place *from)
{
    for (int f = FAMILY_V4; f <= FAMILY_V6; f++)
        csv_unite(x, &to->v[f], from->v[f]);
    for (size_t i = 0; i < from->names.n; i++)
        *PUSH(x->values, to->names) = from->names.v[i];
}

/* A name that the product gives to addresses. */
static bool product_name(struct csv *x, struct str value, struct places *out)
{
    const struct csv_preset *p = x->preset;
    for (size_t i = 0; i < p->addresses.n; i++) {
        if (!str_eq_nocase(value, p->addresses.v[i].name))
            continue;
        struct out said = {.arena = x->values};
        for (size_t k = 0; k < p->addresses.v[i].v.n; k++) {
            struct str one = p->addresses.v[i].v.v[k];
            add_address(x, one, out);
            out_fmt(&said, "%s%.*s", k == 0 ? "" : ", ", STR_ARG(one));
        }
        csv_assume_once(x, value, "%.*s is read as %.*s", STR_ARG(value),
                        STR_ARG(out_taken(&said)));
        return true;
    }
    return false;
}

/* A name that the product or a convention says the value of. */
static bool carried(struct csv *x, struct str value, struct places *out)
{
    const struct csv_preset *p = x->preset;
    if (product_name(x, value, out))
        return true;
    struct str found = csv_by_convention(x, p->address_names.v, p->address_names.n, value);
    if (found.n == 0 || !add_address(x, found, out))
        return false;
    csv_assume_once(x, value, "the name %.*s is read as the address %.*s", STR_ARG(value),
                    STR_ARG(found));
    return true;
}

static bool named_value(struct csv *x, struct str value, struct places *out)
{
    struct csv_named *m = csv_recall_name(x, value);
    if (m == NULL)
        return carried(x, value, out);
    if (m->name.n == 0) {
        struct places one = {0};
        *m = (struct csv_named){value, carried(x, value, &one), {SET_EMPTY, SET_EMPTY}};
        for (int f = FAMILY_V4; f <= FAMILY_V6; f++)
            m->v[f] = csv_united(x, &one.v[f]);
    }
    for (int f = FAMILY_V4; f <= FAMILY_V6 && m->carries; f++)
        csv_unite(x, &out->v[f], m->v[f]);
    return m->carries;
}

/* One value: a word, an address, an object, or a name that carries its value. */
static bool known_value(struct csv *x, struct str value, struct places *out, struct span at,
                        int depth)
{
    const struct csv_preset *p = x->preset;
    const struct csv_place *object = csv_address_object(x, value, at, depth);
    if (object != NULL) {
        add_place(x, out, object);
        return true;
    }
    if (csv_is(p, WORD_ANY, value) || csv_is(p, WORD_V4, value) || csv_is(p, WORD_V6, value)) {
        for (int f = FAMILY_V4; f <= FAMILY_V6; f++)
            if (!csv_is(p, f == FAMILY_V4 ? WORD_V6 : WORD_V4, value))
                csv_unite(x, &out->v[f], x->all[f]);
        return true;
    }
    return add_address(x, value, out) || named_value(x, value, out);
}

/* Values parted by blanks, when each of them is known; else the cell is one name. */
static bool blank_values(struct csv *x, struct str value, struct places *out, struct span at,
                         int depth)
{
    struct places all = *out;
    struct str rest = value, word;
    while (str_word(&rest, &word))
        if (!known_value(x, word, &all, at, depth)) {
            if (!csv_is_domain(word))
                return false;
            *PUSH(x->values, all.names) = csv_keep(x->im->arena, x->source, word);
        }
    *out = all;
    return true;
}

static struct csv_place anywhere(const struct csv *x)
{
    return (struct csv_place){{x->all[FAMILY_V4], x->all[FAMILY_V6]}, {0}, false};
}

void csv_names_once(struct csv *x, struct strs *names)
{
    if (names->n < 2)
        return;
    struct map *seen = map_new(x->values);
    size_t n = 0;
    for (size_t i = 0; i < names->n; i++)
        if (map_get(seen, names->v[i]) == NULL) {
            map_put(seen, names->v[i], names);
            names->v[n++] = names->v[i];
        }
    names->n = n;
}

bool csv_plain_address(const struct csv *x, struct str cell, struct ival *out)
{
    static const uint32_t words = CSV_BIT(WORD_ANY) | CSV_BIT(WORD_BLANK) | CSV_BIT(WORD_NOT) |
                                  CSV_BIT(WORD_V4) | CSV_BIT(WORD_V6);
    return !x->im->in_full && x->preset->plain && plain_range(cell, out) &&
           !csv_may_begin(x->preset, words, cell.p[0]) && map_get(x->addresses, cell) == NULL;
}

struct csv_place csv_addresses(struct csv *x, struct str cell, struct span at, int depth)
{
    struct places got = {0};
    struct str rest = cell, value;
    size_t values = 0, negated = 0;
    if (csv_is(x->preset, WORD_ANY, cell))
        return anywhere(x);
    while (csv_next_value(x->preset, &rest, &value)) {
        negated += csv_begins(x->preset, WORD_NOT, &value);
        values++;
        if (!known_value(x, value, &got, at, depth) && !blank_values(x, value, &got, at, depth))
            *PUSH(x->values, got.names) = csv_keep(x->im->arena, x->source, value);
    }
    csv_names_once(x, &got.names);
    struct csv_place out = {{SET_EMPTY, SET_EMPTY}, got.names, negated != 0};
    if (negated != 0 && negated != values) { /* all of it, or some of it: who knows */
        out = (struct csv_place){{SET_EMPTY, SET_EMPTY}, {0}, false};
        *PUSH(x->values, out.names) = csv_keep(x->im->arena, x->source, cell);
        return out;
    }
    for (int f = FAMILY_V4; f <= FAMILY_V6; f++)
        out.v[f] = csv_united(x, &got.v[f]);
    return out;
}
