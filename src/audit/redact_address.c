/* Addresses in a finished text, and their pseudonyms. */
#include "audit/redact.h"

/* ---- finding ------------------------------------------------------------------------------------
 */

static bool is_hex(char c)
{
    return char_is_digit(c) || (char_lower(c) >= 'a' && char_lower(c) <= 'f');
}

static bool is_alnum(char c)
{
    return char_is_digit(c) || (char_lower(c) >= 'a' && char_lower(c) <= 'z');
}

static char at(struct str s, size_t i)
{
    return i < s.n ? s.p[i] : '\0';
}

/* Six pairs of hexadecimal digits with colons. */
static bool is_mac(struct str s, size_t i)
{
    for (size_t k = 0; k < 17; k++)
        if (k % 3 == 2 ? at(s, i + k) != ':' : !is_hex(at(s, i + k)))
            return false;
    return !is_alnum(at(s, i + 17)) && at(s, i + 17) != ':';
}

/* The address of N characters at I; what ends a sentence is no part of it. */
static struct found address_at(struct str s, size_t i, size_t n, enum family family)
{
    struct found f = {0};
    bool good = addr_parse(str_sub(s, i, n), &f.family, &f.addr);
    while (!good && n > 2 && !is_alnum(s.p[i + n - 1]))
        good = addr_parse(str_sub(s, i, --n), &f.family, &f.addr);
    if (!good || f.family != family)
        return (struct found){0};
    f.kind = FOUND_ADDRESS;
    f.n = n;
    return f;
}

static struct found find_v4(struct str s, size_t i)
{
    size_t n = 0, dots = 0;
    for (; n < 15 && (char_is_digit(at(s, i + n)) || (at(s, i + n) == '.' && dots < 3)); n++)
        dots += at(s, i + n) == '.';
    bool inside = i > 0 && (char_is_digit(s.p[i - 1]) ||
                            (s.p[i - 1] == '.' && i > 1 && char_is_digit(s.p[i - 2])));
    if (dots != 3 || inside || char_is_digit(at(s, i + n)))
        return (struct found){0};
    return address_at(s, i, n, FAMILY_V4);
}

static struct found find_v6(struct str s, size_t i)
{
    size_t n = 0, colons = 0;
    for (; n < 45 && (is_hex(at(s, i + n)) || at(s, i + n) == ':' || at(s, i + n) == '.'); n++)
        colons += at(s, i + n) == ':';
    bool inside = i > 0 && (is_alnum(s.p[i - 1]) || s.p[i - 1] == ':');
    if (colons < 2 || inside || is_alnum(at(s, i + n)))
        return (struct found){0};
    return address_at(s, i, n, FAMILY_V6);
}

/* The length of the prefix that the address F before I is written as: by /24, /255.255.255.0, or a
 * mask in the next word. All bits where it has bits beyond that. */
static unsigned prefix_of(struct str s, const struct found *f, size_t i)
{
    unsigned bits = f->family == FAMILY_V4 ? 32 : 128, len = bits;
    size_t n = 0;
    uint64_t number;
    if (at(s, i) != '/' && at(s, i) != ' ')
        return bits;
    while (n < 4 && char_is_digit(at(s, ++i)))
        n++;
    i -= n;
    struct found mask = find_v4(s, i);
    if (mask.kind != FOUND_NONE && mask.addr >> 24 == 255 && f->family == FAMILY_V4)
        for (u128 host = UINT32_MAX - mask.addr; host != 0; host >>= 1)
            len--;
    else if (s.p[i - 1] == '/' && str_u64(str_sub(s, i, n), 10, bits, &number))
        len = (unsigned)number;
    u128 hosts = len == 0 ? addr_max(f->family) : ((u128)1 << (bits - len)) - 1;
    return (f->addr & hosts) == 0 ? len : bits;
}

struct found redact_find(struct str s, size_t i)
{
    struct found f = {0};
    if (!is_hex(s.p[i]) && s.p[i] != ':')
        return f;
    if (is_mac(s, i) && (i == 0 || (!is_alnum(s.p[i - 1]) && s.p[i - 1] != ':')))
        return (struct found){.kind = FOUND_MAC, .n = 17};
    f = find_v6(s, i);
    if (f.kind == FOUND_NONE && char_is_digit(s.p[i]))
        f = find_v4(s, i);
    if (f.kind != FOUND_NONE)
        f.len = prefix_of(s, &f, i + f.n);
    return f;
}

/* ---- what stays ---------------------------------------------------------------------------------
 */

/* Ranges that stay what they are: as a whole, or as the range that they are. */
static const struct special {
    enum family family;
    unsigned len;
    uint32_t prefix; /* its LEN bits */
    bool whole;
} specials[] = {
    {FAMILY_V4, 8, 0, true},        /* 0.0.0.0/8, and what masks of hosts look like */
    {FAMILY_V4, 8, 127, true},      /* 127.0.0.0/8 */
    {FAMILY_V4, 16, 0xa9fe, true},  /* 169.254.0.0/16 */
    {FAMILY_V4, 3, 7, true},        /* 224.0.0.0/3: multicast, masks, broadcast */
    {FAMILY_V4, 8, 10, false},      /* 10.0.0.0/8 */
    {FAMILY_V4, 10, 0x191, false},  /* 100.64.0.0/10 */
    {FAMILY_V4, 12, 0xac1, false},  /* 172.16.0.0/12 */
    {FAMILY_V4, 16, 0xc0a8, false}, /* 192.168.0.0/16 */
    {FAMILY_V6, 127, 0, true},      /* :: and ::1 */
    {FAMILY_V6, 8, 0xff, true},     /* ff00::/8 */
    {FAMILY_V6, 10, 0x3fa, false},  /* fe80::/10 */
    {FAMILY_V6, 7, 0x7e, false},    /* fc00::/7 */
    {FAMILY_V6, 3, 1, false},       /* 2000::/3 */
};

static unsigned bits_of(enum family family)
{
    return family == FAMILY_V4 ? 32 : 128;
}

static u128 first_bits(enum family family, u128 addr, unsigned n)
{
    return n == 0 ? 0 : addr >> (bits_of(family) - n);
}

/* Whether bit I (from the top) of ADDR stays: it is what tells a special range from the rest. */
static bool bit_stays(enum family family, u128 addr, unsigned i)
{
    for (size_t k = 0; k < sizeof specials / sizeof *specials; k++) {
        const struct special *s = &specials[k];
        if (s->family != family)
            continue;
        if (s->whole && first_bits(family, addr, s->len) == s->prefix)
            return true;
        if (i < s->len && first_bits(family, addr, i) == (u128)s->prefix >> (s->len - i))
            return true;
    }
    return false;
}

/* Networks of examples are no published ones. */
static bool is_public(enum family family, struct ival range)
{
    static const char *const others[] = {"192.0.2.0/24",  "198.51.100.0/24", "203.0.113.0/24",
                                         "10.0.0.0/8",    "172.16.0.0/12",   "192.168.0.0/16",
                                         "100.64.0.0/10", "2001:db8::/32",   "fc00::/7"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        enum family its;
        struct ival other;
        if (range_parse(str_of(others[i]), &its, &other, NULL) && its == family &&
            range.lo <= other.hi && other.lo <= range.hi)
            return false;
    }
    return range.hi - range.lo <= addr_max(family) >> 8;
}

static struct ival range_of(const struct found *f)
{
    unsigned bits = bits_of(f->family);
    u128 host = f->len == 0 ? addr_max(f->family) : ((u128)1 << (bits - f->len)) - 1;
    return (struct ival){f->addr, f->addr | host};
}

struct published redact_published(struct arena *a)
{
    struct published all = {0};
    for (const struct embedded *e = embedded_files; e->path != NULL; e++) {
        struct str text = {(const char *)e->bytes, e->n};
        for (size_t i = 0; i < text.n; i++) {
            struct found f = redact_find(text, i);
            if (f.kind != FOUND_ADDRESS)
                continue;
            i += f.n;
            struct ival range = range_of(&f);
            if (!is_public(f.family, range))
                continue;
            *PUSH(a, all) = (struct published_prefix){f.family, range};
        }
    }
    return all;
}

static bool is_published(const struct published *p, enum family family, struct ival range)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->v[i].family == family && p->v[i].range.lo <= range.lo &&
            range.hi <= p->v[i].range.hi)
            return true;
    return false;
}

/* ---- pseudonyms ---------------------------------------------------------------------------------
 */

/* Each bit is turned or not by what stands above it: common prefixes stay common. */
static u128 address_for(const struct redact_key *key, const struct found *f)
{
    unsigned bits = bits_of(f->family);
    u128 result = f->addr;
    for (unsigned i = 0; i < f->len; i++) {
        if (bit_stays(f->family, f->addr, i))
            continue;
        uint8_t digest[32], text[18] = {(uint8_t)f->family, (uint8_t)i};
        u128 above = first_bits(f->family, f->addr, i);
        for (int k = 0; k < 16; k++)
            text[2 + k] = (uint8_t)(above >> 8 * k);
        redact_digest(key, 'a', text, sizeof text, digest);
        result ^= (u128)(digest[0] & 1) << (bits - 1 - i);
    }
    return result;
}

static struct str pseudonym(struct arena *a, const struct redact_key *key,
                            const struct published *keep, struct map *known, struct str text,
                            const struct found *f)
{
    struct str name = arena_strf(a, "%.*s/%u", STR_ARG(text), f->len);
    struct str *told = map_get(known, name);
    if (told != NULL)
        return *told;
    told = NEW(a, struct str);
    uint8_t digest[32];
    if (f->kind == FOUND_MAC) {
        redact_digest(key, 'm', text.p, text.n, digest);
        *told = arena_strf(a, "02:%02x:%02x:%02x:%02x:%02x", digest[0], digest[1], digest[2],
                           digest[3], digest[4]);
    } else if (is_published(keep, f->family, range_of(f))) {
        *told = arena_copy(a, text);
    } else {
        *told = addr_format(a, f->family, address_for(key, f));
    }
    map_put(known, name, told);
    return *told;
}

void redact_addresses(struct out *o, const struct redact_key *key, const struct published *keep,
                      struct map *known, struct str text)
{
    size_t from = 0;
    for (size_t i = 0; i < text.n;) {
        struct found f = redact_find(text, i);
        if (f.kind == FOUND_NONE) {
            i++;
            continue;
        }
        out_str(o, str_sub(text, from, i - from));
        out_str(o, pseudonym(o->arena, key, keep, known, str_sub(text, i, f.n), &f));
        from = i += f.n;
    }
    out_str(o, str_from(text, from));
}
