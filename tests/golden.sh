#!/bin/sh
# Golden cases: tests/golden/NAME/ holds `cmd` (shell; fwproof is the program under test), its
# inputs, and `expected`: what is printed, then "--- stderr" and what is complained about, then
# "--- exit N". $ROOT is the project. `golden.sh --bless [NAME...]` writes the expectations anew: look at the difference.
set -u
cd "$(dirname "$0")/golden" || exit 1
: "${FWPROOF:=../../fwproof}"
program=$(realpath "$FWPROOF")
bless=false
if [ "${1:-}" = --bless ]; then
    bless=true
    shift
fi

ROOT=$(cd ../.. && pwd)
export ROOT
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
ln -s "$program" "$work/bin/fwproof"

one() {
    rm -rf "$work/case"
    cp -R "$1" "$work/case"
    (cd "$work/case" && PATH="$work/bin:$PATH" sh ./cmd) >"$work/out" 2>"$work/err"
    status=$?
    cat "$work/out"
    [ -s "$work/err" ] && { echo "--- stderr"; cat "$work/err"; }
    echo "--- exit $status"
}

[ $# = 0 ] && set -- */
for name; do
    name=${name%/}
    [ -f "$name/cmd" ] || continue
    one "$name" >"$work/got"
    if $bless; then
        cp "$work/got" "$name/expected"
        echo "blessed $name"
    elif cmp -s "$work/got" "$name/expected"; then
        echo "ok golden $name"
    else
        echo "not ok golden $name - output differs (make bless, then look at the difference)"
        diff -u "$name/expected" "$work/got" | head -40 | sed 's/^/# /'
    fi
done
