# A change of some lines in a long list, against the reading of both: the check of a pack that asks nothing.
changes_row() { # SET
    old=$(classbench "$1" iptables)
    awk '/^-A/ && ++n % 9973 == 0 { sub(/-j ACCEPT/, "-j DROP") } { print }' "$old" > "$work/new.iptables"
    lines=$(diff "$old" "$work/new.iptables" | grep -c '^>' || :)
    measure fwproof check --no-site -p "$bench/read.json" "$old"
    one=$seconds
    row="| $1 | $lines | $shown"
    for how in --no-findings ""; do
        # shellcheck disable=SC2086 # a word or none
        measure fwproof diff $how "$old" "$work/new.iptables"
        row="$row | $shown | $mib | $code | $(awk -v d="$seconds" -v r="$one" 'BEGIN { printf "%.2f", d / (2 * r) }')"
    done
    echo "$row |"
}

table_changes() {
    echo
    echo "## A change of some lines in 100,000 rules"
    echo
    sets=$(classbench_sets _100000)
    [ -n "$sets" ] || { echo "skipped: no ClassBench sets in $shared/classbench"; return; }
    echo "Every 9,973rd rule that accepts drops. \`fwproof diff\`, without and with what becomes of findings, against twice the time"
    echo "of reading one of the lists (\`check -p tests/bench/read.json\`)."
    echo
    echo "| set | lines | reading one, s | diff --no-findings, s | MiB | exit | times reading both | diff, s | MiB | exit | times reading both |"
    echo "|---|---|---|---|---|---|---|---|---|---|---|"
    for set_name in $sets; do
        changes_row "$set_name"
    done
}
