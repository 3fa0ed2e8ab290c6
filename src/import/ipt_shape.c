/* iptables: the shapes of rules, and what is in the places where rules of a shape differ: plain
 * addresses, ports, comments, and chains that they jump to. A long export has few shapes. They are
 * a tree of words, walked word by word. */
#include "import/ipt_grammar.h"

#include <string.h>

/* What twins may differ in, by the option before it. The first are sets of the fields below. */
enum place { PLACE_SRC, PLACE_DST, PLACE_SPORT, PLACE_DPORT, PLACE_COMMENT, PLACE_CHAIN };

const enum field ipt_place_fields[IPT_PLACE_SETS] = {FIELD_SRC, FIELD_DST, FIELD_SPORT,
                                                     FIELD_DPORT};

static const struct {
    struct str option;
    enum place place;
    bool list;          /* of ports */
    const char *all[2]; /* by family: what asks for nothing; NULL: what is there */
    const char *but[2]; /* the same behind a `!`: all but the least; NULL: there is no such place */
} options[] = {
    {STR_INIT("-s"), PLACE_SRC, false, {"0.0.0.0/0", "::/0"}, {"192.0.2.1/32", "2001:db8::1/128"}},
    {STR_INIT("-d"), PLACE_DST, false, {"0.0.0.0/0", "::/0"}, {"192.0.2.1/32", "2001:db8::1/128"}},
    {STR_INIT("-j"), PLACE_CHAIN, false, {NULL, NULL}, {NULL, NULL}},
    {STR_INIT("-g"), PLACE_CHAIN, false, {NULL, NULL}, {NULL, NULL}},
    {STR_INIT("--dport"), PLACE_DPORT, false, {"0:65535", "0:65535"}, {"1", "1"}},
    {STR_INIT("--sport"), PLACE_SPORT, false, {"0:65535", "0:65535"}, {"1", "1"}},
    {STR_INIT("--dports"), PLACE_DPORT, true, {"0:65535", "0:65535"}, {"1", "1"}},
    {STR_INIT("--sports"), PLACE_SPORT, true, {"0:65535", "0:65535"}, {"1", "1"}},
    {STR_INIT("--comment"), PLACE_COMMENT, false, {"x", "x"}, {NULL, NULL}},
};
#define N_OPTIONS (sizeof options / sizeof *options)

/* The words of rules as a tree: what may stand behind a word, and where a rule ends. */
struct ipt_step {
    struct ipt_step *up;
    struct str word;         /* with its quotes; empty at the root, and for what is in a place */
    size_t option;           /* whose place is behind it: below N_OPTIONS */
    bool negated;            /* by a `!` before it */
    struct ipt_step *place;  /* once something was in that */
    struct ipt_step *behind; /* other words behind it, the last one that was met in front */
    struct ipt_step *next;   /* of the words behind `up` */
    struct ipt_shape *shape; /* of rules that end here */
};

/* With more words than that, or more behind one, shapes have few rules each. */
#define STEPS_MAX 32768
#define WORDS_BEHIND_MAX 32
#define WORDS_MAX 128 /* of a rule */
/* iptables-extensions(8): a comment has up to 256 characters, with a NUL at the end. */
#define COMMENT_BYTES 255

#define PORTS_MAX 15 /* of multiport */

struct in_place {
    struct ival v[PORTS_MAX];
    size_t n;
    bool negated;
};

/* A line while its words are read. */
struct cutting {
    struct ipt *x;
    const struct ipt_ruleset *set;
    const struct map *chains;  /* of the table */
    struct ipt_places *places; /* with all that is in the places */
    struct in_place *in;       /* before sets are made of it */
    bool taken[IPT_PLACE_SETS];
    struct str rest; /* of the line, without blanks in front */
};

static bool has(struct str s, char c)
{
    return str_find(s, c) != s.n;
}

static void skip_blanks(struct cutting *c)
{
    while (c->rest.n != 0 && char_is_blank(c->rest.p[0]))
        c->rest = (struct str){c->rest.p + 1, c->rest.n - 1};
}

static const char *end_of_word(const struct cutting *c)
{
    const char *p = c->rest.p, *end = p + c->rest.n;
    if (p != end && *p == '"') {
        for (p++; p != end && *p != '"' && *p != '\\';)
            p++;
        return p != end && *p == '"' ? p + 1 : c->rest.p;
    }
    while (p != end && !ipt_word_stops[(unsigned char)*p])
        p++;
    return p;
}

/* The next word, with its quotes; false for one with quotes or a backslash inside. */
static bool next_word(struct cutting *c, struct str *word)
{
    const char *first = c->rest.p, *end = first + c->rest.n, *p = end_of_word(c);
    if (p == first || (p != end && !char_is_blank(*p)))
        return false;
    *word = (struct str){first, (size_t)(p - first)};
    c->rest = (struct str){p, (size_t)(end - p)};
    skip_blanks(c);
    return true;
}

/* ---- what may be in a place ------------------------------------------------------------------ */

/* An address or a network with the length of its prefix. */
static bool plain_network(struct cutting *c, struct str word, struct in_place *out)
{
    enum family family;
    size_t slash = str_find(word, '/');
    if (word.n - slash >= sizeof "/128" || (slash == word.n && str_find(word, '-') != word.n) ||
        !range_parse(word, &family, &out->v[0], NULL))
        return false;
    out->n = 1;
    return family == c->set->family;
}

static bool plain_port(struct str *rest, u128 *port)
{
    size_t i = 0;
    uint32_t n = 0;
    while (i < rest->n && i < 5 && char_is_digit(rest->p[i]))
        n = n * 10 + (uint32_t)(rest->p[i++] - '0');
    bool plain = i != 0 && n <= UINT16_MAX && (i == 1 || rest->p[0] != '0');
    *port = n;
    *rest = str_from(*rest, i);
    return plain;
}

/* Ports and ranges of ports, as many as a list of them may hold. */
static bool plain_ports(struct str word, bool list, struct in_place *out)
{
    struct ival *v = out->v;
    size_t n = 0, room = list ? PORTS_MAX : 2; /* a range takes two */
    do {
        if (n != 0)
            word = str_from(word, 1);
        if (room == 0 || !plain_port(&word, &v[n].lo))
            return false;
        v[n].hi = v[n].lo;
        room--;
        if (word.n != 0 && word.p[0] == ':') {
            word = str_from(word, 1);
            if (room == 0 || !plain_port(&word, &v[n].hi) || v[n].lo >= v[n].hi)
                return false;
            room--;
        }
        n++;
    } while (list && word.n != 0 && word.p[0] == ',');
    out->n = n;
    return word.n == 0;
}

static bool plain_comment(struct cutting *c, struct str word)
{
    if (word.n >= 2 && word.p[0] == '"')
        word = str_sub(word, 1, word.n - 2);
    if (word.n == 0 || word.n > COMMENT_BYTES || word.p[0] == '-' || word.p[0] == '!')
        return false;
    c->places->remark = word;
    return true;
}

/* A user's chain whose name is that of no target. */
static bool plain_chain(struct cutting *c, struct str word)
{
    struct ipt_chain *to = map_get(c->chains, word);
    if (to == NULL || to->policy.n != 0 || to->is_target)
        return false;
    c->places->target = to;
    return true;
}

static size_t find_option(struct str word)
{
    size_t letter = 0, i = 0;
    while (letter < word.n && word.p[letter] == '-')
        letter++;
    if (letter == word.n || !char_is_of(word.p[letter], "sdjgc")) /* most are none */
        return N_OPTIONS;
    while (i < N_OPTIONS && !str_eq(word, options[i].option))
        i++;
    return i;
}

/* WORD into the place behind STEP; false if it belongs to the shape. */
static bool take_place(struct cutting *c, const struct ipt_step *step, struct str word)
{
    const enum place place = options[step->option].place;
    if (place == PLACE_COMMENT)
        return plain_comment(c, word);
    if (place == PLACE_CHAIN)
        return plain_chain(c, word);
    struct in_place *in = &c->in[place];
    if (c->taken[place] ||
        !(place <= PLACE_DST ? plain_network(c, word, in)
                             : plain_ports(word, options[step->option].list, in)))
        return false; /* one place for each field */
    c->taken[place] = true;
    in->negated = step->negated;
    set_expect(c->x->im->sets, in->v[0].lo, in->v[0].hi);
    return true;
}

set_id ipt_place_whole(struct sets *s, enum family family, size_t i)
{
    const bool address = i == PLACE_SRC || i == PLACE_DST;
    return address ? set_range(s, 0, addr_max(family)) : set_full(s, ipt_place_fields[i]);
}

/* False if a rule asks for nothing, or for what there is not. */
static bool make_sets(const struct cutting *c, set_id *out)
{
    struct sets *s = c->x->im->sets;
    bool some = true;
    for (size_t i = 0; i < IPT_PLACE_SETS; i++) {
        struct in_place *in = &c->in[i];
        if (!c->taken[i])
            continue;
        out[i] = in->n == 1 ? set_range(s, in->v[0].lo, in->v[0].hi) : set_of(s, in->v, in->n);
        if (in->negated)
            out[i] = set_minus(s, ipt_place_whole(s, c->set->family, i), out[i]);
        some = some && out[i] != SET_EMPTY;
    }
    return some;
}

/* ---- lines ------------------------------------------------------------------------------------
 */

/* "[12:345]" in front of "-A". */
static bool cut_head(struct cutting *c, struct ipt_rule *rule, struct str *chain)
{
    struct str word;
    if (!next_word(c, &word))
        return false;
    rule->has_hits = ipt_counters_read(word, &rule->hits, &rule->bytes);
    return (!rule->has_hits || next_word(c, &word)) && str_eq(word, STR("-A")) &&
           next_word(c, chain);
}

static struct ipt_step *new_step(struct ipt *x, struct ipt_step *up, struct str word)
{
    if (x->n_steps == STEPS_MAX)
        return NULL;
    struct ipt_step *step = NEW(x->rules, struct ipt_step);
    *step = (struct ipt_step){.up = up, .word = word, .option = N_OPTIONS};
    step->negated = up != NULL && str_eq(up->word, STR("!"));
    if (up != NULL)
        step->option = find_option(word);
    if (step->negated && step->option < N_OPTIONS && options[step->option].but[0] == NULL)
        step->option = N_OPTIONS;
    x->n_steps++;
    return step;
}

/* To the front: lines of a shape follow each other. */
static struct ipt_step *move_up(struct ipt_step *up, struct ipt_step **at)
{
    struct ipt_step *step = *at;
    *at = step->next;
    step->next = up->behind;
    return up->behind = step;
}

/* S begins with the word of STEP, which ends there. */
static bool is_next(const struct ipt_step *step, struct str s)
{
    const size_t n = step->word.n;
    return s.n >= n && (s.n == n || char_is_blank(s.p[n])) && n != 0 &&
           s.p[n - 1] == step->word.p[n - 1] && memcmp(s.p, step->word.p, n) == 0;
}

/* To the word behind UP that is next in the line; NULL if it is none that was met before. */
static struct ipt_step *known_step(struct cutting *c, struct ipt_step *up)
{
    for (struct ipt_step **at = &up->behind; *at != NULL; at = &(*at)->next)
        if (is_next(*at, c->rest)) {
            c->rest = str_from(c->rest, (*at)->word.n);
            skip_blanks(c);
            return at == &up->behind ? *at : move_up(up, at);
        }
    return NULL;
}

/* To WORD behind UP for the first time; NULL if there is no room for another one. */
static struct ipt_step *other_step(struct ipt *x, struct ipt_step *up, struct str word)
{
    size_t n = 0;
    for (const struct ipt_step *step = up->behind; step != NULL; step = step->next)
        n++;
    struct ipt_step *step = n < WORDS_BEHIND_MAX ? new_step(x, up, word) : NULL;
    if (step != NULL) {
        step->next = up->behind;
        up->behind = step;
    }
    return step;
}

static struct ipt_step *step_in_place(struct ipt *x, struct ipt_step *up)
{
    if (up->place == NULL)
        up->place = new_step(x, up, STR(""));
    return up->place;
}

/* What is next in the line into the place behind STEP. */
static bool take_next(struct cutting *c, const struct ipt_step *step)
{
    const struct str whole = c->rest;
    struct str word;
    if (step->option < N_OPTIONS && next_word(c, &word) && take_place(c, step, word))
        return true;
    c->rest = whole;
    return false;
}

/* The next word, which was not met behind BEFORE; false for one that has to be looked at now. */
static bool other_word(struct cutting *c, struct str before, struct str *word)
{
    return next_word(c, word) && !(ipt_takes_list(before) && has(*word, ','));
}

/* From *STEP by the words that are left of the line to where it ends, or to NULL where the tree has
 * no room for them. False if the rule has to be read now. */
static bool walk_words(struct cutting *c, struct ipt_step **step)
{
    struct str word = {"", 0};
    for (size_t n = 0; *step != NULL && c->rest.n != 0; n++) {
        struct ipt_step *up = *step;
        word = up->word;
        const bool jumps = up->option < N_OPTIONS && options[up->option].place == PLACE_CHAIN;
        struct ipt_step *known = jumps ? known_step(c, up) : NULL; /* most go to ACCEPT or DROP */
        if (known == NULL && take_next(c, up))
            known = step_in_place(c->x, up);
        else if (known == NULL && !jumps)
            known = known_step(c, up);
        *step = known;
        if (known != NULL)
            continue;
        if (!other_word(c, word, &word))
            return false;
        *step = n < WORDS_MAX ? other_step(c->x, up, word) : NULL;
    }
    for (struct str before = word; c->rest.n != 0; before = word)
        if (!other_word(c, before, &word))
            return false;
    return true;
}

/* Some options are refused in chains of these names, whoever made them. */
static bool is_hook(struct str name)
{
    return ipt_is_builtin(STR("mangle"), name); /* it has them all */
}

static struct ipt_step *step_to(struct ipt *x, struct ipt_step *up, struct str word)
{
    for (struct ipt_step *step = up == NULL ? NULL : up->behind; step != NULL; step = step->next)
        if (str_eq(step->word, word))
            return step;
    return up == NULL ? NULL : other_step(x, up, word);
}

/* Where the words of rules of CHAIN begin. Those of users' chains of a table begin together. */
static struct ipt_step *first_step(struct cutting *c, struct ipt_chain *chain)
{
    const bool own = chain->policy.n != 0 || is_hook(chain->name);
    struct ipt_step *step = chain->steps;
    if (step != NULL)
        return step;
    step = step_to(c->x, c->x->steps, c->set->family == FAMILY_V6 ? STR("6") : STR("4"));
    step = step_to(c->x, step, chain->table);
    return chain->steps = step_to(c->x, step, own ? chain->name : STR(""));
}

struct ipt_chain *ipt_shape_read(struct ipt *x, const struct ipt_ruleset *set, struct str table,
                                 struct ipt_rule *rule)
{
    struct in_place in[IPT_PLACE_SETS];
    struct cutting c = {.x = x,
                        .in = in,
                        .set = set,
                        .chains = map_get(set->tables, table),
                        .places = &rule->places,
                        .rest = rule->text};
    struct str name;
    if (x->steps == NULL || c.chains == NULL || !cut_head(&c, rule, &name))
        return NULL;
    struct ipt_chain *chain = map_get(c.chains, name);
    struct ipt_step *end = chain == NULL ? NULL : first_step(&c, chain);
    if (chain == NULL || !walk_words(&c, &end))
        return NULL;
    if (end == NULL || !make_sets(&c, rule->places.sets)) {
        rule->places = (struct ipt_places){.shape = NULL};
        return chain;
    }
    if (end->shape == NULL) {
        end->shape = NEW(x->rules, struct ipt_shape);
        end->shape->end = end;
    }
    rule->places.shape = end->shape;
    return chain;
}

void ipt_shapes_start(struct ipt *x)
{
    x->steps = new_step(x, NULL, STR(""));
}

static struct str neutral(enum family family, const struct ipt_rule *rule,
                          const struct ipt_step *option)
{
    const char *const *words =
        option->negated ? options[option->option].but : options[option->option].all;
    return words[family] != NULL ? str_of(words[family]) : rule->places.target->name;
}

static void spell(struct out *o, enum family family, const struct ipt_rule *rule,
                  const struct ipt_step *step)
{
    if (step->up->up->up->up == NULL) /* behind family, table and chain */
        return;
    spell(o, family, rule, step->up); /* as deep as WORDS_MAX */
    out_str(o, step->word.n != 0 ? step->word : neutral(family, rule, step->up));
    out_char(o, ' ');
}

struct str ipt_shape_neutral(struct ipt *x, enum family family, const struct ipt_rule *rule)
{
    struct out o = {.arena = x->forms};
    spell(&o, family, rule, rule->places.shape->end);
    return out_taken(&o);
}
