/* ASA commands that make one configuration of another. The configurations are taken as the device
 * takes them: access lists by their entries, blocks by their lines, and single lines. */
#include "verbs/diff_int.h"

struct text {
    struct str head; /* "access-list NAME", "object-group network NAME", or a whole line */
    struct strs lines;
    bool list;
};

struct config {
    struct arena *arena;
    struct {
        struct text **v;
        size_t n, cap;
    } all; /* in their order; those without use have an empty head */
    struct map *by_head;
    struct text *open; /* block that takes the lines that follow */
};

/* ---- running a configuration ------------------------------------------------------------------
 */

/* The words of S with one blank between them. */
static struct str words_of(struct arena *a, struct str s)
{
    struct out o = {.arena = a};
    struct str word;
    while (str_word(&s, &word)) {
        if (o.n != 0)
            out_char(&o, ' ');
        out_str(&o, word);
    }
    return out_taken(&o);
}

static struct text *text_of(struct config *c, struct str head, bool make)
{
    struct text *t = map_get(c->by_head, head);
    if (t != NULL || !make)
        return t;
    t = NEW(c->arena, struct text);
    t->head = head;
    map_put(c->by_head, head, t);
    *PUSH(c->arena, c->all) = t;
    return t;
}

static void forget(struct config *c, struct str head)
{
    struct text *t = map_get(c->by_head, head);
    if (t == NULL || t->head.n == 0)
        return;
    struct text *copy = NEW(c->arena, struct text);
    t->head = STR(""); /* a later line of this name is a new one */
    map_put(c->by_head, head, copy);
}

static struct text *living(struct config *c, struct str head)
{
    struct text *t = text_of(c, head, true);
    if (t->head.n == 0) {
        t->head = head;
        t->lines.n = 0;
        *PUSH(c->arena, c->all) = t;
    }
    return t;
}

static size_t find_line(const struct strs *lines, struct str line)
{
    size_t i = 0;
    while (i < lines->n && !str_eq(lines->v[i], line))
        i++;
    return i;
}

static void drop_line(struct strs *lines, struct str line)
{
    size_t at = find_line(lines, line);
    if (at == lines->n)
        return;
    for (size_t i = at + 1; i < lines->n; i++)
        lines->v[i - 1] = lines->v[i];
    lines->n--;
}

static void put_line(struct arena *a, struct strs *lines, struct str line, uint64_t place)
{
    *PUSH(a, *lines) = line;
    if (place == 0 || place >= lines->n)
        return;
    for (size_t i = lines->n - 1; i >= place; i--)
        lines->v[i] = lines->v[i - 1];
    lines->v[place - 1] = line;
}

/* [no] access-list NAME [line N] [extended] …: REST is what stands behind "access-list". */
static void run_entry(struct config *c, struct str rest, bool no)
{
    struct str name, word, after;
    uint64_t place = 0;
    str_word(&rest, &name);
    after = rest;
    if (str_word(&after, &word) && str_eq(word, STR("line")) && str_word(&after, &word) &&
        str_u64(word, 10, UINT32_MAX, &place))
        rest = after;
    after = rest;
    if (str_word(&after, &word) && str_eq(word, STR("extended")))
        rest = after;
    struct text *t = living(c, arena_strf(c->arena, "access-list %.*s", STR_ARG(name)));
    t->list = true;
    rest = str_trim(rest);
    if (no)
        drop_line(&t->lines, rest);
    else
        put_line(c->arena, &t->lines, rest, place);
}

static bool begins(struct str line, const char *words)
{
    struct str w = str_of(words);
    return str_starts(line, w) && (line.n == w.n || line.p[w.n] == ' ');
}

static bool is_member(struct str line)
{
    static const char *const words[] = {
        "network-object", "service-object", "port-object", "protocol-object",
        "icmp-object",    "group-object",   "host",        "subnet",
        "range",          "fqdn",           "service"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (begins(line, words[i]))
            return true;
    return false;
}

/* A line of the open block. An object is one thing: a later line replaces. */
static void run_member(struct config *c, struct str line, bool no)
{
    if (!no && begins(c->open->head, "object"))
        c->open->lines.n = 0;
    if (no)
        drop_line(&c->open->lines, line);
    else if (find_line(&c->open->lines, line) == c->open->lines.n)
        *PUSH(c->arena, c->open->lines) = line;
}

static void run_line(struct config *c, struct str raw)
{
    bool inside = raw.n != 0 && char_is_blank(raw.p[0]);
    struct str line = words_of(c->arena, raw);
    size_t hash = str_find(line, '#');
    if (hash + 1 < line.n && line.p[hash + 1] == ' ' && str_find(line, ' ') == hash + 1)
        line = str_from(line, hash + 2); /* a prompt */
    bool no = begins(line, "no");
    struct str plain = no ? str_trim(str_from(line, 2)) : line;
    if (c->open != NULL && (inside || is_member(plain))) {
        run_member(c, plain, no);
        return;
    }
    c->open = NULL;
    if (begins(plain, "access-list"))
        run_entry(c, str_from(plain, 11), no);
    else if (begins(plain, "clear configure access-list"))
        forget(c, str_from(plain, 16));
    else if (no)
        forget(c, plain);
    else
        c->open = living(c, plain);
}

/* Lines that the importer found to matter, and what takes something back. */
static bool matters(const struct source *s, uint32_t line)
{
    struct str text = source_line(s, line);
    if (str_trim(text).n == 0 || text.p[0] == '!' || text.p[0] == ':')
        return false;
    return s->classes[line - 1] >= LINE_MODELLED || begins(text, "no");
}

static struct config run(struct arena *a, const struct audit_device *d)
{
    struct config c = {.arena = a, .by_head = map_new(a)};
    for (size_t i = 0; i < d->inputs.n; i++)
        for (uint32_t line = 1; line <= d->inputs.v[i]->n_lines; line++)
            if (matters(d->inputs.v[i], line))
                run_line(&c, source_line(d->inputs.v[i], line));
    return c;
}

/* ---- telling two apart ------------------------------------------------------------------------
 */

/* Marks the lines of TO that stand in FROM in the same order, found greedily; the same of FROM. */
static size_t keep(struct arena *a, const struct strs *from, const struct strs *to, bool *in_from,
                   bool *in_to)
{
    struct map *places = map_new(a);
    size_t *at = NEW_N(a, size_t, from->n + 1), next = 0, kept = 0;
    for (size_t i = from->n; i-- > 0;) {
        at[i] = i;
        map_put(places, from->v[i], &at[i]);
    }
    for (size_t i = 0; i < to->n; i++) {
        const size_t *place = map_get(places, to->v[i]);
        if (place == NULL || *place < next)
            continue;
        in_to[i] = in_from[*place] = true;
        next = *place + 1;
        kept++;
    }
    return kept;
}

static void entry(struct out *o, const char *no, struct str head, size_t place, struct str line)
{
    bool plain = begins(line, "permit") || begins(line, "deny");
    out_fmt(o, "%s%.*s ", no, STR_ARG(head));
    if (place != 0)
        out_fmt(o, "line %zu ", place);
    out_fmt(o, "%s%.*s\n", plain ? "extended " : "", STR_ARG(line));
}

/* A list that loses its last entry is gone with what it was bound to: where nothing stays, what is
 * new comes first. */
static void write_list(struct out *o, struct arena *a, const struct text *from,
                       const struct text *to)
{
    static const struct text none;
    struct str head = from != NULL ? from->head : to != NULL ? to->head : none.head;
    const struct strs *x = from != NULL ? &from->lines : &none.lines,
                      *y = to != NULL ? &to->lines : &none.lines;
    bool *in_x = NEW_N(a, bool, x->n + 1), *in_y = NEW_N(a, bool, y->n + 1);
    bool anew = keep(a, x, y, in_x, in_y) == 0;
    for (size_t i = 0; anew && i < y->n; i++)
        entry(o, "", head, 0, y->v[i]);
    for (size_t i = 0; i < x->n; i++)
        if (!in_x[i])
            entry(o, "no ", head, 0, x->v[i]);
    for (size_t i = 0; !anew && i < y->n; i++)
        if (!in_y[i])
            entry(o, "", head, i + 1, y->v[i]);
}

/* The lines of X that Y lacks, in their block, with WORD in front. */
static void write_lines(struct out *o, const struct text *x, const struct text *y, const char *word)
{
    bool opened = false;
    for (size_t i = 0; i < x->lines.n; i++) {
        if (y != NULL && find_line(&y->lines, x->lines.v[i]) != y->lines.n)
            continue;
        if (!opened)
            out_fmt(o, "%.*s\n", STR_ARG(x->head));
        opened = true;
        out_fmt(o, " %s%.*s\n", word, STR_ARG(x->lines.v[i]));
    }
}

static const struct text *twin(const struct config *c, const struct text *t)
{
    const struct text *found = map_get(c->by_head, t->head);
    return found == NULL || found->head.n == 0 ? NULL : found;
}

static bool is_definition(const struct text *t)
{
    return begins(t->head, "object") || begins(t->head, "object-group") ||
           begins(t->head, "name") || begins(t->head, "time-range");
}

/* What is needed comes first, what uses it next, and what nobody needs any more goes last. */
struct str backout_asa(struct arena *a, const struct audit_device *from,
                       const struct audit_device *to)
{
    struct out o = {.arena = a};
    struct config x = run(a, from), y = run(a, to);
    for (size_t i = 0; i < y.all.n; i++) {
        const struct text *t = y.all.v[i], *other = twin(&x, t);
        if (t->list || t->head.n == 0 || (other == NULL && !is_definition(t)))
            continue;
        if (other == NULL && t->lines.n == 0)
            out_fmt(&o, "%.*s\n", STR_ARG(t->head));
        write_lines(&o, t, other, "");
    }
    for (size_t i = 0; i < y.all.n; i++)
        if (y.all.v[i]->list)
            write_list(&o, a, twin(&x, y.all.v[i]), y.all.v[i]);
    for (size_t i = 0; i < x.all.n; i++)
        if (x.all.v[i]->head.n != 0 && !x.all.v[i]->list && !is_definition(x.all.v[i]) &&
            twin(&y, x.all.v[i]) == NULL)
            out_fmt(&o, "no %.*s\n", STR_ARG(x.all.v[i]->head));
    for (size_t i = 0; i < y.all.n; i++) {
        const struct text *t = y.all.v[i];
        if (t->list || t->head.n == 0 || is_definition(t) || twin(&x, t) != NULL)
            continue;
        if (t->lines.n == 0)
            out_fmt(&o, "%.*s\n", STR_ARG(t->head));
        write_lines(&o, t, NULL, "");
    }
    for (size_t i = 0; i < x.all.n; i++)
        if (x.all.v[i]->list && x.all.v[i]->head.n != 0 && twin(&y, x.all.v[i]) == NULL)
            write_list(&o, a, x.all.v[i], NULL);
    for (size_t i = x.all.n; i-- > 0;) {
        const struct text *t = x.all.v[i], *other = t->head.n == 0 ? NULL : twin(&y, t);
        if (t->list || t->head.n == 0)
            continue;
        if (other == NULL && is_definition(t))
            out_fmt(&o, "no %.*s\n", STR_ARG(t->head));
        else if (other != NULL && !(begins(t->head, "object") && other->lines.n != 0))
            write_lines(&o, t, other, "no ");
    }
    return out_taken(&o);
}
