#!/bin/sh
# What code that an input took over could do in each verb: nothing. A library that is loaded into the program
# tries to use the network, start programs and write, when the first byte is read (faults/escape.c).
# tests/unit/test_sandbox.c asks the sandbox alone, and more of it.
set -u
cd "$(dirname "$0")/.." || exit 1
program=$(realpath "${FWPROOF_FAST:-${FWPROOF:-fwproof}}")
[ -x "$program" ] || { echo "not ok $0 - no $program"; exit 1; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
if ! ${CC:-cc} -shared -fPIC -O1 -o "$work/escape.so" tests/faults/escape.c -ldl 2>"$work/log"; then
    echo "ok sandbox # SKIP no library can be built here"
    exit 0
fi
lacks=$("$program" check --no-site -v fixtures/demo/fw1.rules 2>&1 >/dev/null | grep 'the sandbox does not cover')
if [ -n "$lacks" ]; then
    echo "ok sandbox # SKIP $(echo "$lacks" | head -n 1 | sed 's/.*note: //')"
    exit 0
fi
cp fixtures/demo/* tests/golden/change-iptables/*.sh "$work/"
cp rules/hygiene.json "$work/pack.json"
mkdir "$work/out"
cd "$work" || exit 1
"$program" check -f json=saved.json >/dev/null 2>&1

attempts="socket local-socket new-file write-file truncate folder link mode rename remove process program"
try() { # NAME WORD COMMAND...: in each line of the log stands WORD, or else does not
    name=$1 word=$2
    shift 2
    rm -rf there log && mkdir there && echo old >there/old
    ESCAPE_LOG=log ESCAPE_TO=$PWD/there LD_PRELOAD=$PWD/escape.so "$@" >stdout 2>stderr </dev/null
    bad=
    for attempt in $attempts; do
        line=$(grep "^$attempt " log 2>/dev/null) || line="$attempt was not tried"
        case $line in
        *"not tried") bad="$bad $line," ;;
        *" works") [ "$word" = works ] || bad="$bad $line," ;;
        *) [ "$word" = refused ] || bad="$bad $line," ;;
        esac
    done
    [ "$word" = works ] || [ "$(cat there/old 2>&1)" = old ] || bad="$bad the file is not what it was"
    if [ -z "$bad" ]; then echo "ok sandbox $name: all $word"; else echo "not ok sandbox $name -$bad"; fi
}
# Without the sandbox they work: else their failing would prove nothing.
try "an other program" works head -c 1 fw1.rules
try check refused "$program" check fw1.rules -f json=out/result.json
try "check of a folder by threads" refused "$program" check -j 2 . -f html=out/result.html
try "check from standard input" refused "$program" check --no-site -
try diff refused "$program" diff --no-site fw1.rules asa1.cfg -f json=out/diff.json
try "diff --apply" refused "$program" diff --no-site fw1.rules --apply wide.sh
try report refused "$program" report saved.json -f markdown=out/report.md
try show refused "$program" show asa1.cfg
try trace refused "$program" trace fw1.rules 'udp 10.1.2.3:20000 -> 192.0.2.10:5060'
try reach refused "$program" reach asa1.cfg
try test refused "$program" test ./pack.json
try baseline refused "$program" baseline out/base.json --accept-new fw1.rules
