#!/bin/sh
# Exports that nobody here wrote: each is read without a crash, and every line has its class. They
# are not part of the project; without them this is skipped.
set -u
cd "$(dirname "$0")/.." || exit 1
corpus=${FWPROOF_SHARED:-../shared}/corpus
program=$(realpath "${FWPROOF:-fwproof}")
if [ ! -d "$corpus" ]; then
    echo "ok corpus # SKIP no $corpus"
    exit 0
fi
for folder in iptables ip6tables ipset asa asa-show-access-list csv; do
    n=0 bad=
    for file in "$corpus/$folder"/*; do
        [ -f "$file" ] || continue
        n=$((n + 1))
        timeout 60 "$program" show "$file" --no-site -f json >/tmp/fwproof.$$ 2>&1
        code=$?
        case $code in 0 | 3) ;; *) bad="$bad $(basename "$file")($code)" ;; esac
        grep -q '"unseen"\|did not say what becomes' /tmp/fwproof.$$ && bad="$bad $(basename "$file")(unseen)"
    done
    if [ -z "$bad" ] && [ $n != 0 ]; then
        echo "ok corpus $folder: $n files"
    else
        echo "not ok corpus $folder -$bad"
    fi
done
rm -f /tmp/fwproof.$$
