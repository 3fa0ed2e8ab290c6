#!/bin/sh
# make hours: how much CPU time each target has been fuzzed for without a finding since its code last
# changed materially, of HOURS.tsv. A row counts while no more than 5 % of the lines of the target's code
# have changed since its commit, and only behind the target's last finding.
# usage: sh tests/fuzz/hours.sh TARGET...
set -u
cd "$(dirname "$0")/../.." || exit 1
git rev-parse HEAD >/dev/null 2>&1 || { echo "SKIP hours: this is no git repository"; exit 0; }

code() { # TARGET: what it tries
    case $1 in
    iptables) echo src/import/ipt* src/import/ipset.c src/import/import.c ;;
    ipset) echo src/import/ipset.c src/import/ipt_set.c ;;
    asa) echo src/import/asa* src/import/import.c ;;
    listing) echo src/import/asa_listing.c ;;
    csv) echo src/import/csv* src/import/import.c ;;
    site) echo src/check/site.c src/check/json* ;;
    pack) echo src/check/pack* src/check/json* src/check/pattern* src/check/require_read.c ;;
    catalogue) echo src/check/catalogue* src/check/json* ;;
    waivers) echo src/check/waiver* src/check/baseline.c src/check/json* ;;
    feed) echo src/check/feed.c src/check/json* ;;
    packets) echo src/verbs/packet* ;;
    saved) echo src/report/saved* ;;
    change) echo src/verbs/diff* src/analyze/diff* src/analyze/align* ;;
    redact) echo src/audit/redact* ;;
    reports) echo src/report/* ;;
    sets) echo src/net/* ;;
    audit) echo src/analyze/* src/check/* src/audit/* ;;
    *) echo src ;;
    esac
}

printf '%-12s %8s %12s  %s\n' target 'CPU h' executions 'last run'
for target; do
    # shellcheck disable=SC2046,SC2002 # paths without blanks
    lines=$(cat $(code "$target") | wc -l)
    awk -F'\t' -v t="$target" '$2 == t' tests/fuzz/HOURS.tsv | while IFS="	" read -r date _ cpu runs result commit; do
        [ "$result" = ok ] || { echo reset; continue; }
        # shellcheck disable=SC2046
        changed=$(git diff --numstat "${commit%-dirty}" -- $(code "$target") 2>/dev/null |
            awk '{ n += $1 > $2 ? $1 : $2 } END { print n + 0 }')
        git rev-parse -q --verify "${commit%-dirty}^{commit}" >/dev/null && [ $((changed * 20)) -le "$lines" ] &&
            echo "$cpu $runs $date"
    done | awk -v t="$target" '
        $1 == "reset" { cpu = runs = 0; last = ""; next }
        { cpu += $1; runs += $2; last = $3 }
        END { printf "%-12s %8.2f %12d  %s\n", t, cpu / 3600, runs, last == "" ? "none that counts" : last }'
done
