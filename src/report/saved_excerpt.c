/* The quoted lines of a saved result. */
#include <stdlib.h>

#include "report/saved_int.h"

struct raw_excerpt {
    struct str path, device, text, hex;
    uint32_t line;
};
static const struct json_key excerpt_keys[] = {
    {.key = "path",
     .type = JSON_STRING,
     .required = true,
     .offset = offsetof(struct raw_excerpt, path)},
    {.key = "device", .type = JSON_STRING, .offset = offsetof(struct raw_excerpt, device)},
    {.key = "line",
     .type = JSON_COUNT,
     .required = true,
     .offset = offsetof(struct raw_excerpt, line)},
    {.key = "text", .type = JSON_STRING, .offset = offsetof(struct raw_excerpt, text)},
    {.key = "hex", .type = JSON_STRING, .offset = offsetof(struct raw_excerpt, hex)},
};

static bool from_hex(struct run *r, struct str hex, struct str *to)
{
    char *p = arena_alloc(r->to->arena, hex.n / 2 + 1);
    for (size_t i = 0; i + 1 < hex.n; i += 2) {
        uint64_t byte;
        if (!str_u64(str_sub(hex, i, 2), 16, 255, &byte))
            return false;
        p[i / 2] = (char)byte;
    }
    *to = (struct str){p, hex.n / 2};
    return hex.n % 2 == 0;
}

void saved_excerpt(struct run *r, struct json *j, const cJSON *object)
{
    struct raw_excerpt raw = {0};
    JSON_OBJECT(j, object, "an excerpt", excerpt_keys, &raw);
    if (j->failed)
        return;
    struct str text = run_keep(r, raw.text);
    if (raw.hex.n != 0 && !from_hex(r, raw.hex, &text)) {
        json_error(j, json_at(j, object), "\"hex\" must be bytes as pairs of digits");
        return;
    }
    struct source *s =
        run_source(r, raw.device.n == 0 ? NULL : run_device(r, raw.device), raw.path);
    *PUSH(r->to->arena, *saved_told(s)) = (struct saved_line){raw.line, text};
}

static int by_line(const void *x, const void *y)
{
    const struct saved_line *a = x, *b = y;
    int d = (a->line > b->line) - (a->line < b->line);
    return d != 0 ? d : str_cmp(a->text, b->text);
}

void saved_sort_lines(struct saved_source *t)
{
    size_t kept = 0;
    if (t->n != 0)
        qsort(t->v, t->n, sizeof *t->v, by_line);
    for (size_t i = 0; i < t->n; i++)
        if (i == 0 || t->v[i].line != t->v[i - 1].line)
            t->v[kept++] = t->v[i];
    t->n = kept;
}
