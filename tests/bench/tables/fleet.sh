# A fleet in threads: the same bytes, and how much faster.
fleet_row() { # FORMAT
    for jobs in 1 2; do
        fwproof check --no-site -j $jobs -f "$1" "$work/fleet" > "$work/fleet.$jobs" 2>&1 || :
    done
    same=$(cmp -s "$work/fleet.1" "$work/fleet.2" && echo yes || echo NO)
    measure fwproof check --no-site -j 1 -f "$1" "$work/fleet"
    one=$seconds
    row="| $1 | $shown | $cpu | $mib"
    measure fwproof check --no-site -j 2 -f "$1" "$work/fleet"
    echo "$row | $shown | $cpu | $mib | $(ratio "$one" "$seconds") | $same |"
}

table_fleet() {
    echo
    echo "## A fleet in threads"
    echo
    mkdir "$work/fleet"
    awk -v n=1000 -v dir="$work/fleet" -v rules=80 -f "$bench/fleet.awk" \
        fixtures/demo/fw1.rules fixtures/demo/asa1.cfg fixtures/demo/rules.csv fixtures/asa/branch.cfg
    echo "1,000 configurations of mixed formats, $(cat "$work"/fleet/* | wc -l) lines. On a machine with other work the ratio"
    echo "says little: processor seconds (CPU) that hardly grow with -j 2 say that nothing is done twice."
    echo
    echo "| format | -j 1 s | CPU s | MiB | -j 2 s | CPU s | MiB | ratio | same bytes |"
    echo "|---|---|---|---|---|---|---|---|---|"
    for format in text jsonl json; do
        fleet_row $format
    done
}
