/* cJSON, which has its memory from elsewhere, and does not tell bad JSON from no memory: malloc()
 * does (POSIX: ENOMEM). */
#include "base/base.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>

/* The most that cJSON takes for TEXT: a node for each thing that commas and brackets part, a block
 * for each string. */
static size_t most(struct str text)
{
    enum { BLOCK = 32 }; /* the least that malloc() takes */
    size_t nodes = 1, quotes = 0;
    for (size_t i = 0; i < text.n; i++) {
        nodes += text.p[i] == ',' || text.p[i] == '[' || text.p[i] == '{';
        quotes += text.p[i] == '"';
    }
    return nodes * (sizeof(cJSON) + BLOCK / 2) + quotes / 2 * BLOCK + text.n;
}

/* cJSON notes its last mistake in a variable of its own, and devices may be read side by side. */
static cJSON *parse_alone(struct str text, const char **end)
{
    static pthread_mutex_t alone = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&alone);
    cJSON *root = cJSON_ParseWithLengthOpts(text.p, text.n, end, false);
    pthread_mutex_unlock(&alone);
    return root;
}

static void drop(void *p)
{
    cJSON **root = p;
    cJSON_Delete(*root);
}

const cJSON *json_parse(struct arena *a, struct str text, const char **end)
{
    cJSON **root = NEW(a, cJSON *);
    arena_charge(a, most(text));
    arena_defer(a, drop, root);
    if (str_starts(text, STR("\xef\xbb\xbf"))) /* cJSON skips it only before four bytes more */
        text = str_from(text, 3);
    *end = text.p;
    errno = 0;
    *root = text.n == 0 ? NULL : parse_alone(text, end);
    if (*root == NULL && errno == ENOMEM)
        arena_fail(a);
    return *root;
}
