#define PCRE2_CODE_UNIT_WIDTH 8
#include "check/pattern.h"

#include <pcre2.h>

/* Packs are foreign input: no pattern may run for long or take much memory. */
#define MATCH_LIMIT 100000
#define DEPTH_LIMIT 1000
#define HEAP_LIMIT_KIB 4096

static void free_code(void *code)
{
    pcre2_code_free(code);
}

bool pattern_compile(struct arena *a, struct str text, struct pattern *p, struct str *why)
{
    int error;
    PCRE2_SIZE offset;
    p->code =
        pcre2_compile((PCRE2_SPTR)(text.n == 0 ? "" : text.p), text.n,
                      PCRE2_CASELESS | PCRE2_UTF | PCRE2_MATCH_INVALID_UTF, &error, &offset, NULL);
    if (p->code == NULL) {
        PCRE2_UCHAR message[120];
        pcre2_get_error_message(error, message, sizeof message);
        *why = arena_strf(a, "pattern: %s at character %zu", (const char *)message,
                          (size_t)offset + 1);
        return false;
    }
    arena_defer(a, free_code, p->code);
    return true;
}

void pattern_read(struct json *j, const cJSON *node, void *to)
{
    struct str text, why;
    if (json_string(j, node, &text) && !pattern_compile(j->arena, text, to, &why))
        json_error(j, json_at(j, node), "%.*s", STR_ARG(why));
}

enum matched pattern_match(const struct pattern *p, struct str text)
{
    pcre2_match_context *context = pcre2_match_context_create(NULL);
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    int found = PCRE2_ERROR_NOMEMORY;
    if (context != NULL && data != NULL) {
        pcre2_set_match_limit(context, MATCH_LIMIT);
        pcre2_set_depth_limit(context, DEPTH_LIMIT);
        pcre2_set_heap_limit(context, HEAP_LIMIT_KIB);
        found = pcre2_match(p->code, (PCRE2_SPTR)(text.n == 0 ? "" : text.p), text.n, 0, 0, data,
                            context);
    }
    pcre2_match_data_free(data);
    pcre2_match_context_free(context);
    return found >= 0 ? MATCHED_YES : found == PCRE2_ERROR_NOMATCH ? MATCHED_NO : MATCHED_LIMIT;
}
