/* Bytes to command lines: prompts, pager leftovers, sections of `show tech`, certificates, several
 * configurations in one file. Every line leaves here with a class. */
#include "import/asa_twin.h"

#include <string.h>

/* ---- words ---------------------------------------------------------------------------------- */

struct str asa_rest(const struct asa_line *l, size_t from)
{
    if (from >= l->n)
        return (struct str){"", 0};
    return str_trim(str_from(l->text, (size_t)(asa_word(l, from).p - l->text.p)));
}

struct span asa_span(const struct asa_line *l)
{
    return span_of(l->src, l->number, l->text);
}

struct span asa_span_word(const struct asa_line *l, size_t word)
{
    return word < l->n ? span_of(l->src, l->number, asa_word(l, word)) : asa_span(l);
}

#define WORDS_MAX (ASA_MAX_LINE / 2 + 1)

static size_t line_size(size_t words)
{
    return sizeof(struct asa_line) + words * sizeof(struct asa_slice);
}

struct asa_line *asa_line_from(struct arena *a, const struct asa_line *l, size_t from)
{
    size_t n = l->n - from, skipped = l->w[from].at;
    struct asa_line *rest = arena_alloc(a, line_size(n));
    *rest = *l;
    rest->n = (uint16_t)n;
    rest->text = str_from(l->text, skipped);
    for (size_t i = 0; i < n; i++)
        rest->w[i] = (struct asa_slice){(uint16_t)(l->w[from + i].at - skipped), l->w[from + i].n};
    return rest;
}

static bool is_blank(char c)
{
    return c <= ' ' && (c == ' ' || c == '\t' || c == '\r' || c == '\n');
}

/* Words of TEXT; a "! text" behind blanks is a comment, except where the rest is free text. */
static size_t cut_words(struct str *text, struct asa_slice *w)
{
    const char *p = text->p;
    bool maybe_note = str_find(*text, '!') < text->n, free_text = false;
    size_t n = 0, i = 0;
    for (;;) {
        while (i < text->n && is_blank(p[i]))
            i++;
        size_t from = i;
        while (i < text->n && !is_blank(p[i]))
            i++;
        if (i == from)
            return n;
        struct str word = {p + from, i - from};
        if (maybe_note && n != 0 && word.p[0] == '!' && !free_text) {
            *text = str_trim(str_sub(*text, 0, from));
            return n;
        }
        free_text = free_text || (maybe_note && (str_eq(word, STR("remark")) ||
                                                 str_eq(word, STR("description")) ||
                                                 str_eq(word, STR("banner"))));
        w[n++] = (struct asa_slice){(uint16_t)from, (uint16_t)word.n};
    }
}

struct asa_line *asa_keep(struct asa_reader *r, const struct asa_line *l)
{
    if (r->kept == NULL) {
        r->kept = arena_alloc(r->asa->scratch, line_size(l->n));
        memcpy(r->kept, l, line_size(l->n));
    }
    return r->kept;
}

struct asa_line *asa_line_new(struct asa *x, struct source *src, uint32_t number, struct str text)
{
    struct asa_slice w[WORDS_MAX];
    size_t n = cut_words(&text, w);
    struct asa_line *l = arena_alloc(x->scratch, line_size(n));
    *l = (struct asa_line){src, text, number, (uint16_t)n, 0};
    memcpy(l->w, w, n * sizeof *w);
    return l;
}

/* ---- dirt ----------------------------------------------------------------------------------- */

/* What a pager leaves in front of the line that it held back: "<--- More --->\r      \r". */
static struct str without_pager(struct str s)
{
    static const struct str more = STR_INIT("<--- More --->");
    struct str lead = str_trim(s);
    if (!str_starts(lead, more))
        return s;
    s = str_from(lead, more.n);
    for (size_t i = s.n; i-- > 0;)
        if (s.p[i] == '\r')
            return str_from(s, i + 1);
    return s;
}

/* "fw1# show run", "fw1/act/ctx(config)# …": the length of the prompt, 0 if there is none. */
static size_t prompt(struct str s)
{
    size_t i = 0;
    while (i < s.n && !char_is_blank(s.p[i]) && s.p[i] != '#' && s.p[i] != '>')
        i++;
    bool ends =
        i < s.n && (s.p[i] == '#' || s.p[i] == '>') && (i + 1 == s.n || char_is_blank(s.p[i + 1]));
    if (i == 0 || !ends)
        return 0;
    for (size_t k = 0; k < i; k++)
        if (!char_is_digit(s.p[k]) && (char_lower(s.p[k]) < 'a' || char_lower(s.p[k]) > 'z') &&
            memchr("-_./()@:", s.p[k], 8) == NULL)
            return 0;
    return i + 1;
}

static bool is_hex_line(struct str s)
{
    bool any = false;
    for (size_t i = 0; i < s.n; i++) {
        char c = char_lower(s.p[i]);
        if (!char_is_digit(c) && (c < 'a' || c > 'f') && !char_is_blank(c))
            return false;
        any = any || !char_is_blank(c);
    }
    return any;
}

/* "------------------ show running-config ------------------" */
static bool section(struct str s, struct str *command)
{
    if (!str_starts(s, STR("------")))
        return false;
    size_t from = 0, to = s.n;
    while (from < s.n && s.p[from] == '-')
        from++;
    while (to > from && s.p[to - 1] == '-')
        to--;
    *command = str_trim(str_sub(s, from, to - from));
    return command->n != 0;
}

/* ---- sections ------------------------------------------------------------------------------- */

static bool abbreviates(struct str word, const char *full, size_t at_least)
{
    return word.n >= at_least && str_starts(str_of(full), word);
}

/* A command that only shows: what its output is. */
static enum asa_mode mode_of(struct str command)
{
    struct str word, what;
    if (!str_word(&command, &word))
        return ASA_MODE_CONFIG;
    bool more = abbreviates(word, "more", 2), write = abbreviates(word, "write", 2);
    if (!str_word(&command, &what))
        return ASA_MODE_OTHER;
    if (more)
        return str_search(what, STR("running-config")) < what.n ? ASA_MODE_CONFIG : ASA_MODE_OTHER;
    if (write)
        return abbreviates(what, "terminal", 1) ? ASA_MODE_CONFIG : ASA_MODE_OTHER;
    static const char *const config[] = {"running-config", "access-list", "object-group"};
    static const size_t at_least[] = {3, 3, 6};
    for (size_t i = 0; i < 3; i++)
        if (abbreviates(what, config[i], at_least[i]))
            return ASA_MODE_CONFIG;
    return ASA_MODE_OTHER;
}

static bool only_shows(struct str command)
{
    struct str word;
    return str_word(&command, &word) &&
           (abbreviates(word, "show", 2) || abbreviates(word, "more", 3) ||
            abbreviates(word, "write", 2) || str_eq(word, STR("terminal")) ||
            str_eq(word, STR("changeto")) || abbreviates(word, "enable", 2) ||
            str_eq(word, STR("exit")) || abbreviates(word, "configure", 4) ||
            str_eq(word, STR("ping")) || str_eq(word, STR("copy")) || str_eq(word, STR("end")));
}

static void close_block(struct asa_reader *r)
{
    r->block = NULL;
    r->open = NULL;
    r->in_hex = false;
}

/* The startup-configuration beside the running one is what the device would do another day. */
static void shown_command(struct asa_reader *r, uint32_t number, struct str command)
{
    source_class(r->src, number, LINE_IRRELEVANT);
    close_block(r);
    r->mode = mode_of(command);
    if (str_search(command, STR(" start")) < command.n)
        r->mode = asa_config_begun(r->cfg) ? ASA_MODE_STARTUP : ASA_MODE_CONFIG;
}

/* ---- lines ---------------------------------------------------------------------------------- */

static bool is_note(struct asa_reader *r, const struct asa_line *l)
{
    char c = l->text.p[0];
    if (c == ':') {
        if (str_starts(l->text, STR(": end")))
            r->ended = r->cfg->closed = true;
        if (str_starts(l->text, STR(": Saved")))
            r->saved = true;
        if (r->mode == ASA_MODE_OTHER && str_starts(l->text, STR(": Saved")))
            r->mode = ASA_MODE_CONFIG;
    }
    return c == '!' || c == ':' || c == '#';
}

/* Lines of a certificate: hexadecimal until "quit". */
static bool is_certificate(struct asa_reader *r, const struct asa_line *l)
{
    if (!r->in_hex)
        return false;
    if (is_hex_line(l->text))
        return true;
    r->in_hex = false;
    return asa_is(l, 0, "quit");
}

static bool is_version(const struct asa_line *l)
{
    return (str_eq(asa_word(l, 0), STR("ASA")) || str_eq(asa_word(l, 0), STR("PIX")) ||
            str_eq(asa_word(l, 0), STR("FWSM")) || str_eq(asa_word(l, 0), STR("NGFW"))) &&
           asa_is(l, 1, "Version");
}

/* Commands are small letters, digits and hyphens; other lines are what somebody or something wrote
 * between them. */
static bool may_be_command(const struct asa_reader *r, const struct asa_line *l)
{
    if (asa_find_command(r->asa, l, 0) != NULL)
        return true;
    struct str w = asa_word(l, 0);
    if (w.n == 8 && l->n > 1 && is_hex_line(l->text))
        return false; /* show access-list brief */
    for (size_t i = 0; i < w.n; i++)
        if ((w.p[i] < 'a' || w.p[i] > 'z') && w.p[i] != '-' && (i == 0 || !char_is_digit(w.p[i])))
            return false;
    return w.p[0] != '-';
}

static void config_line(struct asa_reader *r, const struct asa_line *l)
{
    if (asa_listing_line(r, l))
        return;
    bool inside = r->block != NULL && l->indent > r->block_indent;
    if (!inside && r->asa->im->change != r->src && !may_be_command(r, l)) {
        if (str_starts(l->text, STR("Cryptochecksum:")))
            r->cfg->closed = true;
        source_class(l->src, l->number, LINE_IRRELEVANT);
        if (asa_is_garbled(l->text))
            asa_refused(r->asa, l, "this looks like a command that filters, but is none");
        return;
    }
    asa_command(r, l);
    if (l->n >= 2 && (asa_is(l, 0, "certificate") || asa_is(l, 0, "crl")) && r->block != NULL)
        r->in_hex = true;
}

static const struct asa_line *make_line(struct asa_reader *r, uint32_t number, struct str text)
{
    size_t blanks = 0;
    while (blanks < text.n && char_is_blank(text.p[blanks]))
        blanks++;
    struct asa_line *l = r->asa->line;
    text = str_trim(text);
    size_t n = cut_words(&text, l->w);
    *l = (struct asa_line){r->src, text, number, (uint16_t)n, (uint16_t)blanks};
    r->kept = NULL;
    return l;
}

static void read_line(struct asa_reader *r, uint32_t number, struct str text)
{
    struct str command;
    text = without_pager(text);
    size_t prompted = prompt(text);
    if (prompted != 0 && only_shows(str_from(text, prompted))) {
        shown_command(r, number, str_from(text, prompted));
        return;
    }
    if (section(str_trim(text), &command)) {
        shown_command(r, number, command);
        return;
    }
    const struct asa_line *l = make_line(r, number, str_from(text, prompted));
    bool version = l->n != 0 && is_version(l);
    if (version && r->mode == ASA_MODE_OTHER)
        r->mode = ASA_MODE_CONFIG;
    if (l->n == 0 || r->mode != ASA_MODE_CONFIG || is_certificate(r, l) || is_note(r, l)) {
        if (l->n != 0)
            is_note(r, l);
        source_class(r->src, number, LINE_IRRELEVANT);
        return;
    }
    if (version)
        asa_on_version(r, l);
    else if (l->indent == 0 && only_shows(l->text) && !asa_is(l, 0, "enable") &&
             !asa_is(l, 0, "terminal") && !asa_is(l, 0, "exit"))
        shown_command(r, number, l->text);
    else
        config_line(r, l);
}

struct asa_line *asa_line_room(struct arena *a)
{
    return arena_alloc(a, line_size(WORDS_MAX));
}

void asa_read(struct asa *x, struct source *src)
{
    struct asa_reader r = {.asa = x, .src = src};
    r.cfg = x->configs.n != 0 ? x->configs.v[x->configs.n - 1]
                              : asa_config_new(x, (struct span){src->index, 0, 0, 0, 0});
    asa_twins_start(&r);
    for (uint32_t i = 1; i <= src->n_lines; i++) {
        struct str text = source_line(src, i);
        if (asa_twin_read(&r, i, text) || asa_host_read(&r, i, text))
            continue;
        if (text.n <= ASA_MAX_LINE) {
            read_line(&r, i, text);
            continue;
        }
        source_class(src, i, LINE_NOT_MODELLED);
        diag_add(x->im->diags, DIAG_INCOMPLETE, (struct span){src->index, i, 1, i, 1},
                 "this line is longer than %d bytes; no ASA prints such a line, it is left out",
                 ASA_MAX_LINE);
    }
}
