/* `show access-list` behind a configuration. */
#include "fuzz.h"

static const char config[] = "hostname fw\n"
                             "interface Ethernet0\n nameif inside\n security-level 100\n"
                             " ip address 10.0.0.1 255.255.255.0\n"
                             "object-group network g\n network-object host 10.0.0.9\n"
                             "access-list a extended permit tcp any object-group g eq www\n"
                             "access-list a extended deny ip any any log\n"
                             "access-group a in interface inside\n"
                             "====\n";

void fuzz_one(struct fuzz *f, struct str input)
{
    if (input.n != 0 && input.p[0] == '!') /* alone */
        fuzz_import(f, &format_asa_acl, NULL, str_from(input, 1));
    else
        fuzz_import(f, &format_asa, NULL, arena_strf(f->arena, "%s%.*s", config, STR_ARG(input)));
}
