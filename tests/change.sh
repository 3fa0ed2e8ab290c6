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

# What a snippet takes back is gone, and nothing else; what is not there is an error at its line.
cat >"$work/nat.cfg" <<'END'
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
object network WEB
 host 10.0.0.80
 nat (inside,outside) static 203.0.113.80
object network MAIL
 host 10.0.0.25
access-list OUTSIDE_IN extended permit tcp any host 10.0.0.80 eq 443
access-list OUTSIDE_IN extended permit tcp any host 10.0.0.25 eq 25
access-group OUTSIDE_IN in interface outside
nat (inside,outside) source static MAIL MAIL
ssh 0.0.0.0 0.0.0.0 outside
http server enable
http 10.0.0.0 255.0.0.0 inside
END
taken() { # NAME WORDS COMMANDS: what is newly denied has WORDS in it, and it is one set
    printf '%s\n' "$3" | tr '|' '\n' >"$work/change"
    "$FWPROOF" diff --no-site --no-findings "$work/nat.cfg" --apply "$work/change" >"$work/out" 2>&1
    if [ "$(grep -c '^  [-+] ' "$work/out")" = 1 ] && grep -q "^  - .*$2" "$work/out"; then
        echo "ok taken back: $1"
    else
        echo "not ok taken back: $1"
        sed 's/^/# /' "$work/out"
    fi
}
refused() { # NAME COMMANDS
    printf '%s\n' "$2" | tr '|' '\n' >"$work/change"
    "$FWPROOF" diff --no-site --no-findings "$work/nat.cfg" --apply "$work/change" >"$work/out" 2>&1
    if [ $? = 2 ] && grep -q 'that is not there' "$work/out"; then
        echo "ok taken back: $1"
    else
        echo "not ok taken back: $1"
        sed 's/^/# /' "$work/out"
    fi
}
taken "object NAT" "to 203.0.113.80 port 443" "object network WEB| no nat (inside,outside) static 203.0.113.80"
taken "ssh" "port 22; outside to" "no ssh 0.0.0.0 0.0.0.0 outside"
taken "an http line" "port 443; inside to" "no http 10.0.0.0 255.0.0.0 inside"
taken "the http server" "port 443; inside to" "no http server enable"
refused "a translation of another object" "object network MAIL| no nat (inside,outside) static 203.0.113.80"
refused "twice NAT with other names" "no nat (inside,outside) source static MAIL WEB"
refused "an ssh line of another interface" "no ssh 0.0.0.0 0.0.0.0 inside"
printf 'no nat (inside,outside) source static MAIL MAIL\n' >"$work/change"
if "$FWPROOF" diff --no-site --no-findings "$work/nat.cfg" --apply "$work/change" 2>&1 |
    grep -q 'No packet fares differently'; then
    echo "ok taken back: an identity"
else
    echo "not ok taken back: an identity"
fi

# Real exports: each is itself.
: "${FWPROOF_SHARED:=../../shared}"
n=0
for f in $(find "$FWPROOF_SHARED/corpus/asa" "$FWPROOF_SHARED/corpus/iptables" -type f -size -64k 2>/dev/null |
    LC_ALL=C sort | awk 'NR % 60 == 1' | head -16); do
    n=$((n + 1))
    timeout 20 "$FWPROOF" diff --no-findings "$f" "$f" >"$work/same" 2>/dev/null
    case $? in
    0 | 3)
        if grep -q 'No packet fares differently' "$work/same"; then
            echo "ok an export is itself $n"
        elif [ -s "$work/same" ]; then
            echo "not ok an export is itself $n - $f"
        else
            echo "ok an export is itself $n # SKIP not read: $(basename "$f")"
        fi
        ;;
    *) echo "not ok an export is itself $n - $f" ;;
    esac
done
[ $n != 0 ] || echo "ok an export is itself # SKIP no corpus"
