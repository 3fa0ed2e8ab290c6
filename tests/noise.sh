#!/bin/sh
# What only looks different is no change: names, grouping, order of entries that do not meet, line
# numbers and remarks of an ASA, of iptables and of a CSV. `diff` must say so, and must see each real change
# made on top of the noise.
set -u
cd "$(dirname "$0")" || exit 1
: "${FWPROOF:=../fwproof}"
FWPROOF=$(realpath "$FWPROOF")
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
result() { # NAME WHY
    if [ -z "$2" ]; then echo "ok noise $1"; else echo "not ok noise $1 - $2"; fi
}
differs() { # OLD NEW: empty if no packet fares differently
    "$FWPROOF" diff --no-site --no-findings "$1" "$2" >"$work/out" 2>&1
    grep -q '^No packet fares differently' "$work/out" || head -n 8 "$work/out"
}
same() { # NAME OLD NEW CHANGE: no difference, and CHANGE (a sed program on NEW) is seen
    result "$1" "$(differs "$2" "$3")"
    sed "$4" "$3" >"$work/changed"
    cmp -s "$3" "$work/changed" && result "$1: the change is one" "sed changed nothing"
    result "$1: a change on top of it is seen" "$([ -n "$(differs "$2" "$work/changed")" ] || echo 'no difference')"
}

cat >"$work/head.cfg" <<'END'
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
END
cat "$work/head.cfg" - >"$work/old.cfg" <<'END'
object network WEB
 host 10.0.0.80
object-group network ADMINS
 network-object host 192.0.2.1
 network-object host 192.0.2.2
 network-object 198.51.100.0 255.255.255.0
object-group service PORTS tcp
 port-object eq https
 port-object eq ssh
access-list OUTSIDE_IN remark the web server
access-list OUTSIDE_IN extended permit tcp any object WEB eq https
access-list OUTSIDE_IN extended deny tcp host 192.0.2.2 object WEB eq ssh log
access-list OUTSIDE_IN extended permit tcp object-group ADMINS object WEB object-group PORTS
access-list OUTSIDE_IN extended permit udp any host 10.0.0.53 eq domain
access-list OUTSIDE_IN extended deny ip any any log
object network WEB
 nat (inside,outside) static 203.0.113.80
access-group OUTSIDE_IN in interface outside
END
asa() { cat "$work/head.cfg" - >"$work/new.cfg"; }

sed 's/WEB/WWW-SERVER/g; s/ADMINS/OPERATORS/g; s/PORTS/SERVICES/g; s/OUTSIDE_IN/FROM-OUTSIDE/g' "$work/old.cfg" >"$work/new.cfg"
same "ASA renamed" "$work/old.cfg" "$work/new.cfg" 's/host 192.0.2.2$/host 192.0.2.3/'

asa <<'END'
access-list OUTSIDE_IN extended permit udp any host 10.0.0.53 eq domain
access-list OUTSIDE_IN remark no group, no object
access-list OUTSIDE_IN extended permit tcp any host 10.0.0.80 eq 443
access-list OUTSIDE_IN extended permit tcp 198.51.100.0 255.255.255.128 host 10.0.0.80 eq 22
access-list OUTSIDE_IN extended permit tcp 198.51.100.128 255.255.255.128 host 10.0.0.80 eq ssh
access-list OUTSIDE_IN extended permit tcp host 192.0.2.1 host 10.0.0.80 eq ssh
access-list OUTSIDE_IN extended deny ip any any log
object network WEB-MAPPED
 host 10.0.0.80
 nat (inside,outside) static 203.0.113.80
access-group OUTSIDE_IN in interface outside
END
same "ASA without groups, in another order" "$work/old.cfg" "$work/new.cfg" 's/192.0.2.1 host/192.0.2.2 host/'

asa <<'END'
object network WEB
 host 10.0.0.80
object-group network EDGE
 network-object 198.51.100.0 255.255.255.0
object-group network ADMINS
 group-object EDGE
 network-object 192.0.2.0 255.255.255.254
object-group service BOTH
 service-object tcp destination eq 22
 service-object tcp destination eq 443
access-list OUTSIDE_IN line 1 extended permit object-group BOTH host 192.0.2.1 object WEB
access-list OUTSIDE_IN line 2 extended permit tcp any4 object WEB eq 443
access-list OUTSIDE_IN line 3 extended permit object-group BOTH object-group EDGE object WEB
access-list OUTSIDE_IN line 4 extended permit udp any4 host 10.0.0.53 eq 53
access-list OUTSIDE_IN line 5 extended deny ip any any log
object network WEB
 nat (inside,outside) static 203.0.113.80
access-group OUTSIDE_IN in interface outside
END
same "ASA regrouped, with line numbers" "$work/old.cfg" "$work/new.cfg" 's/eq 53$/eq 54/'

# The order of entries that meet and decide differently is no noise.
awk '/deny tcp host/ { held = $0; next } { print } held != "" && /object-group ADMINS/ && /permit/ { print held; held = "" }' \
    "$work/old.cfg" >"$work/new.cfg"
result "ASA: the order of entries that meet is a change" "$([ -n "$(differs "$work/old.cfg" "$work/new.cfg")" ] || echo 'no difference')"

cat >"$work/old.rules" <<'END'
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:WEB - [0:0]
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -i eth1 -o eth0 -j WEB
-A FORWARD -p udp -m udp --dport 53 -j ACCEPT
-A WEB -p tcp -m multiport --dports 80,443 -j ACCEPT
-A WEB -s 10.1.0.0/16 -p tcp -m tcp --dport 22 -j ACCEPT
COMMIT
END
cat >"$work/new.rules" <<'END'
*filter
:FORWARD DROP [7:420]
:INPUT DROP [0:0]
:OUTPUT ACCEPT [9:9]
-A FORWARD -p udp -m udp --dport 53 -m comment --comment "names" -j ACCEPT
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -s 10.1.0.0/17 -i eth1 -o eth0 -p tcp -m tcp --dport 22 -j ACCEPT
-A FORWARD -s 10.1.128.0/17 -i eth1 -o eth0 -p tcp -m tcp --dport 22 -j ACCEPT
-A FORWARD -i eth1 -o eth0 -p tcp -m tcp --dport 443 -j ACCEPT
-A FORWARD -i eth1 -o eth0 -p tcp -m tcp --dport 80 -j ACCEPT
COMMIT
END
same "iptables without the chain, in another order" "$work/old.rules" "$work/new.rules" 's/dport 443/dport 444/'

printf 'name,action,src zone,dst zone,source,destination,service\na,allow,inside,outside,10.0.0.0/8,any,tcp/443\nb,allow,inside,outside,10.0.0.0/8,any,udp/53\nc,deny,any,any,any,any,any\n' >"$work/old.csv"
printf 'service,destination,source,dst zone,src zone,action,name\nudp/53,any,10.0.0.0-10.255.255.255,outside,inside,allow,one\ntcp/443,any,10.0.0.0/9 10.128.0.0/9,outside,inside,allow,two\nany,any,any,any,any,deny,three\n' >"$work/new.csv"
same "CSV with other columns, names and order" "$work/old.csv" "$work/new.csv" 's/443/444/'
