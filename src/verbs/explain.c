#include "check/waiver.h"
#include "verbs/verbs.h"

#include <cjson/cJSON.h>

/* ---- the page -----------------------------------------------------------------------------------
 */

struct page {
    struct out *o;
    struct terminal t;
};

static void bold(struct page *p, bool on)
{
    if (p->t.color)
        out_text(p->o, on ? "\033[1m" : "\033[0m");
}

static void heading(struct page *p, const char *text)
{
    out_char(p->o, '\n');
    bold(p, true);
    out_text(p->o, text);
    bold(p, false);
    out_char(p->o, '\n');
}

/* Wraps TEXT at blanks, indented by INDENT. */
static void paragraph(struct page *p, size_t indent, struct str text)
{
    struct str word;
    size_t column = 0;
    text = str_safe(p->o->arena, text);
    while (str_word(&text, &word)) {
        if (column != 0 && column + 1 + word.n > p->t.width) {
            out_char(p->o, '\n');
            column = 0;
        }
        if (column == 0)
            out_fmt(p->o, "%*s", (int)indent, "");
        else
            out_char(p->o, ' ');
        out_str(p->o, word);
        column = (column == 0 ? indent : column + 1) + word.n;
    }
    out_char(p->o, '\n');
}

static void section(struct page *p, const char *title, const struct strs *text)
{
    struct strs paragraphs = prose_paragraphs(p->o->arena, text);
    if (paragraphs.n != 0)
        heading(p, title);
    for (size_t i = 0; i < paragraphs.n; i++)
        paragraph(p, 2, paragraphs.v[i]);
}

static void lines(struct page *p, size_t indent, struct str text)
{
    struct str line;
    while (str_cut(&text, '\n', &line)) {
        size_t blanks = 0;
        while (blanks < line.n && line.p[blanks] == ' ')
            blanks++;
        out_fmt(p->o, "%*s%.*s\n", (int)(indent + blanks), "",
                STR_ARG(str_safe(p->o->arena, str_trim(line))));
    }
}

static void examples(struct page *p, const struct rule_def *r, bool violates)
{
    bool any = false;
    for (size_t i = 0; i < r->examples.n; i++) {
        const struct example *e = &r->examples.v[i];
        if (e->violates != violates)
            continue;
        if (!any)
            heading(p, violates ? "Found in" : "Not found in");
        any = true;
        out_fmt(p->o, "  %.*s: %.*s\n", STR_ARG(e->format),
                STR_ARG(str_safe(p->o->arena, e->name)));
        lines(p, 6, e->config);
    }
}

static void undecided(struct page *p, const struct rule_def *r)
{
    if (r->cannot.n != 0)
        heading(p, "Not decided in");
    for (size_t i = 0; i < r->cannot.n; i++)
        paragraph(p, 2,
                  arena_strf(p->o->arena, "%.*s: %.*s", STR_ARG(r->cannot.v[i].format),
                             STR_ARG(r->cannot.v[i].why)));
}

static void fixes(struct page *p, const struct rule_def *r)
{
    if (r->fixes.n != 0)
        heading(p, "Fix");
    for (size_t i = 0; i < r->fixes.n; i++) {
        out_fmt(p->o, "  %.*s:\n", STR_ARG(r->fixes.v[i].syntax));
        for (size_t k = 0; k < r->fixes.v[i].lines.n; k++)
            out_fmt(p->o, "      %.*s\n", STR_ARG(str_safe(p->o->arena, r->fixes.v[i].lines.v[k])));
    }
}

static void sources(struct page *p, const struct rule_def *r)
{
    if (r->sources.n != 0)
        heading(p, "Source");
    for (size_t i = 0; i < r->sources.n; i++)
        out_fmt(p->o, "  %.*s%s%.*s%s%.*s\n", STR_ARG(str_safe(p->o->arena, r->sources.v[i].title)),
                r->sources.v[i].date.n != 0 ? ", " : "",
                STR_ARG(str_safe(p->o->arena, r->sources.v[i].date)),
                r->sources.v[i].url.n != 0 ? "\n  " : "",
                STR_ARG(str_safe(p->o->arena, r->sources.v[i].url)));
}

static void explain_text(struct page *p, const struct rule_def *r)
{
    bold(p, true);
    out_fmt(p->o, "%.*s: %.*s\n", STR_ARG(r->id), STR_ARG(str_safe(p->o->arena, r->title)));
    bold(p, false);
    out_fmt(p->o, "%s, pack %.*s", severity_names[r->severity],
            STR_ARG(pack_label(p->o->arena, r->pack)));
    for (size_t i = 0; i < r->aliases.n; i++)
        out_fmt(p->o, "%s%.*s", i == 0 ? ", also " : ", ", STR_ARG(r->aliases.v[i]));
    out_char(p->o, '\n');
    section(p, "Why", &r->rationale);
    section(p, "How it is decided", &r->decided);
    examples(p, r, true);
    examples(p, r, false);
    undecided(p, r);
    fixes(p, r);
    section(p, "When to accept it", &r->waive);
    sources(p, r);
}

/* ---- JSON ---------------------------------------------------------------------------------------
 */

static void explain_json(struct out *o, const struct rule_def *r)
{
    struct arena *a = o->arena;
    cJSON *doc = json_new_object(a);
    json_add_text(doc, a, "schema", "fwproof/rule/1");
    json_add_str(doc, a, "id", r->id);
    json_add_str(doc, a, "title", r->title);
    json_add_text(doc, a, "severity", severity_names[r->severity]);
    json_add_str(doc, a, "pack", r->pack->id);
    json_add_strs(doc, a, "aliases", &r->aliases);
    json_add_strs(doc, a, "rationale", &r->rationale);
    json_add_strs(doc, a, "decided", &r->decided);
    json_add_strs(doc, a, "waive", &r->waive);
    cJSON *fix = json_add_object(doc, a, "fix");
    for (size_t i = 0; i < r->fixes.n; i++)
        json_add_strs(fix, a, arena_cstr(a, r->fixes.v[i].syntax), &r->fixes.v[i].lines);
    cJSON *list = json_add_array(doc, a, "sources");
    for (size_t i = 0; i < r->sources.n; i++) {
        cJSON *source = json_add_object(list, a, NULL);
        json_add_str(source, a, "title", r->sources.v[i].title);
        json_add_str(source, a, "url", r->sources.v[i].url);
        json_add_str(source, a, "date", r->sources.v[i].date);
    }
    json_print(a, o, doc, true);
}

static int unknown_rule(const struct command *c, const struct audit *a, struct str id)
{
    struct str near = packs_suggest(&a->packs, id);
    struct str shown = str_safe(c->arena, id);
    if (near.n != 0)
        complain(c, "unknown rule \"%.*s\"; did you mean %.*s?", STR_ARG(shown), STR_ARG(near));
    else
        complain(c, "unknown rule \"%.*s\"; `fwproof rules` lists them", STR_ARG(shown));
    return 2;
}

static int run_explain(struct command *c)
{
    struct str path;
    int format = output_format(c, "text|json", &path);
    if (format < 0)
        return 2;
    struct audit *a = audit_new(c->arena, &c->opt.audit);
    if (!audit_load_site(a) || !audit_load_packs(a)) {
        complain_diags(c, a, DIAG_ERROR);
        return 2;
    }
    struct out o = {.arena = c->arena};
    struct page page = {&o, terminal_of(c)};
    for (size_t i = 0; i < c->args.n; i++) {
        const struct rule_def *r = packs_find(&a->packs, c->args.v[i]);
        if (r == NULL)
            r = waiver_rule_find(c->args.v[i]);
        if (r == NULL)
            return unknown_rule(c, a, c->args.v[i]);
        if (i != 0)
            out_char(&o, '\n');
        if (format == 0)
            explain_text(&page, r);
        else
            explain_json(&o, r);
    }
    return output_write(c, path, out_taken(&o)) ? 0 : 4;
}

static const struct option_table *const tables[] = {&options_rules, &options_output, NULL};

const struct verb verb_explain = {
    .name = "explain",
    .args = "ID...",
    .summary = "Show a rule's page: why, how it is decided, examples, fixes",
    .details = "Formats: text (default), json.",
    .min_args = 1,
    .shared = tables,
    .run = run_explain,
};
