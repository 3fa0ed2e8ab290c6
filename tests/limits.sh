#!/bin/sh
# Small files that are meant to grow: groups that multiply to 10^12, chains with 2^40 ways, nesting, long
# lines. Each ends soon and small; what was not decided is told, with an exit code that is no pass.
set -u
cd "$(dirname "$0")/.." || exit 1
program=$(realpath "${FWPROOF_FAST:-${FWPROOF:-fwproof}}")
[ -x "$program" ] || { echo "not ok $0 - no $program"; exit 1; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
small() { # NAME CODES WORDS MIB FILE...: ends with one of CODES within 60 s and MIB, and says WORDS
    name=$1 codes=$2 words=$3 mib=$4
    shift 4
    timeout 60 "$program" check --no-site -p hygiene --memory "$mib" "$@" >out 2>&1
    code=$?
    case " $codes " in *" $code "*) good=1 ;; *) good= ;; esac
    if [ -n "$good" ] && grep -q "$words" out; then
        echo "ok limits $name: exit $code"
    else
        echo "not ok limits $name - exit $code: $(grep -m1 -E 'error|incomplete' out)"
    fi
}
head="ASA Version 9.16(4)
hostname fw1
interface GigabitEthernet0/0
 nameif outside
 security-level 0
 ip address 203.0.113.2 255.255.255.0
interface GigabitEthernet0/1
 nameif inside
 security-level 100
 ip address 10.0.0.1 255.0.0.0"

{ # 10,000 addresses by 10,000 by 10,000 ports
    echo "$head"
    for group in A:10 B:172; do
        echo "object-group network ${group%:*}"
        awk -v a="${group#*:}" 'BEGIN { for (i = 0; i < 10000; i++)
            printf " network-object host %d.%d.%d.%d\n", a, i / 2500, i / 100 % 250, 2 * (i % 100) + 1 }'
    done
    echo "object-group service S tcp"
    awk 'BEGIN { for (i = 0; i < 10000; i++) print " port-object eq " 2 * i + 1 }'
    echo "access-list L extended permit tcp object-group A object-group B object-group S"
    echo "access-list L extended deny ip any any log"
    echo "access-group L in interface outside"
} >product.cfg
small "groups that multiply to 10^12" "0 1" "verdict" 200 product.cfg

awk -v head="$head" 'BEGIN {
    print head "\nobject-group network N0\n network-object host 10.1.1.1"
    for (i = 1; i < 200; i++) printf "object-group network N%d\n group-object N%d\n group-object N%d\n", i, i - 1, i - 1
    print "access-list L extended permit ip object-group N199 any\naccess-group L in interface outside" }' >nested.cfg
small "200 groups, each twice in the next" "0 1" "verdict" 100 nested.cfg

chains() { # RULES of each chain to the next
    awk -v both="$1" 'BEGIN {
        print "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]"
        for (i = 0; i <= 40; i++) printf ":C%d - [0:0]\n", i
        print "-A FORWARD -j C0"
        for (i = 0; i < 40; i++) { rule = both; gsub(/THIS/, i, rule); gsub(/NEXT/, i + 1, rule); print rule }
        print "-A C40 -p tcp -m limit --limit 1/s -j ACCEPT\nCOMMIT" }'
}
chains '-A CTHIS -j CNEXT
-A CTHIS -j CNEXT' >ways.rules
small "chains with 2^40 ways" "3" "limit of steps or memory was reached" 1000 ways.rules
chains '-A CTHIS -s 10.THIS.0.0/16 -j CNEXT
-A CTHIS -d 10.THIS.0.0/16 -j CNEXT' >narrow.rules
small "40 chains, each asking for two networks" "0 1 3" "verdict" 400 narrow.rules
{
    printf '*filter\n:INPUT DROP [0:0]\n-A INPUT -m comment --comment "'
    head -c 20000000 /dev/zero | tr '\0' x
    printf '" -j ACCEPT\nCOMMIT\n'
} >line.rules
small "a line of 20 MB" "1 3" "verdict" 400 line.rules
awk 'BEGIN { for (i = 0; i < 200000; i++) printf "[" }' >deep.json
timeout 60 "$program" check -s deep.json ways.rules >out 2>&1
code=$?
if [ $code = 2 ] && grep -q 'deep.json:1' out; then echo "ok limits JSON 200,000 deep"; else echo "not ok limits JSON 200,000 deep - exit $code"; fi

# What the JSON library takes counts, too: 20 MB of it would be a tree of 800 MB.
{ printf '['; yes 1, | head -n 6600000 | tr -d '\n'; printf '1]'; } >wide.json
# shellcheck disable=SC3045 # all shells of Linux have it
(ulimit -v 700000 && timeout 60 "$program" check --memory 300 -s wide.json ways.rules) >out 2>&1
code=$?
if [ $code = 4 ] && grep -q 'out of memory' out; then echo "ok limits a JSON document of 6,600,000 numbers"; else echo "not ok limits a JSON document of 6,600,000 numbers - exit $code"; fi

# ---- each limit by its name ---------------------------------------------------------------------------
small "--memory says so" "4" "memory" 12 product.cfg
timeout 60 "$program" check --no-site -p hygiene --budget 5 narrow.rules >out 2>&1
code=$?
if [ $code = 3 ] && grep -q 'limit of steps\|budget ran out' out; then echo "ok limits --budget says so"; else echo "not ok limits --budget says so - exit $code"; fi
truncate -s 1100M big.rules
timeout 60 "$program" check --no-site big.rules >out 2>&1
code=$?
if [ $code -ge 2 ] && grep -q 'big.rules' out; then echo "ok limits a file of more than 1 GiB: exit $code"; else echo "not ok limits a file of more than 1 GiB - exit $code"; fi
awk 'BEGIN { for (i = 0; i < 70; i++) printf "d/"; }' >path
mkdir -p "$(cat path)" && cp narrow.rules "$(cat path)/deep.rules"
timeout 60 "$program" check --no-site d >out 2>&1
code=$?
if [ $code -ge 2 ] && [ $code -le 4 ]; then echo "ok limits folders 70 deep: exit $code"; else echo "not ok limits folders 70 deep - exit $code"; fi
