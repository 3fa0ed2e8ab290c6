/* What the controls of a run say of a catalogue's items. */
#include "check/catalogue.h"

#include <stdlib.h>

/* ---- does the item speak of this device ----------------------------------------------------- */

enum fit { FIT_NO, FIT_PARTLY, FIT_YES };

/* Whether P's export is, in part or wholly, what WORD calls it. */
static enum fit fits_word(const struct policy *p, struct str word)
{
    bool netfilter = str_eq(p->format, STR("iptables")) || str_eq(p->format, STR("ip6tables")) ||
                     str_eq(p->format, STR("ipset"));
    if (!netfilter)
        return str_starts(p->format, word) ? FIT_YES : FIT_NO;
    bool v4 = str_eq(word, STR("iptables")), v6 = str_eq(word, STR("ip6tables"));
    if (!v4 && !v6)
        return FIT_NO;
    bool own = false, other = false;
    for (size_t i = 0; i < p->universe.n; i++) {
        set_id families = p->universe.v[i].f[FIELD_FAMILY];
        own = own || set_has(p->sets, families, v4 ? FAMILY_V4 : FAMILY_V6);
        other = other || set_has(p->sets, families, v4 ? FAMILY_V6 : FAMILY_V4);
    }
    return !own ? FIT_NO : other ? FIT_PARTLY : FIT_YES;
}

/* Two halves are a whole. */
static enum fit fits(const struct policy *p, const struct strs *words)
{
    enum fit best = words->n == 0 ? FIT_YES : FIT_NO;
    size_t halves = 0;
    for (size_t i = 0; i < words->n; i++) {
        enum fit f = fits_word(p, words->v[i]);
        halves += f == FIT_PARTLY;
        best = f > best ? f : best;
    }
    return halves > 1 ? FIT_YES : best;
}

/* ---- one item ------------------------------------------------------------------------------- */

struct wanted {
    struct str rule, device;
};

static int by_rule_and_device(const void *key, const void *control)
{
    const struct wanted *w = key;
    const struct control *c = control;
    int d = str_cmp(w->rule, c->rule->id);
    return d != 0 ? d : str_cmp(w->device, c->policy->device);
}

const struct control *result_control(const struct result *r, struct str id, const struct policy *p)
{
    struct wanted w = {id, p->device};
    return r->controls.n == 0 ? NULL
                              : bsearch(&w, r->controls.v, r->controls.n, sizeof *r->controls.v,
                                        by_rule_and_device);
}

static void find_controls(struct arena *a, const struct result *r, const struct policy *p,
                          struct item_status *x)
{
    for (size_t i = 0; i < x->item->checks.n; i++) {
        const struct control *c = result_control(r, x->item->checks.v[i], p);
        if (c != NULL)
            *PUSH(a, x->controls) = c;
    }
}

static size_t count(const struct item_status *x, enum status status)
{
    size_t n = 0;
    for (size_t i = 0; i < x->controls.n; i++)
        n += x->controls.v[i]->status == status;
    return n;
}

/* "HYG-DEFAULT-001: 1 found; HYG-SPOOF-001: …", of the controls with STATUS. */
static struct str reasons(struct arena *a, const struct item_status *x, enum status status)
{
    struct out o = {.arena = a};
    for (size_t i = 0; i < x->controls.n; i++) {
        const struct control *c = x->controls.v[i];
        if (c->status == status)
            out_fmt(&o, "%s%.*s: %.*s", o.n == 0 ? "" : "; ", STR_ARG(c->rule->id),
                    STR_ARG(c->reason));
    }
    return out_taken(&o);
}

/* The worst of the checks stands for the item; a pass only if every one was decided, and they ask
 * all that the item asks. */
static void sum_up(struct arena *a, struct item_status *x)
{
    static const enum status order[] = {STATUS_FAIL, STATUS_WAIVED, STATUS_UNKNOWN};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (count(x, order[i]) != 0) {
            x->status = order[i];
            x->reason = reasons(a, x, order[i]);
            return;
        }
    if (x->controls.n < x->item->checks.n) {
        x->status = STATUS_UNKNOWN;
        x->reason = STR("its checks were not run on this device");
    } else if (count(x, STATUS_PASS) == 0) {
        x->status = STATUS_NOT_APPLICABLE;
        x->reason = reasons(a, x, STATUS_NOT_APPLICABLE);
    } else if (x->item->partly.n != 0) {
        x->status = STATUS_UNKNOWN;
        x->reason = arena_strf(a, "partly decided: what is checked holds; left open: %.*s",
                               STR_ARG(x->item->partly));
    } else {
        x->status = STATUS_PASS;
        x->reason = reasons(a, x, STATUS_PASS);
    }
}

static struct str formats_text(struct arena *a, const struct strs *words)
{
    struct out o = {.arena = a};
    for (size_t i = 0; i < words->n; i++)
        out_fmt(&o, "%s%.*s", i == 0 ? "" : ", ", STR_ARG(words->v[i]));
    return out_taken(&o);
}

static struct item_status decide_item(struct arena *a, const struct catalogue_item *item,
                                      const struct strs *words, const struct result *r,
                                      const struct policy *p)
{
    struct item_status x = {.item = item, .status = STATUS_UNKNOWN};
    enum fit fit = fits(p, words);
    struct str about = formats_text(a, words);
    if (fit == FIT_NO) {
        x.status = STATUS_NOT_APPLICABLE;
        x.reason = arena_strf(a, "it is about exports of %.*s", STR_ARG(about));
    } else if (item->not_decidable.n != 0) {
        x.reason =
            arena_strf(a, "not decidable from a configuration: %.*s", STR_ARG(item->not_decidable));
    } else if (item->no_check.n != 0) {
        x.reason = arena_strf(a, "no check asks for it yet: %.*s", STR_ARG(item->no_check));
    } else if (fit == FIT_PARTLY) {
        x.reason = arena_strf(a,
                              "the device was checked for both families of addresses at once: "
                              "check its %.*s export by itself",
                              STR_ARG(about));
    } else {
        find_controls(a, r, p, &x);
        sum_up(a, &x);
    }
    return x;
}

void compliance_add_item(struct arena *a, struct compliance *c, const struct item_status *x)
{
    *PUSH(a, c->items) = *x;
    c->statuses[x->status]++;
}

void catalogue_decide(struct result *r, const struct catalogue *c, const struct policy *p)
{
    struct compliance *all = PUSH(r->arena, r->compliances);
    *all = (struct compliance){.catalogue = c, .policy = p};
    for (size_t i = 0; i < c->items.n; i++) {
        const struct catalogue_item *item = &c->items.v[i];
        const struct strs *words = item->applies.n != 0 ? &item->applies : &c->applies;
        struct item_status x = decide_item(r->arena, item, words, r, p);
        compliance_add_item(r->arena, all, &x);
    }
}

static int by_catalogue_and_device(const void *x, const void *y)
{
    const struct compliance *a = x, *b = y;
    int d = str_cmp(a->catalogue->id, b->catalogue->id);
    return d != 0 ? d : str_cmp(a->policy->device, b->policy->device);
}

void compliances_sort(struct result *r)
{
    if (r->compliances.n != 0)
        qsort(r->compliances.v, r->compliances.n, sizeof *r->compliances.v,
              by_catalogue_and_device);
}
