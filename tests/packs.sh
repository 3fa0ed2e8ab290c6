#!/bin/sh
# The examples of every pack that ships.
cd "$(dirname "$0")/.." || exit 1
for pack in rules/*.json; do
    "${FWPROOF:-./fwproof}" test "$pack" | grep -v ' passed, '
done
