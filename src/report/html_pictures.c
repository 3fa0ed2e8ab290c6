#include "report/html_int.h"

#define WIDTH 640.0
#define ROWS_MAX 16

static void rect(struct out *o, const char *class, double x, double y, double w, double h)
{
    /* What is there is seen, however thin. */
    out_fmt(o, "<rect class=\"%s\" x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\"/>", class,
            x, y, w < 1 ? 1 : w, h);
}

static void begin(struct out *o, double height, const char *title)
{
    out_fmt(o,
            "<svg role=\"img\" viewBox=\"0 0 %.0f %.0f\" preserveAspectRatio=\"none\" "
            "aria-label=\"%s\">",
            WIDTH, height, title);
}

void html_bar(struct out *o, const char *label, const uint64_t parts[3], uint64_t total)
{
    static const char *const classes[] = {"good", "idle", "bad"};
    begin(o, 16, label);
    rect(o, "ground", 0, 0, WIDTH, 16);
    double x = 0;
    for (size_t i = 0; i < 3; i++) {
        if (parts[i] == 0)
            continue;
        double w = (double)parts[i] / (double)total * WIDTH;
        rect(o, classes[i], x, 0, w, 16);
        x += w;
    }
    out_text(o, "</svg>\n");
}

#define HEAT_STEPS 6

void html_heat(struct out *o, unsigned steps, bool all)
{
    out_fmt(o, "<svg class=\"heat\" role=\"img\" viewBox=\"0 0 72 10\" aria-label=\"%u of %u\">",
            steps, HEAT_STEPS);
    for (unsigned i = 0; i < HEAT_STEPS; i++)
        rect(o,
             i >= steps  ? "ground"
             : all       ? "bad"
             : steps > 3 ? "part"
                         : "idle",
             12 * i, 0, 10, 10);
    out_text(o, "</svg>");
}

void html_stop(struct out *o, bool last)
{
    out_text(o, "<svg class=\"stop\" role=\"presentation\" viewBox=\"0 0 16 24\">");
    out_fmt(o, "<circle class=\"%s\" cx=\"8\" cy=\"8\" r=\"6\"/>", last ? "end" : "via");
    if (!last)
        out_text(o, "<path d=\"M8 14V23M4 19L8 23L12 19\"/>");
    out_text(o, "</svg>");
}

/* All values of FIELD in R. */
static set_id values_of(struct sets *s, const struct region *r, enum field f)
{
    set_id all = SET_EMPTY;
    for (size_t i = 0; i < r->n; i++)
        all = set_or(s, all, r->v[i].f[f]);
    return all;
}

static void strip(struct out *o, const char *class, const struct sets *s, set_id set,
                  struct ival within, double y, double height)
{
    size_t n;
    const struct ival *v = set_ivals(s, set, &n);
    double span = (double)(within.hi - within.lo) + 1;
    for (size_t i = 0; i < n; i++) {
        u128 lo = v[i].lo > within.lo ? v[i].lo : within.lo;
        u128 hi = v[i].hi < within.hi ? v[i].hi : within.hi;
        if (lo > hi)
            continue;
        rect(o, class, (double)(lo - within.lo) / span * WIDTH, y,
             ((double)(hi - lo) + 1) / span * WIDTH, height);
    }
}

/* Values that all, some, or none of the packets with them are permitted for. */
static void strips(struct out *o, struct sets *s, set_id have, set_id lack, struct ival within,
                   double y, double height)
{
    strip(o, "good", s, set_minus(s, have, lack), within, y, height);
    strip(o, "part", s, set_and(s, have, lack), within, y, height);
    strip(o, "bad", s, set_minus(s, lack, have), within, y, height);
}

static void words(struct out *o, const char *label, struct sets *s, enum field f, set_id set,
                  enum family family)
{
    struct strs list = set_format(s, o->arena, f, set, family, NULL);
    out_fmt(o, "%s ", label);
    if (list.n == 0)
        out_text(o, "none");
    for (size_t i = 0; i < list.n && i < ROWS_MAX; i++) {
        out_text(o, i == 0 ? "" : ", ");
        out_xml(o, list.v[i]);
    }
    if (list.n > ROWS_MAX)
        out_fmt(o, " and %zu more", list.n - ROWS_MAX);
}

static void ports(struct out *o, const struct finding *f)
{
    struct sets *s = f->policy->sets;
    set_id need = values_of(s, &f->required, FIELD_DPORT);
    set_id have = values_of(s, &f->permitted, FIELD_DPORT);
    set_id lack = values_of(s, &f->missing, FIELD_DPORT);
    if (need == SET_EMPTY || need == set_full(s, FIELD_DPORT) || set_size(s, need) < 2)
        return;
    struct ival all = {0, UINT16_MAX};
    out_text(o, "<figure>");
    begin(o, 30, "Destination ports from 0 to 65535");
    rect(o, "ground", 0, 8, WIDTH, 16);
    strip(o, "need", s, need, all, 0, 6);
    strips(o, s, have, lack, all, 8, 16);
    out_text(o, "</svg>\n<figcaption>Destination ports 0 to 65535: ");
    words(o, "required", s, FIELD_DPORT, need, FAMILY_V4);
    words(o, "; permitted (green)", s, FIELD_DPORT, set_minus(s, have, lack), FAMILY_V4);
    words(o, "; for a part only (amber)", s, FIELD_DPORT, set_and(s, have, lack), FAMILY_V4);
    words(o, "; missing (red)", s, FIELD_DPORT, set_minus(s, lack, have), FAMILY_V4);
    out_text(o, "</figcaption></figure>\n");
}

static void addresses(struct out *o, const struct finding *f)
{
    struct sets *s = f->policy->sets;
    set_id need = values_of(s, &f->required, FIELD_DST);
    set_id have = values_of(s, &f->permitted, FIELD_DST);
    set_id lack = values_of(s, &f->missing, FIELD_DST);
    size_t n;
    const struct ival *v = set_ivals(s, need, &n);
    enum family family =
        f->required.n != 0 ? (enum family)set_min(s, f->required.v[0].f[FIELD_FAMILY]) : FAMILY_V4;
    if (n == 0 || n > ROWS_MAX || v[n - 1].hi >= addr_max(family))
        return;
    out_text(o, "<figure>\n");
    for (size_t i = 0; i < n; i++) {
        out_text(o, "<div class=\"row\"><code>");
        out_str(o, range_format(o->arena, family, v[i]));
        out_text(o, "</code>");
        begin(o, 12, "Share of this range that is permitted");
        rect(o, "ground", 0, 0, WIDTH, 12);
        strips(o, s, have, lack, v[i], 0, 12);
        out_text(o, "</svg></div>\n");
    }
    out_text(o, "<figcaption>Destination addresses: ");
    words(o, "permitted (green)", s, FIELD_DST, set_minus(s, have, lack), family);
    words(o, "; for a part only (amber)", s, FIELD_DST, set_and(s, have, lack), family);
    words(o, "; missing (red)", s, FIELD_DST, set_minus(s, lack, have), family);
    out_text(o, "</figcaption></figure>\n");
}

void html_pictures(struct out *o, const struct finding *f)
{
    if (f->coverage.need != 0) {
        uint64_t parts[3] = {f->coverage.have, 0, f->coverage.need - f->coverage.have};
        out_text(o, "<figure>");
        html_bar(o, "Coverage", parts, f->coverage.need);
        out_fmt(o, "<figcaption>Coverage: %ju of %ju %s</figcaption></figure>\n",
                (uintmax_t)f->coverage.have, (uintmax_t)f->coverage.need, f->coverage.unit);
    }
    ports(o, f);
    addresses(o, f);
}

const char html_style[] =
    ":root{color-scheme:light dark;--ink:#1b1f24;--page:#fff;--soft:#f3f4f6;--line:#c9ced6;"
    "--dim:#565e69;--bad:#b42318;--warn:#8a5300;--good:#1a7f37;--idle:#7d8590;--link:#0a58ca}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6e8eb;--page:#14171b;--soft:#1f242b;"
    "--line:#3a414b;--dim:#a5adb8;--bad:#ff8a80;--warn:#ffc266;--good:#6fdd8b;--idle:#8b949e;"
    "--link:#8ab8ff}}\n"
    "*{box-sizing:border-box}p,li{overflow-wrap:anywhere}body{font:16px/1.5 "
    "system-ui,sans-serif;color:var(--ink);"
    "background:var(--page);margin:0 auto;max-width:70rem;padding:1rem}\n"
    "h1,h2,h3{line-height:1.25;overflow-wrap:anywhere}h2{border-bottom:1px solid var(--line);"
    "padding-bottom:.2rem;margin-top:2.5rem}\n"
    ".verdict{font-size:1.6rem;font-weight:700}.fail,.error{color:var(--bad)}"
    ".incomplete,.warning,.unknown{color:var(--warn)}.pass{color:var(--good)}"
    ".note,.not_applicable,.waived{color:var(--dim)}\n"
    "article{border:1px solid var(--line);border-radius:6px;padding:.2rem 1rem 1rem;"
    "margin:1rem 0;break-inside:avoid}\n"
    ".wide{overflow-x:auto}table{border-collapse:collapse;width:100%}th,td{text-align:left;"
    "vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid var(--line);"
    "overflow-wrap:anywhere}thead{display:table-header-group}\n"
    "@media screen and (max-width:40rem){.wide table:not(.matrix){min-width:34rem}}"
    "td.short,td.pass,td.fail,td.unknown,td.not_applicable,td.waived{overflow-wrap:break-word}\n"
    "pre,code{font:13px/1.45 ui-monospace,monospace}pre{background:var(--soft);padding:.6rem;"
    "border-radius:4px;white-space:pre-wrap;overflow-wrap:anywhere;margin:.5rem 0}\n"
    "code{overflow-wrap:anywhere}mark{background:none;color:inherit;text-decoration:underline;"
    "text-decoration-color:var(--bad);text-decoration-thickness:2px}\n"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem;margin:.5rem 0}"
    "dt{font-weight:600}dd{margin:0;overflow-wrap:anywhere}\n"
    "@media(max-width:40rem){dl{grid-template-columns:1fr}dd{margin-bottom:.4rem}}\n"
    "figure{margin:.8rem 0}figcaption{color:var(--dim);font-size:.9rem;overflow-wrap:anywhere}"
    "svg{display:block;width:100%;height:auto;min-height:10px}.row{display:grid;"
    "grid-template-columns:12rem 1fr;gap:.5rem;align-items:center}\n"
    "@media(max-width:40rem){.row{grid-template-columns:1fr}}\n"
    ".ground{fill:var(--soft);stroke:var(--line)}rect.good{fill:var(--good)}"
    "rect.bad{fill:var(--bad)}rect.part{fill:#d69e00}rect.idle{fill:var(--idle)}rect.need{fill:var("
    "--link)}\n"
    ".bars td,.bars th,.matrix td,.matrix th{overflow-wrap:break-word}.bars "
    "svg{min-width:5rem}.bars td:nth-child(3){width:40%}.heat{width:72px;height:10px}"
    ".matrix{width:auto}.matrix th,.matrix td{max-width:12rem}"
    ".path{list-style:none;margin:.3rem 0;padding:0}.path li{display:flex;gap:.5rem}"
    ".path span{overflow-wrap:anywhere;min-width:0}"
    ".stop{flex:none;width:16px;height:24px}.stop path,.via{fill:none;stroke:var(--idle);"
    "stroke-width:2}.end{fill:var(--link)}\n"
    "a{color:var(--link)}@media print{body{max-width:none;font-size:11pt}a{color:inherit}}\n";
