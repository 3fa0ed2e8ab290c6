#include "report/report.h"

struct str str_clip(struct arena *a, struct str s, size_t n)
{
    if (s.n <= n)
        return s;
    size_t to = n < 3 ? 0 : n - 3;
    while (to > 0 && ((unsigned char)s.p[to] & 0xc0) == 0x80)
        to--;
    return arena_strf(a, "%.*s...", (int)to, s.p);
}

struct str strs_join(struct arena *a, const struct strs *list, const char *sep)
{
    struct out o = {.arena = a};
    for (size_t i = 0; i < list->n; i++)
        out_fmt(&o, "%s%.*s", i == 0 ? "" : sep, STR_ARG(list->v[i]));
    return out_taken(&o);
}

struct strs prose_paragraphs(struct arena *a, const struct strs *lines)
{
    struct strs paragraphs = {0};
    struct out o = {.arena = a};
    for (size_t i = 0; i < lines->n; i++) {
        if (o.n != 0 && lines->v[i].n != 0)
            out_char(&o, ' ');
        out_str(&o, lines->v[i]);
        bool ends = i + 1 == lines->n || lines->v[i + 1].n == 0;
        if (o.n != 0 && ends) {
            *PUSH(a, paragraphs) = out_taken(&o);
            o = (struct out){.arena = a};
        }
    }
    return paragraphs;
}

void out_xml(struct out *o, struct str s)
{
    s = str_safe(o->arena, s);
    for (size_t i = 0; i < s.n; i++) {
        /* U+FFFE and U+FFFF are no XML characters. */
        bool banned = s.n - i >= 3 && (str_starts(str_from(s, i), STR("\xef\xbf\xbe")) ||
                                       str_starts(str_from(s, i), STR("\xef\xbf\xbf")));
        if (banned) {
            out_char(o, '?');
            i += 2;
            continue;
        }
        switch (s.p[i]) {
        case '&':
            out_text(o, "&amp;");
            break;
        case '<':
            out_text(o, "&lt;");
            break;
        case '>':
            out_text(o, "&gt;");
            break;
        case '"':
            out_text(o, "&quot;");
            break;
        case '\'':
            out_text(o, "&#39;");
            break;
        default:
            out_char(o, s.p[i]);
        }
    }
}

uint32_t place_column(const struct place *p, uint32_t line, uint32_t col)
{
    struct str text = source_line(p->source, line);
    uint32_t inside = 0; /* bytes within characters before COL */
    for (uint32_t i = 0; i < text.n && i + 1 < col; i++)
        inside += ((unsigned char)text.p[i] & 0xc0) == 0x80;
    return col - inside;
}

/* ---- notices ------------------------------------------------------------------------------------
 */

#define BOXES_MAX 10
#define VALUES_MAX 20

static void add_boxes(struct out *o, const char *label, const struct finding *f,
                      const struct region *region)
{
    struct boxes b = boxes_of(o->arena, f->policy, region);
    for (size_t i = 0; i < b.n && i < BOXES_MAX; i++)
        out_fmt(o, "\n%s: %.*s", label, STR_ARG(box_text(o->arena, &b.v[i], VALUES_MAX)));
    if (b.n > BOXES_MAX)
        out_fmt(o, "\n%s: and %zu more", label, b.n - BOXES_MAX);
}

static struct str whole_text(struct arena *a, const struct finding *f)
{
    struct out o = {.arena = a};
    out_str(&o, f->message.n != 0 ? f->message : f->title);
    add_boxes(&o, "permitted", f, &f->permitted);
    add_boxes(&o, "missing", f, &f->missing);
    if (f->has_witness)
        out_fmt(&o, "\npacket: %.*s", STR_ARG(packet_text(a, f->policy, &f->witness)));
    if (f->effect.n != 0)
        out_fmt(&o, "\neffect: %.*s", STR_ARG(f->effect));
    for (size_t i = 0; i < f->fix.n; i++)
        out_fmt(&o, "\n%s%.*s", i == 0 ? "fix: " : "     ", STR_ARG(f->fix.v[i]));
    return out_taken(&o);
}

static struct notice of_finding(const struct report *r, const struct finding *f)
{
    return (struct notice){
        .finding = f,
        .severity = f->severity,
        .rule = f->rule->id,
        .title = f->title,
        .text = whole_text(r->arena, f),
        .device = f->policy->device,
        .fingerprint = f->fingerprint,
        .place = finding_place(r, f),
    };
}

static struct str diag_print(struct arena *a, const struct diag *d, const struct place *p)
{
    struct sha256 sum;
    uint8_t digest[32];
    sha256_start(&sum);
    sha256_add(&sum, d->message.p, d->message.n);
    if (p->source != NULL && d->at.line != 0) {
        struct str line = source_line(p->source, d->at.line);
        sha256_add(&sum, line.p, line.n);
    }
    sha256_end(&sum, digest);
    return str_sub(sha256_hex(a, digest), 0, 8);
}

static struct notice of_diag(const struct report *r, const struct diag *d)
{
    struct notice n = {.diag = d, .text = d->message, .title = d->message};
    bool wrong = d->level == DIAG_ERROR;
    n.severity = wrong ? SEVERITY_ERROR : SEVERITY_WARNING;
    n.rule = wrong ? STR("PRS-ERROR") : STR("PRS-INCOMPLETE");
    n.place = place_of(r->sources, d->at);
    if (d->hint.n != 0)
        n.text = arena_strf(r->arena, "%.*s\nhint: %.*s", STR_ARG(d->message), STR_ARG(d->hint));
    for (size_t i = 0; i < r->devices.n; i++)
        for (size_t k = 0; k < r->devices.v[i].n_inputs; k++)
            if (r->devices.v[i].inputs[k] == n.place.source)
                n.device = r->devices.v[i].policy->device;
    n.fingerprint = arena_strf(r->arena, "%.*s:%.*s:%.*s", STR_ARG(n.device), STR_ARG(n.rule),
                               STR_ARG(diag_print(r->arena, d, &n.place)));
    return n;
}

struct notices report_notices(const struct report *r)
{
    struct notices out = {0};
    struct map *taken = map_new(r->arena);
    for (int severity = SEVERITY_ERROR; severity >= SEVERITY_NOTE; severity--) {
        for (size_t i = 0; i < r->result->findings.n; i++)
            if (r->result->findings.v[i].severity == (enum severity)severity)
                *PUSH(r->arena, out) = of_finding(r, &r->result->findings.v[i]);
        for (size_t i = 0; i < r->diags->n; i++) {
            const struct diag *d = &r->diags->v[i];
            bool here = (d->level == DIAG_ERROR && severity == SEVERITY_ERROR) ||
                        (d->level == DIAG_INCOMPLETE && severity == SEVERITY_WARNING);
            if (here)
                *PUSH(r->arena, out) = of_diag(r, d);
        }
    }
    for (size_t i = 0; i < out.n; i++) {
        struct notice *n = &out.v[i];
        struct str plain = n->fingerprint;
        uint32_t *times = map_get(taken, plain);
        if (times == NULL) {
            times = NEW(r->arena, uint32_t);
            map_put(taken, plain, times);
        }
        if (++*times > 1)
            n->fingerprint = arena_strf(r->arena, "%.*s:%u", STR_ARG(plain), *times);
    }
    return out;
}
