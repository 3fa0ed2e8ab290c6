/* A packet in words or as a JSON object. */
#include "verbs/packets.h"

#include <cjson/cJSON.h>

static bool is_given(const struct asked *x, enum field f)
{
    return (x->given >> f & 1) != 0;
}

/* Keys that say too little together, or contradict each other. */
static bool finish(struct asked *x)
{
    u128 proto;
    if (!x->has_proto)
        return asked_fail(x, "the protocol is missing");
    struct sets *s = x->policy->sets;
    u128 ext;
    if (is_given(x, FIELD_EXTHDR) && set_is_one(s, x->cube.f[FIELD_EXTHDR], &ext) &&
        (ext & EXT_AH) != 0)
        x->cube.f[FIELD_PROTO] = set_one(s, 51); /* nftables looks no further than AH */
    bool ports = is_given(x, FIELD_SPORT) || is_given(x, FIELD_DPORT);
    if (ports && set_is_one(x->policy->sets, x->cube.f[FIELD_PROTO], &proto) &&
        !proto_has_ports(proto) && !proto_is_icmp(proto))
        x->cube.f[FIELD_SPORT] = set_full(x->policy->sets, FIELD_SPORT),
        x->cube.f[FIELD_DPORT] = set_full(x->policy->sets, FIELD_DPORT);
    return !cube_is_empty(&x->cube) ||
           asked_fail(x, "no packet is like that: its words contradict");
}

/* ---- words --------------------------------------------------------------------------------------
 */

/* "10.1.2.3:20000", "[2001:db8::1]:443", "2001:db8::1", "any" */
static bool read_end(struct asked *x, struct str word, const char *addr, const char *port)
{
    struct str value = word;
    size_t close = str_find(word, ']'), colon = str_find(word, ':');
    if (word.n != 0 && word.p[0] == '[' && close < word.n) {
        value = str_sub(word, 1, close - 1);
        word = str_from(word, close + 1);
    } else if (colon < word.n && str_find(str_from(word, colon + 1), ':') == word.n - colon - 1) {
        value = str_sub(word, 0, colon);
        word = str_from(word, colon);
    } else {
        word = STR("");
    }
    if (!asked_key(x, str_of(addr), value))
        return false;
    return word.n == 0 || asked_key(x, str_of(port), str_from(word, 1));
}

bool asked_words(struct asked *x, struct str words)
{
    struct str proto, src, dst, key, value;
    asked_start(x);
    if (!str_word(&words, &proto) || !str_word(&words, &src) || !str_word(&words, &dst) ||
        ((str_eq(dst, STR("->")) || str_eq(dst, STR("to"))) && !str_word(&words, &dst)))
        return asked_fail(x,
                          "a packet is PROTOCOL SOURCE[:PORT] -> DESTINATION[:PORT], then pairs of "
                          "words such as from ZONE, to ZONE, state NEW");
    if (!asked_key(x, STR("proto"), proto) || !read_end(x, src, "src", "sport") ||
        !read_end(x, dst, "dst", "dport"))
        return false;
    while (str_word(&words, &key)) {
        if (!str_word(&words, &value))
            return asked_fail(x, "\"%.*s\" needs a value", STR_ARG(key));
        if (!asked_key(x, key, value))
            return false;
    }
    return finish(x);
}

/* ---- JSON ---------------------------------------------------------------------------------------
 */

static struct str json_text(struct asked *x, const cJSON *v)
{
    struct out list = {.arena = x->arena};
    const cJSON *item;
    if (cJSON_IsString(v))
        return arena_copy(x->arena, str_of(v->valuestring));
    if (cJSON_IsNumber(v))
        return arena_strf(x->arena, "%.0f", v->valuedouble);
    if (cJSON_IsBool(v))
        return cJSON_IsTrue(v) ? STR("true") : STR("false");
    cJSON_ArrayForEach(item, v)
    {
        struct str one = cJSON_IsArray(item) ? STR("") : json_text(x, item);
        out_fmt(&list, "%s%.*s", list.n == 0 ? "" : ",", STR_ARG(one));
    }
    return out_taken(&list);
}

static const cJSON *line_json(struct arena *a, struct str line)
{
    const char *end;
    return json_parse(a, line, &end);
}

bool asked_is_config(struct arena *a, struct str line)
{
    struct arena *own = arena_child(a);
    bool config = cJSON_GetObjectItemCaseSensitive(line_json(own, line), "config") != NULL;
    arena_free(own);
    return config;
}

bool asked_json(struct asked *x, struct str line)
{
    asked_start(x);
    struct arena *own = arena_child(x->arena);
    const cJSON *doc = line_json(own, line);
    const cJSON *item;
    bool good = cJSON_IsObject(doc) || asked_fail(x, "this line is no JSON object");
    if (good)
        cJSON_ArrayForEach(item, doc) good =
            good && asked_key(x, str_of(item->string), json_text(x, item));
    arena_free(own);
    return good && finish(x);
}
