#!/bin/sh
# The shapes of CSV exports: what `show` makes of each fixture, against fixtures/csv/expected.
# `csv.sh --bless` writes the expectations anew: look at the difference.
set -u
cd "$(dirname "$0")/../fixtures/csv" || exit 1
: "${FWPROOF:=../../fwproof}"
program=$(realpath "$FWPROOF")
got=$(mktemp) || exit 1
trap 'rm -f "$got"' EXIT

show() { # NAME FILE...
    name=$1
    shift
    site=--no-site
    [ -f "$name.fwproof.json" ] && site="--site=$name.fwproof.json"
    "$program" show "$site" --device "$name" "$@" >"$got" 2>&1
    echo "exit $?" >>"$got"
    if [ "${bless:-}" ]; then
        cp "$got" "expected/$name"
    elif cmp -s "$got" "expected/$name"; then
        echo "ok csv $name"
    else
        echo "not ok csv $name - what is shown differs"
        diff -u "expected/$name" "$got" | head -30 | sed 's/^/# /'
    fi
}

bless=
[ "${1:-}" = --bless ] && bless=1
mkdir -p expected
for file in *.csv; do
    case $file in analyser-*) continue ;; esac
    show "${file%.csv}" "$file"
done
show analyser analyser-*.csv
