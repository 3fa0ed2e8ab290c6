#include "verbs/verbs.h"

#include <string.h>

/* ---- the tables --------------------------------------------------------------------------------
 */

#define AT(member) offsetof(struct options, member)
#define END                                                                                        \
    {                                                                                              \
        .name = NULL                                                                               \
    }

static const struct option input_rows[] = {
    {"input-format", 'I', OPT_TEXT, "FORMAT",
     "take inputs as iptables, ip6tables, ipset, asa, asa-acl or csv", AT(audit.input_format)},
    {"device", 'd', OPT_DEVICE, "NAME", "the inputs that follow belong to one device", 0},
    {"site", 's', OPT_TEXT, "FILE", "site description (default: fwproof.json here or above)",
     AT(audit.site_path)},
    {"no-site", 0, OPT_FLAG, NULL, "use no site description", AT(audit.no_site)},
    {"at", 0, OPT_TEXT, "DATETIME", "YYYY-MM-DDTHH:MM at which time ranges are decided",
     AT(audit.at_time)},
    END,
};
static const struct option rule_rows[] = {
    {"pack", 'p', OPT_TEXTS, "NAME|FILE", "rule pack to use; may be repeated", AT(audit.packs)},
    END,
};
static const struct option catalogue_rows[] = {
    {"catalogue", 0, OPT_TEXTS, "NAME|FILE",
     "show the items of a compliance catalogue; may be repeated", AT(audit.catalogues)},
    END,
};
static const struct option gate_rows[] = {
    {"fail-on", 0, OPT_WORD, "error|warning|note", "what makes the verdict fail (default: error)",
     AT(audit.fail_on)},
    {"exit-zero", 0, OPT_FLAG, NULL, "exit 0 instead of 1 on findings", AT(audit.exit_zero)},
    {"allow-incomplete", 0, OPT_FLAG, NULL, "lines not understood do not change the verdict",
     AT(audit.allow_incomplete)},
    {"today", 0, OPT_DATE, "YYYY-MM-DD", "the date for rules about age; there is no other clock",
     AT(audit.today)},
    {"budget", 0, OPT_NUMBER, "STEPS", "give up a question after so many steps (exit 3)",
     AT(audit.budget)},
    END,
};
static const struct option accepted_rows[] = {
    {"waivers", 0, OPT_TEXT, "FILE", "what is accepted for a time (default: as the site file says)",
     AT(audit.waivers)},
    {"no-inline-waivers", 0, OPT_FLAG, NULL, "\"fwproof:ignore\" in remarks does not count",
     AT(audit.no_inline)},
    {"baseline", 0, OPT_TEXT, "FILE", "findings that were accepted once (see fwproof baseline)",
     AT(audit.baseline)},
    END,
};
static const struct option job_rows[] = {
    {"jobs", 'j', OPT_NUMBER, "N", "work on N devices at a time (default: 1; 0: one per processor)",
     AT(jobs)},
    END,
};
static const struct option limit_rows[] = {
    {"allow-incomplete", 0, OPT_FLAG, NULL, "lines not understood do not change the verdict",
     AT(audit.allow_incomplete)},
    {"budget", 0, OPT_NUMBER, "STEPS", "give up a question after so many steps (exit 3)",
     AT(audit.budget)},
    END,
};
static const struct option verdict_rows[] = {
    {"fail-on", 0, OPT_WORD, "error|warning|note", "what makes the verdict fail (default: error)",
     AT(audit.fail_on)},
    {"exit-zero", 0, OPT_FLAG, NULL, "exit 0 instead of 1 on findings", AT(audit.exit_zero)},
    {"allow-incomplete", 0, OPT_FLAG, NULL, "lines not understood do not change the verdict",
     AT(audit.allow_incomplete)},
    END,
};
static const struct option output_rows[] = {
    {"format", 'f', OPT_TEXTS, "FMT[=FILE]", "output format, to FILE or stdout; may be repeated",
     AT(formats)},
    END,
};
static const struct option common_rows[] = {
    {"color", 0, OPT_WORD, "auto|always|never", "colours (default: on a terminal)", AT(color)},
    {"hyperlinks", 0, OPT_WORD, "auto|always|never",
     "places link to their lines (default: on terminals that can)", AT(links)},
    {"ascii", 0, OPT_FLAG, NULL, "no characters beyond ASCII", AT(ascii)},
    {"width", 0, OPT_NUMBER, "COLUMNS", "columns of the text (default: the terminal's, or 100)",
     AT(width)},
    {"memory", 0, OPT_NUMBER, "MIB", "give up beyond so much memory (default: 4096; exit 4)",
     AT(memory)},
    {"redact", 0, OPT_TEXTS, "addresses,names", "pseudonyms for these in all that is written",
     AT(redact)},
    {"redact-key", 0, OPT_TEXT, "FILE", "key of the pseudonyms (default: made of the exports)",
     AT(redact_key)},
    {"quiet", 'q', OPT_COUNT, NULL, "findings only; twice: nothing but the exit code", AT(quiet)},
    {"verbose", 'v', OPT_COUNT, NULL, "show everything, also long lists whole", AT(verbose)},
    {"help", 'h', OPT_FLAG, NULL, "show this help", AT(help)},
    END,
};

const struct option_table options_input = {"Inputs", input_rows};
const struct option_table options_rules = {"Rules", rule_rows};
const struct option_table options_catalogues = {"Compliance", catalogue_rows};
const struct option_table options_gate = {"Verdict", gate_rows};
const struct option_table options_accepted = {"Accepted findings", accepted_rows};
const struct option_table options_jobs = {"Speed", job_rows};
const struct option_table options_limits = {"Verdict", limit_rows};
const struct option_table options_verdict = {"Verdict", verdict_rows};
const struct option_table options_output = {"Output", output_rows};
const struct option_table options_common = {"Everywhere", common_rows};

size_t options_tables(const struct verb *v, struct option_table tables[OPTION_TABLES_MAX])
{
    size_t n = 0;
    if (v->own != NULL)
        tables[n++] = (struct option_table){"Options", v->own};
    for (size_t i = 0; v->shared != NULL && v->shared[i] != NULL && n < OPTION_TABLES_MAX - 1; i++)
        tables[n++] = *v->shared[i];
    tables[n++] = options_common;
    return n;
}

static const struct option *find_option(const struct verb *v, struct str name, char letter,
                                        bool *own)
{
    struct option_table tables[OPTION_TABLES_MAX];
    size_t n = options_tables(v, tables);
    for (size_t i = 0; i < n; i++)
        for (const struct option *o = tables[i].v; o->name != NULL; o++)
            if (letter != 0 ? o->letter == letter : str_eq(str_of(o->name), name)) {
                *own = v->own == tables[i].v;
                return o;
            }
    return NULL;
}

/* ---- reading -----------------------------------------------------------------------------------
 */

struct reader {
    struct command *command;
    char *const *words;
    int n, i;
    struct str device; /* the last --device */
};

static bool read_word(struct reader *r, const struct option *o, struct str value, int *index)
{
    struct str words = str_of(o->arg), word;
    for (int i = 0; str_cut(&words, '|', &word); i++)
        if (str_eq(word, value)) {
            *index = i;
            return true;
        }
    usage_error(r->command, "--%s must be one of %s, not \"%.*s\"", o->name, o->arg,
                STR_ARG(value));
    return false;
}

static bool store(struct reader *r, const struct option *o, void *at, struct str value)
{
    int64_t day;
    switch (o->kind) {
    case OPT_FLAG:
        *(bool *)at = true;
        return true;
    case OPT_COUNT:
        ++*(int *)at;
        return true;
    case OPT_TEXTS:
        *PUSH(r->command->arena, *(struct strs *)at) = value;
        return true;
    case OPT_WORD:
        return read_word(r, o, value, at);
    case OPT_NUMBER:
        if (str_u64(value, 10, UINT64_MAX, at))
            return true;
        usage_error(r->command, "--%s takes a number, not \"%.*s\"", o->name, STR_ARG(value));
        return false;
    case OPT_DATE:
        if (!date_day(value, &day)) {
            usage_error(r->command, "--%s takes a date like 2026-01-31, not \"%.*s\"", o->name,
                        STR_ARG(value));
            return false;
        }
        *(struct str *)at = value;
        return true;
    case OPT_TEXT:
        *(struct str *)at = value;
        return true;
    case OPT_DEVICE:
        r->device = value;
        return true;
    }
    return false;
}

static bool apply(struct reader *r, const struct option *o, bool own, struct str value)
{
    char *base = own ? r->command->own : (char *)&r->command->opt;
    return store(r, o, base + o->offset, value);
}

static bool unknown_option(struct reader *r, struct str name)
{
    struct option_table tables[OPTION_TABLES_MAX];
    size_t n = options_tables(r->command->verb, tables), nearest = 4;
    const char *best = NULL;
    for (size_t i = 0; i < n; i++)
        for (const struct option *o = tables[i].v; o->name != NULL; o++) {
            size_t d = str_distance(name, str_of(o->name), 3);
            if (d < nearest) {
                nearest = d;
                best = o->name;
            }
        }
    if (best != NULL)
        usage_error(r->command, "unknown option --%.*s; did you mean --%s?", STR_ARG(name), best);
    else
        usage_error(r->command, "unknown option --%.*s", STR_ARG(name));
    return false;
}

static bool read_long(struct reader *r, struct str word)
{
    struct str rest = str_from(word, 2), name = STR("");
    bool has_value = str_find(rest, '=') < rest.n, own = false;
    str_cut(&rest, '=', &name);
    const struct option *o = find_option(r->command->verb, name, 0, &own);
    if (o == NULL)
        return unknown_option(r, name);
    if (o->arg == NULL && has_value) {
        usage_error(r->command, "--%s takes no value", o->name);
        return false;
    }
    if (o->arg != NULL && !has_value) {
        if (r->i >= r->n) {
            usage_error(r->command, "--%s needs a value: %s", o->name, o->arg);
            return false;
        }
        rest = str_of(r->words[r->i++]);
    }
    return apply(r, o, own, rest);
}

/* -x, -xVALUE, -x VALUE, and letters in a row: -qv. */
static bool read_short(struct reader *r, struct str word)
{
    for (size_t k = 1; k < word.n; k++) {
        bool own = false;
        const struct option *o = find_option(r->command->verb, STR(""), word.p[k], &own);
        if (o == NULL) {
            usage_error(r->command, "unknown option -%c", word.p[k]);
            return false;
        }
        if (o->arg == NULL) {
            if (!apply(r, o, own, STR("")))
                return false;
            continue;
        }
        struct str value = str_from(word, k + 1);
        if (value.n == 0 && r->i >= r->n) {
            usage_error(r->command, "-%c needs a value: %s", o->letter, o->arg);
            return false;
        }
        return apply(r, o, own, value.n != 0 ? value : str_of(r->words[r->i++]));
    }
    return true;
}

bool options_read(struct command *c, int n, char *const *words)
{
    struct reader r = {.command = c, .words = words, .n = n};
    if (c->verb->own_size != 0)
        c->own = arena_alloc(c->arena, c->verb->own_size);
    bool only_args = false;
    while (r.i < n) {
        struct str word = str_of(words[r.i++]);
        if (!only_args && str_eq(word, STR("--"))) {
            only_args = true;
        } else if (!only_args && str_starts(word, STR("--"))) {
            if (!read_long(&r, word))
                return false;
        } else if (!only_args && word.n > 1 && word.p[0] == '-') {
            if (!read_short(&r, word))
                return false;
        } else {
            *PUSH(c->arena, c->args) = word;
            *PUSH(c->arena, c->opt.audit.inputs) =
                (struct audit_input){.path = word, .device = r.device};
        }
    }
    uint64_t jobs = c->opt.jobs == 0 ? jobs_processors() : c->opt.jobs;
    c->opt.audit.jobs = jobs > JOBS_MAX ? JOBS_MAX : (unsigned)jobs;
    if (c->opt.help || c->args.n >= c->verb->min_args)
        return true;
    usage_error(c, "what is missing is %s", c->verb->args);
    return false;
}
