#!/bin/sh
# The HTML report as a browser shows it: phone and desktop, light and dark, and printed. Nothing may
# be wider than the page, every text is told from its ground, headings are in order, every picture
# has its text, nothing is fetched and the console stays empty. KEEP=FOLDER keeps the screenshots.
set -u
cd "$(dirname "$0")/.." || exit 1
program=$(realpath "${FWPROOF:-fwproof}")
[ -x "$program" ] || { echo "not ok $0 - no $program"; exit 1; }
browser=
for name in chromium chromium-browser google-chrome; do
    command -v $name >/dev/null && browser=$name && break
done
if [ -z "$browser" ] || ! command -v python3 >/dev/null; then
    echo "ok browser # SKIP no chromium or no python3"
    exit 0
fi
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
root=$PWD

report() { # NAME FOLDER ARGUMENT...: its page, in $work
    name=$1 folder=$2
    shift 2
    (cd "$folder" && "$program" check "$@" -f html="$work/$name.html" >/dev/null 2>"$work/err")
    [ -s "$work/$name.html" ] || cat "$work/err"
}
report demo fixtures/demo --catalogue stig-asa-fw-v2r1 -p genesys-cloud -p hygiene fw1.rules asa1.cfg rules.csv
report genesys "$root/fixtures/genesys" -p genesys-cloud -s fwproof.json --today 2026-11-23 gc-rtp-001 gc-sip-001 gc-stun-001
report hygiene fixtures/hygiene --no-site -p hygiene called.rules contradicted.rules repeated.rules twice.rules union.rules

# Names that would be markup, direction marks, terminal sequences, and 10,000 characters long.
long=$(awk 'BEGIN { for (i = 0; i < 1000; i++) printf "abcdefghi_" }')
nasty=$(printf '<script>alert(1)</script> <img src=x onerror=alert(1)> </style> ]]> \342\200\256 \033[7m &amp; ')
{
    echo 'ASA Version 9.8(2)'
    echo "hostname fw<b>$long"
    for i in 0 1; do
        printf 'interface GigabitEthernet0/%s\n nameif %s<i>%s\n security-level %s00\n ip address 10.2%s.0.1 255.255.255.0\n' \
            $i z$i "$(echo "$long" | cut -c 1-40)" $i $i
    done
    printf 'object network n%s\n host 10.20.0.5\n' "$long"
    printf 'access-list l<u>%s remark %s\n' "$long" "$nasty"
    printf 'access-list l<u>%s extended permit ip any any\n' "$long"
    printf 'access-list l<u>%s extended permit tcp any object n%s eq 22\n' "$long" "$long"
    printf 'access-list l<u>%s extended permit wild<script>%s any\n' "$long" "$nasty"
    printf 'access-group l<u>%s in interface z0<i>%s\n' "$long" "$(echo "$long" | cut -c 1-40)"
} >"$work/<h1>hostile, $(printf '\342\200\256') name.cfg"
report hostile "$work" --no-site -p hygiene -p genesys-cloud "<h1>hostile, $(printf '\342\200\256') name.cfg"

# A page of two thousand findings: each line opens an address to the internet.
{
    printf 'ASA Version 9.8(2)\nhostname big\n'
    printf 'interface GigabitEthernet0/0\n nameif outside\n security-level 0\n ip address 198.51.100.1 255.255.255.0\n'
    printf 'interface GigabitEthernet0/1\n nameif inside\n security-level 100\n ip address 10.0.0.1 255.255.0.0\n'
    awk 'BEGIN { for (i = 0; i < 2000; i++)
        printf "access-list IN extended permit tcp host 192.0.2.%d host 10.0.%d.%d eq 22\n", i % 250, i / 250, i % 250 }'
    echo 'access-group IN in interface outside'
} >"$work/huge.cfg"
report huge "$work" --no-site -p hygiene huge.cfg
many=$(grep -c '<article>' "$work/huge.html")
if [ "$many" -ge 2000 ]; then echo "ok browser the huge page is huge"; else echo "not ok browser the huge page is huge - $many findings"; fi

timeout 250 python3 tests/browser.py "$browser" "$work/demo.html" "$work/genesys.html" "$work/hygiene.html" \
    "$work/hostile.html" "$work/huge.html" || echo "not ok browser all pages are looked at"
