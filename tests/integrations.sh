#!/bin/sh
# The places where people already work: the hook, the action's steps and the templates are run
# against a scratch repository.
set -u
cd "$(dirname "$0")/.." || exit 1
root=$PWD
program=$(realpath "${FWPROOF:-fwproof}")
[ -x "$program" ] || { echo "not ok $0 - no $program"; exit 1; }
command -v git >/dev/null || { echo "ok integrations # SKIP no git"; exit 0; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/bin" "$work/repo/exports"
ln -s "$program" "$work/bin/fwproof"
PATH=$work/bin:$PATH
cp fixtures/demo/fw1.rules "$work/repo/exports/bad.rules"
printf '*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT DROP [0:0]\nCOMMIT\n' >"$work/repo/exports/closed.rules"
cd "$work/repo" || exit 1
git init -q . 2>/dev/null

check() {
    name=$1
    shift
    if "$@" >"$work/log" 2>&1; then
        echo "ok integrations $name"
    else
        echo "not ok integrations $name"
        head -n 20 "$work/log" | sed 's/^/# /'
    fi
}

hook() { # the hook's own entry, with its own files, as pre-commit would
    entry=$(sed -n 's/^ *entry: *//p' "$root/.pre-commit-hooks.yaml")
    files=$(sed -n 's/^ *files: *//p' "$root/.pre-commit-hooks.yaml")
    git add -A
    # shellcheck disable=SC2046 # one argument per file
    $entry $(git ls-files | grep -E "$files") >out
    [ $? = 1 ] && grep -q 'exports/bad.rules' out
}
check "the pre-commit hook fails on a finding" hook

# The last step's script of action.yml, as the runner would run it.
awk '/- name: Audit/ { on = 1 } on && /run: \|/ { body = 1; next } body { sub(/^        /, ""); print }' \
    "$root/action.yml" >step.sh
action() {
    mkdir -p action && cp "$program" action/fwproof
    GITHUB_ACTION_PATH=$PWD/action GITHUB_STEP_SUMMARY=$PWD/summary.md \
        FWPROOF_ARGS='exports/bad.rules -p genesys-cloud' FWPROOF_SARIF=fwproof.sarif bash step.sh >out
    [ $? = 1 ] && grep -q '^::error file=exports/bad.rules' out && [ -s fwproof.sarif ] && grep -q 'fwproof: fail' summary.md
}
check "the action's step annotates and writes SARIF and the summary" action

gitlab() {
    sed -n 's/^ *- \(fwproof check.*\)/\1/p' "$root/ci/gitlab.yml" >script.sh
    [ -s script.sh ] && FWPROOF_ARGS=exports/ sh script.sh >out
    [ $? = 1 ] && [ -s gl-code-quality-report.json ] && [ -s fwproof.xml ]
}
check "the GitLab job writes its reports" gitlab

if command -v python3 >/dev/null; then
    check "the problem matcher reads -f gcc" python3 -c '
import json, re, subprocess, sys
pattern = json.load(open(sys.argv[1]))["problemMatcher"][0]["pattern"][0]
lines = subprocess.run(["fwproof", "check", "-f", "gcc", "exports/bad.rules"], capture_output=True, text=True).stdout.splitlines()
assert lines
for line in lines:
    m = re.match(pattern["regexp"], line)
    assert m and m.group(pattern["file"]) == "exports/bad.rules" and int(m.group(pattern["line"])) > 0, line
' "$root/ci/fwproof-matcher.json"
else
    echo "ok integrations the problem matcher reads -f gcc # SKIP no python3"
fi
