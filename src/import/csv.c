/* CSV exports of rules, with the objects beside them, as one policy. */
#include "import/csv_int.h"

#include <stdlib.h>

/* ---- what the import says about itself --------------------------------------------------------
 */

/* The columns that are used so, behind WHAT. */
static void out_uses(struct csv *x, struct csv_columns *c, struct out *o, enum csv_use use,
                     const char *what)
{
    const char *sep = what;
    for (size_t i = 0; i < c->v.n; i++)
        if (c->v.v[i].use == use) {
            struct str name = csv_column_name(x->im->arena, c, i);
            out_fmt(o, "%s%s \"%.*s\"", sep, sep == what ? ":" : "", STR_ARG(name));
            sep = ",";
        }
}

static struct str column_map(struct csv *x, struct csv_columns *c)
{
    struct out o = {.arena = x->im->arena};
    const char *sep = "";
    csv_use_columns(x->im, c, c->names.n);
    for (size_t i = 0; i < COL_ROLES; i++) {
        size_t at = c->at[i];
        if (at == 0)
            continue;
        out_fmt(&o, "%s%s = column %zu", sep, csv_role_names[i], at);
        if (at <= c->names.n)
            out_fmt(&o, " \"%.*s\"", STR_ARG(str_safe(x->im->arena, c->names.v[at - 1])));
        sep = ", ";
    }
    out_uses(x, c, &o, USE_CONDITION, "; beside the packet");
    out_uses(x, c, &o, USE_SCOPE, "; whose rules they are");
    out_uses(x, c, &o, USE_TREATMENT, "; what is done beside");
    out_uses(x, c, &o, USE_IGNORED, "; without a bearing");
    return out_taken(&o);
}

/* Columns that no preset knows, and rows of several devices: they restrict, who knows how. */
static void tell_column(struct csv *x, const struct csv_columns *c, size_t i)
{
    const struct csv_column *column = &c->v.v[i];
    struct out rows = {.arena = x->im->arena};
    struct str name = csv_column_name(x->im->arena, c, i);
    for (uint32_t k = 0; k < column->rows && k < CSV_ROWS_TOLD; k++)
        out_fmt(&rows, "%s%u", k == 0 ? "" : ", ", column->row[k]);
    if (column->rows > CSV_ROWS_TOLD)
        out_fmt(&rows, " and %u more", column->rows - CSV_ROWS_TOLD);
    struct diag *d = diag_add(
        x->im->diags, DIAG_INCOMPLETE, column->at,
        column->use == USE_SCOPE
            ? "column %.*s: these rows are of several devices or places, and it is not known which "
              "of them a packet meets: row%s %.*s"
            : "column %.*s is not known: what stands in it may restrict row%s %.*s",
        STR_ARG(name), column->rows == 1 ? "" : "s", STR_ARG(out_taken(&rows)));
    d->hint = column->use == USE_SCOPE
                  ? STR("give the rows of one of them at a time")
                  : arena_strf(x->im->arena,
                               "say in fwproof.json what it is for: \"csv\": {\"columns\": "
                               "{\"schedule\": \"%.*s\"}}, or {\"ignored\": [\"%.*s\"]} if it "
                               "has no bearing on what is filtered",
                               STR_ARG(name), STR_ARG(name));
}

static void tell_columns(struct csv *x, const struct csv_columns *c)
{
    for (size_t i = 0; i < c->v.n; i++)
        if (c->v.v[i].rows != 0)
            tell_column(x, c, i);
}

static void tell_shape(struct csv *x, const struct source *s, struct csv_columns *c)
{
    bool mapped = x->im->csv != NULL && (x->im->csv->n != 0 || x->im->csv->preset.n != 0);
    policy_assume(x->policy, "%.*s is read as %.*s (preset %.*s) because of %s: %.*s",
                  STR_ARG(s->path), STR_ARG(c->preset->title), STR_ARG(c->preset->name),
                  mapped          ? "the site file"
                  : c->has_header ? "its header"
                                  : "its columns",
                  STR_ARG(column_map(x, c)));
    struct table *t = PUSH(x->im->arena, x->policy->tables);
    *t = (struct table){.file = s->index, .separator = c->dialect.separator};
    for (size_t i = 0; i < c->names.n; i++) {
        struct str name = csv_column_name(x->im->arena, c, i);
        *PUSH(x->im->arena, t->columns) = name;
    }
    if (c->dialect.latin1)
        policy_assume(x->policy, "%.*s is not UTF-8 and is read as Latin-1", STR_ARG(s->path));
    policy_fact(x->policy, STR("csv.preset"), c->preset->name, c->header, NULL);
    if (c->preset->steering)
        policy_fact(x->policy, STR("csv.steering"), c->preset->name, c->header, NULL);
}

/* ---- the policy -------------------------------------------------------------------------------
 */

static int by_priority(const void *a, const void *b)
{
    const struct csv_place_in_order *x = a, *y = b;
    if (x->priority != y->priority)
        return x->priority < y->priority ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static int by_priority_deny_first(const void *a, const void *b)
{
    const struct csv_place_in_order *x = a, *y = b;
    bool permits = x->rule->action == ACT_PERMIT;
    if (x->priority == y->priority && permits != (y->rule->action == ACT_PERMIT))
        return permits ? 1 : -1;
    return by_priority(a, b);
}

/* Puts the rules of every chain into the order of their effect. */
static void put_in_order(struct csv *x)
{
    if (x->by == ORDER_ROWS || x->order.n == 0)
        return;
    qsort(x->order.v, x->order.n, sizeof *x->order.v,
          x->by == ORDER_PRIORITY ? by_priority : by_priority_deny_first);
    for (size_t i = 0; i < x->policy->chains.n; i++)
        x->policy->chains.v[i]->n_rules = 0;
    for (size_t i = 0; i < x->order.n; i++) {
        struct chain *c = x->order.v[i].rule->chain;
        c->rules[c->n_rules++] = x->order.v[i].rule;
    }
    policy_assume(x->policy, "rules are in the order of their priority, not of their rows");
}

/* What answers a permitted connection passes, whatever the rules say. */
static struct rule *answers(struct csv *x)
{
    struct rule *r = NEW(x->im->arena, struct rule);
    *r = (struct rule){.at = SPAN_NONE, .action = ACT_PERMIT, .implicit = true};
    r->text = STR("answers of permitted connections");
    struct cube c = cube_any(x->im->sets);
    c.f[FIELD_STATE] = set_range(x->im->sets, STATE_ESTABLISHED, STATE_RELATED);
    rule_match(x->policy, r, &c);
    return r;
}

static void put_first(struct csv *x, struct chain *c, struct rule *r)
{
    r->chain = c;
    c->rules = array_room(x->im->arena, c->rules, c->n_rules, &c->cap_rules, sizeof *c->rules);
    for (size_t i = c->n_rules; i > 0; i--)
        c->rules[i] = c->rules[i - 1];
    c->rules[0] = r;
    c->n_rules++;
}

static const struct {
    enum action action;
    const char *text, *said;
} lasts[] = {
    [LAST_DENY] = {ACT_DENY, "implicit deny at the end",
                   "what no row matches is denied by the firewall of this CSV"},
    [LAST_PERMIT] = {ACT_PERMIT, "implicit permit at the end",
                     "what no row matches is permitted by the firewall of this CSV"},
    [LAST_UNKNOWN] = {ACT_UNKNOWN, "the end of the rows",
                      "what no row matches may be permitted or denied: the rows do not say"}};

/* What no row of a layer matches is dropped, as in the ordered layer around it. */
static void end_layers(struct csv *x)
{
    bool any = false;
    for (size_t i = 0; i < x->policy->chains.n; i++) {
        struct chain *c = x->policy->chains.v[i];
        if (!str_starts(c->name, STR("layer of row ")))
            continue;
        struct rule *r = chain_rule(x->policy, c, SPAN_NONE, ACT_DENY);
        struct cube any_packet = cube_any(x->im->sets);
        r->text = STR("implicit deny at the end of the layer");
        r->implicit = any = true;
        rule_match(x->policy, r, &any_packet);
    }
    if (any)
        policy_assume(x->policy,
                      "rows with ids like 3.1 are a layer under row 3, which denies what "
                      "none of them matches");
}

/* Chains of Netfilter by name; all else goes through the device. */
static void bind_chains(struct csv *x, const struct csv_preset *p)
{
    for (size_t i = 0; i < x->policy->chains.n; i++) {
        struct chain *c = x->policy->chains.v[i];
        enum path_kind kind = str_eq(c->name, STR("INPUT"))    ? PATH_TO_SELF
                              : str_eq(c->name, STR("OUTPUT")) ? PATH_FROM_SELF
                                                               : PATH_THROUGH;
        bool bound = kind != PATH_THROUGH || str_eq(c->name, STR("FORWARD")) ||
                     str_eq(c->name, STR("rules"));
        if (!bound)
            continue;
        if (p->stateful)
            put_first(x, c, answers(x));
        struct rule *last = policy_default(x->policy, SPAN_NONE, lasts[p->last].action,
                                           str_of(lasts[p->last].text));
        path_stage(x->policy, kind, c->name, c, last)->decides = true;
    }
}

struct chain *csv_rules_chain(struct csv *x)
{
    if (x->rules == NULL)
        x->rules = policy_chain(x->policy, STR(""), STR("rules"), SPAN_NONE);
    return x->rules;
}

/* A file that is not understood may say anything, of any packet. */
static struct rule *anything(struct csv *x, const struct source *s)
{
    return policy_default(x->policy, span_line(s, 1), ACT_UNKNOWN,
                          STR("a file that is not understood"));
}

static void end_policy(struct csv *x, const struct csv_preset *p)
{
    static const struct csv_preset none = {0};
    if (x->policy->chains.n == 0)
        csv_rules_chain(x);
    bind_chains(x, p == NULL ? &none : p);
    if (p == NULL)
        return;
    policy_assume(x->policy,
                  p->stateful ? "the firewall of this CSV is stateful: answers pass without a rule"
                              : "the firewall of this CSV keeps no state: answers need rules");
    if (x->n_told > CSV_TOLD_MAX)
        policy_assume(x->policy, "%zu more names are read for the value that they carry",
                      x->n_told - CSV_TOLD_MAX);
    policy_assume(x->policy, "%s", lasts[p->last].said);
}

/* ---- the files --------------------------------------------------------------------------------
 */

struct input {
    struct source *source;
    struct csv_columns columns;
    bool known;
};

static void blank_lines(struct source *s)
{
    for (uint32_t line = 1; line <= s->n_lines; line++)
        if (s->classes[line - 1] == LINE_UNSEEN && str_trim(source_line(s, line)).n == 0)
            source_class(s, line, LINE_IRRELEVANT);
}

/* The rules of the product's own that the export does not have. */
static void add_implicit(struct csv *x, struct csv_columns *c)
{
    const struct csv_preset *p = c->preset;
    bool *given = NEW_N(x->im->arena, bool, p->n_implicit);
    for (size_t i = 0; p->n_implicit != 0 && i < x->policy->chains.n; i++)
        for (size_t k = 0; k < x->policy->chains.v[i]->n_rules; k++)
            for (size_t m = 0; m < p->n_implicit; m++)
                given[m] = given[m] || str_eq(x->policy->chains.v[i]->rules[k]->name,
                                              p->implicit[m].cells[COL_NAME]);
    for (size_t m = 0; m < p->n_implicit; m++) {
        struct csv_record r = csv_record_of_implicit(x, c, m);
        if (!given[m])
            csv_lower(x, NULL, &r);
    }
}

static bool is_rules(const struct input *in)
{
    return in->known && in->columns.preset->kind == KIND_RULES;
}

static bool has_zones(const struct csv_columns *c)
{
    return c->at[COL_FROM] != 0 || c->at[COL_TO] != 0 || c->at[COL_INTERFACE] != 0 ||
           c->at[COL_DIRECTION] != 0 || c->preset->fixed[COL_DIRECTION].n != 0;
}

/* Where a preset's files hold one direction each, the other is asked for. */
static void tell_half(struct csv *x, const struct input *in, size_t n)
{
    bool seen[2] = {false, false};
    const struct input *half = NULL;
    for (size_t i = 0; i < n; i++) {
        struct str direction =
            is_rules(&in[i]) ? in[i].columns.preset->fixed[COL_DIRECTION] : STR("");
        if (direction.n == 0)
            continue;
        seen[csv_is(in[i].columns.preset, WORD_OUT, direction)] = true;
        half = &in[i];
    }
    if (half != NULL && seen[0] != seen[1])
        diag_add(x->im->diags, DIAG_INCOMPLETE, half->columns.header,
                 "these are the %s rules only: what passes the other way is not known",
                 seen[0] ? "inbound" : "outbound")
            ->hint = STR("give both files as one device: --device NAME FILE FILE");
}

/* The preset's order; a site file that maps a column of priorities means them. */
static enum csv_order order_of(const struct csv_columns *c)
{
    bool mapped = c->preset->order == ORDER_ROWS && c->at[COL_PRIORITY] != 0;
    return mapped ? ORDER_PRIORITY : c->preset->order;
}

/* All files of a device are one rule base. */
static void find_order(struct csv *x, const struct input *in, size_t n)
{
    const struct csv_preset *first = NULL;
    for (size_t i = 0; i < n; i++) {
        if (!is_rules(&in[i]))
            continue;
        const struct csv_preset *p = in[i].columns.preset;
        enum csv_order by = order_of(&in[i].columns);
        if (first != NULL &&
            (by != x->by || p->stateful != first->stateful || p->last != first->last))
            diag_add(x->im->diags, DIAG_INCOMPLETE, in[i].columns.header,
                     "these are not rules of the firewall of the file before: order, state or end "
                     "differ, and it is not known how they go together");
        x->by = first != NULL && by == ORDER_ROWS ? x->by : by;
        first = first == NULL ? p : first;
    }
}

static void read_rules(struct csv *x, struct input *in, size_t n)
{
    struct csv_columns *first = NULL;
    tell_half(x, in, n);
    find_order(x, in, n);
    for (size_t i = 0; i < n; i++)
        if (is_rules(&in[i])) {
            tell_shape(x, in[i].source, &in[i].columns);
            csv_records(x, in[i].source, &in[i].columns, csv_look_over);
            x->policy->zoned = x->policy->zoned || has_zones(&in[i].columns);
            first = first == NULL ? &in[i].columns : first;
        }
    for (size_t i = 0; i < n; i++)
        if (is_rules(&in[i])) {
            csv_records(x, in[i].source, &in[i].columns, csv_lower);
            tell_columns(x, &in[i].columns);
        }
    if (first != NULL) {
        x->preset = first->preset;
        add_implicit(x, first);
        put_in_order(x);
        end_layers(x);
    }
    for (size_t i = 0; i < n; i++)
        if (!in[i].known)
            put_first(x, csv_rules_chain(x), anything(x, in[i].source));
    end_policy(x, first == NULL ? NULL : first->preset);
}

static struct policy *import_csv(struct import *im, struct source **inputs, size_t n)
{
    struct csv x = {.im = im, .policy = policy_new(im->arena, im->sets, im->device)};
    struct map **maps[] = {&x.addresses, &x.services, &x.applications,
                           &x.told,      &x.zones,    &x.layers};
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++)
        *maps[i] = map_new(im->arena);
    for (int f = FAMILY_V4; f <= FAMILY_V6; f++) {
        x.one[f] = set_one(im->sets, (u128)f);
        x.all[f] = set_range(im->sets, 0, addr_max((enum family)f));
    }
    x.any = cube_any(im->sets);
    x.policy->format = STR("csv");
    x.policy->at = span_line(inputs[0], 1);
    x.values = arena_child(im->arena);
    x.presets = csv_presets_load(im->arena, im->diags);
    bool words = csv_add_words(im, &x.presets);
    import_know_ifaces(im, x.policy);
    struct input *in = NEW_N(im->arena, struct input, n);
    for (size_t i = 0; i < n; i++) {
        in[i].source = inputs[i];
        struct csv_dialect dialect = csv_dialect_of(inputs[i]);
        in[i].known = words && csv_find_columns(im, &x.presets, inputs[i], dialect, &in[i].columns);
        if (in[i].known && !is_rules(&in[i]))
            csv_read_objects(&x, inputs[i], &in[i].columns);
    }
    read_rules(&x, in, n);
    arena_free(x.values);
    for (size_t i = 0; i < n; i++) {
        for (uint32_t line = 1; line <= inputs[i]->n_lines && !in[i].known; line++)
            source_class(inputs[i], line, LINE_NOT_MODELLED);
        blank_lines(inputs[i]);
    }
    policy_freeze(x.policy, im->diags);
    return x.policy;
}

/* ---- detection ------------------------------------------------------------------------------ */

#define SNIFF_LINES 50
#define SNIFF_MOST 90

struct sniffing {
    struct arena *arena;
    struct csv_presets presets;
    int best;
    size_t rows, columns, alike;
};

static bool sniff_row(void *ctx, const struct csv_row *row)
{
    struct sniffing *x = ctx;
    struct csv_columns c;
    struct csv_heading heading = csv_heading_of(row);
    for (size_t i = 0; i < x->presets.n && row->broken == NULL; i++) {
        const struct csv_preset *p = &x->presets.v[i];
        if (p->named_only || csv_header_fits(p, &heading, &c) == 0)
            continue;
        int score = p->kind == KIND_RULES ? SNIFF_MOST : 70;
        x->best = score > x->best ? score : x->best;
    }
    x->alike += row->n >= 3 && row->n == x->columns;
    x->columns = row->n;
    return ++x->rows < SNIFF_LINES;
}

/* Text in equal columns is taken for CSV when nothing else claims it: better to ask for a mapping
 * than to say that nobody knows it. */
static int sniff(struct str head)
{
    struct arena *a = arena_new((size_t)64 << 20);
    jmp_buf full;
    if (a == NULL)
        return 0;
    struct sniffing *volatile found = NULL; /* what it knew when memory ran out */
    if (setjmp(full) == 0) {
        arena_on_failure(a, &full);
        struct sniffing *x = found = NEW(a, struct sniffing);
        struct diags diags = {.arena = a};
        struct sources sources = {0};
        struct import im = {.arena = a, .diags = &diags};
        size_t lines = 0, end = 0;
        while (lines++ < SNIFF_LINES && end < head.n)
            end += str_find(str_from(head, end), '\n') + 1;
        struct source *s = source_add(a, &sources, STR(""), str_sub(head, 0, end));
        x->arena = a;
        x->presets = csv_presets_load(a, &diags);
        csv_read(&im, s, csv_dialect_of(s), sniff_row, x);
    }
    const struct sniffing *x = found;
    int best = x == NULL ? 0 : x->best != 0 ? x->best : x->alike != 0 ? 25 : 0;
    arena_free(a);
    return best;
}

const struct format format_csv = {.name = "csv",
                                  .title = "rules as CSV, with CSVs of their objects",
                                  .sniff = sniff,
                                  .import = import_csv,
                                  .most = SNIFF_MOST};
