/* `show access-list` beside a configuration: its hit counts go to the entries, and its children are
 * the judge of what the groups are taken to mean. */
#include "import/asa_twin.h"

/* Steps to subtract the children of one ACE from it. Regular lists, whatever their length, join to
 * a few cubes first. */
#define COMPARE_STEPS 1000000

/* A listing whose configuration is not in the export is the list. */
static void adopt(struct asa *x, struct asa_config *c, struct asa_listing *s)
{
    struct asa_acl *acl = NEW(x->scratch, struct asa_acl);
    *acl = (struct asa_acl){.name = s->name, .at = s->at, .listed = true};
    for (size_t i = 0; i < s->entries.n; i++)
        *PUSH(x->scratch, acl->entries) = s->entries.v[i];
    map_put(c->acls, acl->name, acl);
    *PUSH(x->scratch, c->acl_list) = acl;
}

/* The words that say what an entry does, for "is it the same entry". */
static bool same_entry(struct asa *x, struct asa_entry *a, struct asa_entry *b)
{
    if (a->kind != b->kind)
        return false;
    for (size_t i = 0; i < 3; i++) {
        struct str in_a = asa_word(asa_entry_line(x, a), a->word + i);
        struct str in_b = asa_word(asa_entry_line(x, b), b->word + i);
        if (a->kind == ASA_ENTRY_ACE && i < 2 && !str_eq(in_a, in_b))
            return false;
    }
    return true;
}

static void differs(struct asa *x, const struct asa_line *l, const char *what)
{
    policy_fact(x->policy, STR("listing.differs"),
                arena_strf(x->a, "%.*s: %s", STR_ARG(l->text), what), asa_span(l), NULL);
    diag_add(x->im->diags, DIAG_WARNING, asa_span(l),
             "the export is inconsistent: %s; was the configuration changed between the two?",
             what);
}

static void take_hits(struct asa *x, struct asa_acl *acl, struct asa_listing *s)
{
    for (size_t i = 0; i < s->entries.n; i++) {
        struct asa_entry *from = &s->entries.v[i];
        if (from->position == 0 || from->position > acl->entries.n) {
            differs(x, from->line, "the access list of the configuration has no such entry");
            continue;
        }
        struct asa_entry *to = &acl->entries.v[from->position - 1];
        if (!same_entry(x, from, to)) {
            differs(x, from->line, "the access list of the configuration has another entry here");
            continue;
        }
        to->has_hits = from->has_hits;
        if (from->more == NULL && to->more == NULL)
            continue;
        asa_entry_more(x, to)->hits = from->more == NULL ? 0 : from->more->hits;
        for (size_t k = 0; from->more != NULL && k < from->more->children.n; k++)
            asa_add_child(x, to, from->more->children.v[k]);
    }
}

void asa_listings_merge(struct asa *x, struct asa_config *c)
{
    for (size_t i = 0; i < c->listing_list.n; i++) {
        struct asa_listing *s = c->listing_list.v[i];
        struct asa_acl *acl = map_get(c->acls, s->name);
        if (acl == NULL)
            adopt(x, c, s);
        else
            take_hits(x, acl, s);
    }
}

/* ---- comparing --------------------------------------------------------------------------------
 */

static bool within_any(struct asa *x, const struct cube *c, const struct region *r)
{
    for (size_t i = 0; i < r->n; i++)
        if (cube_within(x->sets, c, &r->v[i]))
            return true;
    return false;
}

static void compare_rest(struct asa *x, const struct asa_line *l, const struct region *listed,
                         const struct region *own)
{
    struct budget b = {.left = COMPARE_STEPS};
    struct region rest = region_minus(x->sets, x->scratch, own, listed, &b);
    if (b.spent)
        diag_add(
            x->im->diags, DIAG_INCOMPLETE, asa_span(l),
            "the device lists this entry in so irregular parts that it was not decided whether "
            "they are all of it");
    else if (rest.n != 0)
        differs(x, l, "the device does not list all that the configuration says");
}

/* The ACE on the one side, the union of its children on the other. */
static void compare(struct asa *x, struct asa_config *c, const struct asa_acl *acl,
                    struct asa_entry *e)
{
    const struct asa_ace *ace = asa_ace_parse(x, c, acl, e);
    struct region own = {0}, listed = {0};
    bool unknown = ace->bad || ace->src.unknown.kind.n != 0 || ace->dst.unknown.kind.n != 0 ||
                   ace->services.unknown.kind.n != 0;
    asa_ace_cubes(x, ace, &own);
    for (size_t i = 0; i < e->more->children.n; i++) {
        struct asa_entry child = {.line = e->more->children.v[i], .word = 5, .v6 = e->v6};
        const struct asa_ace *one = asa_ace_parse(x, c, acl, &child);
        size_t before = listed.n;
        asa_ace_cubes(x, one, &listed);
        if (unknown || one->bad)
            continue; /* the device resolved what we cannot */
        for (size_t k = before; k < listed.n; k++)
            if (!within_any(x, &listed.v[k], &own))
                differs(x, child.line, "the device lists what the configuration does not say");
    }
    if (!ace->bad)
        compare_rest(x, asa_entry_line(x, e), &listed, &own);
}

void asa_listings_compare(struct asa *x, struct asa_config *c)
{
    for (size_t i = 0; i < c->acl_list.n; i++) {
        struct asa_acl *acl = c->acl_list.v[i];
        for (size_t k = 0; k < acl->entries.n && !acl->listed; k++)
            if (acl->entries.v[k].more != NULL && acl->entries.v[k].more->children.n != 0)
                compare(x, c, acl, &acl->entries.v[k]);
    }
}
