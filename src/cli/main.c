#include "cli/progress.h"
#include "cli/sandbox.h"

#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define X(name) &verb_##name,
const struct verb *const verbs[] = {VERBS(X)};
#undef X
const size_t n_verbs = sizeof verbs / sizeof *verbs;

#define MEMORY_DEFAULT 4096u /* MiB */

static int print_text(struct arena *a, const struct out *o)
{
    return output_write(&(struct cli){.arena = a}, STR("-"), out_taken(o)) ? 0 : 4;
}

static const struct verb *find_verb(struct str name)
{
    for (size_t i = 0; i < n_verbs; i++)
        if (str_eq(str_of(verbs[i]->name), name))
            return verbs[i];
    return NULL;
}

static int unknown_verb(struct arena *a, struct str name)
{
    const char *best = NULL;
    size_t nearest = 4;
    for (size_t i = 0; i < n_verbs; i++) {
        size_t d = str_distance(name, str_of(verbs[i]->name), 3);
        if (d < nearest) {
            nearest = d;
            best = verbs[i]->name;
        }
    }
    if (best != NULL)
        complain("unknown verb \"%.*s\"; did you mean \"%s\"?", STR_ARG(str_safe(a, name)), best);
    else
        complain("unknown verb \"%.*s\"; `fwproof --help` lists them", STR_ARG(str_safe(a, name)));
    return 2;
}

/* Before the first byte that somebody else wrote is read. */
static void enter_sandbox(struct cli *c)
{
    struct strs outputs = output_paths(c);
    struct sandbox s = sandbox_enter(c->arena, &outputs);
    if (c->opt.verbose > 0 && s.no_files != NULL)
        complain("note: the sandbox does not cover files: %s", s.no_files);
    if (c->opt.verbose > 0 && s.no_calls != NULL)
        complain("note: the sandbox does not cover network and programs: %s", s.no_calls);
}

static int run_verb(struct cli *c, int n, char *const *words)
{
    if (!options_read(c, n, words) || !output_redacted(c))
        return 2;
    if (!c->opt.help) {
        enter_sandbox(c);
        progress_start(&c->opt);
        c->opt.audit.progress = progress_show;
        int code = c->verb->run(c);
        progress_end();
        return code;
    }
    struct out o = {.arena = c->arena};
    options_help(c, &o);
    return print_text(c->arena, &o);
}

static int run(struct arena *a, int argc, char *const *argv)
{
    struct out o = {.arena = a};
    struct str word = argc < 2 ? STR("--help") : str_of(argv[1]);
    if (str_eq(word, STR("--version")) || str_eq(word, STR("-V"))) {
        out_text(&o, "fwproof " FWPROOF_VERSION "\n");
        return print_text(a, &o);
    }
    if (str_eq(word, STR("--help")) || str_eq(word, STR("-h")) || str_eq(word, STR("help"))) {
        const struct verb *v = argc > 2 ? find_verb(str_of(argv[2])) : NULL;
        if (v != NULL)
            options_help(&(struct cli){.arena = a, .verb = v}, &o);
        else
            options_overview(a, &o);
        int code = print_text(a, &o);
        return argc < 2 ? 2 : code;
    }
    struct cli c = {.arena = a, .verb = find_verb(word), .opt.jobs = 1};
    return c.verb == NULL ? unknown_verb(a, word) : run_verb(&c, argc - 2, argv + 2);
}

/* --memory is needed before the arena is there. */
static size_t memory_limit(int argc, char *const *argv)
{
    uint64_t mib = MEMORY_DEFAULT;
    for (int i = 1; i < argc; i++) {
        struct str word = str_of(argv[i]), name = STR("--memory");
        if (str_eq(word, name) && i + 1 < argc)
            str_u64(str_of(argv[i + 1]), 10, SIZE_MAX >> 20, &mib);
        else if (str_starts(word, STR("--memory=")))
            str_u64(str_from(word, name.n + 1), 10, SIZE_MAX >> 20, &mib);
    }
    return (size_t)mib << 20;
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is told by write() */
    struct arena *arena = arena_new(memory_limit(argc, argv));
    int code = 4;
    jmp_buf out_of_memory;
    if (arena == NULL || setjmp(out_of_memory) != 0) {
        complain("out of memory: it would take more than %zu MiB (--memory MIB)",
                 memory_limit(argc, argv) >> 20);
        arena_free(arena);
        return 4;
    }
    arena_on_failure(arena, &out_of_memory);
    code = run(arena, argc, argv);
    arena_free(arena);
    return code;
}
