#!/bin/sh
# The five examples of rules/hygiene.md: the page says what the program says, of these lines and of
# no others.
set -u
cd "$(dirname "$0")/.." || exit 1
: "${FWPROOF:=./fwproof}"
example() { # FILE LINE
    file=fixtures/hygiene/$1.rules
    found=$("$FWPROOF" check --no-site -p hygiene -f gcc "$file" | grep -F '[HYG-DEAD-001]')
    answer=$(printf '%s\n' "$found" | sed -n 's/.*this rule can never match: \(.*\) \[HYG-DEAD-001\]/\1/p')
    case $found in
    "$file:$2:"*) ;;
    *)
        echo "not ok unreachable $1 - expected line $2, got: $found"
        return
        ;;
    esac
    if [ "$(printf '%s\n' "$found" | wc -l)" != 1 ]; then
        echo "not ok unreachable $1 - more than one line: $found"
    elif ! grep -Fxq "> $answer" rules/hygiene.md; then
        echo "not ok unreachable $1 - the page does not say: $answer"
    elif ! grep -Fq "(\`$1.rules\`)" rules/hygiene.md; then
        echo "not ok unreachable $1 - the page does not name it"
    else
        echo "ok unreachable $1"
    fi
}
example repeated 6
example contradicted 6
example union 7
example twice 7
example called 7

# A pattern of the site that would run for hours is an error, not a hang.
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
echo '{"parameters": {"hygiene": {"remark": "^(a+)+$"}}}' >"$work/fwproof.json"
printf '%s\n' '*filter' ':INPUT DROP [0:0]' ':FORWARD DROP [0:0]' ':OUTPUT ACCEPT [0:0]' \
    '-A FORWARD -p tcp -m comment --comment "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!" -j ACCEPT' \
    COMMIT >"$work/x.rules"
timeout 10 "$FWPROOF" check -s "$work/fwproof.json" -p hygiene -f gcc "$work/x.rules" >"$work/out" 2>&1
status=$?
if [ $status = 2 ] && grep -q 'HYG-REMARK-001 took too long' "$work/out"; then
    echo "ok unreachable a catastrophic pattern ends in an error"
else
    echo "not ok unreachable a catastrophic pattern - exit $status"
fi
