/* What a row asks for beside the fields of the packet: users, schedules, names that are not known,
 * and columns that nobody knows; and what it does beside deciding. */
#include "import/csv_int.h"

static bool is_nothing(const struct csv_preset *p, struct str text)
{
    static const enum csv_word words[] = {WORD_ANY, WORD_BLANK, WORD_NO_CONDITION};
    struct str value;
    bool nothing = true;
    if (text.n == 0)
        return true;
    while (nothing && csv_next_value(p, &text, &value)) {
        nothing = false;
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
            nothing = nothing || csv_is(p, words[i], value);
    }
    return nothing;
}

/* The same of a cell in column I, which mostly has the text of a row before. */
static bool is_nothing_in(const struct csv_lowered *w, size_t i, struct str text)
{
    struct csv_column *c = &w->r->columns->v.v[i];
    if (text.n == 0 || (!w->x->im->in_full && str_eq(text, c->nothing)))
        return true;
    bool nothing = is_nothing(w->x->preset, text);
    if (nothing && csv_stands_in(w->source, text))
        c->nothing = text;
    return nothing;
}

static bool is_nothing_of(const struct csv_lowered *w, enum csv_role role)
{
    size_t at = w->r->columns->at[role];
    struct str text = w->r->cell[role];
    return w->r->row != NULL && at != 0 && at <= w->r->row->n ? is_nothing_in(w, at - 1, text)
                                                              : is_nothing(w->x->preset, text);
}

static void add_condition(struct csv_lowered *w, struct rule *rule, struct str kind,
                          struct str text, struct span at)
{
    struct csv *x = w->x;
    struct cond c = {
        .kind = kind, .text = csv_keep(x->im->arena, x->source, text), .at = at, .of_packet = true};
    rule_cond(x->policy, rule, c, true);
}

/* The column may ask for something that the row needs to match. */
static bool may_restrict(const struct csv_column *c)
{
    return c->use != USE_READ && c->use != USE_IGNORED && c->use != USE_TREATMENT;
}

/* The cell of COLUMN, if no role reads it; false if it says nothing. */
static bool says_something(const struct csv_lowered *w, size_t column)
{
    const struct csv_column *c = &w->r->columns->v.v[column];
    struct str text = w->r->row->v[column].text;
    if (!may_restrict(c) || (c->use == USE_SCOPE && !c->differs) || is_nothing_in(w, column, text))
        return false;
    static const enum csv_word types[] = {WORD_ORDINARY, WORD_INTRAZONE, WORD_INTERZONE};
    for (size_t i = 0; c->use == USE_TYPE && i < sizeof types / sizeof *types; i++)
        if (csv_is(w->x->preset, types[i], text))
            return false;
    for (size_t i = 0; c->condition != NULL && i < c->condition->any.n; i++)
        if (str_eq_nocase(c->condition->any.v[i], text))
            return false;
    return true;
}

void csv_note_columns(struct csv_lowered *w)
{
    const struct csv_record *r = w->r;
    for (size_t i = 0; i < (r->row == NULL ? 0 : r->row->n); i++) {
        struct csv_column *c = &r->columns->v.v[i];
        if (!may_restrict(c) || !says_something(w, i))
            continue;
        w->asks = true;
        if (w->base.inactive || c->use == USE_CONDITION)
            continue;
        if (c->rows == 0)
            c->at = csv_cell_at(r->source, r->row, &r->row->v[i]);
        if (c->rows < CSV_ROWS_TOLD)
            c->row[c->rows] = r->number;
        c->rows++;
        w->read = false;
    }
}

static void add_column(struct csv_lowered *w, struct rule *rule, size_t i)
{
    const struct csv_column *c = &w->r->columns->v.v[i];
    const struct csv_cell *cell = &w->r->row->v[i];
    if (!says_something(w, i))
        return;
    struct span at = csv_cell_at(w->r->source, w->r->row, cell);
    if (c->use == USE_CONDITION) {
        add_condition(w, rule, c->condition->name, cell->text, at);
        return;
    }
    struct str name = csv_column_name(w->x->values, w->r->columns, i);
    struct str text = arena_strf(w->x->values, "%.*s: %.*s", STR_ARG(name), STR_ARG(cell->text));
    if (!is_nothing(w->x->preset, text))
        add_condition(w, rule, STR("column"), text, at);
}

/* Columns that say what else there must be. */
static const struct {
    enum csv_role role;
    struct str kind;
} asked[] = {{COL_APP, STR_INIT("application")},
             {COL_USER, STR_INIT("user")},
             {COL_SCHEDULE, STR_INIT("schedule")},
             {COL_TAG, STR_INIT("tag")}};

/* Columns that have words of their own: whether a word is none of them. */
static const struct {
    enum csv_role role;
    struct str kind;
    enum csv_word words[3];
} worded[] = {
    {COL_ENABLED, STR_INIT("enabled"), {WORD_YES, WORD_NO, WORD_YES}},
    {COL_DISABLED, STR_INIT("disabled"), {WORD_YES, WORD_NO, WORD_YES}},
    {COL_FAMILY, STR_INIT("family"), {WORD_V4, WORD_V6, WORD_BOTH}},
    {COL_DIRECTION, STR_INIT("direction"), {WORD_IN, WORD_OUT, WORD_ANY}},
    {COL_INTERFACE_NOT, STR_INIT("interface"), {WORD_YES, WORD_NO, WORD_YES}},
};

bool csv_may_ask(const struct csv_columns *c)
{
    bool may = false;
    for (size_t i = 0; i < sizeof asked / sizeof *asked && !may; i++)
        may = c->at[asked[i].role] != 0 || c->preset->fixed[asked[i].role].n != 0;
    for (size_t i = 0; i < sizeof worded / sizeof *worded && !may; i++)
        may = c->at[worded[i].role] != 0 || c->preset->fixed[worded[i].role].n != 0;
    return may;
}

static bool is_odd(const struct csv_lowered *w, size_t i)
{
    struct str text = w->r->cell[worded[i].role];
    const struct csv_preset *p = w->x->preset;
    return text.n != 0 && !is_nothing(p, text) && !csv_is(p, worded[i].words[0], text) &&
           !csv_is(p, worded[i].words[1], text) && !csv_is(p, worded[i].words[2], text);
}

void csv_tell_odd(struct csv_lowered *w)
{
    bool may = w->r->columns->asking || w->r->row == NULL;
    for (size_t i = 0; may && i < sizeof worded / sizeof *worded; i++)
        if (is_odd(w, i))
            csv_not_known(w, worded[i].role, w->r->cell[worded[i].role],
                          "is no word that is known here: the row may be in force, or not");
}

void csv_add_conditions(struct csv_lowered *w, struct rule *rule)
{
    if (!w->r->columns->asking && !w->asks && !w->own_ports && w->r->row != NULL)
        return;
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        enum csv_role role = asked[i].role;
        if (!is_nothing_of(w, role))
            add_condition(w, rule, asked[i].kind, w->r->cell[role], csv_at(w->r, role));
    }
    struct str app = w->r->cell[COL_APP];
    struct str of =
        w->own_ports ? arena_strf(w->x->values, "of %.*s", STR_ARG(app.n == 0 ? STR("any") : app))
                     : STR("");
    if (!is_nothing(w->x->preset, of))
        add_condition(w, rule, STR("default-ports"), of, csv_at(w->r, COL_SERVICE));
    for (size_t i = 0; i < sizeof worded / sizeof *worded; i++)
        if (is_odd(w, i)) {
            enum csv_role role = worded[i].role;
            add_condition(w, rule, worded[i].kind, w->r->cell[role], csv_at(w->r, role));
        }
    for (size_t i = 0; w->asks && i < w->r->row->n; i++)
        add_column(w, rule, i);
}

void csv_add_names(struct csv_lowered *w, struct rule *rule, enum csv_where place,
                   const struct strs *names, bool holds)
{
    static const char *const places[PLACES] = {"source", "destination", "service"};
    static const enum csv_role roles[PLACES] = {COL_SRC, COL_DST, COL_SERVICE};
    struct out text = {.arena = w->x->values};
    bool domains = true;
    out_text(&text, places[place]);
    for (size_t i = 0; i < names->n; i++) {
        bool domain = place != SERVICE && csv_is_domain(names->v[i]);
        out_fmt(&text, "%s %.*s", i == 0 ? "" : ",", STR_ARG(names->v[i]));
        domains = domains && domain;
    }
    struct str kind = w->x->preset->name_kind;
    struct cond c = {.kind = domains       ? STR("fqdn")
                             : kind.n != 0 ? kind
                                           : STR("name"),
                     .text = arena_copy(w->x->im->arena, out_taken(&text)),
                     .at = csv_at(w->r, roles[place]),
                     .of_packet = true};
    rule_cond(w->x->policy, rule, c, holds);
}

static bool says_no(const struct csv_preset *p, struct str text)
{
    return text.n == 0 || csv_is(p, WORD_BLANK, text) || csv_is(p, WORD_NO_CONDITION, text) ||
           csv_is(p, WORD_NO, text);
}

/* Answers, columns for that ("Log: All"), and where the action is one, that. */
uint32_t csv_treatment(const struct csv_lowered *w)
{
    const struct csv_record *r = w->r;
    struct out o = {.arena = w->x->values};
    if (w->base.reject)
        out_text(&o, "reject");
    if (w->base.action == ACT_CONTINUE)
        out_str(&o, r->cell[COL_ACTION]);
    for (size_t i = 0; i < (r->row == NULL ? 0 : r->row->n); i++) {
        struct str text = r->row->v[i].text;
        if (r->columns->v.v[i].use != USE_TREATMENT || says_no(w->x->preset, text))
            continue;
        struct str name = csv_column_name(w->x->values, r->columns, i);
        out_fmt(&o, "%s%.*s: %.*s", o.n == 0 ? "" : "; ", STR_ARG(name), STR_ARG(text));
    }
    if (o.n == 0)
        return 0;
    return policy_treatment(w->x->policy, out_taken(&o));
}
