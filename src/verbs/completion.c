/* Completion scripts, made from the tables of verbs and options. */
#include "verbs/verbs.h"

typedef void option_fn(struct out *o, const struct verb *v, const struct option *option);

static void each_option(struct out *o, const struct verb *v, option_fn *fn)
{
    struct option_table tables[OPTION_TABLES_MAX];
    size_t n = options_tables(v, tables);
    for (size_t i = 0; i < n; i++)
        for (const struct option *row = tables[i].v; row->name != NULL; row++)
            fn(o, v, row);
}

/* ---- bash ---------------------------------------------------------------------------------------
 */

static void bash_word(struct out *o, const struct verb *v, const struct option *option)
{
    (void)v;
    out_fmt(o, " --%s", option->name);
}

/* What an OPT_WORD may be: "auto|always|never". */
static void words(struct out *o, const struct option *option)
{
    for (const char *c = option->arg; c != NULL && *c != '\0'; c++)
        out_char(o, *c == '|' ? ' ' : *c);
}

static void bash_values(struct out *o, const struct verb *v, const struct option *option)
{
    if (option->kind != OPT_WORD)
        return;
    out_fmt(o, "    %s:--%s) words='", v->name, option->name);
    words(o, option);
    out_text(o, "' ;;\n");
}

static void add_formats(struct out *o)
{
    for (size_t i = 0; i < n_reporters; i++)
        out_fmt(o, "%s%s", i == 0 ? "" : " ", reporters[i]->name);
}

static void bash(struct out *o)
{
    out_text(o, "_fwproof() {\n"
                "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words=\n"
                "  COMPREPLY=()\n"
                "  if [ \"$COMP_CWORD\" = 1 ]; then\n    words='");
    for (size_t i = 0; i < n_verbs; i++)
        out_fmt(o, "%s%s", i == 0 ? "" : " ", verbs[i]->name);
    out_text(o, "'\n  else case ${COMP_WORDS[1]}:$before in\n");
    for (size_t i = 0; i < n_verbs; i++)
        each_option(o, verbs[i], bash_values);
    out_text(o, "    check:-f|check:--format) words='");
    add_formats(o);
    out_text(o, "' ;;\n    *) [[ $word == -* ]] && case ${COMP_WORDS[1]} in\n");
    for (size_t i = 0; i < n_verbs; i++) {
        out_fmt(o, "      %s) words='", verbs[i]->name);
        each_option(o, verbs[i], bash_word);
        out_text(o, "' ;;\n");
    }
    out_text(o, "      esac ;;\n  esac; fi\n"
                "  if [ -n \"$words\" ]; then\n"
                "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
                "  else\n    mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n  fi\n}\n"
                "complete -o filenames -F _fwproof fwproof\n");
}

/* ---- zsh ----------------------------------------------------------------------------------------
 */

/* HELP without what zsh's option specifications give a meaning to. */
static void plain(struct out *o, const char *help)
{
    for (; *help != '\0'; help++)
        if (*help != '\'' && *help != '[' && *help != ']' && *help != ':')
            out_char(o, *help);
}

static void zsh_option(struct out *o, const struct verb *v, const struct option *option)
{
    (void)v;
    out_fmt(o, "        '*--%s%s[", option->name, option->arg != NULL ? "=" : "");
    plain(o, option->help);
    out_char(o, ']');
    if (option->kind == OPT_WORD) {
        out_text(o, ":value:(");
        words(o, option);
        out_char(o, ')');
    } else if (option->arg != NULL) {
        out_text(o, ":value:_files");
    }
    out_text(o, "' \\\n");
}

static void zsh(struct out *o)
{
    out_text(o, "#compdef fwproof\n_fwproof() {\n  if (( CURRENT == 2 )); then\n"
                "    local -a verbs=(\n");
    for (size_t i = 0; i < n_verbs; i++) {
        out_fmt(o, "      '%s:", verbs[i]->name);
        plain(o, verbs[i]->summary);
        out_text(o, "'\n");
    }
    out_text(o, "    )\n    _describe verb verbs\n    return\n  fi\n  case ${words[2]} in\n");
    for (size_t i = 0; i < n_verbs; i++) {
        out_fmt(o, "    %s)\n      _arguments \\\n", verbs[i]->name);
        each_option(o, verbs[i], zsh_option);
        out_text(o, "        '*:file:_files' ;;\n");
    }
    out_text(o, "  esac\n}\n_fwproof \"$@\"\n");
}

/* ---- fish ---------------------------------------------------------------------------------------
 */

static void fish_option(struct out *o, const struct verb *v, const struct option *option)
{
    out_fmt(o, "complete -c fwproof -n '__fish_seen_subcommand_from %s' -l %s", v->name,
            option->name);
    if (option->letter != 0)
        out_fmt(o, " -s %c", option->letter);
    if (option->arg != NULL)
        out_text(o, " -r");
    if (option->kind == OPT_WORD) {
        out_text(o, " -f -a '");
        words(o, option);
        out_char(o, '\'');
    }
    out_text(o, " -d '");
    plain(o, option->help);
    out_text(o, "'\n");
}

static void fish(struct out *o)
{
    for (size_t i = 0; i < n_verbs; i++) {
        out_fmt(o, "complete -c fwproof -f -n __fish_use_subcommand -a %s -d '", verbs[i]->name);
        plain(o, verbs[i]->summary);
        out_text(o, "'\n");
    }
    for (size_t i = 0; i < n_verbs; i++)
        each_option(o, verbs[i], fish_option);
}

static int run_completion(struct command *c)
{
    static const struct {
        const char *name;
        void (*write)(struct out *o);
    } shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};
    struct out o = {.arena = c->arena};
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
        if (str_eq(str_of(shells[i].name), c->args.v[0])) {
            shells[i].write(&o);
            return output_write(c, STR("-"), out_taken(&o)) ? 0 : 4;
        }
    return usage_error(c, "no completion for %.*s; there are bash, zsh and fish",
                       STR_ARG(str_safe(c->arena, c->args.v[0])));
}

const struct verb verb_completion = {
    .name = "completion",
    .args = "SHELL",
    .summary = "Print a completion script for bash, zsh or fish",
    .min_args = 1,
    .run = run_completion,
};
