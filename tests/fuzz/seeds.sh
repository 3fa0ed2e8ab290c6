#!/bin/sh
# Seeds for the fuzz targets, from the fixtures and the packs: sh tests/fuzz/seeds.sh FOLDER. They go to
# FOLDER/TARGET, and words that each target knows, from its sources, to FOLDER/TARGET.dict. Nothing
# of them is kept in the project. Files that an older program broke on are in
# tests/fuzz/corpus/TARGET.
set -u
cd "$(dirname "$0")/../.." || exit 1
to=$1
max=${SEED_MAX:-20000} # bytes: larger ones slow the fuzzer down more than they teach it

put() { # TARGET FILE...
    target=$1
    shift
    mkdir -p "$to/$target"
    for file; do
        [ -f "$file" ] && [ "$(wc -c <"$file")" -le "$max" ] || continue
        cp "$file" "$to/$target/$(printf '%s' "$file" | tr '/' '-')"
    done
}

lines() { # TARGET NAME: one seed per line of standard input
    mkdir -p "$to/$1"
    n=0
    while IFS= read -r line; do
        n=$((n + 1))
        printf '%b\n' "$line" >"$to/$1/$2-$n"
    done
}

# shellcheck disable=SC2046 # no blanks in the names of fixtures
put iptables $(find fixtures tests/golden -name '*.rules') tests/golden/*/*.save
# shellcheck disable=SC2046
put asa $(find fixtures tests/golden -name '*.cfg')
# shellcheck disable=SC2046
put csv $(find fixtures tests/golden -name '*.csv')
# shellcheck disable=SC2046
put audit $(find fixtures/demo fixtures/hygiene fixtures/asa fixtures/csv fixtures/site tests/golden \
    -name '*.cfg' -o -name '*.rules' -o -name '*.csv')
# shellcheck disable=SC2046
put site $(find fixtures tests/golden -name '*fwproof.json')
SEED_MAX=200000
max=200000 put pack rules/*.json tests/golden/*/pack*.json rules/csv/*.json
max=200000 put catalogue rules/catalogues/*.json
# shellcheck disable=SC2046
put waivers $(find fixtures tests/golden -name '*waivers*.json' -o -name '*baseline*.json')
put waivers tests/golden/waivers/*
put feed fixtures/genesys/ip*.json fixtures/site/ip*.json
put saved tests/golden/report-json/expected tests/golden/report-jsonl/expected
put redact tests/golden/report-text/expected tests/golden/report-csv/expected fixtures/demo/*.cfg
put listing fixtures/asa/*.txt

# What stands in one file each for others: a configuration and its listing, rules and a change.
mkdir -p "$to/asa" "$to/change" "$to/csv" "$to/listing"
{ cat fixtures/asa/branch.cfg; echo ====; cat fixtures/asa/branch.acl; } >"$to/asa/with-listing"
{ printf '!'; cat fixtures/asa/branch.acl; } >"$to/listing/alone"
for folder in tests/golden/change-*; do
    for old in "$folder"/*.cfg "$folder"/*.rules; do
        for new in "$folder"/*.change "$folder"/change* "$folder"/*.txt; do
            [ -f "$old" ] && [ -f "$new" ] || continue
            { cat "$old"; echo ====; cat "$new"; } >"$to/change/$(basename "$folder")"
        done
    done
done
{ cat fixtures/demo/asa1.cfg; printf '====\nno access-list INSIDE_IN\nclear configure nat\n'; } \
    >"$to/change/asa"
{ cat fixtures/demo/fw1.rules; printf '====\n'; cat fixtures/hygiene/union.rules; } \
    >"$to/change/iptables"
for shape in fixtures/csv-shapes/*.json; do
    csv="${shape%.json}.csv"
    [ -f "$csv" ] && { tr -d '\n' <"$shape"; printf '\n====\n'; cat "$csv"; } >"$to/csv/with-site-$(basename "$csv")"
done

lines ipset sets <<'END'
create s hash:ip,port family inet hashsize 1024 maxelem 65536\nadd s 192.0.2.1,tcp:443\nadd s 192.0.2.0/30,udp:5060-5070
create s hash:net,port family inet\nadd s 10.0.0.0/8,tcp:80 nomatch\ncreate t hash:net family inet\nadd t 10.1.0.0/16 timeout 0 comment "x"
create t bitmap:ip range 10.0.0.0-10.0.0.255\nadd t 10.0.0.1-10.0.0.9
create s list:set size 8\nadd s u\ncreate u hash:ip,port,ip family inet6\nadd u 2001:db8::1,tcp:22,2001:db8::2\nadd s v before u
create s hash:net,iface family inet\nadd s 10.0.0.0/8,physdev:eth0 wildcard\ncreate t hash:mac\nadd t 02:00:00:00:00:01
create s hash:net,net family inet\nadd s 10.0.0.0/8,192.0.2.0/24\ncreate t bitmap:port range 0-1024\nadd t 22
create s hash:ip,mark family inet markmask 0xff\nadd s 192.0.2.1,0x63\ncreate t hash:ip netmask 24 skbinfo counters\nadd t 192.0.2.0 packets 1 bytes 2 skbmark 0x1/0x1
create t bitmap:ip,mac range 192.0.2.0/24\nadd t 192.0.2.3,02:00:00:00:00:01
create s hash:net,port,net family inet\nadd s 10.0.0.0/8,icmp:8/0,192.0.2.0/24
END
lines packets words <<'END'
udp 10.1.2.3:20000 -> 192.0.2.5:16384 from inside to outside\ntcp 10.0.0.1:4000 192.0.2.80:443 state NEW ttl 64
icmp 10.0.0.1 -> 192.0.2.1 icmp_type 8 icmp_code 0 from lan0 to ppp0
tcp [2001:db8::1]:443 -> 2001:db8::2 tcp_flags SYN,ACK length 60 mark 0x10 state ESTABLISHED
udp any -> 10.0.0.0/8 dport 5060-5070,443 chain OUTPUT uid 0 gid 7 ctdir REPLY
tcp 10.0.0.1 -> 10.0.0.2 mac 02:00:00:00:00:01 dmac ff:ff:ff:ff:ff:ff pkttype broadcast frag_off 8 mf true
{"proto": "tcp", "src": "10.0.0.9", "dst": "192.0.2.7", "sport": 1, "dport": [80, 443], "from": "inside", "l4hex": "0050", "ext": "hbh", "mss": 1400, "tcp_options": "2,4", "payload": 10, "cut": true}
{"config": true, "proto": 17, "dscp": 46, "tos": 184, "ctmark": 3, "physin": "eth0", "via": "eth1"}
END
lines listing show <<'END'
access-list cached ACL log flows: total 0, denied 0 (deny-flow-max 4096)\n            alert-interval 300\naccess-list a; 2 elements; name hash: 0x1234abcd\naccess-list a line 1 extended permit tcp any object-group g eq www (hitcnt=7) 0x1\n  access-list a line 1 extended permit tcp any host 10.0.0.9 eq www (hitcnt=7) 0x2\naccess-list a line 2 extended deny ip any any log informational interval 300 (hitcnt=0) 0x3
END
mkdir -p "$to/reports" "$to/sets"
printf '\001line one\nline two\377fw.rules\377fw1\377eth0\377p\3771\377a pack\377T-001\377a rule\377words\377more\377"=cmd|<script>&]]>\377\033[31m\342\200\256::error::\377https://a.example/\377%%0A' \
    >"$to/reports/hostile"
for n in 1 2 3 4 5 6 7 8; do
    awk -v seed=$n 'BEGIN { srand(seed); for (i = 0; i < 200; i++) printf "%c", 1 + int(rand() * 255) }' \
        >"$to/sets/random-$n"
done

words() { # TARGET SOURCE...
    target=$1
    shift
    { printf '"\\x0a====\\x0a"\n'; grep -oh '"[^"\\%]\{1,40\}"' "$@"; } |
        LC_ALL=C grep -v '[^ -~]' | LC_ALL=C sort -u >"$to/$target.dict"
}
words iptables src/import/ipt*.c src/import/ipset.c src/net/names.c
words ipset src/import/ipset.c src/import/ipt_set.c src/net/names.c
words asa src/import/asa*.c src/net/names.c
cp "$to/asa.dict" "$to/listing.dict"
cp "$to/asa.dict" "$to/change.dict"
words csv src/import/csv*.c rules/csv/common.json rules/csv/generic.json src/net/names.c
words audit src/import/*.c src/check/waiver*.c
words site src/check/site.c src/check/json*.c src/import/csv_preset.c
words pack src/check/*.c
words catalogue src/check/catalogue*.c
words waivers src/check/waiver*.c src/check/baseline.c
words saved src/report/saved*.c src/report/json*.c
words feed src/check/feed.c
words packets src/verbs/packet*.c src/net/names.c
words reports src/report/*.c
words redact src/audit/redact*.c
