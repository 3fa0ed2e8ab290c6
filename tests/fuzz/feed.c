/* Copies of published lists of prefixes, and the networks that rules take of them. */
#include "check/goal.h"
#include "fuzz.h"

void fuzz_one(struct fuzz *f, struct str input)
{
    struct site site = {.path = STR("fwproof.json")};
    struct named_files files = {0};
    PUSH(f->arena, files)->path = STR("feed.json");
    files.v[0].bytes = input;
    struct parameter *p = PUSH(f->arena, site.parameters);
    *p = (struct parameter){.pack = STR("p"), .key = STR("feeds.aws"), .at = SPAN_NONE};
    *PUSH(f->arena, p->values) = STR("feed.json");
    p = PUSH(f->arena, site.parameters);
    *p = (struct parameter){.pack = STR("p"), .key = STR("region"), .at = SPAN_NONE};
    *PUSH(f->arena, p->values) = STR("us-east-1");
    struct pack pack = {.id = STR("p")};
    struct pack *packs[] = {&pack};
    const struct feeds *feeds =
        feeds_read(f->arena, &f->diags, &f->sources, &site, &(struct packs){packs, 1, 1}, &files);
    struct result result = {.arena = f->arena};
    struct check c = {.arena = f->arena,
                      .diags = &f->diags,
                      .sources = &f->sources,
                      .site = &site,
                      .policy = policy_new(f->arena, f->sets, STR("fw")),
                      .result = &result,
                      .feeds = feeds,
                      .today = STR("2026-11-24")};
    struct goal goal = {.kind = GOAL_FEED, .key = STR("aws"), .services = STR("EC2")};
    struct nets nets = {0};
    struct lack lack = {0};
    MUST(feed_nets(&c, STR("p"), &goal, &nets, &lack) || lack.reason.n != 0,
         "refused without a reason");
    fuzz_diags(&f->diags, &f->sources);
}
