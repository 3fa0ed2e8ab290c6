#!/bin/sh
# make lint: what clang-tidy (.clang-tidy), cppcheck and gcc -fanalyzer find in src is an error. What is
# right all the same says why, in a comment where it stands. Each tool must find a bug that is planted.
# make check runs the quick one; FWPROOF_LONG=1, which make lint sets, all.
set -u
cd "$(dirname "$0")/.." || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
flags='-std=c17 -D_POSIX_C_SOURCE=200809L -Isrc -DFWPROOF_VERSION=\"x\"'
cat >"$work/planted.c" <<'END'
#include <stdlib.h>
int planted(const int *p, int n);
int planted(const int *p, int n)
{
    int *copy = malloc(sizeof *copy);
    if (p == NULL || copy == NULL)
        return *p + n;
    *copy = *p;
    n += *copy;
    free(copy);
    free(copy);
    return n;
}
END
cp .clang-tidy "$work"

tidy='clang-tidy --quiet "$1" -- '$flags' 2>/dev/null'
check='cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 '${flags#-std=c17 }' "$@" 2>&1'
analyzer='gcc '$flags' -O1 -fanalyzer -Wno-unused -Werror -S -o /dev/null "$1" 2>&1'

lint() { # NAME COMMAND: sh -c COMMAND sh FILE..., as many files at once as the command takes
    name=$1 command=$2
    if sh -c "$command" sh "$work/planted.c" >"$work/log"; then
        echo "not ok lint $name finds what is planted"
        return
    fi
    echo "ok lint $name finds what is planted"
    case $command in *'"$@"'*) at_once=1000 ;; *) at_once=1 ;; esac
    if printf '%s\n' src/*/*.c | nice -n 19 xargs -P 2 -n $at_once sh -c "$command" sh >"$work/log"; then
        echo "ok lint $name: $(printf '%s\n' src/*/*.c | wc -l) files"
    else
        echo "not ok lint $name"
        grep -E '(warning|error):' "$work/log" | sort -u | sed 's/^/# /'
    fi
}

tool() { # NAME PROGRAM COMMAND LONG
    if ! command -v "$2" >/dev/null; then
        echo "ok lint $1 # SKIP no $2"
    elif [ "$4" = long ] && [ "${FWPROOF_LONG:-0}" != 1 ]; then
        echo "ok lint $1 # SKIP it takes minutes: FWPROOF_LONG=1"
    else
        lint "$1" "$3"
    fi
}
tool cppcheck cppcheck "$check" quick
tool "gcc -fanalyzer" gcc "$analyzer" long
tool clang-tidy clang-tidy "$tidy" long
