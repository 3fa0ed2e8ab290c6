#include "base/base.h"

#include <string.h>

static bool same_nocase(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (char_lower(a[i]) != char_lower(b[i]))
            return false;
    return true;
}

bool str_eq_nocase(struct str a, struct str b)
{
    return a.n == b.n && same_nocase(a.p, b.p, a.n);
}

int str_cmp(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n == 0 ? 0 : memcmp(a.p, b.p, n);
    return c != 0 ? c : (a.n > b.n) - (a.n < b.n);
}

bool str_starts(struct str s, struct str prefix)
{
    return s.n >= prefix.n && str_eq(str_sub(s, 0, prefix.n), prefix);
}

bool str_ends(struct str s, struct str suffix)
{
    return s.n >= suffix.n && str_eq(str_from(s, s.n - suffix.n), suffix);
}

static bool is_space(char c)
{
    return char_is_blank(c) || c == '\r' || c == '\n';
}

struct str str_trim(struct str s)
{
    while (s.n != 0 && is_space(s.p[s.n - 1]))
        s.n--;
    while (s.n != 0 && is_space(s.p[0]))
        s.p++, s.n--;
    return s;
}

size_t str_search(struct str s, struct str needle)
{
    for (size_t i = 0; needle.n != 0 && i + needle.n <= s.n; i++) {
        i += str_find(str_from(s, i), needle.p[0]);
        if (i + needle.n <= s.n && memcmp(s.p + i, needle.p, needle.n) == 0)
            return i;
    }
    return needle.n == 0 ? 0 : s.n;
}

size_t str_search_nocase(struct str s, struct str needle)
{
    for (size_t i = 0; i + needle.n <= s.n; i++)
        if (same_nocase(s.p + i, needle.p, needle.n))
            return i;
    return s.n;
}

bool str_cut(struct str *rest, char sep, struct str *head)
{
    if (rest->n == 0)
        return false;
    size_t at = str_find(*rest, sep);
    *head = str_sub(*rest, 0, at);
    *rest = str_from(*rest, at + 1);
    return true;
}

bool str_word(struct str *rest, struct str *word)
{
    size_t i = 0;
    while (i < rest->n && is_space(rest->p[i]))
        i++;
    size_t end = i;
    while (end < rest->n && !is_space(rest->p[end]))
        end++;
    *word = str_sub(*rest, i, end - i);
    *rest = str_from(*rest, end);
    return word->n != 0;
}

static unsigned digit(char c)
{
    if (char_is_digit(c))
        return (unsigned)(c - '0');
    c = char_lower(c);
    return c >= 'a' && c <= 'z' ? (unsigned)(c - 'a') + 10 : 99;
}

bool str_u64(struct str s, int base, uint64_t max, uint64_t *out)
{
    if (base == 0) {
        base = 10;
        if (s.n > 2 && s.p[0] == '0' && char_lower(s.p[1]) == 'x') {
            base = 16;
            s = str_from(s, 2);
        } else if (s.n > 1 && s.p[0] == '0') {
            base = 8;
        }
    }
    if (s.n == 0)
        return false;
    uint64_t v = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned d = base == 10 ? (unsigned)(s.p[i] - '0') : digit(s.p[i]);
        if (d >= (unsigned)base || __builtin_mul_overflow(v, (uint64_t)base, &v) ||
            __builtin_add_overflow(v, (uint64_t)d, &v))
            return false;
    }
    if (v > max)
        return false;
    *out = v;
    return true;
}

/* FNV-1a by words of eight bytes, then the finalizer of MurmurHash3 (A. Appleby, public domain):
 * each bit of the result depends on all of the slice. */
uint64_t str_hash(struct str s)
{
    uint64_t h = 14695981039346656037u ^ s.n, word;
    size_t i = 0;
    for (; s.n - i >= sizeof word; i += sizeof word) {
        memcpy(&word, s.p + i, sizeof word);
        h = (h ^ word) * 1099511628211u;
        h ^= h >> 32;
    }
    word = 0;
    for (; i < s.n; i++)
        word = word << 8 | (unsigned char)s.p[i];
    h ^= word;
    h = (h ^ h >> 33) * 0xff51afd7ed558ccdu;
    h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53u;
    return h ^ h >> 33;
}

#define DISTANCE_MAX 64

size_t str_distance(struct str a, struct str b, size_t limit)
{
    if (a.n > DISTANCE_MAX || b.n > DISTANCE_MAX)
        return limit + 1;
    size_t row[DISTANCE_MAX + 1];
    for (size_t j = 0; j <= b.n; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.n; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.n; j++) {
            size_t best = diagonal + (char_lower(a.p[i - 1]) != char_lower(b.p[j - 1]));
            diagonal = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[b.n] <= limit ? row[b.n] : limit + 1;
}

/* ---- map: chains of entries, which never move: what it grows by is all that it takes -------- */

struct entry {
    struct entry *next; /* of the same head */
    void *value;
    const char *name;
    uint32_t n, hash; /* of the name: most that differ need no look at it */
};

struct map {
    struct arena *arena;
    struct entry **heads;
    size_t n, cap; /* cap is a power of two */
};

struct map *map_new(struct arena *a)
{
    struct map *m = NEW(a, struct map);
    m->arena = a;
    return m;
}

static struct entry *find(const struct map *m, struct str name, uint32_t hash)
{
    struct entry *e = m->cap == 0 ? NULL : m->heads[hash & (m->cap - 1)];
    while (e != NULL && (e->hash != hash || !str_eq((struct str){e->name, e->n}, name)))
        e = e->next;
    return e;
}

void *map_get(const struct map *m, struct str name)
{
    const struct entry *e = m->n == 0 ? NULL : find(m, name, (uint32_t)str_hash(name));
    return e == NULL ? NULL : e->value;
}

static void link_entry(struct map *m, struct entry *e)
{
    struct entry **head = &m->heads[e->hash & (m->cap - 1)];
    e->next = *head;
    *head = e;
}

/* Entries stay at their head, or go to the one so far behind it that the heads were. */
static void grow(struct map *m)
{
    const size_t was = m->cap;
    const size_t want = was == 0 ? 16 : was * 2;
    m->heads = array_grow(m->arena, m->heads, was, want, sizeof *m->heads);
    m->cap = want;
    for (size_t i = 0; i < was; i++) {
        struct entry *e = m->heads[i];
        m->heads[i] = NULL;
        for (struct entry *next; e != NULL; e = next) {
            next = e->next;
            link_entry(m, e);
        }
    }
}

void **map_place(struct map *m, struct str name)
{
    const uint32_t hash = (uint32_t)str_hash(name);
    struct entry *e = find(m, name, hash);
    if (e == NULL) {
        if (m->n == m->cap)
            grow(m);
        e = NEW(m->arena, struct entry);
        *e = (struct entry){.name = name.p, .n = (uint32_t)name.n, .hash = hash};
        link_entry(m, e);
        m->n++;
    }
    return &e->value;
}

void map_put(struct map *m, struct str name, void *value)
{
    *map_place(m, name) = value;
}
