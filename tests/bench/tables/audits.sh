# Whole audits of inputs that no one wrote (generate.awk).
audit_row() { # WHAT FILE ARGUMENTS...
    what=$1 file=$2
    shift 2
    measure fwproof check "$@" "$file"
    echo "| $what | $(megabytes "$file") | $shown | $mib | $code |"
}

table_audits() {
    generated groups 5000 > "$work/groups.asa"
    generated wide 50000 > "$work/wide.iptables"
    generated feed 20000 > "$work/ip-ranges.json"
    generated lines 100000 > "$work/lines.csv"
    cat > "$work/site.json" << 'END'
{"zones": {"inside": {"interfaces": ["eth1"]}, "outside": {"interfaces": ["eth0"]}},
 "roles": {"client": ["10.1.0.0/16"]},
 "parameters": {"genesys-cloud": {"region": "eu-central-1", "use": ["client"], "feeds": {"aws": "ip-ranges.json"}}}}
END
    echo
    echo "## Whole audits"
    echo
    echo "| what | MB | seconds | MiB | exit |"
    echo "|---|---|---|---|---|"
    audit_row "ASA, 5,000 ACEs of groups that make 10 million, both packs" "$work/groups.asa" \
        --no-site -p genesys-cloud -p hygiene
    audit_row "AWS feed of 20,000 prefixes against 50,000 rules" "$work/wide.iptables" \
        -p genesys-cloud -s "$work/site.json"
    audit_row "the same rules without the feed, dead rules" "$work/wide.iptables" --no-site -p "$bench/dead.json"
    audit_row "CSV of 100,000 rules, dead rules" "$work/lines.csv" --no-site -p "$bench/dead.json"
}
