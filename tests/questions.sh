#!/bin/sh
# trace, reach and diff: what the contract says of their words, sets and exit codes.
set -u
cd "$(dirname "$0")/.." || exit 1
program=$(realpath "${FWPROOF:-fwproof}")
command -v jq >/dev/null || { echo "ok questions # SKIP no jq"; exit 0; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

cat >a.rules <<'END'
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:WEB - [0:0]
-A INPUT -i lo -j ACCEPT
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -i eth1 -o eth0 -j WEB
-A FORWARD -d 192.0.2.25/32 -p tcp -m tcp --dport 25 -m limit --limit 5/min -j ACCEPT
-A WEB -s 10.0.0.0/8 -p tcp -m tcp --dport 80 -j ACCEPT
-A WEB -s 10.0.0.0/8 -p udp -m udp --dport 53 -j REJECT
COMMIT
END
cat >a.csv <<'END'
source_zone,destination_zone,source,destination,service,action
inside,outside,10.0.0.0/8,any,tcp/443,permit
inside,outside,10.1.0.0/16,any,tcp/80,deny
inside,outside,10.0.0.0/8,any,tcp/80,permit
END
cat >a.cfg <<'END'
ASA Version 9.16(4)
hostname fw1
interface GigabitEthernet0/0
 nameif outside
 security-level 0
 ip address 203.0.113.2 255.255.255.0
interface GigabitEthernet0/1
 nameif inside
 security-level 100
 ip address 10.0.0.1 255.0.0.0
access-list INSIDE_IN extended permit tcp 10.0.0.0 255.0.0.0 any eq https
access-list INSIDE_IN extended deny udp any any eq 53
access-group INSIDE_IN in interface inside
END

check() { # NAME JQ-EXPRESSION, with the JSON in ./out and the exit code in $status
    if jq -e "$2" out >/dev/null 2>log; then
        echo "ok questions $1"
    else
        echo "not ok questions $1"
        { jq -c . out; cat log; } 2>&1 | head -c 1500 | sed 's/^/# /'
    fi
}
ask() { # arguments...
    "$program" "$@" --no-site >out 2>err
    status=$?
}
same() { # NAME GOT WANTED
    if [ "$2" = "$3" ]; then echo "ok questions $1"; else echo "not ok questions $1 - $2, not $3"; fi
}

# ---- trace
trace() { # NAME INPUT PACKET EXPRESSION
    ask trace "$2" "$3" -f jsonl
    check "trace: $1" "$4"
}
trace "a rule of a called chain" a.rules "tcp 10.1.2.3:40000 -> 192.0.2.1:80 in eth1 out eth0" \
    '. == {verdict: "ACCEPT", table: "filter", chain: "WEB", rule: 1}'
trace "a reject" a.rules "udp 10.1.2.3:40000 -> 192.0.2.1:53 in eth1 out eth0" \
    '. == {verdict: "REJECT", table: "filter", chain: "WEB", rule: 2}'
trace "the policy" a.rules "tcp 10.1.2.3:40000 -> 192.0.2.1:81 in eth1 out eth0" \
    '. == {verdict: "DROP", table: "filter", chain: "FORWARD", rule: "policy"}'
trace "a rate" a.rules "tcp 198.51.100.7:40000 -> 192.0.2.25:25 in eth0 out eth1" \
    '.verdict == "UNKNOWN" and .depends_on == ["limit"] and .may == ["ACCEPT", "DROP"]'
trace "to the device" a.rules "tcp 127.0.0.1:40000 -> 127.0.0.1:22 in lo chain INPUT" \
    '.chain == "INPUT" and .rule == 1'
trace "ASA, a permit" a.cfg "tcp 10.1.2.3:40000 -> 192.0.2.1:443 from inside to outside" \
    '. == {verdict: "permit", access_list: "INSIDE_IN", line: 11}'
trace "ASA, zones by the addresses" a.cfg "udp 10.1.2.3:40000 -> 203.0.113.9:53" \
    '. == {verdict: "deny", access_list: "INSIDE_IN", line: 12}'
trace "ASA, the end of a list" a.cfg "tcp 10.1.2.3:40000 -> 192.0.2.1:80 from inside to outside" \
    '.verdict == "deny" and .rule == "implicit"'
trace "CSV" a.csv "tcp 10.1.2.3:40000 -> 192.0.2.1:80 from inside to outside" \
    '.verdict == "deny" and .line == 3'
ask trace a.cfg "tcp 10.1.2.3:40000 -> 192.0.2.1:80 from insid to outside"
same "trace: an unknown zone is an error" $status 2
ask trace a.cfg "tcp 10.1.2.300 -> 192.0.2.1:80"
same "trace: an unknown address is an error" $status 2
printf '%s\n' '{"config": {}}' \
    '{"chain": "FORWARD", "in": "eth1", "out": "eth0", "proto": "tcp", "src": "10.1.2.3", "dst": "192.0.2.1", "sport": 1, "dport": 80}' \
    'nonsense' >packets
ask trace a.rules --packets packets -f jsonl
same "trace: a line for each packet" "$(wc -l <out)" 2
ask trace a.rules "tcp 10.1.2.3:40000 -> 192.0.2.1:80 in eth1 out eth0"
grep -q "match  a.rules:8:" out && grep -q "Result: ACCEPT by a.rules:10" out
same "trace: the deciding line in the text" $? 0

# ---- reach
ask reach a.csv -f json
check "reach: exact and disjoint" '.schema == "fwproof/reach/1" and (.possible | length) == 0 and
    ([.permitted[] | [.src, .dport]] | sort) ==
    ([[["10.0.0.0/8"], ["443"]], [["10.0.0.0-10.0.255.255", "10.2.0.0-10.255.255.255"], ["80"]]] | sort)
    or ([.permitted[] | .dport[]] | unique) == ["443", "80"]'
ask reach a.rules -f json --dst 192.0.2.25 --proto tcp --port 25 --from eth0
check "reach: what hangs on a rate is only possible" '(.permitted | length) == 0 and
    (.possible | length) == 1 and .possible[0].dst == ["192.0.2.25"]'
ask reach a.rules -f json --to-self
check "reach: the device itself" '.permitted | length == 1 and .[0].from == "lo"'

# ---- diff
for file in a.rules a.csv a.cfg; do
    ask diff $file $file -f json
    check "diff: $file and itself" '(.newly_permitted + .newly_denied + .newly_permitted_other +
        .newly_denied_other) == [] and .findings.new == [] and .findings.fixed == []'
done
sed 's/dport 80/dport 80:81/' a.rules >b.rules
ask diff a.rules b.rules -f json
check "diff: one more port" '.newly_denied == [] and (.newly_permitted | length) == 1 and
    (.newly_permitted[0] | .dport == ["81"] and .src == ["10.0.0.0/8"] and .from == "eth1")'
cp out forth
ask diff b.rules a.rules -f json
jq -s '.[0].newly_permitted == .[1].newly_denied' forth out >mirror
same "diff: backwards is mirrored" "$(cat mirror)" true
awk 'NR==10{held=$0;next} {print} NR==11{print held}' a.rules >moved.rules
ask diff a.rules moved.rules -f json
check "diff: the order of disjoint rules" '(.newly_permitted + .newly_denied) == []'
ask diff a.rules b.rules --expect-permit "tcp 10.0.0.0/8 -> any:81 in eth1 out eth0"
same "diff: exactly what was asked for" $status 0
ask diff a.rules b.rules --expect-permit "tcp 10.0.0.0/9 -> any:81 in eth1 out eth0"
same "diff: more than was asked for" $status 1
ask diff a.rules b.rules --expect-permit "tcp 10.0.0.0/8 -> any:82 in eth1 out eth0"
same "diff: less than was asked for" $status 1
sed 's/-o eth0 -j WEB/-o eth7 -j WEB/' a.rules >other.rules
ask diff a.rules other.rules -f json
check "diff: an interface that only one names" '([.newly_permitted[] | .to] | unique) == ["eth7"] and
    ([.newly_denied[] | .to] | unique) == ["eth0"]'
