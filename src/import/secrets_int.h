/* Secrets: what the files that hide them share. */
#ifndef FWPROOF_SECRETS_INT_H
#define FWPROOF_SECRETS_INT_H

#include "import/csv_int.h"

/* Two bytes of each of up to 64 words, and what may be behind them: a bit for each word. */
struct pairs {
    uint64_t first[UINT8_MAX + 1], second[UINT8_MAX + 1], behind[UINT8_MAX + 1];
};

struct hiding {
    struct arena *arena;
    struct source *source;
    char *copy; /* of the source's bytes, made for the first secret */
    bool in_word[UINT8_MAX + 1];
    struct pairs ends; /* of `hints`, and of what begins an address */
};

static inline void hide(struct hiding *h, struct str secret)
{
    if (secret.n == 0)
        return;
    if (h->copy == NULL)
        h->copy = arena_cstr(h->arena, h->source->bytes);
    char *p = h->copy + (secret.p - h->source->bytes.p);
    for (size_t i = 0; i < secret.n; i++)
        if (!char_is_of(p[i], "\n\r\t \"'\\")) /* what holds the line together stays */
            p[i] = '*';
}

static inline bool in_list(struct str word, const char *list)
{
    struct str rest = str_of(list), one;
    while (str_cut(&rest, ' ', &one))
        if (str_eq_nocase(one, word))
            return true;
    return false;
}

static inline size_t blanks(struct str s, size_t i)
{
    while (i < s.n && char_is_blank(s.p[i]))
        i++;
    return i;
}

/* Fills the tables. */
void hide_prepare(struct hiding *h);
/* PROSE: a comment, where a hint needs no sign behind it. */
void hide_in_text(struct hiding *h, struct str s, bool prose);
void hide_in_csv(struct hiding *h);

#endif
