#!/bin/sh
# The shipped JSON Schemas agree with the program: its results validate, its site keys are theirs.
set -u
cd "$(dirname "$0")/.." || exit 1
program=$(realpath "${FWPROOF:-fwproof}")
[ -x "$program" ] || { echo "not ok $0 - no $program"; exit 1; }
python=
for p in python3 /usr/bin/python3; do
    command -v $p >/dev/null && $p -c 'import jsonschema' 2>/dev/null && python=$p && break
done
if [ -z "$python" ]; then
    echo "ok schema # SKIP no python3-jsonschema"
    exit 0
fi
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

cat >"$work/validate.py" <<'END'
import json, sys, jsonschema
schema = json.load(open(sys.argv[1]))
jsonschema.Draft7Validator.check_schema(schema)
errors = list(jsonschema.Draft7Validator(schema).iter_errors(json.load(open(sys.argv[2]))))
for e in errors[:10]: print(list(e.path), e.message[:300])
sys.exit(bool(errors))
END
check() {
    name=$1
    shift
    if "$@" >"$work/log" 2>&1; then
        echo "ok schema $name"
    else
        echo "not ok schema $name"
        head -n 20 "$work/log" | sed 's/^/# /'
    fi
}

printf '*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -m nonesuch -p icmp -j ACCEPT\n' >"$work/odd.rules"
result() {
    (cd fixtures/demo && "$program" check -v "$@" -f json="$work/result.json")
    $python "$work/validate.py" rules/schema/result.schema.json "$work/result.json"
}
check "results of the demo" result fw1.rules asa1.cfg rules.csv
check "a result with catalogues" result --catalogue nist-sp-800-41r1 --catalogue stig-asa-vpn-v2r2 fw1.rules asa1.cfg
check "an incomplete result without a site" result --no-site "$work/odd.rules"
check "the result of an error" result -p nonesuch "$work/missing.rules"
check "the demo's site file" $python "$work/validate.py" rules/schema/site.schema.json fixtures/demo/fwproof.json
for site in tests/golden/*/fwproof.json; do
    check "$site" $python "$work/validate.py" rules/schema/site.schema.json "$site"
done
# shellcheck disable=SC2016
check "site keys are those of the code" $python -c '
import json, re, sys
def names(node):
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "properties": yield from value
            yield from names(value)
    elif isinstance(node, list):
        for value in node: yield from names(value)
schema = set(names(json.load(open("rules/schema/site.schema.json")))) - {"$comment"}
code = set(re.findall(r"\.key = \"([^\"]+)\"", open("src/check/site.c").read()))
assert schema == code, schema ^ code'
# shellcheck disable=SC2016
check "waiver keys are those of the code" $python -c '
import json, re
schema = json.load(open("rules/schema/waivers.schema.json"))
keys = set(schema["properties"]) | set(schema["properties"]["policy"]["properties"])
item = schema["properties"]["waivers"]["items"]["properties"]
keys |= set(item) | set(item["match"]["properties"])
code = set(re.findall(r"\.key = \"([^\"]+)\"", open("src/check/waiver_read.c").read()))
assert keys - {"$comment"} == code, keys ^ code'
# shellcheck disable=SC2016
check "catalogue keys are those of the code" $python -c '
import json, re
def names(node):
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "properties": yield from value
            yield from names(value)
    elif isinstance(node, list):
        for value in node: yield from names(value)
schema = set(names(json.load(open("rules/schema/catalogue.schema.json")))) - {"$comment"}
code = set(re.findall(r"\.key = \"([^\"]+)\"", open("src/check/catalogue_read.c").read()))
assert schema == code, schema ^ code'
for file in rules/catalogues/*.json; do
    check "$file" $python "$work/validate.py" rules/schema/catalogue.schema.json "$file"
done
for file in rules/*.json; do
    check "$file" $python "$work/validate.py" rules/schema/pack.schema.json "$file"
done
# shellcheck disable=SC2016
check "the manual of packs has every key of their schema" $python -c '
import json, re
text = open("man/fwproof-packs.5").read()
told = set(re.findall(r"^\.(?:It Cm|Ss) (\S+)", text, re.M))
def names(node):
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "properties": yield from value
            if key != "examples": yield from names(value)
    elif isinstance(node, list):
        for value in node: yield from names(value)
schema = json.load(open("rules/schema/pack.schema.json"))
keys = set(names({k: v for k, v in schema.items() if k != "definitions"}))
for name, part in schema["definitions"].items():
    keys |= set(part.get("properties", {})) if name not in ("goal", "service", "source") else set()
missing = keys - told - {"$comment"}
assert not missing, missing
assert told - {"fact"} <= keys, told - keys'
# shellcheck disable=SC2016
check "the example in the manual of packs passes" sh -c '
    sed -n "/^\.Bd -literal/,/^\.Ed/p" man/fwproof-packs.5 | sed "1d;\$d" >"$1/mine.json" && "$2" test "$1/mine.json"' sh "$work" "$program"
check "the waivers of the tests" $python "$work/validate.py" rules/schema/waivers.schema.json tests/golden/waivers/waivers.json
(cd tests/golden/waivers && "$program" check --waivers waivers.json --baseline old.json --today 2026-11-23 -f json="$work/settled.json" fw.rules)
check "a result with waivers" $python "$work/validate.py" rules/schema/result.schema.json "$work/settled.json"

# The shape that a schema asks for is the one that the reader asks for.
root=$PWD
mutants() { # FOLDER FILE[,FILE...] SCHEMA MEANING ARGUMENT...: of a copy of FOLDER; several are written to mutant.json
    rm -rf "$work/copy" && cp -r "$1" "$work/copy" && cd "$work/copy" || return 1
    file=$2 schema=$root/rules/schema/$3 meaning=$4
    case $file in *,*) to=mutant.json ;; *) to=$file ;; esac
    shift 4
    $python "$root/tests/schema_mutants.py" "$schema" "$file" "$meaning" "$to" "${FWPROOF_FAST:-$program}" "$@" </dev/null
    code=$?
    cd "$root" || return 1
    return $code
}
check "a site file is refused where its schema refuses it" mutants fixtures/demo fwproof.json site.schema.json \
    'is not an address|there is no pack|^[^ ]*: error: .*No such file|no rule|does not know|no such|unknown' check -f gcc
check "a waiver file is refused where its schema refuses it" mutants tests/golden/waivers waivers.json waivers.schema.json \
    'has no "|asks for|no pack has a rule|at most' check --no-site --waivers waivers.json --baseline old.json --today 2026-11-23 -f gcc fw.rules
mkdir "$work/small"
$python tests/schema_pack.py "$work/small" rules/*.json
small=$(find "$work/small" -name '*.json' | sort | paste -sd, -)
check "a pack is refused where its schema refuses it" mutants "$work/small" "$small" pack.schema.json \
    'no such reference|has no set|is not an address|is not a service|are not ports|pattern: |one needs the other|names neither' \
    rules -p ./mutant.json

# shellcheck disable=SC2016
check "pack keys are those of the code" $python -c '
import glob, json, re
def names(node):
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "properties": yield from value
            yield from names(value)
    elif isinstance(node, list):
        for value in node: yield from names(value)
schema = set(names(json.load(open("rules/schema/pack.schema.json")))) - {"$comment"}
others = {"site.c", "waiver_read.c", "catalogue_read.c", "baseline.c"}
code = set(re.findall(r"X\((\w+)\)", re.search(r"define CHECK_KINDS.*?\n#define X", open("src/check/check.h").read(), re.S)[0]))
for file in glob.glob("src/check/*.c"):
    if file.rsplit("/")[-1] not in others: code |= set(re.findall(r"\.key = \"([^\"]+)\"", open(file).read()))
assert schema == code, schema ^ code'

(cd fixtures/demo && "$program" check -v -p genesys-cloud -p hygiene --catalogue nist-sp-800-41r1 --catalogue pci-dss-4.0.1 \
    --catalogue stig-asa-vpn-v2r2 fw1.rules asa1.cfg rules.csv -f json="$work/all.json")
"$program" check --no-site "$work/odd.rules" -f json="$work/odd.json"
cat >"$work/keys.py" <<'END'
"""Every key of a result that the schema knows is written by the program, and read again."""
import copy, glob, json, subprocess, sys
program, files = sys.argv[1], sys.argv[2:]
schema = json.load(open("rules/schema/result.schema.json"))
code = "".join(open(f).read() for f in glob.glob("src/report/*.c") + glob.glob("src/verbs/*.c"))
def resolve(node):
    while "$ref" in node:
        way, node = node["$ref"].lstrip("#/").split("/"), schema
        for key in way: node = node[key]
    return node
known, seen = {}, set()
def learn(node, name, above=()):
    node = resolve(node)
    if id(node) in above: return
    above += (id(node),)
    assert "properties" not in node or "additionalProperties" in node, name + " is open"
    for key, value in node.get("properties", {}).items():
        known[id(node), key] = name + "." + key
        learn(value, name + "." + key, above)
    for key in ("items", "additionalProperties"):
        if isinstance(node.get(key), dict): learn(node[key], name + "[]", above)
def look(node, value, way, found):
    node = resolve(node)
    if isinstance(value, dict):
        if node.get("additionalProperties") is False: found.setdefault(id(node), way)
        for key, x in value.items():
            seen.add((id(node), key))
            look(node.get("properties", {}).get(key, {}), x, way + (key,), found)
    elif isinstance(value, list):
        for i, x in enumerate(value): look(node.get("items", {}), x, way + (i,), found)
def report(text):
    run = subprocess.run([program, "report", "-f", "json", "-"], input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return run.stdout.decode()
learn(schema, "")
tried, unread = set(), set()
for file in files:
    document, found = json.load(open(file)), {}
    look(schema, document, (), found)
    assert "unknown key" not in report(json.dumps(document)), file
    for node, way in found.items():
        if node in tried: continue
        tried.add(node)
        changed = copy.deepcopy(document)
        at = changed
        for key in way: at = at[key]
        at["zzz"] = 1
        if "zzz" not in report(json.dumps(changed)): unread.add(".".join(k for k in way if isinstance(k, str)))
for key in set(known) - seen:
    assert "\"%s\"" % key[1] in code, "nobody writes " + known[key]
print(len(known), "keys,", len(seen), "seen,", len(tried), "objects tried")
assert len(tried) > 10
# What a report makes anew, or takes by name alone, is not held to its keys by the reader.
assert unread == {"tool", "summary", "packs", "findings.coverage", "catalogues.summary"}, unread
END
check "result keys are those of writer and reader" $python "$work/keys.py" "$program" "$work/all.json" "$work/settled.json" "$work/odd.json"
