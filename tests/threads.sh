#!/bin/sh
# `check -j N`: the same bytes and the same exit code whatever N, for whole, incomplete and broken
# inputs; a limit of memory holds for all threads together; no data race that TSan sees.
set -u
cd "$(dirname "$0")/.." || exit 1
root=$PWD
program=$(realpath "${FWPROOF:-fwproof}")
[ -x "$program" ] || { echo "not ok $0 - no $program"; exit 1; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

check() { # NAME, then a command that must succeed
    name=$1
    shift
    if "$@" >"$work/log" 2>&1; then
        echo "ok threads $name"
    else
        echo "not ok threads $name"
        head -n 20 "$work/log" | cut -c1-300 | sed 's/^/# /'
    fi
}

mkdir "$work/fleet" "$work/mixed" "$work/clean"
fleet() { # NUMBER, folder
    awk -v n="$1" -v dir="$2" -v rules=6 -f tests/bench/fleet.awk fixtures/demo/fw1.rules \
        fixtures/demo/asa1.cfg fixtures/demo/rules.csv fixtures/asa/branch.cfg
}
fleet 60 "$work/fleet"
fleet 4 "$work/mixed"
find fixtures/asa fixtures/csv fixtures/csv-shapes fixtures/hygiene -type f \
    \( -name '*.cfg' -o -name '*.txt' -o -name '*.csv' -o -name '*.rules' \) -exec cp {} "$work/mixed" \;
printf '*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -m nonesuch -j ACCEPT\n' >"$work/mixed/odd.rules"
printf '*filter\n:FORWARD DROP [0:0]\n-A FORWARD -s 300.1.2.3/40 -j ACC' >"$work/mixed/broken.rules"
head -c 3000 /dev/urandom >"$work/mixed/noise.cfg"
: >"$work/mixed/empty.cfg"
# Two exports that give the same name: the second becomes NAME-2 whichever is read first.
cp fixtures/demo/asa1.cfg "$work/mixed/asa-twin.cfg"
for i in 1 2 3 4 5; do
    printf '*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n-A INPUT -s 192.0.2.%d/32 -p tcp -m tcp --dport 22 -j ACCEPT\nCOMMIT\n' $i \
        >"$work/clean/fw$i.rules"
done

cd "$work" || exit 1
run() { "$program" check --today 2026-11-23 "$@"; }
same() { # FORMAT, N, arguments: what one thread says was written to one.FORMAT
    format=$1 n=$2
    shift 2
    run -j "$n" -f "$format" "$@" >many 2>many.said
    got=$?
    [ -s "one.$format" ] && [ $got = "$(cat one.code)" ] && cmp "one.$format" many &&
        cmp one.said many.said
}
alone() {
    run -f "$format" "$@" >"one.$format" 2>one.said
    echo $? >one.code
}
whatever_n() { # WHAT, expected exit code, formats, arguments
    what=$1 wanted=$2 formats=$3
    shift 3
    for format in $formats; do
        alone "$@"
        check "$what, $format, exit $wanted" [ "$(cat one.code)" = "$wanted" ]
        for n in 2 4; do
            check "$what, $format, -j $n" same "$format" $n "$@"
        done
    done
}
whatever_n "60 devices" 3 "json jsonl text sarif junit" --no-site fleet
whatever_n "fixtures, broken and odd files" 3 "json text" --no-site mixed
whatever_n "a site with feeds" 1 "json" -s "$root/fixtures/site/fwproof.json"
whatever_n "clean devices" 0 "json" --no-site -p "$root/tests/bench/dead.json" clean
printf '{"parameters": {"genesys-cloud": {"feeds": {"aws": "nowhere.json"}}}, "packs": ["genesys-cloud"]}\n' >bad.json
whatever_n "a feed that cannot be read" 2 "json text" -s bad.json clean
format=json
alone --no-site fleet
check "-j 0 takes all processors" same json 0 --no-site fleet
check "more jobs than devices" same json 1000 --no-site fleet
check "a small budget" sh -c 'for n in 1 2 4; do
    "$0" check -j $n --budget 40 --no-site fleet -f json >budget.$n; done
    [ -s budget.1 ] && cmp budget.1 budget.2 && cmp budget.1 budget.4' "$program"

runs_out() { # N
    run -j "$1" --memory 3 --no-site fleet -f json=out.json >said 2>&1
    code=$?
    cat said
    [ $code = 4 ] && [ ! -e out.json ] && grep -q 'out of memory: it would take more than 3 MiB' said &&
        [ "$(grep -c . said)" = 1 ]
}
for n in 1 2 4; do
    check "too little memory with -j $n is told, and nothing is written" runs_out $n
done
no_number() {
    run -j many fleet >said 2>&1
    [ $? = 2 ] && grep -q 'takes a number' said
}
check "-j takes a number" no_number

tsan=$root/build/tsan/fwproof
if [ ! -x "$tsan" ]; then
    echo "ok threads TSan # SKIP not built: make tsan"
    exit 0
fi
races() { # arguments
    TSAN_OPTIONS="halt_on_error=0 exitcode=66" "$tsan" check -j 4 -f json "$@" >/dev/null 2>said
    code=$?
    cat said
    [ $code != 66 ] && ! grep -q 'WARNING: ThreadSanitizer' said
}
if ! "$tsan" --version >/dev/null 2>&1; then
    echo "ok threads TSan # SKIP it does not run here"
    exit 0
fi
check "no race, fixtures" races --no-site mixed
check "no race, a site with feeds" races -s "$root/fixtures/site/fwproof.json"
check "no race, out of memory" races --memory 3 --no-site mixed
