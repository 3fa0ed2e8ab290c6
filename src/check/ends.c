/* Kind "ends": what becomes of packets that nobody thought of. */
#include "analyze/ends.h"

#include "check/group.h"
#include "check/json.h"

#define STEPS_MAX 1000000u

enum { FIND_OPEN, FIND_SILENT };
static const char *const find_words[] = {"open", "silent"};

struct ends_def {
    int find;         /* defaults that permit; denials that are not logged */
    bool from_device; /* "open": for what the device itself sends, too */
};

static const void *compile(struct json *j, const struct pack *p, const cJSON *object)
{
    static const struct json_key keys[] = {
        {.key = "find",
         .type = JSON_WORD,
         .required = true,
         .words = find_words,
         .n_words = sizeof find_words / sizeof *find_words,
         .offset = offsetof(struct ends_def, find)},
        {.key = "from_device", .type = JSON_FLAG, .offset = offsetof(struct ends_def, from_device)},
    };
    struct ends_def *d = NEW(j->arena, struct ends_def);
    (void)p;
    JSON_OBJECT(j, object, "\"ends\"", keys, d);
    return d;
}

/* New connections of ordinary hosts, not of the device with itself. */
static struct region strangers(struct check *c)
{
    struct sets *s = c->policy->sets;
    struct cube x = cube_any(s);
    x.f[FIELD_PROTO] = set_or(s, set_one(s, PROTO_TCP), set_one(s, PROTO_UDP));
    x.f[FIELD_STATE] = set_one(s, STATE_NEW);
    x.f[FIELD_TCPFLAGS] = set_one(s, TCP_SYN);
    x.f[FIELD_FRAG] = set_one(s, FRAG_NONE);
    x.f[FIELD_EXTHDR] = set_one(s, 0);
    x.f[FIELD_PKTTYPE] = set_one(s, PKT_UNICAST);
    x.f[FIELD_MARK] = set_one(s, 0);
    x.f[FIELD_CTMARK] = set_one(s, 0);
    x.f[FIELD_CTSTATUS] = set_one(s, 0);
    for (size_t i = 1; i < c->policy->ifaces.n; i++)
        if (str_eq(c->policy->ifaces.v[i], STR("lo"))) {
            set_id others = set_minus(s, set_full(s, FIELD_IN), set_one(s, i));
            x.f[FIELD_IN] = x.f[FIELD_OUT] = others;
        }
    struct region all = region_and_cube(s, c->arena, &c->policy->universe, &x);
    struct addrs unicast = addrs_unicast(c);
    return region_within(c, &all, FIELD_SRC, unicast);
}

/* An ASA logs what lines of its lists deny, unless they say "log disable", but not what the end of
 * a list denies; its other defaults log, too. */
static bool asa_logs(const struct rule *r)
{
    if (r->implicit || r->number == 0)
        return !str_starts(r->text, STR("implicit deny at the end of"));
    return str_search(r->text, STR("log disable")) == r->text.n;
}

static bool plain_logs(const struct rule *r)
{
    return r->logs;
}

static void tell_all(struct check *c, const struct rule_def *r, const struct ends *ends)
{
    struct spots spots = {0};
    for (size_t i = 0; i < ends->n; i++) {
        const struct end *e = &ends->v[i];
        struct str name = e->chain == NULL ? STR("") : e->chain->name;
        struct str what = arena_strf(c->arena, "%.*s %s (%.*s)", STR_ARG(name), path_names[e->path],
                                     STR_ARG(str_safe(c->arena, e->rule->text)));
        *PUSH(c->arena, spots) = (struct spot){
            .at = e->rule->at,
            .rule = e->rule,
            .where = STR("the rules that deny"),
            .what = what,
            .subject = arena_strf(c->arena, "%.*s:%.*s", STR_ARG(name), STR_ARG(e->rule->text)),
            .has_witness = true,
            .witness = e->packet,
            .certainty = e->possible ? CERTAINTY_POSSIBLE : CERTAINTY_DEFINITE};
    }
    spots_tell(c, r, &spots);
}

static void run(struct check *c, const struct rule_def *r)
{
    const struct ends_def *d = r->params;
    bool asa = str_starts(c->policy->format, STR("asa"));
    struct purse purse = purse_of(c, STEPS_MAX);
    uint8_t paths = 1 << PATH_THROUGH | 1 << PATH_TO_SELF;
    if (d->from_device)
        paths |= 1 << PATH_FROM_SELF;
    struct region start = strangers(c);
    struct ends all = d->find == FIND_OPEN ? open_ends(c->survey, c->arena, &start, paths, purse)
                                           : silent_ends(c->survey, c->arena, &start, purse,
                                                         asa ? asa_logs : plain_logs, c->only);
    tell_all(c, r, &all);
    struct str lacking = all.undecided == 0 ? STR("") : limit_reached(c, r);
    if (all.n != 0)
        control_add(c, r, STATUS_FAIL, arena_strf(c->arena, "%zu found", all.n));
    else if (all.undecided != 0)
        control_add(c, r, STATUS_UNKNOWN, lacking);
    else
        control_add(c, r, STATUS_PASS,
                    d->find == FIND_OPEN ? STR("what no line permits is denied")
                                         : STR("each denial of a new connection is logged"));
}

const struct check_kind check_kind_ends = {
    .name = "ends", .title = "what nobody thought of", .compile = compile, .run = run};
