#!/bin/sh
# Every output format, held against its real validator.
set -u
cd "$(dirname "$0")/.." || exit 1
program=$(realpath "${FWPROOF:-fwproof}")
[ -x "$program" ] || { echo "not ok $0 - no $program"; exit 1; }
schemas=${FWPROOF_SHARED:-../shared}/facts/schemas
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# What is rendered: the demo, an input that is not understood, and one with hostile names.
printf '*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -m comment --comment "<script>x</script> ]]> =cmd() ::error:: %%0a \342\200\256 \033[31m @all #1 | `x`" -m nonesuch --wild -j ACCEPT\n-A FORWARD -p udp --frobnicate -j NOWHERE\nCOMMIT\n' >"$work/=hostile, name.rules"
# The same in every cell of a CSV: names, addresses, services, a column's name, quoted newlines.
nasty='=HYPERLINK(\"x\") <img src=x onerror=alert(1)> ]]> ::error::x%%0a \342\200\256 \033[31m | `y` @all &amp;'
printf "Name,Source,Destination,Service,Action,User,+cmd|' /C calc'!A0 <b>\033]0;x\007\n" >"$work/@hostile, cells.csv"
printf "\"$nasty\",\"$nasty\n10.0.0.1\",*.=evil.example,\"$nasty\",allow,\"$nasty\",\"$nasty\"\n" |
    sed 's/\\"/""/g; s/HYPERLINK("x")/HYPERLINK(""x"")/g' >>"$work/@hostile, cells.csv"
printf -- '-2+3,10.0.0.0/8,"*.example.com\n=1+1.example.com",tcp/443,"=deny()",@user,\t\n' >>"$work/@hostile, cells.csv"
# Names of 10,000 characters: host, object, access list, remark, and a command that is not known.
awk -v hostile='<script>alert(1)</script> =cmd() ]]> ::error::x%0a | `y` @all ' 'BEGIN {
    for (i = 0; i < 1000; i++) long = long "abcdefghi_"
    print "ASA Version 9.8(2)\nhostname " long "\ninterface GigabitEthernet0/0\n nameif outside\n security-level 0\n ip address 198.51.100.1 255.255.255.0"
    print "interface GigabitEthernet0/1\n nameif inside\n security-level 100\n ip address 10.20.0.1 255.255.255.0"
    print "object network o<" long "\n host 10.20.0.5\nobject network unused" long "\n host 10.20.0.6"
    print "access-list =" long " remark " hostile long
    print "access-list =" long " extended permit tcp any object o<" long " eq 22"
    print "access-list =" long " extended permit ip any any\naccess-list =" long " extended permit wild" long " any any"
    print "access-group =" long " in interface outside\nfrobnicate " hostile long }' >"$work/long.cfg"
render() { # FORMAT FILE
    (cd fixtures/demo && "$program" check -p genesys-cloud -p hygiene "$work/long.cfg" fw1.rules asa1.cfg rules.csv "$work/=hostile, name.rules" "$work/@hostile, cells.csv" -f "$1=$2" >/dev/null 2>"$work/err")
    case $? in 1 | 3) [ -s "$2" ] ;; *) cat "$work/err"; return 1 ;; esac
}
check() {
    name=$1
    shift
    if "$@" >"$work/log" 2>&1; then
        echo "ok formats $name"
    else
        echo "not ok formats $name"
        head -n 20 "$work/log" | sed 's/^/# /'
    fi
}
skip() { echo "ok formats $1 # SKIP $2"; }

python=
for p in python3 /usr/bin/python3; do
    command -v $p >/dev/null && $p -c 'import jsonschema' 2>/dev/null && python=$p && break
done

for format in text json jsonl gcc sarif junit github gitlab csv markdown verdict html; do
    check "$format is written" render $format "$work/out.$format"
    check "$format is clean UTF-8 without control characters" sh -c '
        iconv -f UTF-8 -t UTF-8 "$1" >/dev/null && ! LC_ALL=C grep -q "$(printf "[\001-\010\013\014\016-\037\177]")" "$1" &&
        ! grep -q "$(printf "\342\200\256")" "$1"' - "$work/out.$format"
done

"$program" show "$work/@hostile, cells.csv" >"$work/shown" 2>&1
check "what show tells of hostile cells is clean" sh -c '
    grep -q HYPERLINK "$1" && iconv -f UTF-8 -t UTF-8 "$1" >/dev/null &&
    ! LC_ALL=C grep -q "$(printf "[\001-\010\013\014\016-\037\177]")" "$1" &&
    ! grep -q "$(printf "\342\200\256")" "$1"' - "$work/shown"
check "Markdown has no markup of the input but in code" sh -c '
    awk "/^\`\`\`/ { code = !code; next } !code" "$1" >"$1.prose" &&
    grep -q HYPERLINK "$1" && ! grep -q "<img\|<script\|<b>" "$1.prose"' - "$work/out.markdown"

if [ -n "$python" ] && [ -d "$schemas" ]; then
    check "SARIF validates against its schema" $python -c '
import json, sys, jsonschema
schema = json.load(open(sys.argv[1])); doc = json.load(open(sys.argv[2]))
errors = list(jsonschema.Draft4Validator(schema).iter_errors(doc))
for e in errors[:10]: print(list(e.path), e.message[:200])
run = doc["runs"][0]
assert run["results"], "no results"
for r in run["results"]:
    region = r["locations"][0]["physicalLocation"]["region"]
    assert region["startLine"] >= 1 and region["endColumn"] >= 1 and r["message"]["text"].strip()
    assert run["tool"]["driver"]["rules"][r["ruleIndex"]]["id"] == r["ruleId"]
prints = [r["partialFingerprints"]["fwproof/finding/v1"] for r in run["results"]]
assert len(set(prints)) == len(prints), "fingerprints are not unique"
sys.exit(bool(errors))' "$schemas/sarif-2.1.0-rtm.5.json" "$work/out.sarif"
else
    skip "SARIF validates against its schema" "no jsonschema or no schemas"
fi
if command -v xmllint >/dev/null && [ -d "$schemas" ]; then
    check "JUnit validates against its XSD" xmllint --noout --schema "$schemas/junit-10.xsd" "$work/out.junit"
else
    skip "JUnit validates against its XSD" "no xmllint or no schemas"
fi
if command -v python3 >/dev/null; then
    check "CSV is RFC 4180 and no formula" python3 -c '
import csv, sys
data = open(sys.argv[1], newline="", encoding="utf-8").read()
assert data.endswith("\r\n")
rows = list(csv.reader(data.splitlines(True), strict=True))
assert len(rows) > 3 and all(len(r) == len(rows[0]) for r in rows)
for r in rows:
    for cell in r: assert not cell[:1] in ("=", "+", "-", "@", "\t", "\r"), cell' "$work/out.csv"
    check "GitLab fingerprints are unique" python3 -c '
import json, sys
doc = json.load(open(sys.argv[1]))
assert doc and all(set(i) == {"description", "check_name", "fingerprint", "severity", "location"} for i in doc)
assert len({i["fingerprint"] for i in doc}) == len(doc)
assert all(i["location"]["lines"]["begin"] >= 1 for i in doc)' "$work/out.gitlab"
    check "JSON lines are JSON" python3 -c '
import json, sys
lines = [json.loads(l) for l in open(sys.argv[1], encoding="utf-8")]
types = [l["type"] for l in lines]
n, m = types.count("finding"), types.count("device")
assert n and m and types == ["finding"] * n + ["device"] * m + ["summary"]' "$work/out.jsonl"
    check "GitHub gets at most ten per level, one command a line" python3 -c '
import re, sys, collections
n = collections.Counter()
for line in open(sys.argv[1], encoding="utf-8"):
    m = re.match(r"::(error|warning|notice) ((?:[a-zA-Z]+=[^,:]*,?)+)::(.*)$", line)
    assert m, line
    n[m.group(1)] += 1
assert n and max(n.values()) <= 10, n' "$work/out.github"
    check "HTML is well formed and asks for nothing" python3 -c '
import html.parser, sys
text = open(sys.argv[1], encoding="utf-8").read()
void = {"meta", "br", "img", "link", "hr", "input", "col"}
class P(html.parser.HTMLParser):
    stack = []
    def handle_starttag(self, tag, attrs):
        assert tag != "script"
        for k, v in attrs: assert not (k in ("src", "href") and v and ":" in v and not v.startswith("https:")), v
        if tag not in void: self.stack.append(tag)
    def handle_endtag(self, tag):
        assert self.stack and self.stack[-1] == tag, (tag, self.stack[-3:], self.getpos())
        self.stack.pop()
    def handle_startendtag(self, tag, attrs): pass
p = P(); p.feed(text); assert not p.stack, p.stack
assert "Content-Security-Policy" in text and "<script" not in text and "<img" not in text' "$work/out.html"
else
    skip "CSV, GitLab, JSON lines, GitHub, HTML" "no python3"
fi
