#!/bin/sh
# make fuzz: each target until it has had SECONDS of CPU time, two at once; what they learn stays in
# build/fuzz/corpus. Ends with a table, and with an error if a target crashed, hung, leaked or grew. The
# input that did is in build/fuzz/found/TARGET-*: fix the program, then keep it in
# tests/fuzz/corpus/TARGET. Runs of five minutes and more, and all findings, are rows of HOURS.tsv.
# usage: sh tests/fuzz/run.sh SECONDS TARGET...
set -u
cd "$(dirname "$0")/../.." || exit 1
build=build/fuzz
hours=tests/fuzz/HOURS.tsv
least=300
interrupted=72 # libFuzzer's exit code after SIGINT and SIGTERM
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1}"

cpu_of() { # FILE: what `times` said of the children of a shell, in hundredths of a second
    sed -n '$s/[ms]/ /gp' "$1" | awk '{ printf "%d\n", 100 * ($1 * 60 + $2 + $3 * 60 + $4) }'
}

commit() {
    git rev-parse --short HEAD 2>/dev/null || echo unknown
    git diff --quiet HEAD -- src tests/fuzz/*.c 2>/dev/null || echo -dirty
}

# Adds to the row of this target, day and commit, or makes one.
record() { # TARGET SECONDS RUNS RESULT
    until mkdir "$build/lock" 2>/dev/null; do sleep 1; done
    awk -F'\t' -v OFS='\t' -v day="$(date -u +%F)" -v t="$1" -v cpu="$2" -v runs="$3" -v result="$4" \
        -v commit="$(commit | tr -d '\n')" '
        $1 == day && $2 == t && $5 == result && $6 == commit && !done { $3 += cpu; $4 += runs; done = 1 }
        { print }
        END { if (!done) print day, t, cpu, runs, result, commit }' $hours >"$build/hours"
    cat "$build/hours" >$hours
    rmdir "$build/lock"
}

# libFuzzer counts seconds of the clock. On a busy machine that is less work than it says, so it is
# started again until the CPU time is reached, and an input has half a minute, though it should take
# much less than a second.
fuzz() { # TARGET SECONDS
    log=$build/logs/$1
    mkdir -p "$build/corpus/$1" "$build/seeds/$1" "tests/fuzz/corpus/$1"
    dict=
    [ -s "$build/seeds/$1.dict" ] && dict=-dict=$build/seeds/$1.dict
    : >"$log"
    spent=0 cpu=0 status=0 parts=0 written=0 written_runs=0
    while [ $status = 0 ] && [ $parts -lt 1000 ] && [ $cpu -lt "$2" ]; do
        left=$(($2 - cpu + 1))
        (
            # shellcheck disable=SC2086 # $dict is one word or none
            nice -n 19 "$build/fuzz-$1" "$build/corpus/$1" "$build/seeds/$1" "tests/fuzz/corpus/$1" $dict \
                -max_total_time=$((left < 1800 ? left : 1800)) -timeout=30 -rss_limit_mb=2560 -max_len=16384 \
                -print_final_stats=1 -verbosity=1 -artifact_prefix="$build/found/$1-" >>"$log" 2>&1
            code=$?
            times >"$log.times"
            exit $code
        )
        status=$?
        if [ $status = $interrupted ]; then # what it did until then counts
            status=0 parts=1000
        fi
        spent=$((spent + $(cpu_of "$log.times")))
        cpu=$((spent / 100))
        parts=$((parts + 1))
        echo "$cpu" >"$log.cpu"
        if [ $status = 0 ] && [ $((cpu - written)) -ge $least ]; then
            record "$1" $((cpu - written)) $(($(runs "$1") - written_runs)) ok
            written=$cpu written_runs=$(runs "$1")
        fi
    done
    echo $status >"$log.status"
    rmdir "tests/fuzz/corpus/$1" 2>/dev/null
    if [ $status != 0 ]; then
        record "$1" $((cpu - written)) $(($(runs "$1") - written_runs)) finding
    elif [ $written != 0 ] && [ "$cpu" -gt $written ]; then
        record "$1" $((cpu - written)) $(($(runs "$1") - written_runs)) ok
    fi
}

runs() { # TARGET; of an interrupted part, as many as it last said
    awk '/^#[0-9]+/ { said = substr($1, 2) }
        /^stat::number_of_executed_units/ { n += $2; said = 0 }
        END { printf "%d\n", n + said }' "$build/logs/$1"
}

if [ "$1" = one ]; then
    fuzz "$3" "$2"
    exit 0
fi

seconds=$1
shift
mkdir -p "$build/found" "$build/logs"
rmdir "$build/lock" 2>/dev/null
sh tests/fuzz/seeds.sh "$build/seeds"
printf '%s\n' "$@" | xargs -P 2 -n 1 sh tests/fuzz/run.sh one "$seconds"

bad=0
printf '%-12s %8s %11s %10s %8s  %s\n' target 'CPU s' runs coverage seeds result
for target; do
    log=$build/logs/$target
    last=$(grep -E '^#[0-9]+' "$log" | tail -n 1)
    result=ok
    if [ "$(cat "$log.status")" != 0 ]; then
        bad=1
        result=$(grep -m1 -oE 'BROKEN: .{0,80}|SUMMARY: .*|runtime error: .*' "$log")
    fi
    printf '%-12s %8s %11s %10s %8s  %s\n' "$target" "$(cat "$log.cpu")" "$(runs "$target")" \
        "$(echo "$last" | grep -o 'cov: [0-9]*' | cut -c6-)" \
        "$(find "$build/corpus/$target" -type f | wc -l)" "${result:-died: see $log}"
done
exit $bad
