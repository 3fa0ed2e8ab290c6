#!/bin/sh
# No password, key or community of an input is in any output, and lines that filter are read as
# they stand; with --redact, no address and no name of theirs either.
set -u
cd "$(dirname "$0")/.." || exit 1
program=$(realpath "${FWPROOF:-fwproof}")
[ -x "$program" ] || { echo "not ok $0 - no $program"; exit 1; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
result() { # NAME WHY
    if [ -z "$2" ]; then echo "ok secrets $1"; else echo "not ok secrets $1 - $2"; fi
}

# ---- inputs: every planted secret has HUNTER in it, every name ZEBRA ------------------------------
cat >"$work/asa.cfg" <<'END'
ASA Version 9.8(2)
hostname ZebraFw
enable password HUNTER01 encrypted
enable password HUNTER02 level 5 pbkdf2
passwd HUNTER03 encrypted
username ZebraAdmin password HUNTER04 encrypted privilege 15
username other nt-encrypted HUNTER05
names
name 10.20.30.99 ZebraName description its password is HUNTER99
name 10.20.30.98 ZebraTab	Description	password HUNTER98
interface GigabitEthernet0/0
 nameif ZebraOut
 security-level 0
 ip address 198.51.100.1 255.255.255.0
 ospf message-digest-key 1 md5 HUNTER06
 ospf authentication-key 0 HUNTER07
 rip authentication key HUNTER08 key_id 1
 authentication key eigrp 1 HUNTER09 key-id 1
interface GigabitEthernet0/1
 nameif ZebraIn
 security-level 100
 ip address 10.20.30.1 255.255.255.0
object network password
 host 10.20.30.40
 description its password is HUNTER10, and the psk for ZebraHq is HUNTER11
object network ZebraNet
 subnet 10.20.30.0 255.255.255.0
access-list ZebraAcl remark password HUNTER12
access-list ZebraAcl remark ask at https://zebra:HUNTER13@wiki.example/ api_key=HUNTER14
access-list ZebraAcl line 3 remark password HUNTER73
access-list ZebraAcl	remark password HUNTER74
access-list  ZebraAcl  Remark password HUNTER75
 access-list ZebraAcl remark password HUNTER76
access-list ZebraAcl extended permit tcp any object password eq 3389
access-list ZebraAcl extended permit tcp host 203.0.113.77 object ZebraNet eq 22
access-list ZebraAcl extended permit udp any host 2001:db8:77::4 eq 514
access-list ZebraAcl extended permit frobnicate password HUNTER-NOT any any
access-group ZebraAcl in interface ZebraOut
snmp-server host ZebraOut 198.51.100.9 community HUNTER15 version 2c
snmp-server host ZebraOut 198.51.100.9 poll community 8 HUNTER16
snmp-server community HUNTER17
snmp-server user u g v3 auth sha HUNTER18 priv aes 128 HUNTER19
aaa-server ZebraTac protocol tacacs+
aaa-server ZebraTac (ZebraIn) host 10.20.30.7 HUNTER20 timeout 5
aaa-server ZebraTac (ZebraIn) host 10.20.30.8
 key HUNTER21
 ldap-login-password HUNTER22
 radius-common-pw HUNTER23
tacacs-server key HUNTER24
radius-server key 7 HUNTER25
failover key HUNTER26
failover key hex HUNTER27
failover ipsec pre-shared-key HUNTER28
crypto isakmp key HUNTER29 address 198.51.100.9
isakmp key HUNTER30 address 198.51.100.9 netmask 255.255.255.255
tunnel-group 198.51.100.9 ipsec-attributes
 pre-shared-key HUNTER31
 ikev1 pre-shared-key HUNTER32
 ikev2 local-authentication pre-shared-key HUNTER33
 ikev2 remote-authentication pre-shared-key 0 HUNTER34
router bgp 64496
 neighbor 198.51.100.9 password HUNTER35
key chain ZebraChain
 key 1
  key-string HUNTER36
ntp authentication-key 1 md5 HUNTER37
ntp authentication-key 2 sha256 HUNTER49
crypto map m 1 set session-key inbound esp 256 cipher HUNTER38 authenticator HUNTER39
crypto ca trustpoint t
 password HUNTER40
crypto ca import t pkcs12 HUNTER41
vpdn username u password HUNTER42
boot system ftp://u:HUNTER43@10.20.30.9/asa.bin
banner motd the admin password: HUNTER44
crypto ca certificate chain t
 certificate ca 01
    30820122 300d0609 2a864886 f70d0101 deadbeef
  quit
unheard-of-command password HUNTER45
fw1# enable password HUNTER46
no username x password HUNTER47
! the token is HUNTER48
admin@10.20.30.9's password: HUNTER50
http-proxy 10.20.30.9 password HUNTER81 and https-proxy password HUNTER82
boot system ftp://u:HUNTER83@HUNTER84@10.20.30.9/asa.bin
: end
END
cat >"$work/ipt.rules" <<'END'
# password=HUNTER51
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:ZebraChain - [0:0]
-A FORWARD -i zebra0 -s 10.20.30.0/24 -j ZebraChain
-A FORWARD -m comment --comment "password=HUNTER52, token: HUNTER53" -s 203.0.113.77 -p tcp --dport 22 -j ACCEPT
-A FORWARD -m comment --comment "vpn-psk \"HUNTER54\" key=HUNTER55 for ZebraHq" -j ACCEPT
-A FORWARD -m comment --comment password=HUNTER56 --frobnicate -j ACCEPT
-A ZebraChain -p tcp -j LOG --log-prefix "pw=HUNTER57 "
-A ZebraChain -d 203.0.113.99 -p tcp --dport 443 -j ACCEPT
COMMIT
END
cat >"$work/table.csv" <<'END'
Name,Source,Destination,Service,Action,Comment,Wild
ZebraRule,10.20.30.0/24,203.0.113.77,tcp/443,allow,"the admin password HUNTER61
and psk: HUNTER62",api_key=HUNTER63
"Password reset",any,any,any,allow,"say ""passphrase"" ""HUNTER64 and more"", login: HUNTER65",https://u:HUNTER66@h.example/
pwd=HUNTER67,any,Password server,tcp/22,allow,passwort ist HUNTER68,
END
cat >"$work/ipt.ipset" <<'END'
# password HUNTER85
create ZebraSet hash:net family inet comment
add ZebraSet 203.0.113.0/24 comment "psk: HUNTER86"
add ZebraSet 203.0.113.7 comment password=HUNTER87
END
cat >"$work/asa.acl" <<'END'
fw1# show running-config | include password
enable password HUNTER88 encrypted
fw1# show access-list
access-list cached ACL log flows: total 0, denied 0 (deny-flow-max 4096)
access-list ZebraAcl; 2 elements; name hash: 0x1234abcd
access-list ZebraAcl line 1 remark password HUNTER89
access-list ZebraAcl line 2 remark ask at https://zebra:HUNTER90@wiki.example/ api_key=HUNTER91
access-list ZebraAcl line 3 extended permit tcp host 203.0.113.77 10.20.30.0 255.255.255.0 eq ssh (hitcnt=7) 0x1
END
printf 'enable password HUNTER71\naccess-list ZebraAcl extended permit tcp any any eq 23\naccess-list ZebraAcl remark password HUNTER72\nno snmp-server community HUNTER17\n' >"$work/change.cfg"
sed 's/eq 3389/eq 3390/' "$work/asa.cfg" >"$work/asa2.cfg"
sed 's/--dport 443/--dport 444/' "$work/ipt.rules" >"$work/ipt2.rules"
sed 's/tcp.443/tcp\/444/' "$work/table.csv" >"$work/table2.csv"
asa_packet='tcp 203.0.113.77:40000 -> 10.20.30.40:3389 from ZebraOut to ZebraIn'
packet='tcp 203.0.113.77:40000 -> 203.0.113.99:22'

# ---- every verb in every format, into $work/out/ --------------------------------------------------
run() { # NAME ARGUMENT...
    name=$1
    shift
    (cd "$work" && "$program" "$@" $options >"out/$name" 2>"out/$name.err")
    code=$?
    case $code in 0 | 1 | 3) ;; *) failed="$failed $name($code)" ;; esac
    [ -s "$work/out/$name" ] || failed="$failed $name(empty)"
}
everything() {
    rm -rf "$work/out"
    mkdir "$work/out"
    failed=
    for kind in asa.cfg ipt.rules table.csv; do
        two=${kind%.*}2.${kind##*.}
        for f in text json jsonl gcc sarif junit github gitlab csv markdown html verdict; do
            run "check.$kind.$f" check --no-site "$kind" -vv -f $f
        done
        for f in text json; do
            run "show.$kind.$f" show --no-site "$kind" -vv -f $f
            run "reach.$kind.$f" reach --no-site "$kind" -vv -f $f
        done
        way=$packet
        [ $kind != asa.cfg ] || way=$asa_packet
        for f in text json jsonl; do
            run "trace.$kind.$f" trace --no-site "$kind" "$way" -f $f
        done
        for f in text json markdown; do
            run "diff.$kind.$f" diff --no-site "$kind" "$two" -vv -f $f
        done
        run "config.$kind" config --no-site "$kind"
        (cd "$work" && "$program" baseline --no-site "out/baseline.$kind" --accept-new --allow-incomplete "$kind" $options 2>"out/baseline.$kind.err")
        [ -s "$work/out/baseline.$kind" ] || failed="$failed baseline.$kind"
    done
    for f in text json jsonl; do
        run "check.ipset.$f" check --no-site -vv -f $f ipt.rules ipt.ipset
        run "check.acl.$f" check --no-site -vv -f $f asa.acl
        [ $f != jsonl ] || continue
        run "show.ipset.$f" show --no-site -vv -f $f ipt.rules ipt.ipset
        run "show.acl.$f" show --no-site -vv -f $f asa.acl
    done
    for kind in asa.cfg ipt.rules table.csv ipset; do
        for f in text json jsonl gcc sarif junit github gitlab csv markdown html verdict; do
            run "report.$kind.$f" report "out/check.$kind.json" -vv -f $f
        done
    done
    for f in text json markdown; do
        run "apply.$f" diff --no-site asa.cfg --apply change.cfg --back-out -vv -f $f
    done
}

options=
everything
result "every verb in every format has an output" "$failed"
found=$(cd "$work/out" && grep -l 'HUNTER[0-9]\|deadbeef' ./* | tr '\n' ' ')
result "no output has a planted secret" "$found"
[ -z "$found" ] || (cd "$work/out" && grep -ho '.\{0,30\}HUNTER[0-9][0-9]' ./* | sort -u | head -20 | sed 's/^/# /')
why=
grep -q HUNTER-NOT "$work/out/check.asa.cfg.text" || why="a word of a line that filters is hidden"
grep -q 'comm.*\*\*\*\*' "$work/out/check.asa.cfg.text" || why="$why, no line with a hidden word is shown"
result "only secrets are hidden" "$why"

# ---- pseudonyms -----------------------------------------------------------------------------------
addresses='198\.51\.100\.\|10\.20\.30\.\|203\.0\.113\.\|2001:db8:77'
hit() { (cd "$work/out" && grep -li "$1" ./* | tr '\n' ' '); }
result "the planted names and addresses are seen without --redact" \
    "$([ -n "$(hit zebra)" ] && [ -n "$(hit "$addresses")" ] || echo 'the test tests nothing')"
options='--redact addresses --redact names'
everything
result "every verb in every format has a redacted output" "$failed"
result "no planted name with --redact names" "$(hit 'zebra\|HUNTER[0-9]')"
result "no planted address with --redact addresses" "$(hit "$addresses")"
why=
for f in "$work"/out/*.json "$work"/out/*.sarif; do
    command -v python3 >/dev/null || break
    python3 -c 'import json, sys; json.load(open(sys.argv[1]))' "$f" 2>/dev/null || why="$why ${f##*/}"
done
result "redacted JSON is JSON" "$why"
mv "$work/out" "$work/first"
everything
result "the same bytes give the same pseudonyms" "$(diff -rq "$work/first" "$work/out" | head -3 | tr '\n' ' ')"
printf '0123456789abcdefg' >"$work/key"
options='--redact addresses,names --redact-key key'
run keyed.1 show --no-site asa.cfg -f json
run keyed.2 show --no-site asa2.cfg -f json
options='--redact names'
run names show --no-site asa.cfg -f json
options='--redact addresses'
run addresses show --no-site asa.cfg -f json
words() { tr -c 'a-z0-9.-' '\n' <"$work/out/$1" | grep '^name-' | sort -u; }
result "one key, one pseudonym in two exports" "$(
    words keyed.1 >"$work/1" && words keyed.2 | grep -cxFf "$work/1" | grep -q '[0-9][0-9]' || echo 'fewer than 10')"
result "another key, other pseudonyms" "$(
    [ -s "$work/1" ] && words names | grep -qxFf "$work/1" && echo 'the same')"
result "names alone leave addresses" "$(grep -q '10\.20\.30\.' "$work/out/names" || echo none)"
result "addresses alone leave names" "$(grep -q ZebraAcl "$work/out/addresses" || echo none)"
result "private addresses stay private, networks stay together" "$(
    grep -o '"10\.[0-9.]*/24"' "$work/out/addresses" | grep -q '\.0/24"' || echo 'no network in 10/8')"
"$program" show --redact ports "$work/asa.cfg" >/dev/null 2>&1
result "--redact takes what it knows" "$([ $? = 2 ] || echo 'no usage error')"
