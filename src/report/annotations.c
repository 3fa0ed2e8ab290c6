/* What GitHub's runner and GitLab's merge requests show beside the lines. */
#include "report/report.h"

#include <cjson/cJSON.h>

/* ---- GitHub workflow commands
 * --------------------------------------------------------------------- */

#define PER_LEVEL 10 /* the runner drops what is beyond, per step */

/* The runner's own escapes; a property also escapes the characters that end it. */
static void escape(struct out *o, struct str s, bool property)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '%' || c == '\r' || c == '\n' || (property && (c == ':' || c == ',')))
            out_fmt(o, "%%%02X", c);
        else
            out_char(o, s.p[i]);
    }
}

static void safe_lines(struct out *o, struct str text)
{
    struct str line;
    for (bool first = true; str_cut(&text, '\n', &line); first = false) {
        if (!first)
            out_text(o, "%0A");
        escape(o, str_safe(o->arena, line), false);
    }
}

static void write_github(const struct report *r, struct out *o)
{
    static const char *const commands[] = {"notice", "warning", "error"};
    struct notices all = report_notices(r);
    size_t used[3] = {1, 0, 0}, dropped = 0; /* one notice is kept for what was dropped */
    for (size_t i = 0; i < all.n; i++) {
        const struct notice *n = &all.v[i];
        if (used[n->severity]++ >= PER_LEVEL) {
            dropped++;
            continue;
        }
        out_fmt(o, "::%s ", commands[n->severity]);
        if (n->place.source != NULL) {
            out_text(o, "file=");
            escape(o, str_safe(r->arena, n->place.source->path), true);
            out_fmt(o, ",line=%u,endLine=%u,col=%u,endColumn=%u,", n->place.at.line,
                    n->place.at.end_line,
                    place_column(&n->place, n->place.at.line, n->place.at.col),
                    place_column(&n->place, n->place.at.end_line, n->place.at.end_col));
        }
        out_text(o, "title=");
        escape(o,
               str_safe(r->arena,
                        arena_strf(r->arena, "%.*s %.*s", STR_ARG(n->rule), STR_ARG(n->title))),
               true);
        out_text(o, "::");
        safe_lines(o, n->text);
        out_char(o, '\n');
    }
    out_fmt(o, "::notice title=fwproof::verdict %s, %zu findings", run_verdict_names[r->verdict],
            r->result->findings.n);
    if (dropped != 0)
        out_fmt(o, "; %zu more are not shown here, see the whole report", dropped);
    out_char(o, '\n');
}

const struct reporter reporter_github = {"github", "annotations of GitHub Actions", write_github};

/* ---- GitLab Code Quality
 * -------------------------------------------------------------------------- */

static void write_gitlab(const struct report *r, struct out *o)
{
    static const char *const severities[] = {"info", "minor", "major"};
    struct arena *a = r->arena;
    struct notices all = report_notices(r);
    cJSON *doc = json_new_array(a);
    for (size_t i = 0; i < all.n; i++) {
        const struct notice *n = &all.v[i];
        if (n->place.source == NULL)
            continue;
        struct str path = n->place.source->path;
        while (str_starts(path, STR("./")))
            path = str_from(path, 2);
        cJSON *json = json_add_object(doc, a, NULL);
        json_add_str(json, a, "description",
                     n->finding != NULL ? finding_text(a, n->finding) : n->title);
        json_add_str(json, a, "check_name", n->rule);
        json_add_str(json, a, "fingerprint", n->fingerprint);
        json_add_text(json, a, "severity", severities[n->severity]);
        cJSON *location = json_add_object(json, a, "location");
        json_add_str(location, a, "path", path);
        json_add_number(json_add_object(location, a, "lines"), a, "begin", n->place.at.line);
    }
    json_print(a, o, doc, true);
}

const struct reporter reporter_gitlab = {"gitlab", "GitLab Code Quality", write_gitlab};
