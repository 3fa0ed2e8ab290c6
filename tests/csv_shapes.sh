#!/bin/sh
# Every known shape of a CSV export: what `fwproof show` makes of fixtures/csv-shapes/NAME.csv is
# fixtures/csv-shapes/NAME.show. `tests/csv_shapes.sh --bless` takes what it says now as right.
set -u
cd "$(dirname "$0")/../fixtures/csv-shapes" || exit 1
program=${FWPROOF:-../../fwproof}
case $program in /*) ;; *) program=../../fwproof ;; esac
[ -x "$program" ] || { echo "not ok $0 - no $program"; exit 1; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

show() { # NAME ARGUMENTS...
    name=$1
    shift
    "$program" show --color never "$@" >"$work/out" 2>&1
    echo "exit $?" >>"$work/out"
    if [ "${bless:-}" ]; then
        cp "$work/out" "$name.show"
    elif cmp -s "$work/out" "$name.show"; then
        echo "ok csv $name"
    else
        echo "not ok csv $name"
        diff "$name.show" "$work/out" | head -20 | sed 's/^/# /'
    fi
    if grep -q 'did not say what becomes' "$work/out"; then
        echo "not ok csv $name - a line without a class"
    fi
}

[ "${1:-}" = --bless ] && bless=1
for file in *.csv; do
    name=${file%.csv}
    case $name in
    analyser-*) ;; # objects of analyser.csv
    analyser) show analyser --no-site --device fw analyser.csv analyser-*.csv ;;
    no-header*) show "$name" --site "$name.json" "$file" ;;
    *) show "$name" --no-site "$file" ;;
    esac
done
