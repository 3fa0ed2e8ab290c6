/* A trace as an ASA's packet-tracer prints it (Cisco ASA Series Command Reference,
 * "packet-tracer"), with the entries that were looked at before one matched. */
#include "verbs/trace_int.h"

static struct str safe(const struct trace_writer *w, struct str s)
{
    return str_safe(w->o->arena, s);
}

/* The importer's phases in packet-tracer's types. Their other phases are no part of the model. */
static const struct {
    const char *title, *type, *subtype;
} phases[] = {
    {"INTERFACES", "ACCESS-LIST", "same-security"},
    {"SECURITY-LEVEL", "ACCESS-LIST", "level"},
    {"CONTROL-PLANE", "ACCESS-LIST", "control-plane"},
    {"MANAGEMENT", "ACCESS-LIST", "management"},
    {"OWN", "ACCESS-LIST", "own"},
};
#define NOT_MODELLED                                                                               \
    "ROUTE-LOOKUP (the packet goes out by the interface that was asked about), IP-OPTIONS, "       \
    "INSPECT, "                                                                                    \
    "VPN, FLOW-CREATION"

static void write_head(const struct trace_writer *w, unsigned n, struct str title, bool drops)
{
    struct str rest = title, type, subtype;
    str_cut(&rest, ' ', &type);
    subtype = rest;
    for (size_t i = 0; i < sizeof phases / sizeof *phases; i++)
        if (str_eq(title, str_of(phases[i].title))) {
            type = str_of(phases[i].type);
            subtype = str_of(phases[i].subtype);
        }
    out_fmt(w->o, "\nPhase: %u\nType: %.*s\nSubtype: %.*s\nResult: %s\n", n, STR_ARG(safe(w, type)),
            STR_ARG(safe(w, subtype)), drops ? "DROP" : "ALLOW");
}

static bool is_nat(struct str title)
{
    return str_eq(title, STR("NAT")) || str_eq(title, STR("UN-NAT"));
}

/* "Untranslate 192.0.2.5/80 to 10.0.0.5/80" */
static void write_translation(const struct trace_writer *w, const struct packet *from,
                              const struct packet *to)
{
    static const struct {
        enum field address, port;
        const char *verb;
    } sides[] = {{FIELD_DST, FIELD_DPORT, "Untranslate"}, {FIELD_SRC, FIELD_SPORT, "Translate"}};
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        enum field a = sides[i].address, p = sides[i].port;
        if (from->f[a] == to->f[a] && from->f[p] == to->f[p])
            continue;
        out_fmt(w->o, "%s %.*s/%.*s to ", sides[i].verb, STR_ARG(trace_value(w, a, from)),
                STR_ARG(trace_value(w, p, from)));
        out_fmt(w->o, "%.*s/%.*s\n", STR_ARG(trace_value(w, a, to)),
                STR_ARG(trace_value(w, p, to)));
    }
}

/* The steps of one phase: FIRST is its STEP_STAGE, END the first behind it. AFTER: the packet then.
 */
static void write_phase(const struct trace_writer *w, unsigned n, const struct outcome *o,
                        size_t first, size_t end, const struct packet *after)
{
    const struct trace_step *last = NULL;
    struct str title = o->steps[first].stage->title;
    for (size_t i = first; i < end; i++)
        if (o->steps[i].kind == STEP_MATCH)
            last = &o->steps[i];
    write_head(w, n, title, last != NULL && last->rule->action == ACT_DENY);
    out_text(w->o, "Config:\n");
    for (size_t i = first; i < end; i++)
        if (o->steps[i].kind == STEP_MATCH) {
            const struct rule *r = o->steps[i].rule;
            bool no_line = r->implicit && r->target == NULL && !is_nat(title);
            out_text(w->o, no_line ? "Implicit Rule: " : "");
            trace_rule(w, r);
            out_char(w->o, '\n');
        }
    out_text(w->o, "Additional Information:\n");
    if (is_nat(title))
        write_translation(w, &o->steps[first].now, after);
    for (size_t i = first; i < end; i++)
        if (o->steps[i].kind == STEP_MISS)
            trace_miss(w, &o->steps[i]);
}

void trace_asa_phases(const struct trace_writer *w, const struct outcome *o)
{
    unsigned n = 0;
    for (size_t i = 0; i < o->n_steps; i++) {
        if (o->steps[i].kind != STEP_STAGE)
            continue;
        size_t end = i + 1;
        while (end < o->n_steps && o->steps[end].kind != STEP_STAGE)
            end++;
        write_phase(w, ++n, o, i, end, end < o->n_steps ? &o->steps[end].now : &o->now);
    }
    out_text(w->o, "\nPhases of the device that are not modelled: " NOT_MODELLED "\n");
}

void trace_asa_result(const struct trace_writer *w, const struct traced *t, const struct outcome *o)
{
    bool drops = o->verdict == VERDICT_DENY;
    out_fmt(w->o, "\nResult:\ninput-interface: %.*s\noutput-interface: %.*s\nAction: %s\n",
            STR_ARG(trace_value(w, FIELD_IN, &t->packet)),
            STR_ARG(trace_value(w, FIELD_OUT, &o->now)), drops ? "drop" : "allow");
    if (drops)
        out_text(w->o, "Drop-reason: (acl-drop) Flow is denied by configured rule\n");
    if (o->rule != NULL) {
        out_text(w->o, "Decided by: ");
        trace_rule(w, o->rule);
        out_char(w->o, '\n');
    }
    if (t->open)
        trace_conditions(w, o);
}
