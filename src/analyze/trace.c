/* One packet's way: the walk on a set of one, with its steps written down. */
#include "analyze/analyze.h"

struct tracing {
    struct walk *w;
    lits_id told; /* of the packet, beside its fields */
    struct trace trace;
};

/* The first field in which PACKET (a flow of one) is outside every cube of RULE. */
static void why_missed(const struct tracing *x, struct trace_step *step)
{
    const struct rule *rule = step->rule;
    step->by_cond = true;
    for (size_t m = 0; m < rule->n_match; m++)
        for (int f = 0; f < FIELD_COUNT; f++)
            if (!set_has(x->w->policy->sets, rule->match[m].f[f], step->now.f[f])) {
                step->miss = (enum field)f;
                step->by_cond = false;
                return;
            }
}

static struct packet packet_of(const struct tracing *x, const struct cube *c)
{
    return cube_pick(x->w->policy->sets, c);
}

/* What a verdict hangs on beside what was told. */
static lits_id untold(const struct tracing *x, lits_id when)
{
    struct sets *s = x->w->policy->sets;
    lits_id left = LITS_NONE, both;
    for (size_t i = 0; i < lits_count(s, when); i++) {
        struct literal l = lits_at(s, when, i);
        if (!lits_and(s, &both, x->told, lits_of(s, &l, 1)) || both != x->told)
            lits_and(s, &left, left, lits_of(s, &l, 1));
    }
    return left;
}

static bool take(void *ctx, const struct step *step)
{
    struct tracing *x = ctx;
    if (step->kind != STEP_VERDICT)
        return true;
    struct outcome *o = PUSH(x->w->arena, x->trace);
    *o = (struct outcome){.verdict = step->verdict,
                          .rule = step->rule,
                          .stage = step->stage,
                          .when = untold(x, step->flow->orig.when),
                          .chosen = step->flow->chosen,
                          .now = packet_of(x, &step->flow->now)};
    u128 one;
    for (int f = 0; f < FIELD_COUNT; f++)
        if (!set_is_one(x->w->policy->sets, step->flow->now.f[f], &one))
            o->open |= (uint32_t)1 << f;
    size_t n = 0;
    for (const struct trail *t = step->trail; t != NULL; t = t->before)
        n++;
    o->steps = NEW_N(x->w->arena, struct trace_step, n);
    o->n_steps = o->cap_steps = n;
    for (const struct trail *t = step->trail; t != NULL; t = t->before) {
        struct trace_step *s = &o->steps[--n];
        *s = (struct trace_step){
            .kind = t->kind, .stage = t->stage, .rule = t->rule, .now = packet_of(x, &t->flow.now)};
        if (t->kind == STEP_MISS)
            why_missed(x, s);
    }
    return true;
}

struct trace trace_packet(const struct policy *p, struct arena *a, enum path_kind path,
                          const struct packet *packet, struct budget *b)
{
    struct walk w = {
        .policy = p, .arena = a, .path = path, .budget = b, .fn = take, .trail = TRAIL_ALL};
    struct tracing x = {.w = &w, .told = packet->when};
    w.ctx = &x;
    struct cube c = cube_of_packet(p->sets, packet);
    x.trace.spent = !walk(&w, &c);
    return x.trace;
}
