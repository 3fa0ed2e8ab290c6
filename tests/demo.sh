#!/bin/sh
# Audits one export of each format with the Genesys Cloud pack. Findings are what is to be seen.
cd "$(dirname "$0")/../fixtures/demo" || exit 1
program=${FWPROOF:-../../fwproof}

for input in fw1.rules asa1.cfg rules.csv; do
    echo
    echo "\$ fwproof check -p genesys-cloud fixtures/demo/$input"
    echo
    "$program" check -p genesys-cloud "$input"
    status=$?
    # 1: findings, as it must be here
    [ $status = 1 ] || { echo "demo: exit $status, not 1" >&2; exit 1; }
done
echo
echo "Each finding has its page: fwproof explain GC-RTP-001"
