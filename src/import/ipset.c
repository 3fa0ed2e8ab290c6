/* ipset: the lines of `ipset save`, of `ipset restore`, and of ipset before version 5. */
#include "import/ipt_int.h"

#include <string.h>

/* ---- types ------------------------------------------------------------------------------------
 */

static const struct {
    const char *word;
    enum ipt_dimension dim;
} dimensions[] = {{"ip", DIM_IP},   {"net", DIM_IP},    {"port", DIM_PORT}, {"iface", DIM_IFACE},
                  {"mac", DIM_MAC}, {"mark", DIM_MARK}, {"set", DIM_SET}};

/* Before version 5 (ipset(8), BACKWARD COMPATIBILITY). */
static const struct {
    const char *old, *now;
} old_types[] = {{"iphash", "hash:ip"},
                 {"nethash", "hash:net"},
                 {"ipmap", "bitmap:ip"},
                 {"macipmap", "bitmap:ip,mac"},
                 {"portmap", "bitmap:port"},
                 {"ipporthash", "hash:ip,port"},
                 {"ipportiphash", "hash:ip,port,ip"},
                 {"ipportnethash", "hash:ip,port,net"},
                 {"iptree", "hash:ip"},
                 {"iptreemap", "hash:net"},
                 {"setlist", "list:set"}};

static bool read_type(struct ipt_set *set, struct str type)
{
    struct str method, one;
    for (size_t i = 0; i < sizeof old_types / sizeof *old_types; i++)
        if (str_eq(type, str_of(old_types[i].old)))
            type = str_of(old_types[i].now);
    set->type = type;
    if (!str_cut(&type, ':', &method) ||
        !(str_eq(method, STR("hash")) || str_eq(method, STR("bitmap")) ||
          str_eq(method, STR("list"))))
        return false;
    while (str_cut(&type, ',', &one)) {
        size_t i = 0, n = sizeof dimensions / sizeof *dimensions;
        while (i < n && !str_eq(one, str_of(dimensions[i].word)))
            i++;
        if (i == n || set->n_dims == IPT_DIMENSIONS_MAX)
            return false;
        set->dims[set->n_dims++] = dimensions[i].dim;
    }
    set->any_port = str_eq(method, STR("bitmap")) && set->dims[0] == DIM_PORT;
    return set->n_dims != 0;
}

/* ---- commands ---------------------------------------------------------------------------------
 */

struct ipt_set *ipt_set_find(const struct ipt *x, struct str name)
{
    struct ipt_set *set = x->ipsets == NULL ? NULL : map_get(x->ipsets, name);
    return set == NULL || set->gone ? NULL : set;
}

void ipt_set_used(struct ipt *x, const struct ipt_set *set)
{
    x->policy->objects.v[set->object].uses++;
    x->uses++;
}

void ipt_set_changes(struct ipt *x, struct str name)
{
    struct ipt_set *set = ipt_set_find(x, name);
    if (set != NULL)
        set->dynamic = true;
}

/* An option by its name of today, or with the dashes of old. */
static bool is_option(struct str word, const char *name)
{
    return str_eq(str_starts(word, STR("--")) ? str_from(word, 2) : word, str_of(name));
}

/* "create NAME TYPE options…" */
static bool create_set(struct ipt *x, const struct ipt_words *w)
{
    struct ipt_set *set = NEW(x->im->arena, struct ipt_set);
    *set = (struct ipt_set){.name = w->v[1].text};
    if (x->ipsets == NULL)
        x->ipsets = map_new(x->im->arena);
    if (w->n < 3 || !read_type(set, w->v[2].text))
        return false;
    if (ipt_set_find(x, set->name) != NULL)
        return true; /* again, with -exist: it stays what it is */
    for (size_t i = 3; i + 1 < w->n; i++) {
        uint64_t bits;
        if (is_option(w->v[i].text, "netmask") && str_u64(w->v[i + 1].text, 10, 128, &bits))
            set->netmask = (unsigned)bits;
        set->odd =
            set->odd || is_option(w->v[i].text, "bitmask") || is_option(w->v[i].text, "markmask");
    }
    set->object = x->policy->objects.n;
    *PUSH(x->im->arena, x->policy->objects) =
        (struct object){.kind = STR("set"), .name = set->name, .at = w->v[1].at};
    map_put(x->ipsets, set->name, set);
    return true;
}

/* Words behind the element: "timeout 600 nomatch comment \"…\"". */
static void read_options(struct ipt *x, struct ipt_set *set, struct ipt_element *e,
                         const struct ipt_words *w)
{
    uint64_t seconds;
    for (size_t i = 3; i < w->n; i++) {
        if (is_option(w->v[i].text, "comment")) {
            i++;
        } else if (is_option(w->v[i].text, "nomatch")) {
            e->nomatch = true;
        } else if (is_option(w->v[i].text, "timeout") && i + 1 < w->n &&
                   str_u64(w->v[++i].text, 10, UINT32_MAX, &seconds) && seconds != 0 &&
                   !set->expires) {
            set->expires = true;
            policy_assume(x->policy,
                          "set %.*s has elements that expire: it is taken as it was exported",
                          STR_ARG(set->name));
        }
    }
}

static bool add_element(struct ipt *x, const struct ipt_words *w)
{
    struct ipt_set *set = ipt_set_find(x, w->v[1].text);
    if (set == NULL || w->n < 3)
        return false;
    struct ipt_element *e = PUSH(x->im->arena, set->elements);
    *e = (struct ipt_element){.text = w->v[2].text, .at = w->v[2].at};
    struct str rest = e->text, part;
    const struct ipt_set *member = set->dims[0] == DIM_SET ? ipt_set_find(x, e->text) : NULL;
    if (member != NULL)
        x->policy->objects.v[member->object].uses++;
    for (size_t d = 0; d < set->n_dims && str_cut(&rest, ',', &part); d++)
        if (set->dims[d] == DIM_IFACE)
            ifaces_add(x->im->arena, &x->policy->ifaces,
                       str_starts(part, STR("physdev:")) ? str_from(part, 8) : part);
    read_options(x, set, e, w);
    return true;
}

/* Where the elements stand, once somebody asks to delete one. */
static void index_elements(struct ipt *x, struct ipt_set *set)
{
    if (set->index == NULL)
        set->index = map_new(x->im->arena);
    for (; set->n_indexed < set->elements.n; set->n_indexed++) {
        size_t *at = NEW(x->im->arena, size_t);
        *at = set->n_indexed;
        map_put(set->index, set->elements.v[*at].text, at);
    }
}

static bool delete_element(struct ipt *x, const struct ipt_words *w)
{
    struct ipt_set *set = ipt_set_find(x, w->v[1].text);
    if (set == NULL || w->n < 3)
        return false;
    index_elements(x, set);
    size_t *at = map_get(set->index, w->v[2].text);
    if (at == NULL)
        set->odd = true; /* part of an element, or another way to write it */
    else
        set->elements.v[*at].deleted = true;
    return true;
}

static bool flush_set(struct ipt *x, const struct ipt_words *w)
{
    struct ipt_set *set = ipt_set_find(x, w->v[1].text);
    if (set == NULL)
        return false;
    set->elements.n = set->n_indexed = 0;
    set->index = NULL;
    return true;
}

static void put_name(struct ipt *x, struct str name, struct ipt_set *set)
{
    set->name = name;
    x->policy->objects.v[set->object].name = name;
    map_put(x->ipsets, name, set);
}

static void free_name(struct ipt *x, struct str name)
{
    struct ipt_set *none = NEW(x->im->arena, struct ipt_set);
    *none = (struct ipt_set){.gone = true};
    map_put(x->ipsets, name, none);
}

static bool destroy_set(struct ipt *x, const struct ipt_words *w)
{
    if (ipt_set_find(x, w->v[1].text) == NULL)
        return false;
    free_name(x, w->v[1].text);
    return true;
}

/* "rename FROM TO" */
static bool rename_set(struct ipt *x, const struct ipt_words *w)
{
    struct ipt_set *set = ipt_set_find(x, w->v[1].text);
    if (set == NULL || w->n < 3 || ipt_set_find(x, w->v[2].text) != NULL)
        return false;
    free_name(x, w->v[1].text);
    put_name(x, w->v[2].text, set);
    return true;
}

static bool swap_sets(struct ipt *x, const struct ipt_words *w)
{
    struct ipt_set *a = ipt_set_find(x, w->v[1].text);
    struct ipt_set *b = w->n < 3 ? NULL : ipt_set_find(x, w->v[2].text);
    if (a == NULL || b == NULL)
        return false;
    put_name(x, w->v[1].text, b);
    put_name(x, w->v[2].text, a);
    return true;
}

static const struct {
    const char *word, *old;
    bool (*run)(struct ipt *x, const struct ipt_words *w);
} commands[] = {
    {"create", "-N", create_set}, {"add", "-A", add_element},     {"del", "-D", delete_element},
    {"flush", "-F", flush_set},   {"destroy", "-X", destroy_set}, {"rename", "-E", rename_set},
    {"swap", "-W", swap_sets},
};

/* The letters are iptables' own, too: here they speak of a set, or of the type of one. */
static bool speaks_of_set(const struct ipt *x, const struct ipt_words *w)
{
    struct ipt_set probe = {.n_dims = 0};
    if (w->n < 3)
        return false;
    if (str_eq(w->v[0].text, STR("-N")))
        return read_type(&probe, w->v[2].text);
    return w->n == 3 && ipt_set_find(x, w->v[1].text) != NULL;
}

/* W without "ipset", -exist and -!. */
static struct ipt_words bare(struct arena *a, const struct ipt_words *w)
{
    struct ipt_words out = {0};
    for (size_t i = 0; i < w->n; i++) {
        struct str word = w->v[i].text;
        bool option =
            str_eq(word, STR("-exist")) || str_eq(word, STR("-!")) || str_eq(word, STR("--exist"));
        if (!option && !(out.n == 0 && str_ends(word, STR("ipset"))))
            *PUSH(a, out) = w->v[i];
    }
    return out;
}

bool ipt_set_line(struct ipt *x, const struct ipt_words *w, bool *understood)
{
    if (w->n == 0 || w->v[0].text.n == 0)
        return false;
    struct str first = w->v[0].text;
    bool command = str_ends(first, STR("ipset"));
    for (size_t i = 0; i < sizeof commands / sizeof *commands && !command; i++)
        command = str_eq(first, str_of(commands[i].word)) || str_eq(first, str_of(commands[i].old));
    if (!command)
        return false;
    struct ipt_words words = bare(x->im->arena, w);
    for (size_t i = 0; words.n >= 2 && i < sizeof commands / sizeof *commands; i++)
        if (str_eq(words.v[0].text, str_of(commands[i].word)) ||
            (str_eq(words.v[0].text, str_of(commands[i].old)) && speaks_of_set(x, &words))) {
            *understood = commands[i].run(x, &words);
            return true;
        }
    return false;
}

/* ---- the format ----------------------------------------------------------------------------- */

static int sniff(struct str head)
{
    struct str line;
    while (str_cut(&head, '\n', &line)) {
        struct str word, type = {"", 0};
        if (!str_word(&line, &word) || !str_eq(word, STR("create")) || !str_word(&line, &word) ||
            !str_word(&line, &type) || (str_eq(word, STR("-exist")) && !str_word(&line, &type)))
            continue;
        return str_starts(type, STR("hash:")) || str_starts(type, STR("bitmap:")) ||
                       str_starts(type, STR("list:"))
                   ? 90
                   : 0;
    }
    return 0;
}

const struct format format_ipset = {.name = "ipset",
                                    .title = "ipset save",
                                    .sniff = sniff,
                                    .import = ipt_import_host,
                                    .spell = ipt_spell_host};
