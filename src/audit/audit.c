#include "audit/audit.h"
#include "audit/redact.h"

struct audit *audit_new(struct arena *arena, const struct audit_config *config)
{
    struct audit *a = NEW(arena, struct audit);
    a->arena = arena;
    a->config = config;
    a->diags.arena = arena;
    a->sets = sets_new(arena);
    a->site = NEW(arena, struct site);
    a->result = NEW(arena, struct result);
    a->result->arena = arena;
    return a;
}

/* ---- site and packs ---------------------------------------------------------------------------
 */

static void know_zones(struct audit *a, const struct zone *zones, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < zones[i].interfaces.n; j++)
            *PUSH(a->arena, a->known_ifaces) = zones[i].interfaces.v[j];
}

bool audit_load_site(struct audit *a)
{
    if (a->config->no_site)
        return true;
    struct str path = a->config->site_path;
    if (path.n == 0)
        path = find_site_file(a->arena);
    if (path.n == 0)
        return true;
    struct source *s = read_source(a, path, DIAG_ERROR);
    struct site *site = s == NULL ? NULL : site_read(a->arena, &a->diags, s);
    if (site == NULL)
        return false;
    site->path = path;
    a->site = site;
    know_zones(a, site->zones.v, site->zones.n);
    for (size_t i = 0; i < site->devices.n; i++)
        know_zones(a, site->devices.v[i].zones.v, site->devices.v[i].zones.n);
    return true;
}

struct str site_path_of(const struct audit *a, struct str input)
{
    struct str folder = path_folder(a->site->path);
    if (input.n == 0 || str_starts(input, STR("/")) || folder.n == 0)
        return input;
    return arena_strf(a->arena, "%.*s%.*s", STR_ARG(folder), STR_ARG(input));
}

/* The packs that are meant for everybody, as far as this build has them. */
static struct strs usual_packs(struct arena *a)
{
    static const char *const usual[] = {"genesys-cloud", "hygiene"};
    struct strs names = {0};
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (embedded_find(arena_strf(a, "rules/%s.json", usual[i])) != NULL)
            *PUSH(a, names) = str_of(usual[i]);
    return names;
}

/* Names, and files beside the site file. */
static struct strs packs_of_site(const struct audit *a)
{
    struct strs names = {0};
    for (size_t i = 0; i < a->site->packs.n; i++) {
        struct str name = a->site->packs.v[i];
        bool file = str_ends(name, STR(".json")) || str_find(name, '/') < name.n;
        *PUSH(a->arena, names) = file ? site_path_of(a, name) : name;
    }
    return names;
}

bool audit_load_packs(struct audit *a)
{
    struct strs names = usual_packs(a->arena);
    if (a->config->packs.n != 0)
        names = a->config->packs;
    else if (a->site->packs.n != 0)
        names = packs_of_site(a);
    bool good = true;
    for (size_t i = 0; i < names.n; i++) {
        struct pack *p = pack_load(a->arena, &a->diags, &a->sources, names.v[i]);
        if (p == NULL)
            good = false;
        else
            *PUSH(a->arena, a->packs) = p;
    }
    return good;
}

bool audit_load_catalogues(struct audit *a)
{
    bool good = true;
    for (size_t i = 0; i < a->config->catalogues.n; i++) {
        const struct catalogue *c =
            catalogue_load(a->arena, &a->diags, &a->sources, a->config->catalogues.v[i]);
        if (c == NULL || !catalogue_packs(a->arena, &a->diags, &a->sources, c, &a->packs))
            good = false;
        else
            *PUSH(a->arena, a->catalogues) = c;
    }
    return good;
}

/* ---- grouping inputs into devices ---------------------------------------------------------------
 */

/* While inputs are sorted into devices: what each file, whatever it is called, belongs to. */
struct grouping {
    size_t first;             /* device of this import */
    struct map *read;         /* file identity to source */
    struct map *site_devices; /* file identity to site_device */
};

static struct audit_device *device_named(struct audit *a, size_t first, struct str name)
{
    for (size_t i = first; i < a->devices.n; i++)
        if (a->devices.v[i].named && str_eq(a->devices.v[i].name, name))
            return &a->devices.v[i];
    struct audit_device *d = PUSH(a->arena, a->devices);
    *d = (struct audit_device){.name = name, .named = true};
    for (size_t i = 0; i < a->site->devices.n; i++)
        if (str_eq(a->site->devices.v[i].name, name))
            d->site = &a->site->devices.v[i];
    return d;
}

/* Reads PATH, unless it was read before under this or another name. */
static void add_input(struct audit *a, struct grouping *g, struct audit_device *d, struct str path)
{
    struct str id = path_identity(a->arena, path);
    if (map_get(g->read, id) != NULL)
        return;
    struct source *s = read_source(a, path, DIAG_INCOMPLETE);
    if (s == NULL)
        return;
    map_put(g->read, id, s);
    *PUSH(a->arena, d->inputs) = s;
    redact_export(a->config->redact, s->given);
}

/* One input of a device of the site file stands for the device: all its inputs are read, so that
 * it is never audited by halves. */
static void add_site_device(struct audit *a, struct grouping *g, const struct site_device *site)
{
    struct audit_device *d = device_named(a, g->first, site->name);
    for (size_t i = 0; i < site->inputs.n; i++)
        add_input(a, g, d, site_path_of(a, site->inputs.v[i]));
}

static struct audit_device *device_alone(struct audit *a, struct str path)
{
    struct audit_device *d = PUSH(a->arena, a->devices);
    *d = (struct audit_device){0};
    d->name = str_eq(path, STR("-")) ? STR("stdin") : path_stem(path);
    return d;
}

static void add_file(struct audit *a, struct grouping *g, struct str device, struct str path)
{
    struct str id = path_identity(a->arena, path);
    const struct site_device *site = map_get(g->site_devices, id);
    if (device.n != 0) {
        add_input(a, g, device_named(a, g->first, device), path);
    } else if (site != NULL) {
        add_site_device(a, g, site);
    } else if (map_get(g->read, id) == NULL) {
        add_input(a, g, device_alone(a, path), path);
    }
}

/* What the caller has read itself. */
static void add_bytes(struct audit *a, struct grouping *g, const struct audit_input *in)
{
    struct audit_device *d =
        in->device.n != 0 ? device_named(a, g->first, in->device) : device_alone(a, in->path);
    *PUSH(a->arena, d->inputs) = source_add(a->arena, &a->sources, in->path, in->bytes);
}

static void add_path(struct audit *a, struct grouping *g, const struct audit_input *in)
{
    if (in->given) {
        add_bytes(a, g, in);
        return;
    }
    if (str_eq(in->path, STR("-")) || !path_is_directory(a->arena, in->path)) {
        add_file(a, g, in->device, in->path);
        return;
    }
    struct strs files = list_directory(a, in->path);
    for (size_t i = 0; i < files.n; i++)
        add_file(a, g, in->device, files.v[i]);
    if (files.n == 0)
        diag_add(&a->diags, DIAG_INCOMPLETE, SPAN_NONE, "%.*s: no export in this directory",
                 STR_ARG(in->path));
}

static void group_inputs(struct audit *a, const struct audit_inputs *inputs, bool one_device)
{
    struct grouping g = {a->devices.n, map_new(a->arena), map_new(a->arena)};
    for (size_t i = 0; i < a->site->devices.n; i++) {
        struct site_device *site = &a->site->devices.v[i];
        for (size_t j = 0; j < site->inputs.n; j++)
            map_put(g.site_devices, path_identity(a->arena, site_path_of(a, site->inputs.v[j])),
                    site);
        if (inputs->n == 0)
            add_site_device(a, &g, site);
    }
    for (size_t i = 0; i < inputs->n; i++) {
        if (one_device && a->devices.n > g.first)
            add_input(a, &g, &a->devices.v[g.first], inputs->v[i].path);
        else
            add_path(a, &g, &inputs->v[i]);
    }
}

/* ---- devices side by side -----------------------------------------------------------------------
 */

/* Where the devices from FIRST on have what is made of them. */
static void make_room(struct audit *a, size_t first)
{
    for (size_t i = first; i < a->devices.n; i++) {
        struct audit_device *d = &a->devices.v[i];
        d->arena = a->apart ? arena_child(a->arena) : a->arena;
        d->sets = a->apart ? NULL : a->sets; /* made by who needs them */
        d->told.arena = d->arena;
    }
}

struct work {
    struct audit *audit;
    size_t first;
    const char *what;
    void (*on)(struct audit *a, struct audit_device *d);
};

static bool work_on(void *ctx, size_t i)
{
    const struct work *w = ctx;
    struct audit_device *d = &w->audit->devices.v[w->first + i];
    progress_fn *progress = w->audit->config->progress;
    if (progress != NULL)
        progress(w->what, i + 1, w->audit->devices.n - w->first);
    jmp_buf out_of_memory;
    if (setjmp(out_of_memory) != 0)
        return false;
    arena_on_failure(d->arena, &out_of_memory);
    w->on(w->audit, d);
    arena_on_failure(d->arena, NULL);
    return true;
}

/* Calls ON for the devices from FIRST on; it changes nothing but the device. WHAT: for people who
 * wait. */
static void each_device(struct audit *a, size_t first, const char *what,
                        void (*on)(struct audit *a, struct audit_device *d))
{
    struct work w = {a, first, what, on};
    if (a->apart && !jobs_run(a->config->jobs, a->devices.n - first, work_on, &w))
        arena_fail(a->arena);
    for (size_t i = first; !a->apart && i < a->devices.n; i++)
        on(a, &a->devices.v[i]);
}

/* What was told of D, which is one of the devices or will be. */
static void hear(struct audit *a, struct audit_device *d)
{
    diags_join(&a->diags, &d->told);
    d->told.n = d->told.dropped = 0;
}

/* ---- importing ------------------------------------------------------------------------------- */

/* A name that the user gives holds for a device of one input. Where several exports belong
 * together (iptables and ipset), each is what it looks like, if that is the same kind of device. */
static const struct format *format_of(const struct audit *a, struct audit_device *d,
                                      struct source *s)
{
    struct str name = a->config->input_format;
    if (name.n == 0 && d->site != NULL)
        name = d->site->format;
    if (name.n == 0)
        return format_detect(&d->told, s);
    const struct format *named = format_find(name);
    if (named == NULL)
        return NULL; /* told by know_format() */
    if (d->inputs.n == 1)
        return named;
    struct diags unheard = {.arena = d->arena};
    const struct format *looks = format_detect(&unheard, s);
    struct str head = str_sub(s->bytes, 0, FORMAT_HEAD_MAX);
    bool better =
        looks != NULL && looks->import == named->import && looks->sniff(head) > named->sniff(head);
    return better ? looks : named;
}

/* Gives each input its format; those that have none, or one of another importer, are taken out. */
static void find_formats(const struct audit *a, struct audit_device *d)
{
    size_t kept = 0;
    for (size_t i = 0; i < d->inputs.n; i++) {
        struct source *s = d->inputs.v[i];
        const struct format *f = format_of(a, d, s);
        if (f == NULL)
            continue;
        if (d->format == NULL)
            d->format = f;
        if (f->import != d->format->import) {
            diag_add(&d->told, DIAG_ERROR, (struct span){s->index, 0, 0, 0, 0},
                     "the inputs of device %.*s are of different kinds: %s and %s",
                     STR_ARG(d->name), d->format->name, f->name);
            continue;
        }
        s->format = str_of(f->name);
        import_hide_secrets(d->arena, s);
        d->inputs.v[kept++] = s;
    }
    d->inputs.n = kept;
}

/* An importer that loses a line is broken; the user must not believe the result. */
static void find_lost_lines(struct diags *told, const struct audit_device *d)
{
    for (size_t i = 0; i < d->inputs.n; i++) {
        struct source *s = d->inputs.v[i];
        for (uint32_t line = 1; line <= s->n_lines; line++) {
            if (s->classes[line - 1] != LINE_UNSEEN)
                continue;
            diag_add(told, DIAG_INCOMPLETE, span_line(s, line),
                     "the importer did not say what becomes of this line");
            source_class(s, line, LINE_NOT_MODELLED);
        }
    }
}

static struct import import_for(struct audit *a, const struct audit_device *d, struct diags *diags)
{
    const struct csv_map *csv = d->site != NULL ? &d->site->csv : NULL;
    if (csv != NULL && csv->n == 0 && csv->words.n == 0 && csv->ignored.n == 0 &&
        csv->preset.n == 0)
        csv = NULL; /* the device says nothing of it: the site does */
    return (struct import){
        .arena = d->arena,
        .diags = diags,
        .sources = &a->sources,
        .sets = d->sets,
        .device = d->name,
        .at_time = a->config->at_time,
        .csv = csv != NULL ? csv : &a->site->csv,
        .known_ifaces = &a->known_ifaces,
        .same_ifaces = &a->same_ifaces,
    };
}

static void import_device(struct audit *a, struct audit_device *d)
{
    if (d->sets == NULL)
        d->sets = sets_new(d->arena);
    find_formats(a, d);
    if (d->format == NULL)
        return;
    struct import im = import_for(a, d, &d->told);
    d->policy = d->format->import(&im, d->inputs.v, d->inputs.n);
    find_lost_lines(&d->told, d);
}

bool audit_spell(struct audit *a, size_t i, struct out *o)
{
    struct diags known = {.arena = a->arena};
    const struct audit_device *d = &a->devices.v[i];
    struct import im = import_for(a, d, &known);
    if (d->format == NULL || d->format->spell == NULL)
        return false;
    d->format->spell(&im, d->inputs.v, d->inputs.n, o);
    return true;
}

void audit_import_again(struct audit *a, size_t i)
{
    struct diags known = {.arena = a->arena};
    struct audit_device *d = &a->devices.v[i];
    struct import im = import_for(a, d, &known);
    struct str name = d->policy->device;
    d->policy = d->format->import(&im, d->inputs.v, d->inputs.n);
    d->policy->device = name;
}

static struct str diag_key(struct arena *a, const struct diag *d)
{
    return arena_strf(a, "%u %u %u %.*s", d->at.file, d->at.line, d->at.col, STR_ARG(d->message));
}

/* D, whose list of inputs is its own, with one input more. */
static void add_change(struct audit *a, struct audit_device *d, struct source *change)
{
    struct source **inputs = NEW_N(a->arena, struct source *, d->inputs.n + 1);
    for (size_t k = 0; k < d->inputs.n; k++)
        inputs[k] = d->inputs.v[k];
    inputs[d->inputs.n] = change;
    change->format = str_of(d->format->name);
    import_hide_secrets(a->arena, change);
    d->inputs.v = inputs;
    d->inputs.cap = ++d->inputs.n;
}

static void import_changed(struct audit *a, struct audit_device *d, struct source *change,
                           struct diags *diags)
{
    add_change(a, d, change);
    struct import im = import_for(a, d, diags);
    im.change = change;
    d->policy = d->format->import(&im, d->inputs.v, d->inputs.n);
}

struct policy *audit_changed(struct audit *a, size_t i, struct source *change, struct diags *diags)
{
    struct audit_device d = a->devices.v[i];
    import_changed(a, &d, change, diags);
    return d.policy;
}

void audit_import_changed(struct audit *a, size_t i, struct source *change, struct str name)
{
    struct diags all = {.arena = a->arena};
    struct audit_device d = a->devices.v[i];
    import_changed(a, &d, change, &all);
    struct map *told = map_new(a->arena);
    for (size_t k = 0; k < a->diags.n; k++)
        map_put(told, diag_key(a->arena, &a->diags.v[k]), &a->diags.v[k]);
    for (size_t k = 0; k < all.n; k++)
        if (map_get(told, diag_key(a->arena, &all.v[k])) == NULL)
            diag_add(&a->diags, all.v[k].level, all.v[k].at, "%.*s", STR_ARG(all.v[k].message))
                ->hint = all.v[k].hint;
    find_lost_lines(&a->diags, &d);
    d.name = d.policy->device = name;
    *PUSH(a->arena, a->devices) = d;
}

/* Device names are part of the fingerprints, so that two devices must not share one. */
static void name_device(struct audit *a, struct audit_device *d, struct map *taken)
{
    struct str wanted = d->named || d->policy->device.n == 0 ? d->name : d->policy->device;
    struct str name = wanted;
    for (size_t i = 2; map_get(taken, name) != NULL; i++)
        name = arena_strf(a->arena, "%.*s-%zu", STR_ARG(wanted), i);
    if (!str_eq(name, wanted))
        diag_add(&a->diags, DIAG_NOTE, (struct span){d->inputs.v[0]->index, 0, 0, 0, 0},
                 "another input is called %.*s, too: this one becomes %.*s", STR_ARG(wanted),
                 STR_ARG(name))
            ->hint = STR("exports of one device belong together: --device NAME FILE...");
    map_put(taken, name, d);
    d->name = d->policy->device = name;
}

/* Whether the program reads NAME; empty means that formats are detected. */
static void know_format(struct audit *a, struct str name, struct span at)
{
    if (name.n == 0 || format_find(name) != NULL)
        return;
    struct out known = {.arena = a->arena};
    for (size_t i = 0; i < n_formats; i++)
        out_fmt(&known, "%s%s", i == 0 ? "" : ", ", formats[i]->name);
    diag_add(&a->diags, DIAG_ERROR, at, "unknown input format \"%.*s\"", STR_ARG(name))->hint =
        arena_strf(a->arena, "there are %.*s", STR_ARG(out_taken(&known)));
}

void audit_import(struct audit *a, const struct audit_inputs *inputs, bool one_device)
{
    know_format(a, a->config->input_format, SPAN_NONE);
    for (size_t i = 0; i < a->site->devices.n; i++)
        know_format(a, a->site->devices.v[i].format, a->site->devices.v[i].at);
    size_t first = a->devices.n, kept = first;
    group_inputs(a, inputs, one_device);
    make_room(a, first);
    struct map *taken = map_new(a->arena);
    for (size_t i = 0; i < first; i++)
        map_put(taken, a->devices.v[i].name, &a->devices.v[i]);
    each_device(a, first, "reading: device", import_device);
    for (size_t i = first; i < a->devices.n; i++) {
        struct audit_device d = a->devices.v[i];
        hear(a, &d);
        if (d.policy == NULL)
            continue;
        name_device(a, &d, taken);
        a->devices.v[kept++] = d;
    }
    a->devices.n = kept;
    if (kept == first && !a->diags.worst[DIAG_INCOMPLETE] && !a->diags.worst[DIAG_ERROR])
        diag_add(&a->diags, DIAG_INCOMPLETE, SPAN_NONE, "no input: nothing was audited")->hint =
            STR("name the exports, or list devices with their inputs in fwproof.json");
}

/* ---- checking ---------------------------------------------------------------------------------
 */

/* Of an export with no modelled line nothing is known: it has no findings and is incomplete. */
static bool is_understood_at_all(const struct audit_device *d)
{
    for (size_t i = 0; i < d->inputs.n; i++) {
        uint32_t counts[4];
        source_counts(d->inputs.v[i], counts);
        if (counts[LINE_MODELLED] != 0 || counts[LINE_NOT_MODELLED] != 0)
            return true;
    }
    return false;
}

static struct check check_of(struct audit *a, const struct audit_device *d)
{
    return (struct check){
        .arena = d->arena,
        .diags = &a->diags,
        .sources = &a->sources,
        .site = a->site,
        .device = d->site,
        .policy = d->policy,
        .result = a->result,
        .feeds = a->feeds,
        .today = a->config->today,
        .budget = a->config->budget != 0 ? a->config->budget : AUDIT_BUDGET,
        .pictures = a->config->pictures,
        .progress = a->config->progress,
    };
}

static void check_device(struct audit *a, struct audit_device *d)
{
    if (!is_understood_at_all(d) && d->told.worst[DIAG_INCOMPLETE])
        return;
    d->result = NEW(d->arena, struct result);
    d->result->arena = d->arena;
    struct check check = check_of(a, d);
    check.diags = &d->told;
    check.result = d->result;
    check_run(&check, &a->packs);
}

void audit_check(struct audit *a)
{
    a->feeds = feeds_read(a->arena, &a->diags, &a->sources, a->site, &a->packs, NULL);
    each_device(a, 0, "checking: device", check_device);
    for (size_t i = 0; i < a->devices.n; i++) {
        hear(a, &a->devices.v[i]);
        if (a->devices.v[i].result != NULL)
            result_join(a->result, a->devices.v[i].result);
    }
    results_sort(a->arena, &a->sources, a->result);
}

size_t audit_compare(struct audit *a)
{
    const struct audit_device *old = &a->devices.v[0], *now = &a->devices.v[1];
    struct touched touched[2];
    if (!is_understood_at_all(old) || !is_understood_at_all(now)) {
        audit_check(a);
        return 0;
    }
    a->feeds = feeds_read(a->arena, &a->diags, &a->sources, a->site, &a->packs, NULL);
    struct check then = check_of(a, old), next = check_of(a, now);
    then.arena = next.arena = a->arena;
    then.before = next.before = a->result;
    struct budget b = {.left = then.budget};
    if (old->site == now->site && touched_find(old->policy, now->policy, a->arena, &b, touched)) {
        then.only = &touched[0];
        next.only = &touched[1];
    }
    return check_compare(&then, &next, &a->packs);
}

void audit_run(struct audit *a)
{
    a->apart = true;
    bool site = audit_load_site(a);
    bool packs = audit_load_packs(a) && audit_load_catalogues(a);
    audit_import(a, &a->config->inputs, false);
    if (site && packs && site_fits(a->arena, &a->diags, a->site, &a->packs))
        audit_check(a);
    if (site && packs)
        audit_settle(a);
}
