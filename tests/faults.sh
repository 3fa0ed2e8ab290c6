#!/bin/sh
# Memory, disks and pipes that fail, files that change, and signals: a clear error, an exit code that is
# not 0, and an output file that is the whole old one or the whole new one. Calls of each kind fail one by
# one (faults/shim.c) in each of the jobs below (faults/sweep.c): all where there are at most 80
# (FAULT_POINTS), else the first 40 and 40 of the others; with FWPROOF_LONG=1 2,000.
set -u
cd "$(dirname "$0")/.." || exit 1
program=$(realpath "${FWPROOF_FAST:-${FWPROOF:-fwproof}}")
[ -x "$program" ] || { echo "not ok $0 - no $program"; exit 1; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
if [ "$(uname -m)" != x86_64 ] ||
    ! ${CC:-cc} -shared -fPIC -O1 -o "$work/shim.so" tests/faults/shim.c -ldl 2>"$work/log" ||
    ! ${CC:-cc} -O1 -o "$work/sweep" tests/faults/sweep.c 2>"$work/log"; then
    echo "ok faults # SKIP the shim cannot be built here"
    exit 0
fi
points=${FAULT_POINTS:-80}
[ "${FWPROOF_LONG:-}" = 1 ] && points=2000
export FAULT_SHIM="$work/shim.so"
mkdir "$work/out" "$work/folder" "$work/saved"
cp fixtures/demo/* "$work/"
cp fixtures/demo/fw1.rules "$work/folder/one.rules"
cp fixtures/demo/asa1.cfg "$work/folder/two.cfg"
cp fixtures/site/* "$work/saved/"
cp rules/hygiene.json "$work/pack.json"
cp rules/catalogues/cis-debian-12-1.1.0.json "$work/catalogue.json"
cp -R tests/golden/waivers tests/golden/change-iptables tests/golden/change-asa "$work/"
cd "$work" || exit 1
awk 'BEGIN { print "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]"
    for (i = 0; i < 6000; i++)
        printf "-A FORWARD -s 10.%d.%d.0/24 -p tcp --dport %d -j ACCEPT\n", i / 250, i % 250, 1000 + i
    print "COMMIT" }' >large.rules
"$program" check -s saved/fwproof.json --today 2026-11-23 -f json=saved.json

# ---- jobs -------------------------------------------------------------------------------------------------
memory="malloc starve"
input="read intr cut grow gone stat short"
output="write nospace pipe fsync rename close signal"
# What the jobs read and write. Half a list of rules is a list of rules: nothing in it says that more was
# there, and so `cut` and `grow` must be seen by the reader.
job() { # NAME KINDS RESULT CODE FILES ARGUMENT...
    name=$1 kinds=$2 result=$3 normal=$4 files=$5
    shift 5
    rm -f out/*
    FAULT_NORMAL=$normal FAULT_FILES=$files ./sweep "$name" "$points" "$kinds" "$result" "$program" "$@"
}
all="$memory $input $output"
to=out/result.json
alone="check --no-site -p hygiene -f json=$to"
# shellcheck disable=SC2086 # words
{
    job iptables "$all" $to 0 fw1.rules $alone fw1.rules
    job asa "$all" $to 0 asa1.cfg $alone asa1.cfg
    job csv "$all" $to 0 rules.csv $alone rules.csv
    job "a verdict of fail" "$all" $to 1 folder/two.cfg $alone folder/two.cfg --fail-on note
    job "a folder" "$all folder thread" $to 0 folder/one.rules:folder/two.cfg $alone -j 2 folder
    job "a site with feeds" "$all" $to 1 saved/fwproof.json:saved/branch.csv:saved/ip-ranges.json \
        check -s saved/fwproof.json -f json=$to --today 2026-11-23
    job "a pack of a file" "$all" $to 0 pack.json check --no-site -p ./pack.json fw1.rules -f json=$to
    job "a catalogue of a file" "$all" $to 1 catalogue.json \
        check --no-site --catalogue ./catalogue.json fw1.rules -f json=$to
    job waivers "$all" $to 1 waivers/waivers.json check -s waivers/fwproof.json -f json=$to \
        --waivers waivers/waivers.json --today 2026-11-23 waivers/fw.rules
    job diff "$all" $to 0 fw1.rules:asa1.cfg diff --no-site fw1.rules fw1.rules -f json=$to
    job "diff --apply" "$all" $to 1 change-asa/change.txt diff --no-site change-asa/fw1.cfg \
        --apply change-asa/change.txt -f json=$to
    job report "$all" $to 1 saved.json report saved.json -f json=$to
    job "report to standard output" "$memory $input write nospace pipe signal" - 1 saved.json report saved.json
    job show "$all" $to 0 asa1.cfg show --no-site asa1.cfg -f json=$to
    job "large pages" "map malloc starve" - 0 large.rules show --no-site -f iptables large.rules
    job trace "$memory $input write nospace pipe" - 0 fw1.rules trace --no-site fw1.rules \
        'udp 10.1.2.3:20000 -> 192.0.2.10:5060 from eth1 to eth0'
    job reach "$memory $input write nospace pipe" - 0 asa1.cfg reach --no-site asa1.cfg
    job test "$memory $input write nospace pipe" - 0 pack.json test ./pack.json
    FAULT_NEW=1 job baseline "$memory $input $output" out/new.json 0 waivers/fw.rules \
        baseline out/new.json --accept-new --no-inline-waivers -s waivers/fwproof.json waivers/fw.rules
    # The site file is found above, at the root of the repository.
    mkdir -p tree/.git tree/below/out && cp fwproof.json tree/ && cp fw1.rules tree/below/ && ln -s ../../sweep tree/below/
    (cd tree/below && job "a site that is found" "stat gone read" $to 0 fw1.rules check -p hygiene fw1.rules -f json=$to)
    FAULT_STDIN=fw1.rules job "standard input" "$memory read intr cut grow stat short" - 0 fw1.rules \
        check --no-site -p hygiene -f json -
}

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
