#include "net/net.h"

#include <arpa/inet.h>
#include <string.h>

u128 addr_max(enum family family)
{
    return family == FAMILY_V4 ? UINT32_MAX : U128_MAX;
}

static u128 from_bytes(const uint8_t *bytes, size_t n)
{
    u128 v = 0;
    for (size_t i = 0; i < n; i++)
        v = v << 8 | bytes[i];
    return v;
}

/* The dotted quad at the front of *REST, as inet_pton() takes it: four decimal numbers up to 255,
 * without zeros in front. By hand, for exports are full of them. */
static bool cut_quad(struct str *rest, uint32_t *addr)
{
    const char *p = rest->p, *end = p + rest->n;
    uint32_t all = 0;
    for (int i = 0; i < 4; i++) {
        if (i != 0 && (p == end || *p++ != '.'))
            return false;
        unsigned digit = p == end ? 10 : (unsigned)*p - '0', octet = digit;
        if (digit > 9)
            return false;
        while (++p != end && (digit = (unsigned)*p - '0') <= 9 && octet != 0 && octet < 256)
            octet = octet * 10 + digit;
        if (octet > 255 || (p != end && digit <= 9))
            return false;
        all = all << 8 | octet;
    }
    *addr = all;
    *rest = (struct str){p, (size_t)(end - p)};
    return true;
}

bool addr_parse(struct str s, enum family *family, u128 *addr)
{
    char text[INET6_ADDRSTRLEN];
    uint8_t bytes[16];
    struct str rest = s;
    uint32_t quad;
    if (cut_quad(&rest, &quad) && rest.n == 0) {
        *family = FAMILY_V4;
        *addr = quad;
        return true;
    }
    if (s.n == 0 || s.n >= sizeof text || memchr(s.p, '\0', s.n) != NULL)
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    if (inet_pton(AF_INET6, text, bytes) == 1) {
        *family = FAMILY_V6;
        *addr = from_bytes(bytes, 16);
        return true;
    }
    return false;
}

static u128 mask_of(enum family family, unsigned len)
{
    unsigned bits = family == FAMILY_V4 ? 32 : 128;
    return len == 0 ? 0 : addr_max(family) - (len == bits ? 0 : (((u128)1 << (bits - len)) - 1));
}

static bool mask_parse(struct str s, enum family family, u128 *mask)
{
    uint64_t len;
    enum family its;
    if (str_u64(s, 10, family == FAMILY_V4 ? 32 : 128, &len)) {
        *mask = mask_of(family, (unsigned)len);
        return true;
    }
    if (!addr_parse(s, &its, mask) || its != family)
        return false;
    u128 host = addr_max(family) - *mask;
    return (host & (host + 1)) == 0; /* contiguous: the host part is 0…01…1 */
}

/* "a.b.c.d" and "a.b.c.d/len", which most are. */
static bool quad_range(struct str s, struct ival *range, bool *host_bits)
{
    uint32_t quad, host = 0;
    if (!cut_quad(&s, &quad))
        return false;
    if (s.n == 2 || s.n == 3) { /* one digit or two */
        unsigned last = (unsigned)(s.p[s.n - 1] - '0'), first = (unsigned)(s.p[1] - '0');
        unsigned len = s.n == 2 ? last : first * 10 + last;
        if (s.p[0] != '/' || first > 9 || last > 9 || len > 32)
            return false;
        host = len == 32 ? 0 : UINT32_MAX >> len;
    } else if (s.n != 0) {
        return false;
    }
    if (host_bits != NULL)
        *host_bits = (quad & host) != 0;
    *range = (struct ival){quad & ~host, quad | host};
    return true;
}

bool range_parse(struct str s, enum family *family, struct ival *range, bool *host_bits)
{
    if (host_bits != NULL)
        *host_bits = false;
    if (quad_range(s, range, host_bits)) {
        *family = FAMILY_V4;
        return true;
    }
    size_t cut = str_find(s, '/');
    if (cut != s.n) {
        u128 addr, mask;
        if (!addr_parse(str_sub(s, 0, cut), family, &addr) ||
            !mask_parse(str_from(s, cut + 1), *family, &mask))
            return false;
        if (host_bits != NULL)
            *host_bits = (addr & ~mask) != 0;
        range->lo = addr & mask;
        range->hi = range->lo | (addr_max(*family) & ~mask);
        return true;
    }
    cut = str_find(s, '-');
    if (cut != s.n) {
        enum family other;
        return addr_parse(str_trim(str_sub(s, 0, cut)), family, &range->lo) &&
               addr_parse(str_trim(str_from(s, cut + 1)), &other, &range->hi) && other == *family &&
               range->lo <= range->hi;
    }
    if (!addr_parse(s, family, &range->lo))
        return false;
    range->hi = range->lo;
    return true;
}

bool set_of_mask(struct sets *s, set_id *out, enum family family, u128 addr, u128 mask)
{
    u128 free = addr_max(family) & ~mask;
    u128 low = 0; /* the run of free bits at the bottom: one interval covers it */
    while ((free & (low + 1)) != 0)
        low = low << 1 | 1;
    free &= ~low;
    unsigned bits = 0;
    for (u128 v = free; v != 0; v &= v - 1)
        if (++bits > 16)
            return false;
    size_t n = (size_t)1 << bits;
    struct arena *scratch = arena_child(sets_arena(s));
    struct ival *v = NEW_N(scratch, struct ival, n);
    u128 choice = 0;
    for (size_t i = 0; i < n; i++, choice = (choice - free) & free) /* subsets of `free`, rising */
        v[i] = (struct ival){(addr & mask) | choice, (addr & mask) | choice | low};
    *out = set_of(s, v, n);
    arena_free(scratch);
    return true;
}

/* Writes ADDR to TEXT; how many bytes it takes, at most 15. */
static size_t spell_quad(uint32_t addr, char *text)
{
    size_t n = 0;
    for (int shift = 24; shift >= 0; shift -= 8) {
        unsigned octet = addr >> shift & 255;
        if (octet >= 100)
            text[n++] = (char)('0' + octet / 100);
        if (octet >= 10)
            text[n++] = (char)('0' + octet / 10 % 10);
        text[n++] = (char)('0' + octet % 10);
        if (shift != 0)
            text[n++] = '.';
    }
    return n;
}

struct str addr_format(struct arena *a, enum family family, u128 addr)
{
    uint8_t bytes[16];
    char text[INET6_ADDRSTRLEN] = "";
    if (family == FAMILY_V4)
        return arena_copy(a, (struct str){text, spell_quad((uint32_t)addr, text)});
    for (size_t i = sizeof bytes; i-- > 0; addr >>= 8)
        bytes[i] = (uint8_t)addr;
    inet_ntop(AF_INET6, bytes, text, sizeof text);
    return arena_copy(a, str_of(text));
}

struct str range_format(struct arena *a, enum family family, struct ival range)
{
    struct str lo = addr_format(a, family, range.lo);
    if (range.lo == range.hi)
        return lo;
    u128 host = range.hi - range.lo;
    if ((host & (host + 1)) == 0 && (range.lo & host) == 0) {
        unsigned len = family == FAMILY_V4 ? 32 : 128;
        for (; host != 0; host >>= 1)
            len--;
        return arena_strf(a, "%.*s/%u", STR_ARG(lo), len);
    }
    struct str hi = addr_format(a, family, range.hi);
    return arena_strf(a, "%.*s-%.*s", STR_ARG(lo), STR_ARG(hi));
}
