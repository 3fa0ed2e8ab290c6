/* Most lines of a long list have the words of an earlier one, with other addresses, ports and names
 * of objects. The first line of such a shape is read in full. If its rule is plain, and those words
 * and nothing else decide its addresses and ports, then the rules of the others are copies with
 * sets of their own. Whatever is not exactly so is read in full, too: a twin never means anything
 * else than its line.
 *
 * A shape is a way through a tree of words: each word is one as written, or takes any dotted quad,
 * any number behind an operator of ports, any name behind `object`. Twins differ in these alone. */
#include "import/asa_twin.h"

#include <string.h>

#define LINE_MAX 240
#define VALUES_MAX 8
#define BEHIND_MAX 32 /* words at one place */

enum mark { MARK_WORD, MARK_QUAD, MARK_PORT, MARK_NAME };

#define HEAD sizeof(uint64_t)

struct asa_node {
    struct asa_node *next, *behind; /* others at this place, the latest first; those behind it */
    struct asa_shape *shape;        /* of the lines that end here */
    const char *text;               /* of a word as written */
    uint64_t head, mask;            /* its first eight bytes, and those that it has */
    uint8_t n, mark;
    uint8_t ports; /* so many of the words behind are ports */
    uint8_t n_behind;
    bool object; /* the next one is the name of an object */
};

struct asa_shape {
    struct source *src;  /* of all its lines */
    struct asa_acl *acl; /* of all its lines; NULL: they are no entries at the end of a list */
    uint16_t word;       /* of an entry */
    bool standard;
    enum { SHAPE_NEW, SHAPE_PLAIN, SHAPE_ODD } state;
    size_t n_values;
    uint16_t words[VALUES_MAX];  /* where the values stand */
    struct asa_ace ace;          /* what all its entries are, but for sets */
    set_id places[ASA_PARTS][2]; /* addresses where twins do not differ, by enum family */
    struct cube cubes[2];        /* all else, by enum family */
};

struct asa_twin {
    struct asa_shape *shape;
    uint32_t number;
    uint16_t length; /* of the line, which is its text */
    uint32_t values[];
};

/* ---- lines to shapes ------------------------------------------------------------------------- */

struct cut {
    unsigned char line[LINE_MAX + HEAD]; /* with a zero behind it, which no word has */
    size_t n_values;
    uint32_t values[VALUES_MAX];
    uint16_t words[VALUES_MAX];
};

static bool is_digit(unsigned char c)
{
    return (unsigned)(c - '0') < 10;
}

static bool ends_word(unsigned char c)
{
    return c == ' ' || c == '\0';
}

/* The word at P as a port without leading zeros, and what is behind it; NULL if it is none. */
static const unsigned char *cut_port(const unsigned char *p, uint32_t *port)
{
    const unsigned char *from = p;
    uint32_t value = 0;
    while (is_digit(*p) && value <= UINT16_MAX)
        value = value * 10 + (uint32_t)(*p++ - '0');
    *port = value;
    bool zeros = *from == '0' && p != from + 1;
    return p == from || zeros || value > UINT16_MAX || !ends_word(*p) ? NULL : p;
}

/* The number up to 255 at P, and what is behind it; NULL if it is none. */
static const unsigned char *cut_octet(const unsigned char *p, uint32_t *octet)
{
    unsigned a = (unsigned)(p[0] - '0'), b, c;
    if (a > 9)
        return NULL;
    *octet = a;
    if ((b = (unsigned)(p[1] - '0')) > 9)
        return p + 1;
    *octet = a * 10 + b;
    if ((c = (unsigned)(p[2] - '0')) > 9)
        return a == 0 ? NULL : p + 2;
    *octet = a * 100 + b * 10 + c;
    return a == 0 || *octet > UINT8_MAX ? NULL : p + 3;
}

/* The same for a dotted quad. */
static const unsigned char *cut_quad(const unsigned char *p, uint32_t *quad)
{
    uint32_t value = 0, octet;
    for (int i = 0; i < 4; i++) {
        if ((i != 0 && *p++ != '.') || (p = cut_octet(p, &octet)) == NULL)
            return NULL;
        value = value << 8 | octet;
    }
    *quad = value;
    return ends_word(*p) ? p : NULL;
}

/* A name, as its place in the line and its length; not one that looks like an address. */
static const unsigned char *cut_name(const struct cut *c, const unsigned char *p, uint32_t *name)
{
    const unsigned char *from = p;
    while (*p > ' ')
        p++;
    *name = (uint32_t)(from - c->line) << 16 | (uint32_t)(p - from);
    return p == from || is_digit(*from) || !ends_word(*p) ? NULL : p;
}

/* The value at P that a word behind AT may be, and what is behind it; NULL if it is a word as
 * written. */
static const unsigned char *cut_value(struct cut *c, const struct asa_node *at,
                                      const unsigned char *p, enum mark *mark)
{
    uint32_t *value = &c->values[c->n_values];
    if (c->n_values == VALUES_MAX || (!at->object && !is_digit(*p)))
        return NULL;
    *mark = at->object ? MARK_NAME : at->ports != 0 ? MARK_PORT : MARK_QUAD;
    return at->object       ? cut_name(c, p, value)
           : at->ports != 0 ? cut_port(p, value)
                            : cut_quad(p, value);
}

/* A file whose lines are all of their own must not be kept twice. */
static bool room_for_words(const struct asa_config *c)
{
    return c->n_words < 4096 || c->n_words < c->n_twins / 2;
}

/* How many of the words behind WORD are ports. */
static uint8_t ports_behind(struct str word)
{
    bool one = str_eq(word, STR("eq")) || str_eq(word, STR("neq")) || str_eq(word, STR("gt")) ||
               str_eq(word, STR("lt"));
    return one ? 1 : str_eq(word, STR("range")) ? 2 : 0;
}

/* W, which is at *LINK, becomes the first behind AT: the next line may well have it again. */
static struct asa_node *to_front(struct asa_node *at, struct asa_node **link)
{
    struct asa_node *w = *link;
    *link = w->next;
    w->next = at->behind;
    return at->behind = w;
}

/* Of too many words at one place the one that was not seen for longest is forgotten. */
static void forget_last(struct asa_node *at)
{
    struct asa_node **link = &at->behind;
    while (*link != NULL && (*link)->next != NULL)
        link = &(*link)->next;
    *link = NULL;
    at->n_behind--;
}

/* One more word behind AT; TEXT of a word as written. NULL if no twin has such a word. */
static struct asa_node *new_node(struct asa_reader *r, struct asa_node *at, enum mark mark,
                                 struct str text)
{
    bool bad = mark == MARK_WORD && (text.n == 0 || text.p[0] == '!' || at->object);
    if (bad || !room_for_words(r->cfg))
        return NULL;
    if (at->n_behind == BEHIND_MAX)
        forget_last(at);
    struct asa_node *w = NEW(r->asa->scratch, struct asa_node);
    *w = (struct asa_node){.next = at->behind, .mark = (uint8_t)mark, .n = (uint8_t)text.n};
    if (mark == MARK_WORD) {
        w->text = arena_copy(r->asa->scratch, text).p;
        memcpy(&w->head, text.p, text.n < HEAD ? text.n : HEAD);
        memset(&w->mask, 0xff, text.n < HEAD ? text.n : HEAD);
        w->ports = ports_behind(text);
        w->object = str_eq(text, STR("object")) || str_eq(text, STR("object-group"));
    } else if (mark == MARK_PORT) {
        w->ports = (uint8_t)(at->ports - 1);
    }
    at->n_behind++;
    r->cfg->n_words++;
    return at->behind = w;
}

/* Is W the word at P, of a line up to END? */
static bool stands_at(const struct asa_node *w, const unsigned char *p, const unsigned char *end)
{
    uint64_t head;
    memcpy(&head, p, HEAD);
    if (w->mark != MARK_WORD || (head & w->mask) != w->head)
        return false;
    bool rest = w->n <= HEAD ||
                ((size_t)(end - p) >= w->n && memcmp(p + HEAD, w->text + HEAD, w->n - HEAD) == 0);
    return rest && ends_word(p[w->n]);
}

/* The word behind AT that is as written at *P, which goes behind it. */
static struct asa_node *next_word(struct asa_reader *r, struct asa_node *at,
                                  const unsigned char **p, const unsigned char *end)
{
    for (struct asa_node **w = &at->behind; *w != NULL; w = &(*w)->next)
        if (stands_at(*w, *p, end)) {
            *p += (*w)->n;
            return to_front(at, w);
        }
    const unsigned char *from = *p;
    while (**p > ' ')
        ++*p;
    struct str text = {(const char *)from, (size_t)(*p - from)};
    return ends_word(**p) ? new_node(r, at, MARK_WORD, text) : NULL;
}

static struct asa_node *next_mark(struct asa_reader *r, struct asa_node *at, enum mark mark)
{
    for (struct asa_node **w = &at->behind; *w != NULL; w = &(*w)->next)
        if ((*w)->mark == mark)
            return to_front(at, w);
    return new_node(r, at, mark, STR(""));
}

/* The end of LINE's way through the tree. NULL for lines that may have no twins: with other blanks
 * than one between two words, with notes, control characters, or too long. */
static struct asa_node *cut_line(struct asa_reader *r, struct str line, struct cut *c)
{
    static const char list[] = "access-list ";
    const size_t head = sizeof list - 1;
    if (line.n <= head || line.n >= LINE_MAX || memcmp(line.p, list, head) != 0)
        return NULL;
    memcpy(c->line, line.p, line.n);
    c->line[line.n] = '\0';
    c->n_values = 0;
    const unsigned char *p = c->line + head, *end = c->line + line.n;
    struct asa_node *at = r->cfg->words;
    for (uint16_t word = 1; at != NULL; word++, p++) {
        enum mark mark;
        const unsigned char *behind = cut_value(c, at, p, &mark);
        if (behind != NULL) {
            c->words[c->n_values++] = word;
            p = behind;
            at = next_mark(r, at, mark);
        } else {
            at = next_word(r, at, &p, end);
        }
        if (*p == '\0')
            return p == end ? at : NULL;
    }
    return NULL;
}

static struct asa_shape *new_shape(struct asa_reader *r, const struct cut *cut)
{
    struct asa_shape *shape = NEW(r->asa->scratch, struct asa_shape);
    shape->src = r->src;
    shape->n_values = cut->n_values;
    memcpy(shape->words, cut->words, sizeof shape->words);
    return shape;
}

void asa_twins_start(struct asa_reader *r)
{
    r->cfg->words = NEW(r->asa->scratch, struct asa_node);
}

static const struct asa_twin *new_twin(struct asa_reader *r, struct asa_shape *shape,
                                       uint32_t number, struct str text, const uint32_t *values)
{
    size_t size = shape->n_values * sizeof *values;
    struct asa_twin *t = arena_alloc(r->asa->scratch, sizeof *t + size);
    *t = (struct asa_twin){shape, number, (uint16_t)text.n};
    memcpy(t->values, values, size);
    return t;
}

bool asa_twin_read(struct asa_reader *r, uint32_t number, struct str text)
{
    struct cut cut;
    r->twin = NULL;
    if (r->mode != ASA_MODE_CONFIG || r->asa->im->in_full)
        return false;
    struct asa_node *end = cut_line(r, text, &cut);
    if (end == NULL)
        return false;
    struct asa_shape *shape = end->shape;
    if (shape == NULL) {
        end->shape = new_shape(r, &cut);
        r->twin = new_twin(r, end->shape, number, text, cut.values);
        return false;
    }
    if (shape->acl == NULL)
        return false;
    r->cfg->n_twins++;
    r->block = NULL;
    r->open = NULL;
    r->in_hex = false;
    *PUSH(r->asa->scratch, shape->acl->entries) =
        (struct asa_entry){.twin = new_twin(r, shape, number, text, cut.values),
                           .kind = ASA_ENTRY_ACE,
                           .word = shape->word,
                           .standard = shape->standard};
    source_class(r->src, number, LINE_MODELLED);
    return true;
}

void asa_twin_recorded(struct asa_reader *r, struct asa_acl *acl, struct asa_entry *e)
{
    struct asa_shape *shape = r->twin == NULL ? NULL : r->twin->shape;
    if (shape == NULL || (shape->n_values != 0 && shape->words[0] < e->word))
        return; /* twins would be of another list, or stand elsewhere in it */
    shape->acl = acl;
    shape->word = e->word;
    shape->standard = e->standard;
    e->twin = r->twin;
}

/* ---- entries --------------------------------------------------------------------------------- */

struct str asa_entry_text(const struct asa_entry *e)
{
    const struct asa_twin *t = e->twin;
    if (e->line != NULL)
        return e->line->text;
    return (struct str){t->shape->src->bytes.p + t->shape->src->starts[t->number - 1], t->length};
}

struct span asa_entry_span(const struct asa_entry *e)
{
    const struct asa_twin *t = e->twin;
    if (e->line != NULL)
        return asa_span(e->line);
    return (struct span){t->shape->src->index, t->number, 1, t->number, t->length + 1U};
}

struct asa_line *asa_entry_line(struct asa *x, struct asa_entry *e)
{
    if (e->line == NULL)
        e->line = asa_line_new(x, e->twin->shape->src, e->twin->number, asa_entry_text(e));
    return e->line;
}

/* ---- rules ----------------------------------------------------------------------------------- */

size_t asa_told(const struct asa *x)
{
    const struct diags *d = x->im->diags;
    return d->n + d->dropped + x->policy->facts.n + x->policy->assumptions.n + x->uses;
}

static size_t values_of(enum asa_how how)
{
    return how == ASA_OTHERWISE ? 0 : how == ASA_NET || how == ASA_RANGE ? 2 : 1;
}

static bool is_named(enum asa_how how)
{
    return how == ASA_OBJECT || how == ASA_GROUP;
}

/* The object or group that T names with VALUE. */
static struct asa_entity *named(const struct asa_config *c, const struct asa_twin *t,
                                enum asa_how how, uint32_t value)
{
    const struct source *src = t->shape->src;
    struct str name = {src->bytes.p + src->starts[t->number - 1] + (value >> 16), value & 0xffff};
    return asa_entity_find(c, name, how == ASA_GROUP, false);
}

/* The addresses that HOW says with the values at V, by family. False where a line is to be read in
 * full: host bits, masks that are no prefix, and names that are not defined are told, too. */
static bool place_by(struct asa *x, enum asa_how how, const uint32_t *v, struct asa_entity *e,
                     set_id sets[2])
{
    if (is_named(how)) {
        const struct asa_place *place = e == NULL ? NULL : asa_entity_place(x, e);
        if (place == NULL || place->unknown.kind.n != 0)
            return false;
        sets[FAMILY_V4] = place->sets[FAMILY_V4];
        sets[FAMILY_V6] = place->sets[FAMILY_V6];
        return true;
    }
    uint32_t rest = how == ASA_NET ? ~v[1] : 0;
    if ((rest & (rest + 1)) != 0 || (v[0] & rest) != 0)
        return false;
    sets[FAMILY_V4] = set_range(x->sets, v[0], v[0] | rest);
    sets[FAMILY_V6] = SET_EMPTY;
    return true;
}

/* What the words of a twin say. */
struct twin_sets {
    set_id places[ASA_PARTS][2], ports[ASA_PARTS];
    struct asa_entity *entities[ASA_PARTS];
};

static bool sets_of(struct asa *x, const struct asa_config *c, const struct asa_twin *t,
                    struct twin_sets *out)
{
    const uint32_t *v = t->values;
    memcpy(out->places, t->shape->places, sizeof out->places);
    for (enum asa_part part = ASA_SRC; part < ASA_PARTS; part++) {
        enum asa_how how = t->shape->ace.said[part].how;
        out->entities[part] = NULL;
        if (how == ASA_OTHERWISE)
            continue;
        if (part == ASA_SRC || part == ASA_DST) {
            if (is_named(how))
                out->entities[part] = named(c, t, how, v[0]);
            if (!place_by(x, how, v, out->entities[part], out->places[part]))
                return false;
        } else {
            out->ports[part] =
                asa_ports(x->sets, how, (uint16_t)v[0], how == ASA_RANGE ? (uint16_t)v[1] : 0);
            if (out->ports[part] == SET_EMPTY)
                return false;
        }
        v += values_of(how);
    }
    return true;
}

/* The cubes of an entry of SHAPE with these sets, as asa_ace_cubes() makes them. */
static void cubes_of(struct asa *x, const struct asa_shape *shape, const struct twin_sets *s,
                     struct region *cubes)
{
    cubes->n = 0;
    for (enum family f = FAMILY_V4; f <= FAMILY_V6; f++) {
        if (s->places[ASA_SRC][f] == SET_EMPTY || s->places[ASA_DST][f] == SET_EMPTY)
            continue;
        struct cube *cube = PUSH(x->scratch, *cubes);
        *cube = shape->cubes[f];
        cube->f[FIELD_SRC] = s->places[ASA_SRC][f];
        cube->f[FIELD_DST] = s->places[ASA_DST][f];
        if (shape->ace.said[ASA_SPORT].how != ASA_OTHERWISE)
            cube->f[FIELD_SPORT] = s->ports[ASA_SPORT];
        if (shape->ace.said[ASA_DPORT].how != ASA_OTHERWISE)
            cube->f[FIELD_DPORT] = s->ports[ASA_DPORT];
    }
}

/* Of what ACE was read from: the parts whose words differ among twins. False if such words are part
 * of something else, or twins differ in only one of two. */
static bool parts_of(const struct asa_shape *shape, const struct asa_ace *ace,
                     struct asa_said parts[ASA_PARTS])
{
    size_t k = 0;
    for (size_t part = 0; part < ASA_PARTS; part++) {
        struct asa_said said = ace->said[part];
        size_t n = values_of(said.how), found = 0;
        while (found < n && k < shape->n_values && shape->words[k] == said.word + found)
            found++, k++;
        if (found != 0 && found != n)
            return false;
        static const struct asa_said none;
        parts[part] = found == 0 ? none : said;
    }
    return k == shape->n_values;
}

/* Nothing about ACE but its sets could be different in a twin. */
static bool is_plain(const struct asa_ace *ace)
{
    return !ace->bad && ace->conds.n == 0 && ace->src.unknown.kind.n == 0 &&
           ace->dst.unknown.kind.n == 0 && ace->services.n == 1 &&
           ace->services.unknown.kind.n == 0;
}

/* SHAPE is told what its entries are like, of ACE, which one of them is. */
static void teach(struct asa *x, struct asa_shape *shape, const struct asa_ace *ace)
{
    const struct asa_service *service = &ace->services.v[0];
    shape->ace.action = ace->action;
    shape->ace.inactive = ace->inactive;
    shape->ace.logs = ace->logs;
    shape->ace.treatment = ace->treatment;
    for (enum family f = FAMILY_V4; f <= FAMILY_V6; f++) {
        shape->places[ASA_SRC][f] = ace->src.sets[f];
        shape->places[ASA_DST][f] = ace->dst.sets[f];
        struct cube *cube = &shape->cubes[f];
        *cube = cube_any(x->sets);
        cube->f[FIELD_FAMILY] = set_one(x->sets, f);
        cube->f[FIELD_PROTO] = service->proto;
        cube->f[FIELD_SPORT] = service->sport;
        cube->f[FIELD_DPORT] = service->dport;
    }
}

static bool same_cubes(const struct region *a, const struct region *b)
{
    bool same = a->n == b->n;
    for (size_t i = 0; same && i < a->n; i++)
        same = cube_eq(&a->v[i], &b->v[i]);
    return same;
}

void asa_twin_learn(struct asa *x, const struct asa_config *c, const struct asa_entry *e,
                    const struct asa_ace *ace, size_t before)
{
    if (e->twin == NULL || e->twin->shape->state != SHAPE_NEW)
        return;
    struct asa_shape *shape = e->twin->shape;
    struct twin_sets sets;
    shape->state = SHAPE_ODD;
    if (!is_plain(ace) || !parts_of(shape, ace, shape->ace.said))
        return;
    for (enum asa_part part = ASA_SRC; part < ASA_PARTS; part++)
        before += is_named(shape->ace.said[part].how); /* it is used */
    if (asa_told(x) != before)
        return;
    teach(x, shape, ace);
    x->cubes.n = 0;
    asa_ace_cubes(x, ace, &x->cubes);
    shape->state = SHAPE_NEW;
    if (x->cubes.n == 0 || !sets_of(x, c, e->twin, &sets))
        return; /* an odd one of its shape, such as `lt 0` */
    cubes_of(x, shape, &sets, &x->again);
    shape->state = same_cubes(&x->cubes, &x->again) ? SHAPE_PLAIN : SHAPE_ODD;
}

const struct asa_ace *asa_twin_ace(struct asa *x, const struct asa_config *c,
                                   const struct asa_entry *e, struct region *cubes)
{
    struct twin_sets sets;
    x->named[0] = x->named[1] = NULL;
    if (e->twin == NULL || e->twin->shape->state != SHAPE_PLAIN || c->named_quads ||
        !sets_of(x, c, e->twin, &sets))
        return NULL;
    cubes_of(x, e->twin->shape, &sets, cubes);
    bool names = sets.entities[ASA_SRC] != NULL || sets.entities[ASA_DST] != NULL;
    if (cubes->n == 0 || (names && asa_ace_asked_again(c, e)))
        return NULL; /* who reads it again counts no use */
    x->named[0] = sets.entities[ASA_SRC];
    x->named[1] = sets.entities[ASA_DST];
    for (size_t i = 0; i < 2; i++)
        if (x->named[i] != NULL)
            asa_use(x, x->named[i]);
    x->copied++;
    return &e->twin->shape->ace;
}
