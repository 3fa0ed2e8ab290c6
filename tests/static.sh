#!/bin/sh
# The static program where there is nothing else: in an empty root, without libraries, /proc, /dev
# and locales, every verb prints the bytes of the usual program, with its exit code.
set -u
cd "$(dirname "$0")/.." || exit 1
root=$PWD
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

unset MAKEFLAGS MFLAGS MAKELEVEL
if ! make -s all static >"$work/log" 2>&1; then
    if grep -q 'make static: no libcjson.a here' "$work/log"; then
        echo "ok static # SKIP $(sed -n 's/^make static: //p' "$work/log")"
    else
        echo "not ok static make static"
        tail -n 20 "$work/log" | sed 's/^/# /'
    fi
    exit 0
fi
echo "ok static make static"
if file -L fwproof-static 2>/dev/null | grep -q 'dynamically linked' || objdump -p fwproof-static 2>/dev/null | grep -q NEEDED; then
    echo "not ok static it needs no library"
else
    echo "ok static it needs no library"
fi

# Two roots with the same files; what is in the second sees nothing else.
for place in usual empty; do
    mkdir -p "$work/$place"
    cp -R fixtures rules "$work/$place"
done
cp fwproof-static "$work/empty/fwproof"
if chroot "$work/empty" /fwproof --version >"$work/log" 2>&1; then
    enter() { env -i PATH="$PATH" chroot "$work/empty" /fwproof "$@"; }
    where="in an empty root"
elif unshare -r chroot "$work/empty" /fwproof --version >"$work/log" 2>&1; then
    enter() { env -i PATH="$PATH" unshare -r chroot "$work/empty" /fwproof "$@"; }
    where="in an empty root"
else
    enter() { (cd "$work/empty" && env -i ./fwproof "$@"); }
    where="without an environment"
    echo "ok static in an empty root # SKIP neither chroot nor unshare is permitted"
fi
same() { # ARGUMENTS of both
    (cd "$work/usual" && env -i "$root/fwproof" "$@") >"$work/one" 2>"$work/one.err"
    wanted=$?
    enter "$@" >"$work/two" 2>"$work/two.err"
    got=$?
    if [ $got != $wanted ]; then
        echo "not ok static $where: $* - exit $got, not $wanted"
        head -n 5 "$work/two.err" | sed 's/^/# /'
    elif [ ! -s "$work/one" ] && [ ! -s "$work/one.err" ]; then
        echo "not ok static $where: $* - says nothing"
    elif cmp "$work/one" "$work/two" >"$work/log" 2>&1 && cmp "$work/one.err" "$work/two.err" >>"$work/log" 2>&1; then
        echo "ok static $where: $*"
    else
        echo "not ok static $where: $*"
        sed 's/^/# /' "$work/log"
    fi
}
site=fixtures/demo/fwproof.json
for format in text gcc json jsonl sarif junit github gitlab csv markdown html verdict; do
    same check -s "$site" fixtures/demo/fw1.rules fixtures/demo/asa1.cfg fixtures/demo/rules.csv -f "$format"
done
same check fixtures/genesys
same check -j 0 fixtures/demo fixtures/asa
same check -j 4 fixtures/hygiene --redact addresses,names
same check --today 2026-11-23 -s fixtures/site/fwproof.json
same check --catalogue stig-asa-fw-v2r1 fixtures/asa/branch.cfg
same check fixtures/csv-shapes/latin1.csv fixtures/csv-shapes/utf16.csv
same check no-such-file
same check --color always --width 60 fixtures/demo/fw1.rules
same show -v fixtures/demo/asa1.cfg
same trace -s "$site" fixtures/demo/fw1.rules 'udp 10.1.2.3:20000 -> 192.0.2.10:5060 from inside to outside'
same reach fixtures/demo/fw1.rules
same diff fixtures/demo/fw1.rules fixtures/demo/asa1.cfg
same explain GC-RTP-001 HYG-EXPOSED-002
same rules
same test rules/genesys-cloud.json rules/hygiene.json
same config -s "$site"
same completion bash
same --help
same nonesuch
