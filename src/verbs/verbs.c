/* Words of a command line, from the verb on. */
#include "verbs/verbs.h"

#define X(name) &verb_##name,
const struct verb *const verbs[] = {VERBS(X)};
#undef X
const size_t n_verbs = sizeof verbs / sizeof *verbs;

static int print_text(struct command *c, const struct out *o)
{
    return output_write(c, STR("-"), out_taken(o)) ? 0 : 4;
}

static const struct verb *find_verb(struct str name)
{
    for (size_t i = 0; i < n_verbs; i++)
        if (str_eq(str_of(verbs[i]->name), name))
            return verbs[i];
    return NULL;
}

static int unknown_verb(const struct command *c, struct str name)
{
    const char *best = NULL;
    size_t nearest = 4;
    struct str shown = str_safe(c->arena, name);
    for (size_t i = 0; i < n_verbs; i++) {
        size_t d = str_distance(name, str_of(verbs[i]->name), 3);
        if (d < nearest) {
            nearest = d;
            best = verbs[i]->name;
        }
    }
    if (best != NULL)
        complain(c, "unknown verb \"%.*s\"; did you mean \"%s\"?", STR_ARG(shown), best);
    else
        complain(c, "unknown verb \"%.*s\"; `fwproof --help` lists them", STR_ARG(shown));
    return 2;
}

/* Before the first byte that somebody else wrote is read. */
static void confine(struct command *c)
{
    struct strs outputs = output_paths(c);
    const char **paths = NEW_N(c->arena, const char *, outputs.n + 1);
    for (size_t i = 0; i < outputs.n; i++)
        paths[i] = arena_cstr(c->arena, outputs.v[i]);
    if (c->host->confine != NULL)
        c->host->confine(c->host->ctx, paths, outputs.n, c->opt.verbose > 0);
}

static int run_verb(struct command *c, int n, char *const *words)
{
    if (!options_read(c, n, words) || !output_redacted(c))
        return 2;
    if (c->opt.help) {
        struct out o = {.arena = c->arena};
        options_help(c, &o);
        return print_text(c, &o);
    }
    confine(c);
    if (c->opt.quiet == 0)
        c->opt.audit.progress = c->host->progress;
    return c->verb->run(c);
}

static int help(struct command *c, int n, char *const *words)
{
    struct out o = {.arena = c->arena};
    c->verb = n > 1 ? find_verb(str_of(words[1])) : NULL;
    if (c->verb != NULL)
        options_help(c, &o);
    else
        options_overview(c->arena, &o);
    int code = print_text(c, &o);
    return n == 0 ? 2 : code;
}

int command_run(struct arena *a, int n, char *const *words, const struct host *host)
{
    struct command c = {.arena = a, .host = host, .opt.jobs = 1};
    struct str word = n == 0 ? STR("--help") : str_of(words[0]);
    if (str_eq(word, STR("--version")) || str_eq(word, STR("-V"))) {
        struct out o = {.arena = a};
        out_text(&o, "fwproof " FWPROOF_VERSION "\n");
        return print_text(&c, &o);
    }
    if (str_eq(word, STR("--help")) || str_eq(word, STR("-h")) || str_eq(word, STR("help")))
        return help(&c, n, words);
    c.verb = find_verb(word);
    return c.verb == NULL ? unknown_verb(&c, word) : run_verb(&c, n - 1, words + 1);
}

#define MEMORY_DEFAULT 4096u /* MiB */

size_t command_memory(int n, char *const *words)
{
    uint64_t mib = MEMORY_DEFAULT;
    for (int i = 0; i < n; i++) {
        struct str word = str_of(words[i]), name = STR("--memory");
        if (str_eq(word, name) && i + 1 < n)
            str_u64(str_of(words[i + 1]), 10, SIZE_MAX >> 20, &mib);
        else if (str_starts(word, STR("--memory=")))
            str_u64(str_from(word, name.n + 1), 10, SIZE_MAX >> 20, &mib);
    }
    return (size_t)mib << 20;
}
