#!/bin/sh
# What takes a change back gives the old rule set back: the commands that `diff --back-out` writes
# are applied behind the change, and no packet may fare differently then.
set -u
cd "$(dirname "$0")" || exit 1
: "${FWPROOF:=../fwproof}"
FWPROOF=$(realpath "$FWPROOF")
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

commands() { # what stands in "backout" of a result
    tr -d '\n' <"$1" | sed 's/.*"backout":\t\[//; s/\],\t"backout_proven".*//' |
        grep -o '"\([^"\\]\|\\.\)*"' | sed 's/^"//; s/"$//; s/\\"/"/g; s/\\\\/\\/g'
}

round_trip() { # name, old, change
    "$FWPROOF" diff --no-findings "$2" --apply "$3" --back-out -f json >"$work/result" 2>"$work/err"
    if ! grep -q '"backout_proven":	true' "$work/result"; then
        echo "not ok back-out $1 - not proven"
        sed 's/^/# /' "$work/err"
        return
    fi
    if ! grep -q '"dport"' "$work/result"; then
        echo "not ok back-out $1 - the change changes nothing"
        return
    fi
    commands "$work/result" >"$work/back"
    cat "$3" "$work/back" >"$work/both"
    if "$FWPROOF" diff --no-findings "$2" --apply "$work/both" | grep -q 'No packet fares differently'; then
        echo "ok back-out $1"
    else
        echo "not ok back-out $1 - something is left"
        sed 's/^/# /' "$work/back"
    fi
}

old=golden/change-iptables/fw1.rules
n=0
while IFS= read -r change; do
    n=$((n + 1))
    printf '%s\n' "$change" | tr '|' '\n' >"$work/change"
    round_trip "iptables $n" "$old" "$work/change"
done <<'X'
iptables -A FORWARD -p udp --dport 5060 -j ACCEPT
iptables -I FORWARD 1 -s 10.1.2.3 -j DROP
iptables -D FORWARD 2|iptables -D FORWARD 2
iptables -R FORWARD 3 -i eth1 -o eth0 -p tcp --dport 443 -m comment --comment "two words" -j ACCEPT|iptables -P FORWARD ACCEPT
iptables -P INPUT ACCEPT
iptables -F FORWARD
iptables -N NEW|iptables -A NEW -p tcp --dport 25 -j ACCEPT|iptables -I FORWARD -j NEW
iptables -D FORWARD -i eth1 -o eth0 -p tcp --dport 443 -j ACCEPT|iptables -I FORWARD 2 -i eth1 -o eth0 -p tcp --dport 443 -j ACCEPT|iptables -I FORWARD 1 -p tcp --dport 80 -j ACCEPT
X
old=golden/change-asa/fw1.cfg
n=0
while IFS= read -r change; do
    n=$((n + 1))
    printf '%s\n' "$change" | tr '|' '\n' >"$work/change"
    round_trip "ASA $n" "$old" "$work/change"
done <<'X'
access-list INSIDE_IN line 1 extended permit udp any any eq 5060
access-list INSIDE_IN line 4 permit tcp any any eq 80|no access-list INSIDE_IN extended permit tcp any any eq 443
object-group network MEDIA| network-object host 192.0.2.9
object-group network MEDIA| no network-object 203.0.113.0 255.255.255.0| network-object host 203.0.113.9
object-group network NEW| network-object host 192.0.2.1| network-object 198.51.100.0 255.255.255.0|access-list INSIDE_IN line 3 extended permit tcp any object-group NEW eq 25
no access-group INSIDE_IN in interface inside
access-list OUT extended permit tcp any host 10.1.0.9 eq 25|access-group OUT in interface outside
no access-list INSIDE_IN extended deny ip any any|access-list INSIDE_IN line 2 extended deny udp any any eq 20000|access-list INSIDE_IN extended permit udp any any
X
