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

/* ---- a search for many words at once ------------------------------------------------------------
 *
 * By two letters of each word, and the byte behind them: where one is, only a closer look tells. No
 * branch hangs on the bytes, which is what makes it fast. */

static void pairs_add(struct pairs *x, size_t word, char first, char second)
{
    const char v[2] = {first, second};
    uint64_t *const sets[2] = {x->first, x->second};
    for (size_t i = 0; i < 2; i++) {
        sets[i][(unsigned char)v[i]] |= (uint64_t)1 << word;
        if (v[i] >= 'a' && v[i] <= 'z')
            sets[i][v[i] - 'a' + 'A'] |= (uint64_t)1 << word;
    }
}

/* The words, a bit each, that may have their letters in front of NEXT, the byte behind them. */
static inline uint64_t pairs_at(const struct pairs *x, const char *next)
{
    return x->first[(unsigned char)next[-2]] & x->second[(unsigned char)next[-1]];
}

/* Where, at I or behind it, the second of two letters is; S.n if nowhere. I is not 0. */
static size_t pairs_next(const struct pairs *x, struct str s, size_t i)
{
    while (i + 1 < s.n && (pairs_at(x, s.p + i + 1) & x->behind[(unsigned char)s.p[i + 1]]) == 0)
        i++;
    return i + 1 == s.n && pairs_at(x, s.p + s.n) == 0 ? s.n : i;
}

/* ---- hints -------------------------------------------------------------------------------------
 */

#define HINTS (sizeof hints / sizeof *hints)
#define ADDRESS HINTS /* the bit of ":/" */
_Static_assert(HINTS < 64, "a bit for each hint, and one more");

void hide_prepare(struct hiding *h)
{
    for (size_t i = 0; i < HINTS; i++)
        pairs_add(&h->ends, i, hints[i].word.p[hints[i].word.n - 2],
                  hints[i].word.p[hints[i].word.n - 1]);
    pairs_add(&h->ends, ADDRESS, ':', '/');
    for (int c = 0; c <= UINT8_MAX; c++) {
        h->in_word[c] = in_word((char)c);
        h->ends.behind[c] = h->in_word[c] ? (uint64_t)1 << ADDRESS : UINT64_MAX;
    }
}

/* Also vpn_password, ADMIN-PWD and dbPassword. */
static const struct hint *hint_of(const struct hiding *h, struct str word)
{
    uint64_t may = word.n < 2 ? 0 : pairs_at(&h->ends, word.p + word.n);
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

static bool is_address(struct str s, size_t i)
{
    return str_starts(str_from(s, i), STR("://"));
}

/* Of the word of S that ends with the byte at I. */
static struct str word_to(const struct hiding *h, struct str s, size_t i)
{
    size_t from = i;
    while (from > 0 && h->in_word[(unsigned char)s.p[from - 1]])
        from--;
    return str_sub(s, from, i + 1 - from);
}

/* Where in S, from I on, a secret may be hinted at: the end of a hint, or the "://" of an address;
 * S.n if nowhere. */
static size_t next_hint(const struct hiding *h, struct str s, size_t i)
{
    while ((i = pairs_next(&h->ends, s, i + 1)) < s.n)
        if (s.p[i] == '/' ? is_address(s, i - 1) : hint_of(h, word_to(h, s, i)) != NULL)
            break;
    return i;
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
        while (i < s.n && h->in_word[(unsigned char)s.p[i]])
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

static struct pairs prose_pairs(void)
{
    struct pairs x = {0};
    for (size_t i = 0; i < PROSE_WORDS; i++)
        pairs_add(&x, i, prose_words[i].p[PROSE_SHORTEST - 2],
                  prose_words[i].p[PROSE_SHORTEST - 1]);
    for (size_t c = 0; c <= UINT8_MAX; c++)
        x.behind[c] = UINT64_MAX;
    return x;
}

/* Where one of prose_words begins in S, from I on; S.n if nowhere. */
static size_t next_prose_word(const struct pairs *x, struct str s, size_t i)
{
    for (i += PROSE_SHORTEST - 1; (i = pairs_next(x, s, i)) < s.n; i++)
        for (size_t k = 0, from = i + 1 - PROSE_SHORTEST; k < PROSE_WORDS; k++)
            if (str_eq_nocase(str_sub(s, from, prose_words[k].n), prose_words[k]))
                return from;
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
    const struct pairs x = prose_pairs();
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
    size_t i = next_hint(h, s, 0), row, column;
    if (i >= s.n)
        return;
    size_t heading = find_prose(s, separator, prose);
    struct cells cells = cells_of(s, separator);
    for (; i < s.n; i = next_hint(h, s, cells.i)) {
        struct str cell = cell_with(&cells, i, &row, &column);
        hide_in_text(h, cell, row > heading && column < CSV_COLUMNS && prose[column]);
    }
}
