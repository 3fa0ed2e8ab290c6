/* Findings as texts of JSON, those of several devices at a time. */
#include "report/json_int.h"

#include <cjson/cJSON.h>

/* The findings of one device, which stand together, and what their texts are made in. */
struct group {
    size_t first, n;
    struct arena *arena;
};

struct work {
    const struct report *report;
    bool lines;
    struct str *texts; /* by finding */
    struct group *v;
    size_t n, cap;
};

/* NODE printed pretty, inside DEPTH arrays and objects. */
static struct str inside(struct arena *a, const cJSON *node, unsigned depth)
{
    struct out printed = {.arena = a}, o = {.arena = a};
    json_print(a, &printed, node, true);
    struct str rest = str_trim(out_taken(&printed)), line;
    for (bool first = true; str_cut(&rest, '\n', &line); first = false) {
        if (!first)
            out_char(&o, '\n');
        for (unsigned i = 0; !first && i < depth; i++)
            out_char(&o, '\t');
        out_str(&o, line);
    }
    return out_taken(&o);
}

/* What a finding is made of takes much more memory than its text, and is freed before the next. */
static struct str text_of(const struct work *w, struct arena *a, const struct finding *f)
{
    struct report one = *w->report;
    one.arena = arena_child(a);
    cJSON *array = json_new_array(one.arena);
    json_add_finding(array, &one, f);
    struct str text;
    if (w->lines) {
        struct out o = {.arena = one.arena};
        json_add_text(array->child, one.arena, "type", "finding");
        json_print(one.arena, &o, array->child, false);
        text = out_taken(&o);
    } else {
        text = inside(one.arena, array->child, 2);
    }
    text = arena_copy(a, text);
    arena_free(one.arena);
    return text;
}

static bool write_group(void *ctx, size_t i)
{
    const struct work *w = ctx;
    const struct group *g = &w->v[i];
    jmp_buf out_of_memory;
    if (setjmp(out_of_memory) != 0)
        return false;
    arena_on_failure(g->arena, &out_of_memory);
    for (size_t k = g->first; k < g->first + g->n; k++)
        w->texts[k] = text_of(w, g->arena, &w->report->result->findings.v[k]);
    arena_on_failure(g->arena, NULL);
    return true;
}

const struct str *json_findings(const struct report *r, bool lines)
{
    size_t n = r->result->findings.n;
    struct work w = {.report = r, .lines = lines, .texts = NEW_N(r->arena, struct str, n)};
    for (size_t i = 0; i < n; i++) {
        const struct finding *f = &r->result->findings.v[i];
        if (i == 0 || f[0].policy != f[-1].policy)
            *PUSH(r->arena, w) = (struct group){i, 0, arena_child(r->arena)};
        w.v[w.n - 1].n++;
    }
    if (!jobs_run(r->jobs, w.n, write_group, &w))
        arena_fail(r->arena);
    return w.texts;
}
