/* Lines between the commands of an ASA that are no commands: prompts, answers, what somebody wrote.
 * They are of no matter, unless they are a command that something has garbled. */
#include "import/asa_int.h"

static bool is_word(char c)
{
    char l = char_lower(c);
    return (l >= 'a' && l <= 'z') || char_is_digit(c) || c == '-' || c == '_';
}

static const char *const filters[] = {
    "access-list",    "access-group",    "object-group", "network-object", "port-object",
    "service-object", "protocol-object", "group-object", "time-range",     "object",
    "nameif",         "interface",       "static",       "global",         "nat",
};
#define N_FILTERS (sizeof filters / sizeof *filters)

/* TEXT begins with a command whose blank became another character: a browser's no-break space. */
static bool is_glued(struct str text)
{
    size_t n = 0;
    while (n < text.n && is_word(text.p[n]))
        n++;
    if (n == text.n || (unsigned char)text.p[n] < 0x80)
        return false;
    for (size_t i = 0; i < N_FILTERS; i++)
        if (str_eq_nocase(str_sub(text, 0, n), str_of(filters[i])))
            return true;
    return false;
}

bool asa_is_garbled(struct str text)
{
    enum { LONGEST = 24 };
    char word[LONGEST];
    size_t n = 0, i = 0;
    while (i < text.n && !is_word(text.p[i]) && text.p[i] != '!' && text.p[i] != '#')
        i++;
    struct str rest = str_from(text, i);
    if (is_glued(rest))
        return true;
    for (i = 0; i < rest.n && !char_is_blank(rest.p[i]); i++)
        if (is_word(rest.p[i]) && n < LONGEST)
            word[n++] = rest.p[i];
    for (i = 0; i < N_FILTERS; i++) {
        struct str filter = str_of(filters[i]);
        size_t most = filter.n / 5;
        if (str_distance((struct str){word, n}, filter, most) <= most)
            return true;
    }
    return false;
}
