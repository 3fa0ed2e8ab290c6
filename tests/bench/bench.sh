# make bench: whole-process figures of this machine, as tables in Markdown, to tests/bench/RESULTS.md.
# FWPROOF_SHARED names the folder that holds classbench/ (default ../shared), RUNS how often each
# command runs (default 5; medians count). What is missing is skipped, and said.
set -eu
cd "$(dirname "$0")/../.."
bench=$PWD/tests/bench
shared=${FWPROOF_SHARED:-../shared}
runs=${RUNS:-5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
${CC:-cc} -O2 -o "$work/timed" "$bench/timed.c"
cp fwproof "$work/fwproof"
PATH=$work:$PATH

# Wall seconds, processor seconds, MiB, exit code.
timed() { "$work/timed" "$runs" "$@"; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", (b > 0 ? a / b : 0) }'; }
generated() { awk -v what="$1" -v n="$2" -f "$bench/generate.awk"; }

# How many rules the one control of PACK counts: findings tell several at once.
found() { fwproof check -p "$1" -f json "$2" | sed -n 's/.*"reason":[^0-9]*\([0-9]*\).*/\1/p' | head -n 1; }

machine() {
    echo "# Benchmarks"
    echo
    echo "Written by \`make bench\`: medians of $runs runs, one thread unless said, wall seconds of whole processes."
    echo
    echo "- $("$work/fwproof" --version)"
    echo "- $(awk -F': ' '/model name/ { print $2; exit }' /proc/cpuinfo), $(nproc) processors, Linux $(uname -r)"
    echo "- ${CC:-cc} $(${CC:-cc} -dumpfullversion 2> /dev/null || echo)"
    restore=
    if command -v iptables-restore > /dev/null && unshare -n true 2> /dev/null; then
        restore=yes
        echo "- $(iptables-restore --version), as \`unshare -n iptables-restore --test\`"
    else
        echo "- no iptables-restore, or no right to make a network namespace: skipped as a peer"
    fi
}

dead_rules() {
    echo
    echo "## Dead rules, exact over unions"
    echo
    echo "\`fwproof check -p tests/bench/dead.json\` on ClassBench sets as iptables-save and as ASA configuration."
    echo
    echo "| set | rules | dead | iptables s | MiB | iptables-restore s | ratio | ASA s | MiB |"
    echo "|---|---|---|---|---|---|---|---|---|"
    for file in "$shared"/classbench/*.xz; do
        [ -e "$file" ] || { echo "skipped: no ClassBench sets in $shared/classbench"; return; }
        set_name=$(basename "$file" .xz)
        for form in iptables asa; do
            xz -dc "$file" | awk -v form=$form -f "$bench/classbench.awk" > "$work/$set_name.$form"
        done
        dead=$(found "$bench/dead.json" "$work/$set_name.iptables")
        ours=$(timed fwproof check -p "$bench/dead.json" "$work/$set_name.iptables")
        asa=$(timed fwproof check -p "$bench/dead.json" "$work/$set_name.asa")
        theirs=-
        [ -z "$restore" ] ||
            theirs=$(timed unshare -n iptables-restore --test "$work/$set_name.iptables" | cut -d' ' -f1)
        set -- $ours
        first="| $set_name | $(grep -c '^-A' "$work/$set_name.iptables") | $dead | $1 | $3 | $theirs"
        against=$(if [ -n "$restore" ]; then ratio "$1" "$theirs"; else echo -; fi)
        set -- $asa
        echo "$first | $against | $1 | $3 |"
    done
}

redundancy() {
    echo
    echo "## Redundancy of every rule"
    echo
    echo "| set | redundant | seconds | MiB | exit |"
    echo "|---|---|---|---|---|"
    for file in "$work"/*_100000.iptables; do
        [ -e "$file" ] || return 0
        redundant=$(found "$bench/redundant.json" "$file")
        set -- $(timed fwproof check -p "$bench/redundant.json" "$file")
        echo "| $(basename "$file" .iptables) | $redundant | $1 | $3 | $4 |"
    done
}

row() { # title, file, command …
    title=$1
    bytes=$(wc -c < "$2")
    shift 2
    set -- $(timed "$@")
    echo "| $title | $(awk -v b="$bytes" 'BEGIN { printf "%.1f", b / 1e6 }') | $1 | $3 | $(
        awk -v b="$bytes" -v s="$1" 'BEGIN { printf "%.0f", b / 1e6 / s }') | $4 |"
}

others() {
    generated groups 5000 > "$work/groups.asa"
    generated wide 50000 > "$work/wide.iptables"
    generated feed 20000 > "$work/ip-ranges.json"
    generated lines 100000 > "$work/lines.csv"
    generated lines 10000 > "$work/lines10.csv"
    cat > "$work/site.json" << 'EOF'
{"zones": {"inside": {"interfaces": ["eth1"]}, "outside": {"interfaces": ["eth0"]}},
 "roles": {"client": ["10.1.0.0/16"]},
 "parameters": {"genesys-cloud": {"region": "eu-central-1", "use": ["client"], "feeds": {"aws": "ip-ranges.json"}}}}
EOF
    echo
    echo "## Whole audits"
    echo
    echo "| what | MB | seconds | MiB | MB/s | exit |"
    echo "|---|---|---|---|---|---|"
    row "ASA, 5,000 ACEs of groups that make 10 million, both packs" "$work/groups.asa" \
        fwproof check -p genesys-cloud -p hygiene "$work/groups.asa"
    row "AWS feed of 20,000 prefixes against 50,000 rules" "$work/wide.iptables" \
        fwproof check -p genesys-cloud -s "$work/site.json" "$work/wide.iptables"
    row "the same rules without the feed" "$work/wide.iptables" \
        fwproof check -p "$bench/dead.json" "$work/wide.iptables"
    row "CSV of 10,000 rules, dead rules" "$work/lines10.csv" \
        fwproof check -p "$bench/dead.json" "$work/lines10.csv"
    row "CSV of 100,000 rules, dead rules" "$work/lines.csv" \
        fwproof check -p "$bench/dead.json" "$work/lines.csv"
    for set_name in acl1_10000 acl1_100000; do
        for form in iptables asa; do
            [ ! -e "$work/$set_name.$form" ] ||
                row "parsing $set_name, $form (\`reach\` of one packet)" "$work/$set_name.$form" \
                    fwproof trace "$work/$set_name.$form" \
                    "tcp 10.0.0.1:1024 -> 192.0.2.200:80 from inside to outside"
        done
    done
}

changes() {
    old=$work/acl1_100000.iptables
    [ -e "$old" ] || return 0
    awk '/^-A/ && ++n % 9973 == 0 { sub(/-j ACCEPT/, "-j DROP") } { print }' "$old" > "$work/new.iptables"
    echo
    echo "## Change of ten lines in 100,000 rules"
    echo
    both=$(timed fwproof diff --no-findings "$old" "$work/new.iptables" | cut -d' ' -f1)
    audit=$(timed fwproof diff "$old" "$work/new.iptables" | cut -d' ' -f1)
    read=$(timed fwproof trace "$old" "tcp 10.0.0.1:1024 -> 192.0.2.200:80 from inside to outside" | cut -d' ' -f1)
    echo "\`fwproof diff --no-findings\`: $both s; reading one of them: $read s; diff to reading both: $(
        awk -v d="$both" -v r="$read" 'BEGIN { printf "%.2f", d / (2 * r) }'). With findings both sides are audited: $audit s."
}

fleet() {
    echo
    echo "## A fleet in threads"
    echo
    mkdir "$work/fleet"
    awk -v n=1000 -v dir="$work/fleet" -v rules=80 -f "$bench/fleet.awk" \
        fixtures/demo/fw1.rules fixtures/demo/asa1.cfg fixtures/demo/rules.csv fixtures/asa/branch.cfg
    echo "1,000 configurations of mixed formats, $(cat "$work"/fleet/* | wc -l) lines; on a machine with other work the"
    echo "ratio says little: processor seconds (CPU) that hardly grow with -j 2 say that nothing is done twice."
    echo
    echo "| format | -j 1 s | CPU s | MiB | -j 2 s | CPU s | MiB | ratio |"
    echo "|---|---|---|---|---|---|---|---|"
    for format in text jsonl json; do
        one=$(timed fwproof check --no-site -j 1 -f $format "$work/fleet")
        two=$(timed fwproof check --no-site -j 2 -f $format "$work/fleet")
        set -- $one $two
        echo "| $format | $1 | $2 | $3 | $5 | $6 | $7 | $(ratio "$1" "$5") |"
    done
}

{
    machine
    dead_rules
    redundancy
    others
    changes
    fleet
} | tee "$work/RESULTS.md"
cp "$work/RESULTS.md" "$bench/RESULTS.md"
