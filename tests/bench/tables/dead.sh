# Dead rules: fwproof on two formats, the kernel's tools that only read the rules, and a BDD engine.

# Sets $shown to the seconds of COMMAND in a namespace, and $against to what fwproof took by that.
kernel_tool() { # COMMAND ...
    shown=- against=-
    in_namespace "$1" || return 0
    measure unshare -n "$@"
    against=$(ratio "$ours" "$seconds")
}

# Sets $shown to the seconds of the BDD engine, $against to its times fwproof's; says if it differs.
bdd_engine() { # SET
    shown=- against=-
    built bdd -lbdd || return 0
    limit=${BDD_LIMIT:-20}
    tuples=$(classbench "$1" tuples)
    their_dead=$(timeout "$limit" bdd "$tuples" 2> /dev/null) || their_dead=
    if [ -z "$their_dead" ]; then
        shown=">$limit" against=">$(awk -v l="$limit" -v o="$ours" 'BEGIN { printf "%d", l / o }')"
        return 0
    fi
    measure bdd "$tuples"
    against=$(ratio "$seconds" "$ours")
    [ "$their_dead" = "$dead" ] || shown="$shown: $their_dead dead, WHICH DIFFERS"
}

dead_row() { # SET
    file=$(classbench "$1" iptables)
    result_of -p "$bench/dead.json" "$file"
    dead=$(counted)
    measure fwproof check --no-site -p "$bench/dead.json" "$(classbench "$1" asa)"
    asa="$shown | $mib"
    measure fwproof check --no-site -p "$bench/dead.json" "$file"
    ours=$seconds
    row="| $1 | $(grep -c '^-A' "$file") | $dead | $asa | $shown | $mib"
    kernel_tool iptables-restore --test "$file"
    row="$row | $shown | $against"
    kernel_tool nft -c -f "$(classbench "$1" nft)"
    row="$row | $shown | $against"
    bdd_engine "$1"
    echo "$row | $shown | $against |"
}

table_dead() {
    echo
    echo "## Dead rules, exact over unions"
    echo
    echo "\`fwproof check -p tests/bench/dead.json\` on ClassBench sets as ASA configuration and as iptables-save: reads the"
    echo "file, finds the dead rules, reports them. \`unshare -n iptables-restore --test\` and \`unshare -n nft -c -f\`"
    echo "only read the same rules; the ratio is fwproof's iptables seconds to theirs. The BDD engine finds the dead rules of the same"
    echo "rules as numbers, in at most ${BDD_LIMIT:-20} s and 2 GiB; it must count as many. Its ratio is its seconds to fwproof's."
    echo
    echo "| set | rules | dead | ASA s | MiB | iptables s | MiB | iptables-restore s | ratio | nft s | ratio | BDD s | times |"
    echo "|---|---|---|---|---|---|---|---|---|---|---|---|---|"
    sets=$(classbench_sets 0)
    [ -n "$sets" ] || echo "skipped: no ClassBench sets in $shared/classbench"
    for set_name in $sets; do
        dead_row "$set_name"
    done
}
