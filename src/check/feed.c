/* Local copies of published lists of prefixes. */
#include "check/goal.h"
#include "check/json.h"

#include <stdlib.h>

/* ---- reading -------------------------------------------------------------------------------- */

static struct str beside_site(struct arena *a, const struct site *site, struct str path)
{
    size_t slash = site->path.n;
    while (slash != 0 && site->path.p[slash - 1] != '/')
        slash--;
    if (slash == 0 || str_starts(path, STR("/")))
        return path;
    return arena_strf(a, "%.*s%.*s", (int)slash, site->path.p, STR_ARG(path));
}

/* 0, or an error of file_read(). */
static int find_file(struct arena *a, const struct named_files *files, struct str path,
                     struct str *bytes)
{
    for (size_t i = 0; files != NULL && i < files->n; i++)
        if (str_eq(files->v[i].path, path)) {
            *bytes = files->v[i].bytes;
            return 0;
        }
    return file_read(a, path, bytes);
}

static struct str text_of(const cJSON *object, const char *key)
{
    const cJSON *m = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsString(m) ? str_of(m->valuestring) : STR("");
}

/* AWS: {"createDate": "2020-12-17-22-44-18", "prefixes": [{"ip_prefix", "region", "service"}]}.
 * https://docs.aws.amazon.com/vpc/latest/userguide/aws-ip-syntax.html
 * Genesys: {"entities": [{"cidr", "region", "service"}]} (IpAddressRange of its SDKs). */
static void read_entries(struct json *j, struct feed *f)
{
    const cJSON *root = j->root;
    const cJSON *aws = cJSON_GetObjectItemCaseSensitive(root, "prefixes");
    const cJSON *genesys = cJSON_GetObjectItemCaseSensitive(root, "entities");
    const cJSON *list = cJSON_IsArray(aws) ? aws : genesys;
    const char *key = list == aws ? "ip_prefix" : "cidr";
    if (cJSON_IsArray(aws))
        f->date = str_sub(text_of(root, "createDate"), 0, 10);
    for (const cJSON *m = list == NULL ? NULL : list->child; m != NULL; m = m->next) {
        struct feed_entry e = {text_of(m, key), text_of(m, "region"), text_of(m, "service")};
        struct net net;
        if (range_parse(e.prefix, &net.family, &net.range, NULL))
            *PUSH(j->arena, f->entries) = e;
        else
            json_error(j, json_at(j, m), "\"%.*s\" is no prefix",
                       STR_ARG(str_safe(j->arena, e.prefix)));
    }
}

/* False after a DIAG_ERROR. */
static bool read_feed(struct arena *a, struct diags *d, struct sources *sources,
                      const struct named_files *files, struct feed *f)
{
    struct str bytes;
    int error = find_file(a, files, f->path, &bytes);
    if (error != 0) {
        diag_add(d, DIAG_ERROR, f->asked->at, "the feed %.*s cannot be read: %s", STR_ARG(f->path),
                 file_error(error));
        return false;
    }
    f->source = source_add(a, sources, f->path, bytes);
    struct json *j = json_read(a, d, f->source);
    if (j == NULL)
        return false;
    read_entries(j, f);
    if (!j->failed && f->entries.n == 0)
        json_error(j, json_at(j, j->root), "this is neither AWS's nor Genesys's list of prefixes");
    return !j->failed;
}

static bool in_use(const struct packs *p, struct str id)
{
    for (size_t i = 0; i < p->n; i++)
        if (str_eq(p->v[i]->id, id))
            return true;
    return false;
}

const struct feeds *feeds_read(struct arena *a, struct diags *d, struct sources *sources,
                               const struct site *s, const struct packs *p,
                               const struct named_files *files)
{
    struct feeds *all = NEW(a, struct feeds);
    for (size_t i = 0; i < s->parameters.n; i++) {
        const struct parameter *x = &s->parameters.v[i];
        if (!str_starts(x->key, STR("feeds.")) || x->values.n == 0 || !in_use(p, x->pack))
            continue;
        struct feed *f = PUSH(a, *all);
        *f = (struct feed){.asked = x, .path = beside_site(a, s, x->values.v[0])};
        f->good = read_feed(a, d, sources, files, f);
    }
    return all;
}

const struct feed *feed_find(struct check *c, struct str pack, struct str name, struct lack *lack)
{
    struct str key = arena_strf(c->arena, "feeds.%.*s", STR_ARG(name));
    const struct parameter *p = site_parameter(c->site, pack, arena_cstr(c->arena, key));
    for (size_t i = 0; i < c->feeds->n; i++) {
        const struct feed *f = &c->feeds->v[i];
        if (f->asked != p)
            continue;
        lack->reason = arena_strf(c->arena, "the feed %.*s cannot be used", STR_ARG(f->path));
        return f->good ? f : NULL;
    }
    lack->reason =
        arena_strf(c->arena, "the site file names no copy of the %.*s feed", STR_ARG(name));
    advise(c, &lack->advice,
           arena_strf(c->arena, "\"parameters\": {\"%.*s\": {\"feeds\": {\"%.*s\": \"…\"}}}",
                      STR_ARG(pack), STR_ARG(name)));
    return NULL;
}

/* ---- choosing ------------------------------------------------------------------------------- */

static bool among(const struct strs *list, struct str word)
{
    for (size_t i = 0; i < list->n; i++)
        if (str_eq(list->v[i], word))
            return true;
    return false;
}

bool feed_nets(struct check *c, struct str pack, const struct goal *g, struct nets *out,
               struct lack *lack)
{
    const struct feed *f = feed_find(c, pack, g->key, lack);
    const struct parameter *region = site_parameter(c->site, pack, "region");
    struct str key = arena_strf(c->arena, "%.*s-services", STR_ARG(g->key));
    const struct parameter *told = site_parameter(c->site, pack, arena_cstr(c->arena, key));
    struct str service = g->services;
    struct strs one = {&service, 1, 1}, none = {0};
    const struct strs *services = service.n != 0 ? &one : told != NULL ? &told->values : &none;
    bool whole = str_eq(service, STR("all"));
    if (f == NULL)
        return false;
    if (region == NULL && !whole) {
        lack->reason = STR("the site file does not give \"region\"");
        advise(c, &lack->advice,
               arena_strf(c->arena, "\"parameters\": {\"%.*s\": {\"region\": \"us-east-1\"}}",
                          STR_ARG(pack)));
        return false;
    }
    for (size_t i = 0; i < f->entries.n; i++) {
        const struct feed_entry *e = &f->entries.v[i];
        struct net net;
        bool asked = whole || (among(&region->values, e->region) &&
                               (services->n == 0 || among(services, e->service)));
        if (asked && range_parse(e->prefix, &net.family, &net.range, NULL) &&
            net.family == FAMILY_V4)
            *PUSH(c->arena, *out) = net;
    }
    lack->reason = arena_strf(c->arena, "the feed %.*s has no prefix of this region and service",
                              STR_ARG(f->path));
    return out->n != 0;
}

/* ---- telling -------------------------------------------------------------------------------- */

/* By first address; of those that begin alike the widest first. */
static int by_place(const void *x, const void *y)
{
    const struct ival *a = x, *b = y;
    if (a->lo != b->lo)
        return a->lo < b->lo ? -1 : 1;
    return (a->hi < b->hi) - (a->hi > b->hi);
}

/* How many addresses of NET are in V. *AT: the first that can be; it only grows. */
static u128 inside(struct ival net, const struct ival *v, size_t n, size_t *at)
{
    u128 sum = 0;
    while (*at < n && v[*at].hi < net.lo)
        (*at)++;
    for (size_t i = *at; i < n && v[i].lo <= net.hi; i++) {
        u128 lo = v[i].lo > net.lo ? v[i].lo : net.lo, hi = v[i].hi < net.hi ? v[i].hi : net.hi;
        sum += hi - lo + 1;
    }
    return sum;
}

struct str nets_missing(struct check *c, const struct nets *nets, struct addrs missing,
                        size_t limit)
{
    ARRAY(struct ival) all = {0};
    struct strs list = {0};
    size_t n, at = 0, prefixes = 0;
    const struct ival *v = set_ivals(c->policy->sets, missing.v[FAMILY_V4], &n);
    for (size_t i = 0; i < nets->n; i++)
        if (nets->v[i].family == FAMILY_V4)
            *PUSH(c->arena, all) = nets->v[i].range;
    if (all.n != 0)
        qsort(all.v, all.n, sizeof *all.v, by_place);
    for (size_t i = 0, last = 0; i < all.n; i++) {
        struct ival net = all.v[i];
        if (i != 0 && net.hi <= all.v[last].hi)
            continue;
        last = i;
        prefixes++;
        u128 lost = inside(net, v, n, &at), size = net.hi - net.lo + 1;
        struct str text = range_format(c->arena, FAMILY_V4, net);
        if (lost == size)
            *PUSH(c->arena, list) = text;
        else if (lost != 0)
            *PUSH(c->arena, list) =
                arena_strf(c->arena, "%.*s (%llu of its %llu addresses)", STR_ARG(text),
                           (unsigned long long)lost, (unsigned long long)size);
    }
    struct str names = join(c->arena, &list, ", ", limit);
    return arena_strf(c->arena, "%zu of %zu prefixes: %.*s", list.n, prefixes, STR_ARG(names));
}
