#!/bin/sh
# Truth under partial understanding: what a lost or garbled policy line does to the verdicts of real
# exports (mutation.py). mutation.sh [N [SEED]]: `make mutation N=1000 SEED=7`. From 400 on each export has
# its turn, the largest from 1000 on.
set -u
cd "$(dirname "$0")/.." || exit 1
corpus=${FWPROOF_SHARED:-$(cd .. && pwd)/shared}/corpus
FWPROOF=$(realpath "${FWPROOF_FAST:-${FWPROOF:-fwproof}}")
export FWPROOF
n=${1:-60} seed=${2:-20261124}
if [ ! -d "$corpus" ]; then
    echo "ok mutation # SKIP no $corpus ($n mutations)"
    exit 0
fi
command -v python3 >/dev/null || { echo "ok mutation # SKIP no python3 ($n mutations)"; exit 0; }
out=$(mktemp) || exit 1
trap 'rm -f "$out"' EXIT
size=40k
[ "$n" -lt 1000 ] || size=100000k
find "$corpus/iptables" "$corpus/ip6tables" "$corpus/asa" "$corpus/csv" -type f -size -$size ! -name '*.md' \
    ! -name '*.tsv' | LC_ALL=C sort | tr '\n' '\0' |
    xargs -0 python3 tests/mutation.py "$n" "$seed" >"$out" 2>&1
code=$?
cat "$out"
wanted='delete [0-9].*garble [0-9].*in asa [0-9].*in csv [0-9]'
[ "$n" -lt 400 ] || wanted="$wanted.*in ip6tables [0-9].*in iptables [0-9]"
if [ $code = 0 ] && grep -q "^# [0-9]* mutations of .*$wanted" "$out"; then
    echo "ok mutation: no fail became a pass without a word"
else
    echo "not ok mutation"
fi
