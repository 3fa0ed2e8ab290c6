#!/bin/sh
# make valgrind: the optimized program under memcheck: no bad access, nothing read that was not written,
# nothing leaked, and the exit code of a run without it. FWPROOF_LONG=1 (which make valgrind sets) takes all
# fixtures and golden inputs, and the real exports where they are; make check takes a few.
set -u
cd "$(dirname "$0")/.." || exit 1
program=$(realpath "${FWPROOF_FAST:-${FWPROOF:-fwproof}}")
[ -x "$program" ] || { echo "not ok $0 - no $program"; exit 1; }
command -v valgrind >/dev/null || { echo "ok valgrind # SKIP no valgrind"; exit 0; }
if grep -aq __asan_init "$program" || grep -aq __tsan_init "$program"; then
    echo "ok valgrind # SKIP $program has sanitizers"
    exit 0
fi
long=${FWPROOF_LONG:-0}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

clean() { # NAME ARGUMENT...
    name=$1
    shift
    "$program" "$@" >"$work/plain" 2>/dev/null </dev/null
    want=$?
    timeout 300 valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=all \
        --show-leak-kinds=all --log-file="$work/log" "$program" "$@" >"$work/out" 2>"$work/err" </dev/null
    code=$?
    # It does not know the calls of Landlock, which say then that there is none.
    grep -v -e 'unhandled amd64-linux syscall' -e 'You may be able to write' -e 'Read the file README' \
        -e 'Nevertheless we consider' -e 'it at http://valgrind' "$work/log" >"$work/errors"
    if [ $code = $want ] && [ ! -s "$work/errors" ] && cmp -s "$work/plain" "$work/out"; then
        echo "ok valgrind $name: exit $code"
    else
        echo "not ok valgrind $name - exit $code, $want without"
        head -n 25 "$work/errors" "$work/err" | sed 's/^/# /'
    fi
}

site=fixtures/site/fwproof.json
for format in text json html sarif; do
    clean "check, $format" check -s $site --today 2026-11-23 -f $format
done
clean "two threads" check --no-site -p hygiene -j 2 fixtures/demo fixtures/asa
clean "a catalogue" check --no-site --catalogue stig-asa-fw-v2r1 fixtures/asa/branch.cfg
clean "what is not understood" check --no-site fixtures/asa/broken.cfg fixtures/csv/own-words.csv
clean pseudonyms check --no-site -p hygiene fixtures/demo/asa1.cfg --redact addresses,names
clean show show -v fixtures/demo/asa1.cfg
clean trace trace -s fixtures/demo/fwproof.json fixtures/demo/fw1.rules \
    'udp 10.1.2.3:20000 -> 192.0.2.10:5060 from inside to outside'
clean reach reach fixtures/demo/fw1.rules -f json
clean diff diff --no-site fixtures/demo/fw1.rules fixtures/hygiene/union.rules -f json
clean "diff --apply" diff --no-site tests/golden/change-asa/fw1.cfg --apply tests/golden/change-asa/change.txt --back-out
clean waivers check -s tests/golden/waivers/fwproof.json --waivers tests/golden/waivers/bad.json \
    tests/golden/waivers/fw.rules
"$program" check -s $site --today 2026-11-23 -f json="$work/saved.json" 2>/dev/null
clean "saved results" report "$work/saved.json" -f markdown
head -c 3000 "$work/saved.json" >"$work/half.json"
clean "half of them" report "$work/half.json"
clean "out of memory" check --memory 2 -s $site
clean "no such file" check nowhere.rules
clean "wrong words" check --nonesuch
clean explain explain GC-RTP-001 HYG-EXPOSED-002
head -c 5000 /dev/urandom >"$work/noise"
clean noise check --no-site "$work/noise"
[ "$long" = 1 ] || exit 0

clean "the packs' examples" test rules/genesys-cloud.json rules/hygiene.json rules/compliance.json \
    rules/teams-direct-routing.json
for file in fixtures/*/*.cfg fixtures/*/*.rules fixtures/*/*.csv fixtures/genesys/*/*.csv tests/golden/*/*.rules \
    tests/golden/*/*.cfg tests/golden/*/*.csv tests/fuzz/corpus/asa/* tests/fuzz/corpus/csv/* tests/fuzz/corpus/iptables/*; do
    case $file in */doubling-*) continue ;; esac # it takes seconds to reach a limit: minutes here
    [ -f "$file" ] && clean "$file" check --no-site -p hygiene "$file" -f json
done
for file in tests/fuzz/corpus/saved/*; do
    clean "$file" report "$file"
done
for file in tests/fuzz/corpus/pack/*; do
    clean "$file" check --no-site -p "./$file" fixtures/demo/fw1.rules
done

# Each twelfth of the real exports that is not large.
corpus=${FWPROOF_SHARED:-../shared}/corpus
if [ -d "$corpus" ]; then
    find "$corpus" -type f -size -200k ! -name '*.tsv' ! -name '*.md' ! -path '*/expected/*' | LC_ALL=C sort | awk 'NR % 12 == 1' >"$work/list"
    while IFS= read -r file; do
        clean "${file#"$corpus"/}" check --no-site -p hygiene "$file" -f json
    done <"$work/list"
else
    echo "ok valgrind real exports # SKIP none here"
fi
