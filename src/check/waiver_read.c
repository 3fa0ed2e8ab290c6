/* Waivers from a JSON file and from the remarks of exports. */
#include "check/check_int.h"
#include "check/json.h"
#include "check/waiver.h"

/* ---- the file ------------------------------------------------------------------------------- */

struct reading {
    struct packs packs; /* those in use, then the others that ship */
    struct waivers *to;
    struct map *ids;
};

/* One waiver as it stands in the file. */
struct written {
    struct str id, rule, finding, reason, compensating, risk, ticket, requested_by, approved_by;
    struct str created, expires, review;
    const cJSON *match;
    uint32_t max_findings;
};

/* Members that the file's policy may require. */
static const struct {
    const char *name;
    size_t offset;
} members[] = {
    {"reason", offsetof(struct written, reason)},
    {"compensating", offsetof(struct written, compensating)},
    {"risk", offsetof(struct written, risk)},
    {"ticket", offsetof(struct written, ticket)},
    {"requested_by", offsetof(struct written, requested_by)},
    {"approved_by", offsetof(struct written, approved_by)},
    {"created", offsetof(struct written, created)},
    {"expires", offsetof(struct written, expires)},
    {"review", offsetof(struct written, review)},
};

static bool has(const struct written *w, struct str member)
{
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (str_eq(member, str_of(members[i].name)))
            return ((const struct str *)(const void *)((const char *)w + members[i].offset))->n !=
                   0;
    return false;
}

static void check_required(struct json *j, const cJSON *node, const struct waivers *to,
                           const struct written *w)
{
    for (size_t i = 0; i < to->require.n; i++)
        if (!has(w, to->require.v[i]))
            json_error(j, json_at(j, node), "the waiver \"%.*s\" has no \"%.*s\"",
                       STR_ARG(str_safe(j->arena, w->id)), STR_ARG(to->require.v[i]));
}

static void check_dates(struct json *j, const cJSON *node, const struct waivers *to,
                        const struct written *w)
{
    int64_t from, until;
    if (to->max_days == 0)
        return;
    if (!date_day(w->created, &from) || !date_day(w->expires, &until))
        json_error(j, json_at(j, node),
                   "\"max_days\" asks for \"created\" and \"expires\" of each waiver");
    else if (until - from > (int64_t)to->max_days)
        json_error(j, json_at(j, node), "the waiver \"%.*s\" lasts %lld days, at most %u may be",
                   STR_ARG(str_safe(j->arena, w->id)), (long long)(until - from),
                   (unsigned)to->max_days);
}

static const struct rule_def *find_rule(struct json *j, const cJSON *node, struct reading *x,
                                        struct str id)
{
    const cJSON *at = cJSON_GetObjectItemCaseSensitive(node, "rule");
    const struct rule_def *rule = packs_find(&x->packs, id);
    if (rule == NULL) {
        struct diag *d = json_error(j, json_at(j, at), "no pack has a rule \"%.*s\"",
                                    STR_ARG(str_safe(j->arena, id)));
        struct str near = packs_suggest(&x->packs, id);
        if (near.n != 0)
            d->hint = arena_strf(j->arena, "did you mean \"%.*s\"?", STR_ARG(near));
        return NULL;
    }
    for (size_t i = 0; i < x->to->never.n; i++)
        if (packs_find(&x->packs, x->to->never.v[i]) == rule)
            json_error(j, json_at(j, at), "the policy of this file lets nobody waive %.*s",
                       STR_ARG(rule->id));
    return rule;
}

static void read_waiver(struct json *j, const cJSON *node, struct reading *x)
{
#define AT(field) .offset = offsetof(struct written, field)
    static const struct json_key keys[] = {
        {.key = "id", .type = JSON_NAME, .required = true, AT(id)},
        {.key = "rule", .type = JSON_STRING, .required = true, AT(rule)},
        {.key = "finding", .type = JSON_STRING, AT(finding)},
        {.key = "match", .type = JSON_NODE, AT(match)},
        {.key = "max_findings", .type = JSON_COUNT, AT(max_findings)},
        {.key = "reason", .type = JSON_STRING, AT(reason)},
        {.key = "compensating", .type = JSON_STRING, AT(compensating)},
        {.key = "risk", .type = JSON_STRING, AT(risk)},
        {.key = "ticket", .type = JSON_STRING, AT(ticket)},
        {.key = "requested_by", .type = JSON_STRING, AT(requested_by)},
        {.key = "approved_by", .type = JSON_STRING, AT(approved_by)},
        {.key = "created", .type = JSON_DATE, AT(created)},
        {.key = "expires", .type = JSON_DATE, AT(expires)},
        {.key = "review", .type = JSON_DATE, AT(review)},
    };
#undef AT
    static const struct json_key match_keys[] = {
        {.key = "device", .type = JSON_STRING, .required = true, .offset = 0},
    };
    struct written w = {0};
    struct str device = {"", 0};
    JSON_OBJECT(j, node, "a waiver", keys, &w);
    if (w.match != NULL)
        JSON_OBJECT(j, w.match, "\"match\"", match_keys, &device);
    if ((w.match != NULL) == (w.finding.n != 0))
        json_error(j, json_at(j, node), "a waiver has either \"finding\" or \"match\"");
    check_required(j, node, x->to, &w);
    check_dates(j, node, x->to, &w);
    if (w.id.n != 0 && map_get(x->ids, w.id) != NULL)
        json_error(j, json_at(j, node), "the waiver \"%.*s\" is given twice",
                   STR_ARG(str_safe(j->arena, w.id)));
    map_put(x->ids, w.id, x);
    const struct rule_def *rule = w.rule.n == 0 ? NULL : find_rule(j, node, x, w.rule);
    *PUSH(j->arena, x->to->all) = (struct waiver){
        .id = w.id,
        .rule = rule,
        .finding = w.finding,
        .device = device,
        .max_findings = w.max_findings,
        .reason = w.reason,
        .compensating = w.compensating,
        .risk = w.risk,
        .ticket = w.ticket,
        .requested_by = w.requested_by,
        .approved_by = w.approved_by,
        .created = w.created,
        .expires = w.expires,
        .review = w.review,
        .at = json_at(j, node),
    };
}

static void read_policy(struct json *j, const cJSON *node, void *ctx)
{
    static const char *const words[] = {"allow", "require-ticket", "deny"};
    static const struct json_key keys[] = {
        {.key = "max_days", .type = JSON_COUNT, .offset = offsetof(struct waivers, max_days)},
        {.key = "warn_before_days",
         .type = JSON_COUNT,
         .offset = offsetof(struct waivers, warn_before_days)},
        {.key = "require", .type = JSON_STRINGS, .offset = offsetof(struct waivers, require)},
        {.key = "never", .type = JSON_STRINGS, .offset = offsetof(struct waivers, never)},
        {.key = "inline",
         .type = JSON_WORD,
         .words = words,
         .n_words = 3,
         .offset = offsetof(struct waivers, inline_policy)},
    };
    struct waivers *to = ctx;
    JSON_OBJECT(j, node, "\"policy\"", keys, to);
    for (size_t i = 0; i < to->require.n; i++) {
        bool known = false;
        for (size_t k = 0; k < sizeof members / sizeof *members; k++)
            known = known || str_eq(to->require.v[i], str_of(members[k].name));
        if (!known)
            json_error(j, json_at(j, node), "a waiver has no member \"%.*s\"",
                       STR_ARG(str_safe(j->arena, to->require.v[i])));
    }
}

/* Rules of packs that are not in use are no mistake: their waivers just have nothing to do. */
static struct packs known_packs(struct json *j, const struct packs *in_use)
{
    struct packs all = {0};
    struct diags unheard = {.arena = j->arena};
    struct sources *none = NEW(j->arena, struct sources);
    for (size_t i = 0; i < in_use->n; i++)
        *PUSH(j->arena, all) = in_use->v[i];
    for (const struct embedded *e = embedded_files; e->path != NULL; e++) {
        struct str path = str_of(e->path), name = str_from(path, sizeof "rules/" - 1);
        if (str_find(name, '/') != name.n || !str_ends(name, STR(".json")))
            continue;
        struct pack *p = pack_load(j->arena, &unheard, none, str_sub(name, 0, name.n - 5));
        if (p != NULL)
            *PUSH(j->arena, all) = p;
    }
    return all;
}

bool waivers_read(struct arena *a, struct diags *d, const struct source *s, const struct packs *p,
                  struct waivers *to)
{
    struct file {
        uint32_t schema;
        const cJSON *policy, *waivers;
    } file = {0};
    static const struct json_key keys[] = {
        {.key = "schema",
         .type = JSON_COUNT,
         .required = true,
         .offset = offsetof(struct file, schema)},
        {.key = "policy", .type = JSON_NODE, .offset = offsetof(struct file, policy)},
        {.key = "waivers",
         .type = JSON_NODE,
         .required = true,
         .offset = offsetof(struct file, waivers)},
    };
    static const struct str usual[] = {STR_INIT("reason"), STR_INIT("ticket"),
                                       STR_INIT("approved_by"), STR_INIT("expires")};
    struct json *j = json_read(a, d, s);
    if (j == NULL)
        return false;
    struct reading x = {.packs = known_packs(j, p), .to = to, .ids = map_new(a)};
    JSON_OBJECT(j, j->root, "the waiver file", keys, &file);
    if (file.schema > 1)
        json_error(j, json_at(j, j->root), "this version knows \"schema\": 1");
    if (file.policy != NULL)
        read_policy(j, file.policy, to);
    if (to->require.n == 0)
        for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
            *PUSH(a, to->require) = usual[i];
    if (file.waivers != NULL && json_is_array(j, file.waivers, "\"waivers\""))
        for (const cJSON *m = file.waivers->child; m != NULL; m = m->next)
            read_waiver(j, m, &x);
    if (j->failed)
        to->all.n = 0;
    return !j->failed;
}

/* ---- remarks -------------------------------------------------------------------------------- */

#define MARK "fwproof:ignore"

/* CHG0012345, SEC-77: capitals, then digits. */
static bool is_ticket(struct str s)
{
    size_t i = 0, letters;
    while (i < s.n && s.p[i] >= 'A' && s.p[i] <= 'Z')
        i++;
    letters = i;
    i += i < s.n && s.p[i] == '-';
    size_t digits = i;
    while (i < s.n && char_is_digit(s.p[i]))
        i++;
    return letters >= 2 && i > digits && i == s.n;
}

static void misread(struct diags *d, const struct rule *r, const char *why, struct str what)
{
    diag_add(d, DIAG_WARNING, r->at, "this " MARK " suppresses nothing: %s%.*s", why,
             STR_ARG(what));
}

/* TEXT behind the mark: false after a warning. */
static bool read_remark(struct arena *a, struct diags *d, const struct rule *r, struct str text,
                        struct str *ids, struct waiver *w)
{
    struct str rest = text, word, left;
    int64_t day;
    if (!str_word(&rest, ids)) {
        misread(d, r, "it names no rule", STR(""));
        return false;
    }
    for (left = rest; str_word(&left, &word); rest = left) {
        bool colon = str_ends(word, STR(":"));
        struct str bare = str_sub(word, 0, word.n - colon);
        if (date_day(bare, &day))
            w->expires = bare;
        else if (is_ticket(bare))
            w->ticket = bare;
        else if (bare.n != 0 && !str_eq(bare, STR("until")))
            break;
        if (colon) {
            rest = left;
            break;
        }
    }
    w->reason = arena_copy(a, str_trim(rest));
    if (w->reason.n == 0)
        misread(d, r, "it gives no reason", STR(""));
    return w->reason.n != 0;
}

static void add_remark(struct arena *a, struct diags *d, const struct rule *r, struct str text,
                       const struct packs *packs, struct waivers *to)
{
    struct waiver w = {.inline_form = true, .line = r->at, .at = r->at};
    struct str ids, id;
    if (!read_remark(a, d, r, text, &ids, &w))
        return;
    if (to->inline_policy == INLINE_DENY) {
        misread(d, r, "the waiver file denies waivers in remarks", STR(""));
        return;
    }
    if (to->inline_policy == INLINE_REQUIRE_TICKET && w.ticket.n == 0) {
        misread(d, r, "the waiver file asks for a ticket", STR(""));
        return;
    }
    w.id = arena_strf(a, "line %u", r->at.line);
    while (str_cut(&ids, ',', &id)) {
        w.rule = packs_find(packs, id);
        bool never = false;
        for (size_t i = 0; i < to->never.n; i++)
            never = never || (w.rule != NULL && packs_find(packs, to->never.v[i]) == w.rule);
        if (w.rule == NULL)
            misread(d, r, "no pack in use has the rule ", str_safe(a, id));
        else if (never)
            misread(d, r, "the waiver file lets nobody waive ", w.rule->id);
        else
            *PUSH(a, to->all) = w;
    }
}

void waivers_in_remarks(struct arena *a, struct diags *d, const struct policy *p,
                        const struct packs *packs, struct waivers *to)
{
    for (size_t i = 0; i < p->chains.n; i++)
        for (size_t k = 0; k < p->chains.v[i]->n_rules; k++) {
            const struct rule *r = p->chains.v[i]->rules[k];
            size_t at = str_search(r->remark, STR(MARK));
            if (at == r->remark.n)
                continue;
            struct str text = str_from(r->remark, at + sizeof MARK - 1);
            if (text.n != 0 && char_is_blank(text.p[0]))
                add_remark(a, d, r, text, packs, to);
            else
                misread(d, r, "write " MARK " ID reason", STR(""));
        }
}
