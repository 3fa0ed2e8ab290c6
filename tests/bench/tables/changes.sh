# A change of ten lines in a long list, against the reading of both.
table_changes() {
    echo
    echo "## Change of ten lines in 100,000 rules"
    echo
    sets=$(classbench_sets acl1_100000)
    [ -n "$sets" ] || { echo "skipped: no ClassBench sets in $shared/classbench"; return; }
    old=$(classbench acl1_100000 iptables)
    awk '/^-A/ && ++n % 9973 == 0 { sub(/-j ACCEPT/, "-j DROP") } { print }' "$old" > "$work/new.iptables"
    measure fwproof trace "$old" "$one_packet"
    one=$seconds
    echo "| what | seconds | MiB | times reading both |"
    echo "|---|---|---|---|"
    echo "| reading one of them (\`trace\` of a packet) | $shown | $mib | |"
    for how in --no-findings ""; do
        # shellcheck disable=SC2086 # a word or none
        measure fwproof diff $how "$old" "$work/new.iptables"
        echo "| \`fwproof diff $how\` | $shown | $mib | $(awk -v d="$seconds" -v r="$one" 'BEGIN { printf "%.2f", d / (2 * r) }') |"
    done
}
