#!/bin/sh
# Turns files into a C table of their bytes: embed.sh FILE... > embedded.c (base.h says how to use it).
set -eu
echo '#include "base/base.h"'
n=0
for f in "$@"; do
    printf 'static const unsigned char f%d[] = {\n' "$n"
    od -An -v -tu1 "$f" | awk '{ gsub(/[0-9]+/, "&,"); print }'
    echo '0};'
    n=$((n + 1))
done
echo 'const struct embedded embedded_files[] = {'
n=0
for f in "$@"; do
    printf '    {"%s", f%d, sizeof f%d - 1},\n' "$f" "$n" "$n"
    n=$((n + 1))
done
echo '    {NULL, NULL, 0},'
echo '};'
