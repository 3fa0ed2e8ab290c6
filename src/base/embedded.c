#include "base/base.h"

const struct embedded *embedded_find(struct str path)
{
    for (const struct embedded *e = embedded_files; e->path != NULL; e++)
        if (str_eq(path, str_of(e->path)))
            return e;
    return NULL;
}
