/* Most lines of a long list have the words of an earlier one, with other addresses and ports. The
 * first line of such a shape is read in full. If its rule is plain, and those words and nothing
 * else decide its addresses and ports, then the rules of the others are copies with sets of their
 * own. Whatever is not exactly so is read in full, too: a twin never means anything else than its
 * line.
 *
 * A shape is a line with a mark for each dotted quad, and for each number behind an operator of
 * ports. All else stands in it as written, so that twins differ in these words only. */
#include "import/asa_int.h"

#include <string.h>

#define QUAD '\1' /* lines that have such bytes have no twins */
#define PORT '\2'
#define SHAPE_MAX 240
#define VALUES_MAX 8

struct asa_shape {
    struct source *src;  /* of all its lines */
    struct asa_acl *acl; /* of all its lines; NULL: they are no entries at the end of a list */
    uint16_t word;       /* of an entry */
    bool standard;
    enum { SHAPE_NEW, SHAPE_PLAIN, SHAPE_ODD } state;
    size_t n_values;
    uint16_t words[VALUES_MAX]; /* where the values stand */
    struct asa_ace ace;         /* what all its entries are, but for sets */
    struct cube cubes[2];
    size_t n_cubes;
};

struct asa_twin {
    struct asa_shape *shape;
    uint32_t number;
    uint16_t length; /* of the line, which is its text */
    uint32_t values[];
};

/* ---- lines to shapes ------------------------------------------------------------------------- */

struct cut {
    unsigned char line[SHAPE_MAX]; /* with a zero behind it, which no word has */
    char text[SHAPE_MAX];          /* of the shape */
    size_t n, n_values;
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

/* The same for a dotted quad. */
static const unsigned char *cut_quad(const unsigned char *p, uint32_t *quad)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++, p++) {
        uint32_t octet = (uint32_t)(*p - '0');
        if (!is_digit(*p++))
            return NULL;
        for (int k = 0; k < 2 && is_digit(*p) && octet != 0; k++)
            octet = octet * 10 + (uint32_t)(*p++ - '0');
        if (octet > UINT8_MAX || (i == 3 ? !ends_word(*p) : *p != '.'))
            return NULL;
        value = value << 8 | octet;
    }
    *quad = value;
    return p - 1;
}

/* How many of the words behind this one of N characters are ports. */
static unsigned ports_behind(const char *p, size_t n)
{
    if (n == 2)
        return memcmp(p, "eq", 2) == 0 || memcmp(p, "gt", 2) == 0 || memcmp(p, "lt", 2) == 0;
    if (n == 3)
        return memcmp(p, "neq", 3) == 0;
    return n == 5 && memcmp(p, "range", 5) == 0 ? 2 : 0;
}

/* The words from P to END in C's line. False if one is no word of a twin. */
static bool cut_words(struct cut *c, const unsigned char *p, const unsigned char *end)
{
    char *to = c->text;
    unsigned ports = 0;
    for (uint16_t word = 1;; word++, p++) {
        const unsigned char *behind = NULL;
        if (is_digit(*p) && c->n_values < VALUES_MAX) {
            uint32_t *value = &c->values[c->n_values];
            behind = ports != 0 ? cut_port(p, value) : cut_quad(p, value);
        }
        if (behind != NULL) {
            c->words[c->n_values++] = word;
            *to++ = ports != 0 ? PORT : QUAD;
            p = behind;
            ports -= ports != 0;
        } else {
            const char *from = to;
            if (ends_word(*p) || *p == '!' ||
                (*p == 'o' && strncmp((const char *)p, "object", 6) == 0))
                return false;
            while (*p > ' ')
                *to++ = (char)*p++;
            if (!ends_word(*p))
                return false;
            ports = ports_behind(from, (size_t)(to - from));
        }
        if (*p == '\0') {
            c->n = (size_t)(to - c->text);
            return p == end;
        }
        *to++ = ' ';
    }
}

/* The shape of LINE. False for lines that may have no twins: with other blanks than one between two
 * words, with notes, control characters, objects (they count who uses them), or too long. */
static bool cut_line(struct str line, struct cut *c)
{
    static const char list[] = "access-list ";
    const size_t head = sizeof list - 1;
    if (line.n <= head || line.n >= SHAPE_MAX || memcmp(line.p, list, head) != 0)
        return false;
    memcpy(c->line, line.p, line.n);
    c->line[line.n] = '\0';
    c->n_values = 0;
    return cut_words(c, c->line + head, c->line + line.n);
}

/* A file whose lines are all of their own must not be kept twice. */
static bool room_for_shapes(const struct asa_config *c)
{
    return c->n_shapes < 1024 || c->n_shapes < c->n_twins / 4;
}

static struct asa_shape *new_shape(struct asa_reader *r, const struct cut *cut)
{
    struct asa_shape *shape = NEW(r->asa->scratch, struct asa_shape);
    struct str text = {cut->text, cut->n};
    shape->src = r->src;
    shape->n_values = cut->n_values;
    memcpy(shape->words, cut->words, sizeof shape->words);
    map_put(r->cfg->shapes, arena_copy(r->asa->scratch, text), shape);
    r->cfg->n_shapes++;
    return shape;
}

static struct asa_twin *new_twin(struct asa_reader *r, struct asa_shape *shape, uint32_t number,
                                 struct str text, const uint32_t *values)
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
    if (r->mode != ASA_MODE_CONFIG || r->asa->im->in_full || !cut_line(text, &cut))
        return false;
    struct asa_shape *shape = map_get(r->cfg->shapes, (struct str){cut.text, cut.n});
    if (shape == NULL) {
        if (room_for_shapes(r->cfg))
            r->twin = new_twin(r, new_shape(r, &cut), number, text, cut.values);
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

/* The set that HOW says with the values at V. False where a line is to be read in full: host bits,
 * and masks that are no prefix, are facts, too. */
static bool set_by(struct asa *x, enum asa_how how, const uint32_t *v, set_id *set)
{
    if (how == ASA_HOST) {
        *set = set_one(x->sets, v[0]);
    } else if (how == ASA_NET) {
        uint32_t rest = ~v[1];
        if ((rest & (rest + 1)) != 0 || (v[0] & rest) != 0)
            return false;
        *set = set_range(x->sets, v[0], v[0] | rest);
    } else {
        *set = asa_ports(x->sets, how, (uint16_t)v[0], how == ASA_RANGE ? (uint16_t)v[1] : 0);
    }
    return *set != SET_EMPTY;
}

static bool twin_cubes(struct asa *x, const struct asa_twin *t, struct region *cubes)
{
    static const enum field fields[] = {FIELD_SRC, FIELD_SPORT, FIELD_DST, FIELD_DPORT};
    const struct asa_shape *shape = t->shape;
    const uint32_t *v = t->values;
    cubes->n = 0;
    for (size_t i = 0; i < shape->n_cubes; i++)
        *PUSH(x->scratch, *cubes) = shape->cubes[i];
    for (enum asa_part part = ASA_SRC; part < ASA_PARTS; part++) {
        enum asa_how how = shape->ace.said[part].how;
        set_id set;
        if (how == ASA_OTHERWISE)
            continue;
        if (!set_by(x, how, v, &set))
            return false;
        for (size_t i = 0; i < cubes->n; i++)
            cubes->v[i].f[fields[part]] = set;
        v += values_of(how);
    }
    return true;
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
        parts[part] = found == 0 ? (struct asa_said){0} : said;
    }
    return k == shape->n_values;
}

/* Nothing about ACE but its sets could be different in a twin. */
static bool is_plain(const struct asa_ace *ace)
{
    return !ace->bad && ace->conds.n == 0 && ace->src.unknown.kind.n == 0 &&
           ace->dst.unknown.kind.n == 0 && ace->services.unknown.kind.n == 0;
}

void asa_twin_learn(struct asa *x, const struct asa_entry *e, const struct asa_ace *ace,
                    size_t before)
{
    if (e->twin == NULL || e->twin->shape->state != SHAPE_NEW)
        return;
    struct asa_shape *shape = e->twin->shape;
    struct region *own = &x->cubes, *again = &x->again;
    own->n = 0;
    asa_ace_cubes(x, ace, own);
    if (asa_told(x) != before || !is_plain(ace) || !parts_of(shape, ace, shape->ace.said) ||
        own->n > sizeof shape->cubes / sizeof *shape->cubes) {
        shape->state = SHAPE_ODD;
        return;
    }
    shape->ace.action = ace->action;
    shape->ace.inactive = ace->inactive;
    shape->ace.logs = ace->logs;
    shape->n_cubes = own->n;
    memcpy(shape->cubes, own->v, own->n * sizeof *own->v);
    if (own->n == 0 || !twin_cubes(x, e->twin, again))
        return; /* an odd one of its shape, such as `lt 0` */
    shape->state = SHAPE_PLAIN;
    for (size_t i = 0; i < own->n; i++)
        if (!cube_eq(&own->v[i], &again->v[i]))
            shape->state = SHAPE_ODD;
}

const struct asa_ace *asa_twin_ace(struct asa *x, const struct asa_config *c,
                                   const struct asa_entry *e, struct region *cubes)
{
    if (e->twin == NULL || e->twin->shape->state != SHAPE_PLAIN || c->named_quads ||
        !twin_cubes(x, e->twin, cubes))
        return NULL;
    x->copied++;
    return &e->twin->shape->ace;
}
