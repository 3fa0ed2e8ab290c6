/* Commands that take a change back. They are run in memory before they are told. */
#include "verbs/diff_int.h"

static bool gives_back(struct diffing *x, size_t device)
{
    struct audit *a = x->audit;
    struct diags diags = {.arena = a->arena};
    struct budget b = {.left = AUDIT_BUDGET / 10};
    struct source *change =
        source_add(a->arena, &a->sources, STR("(back-out)"), x->backout.commands);
    a->same_ifaces.n = 0;
    know_ifaces(a, x->now);
    const struct policy *back = audit_changed(a, device, change, &diags);
    if (diags.worst[DIAG_ERROR] || back->ifaces.n != x->old->ifaces.n)
        return false;
    struct region differ = policies_differ(x->old, back, DIFFER_IN_TREATMENT, a->arena, &b);
    for (int k = 0; k < PATH_KINDS && differ.n != 0; k++) {
        struct region start = region_and(x->old->sets, a->arena, &differ, &x->now->universe, &b);
        struct changes c = changes_find(x->old, back, a->arena, (enum path_kind)k, &start, &b);
        struct region treated =
            treated_differently(x->old, back, a->arena, (enum path_kind)k, &start, false, &b);
        if (c.permitted.n + c.denied.n + treated.n != 0)
            return false;
    }
    return !b.spent;
}

void diff_backout(struct diffing *x)
{
    struct audit *a = x->audit;
    struct backout *b = &x->backout;
    if (x->across || a->diags.worst[DIAG_ERROR])
        return;
    if (str_eq(x->old->format, STR("iptables")))
        b->commands = backout_iptables(a, x->now, x->old);
    else if (str_eq(x->old->format, STR("asa")))
        b->commands = backout_asa(a->arena, &a->devices.v[1], &a->devices.v[0]);
    else
        return;
    b->known = true;
    b->proven = gives_back(x, 1);
}
