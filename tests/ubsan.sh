#!/bin/sh
# make ubsan: check and show on every real export, built by clang with UBSan and its checks of conversions;
# nothing may be said. It takes minutes: make check asks UBSan of gcc, of most of them.
set -u
cd "$(dirname "$0")/.." || exit 1
corpus=${FWPROOF_SHARED:-$(cd .. && pwd)/shared}/corpus
if [ ! -d "$corpus" ]; then
    echo "ok ubsan # SKIP no $corpus"
    exit 0
fi
[ "${FWPROOF_LONG:-0}" = 1 ] || { echo "ok ubsan # SKIP it takes minutes: FWPROOF_LONG=1"; exit 0; }
command -v clang >/dev/null || { echo "ok ubsan # SKIP no clang"; exit 0; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
checks=undefined,implicit-conversion,float-divide-by-zero,local-bounds
unset MAKEFLAGS MFLAGS MAKELEVEL
nice -n 19 make -s -j2 build/ubsan/fwproof BUILD=build/ubsan CC=clang WERROR= LDFLAGS="-fsanitize=$checks" \
    CFLAGS="-O1 -g -w -fno-omit-frame-pointer -fsanitize=$checks" >"$work/log" 2>&1 || {
    echo "not ok ubsan - it does not build"
    sed 's/^/# /' "$work/log"
    exit 1
}
program=$PWD/build/ubsan/fwproof

# A program that asks for it is told: else silence would prove nothing.
printf '#include <stdlib.h>\nint main(int n, char **v) { int x = 0x7fffffff; signed char c = (n + 200); return x + n + c + !v; }\n' \
    >"$work/planted.c"
clang -w -fsanitize=$checks -o "$work/planted" "$work/planted.c" && "$work/planted" 2>"$work/said"
if grep -q 'signed integer overflow' "$work/said" && grep -q 'implicit conversion' "$work/said"; then
    echo "ok ubsan finds what is planted"
else
    echo "not ok ubsan finds what is planted"
fi
find "$corpus" -type f ! -name '*.md' ! -name '*.tsv' ! -path '*/expected/*' ! -path '*/nft-json/*' | LC_ALL=C sort >"$work/files"
slow=0
while IFS= read -r file; do
    for verb in check show; do
        budget=
        [ $verb = show ] || budget="--budget 300000"
        # shellcheck disable=SC2086 # words
        nice -n 19 timeout 120 "$program" $verb --no-site $budget -f json "$file" </dev/null 2>&1 >"$work/out" | grep 'runtime error' >>"$work/errors"
        [ -s "$work/out" ] || slow=$((slow + 1))
    done
done <"$work/files"
if [ ! -s "$work/errors" ]; then
    echo "ok ubsan: $(wc -l <"$work/files") files, $slow without an output in two minutes"
else
    echo "not ok ubsan - $(wc -l <"$work/errors") times"
    sed 's/value .* of type/a value of type/' "$work/errors" | sort | uniq -c | sort -rn | head -n 40 | sed 's/^/# /'
fi
