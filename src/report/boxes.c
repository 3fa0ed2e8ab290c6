#include "report/report.h"

#include <string.h>

/* ---- cubes that differ only in what does not matter -------------------------------------------- */

/* What of the cubes is told apart: protocols whose port fields mean ports, ICMP, or nothing. */
enum kind { KIND_PORTS, KIND_ICMP, KIND_OTHER, KINDS };

static set_id protocols_of(struct sets *s, enum kind kind)
{
    struct ival v[256];
    size_t n = 0;
    for (unsigned i = 0; i < 256; i++) {
        enum kind k = proto_has_ports(i) ? KIND_PORTS : proto_is_icmp(i) ? KIND_ICMP : KIND_OTHER;
        if (k == kind)
            v[n++] = (struct ival){i, i};
    }
    return set_of(s, v, n);
}

struct split {
    struct sets *s;
    struct arena *arena;
    const struct policy *policy;
    struct region pieces;
    struct map *seen; /* pieces by all but one field */
    set_id protocols[KINDS];
    set_id families[2], addresses[2], octet; /* 0-255 */
};

/* All fields but EXCEPT, as a name. */
static struct str key_of(struct split *sp, const struct cube *c, enum field except)
{
    struct cube key = *c;
    key.f[except] = except;
    return arena_copy(sp->arena, (struct str){(const char *)key.f, sizeof key.f});
}

/* Adds C, or widens FIELD of the piece that is equal in all other fields. */
static void add_piece(struct split *sp, const struct cube *c, enum field field)
{
    struct str key = key_of(sp, c, field);
    struct cube *twin = map_get(sp->seen, key);
    if (twin != NULL) {
        twin->f[field] = set_or(sp->s, twin->f[field], c->f[field]);
        return;
    }
    struct cube *piece = NEW(sp->arena, struct cube);
    *piece = *c;
    map_put(sp->seen, key, piece);
}

static void normalize(struct split *sp, struct cube *c, enum family family, enum kind kind)
{
    static const enum field addresses[] = {FIELD_SRC, FIELD_DST};
    for (size_t i = 0; i < 2; i++) {
        enum field f = addresses[i];
        c->f[f] = set_and(sp->s, c->f[f], sp->addresses[family]);
        if (c->f[f] == sp->addresses[family])
            c->f[f] = set_full(sp->s, f);
    }
    static const enum field ports[] = {FIELD_SPORT, FIELD_DPORT};
    for (size_t i = 0; i < 2; i++) {
        enum field f = ports[i];
        bool all = kind == KIND_OTHER ||
                   (kind == KIND_ICMP && set_within(sp->s, sp->octet, c->f[f]));
        if (all)
            c->f[f] = set_full(sp->s, f);
    }
}
