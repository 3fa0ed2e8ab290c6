#include "report/report.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

/* ---- building -----------------------------------------------------------------------------------
 */

static void drop(void *json)
{
    cJSON_Delete(json);
}

/* ITEM, or the arena's way out if there was no memory for it. */
static cJSON *need(struct arena *a, cJSON *item)
{
    if (item == NULL)
        arena_fail(a);
    return item;
}

static cJSON *owned(struct arena *a, cJSON *item)
{
    arena_defer(a, drop, need(a, item));
    return item;
}

cJSON *json_new_object(struct arena *a)
{
    return owned(a, cJSON_CreateObject());
}

cJSON *json_new_array(struct arena *a)
{
    return owned(a, cJSON_CreateArray());
}

static void json_add(cJSON *to, struct arena *a, const char *key, cJSON *item)
{
    need(a, item);
    bool added =
        key == NULL ? cJSON_AddItemToArray(to, item) : cJSON_AddItemToObject(to, key, item);
    if (added)
        return;
    cJSON_Delete(item);
    arena_fail(a);
}

cJSON *json_add_object(cJSON *to, struct arena *a, const char *key)
{
    cJSON *item = cJSON_CreateObject();
    json_add(to, a, key, item);
    return item;
}

cJSON *json_add_array(cJSON *to, struct arena *a, const char *key)
{
    cJSON *item = cJSON_CreateArray();
    json_add(to, a, key, item);
    return item;
}

void json_add_str(cJSON *to, struct arena *a, const char *key, struct str value)
{
    json_add(to, a, key, cJSON_CreateString(arena_cstr(a, str_safe(a, value))));
}

/* Newlines stay newlines. */
void json_add_lines(cJSON *to, struct arena *a, const char *key, struct str value)
{
    struct out o = {.arena = a};
    struct str line;
    for (bool first = true; str_cut(&value, '\n', &line); first = false) {
        if (!first)
            out_char(&o, '\n');
        out_str(&o, str_safe(a, line));
    }
    json_add(to, a, key, cJSON_CreateString(arena_cstr(a, out_taken(&o))));
}

void json_add_text(cJSON *to, struct arena *a, const char *key, const char *value)
{
    json_add(to, a, key, cJSON_CreateString(value));
}

/* Numbers beyond 2^53 would lose digits as cJSON's doubles. */
void json_add_number(cJSON *to, struct arena *a, const char *key, uint64_t value)
{
    struct str digits = arena_strf(a, "%ju", (uintmax_t)value);
    json_add(to, a, key, cJSON_CreateRaw(digits.p));
}

void json_add_bool(cJSON *to, struct arena *a, const char *key, bool value)
{
    json_add(to, a, key, cJSON_CreateBool(value));
}

void json_print(struct arena *a, struct out *o, const cJSON *json, bool pretty)
{
    char *text = pretty ? cJSON_Print(json) : cJSON_PrintUnformatted(json);
    if (text == NULL)
        arena_fail(a);
    arena_defer(a, cJSON_free, text);
    out_str(o, str_of(text));
    out_char(o, '\n');
}

void json_add_raw(cJSON *to, struct arena *a, const char *key, struct str json)
{
    json_add(to, a, key, cJSON_CreateRaw(json.p));
}

void json_add_strs(cJSON *to, struct arena *a, const char *key, const struct strs *list)
{
    cJSON *array = json_add_array(to, a, key);
    for (size_t i = 0; i < list->n; i++)
        json_add_str(array, a, NULL, list->v[i]);
}

/* ---- places and packets -------------------------------------------------------------------------
 */

static void add_place(cJSON *to, struct arena *a, struct place p)
{
    json_add_str(to, a, "path", p.source->path);
    json_add_number(to, a, "line", p.at.line);
    json_add_number(to, a, "column", p.at.col);
    json_add_number(to, a, "end_line", p.at.end_line);
    json_add_number(to, a, "end_column", p.at.end_col);
}

void json_add_place(cJSON *to, struct arena *a, const char *key, struct place p)
{
    if (p.source != NULL)
        add_place(json_add_object(to, a, key), a, p);
}

/* Interfaces and zones: a name, "any", or a list of names. */
static void add_zone(cJSON *to, struct arena *a, const char *key, const struct strs *names)
{
    if (names->n == 1)
        json_add_str(to, a, key, names->v[0]);
    else
        json_add_strs(to, a, key, names);
}

static void add_box(cJSON *array, struct arena *a, const struct box *b)
{
    struct str word = STR("any");
    const struct strs any = {&word, 1, 0};
    static const struct {
        enum field field;
        const char *icmp;
    } rows[] = {{FIELD_PROTO, NULL},
                {FIELD_SRC, NULL},
                {FIELD_SPORT, "icmp_type"},
                {FIELD_DST, NULL},
                {FIELD_DPORT, "icmp_code"}};
    cJSON *json = json_add_object(array, a, NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        enum field f = rows[i].field;
        bool icmp = b->icmp && rows[i].icmp != NULL;
        json_add_strs(json, a, field_keys[f], icmp ? &any : &b->f[f]);
        if (icmp)
            json_add_strs(json, a, rows[i].icmp, &b->f[f]);
    }
    add_zone(json, a, "from", &b->f[FIELD_IN]);
    add_zone(json, a, "to", &b->f[FIELD_OUT]);
    json_add_strs(json, a, "state", &b->f[FIELD_STATE]);
    if (box_any(b, FIELD_SRC) && box_any(b, FIELD_DST) && !box_any(b, FIELD_FAMILY))
        json_add_strs(json, a, "family", &b->f[FIELD_FAMILY]);
    for (int f = FIELD_STATE + 1; f < FIELD_COUNT; f++)
        if (!box_any(b, (enum field)f))
            json_add_strs(json, a, field_keys[f], &b->f[f]);
}

void json_add_boxes(cJSON *to, struct arena *a, const char *key, const struct policy *p,
                    const struct region *r)
{
    cJSON *array = json_add_array(to, a, key);
    struct boxes boxes = boxes_of(a, p, r);
    for (size_t i = 0; i < boxes.n; i++)
        add_box(array, a, &boxes.v[i]);
}

void json_add_packet(cJSON *to, struct arena *a, const char *key, const struct policy *p,
                     const struct packet *k)
{
    cJSON *json = json_add_object(to, a, key);
    enum family family = (enum family)k->f[FIELD_FAMILY];
    for (int i = 0; i < 2; i++) {
        enum field f = i == 0 ? FIELD_IN : FIELD_OUT;
        size_t class = (size_t)k->f[f];
        if (class != 0 && class < p->ifaces.n)
            json_add_str(json, a, field_keys[f], p->ifaces.v[class]);
    }
    json_add_str(json, a, "proto", proto_format(a, k->f[FIELD_PROTO]));
    json_add_str(json, a, "src", addr_format(a, family, k->f[FIELD_SRC]));
    json_add_str(json, a, "dst", addr_format(a, family, k->f[FIELD_DST]));
    bool icmp = proto_is_icmp(k->f[FIELD_PROTO]);
    if (icmp || proto_has_ports(k->f[FIELD_PROTO])) {
        json_add_number(json, a, icmp ? "icmp_type" : "sport", (uint64_t)k->f[FIELD_SPORT]);
        json_add_number(json, a, icmp ? "icmp_code" : "dport", (uint64_t)k->f[FIELD_DPORT]);
    }
    if (k->f[FIELD_STATE] < 5)
        json_add_text(json, a, "state", state_names[k->f[FIELD_STATE]]);
    if (k->f[FIELD_MARK] != 0)
        json_add_number(json, a, "mark", (uint64_t)k->f[FIELD_MARK]);
    if (k->f[FIELD_CTMARK] != 0)
        json_add_number(json, a, "ctmark", (uint64_t)k->f[FIELD_CTMARK]);
}
