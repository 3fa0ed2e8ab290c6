#!/bin/sh
# make fuzz: each target for SECONDS, two at once; what they learn stays in build/fuzz/corpus. Ends
# with a table, and with an error if a target crashed, hung, leaked or grew. The input that did is
# in build/fuzz/found/TARGET-*: fix the program, then keep it in tests/fuzz/corpus/TARGET.
# usage: sh tests/fuzz/run.sh SECONDS TARGET...
set -u
cd "$(dirname "$0")/../.." || exit 1
seconds=$1
shift
build=build/fuzz
mkdir -p "$build/found" "$build/logs"
sh tests/fuzz/seeds.sh "$build/seeds"
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1}"

fuzz() { # TARGET
    mkdir -p "$build/corpus/$1" "$build/seeds/$1" "tests/fuzz/corpus/$1"
    dict=
    [ -s "$build/seeds/$1.dict" ] && dict=-dict=$build/seeds/$1.dict
    nice -n 19 "$build/fuzz-$1" "$build/corpus/$1" "$build/seeds/$1" "tests/fuzz/corpus/$1" $dict \
        -max_total_time="$seconds" -timeout=5 -rss_limit_mb=2560 -max_len=16384 -print_final_stats=1 \
        -verbosity=1 -artifact_prefix="$build/found/$1-" >"$build/logs/$1" 2>&1
    echo $? >"$build/logs/$1.status"
    rmdir "tests/fuzz/corpus/$1" 2>/dev/null
}

for target; do
    fuzz "$target" &
    running=$((${running:-0} + 1))
    [ $((running % 2)) = 0 ] && wait
done
wait

bad=0
printf '%-12s %10s %10s %8s  %s\n' target runs coverage seeds result
for target; do
    log=$build/logs/$target
    last=$(grep -E '^#[0-9]+' "$log" | tail -n 1)
    result=ok
    if [ "$(cat "$log.status")" != 0 ]; then
        bad=1
        result=$(grep -m1 -oE 'BROKEN: .{0,80}|SUMMARY: .*|runtime error: .*' "$log")
    fi
    printf '%-12s %10s %10s %8s  %s\n' "$target" \
        "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" \
        "$(echo "$last" | grep -o 'cov: [0-9]*' | cut -c6-)" \
        "$(find "$build/corpus/$target" -type f | wc -l)" "${result:-died: see $log}"
done
exit $bad
