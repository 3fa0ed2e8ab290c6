/* What reports have in common about compliance catalogues. */
#include "report/report.h"

const char *const status_words[] = {"pass", "fail", "unknown", "not applicable", "waived"};

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
