# Redundancy of every rule: whether its removal changes what becomes of any packet.
table_redundancy() {
    echo
    echo "## Redundancy of every rule"
    echo
    echo "\`fwproof check -p tests/bench/redundant.json\`. Exit 3: the budget of steps was spent; undecided"
    echo "are rules, and questions as a whole."
    echo
    echo "| set | redundant | undecided | seconds | MiB | exit |"
    echo "|---|---|---|---|---|---|"
    for set_name in $(classbench_sets _100000); do
        file=$(classbench "$set_name" iptables)
        measure fwproof check --no-site -p "$bench/redundant.json" "$file"
        result_of -p "$bench/redundant.json" "$file"
        echo "| $set_name | $(counted) | $(undecided) | $shown | $mib | $code |"
    done
}
