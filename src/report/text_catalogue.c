/* Compliance catalogues in the text report: every item with its status. */
#include "report/text_int.h"

#define STATUS_WIDTH 14 /* "not applicable" */

static void item(struct pen *p, const struct report *r, const struct compliance *c,
                 const struct item_status *x)
{
    static const enum style styles[] = {
        [STATUS_PASS] = STYLE_GOOD,       [STATUS_FAIL] = STYLE_ERROR,
        [STATUS_UNKNOWN] = STYLE_WARNING, [STATUS_NOT_APPLICABLE] = STYLE_DIM,
        [STATUS_WAIVED] = STYLE_NOTE,
    };
    const size_t indent = 2 + STATUS_WIDTH + 2;
    out_text(p->o, "  ");
    pen_text(p, styles[x->status], "%-*s", STATUS_WIDTH, status_words[x->status]);
    out_text(p->o, "  ");
    pen_wrap(p, indent, indent + 2,
             arena_strf(p->arena, "%.*s %.*s", STR_ARG(x->item->id), STR_ARG(x->item->title)));
    if (x->reason.n != 0) {
        out_fmt(p->o, "%*s", (int)indent + 2, "");
        pen_wrap(p, indent + 2, indent + 2, x->reason);
    }
    for (size_t i = 0; i < x->item->contradicts.n; i++) {
        const struct contradiction *k = &x->item->contradicts.v[i];
        struct str other = contradiction_text(r, c, k);
        out_fmt(p->o, "%*s", (int)indent + 2, "");
        pen_wrap(
            p, indent + 2, indent + 2,
            arena_strf(p->arena, "contradicts %.*s: %.*s", STR_ARG(other), STR_ARG(k->sentence)));
    }
}

void text_catalogues(struct pen *p, const struct report *r)
{
    for (size_t i = 0; i < r->result->compliances.n; i++) {
        const struct compliance *c = &r->result->compliances.v[i];
        struct str title = arena_strf(p->arena, "%.*s, %.*s: %.*s", STR_ARG(c->catalogue->title),
                                      STR_ARG(c->catalogue->version), STR_ARG(c->policy->device));
        pen_text(p, STYLE_BOLD, "%.*s", STR_ARG(pen_safe(p, title)));
        out_char(p->o, '\n');
        for (size_t k = 0; k < c->items.n; k++)
            item(p, r, c, &c->items.v[k]);
        out_fmt(p->o, "  %zu items:", c->items.n);
        bool first = true;
        for (size_t k = 0; k < sizeof c->statuses / sizeof *c->statuses; k++)
            if (c->statuses[k] != 0) {
                out_fmt(p->o, "%s %zu %s", first ? "" : ",", c->statuses[k], status_words[k]);
                first = false;
            }
        out_text(p->o, "\n\n");
    }
}
