/* A result of hostile words, in every format. The input's parts, by bytes 0xFF, become its texts.
 */
#include "check/waiver.h"
#include "fuzz.h"
#include "report/report.h"

/* The next word; the last one again and again. */
static struct str next(struct str *rest)
{
    struct str word = str_sub(*rest, 0, str_find(*rest, '\xff'));
    if (word.n < rest->n)
        *rest = str_from(*rest, word.n + 1);
    return word;
}

/* The same for what readers refuse when it is empty. */
static struct str name(struct str *rest)
{
    struct str word = next(rest);
    return word.n != 0 ? word : STR("name");
}

static struct strs two(struct fuzz *f, struct str *rest)
{
    struct strs v = {0};
    *PUSH(f->arena, v) = next(rest);
    *PUSH(f->arena, v) = next(rest);
    return v;
}

static struct cube some_cube(struct fuzz *f, uint8_t bits)
{
    struct cube c = cube_any(f->sets);
    c.f[FIELD_FAMILY] = set_one(f->sets, bits & 1);
    c.f[FIELD_PROTO] = set_one(f->sets, (bits & 2) != 0 ? PROTO_ICMP : PROTO_UDP);
    c.f[FIELD_SRC] = set_range(f->sets, bits, 255);
    c.f[FIELD_DST] = set_one(f->sets, bits);
    c.f[FIELD_DPORT] = set_range(f->sets, bits & 4, 200);
    c.f[FIELD_SPORT] = set_range(f->sets, 0, 200);
    c.f[FIELD_IN] = set_one(f->sets, (bits >> 3) & 1);
    return c;
}

void fuzz_one(struct fuzz *f, struct str input)
{
    uint8_t bits = input.n == 0 ? 0 : (uint8_t)input.p[0];
    struct str rest = str_from(input, input.n == 0 ? 0 : 1);
    struct source *s = fuzz_source(f, "placeholder", next(&rest));
    s->path = next(&rest);
    if (s->path.n == 0)
        s->path = STR("-");
    struct policy *p = policy_new(f->arena, f->sets, name(&rest));
    ifaces_add(f->arena, &p->ifaces, name(&rest));
    struct pack pack = {.id = name(&rest), .version = next(&rest), .title = next(&rest)};
    struct pack *packs_v[] = {&pack};
    struct packs packs = {packs_v, 1, 1};
    struct rule_def rule = {.id = name(&rest),
                            .title = next(&rest),
                            .severity = SEVERITY_ERROR,
                            .pack = &pack,
                            .rationale = two(f, &rest),
                            .effect = next(&rest)};
    *PUSH(f->arena, pack.rules) = rule;
    PUSH(f->arena, rule.sources)->title = next(&rest);
    rule.sources.v[0].url = next(&rest);
    uint32_t line = s->n_lines == 0 ? 0 : 1 + bits % s->n_lines;
    uint32_t end = line == 0 ? 0 : (uint32_t)source_line(s, line).n + 1;
    struct finding x = {.rule = &rule,
                        .policy = p,
                        .severity = SEVERITY_ERROR,
                        .certainty = bits & 1 ? CERTAINTY_POSSIBLE : CERTAINTY_DEFINITE,
                        .title = next(&rest),
                        .message = next(&rest),
                        .effect = next(&rest),
                        .at = {0, line, line != 0, line, end},
                        .fix = two(f, &rest),
                        .subject = next(&rest),
                        .has_witness = true,
                        .coverage = {1, 2, "addresses"},
                        .fingerprint = name(&rest)};
    struct cube cube = some_cube(f, bits);
    *PUSH(f->arena, x.missing) = cube;
    x.witness = cube_pick(f->sets, &cube);
    *PUSH(f->arena, x.related) = (struct related){next(&rest), x.at};
    struct waiver waiver = {.id = name(&rest), .reason = next(&rest), .ticket = next(&rest)};
    struct result result = {.arena = f->arena, .assumptions = two(f, &rest)};
    *PUSH(f->arena, result.findings) = x;
    *PUSH(f->arena, result.settled) = (struct settled){x, &waiver};
    *PUSH(f->arena, result.controls) = (struct control){
        &rule, p, bits & 8 ? STATUS_UNKNOWN : STATUS_FAIL, next(&rest), two(f, &rest)};
    diag_add(&f->diags, DIAG_INCOMPLETE, x.at, "about %.*s", STR_ARG(next(&rest)))->hint =
        next(&rest);
    struct site site = {.name = next(&rest), .path = next(&rest)};
    struct report r = {.arena = f->arena,
                       .sources = &f->sources,
                       .diags = &f->diags,
                       .packs = &packs,
                       .result = &result,
                       .site = &site,
                       .verdict = RUN_FAIL,
                       .exit_code = 1,
                       .utf8 = (bits & 16) != 0,
                       .width = bits & 32 ? 0 : 60,
                       .verbosity = bits >> 7};
    const struct source *inputs[] = {s};
    *PUSH(f->arena, r.devices) = (struct device_result){p, inputs, 1};
    fuzz_reports(&r);
}
