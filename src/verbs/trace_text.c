#include "verbs/trace_int.h"

static struct str safe(const struct trace_writer *w, struct str s)
{
    return str_safe(w->o->arena, s);
}

void trace_rule(const struct trace_writer *w, const struct rule *r)
{
    struct place at = place_of(&w->audit->sources, r->at);
    if (at.source != NULL && at.at.line != 0)
        out_fmt(w->o, "%.*s:%u: ", STR_ARG(safe(w, at.source->path)), at.at.line);
    out_str(w->o, safe(w, r->text));
}

struct str trace_value(const struct trace_writer *w, enum field f, const struct packet *k)
{
    struct sets *s = w->policy->sets;
    struct strs v = set_format(s, w->o->arena, f, set_one(s, k->f[f]),
                               (enum family)k->f[FIELD_FAMILY], &w->policy->ifaces);
    return v.n != 0 && v.v[0].n != 0 ? str_safe(w->o->arena, v.v[0]) : STR("something else");
}

static const char *field_word(enum field f, const struct packet *k)
{
    bool icmp = proto_is_icmp(k->f[FIELD_PROTO]);
    if (icmp && f == FIELD_SPORT)
        return "the ICMP type";
    return icmp && f == FIELD_DPORT ? "the ICMP code" : field_keys[f];
}

void trace_miss(const struct trace_writer *w, const struct trace_step *s)
{
    out_text(w->o, "  no     ");
    trace_rule(w, s->rule);
    if (s->rule->inactive)
        out_text(w->o, "\n         is not in force\n");
    else if (s->by_cond)
        out_text(w->o, "\n         its condition is taken not to hold\n");
    else
        out_fmt(w->o, "\n         %s is %.*s\n", field_word(s->miss, &s->now),
                STR_ARG(trace_value(w, s->miss, &s->now)));
}

static void write_match(const struct trace_writer *w, const struct trace_step *s)
{
    const struct rule *r = s->rule;
    out_text(w->o, "  match  ");
    trace_rule(w, r);
    out_fmt(w->o, "\n         %s", action_names[r->action]);
    if (r->target != NULL)
        out_fmt(w->o, " %.*s", STR_ARG(safe(w, r->target->name)));
    out_char(w->o, '\n');
}

/* Says that the packet is another one since LAST. */
static void write_change(const struct trace_writer *w, const struct packet *last,
                         const struct packet *now)
{
    for (int f = 0; f < FIELD_COUNT; f++)
        if (last->f[f] != now->f[f])
            out_fmt(w->o, "         changes %s: %.*s becomes %.*s\n",
                    field_word((enum field)f, now), STR_ARG(trace_value(w, (enum field)f, last)),
                    STR_ARG(trace_value(w, (enum field)f, now)));
}

static void write_steps(const struct trace_writer *w, const struct outcome *o)
{
    unsigned phase = 0;
    for (size_t i = 0; i < o->n_steps; i++) {
        const struct trace_step *s = &o->steps[i];
        if (i != 0)
            write_change(w, &o->steps[i - 1].now, &s->now);
        switch (s->kind) {
        case STEP_STAGE:
            out_fmt(w->o, "\nPhase %u: %.*s\n", ++phase, STR_ARG(safe(w, s->stage->title)));
            break;
        case STEP_MISS:
            trace_miss(w, s);
            break;
        case STEP_MATCH:
            write_match(w, s);
            break;
        case STEP_SKIP:
        case STEP_VERDICT:
            break;
        }
    }
    if (o->n_steps != 0)
        write_change(w, &o->steps[o->n_steps - 1].now, &o->now);
}

void trace_conditions(const struct trace_writer *w, const struct outcome *o)
{
    const struct policy *p = w->policy;
    size_t n = lits_count(p->sets, o->when);
    for (size_t i = 0; i < n; i++) {
        struct literal l = lits_at(p->sets, o->when, i);
        const struct cond *c = &p->conds.v[l.cond];
        out_fmt(w->o, "  if %s%.*s", l.holds ? "" : "not ", STR_ARG(safe(w, c->kind)));
        if (c->text.n != 0)
            out_fmt(w->o, " (%.*s)", STR_ARG(safe(w, c->text)));
        out_char(w->o, '\n');
    }
    if (o->chosen && n == 0)
        out_text(w->o, "  if the device chooses so\n");
}

bool speaks_kernel(const struct policy *p)
{
    return str_eq(p->format, STR("iptables"));
}

struct str outcome_word(const struct policy *p, const struct outcome *o)
{
    bool permit = o->verdict == VERDICT_PERMIT;
    if (!speaks_kernel(p))
        return permit ? STR("permit") : STR("deny");
    bool reject = o->rule != NULL && o->rule->reject;
    return permit ? STR("ACCEPT") : reject ? STR("REJECT") : STR("DROP");
}

struct strs outcome_treatments(struct arena *a, const struct policy *p, const struct outcome *o)
{
    struct strs out = {0};
    for (size_t i = 0; i < o->n_steps; i++) {
        const struct trace_step *s = &o->steps[i];
        if (s->kind == STEP_MATCH && s->rule != NULL && s->rule->treatment != 0)
            *PUSH(a, out) = str_safe(a, p->treatments.v[s->rule->treatment]);
    }
    return out;
}

static void write_result(const struct trace_writer *w, const struct traced *t,
                         const struct outcome *o)
{
    out_fmt(w->o, "%.*s", STR_ARG(outcome_word(w->policy, o)));
    if (o->rule != NULL) {
        out_text(w->o, " by ");
        trace_rule(w, o->rule);
    }
    out_char(w->o, '\n');
    if (t->open)
        trace_conditions(w, o);
    struct str before = packet_text(w->o->arena, w->policy, &t->packet);
    struct str after = packet_text(w->o->arena, w->policy, &o->now);
    if (o->verdict == VERDICT_PERMIT && !str_eq(before, after))
        out_fmt(w->o, "  leaves as %.*s\n", STR_ARG(after));
    struct strs treated = outcome_treatments(w->o->arena, w->policy, o);
    if (treated.n != 0)
        out_fmt(w->o, "  treated by %.*s\n", STR_ARG(strs_join(w->o->arena, &treated, "; ")));
}

void trace_text(struct out *o, struct audit *a, const struct policy *p, const struct traced *t,
                bool brief)
{
    struct trace_writer w = {o, a, p};
    bool asa = str_eq(p->format, STR("asa"));
    out_fmt(o, "%.*s, %s\n", STR_ARG(packet_text(o->arena, p, &t->packet)), path_names[t->path]);
    size_t ways = t->open ? t->trace.n : t->trace.n != 0;
    for (size_t i = 0; i < ways && !brief; i++) {
        if (ways > 1)
            out_fmt(o, "\nWay %zu of %zu\n", i + 1, ways);
        (asa ? trace_asa_phases : write_steps)(&w, &t->trace.v[i]);
    }
    if (t->trace.n == 0)
        out_text(o, "\nResult: the export says nothing about such packets\n");
    if (t->open)
        out_text(o, "\nResult: UNKNOWN, it hangs on what is not in the packet\n");
    for (size_t i = 0; i < ways; i++) {
        if (asa && !brief) {
            trace_asa_result(&w, t, &t->trace.v[i]);
            continue;
        }
        out_text(o, t->open ? "- " : "\nResult: ");
        write_result(&w, t, &t->trace.v[i]);
    }
}
