/* JUnit XML: a suite per device, a test case per rule, and one that the inputs were understood. */
#include "report/report.h"

struct counts {
    size_t tests, failures, errors, skipped;
};

/* The findings of one rule on one device: one failure. */
struct failure {
    enum severity worst;
    struct str title; /* of the worst */
    struct out text;
};

/* What is told of one device, in the order of the result. */
struct told {
    ARRAY(const struct control *) controls;
    ARRAY(const struct notice *) notices; /* without those of findings */
};

static struct told *told_of(const struct report *r, struct map *devices, struct str device)
{
    struct told *t = map_get(devices, device);
    if (t == NULL) {
        t = NEW(r->arena, struct told);
        map_put(devices, device, t);
    }
    return t;
}

/* By the device's name; the empty one for none. */
static struct map *by_device(const struct report *r, const struct notices *all)
{
    struct map *devices = map_new(r->arena);
    for (size_t i = 0; i < r->result->controls.n; i++) {
        const struct control *c = &r->result->controls.v[i];
        *PUSH(r->arena, told_of(r, devices, c->policy->device)->controls) = c;
    }
    for (size_t i = 0; i < all->n; i++)
        if (all->v[i].finding == NULL)
            *PUSH(r->arena, told_of(r, devices, all->v[i].device)->notices) = &all->v[i];
    return devices;
}

static struct str failure_key(struct arena *a, struct str device, struct str rule)
{
    return arena_strf(a, "%.*s\1%.*s", STR_ARG(device), STR_ARG(rule));
}

static struct map *failures_of(const struct report *r, const struct notices *all)
{
    struct map *failures = map_new(r->arena);
    for (size_t i = 0; i < all->n; i++) {
        const struct notice *n = &all->v[i];
        if (n->finding == NULL)
            continue;
        struct str key = failure_key(r->arena, n->device, n->rule);
        struct failure *f = map_get(failures, key);
        if (f == NULL) { /* the worst comes first */
            f = NEW(r->arena, struct failure);
            *f = (struct failure){n->severity, n->title, {.arena = r->arena}};
            map_put(failures, key, f);
        }
        if (n->place.source != NULL)
            out_fmt(&f->text, "%.*s:%u:%u: ", STR_ARG(n->place.source->path), n->place.at.line,
                    n->place.at.col);
        out_fmt(&f->text, "%.*s\n%.*s\n", STR_ARG(n->title), STR_ARG(n->text));
    }
    return failures;
}

static void element(struct out *o, const char *name, const char *type, struct str message,
                    struct str text)
{
    out_fmt(o, "      <%s type=\"%s\" message=\"", name, type);
    out_xml(o, message);
    out_text(o, "\">");
    struct str line;
    for (bool first = true; str_cut(&text, '\n', &line); first = false) {
        if (!first)
            out_char(o, '\n');
        out_xml(o, line);
    }
    out_fmt(o, "</%s>\n", name);
}

static void open_case(struct out *o, struct str device, struct str name)
{
    out_text(o, "    <testcase classname=\"");
    out_xml(o, device);
    out_text(o, "\" name=\"");
    out_xml(o, name);
    out_text(o, "\" time=\"0.000\">\n");
}

static void one_control(const struct report *r, const struct map *failures, const struct control *c,
                        struct out *o, struct counts *n)
{
    const struct failure *f =
        map_get(failures, failure_key(r->arena, c->policy->device, c->rule->id));
    open_case(o, c->policy->device,
              arena_strf(r->arena, "%.*s %.*s", STR_ARG(c->rule->id), STR_ARG(c->rule->title)));
    n->tests++;
    if (f != NULL && f->worst >= r->fail_on) {
        n->failures++;
        element(o, "failure", severity_names[f->worst], f->title, out_taken(&f->text));
    } else if (f != NULL) {
        n->skipped++;
        element(o, "skipped", severity_names[f->worst], f->title, out_taken(&f->text));
    } else if (c->status != STATUS_PASS) {
        n->skipped++;
        element(o, "skipped", status_names[c->status], c->reason, STR(""));
    }
    out_text(o, "    </testcase>\n");
}

static void understood(const struct report *r, const struct told *told, struct str device,
                       struct out *o, struct counts *n)
{
    struct out text = {.arena = r->arena};
    for (size_t i = 0; i < told->notices.n; i++) {
        const struct notice *k = told->notices.v[i];
        if (k->place.source != NULL)
            out_fmt(&text, "%.*s:%u: ", STR_ARG(k->place.source->path), k->place.at.line);
        out_fmt(&text, "%.*s\n", STR_ARG(k->text));
    }
    open_case(o, device.n != 0 ? device : STR("fwproof"), STR("all inputs were understood"));
    n->tests++;
    if (text.n != 0) {
        n->errors++;
        element(o, "error", "incomplete", STR("not everything was understood"), out_taken(&text));
    }
    out_text(o, "    </testcase>\n");
}

static void suite(const struct report *r, struct map *devices, const struct map *failures,
                  const struct policy *p, struct out *o, struct counts *total)
{
    struct counts n = {0};
    struct out cases = {.arena = r->arena};
    struct str device = p != NULL ? p->device : STR("");
    const struct told *told = told_of(r, devices, device);
    understood(r, told, device, &cases, &n);
    for (size_t i = 0; i < told->controls.n; i++)
        one_control(r, failures, told->controls.v[i], &cases, &n);
    out_text(o, "  <testsuite name=\"");
    out_xml(o, device.n != 0 ? device : STR("fwproof"));
    out_fmt(o, "\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"0.000\">\n",
            n.tests, n.failures, n.errors, n.skipped);
    out_str(o, out_taken(&cases));
    out_text(o, "  </testsuite>\n");
    total->tests += n.tests;
    total->failures += n.failures;
    total->errors += n.errors;
}

static void write_junit(const struct report *r, struct out *o)
{
    struct notices all = report_notices(r);
    struct map *failures = failures_of(r, &all), *devices = by_device(r, &all);
    struct counts total = {0};
    struct out suites = {.arena = r->arena};
    suite(r, devices, failures, NULL, &suites, &total);
    for (size_t i = 0; i < r->devices.n; i++)
        suite(r, devices, failures, r->devices.v[i].policy, &suites, &total);
    out_text(o, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    out_fmt(o,
            "<testsuites name=\"fwproof\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" "
            "time=\"0.000\">\n",
            total.tests, total.failures, total.errors);
    out_str(o, out_taken(&suites));
    out_text(o, "</testsuites>\n");
}

const struct reporter reporter_junit = {"junit", "JUnit XML, for CI servers", write_junit};
