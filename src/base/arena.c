#define _DEFAULT_SOURCE /* MAP_ANONYMOUS, MADV_HUGEPAGE */
#include "base/base.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define CHUNK_MIN ((size_t)64 * 1024) /* with its head */
#define CHUNK_MAX ((size_t)4 * 1024 * 1024)
#define LARGE ((size_t)256 * 1024) /* arrays of so many bytes stand alone */
/* Chunks of so many bytes are asked of the system, in the large pages of most processors: an import
 * of many rules would spend a third of its time on getting small ones. */
#define MAPPED CHUNK_MAX

/* AddressSanitizer sees only chunks: what is free in them is poisoned for it, and blocks stand
 * apart, so that it finds reading and writing behind a block. */
#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISONS
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISONS
#endif
#endif
#ifdef ARENA_POISONS
#include <sanitizer/asan_interface.h>
#define GAP ((size_t)16)
#else
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)0)
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)0)
#define GAP ((size_t)0)
#endif

struct chunk {
    struct chunk *next;
    size_t size, used;
    alignas(max_align_t) char bytes[]; /* mapped ones: zero from `used` on */
};

/* An array that is long for chunks: it moves when it grows, and leaves nothing behind. */
struct large {
    struct large *next, **self; /* self: what points here */
    alignas(max_align_t) char bytes[];
};

struct deferred {
    struct deferred *next;
    void (*fn)(void *);
    void *p;
};

struct arena {
    struct arena *parent, *children, *next, **self; /* self: what points here */
    struct chunk *chunk;                            /* the one in use; older ones behind it */
    struct large *large;
    struct deferred *deferred;
    size_t limit, next_size;
    atomic_size_t used; /* with its children, which other threads may use */
    jmp_buf *on_failure;
};

static bool is_mapped(const struct chunk *c)
{
    return sizeof *c + c->size >= MAPPED;
}

/* SIZE bytes with the head; NULL if there is no memory. */
static struct chunk *chunk_new(size_t size)
{
    if (size < MAPPED)
        return malloc(size);
    struct chunk *c = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (c == MAP_FAILED)
        return NULL;
#ifdef MADV_HUGEPAGE
    (void)madvise(c, size, MADV_HUGEPAGE); /* without them it is only slower */
#endif
    return c;
}

static void chunk_free(struct chunk *c)
{
    const size_t size = sizeof *c + c->size;
    if (!is_mapped(c)) {
        free(c);
        return;
    }
    ASAN_UNPOISON_MEMORY_REGION(c, size); /* what is mapped here next */
    munmap(c, size);
}

struct arena *arena_new(size_t limit)
{
    struct arena *a = calloc(1, sizeof *a);
    if (a != NULL) {
        a->limit = limit;
        a->next_size = CHUNK_MIN;
    }
    return a;
}

struct arena *arena_child(struct arena *parent)
{
    struct arena *a = arena_new(0);
    if (a == NULL)
        arena_fail(parent);
    a->parent = parent;
    a->next = parent->children;
    a->self = &parent->children;
    if (a->next != NULL)
        a->next->self = &a->next;
    parent->children = a;
    return a;
}

/* SIZE bytes less in A and above it, up to and without END. */
static void give_back_until(struct arena *a, const struct arena *end, size_t size)
{
    for (; a != end; a = a->parent)
        atomic_fetch_sub(&a->used, size);
}

static void give_back(struct arena *a, size_t size)
{
    give_back_until(a, NULL, size);
}

/* SIZE bytes more in A and above it; false, and nothing more, where that is beyond a limit. */
static bool take(struct arena *a, size_t size)
{
    for (struct arena *up = a; up != NULL; up = up->parent) {
        size_t was = atomic_fetch_add(&up->used, size);
        if (up->limit == 0 || (size <= up->limit && was <= up->limit - size))
            continue;
        give_back_until(a, up->parent, size);
        return false;
    }
    return true;
}

static void unlink_child(struct arena *a)
{
    *a->self = a->next;
    if (a->next != NULL)
        a->next->self = a->self;
    give_back(a->parent, a->used);
}

/* Runs what is deferred, and frees all chunks from FIRST on and all large arrays. */
static void release(struct arena *a, struct chunk *first)
{
    for (struct deferred *d = a->deferred; d != NULL; d = d->next)
        d->fn(d->p);
    for (struct chunk *c = first, *next; c != NULL; c = next) {
        next = c->next;
        chunk_free(c);
    }
    for (struct large *l = a->large, *next; l != NULL; l = next) {
        next = l->next;
        free(l);
    }
    a->deferred = NULL;
    a->large = NULL;
}

void arena_free(struct arena *a)
{
    if (a == NULL)
        return;
    while (a->children != NULL)
        arena_free(a->children); // NOLINT(clang-analyzer-unix.Malloc): each takes itself out
    if (a->parent != NULL)
        unlink_child(a);
    release(a, a->chunk);
    free(a);
}

void arena_reset(struct arena *a)
{
    struct chunk *c = a->chunk;
    while (a->children != NULL)
        arena_free(a->children); // NOLINT(clang-analyzer-unix.Malloc): each takes itself out
    release(a, c == NULL ? NULL : c->next);
    size_t kept = 0;
    if (c != NULL) {
        ASAN_UNPOISON_MEMORY_REGION(c->bytes, c->used);
        if (is_mapped(c))
            memset(c->bytes, 0, c->used);
        ASAN_POISON_MEMORY_REGION(c->bytes, c->size);
        c->used = 0;
        c->next = NULL;
        kept = c->size;
    }
    give_back(a, a->used - kept);
}

void arena_on_failure(struct arena *a, jmp_buf *where)
{
    a->on_failure = where;
}

size_t arena_used(const struct arena *a)
{
    return a->used;
}

/* Without a place to jump to there is nothing sane left to do; only a program that forgot
 * arena_on_failure() gets here. */
void arena_fail(struct arena *a)
{
    for (; a != NULL; a = a->parent)
        if (a->on_failure != NULL)
            longjmp(*a->on_failure, 1);
    abort();
}

void arena_charge(struct arena *a, size_t size)
{
    if (!take(a, size))
        arena_fail(a);
}

static void grow(struct arena *a, size_t size)
{
    const size_t next = a->next_size - sizeof(struct chunk);
    size_t want = next > size && take(a, next) ? next : size;
    if (want > SIZE_MAX - sizeof(struct chunk) || (want == size && !take(a, size)))
        arena_fail(a);
    struct chunk *c = chunk_new(sizeof *c + want);
    if (c == NULL) {
        give_back(a, want);
        arena_fail(a);
    }
    c->next = a->chunk;
    c->size = want;
    c->used = 0;
    ASAN_POISON_MEMORY_REGION(c->bytes, want);
    a->chunk = c;
    if (a->next_size < CHUNK_MAX)
        a->next_size *= 2;
}

/* What a block of SIZE bytes takes of its chunk. */
static size_t aligned(size_t size)
{
    const size_t to = alignof(max_align_t);
    return size > SIZE_MAX - to - GAP ? SIZE_MAX : (size + to - 1) / to * to + GAP;
}

void *arena_alloc(struct arena *a, size_t size)
{
    size_t takes = aligned(size == 0 ? 1 : size);
    if (a->chunk == NULL || a->chunk->size - a->chunk->used < takes)
        grow(a, takes);
    void *p = a->chunk->bytes + a->chunk->used;
    a->chunk->used += takes;
    ASAN_UNPOISON_MEMORY_REGION(p, size);
    return is_mapped(a->chunk) ? p : memset(p, 0, size);
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
    if (size != 0 && n > SIZE_MAX / size)
        arena_fail(a);
    return arena_alloc(a, n * size);
}

/* The newest block grows in place, so that an array filled in one go is not copied. */
static bool extend(struct arena *a, void *v, size_t old, size_t want)
{
    struct chunk *c = a->chunk;
    if (v == NULL || c == NULL || (char *)v + aligned(old) != c->bytes + c->used)
        return false;
    size_t more = aligned(want) - aligned(old);
    if (c->size - c->used < more)
        return false;
    ASAN_UNPOISON_MEMORY_REGION(v, want);
    if (!is_mapped(c))
        memset((char *)v + old, 0, want - old);
    c->used += more;
    return true;
}

/* V of WAS bytes (NULL: none yet, or in a chunk) with room for WANT bytes. */
static void *resize_large(struct arena *a, void *v, size_t was, size_t want)
{
    struct large *l =
        v == NULL ? NULL : (struct large *)(void *)((char *)v - offsetof(struct large, bytes));
    if (want > SIZE_MAX - sizeof *l || !take(a, want - was))
        arena_fail(a);
    struct large *bigger = realloc(l, sizeof *l + want);
    if (bigger == NULL) {
        give_back(a, want - was);
        arena_fail(a);
    }
    if (l == NULL) {
        bigger->next = a->large;
        bigger->self = &a->large;
    }
    *bigger->self = bigger;
    if (bigger->next != NULL)
        bigger->next->self = &bigger->next;
    memset(bigger->bytes + was, 0, want - was);
    return bigger->bytes;
}

static void *move_array(struct arena *a, void *v, size_t was, size_t want)
{
    void *bigger = want < LARGE ? arena_alloc(a, want) : resize_large(a, NULL, 0, want);
    if (was != 0)
        memcpy(bigger, v, was);
    return bigger;
}

/* V, if it stands alone: arrays as long that were made with their first size stand in a chunk. */
static bool stands_alone(const struct arena *a, const void *v)
{
    const struct large *l = a->large;
    while (l != NULL && (const void *)l->bytes != v)
        l = l->next;
    return l != NULL;
}

void *array_grow(struct arena *a, void *v, size_t cap, size_t want, size_t size)
{
    if (want > SIZE_MAX / size / 2)
        arena_fail(a);
    const size_t was = cap * size, bytes = want * size;
    if (was >= LARGE && stands_alone(a, v))
        return resize_large(a, v, was, bytes);
    return bytes < LARGE && extend(a, v, was, bytes) ? v : move_array(a, v, was, bytes);
}

void *array_room(struct arena *a, void *v, size_t n, size_t *cap, size_t size)
{
    if (n < *cap)
        return v;
    size_t first = size < 128 ? 128 / size : 1; /* most arrays stay short */
    bool large = *cap * size >= LARGE;
    size_t want = *cap == 0 ? first : large ? *cap + *cap / 4 + 1 : *cap * 2;
    v = array_grow(a, v, *cap, want, size);
    *cap = want;
    return v;
}

void arena_defer(struct arena *a, void (*fn)(void *), void *p)
{
    struct deferred *d = NEW(a, struct deferred);
    *d = (struct deferred){a->deferred, fn, p};
    a->deferred = d;
}

struct str arena_copy(struct arena *a, struct str s)
{
    return (struct str){arena_cstr(a, s), s.n};
}

char *arena_cstr(struct arena *a, struct str s)
{
    char *p = arena_alloc(a, s.n + 1);
    if (s.n != 0)
        memcpy(p, s.p, s.n);
    return p;
}

struct str arena_vstrf(struct arena *a, const char *fmt, va_list ap)
{
    char small[256]; /* most fit, and are formatted once */
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(small, sizeof small, fmt, ap);
    struct str s = {"", 0};
    if (n > 0 && (size_t)n < sizeof small) {
        s = arena_copy(a, (struct str){small, (size_t)n});
    } else if (n > 0) {
        char *p = arena_alloc(a, (size_t)n + 1);
        vsnprintf(p, (size_t)n + 1, fmt, again);
        s = (struct str){p, (size_t)n};
    }
    va_end(again);
    return s;
}

struct str arena_strf(struct arena *a, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    struct str s = arena_vstrf(a, fmt, ap);
    va_end(ap);
    return s;
}
