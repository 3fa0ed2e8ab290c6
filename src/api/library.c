/* The library's own face on an audit: what jumps or takes slices inside becomes numbers and C
 * strings here. */
#include "api/fwproof.h"

#include "audit/audit.h"

#define MEMORY_MIB 4096
#define COLUMNS 100

struct fwproof {
    struct arena *arena;
    struct audit_config config;
    struct audit *audit; /* NULL before the run */
    struct report report;
    bool done; /* the run came to its end: the report is whole */
    bool broken;
};

/* Runs what follows it with the arena's jump caught: on a jump CODE. */
#define GUARD(f, code)                                                                             \
    jmp_buf out_of_memory;                                                                         \
    if ((f)->broken || setjmp(out_of_memory) != 0) {                                               \
        (f)->broken = true;                                                                        \
        return code;                                                                               \
    }                                                                                              \
    arena_on_failure((f)->arena, &out_of_memory)

const char *fwproof_version(void)
{
    return FWPROOF_VERSION;
}

fwproof *fwproof_new(size_t memory_mib)
{
    size_t mib = memory_mib == 0 ? MEMORY_MIB : memory_mib;
    struct arena *a = arena_new(mib > SIZE_MAX >> 20 ? 0 : mib << 20);
    if (a == NULL)
        return NULL;
    jmp_buf out_of_memory;
    if (setjmp(out_of_memory) != 0) {
        arena_free(a);
        return NULL;
    }
    arena_on_failure(a, &out_of_memory);
    struct fwproof *f = NEW(a, struct fwproof);
    f->arena = a;
    f->config.jobs = 1;
    return f;
}

void fwproof_free(fwproof *f)
{
    if (f != NULL)
        arena_free(f->arena);
}

/* ---- options --------------------------------------------------------------------------------- */

static bool set_fail_on(struct audit_config *c, struct str v)
{
    static const char *const words[] = {"error", "warning", "note"}; /* as the field counts */
    for (int i = 0; i < 3; i++)
        if (str_eq(v, str_of(words[i]))) {
            c->fail_on = i;
            return true;
        }
    return false;
}

/* A day that there is not would let waivers live that have ended. */
static bool set_today(struct audit_config *c, struct str v)
{
    int64_t day;
    if (!date_day(v, &day))
        return false;
    c->today = v;
    return true;
}

static bool set_budget(struct audit_config *c, struct str v)
{
    return str_u64(v, 10, UINT64_MAX, &c->budget);
}

static bool set_jobs(struct audit_config *c, struct str v)
{
    uint64_t n;
    if (!str_u64(v, 10, JOBS_MAX, &n))
        return false;
    c->jobs = n == 0 ? jobs_processors() : (unsigned)n;
    return true;
}

int fwproof_set(fwproof *f, const char *option, const char *value)
{
    struct audit_config *c = &f->config;
    const struct {
        const char *name;
        struct str *text;
        struct strs *texts;
        bool *flag;
        bool (*read)(struct audit_config *c, struct str v);
    } rows[] = {
        {.name = "pack", .texts = &c->packs},
        {.name = "catalogue", .texts = &c->catalogues},
        {.name = "site", .text = &c->site_path},
        {.name = "no-site", .flag = &c->no_site},
        {.name = "input-format", .text = &c->input_format},
        {.name = "today", .read = set_today},
        {.name = "at", .text = &c->at_time},
        {.name = "waivers", .text = &c->waivers},
        {.name = "baseline", .text = &c->baseline},
        {.name = "no-inline-waivers", .flag = &c->no_inline},
        {.name = "allow-incomplete", .flag = &c->allow_incomplete},
        {.name = "fail-on", .read = set_fail_on},
        {.name = "budget", .read = set_budget},
        {.name = "jobs", .read = set_jobs},
    };
    GUARD(f, FWPROOF_BROKEN);
    if (f->audit != NULL)
        return FWPROOF_WRONG;
    struct str name = str_of(option), v = arena_copy(f->arena, str_of(value == NULL ? "" : value));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!str_eq(name, str_of(rows[i].name)))
            continue;
        if (rows[i].read != NULL)
            return rows[i].read(c, v) ? FWPROOF_PASS : FWPROOF_WRONG;
        if (rows[i].flag != NULL)
            *rows[i].flag = true;
        else if (rows[i].text != NULL)
            *rows[i].text = v;
        else
            *PUSH(f->arena, *rows[i].texts) = v;
        return FWPROOF_PASS;
    }
    return FWPROOF_WRONG;
}

/* ---- inputs ---------------------------------------------------------------------------------- */

static void add(struct fwproof *f, const char *device, const char *path, struct str bytes,
                bool given)
{
    *PUSH(f->arena, f->config.inputs) =
        (struct audit_input){.path = arena_copy(f->arena, str_of(path)),
                             .device = arena_copy(f->arena, str_of(device == NULL ? "" : device)),
                             .given = given,
                             .bytes = bytes};
}

int fwproof_add_file(fwproof *f, const char *device, const char *path)
{
    GUARD(f, FWPROOF_BROKEN);
    if (f->audit != NULL)
        return FWPROOF_WRONG;
    add(f, device, path, STR(""), false);
    return FWPROOF_PASS;
}

int fwproof_add_bytes(fwproof *f, const char *device, const char *name, const void *bytes, size_t n)
{
    GUARD(f, FWPROOF_BROKEN);
    if (f->audit != NULL)
        return FWPROOF_WRONG;
    add(f, device, name, arena_copy(f->arena, (struct str){bytes, n}), true);
    return FWPROOF_PASS;
}

/* ---- the run --------------------------------------------------------------------------------- */

int fwproof_run(fwproof *f)
{
    GUARD(f, FWPROOF_BROKEN);
    if (f->audit != NULL)
        return FWPROOF_WRONG;
    f->config.pictures = true;
    f->audit = audit_new(f->arena, &f->config);
    audit_run(f->audit);
    f->report = audit_report(f->audit);
    f->report.width = COLUMNS;
    f->report.utf8 = true;
    f->done = true;
    return f->report.exit_code;
}

const char *fwproof_verdict(const fwproof *f)
{
    return f->done ? run_verdict_names[f->report.verdict] : "";
}

/* ---- what came of it ------------------------------------------------------------------------- */

size_t fwproof_findings(const fwproof *f)
{
    return !f->done ? 0 : f->report.result->findings.n;
}

size_t fwproof_diagnostics(const fwproof *f)
{
    return !f->done ? 0 : f->report.diags->n;
}

static struct str path_of(const struct fwproof *f, struct span at)
{
    struct place p = place_of(f->report.sources, at);
    return p.source == NULL ? STR("") : p.source->path;
}

const char *fwproof_finding(fwproof *f, size_t i, enum fwproof_text what)
{
    GUARD(f, "");
    if (i >= fwproof_findings(f))
        return "";
    const struct finding *x = &f->report.result->findings.v[i];
    struct str text = STR("");
    switch (what) {
    case FWPROOF_RULE:
        text = x->rule->id;
        break;
    case FWPROOF_SEVERITY:
        text = str_of(severity_names[x->severity]);
        break;
    case FWPROOF_MESSAGE:
        text = finding_text(f->arena, x);
        break;
    case FWPROOF_DEVICE:
        text = x->policy->device;
        break;
    case FWPROOF_FILE:
        text = path_of(f, x->at);
        break;
    case FWPROOF_FINGERPRINT:
        text = x->fingerprint;
        break;
    case FWPROOF_PACKET:
        if (x->has_witness)
            text = packet_text(f->arena, x->policy, &x->witness);
        break;
    }
    return arena_cstr(f->arena, str_safe(f->arena, text));
}

unsigned fwproof_finding_line(const fwproof *f, size_t i)
{
    return i >= fwproof_findings(f) ? 0 : f->report.result->findings.v[i].at.line;
}

unsigned fwproof_finding_column(const fwproof *f, size_t i)
{
    return i >= fwproof_findings(f) ? 0 : f->report.result->findings.v[i].at.col;
}

const char *fwproof_diagnostic(fwproof *f, size_t i, enum fwproof_text what)
{
    GUARD(f, "");
    if (i >= fwproof_diagnostics(f))
        return "";
    const struct diag *x = &f->report.diags->v[i];
    struct str text = what == FWPROOF_SEVERITY  ? str_of(diag_level_names[x->level])
                      : what == FWPROOF_MESSAGE ? x->message
                      : what == FWPROOF_FILE    ? path_of(f, x->at)
                                                : STR("");
    return arena_cstr(f->arena, str_safe(f->arena, text));
}

unsigned fwproof_diagnostic_line(const fwproof *f, size_t i)
{
    return i >= fwproof_diagnostics(f) ? 0 : f->report.diags->v[i].at.line;
}

unsigned fwproof_diagnostic_column(const fwproof *f, size_t i)
{
    return i >= fwproof_diagnostics(f) ? 0 : f->report.diags->v[i].at.col;
}

int fwproof_report(fwproof *f, const char *format, fwproof_write *write, void *ctx)
{
    GUARD(f, FWPROOF_BROKEN);
    const struct reporter *reporter = reporter_find(str_of(format));
    if (reporter == NULL || !f->done)
        return FWPROOF_WRONG;
    struct out o = {.arena = f->arena};
    reporter->write(&f->report, &o);
    struct str all = out_taken(&o);
    if (all.n != 0)
        write(ctx, all.p, all.n);
    return FWPROOF_PASS;
}
