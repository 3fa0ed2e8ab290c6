/* Two exports, or one and a change to it, to two policies whose sets can be compared: interfaces
 * must be the same classes on both sides. */
#include "verbs/diff_int.h"

void know_ifaces(struct audit *a, const struct policy *p)
{
    a->known_ifaces = (struct strs){0};
    for (size_t i = 1; i < p->ifaces.n; i++)
        *PUSH(a->arena, a->known_ifaces) = p->ifaces.v[i];
}

static bool import_one(struct audit *a, const struct audit_input *in)
{
    struct audit_inputs one = {0};
    size_t before = a->devices.n;
    *PUSH(a->arena, one) = *in;
    audit_import(a, &one, true);
    return a->devices.n == before + 1;
}

/* --map inside=eth0: one interface, whatever each side calls it. */
static bool read_maps(struct diffing *x)
{
    struct audit *a = x->audit;
    for (size_t i = 0; i < x->own->maps.n; i++) {
        struct str other = x->own->maps.v[i], name;
        str_cut(&other, '=', &name);
        if (name.n == 0 || other.n == 0) {
            diag_add(&a->diags, DIAG_ERROR, SPAN_NONE, "--map takes NAME=NAME, not \"%.*s\"",
                     STR_ARG(x->own->maps.v[i]));
            return false;
        }
        *PUSH(a->arena, a->same_ifaces) = (struct same_iface){name, other};
    }
    return true;
}

static bool names_interface(const struct policy *p, struct str name)
{
    for (size_t i = 0; i < p->interfaces.n; i++)
        if (str_eq(p->interfaces.v[i].name, name))
            return true;
    return false;
}

/* The one interface of Z that P names; empty if there is none or more than one. */
static struct str only_one(const struct zone *z, const struct policy *p)
{
    struct str found = STR("");
    for (size_t i = 0; i < z->interfaces.n; i++)
        if (names_interface(p, z->interfaces.v[i])) {
            if (found.n != 0)
                return STR("");
            found = z->interfaces.v[i];
        }
    return found;
}

/* A zone of the site file that is one interface on each side says that they are the same one. */
static bool zones_map(struct diffing *x)
{
    struct audit *a = x->audit;
    size_t before = a->same_ifaces.n;
    for (size_t i = 0; x->across && i < a->site->zones.n; i++) {
        struct str name = only_one(&a->site->zones.v[i], a->devices.v[0].policy);
        struct str other = only_one(&a->site->zones.v[i], a->devices.v[1].policy);
        if (name.n != 0 && other.n != 0 && !str_eq(name, other))
            *PUSH(a->arena, a->same_ifaces) = (struct same_iface){name, other};
    }
    return a->same_ifaces.n != before;
}

static bool read_second(struct diffing *x)
{
    struct audit *a = x->audit;
    if (x->own->apply.n == 0)
        return import_one(a, &a->config->inputs.v[1]);
    struct source *change = read_source(a, x->own->apply, DIAG_ERROR);
    if (change != NULL)
        audit_import_changed(a, 0, change,
                             arena_strf(a->arena, "%.*s (changed)", STR_ARG(a->devices.v[0].name)));
    return change != NULL;
}

bool diff_read(struct diffing *x)
{
    struct audit *a = x->audit;
    if (!read_maps(x) || !import_one(a, &a->config->inputs.v[0]))
        return false;
    x->old = x->now = a->devices.v[0].policy;
    if (x->own->apply.n == 0 && a->config->inputs.n == 1)
        return true;
    know_ifaces(a, x->old);
    if (!read_second(x))
        return false;
    x->across = !str_eq(x->old->format, a->devices.v[1].policy->format);
    if (zones_map(x)) {
        a->known_ifaces = (struct strs){0};
        audit_import_again(a, 0);
        know_ifaces(a, a->devices.v[0].policy);
        audit_import_again(a, 1);
    }
    x->now = a->devices.v[1].policy;
    if (x->now->ifaces.n != a->devices.v[0].policy->ifaces.n) {
        know_ifaces(a, x->now);
        audit_import_again(a, 0);
    }
    x->old = a->devices.v[0].policy;
    return true;
}
