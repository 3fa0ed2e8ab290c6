#include "verbs/intent.h"

const char *const outcome_names[] = {"already possible before", "done exactly",
                                     "done with collateral", "done in part", "not done"};
/* Of one request: whether there is collateral, only all requests together tell. */
static const char *const request_names[] = {"already possible before", "done", "done",
                                            "done in part", "not done"};

const char *const intent_names[] = {"permit", "deny", "treat"};

bool intents_given(const struct intent_options *o)
{
    return o->permits.n + o->denies.n + o->treats.n + o->files.n != 0;
}

/* ---- reading --------------------------------------------------------------------------------- */

static const char *add(struct audit *a, const struct policy *now, struct str words,
                       enum intent_kind kind, struct intents *out)
{
    struct intent *e = PUSH(a->arena, *out);
    *e = (struct intent){.kind = kind, .words = words};
    e->asked = (struct asked){.arena = a->arena, .policy = now, .site = a->site};
    if (!asked_words(&e->asked, words))
        return arena_cstr(a->arena, e->asked.why);
    asked_route(&e->asked); /* zones that stay open are all of them */
    e->want = asked_region(&e->asked);
    e->told = asked_told(&e->asked, &e->want);
    return e->want.n == 0 ? "no packet that this device sees is like that" : NULL;
}

static void read_file(struct audit *a, const struct policy *now, struct str path,
                      struct intents *out)
{
    const struct source *s = read_source(a, path, DIAG_ERROR);
    for (uint32_t line = 1; s != NULL && line <= s->n_lines; line++) {
        struct str text = str_trim(source_line(s, line)), verb;
        if (text.n == 0 || text.p[0] == '#')
            continue;
        str_word(&text, &verb);
        int kind = 0;
        while (kind < INTENT_KINDS && !str_eq(verb, str_of(intent_names[kind])))
            kind++;
        const char *why =
            kind < INTENT_KINDS
                ? add(a, now, str_trim(text), (enum intent_kind)kind, out)
                : "a line is `permit WORDS`, `deny WORDS` or `treat WORDS`, or begins with #";
        if (why != NULL)
            diag_add(&a->diags, DIAG_ERROR, span_line(s, line), "%s", why);
    }
}

bool intents_read(struct command *c, struct audit *a, const struct intent_options *o,
                  const struct policy *now, struct intents *out)
{
    for (int kind = 0; kind < INTENT_KINDS; kind++) {
        const struct strs *words = kind == INTENT_PERMIT ? &o->permits
                                   : kind == INTENT_DENY ? &o->denies
                                                         : &o->treats;
        for (size_t i = 0; i < words->n; i++) {
            const char *why = add(a, now, words->v[i], (enum intent_kind)kind, out);
            if (why != NULL) {
                usage_error(c, "\"%.*s\": %s", STR_ARG(words->v[i]), why);
                return false;
            }
        }
    }
    for (size_t i = 0; i < o->files.n; i++)
        read_file(a, now, o->files.v[i], out);
    return true;
}

/* ---- deciding -------------------------------------------------------------------------------- */

/* It is done if some of it is treated differently. */
static void decide_treatment(struct intent *e, const struct policy *then, const struct policy *now,
                             struct budget *b)
{
    struct region treated = {0};
    if (then != now)
        treated = treated_differently(then, now, e->asked.arena, e->asked.path, &e->want, false, b);
    e->outcome = treated.n != 0 ? OUTCOME_DONE : OUTCOME_NOT;
}

static void decide_one(struct intent *e, const struct policy *then, const struct policy *now,
                       struct budget *b)
{
    struct arena *a = e->asked.arena;
    struct sets *s = now->sets;
    struct decision was = decide(then, a, e->asked.path, &e->want, b);
    struct decision is = then == now ? was : decide(now, a, e->asked.path, &e->want, b);
    const struct region *had = e->kind == INTENT_PERMIT ? &was.permitted : &was.denied;
    const struct region *has = e->kind == INTENT_PERMIT ? &is.permitted : &is.denied;
    struct region before = region_minus(s, a, &e->want, had, b);
    struct region missing = region_minus(s, a, &e->want, has, b);
    enum verdict wanted = e->kind == INTENT_PERMIT ? VERDICT_PERMIT : VERDICT_DENY;
    enum verdict other = e->kind == INTENT_PERMIT ? VERDICT_DENY : VERDICT_PERMIT;
    e->missing = asked_told(&e->asked, &missing);
    e->before = before.n == 0;
    e->outcome = missing.n == 0 ? (e->before ? OUTCOME_BEFORE : OUTCOME_DONE)
                 : has->n == 0  ? OUTCOME_NOT
                                : OUTCOME_PART;
    if (e->before)
        e->then = blame(then, a, e->asked.path, &e->want, wanted, b);
    if (missing.n != 0)
        e->against = blame(now, a, e->asked.path, &missing, other, b);
}

void intents_decide(struct intents *all, const struct policy *then, const struct policy *now,
                    struct budget *b)
{
    for (size_t i = 0; i < all->n; i++)
        if (all->v[i].kind == INTENT_TREAT)
            decide_treatment(&all->v[i], then, now, b);
        else
            decide_one(&all->v[i], then, now, b);
}

enum outcome_kind intents_outcome(const struct intents *all, bool collateral)
{
    size_t counts[OUTCOME_NOT + 1] = {0};
    for (size_t i = 0; i < all->n; i++)
        counts[all->v[i].outcome]++;
    if (counts[OUTCOME_NOT] == all->n)
        return OUTCOME_NOT;
    if (counts[OUTCOME_NOT] + counts[OUTCOME_PART] != 0)
        return OUTCOME_PART;
    if (counts[OUTCOME_BEFORE] == all->n)
        return OUTCOME_BEFORE;
    return collateral ? OUTCOME_COLLATERAL : OUTCOME_DONE;
}

/* ---- telling --------------------------------------------------------------------------------- */

const char *request_outcome(const struct intent *e)
{
    return e->outcome == OUTCOME_BEFORE && e->kind == INTENT_DENY ? "already denied before"
                                                                  : request_names[e->outcome];
}

struct str rule_text(struct audit *a, const struct rule *r)
{
    if (r == NULL)
        return STR("no rule");
    struct place at = place_of(&a->sources, r->at);
    struct str text = str_safe(a->arena, r->text);
    if (at.source == NULL || at.at.line == 0 || r->at.line == 0)
        return text;
    return arena_strf(a->arena, "%.*s:%u: %.*s", STR_ARG(str_safe(a->arena, at.source->path)),
                      at.at.line, STR_ARG(text));
}

#define BOXES_SHOWN 12

static void text_blames(struct out *o, struct audit *a, const char *word, const struct blames *all)
{
    for (size_t i = 0; i < all->n && i < BOXES_SHOWN; i++)
        out_fmt(o, "    %s %.*s\n", word, STR_ARG(rule_text(a, all->v[i].rule)));
    if (all->n > BOXES_SHOWN)
        out_fmt(o, "    %s %zu more\n", word, all->n - BOXES_SHOWN);
}

void intents_text(struct out *o, struct audit *a, const struct policy *p, const struct intents *all)
{
    for (size_t i = 0; i < all->n; i++) {
        const struct intent *e = &all->v[i];
        out_fmt(o, "\nExpected to %s %.*s: %s\n", intent_names[e->kind],
                STR_ARG(str_safe(a->arena, e->words)), request_outcome(e));
        struct boxes boxes = boxes_of(a->arena, p, &e->missing);
        for (size_t k = 0; k < boxes.n && k < BOXES_SHOWN; k++)
            out_fmt(o, "    missing %.*s\n", STR_ARG(box_text(a->arena, &boxes.v[k], 8)));
        if (boxes.n > BOXES_SHOWN)
            out_fmt(o, "    missing %zu more\n", boxes.n - BOXES_SHOWN);
        text_blames(o, a, "decided by", &e->against);
        text_blames(o, a, "already by", &e->then);
    }
}

void blames_json(struct cJSON *to, struct audit *a, const char *key, const struct policy *p,
                 const struct asked *asked, const struct blames *all)
{
    struct cJSON *rules = json_add_array(to, a->arena, key);
    for (size_t i = 0; i < all->n; i++) {
        struct region part = asked_told(asked, &all->v[i].part);
        struct cJSON *rule = json_add_object(rules, a->arena, NULL);
        json_add_str(rule, a->arena, "text", all->v[i].rule->text);
        if (all->v[i].rule->at.line != 0)
            json_add_place(rule, a->arena, "location", place_of(&a->sources, all->v[i].rule->at));
        json_add_boxes(rule, a->arena, "part", p, &part);
    }
}

void intents_json(struct cJSON *doc, struct audit *a, const struct policy *p,
                  const struct intents *all)
{
    struct cJSON *expected = json_add_array(doc, a->arena, "expected");
    for (size_t i = 0; i < all->n; i++) {
        const struct intent *e = &all->v[i];
        struct cJSON *json = json_add_object(expected, a->arena, NULL);
        json_add_str(json, a->arena, intent_names[e->kind], e->words);
        json_add_text(json, a->arena, "outcome", request_outcome(e));
        json_add_bool(json, a->arena, "before", e->before);
        json_add_boxes(json, a->arena, "missing", p, &e->missing);
        blames_json(json, a, "decided_by", p, &e->asked, &e->against);
        blames_json(json, a, "already_by", p, &e->asked, &e->then);
    }
}
