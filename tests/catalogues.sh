#!/bin/sh
# Compliance catalogues: every item is listed with a status that a check decided, its numbers and grades
# are those of the published lists, and each line that a catalogue asks for turns its item.
set -u
cd "$(dirname "$0")/.." || exit 1
program=$(realpath "${FWPROOF:-fwproof}")
[ -x "$program" ] || { echo "not ok $0 - no $program"; exit 1; }
shared=${FWPROOF_SHARED:-$(cd .. && pwd)/shared}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
result() { # NAME WHY
    if [ -z "$2" ]; then echo "ok catalogues $1"; else echo "not ok catalogues $1 - $2"; fi
}
asa=fixtures/demo/asa1.cfg rules=fixtures/demo/fw1.rules

# ---- every item is there, and its status is that of its checks -------------------------------------
for file in rules/catalogues/*.json; do
    name=$(basename "$file" .json)
    grep -c '^      "id":' "$file" >"$work/want"
    "$program" check --no-site --catalogue "$name" "$asa" >"$work/text" 2>&1
    grep -cE '^  (pass|fail|unknown|not applicable|waived)  +[^ ]+ ' "$work/text" >"$work/got"
    result "$name lists every item" "$(cmp "$work/want" "$work/got" 2>&1)"
    sum=$(sed -n 's/^  \([0-9]*\) items\{0,1\}: .*/\1/p' "$work/text")
    result "$name counts them" "$([ "$sum" = "$(cat "$work/want")" ] || echo "$sum items in the sum")"
done

# ---- an item turns with the line that it asks for ---------------------------------------------------
status() { # CATALOGUE ITEM FILE: its status
    "$program" check --no-site --catalogue "$1" "$3" -f text 2>/dev/null |
        awk -v item="$2" '/^  (pass|fail|unknown|not applicable|waived) / {
            s = $1; id = $2; if ($1 == "not") { s = "not applicable"; id = $3 }
            if (id == item) print s }'
}
expect() { # CATALOGUE ITEM STATUS FILE WHAT
    got=$(status "$1" "$2" "$4")
    result "$1 $2: $3 $5" "$([ "$got" = "$3" ] || echo "$got")"
}
with() { cat "$asa" >"$work/with.cfg"; sed -i '/^: end/d' "$work/with.cfg"; printf '%s\n' "$@" ': end' >>"$work/with.cfg"; }
stig=stig-asa-fw-v2r1 cis=cis-cisco-firewall-4.1.0
expect $stig CASA-FW-000050 fail "$asa" "without logging timestamp"
with 'logging timestamp'
expect $stig CASA-FW-000050 pass "$work/with.cfg" "with it"
expect $stig CASA-FW-000130 unknown "$asa" "whether the web server is needed is left open"
with 'telnet 10.0.0.0 255.0.0.0 inside'
expect $stig CASA-FW-000130 fail "$work/with.cfg" "with a telnet line"
expect $stig CASA-FW-000260 unknown "$asa" "no check asks for it"
expect $stig CASA-FW-000050 "not applicable" "$rules" "on another device"
expect $cis 3.12 fail "$asa" "where a list ends with an unlogged denial"
sed 's/deny ip any any$/deny ip any any log/' "$asa" >"$work/with.cfg"
expect $cis 3.12 pass "$work/with.cfg" "where each list ends with a logged one"
debian="cis-debian-12-1.1.0"
printf '*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n' >"$work/open.rules"
expect $debian 4.4.2.1 fail "$work/open.rules" "while OUTPUT is open"
sed 's/OUTPUT ACCEPT/OUTPUT DROP/' "$work/open.rules" >"$work/closed.rules"
expect $debian 4.4.2.1 pass "$work/closed.rules" "when all three are closed"
expect $debian 4.4.3.1 "not applicable" "$work/closed.rules" "for IPv6"

# ---- contradictions are told on both sides ----------------------------------------------------------
"$program" check --no-site --catalogue $stig --catalogue stig-asa-vpn-v2r2 --catalogue pci-dss-4.0.1 -p genesys-cloud "$asa" --width 400 >"$work/text" 2>&1
for words in "contradicts $stig CASA-FW-000250:" "contradicts $stig CASA-FW-000010:" \
    "contradicts GC-SPLIT-001 (" "contradicts GC-HTTP-001 ("; do
    result "$words" "$(grep -qF "$words" "$work/text" || echo 'not told')"
done

# ---- mistakes -----------------------------------------------------------------------------------------
refused() { # NAME WORDS ARGUMENT...: exit 2, and WORDS
    name=$1 words=$2
    shift 2
    "$program" check --no-site -f gcc "$@" >"$work/out" 2>&1
    code=$?
    result "$name" "$(if [ $code != 2 ] || ! grep -q "$words" "$work/out"; then echo "exit $code"; cat "$work/out"; fi)"
}
refused "an unknown name is an error" 'no catalogue "pci-dss-4.0.2"' --catalogue pci-dss-4.0.2 "$rules"
sed 's/HYG-SPOOF-001/HYG-SPOOF-002/' rules/catalogues/pci-dss-4.0.1.json >"$work/mine.json"
refused "a check that no pack has is an error with its line" 'mine.json:[0-9]*:.*HYG-SPOOF-002' \
    --catalogue "$work/mine.json" "$rules"

# ---- saved results are shown again as they were ------------------------------------------------------
run="--no-site --catalogue nist-sp-800-41r1 --catalogue $stig -p hygiene"
for form in json jsonl; do
    # shellcheck disable=SC2086
    "$program" check $run "$asa" "$rules" -f $form="$work/saved.$form" -f html="$work/one.html" -f text="$work/one.txt" >/dev/null 2>&1
    "$program" report "$work/saved.$form" -f html="$work/two.html" -f text="$work/two.txt" >/dev/null 2>&1
    # Saved results hold no pictures of policies.
    sed -i '/<section><h2>Zones/,/<\/section>/d; /<figcaption>How the packet comes/,/<\/figure>/d' "$work/one.html" "$work/two.html"
    result "report of $form" "$(cmp "$work/one.html" "$work/two.html" 2>&1; cmp "$work/one.txt" "$work/two.txt" 2>&1)"
done

# ---- the published lists ------------------------------------------------------------------------------
if [ -d "$shared/facts/compliance" ]; then
    for pair in $stig:stig_asa_fw_v2r1 srg-firewall-v3r1:srg_firewall_v3r1 stig-asa-vpn-v2r2:stig_asa_vpn_v2r2; do
        list=$shared/facts/compliance/${pair#*:}.psv
        awk -F'|' -v srg="${pair%%-*}" '{ print (srg == "srg" ? $1 : $3), $4 }' "$list" | sort >"$work/want"
        awk -F'"' '/^      "id":/ { id = $4 } /^      "level":/ { print id, $4 }' "rules/catalogues/${pair%%:*}.json" |
            sort >"$work/got"
        result "${pair%%:*} has the numbers and grades of the published list" "$(diff "$work/want" "$work/got" | head -5)"
    done
else
    echo "ok catalogues published lists # SKIP no $shared/facts/compliance (3 lists)"
fi
