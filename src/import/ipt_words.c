/* iptables: the words of a line, as iptables-restore or a shell cut them. */
#include "import/ipt_int.h"

#include <string.h>

struct reader {
    struct ipt *x;
    const struct source *source;
    uint32_t number;
    struct str line;
    bool in_table;
};

const bool ipt_word_stops[256] = {
    [' '] = true, ['\t'] = true, ['"'] = true, ['\''] = true, ['\\'] = true};

static size_t plain_bytes(struct str s)
{
    size_t i = 0;
    while (i < s.n && !ipt_word_stops[(unsigned char)s.p[i]])
        i++;
    return i;
}

static struct span span_in(const struct reader *r, struct str part)
{
    if (part.p < r->line.p || part.p + part.n > r->line.p + r->line.n)
        return span_line(r->source, r->number);
    const uint32_t col = (uint32_t)(part.p - r->line.p) + 1;
    return (struct span){r->source->index, r->number, col, r->number, col + (uint32_t)part.n};
}

/* All of a word is between two double quotes, as it is: its bytes with them; else 0. */
static size_t quoted_bytes(struct str s)
{
    size_t end = s.n < 2 || s.p[0] != '"' ? 0 : 1 + str_find(str_from(s, 1), '"');
    bool whole = end != 0 && end < s.n && (end + 1 == s.n || char_is_blank(s.p[end + 1]));
    return whole && memchr(s.p, '\\', end) == NULL ? end + 1 : 0;
}

/* The word at the front of WHOLE, with quotes and escapes; *TEXT is what is left of it without
 * them. A backslash takes the next byte as it is: for iptables-restore within quotes only, for a
 * shell everywhere but in single quotes. False if a quote does not end. */
static bool odd_word(struct reader *r, struct str whole, struct str *raw, struct str *text)
{
    struct out plain = {.arena = r->x->im->arena};
    size_t i = plain_bytes(whole);
    out_bytes(&plain, whole.p, i);
    char quote = 0; /* that holds */
    for (; i < whole.n && (quote != 0 || !char_is_blank(whole.p[i])); i++) {
        bool mark = whole.p[i] == '"' || (whole.p[i] == '\'' && !r->in_table);
        if (mark && (quote == 0 || quote == whole.p[i])) {
            quote = quote == 0 ? whole.p[i] : 0;
            continue;
        }
        bool escapes = r->in_table ? quote != 0 : quote != '\'';
        if (escapes && whole.p[i] == '\\' && i + 1 < whole.n)
            i++;
        out_char(&plain, whole.p[i]);
    }
    *raw = str_sub(whole, 0, i);
    *text = out_taken(&plain);
    return quote == 0;
}

/* The next word: blanks end it, double quotes hold them. */
static bool next_word(struct reader *r, struct str *rest, struct ipt_word *word)
{
    while (rest->n != 0 && char_is_blank(rest->p[0]))
        *rest = str_from(*rest, 1);
    if (rest->n == 0)
        return false;
    const struct str whole = *rest;
    const size_t plain = plain_bytes(whole), quoted = quoted_bytes(whole);
    struct str raw = str_sub(whole, 0, quoted != 0 ? quoted : plain);
    word->text = quoted != 0 ? str_sub(whole, 1, quoted - 2) : raw;
    bool ends = quoted != 0 || plain == whole.n || char_is_blank(whole.p[plain]) ||
                odd_word(r, whole, &raw, &word->text);
    word->at = span_in(r, raw);
    *rest = str_from(whole, raw.n);
    if (r->in_table && raw.n > 1 && raw.p[0] == '\'' && raw.p[raw.n - 1] != '\'')
        ipt_refuse(r->x, r->source, word->at, "single quotes do not hold words together");
    if (!ends)
        ipt_not_modelled(r->x, r->source, word->at, "the quote that begins here does not end");
    return true;
}

struct ipt_words ipt_words_read(struct ipt *x, struct arena *a, const struct source *source,
                                uint32_t line, bool in_table, struct str text)
{
    struct reader r = {x, source, line, source_line(source, line), in_table};
    struct ipt_word w;
    x->words.n = 0;
    while (next_word(&r, &text, &w))
        *PUSH(x->im->arena, x->words) = w;
    struct ipt_words words = {NEW_N(a, struct ipt_word, x->words.n), x->words.n, x->words.n};
    if (words.n != 0)
        memcpy(words.v, x->words.v, words.n * sizeof *words.v);
    return words;
}

/* "[12:345]": packets and bytes. */
bool ipt_counters_read(struct str s, uint64_t *packets, uint64_t *bytes)
{
    size_t colon = str_find(s, ':');
    *bytes = 0;
    return s.n > 2 && s.p[0] == '[' && s.p[s.n - 1] == ']' && colon < s.n &&
           str_u64(str_sub(s, 1, colon - 1), 10, UINT64_MAX, packets) &&
           (str_u64(str_sub(s, colon + 1, s.n - colon - 2), 10, UINT64_MAX, bytes) || true);
}

bool ipt_option_at(const struct ipt_words *w, size_t i, const char *letter, const char *name,
                   struct str *value, bool *old_style)
{
    const struct str word = w->v[i].text, head = str_sub(word, 0, str_find(word, '='));
    const bool is_long = head.n > 3 && str_starts(str_of(name), head);
    const bool is_short = letter != NULL && str_starts(word, str_of(letter));
    *old_style = false;
    if (!is_long && !is_short)
        return false;
    const size_t cut = is_short ? 2 : head.n + 1;
    if (cut < word.n) {
        *value = str_from(word, cut);
        return true;
    }
    *old_style = i + 2 < w->n && str_eq(w->v[i + 1].text, STR("!"));
    const size_t at = i + (*old_style ? 2 : 1);
    if (at < w->n)
        *value = w->v[at].text;
    return at < w->n;
}

bool ipt_takes_list(struct str option)
{
    static const struct str options[] = {
        STR_INIT("-s"), STR_INIT("--source"),      STR_INIT("--src"),
        STR_INIT("-d"), STR_INIT("--destination"), STR_INIT("--dst")};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (str_eq(option, options[i]))
            return true;
    return false;
}

struct ipt_words ipt_rule_words(struct ipt *x, struct arena *a, const struct ipt_rule *rule)
{
    if (!rule->unread)
        return rule->words;
    struct ipt_words w = ipt_words_read(x, a, rule->source, rule->at.line, true, rule->text);
    size_t head = rule->has_hits ? 3 : 2; /* "[1:2] -A CHAIN" */
    return (struct ipt_words){w.v + head, w.n - head, 0};
}
