#!/bin/sh
# The code's form, as far as the tools are there.
set -u
cd "$(dirname "$0")/.." || exit 1
if command -v clang-format >/dev/null; then
    for f in src/*/*.[ch] tests/unit/*.[ch]; do
        [ -f "$f" ] || continue
        if clang-format --dry-run --Werror "$f" >/dev/null 2>&1; then
            echo "ok format $f"
        else
            echo "not ok format $f - make fmt"
        fi
    done
else
    echo "ok format # SKIP no clang-format"
fi
if command -v shellcheck >/dev/null; then
    for f in tests/*.sh src/*/*.sh .ci/run; do
        if shellcheck -S warning "$f" >/dev/null 2>&1; then
            echo "ok shellcheck $f"
        else
            echo "not ok shellcheck $f"
            shellcheck -S warning "$f" | sed 's/^/# /'
        fi
    done
else
    echo "ok shellcheck # SKIP no shellcheck"
fi
