#!/bin/sh
# Packets against a kernel's recorded verdicts: the same verdict, table, chain and rule, or UNKNOWN
# with the kernel's verdict among those that may be. Where the kernel's two backends differ, either
# is right; packets that routing took before the rules are not compared.
set -u
cd "$(dirname "$0")/.." || exit 1
program=${FWPROOF:-./fwproof}
cases=${FWPROOF_SHARED:-../shared}/oracle/cases
[ -d "$cases" ] || { echo "ok oracle cases # SKIP no $cases"; exit 0; }
command -v jq >/dev/null || { echo "ok oracle cases # SKIP no jq"; exit 0; }
out=$(mktemp -d) || exit 1
trap 'rm -rf "$out"' EXIT

# What differs, one packet a line; nothing if all is as recorded.
differences() { # RECORDED OURS PACKETS
    jq -nr --slurpfile kernel "$1" --slurpfile ours "$2" --slurpfile packets "$3" '
        def words: [.verdict, .table, .chain, .rule];
        ($packets | map(select(.config | not))) as $sent
        | if $kernel[0].load then
            if $ours[0].load == "refused" then empty else "is refused by the kernel" end
          elif ($ours | length) != ($kernel | length) then
            "\($ours | length) verdicts for \($kernel | length) packets"
          else range($kernel | length) as $i | $kernel[$i] as $k | $ours[$i] as $o
            | select($k.verdict | IN("UNREACHED", "OTHERPATH", "UNSENT") | not)
            | select($k.unreachable_state | not)
            | select(($k | words) != ($o | words))
            | select(($o.verdict == "UNKNOWN" and ($o.may | index($k.verdict))) | not)
            | "packet \($i + 1) \($sent[$i] | tojson): kernel \($k | words | tojson) ours \($o | tojson)"
          end'
}

for save in "$cases"/*.save; do
    base=${save%.save}
    name=${base##*/}
    format=iptables
    case $name in *-v6-*) format=ip6tables ;; esac
    set -- "$save"
    [ -f "$base.ipset" ] && set -- "$save" "$base.ipset"
    "$program" trace --no-site -I $format "$@" --packets "$base.packets.jsonl" -f jsonl \
        >"$out/ours" 2>"$out/log"
    status=$?
    : >"$out/best"
    for recorded in "$base.verdicts.jsonl" "$base.verdicts.legacy.jsonl"; do
        [ -f "$recorded" ] || continue
        differences "$recorded" "$out/ours" "$base.packets.jsonl" >"$out/now" 2>&1
        { [ "$recorded" = "$base.verdicts.jsonl" ] || [ ! -s "$out/now" ]; } && cp "$out/now" "$out/best"
    done
    if [ $status -gt 3 ]; then
        echo "not ok oracle $name - exit code $status"
    elif [ -s "$out/best" ]; then
        echo "not ok oracle $name"
        sed 's/^/# /' "$out/best" "$out/log" | head -n 12
    else
        echo "ok oracle $name"
    fi
done
