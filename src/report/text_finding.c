#include "report/text_int.h"

#define RELATED_MAX 6
#define BOXES_MAX 6
#define VALUES_MAX 8
#define BAR 20

static void add_bar(struct pen *p, const struct coverage *c)
{
    double part = (double)c->have / (double)c->need * BAR;
    size_t full = (size_t)part;
    if (c->have != 0 && full == 0)
        full = 1; /* neither none nor all is shown as the other */
    if (c->have < c->need && full == BAR)
        full = BAR - 1;
    out_char(p->o, '[');
    for (size_t i = 0; i < BAR; i++)
        out_text(p->o, i < full ? (p->utf8 ? "█" : "#") : (p->utf8 ? "░" : "."));
    out_text(p->o, "] ");
}

/* 1,308,622,848 */
static struct str grouped(struct pen *p, uint64_t n)
{
    struct str digits = arena_strf(p->arena, "%ju", (uintmax_t)n);
    struct out o = {.arena = p->arena};
    for (size_t i = 0; i < digits.n; i++) {
        if (i != 0 && (digits.n - i) % 3 == 0)
            out_char(&o, ',');
        out_char(&o, digits.p[i]);
    }
    return out_taken(&o);
}

static void coverage_row(struct pen *p, const struct coverage *c)
{
    pen_text(p, STYLE_BOLD, "  %-*s", ROW_INDENT - 2, "coverage");
    add_bar(p, c);
    out_fmt(p->o, "%.*s of %.*s %s (%.1f %%)\n", STR_ARG(grouped(p, c->have)),
            STR_ARG(grouped(p, c->need)), c->unit, (double)c->have / (double)c->need * 100);
}

static void boxes_row(struct pen *p, const char *label, const struct finding *f,
                      const struct region *region)
{
    struct boxes boxes = boxes_of(p->arena, f->policy, region);
    size_t most = p->whole ? SIZE_MAX : BOXES_MAX;
    for (size_t i = 0; i < boxes.n; i++) {
        if (i == most && boxes.n > most + 1) {
            pen_row(p, "",
                    arena_strf(p->arena, "and %zu more (-v or -f json shows all)", boxes.n - i));
            return;
        }
        pen_row(p, i == 0 ? label : "",
                box_text(p->arena, &boxes.v[i], p->whole ? SIZE_MAX - 1 : VALUES_MAX));
    }
}

/* Lines to paste: not wrapped, so that they stay what they are. */
static void fix_rows(struct pen *p, const struct strs *fix)
{
    for (size_t i = 0; i < fix->n; i++) {
        pen_text(p, STYLE_BOLD, "  %-*s", ROW_INDENT - 2, i == 0 ? "fix" : "");
        pen_style(p, STYLE_FIX);
        out_str(p->o, pen_line_start(p, pen_safe(p, fix->v[i])));
        pen_style(p, STYLE_PLAIN);
        out_char(p->o, '\n');
    }
}

static void title_line(struct pen *p, const struct finding *f)
{
    pen_text(p, severity_style(f->severity), "%s[%.*s]", severity_names[f->severity],
             STR_ARG(pen_safe(p, f->rule->id)));
    struct str title = f->title;
    if (f->certainty == CERTAINTY_POSSIBLE)
        title = arena_strf(p->arena, "%.*s (possible)", STR_ARG(title));
    out_text(p->o, ": ");
    pen_style(p, STYLE_BOLD);
    pen_wrap(p, 10 + f->rule->id.n, 4, title);
    pen_style(p, STYLE_PLAIN);
}

static bool same_place(const struct mark *x, const struct mark *y)
{
    const struct span a = x->place.at, b = y->place.at;
    return x->place.source == y->place.source && a.line == b.line && a.col == b.col &&
           a.end_line == b.end_line && a.end_col == b.end_col;
}

static void finding_excerpt(struct pen *p, const struct report *r, const struct finding *f)
{
    size_t related = f->related.n;
    if (!p->whole && related > RELATED_MAX + 1)
        related = RELATED_MAX;
    struct mark *marks = NEW_N(p->arena, struct mark, related + 1);
    size_t n = 0;
    marks[n++] = (struct mark){finding_place(r, f), STR(""), true};
    for (size_t i = 0; i < related; i++) {
        struct mark m = {place_of(r->sources, f->related.v[i].at), f->related.v[i].message, false};
        if (same_place(&m, &marks[0]) && marks[0].label.n == 0)
            marks[0].label = m.label;
        else
            marks[n++] = m;
    }
    if (marks[0].place.source == NULL)
        return;
    excerpt(p, marks, n, arena_strf(p->arena, "device %.*s", STR_ARG(f->policy->device)));
    if (related < f->related.n)
        pen_row(p, "",
                arena_strf(p->arena, "and %zu more lines (-v shows all)", f->related.n - related));
}

static void see_row(struct pen *p, const struct rule_def *rule)
{
    struct out o = {.arena = p->arena};
    out_fmt(&o, "fwproof explain %.*s", STR_ARG(rule->id));
    for (size_t i = 0; i < rule->sources.n && i < 1; i++)
        out_fmt(&o, "; %.*s", STR_ARG(rule->sources.v[i].title));
    pen_row(p, "see", out_taken(&o));
}

void text_finding(struct pen *p, const struct report *r, const struct finding *f)
{
    title_line(p, f);
    finding_excerpt(p, r, f);
    if (f->message.n != 0 && !str_eq(f->message, f->title))
        pen_row(p, "what", f->message);
    if (f->coverage.need != 0)
        coverage_row(p, &f->coverage);
    boxes_row(p, "permitted", f, &f->permitted);
    boxes_row(p, "missing", f, &f->missing);
    if (f->has_witness)
        pen_row(p, "packet", packet_text(p->arena, f->policy, &f->witness));
    if (f->effect.n != 0)
        pen_row(p, "effect", f->effect);
    fix_rows(p, &f->fix);
    see_row(p, f->rule);
    pen_row(p, "id", f->fingerprint);
    out_char(p->o, '\n');
}
