#include "verbs/verbs.h"

#include <cjson/cJSON.h>

/* The union of what a rule matches, in words. */
static struct boxes rule_boxes(struct arena *a, const struct policy *p, const struct rule *r)
{
    struct region match = {r->match, r->n_match, 0};
    return boxes_of(a, p, &match);
}

static struct str cond_text(struct arena *a, const struct policy *p, struct literal l)
{
    const struct cond *c = &p->conds.v[l.cond];
    return arena_strf(a, "%s%.*s %.*s", l.holds ? "" : "not ", STR_ARG(str_safe(a, c->kind)),
                      STR_ARG(str_safe(a, c->text)));
}

static struct strs rule_conds(struct arena *a, const struct policy *p, const struct rule *r)
{
    struct strs out = {0};
    for (size_t i = 0; i < lits_count(p->sets, r->conds); i++)
        *PUSH(a, out) = cond_text(a, p, lits_at(p->sets, r->conds, i));
    return out;
}

static struct str place_text(struct arena *a, const struct sources *s, struct span at)
{
    struct place place = place_of(s, at);
    if (place.source == NULL)
        return STR("");
    return arena_strf(a, "%.*s:%u", STR_ARG(str_safe(a, place.source->path)), place.at.line);
}

static struct str chain_label(struct arena *a, const struct chain *c)
{
    return str_safe(a, arena_strf(a, "%.*s%s%.*s", STR_ARG(c->table), c->table.n != 0 ? " " : "",
                                  STR_ARG(c->name)));
}

/* ---- text ---------------------------------------------------------------------------------------
 */

struct show {
    struct audit *audit;
    struct arena *arena;
    struct out *o;
    const struct policy *policy;
    bool whole; /* -v: lists as long as they are, and the class of every line */
};
#define BOXES_SHOWN 6
#define VALUES_SHOWN 12

/* What R does beside deciding, in the export's words; where it has none, what it changes. */
static struct str does(struct arena *a, const struct policy *p, const struct rule *r)
{
    struct out o = {.arena = a};
    if (r->treatment != 0)
        return str_safe(a, p->treatments.v[r->treatment]);
    for (size_t i = 0; i < r->n_rewrites && r->n_match != 0; i++) {
        const struct rewrite *w = &r->rewrites[i];
        enum family family = (enum family)set_min(p->sets, r->match[0].f[FIELD_FAMILY]);
        struct strs to = set_format(p->sets, a, w->field, w->to, family, &p->ifaces);
        out_fmt(&o, "%s%s becomes %.*s", i == 0 ? "" : ", ", field_keys[w->field],
                STR_ARG(strs_join(a, &to, ",")));
    }
    return out_taken(&o);
}

static void show_rule(struct show *s, const struct rule *r)
{
    struct out *o = s->o;
    if (r->number != 0)
        out_fmt(o, "  %4u ", r->number);
    else
        out_text(o, "       ");
    out_fmt(o, "%s", r->inactive ? "inactive " : "");
    out_text(o, action_names[r->action]);
    if (r->target != NULL)
        out_fmt(o, " %.*s", STR_ARG(chain_label(s->arena, r->target)));
    struct str beside = does(s->arena, s->policy, r);
    if (beside.n != 0)
        out_fmt(o, " (%.*s)", STR_ARG(beside));
    struct str at = place_text(s->arena, &s->audit->sources, r->at);
    out_fmt(o, "   %.*s%s", STR_ARG(at), r->implicit ? ", implicit" : "");
    if (r->has_hits && r->hits != 0)
        out_fmt(o, ", %ju hits", (uintmax_t)r->hits);
    out_text(o, r->has_hits && r->hits == 0 ? ", never hit\n" : "\n");
    struct boxes boxes = rule_boxes(s->arena, s->policy, r);
    for (size_t i = 0; i < boxes.n; i++) {
        if (!s->whole && i == BOXES_SHOWN && boxes.n > BOXES_SHOWN + 1) {
            out_fmt(o, "         and %zu more\n", boxes.n - i);
            break;
        }
        out_fmt(o, "         %.*s\n",
                STR_ARG(box_text(s->arena, &boxes.v[i], s->whole ? SIZE_MAX - 1 : VALUES_SHOWN)));
    }
    if (boxes.n == 0)
        out_text(o, "         nothing\n");
    struct strs conds = rule_conds(s->arena, s->policy, r);
    for (size_t i = 0; i < conds.n; i++)
        out_fmt(o, "         if %.*s\n", STR_ARG(conds.v[i]));
    if (r->remark.n != 0)
        out_fmt(o, "         # %.*s\n", STR_ARG(str_safe(s->arena, r->remark)));
}

/* What becomes of packets that no rule of C decides, if a path begins there. */
static const struct rule *otherwise_of(const struct policy *p, const struct chain *c)
{
    for (int k = 0; k < PATH_KINDS; k++)
        for (size_t i = 0; i < p->paths[k].n; i++)
            if (p->paths[k].v[i].chain == c)
                return p->paths[k].v[i].otherwise;
    return NULL;
}

static void show_chains(struct show *s)
{
    for (size_t i = 0; i < s->policy->chains.n; i++) {
        const struct chain *c = s->policy->chains.v[i];
        const struct rule *otherwise = otherwise_of(s->policy, c);
        out_fmt(s->o, "\n%.*s: %zu %s", STR_ARG(chain_label(s->arena, c)), c->n_rules,
                c->n_rules == 1 ? "rule" : "rules");
        if (otherwise != NULL)
            out_fmt(s->o, ", otherwise %s", action_names[otherwise->action]);
        out_char(s->o, '\n');
        for (size_t k = 0; k < c->n_rules; k++) {
            struct show one = *s; /* what a rule's text needs goes with it */
            one.arena = arena_child(s->arena);
            show_rule(&one, c->rules[k]);
            arena_free(one.arena);
        }
    }
}

static void show_paths(struct show *s)
{
    out_text(s->o, "\npaths\n");
    for (int k = 0; k < PATH_KINDS; k++) {
        const struct path *path = &s->policy->paths[k];
        if (path->n == 0)
            continue;
        out_fmt(s->o, "  %s:\n", path_names[k]);
        for (size_t i = 0; i < path->n; i++) {
            const struct stage *stage = &path->v[i];
            out_fmt(s->o, "    %.*s", STR_ARG(str_safe(s->arena, stage->title)));
            if (stage->otherwise != NULL)
                out_fmt(s->o, ", otherwise %s", action_names[stage->otherwise->action]);
            out_char(s->o, '\n');
        }
    }
}

static void show_interfaces(struct show *s)
{
    static const char *const sides[] = {"", "inside", "outside"};
    if (s->policy->interfaces.n != 0)
        out_text(s->o, "\ninterfaces and zones\n");
    for (size_t i = 0; i < s->policy->interfaces.n; i++) {
        const struct interface *f = &s->policy->interfaces.v[i];
        out_fmt(s->o, "  %-16.*s %s", STR_ARG(str_safe(s->arena, f->name)), sides[f->side]);
        if (f->level >= 0)
            out_fmt(s->o, " level %d", f->level);
        if (f->why.n != 0)
            out_fmt(s->o, " (%.*s)", STR_ARG(str_safe(s->arena, f->why)));
        for (size_t k = 0; k < f->n_nets; k++)
            out_fmt(s->o, " %.*s", STR_ARG(range_format(s->arena, f->families[k], f->nets[k])));
        out_char(s->o, '\n');
    }
}

static void show_rest(struct show *s)
{
    const struct policy *p = s->policy;
    if (p->objects.n != 0)
        out_text(s->o, "\nobjects\n");
    for (size_t i = 0; i < p->objects.n; i++)
        out_fmt(s->o, "  %.*s %.*s: used %u times, %.*s\n",
                STR_ARG(str_safe(s->arena, p->objects.v[i].kind)),
                STR_ARG(str_safe(s->arena, p->objects.v[i].name)), p->objects.v[i].uses,
                STR_ARG(place_text(s->arena, &s->audit->sources, p->objects.v[i].at)));
    if (p->facts.n != 0)
        out_text(s->o, "\nfacts\n");
    for (size_t i = 0; i < p->facts.n; i++)
        out_fmt(s->o, "  %.*s = %.*s, %.*s\n", STR_ARG(str_safe(s->arena, p->facts.v[i].key)),
                STR_ARG(str_safe(s->arena, p->facts.v[i].value)),
                STR_ARG(place_text(s->arena, &s->audit->sources, p->facts.v[i].at)));
    if (p->assumptions.n != 0)
        out_text(s->o, "\nassumptions\n");
    for (size_t i = 0; i < p->assumptions.n; i++)
        out_fmt(s->o, "  %.*s\n", STR_ARG(str_safe(s->arena, p->assumptions.v[i])));
}

static void show_lines(struct show *s, const struct audit_device *d)
{
    static const char *const words[] = {"unseen", "irrelevant", "modelled", "NOT MODELLED"};
    for (size_t i = 0; i < d->inputs.n; i++) {
        const struct source *in = d->inputs.v[i];
        uint32_t counts[4];
        source_counts(in, counts);
        out_fmt(s->o, "  %.*s: %.*s, %u lines: %u modelled, %u irrelevant, %u not modelled\n",
                STR_ARG(str_safe(s->arena, in->path)), STR_ARG(in->format), in->n_lines,
                counts[LINE_MODELLED], counts[LINE_IRRELEVANT], counts[LINE_NOT_MODELLED]);
        for (uint32_t k = 1; k <= in->n_lines; k++)
            if (s->whole || in->classes[k - 1] == LINE_NOT_MODELLED)
                out_fmt(s->o, "    %5u %-12s %.*s\n", k, words[in->classes[k - 1]],
                        STR_ARG(str_safe(s->arena, source_line(in, k))));
    }
}

static void show_text(struct show *s)
{
    struct audit *a = s->audit;
    for (size_t i = 0; i < a->devices.n; i++) {
        const struct audit_device *d = &a->devices.v[i];
        s->policy = d->policy;
        out_fmt(s->o, "%sdevice %.*s (%.*s)\n", i == 0 ? "" : "\n",
                STR_ARG(str_safe(s->arena, d->name)), STR_ARG(d->policy->format));
        show_lines(s, d);
        show_interfaces(s);
        show_paths(s);
        show_chains(s);
        show_rest(s);
    }
}

/* ---- JSON ---------------------------------------------------------------------------------------
 */

static void json_rule(struct show *s, cJSON *to, const struct rule *r)
{
    struct arena *a = s->arena;
    cJSON *json = json_add_object(to, a, NULL);
    if (r->number != 0)
        json_add_number(json, a, "number", r->number);
    if (r->name.n != 0)
        json_add_str(json, a, "name", r->name);
    json_add_text(json, a, "action", action_names[r->action]);
    if (r->target != NULL)
        json_add_str(json, a, "target", chain_label(a, r->target));
    struct region match = {r->match, r->n_match, 0};
    json_add_boxes(json, a, "match", s->policy, &match);
    struct strs conds = rule_conds(a, s->policy, r);
    if (conds.n != 0)
        json_add_strs(json, a, "conditions", &conds);
    if (r->inactive)
        json_add_bool(json, a, "inactive", true);
    if (r->implicit)
        json_add_bool(json, a, "implicit", true);
    json_add_bool(json, a, "logs", r->logs);
    struct str beside = does(a, s->policy, r);
    if (beside.n != 0)
        json_add_str(json, a, "does", beside);
    if (r->has_hits)
        json_add_number(json, a, "hits", r->hits);
    if (r->remark.n != 0)
        json_add_str(json, a, "remark", r->remark);
    json_add_place(json, a, "location", place_of(&s->audit->sources, r->at));
}

static void json_paths(struct show *s, cJSON *to)
{
    static const char *const keys[PATH_KINDS] = {"through", "to_self", "from_self"};
    cJSON *paths = json_add_object(to, s->arena, "paths");
    for (int k = 0; k < PATH_KINDS; k++) {
        cJSON *stages = json_add_array(paths, s->arena, keys[k]);
        for (size_t i = 0; i < s->policy->paths[k].n; i++) {
            const struct stage *stage = &s->policy->paths[k].v[i];
            cJSON *json = json_add_object(stages, s->arena, NULL);
            json_add_str(json, s->arena, "title", stage->title);
            if (stage->chain != NULL)
                json_add_str(json, s->arena, "chain", chain_label(s->arena, stage->chain));
            if (stage->otherwise != NULL)
                json_add_text(json, s->arena, "otherwise", action_names[stage->otherwise->action]);
        }
    }
}

static void json_chains(struct show *s, cJSON *to)
{
    cJSON *chains = json_add_array(to, s->arena, "chains");
    for (size_t i = 0; i < s->policy->chains.n; i++) {
        const struct chain *c = s->policy->chains.v[i];
        cJSON *json = json_add_object(chains, s->arena, NULL);
        json_add_str(json, s->arena, "table", c->table);
        json_add_str(json, s->arena, "name", c->name);
        cJSON *rules = json_add_array(json, s->arena, "rules");
        for (size_t k = 0; k < c->n_rules; k++)
            json_rule(s, rules, c->rules[k]);
    }
}

static void json_interfaces(struct show *s, cJSON *to)
{
    static const char *const sides[] = {"unknown", "inside", "outside"};
    cJSON *all = json_add_array(to, s->arena, "interfaces");
    for (size_t i = 0; i < s->policy->interfaces.n; i++) {
        const struct interface *f = &s->policy->interfaces.v[i];
        cJSON *json = json_add_object(all, s->arena, NULL);
        json_add_str(json, s->arena, "name", f->name);
        json_add_text(json, s->arena, "side", sides[f->side]);
        json_add_str(json, s->arena, "why", f->why);
        struct strs nets = {0};
        for (size_t k = 0; k < f->n_nets; k++)
            *PUSH(s->arena, nets) = range_format(s->arena, f->families[k], f->nets[k]);
        json_add_strs(json, s->arena, "networks", &nets);
    }
}

static void json_rest(struct show *s, cJSON *to)
{
    struct arena *a = s->arena;
    const struct policy *p = s->policy;
    cJSON *objects = json_add_array(to, a, "objects");
    for (size_t i = 0; i < p->objects.n; i++) {
        cJSON *json = json_add_object(objects, a, NULL);
        json_add_str(json, a, "kind", p->objects.v[i].kind);
        json_add_str(json, a, "name", p->objects.v[i].name);
        json_add_number(json, a, "uses", p->objects.v[i].uses);
        json_add_place(json, a, "location", place_of(&s->audit->sources, p->objects.v[i].at));
    }
    cJSON *facts = json_add_array(to, a, "facts");
    for (size_t i = 0; i < p->facts.n; i++) {
        cJSON *json = json_add_object(facts, a, NULL);
        json_add_str(json, a, "key", p->facts.v[i].key);
        json_add_str(json, a, "value", p->facts.v[i].value);
        json_add_place(json, a, "location", place_of(&s->audit->sources, p->facts.v[i].at));
    }
    json_add_strs(to, a, "assumptions", &p->assumptions);
}

static void json_lines(struct show *s, cJSON *to, const struct audit_device *d)
{
    static const char *const words[] = {"unseen", "irrelevant", "modelled", "not_modelled"};
    cJSON *inputs = json_add_array(to, s->arena, "inputs");
    for (size_t i = 0; i < d->inputs.n; i++) {
        const struct source *in = d->inputs.v[i];
        cJSON *json = json_add_object(inputs, s->arena, NULL);
        json_add_str(json, s->arena, "path", in->path);
        json_add_str(json, s->arena, "format", in->format);
        json_add_str(json, s->arena, "sha256", source_sha256(s->arena, in));
        cJSON *lines = json_add_array(json, s->arena, "lines");
        for (uint32_t k = 1; k <= in->n_lines; k++)
            json_add_text(lines, s->arena, NULL, words[in->classes[k - 1]]);
    }
}

static void show_json(struct show *s, const struct report *r)
{
    cJSON *doc = json_new_object(s->arena);
    json_add_text(doc, s->arena, "schema", "fwproof/model/1");
    cJSON *devices = json_add_array(doc, s->arena, "devices");
    for (size_t i = 0; i < s->audit->devices.n; i++) {
        const struct audit_device *d = &s->audit->devices.v[i];
        s->policy = d->policy;
        cJSON *json = json_add_object(devices, s->arena, NULL);
        json_add_str(json, s->arena, "name", d->name);
        json_add_str(json, s->arena, "format", d->policy->format);
        json_lines(s, json, d);
        json_interfaces(s, json);
        json_paths(s, json);
        json_chains(s, json);
        json_rest(s, json);
    }
    json_add_diagnostics(doc, r);
    json_print(s->arena, s->o, doc, true);
}

/* ---- the device's own form ----------------------------------------------------------------------
 */

static bool show_iptables(const struct command *c, struct show *s)
{
    for (size_t i = 0; i < s->audit->devices.n; i++)
        if (!audit_spell(s->audit, i, s->o)) {
            complain(c, "device %.*s is no export of iptables: `show -f iptables` cannot write it",
                     STR_ARG(str_safe(s->arena, s->audit->devices.v[i].name)));
            return false;
        }
    return true;
}

static int run_show(struct command *c)
{
    struct str path;
    enum { AS_TEXT, AS_JSON, AS_IPTABLES };
    int format = output_format(c, "text|json|iptables", &path);
    if (format < 0)
        return 2;
    struct audit *a = audit_new(c->arena, &c->opt.audit);
    audit_load_site(a);
    audit_import(a, &c->opt.audit.inputs, false);
    struct out o = {.arena = c->arena};
    struct show s = {a, c->arena, &o, NULL, c->opt.verbose > 0};
    struct report r = audit_report(a);
    if (format == AS_IPTABLES && !show_iptables(c, &s))
        return 2;
    if (format == AS_TEXT)
        show_text(&s);
    if (format == AS_JSON)
        show_json(&s, &r);
    if (format != AS_JSON && c->opt.quiet == 0)
        complain_diags(c, a, c->opt.verbose > 0 ? DIAG_NOTE : DIAG_WARNING);
    return output_write(c, path, out_taken(&o)) ? r.exit_code : 4;
}

static const struct option_table *const tables[] = {&options_input, &options_output, NULL};

const struct verb verb_show = {
    .name = "show",
    .args = "INPUT...",
    .summary = "Show the model as understood: rules, objects, zones, lines left out",
    .details = "Formats: text (default), json, iptables (the rules as iptables-save prints them). "
               "-v shows the class of every line.",
    .min_args = 1,
    .shared = tables,
    .run = run_show,
};
