/* iptables: a rule's words read by the tables of its grammar, with what iptables or the kernel
 * refuse, and written again as iptables-save does. */
#include "import/ipt_grammar.h"

struct form_reader {
    struct ipt *x;
    enum family family;
    const struct ipt_chain *chain;
    struct ipt_rule *rule;
    struct ipt_form *form;
    struct ipt_words out; /* the words as the tables of ipt_match.c know them */
    size_t at;
    struct ipt_use *last; /* the match or target that was named last */
    bool negated;
    struct ipt_place place;
};

/* Only the first reason: iptables stops there, and what follows from it says nothing new. */
static void refuse(struct form_reader *r, struct span at, struct str why)
{
    if (r->form->refused)
        return;
    ipt_refuse(r->x, r->rule->source, at, "%.*s", STR_ARG(why));
    r->form->refused = true;
}

#define REFUSE(r, at, ...) refuse((r), (at), arena_strf((r)->x->im->arena, __VA_ARGS__))

static void put_word(struct form_reader *r, struct str text, struct span at)
{
    *PUSH(r->x->forms, r->out) = (struct ipt_word){text, at};
}

/* ---- names ------------------------------------------------------------------------------------
 */

static const struct ipt_term no_terms[] = {{.name = NULL}};

static const struct ipt_term *terms_of(const struct ipt_use *use)
{
    return use->is == NULL || use->is->terms == NULL ? no_terms : use->is->terms;
}

/* The tables are long: most rows differ in the first letters, behind the dashes of options. */
static bool is_named(const char *row, struct str name)
{
    return name.n > 1 && row[0] == name.p[0] && row[1] == name.p[1] &&
           (name.n == 2 || row[2] == name.p[2]) && str_eq(str_of(row), name);
}

static const struct ipt_extension *find_extension(const struct ipt_extension *all, struct str name,
                                                  enum family family)
{
    unsigned on = family == FAMILY_V6 ? ON_V6 : ON_V4;
    for (; all->name != NULL; all++)
        if ((all->families & on) != 0 && is_named(all->name, name))
            return all;
    return NULL;
}

static const struct ipt_term *find_term(const struct ipt_term *terms, struct str name)
{
    for (; terms->name != NULL; terms++)
        if (is_named(terms->name, name))
            return terms;
    return NULL;
}

const struct ipt_said *ipt_said_find(const struct ipt_use *use, const char *option)
{
    for (size_t i = 0; i < use->n; i++) {
        const struct ipt_term *t = use->v[i].term;
        if (strcmp(t->as != NULL ? t->as : t->name, option) == 0)
            return &use->v[i];
    }
    return NULL;
}

/* What takes the option NAME: the match that was named last decides. */
static struct ipt_use *find_use(struct form_reader *r, struct str name,
                                const struct ipt_term **term)
{
    struct ipt_form *f = r->form;
    if ((*term = find_term(ipt_terms_own, name)) != NULL)
        return &f->own;
    if ((*term = find_term(terms_of(&f->target), name)) != NULL)
        return &f->target;
    for (size_t i = f->matches.n; i-- > 0;)
        if ((*term = find_term(terms_of(f->matches.v[i]), name)) != NULL)
            return f->matches.v[i];
    return NULL;
}

/* NAME begins exactly one option, or several that mean the same: getopt_long() completes it. */
static struct str complete(struct form_reader *r, struct str name)
{
    static const char *const commands[] = {"--match", "--jump", "--goto", "--set-counters"};
    struct ipt_form *f = r->form;
    struct str found = {"", 0};
    size_t n = 0;
    if (name.n < 3 || !str_starts(name, STR("--")))
        return found;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (str_starts(str_of(commands[i]), name)) {
            found = str_of(commands[i]);
            n++;
        }
    for (size_t i = 0; i < f->matches.n + 2; i++) {
        const struct ipt_term *t = i == 0   ? ipt_terms_own
                                   : i == 1 ? terms_of(&f->target)
                                            : terms_of(f->matches.v[i - 2]);
        for (; t->name != NULL; t++)
            if (str_starts(str_of(t->name), name)) {
                found = str_of(t->name);
                n++;
            }
    }
    return n == 1 ? found : (struct str){"", 0};
}

/* "-m NAME" before the option that is read, and before its `!`. */
static void put_match(struct form_reader *r, const char *name)
{
    struct span at = r->rule->words.v[r->at].at;
    struct ipt_word bang = {.at = at};
    if (r->negated)
        bang = r->out.v[--r->out.n];
    put_word(r, STR("-m"), at);
    put_word(r, str_of(name), at);
    if (r->negated)
        put_word(r, bang.text, bang.at);
}

/* `-p tcp --dport 80` is `-p tcp -m tcp --dport 80`. */
static struct ipt_use *load_protocol(struct form_reader *r, struct str name,
                                     const struct ipt_term **term)
{
    static const struct {
        uint8_t proto;
        const char *match;
    } rows[] = {{PROTO_TCP, "tcp"},   {PROTO_UDP, "udp"},   {PROTO_SCTP, "sctp"},
                {PROTO_DCCP, "dccp"}, {PROTO_ICMP, "icmp"}, {PROTO_ICMPV6, "icmp6"},
                {50, "esp"},          {51, "ah"},           {108, "ipcomp"},
                {135, "mh"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows && r->place.proto != 0; i++) {
        const struct ipt_extension *is =
            find_extension(ipt_grammar_matches, str_of(rows[i].match), r->family);
        if (rows[i].proto != r->place.proto || is == NULL ||
            (*term = find_term(is->terms, name)) == NULL)
            continue;
        struct ipt_use *use = NEW(r->x->forms, struct ipt_use);
        *use =
            (struct ipt_use){.name = str_of(is->name), .is = is, .at = r->rule->words.v[r->at].at};
        *PUSH(r->x->forms, r->form->matches) = use;
        put_match(r, is->name);
        return use;
    }
    return NULL;
}

/* ---- options ----------------------------------------------------------------------------------
 */

static bool is_word(const struct form_reader *r, size_t at, const char *text)
{
    return at < r->rule->words.n && str_eq(r->rule->words.v[at].text, str_of(text));
}

/* The next word; false (and a refusal) if there is none. */
static bool take_value(struct form_reader *r, struct str name, struct str *value)
{
    if (r->at + 1 >= r->rule->words.n) {
        REFUSE(r, r->rule->words.v[r->at].at, "%.*s needs a value", STR_ARG(name));
        return false;
    }
    const struct ipt_word *w = &r->rule->words.v[++r->at];
    put_word(r, w->text, w->at);
    *value = w->text;
    return true;
}

/* Before iptables 1.4.3 a `!` stood before the value. */
static void old_negation(struct form_reader *r, const struct ipt_term *t)
{
    if ((t->flags & TERM_NOT) == 0 || !is_word(r, r->at + 1, "!") || r->at + 2 >= r->rule->words.n)
        return;
    r->at++;
    put_word(r, STR("!"), r->rule->words.v[r->at].at);
    r->negated = true;
}

static void note_protocol(struct form_reader *r, const struct ipt_term *t, struct str value)
{
    const char *name = t->as != NULL ? t->as : t->name;
    uint8_t proto;
    if (strcmp(name, "-p") != 0)
        return;
    r->place.proto = ipt_proto(value, &proto) ? proto : 0;
    r->place.not_proto = r->negated;
}

/* Two options of USE that may not stand together, or the same one twice. */
static void check_alone(struct form_reader *r, const struct ipt_use *use, const struct ipt_term *t)
{
    const char *name = t->as != NULL ? t->as : t->name;
    struct span at = r->rule->words.v[r->at].at;
    for (size_t i = use->n; i-- > 0 && (use->v[i].term->flags & TERM_NEXT) == 0;) {
        const struct ipt_term *other = use->v[i].term;
        const char *its = other->as != NULL ? other->as : other->name;
        if ((t->flags & TERM_NEXT) != 0)
            return;
        if (strcmp(its, name) == 0)
            REFUSE(r, at, "%s is there twice", name);
        else if ((other->one_of & t->one_of) != 0)
            REFUSE(r, at, "%s and %s exclude each other", other->name, t->name);
        else
            continue;
        return;
    }
}

/* The words that are lowered have the canonical spelling, too: what means the same is the same. */
static void respell(struct form_reader *r, const struct ipt_term *t, size_t named, struct str text)
{
    if ((t->flags & TERM_TWO) != 0 || t->also != NULL || str_find(text, '"') != text.n)
        return;
    struct str *given = &r->out.v[r->out.n - 1].text;
    if (!str_eq(*given, text)) /* for what is made of the rule: the form does not last */
        *given = arena_copy(r->x->im->arena, text);
    if (t->as != NULL)
        r->out.v[named].text = str_of(t->as);
}

#define SHOWN_BYTES 60 /* of a value that is refused */

static void refuse_value(struct form_reader *r, const struct ipt_term *t, struct str value,
                         struct str more)
{
    struct str shown = str_sub(value, 0, SHOWN_BYTES);
    REFUSE(r, r->rule->words.v[r->at].at, "%s cannot be \"%.*s%s%s%.*s\"", t->name, STR_ARG(shown),
           shown.n < value.n ? "..." : "", more.n != 0 ? " " : "",
           STR_ARG(str_sub(more, 0, SHOWN_BYTES)));
}

static void read_term(struct form_reader *r, struct ipt_use *use, const struct ipt_term *t)
{
    struct span at = r->rule->words.v[r->at].at;
    struct str value = {"", 0}, more = {"", 0};
    size_t named = r->out.n - 1;
    bool bare =
        (t->flags & TERM_MAYBE) != 0 &&
        (r->at + 1 >= r->rule->words.n || str_starts(r->rule->words.v[r->at + 1].text, STR("-")));
    if (t->value != NULL && !bare) {
        old_negation(r, t);
        if (!take_value(r, str_of(t->name), &value) ||
            ((t->flags & TERM_TWO) != 0 && !take_value(r, str_of(t->name), &more)))
            return;
    }
    if (r->negated && (t->flags & TERM_NOT) == 0)
        REFUSE(r, at, "`!` before %s", t->name);
    if ((t->flags & TERM_V4) != 0 && r->family != FAMILY_V4)
        REFUSE(r, at, "IPv6 has no %s", t->name);
    if (t->with != NULL && ipt_said_find(use, t->with) == NULL)
        REFUSE(r, at, "%s needs %s before it", t->name, t->with);
    check_alone(r, use, t);
    if (r->negated && t->value == ipt_v_network && str_find(value, ',') != value.n)
        REFUSE(r, at, "`!` before several addresses");
    note_protocol(r, t, value);
    struct str text = str_of(t->words);
    if (t->value != NULL) {
        struct ipt_value g = {r->x->forms, r->family, t, use, r->negated, more};
        text = bare ? (struct str){"", 0} : t->value(&g, value);
    }
    if (text.p == NULL) {
        refuse_value(r, t, value, more);
        return;
    }
    if (t->value != NULL && !bare)
        respell(r, t, named, text);
    bool flips = r->negated && t->flip != NULL;
    *PUSH(r->x->forms, *use) = (struct ipt_said){
        flips ? find_term(terms_of(use), str_of(t->flip)) : t, text, at, r->negated && !flips};
    if (t->also != NULL)
        *PUSH(r->x->forms, *use) =
            (struct ipt_said){find_term(terms_of(use), str_of(t->also)), text, at, r->negated};
}

/* ---- words ------------------------------------------------------------------------------------
 */

/* "-ptcp", "--protocol=tcp" are two words. */
static void split_word(struct form_reader *r)
{
    struct ipt_words *w = &r->rule->words;
    struct ipt_word whole = w->v[r->at];
    size_t cut = str_find(whole.text, '=');
    bool is_long = str_starts(whole.text, STR("--"));
    if (!is_long && whole.text.n > 2 && whole.text.p[0] == '-' &&
        char_is_of(whole.text.p[1], "psdiojgm"))
        cut = 2;
    else if (!is_long || cut == whole.text.n)
        return;
    struct ipt_words out = {NEW_N(r->x->forms, struct ipt_word, w->n + 1), w->n + 1, w->n + 1};
    memcpy(out.v, w->v, r->at * sizeof *w->v);
    memcpy(out.v + r->at + 2, w->v + r->at + 1, (w->n - r->at - 1) * sizeof *w->v);
    out.v[r->at] = (struct ipt_word){str_sub(whole.text, 0, cut), whole.at};
    out.v[r->at + 1] = (struct ipt_word){str_from(whole.text, is_long ? cut + 1 : cut), whole.at};
    *w = out;
}

/* "-c 2 3", "-c 2,3" */
static void read_counters(struct form_reader *r)
{
    struct span at = r->rule->words.v[r->at].at;
    struct str packets = {"", 0}, bytes = {"", 0};
    uint64_t n;
    r->out.n--;
    if (!take_value(r, STR("-c"), &packets))
        return;
    r->out.n--;
    size_t comma = str_find(packets, ',');
    if (comma != packets.n) {
        bytes = str_from(packets, comma + 1);
        packets = str_sub(packets, 0, comma);
    } else if (take_value(r, STR("-c"), &bytes)) {
        r->out.n--;
    }
    if (!str_u64(packets, 10, UINT64_MAX, &n) || !str_u64(bytes, 10, UINT64_MAX, &n)) {
        REFUSE(r, at, "-c needs two numbers");
        return;
    }
}

/* -m, -j and -g. */
static void read_name(struct form_reader *r, struct str option)
{
    struct arena *a = r->x->forms;
    bool match = str_eq(option, STR("-m")) || str_eq(option, STR("--match"));
    struct span at = r->rule->words.v[r->at].at;
    struct str name;
    if (!take_value(r, option, &name))
        return;
    if (r->negated)
        REFUSE(r, at, "`!` before %.*s", STR_ARG(option));
    if (match) {
        r->last = NEW(a, struct ipt_use);
        *PUSH(a, r->form->matches) = r->last;
    } else {
        if (r->form->target.name.n != 0)
            REFUSE(r, at, "a rule has one target");
        r->last = &r->form->target;
        r->form->go = str_eq(option, STR("-g")) || str_eq(option, STR("--goto"));
    }
    *r->last = (struct ipt_use){.name = name, .at = r->rule->words.v[r->at].at};
    if (r->form->go && !match)
        return;
    const struct ipt_extension *all = match ? ipt_grammar_matches : ipt_grammar_targets;
    r->last->is = find_extension(all, name, r->family);
    if (r->last->is == NULL &&
        find_extension(all, name, r->family == FAMILY_V4 ? FAMILY_V6 : FAMILY_V4) != NULL)
        REFUSE(r, r->last->at, "IPv%d has no %.*s", r->family == FAMILY_V4 ? 4 : 6, STR_ARG(name));
}

/* -m, -j, -g and -c, which belong to no match or target. */
enum own_word { OWN_NONE, OWN_NAME, OWN_COUNTERS };

static enum own_word own_word(struct str word)
{
    static const struct {
        struct str letter, name;
        enum own_word is;
    } rows[] = {{STR_INIT("-m"), STR_INIT("--match"), OWN_NAME},
                {STR_INIT("-j"), STR_INIT("--jump"), OWN_NAME},
                {STR_INIT("-g"), STR_INIT("--goto"), OWN_NAME},
                {STR_INIT("-c"), STR_INIT("--set-counters"), OWN_COUNTERS}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (str_eq(word, rows[i].letter) || str_eq(word, rows[i].name))
            return rows[i].is;
    return OWN_NONE;
}

/* A word that no table has. */
static void read_unknown(struct form_reader *r, const struct ipt_word *w)
{
    const struct ipt_form *f = r->form;
    bool foreign = r->last != NULL && r->last->is == NULL && !f->go;
    if (foreign) {
        if (r->negated)
            *PUSH(r->x->forms, r->last->raw) = STR("!");
        *PUSH(r->x->forms, r->last->raw) = w->text;
        return;
    }
    if (find_term(ipt_grammar_ports, w->text) != NULL)
        REFUSE(r, w->at, "ports need -p with a protocol that has ports");
    else if (w->text.n > 1 && w->text.p[0] == '-')
        REFUSE(r, w->at, "there is no option %.*s here", STR_ARG(w->text));
    else
        REFUSE(r, w->at, "\"%.*s\" belongs to no option", STR_ARG(w->text));
}

static void read_word(struct form_reader *r)
{
    const struct ipt_term *term;
    struct ipt_word w = r->rule->words.v[r->at];
    struct ipt_use *use = find_use(r, w.text, &term);
    enum own_word own = own_word(w.text);
    if (use == NULL && own == OWN_NONE && (r->last == NULL || r->last->is != NULL)) {
        struct str whole = complete(r, w.text);
        w.text = whole.n != 0 ? whole : w.text;
        use = find_use(r, w.text, &term);
        own = own_word(w.text);
    }
    if (use == NULL && own == OWN_NONE)
        use = load_protocol(r, w.text, &term);
    put_word(r, w.text, w.at);
    if (own == OWN_COUNTERS)
        read_counters(r);
    else if (own == OWN_NAME)
        read_name(r, w.text);
    else if (use != NULL)
        read_term(r, use, term);
    else
        read_unknown(r, &w);
}

/* ---- what options need of each other ----------------------------------------------------------
 */

static bool in_list(const char *list, struct str name)
{
    struct str rest = str_of(list), one;
    while (str_word(&rest, &one))
        if (str_eq(one, name))
            return true;
    return list == NULL;
}

/* After a `!` nothing but what nf_tables writes without the match. */
static bool has_proto(const struct form_reader *r, const uint8_t *protos, bool native)
{
    bool found = protos == NULL;
    for (; protos != NULL && *protos != 0; protos++)
        found = found || *protos == r->place.proto;
    return found && (protos == NULL || native || !r->place.not_proto);
}

/* Ports are given, and NAT of this protocol has none. */
static bool lacks_ports(const struct form_reader *r, const struct ipt_said *s)
{
    static const uint8_t ported[] = {PROTO_TCP, PROTO_UDP, PROTO_SCTP, PROTO_DCCP, PROTO_ICMP, 0};
    if ((s->term->flags & TERM_PORTS) == 0 || has_proto(r, ported, true))
        return false;
    if (s->term->value != ipt_v_nat)
        return true;
    return r->family == FAMILY_V6 ? s->text.n != 0 && s->text.p[0] == '['
                                  : str_find(s->text, ':') != s->text.n;
}

static void check_use(struct form_reader *r, const struct ipt_use *use)
{
    const struct ipt_extension *is = use->is;
    struct str name = use->name;
    const char *why = NULL;
    if (is == NULL)
        return;
    if (r->rule->table_said && !in_list(is->tables, r->place.table))
        REFUSE(r, use->at, "%.*s belongs in table %s", STR_ARG(name), is->tables);
    else if (r->chain->policy.n != 0 && !in_list(is->chains, r->place.chain))
        REFUSE(r, use->at, "%.*s cannot stand in chain %.*s", STR_ARG(name),
               STR_ARG(r->place.chain));
    else if (!has_proto(r, is->protos, is->native))
        REFUSE(r, use->at, "%.*s needs -p with %s", STR_ARG(name),
               is->protos[1] != 0 ? "a protocol that has what it asks for" : "its protocol");
    if (is->needs_option && use->n == 0)
        REFUSE(r, use->at, "%.*s needs an option", STR_ARG(name));
    for (const struct ipt_term *t = terms_of(use); t->name != NULL; t++)
        if ((t->flags & TERM_MUST) != 0 && ipt_said_find(use, t->name) == NULL)
            REFUSE(r, use->at, "%.*s needs %s", STR_ARG(name), t->name);
    for (size_t i = 0; i < use->n; i++)
        if (lacks_ports(r, &use->v[i]))
            REFUSE(r, use->v[i].at, "ports need -p with a protocol that has ports");
    if (is->check != NULL && (why = is->check(use, &r->place)) != NULL)
        REFUSE(r, use->at, "%.*s: %s", STR_ARG(name), why);
}

struct ipt_form *ipt_form_read(struct ipt *x, enum family family, const struct ipt_chain *chain,
                               struct ipt_rule *rule)
{
    size_t most = rule->words.n + 2;
    struct form_reader r = {.x = x,
                            .family = family,
                            .chain = chain,
                            .rule = rule,
                            .form = NEW(x->forms, struct ipt_form),
                            .out = {NEW_N(x->forms, struct ipt_word, most), 0, most},
                            .place = {.table = chain->table, .chain = chain->name}};
    r.form->own.cap = most / 2;
    r.form->own.v = NEW_N(x->forms, struct ipt_said, r.form->own.cap);
    for (r.at = 0; r.at < rule->words.n; r.at++) {
        if (is_word(&r, r.at, "!")) {
            put_word(&r, STR("!"), rule->words.v[r.at].at);
            r.negated = true;
            continue;
        }
        split_word(&r);
        read_word(&r);
        r.negated = false;
    }
    for (size_t i = 0; i < r.form->matches.n; i++)
        check_use(&r, r.form->matches.v[i]);
    check_use(&r, &r.form->target);
    if (!r.form->refused) /* else they stay as they are written */
        rule->words = r.out;
    return r.form;
}

/* ---- spelling ---------------------------------------------------------------------------------
 */

static bool is_omitted(const struct ipt_term *t, const struct ipt_said *s)
{
    struct str rest = str_of(t->omit), one;
    if (t->omit == NULL || s->negated)
        return false;
    if (rest.n == 0)
        return true;
    while (str_cut(&rest, '|', &one))
        if (str_eq(one, s->text))
            return true;
    return false;
}

static bool is_replaced(const struct ipt_use *use, const struct ipt_term *t)
{
    for (size_t i = 0; i < use->n; i++)
        if (t->otherwise_if == NULL && (use->v[i].term->one_of & t->one_of) != 0)
            return true;
    return t->otherwise_if != NULL && !t->otherwise_if(use);
}

static void spell_term(struct out *o, const char *name, const struct ipt_said *s)
{
    out_text(o, s->negated ? " ! " : " ");
    out_text(o, name);
    if (s->text.n != 0)
        out_char(o, ' ');
    out_str(o, s->text);
}

/* The options FROM to END of USE, in the order of the table. */
static void spell_terms(struct out *o, enum family family, const struct ipt_use *use,
                        const struct ipt_term *terms, size_t from, size_t end)
{
    for (const struct ipt_term *t = terms; t->name != NULL; t++) {
        const struct ipt_said *s = NULL;
        for (size_t i = from; i < end && t->as == NULL; i++) {
            const struct ipt_term *other = use->v[i].term;
            if (strcmp(other->as != NULL ? other->as : other->name, t->name) == 0)
                s = &use->v[i];
        }
        const char *otherwise =
            family == FAMILY_V6 && t->otherwise6 != NULL ? t->otherwise6 : t->otherwise;
        if (s != NULL && !is_omitted(t, s))
            spell_term(o, t->name, s);
        else if (s == NULL && otherwise != NULL && !is_replaced(use, t))
            out_fmt(o, " %s%s%s", t->name, *otherwise != '\0' ? " " : "", otherwise);
    }
}

void ipt_use_spell(struct out *o, enum family family, const struct ipt_use *use)
{
    size_t from = 0;
    for (size_t i = 0; i <= use->n; i++)
        if (i == use->n || (i != from && (use->v[i].term->flags & TERM_NEXT) != 0)) {
            spell_terms(o, family, use, terms_of(use), from, i);
            from = i;
        }
    for (size_t i = 0; i < use->raw.n; i++)
        out_fmt(o, " %.*s", STR_ARG(ipt_plain(o->arena, use->raw.v[i])));
}

void ipt_form_spell(struct out *o, enum family family, const struct ipt_form *f)
{
    spell_terms(o, family, &f->own, ipt_terms_own, 0, f->own.n);
    for (size_t i = 0; i < f->matches.n; i++) {
        const struct ipt_use *use = f->matches.v[i];
        struct str name = use->is != NULL && use->is->as != NULL ? str_of(use->is->as) : use->name;
        out_fmt(o, " -m %.*s", STR_ARG(ipt_plain(o->arena, name)));
        ipt_use_spell(o, family, use);
    }
    if (f->target.name.p != NULL) {
        out_fmt(o, " -%c %.*s", f->go ? 'g' : 'j', STR_ARG(ipt_plain(o->arena, f->target.name)));
        ipt_use_spell(o, family, &f->target);
    }
}
