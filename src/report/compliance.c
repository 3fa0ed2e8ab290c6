/* What reports have in common about compliance catalogues. */
#include "report/report.h"

const char *const status_words[] = {"pass", "fail", "unknown", "not applicable", "waived"};

struct compliances report_compliance(const struct report *r)
{
    struct compliances all = {0};
    for (size_t i = 0; r->catalogues != NULL && i < r->catalogues->n; i++)
        for (size_t k = 0; k < r->devices.n; k++) {
            struct compliance *c = PUSH(r->arena, all);
            *c = (struct compliance){.catalogue = r->catalogues->v[i],
                                     .policy = r->devices.v[k].policy};
            c->items = catalogue_decide(r->arena, c->catalogue, r->result, c->policy);
            for (size_t m = 0; m < c->items.n; m++)
                c->statuses[c->items.v[m].status]++;
        }
    return all;
}

struct str contradiction_text(const struct report *r, const struct compliance *c,
                              const struct contradiction *x)
{
    if (x->rule.n == 0)
        return arena_strf(r->arena, "%.*s %.*s", STR_ARG(x->catalogue), STR_ARG(x->item));
    const struct control *found = result_control(r->result, x->rule, c->policy);
    return found == NULL
               ? x->rule
               : arena_strf(r->arena, "%.*s (%s)", STR_ARG(x->rule), status_words[found->status]);
}
