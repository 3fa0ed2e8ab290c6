/* JSON documents with positions, and one reader of objects for site files and packs. For this
 * folder, and for the reader of saved results. */
#ifndef FWPROOF_CHECK_JSON_H
#define FWPROOF_CHECK_JSON_H

#include "check/check.h"

#include <cjson/cJSON.h>

/* A document. cJSON keeps no positions, so they are found by a second scan of the text and kept
 * by node. */
struct json {
    struct arena *arena;
    struct diags *diags;
    const struct source *source;
    const cJSON *root;
    struct map *places;
    bool failed; /* a mistake was told */
};

/* NULL after a DIAG_ERROR that says where the text stops being JSON. */
struct json *json_read(struct arena *a, struct diags *d, const struct source *s);
struct span json_at(const struct json *j, const cJSON *node);     /* of the value */
struct span json_key_at(const struct json *j, const cJSON *node); /* of its key, if it has one */
struct diag *json_error(struct json *j, struct span at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Tells that WORD at AT is none of the N words, with the nearest as a hint. */
void json_unknown_word(struct json *j, struct span at, const char *what, struct str word,
                       const char *const *words, size_t n);

/* How the value of a key is read, and what it is stored as. */
enum json_type {
    JSON_STRING,  /* struct str */
    JSON_NAME,    /* struct str, not empty */
    JSON_STRINGS, /* struct strs: a string, or an array of them */
    JSON_TEXT,    /* struct strs: the same, as lines of prose */
    JSON_LINES,   /* struct str: the same, joined by newlines */
    JSON_FLAG,    /* bool */
    JSON_COUNT,   /* uint32_t */
    JSON_WORD,    /* int (an enum): one of `words` */
    JSON_NETS,    /* struct nets: prefixes, ranges, addresses */
    JSON_DATE,    /* struct str: YYYY-MM-DD */
    JSON_NODE,    /* const cJSON *: as it stands */
    JSON_OTHER,   /* by `read` */
};

struct json_key {
    const char *key;
    enum json_type type;
    bool required;
    size_t offset;            /* of the value in the struct that is filled */
    const char *const *words; /* of JSON_WORD, n_words of them */
    size_t n_words;
    /* Reads NODE into the field at TO. Tells mistakes itself. */
    void (*read)(struct json *j, const cJSON *node, void *to);
};

/* Fills TO from OBJECT by the table. Unknown and repeated keys, missing required ones and wrong
 * types are errors; "$comment" is skipped anywhere. WHAT: "a rule", for messages. */
void json_object(struct json *j, const cJSON *object, const char *what, const struct json_key *keys,
                 size_t n, void *to);
#define JSON_OBJECT(j, node, what, keys, to)                                                       \
    json_object((j), (node), (what), (keys), sizeof(keys) / sizeof *(keys), (to))

/* False (and an error) unless NODE is an object or an array as asked. */
bool json_is_object(struct json *j, const cJSON *node, const char *what);
bool json_is_array(struct json *j, const cJSON *node, const char *what);
/* Members that are not "$comment": for (m = json_first(o); m; m = json_next(m)). An error for each
 * key that stands there twice is told by json_unique(). */
const cJSON *json_first(const cJSON *node);
const cJSON *json_next(const cJSON *member);
void json_unique(struct json *j, const cJSON *object);
struct str json_key(const cJSON *member);

void json_nets(struct json *j, const cJSON *node, void *to); /* struct nets */
void json_net(struct json *j, struct span at, struct str text, struct nets *to);
bool json_string(struct json *j, const cJSON *node, struct str *to);

/* The nearest of the candidates to WORD, or NULL if none is near. */
struct suggestion {
    struct str word; /* asked for */
    struct str best; /* so far */
    size_t distance; /* of best */
};
struct suggestion suggest_start(struct str word);
void suggest_try(struct suggestion *s, struct str candidate);

#endif
