#include "verbs/trace_int.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

/* ---- what a trace adds up to --------------------------------------------------------------------
 */

static struct str stage_table(const struct policy *p, const struct stage *s)
{
    struct str title = s == NULL ? STR("") : s->title, table = STR("");
    if (s != NULL && s->chain != NULL)
        return s->chain->table;
    str_cut(&title, ' ', &table);
    for (size_t i = 0; i < p->chains.n; i++)
        if (str_eq(p->chains.v[i]->table, table))
            return table;
    return STR("");
}

static int by_bytes(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static void add_word(struct arena *a, struct strs *list, struct str word)
{
    for (size_t i = 0; i < list->n; i++)
        if (str_eq(list->v[i], word))
            return;
    *PUSH(a, *list) = word;
    qsort(list->v, list->n, sizeof *list->v, by_bytes);
}

static void add_reasons(struct audit *a, const struct policy *p, struct traced *t,
                        const struct outcome *o)
{
    size_t n = lits_count(p->sets, o->when);
    for (size_t i = 0; i < n; i++)
        add_word(a->arena, &t->depends_on, p->conds.v[lits_at(p->sets, o->when, i).cond].kind);
    for (size_t i = 0; i < o->n_steps; i++)
        if (o->steps[i].kind == STEP_MATCH && o->steps[i].rule->action == ACT_UNKNOWN)
            add_word(a->arena, &t->depends_on, STR("a line that is not understood"));
}

/* Of iptables the deciding rule is part of the verdict, as it is of the kernel's. */
static bool same_end(const struct policy *p, const struct outcome *x, const struct outcome *y)
{
    return str_eq(outcome_word(p, x), outcome_word(p, y)) &&
           (!speaks_kernel(p) || (x->rule == y->rule && x->stage == y->stage));
}

struct traced trace_asked(struct audit *a, const struct policy *p, const struct packet *packet,
                          enum path_kind path)
{
    struct budget b = {.left = a->config->budget != 0 ? a->config->budget : AUDIT_BUDGET};
    struct traced t = {.packet = *packet, .path = path};
    t.trace = trace_packet(p, a->arena, path, packet, &b);
    for (size_t i = 0; i < t.trace.n; i++) {
        t.open = t.open || !same_end(p, &t.trace.v[0], &t.trace.v[i]);
        add_word(a->arena, &t.may, outcome_word(p, &t.trace.v[i]));
    }
    for (size_t i = 0; i < t.trace.n && t.open; i++)
        add_reasons(a, p, &t, &t.trace.v[i]);
    return t;
}

/* ---- JSON ---------------------------------------------------------------------------------------
 */

static void null_words(cJSON *to)
{
    static const char *const keys[] = {"table", "chain", "rule"};
    for (size_t i = 0; i < 3; i++)
        cJSON_AddNullToObject(to, keys[i]);
}

static void kernel_words(cJSON *to, struct arena *a, const struct policy *p,
                         const struct outcome *o)
{
    struct str table = stage_table(p, o->stage), chain;
    if (table.n == 0) {
        null_words(to);
        return;
    }
    if (o->rule != NULL && o->rule->chain != NULL && o->rule->number != 0)
        chain = o->rule->chain->name;
    else if (o->stage->chain != NULL)
        chain = o->stage->chain->name;
    else
        chain = str_from(o->stage->title, table.n + 1);
    json_add_str(to, a, "table", table);
    json_add_str(to, a, "chain", chain);
    if (o->rule != NULL && o->rule->number != 0)
        json_add_number(to, a, "rule", o->rule->number);
    else
        json_add_text(to, a, "rule", "policy");
}

static void list_words(cJSON *to, struct arena *a, const struct outcome *o)
{
    const struct rule *r = o->rule;
    bool implicit = r == NULL || r->implicit || r->number == 0 || r->at.line == 0;
    bool listed = r != NULL && r->chain != NULL && !str_eq(r->chain->table, STR("phase"));
    if (listed)
        json_add_str(to, a, "access_list", r->chain->name);
    if (implicit)
        json_add_text(to, a, "rule", "implicit");
    else
        json_add_number(to, a, "line", r->at.line);
}

/* What NAT made of the packet, where it did. */
static void nat_words(cJSON *to, struct arena *a, const struct traced *t, const struct outcome *o)
{
    static const struct {
        enum field field;
        const char *key;
    } rows[] = {
        {FIELD_SRC, "src"}, {FIELD_SPORT, "sport"}, {FIELD_DST, "dst"}, {FIELD_DPORT, "dport"}};
    cJSON *nat = NULL;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        enum field f = rows[i].field;
        if (o->now.f[f] == t->packet.f[f] || (o->open >> f & 1) != 0)
            continue;
        if (nat == NULL)
            nat = json_add_object(to, a, "nat");
        if (f == FIELD_SRC || f == FIELD_DST)
            json_add_str(nat, a, rows[i].key,
                         addr_format(a, (enum family)o->now.f[FIELD_FAMILY], o->now.f[f]));
        else
            json_add_number(nat, a, rows[i].key, (uint64_t)o->now.f[f]);
    }
}

static void json_verdict(cJSON *to, struct arena *a, const struct policy *p, const struct traced *t)
{
    if (t->trace.n == 0 || t->trace.spent) {
        json_add_text(to, a, "verdict", "UNKNOWN");
        json_add_text(to, a, "error",
                      t->trace.spent ? "the budget ran out" : "the export has no such path");
        return;
    }
    const struct outcome *o = &t->trace.v[0];
    if (t->open) {
        json_add_text(to, a, "verdict", "UNKNOWN");
        json_add_strs(to, a, "depends_on", &t->depends_on);
        json_add_strs(to, a, "may", &t->may);
        return;
    }
    json_add_str(to, a, "verdict", outcome_word(p, o));
    if (speaks_kernel(p))
        kernel_words(to, a, p, o);
    else
        list_words(to, a, o);
    nat_words(to, a, t, o);
}

/* ---- packets from a file
 * -------------------------------------------------------------------------- */

struct trace_options {
    struct str packets;
};

struct tracer {
    struct command *command;
    struct audit *audit;
    const struct policy *policy;
    struct out *o;
    bool json, lines; /* text if neither */
};

static struct asked asked_of(struct tracer *x)
{
    const struct audit_device *d = &x->audit->devices.v[0];
    return (struct asked){.arena = x->command->arena,
                          .policy = x->policy,
                          .site = x->audit->site,
                          .zones = d->site != NULL ? &d->site->zones : NULL};
}

/* T, or where that is NULL the ERROR. */
static void write_json(struct tracer *x, const struct traced *t, struct str error)
{
    struct arena *a = x->command->arena;
    cJSON *doc = json_new_object(a);
    if (t == NULL)
        json_add_str(doc, a, "error", error);
    else
        json_verdict(doc, a, x->policy, t);
    if (t != NULL && !x->lines) {
        if (t->trace.n != 0 && !t->open) {
            struct strs treated = outcome_treatments(a, x->policy, &t->trace.v[0]);
            json_add_strs(doc, a, "treated_by", &treated);
        }
        json_add_packet(doc, a, "packet", x->policy, &t->packet);
    }
    json_print(a, x->o, doc, !x->lines);
}

static void trace_one(struct tracer *x, struct asked *q, bool understood)
{
    struct packet packet;
    if (!understood || !asked_packet(q, &packet)) {
        diag_add(&x->audit->diags, DIAG_ERROR, SPAN_NONE, "packet: %.*s", STR_ARG(q->why));
        if (x->lines)
            write_json(x, NULL, q->why);
        return;
    }
    struct traced t = trace_asked(x->audit, x->policy, &packet, q->path);
    if (t.trace.spent)
        diag_add(&x->audit->diags, DIAG_INCOMPLETE, SPAN_NONE, "the budget for a packet ran out");
    if (x->json || x->lines)
        write_json(x, &t, STR(""));
    else
        trace_text(x->o, x->audit, x->policy, &t, x->command->opt.quiet > 0);
}

static void trace_file(struct tracer *x, struct str path)
{
    const struct source *s = read_source(x->audit, path, DIAG_ERROR);
    for (uint32_t line = 1; s != NULL && line <= s->n_lines; line++) {
        struct str text = str_trim(source_line(s, line));
        if (text.n == 0 || asked_is_config(x->command->arena, text))
            continue;
        struct asked q = asked_of(x);
        bool words = text.p[0] != '{';
        bool understood = words ? asked_words(&q, text) : asked_json(&q, text);
        size_t before = x->audit->diags.n;
        trace_one(x, &q, understood);
        for (size_t i = before; i < x->audit->diags.n; i++)
            x->audit->diags.v[i].at = span_line(s, line);
    }
}

/* A rule set that the kernel would not load decides nothing. */
static const struct fact *refused(const struct policy *p)
{
    for (size_t i = 0; i < p->facts.n; i++)
        if (str_eq(p->facts.v[i].key, STR("load.refused")))
            return &p->facts.v[i];
    return NULL;
}

static void write_refused(struct tracer *x, const struct fact *f)
{
    struct arena *a = x->command->arena;
    if (!x->lines && !x->json) {
        out_fmt(x->o, "The kernel refuses this rule set: line %u: %.*s\n", f->at.line,
                STR_ARG(str_safe(a, f->value)));
        return;
    }
    cJSON *doc = json_new_object(a);
    json_add_text(doc, a, "load", "refused");
    json_add_str(doc, a, "message", f->value);
    json_add_number(doc, a, "line", f->at.line);
    json_print(a, x->o, doc, !x->lines);
}

/* ---- the verb
 * --------------------------------------------------------------------------------------- */

/* The packet in words is the last argument, unless they come from a file. */
static bool take_packet(struct command *c, struct str file, struct str *words)
{
    *words = STR("");
    if (file.n != 0)
        return c->args.n >= 1;
    if (c->args.n < 2)
        return false;
    *words = c->args.v[--c->args.n];
    c->opt.audit.inputs.n--;
    return true;
}

static int run_trace(struct command *c)
{
    const struct trace_options *own = c->own;
    struct str path, words;
    int format = output_format(c, "text|json|jsonl", &path);
    if (format < 0)
        return 2;
    if (!take_packet(c, own->packets, &words))
        return usage_error(c, "what is missing is the packet: words, or --packets FILE");
    struct audit *a = audit_new(c->arena, &c->opt.audit);
    if (audit_load_site(a))
        audit_import(a, &c->opt.audit.inputs, true);
    struct out o = {.arena = c->arena};
    struct tracer x = {
        .command = c, .audit = a, .o = &o, .json = format == 1, .lines = format == 2};
    if (a->devices.n != 0) {
        x.policy = a->devices.v[0].policy;
        const struct fact *refusal = refused(x.policy);
        struct asked q = asked_of(&x);
        if (refusal != NULL)
            write_refused(&x, refusal);
        else if (own->packets.n != 0)
            trace_file(&x, own->packets);
        else
            trace_one(&x, &q, asked_words(&q, words));
    }
    struct report r = audit_report(a);
    complain_diags(c, a, c->opt.verbose > 0 ? DIAG_NOTE : DIAG_INCOMPLETE);
    return output_write(c, path, out_taken(&o)) ? r.exit_code : 4;
}

static const struct option own_options[] = {
    {"packets", 0, OPT_TEXT, "FILE", "packets, one a line: JSON objects, or words",
     offsetof(struct trace_options, packets)},
    {.name = NULL},
};
static const struct option_table *const tables[] = {&options_input, &options_gate, &options_output,
                                                    NULL};

const struct verb verb_trace = {
    .name = "trace",
    .args = "INPUT... PACKET",
    .summary = "Follow one packet to the line that decides",
    .details =
        "A PACKET is words: \"udp 10.1.2.3:20000 -> 192.0.2.5:16384 from inside to outside\"; "
        "chain INPUT and chain OUTPUT ask about the device's own. Formats: text, json, jsonl.",
    .min_args = 1,
    .shared = tables,
    .own = own_options,
    .own_size = sizeof(struct trace_options),
    .run = run_trace,
};
