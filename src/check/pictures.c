/* What reports draw beside findings: what zones are open to each other, and how a packet comes to
 * its verdict. */
#include "check/check_int.h"

#define LINES_MAX 5
#define STEPS_MAX 24
#define PATHS_MAX 500 /* findings; nobody looks at more pictures */

/* ---- zones ---------------------------------------------------------------------------------- */

static void add_zone(struct check *c, struct strs *names, struct str name)
{
    for (size_t i = 0; i < names->n; i++)
        if (str_eq(names->v[i], name))
            return;
    if (names->n < EXPOSURE_ZONES)
        *PUSH(c->arena, *names) = name;
}

/* Those of the site; else the interfaces of the export; else what is inside and outside. */
static struct strs zone_names(struct check *c)
{
    struct strs names = {0};
    for (size_t i = 0; c->device != NULL && i < c->device->zones.n; i++)
        add_zone(c, &names, c->device->zones.v[i].name);
    for (size_t i = 0; i < c->site->zones.n; i++)
        add_zone(c, &names, c->site->zones.v[i].name);
    for (size_t i = 0; names.n < 2 && i < c->policy->interfaces.n; i++)
        if (!str_eq(c->policy->interfaces.v[i].name, STR("lo")))
            add_zone(c, &names, c->policy->interfaces.v[i].name);
    if (names.n < 2) {
        add_zone(c, &names, STR("inside"));
        add_zone(c, &names, STR("outside"));
    }
    return names;
}

/* Ports of TCP, and ports of UDP. */
static uint32_t count_ports(struct check *c, const struct region *r)
{
    static const uint8_t protos[] = {PROTO_TCP, PROTO_UDP};
    struct sets *s = c->policy->sets;
    u128 n = 0;
    for (size_t k = 0; k < sizeof protos; k++) {
        set_id ports = SET_EMPTY;
        for (size_t i = 0; i < r->n; i++)
            if (set_has(s, r->v[i].f[FIELD_PROTO], protos[k]))
                ports = set_or(s, ports, r->v[i].f[FIELD_DPORT]);
        n += set_size(s, ports);
    }
    return (uint32_t)n;
}

static void add_lines(struct check *c, struct exposure_cell *cell, const struct way *way,
                      const struct region *permitted)
{
    struct budget b = budget_of(c);
    struct blames by = blame(c->policy, c->arena, way->path, permitted, VERDICT_PERMIT, &b);
    for (size_t i = 0; i < by.n && cell->lines.n < LINES_MAX; i++)
        if (by.v[i].rule != NULL && by.v[i].rule->at.line != 0)
            *PUSH(c->result->arena, cell->lines) =
                (struct related){by.v[i].rule->text, by.v[i].rule->at};
    cell->more_lines = by.n > cell->lines.n ? by.n - cell->lines.n : 0;
}

static struct exposure_cell cell_of(struct check *c, struct str from, struct str to)
{
    struct exposure_cell cell = {.open = OPEN_UNKNOWN};
    struct service_def any = {.text = STR("any"), .any_proto = true};
    struct way way;
    struct str reason;
    struct strs advice = {0};
    if (str_eq(from, to) || !way_find(c, from, to, &way, &reason, &advice))
        return cell;
    struct region start = space_of(c, &way, &any, addrs_any(c), addrs_any(c));
    struct budget b = budget_of(c);
    struct decision d = decide(c->policy, c->arena, way.path, &start, &b);
    if (d.spent || start.n == 0)
        return cell;
    cell.ports = count_ports(c, &d.permitted);
    cell.open = d.permitted.n == 0 ? (d.depends.n == 0 ? OPEN_NONE : OPEN_PERHAPS)
                : d.denied.n == 0 && d.depends.n == 0 ? OPEN_ALL
                                                      : OPEN_SOME;
    if (d.permitted.n != 0)
        add_lines(c, &cell, &way, &d.permitted);
    return cell;
}

void exposure_find(struct check *c)
{
    if (is_steering(c))
        return;
    struct result aside = {.arena = c->arena}; /* what is assumed for a picture only */
    struct check drawing = *c;
    drawing.arena = arena_child(c->arena);
    drawing.result = &aside;
    struct strs names = zone_names(c);
    struct exposure *e = PUSH(c->arena, c->result->exposures);
    *e = (struct exposure){.policy = c->policy, .zones = names};
    e->cells = NEW_N(c->arena, struct exposure_cell, names.n * names.n);
    for (size_t i = 0; i < names.n; i++)
        for (size_t k = 0; k < names.n; k++)
            e->cells[i * names.n + k] = cell_of(&drawing, names.v[i], names.v[k]);
    arena_free(drawing.arena);
}

/* ---- paths ---------------------------------------------------------------------------------- */

static void finding_step(struct check *c, struct finding *f, struct str text, struct span at)
{
    *PUSH(c->arena, f->path) = (struct related){text, at};
}

struct following {
    struct check *c;
    struct finding *f;
    enum verdict verdict;
    const struct stage *stage; /* the last one that was told */
};

static void enter_stage(struct following *x, const struct stage *stage)
{
    if (stage != NULL && stage != x->stage)
        finding_step(x->c, x->f, stage->title, SPAN_NONE);
    x->stage = stage;
}

/* Only what leads on: what matched and decided nothing is not on the path. */
static void add_step(struct following *x, const struct trail *t)
{
    if (t->rule == NULL || (t->rule->action != ACT_JUMP && t->rule->action != ACT_GOTO))
        return;
    enter_stage(x, t->stage);
    struct str name = t->rule->target != NULL ? t->rule->target->name : STR("");
    finding_step(x->c, x->f, arena_strf(x->c->arena, "to %.*s", STR_ARG(name)), t->rule->at);
}

static bool follow(void *ctx, const struct step *step)
{
    struct following *x = ctx;
    const struct trail *trail[STEPS_MAX];
    size_t n = 0;
    if (step->kind != STEP_VERDICT || step->verdict != x->verdict)
        return true;
    for (const struct trail *t = step->trail; t != NULL && n < STEPS_MAX; t = t->before)
        trail[n++] = t;
    while (n-- > 0)
        add_step(x, trail[n]);
    enter_stage(x, step->stage);
    const char *verdict = x->verdict == VERDICT_PERMIT ? "permitted" : "denied";
    bool line = step->rule != NULL && step->rule->at.line != 0 && !step->rule->implicit;
    finding_step(x->c, x->f, arena_strf(x->c->arena, "%s%s", verdict, line ? "" : " by default"),
                 step->rule != NULL ? step->rule->at : SPAN_NONE);
    return false;
}

void finding_path(struct check *c, struct finding *f, enum path_kind path, enum verdict verdict)
{
    if (!c->pictures || !f->has_witness || c->result->findings.n > PATHS_MAX)
        return;
    struct following x = {c, f, verdict, NULL};
    struct budget b = budget_of(c);
    struct walk w = {.policy = c->policy,
                     .arena = c->arena,
                     .path = path,
                     .budget = &b,
                     .fn = follow,
                     .ctx = &x,
                     .trail = TRAIL_MATCHES};
    struct cube start = cube_of_packet(c->policy->sets, &f->witness);
    walk(&w, &start);
}
