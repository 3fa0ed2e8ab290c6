#include "import/csv_int.h"

const char *const csv_role_names[COL_ROLES] = {
    "id",          "name",          "from",        "to",
    "source",      "source_negate", "destination", "destination_negate",
    "protocol",    "source_port",   "port",        "service",
    "application", "user",          "schedule",    "action",
    "enabled",     "disabled",      "comment",     "hits"};

/* Words that people use for a column, as they are after fold(): lower case, no blanks. */
static const struct {
    const char *word;
    enum csv_role role;
} words[] = {
    {"id", COL_ID},
    {"#", COL_ID},
    {"no", COL_ID},
    {"no.", COL_ID},
    {"rule", COL_ID},
    {"ruleid", COL_ID},
    {"number", COL_ID},
    {"seq", COL_ID},
    {"rulenumber", COL_ID},
    {"order", COL_ID},
    {"name", COL_NAME},
    {"rulename", COL_NAME},
    {"policyname", COL_NAME},
    {"policy", COL_NAME},
    {"from", COL_FROM},
    {"srczone", COL_FROM},
    {"sourcezone", COL_FROM},
    {"fromzone", COL_FROM},
    {"src.zone", COL_FROM},
    {"srcinterface", COL_FROM},
    {"srcintf", COL_FROM},
    {"sourceinterface", COL_FROM},
    {"ingress", COL_FROM},
    {"to", COL_TO},
    {"dstzone", COL_TO},
    {"destinationzone", COL_TO},
    {"tozone", COL_TO},
    {"dst.zone", COL_TO},
    {"dstinterface", COL_TO},
    {"dstintf", COL_TO},
    {"destinationinterface", COL_TO},
    {"egress", COL_TO},
    {"source", COL_SRC},
    {"src", COL_SRC},
    {"sourceaddress", COL_SRC},
    {"srcaddr", COL_SRC},
    {"src.addr", COL_SRC},
    {"sourceip", COL_SRC},
    {"srcip", COL_SRC},
    {"sourcenet", COL_SRC},
    {"sources", COL_SRC},
    {"srcaddress", COL_SRC},
    {"ipsource", COL_SRC},
    {"src.negate", COL_SRC_NOT},
    {"sourcenegate", COL_SRC_NOT},
    {"srcnegate", COL_SRC_NOT},
    {"negatesource", COL_SRC_NOT},
    {"destination", COL_DST},
    {"dst", COL_DST},
    {"dest", COL_DST},
    {"destinationaddress", COL_DST},
    {"dstaddr", COL_DST},
    {"dst.addr", COL_DST},
    {"destinationip", COL_DST},
    {"dstip", COL_DST},
    {"destinationnet", COL_DST},
    {"destinations", COL_DST},
    {"dstaddress", COL_DST},
    {"ipdest", COL_DST},
    {"dst.negate", COL_DST_NOT},
    {"destinationnegate", COL_DST_NOT},
    {"dstnegate", COL_DST_NOT},
    {"negatedestination", COL_DST_NOT},
    {"protocol", COL_PROTO},
    {"proto", COL_PROTO},
    {"ipprotocol", COL_PROTO},
    {"sourceport", COL_SPORT},
    {"srcport", COL_SPORT},
    {"sport", COL_SPORT},
    {"portsrc", COL_SPORT},
    {"sourceports", COL_SPORT},
    {"port", COL_DPORT},
    {"ports", COL_DPORT},
    {"dport", COL_DPORT},
    {"destinationport", COL_DPORT},
    {"dstport", COL_DPORT},
    {"destinationports", COL_DPORT},
    {"portdst", COL_DPORT},
    {"portrange", COL_DPORT},
    {"service", COL_SERVICE},
    {"services", COL_SERVICE},
    {"svc", COL_SERVICE},
    {"servicename", COL_SERVICE},
    {"application", COL_APP},
    {"app", COL_APP},
    {"applications", COL_APP},
    {"user", COL_USER},
    {"sourceuser", COL_USER},
    {"users", COL_USER},
    {"schedule", COL_SCHEDULE},
    {"time", COL_SCHEDULE},
    {"action", COL_ACTION},
    {"access", COL_ACTION},
    {"verdict", COL_ACTION},
    {"permission", COL_ACTION},
    {"enabled", COL_ENABLED},
    {"active", COL_ENABLED},
    {"status", COL_ENABLED},
    {"state", COL_ENABLED},
    {"disabled", COL_DISABLED},
    {"comment", COL_COMMENT},
    {"comments", COL_COMMENT},
    {"description", COL_COMMENT},
    {"remark", COL_COMMENT},
    {"remarks", COL_COMMENT},
    {"notes", COL_COMMENT},
    {"hits", COL_HITS},
    {"hitcount", COL_HITS},
    {"hitcnt", COL_HITS},
};

/* HEADER equals WORD but for case and for blanks, underscores and hyphens. */
static bool same_word(struct str header, const char *word)
{
    size_t n = 0;
    for (size_t i = 0; i < header.n; i++) {
        char c = char_lower(header.p[i]);
        if (c == ' ' || c == '_' || c == '-')
            continue;
        if (word[n] != c)
            return false;
        n++;
    }
    return word[n] == '\0' && n != 0;
}

static bool role_of(struct str header, enum csv_role *role)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (same_word(header, words[i].word)) {
            *role = words[i].role;
            return true;
        }
    return false;
}

static struct csv_columns by_words(const struct csv_row *row)
{
    struct csv_columns c = {0};
    enum csv_role role;
    for (size_t i = 0; i < row->n; i++)
        if (role_of(row->v[i].text, &role) && c.at[role] == 0)
            c.at[role] = i + 1;
    return c;
}

static bool is_enough(const struct csv_columns *c)
{
    bool addresses = c->at[COL_SRC] != 0 && c->at[COL_DST] != 0;
    bool service = c->at[COL_SERVICE] != 0 || c->at[COL_DPORT] != 0 || c->at[COL_PROTO] != 0;
    return addresses && service && c->at[COL_ACTION] != 0;
}

int csv_header_score(const struct csv_row *row)
{
    struct csv_columns c = by_words(row);
    int found = 0;
    for (size_t i = 0; i < COL_ROLES; i++)
        found += c.at[i] != 0;
    return is_enough(&c) ? 60 + found : found * 4;
}

/* ---- mapping from the site file ---------------------------------------------------------------
 */

static size_t mapped_column(const struct csv_row *header, struct str column)
{
    uint64_t number;
    for (size_t i = 0; i < header->n; i++)
        if (str_eq_nocase(header->v[i].text, column))
            return i + 1;
    return str_u64(column, 10, 10000, &number) ? (size_t)number : 0;
}

static bool by_mapping(struct import *im, const struct csv_table *t, struct csv_columns *c)
{
    bool good = true;
    for (size_t i = 0; i < im->csv->n; i++) {
        size_t role = 0;
        while (role < COL_ROLES && !str_eq(im->csv->v[i].role, str_of(csv_role_names[role])))
            role++;
        size_t column = mapped_column(&t->v[c->header], im->csv->v[i].column);
        if (role == COL_ROLES || column == 0) {
            diag_add(im->diags, DIAG_ERROR, im->csv->v[i].at,
                     "the mapping of %.*s to \"%.*s\" names no %s", STR_ARG(im->csv->v[i].role),
                     STR_ARG(im->csv->v[i].column),
                     role == COL_ROLES ? "role that fwproof knows" : "column of this file");
            good = false;
        } else {
            c->at[role] = column;
        }
    }
    return good;
}

static struct str columns_seen(struct import *im, const struct csv_row *row)
{
    struct out o = {.arena = im->arena};
    for (size_t i = 0; i < row->n; i++)
        out_fmt(&o, "%s\"%.*s\"", i == 0 ? "" : ", ", STR_ARG(str_safe(im->arena, row->v[i].text)));
    return out_taken(&o);
}

bool csv_find_columns(struct import *im, struct source *s, const struct csv_table *t,
                      struct csv_columns *columns)
{
    if (t->n == 0) {
        diag_add(im->diags, DIAG_INCOMPLETE, span_line(s, 1), "no rows");
        return false;
    }
    size_t best = 0;
    for (size_t i = 1; i < t->n && i < 20; i++) /* text may stand before the header */
        if (csv_header_score(&t->v[i]) > csv_header_score(&t->v[best]))
            best = i;
    *columns = by_words(&t->v[best]);
    columns->header = best;
    if (im->csv != NULL && im->csv->n != 0 && !by_mapping(im, t, columns))
        return false;
    if (is_enough(columns))
        return true;
    struct diag *d = diag_add(im->diags, DIAG_INCOMPLETE, t->v[best].at,
                              "the shape of this CSV is not known; its columns are %.*s",
                              STR_ARG(columns_seen(im, &t->v[best])));
    d->hint = STR("say in fwproof.json what they are: \"csv\": {\"columns\": {\"source\": \"…\", "
                  "\"destination\": \"…\", \"service\": \"…\", \"action\": \"…\"}}");
    return false;
}
