#include "verbs/verbs.h"

static void print_row(struct out *o, const char *name, struct str value, const char *origin)
{
    out_fmt(o, "%-10s  %-20s  %.*s\n", name, origin, STR_ARG(str_safe(o->arena, value)));
}

static struct str names_of(struct arena *a, const struct packs *packs)
{
    struct strs names = {0};
    for (size_t i = 0; i < packs->n; i++)
        *PUSH(a, names) = pack_label(a, packs->v[i]);
    return strs_join(a, &names, ", ");
}

static void print_site(struct out *o, const struct audit *a, const char *origin)
{
    const struct site *s = a->site;
    if (s->name.n != 0)
        print_row(o, "site name", s->name, origin);
    for (size_t i = 0; i < s->zones.n; i++)
        print_row(o, "zone", s->zones.v[i].name, origin);
    for (size_t i = 0; i < s->roles.n; i++)
        print_row(o, "role", s->roles.v[i].name, origin);
    for (size_t i = 0; i < s->devices.n; i++)
        print_row(o, "device", s->devices.v[i].name, origin);
    for (size_t i = 0; i < s->parameters.n; i++) {
        const struct parameter *p = &s->parameters.v[i];
        struct str text =
            arena_strf(o->arena, "%.*s.%.*s = %.*s", STR_ARG(p->pack), STR_ARG(p->key),
                       STR_ARG(strs_join(o->arena, &p->values, ", ")));
        print_row(o, "parameter", text, origin);
    }
    for (size_t i = 0; i < s->severities.n; i++)
        print_row(o, "severity",
                  arena_strf(o->arena, "%.*s = %s", STR_ARG(s->severities.v[i].rule),
                             severity_names[s->severities.v[i].severity]),
                  origin);
}

static int run_config(struct command *c)
{
    struct audit *a = audit_new(c->arena, &c->opt.audit);
    if (!audit_load_site(a) || !audit_load_packs(a)) {
        complain_diags(c, a, DIAG_ERROR);
        return 2;
    }
    struct out o = {.arena = c->arena};
    const struct audit_config *config = &c->opt.audit;
    bool site = a->site->path.n != 0;
    print_row(&o, "site file", site ? a->site->path : STR("none"),
              config->no_site            ? "--no-site"
              : config->site_path.n != 0 ? "--site"
              : site                     ? "found here or above"
                                         : "none here or above");
    print_row(&o, "packs", names_of(c->arena, &a->packs),
              config->packs.n != 0    ? "--pack"
              : a->site->packs.n != 0 ? "the site file"
                                      : "default");
    print_row(&o, "fail on", str_of(severity_names[audit_fail_on(config)]),
              config->fail_on != 0 ? "--fail-on" : "default");
    if (site)
        print_site(&o, a, "the site file");
    return output_write(c, STR("-"), out_taken(&o)) ? 0 : 4;
}

static const struct option_table *const tables[] = {&options_input, &options_rules, &options_gate,
                                                    NULL};

const struct verb verb_config = {
    .name = "config",
    .args = "",
    .summary = "Show the configuration in effect, and where it comes from",
    .shared = tables,
    .run = run_config,
};
