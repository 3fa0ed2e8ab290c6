/* Layer 0: slices, arenas, arrays, output buffers, source files, diagnostics. Knows no networks.
 *
 * Ownership, once for the whole program: a function that takes an arena returns memory of that
 * arena; strings are slices (mostly of the input file) and are not NUL-terminated. */
#ifndef FWPROOF_BASE_H
#define FWPROOF_BASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

__extension__ typedef unsigned __int128 u128;

/* ---- slices ------------------------------------------------------------------------------- */

struct str {
    const char *p;
    size_t n;
};

#define STR(lit) ((struct str){(lit), sizeof(lit) - 1})
#define STR_INIT(lit)                                                                              \
    {                                                                                              \
        (lit), sizeof(lit) - 1                                                                     \
    }                                /* in static tables */
#define STR_ARG(s) (int)(s).n, (s).p /* for "%.*s" */

/* NULL gives the empty slice. Inline, as is str_eq(): with a literal the compiler counts. */
static inline struct str str_of(const char *z)
{
    return z == NULL ? (struct str){"", 0} : (struct str){z, strlen(z)};
}

static inline bool str_eq(struct str a, struct str b)
{
    // NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): only slices of no bytes may be NULL
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool str_eq_nocase(struct str a, struct str b); /* ASCII only, whatever the locale */
int str_cmp(struct str a, struct str b);        /* bytes, like memcmp then length */
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
struct str str_trim(struct str s); /* blanks, tabs, CR, LF off both ends */
/* At most N bytes of S from START on. */
static inline struct str str_sub(struct str s, size_t start, size_t n)
{
    if (start > s.n)
        start = s.n;
    if (n > s.n - start)
        n = s.n - start;
    return (struct str){s.p == NULL ? "" : s.p + start, n};
}
/* S without its first START bytes. */
static inline struct str str_from(struct str s, size_t start)
{
    return str_sub(s, start, s.n);
}
/* Index of the first C in S, or S.n. */
static inline size_t str_find(struct str s, char c)
{
    const char *p = s.n == 0 ? NULL : (const char *)memchr(s.p, c, s.n);
    return p == NULL ? s.n : (size_t)(p - s.p);
}
/* Index of the first NEEDLE in S, or S.n; the second ignores ASCII case. */
size_t str_search(struct str s, struct str needle);
size_t str_search_nocase(struct str s, struct str needle);
/* Cuts the head of *REST up to SEP; *REST loses head and separator. False when *REST is empty. */
bool str_cut(struct str *rest, char sep, struct str *head);
/* Cuts the next run of non-blank bytes. False when only blanks are left. */
bool str_word(struct str *rest, struct str *word);
/* Whole slice as a decimal (or, with BASE 0, 0x/octal as strtoul) number of at most MAX. */
bool str_u64(struct str s, int base, uint64_t max, uint64_t *out);
uint64_t str_hash(struct str s); /* of this machine, this run: never part of an output */
/* Edit distance of A and B, at most LIMIT + 1: for "did you mean". */
size_t str_distance(struct str a, struct str b, size_t limit);
static inline bool char_is_blank(char c)
{
    return c == ' ' || c == '\t';
}
static inline bool char_is_digit(char c)
{
    return c >= '0' && c <= '9';
}
/* One of SET; NUL never is, unlike with strchr(). */
static inline bool char_is_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}
static inline char char_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* The date S, YYYY-MM-DD, as days of the Gregorian calendar from 1 March of the year 0; false if
 * there is no such day. */
bool date_day(struct str s, int64_t *day);

/* ---- arenas ------------------------------------------------------------------------------- */

/* A bump allocator. Allocation never returns NULL: when memory or the limit is out, it jumps to
 * the point set by arena_on_failure(), so that only one place handles the lack of memory. */
struct arena;

struct arena *arena_new(size_t limit); /* LIMIT bytes at most, 0 for none; NULL if out of memory */
void arena_free(struct arena *a);      /* runs the deferred calls, last first; NULL is fine */
/* The same, but A goes on, empty: scratch memory for one thing after the other. */
void arena_reset(struct arena *a);
/* Scratch memory: fails as its parent does, counts against its limit, and is freed with it at the
 * latest. A thread may use a child that no other thread uses, while nobody makes or frees children
 * of the parent. */
struct arena *arena_child(struct arena *parent);
void arena_on_failure(struct arena *a, jmp_buf *where);
_Noreturn void arena_fail(struct arena *a);      /* for memory of libraries that ran out, too */
void *arena_alloc(struct arena *a, size_t size); /* zeroed, aligned for any type */
/* FN(P) runs in arena_free(). */
void arena_defer(struct arena *a, void (*fn)(void *), void *p);
/* SIZE bytes that a library has elsewhere count as of the arena, until it is freed. */
void arena_charge(struct arena *a, size_t size);
size_t arena_used(const struct arena *a);
struct str arena_copy(struct arena *a, struct str s);
char *arena_cstr(struct arena *a, struct str s); /* NUL-terminated copy */
struct str arena_strf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
struct str arena_vstrf(struct arena *a, const char *fmt, va_list ap);

#define NEW(a, T) ((T *)arena_alloc((a), sizeof(T)))
#define NEW_N(a, T, n) ((T *)arena_array((a), (n), sizeof(T)))
void *arena_array(struct arena *a, size_t n, size_t size);

/* ---- threads ------------------------------------------------------------------------------ */

#define JOBS_MAX 256
/* FN(CTX, i) for each i below N, in JOBS threads (at most JOBS_MAX), of which the caller's is one.
 * After a FN that returned false no other is begun; then, when all have ended, false. */
typedef bool job_fn(void *ctx, size_t i);
bool jobs_run(unsigned jobs, size_t n, job_fn *fn, void *ctx);
unsigned jobs_processors(void); /* that this process may use; at least 1 */

/* ---- arrays ------------------------------------------------------------------------------- */

/* ARRAY(T) x = {0}; *PUSH(arena, x) = value; x.v[0 .. x.n). Old blocks stay in the arena. */
#define ARRAY(T)                                                                                   \
    struct {                                                                                       \
        T *v;                                                                                      \
        size_t n, cap;                                                                             \
    }
#define PUSH(a, x) ((x).v = array_room((a), (x).v, (x).n, &(x).cap, sizeof *(x).v), &(x).v[(x).n++])
void *array_room(struct arena *a, void *v, size_t n, size_t *cap, size_t size);
/* V, with room for CAP elements (NULL: for none), with room for WANT; what is new is zero. */
void *array_grow(struct arena *a, void *v, size_t cap, size_t want, size_t size);

struct strs {
    struct str *v;
    size_t n, cap;
};

/* A map from names to non-NULL pointers, in an arena. Names are not copied. */
struct map;
struct map *map_new(struct arena *a);
void *map_get(const struct map *m, struct str name);       /* NULL if absent */
void map_put(struct map *m, struct str name, void *value); /* replaces */
void **map_place(struct map *m, struct str name); /* of the value, which is NULL if NAME is new */

/* ---- output buffers ----------------------------------------------------------------------- */

struct out {
    struct arena *arena;
    char *p;
    size_t n, cap;
};

void out_bytes(struct out *o, const void *p, size_t n);
void out_str(struct out *o, struct str s);
void out_text(struct out *o, const char *z);
void out_char(struct out *o, char c);
void out_fmt(struct out *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
struct str out_taken(const struct out *o);

/* S made harmless for a terminal and for JSON: valid UTF-8, control characters and bidirectional
 * or zero-width marks as \xNN or \u{NNNN}. Returns S itself when nothing had to change. */
struct str str_safe(struct arena *a, struct str s);
/* The bytes of the character at the front of S, which is not empty, and whether str_safe() lets it
 * be. */
size_t str_char(struct str s, bool *harmless);

/* ---- digests ------------------------------------------------------------------------------ */

struct sha256 {
    uint32_t h[8];
    uint64_t total;
    uint8_t block[64];
    size_t used;
};
void sha256_start(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *p, size_t n);
void sha256_end(struct sha256 *s, uint8_t digest[32]);            /* FIPS 180-4 */
struct str sha256_hex(struct arena *a, const uint8_t digest[32]); /* 64 digits */

/* ---- source files ------------------------------------------------------------------------- */

/* What became of a line. Every line of an input ends in one of the last three. */
enum line_class {
    LINE_UNSEEN,
    LINE_IRRELEVANT,   /* understood to have no bearing on what is filtered (or blank, comment) */
    LINE_MODELLED,     /* is in the model */
    LINE_NOT_MODELLED, /* may change what is filtered, and is not (wholly) in the model */
};

struct source {
    struct str path;                  /* as the user wrote it */
    struct str given;                 /* the whole file */
    struct str bytes;                 /* the same, or what it is in UTF-8 */
    struct str format;                /* "iptables", "asa", …; empty until detected */
    uint32_t index;                   /* of the source in its table */
    uint32_t n_lines;                 /* a last line without newline counts */
    const uint32_t *starts;           /* offset of each line, and of the end: n_lines + 1 entries */
    uint8_t *classes;                 /* enum line_class per line, n_lines entries */
    const struct saved_source *saved; /* what a result tells of it; NULL: its bytes are here */
};

/* Of a file that is not here, as a saved result has it: the lines that its findings are about. */
struct saved_source {
    struct str sha256;
    size_t bytes;
    uint32_t counts[4]; /* by enum line_class */
    struct saved_line {
        uint32_t line;
        struct str text;
    } * v; /* by line, each once */
    size_t n, cap;
};

/* A place in an input. Lines and columns count from 1, columns in bytes; end_col is the first
 * column behind the text. line 0: the file as a whole. file SPAN_NO_FILE: no file at all. */
struct span {
    uint32_t file, line, col, end_line, end_col;
};
#define SPAN_NO_FILE UINT32_MAX
#define SPAN_NONE ((struct span){SPAN_NO_FILE, 0, 0, 0, 0})

struct sources {
    struct source **v;
    size_t n, cap;
};

/* Adds a file with the given bytes (kept, not copied; UTF-16 becomes UTF-8); cuts its lines. */
struct source *source_add(struct arena *a, struct sources *all, struct str path, struct str bytes);
/* The whole of a file, "-" for stdin. 0, or errno; EFBIG beyond 1 GiB, ESTALE if the file changed
 * while it was read. */
int file_read(struct arena *a, struct str path, struct str *bytes);
/* An error of file_read() in words. */
const char *file_error(int error);
/* TEXT as a tree of cJSON, deleted with the arena, whose memory it counts as; NULL if it is no
 * JSON. END: behind it, or where it is wrong. */
const struct cJSON *json_parse(struct arena *a, struct str text, const char **end);
struct str source_line(const struct source *s, uint32_t line);     /* without its line end */
struct str source_sha256(struct arena *a, const struct source *s); /* of the file; 64 digits */
/* Classes only grow: unseen < irrelevant < modelled < not modelled. */
void source_class(struct source *s, uint32_t line, enum line_class class);
void source_class_span(struct source *s, struct span at, enum line_class class);
void source_counts(const struct source *s, uint32_t counts[4]); /* indexed by enum line_class */
size_t source_size(const struct source *s);                     /* bytes, as UTF-8 */
/* The span of PART, a slice of line LINE of S; the whole line when PART is not inside it. */
struct span span_of(const struct source *s, uint32_t line, struct str part);
struct span span_line(const struct source *s, uint32_t line);

/* ---- files inside the binary ------------------------------------------------------------------
 */

/* Files of rules/ by their path in the project. The table ends with a row without path. */
struct embedded {
    const char *path;
    const unsigned char *bytes;
    size_t n;
};
extern const struct embedded embedded_files[];
const struct embedded *embedded_find(struct str path); /* NULL if there is none */

/* ---- diagnostics -------------------------------------------------------------------------- */

enum diag_level {
    DIAG_NOTE,
    DIAG_WARNING,    /* worth a look; no verdict depends on it */
    DIAG_INCOMPLETE, /* something was not understood that can change what is filtered: exit 3 */
    DIAG_ERROR,      /* a wrong pack, site file or option: exit 2 */
};

struct diag {
    enum diag_level level;
    struct span at;
    struct str message;
    struct str hint; /* may be empty */
};

struct diags {
    struct arena *arena;
    struct diag *v;
    size_t n, cap;
    size_t dropped;    /* beyond the limit of DIAGS_MAX; counted, never silent */
    bool worst[4];     /* levels seen, indexed by enum diag_level */
    struct diag spare; /* for the hint to one that is dropped */
};
#define DIAGS_MAX 20000 /* and one more of each level */

/* The returned diag takes a hint; it is valid until the next call. */
struct diag *diag_add(struct diags *d, enum diag_level level, struct span at, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Adds all of MORE to D, also beyond the limit, which holds for each of them. */
void diags_join(struct diags *d, const struct diags *more);
extern const char *const diag_level_names[4]; /* "note", "warning", "incomplete", "error" */

#endif
