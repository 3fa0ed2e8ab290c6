#!/bin/sh
# The fuzz targets on their seeds and on all that once broke the program, without libFuzzer, under the
# sanitizers. `make fuzz` looks for more.
set -u
cd "$(dirname "$0")/.." || exit 1
replays=${FWPROOF_REPLAYS:-build/san}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
sh tests/fuzz/seeds.sh "$work/seeds"
# Where the leak check works for the program, it does for these.
export ASAN_OPTIONS="${ASAN_OPTIONS:-exitcode=99:allocator_may_return_null=1}"

for source in tests/fuzz/*.c; do
    target=$(basename "$source" .c)
    case $target in fuzz | formats | replay) continue ;; esac
    [ -x "$replays/replay-$target" ] || {
        echo "not ok fuzz $target - there is no $replays/replay-$target: make SAN=1 replays"
        continue
    }
    find "$work/seeds/$target" "tests/fuzz/corpus/$target" -type f 2>/dev/null | sort >"$work/files"
    # shellcheck disable=SC2046 # no blanks in the names of fixtures
    if timeout 60 "$replays/replay-$target" $(cat "$work/files") >"$work/log" 2>&1; then
        echo "ok fuzz $target: $(wc -l <"$work/files") inputs"
    else
        echo "not ok fuzz $target - $(grep '^at ' "$work/log" | tail -n 1)"
        grep -v '^at ' "$work/log" | head -n 30 | cut -c1-300 | sed 's/^/# /'
    fi
done
