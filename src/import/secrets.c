/* Secrets are overwritten in the bytes that everything else is made of, before an importer sees
 * them: what no slice holds, no output can show. Each byte of a secret becomes an asterisk, so that
 * lines and columns stay those of the file; words that decide what is filtered are never touched.
 *
 * Where secrets stand: Cisco ASA Series Command Reference; iptables-extensions(8), comment and
 * LOG; and, for whatever people write into comments, the words of `hints` (secrets_text.c). */
#include "import/secrets_int.h"

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

/* Of `name ADDRESS NAME description TEXT` what is behind the name. */
static struct str behind_name(struct str line)
{
    struct str word;
    for (int i = 0; i < 3 && str_word(&line, &word); i++)
        continue;
    return str_trim(line);
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
    if (str_eq_nocase(head, STR("name")))
        hide_in_text(h, behind_name(line), true);
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

/* Is LINE an entry of an access list that is no remark? */
static bool is_entry(struct str line)
{
    static const struct str list = STR_INIT("access-list ");
    size_t i = list.n;
    if (!str_starts(line, list))
        return false;
    while (i < line.n && (unsigned char)line.p[i] > ' ')
        i++;
    return i + 1 < line.n && line.p[i] == ' ' && char_is_of(line.p[i + 1], "depsDEPS");
}

/* Most lines of a long file are entries of lists and members of groups: they hold no secret. False
 * where a closer look is due, which would come to the same. */
static bool only_filters(struct str line)
{
    static const struct str heads[] = {
        STR_INIT("network-object "), STR_INIT("host "),         STR_INIT("subnet "),
        STR_INIT("object network "), STR_INIT("port-object "),  STR_INIT("service-object "),
        STR_INIT("object-group "),   STR_INIT("group-object "),
    };
    if (is_entry(line))
        return true;
    struct str rest = str_from(line, blanks(line, 0));
    for (size_t i = 0; rest.n != 0 && i < sizeof heads / sizeof *heads; i++)
        if (heads[i].p[0] == rest.p[0] && str_starts(rest, heads[i]))
            return true;
    return str_starts(line, STR("name ")) && behind_name(line).n == 0;
}

static void hide_in_asa(struct hiding *h)
{
    bool pem = false, interface = false, certificate = false;
    for (uint32_t i = 1; i <= h->source->n_lines; i++) {
        struct str line = source_line(h->source, i), rest = line, head = STR("");
        if (!pem && only_filters(line)) {
            interface = interface && char_is_blank(line.p[0]);
            continue;
        }
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

void import_hide_secrets(struct arena *a, struct source *s)
{
    struct hiding h = {.arena = a, .source = s};
    hide_prepare(&h);
    if (str_starts(s->format, STR("asa")))
        hide_in_asa(&h);
    else if (str_eq(s->format, STR("csv")))
        hide_in_csv(&h);
    else
        hide_in_iptables(&h);
    if (h.copy != NULL)
        s->bytes = (struct str){h.copy, s->bytes.n};
}
