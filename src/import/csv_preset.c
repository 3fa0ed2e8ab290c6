/* Presets: what the columns and words of an export mean, as JSON under rules/csv/. */
#include "import/csv_int.h"

#include <cJSON.h>
#include <string.h>

const char *const csv_role_names[COL_ROLES] = {
#define R(name, word) [COL_##name] = word,
    CSV_ROLES(R)
#undef R
};

static const char *const word_names[WORD_KINDS] = {
#define W(name, word) [WORD_##name] = word,
    CSV_WORDS(W)
#undef W
};

struct str csv_lower(struct arena *a, struct str s)
{
    char *p = arena_alloc(a, s.n + 1);
    for (size_t i = 0; i < s.n; i++)
        p[i] = char_lower(s.p[i]);
    return (struct str){p, s.n};
}

/* ---- loading -------------------------------------------------------------------------------- */

struct loading {
    struct import *im;
    struct csv_preset *preset;
    const char *path;
};

static bool wrong(struct loading *l, const char *what, const char *key)
{
    diag_add(l->im->diags, DIAG_ERROR, SPAN_NONE, "%s: %s \"%s\"", l->path, what, key);
    return false;
}

static struct str copy_of(struct loading *l, const cJSON *node)
{
    return arena_copy(l->im->arena, str_of(cJSON_GetStringValue(node)));
}

static bool read_strings(struct loading *l, const cJSON *node, struct strs *out)
{
    const cJSON *one;
    cJSON_ArrayForEach(one, node)
    {
        if (!cJSON_IsString(one))
            return wrong(l, "a list of strings is wanted for", node->string);
        *PUSH(l->im->arena, *out) = copy_of(l, one);
    }
    return true;
}

/* {"key": ["…"]} where KEYS name the places of OUT. */
static bool read_lists(struct loading *l, const cJSON *node, const char *const *keys, size_t n,
                       struct strs *out)
{
    const cJSON *one;
    cJSON_ArrayForEach(one, node)
    {
        size_t i = 0;
        while (i < n && strcmp(keys[i], one->string) != 0)
            i++;
        if (i == n)
            return wrong(l, "unknown key", one->string);
        if (!read_strings(l, one, &out[i]))
            return false;
    }
    return true;
}

static bool read_columns(struct loading *l, const cJSON *node)
{
    return read_lists(l, node, csv_role_names, COL_ROLES, l->preset->columns);
}

static bool read_words(struct loading *l, const cJSON *node)
{
    return read_lists(l, node, word_names, WORD_KINDS, l->preset->words);
}

static bool read_header(struct loading *l, const cJSON *node)
{
    return read_strings(l, node, &l->preset->header);
}

static bool read_services(struct loading *l, const cJSON *node)
{
    const cJSON *one;
    cJSON_ArrayForEach(one, node)
    {
        struct str *value = NEW(l->im->arena, struct str);
        *value = copy_of(l, one);
        map_put(l->preset->services, arena_copy(l->im->arena, str_of(one->string)), value);
    }
    return true;
}

static bool read_name(struct loading *l, const cJSON *node)
{
    l->preset->name = copy_of(l, node);
    return true;
}

static bool read_title(struct loading *l, const cJSON *node)
{
    l->preset->title = copy_of(l, node);
    return true;
}

static bool read_objects(struct loading *l, const cJSON *node)
{
    l->preset->objects = copy_of(l, node);
    return true;
}

static bool read_last(struct loading *l, const cJSON *node)
{
    l->preset->last_permits = str_eq(copy_of(l, node), STR("permit"));
    return true;
}

static bool read_last_outbound(struct loading *l, const cJSON *node)
{
    l->preset->last_outbound_permits = str_eq(copy_of(l, node), STR("permit"));
    return true;
}

static bool read_default(struct loading *l, const cJSON *node)
{
    l->preset->permits = str_eq(copy_of(l, node), STR("permit"));
    return true;
}

static bool read_stateful(struct loading *l, const cJSON *node)
{
    l->preset->stateful = cJSON_IsTrue(node) != 0;
    return true;
}

static bool read_order(struct loading *l, const cJSON *node)
{
    struct str word = copy_of(l, node);
    l->preset->order = str_eq(word, STR("priority"))    ? ORDER_PRIORITY
                       : str_eq(word, STR("unordered")) ? ORDER_UNORDERED
                                                        : ORDER_ROW;
    return true;
}

static const struct {
    const char *key;
    bool (*read)(struct loading *l, const cJSON *node);
} keys[] = {
    {"preset", read_name},
    {"title", read_title},
    {"objects", read_objects},
    {"header", read_header},
    {"columns", read_columns},
    {"words", read_words},
    {"services", read_services},
    {"last", read_last},
    {"last_outbound", read_last_outbound},
    {"default_action", read_default},
    {"stateful", read_stateful},
    {"order", read_order},
};

static void delete_json(void *p)
{
    cJSON_Delete(p);
}

static struct csv_preset *load_one(struct import *im, const struct embedded *file)
{
    struct csv_preset *p = NEW(im->arena, struct csv_preset);
    struct loading l = {im, p, file->path};
    *p = (struct csv_preset){.stateful = true, .services = map_new(im->arena)};
    cJSON *root = cJSON_ParseWithLength((const char *)file->bytes, file->n);
    if (root == NULL) {
        wrong(&l, "is not JSON", "");
        return NULL;
    }
    arena_defer(im->arena, delete_json, root);
    const cJSON *node;
    cJSON_ArrayForEach(node, root)
    {
        size_t i = 0;
        while (i < sizeof keys / sizeof *keys && strcmp(keys[i].key, node->string) != 0)
            i++;
        if (i == sizeof keys / sizeof *keys) {
            wrong(&l, "unknown key", node->string);
            return NULL;
        }
        if (!keys[i].read(&l, node))
            return NULL;
    }
    return p;
}

struct csv_presets csv_presets_load(struct import *im)
{
    struct csv_presets all = {0};
    for (const struct embedded *e = embedded_files; e->path != NULL; e++) {
        if (!str_starts(str_of(e->path), STR("rules/csv/")))
            continue;
        struct csv_preset *p = load_one(im, e);
        if (p == NULL)
            continue;
        *PUSH(im->arena, all) = p;
        if (str_eq(p->name, STR("generic")))
            all.generic = p;
    }
    for (size_t i = 0; i < all.n; i++)
        all.v[i]->generic = all.v[i] == all.generic ? NULL : all.generic;
    return all;
}

bool csv_is_word(const struct csv_preset *p, enum csv_word word, struct str cell)
{
    const struct strs *list = &p->words[word];
    if (list->n == 0 && p->generic != NULL)
        list = &p->generic->words[word];
    for (size_t i = 0; i < list->n; i++)
        if (str_eq_nocase(cell, list->v[i]))
            return true;
    return false;
}

bool csv_add_words(struct import *im, struct csv_preset *p)
{
    for (size_t i = 0; im->csv != NULL && i < im->csv->words.n; i++) {
        struct str kind = im->csv->words.v[i].kind;
        size_t w = 0;
        while (w < WORD_KINDS && !str_eq(kind, str_of(word_names[w])))
            w++;
        if (w == WORD_KINDS) {
            diag_add(im->diags, DIAG_ERROR, im->csv->words.v[i].at,
                     "\"%.*s\" is no kind of word: any, none, permit, deny, yes, no, inbound, "
                     "outbound, inside, outside",
                     STR_ARG(kind));
            return false;
        }
        struct strs list =
            p->words[w].n != 0 || p->generic == NULL ? p->words[w] : p->generic->words[w];
        struct strs more = {0};
        for (size_t k = 0; k < list.n; k++)
            *PUSH(im->arena, more) = list.v[k];
        *PUSH(im->arena, more) = im->csv->words.v[i].word;
        p->words[w] = more;
    }
    return true;
}

/* ---- columns -------------------------------------------------------------------------------- */

/* Equal but for case and for blanks, underscores and hyphens. */
static bool same_header(struct str a, struct str b)
{
    size_t i = 0, j = 0;
    for (;;) {
        while (i < a.n && (a.p[i] == ' ' || a.p[i] == '_' || a.p[i] == '-'))
            i++;
        while (j < b.n && (b.p[j] == ' ' || b.p[j] == '_' || b.p[j] == '-'))
            j++;
        if (i == a.n || j == b.n)
            return i == a.n && j == b.n && i != 0;
        if (char_lower(a.p[i++]) != char_lower(b.p[j++]))
            return false;
    }
}

/* "Zone#2": the second column Zone. Column + 1, or 0. */
static size_t find_column(const struct csv_row *row, struct str name)
{
    uint64_t nth = 1;
    size_t hash = str_find(name, '#');
    if (hash != 0 && hash != name.n && str_u64(str_from(name, hash + 1), 10, 100, &nth))
        name = str_sub(name, 0, hash);
    for (size_t i = 0; i < row->n; i++)
        if (same_header(row->v[i].text, name) && --nth == 0)
            return i + 1;
    return 0;
}

/* How many columns that PRESET wants are there; 0 if one is missing. */
static size_t fits(const struct csv_preset *p, const struct csv_row *row)
{
    bool *used = NULL;
    bool room[256] = {false};
    used = row->n <= sizeof room ? room : NULL;
    for (size_t i = 0; i < p->header.n; i++) {
        size_t k = 0;
        while (k < row->n &&
               (!same_header(row->v[k].text, p->header.v[i]) || (used != NULL && used[k])))
            k++;
        if (k == row->n)
            return 0;
        if (used != NULL)
            used[k] = true;
    }
    return p->header.n;
}

static struct csv_columns by_preset(const struct csv_preset *p, const struct csv_row *row)
{
    struct csv_columns c = {.preset = p};
    for (size_t role = 0; role < COL_ROLES; role++) {
        size_t found = 0;
        for (size_t i = 0; i < p->columns[role].n && found < CSV_SAME_ROLE; i++) {
            size_t at = find_column(row, p->columns[role].v[i]);
            if (at != 0 && (found == 0 || role == COL_PEER))
                c.at[role].v[found++] = at;
        }
    }
    return c;
}

static bool is_enough(const struct csv_columns *c)
{
    bool places = (c->at[COL_SRC].v[0] != 0 && c->at[COL_DST].v[0] != 0) ||
                  (c->at[COL_PEER].v[0] != 0 && c->at[COL_DIRECTION].v[0] != 0);
    bool service =
        c->at[COL_SERVICE].v[0] != 0 || c->at[COL_DPORT].v[0] != 0 || c->at[COL_PROTO].v[0] != 0;
    return places && service && (c->at[COL_ACTION].v[0] != 0 || c->preset->permits);
}

static bool by_mapping(struct import *im, const struct csv_table *t, struct csv_columns *c)
{
    bool good = true;
    for (size_t i = 0; i < im->csv->n; i++) {
        struct str column = im->csv->v[i].column;
        size_t role = 0;
        uint64_t number = 0;
        while (role < COL_ROLES && !str_eq(im->csv->v[i].role, str_of(csv_role_names[role])))
            role++;
        size_t at = c->header < t->n ? find_column(&t->v[c->header], column) : 0;
        if (at == 0 && str_u64(column, 10, 10000, &number))
            at = (size_t)number;
        if (role != COL_ROLES && at != 0) {
            c->at[role].v[0] = at;
            continue;
        }
        diag_add(im->diags, DIAG_ERROR, im->csv->v[i].at, "\"%.*s\": \"%.*s\" names no %s",
                 STR_ARG(im->csv->v[i].role), STR_ARG(column),
                 role == COL_ROLES ? "part of a rule that fwproof knows" : "column of this file");
        good = false;
    }
    return good;
}

static struct str columns_seen(struct import *im, const struct csv_row *row)
{
    struct out o = {.arena = im->arena};
    for (size_t i = 0; i < row->n && i < 60; i++)
        out_fmt(&o, "%s\"%.*s\"", i == 0 ? "" : ", ",
                STR_ARG(str_safe(im->arena, str_sub(row->v[i].text, 0, 60))));
    return out_taken(&o);
}

#define HEADER_WITHIN 30 /* rows of text that may stand before the header */

/* The best header among the first rows, by the preset that fits it best. */
static struct csv_columns best_columns(const struct csv_presets *presets,
                                       const struct csv_preset *wanted, const struct csv_table *t)
{
    struct csv_columns best = {.preset = NULL};
    size_t best_fit = 0;
    for (size_t row = 0; row < t->n && row < HEADER_WITHIN; row++)
        for (size_t i = 0; i < presets->n; i++) {
            const struct csv_preset *p = presets->v[i];
            size_t fit =
                p->header.n == 0 || (wanted != NULL && p != wanted) ? 0 : fits(p, &t->v[row]);
            if (fit > best_fit) {
                best_fit = fit;
                best = by_preset(p, &t->v[row]);
                best.header = row;
            }
        }
    for (size_t row = 0; row < t->n && row < HEADER_WITHIN && best_fit < 3; row++) {
        struct csv_columns c = by_preset(presets->generic, &t->v[row]);
        c.header = row;
        if (is_enough(&c))
            return c;
    }
    return best;
}

/* The row that has the columns that the site file names; if it gives numbers alone, there is no
 * header. */
static struct csv_columns mapped_header(struct import *im, const struct csv_preset *p,
                                        const struct csv_table *t)
{
    for (size_t row = 0; row < t->n && row < HEADER_WITHIN; row++)
        for (size_t i = 0; i < im->csv->n; i++)
            if (find_column(&t->v[row], im->csv->v[i].column) != 0) {
                struct csv_columns c = by_preset(p, &t->v[row]);
                c.header = row;
                return c;
            }
    return (struct csv_columns){.preset = p, .header = SIZE_MAX};
}

static const struct csv_preset *asked_preset(struct import *im, const struct csv_presets *presets)
{
    if (im->csv == NULL || im->csv->preset.n == 0)
        return NULL;
    for (size_t i = 0; i < presets->n; i++)
        if (str_eq(presets->v[i]->name, im->csv->preset))
            return presets->v[i];
    diag_add(im->diags, DIAG_ERROR, SPAN_NONE, "there is no CSV preset \"%.*s\"",
             STR_ARG(im->csv->preset));
    return NULL;
}

bool csv_find_columns(struct import *im, const struct csv_presets *presets,
                      const struct csv_table *t, struct csv_columns *columns)
{
    const struct csv_preset *asked = asked_preset(im, presets);
    bool mapped = im->csv != NULL && im->csv->n != 0;
    *columns = best_columns(presets, asked, t);
    if (mapped && (columns->preset == NULL || columns->preset->objects.n == 0)) {
        if (columns->preset == NULL)
            *columns = mapped_header(im, asked != NULL ? asked : presets->generic, t);
        if (!by_mapping(im, t, columns))
            return false;
    }
    if (columns->preset != NULL && (columns->preset->objects.n != 0 || is_enough(columns) ||
                                    (!mapped && columns->preset->header.n != 0)))
        return true;
    struct diag *d = diag_add(im->diags, DIAG_INCOMPLETE, t->v[0].at,
                              "the shape of this CSV is not known: its first row is %.*s",
                              STR_ARG(columns_seen(im, &t->v[0])));
    d->hint = STR("say in fwproof.json which column is what, by name or by number from 1: "
                  "\"csv\": {\"columns\": {\"source\": \"…\", \"destination\": \"…\", "
                  "\"service\": \"…\", \"action\": \"…\"}}");
    return false;
}

struct str csv_columns_text(struct import *im, const struct csv_table *t,
                            const struct csv_columns *c)
{
    struct out o = {.arena = im->arena};
    out_fmt(&o, "read as \"%.*s\" (%.*s)", STR_ARG(c->preset->name), STR_ARG(c->preset->title));
    const char *sep = ": ";
    for (size_t role = 0; role < COL_ROLES; role++) {
        size_t at = c->at[role].v[0];
        if (at == 0)
            continue;
        out_fmt(&o, "%s%s = ", sep, csv_role_names[role]);
        if (c->header < t->n && at <= t->v[c->header].n)
            out_fmt(&o, "\"%.*s\"", STR_ARG(str_safe(im->arena, t->v[c->header].v[at - 1].text)));
        else
            out_fmt(&o, "column %zu", at);
        sep = ", ";
    }
    return out_taken(&o);
}

int csv_header_score(const struct str *cells, size_t n)
{
    static const char *const words[] = {
        "source", "src",      "destination", "dst",  "dest",   "service", "svc",     "action",
        "port",   "protocol", "address",     "zone", "access", "cidr",    "members", "protoport"};
    int found = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < sizeof words / sizeof *words; k++)
            if (str_search_nocase(cells[i], str_of(words[k])) != cells[i].n) {
                found++;
                break;
            }
    return found == 0 ? 0 : found >= 3 ? 80 + (found < 15 ? found : 15) : 30 + 10 * found;
}
