/* ASA and PIX configurations; what else the device would list of them can be written. */
#include "fuzz.h"

void fuzz_one(struct fuzz *f, struct str input)
{
    fuzz_import(f, &format_asa, NULL, input);
}
