/* Presets: what rules/csv/NAME.json says of an export. common.json is read first; every preset has
 * its words, columns and conventions behind its own. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "import/csv_int.h"

#include <cjson/cJSON.h>
#include <pcre2.h>

const char *const csv_role_names[COL_ROLES] = {
#define R(role, name) [COL_##role] = name,
    CSV_ROLES(R)
#undef R
};

static const char *const word_names[WORD_COUNT] = {
#define W(word, name) [WORD_##word] = name,
    CSV_WORDS(W)
#undef W
};

struct loading {
    struct arena *arena;
    struct diags *diags;
    const char *path;
    struct csv_preset *preset;
};

static void mistake(struct loading *l, const char *what, const char *word)
{
    diag_add(l->diags, DIAG_ERROR, SPAN_NONE, "%s: %s \"%s\"", l->path, what,
             word == NULL ? "" : word);
}

static struct str text_of(struct loading *l, const cJSON *node)
{
    if (!cJSON_IsString(node)) {
        mistake(l, "a text was expected for", node->string);
        return STR("");
    }
    return arena_copy(l->arena, str_of(node->valuestring));
}

static void read_texts(struct loading *l, const cJSON *node, struct strs *to)
{
    if (!cJSON_IsArray(node)) {
        *PUSH(l->arena, *to) = text_of(l, node);
        return;
    }
    for (const cJSON *m = node->child; m != NULL; m = m->next)
        *PUSH(l->arena, *to) = text_of(l, m);
}

/* Index of WORD in NAMES, or N after a mistake was told. */
static size_t index_of(struct loading *l, const char *what, const char *word,
                       const char *const *names, size_t n)
{
    size_t i = 0;
    while (i < n && !str_eq(str_of(word), str_of(names[i])))
        i++;
    if (i == n)
        mistake(l, what, word);
    return i;
}

/* ---- the keys ------------------------------------------------------------------------------- */

static void read_title(struct loading *l, const cJSON *node)
{
    l->preset->title = text_of(l, node);
}

static void read_kind(struct loading *l, const cJSON *node)
{
    static const char *const kinds[] = {"rules", "addresses", "services", "groups"};
    const char *word = cJSON_IsString(node) ? node->valuestring : "";
    l->preset->kind = (enum csv_kind)(index_of(l, "unknown kind", word, kinds, 4) & 3);
}

static void read_named_only(struct loading *l, const cJSON *node)
{
    l->preset->named_only = cJSON_IsTrue(node);
}

static void read_header(struct loading *l, const cJSON *node)
{
    read_texts(l, node, &l->preset->header);
}

static void read_needs(struct loading *l, const cJSON *node)
{
    for (const cJSON *m = node->child; m != NULL; m = m->next) {
        struct strs roles = {0};
        uint64_t set = 0;
        read_texts(l, m, &roles);
        for (size_t i = 0; i < roles.n; i++) {
            const char *word = arena_cstr(l->arena, roles.v[i]);
            size_t role = index_of(l, "unknown role", word, csv_role_names, COL_ROLES);
            set |= role == COL_ROLES ? 0 : (uint64_t)1 << role;
        }
        *PUSH(l->arena, l->preset->needs) = set;
    }
}

static void read_columns(struct loading *l, const cJSON *node)
{
    for (const cJSON *m = node->child; m != NULL; m = m->next) {
        size_t role = index_of(l, "unknown role", m->string, csv_role_names, COL_ROLES);
        if (role != COL_ROLES)
            read_texts(l, m, &l->preset->columns[role]);
    }
}

static void read_conditions(struct loading *l, const cJSON *node)
{
    for (const cJSON *m = node->child; m != NULL; m = m->next) {
        struct csv_condition *c = PUSH(l->arena, l->preset->conditions);
        *c = (struct csv_condition){.name = arena_copy(l->arena, str_of(m->string))};
        if (!cJSON_IsObject(m)) {
            read_texts(l, m, &c->columns);
            continue;
        }
        for (const cJSON *k = m->child; k != NULL; k = k->next) {
            if (str_eq(str_of(k->string), STR("columns")))
                read_texts(l, k, &c->columns);
            else if (str_eq(str_of(k->string), STR("any")))
                read_texts(l, k, &c->any);
            else if (str_eq(str_of(k->string), STR("scope")))
                c->scope = cJSON_IsTrue(k);
            else
                mistake(l, "unknown key of a condition", k->string);
        }
    }
}

static void read_scope(struct loading *l, const cJSON *node)
{
    struct csv_condition *c = PUSH(l->arena, l->preset->conditions);
    *c = (struct csv_condition){.name = STR("scope"), .scope = true};
    read_texts(l, node, &c->columns);
}

static void read_ignored(struct loading *l, const cJSON *node)
{
    read_texts(l, node, &l->preset->ignored);
}

static void read_treatments(struct loading *l, const cJSON *node)
{
    read_texts(l, node, &l->preset->treatments);
}

static void read_words(struct loading *l, const cJSON *node)
{
    for (const cJSON *m = node->child; m != NULL; m = m->next) {
        size_t word = index_of(l, "unknown kind of word", m->string, word_names, WORD_COUNT);
        if (word != WORD_COUNT)
            read_texts(l, m, &l->preset->words[word]);
    }
}

static void read_separators(struct loading *l, const cJSON *node)
{
    l->preset->separators = text_of(l, node);
}

static void read_name_kind(struct loading *l, const cJSON *node)
{
    l->preset->name_kind = text_of(l, node);
}

static void read_cells(struct loading *l, const cJSON *node, struct str cells[COL_ROLES])
{
    for (const cJSON *m = node->child; m != NULL; m = m->next) {
        size_t role = index_of(l, "unknown role", m->string, csv_role_names, COL_ROLES);
        if (role != COL_ROLES)
            cells[role] = text_of(l, m);
    }
}

static void read_fixed(struct loading *l, const cJSON *node)
{
    read_cells(l, node, l->preset->fixed);
}

static void read_implicit(struct loading *l, const cJSON *node)
{
    struct csv_preset *p = l->preset;
    for (const cJSON *m = node->child; m != NULL; m = m->next) {
        p->implicit =
            array_room(l->arena, p->implicit, p->n_implicit, &p->cap_implicit, sizeof *p->implicit);
        p->implicit[p->n_implicit] = (struct csv_implicit){0};
        read_cells(l, m, p->implicit[p->n_implicit++].cells);
    }
}

static void read_services(struct loading *l, const cJSON *node)
{
    for (const cJSON *m = node->child; m != NULL; m = m->next) {
        struct csv_strings *s = PUSH(l->arena, l->preset->services);
        *s = (struct csv_strings){arena_copy(l->arena, str_of(m->string)), {0}};
        read_texts(l, m, &s->v);
    }
}

static void read_addresses(struct loading *l, const cJSON *node)
{
    for (const cJSON *m = node->child; m != NULL; m = m->next) {
        struct csv_strings *s = PUSH(l->arena, l->preset->addresses);
        *s = (struct csv_strings){arena_copy(l->arena, str_of(m->string)), {0}};
        read_texts(l, m, &s->v);
    }
}

static void free_pattern(void *p)
{
    pcre2_code_free(p);
}

static struct csv_convention convention(struct loading *l, const cJSON *node)
{
    struct csv_convention c = {NULL, text_of(l, node)};
    int error;
    PCRE2_SIZE at;
    c.pattern = pcre2_compile((PCRE2_SPTR)node->string, PCRE2_ZERO_TERMINATED, PCRE2_CASELESS,
                              &error, &at, NULL);
    if (c.pattern == NULL)
        mistake(l, "a pattern that PCRE2 does not take", node->string);
    else
        arena_defer(l->arena, free_pattern, c.pattern);
    return c;
}

static void read_address_names(struct loading *l, const cJSON *node)
{
    for (const cJSON *m = node->child; m != NULL; m = m->next)
        *PUSH(l->arena, l->preset->address_names) = convention(l, m);
}

static void read_service_names(struct loading *l, const cJSON *node)
{
    for (const cJSON *m = node->child; m != NULL; m = m->next)
        *PUSH(l->arena, l->preset->service_names) = convention(l, m);
}

static void read_order(struct loading *l, const cJSON *node)
{
    static const char *const orders[] = {"rows", "priority", "priority, deny first"};
    const char *word = cJSON_IsString(node) ? node->valuestring : "";
    size_t i = index_of(l, "unknown order", word, orders, 3);
    l->preset->order = i == 3 ? ORDER_ROWS : (enum csv_order)i;
}

static void read_stateful(struct loading *l, const cJSON *node)
{
    l->preset->stateful = cJSON_IsTrue(node);
}

static void read_steering(struct loading *l, const cJSON *node)
{
    l->preset->steering = cJSON_IsTrue(node);
}

static void read_blank(struct loading *l, const cJSON *node)
{
    l->preset->blank_is_any = cJSON_IsString(node) && str_eq(text_of(l, node), STR("any"));
}

static void read_last(struct loading *l, const cJSON *node)
{
    static const char *const lasts[] = {"deny", "permit", "unknown"};
    const char *word = cJSON_IsString(node) ? node->valuestring : "";
    size_t i = index_of(l, "unknown last rule", word, lasts, 3);
    l->preset->last = i == 3 ? LAST_UNKNOWN : (enum csv_last)i;
}

static void read_comment(struct loading *l, const cJSON *node)
{
    (void)l;
    (void)node;
}

static const struct {
    const char *key;
    void (*read)(struct loading *l, const cJSON *node);
} keys[] = {
    {"title", read_title},
    {"kind", read_kind},
    {"named_only", read_named_only},
    {"header", read_header},
    {"needs", read_needs},
    {"columns", read_columns},
    {"conditions", read_conditions},
    {"scope", read_scope},
    {"treatments", read_treatments},
    {"ignored", read_ignored},
    {"words", read_words},
    {"separators", read_separators},
    {"name_kind", read_name_kind},
    {"fixed", read_fixed},
    {"implicit", read_implicit},
    {"services", read_services},
    {"addresses", read_addresses},
    {"address_names", read_address_names},
    {"service_names", read_service_names},
    {"order", read_order},
    {"stateful", read_stateful},
    {"steering", read_steering},
    {"blank", read_blank},
    {"last", read_last},
    {"$comment", read_comment},
};

/* ---- files ---------------------------------------------------------------------------------- */

static void read_file(struct loading *l, const struct embedded *file)
{
    const char *end;
    struct arena *owner = arena_child(l->arena);
    const cJSON *root = json_parse(owner, (struct str){(const char *)file->bytes, file->n}, &end);
    if (root == NULL)
        mistake(l, "not JSON", "");
    for (const cJSON *m = root == NULL ? NULL : root->child; m != NULL; m = m->next) {
        size_t i = 0;
        while (i < sizeof keys / sizeof *keys && !str_eq(str_of(m->string), str_of(keys[i].key)))
            i++;
        if (i == sizeof keys / sizeof *keys)
            mistake(l, "unknown key", m->string);
        else
            keys[i].read(l, m);
    }
    arena_free(owner);
}

#define APPEND(a, to, from)                                                                        \
    for (size_t k_ = 0; k_ < (from).n; k_++)                                                       \
    *PUSH((a), (to)) = (from).v[k_]

static void add_common(struct arena *a, struct csv_preset *p, const struct csv_preset *common)
{
    for (size_t i = 0; i < WORD_COUNT; i++) {
        APPEND(a, p->words[i], common->words[i]);
        for (size_t k = 0; k < p->words[i].n; k++)
            csv_note_word(p, (enum csv_word)i, p->words[i].v[k]);
    }
    for (size_t i = 0; i < COL_ROLES; i++) {
        uint32_t *hashes = NEW_N(a, uint32_t, p->columns[i].n);
        for (size_t k = 0; k < p->columns[i].n; k++)
            hashes[k] = csv_column_hash(p->columns[i].v[k]);
        p->hashes[i] = hashes;
    }
    APPEND(a, p->conditions, common->conditions);
    APPEND(a, p->treatments, common->treatments);
    APPEND(a, p->ignored, common->ignored);
    APPEND(a, p->services, common->services);
    APPEND(a, p->address_names, common->address_names);
    APPEND(a, p->service_names, common->service_names);
    if (p->separators.n == 0)
        p->separators = common->separators;
    for (size_t i = 0; i < p->separators.n; i++)
        p->separates[(unsigned char)p->separators.p[i]] = true;
    p->separates['\n'] = p->separates['\r'] = true;
    p->plain = true;
    for (const char *c = "0123456789./TCPUDtcpud"; *c != '\0'; c++)
        p->plain = p->plain && !p->separates[(unsigned char)*c];
}

#define FOLDER STR("rules/csv/")

struct csv_presets csv_presets_load(struct arena *a, struct diags *d)
{
    struct csv_presets all = {0};
    struct csv_preset common = {0};
    struct loading l = {a, d, "rules/csv/common.json", &common};
    const struct embedded *file = embedded_find(STR("rules/csv/common.json"));
    if (file != NULL)
        read_file(&l, file);
    for (file = embedded_files; file->path != NULL; file++) {
        struct str path = str_of(file->path);
        if (!str_starts(path, FOLDER) || str_eq(path, STR("rules/csv/common.json")))
            continue;
        struct csv_preset *p = PUSH(a, all);
        *p = (struct csv_preset){.stateful = true, .blank_is_any = true};
        p->name = str_sub(path, FOLDER.n, path.n - FOLDER.n - STR(".json").n);
        l.path = file->path;
        l.preset = p;
        read_file(&l, file);
        add_common(a, p, &common);
    }
    return all;
}

bool csv_add_words(struct import *im, struct csv_presets *all)
{
    for (size_t i = 0; im->csv != NULL && i < im->csv->words.n; i++) {
        size_t w = 0;
        while (w < WORD_COUNT && !str_eq(im->csv->words.v[i].kind, str_of(word_names[w])))
            w++;
        if (w == WORD_COUNT) {
            struct out known = {.arena = im->arena};
            for (size_t k = 0; k < WORD_COUNT; k++)
                out_fmt(&known, "%s%s", k == 0 ? "" : ", ", word_names[k]);
            diag_add(im->diags, DIAG_ERROR, im->csv->words.v[i].at,
                     "\"%.*s\" is no kind of word: %.*s", STR_ARG(im->csv->words.v[i].kind),
                     STR_ARG(out_taken(&known)));
            return false;
        }
        for (size_t k = 0; k < all->n; k++) {
            *PUSH(im->arena, all->v[k].words[w]) = im->csv->words.v[i].word;
            csv_note_word(&all->v[k], (enum csv_word)w, im->csv->words.v[i].word);
        }
    }
    return true;
}

void csv_note_word(struct csv_preset *p, enum csv_word word, struct str w)
{
    if (w.n == 0) {
        p->empty |= CSV_BIT(word);
        return;
    }
    char lower = char_lower(w.p[0]), upper = w.p[0];
    if (lower >= 'a' && lower <= 'z')
        upper = (char)(lower - 'a' + 'A');
    p->begin[(unsigned char)lower] |= CSV_BIT(word);
    p->begin[(unsigned char)upper] |= CSV_BIT(word);
}

bool csv_is_one_of(const struct csv_preset *p, enum csv_word word, struct str cell)
{
    if (word == WORD_ANY && csv_is(p, WORD_BLANK, cell))
        return p->blank_is_any;
    const struct strs *words = &p->words[word];
    for (size_t i = 0; i < words->n; i++)
        if (words->v[i].n == cell.n && str_eq_nocase(cell, words->v[i]))
            return true;
    return false;
}

bool csv_begins(const struct csv_preset *p, enum csv_word word, struct str *cell)
{
    if (cell->n == 0 || !csv_may_begin(p, CSV_BIT(word), cell->p[0]))
        return false;
    for (size_t i = 0; i < p->words[word].n; i++) {
        struct str w = p->words[word].v[i];
        struct str rest = str_from(*cell, w.n);
        bool letters =
            w.n != 0 && char_lower(w.p[w.n - 1]) >= 'a' && char_lower(w.p[w.n - 1]) <= 'z';
        if (w.n == 0 || cell->n <= w.n || !str_eq_nocase(str_sub(*cell, 0, w.n), w) ||
            (letters && !char_is_blank(rest.p[0])))
            continue;
        *cell = str_trim(rest);
        return true;
    }
    return false;
}

static bool next_letter(struct str s, size_t *i, char *c)
{
    while (*i < s.n && (s.p[*i] == ' ' || s.p[*i] == '_' || s.p[*i] == '-'))
        ++*i;
    if (*i == s.n)
        return false;
    *c = char_lower(s.p[(*i)++]);
    return true;
}

bool csv_same(struct str a, struct str b)
{
    size_t i = 0, k = 0;
    char x = 0, y = 0;
    for (;;) {
        bool more = next_letter(a, &i, &x);
        if (more != next_letter(b, &k, &y))
            return false;
        if (!more)
            return true;
        if (x != y)
            return false;
    }
}

struct str csv_without_number(struct str name, size_t *which)
{
    *which = 1;
    if (name.n > 2 && name.p[name.n - 2] == '#' && char_is_digit(name.p[name.n - 1])) {
        *which = (size_t)(name.p[name.n - 1] - '0');
        name.n -= 2;
    }
    return name;
}

uint32_t csv_column_hash(struct str name)
{
    size_t which;
    return csv_same_hash(csv_without_number(name, &which));
}

uint32_t csv_same_hash(struct str s)
{
    uint32_t h = 2166136261u;
    char c;
    for (size_t i = 0; next_letter(s, &i, &c);)
        h = (h ^ (unsigned char)c) * 16777619u;
    return h;
}
