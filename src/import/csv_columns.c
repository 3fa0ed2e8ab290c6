/* The header: which row it is, which preset it tells, what each column is for. */
#include "import/csv_int.h"

#define PREAMBLE_MAX 50 /* rows before the header */

struct csv_heading csv_heading_of(const struct csv_row *row)
{
    struct csv_heading h;
    h.row = row;
    for (size_t i = 0; i < row->n && i < CSV_HEADER_MAX; i++)
        h.hash[i] = csv_same_hash(row->v[i].text);
    return h;
}

/* "Zone#2" is the second column of that name. HASH: csv_column_hash() of it. */
static size_t find_hashed(const struct csv_heading *h, struct str name, uint32_t hash)
{
    const struct csv_row *row = h->row;
    size_t which;
    name = csv_without_number(name, &which);
    for (size_t i = 0; i < row->n; i++)
        if ((i >= CSV_HEADER_MAX || h->hash[i] == hash) && row->v[i].text.n != 0 &&
            csv_same(row->v[i].text, name) && --which == 0)
            return i + 1;
    return 0;
}

static size_t find_column(const struct csv_heading *h, struct str name)
{
    return find_hashed(h, name, csv_column_hash(name));
}

static size_t find_first(const struct csv_heading *h, const struct csv_preset *p, size_t role)
{
    size_t at = 0;
    for (size_t i = 0; i < p->columns[role].n && at == 0; i++)
        at = find_hashed(h, p->columns[role].v[i], p->hashes[role][i]);
    return at;
}

static bool has_needs(const struct csv_preset *p, const struct csv_columns *c)
{
    uint64_t have = 0;
    for (size_t i = 0; i < COL_ROLES; i++)
        if (c->at[i] != 0 || p->fixed[i].n != 0)
            have |= (uint64_t)1 << i;
    for (size_t i = 0; i < p->needs.n; i++)
        if ((have & p->needs.v[i]) == 0)
            return false;
    return true;
}

size_t csv_header_fits(const struct csv_preset *p, const struct csv_heading *h,
                       struct csv_columns *c)
{
    size_t found = 0;
    *c = (struct csv_columns){.preset = p, .has_header = true, .header = h->row->at};
    if (h->row->n > CSV_HEADER_MAX)
        return 0;
    for (size_t i = 0; i < COL_ROLES; i++) {
        c->at[i] = find_first(h, p, i);
        found += c->at[i] != 0;
    }
    for (size_t i = 0; i < p->header.n; i++)
        if (find_column(h, p->header.v[i]) == 0)
            return 0;
    if (!has_needs(p, c))
        return 0;
    return 1 + p->header.n * 1000 + found;
}

/* ---- what columns are for ------------------------------------------------------------------- */

struct str csv_column_name(struct arena *a, const struct csv_columns *c, size_t i)
{
    return i < c->names.n && c->names.v[i].n != 0 ? str_safe(a, c->names.v[i])
                                                  : arena_strf(a, "%zu", i + 1);
}

static bool has_name(const struct strs *names, struct str name)
{
    for (size_t i = 0; i < names->n; i++)
        if (csv_same(names->v[i], name))
            return true;
    return false;
}

/* The site file ignores columns by name or by number. */
static bool site_ignores(const struct csv_map *map, struct str name, size_t i)
{
    uint64_t number;
    if (map == NULL)
        return false;
    for (size_t k = 0; k < map->ignored.n; k++)
        if (str_u64(map->ignored.v[k], 10, 10000, &number) && number == i + 1)
            return true;
    return name.n != 0 && has_name(&map->ignored, name);
}

static struct csv_column use_of(const struct import *im, const struct csv_columns *c, size_t i)
{
    const struct csv_preset *p = c->preset;
    struct str name = i < c->names.n ? c->names.v[i] : (struct str){"", 0};
    for (size_t role = 0; role < COL_ROLES; role++)
        if (c->at[role] == i + 1)
            return (struct csv_column){.use = role == COL_TYPE ? USE_TYPE : USE_READ};
    if (site_ignores(im->csv, name, i) || (name.n != 0 && has_name(&p->ignored, name)))
        return (struct csv_column){.use = USE_IGNORED};
    if (name.n != 0 && has_name(&p->treatments, name))
        return (struct csv_column){.use = USE_TREATMENT};
    for (size_t k = 0; k < p->conditions.n && name.n != 0; k++)
        if (has_name(&p->conditions.v[k].columns, name))
            return (struct csv_column){.use = p->conditions.v[k].scope ? USE_SCOPE : USE_CONDITION,
                                       .condition = &p->conditions.v[k]};
    if (c->has_header && i >= c->names.n) /* such rows are told */
        return (struct csv_column){.use = USE_IGNORED};
    return (struct csv_column){.use = USE_UNKNOWN};
}

void csv_use_columns(struct import *im, struct csv_columns *c, size_t n)
{
    while (c->v.n < n) {
        struct csv_column column = use_of(im, c, c->v.n);
        *PUSH(im->arena, c->v) = column;
    }
}

/* ---- the first rows of a file -----------------------------------------------------------------
 */

struct search {
    struct import *im;
    const struct csv_presets *presets;
    const struct csv_preset *only; /* asked for by the site file */
    struct csv_columns best;
    size_t score, rows;
    struct csv_columns widest; /* most words that columns have, for the message */
    struct strs widest_names;
    size_t widest_score;
    struct strs best_names;
};

static struct strs names_of(struct arena *a, const struct csv_row *row)
{
    struct strs names = {0};
    for (size_t i = 0; i < row->n; i++)
        *PUSH(a, names) = arena_copy(a, row->v[i].text);
    return names;
}

static void try_preset(struct search *x, const struct csv_preset *p, const struct csv_heading *h)
{
    const struct csv_row *row = h->row;
    struct csv_columns c;
    size_t score = csv_header_fits(p, h, &c);
    if (score > x->score) {
        x->score = score;
        x->best = c;
        x->best_names = names_of(x->im->arena, row);
    }
    size_t found = 0;
    for (size_t i = 0; i < COL_ROLES; i++)
        found += c.at[i] != 0;
    if (p->kind == KIND_RULES && (found > x->widest_score || x->widest_names.n == 0)) {
        x->widest_score = found;
        x->widest = c;
        x->widest_names = names_of(x->im->arena, row);
    }
}

static bool try_row(void *ctx, const struct csv_row *row)
{
    struct search *x = ctx;
    struct csv_heading heading = csv_heading_of(row);
    if (row->broken == NULL)
        for (size_t i = 0; i < x->presets->n; i++) {
            const struct csv_preset *p = &x->presets->v[i];
            bool asked = x->only == NULL ? !p->named_only : p == x->only || p->kind != KIND_RULES;
            if (asked)
                try_preset(x, p, &heading);
        }
    return ++x->rows < PREAMBLE_MAX;
}

/* ---- mapping from the site file ---------------------------------------------------------------
 */

struct mapping {
    struct search *search;
    struct csv_columns *c;
    bool by_name, found;
    size_t rows;
};

static bool is_number(struct str column)
{
    uint64_t number;
    return str_u64(column, 10, 10000, &number) && number != 0;
}

/* The row that has all columns of the mapping that are given by name. */
static bool map_row(void *ctx, const struct csv_row *row)
{
    struct mapping *m = ctx;
    const struct csv_map *map = m->search->im->csv;
    struct csv_heading heading = csv_heading_of(row);
    bool all = row->broken == NULL;
    for (size_t i = 0; i < map->n && all; i++)
        all = is_number(map->v[i].column) || find_column(&heading, map->v[i].column) != 0;
    struct csv_columns words;
    csv_header_fits(m->c->preset, &heading, &words);
    size_t known = 0;
    for (size_t i = 0; i < COL_ROLES; i++)
        known += words.at[i] != 0;
    if (all && (m->by_name || known >= 3)) {
        *m->c = words;
        m->c->names = names_of(m->search->im->arena, row);
        for (size_t i = 0; i < map->n; i++)
            for (size_t role = 0; role < COL_ROLES; role++)
                if (str_eq(map->v[i].role, str_of(csv_role_names[role])) &&
                    !is_number(map->v[i].column))
                    m->c->at[role] = find_column(&heading, map->v[i].column);
        m->found = true;
    }
    return !m->found && ++m->rows < PREAMBLE_MAX;
}

static bool map_numbers(struct import *im, struct csv_columns *c)
{
    bool good = true;
    for (size_t i = 0; i < im->csv->n; i++) {
        size_t role = 0;
        uint64_t number;
        while (role < COL_ROLES && !str_eq(im->csv->v[i].role, str_of(csv_role_names[role])))
            role++;
        if (role == COL_ROLES) {
            diag_add(im->diags, DIAG_ERROR, im->csv->v[i].at,
                     "\"%.*s\" is no role of a column that fwproof knows",
                     STR_ARG(im->csv->v[i].role));
            good = false;
        } else if (str_u64(im->csv->v[i].column, 10, 10000, &number) && number != 0) {
            c->at[role] = (size_t)number;
        }
    }
    return good;
}

static bool by_mapping(struct search *x, struct source *s, struct csv_dialect dialect,
                       struct csv_columns *c)
{
    struct mapping m = {.search = x, .c = c};
    struct import *im = x->im;
    for (size_t i = 0; i < im->csv->n; i++)
        m.by_name = m.by_name || !is_number(im->csv->v[i].column);
    const struct csv_preset *p = x->only;
    for (size_t i = 0; i < x->presets->n && p == NULL; i++)
        if (str_eq(x->presets->v[i].name, STR("generic")))
            p = &x->presets->v[i];
    *c = (struct csv_columns){.preset = p, .header = span_line(s, 1)};
    csv_read(im, s, dialect, map_row, &m);
    if (!map_numbers(im, c))
        return false;
    if (m.by_name && !m.found) {
        diag_add(im->diags, DIAG_INCOMPLETE, span_line(s, 1),
                 "no row of this file has all the columns that the site file maps");
        return false;
    }
    return p != NULL && has_needs(p, c);
}

/* ---- what is told --------------------------------------------------------------------------- */

#define NAMES_TOLD 100

static struct str quoted_list(struct import *im, const struct strs *names)
{
    struct out o = {.arena = im->arena};
    size_t n = names->n < NAMES_TOLD ? names->n : NAMES_TOLD;
    for (size_t i = 0; i < n; i++)
        out_fmt(&o, "%s\"%.*s\"", i == 0 ? "" : ", ", STR_ARG(str_safe(im->arena, names->v[i])));
    if (n < names->n)
        out_fmt(&o, " and %zu more", names->n - n);
    return out_taken(&o);
}

/* A mapping with what is known, to be completed. */
static struct str mapping_to_complete(struct import *im, const struct search *x)
{
    static const enum csv_role asked[] = {COL_FROM,  COL_TO,    COL_SRC,   COL_DST,
                                          COL_PROTO, COL_DPORT, COL_ACTION};
    struct out o = {.arena = im->arena};
    out_text(&o, "complete this in fwproof.json (columns by name, or by number from 1): \"csv\": "
                 "{\"columns\": {");
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        size_t at = x->widest.at[asked[i]];
        out_fmt(&o, "%s\"%s\": \"%.*s\"", i == 0 ? "" : ", ", csv_role_names[asked[i]],
                STR_ARG(at == 0 ? STR("…") : str_safe(im->arena, x->widest_names.v[at - 1])));
    }
    out_text(&o, "}}; roles are");
    for (size_t i = 0; i < COL_VALUE; i++)
        out_fmt(&o, "%s %s", i == 0 ? "" : ",", csv_role_names[i]);
    return out_taken(&o);
}

static void say_unknown(struct search *x, struct source *s)
{
    struct span at = x->widest_names.n != 0 ? x->widest.header : span_line(s, 1);
    if (x->widest_names.n == 0)
        diag_add(x->im->diags, DIAG_INCOMPLETE, at, "no rows of CSV");
    else
        diag_add(x->im->diags, DIAG_INCOMPLETE, at,
                 "the shape of this CSV is not known; its columns are %.*s",
                 STR_ARG(quoted_list(x->im, &x->widest_names)))
            ->hint = mapping_to_complete(x->im, x);
}

static bool ask_for_preset(struct search *x)
{
    struct str asked = x->im->csv == NULL ? STR("") : x->im->csv->preset;
    struct strs known = {0};
    for (size_t i = 0; i < x->presets->n; i++) {
        *PUSH(x->im->arena, known) = x->presets->v[i].name;
        if (str_eq(x->presets->v[i].name, asked))
            x->only = &x->presets->v[i];
    }
    if (asked.n == 0 || x->only != NULL)
        return true;
    diag_add(x->im->diags, DIAG_ERROR, SPAN_NONE, "there is no CSV preset \"%.*s\"", STR_ARG(asked))
        ->hint = arena_strf(x->im->arena, "there are %.*s", STR_ARG(quoted_list(x->im, &known)));
    return false;
}

static bool find_columns(struct import *im, const struct csv_presets *presets, struct source *s,
                         struct csv_dialect dialect, struct csv_columns *c)
{
    struct search x = {.im = im, .presets = presets};
    if (!ask_for_preset(&x))
        return false;
    csv_read(im, s, dialect, try_row, &x);
    bool objects = x.score != 0 && x.best.preset->kind != KIND_RULES;
    if (!objects && im->csv != NULL && im->csv->n != 0) {
        if (by_mapping(&x, s, dialect, c))
            return true;
        x.score = 0;
    }
    *c = x.best;
    c->names = x.best_names;
    if (x.score != 0 && c->names.n != 0 && c->names.v[0].n == 0 && c->at[COL_ID] == 0)
        c->at[COL_ID] = 1; /* tables that are written with the numbers of their rows */
    if (x.score == 0)
        say_unknown(&x, s);
    return x.score != 0;
}

bool csv_find_columns(struct import *im, const struct csv_presets *presets, struct source *s,
                      struct csv_dialect dialect, struct csv_columns *c)
{
    bool found = find_columns(im, presets, s, dialect, c);
    c->dialect = dialect;
    return found;
}
