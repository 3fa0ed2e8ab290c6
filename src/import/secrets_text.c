/* Secrets in what people write: comments, and cells of tables. */
#include "import/secrets_int.h"

/* Words after which people write a secret. STRONG: also without a sign between ("password x");
 * CELL: in any cell of a table, not only in a comment; both only with a sign ("psk=x"). */
static const struct hint {
    struct str word;
    bool strong, cell;
} hints[] = {
    {STR_INIT("password"), true, true},
    {STR_INIT("passwords"), true, true},
    {STR_INIT("passwd"), true, true},
    {STR_INIT("passphrase"), true, true},
    {STR_INIT("passwort"), true, true},
    {STR_INIT("kennwort"), true, true},
    {STR_INIT("pwd"), true, true},
    {STR_INIT("psk"), true, true},
    {STR_INIT("pre-shared-key"), true, true},
    {STR_INIT("pre_shared_key"), true, true},
    {STR_INIT("preshared-key"), true, true},
    {STR_INIT("shared-secret"), true, true},
    {STR_INIT("client-secret"), true, true},
    {STR_INIT("client_secret"), true, true},
    {STR_INIT("secret-key"), true, true},
    {STR_INIT("secret_key"), true, true},
    {STR_INIT("api-key"), true, true},
    {STR_INIT("api_key"), true, true},
    {STR_INIT("apikey"), true, true},
    {STR_INIT("access_token"), true, true},
    {STR_INIT("auth_token"), true, true},
    {STR_INIT("bearer"), true, false},
    {STR_INIT("secret"), false, true},
    {STR_INIT("token"), false, true},
    {STR_INIT("pass"), false, false},
    {STR_INIT("pw"), false, false},
    {STR_INIT("pin"), false, false},
    {STR_INIT("key"), false, false},
    {STR_INIT("community"), false, false},
    {STR_INIT("credentials"), false, false},
    {STR_INIT("creds"), false, false},
    {STR_INIT("login"), false, false},
};

static bool in_word(char c)
{
    return char_is_digit(c) || (char_lower(c) >= 'a' && char_lower(c) <= 'z') || c == '_' ||
           c == '-' || (unsigned char)c >= 0x80;
}

static bool ends_nocase(struct str s, struct str end)
{
    return s.n >= end.n && char_lower(s.p[s.n - 1]) == end.p[end.n - 1] &&
           str_eq_nocase(str_from(s, s.n - end.n), end);
}

#define HINTS (sizeof hints / sizeof *hints)
_Static_assert(HINTS <= 32, "a bit for each hint");

/* Tables by which one look at the ends of a word, or at a byte, rules nearly all of them out. */
void hide_prepare(struct hiding *h)
{
    for (int c = 0; c <= UINT8_MAX; c++)
        h->class[c] = in_word((char)c) ? BYTE_WORD : c == ':' ? BYTE_COLON : BYTE_OTHER;
    for (size_t i = 0; i < HINTS; i++)
        for (size_t back = 0; back < 2; back++) {
            char c = hints[i].word.p[hints[i].word.n - 1 - back];
            h->last[back][(unsigned char)c] |= (uint32_t)1 << i;
            if (c >= 'a' && c <= 'z')
                h->last[back][c - 'a' + 'A'] |= (uint32_t)1 << i;
        }
}

/* The hints that S may end in. */
static uint32_t hints_at(const struct hiding *h, struct str s)
{
    return s.n < 2
               ? 0
               : h->last[0][(unsigned char)s.p[s.n - 1]] & h->last[1][(unsigned char)s.p[s.n - 2]];
}

/* Also vpn_password, ADMIN-PWD and dbPassword. */
static const struct hint *hint_of(const struct hiding *h, struct str word)
{
    uint32_t may = hints_at(h, word);
    for (size_t i = 0; may != 0; i++, may >>= 1) {
        struct str hint = hints[i].word;
        if ((may & 1) == 0 || !ends_nocase(word, hint))
            continue;
        char before = word.n > hint.n ? word.p[word.n - hint.n - 1] : '-';
        if (before == '-' || before == '_' || (hints[i].strong && hint.n >= 6))
            return &hints[i];
    }
    return NULL;
}

static bool in_class(const struct hiding *h, char c, enum secrets_byte class)
{
    return h->class[(unsigned char)c] == (uint8_t) class;
}

static bool is_address(struct str s, size_t i)
{
    return str_starts(str_from(s, i), STR("://"));
}

/* Where in S, from I on, a secret may be hinted at: the end of a hint, or the "://" of an address;
 * S.n if nowhere. */
static size_t next_hint(const struct hiding *h, struct str s, size_t i)
{
    while (i < s.n) {
        size_t from = i;
        while (i < s.n && in_class(h, s.p[i], BYTE_WORD))
            i++;
        struct str word = {s.p + from, i - from};
        if (hints_at(h, word) != 0 && hint_of(h, word) != NULL)
            return i - 1;
        while (i < s.n && in_class(h, s.p[i], BYTE_OTHER))
            i++;
        if (i < s.n && in_class(h, s.p[i], BYTE_COLON)) {
            if (is_address(s, i))
                return i;
            i++;
        }
    }
    return s.n;
}

static size_t signs(struct str s, size_t i)
{
    while (i < s.n && (s.p[i] == '=' || s.p[i] == ':' || s.p[i] == '>'))
        i++;
    return i;
}

/* The word of S at I, or what stands between quotes. */
static struct str value_at(struct str s, size_t i)
{
    while (i < s.n && s.p[i] == '\\')
        i++;
    char quote = i < s.n && (s.p[i] == '"' || s.p[i] == '\'') ? s.p[i] : '\0';
    while (i < s.n && s.p[i] == quote && quote != '\0') /* CSV doubles them */
        i++;
    size_t end = i;
    while (end < s.n && s.p[end] != '\n' &&
           (quote != '\0' ? s.p[end] != quote : !char_is_blank(s.p[end])))
        end++;
    return str_sub(s, i, end - i);
}

static bool is_blank_word(struct str word)
{
    return in_list(word, "for of to on the a an from at in and or with für");
}

/* Hides what stands at I of S behind a hint; returns where to go on. */
static size_t hide_value(struct hiding *h, struct str s, size_t i, const struct hint *hint,
                         bool prose)
{
    while (i < s.n && (s.p[i] == '"' || s.p[i] == '\'' || s.p[i] == '\\'))
        i++;
    size_t from = i, at = blanks(s, i), behind = signs(s, at);
    bool sign = behind != at;
    for (at = blanks(s, behind); at < s.n;) {
        struct str value = value_at(s, at);
        size_t end = (size_t)(value.p - s.p) + value.n;
        bool is = in_list(value, "is was ist");
        if (!sign && !is && !(prose && hint->strong))
            return from;
        if (!is && (sign || !is_blank_word(value))) {
            hide(h, value);
            from = end;
            if (sign)
                return from;
        }
        behind = signs(s, blanks(s, end));
        sign = sign || is || behind != blanks(s, end);
        if (from == end && !sign && !in_list(value_at(s, blanks(s, end)), "is was ist"))
            return from; /* "password x", and not "password for x is y" */
        at = blanks(s, behind > at ? behind : at + 1);
    }
    return from;
}

/* Of user:secret@ in an address, the secret. */
static void hide_userinfo(struct hiding *h, struct str s)
{
    for (size_t i = str_find(s, ':'); i < s.n; i += str_find(str_from(s, i), ':')) {
        size_t secret = 0, last = 0; /* behind the first colon, before the last @ */
        if (!is_address(s, i)) {
            i++;
            continue;
        }
        for (i += 3; i < s.n && !char_is_blank(s.p[i]) && s.p[i] != '/'; i++) {
            if (s.p[i] == ':' && secret == 0)
                secret = i + 1;
            if (s.p[i] == '@')
                last = i;
        }
        if (secret != 0 && last > secret)
            hide(h, str_sub(s, secret, last - secret));
    }
}

void hide_in_text(struct hiding *h, struct str s, bool prose)
{
    bool signed_word = str_find(s, '=') < s.n || str_find(s, ':') < s.n;
    if (!prose && !signed_word)
        return;
    hide_userinfo(h, s);
    for (size_t i = 0; i < s.n;) {
        size_t from = i;
        while (i < s.n && in_class(h, s.p[i], BYTE_WORD))
            i++;
        const struct hint *hint = hint_of(h, str_sub(s, from, i - from));
        if (hint != NULL && (prose || hint->cell))
            i = hide_value(h, s, i, hint, prose);
        else if (i == from)
            i++;
    }
}

/* ---- CSV ----------------------------------------------------------------------------------------
 */

/* Words in the headings of columns of prose. */
static const struct str prose_words[] = {
    STR_INIT("comment"), STR_INIT("descr"),     STR_INIT("remark"),    STR_INIT("note"),
    STR_INIT("beschr"),  STR_INIT("kommentar"), STR_INIT("bemerkung"), STR_INIT("reason"),
};
#define PROSE_WORDS (sizeof prose_words / sizeof *prose_words)
#define PROSE_SHORTEST ((size_t)4)
_Static_assert(PROSE_WORDS <= 8, "a bit for each word");

/* For a search for the first letters of all prose_words at once, Horspool's way. */
struct prose_search {
    uint8_t step[UINT8_MAX + 1];  /* how far on, where the last of them may be this byte */
    uint8_t first[UINT8_MAX + 1]; /* a bit for each word that begins with this byte */
};

static struct prose_search prose_search(void)
{
    struct prose_search x = {.first = {0}};
    memset(x.step, (int)PROSE_SHORTEST, sizeof x.step);
    for (size_t i = 0; i < PROSE_WORDS; i++)
        for (size_t k = 0; k < PROSE_SHORTEST; k++) {
            const int c = (unsigned char)prose_words[i].p[k], upper = c - 'a' + 'A';
            uint8_t back = (uint8_t)(PROSE_SHORTEST - 1 - k), bit = (uint8_t)(k == 0 ? 1 << i : 0);
            if (back < x.step[c])
                x.step[c] = x.step[upper] = back;
            x.first[c] = x.first[upper] |= bit;
        }
    return x;
}

/* Where one of prose_words begins in S, from I on; S.n if nowhere. */
static size_t next_prose_word(const struct prose_search *x, struct str s, size_t i)
{
    for (size_t end = i + PROSE_SHORTEST - 1; end < s.n;) {
        uint8_t on = x->step[(unsigned char)s.p[end]];
        if (on != 0) {
            end += on;
            continue;
        }
        i = end++ - (PROSE_SHORTEST - 1);
        unsigned may = x->first[(unsigned char)s.p[i]];
        for (size_t k = 0; may != 0; k++, may >>= 1)
            if ((may & 1) != 0 && str_eq_nocase(str_sub(s, i, prose_words[k].n), prose_words[k]))
                return i;
    }
    return s.n;
}

#define CSV_COLUMNS 256

/* Cells in order. */
struct cells {
    struct str s;
    bool ends[UINT8_MAX + 1]; /* bytes that may end a cell, or quote it */
    size_t i;                 /* where the next one begins */
    size_t column, row;       /* of the next one */
};

static struct cells cells_of(struct str s, char separator)
{
    struct cells c = {.s = s};
    c.ends[(unsigned char)separator] = c.ends['"'] = c.ends['\n'] = true;
    return c;
}

/* The next cell, with its quotes, and where it stands. */
static struct str next_cell(struct cells *c, size_t *row, size_t *column)
{
    size_t from = c->i, i = from;
    *row = c->row;
    *column = c->column;
    for (bool quoted = false; i < c->s.n; i++) {
        if (!c->ends[(unsigned char)c->s.p[i]])
            continue;
        if (c->s.p[i] == '"')
            quoted = !quoted;
        else if (!quoted)
            break;
    }
    bool last = i < c->s.n && c->s.p[i] == '\n';
    c->column = last ? 0 : c->column + 1;
    c->row += last;
    c->i = i + 1;
    return str_sub(c->s, from, i - from);
}

/* The same of the cell in which AT is, at C or behind it. */
static struct str cell_with(struct cells *c, size_t at, size_t *row, size_t *column)
{
    struct str cell;
    do
        cell = next_cell(c, row, column);
    while (c->i <= at);
    return cell;
}

/* The columns that have a word of prose in the first row that has any. Returns that row, or
 * SIZE_MAX if there is none. */
static size_t find_prose(struct str s, char separator, bool prose[CSV_COLUMNS])
{
    struct prose_search x = prose_search();
    struct cells cells = cells_of(s, separator);
    size_t heading = SIZE_MAX, row, column;
    for (size_t i = next_prose_word(&x, s, 0); i < s.n; i = next_prose_word(&x, s, cells.i)) {
        cell_with(&cells, i, &row, &column);
        if (row > heading)
            break;
        if (column >= CSV_COLUMNS)
            continue;
        prose[column] = true;
        heading = row;
    }
    return heading;
}

void hide_in_csv(struct hiding *h)
{
    struct str s = h->source->bytes;
    char separator = csv_separator_of(h->source);
    bool prose[CSV_COLUMNS] = {false};
    size_t heading = find_prose(s, separator, prose), row, column;
    struct cells cells = cells_of(s, separator);
    for (size_t i = next_hint(h, s, 0); i < s.n; i = next_hint(h, s, cells.i)) {
        struct str cell = cell_with(&cells, i, &row, &column);
        hide_in_text(h, cell, row > heading && column < CSV_COLUMNS && prose[column]);
    }
}
