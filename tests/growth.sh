#!/bin/sh
# Ten times the input costs at most twelve times the instructions, beyond what a run costs anyway: counted
# by cachegrind, so that other work on the machine does not matter. FWPROOF_GROWTH="NAME …" asks only these.
set -u
cd "$(dirname "$0")/.." || exit 1
program=$(realpath "${FWPROOF_FAST:-${FWPROOF:-fwproof}}")
[ -x "$program" ] || { echo "not ok $0 - no $program"; exit 1; }
command -v valgrind >/dev/null || { echo "ok growth # SKIP no valgrind to count instructions with"; exit 0; }
bench=$PWD/tests/bench
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
most=12
# shellcheck source=tests/bench/grow.sh
. "$bench/grow.sh"

# Instructions of a run with N of NAME, in its own folder; nothing if it did not end as an audit.
count() { # NAME N
    mkdir -p "$work/$1" && cd "$work/$1" || exit 1
    grown_input "$1" "$2"
    # shellcheck disable=SC2086,SC2154 # words on purpose; set by grown_input
    valgrind --tool=cachegrind --cache-sim=no --cachegrind-out-file=/dev/null --log-file=count \
        "$program" $arguments >out 2>&1
    [ $? -le 1 ] || return
    sed -n 's/.*I *refs: *//p' count | tr -d ,
}

grows() { # NAME
    case $1 in
    findings | reports | waivers | baseline) few_n=200 ;; # each costs much
    rules | aces | groups | chains) few_n=500 ;;
    *) few_n=1000 ;;
    esac
    none=$(count "$1" 10) few=$(count "$1" $few_n) many=$(count "$1" $((10 * few_n)))
    if [ -z "$none" ] || [ -z "$few" ] || [ -z "$many" ]; then
        echo "not ok growth $1 - a run did not end as it should"
        return
    fi
    awk -v title="$(grown_title "$1"), $few_n to $((10 * few_n))" -v none="$none" -v few="$few" -v many="$many" -v most=$most 'BEGIN {
        times = few > none ? (many - none) / (few - none) : -1
        if (times > 0 && times <= most)
            printf "ok growth %s: %.1f-fold\n", title, times
        else
            printf "not ok growth %s - %.1f-fold, more than %d: %d to %d instructions\n", title, times, most, few, many }'
}

# On two processors, two at a time.
pids=
for name in ${FWPROOF_GROWTH:-$grown}; do
    (grows "$name" >"$work/$name.tap") &
    pids="$pids $!"
    # shellcheck disable=SC2086 # words on purpose
    set -- $pids
    [ $# -lt 2 ] || { wait "$1"; shift; pids="$*"; }
done
wait
for name in ${FWPROOF_GROWTH:-$grown}; do
    cat "$work/$name.tap"
done
