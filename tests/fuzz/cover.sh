#!/bin/sh
# make cover: how much of src the tests and the fuzz corpora run, of a build with gcov: lines and
# branches, the files with the fewest lines last. An error below 90 % of lines (COVER_MIN).
# usage: sh tests/fuzz/cover.sh BUILD
set -u
cd "$(dirname "$0")/../.." || exit 1
build=$1
find "$build" -name '*.gcda' -delete
export FWPROOF="$PWD/$build/fwproof" FWPROOF_FAST="$PWD/$build/fwproof"
export FWPROOF_UNITS="$build/tests" FWPROOF_REPLAYS="$build" FWPROOF_TEST_TIMEOUT=900
sh tests/run.sh >"$build/log" 2>&1 || { tail -n 3 "$build/log"; echo "(not all tests passed: $build/log)"; }

# gcov writes one line of JSON per object.
find "$build" -name '*.gcda' | grep -Ev '/(tests|replay)|embedded|words' | while read -r data; do
    gcov --stdout --json-format --branch-probabilities "$data" 2>/dev/null
done | python3 -c '
import collections, json, sys
lines, branches = collections.defaultdict(dict), collections.defaultdict(dict)
for document in sys.stdin:
    for f in json.loads(document)["files"]:
        name = f["file"]
        if not name.startswith("src/"):
            continue
        for l in f["lines"]:
            n = l["line_number"]
            lines[name][n] = max(lines[name].get(n, 0), l["count"])
            for i, b in enumerate(l.get("branches", [])):
                key = (n, i)
                branches[name][key] = max(branches[name].get(key, 0), b["count"])
def share(counts):
    return 100 * sum(c > 0 for c in counts) / max(1, len(counts))
def row(name, l, b):
    print("%-34s %6d lines %6.1f %%  %6d branches %6.1f %%" % (name, len(l), share(l), len(b), share(b)))
rows = {n: (list(lines[n].values()), list(branches[n].values())) for n in lines}
for name in sorted(rows, key=lambda n: -share(rows[n][0])):
    row(name, *rows[name])
every = [sum((r[i] for r in rows.values()), []) for i in (0, 1)]
row("src", *every)
least = float(sys.argv[1])
if share(every[0]) < least:
    sys.exit("less than %g %% of lines" % least)
' "${COVER_MIN:-90}"
