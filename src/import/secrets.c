/* Secrets are overwritten in the bytes that everything else is made of, before an importer sees
 * them: what no slice holds, no output can show. Each byte of a secret becomes an asterisk, so that
 * lines and columns stay those of the file; words that decide what is filtered are never touched.
 *
 * Where secrets stand: Cisco ASA Series Command Reference; iptables-extensions(8), comment and
 * LOG; and, for whatever people write into comments, the words of `hints`. */
#include "import/csv_int.h"

struct hiding {
    struct arena *arena;
    struct source *source;
    char *copy; /* of the source's bytes, made for the first secret */
};

static void hide(struct hiding *h, struct str secret)
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

/* ---- prose --------------------------------------------------------------------------------------
 */

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

static bool in_list(struct str word, const char *list)
{
    struct str rest = str_of(list), one;
    while (str_cut(&rest, ' ', &one))
        if (str_eq_nocase(one, word))
            return true;
    return false;
}

static bool ends_nocase(struct str s, struct str end)
{
    return s.n >= end.n && char_lower(s.p[s.n - 1]) == end.p[end.n - 1] &&
           str_eq_nocase(str_from(s, s.n - end.n), end);
}

/* Also vpn_password, ADMIN-PWD and dbPassword. */
static const struct hint *hint_of(struct str word)
{
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++) {
        struct str hint = hints[i].word;
        if (!ends_nocase(word, hint))
            continue;
        char before = word.n > hint.n ? word.p[word.n - hint.n - 1] : '-';
        if (before == '-' || before == '_' || (hints[i].strong && hint.n >= 6))
            return &hints[i];
    }
    return NULL;
}

static size_t blanks(struct str s, size_t i)
{
    while (i < s.n && char_is_blank(s.p[i]))
        i++;
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
    struct str start = STR("://");
    for (size_t i = str_search(s, start); i < s.n; i += str_search(str_from(s, i), start)) {
        size_t secret = 0, last = 0; /* behind the first colon, before the last @ */
        for (i += start.n; i < s.n && !char_is_blank(s.p[i]) && s.p[i] != '/'; i++) {
            if (s.p[i] == ':' && secret == 0)
                secret = i + 1;
            if (s.p[i] == '@')
                last = i;
        }
        if (secret != 0 && last > secret)
            hide(h, str_sub(s, secret, last - secret));
    }
}

/* PROSE: a comment, where a hint needs no sign behind it. */
static void hide_in_text(struct hiding *h, struct str s, bool prose)
{
    bool signed_word = str_find(s, '=') < s.n || str_find(s, ':') < s.n;
    if (!prose && !signed_word)
        return;
    hide_userinfo(h, s);
    for (size_t i = 0; i < s.n;) {
        size_t from = i;
        while (i < s.n && in_word(s.p[i]))
            i++;
        const struct hint *hint = hint_of(str_sub(s, from, i - from));
        if (hint != NULL && (prose || hint->cell))
            i = hide_value(h, s, i, hint, prose);
        else if (i == from)
            i++;
    }
}

/* ---- Cisco ASA ----------------------------------------------------------------------------------
 */

/* Words of a command. `*` is any word, `...` any number of words, `@` the secret, with the number
 * in front of it that says how it is encrypted. */
#define AAA_OLD "aaa-server * * host * @" /* of PIX */
static const char *const asa_secrets[] = {
    "enable password @",
    "passwd @",
    "... password @",
    "username * * @",
    "... secret @",
    "... passphrase @",
    "... pre-shared-key @",
    "ospf authentication-key @",
    "ip ospf authentication-key @",
    "area ... authentication-key @",
    "ntp authentication-key * * @",
    "... message-digest-key * md5 @",
    "... key-string @",
    "... session-key inbound * * @",
    "... session-key outbound * * @",
    "... cipher @",
    "... authenticator @",
    "... nt-encrypted @",
    "rip authentication key @",
    "authentication key * * @",
    "isis password @",
    "area-password @",
    "domain-password @",
    "key @",
    "server-key @",
    "key config-key password-encryption @",
    "failover key @",
    "tacacs-server key @",
    "radius-server key @",
    "tacacs-server host * key @",
    "radius-server host * key @",
    AAA_OLD,
    "aaa-server * * host * key @",
    "radius-common-pw @",
    "ldap-login-password @",
    "policy-server-secret @",
    "storage-key @",
    "isakmp key @",
    "crypto isakmp key @",
    "snmp-server community @",
    "snmp-server host ... community @",
    "snmp-server user ... auth * @",
    "snmp-server user ... priv des @",
    "snmp-server user ... priv 3des @",
    "snmp-server user ... priv aes * @",
    "crypto ca ... pkcs12 @",
    "crypto ca ... pem @",
    "dynamic-authorization key @",
};

/* Commands that say what is filtered: in these, a word like "password" is somebody's name. */
static const char asa_filtering[] =
    "access-group object object-group network-object service-object port-object "
    "group-object protocol-object icmp-object host subnet range fqdn service nat global static "
    "name names nameif interface ip ipv6 route conduit outbound apply security-level time-range "
    "absolute periodic hostname same-security-traffic http ssh telnet icmp";

static bool is_kind(struct str word)
{
    return (word.n == 1 && char_is_digit(word.p[0])) ||
           in_list(word, "hex encrypted clear-text plain-text");
}

static void hide_secret_word(struct hiding *h, struct str *rest)
{
    struct str word;
    while (str_word(rest, &word)) {
        hide(h, word);
        if (!is_kind(word))
            return;
    }
}

/* Whether REST fits ROW; it loses what did, and the secret in it is hidden. */
static bool try_row(struct hiding *h, struct str row, struct str *rest)
{
    struct str want, word;
    bool run = false;
    while (str_word(&row, &want)) {
        if (str_eq(want, STR("@"))) {
            hide_secret_word(h, rest);
            return true;
        }
        if (str_eq(want, STR("..."))) {
            run = true;
            continue;
        }
        for (bool found = false; !found; run = run && !found) {
            if (!str_word(rest, &word))
                return false;
            found = str_eq(want, STR("*")) || str_eq_nocase(want, word);
            if (!found && !run)
                return false;
        }
    }
    return false;
}

/* Rows for any word, which other forms of the command fit, too. */
static bool row_fits(struct str row, struct str line)
{
    bool user = str_starts(row, STR("username ")), server = str_eq(row, STR(AAA_OLD));
    struct str word = STR("");
    for (int i = user ? 3 : server ? 6 : 0; i > 0; i--)
        str_word(&line, &word);
    return user ? in_list(word, "password nt-encrypted") : !server || !in_list(word, "timeout key");
}

static void hide_by_rows(struct hiding *h, struct str line)
{
    for (size_t i = 0; i < sizeof asa_secrets / sizeof *asa_secrets; i++) {
        struct str row = str_of(asa_secrets[i]), rest = line;
        if (!row_fits(row, line))
            continue;
        bool anywhere = str_starts(row, STR("..."));
        while (try_row(h, row, &rest) && anywhere)
            continue;
    }
}

/* The text of a remark; empty if LINE, a command of an access list, is none. */
static struct str remark_of(struct str line)
{
    struct str word;
    bool numbered = false;
    for (int i = 0; i < (numbered ? 5 : 3) && str_word(&line, &word); i++) {
        numbered = numbered || (i == 2 && str_eq_nocase(word, STR("line")));
        if (i >= 2 && str_eq_nocase(word, STR("remark")))
            return line;
    }
    return STR("");
}

static void hide_in_command(struct hiding *h, struct str line)
{
    struct str rest = line, head = STR("");
    str_word(&rest, &head);
    for (int skipped = 0; skipped < 2; skipped++) /* a prompt, "no" */
        if (head.n != 0 && (head.p[head.n - 1] == '#' || head.p[head.n - 1] == '>' ||
                            str_eq_nocase(head, STR("no")))) {
            line = rest;
            str_word(&rest, &head);
        }
    if (str_eq_nocase(head, STR("access-list"))) {
        hide_in_text(h, remark_of(line), true);
        return;
    }
    if (in_list(head, "description banner") || (head.n != 0 && head.p[0] == '!'))
        hide_in_text(h, line, true);
    if (in_list(head, asa_filtering) || head.n == 0)
        return;
    hide_in_text(h, line, false);
    hide_by_rows(h, line);
}

/* Bytes of certificates and keys: words of hexadecimal digits only, or what stands between the
 * lines of a PEM block. */
static bool is_hex_block(struct str line)
{
    struct str word;
    size_t digits = 0;
    while (str_word(&line, &word)) {
        for (size_t i = 0; i < word.n; i++)
            if (!char_is_digit(word.p[i]) &&
                (char_lower(word.p[i]) < 'a' || char_lower(word.p[i]) > 'f'))
                return false;
        digits += word.n;
    }
    return digits >= 16;
}

static void hide_in_asa(struct hiding *h)
{
    bool pem = false, interface = false, certificate = false;
    for (uint32_t i = 1; i <= h->source->n_lines; i++) {
        struct str line = source_line(h->source, i), rest = line, head = STR("");
        str_word(&rest, &head);
        if (!char_is_blank(line.n == 0 ? ' ' : line.p[0]))
            interface = str_eq_nocase(head, STR("interface"));
        if (str_eq_nocase(head, STR("certificate")))
            certificate = true;
        else if (str_eq_nocase(head, STR("quit")))
            certificate = false;
        if (str_starts(head, STR("-----")))
            pem = str_starts(head, STR("-----BEGIN"));
        else if (pem || (certificate && is_hex_block(line)))
            hide(h, line);
        else if (interface && in_list(head, "ospf rip eigrp isis ip ipv6 authentication"))
            hide_by_rows(h, line);
        else
            hide_in_command(h, line);
    }
}

/* ---- iptables, ip6tables, ipset -----------------------------------------------------------------
 */

/* Whether LINE may have a word of hide_in_rule(): an x of "prefix" or two m of "comment", of any
 * case. */
static bool may_say(struct str line)
{
    for (const char *c = "mM"; *c != '\0'; c++)
        for (size_t i = str_find(line, *c); i + 1 < line.n;
             i += 1 + str_find(str_from(line, i + 1), *c))
            if (char_lower(line.p[i + 1]) == 'm')
                return true;
    return str_find(line, 'x') != line.n || str_find(line, 'X') != line.n;
}

/* What is said behind --comment, comment (of ipset) or a prefix of what is logged. */
static void hide_in_rule(struct hiding *h, struct str line)
{
    struct str rest = line, word;
    while (str_word(&rest, &word)) {
        bool maybe = word.n > 6 && (word.p[0] == 'c' || word.p[0] == '-');
        if (!maybe || !in_list(word, "--comment comment --log-prefix --nflog-prefix --ulog-prefix"))
            continue;
        size_t from = blanks(rest, 0), to;
        if (word.p[0] != '-' && from < rest.n && rest.p[from] == '-')
            continue; /* -m comment --comment */
        char quote =
            from < rest.n && (rest.p[from] == '"' || rest.p[from] == '\'') ? rest.p[from++] : ' ';
        for (to = from; to < rest.n && rest.p[to] != quote; to++)
            if (rest.p[to] == '\\' && quote == '"')
                to++;
        to = to > rest.n ? rest.n : to;
        hide_in_text(h, str_sub(rest, from, to - from), true);
        rest = str_from(rest, to);
    }
}

static void hide_in_iptables(struct hiding *h)
{
    for (uint32_t i = 1; i <= h->source->n_lines; i++) {
        struct str line = source_line(h->source, i);
        if (str_starts(str_trim(line), STR("#")))
            hide_in_text(h, line, true);
        else if (may_say(line))
            hide_in_rule(h, line);
    }
}

/* ---- CSV ----------------------------------------------------------------------------------------
 */

/* Columns of prose, by a word in their heading. */
static bool is_comment_column(struct str heading)
{
    static const char *const words[] = {"comment", "descr",     "remark",    "note",
                                        "beschr",  "kommentar", "bemerkung", "reason"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_search_nocase(heading, str_of(words[i])) != heading.n)
            return true;
    return false;
}

#define CSV_COLUMNS 256

/* The cell at *I, with its quotes; *I goes behind it. */
static struct str next_cell(struct str s, char separator, size_t *i)
{
    size_t from = *i;
    bool quoted = false;
    for (; *i < s.n; ++*i) {
        char c = s.p[*i];
        if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '\n' || c == separator))
            break;
    }
    return str_sub(s, from, *i - from);
}

static void hide_in_csv(struct hiding *h)
{
    struct str s = h->source->bytes;
    char separator = csv_separator_of(h->source);
    bool comment[CSV_COLUMNS] = {false}, any = false;
    size_t column = 0;
    for (size_t i = 0; i < s.n; i++) {
        struct str cell = next_cell(s, separator, &i);
        bool prose = column < CSV_COLUMNS && comment[column];
        if (!prose && is_comment_column(cell) && column < CSV_COLUMNS && !any)
            comment[column] = true;
        hide_in_text(h, cell, prose);
        column = i < s.n && s.p[i] == '\n' ? 0 : column + 1;
        for (size_t k = 0; column == 0 && k < CSV_COLUMNS; k++)
            any = any || comment[k];
    }
}

void import_hide_secrets(struct arena *a, struct source *s)
{
    struct hiding h = {.arena = a, .source = s};
    if (str_starts(s->format, STR("asa")))
        hide_in_asa(&h);
    else if (str_eq(s->format, STR("csv")))
        hide_in_csv(&h);
    else
        hide_in_iptables(&h);
    if (h.copy != NULL)
        s->bytes = (struct str){h.copy, s->bytes.n};
}
