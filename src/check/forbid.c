/* Kind "forbid": new connections that must not be possible. One finding for each rule that
 * permits some. */
#include "analyze/entry.h"

#include "check/goal.h"
#include "check/json.h"

#include <string.h>

struct exception {
    struct strs from, to; /* roles */
};

struct forbid_def {
    struct strs who; /* roles that must not be reached; empty: all of `to` */
    struct str from, to;
    struct services services;
    const cJSON *sources;
    struct goal goal;   /* where they come from, with SOURCES */
    struct strs unless; /* facts about the interfaces of `from` that settle it */
    bool spoofed;       /* they claim to come from networks that are known to be in `to` */
    bool once;          /* one finding for all rules that permit some */
    bool both_ways;     /* only between addresses that may also be reached from inside */
    struct {
        struct exception *v;
        size_t n, cap;
    } except;
    struct strs claim; /* words in a rule's text or remark that give it a reason */
    bool only_claimed; /* other rules are none of its business */
};

static void read_except(struct json *j, const cJSON *node, void *to)
{
    static const struct json_key keys[] = {
        {.key = "from",
         .type = JSON_STRINGS,
         .required = true,
         .offset = offsetof(struct exception, from)},
        {.key = "to",
         .type = JSON_STRINGS,
         .required = true,
         .offset = offsetof(struct exception, to)},
    };
    struct forbid_def *d = to;
    if (!json_is_array(j, node, "\"except\""))
        return;
    for (const cJSON *m = node->child; m != NULL; m = m->next) {
        struct exception *e = PUSH(j->arena, d->except);
        *e = (struct exception){0};
        JSON_OBJECT(j, m, "an exception", keys, e);
    }
}

static const void *compile(struct json *j, const struct pack *p, const cJSON *object)
{
#define AT(field) .offset = offsetof(struct forbid_def, field)
    static const struct json_key keys[] = {
        {.key = "who", .type = JSON_STRINGS, AT(who)},
        {.key = "from", .type = JSON_STRING, .required = true, AT(from)},
        {.key = "to", .type = JSON_STRING, .required = true, AT(to)},
        {.key = "services",
         .type = JSON_OTHER,
         .required = true,
         .read = services_read,
         AT(services)},
        {.key = "sources", .type = JSON_NODE, AT(sources)},
        {.key = "unless", .type = JSON_STRINGS, AT(unless)},
        {.key = "spoofed", .type = JSON_FLAG, AT(spoofed)},
        {.key = "once", .type = JSON_FLAG, AT(once)},
        {.key = "both_ways", .type = JSON_FLAG, AT(both_ways)},
        {.key = "except", .type = JSON_OTHER, .read = read_except},
        {.key = "claim", .type = JSON_STRINGS, AT(claim)},
        {.key = "only_claimed", .type = JSON_FLAG, AT(only_claimed)},
    };
#undef AT
    struct forbid_def *d = NEW(j->arena, struct forbid_def);
    JSON_OBJECT(j, object, "\"forbid\"", keys, d);
    if (d->sources != NULL)
        goal_read(j, d->sources, p, &d->goal);
    return d;
}

/* ---- the space ------------------------------------------------------------------------------ */

/* SPACE the other way round. False if that way is not known. */
static bool outward(struct check *c, const struct forbid_def *d, const struct region *space,
                    struct way *way, struct region *out)
{
    struct str reason;
    struct strs advice = {0};
    if (!way_find(c, d->to, d->from, way, &reason, &advice))
        return false;
    *out = space_of_all(c, way, &d->services, region_addrs(c, space, FIELD_DST),
                        region_addrs(c, space, FIELD_SRC));
    return true;
}

/* Packets of SPACE between the addresses of some packet of OUT, by the same protocol. */
static struct region mirrored(struct check *c, const struct region *space, const struct region *out,
                              struct budget *b)
{
    struct sets *s = c->policy->sets;
    struct region mirror = {0};
    for (size_t i = 0; i < out->n; i++) {
        struct cube x = cube_any(s);
        x.f[FIELD_FAMILY] = out->v[i].f[FIELD_FAMILY];
        x.f[FIELD_PROTO] = out->v[i].f[FIELD_PROTO];
        x.f[FIELD_SRC] = out->v[i].f[FIELD_DST];
        x.f[FIELD_DST] = out->v[i].f[FIELD_SRC];
        *PUSH(c->arena, mirror) = x;
    }
    mirror = region_canonical(s, c->arena, &mirror, b);
    return region_and(s, c->arena, space, &mirror, b);
}

/* The part of SPACE whose addresses may also be reached the other way round. */
static struct region also_outward(struct check *c, const struct forbid_def *d,
                                  const struct region *space, struct budget *b)
{
    struct way way;
    struct region out;
    if (!outward(c, d, space, &way, &out))
        return (struct region){0};
    struct decision made = decide(c->policy, c->arena, way.path, &out, b);
    return mirrored(c, space, &made.permitted, b);
}

static struct region forbidden(struct check *c, const struct forbid_def *d,
                               const struct region *space, struct budget *b)
{
    struct region all = *space;
    if (d->both_ways)
        all = also_outward(c, d, &all, b);
    for (size_t i = 0; i < d->except.n; i++) {
        struct addrs from, to;
        if (roles_nets(c, &d->except.v[i].from, &from) == 0 ||
            roles_nets(c, &d->except.v[i].to, &to) == 0)
            continue;
        struct region x = region_within(c, &all, FIELD_SRC, from);
        x = region_within(c, &x, FIELD_DST, to);
        all = region_minus(c->policy->sets, c->arena, &all, &x, b);
    }
    return all;
}

/* ---- two policies side by side --------------------------------------------------------------- */

/* The cubes of rules of either side that permit packets of CHANGED, as packets arrive there. */
static struct region openers_of(struct check *c, enum path_kind path, const struct region *changed,
                                struct budget *b)
{
    struct region out = {0};
    for (int side = 0; side < 2; side++) {
        const struct policy *p = c->beside->sides[side]->policy;
        uint32_t fields = changed_fields(p, true);
        struct blames all = blame(p, c->arena, path, changed, VERDICT_PERMIT, b);
        for (size_t i = 0; i < all.n; i++)
            for (size_t m = 0; m < all.v[i].rule->n_match; m++) {
                struct cube *x = PUSH(c->arena, out);
                *x = all.v[i].rule->match[m];
                cube_widen(p->sets, x, fields);
                x->when = LITS_NONE;
            }
    }
    return out;
}

/* Packets of SPACE that are open to others than before, this way or, with both_ways, the other.
 * False if that is not known. */
static bool find_changed(struct check *c, const struct forbid_def *d, enum path_kind path,
                         const struct region *space, struct region *changed, struct budget *b)
{
    struct way back;
    struct region out, back_changed;
    if (!compared_space(c, path, space, changed))
        return false;
    if (!d->both_ways || !outward(c, d, space, &back, &out))
        return true;
    if (!compared_space(c, back.path, &out, &back_changed))
        return false;
    struct region more = mirrored(c, space, &back_changed, b);
    for (size_t i = 0; i < more.n; i++)
        *PUSH(c->arena, *changed) = more.v[i];
    return true;
}

/* Leaves of SPACE what rules match that OPENERS tells, on either side: what others open did not
 * change. Where nothing can be said of that, OPENERS stays empty. False if nothing is left. */
static bool narrow(struct check *c, const struct forbid_def *d, enum path_kind path,
                   struct region *space, struct region *openers)
{
    struct region changed;
    struct budget b = budget_of(c);
    if (!find_changed(c, d, path, space, &changed, &b))
        return true;
    if (changed.n == 0)
        return false;
    if (d->once) /* one finding about all of them */
        return true;
    *openers = openers_of(c, path, &changed, &b);
    struct region left = region_and(c->policy->sets, c->arena, space, openers, &b);
    if (b.spent)
        *openers = (struct region){0};
    else
        *space = left;
    return true;
}

/* ---- findings ------------------------------------------------------------------------------- */

static struct str services_text(struct check *c, const struct region *r)
{
    struct sets *s = c->policy->sets;
    struct strs all = {0};
    struct map *seen = map_new(c->arena);
    for (size_t i = 0; i < r->n && all.n < 8; i++) {
        const struct cube *x = &r->v[i];
        struct strs proto =
            set_format(s, c->arena, FIELD_PROTO, x->f[FIELD_PROTO], FAMILY_V4, NULL);
        struct strs port = set_format(s, c->arena, FIELD_DPORT, x->f[FIELD_DPORT], FAMILY_V4, NULL);
        struct str protos = join(c->arena, &proto, ",", 4), ports = join(c->arena, &port, ",", 6);
        bool any_port = str_eq(ports, STR("any"));
        struct str text = arena_strf(c->arena, "%.*s%s%.*s", STR_ARG(protos), any_port ? "" : "/",
                                     any_port ? 0 : (int)ports.n, ports.p);
        if (map_get(seen, text) == NULL) {
            map_put(seen, text, c);
            *PUSH(c->arena, all) = text;
        }
    }
    return join(c->arena, &all, ", ", 6);
}

static struct str who_text(struct check *c, struct addrs x, struct addrs all, const char *of_all)
{
    return addrs_eq(x, all) ? str_of(of_all) : addrs_text(c, x, 4);
}

struct opening {
    struct check *c;
    const struct rule_def *rule;
    const struct forbid_def *def;
    const struct way *way;
    struct region space;   /* all that is forbidden, or what is asked of it */
    struct region openers; /* only rules inside are told; empty: all */
    struct addrs from, to; /* of all that is forbidden; none: not known */
    bool spent;            /* some rules that open it were not found */
};

/* Those that a rule lets in; everybody, if it leaves out only what is excepted anyway. */
static struct str from_text(struct opening *x, struct addrs from)
{
    struct check *c = x->c;
    struct addrs asked = x->from;
    /* With both_ways the space is only where the other way is open: perhaps not to everybody. */
    for (int f = FAMILY_V4; f <= FAMILY_V6 && x->def->both_ways; f++)
        asked.v[f] = from.v[f] == SET_EMPTY ? SET_EMPTY : addrs_internet(c).v[f];
    struct addrs left = addrs_minus(c, asked, from);
    for (size_t i = 0; i < x->def->except.n; i++) {
        struct addrs nets;
        if (roles_nets(c, &x->def->except.v[i].from, &nets) != 0)
            left = addrs_minus(c, left, nets);
    }
    bool all = x->def->sources == NULL || x->def->goal.but != NULL;
    return addrs_none(left) && all ? STR("anyone outside") : addrs_text(c, from, 4);
}

/* Rules of one chain that open the same to different sources. */
struct openings {
    const struct rule *rule; /* the first of them */
    struct region part;
    struct strs lines; /* of the others */
};

/* A packet of PART; where there is one, from an address that the Internet has. */
static struct packet from_outside(struct opening *x, const struct region *part)
{
    struct check *c = x->c;
    struct region far = region_within(c, part, FIELD_SRC, addrs_internet(c));
    return cube_pick(c->policy->sets, far.n != 0 ? &far.v[0] : &part->v[0]);
}

static void tell(struct opening *x, const struct openings *o, enum certainty certainty)
{
    struct check *c = x->c;
    struct finding *f = finding_add(c, x->rule);
    struct variables v = {0};
    struct addrs from = region_addrs(c, &o->part, FIELD_SRC);
    struct addrs to = region_addrs(c, &o->part, FIELD_DST);
    variable_set(c, &v, "from", from_text(x, from));
    variable_set(c, &v, "to", who_text(c, to, x->to, x->way->to.self ? "the host" : "all of them"));
    variable_set(c, &v, "services", services_text(c, &o->part));
    struct str claim = rule_claims(o->rule, &x->def->claim);
    variable_set(c, &v, "claim",
                 claim.n == 0
                     ? claim
                     : arena_strf(c->arena, "; the line gives %.*s as its reason", STR_ARG(claim)));
    f->certainty = certainty;
    f->at = o->rule->at;
    f->permitted = told(c, &o->part);
    f->has_witness = o->part.n != 0;
    if (f->has_witness)
        f->witness = from_outside(x, &o->part);
    finding_path(c, f, x->way->path, VERDICT_PERMIT);
    f->message = template_fill(c->arena, x->rule->message, &v);
    if (o->lines.n != 0) {
        struct str lines = join(c->arena, &o->lines, ", ", 6);
        f->message =
            arena_strf(c->arena, "%.*s; so do lines %.*s", STR_ARG(f->message), STR_ARG(lines));
    }
    if (certainty == CERTAINTY_POSSIBLE) {
        struct str why = conditions_text(c, x->way, &o->part);
        f->message = arena_strf(c->arena, "%.*s; whether it is permitted depends on %.*s",
                                STR_ARG(f->message), STR_ARG(why));
    }
    f->effect = template_fill(c->arena, x->rule->effect, &v);
    f->subject = region_text(c, &f->permitted, 64, WHOLE);
    struct fix fix = {.remove = o->rule->implicit ? NULL : o->rule, .way = x->way};
    fix_add(c, f, &fix, &v);
}

/* More rules than this are told in groups: nobody reads a finding for each entry of a long list of
 * sources. */
#define MANY 50

/* What a rule opens, apart from its sources. */
static struct str opens(struct check *c, const struct blame *b, bool each)
{
    struct str to = addrs_text(c, region_addrs(c, &b->part, FIELD_DST), 8);
    struct str services = services_text(c, &b->part);
    return arena_strf(c->arena, "%p %p %.*s %.*s", (const void *)b->rule->chain,
                      each ? (const void *)b->rule : NULL, STR_ARG(to), STR_ARG(services));
}

/* A rule for a great many sources was not made for those that the check is about. */
static bool is_for_sources(struct check *c, const struct rule *r)
{
    const u128 great = (u128)1 << 24;
    for (size_t i = 0; i < r->n_match; i++)
        if (set_size(c->policy->sets, r->match[i].f[FIELD_SRC]) < great)
            return true;
    return false;
}

static bool is_asked(const struct opening *x, const struct rule *r)
{
    bool within = true;
    for (size_t m = 0; m < r->n_match && within; m++) {
        within = false;
        for (size_t i = 0; i < x->openers.n && !within; i++)
            within = cube_within(x->c->policy->sets, &r->match[m], &x->openers.v[i]);
    }
    return within || x->openers.n == 0;
}

static bool concerns(const struct opening *x, const struct rule *r)
{
    if (!is_asked(x, r))
        return false;
    if (x->def->only_claimed)
        return rule_claims(r, &x->def->claim).n != 0;
    return x->def->sources == NULL || is_for_sources(x->c, r);
}

static size_t tell_all(struct opening *x, const struct region *part, enum certainty certainty,
                       struct map *seen)
{
    struct check *c = x->c;
    struct budget b = budget_of(c);
    struct blames all = blame(c->policy, c->arena, x->way->path, part, VERDICT_PERMIT, &b);
    x->spent = x->spent || b.spent;
    struct map *groups = map_new(c->arena);
    ARRAY(struct openings *) order = {0};
    for (size_t i = 0; i < all.n; i++) {
        const struct rule **key = NEW(c->arena, const struct rule *);
        *key = all.v[i].rule;
        struct str name = {(const char *)key, sizeof(const struct rule *)};
        if (map_get(seen, name) != NULL || !concerns(x, all.v[i].rule))
            continue;
        map_put(seen, name, x);
        struct str what =
            x->def->once ? STR("") : opens(c, &all.v[i], all.n <= MANY || x->openers.n != 0);
        struct openings *o = map_get(groups, what);
        if (o == NULL) {
            o = NEW(c->arena, struct openings);
            o->rule = all.v[i].rule;
            map_put(groups, what, o);
            *PUSH(c->arena, order) = o;
        } else {
            *PUSH(c->arena, o->lines) = arena_strf(c->arena, "%u", all.v[i].rule->at.line);
        }
        for (size_t k = 0; k < all.v[i].part.n; k++)
            *PUSH(c->arena, o->part) = all.v[i].part.v[k];
    }
    for (size_t i = 0; i < order.n; i++)
        tell(x, order.v[i], certainty);
    return order.n;
}

/* ---- the kind ------------------------------------------------------------------------------- */

static void unknown(struct check *c, const struct rule_def *r, struct str reason,
                    struct strs advice)
{
    control_add(c, r, STATUS_UNKNOWN, reason)->advice = advice;
}

/* A fact of the export says that the device itself looks after it at each interface of `from`. */
static bool is_settled(const struct check *c, const struct forbid_def *d, const struct way *way)
{
    const struct policy *p = c->policy;
    set_id left = SET_EMPTY, own = SET_EMPTY;
    for (size_t i = 0; i < way->from.doors.n; i++)
        left = set_or(p->sets, left, way->from.doors.v[i].iface);
    for (size_t i = 0; i < p->interfaces.n; i++)
        own = set_or(p->sets, own, set_one(p->sets, p->interfaces.v[i].class));
    left = set_and(p->sets, left, own);
    for (size_t i = 0; i < p->facts.n && d->unless.n != 0; i++) {
        struct str rest = p->facts.v[i].value, word, name = {0};
        if (!glob_any(&d->unless, p->facts.v[i].key))
            continue;
        while (str_word(&rest, &word)) /* "interface outside": the last word is the name */
            name = word;
        left = set_minus(p->sets, left, set_one(p->sets, ifaces_class(&p->ifaces, name)));
    }
    return d->unless.n != 0 && left == SET_EMPTY;
}

/* Addresses that nobody outside can have as his own; who forges them may be anywhere. */
static bool inner_addrs(struct check *c, struct way *way, struct addrs *out, struct lack *lack)
{
    *out = way->to.given ? way->to.nets : way->to.known;
    for (size_t i = 0; i < way->from.doors.n; i++)
        way->from.doors.v[i].behind = addrs_any(c);
    if (!addrs_none(*out))
        return true;
    lack->reason = STR("the export does not say which networks are inside");
    advise(c, &lack->advice, STR("\"zones\": {\"inside\": {\"networks\": [\"…\"]}}"));
    return false;
}

/* What is to be decided of ALL that is forbidden. False if there is nothing, or after a control. */
static bool start(struct opening *x, const struct region *all)
{
    struct check *c = x->c;
    const struct forbid_def *d = x->def;
    struct region asked = *all;
    if (d->unless.n == 0 && !narrow(c, d, x->way->path, &asked, &x->openers))
        return false;
    struct budget b = budget_of(c);
    bool whole = x->openers.n == 0;
    x->space = forbidden(c, d, &asked, &b);
    struct region told = whole || d->both_ways ? x->space : forbidden(c, d, all, &b);
    x->from = region_addrs(c, &told, FIELD_SRC);
    if (whole || !d->both_ways)
        x->to = region_addrs(c, &told, FIELD_DST);
    if (b.spent)
        unknown(c, x->rule, limit_reached(c, x->rule), (struct strs){0});
    return !b.spent;
}

static void run(struct check *c, const struct rule_def *r)
{
    const struct forbid_def *d = r->params;
    struct way way;
    struct str reason;
    struct strs advice = {0};
    if (!way_find(c, d->from, d->to, &way, &reason, &advice)) {
        unknown(c, r, reason, advice);
        return;
    }
    if (is_settled(c, d, &way)) {
        control_add(c, r, STATUS_PASS, STR("the device looks after it at these interfaces"));
        return;
    }
    struct addrs dst;
    if (roles_nets(c, &d->who, &dst) == 0)
        dst = way.to.nets;
    struct addrs src = way.from.nets;
    struct lack lack = {0};
    if (d->sources != NULL && !goal_addrs(c, r, &d->goal, &src, &lack)) {
        unknown(c, r, lack.reason, lack.advice);
        return;
    }
    if (d->spoofed && !inner_addrs(c, &way, &src, &lack)) {
        unknown(c, r, lack.reason, lack.advice);
        return;
    }
    struct opening x = {.c = c, .rule = r, .def = d, .way = &way};
    struct region all = space_of_all(c, &way, &d->services, src, dst);
    if (!start(&x, &all))
        return;
    struct budget b = budget_of(c);
    struct decision made = decide(c->policy, c->arena, way.path, &x.space, &b);
    if (made.spent) {
        unknown(c, r, limit_reached(c, r), advice);
        return;
    }
    struct map *seen = map_new(c->arena);
    size_t n = tell_all(&x, &made.permitted, CERTAINTY_DEFINITE, seen);
    n += tell_all(&x, &made.depends, CERTAINTY_POSSIBLE, seen);
    struct str limit = x.spent ? limit_reached(c, r) : STR("");
    if (n != 0)
        control_add(c, r, STATUS_FAIL, arena_strf(c->arena, "%zu opening%s", n, n == 1 ? "" : "s"));
    else if (x.spent)
        unknown(c, r, limit, advice);
    else if (x.space.n == 0 && !d->both_ways)
        unknown(c, r, STR("the export says nothing about this traffic"), advice);
    else
        control_add(c, r, STATUS_PASS, STR("no packet of it may pass"));
}

const struct check_kind check_kind_forbid = {.name = "forbid",
                                             .title = "traffic that must not be permitted",
                                             .compile = compile,
                                             .run = run};
