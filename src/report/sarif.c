/* SARIF 2.1.0 (OASIS), within what GitHub's code scanning accepts: each result has a location with
 * a full region, required texts are not empty, and the limits on their number and length hold. */
#include "report/report.h"

#include <cjson/cJSON.h>

#define RESULTS_MAX 25000
#define RELATED_MAX 100
#define TEXT_MAX 1024

static const char *const levels[] = {"note", "warning", "error"};

/* RFC 3986: everything but unreserved characters and slashes is percent-encoded. */
static struct str uri_of(struct arena *a, struct str path)
{
    struct out o = {.arena = a};
    if (str_starts(path, STR("/")))
        out_text(&o, "file://");
    while (str_starts(path, STR("./")))
        path = str_from(path, 2);
    for (size_t i = 0; i < path.n; i++) {
        unsigned char c = (unsigned char)path.p[i];
        bool plain = char_is_digit((char)c) ||
                     (char_lower((char)c) >= 'a' && char_lower((char)c) <= 'z') ||
                     str_find(STR("-._~/"), (char)c) < 5;
        out_fmt(&o, plain ? "%c" : "%%%02X", c);
    }
    return out_taken(&o);
}

static void add_message(cJSON *to, struct arena *a, const char *key, struct str text)
{
    cJSON *json = json_add_object(to, a, key);
    json_add_lines(json, a, "text", text.n != 0 ? text : STR("-"));
}

static cJSON *add_location(cJSON *array, struct arena *a, const struct place *p)
{
    cJSON *location = json_add_object(array, a, NULL);
    cJSON *physical = json_add_object(location, a, "physicalLocation");
    json_add_str(json_add_object(physical, a, "artifactLocation"), a, "uri",
                 uri_of(a, p->source->path));
    cJSON *region = json_add_object(physical, a, "region");
    json_add_number(region, a, "startLine", p->at.line);
    json_add_number(region, a, "startColumn", place_column(p, p->at.line, p->at.col));
    json_add_number(region, a, "endLine", p->at.end_line);
    json_add_number(region, a, "endColumn", place_column(p, p->at.end_line, p->at.end_col));
    return location;
}

/* ---- rules --------------------------------------------------------------------------------------
 */

static struct str help_markdown(struct arena *a, const struct rule_def *rule)
{
    struct out o = {.arena = a};
    struct strs why = prose_paragraphs(a, &rule->rationale);
    struct strs how = prose_paragraphs(a, &rule->decided);
    out_fmt(&o, "%.*s\n", STR_ARG(strs_join(a, &why, "\n\n")));
    if (how.n != 0)
        out_fmt(&o, "\n**How it is decided.** %.*s\n", STR_ARG(strs_join(a, &how, "\n\n")));
    for (size_t i = 0; i < rule->fixes.n; i++)
        out_fmt(&o, "\n**Fix (%.*s)**\n\n```\n%.*s\n```\n", STR_ARG(rule->fixes.v[i].syntax),
                STR_ARG(strs_join(a, &rule->fixes.v[i].lines, "\n")));
    for (size_t i = 0; i < rule->sources.n; i++)
        out_fmt(&o, "\nSource: %.*s %.*s\n", STR_ARG(rule->sources.v[i].title),
                STR_ARG(rule->sources.v[i].url));
    return out_taken(&o);
}

static void add_rule(cJSON *rules, struct arena *a, struct str id, struct str title,
                     struct str full, struct str markdown, enum severity severity)
{
    static const char *const scores[] = {"2.0", "5.0", "8.0"};
    static const char *const problems[] = {"recommendation", "warning", "error"};
    cJSON *json = json_add_object(rules, a, NULL);
    json_add_str(json, a, "id", id);
    add_message(json, a, "shortDescription", str_clip(a, title, TEXT_MAX));
    add_message(json, a, "fullDescription", str_clip(a, full.n != 0 ? full : title, TEXT_MAX));
    cJSON *help = json_add_object(json, a, "help");
    json_add_lines(help, a, "text", markdown.n > 1 ? markdown : title);
    json_add_lines(help, a, "markdown", markdown.n > 1 ? markdown : title);
    json_add_text(json_add_object(json, a, "defaultConfiguration"), a, "level", levels[severity]);
    cJSON *properties = json_add_object(json, a, "properties");
    json_add_text(properties, a, "precision", "very-high");
    json_add_text(properties, a, "problem.severity", problems[severity]);
    json_add_text(properties, a, "security-severity", scores[severity]);
    json_add_text(json_add_array(properties, a, "tags"), a, NULL, "security");
}

/* Adds the rules of all packs, then those of the diagnostics; remembers their places. */
static void add_rules(cJSON *driver, const struct report *r, struct map *index)
{
    static const struct {
        struct str id, title;
        enum severity severity;
    } parsing[] = {
        {STR_INIT("PRS-INCOMPLETE"), STR_INIT("An input was not understood completely"),
         SEVERITY_WARNING},
        {STR_INIT("PRS-ERROR"), STR_INIT("A pack, the site file or an option is wrong"),
         SEVERITY_ERROR},
    };
    struct arena *a = r->arena;
    cJSON *rules = json_add_array(driver, a, "rules");
    size_t n = 0;
    for (size_t i = 0; i < r->packs->n; i++)
        for (size_t k = 0; k < r->packs->v[i]->rules.n; k++) {
            const struct rule_def *rule = &r->packs->v[i]->rules.v[k];
            add_rule(rules, a, rule->id, rule->title, strs_join(a, &rule->rationale, " "),
                     help_markdown(a, rule), rule->severity);
            size_t *place = NEW(a, size_t);
            *place = n++;
            map_put(index, rule->id, place);
        }
    for (size_t i = 0; i < 2; i++) {
        add_rule(rules, a, parsing[i].id, parsing[i].title, parsing[i].title, parsing[i].title,
                 parsing[i].severity);
        size_t *place = NEW(a, size_t);
        *place = n++;
        map_put(index, parsing[i].id, place);
    }
}

/* ---- results ------------------------------------------------------------------------------------
 */

static void add_related(cJSON *result, const struct report *r, const struct finding *f)
{
    cJSON *array = json_add_array(result, r->arena, "relatedLocations");
    for (size_t i = 0; i < f->related.n && i < RELATED_MAX; i++) {
        struct place p = place_of(r->sources, f->related.v[i].at);
        if (p.source == NULL)
            continue;
        cJSON *location = add_location(array, r->arena, &p);
        json_add_number(location, r->arena, "id", i + 1);
        add_message(location, r->arena, "message", f->related.v[i].message);
    }
}

static void add_result(cJSON *results, const struct report *r, const struct notice *n,
                       const struct map *index)
{
    struct arena *a = r->arena;
    const size_t *place = map_get(index, n->rule);
    cJSON *json = json_add_object(results, a, NULL);
    json_add_str(json, a, "ruleId", n->rule);
    if (place != NULL)
        json_add_number(json, a, "ruleIndex", *place);
    json_add_text(json, a, "level", levels[n->severity]);
    add_message(json, a, "message",
                n->finding == NULL
                    ? n->text
                    : arena_strf(a, "%.*s.\n%.*s", STR_ARG(n->title), STR_ARG(n->text)));
    add_location(json_add_array(json, a, "locations"), a, &n->place);
    if (n->finding != NULL && n->finding->related.n != 0)
        add_related(json, r, n->finding);
    json_add_str(json_add_object(json, a, "partialFingerprints"), a, "fwproof/finding/v1",
                 n->fingerprint);
    cJSON *properties = json_add_object(json, a, "properties");
    json_add_str(properties, a, "device", n->device);
    if (n->finding != NULL)
        json_add_text(properties, a, "certainty", certainty_names[n->finding->certainty]);
}

static void add_invocation(cJSON *run, const struct report *r, const struct notices *notices)
{
    struct arena *a = r->arena;
    cJSON *json = json_add_object(json_add_array(run, a, "invocations"), a, NULL);
    json_add_bool(json, a, "executionSuccessful", r->verdict == RUN_PASS || r->verdict == RUN_FAIL);
    json_add_number(json, a, "exitCode", (uint64_t)r->exit_code);
    cJSON *said = json_add_array(json, a, "toolExecutionNotifications");
    for (size_t i = 0; i < notices->n; i++) {
        const struct notice *n = &notices->v[i];
        if (n->finding != NULL || n->place.source != NULL)
            continue; /* a result */
        cJSON *one = json_add_object(said, a, NULL);
        json_add_text(one, a, "level", levels[n->severity]);
        add_message(one, a, "message", n->text);
    }
}

static void add_artifacts(cJSON *run, const struct report *r)
{
    struct arena *a = r->arena;
    cJSON *artifacts = json_add_array(run, a, "artifacts");
    for (size_t i = 0; i < r->devices.n; i++)
        for (size_t k = 0; k < r->devices.v[i].n_inputs; k++) {
            const struct source *s = r->devices.v[i].inputs[k];
            cJSON *json = json_add_object(artifacts, a, NULL);
            json_add_str(json_add_object(json, a, "location"), a, "uri", uri_of(a, s->path));
            json_add_number(json, a, "length", source_size(s));
            json_add_str(json_add_object(json, a, "hashes"), a, "sha-256", source_sha256(a, s));
        }
}

static void write_sarif(const struct report *r, struct out *o)
{
    struct arena *a = r->arena;
    struct notices notices = report_notices(r);
    struct map *index = map_new(a);
    cJSON *doc = json_new_object(a);
    json_add_text(doc, a, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    json_add_text(doc, a, "version", "2.1.0");
    cJSON *run = json_add_object(json_add_array(doc, a, "runs"), a, NULL);
    cJSON *driver = json_add_object(json_add_object(run, a, "tool"), a, "driver");
    json_add_text(driver, a, "name", "fwproof");
    json_add_text(driver, a, "version", FWPROOF_VERSION);
    json_add_text(driver, a, "semanticVersion", FWPROOF_VERSION);
    add_rules(driver, r, index);
    add_invocation(run, r, &notices);
    add_artifacts(run, r);
    json_add_text(json_add_object(run, a, "automationDetails"), a, "id", "fwproof/");
    json_add_text(run, a, "columnKind", "unicodeCodePoints");
    cJSON *results = json_add_array(run, a, "results");
    size_t shown = 0;
    for (size_t i = 0; i < notices.n && shown < RESULTS_MAX; i++)
        if (notices.v[i].place.source != NULL) {
            add_result(results, r, &notices.v[i], index);
            shown++;
        }
    json_print(a, o, doc, true);
}

const struct reporter reporter_sarif = {"sarif", "SARIF 2.1.0, for code scanning", write_sarif};
