#!/bin/sh
# make bench: whole-process figures of this machine, as tables in Markdown, to tests/bench/RESULTS.md.
# ONLY="dead fleet …" prints just these tables (the names in tests/bench/tables), and writes nothing.
# RUNS: how often a command runs (default 5; medians count); LONG: no further run begins after so many
# seconds (default 6). BDD_LIMIT: seconds of one run of the BDD baseline (default 20). FWPROOF_SHARED: the folder
# with classbench/ (default ../shared). What is missing is skipped, and said.
set -eu
cd "$(dirname "$0")/../.."
bench=$PWD/tests/bench
shared=${FWPROOF_SHARED:-../shared}
runs=${RUNS:-5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
${CC:-cc} -O2 -o "$work/timed" "$bench/timed.c"
cp fwproof "$work/fwproof"
PATH=$work:$PATH
. "$bench/measure.sh"

tables="machine dead redundancy audits parsing changes fleet worst growth"
for table in $tables; do
    . "$bench/tables/$table.sh"
done
if [ -n "${ONLY:-}" ]; then
    for table in $ONLY; do
        "table_$table"
    done
    exit
fi
start=$(date +%s)
{
    for table in $tables; do
        "table_$table"
    done
    echo
    echo "All of it took $(($(date +%s) - start)) seconds."
} | tee "$work/RESULTS.md"
if [ -s "$work/died" ]; then
    cat "$work/died" >&2
    exit 1
fi
cp "$work/RESULTS.md" "$bench/RESULTS.md"
