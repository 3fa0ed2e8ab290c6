/* ipset save, used by two rules. */
#include "fuzz.h"

void fuzz_one(struct fuzz *f, struct str input)
{
    struct str rules = STR("*filter\n:FORWARD DROP [0:0]\n"
                           "-A FORWARD -m set --match-set s src,dst -j ACCEPT\n"
                           "-A FORWARD -m set ! --match-set t dst -j ACCEPT\nCOMMIT\n====\n");
    fuzz_import(f, &format_iptables, NULL,
                arena_strf(f->arena, "%.*s%.*s", STR_ARG(rules), STR_ARG(input)));
}
