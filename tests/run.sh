#!/bin/sh
# Runs every test and sums their TAP: the unit tests under the sanitizers, and each other script in
# this folder that is not a tool. Ends with "N passed, N failed, N skipped".
set -u
cd "$(dirname "$0")/.." || exit 1

: "${FWPROOF_SHARED:=$(cd .. && pwd)/shared}"
export FWPROOF_SHARED
export FWPROOF="${FWPROOF:-$PWD/build/san/fwproof}"       # the program that the scripts test
export FWPROOF_FAST="${FWPROOF_FAST:-$PWD/build/fwproof}" # the same, optimized
export CMOCKA_MESSAGE_OUTPUT=TAP
export ASAN_OPTIONS="${ASAN_OPTIONS:-abort_on_error=0:exitcode=99:allocator_may_return_null=1}"
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1}"
export LC_ALL=C.UTF-8
# Some sandboxes forbid what the leak check needs; everything else of the sanitizers still holds.
if ! "$FWPROOF" --version >/dev/null 2>&1; then
    ASAN_OPTIONS="$ASAN_OPTIONS:detect_leaks=0"
    "$FWPROOF" --version >/dev/null 2>&1 && echo "(the leak check does not work here: switched off)"
fi
unset NO_COLOR FORCE_COLOR CLICOLOR_FORCE COLUMNS

out=$(mktemp -d) || exit 1
trap 'rm -rf "$out"' EXIT
passed=0 failed=0 skipped=0

run() { # title, command...
    title=$1
    shift
    start=$(date +%s)
    timeout "${FWPROOF_TEST_TIMEOUT:-300}" "$@" >"$out/log" 2>&1 </dev/null
    status=$?
    # cmocka writes a skipped test as "not ok N # SKIP name".
    s=$(grep -Eic '^(not )?ok\b.*# *skip' "$out/log")
    p=$(grep -Ei '^ok\b' "$out/log" | grep -Eivc '# *skip')
    f=$(grep -E '^not ok\b' "$out/log" | grep -Eivc '# *skip')
    # A test that died, or that said nothing, has failed whatever it said before.
    if [ "$f" = 0 ] && { [ $status != 0 ] || [ $((p + s)) = 0 ]; }; then
        f=1
        echo "not ok $title ended with status $status" >>"$out/log"
    fi
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    printf '%-28s %5d passed %3d failed %3d skipped %4ds\n' "$title" "$p" "$f" "$s" \
        $(($(date +%s) - start))
    grep -Ei '^(not )?ok\b.*# *skip' "$out/log" | sort | uniq -c | sort -rn | head -5 | sed 's/^/    /'
    [ "$f" = 0 ] || { echo "---- $title"; grep -v '^ok' "$out/log" | head -n 200; echo "----"; }
}

only=${1:-}
for unit in "${FWPROOF_UNITS:-build/san/tests}"/test_*; do
    case $unit in *.d | *.gc* | *'*') continue ;; *"$only"*) run "unit/${unit##*/test_}" "$unit" ;; esac
done
for script in tests/*.sh; do
    case $script in
    */run.sh | */deps.sh | */demo.sh | */bench.sh | */oracle.sh | */lib.sh | */_*) continue ;;
    *"$only"*) run "$(basename "$script" .sh)" sh "$script" ;;
    esac
done

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
