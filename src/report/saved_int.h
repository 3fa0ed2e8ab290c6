/* Shared by the files that read saved results. */
#ifndef FWPROOF_SAVED_INT_H
#define FWPROOF_SAVED_INT_H

#include "check/json.h"
#include "report/saved.h"

/* One result while it is read: nothing of it counts before its end was seen. */
struct run {
    struct saved *to;
    const struct source *file;
    struct arena *scratch; /* its JSON */
    struct diags wrong;
    struct {
        struct saved_device **v;
        size_t n, cap;
    } devices;
    struct map *named;
    struct packs packs;
    bool lacks_zones;      /* no "exposures": an earlier version wrote it */
    struct map *strangers; /* rules of no pack at hand, by id */
    struct strs assumptions;
    struct str site;
    struct diags others;
};

struct saved_device *run_device(struct run *r, struct str name);
/* The source that PATH is for D (NULL: for no device); a new one if nobody named it before. */
struct source *run_source(struct run *r, const struct saved_device *d, struct str path);
/* S, which is of the JSON, to stay. */
struct str run_keep(struct run *r, struct str s);
struct strs run_keep_all(struct run *r, const struct strs *list);

/* What results tell of the file S. */
struct saved_source *saved_told(struct source *s);
/* Each line once; where two results tell it differently, the same one whatever their order. */
void saved_sort_lines(struct saved_source *t);

/* A place with what is said of it. */
struct related saved_related(struct run *r, struct json *j, const struct saved_device *d,
                             const cJSON *object);
/* Members of a result; mistakes are told through J. */
void saved_findings(struct run *r, struct json *j, const cJSON *array);
void saved_finding(struct run *r, struct json *j, const cJSON *object); /* one, settled or not */
void saved_excerpt(struct run *r, struct json *j, const cJSON *object);
void saved_controls(struct run *r, struct json *j, const cJSON *array);
void saved_catalogues(struct run *r, struct json *j, const cJSON *array);
void saved_exposures(struct run *r, struct json *j, const cJSON *array);
void saved_diagnostics(struct run *r, struct json *j, const cJSON *array);

#endif
