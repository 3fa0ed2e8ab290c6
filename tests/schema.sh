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
check "the waivers of the tests" $python "$work/validate.py" rules/schema/waivers.schema.json tests/golden/waivers/waivers.json
(cd tests/golden/waivers && "$program" check --waivers waivers.json --baseline old.json --today 2026-11-23 -f json="$work/settled.json" fw.rules)
check "a result with waivers" $python "$work/validate.py" rules/schema/result.schema.json "$work/settled.json"
