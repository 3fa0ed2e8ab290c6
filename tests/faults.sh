#!/bin/sh
# Memory, disks and pipes that fail, and signals: a clear error, an exit code that is not 0, and an output
# file that is the whole old one or the whole new one. Each call of a kind fails once (faults/shim.c).
set -u
cd "$(dirname "$0")/.." || exit 1
program=$(realpath "${FWPROOF_FAST:-${FWPROOF:-fwproof}}")
[ -x "$program" ] || { echo "not ok $0 - no $program"; exit 1; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
if ! ${CC:-cc} -shared -fPIC -O1 -o "$work/shim.so" tests/faults/shim.c -ldl 2>"$work/log" ||
    [ "$(uname -m)" != x86_64 ]; then
    echo "ok faults # SKIP the shim cannot be built here"
    exit 0
fi
command -v jq >/dev/null || { echo "ok faults # SKIP no jq"; exit 0; }
cp fixtures/demo/fw1.rules "$work/fw1.rules"
mkdir "$work/out"
cd "$work" || exit 1

run() { # FAULT AT: the main job, with an older result in place; its exit code
    echo old >out/result.json
    : >hits
    LD_PRELOAD=$work/shim.so FAULT=$1 FAULT_AT=$2 FAULT_LOG=$work/hits \
        "$program" check --no-site -p hygiene $input -f json=out/result.json >stdout 2>stderr
}
without_fault() { # INPUT: the result of a run as it should be
    input=$1
    run none 0
    normal=$?
    cp out/result.json whole.json
    [ $normal = 0 ] && [ -s whole.json ] || { echo "not ok faults - the run without a fault gives $normal"; exit 1; }
}
without_fault fw1.rules

# Empty if this fault did no harm: the result is whole and right, or there is an error and the old file.
judge() { # CODE
    [ "$(find out -type f | wc -l)" = 1 ] || { echo "a temporary file is left: $(ls out)"; return; }
    if cmp -s out/result.json whole.json; then
        [ "$1" != 0 ] || return # in spite of the fault
        [ -s stderr ] || echo "exit $1 without a word"
        return
    fi
    # Or a whole result that tells of the error.
    [ "$(cat out/result.json)" = old ] || [ "$(jq .exit_code out/result.json 2>&1)" = "$1" ] ||
        { echo "a part of the result is left"; return; }
    case $1 in
    2 | 3 | 4) [ -s stderr ] || [ "$(jq '.diagnostics | length' out/result.json 2>&1)" -gt 0 ] ||
        echo "exit $1 without a word" ;;
    *) echo "exit $1: $(head -n 1 stderr)" ;;
    esac
}
sweep() { # FAULT STEP: each call (each STEP-th beyond the 200th) fails once
    at=1 count=0 bad=
    while :; do
        run "$1" $at
        code=$?
        grep -q faulted hits || break
        why=$(judge $code)
        [ -z "$why" ] || { bad="call $at: $why"; break; }
        count=$((count + 1))
        [ $at -lt 200 ] && at=$((at + 1)) || at=$((at + $2))
    done
    if [ -n "$bad" ]; then
        echo "not ok faults $1 - $bad"
    elif [ $count = 0 ]; then
        echo "not ok faults $1 - no call was made"
    else
        echo "ok faults $1: $count calls"
    fi
}
sweep malloc 997
sweep read 10
sweep write 10
sweep nospace 10
sweep fsync 10
sweep rename 10

run short 0
code=$?
if [ $code = $normal ] && cmp -s out/result.json whole.json; then
    echo "ok faults reads and writes of seven bytes"
else
    echo "not ok faults reads and writes of seven bytes - exit $code"
fi

# ---- signals at any time ------------------------------------------------------------------------------
bad=
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
    for signal in INT TERM; do
        echo old >out/result.json
        timeout -s $signal "0.0$((i * 3 + 10))" "$program" check --no-site -p hygiene fw1.rules \
            -f json=out/result.json >stdout 2>stderr
        code=$?
        [ "$(find out -type f | wc -l)" = 1 ] || bad="$signal leaves $(ls out)"
        cmp -s out/result.json whole.json || [ "$(cat out/result.json)" = old ] || bad="$signal: a part is left"
        [ $code != 0 ] || cmp -s out/result.json whole.json || bad="$signal: exit 0 without the result"
    done
done
if [ -z "$bad" ]; then echo "ok faults signals"; else echo "not ok faults signals - $bad"; fi

# Half a list of rules is a list of rules: nothing in it says that more was there.
{
    echo action,protocol,source,destination,port
    yes permit,tcp,192.0.2.0/24,198.51.100.7,443 | head -n 20
} >rules.csv
without_fault rules.csv
sweep cut 1

# ---- files that are none, or change ---------------------------------------------------------------------
refused() { # NAME INPUT...: an error that names the file, not exit 0
    name=$1
    shift
    "$program" check --no-site -p hygiene "$@" >stdout 2>stderr
    code=$?
    if [ $code != 0 ] && [ $code != 1 ] && grep -q "$(basename "$1")" stderr stdout; then
        echo "ok faults $name"
    else
        echo "not ok faults $name - exit $code: $(head -n 1 stderr)"
    fi
}
refused "a file that is not there" ./missing.rules
mkdir empty
refused "a directory without exports" ./empty
ln -s loop loop
refused "a link to itself" ./loop
head -c 700 fw1.rules >cut.rules
refused "a file that was cut off" ./cut.rules
[ "$(id -u)" = 0 ] || { : >closed.rules; chmod 0 closed.rules; refused "a file that may not be read" ./closed.rules; }
"$program" check --no-site -p hygiene fw1.rules -f json=/dev/full >stdout 2>stderr
code=$?
if [ $code = 4 ] && [ -s stderr ]; then echo "ok faults a full disk"; else echo "not ok faults a full disk - exit $code"; fi
