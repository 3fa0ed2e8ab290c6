# Inputs that are hard on purpose (worst.awk): each must end, and say what it left undecided.
worst_row() { # WHAT KIND N
    awk -v what="$2" -v n="$3" -f "$bench/worst.awk" > "$work/$2.rules"
    for pack in "$bench/dead.json" hygiene; do
        measure fwproof check --no-site -p "$pack" "$work/$2.rules"
        result_of -p "$pack" "$work/$2.rules"
        echo "| $1 | $(basename "$pack" .json) | $shown | $mib | $(undecided) | $code |"
    done
}

table_worst() {
    echo
    echo "## Hard on purpose"
    echo
    echo "\`tests/bench/worst.awk\`, with the budget as it is by default (\`--budget\`) and 4 GiB (\`--memory\`). Exit 3: incomplete, with"
    echo "what is undecided: so many rules, and so many questions as a whole."
    echo
    echo "| what | pack | seconds | MiB | undecided | exit |"
    echo "|---|---|---|---|---|---|"
    worst_row "1,000 ranges of sources that cross 1,000 of destinations, 1,000 squares over them" crossing 1000
    worst_row "2,000 rules of 15 alternating ports each" ports 1000
    worst_row "64 chains deep, three ways from each to the next" deep 1000
    worst_row "10,000 user chains" chains 10000
    worst_row "1,000 rules of negations" negation 1000
}
