/* Lines of iptables-save, iptables -S and command scripts to rules, chain by chain. Knows the
 * commands (-A, -I, -P, *table, COMMIT …), not what a rule says. */
#include "import/ipt_int.h"

#include <string.h>

struct reader {
    struct ipt *x;
    struct ipt_ruleset *set;
    struct source *source;
    uint32_t line;
    struct str table;        /* of the lines that follow */
    bool in_table;           /* between *table and COMMIT */
    bool table_said;         /* by that, or by the command */
    struct ipt_chain *chain; /* that was asked for last */
};

const char *const *ipt_builtins(struct str table)
{
    static const char *const builtins[][IPT_BUILTINS_MAX + 2] = {
        {"filter", "INPUT", "FORWARD", "OUTPUT"},
        {"nat", "PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"},
        {"mangle", "PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"},
        {"raw", "PREROUTING", "OUTPUT"},
        {"security", "INPUT", "FORWARD", "OUTPUT"},
    };
    for (size_t i = 0; i < sizeof builtins / sizeof *builtins; i++)
        if (str_eq(table, str_of(builtins[i][0])))
            return builtins[i] + 1;
    return NULL;
}

static bool is_table(struct str name)
{
    return ipt_builtins(name) != NULL;
}

bool ipt_is_builtin(struct str table, struct str chain)
{
    const char *const *all = ipt_builtins(table);
    while (all != NULL && *all != NULL && !str_eq(chain, str_of(*all)))
        all++;
    return all != NULL && *all != NULL;
}

void ipt_not_modelled(struct ipt *x, const struct source *s, struct span at, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    struct str why = arena_vstrf(x->im->arena, fmt, ap);
    va_end(ap);
    diag_add(x->im->diags, DIAG_INCOMPLETE, at, "%.*s", STR_ARG(why));
    source_class(x->im->sources->v[s->index], at.line, LINE_NOT_MODELLED);
}

void ipt_refuse(struct ipt *x, const struct source *s, struct span at, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    struct str why = arena_vstrf(x->im->arena, fmt, ap);
    va_end(ap);
    diag_add(x->im->diags, import_refusal(x->im, s), at, "the kernel refuses this: %.*s",
             STR_ARG(why));
    source_class(x->im->sources->v[s->index], at.line, LINE_NOT_MODELLED);
    if (!x->refused)
        policy_fact(x->policy, STR("load.refused"), why, at, NULL);
    x->refused = true;
}

struct ipt_chain *ipt_chain_get(const struct ipt_ruleset *set, struct str table, struct str name)
{
    const struct map *chains = map_get(set->tables, table);
    return chains == NULL ? NULL : map_get(chains, name);
}

static void name_chain(struct arena *a, struct ipt_ruleset *set, struct ipt_chain *c)
{
    struct map *chains = map_get(set->tables, c->table);
    if (chains == NULL) {
        chains = map_new(a);
        map_put(set->tables, c->table, chains);
    }
    map_put(chains, c->name, c);
}

static struct ipt_chain *need_chain(struct reader *r, struct str name, struct span at)
{
    struct ipt_chain *c = r->chain;
    if (c == NULL || !str_eq(c->name, name) || !str_eq(c->table, r->table))
        c = r->chain = ipt_chain_get(r->set, r->table, name);
    if (c != NULL)
        return c;
    struct arena *a = r->x->im->arena;
    c = NEW(a, struct ipt_chain);
    *c = (struct ipt_chain){
        .table = r->table, .name = name, .at = at, .is_target = ipt_is_target(name)};
    if (ipt_is_builtin(r->table, name))
        c->policy = STR("ACCEPT");
    *PUSH(a, r->set->chains) = c;
    name_chain(a, r->set, c);
    return c;
}

/* ---- commands ------------------------------------------------------------------------------- */

enum command {
    CMD_APPEND,
    CMD_INSERT,
    CMD_DELETE,
    CMD_REPLACE,
    CMD_POLICY,
    CMD_NEW,
    CMD_FLUSH,
    CMD_NOTHING, /* -X of an empty chain, -Z, -L: no rule changes */
};

static const struct {
    const char *letter, *name;
    enum command command;
} commands[] = {
    {"-A", "--append", CMD_APPEND},      {"-I", "--insert", CMD_INSERT},
    {"-D", "--delete", CMD_DELETE},      {"-R", "--replace", CMD_REPLACE},
    {"-P", "--policy", CMD_POLICY},      {"-N", "--new-chain", CMD_NEW},
    {"-F", "--flush", CMD_FLUSH},        {"-X", "--delete-chain", CMD_NOTHING},
    {"-Z", "--zero", CMD_NOTHING},       {"-L", "--list", CMD_NOTHING},
    {"-S", "--list-rules", CMD_NOTHING},
};

static bool find_command(struct str word, enum command *command)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (str_eq(word, str_of(commands[i].letter)) || str_eq(word, str_of(commands[i].name))) {
            *command = commands[i].command;
            return true;
        }
    return false;
}

static struct ipt_rule *make_rule(struct reader *r, struct str text, const struct ipt_words *words,
                                  size_t from)
{
    struct ipt_rule *rule = NEW(r->x->rules, struct ipt_rule);
    *rule = (struct ipt_rule){.source = r->source,
                              .at = span_line(r->source, r->line),
                              .text = str_trim(text),
                              .words = {words->v + from, words->n - from, 0},
                              .table_said = r->table_said};
    if (words->n != 0)
        rule->has_hits = ipt_counters_read(words->v[0].text, &rule->hits, &rule->bytes);
    return rule;
}

static bool same_words(const struct ipt_words *a, const struct ipt_words *b)
{
    bool same = a->n == b->n;
    for (size_t i = 0; i < a->n && same; i++)
        same = str_eq(a->v[i].text, b->v[i].text);
    return same;
}

static bool is_like(struct ipt *x, const struct ipt_rule *rule, const struct ipt_rule *like)
{
    struct ipt_words words = ipt_rule_words(x, x->forms, rule);
    bool same = same_words(&words, &like->words);
    arena_reset(x->forms);
    return same;
}

static void insert_at(struct arena *a, struct ipt_chain *c, size_t at, struct ipt_rule *rule)
{
    *PUSH(a, c->rules) = rule;
    memmove(&c->rules.v[at + 1], &c->rules.v[at], (c->rules.n - 1 - at) * sizeof *c->rules.v);
    c->rules.v[at] = rule;
}

static void delete_rule(struct reader *r, struct ipt_chain *c, const struct ipt_rule *like,
                        uint64_t number)
{
    size_t at = number != 0 ? (size_t)number - 1 : 0;
    while (number == 0 && at < c->rules.n && !is_like(r->x, c->rules.v[at], like))
        at++;
    if (at >= c->rules.n) {
        ipt_refuse(r->x, r->source, like->at, "no such rule in %.*s", STR_ARG(c->name));
        return;
    }
    memmove(&c->rules.v[at], &c->rules.v[at + 1], (c->rules.n - 1 - at) * sizeof *c->rules.v);
    c->rules.n--;
}

/* The addresses of `-s a,b` at word I of W; false if that is no list. */
static bool is_list(const struct ipt_words *w, size_t i)
{
    return i + 1 < w->n && str_find(w->v[i + 1].text, ',') != w->v[i + 1].text.n &&
           (i == 0 || !str_eq(w->v[i - 1].text, STR("!"))) && ipt_takes_list(w->v[i].text);
}

struct ipt_rules {
    struct ipt_rule **v;
    size_t n, cap;
};

#define LISTED_RULES_MAX 65536

/* A rule with lists of addresses is one rule for each pair of them (iptables(8), --source). */
static void spread(struct reader *r, const struct ipt_rule *rule, size_t from,
                   struct ipt_rules *out)
{
    struct arena *a = r->x->rules;
    const struct ipt_words *w = &rule->words;
    while (from < w->n && !is_list(w, from))
        from++;
    struct ipt_rule *one;
    if (from >= w->n) {
        one = NEW(a, struct ipt_rule);
        *one = *rule;
        *PUSH(a, *out) = one;
        return;
    }
    struct str list = w->v[from + 1].text, address;
    while (str_cut(&list, ',', &address) && out->n < LISTED_RULES_MAX) {
        struct ipt_rule copy = *rule;
        copy.words.v = NEW_N(a, struct ipt_word, w->n);
        memcpy(copy.words.v, w->v, w->n * sizeof *w->v);
        copy.words.v[from + 1].text = address;
        spread(r, &copy, from + 2, out); /* as deep as the words have lists: see read_rules() */
    }
}

/* The rules that RULE stands for. The kernel's tool takes one list of each kind. */
static struct ipt_rules read_rules(struct reader *r, struct ipt_rule *rule)
{
    struct ipt_rules out = {0};
    size_t lists = 0;
    for (size_t i = 0; i < rule->words.n; i++)
        lists += is_list(&rule->words, i);
    if (lists == 0)
        *PUSH(r->x->rules, out) = rule;
    else if (lists <= 2)
        spread(r, rule, 0, &out);
    if (lists > 2 || out.n == LISTED_RULES_MAX)
        ipt_not_modelled(r->x, r->source, rule->at, "too many lists of addresses in one rule");
    return out;
}

/* A section of a table says which chains there are. A change meets a device that is there: its
 * chains are those of the export. Other commands may follow some that nobody gave us. */
static bool fits_device(struct reader *r, enum command command, const struct ipt_words *w,
                        size_t at)
{
    struct str name = w->v[at + 1].text;
    if (r->x->im->change != r->source && !r->in_table)
        return true;
    bool known = ipt_chain_get(r->set, r->table, name) != NULL || ipt_is_builtin(r->table, name);
    if (known == (command != CMD_NEW))
        return true;
    ipt_refuse(r->x, r->source, w->v[at + 1].at, "chain %.*s %s", STR_ARG(name),
               known ? "is there already" : "does not exist");
    return r->in_table;
}

/* What becomes of packets at the end of C. The kernel takes ACCEPT and DROP, for its own chains
 * only, and "-" for all: it changes nothing. Any other word leaves it unknown. */
static void set_policy(struct reader *r, struct ipt_chain *c, struct str word)
{
    bool own = ipt_is_builtin(r->table, c->name);
    bool known = own && (str_eq(word, STR("ACCEPT")) || str_eq(word, STR("DROP")));
    if (str_eq(word, STR("-")))
        return;
    if (!known)
        ipt_refuse(r->x, r->source, span_of(r->source, r->line, word), "%s policy \"%.*s\"",
                   own ? "there is no" : "only the kernel's own chains have a",
                   STR_ARG(str_safe(r->x->im->arena, word)));
    if (own)
        c->policy = word;
}

/* One command: words[at] is its name. */
static void run_command(struct reader *r, enum command command, struct str text,
                        const struct ipt_words *w, size_t at)
{
    struct arena *a = r->x->im->arena;
    if (command == CMD_NOTHING || (command == CMD_FLUSH && at + 1 >= w->n)) {
        for (size_t i = 0; command == CMD_FLUSH && i < r->set->chains.n; i++)
            if (str_eq(r->set->chains.v[i]->table, r->table))
                r->set->chains.v[i]->rules.n = 0;
        return;
    }
    if (at + 1 >= w->n) {
        ipt_not_modelled(r->x, r->source, w->v[at].at, "a chain's name is missing");
        return;
    }
    if (!fits_device(r, command, w, at))
        return;
    struct ipt_chain *c = need_chain(r, w->v[at + 1].text, w->v[at + 1].at);
    size_t rest = at + 2;
    uint64_t number = 0;
    bool numbered = (command == CMD_INSERT || command == CMD_DELETE || command == CMD_REPLACE) &&
                    rest < w->n && str_u64(w->v[rest].text, 10, UINT32_MAX, &number);
    struct ipt_rule *rule = make_rule(r, text, w, rest + (numbered ? 1 : 0));
    struct ipt_rules rules = read_rules(r, rule);
    switch (command) {
    case CMD_APPEND:
        for (size_t i = 0; i < rules.n; i++)
            *PUSH(a, c->rules) = rules.v[i];
        break;
    case CMD_INSERT:
        if (numbered && (number == 0 || number > c->rules.n + 1))
            ipt_refuse(r->x, r->source, rule->at, "%.*s has no place %u", STR_ARG(c->name),
                       (unsigned)number);
        for (size_t i = 0; i < rules.n && (!numbered || (number != 0 && number <= c->rules.n + 1));
             i++)
            insert_at(a, c, numbered ? (size_t)number - 1 : 0, rules.v[i]);
        break;
    case CMD_DELETE:
        for (size_t i = 0; i < rules.n; i++)
            delete_rule(r, c, rules.v[i], number);
        break;
    case CMD_REPLACE:
        if (number == 0 || number > c->rules.n)
            delete_rule(r, c, rule, UINT32_MAX);
        else
            c->rules.v[number - 1] = rule;
        break;
    case CMD_POLICY:
        set_policy(r, c, rest < w->n ? w->v[rest].text : STR(""));
        c->at = rule->at;
        break;
    case CMD_FLUSH:
        c->rules.n = 0;
        break;
    case CMD_NEW:
    case CMD_NOTHING:
        break;
    }
}

/* ---- lines ---------------------------------------------------------------------------------- */

/* iptables-restore empties a table when its section begins. */
static void begin_table(struct reader *r, struct str name)
{
    r->table = name;
    r->in_table = true;
    for (size_t i = 0; i < r->set->chains.n; i++) {
        struct ipt_chain *c = r->set->chains.v[i];
        if (str_eq(c->table, name)) {
            c->rules.n = 0;
            c->policy = ipt_is_builtin(name, c->name) ? STR("ACCEPT") : STR("");
        }
    }
}

/* ":INPUT DROP [0:0]" */
static bool declare_chain(struct reader *r, struct str line)
{
    struct str name, policy = {"", 0};
    struct str rest = str_from(line, 1);
    if (!str_word(&rest, &name))
        return false;
    str_word(&rest, &policy);
    struct ipt_chain *c = need_chain(r, name, span_line(r->source, r->line));
    c->at = span_line(r->source, r->line);
    set_policy(r, c, policy);
    return true;
}

/* A change may have commands for both families. */
static void choose_family(struct reader *r, enum family family)
{
    struct ipt_ruleset *set = &r->x->sets[family];
    if (set == r->set)
        return;
    if (!set->given) {
        ipt_refuse(r->x, r->source, span_line(r->source, r->line),
                   "the export that this changes has no IPv%d rules", family == FAMILY_V4 ? 4 : 6);
        return;
    }
    r->set = set;
    r->chain = NULL;
}

/* Skips "iptables", "sudo ip6tables", a prompt: true if the words hold a command, at *AT. */
static bool command_at(struct reader *r, const struct ipt_words *w, size_t *at,
                       enum command *command)
{
    struct str table = {"", 0};
    bool shell = false;
    uint64_t ignored;
    for (size_t i = 0; i < w->n; i++) {
        struct str word = w->v[i].text;
        if (find_command(word, command)) {
            *at = i;
            r->table_said = r->in_table || shell || table.n != 0;
            if (table.n != 0)
                r->table = table;
            else if (shell)
                r->table = STR("filter");
            return true;
        }
        if (r->x->im->change == r->source && str_ends(word, STR("tables")))
            choose_family(r, str_ends(word, STR("ip6tables")) ? FAMILY_V6 : FAMILY_V4);
        if ((str_eq(word, STR("-t")) || str_eq(word, STR("--table"))) && i + 1 < w->n)
            table = w->v[++i].text;
        else if (str_ends(word, STR("iptables")) || str_ends(word, STR("ip6tables")) ||
                 str_eq(word, STR("sudo")) || str_eq(word, STR("-w")))
            shell = true;
        else if (!ipt_counters_read(word, &ignored, &ignored))
            return false;
    }
    return false;
}

/* Whether a line that is no command of ours may be one to a firewall all the same: of a script with
 * loops and variables, or of another tool. */
static bool may_filter(const struct ipt_words *w)
{
    static const char *const options[] = {"-A", "-I", "-j", "--append", "--insert", "--jump"};
    static const char *const tools[] = {"ufw", "nft", "firewall-cmd", "ebtables", "shorewall"};
    for (size_t i = 0; i < w->n; i++) {
        struct str word = w->v[i].text;
        bool names = str_search(word, STR("iptables")) != word.n ||
                     str_search(word, STR("ip6tables")) != word.n;
        if (names && str_search(word, STR("-save")) == word.n)
            return true;
        for (size_t k = 0; k < sizeof options / sizeof *options; k++)
            if (str_eq(word, str_of(options[k])))
                return true;
        for (size_t k = 0; k < sizeof tools / sizeof *tools && i < 2; k++)
            if (str_eq(word, str_of(tools[k])))
                return true;
    }
    return false;
}

/* A rule of a table in a shape that may have twins. */
static bool read_twin(struct reader *r, struct str line)
{
    const uint32_t col =
        (uint32_t)(line.p - r->source->bytes.p) - r->source->starts[r->line - 1] + 1;
    struct ipt_rule rule = {.source = r->source,
                            .at = {r->source->index, r->line, col, r->line, col + (uint32_t)line.n},
                            .text = line,
                            .table_said = true,
                            .unread = true};
    struct ipt_chain *c = ipt_shape_read(r->x, r->set, r->table, &rule);
    if (c == NULL)
        return false;
    struct ipt_rule *kept = NEW(r->x->rules, struct ipt_rule);
    *kept = rule;
    *PUSH(r->x->im->arena, c->rules) = kept;
    return true;
}

static void read_line(struct reader *r, struct str text)
{
    struct str line = str_trim(text);
    if (str_find(text, '\0') != text.n) { /* where the kernel's tools see its end */
        ipt_not_modelled(r->x, r->source, span_line(r->source, r->line), "a NUL byte in this line");
        return;
    }
    if (line.n == 0 || line.p[0] == '#') {
        source_class(r->source, r->line, LINE_IRRELEVANT);
        return;
    }
    if (line.p[0] == '*' && is_table(str_from(line, 1))) {
        begin_table(r, str_from(line, 1));
    } else if (str_eq(line, STR("COMMIT"))) {
        r->in_table = false;
    } else if (line.p[0] == ':' && r->in_table) {
        declare_chain(r, line);
    } else if (!r->in_table || !read_twin(r, line)) {
        struct ipt_words words =
            ipt_words_read(r->x, r->x->rules, r->source, r->line, r->in_table, line);
        size_t at;
        enum command command;
        bool understood = true;
        if (!r->in_table && ipt_set_line(r->x, &words, &understood)) {
            if (!understood)
                ipt_not_modelled(r->x, r->source, span_line(r->source, r->line),
                                 "this set is not understood");
            source_class(r->source, r->line, LINE_MODELLED);
            return;
        }
        if (!command_at(r, &words, &at, &command)) {
            if (r->x->im->change == r->source)
                ipt_refuse(r->x, r->source, span_line(r->source, r->line),
                           "this is no command of iptables");
            else if (line.p[0] == '-' || r->in_table)
                ipt_not_modelled(r->x, r->source, span_line(r->source, r->line),
                                 "not a command of iptables");
            else if (may_filter(&words))
                ipt_not_modelled(r->x, r->source, span_line(r->source, r->line),
                                 "a line of a script that may change what is filtered");
            else
                source_class(r->source, r->line, LINE_IRRELEVANT);
            return;
        }
        run_command(r, command, line, &words, at);
    }
    source_class(r->source, r->line, LINE_MODELLED);
}

void ipt_parse(struct ipt *x, enum family family, struct source *source)
{
    struct reader r = {.x = x, .set = &x->sets[family], .source = source, .table = STR("filter")};
    r.set->family = family;
    r.set->given = r.set->given || !str_eq(source->format, STR("ipset"));
    if (r.set->tables == NULL)
        r.set->tables = map_new(x->im->arena);
    for (r.line = 1; r.line <= source->n_lines; r.line++) {
        struct str text = source_line(source, r.line);
        if (r.line == 1 && str_starts(text, STR("\xef\xbb\xbf")))
            text = str_from(text, 3);
        read_line(&r, text);
    }
    if (r.in_table)
        ipt_refuse(x, source, span_line(source, source->n_lines),
                   "table %.*s has no COMMIT, or the export is cut off", STR_ARG(r.table));
}
