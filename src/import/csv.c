/* A CSV export of rules: one row, one rule. */
#include "import/csv_int.h"

#include <stdlib.h>

struct csv {
    struct csv_reader r;
    struct policy *policy;
    struct chain *chain;
    struct source *source; /* of the rules that are read */
    const struct csv_table *table;
    struct csv_columns columns;
};

static const struct csv_cell *cell_of(const struct csv *x, const struct csv_row *row,
                                      enum csv_role role)
{
    size_t at = x->columns.at[role].v[0];
    return at == 0 || at > row->n ? NULL : &row->v[at - 1];
}

static struct str text_of(const struct csv *x, const struct csv_row *row, enum csv_role role)
{
    const struct csv_cell *c = cell_of(x, row, role);
    return c == NULL ? (struct str){"", 0} : c->text;
}

static struct span place_of(const struct csv *x, const struct csv_row *row, enum csv_role role)
{
    const struct csv_cell *c = cell_of(x, row, role);
    return c == NULL ? row->at : c->at;
}

static bool word(const struct csv *x, enum csv_word w, struct str text)
{
    return csv_is_word(x->r.preset, w, text);
}

/* The one of several columns of a role that says something; several: all of it. */
static struct str joined(const struct csv *x, const struct csv_row *row, enum csv_role role)
{
    struct out o = {.arena = x->r.im->arena};
    for (size_t i = 0; i < CSV_SAME_ROLE; i++) {
        size_t at = x->columns.at[role].v[i];
        if (at == 0 || at > row->n || word(x, WORD_NONE, row->v[at - 1].text))
            continue;
        out_fmt(&o, "%s%.*s", o.n == 0 ? "" : "\n", STR_ARG(row->v[at - 1].text));
    }
    return out_taken(&o);
}

/* ---- what is only known by name ---------------------------------------------------------------
 */

static bool is_domain(struct str s)
{
    size_t dot = 0;
    bool letter = false;
    if (str_starts(s, STR("*.")))
        s = str_from(s, 2);
    for (size_t i = 0; i < s.n; i++) {
        char c = char_lower(s.p[i]);
        bool alpha = c >= 'a' && c <= 'z';
        if (!alpha && c != '-' && !char_is_digit(c) && c != '.')
            return false;
        if (c == '.')
            dot = i;
        letter = alpha || (letter && c != '.'); /* the last label has a letter */
    }
    return dot != 0 && dot + 2 < s.n && letter;
}

static void unknown_place(struct csv *x, struct rule *r, const struct csv_row *row,
                          enum csv_role role, struct str name)
{
    struct span at = place_of(x, row, role);
    bool domain = role != COL_SERVICE && is_domain(name);
    struct cond c = {
        .kind = domain ? STR("fqdn") : STR("name"), .text = name, .at = at, .of_packet = true};
    rule_cond(x->policy, r, c, true);
    if (domain) {
        policy_fact(x->policy, STR("name.fqdn"), name, at, r);
        return;
    }
    diag_add(x->r.im->diags, DIAG_INCOMPLETE, at,
             "what \"%.*s\" (%s) stands for is not known: this rule may match any of it, or none",
             STR_ARG(str_safe(x->r.im->arena, name)), csv_role_names[role])
        ->hint = STR("give the CSV of the objects beside the rules");
    source_class_span(x->source, row->at, LINE_NOT_MODELLED);
}

/* ---- one row -------------------------------------------------------------------------------- */

static set_id zones_of(struct csv *x, const struct csv_row *row, enum csv_role role)
{
    struct sets *s = x->r.im->sets;
    struct str cell = text_of(x, row, role), name;
    set_id full = set_full(s, FIELD_IN), set = SET_EMPTY;
    if (word(x, WORD_ANY, cell))
        return full;
    while (csv_next_value(&cell, &name))
        set = word(x, WORD_ANY, name) ? full
                                      : set_or(s, set, ifaces_match(s, &x->policy->ifaces, name));
    return set;
}

struct places {
    set_id v[2]; /* by family */
};

static struct places side_of(struct csv *x, struct rule *r, const struct csv_row *row,
                             enum csv_role role, struct str cell, bool negated)
{
    struct sets *s = x->r.im->sets;
    struct csv_places p;
    struct places out;
    if (cell.n > 1 && cell.p[0] == '!') {
        negated = true;
        cell = str_trim(str_from(cell, 1));
    } else if (str_eq_nocase(str_sub(cell, 0, 4), STR("not "))) {
        negated = true;
        cell = str_from(cell, 4);
    }
    csv_addresses(&x->r, cell, place_of(x, row, role), &p);
    for (size_t i = 0; i < p.names.n; i++)
        unknown_place(x, r, row, role, p.names.v[i]);
    for (int f = FAMILY_V4; f <= FAMILY_V6; f++) {
        set_id full = set_range(s, 0, addr_max((enum family)f));
        out.v[f] = p.names.n != 0 ? full : negated ? set_minus(s, full, p.v[f]) : p.v[f];
    }
    return out;
}

static struct csv_services services_of(struct csv *x, struct rule *r, const struct csv_row *row,
                                       enum csv_role role)
{
    struct csv_services out = {0}, ports = {0};
    struct str from = text_of(x, row, COL_PORT_FROM), to = text_of(x, row, COL_PORT_TO), bad;
    struct str dport = text_of(x, row, COL_DPORT), cell = text_of(x, row, role);
    bool whole = word(x, WORD_NONE, from) || word(x, WORD_ANY, from) || from.n == 0;
    if (!whole)
        dport = arena_strf(x->r.im->arena, "%.*s-%.*s", STR_ARG(from), STR_ARG(to));
    if (!csv_ports(&x->r, text_of(x, row, COL_PROTO), text_of(x, row, COL_SPORT), dport, &ports,
                   &bad)) {
        *PUSH(x->r.im->arena, out.names) = bad;
        csv_ports(&x->r, STR("any"), STR("any"), STR("any"), &ports, &bad);
    }
    if (cell.n != 0)
        csv_service_list(&x->r, cell, place_of(x, row, role), &out);
    for (size_t i = 0; i < out.names.n; i++)
        unknown_place(x, r, row, out.n == 0 && cell.n == 0 ? COL_DPORT : role, out.names.v[i]);
    for (size_t i = 0; i < out.conds.n; i++) {
        struct cond c = {.kind = csv_lower(x->r.im->arena, out.conds.v[i]),
                         .text = text_of(x, row, COL_APP),
                         .at = place_of(x, row, role),
                         .of_packet = true};
        rule_cond(x->policy, r, c, true);
    }
    if (cell.n == 0 || out.names.n != 0 || out.conds.n != 0)
        return ports; /* it may be any service that the other columns allow */
    struct csv_services both = {0};
    for (size_t i = 0; i < out.n; i++) {
        struct cube c;
        if (cube_and(x->r.im->sets, &c, &out.v[i], &ports.v[0]))
            *PUSH(x->r.im->arena, both) = c;
    }
    return both;
}

static void set_direction(struct csv *x, const struct csv_row *row, struct places *src,
                          struct places *dst, set_id *in, set_id *out)
{
    struct sets *s = x->r.im->sets;
    struct str way = text_of(x, row, COL_DIRECTION);
    bool inbound = word(x, WORD_INBOUND, way);
    if (x->columns.at[COL_PEER].v[0] != 0 && !inbound)
        *dst = *src;
    for (int f = FAMILY_V4; f <= FAMILY_V6 && x->columns.at[COL_PEER].v[0] != 0; f++)
        (inbound ? dst : src)->v[f] = set_range(s, 0, addr_max((enum family)f));
    set_id inside = ifaces_match(s, &x->policy->ifaces, STR("inside"));
    set_id outside = ifaces_match(s, &x->policy->ifaces, STR("outside"));
    *in = inbound ? outside : inside;
    *out = inbound ? inside : outside;
}

static void match_row(struct csv *x, struct rule *r, const struct csv_row *row,
                      enum csv_role service)
{
    bool peer = x->columns.at[COL_PEER].v[0] != 0;
    enum csv_role from = peer ? COL_PEER : COL_SRC;
    struct places src =
        side_of(x, r, row, from, peer ? joined(x, row, from) : text_of(x, row, from),
                word(x, WORD_YES, text_of(x, row, COL_SRC_NOT)));
    struct places dst = peer ? src
                             : side_of(x, r, row, COL_DST, text_of(x, row, COL_DST),
                                       word(x, WORD_YES, text_of(x, row, COL_DST_NOT)));
    set_id in = zones_of(x, row, COL_FROM), out = zones_of(x, row, COL_TO);
    if (x->columns.at[COL_DIRECTION].v[0] != 0)
        set_direction(x, row, &src, &dst, &in, &out);
    struct csv_services services = services_of(x, r, row, service);
    for (size_t i = 0; i < services.n; i++)
        for (int f = FAMILY_V4; f <= FAMILY_V6; f++) {
            struct cube c = services.v[i];
            c.f[FIELD_FAMILY] = set_one(x->r.im->sets, (u128)f);
            c.f[FIELD_SRC] = src.v[f];
            c.f[FIELD_DST] = dst.v[f];
            c.f[FIELD_IN] = in;
            c.f[FIELD_OUT] = out;
            rule_match(x->policy, r, &c);
        }
}

static void outside_conditions(struct csv *x, struct rule *r, const struct csv_row *row)
{
    static const struct {
        enum csv_role role;
        const char *kind;
    } all[] = {{COL_USER, "user"}, {COL_APP, "application"}, {COL_SCHEDULE, "schedule"}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct str text = text_of(x, row, all[i].role);
        if (text.n == 0 || word(x, WORD_ANY, text) || str_eq_nocase(text, STR("always")))
            continue;
        struct cond c = {.kind = str_of(all[i].kind),
                         .text = text,
                         .at = place_of(x, row, all[i].role),
                         .of_packet = true};
        rule_cond(x->policy, r, c, true);
    }
}

/* A title between the rules: at most one filled cell, or nothing where rules say who and what. */
static bool is_section(const struct csv *x, const struct csv_row *row)
{
    size_t filled = 0;
    for (size_t i = 0; i < row->n; i++)
        filled += row->v[i].text.n != 0;
    bool says = x->columns.at[COL_ACTION].v[0] == 0 || text_of(x, row, COL_ACTION).n != 0 ||
                text_of(x, row, COL_SRC).n != 0 || text_of(x, row, COL_DST).n != 0;
    return filled <= 1 || !says;
}

static enum action action_of(struct csv *x, const struct csv_row *row, enum csv_role service)
{
    struct str text = text_of(x, row, COL_ACTION);
    if (service == COL_PERMITS || service == COL_DENIES)
        return service == COL_PERMITS ? ACT_PERMIT : ACT_DENY;
    if (x->columns.at[COL_ACTION].v[0] == 0 && x->r.preset->permits)
        return ACT_PERMIT;
    return word(x, WORD_PERMIT, text) ? ACT_PERMIT
           : word(x, WORD_DENY, text) ? ACT_DENY
                                      : ACT_UNKNOWN;
}

static void add_rule(struct csv *x, const struct csv_row *row, uint32_t number,
                     enum csv_role service)
{
    struct arena *a = x->r.im->arena;
    struct rule *r = chain_rule(x->policy, x->chain, row->at, action_of(x, row, service));
    r->number = number;
    r->text = str_trim(source_line(x->source, row->at.line));
    r->name = text_of(x, row, COL_NAME);
    if (r->name.n == 0)
        r->name = text_of(x, row, COL_ID);
    r->remark = text_of(x, row, COL_COMMENT);
    r->inactive = word(x, WORD_NO, text_of(x, row, COL_ENABLED)) ||
                  word(x, WORD_YES, text_of(x, row, COL_DISABLED));
    r->has_hits = str_u64(text_of(x, row, COL_HITS), 10, UINT64_MAX, &r->hits);
    source_class_span(x->source, row->at, LINE_MODELLED);
    if (r->action == ACT_UNKNOWN) {
        diag_add(x->r.im->diags, DIAG_INCOMPLETE, place_of(x, row, COL_ACTION),
                 "the action \"%.*s\" is not known: this rule may permit or deny",
                 STR_ARG(str_safe(a, text_of(x, row, COL_ACTION))));
        source_class_span(x->source, row->at, LINE_NOT_MODELLED);
    }
    match_row(x, r, row, service);
    outside_conditions(x, r, row);
}

static void add_row(struct csv *x, const struct csv_row *row, uint32_t number)
{
    if (is_section(x, row)) {
        source_class_span(x->source, row->at, LINE_IRRELEVANT);
        return;
    }
    bool split = x->columns.at[COL_PERMITS].v[0] != 0 || x->columns.at[COL_DENIES].v[0] != 0;
    if (!split)
        add_rule(x, row, number, COL_SERVICE);
    for (enum csv_role role = COL_PERMITS; split && role <= COL_DENIES; role++)
        if (text_of(x, row, role).n != 0)
            add_rule(x, row, number, role);
}

/* ---- order ---------------------------------------------------------------------------------- */

struct place {
    const struct csv_row *row;
    uint64_t priority;
    uint32_t number;
};

static int by_priority(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->priority != y->priority)
        return x->priority < y->priority ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

static struct place *in_order(struct csv *x, size_t first, size_t *n)
{
    const struct csv_table *t = x->table;
    struct place *all = NEW_N(x->r.im->arena, struct place, t->n);
    *n = 0;
    for (size_t i = first; i < t->n; i++) {
        struct place *p = &all[(*n)++];
        *p = (struct place){&t->v[i], 0, (uint32_t)*n};
        if (x->r.preset->order == ORDER_PRIORITY &&
            !str_u64(text_of(x, &t->v[i], COL_PRIORITY), 10, UINT32_MAX, &p->priority)) {
            p->priority = UINT64_MAX;
            if (!is_section(x, &t->v[i]))
                diag_add(x->r.im->diags, DIAG_INCOMPLETE, t->v[i].at,
                         "a rule without a priority: its place is not known, taken as the last");
        }
    }
    if (x->r.preset->order == ORDER_PRIORITY)
        qsort(all, *n, sizeof *all, by_priority);
    return all;
}

/* ---- the whole --------------------------------------------------------------------------------
 */

static void note_zone(struct csv *x, struct str name, struct span at)
{
    struct interface *face = policy_interface(x->policy, name, at);
    if (face->side != SIDE_UNKNOWN)
        return;
    face->side = word(x, WORD_INSIDE, name)    ? SIDE_INSIDE
                 : word(x, WORD_OUTSIDE, name) ? SIDE_OUTSIDE
                                               : SIDE_UNKNOWN;
    if (face->side != SIDE_UNKNOWN)
        face->why = arena_strf(x->r.im->arena, "its name is \"%.*s\"", STR_ARG(name));
}

static void note_zones(struct csv *x, const struct csv_row *row, enum csv_role role)
{
    struct str cell = text_of(x, row, role), name;
    while (csv_next_value(&cell, &name))
        if (!word(x, WORD_ANY, name))
            note_zone(x, name, row->at);
}

static void note_all_zones(struct csv *x, size_t first)
{
    if (x->columns.at[COL_DIRECTION].v[0] != 0) {
        note_zone(x, STR("inside"), SPAN_NONE);
        note_zone(x, STR("outside"), SPAN_NONE);
        policy_assume(x->policy, "inbound rules are from outside to what they protect (inside), "
                                 "outbound ones the other way");
        x->policy->zoned = true;
    }
    if (x->columns.at[COL_FROM].v[0] == 0 && x->columns.at[COL_TO].v[0] == 0)
        return;
    x->policy->zoned = true;
    for (size_t i = first; i < x->table->n; i++) {
        note_zones(x, &x->table->v[i], COL_FROM);
        note_zones(x, &x->table->v[i], COL_TO);
    }
}

/* What answers a permitted connection passes a stateful firewall without a rule. */
static void add_stateful(struct csv *x)
{
    struct rule *r = chain_rule(x->policy, x->chain, SPAN_NONE, ACT_PERMIT);
    struct cube c = cube_any(x->r.im->sets);
    c.f[FIELD_STATE] = set_range(x->r.im->sets, STATE_ESTABLISHED, STATE_RELATED);
    rule_match(x->policy, r, &c);
    r->implicit = true;
    r->text = STR("answers of permitted connections (the firewall is stateful)");
    policy_assume(x->policy, "the firewall of this CSV is stateful: answers pass without a rule");
}

/* Azure and Google Cloud let out what no rule denies. */
static void add_last_outbound(struct csv *x)
{
    struct sets *s = x->r.im->sets;
    struct rule *r = chain_rule(x->policy, x->chain, SPAN_NONE, ACT_PERMIT);
    struct cube c = cube_any(s);
    c.f[FIELD_IN] = ifaces_match(s, &x->policy->ifaces, STR("inside"));
    c.f[FIELD_OUT] = ifaces_match(s, &x->policy->ifaces, STR("outside"));
    rule_match(x->policy, r, &c);
    r->implicit = true;
    r->text = STR("outbound connections, by the platform's default rule");
}

static void import_rules(struct csv *x)
{
    size_t first = x->columns.header == SIZE_MAX ? 0 : x->columns.header + 1, n;
    for (size_t i = 0; i < first; i++)
        source_class_span(x->source, x->table->v[i].at, LINE_IRRELEVANT);
    policy_assume(x->policy, "%.*s: %.*s", STR_ARG(x->source->path),
                  STR_ARG(csv_columns_text(x->r.im, x->table, &x->columns)));
    note_all_zones(x, first);
    if (x->r.preset->stateful && x->chain->n_rules == 0)
        add_stateful(x);
    struct place *rows = in_order(x, first, &n);
    for (size_t i = 0; i < n; i++)
        add_row(x, rows[i].row, rows[i].number);
    if (x->r.preset->last_outbound_permits)
        add_last_outbound(x);
    if (x->r.by_convention != 0)
        policy_assume(x->policy,
                      "%zu names were read for the value that they carry, such as \"%.*s\" as %.*s",
                      x->r.by_convention, STR_ARG(str_safe(x->r.im->arena, x->r.convention_name)),
                      STR_ARG(x->r.convention_value));
}

static void class_lines(struct source *s, bool understood)
{
    for (uint32_t line = 1; line <= s->n_lines; line++) {
        if (str_trim(source_line(s, line)).n == 0)
            source_class(s, line, LINE_IRRELEVANT);
        else if (!understood)
            source_class(s, line, LINE_NOT_MODELLED);
    }
}

/* Objects come first, whatever the order of the files. */
static void import_files(struct csv *x, const struct csv_presets *presets, struct source **inputs,
                         size_t n)
{
    struct import *im = x->r.im;
    struct csv_table *tables = NEW_N(im->arena, struct csv_table, n);
    struct csv_columns *columns = NEW_N(im->arena, struct csv_columns, n);
    bool *good = NEW_N(im->arena, bool, n);
    for (size_t i = 0; i < n; i++) {
        good[i] = csv_read(im, inputs[i], &tables[i]) &&
                  csv_find_columns(im, presets, &tables[i], &columns[i]);
        if (good[i] && columns[i].preset->objects.n != 0)
            csv_objects_read(im, x->policy, &x->r.objects, inputs[i], &tables[i], &columns[i]);
    }
    for (size_t i = 0; i < n; i++) {
        if (good[i] && columns[i].preset->objects.n == 0) {
            x->source = inputs[i];
            x->table = &tables[i];
            x->columns = columns[i];
            struct csv_preset *preset = NEW(im->arena, struct csv_preset);
            *preset = *columns[i].preset;
            x->r.preset = preset;
            policy_fact(x->policy, STR("csv.preset"), preset->name, span_line(inputs[i], 1), NULL);
            if (csv_add_words(im, preset))
                import_rules(x);
        }
        class_lines(inputs[i], good[i]);
    }
}

static struct policy *import_csv(struct import *im, struct source **inputs, size_t n)
{
    struct csv x = {.r = {.im = im}, .policy = policy_new(im->arena, im->sets, im->device)};
    struct policy *p = x.policy;
    struct csv_presets presets = csv_presets_load(im);
    p->format = STR("csv");
    x.r.policy = p;
    csv_objects_init(im, &x.r.objects);
    for (size_t i = 0; im->known_ifaces != NULL && i < im->known_ifaces->n; i++)
        ifaces_add(im->arena, &p->ifaces, im->known_ifaces->v[i]);
    x.chain = policy_chain(p, STR(""), STR("rules"), SPAN_NONE);
    if (presets.generic != NULL)
        import_files(&x, &presets, inputs, n);
    bool permits = x.r.preset != NULL && x.r.preset->last_permits;
    struct rule *last = policy_default(p, SPAN_NONE, permits ? ACT_PERMIT : ACT_DENY,
                                       permits ? STR("implicit permit at the end")
                                               : STR("implicit deny at the end"));
    path_stage(p, PATH_THROUGH, STR("rules"), x.chain, last)->decides = true;
    policy_freeze(p, im->diags);
    return p;
}

/* ---- detection ------------------------------------------------------------------------------ */

static int sniff(struct str head)
{
    char separator = csv_separator(head);
    struct str line, cells[64];
    int best = 0;
    size_t seen[65] = {0};
    bool table = false; /* some lines have as many cells */
    for (size_t lines = 0; lines < 30 && str_cut(&head, '\n', &line); lines++) {
        size_t n = 0;
        while (n < 64 && str_cut(&line, separator, &cells[n]))
            n++;
        int score = n < 2 ? 0 : csv_header_score(cells, n);
        best = score > best ? score : best;
        table = table || (n > 2 && ++seen[n] == 2);
    }
    return best < 25 && table ? 25 : best;
}

const struct format format_csv = {"csv", "rules as CSV", sniff, import_csv};
