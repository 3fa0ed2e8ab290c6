#!/bin/sh
# The table of questions: each question of the vendor's FAQ stands in it, and for the worked example
# each row has a status for each device, with the reason where it is neither passed nor failed.
set -u
cd "$(dirname "$0")/.." || exit 1
program=$(realpath "${FWPROOF:-fwproof}")
faq=${FWPROOF_SHARED:-../shared}/facts/firewall-faq.txt
table=$(mktemp) || exit 1
trap 'rm -f "$table"' EXIT

cd fixtures/site || exit 1
"$program" rules --today 2026-11-23 -p genesys-cloud -f md agents.rules datacentre.cfg branch.csv >"$table"

devices='agents datacentre branch'
rows=0
bad=''
while IFS= read -r row; do
    case $row in '| question '* | '|---'*) continue ;; esac
    rows=$((rows + 1))
    for device in $devices; do
        printf '%s\n' "$row" |
            grep -Eq "$device: (pass|fail|waived|(unknown|not_applicable) \([^)])" || bad="$bad $device: $row"
    done
done <"$table"
if [ "$rows" -ge 20 ] && [ -z "$bad" ]; then
    echo "ok faq: every row has a status and a reason"
else
    echo "not ok faq: every row has a status and a reason - $rows rows;$bad"
fi

[ -f "$faq" ] || { echo "ok faq: every question # SKIP no $faq"; exit 0; }
missing=$(grep '?$' "$faq" | while IFS= read -r question; do
    cut -d'|' -f2 "$table" | grep -Fqx " $question " || echo "$question"
done)
if [ -z "$missing" ] && [ "$(grep -c '?$' "$faq")" -ge 15 ]; then
    echo "ok faq: every question"
else
    echo "not ok faq: every question - $missing"
fi
