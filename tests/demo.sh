#!/bin/sh
# Audits the worked example: one export of each format, each with faults, and the site file that
# describes them. Findings are what is to be seen.
cd "$(dirname "$0")/../fixtures/site" || exit 1
program=${FWPROOF:-../../fwproof}

for input in agents.rules datacentre.cfg branch.csv; do
    echo
    echo "\$ cd fixtures/site && fwproof check --today 2026-11-23 -p genesys-cloud $input"
    echo
    "$program" check --today 2026-11-23 -p genesys-cloud "$input"
    status=$?
    # 1: findings at or above an error; 0: warnings and notes alone
    [ $status -le 1 ] || { echo "demo: exit $status" >&2; exit 1; }
done
echo
echo "Each finding has its page: fwproof explain GC-RTP-001"
