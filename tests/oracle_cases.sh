#!/bin/sh
# Packets against a kernel's recorded verdicts: the same verdict, table, chain and rule. UNKNOWN,
# with the kernel's verdict among those that may be, is right only where `outside` below says what
# the decision hangs on, and that alone may be named. What the kernel refuses is refused, at its
# line and for its reason. Where the kernel's two backends differ, either is right; packets that
# routing took before the rules are not compared.
set -u
cd "$(dirname "$0")/.." || exit 1
program=${FWPROOF:-./fwproof}
cases=${FWPROOF_SHARED:-../shared}/oracle/cases
[ -d "$cases" ] || echo "ok oracle shared cases # SKIP no $cases"
command -v jq >/dev/null || { echo "ok oracle cases # SKIP no jq"; exit 0; }
out=$(mktemp -d) || exit 1
trap 'rm -rf "$out"' EXIT

# Case, packets that may be UNKNOWN, conditions that may be named: what is outside the packet.
outside() {
    cat <<'END'
026-addrtype 1,3,6,7 addrtype the own addresses and their networks
072-string-u32 1-5 string,u32 bytes of the packet beyond its fields
076-limit-burst 1-8 limit the rate so far
077-statistic-nth 1-7 statistic the packets so far
078-recent 1-6 recent the packets so far
079-time-always 1 time the time
081-policy-none 1,2 policy whether IPsec has decrypted it
082-rpfilter 1,2,4 rpfilter the routes
083-physdev-bridge 3 physdev the stations that the bridge has learnt
101-set-target-dynamic 1-4 set what rules have put into the set so far
END
}

# Case, line, and words of the reason.
refused() {
    cat <<'END'
102-refused-single-quotes 6 single quotes
103-refused-multiport-16 6 more than 15 ports
104-refused-undefined-chain 6 NOPE is neither a target nor a chain
105-refused-loop 10 a loop of chains
106-refused-jump-builtin 6 FORWARD is a builtin chain
107-refused-in-on-output 6 -i cannot be used
108-refused-neg-all 6 before all protocols
109-refused-dport-without-proto 6 ports need -p
110-refused-tcpreset-without-tcp 6 tcp-reset needs -p tcp
111-refused-missing-set 6 there is no such set
112-refused-neg-list 6 before several addresses
113-refused-unknown-option 6 there is no option --frobnicate
114-refused-all-or-nothing 7 NOPE is neither a target nor a chain
117-refused-no-commit 4 no COMMIT
24-refused-set 6 no such set
25-refused-dport 6 ports need -p
END
}

# What differs, one packet a line; nothing if all is as recorded.
differences() { # RECORDED OURS PACKETS NAME
    open=$(outside | sed -n "s/^$4 //p" | cut -d' ' -f1-2)
    why=$(refused | sed -n "s/^$4 //p")
    jq -nr --slurpfile kernel "$1" --slurpfile ours "$2" --slurpfile packets "$3" \
        --arg open "$open" --arg why "$why" '
        def words: [.verdict, .table, .chain, .rule];
        ($packets | map(select(.config | not))) as $sent
        | ($why | capture("^(?<line>[0-9]+) (?<words>.*)") // {line: "0", words: ""}) as $refusal
        | ($open | split(" ")) as $may
        | [($may[0] // "" | split(","))[] | split("-") | map(tonumber) | range(.[0]; .[-1] + 1)]
          as $unknown
        | if $kernel[0].load then
            if $ours[0].load != "refused" then "is refused by the kernel"
            elif $why == "" then "the refusal is not in the table of this test"
            elif $ours[0].line != ($refusal.line | tonumber)
              or ($ours[0].message | contains($refusal.words) | not)
            then "expected line \($why), ours is \($ours[0] | tojson)" else empty end
          elif ($ours | length) != ($kernel | length) then
            "\($ours | length) verdicts for \($kernel | length) packets"
          else range($kernel | length) as $i | $kernel[$i] as $k | $ours[$i] as $o
            | select($k.verdict | IN("UNREACHED", "OTHERPATH", "UNSENT") | not)
            | select($k.unreachable_state | not)
            | select(($k | words) != ($o | words))
            | select(($o.verdict == "UNKNOWN" and ($o.may | index($k.verdict))
                      and ($unknown | index($i + 1))
                      and ($o.depends_on - ($may[1] | split(",")) == [])) | not)
            | "packet \($i + 1) \($sent[$i] | tojson): kernel \($k | words | tojson) ours \($o | tojson)"
          end'
}

for save in tests/oracle/cases/*.save "$cases"/*.save; do
    [ -f "$save" ] || continue
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
        differences "$recorded" "$out/ours" "$base.packets.jsonl" "$name" >"$out/now" 2>&1
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
