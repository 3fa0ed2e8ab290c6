/* iptables: rules that are the same but for plain addresses, ports, comments, and chains that they
 * jump to. A long export has few shapes of rules: one of each is read in full, by the grammar and
 * the tables of options; the others, its twins, are copies of what came of it, with other sets in
 * the places that differ.
 *
 * That is exact, because a place takes only words of the simplest spelling, which no table refuses,
 * and because a rule has twins only if it comes to the same, but for these places, when it is read
 * once more with everything in them (differs_in_places()). */
#include "import/ipt_grammar.h"

bool ipt_twin_first(const struct ipt_rule *rule)
{
    struct ipt_shape *shape = rule->places.shape;
    bool first = shape == NULL || !shape->met;
    if (shape != NULL)
        shape->met = true;
    return first;
}

bool ipt_twin_copy(struct ipt *x, const struct ipt_rule *rule, struct rule *r)
{
    const struct ipt_places *places = &rule->places;
    const struct rule *like = places->shape == NULL ? NULL : places->shape->rule;
    if (like == NULL)
        return false;
    r->action = like->action;
    r->target = places->target != NULL ? places->target->chain : like->target;
    r->remark = places->remark.n != 0 ? places->remark : like->remark;
    r->treatment = like->treatment;
    r->reject = like->reject;
    r->logs = like->logs;
    struct cube *match = rule_match(x->policy, r, &like->match[0]);
    for (size_t i = 0; i < IPT_PLACE_SETS; i++)
        if (places->sets[i] != SET_EMPTY)
            match->f[ipt_place_fields[i]] = places->sets[i];
    return true;
}

/* R, of RULE, is told by what a copy has. */
static bool is_simple(const struct rule *r)
{
    return r->n_match == 1 && r->conds == LITS_NONE && r->n_rewrites == 0 && r->orig == NULL &&
           r->moves_to == MOVES_NOT && r->name.n == 0 && !r->inactive && r->action != ACT_UNKNOWN;
}

/* NEUTRAL is all values of field I, or all but one that SAID, what the rule says, has: nothing else
 * narrows the field then. */
static bool is_neutral(struct sets *s, enum family family, size_t i, set_id neutral, set_id said)
{
    const set_id all = ipt_place_whole(s, family, i);
    u128 one;
    return neutral == all ||
           (set_is_one(s, set_minus(s, all, neutral), &one) && set_has(s, said, one));
}

/* What is in the places narrows the fields that they are for, and nothing else does or depends on
 * it: ALL, of the same words with neutral ones in the places, differs just there. */
static bool differs_in_places(struct ipt *x, enum family family, const struct ipt_places *places,
                              const struct rule *r, const struct rule *all)
{
    struct cube match = all->match[0];
    for (size_t i = 0; i < IPT_PLACE_SETS; i++) {
        const enum field f = ipt_place_fields[i];
        if (places->sets[i] == SET_EMPTY)
            continue;
        if (!is_neutral(x->im->sets, family, i, match.f[f], places->sets[i]) ||
            r->match[0].f[f] != places->sets[i])
            return false;
        match.f[f] = places->sets[i];
    }
    return cube_eq(&match, &r->match[0]) && r->action == all->action && r->reject == all->reject &&
           r->logs == all->logs && r->treatment == all->treatment && r->target == all->target;
}

void ipt_twin_learn(struct ipt *x, struct ipt_ruleset *set, struct ipt_chain *chain,
                    const struct ipt_rule *rule, struct rule *r, bool told)
{
    struct ipt_shape *shape = rule->places.shape;
    if (shape == NULL || shape->asked)
        return;
    shape->asked = true;
    if (told || rule->form->refused || !is_simple(r))
        return;
    struct ipt_rule copy = *rule;
    struct rule all = {.at = r->at, .chain = r->chain, .action = ACT_CONTINUE};
    copy.words = ipt_words_read(x, x->forms, rule->source, rule->at.line, true,
                                ipt_shape_neutral(x, set->family, rule));
    copy.form = ipt_form_read(x, set->family, chain, &copy);
    ipt_lower_rule(x, set, chain, &copy, &all);
    if (is_simple(&all) && differs_in_places(x, set->family, &rule->places, r, &all))
        shape->rule = r;
}
