/* A CSV export of rules: one row, one rule, from the top. */
#include "import/csv_int.h"

struct csv {
    struct import *im;
    struct policy *policy;
    struct chain *chain;
    struct source *source;
    const struct csv_table *table;
    struct csv_columns columns;
};

static const struct csv_cell *cell_of(const struct csv *x, const struct csv_row *row,
                                      enum csv_role role)
{
    size_t at = x->columns.at[role];
    return at == 0 || at > row->n ? NULL : &row->v[at - 1];
}

static struct str text_of(const struct csv *x, const struct csv_row *row, enum csv_role role)
{
    const struct csv_cell *c = cell_of(x, row, role);
    return c == NULL ? (struct str){"", 0} : c->text;
}

/* ---- what is only known by name ---------------------------------------------------------------
 */

static bool is_domain(struct str s)
{
    bool dot = false, letter = false;
    if (str_starts(s, STR("*.")))
        s = str_from(s, 2);
    for (size_t i = 0; i < s.n; i++) {
        char c = char_lower(s.p[i]);
        bool word = (c >= 'a' && c <= 'z') || c == '-' || c == '_';
        if (!word && !char_is_digit(c) && c != '.')
            return false;
        letter = letter || word;
        dot = dot || (c == '.' && i != 0 && i + 1 < s.n);
    }
    return dot && letter;
}

static void unknown_place(struct csv *x, struct rule *r, const struct csv_row *row,
                          enum csv_role role, struct str name)
{
    const struct csv_cell *cell = cell_of(x, row, role);
    struct span at = cell == NULL ? row->at : cell->at;
    bool domain = is_domain(name);
    if (domain)
        policy_fact(x->policy, STR("name.fqdn"), name, at, r);
    else
        diag_add(x->im->diags, DIAG_INCOMPLETE, at,
                 "what \"%.*s\" (column %s) stands for is not known: this rule may match any of it "
                 "or nothing",
                 STR_ARG(str_safe(x->im->arena, name)), csv_role_names[role]);
    if (!domain)
        source_class_span(x->source, row->at, LINE_NOT_MODELLED);
    struct cond c = {
        .kind = domain ? STR("fqdn") : STR("name"), .text = name, .at = at, .of_packet = true};
    rule_cond(x->policy, r, c, true);
}

/* ---- one row -------------------------------------------------------------------------------- */

static set_id zones_of(struct csv *x, const struct csv_row *row, enum csv_role role)
{
    struct str cell = text_of(x, row, role), name;
    set_id full = set_full(x->im->sets, FIELD_IN), set = SET_EMPTY;
    if (csv_word(cell) == WORD_ANY)
        return full;
    while (csv_next_value(&cell, &name))
        set = csv_word(name) == WORD_ANY
                  ? full
                  : set_or(x->im->sets, set, ifaces_match(x->im->sets, &x->policy->ifaces, name));
    return set;
}

/* The addresses of a side, by family; with names, what they may be is everything. */
static void side_of(struct csv *x, struct rule *r, const struct csv_row *row, enum csv_role role,
                    enum csv_role negate, set_id out[2])
{
    struct str cell = text_of(x, row, role);
    bool negated = csv_word(text_of(x, row, negate)) == WORD_YES;
    if (cell.n != 0 && cell.p[0] == '!') {
        negated = true;
        cell = str_trim(str_from(cell, 1));
    }
    struct csv_places p = csv_addresses(x->im, cell);
    for (size_t i = 0; i < p.names.n; i++)
        unknown_place(x, r, row, role, p.names.v[i]);
    for (int f = FAMILY_V4; f <= FAMILY_V6; f++) {
        set_id full = set_range(x->im->sets, 0, addr_max((enum family)f));
        out[f] = p.names.n != 0 ? full : negated ? set_minus(x->im->sets, full, p.v[f]) : p.v[f];
    }
}

static void match_row(struct csv *x, struct rule *r, const struct csv_row *row)
{
    set_id src[2], dst[2];
    side_of(x, r, row, COL_SRC, COL_SRC_NOT, src);
    side_of(x, r, row, COL_DST, COL_DST_NOT, dst);
    struct csv_services services =
        csv_services(x->im, text_of(x, row, COL_SERVICE), text_of(x, row, COL_PROTO),
                     text_of(x, row, COL_SPORT), text_of(x, row, COL_DPORT));
    for (size_t i = 0; i < services.names.n; i++)
        unknown_place(x, r, row, COL_SERVICE, services.names.v[i]);
    for (size_t i = 0; i < services.n; i++)
        for (int f = FAMILY_V4; f <= FAMILY_V6; f++) {
            struct cube c = services.v[i];
            c.f[FIELD_FAMILY] = set_one(x->im->sets, (u128)f);
            c.f[FIELD_SRC] = src[f];
            c.f[FIELD_DST] = dst[f];
            c.f[FIELD_IN] = zones_of(x, row, COL_FROM);
            c.f[FIELD_OUT] = zones_of(x, row, COL_TO);
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
        if (csv_word(text) == WORD_ANY || str_eq_nocase(text, STR("always")))
            continue;
        struct cond c = {
            .kind = str_of(all[i].kind), .text = text, .at = row->at, .of_packet = true};
        rule_cond(x->policy, r, c, true);
    }
}

static bool is_section(const struct csv_row *row)
{
    size_t filled = 0;
    for (size_t i = 0; i < row->n; i++)
        filled += row->v[i].text.n != 0;
    return filled <= 1;
}

static void add_row(struct csv *x, const struct csv_row *row, uint32_t number)
{
    enum csv_word action = csv_word(text_of(x, row, COL_ACTION));
    if (is_section(row)) {
        source_class_span(x->source, row->at, LINE_IRRELEVANT);
        return;
    }
    struct rule *r = chain_rule(x->policy, x->chain, row->at,
                                action == WORD_PERMIT ? ACT_PERMIT
                                : action == WORD_DENY ? ACT_DENY
                                                      : ACT_UNKNOWN);
    r->number = number;
    r->text = str_trim(source_line(x->source, row->at.line));
    r->name = text_of(x, row, COL_NAME);
    if (r->name.n == 0)
        r->name = text_of(x, row, COL_ID);
    r->remark = text_of(x, row, COL_COMMENT);
    r->inactive = csv_word(text_of(x, row, COL_ENABLED)) == WORD_NO ||
                  csv_word(text_of(x, row, COL_DISABLED)) == WORD_YES;
    r->has_hits = str_u64(text_of(x, row, COL_HITS), 10, UINT64_MAX, &r->hits);
    source_class_span(x->source, row->at, LINE_MODELLED);
    if (r->action == ACT_UNKNOWN) {
        const struct csv_cell *cell = cell_of(x, row, COL_ACTION);
        diag_add(x->im->diags, DIAG_INCOMPLETE, cell == NULL ? row->at : cell->at,
                 "the action \"%.*s\" is not known: this rule may permit or deny",
                 STR_ARG(str_safe(x->im->arena, text_of(x, row, COL_ACTION))));
        source_class_span(x->source, row->at, LINE_NOT_MODELLED);
    }
    match_row(x, r, row);
    outside_conditions(x, r, row);
}

/* ---- the whole --------------------------------------------------------------------------------
 */

static const struct {
    const char *word;
    enum side side;
} zone_words[] = {
    {"inside", SIDE_INSIDE},    {"trust", SIDE_INSIDE}, {"lan", SIDE_INSIDE},
    {"internal", SIDE_INSIDE},  {"corp", SIDE_INSIDE},  {"outside", SIDE_OUTSIDE},
    {"untrust", SIDE_OUTSIDE},  {"wan", SIDE_OUTSIDE},  {"external", SIDE_OUTSIDE},
    {"internet", SIDE_OUTSIDE},
};

static void note_zones(struct csv *x, const struct csv_row *row, enum csv_role role)
{
    struct str cell = text_of(x, row, role), name;
    while (csv_next_value(&cell, &name)) {
        if (csv_word(name) == WORD_ANY)
            continue;
        struct interface *face = policy_interface(x->policy, name, row->at);
        for (size_t i = 0; i < sizeof zone_words / sizeof *zone_words; i++)
            if (str_eq_nocase(name, str_of(zone_words[i].word))) {
                face->side = zone_words[i].side;
                face->why = arena_strf(x->im->arena, "zone %.*s is called so", STR_ARG(name));
            }
    }
}

/* CSV exports come from stateful firewalls: what answers a permitted connection passes. */
static void add_stateful(struct csv *x)
{
    struct rule *r = chain_rule(x->policy, x->chain, SPAN_NONE, ACT_PERMIT);
    struct cube c = cube_any(x->im->sets);
    c.f[FIELD_STATE] = set_range(x->im->sets, STATE_ESTABLISHED, STATE_RELATED);
    rule_match(x->policy, r, &c);
    r->implicit = true;
    r->text = STR("answers of permitted connections");
    policy_assume(x->policy, "the firewall of this CSV is stateful: answers pass by themselves");
}

static void import_table(struct csv *x)
{
    const struct csv_table *t = x->table;
    for (size_t i = 0; i <= x->columns.header; i++)
        source_class_span(x->source, t->v[i].at, LINE_IRRELEVANT);
    for (size_t i = x->columns.header + 1; i < t->n; i++) {
        note_zones(x, &t->v[i], COL_FROM);
        note_zones(x, &t->v[i], COL_TO);
    }
    x->policy->zoned = x->columns.at[COL_FROM] != 0 || x->columns.at[COL_TO] != 0;
    for (size_t i = x->columns.header + 1; i < t->n; i++)
        add_row(x, &t->v[i], (uint32_t)(i - x->columns.header));
}

static void blank_lines(struct source *s)
{
    for (uint32_t line = 1; line <= s->n_lines; line++)
        if (s->classes[line - 1] == LINE_UNSEEN && str_trim(source_line(s, line)).n == 0)
            source_class(s, line, LINE_IRRELEVANT);
}

static struct policy *import_csv(struct import *im, struct source **inputs, size_t n)
{
    struct csv x = {.im = im, .policy = policy_new(im->arena, im->sets, im->device)};
    struct policy *p = x.policy;
    p->format = STR("csv");
    for (size_t i = 0; im->known_ifaces != NULL && i < im->known_ifaces->n; i++)
        ifaces_add(im->arena, &p->ifaces, im->known_ifaces->v[i]);
    x.chain = policy_chain(p, STR(""), STR("rules"), SPAN_NONE);
    add_stateful(&x);
    for (size_t i = 0; i < n; i++) {
        struct csv_table table = {0};
        x.source = inputs[i];
        x.table = &table;
        if (csv_read(im, inputs[i], &table) && csv_find_columns(im, inputs[i], &table, &x.columns))
            import_table(&x);
        else
            for (uint32_t line = 1; line <= inputs[i]->n_lines; line++)
                source_class(inputs[i], line, LINE_NOT_MODELLED);
        blank_lines(inputs[i]);
    }
    struct rule *last = policy_default(p, SPAN_NONE, ACT_DENY, STR("implicit deny at the end"));
    path_stage(p, PATH_THROUGH, STR("rules"), x.chain, last)->decides = true;
    policy_freeze(p, im->diags);
    return p;
}

static int sniff(struct str head)
{
    char separator = csv_separator(head);
    int best = 0;
    struct str line, cell;
    for (int i = 0; i < 10 && str_cut(&head, '\n', &line); i++) {
        struct csv_cell cells[64];
        struct csv_row row = {cells, 0, 64, SPAN_NONE};
        while (row.n < 64 && str_cut(&line, separator, &cell)) {
            cell = str_trim(cell);
            if (cell.n >= 2 && cell.p[0] == '"')
                cell = str_sub(cell, 1, cell.n - 2);
            cells[row.n++].text = cell;
        }
        int score = row.n < 3 ? 0 : csv_header_score(&row);
        best = score > best ? score : best;
    }
    return best > 95 ? 95 : best;
}

const struct format format_csv = {"csv", "rules as CSV with a header row", sniff, import_csv};
