#!/bin/sh
# Results of parts of a fleet, merged, are the result of one run: byte for byte, in every format,
# whatever the order; GNU parallel does the parts where it is installed.
set -u
cd "$(dirname "$0")/.." || exit 1
program=$(realpath "${FWPROOF:-fwproof}")
[ -x "$program" ] || { echo "not ok $0 - no $program"; exit 1; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

check() { # NAME, then a command that must succeed
    name=$1
    shift
    if "$@" >"$work/log" 2>&1; then
        echo "ok fleet $name"
    else
        echo "not ok fleet $name"
        head -n 20 "$work/log" | cut -c1-300 | sed 's/^/# /'
    fi
}

cp fixtures/demo/fw1.rules fixtures/demo/asa1.cfg fixtures/demo/rules.csv fixtures/demo/fwproof.json "$work"
cp fixtures/hygiene/*.rules fixtures/hygiene/*.cfg "$work" 2>/dev/null
printf '*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -m nonesuch -p icmp -m comment --comment "\377\033[1m" -j ACCEPT\n' >"$work/odd.rules"
cd "$work" || exit 1
set -- *.rules *.cfg *.csv
files="$*"
formats="json jsonl text sarif html junit csv markdown gitlab github gcc verdict"
audit() { "$program" check --today 2026-11-23 "$@"; }

i=0
parts=
reversed=
for file; do
    i=$((i + 1))
    audit "$file" -f jsonl="$work/$i.jsonl"
    parts="$parts $i.jsonl"
    reversed="$i.jsonl $reversed"
done
# shellcheck disable=SC2086 # lists of words
same() { # FORMAT, results
    format=$1
    shift
    audit $files -f "$format" >one
    wanted=$?
    "$program" report "$@" -f "$format" >merged
    got=$?
    [ -s one ] && [ $got = $wanted ] && cmp one merged
}
# shellcheck disable=SC2086
{
    for format in $formats; do
        check "$i parts as $format are one run" same "$format" $parts
    done
    check "the order does not matter" same json $reversed
    audit $files -f json=whole.json
    for format in $formats; do
        check "json as $format says what check says" same "$format" whole.json
    done
    "$program" report 1.jsonl 2.jsonl -f jsonl=left.jsonl
    rest=${parts#" 1.jsonl 2.jsonl "}
    "$program" report $rest -f json=right.json
    check "a merge of merges is the merge" same json right.json left.jsonl
    check "the same result twice counts once" same json $parts 2.jsonl right.json
    cat $parts >stream.jsonl
    check "one stream of all is the same" same json stream.jsonl
}

fails() { # CODE, WORDS that it says, arguments of report
    code=$1 words=$2
    shift 2
    "$program" report "$@" -f gcc >said 2>&1
    status=$?
    cat said
    [ $status = "$code" ] && grep -q "$words" said
}
hints() { # WORDS that the text says below a mistake, a result
    "$program" report "$2" >said 2>&1
    status=$?
    cat said
    [ $status = 3 ] && grep -q "$1" said
}
check "without its summary a result is cut off" sh -c 'sed \$d 1.jsonl >cut.jsonl'
check "what is cut off is told" fails 3 'cut.jsonl:1:1: .*cut off' cut.jsonl
sed 1d 1.jsonl >less.jsonl
check "a lost line is told" fails 3 'lines belong to this result' less.jsonl
sed 's/"severity":"[a-z]*"/"severity":"grave"/' 1.jsonl >grave.jsonl
check "a word that is none is told with its place" fails 3 'grave.jsonl:1:[0-9]*: .*grave' grave.jsonl
audit fw1.rules -f json=plain.json
sed 's/"tool":/"tols": [], "tool":/' plain.json >near.json
check "a key that is none is told, with the one that is meant" hints 'did you mean "tool"' near.json
sed 's/"tool":/"from-tomorrow": [], "tool":/' plain.json >far.json
check "a key that is like no other is told" hints 'unknown key of a result "from-tomorrow"' far.json
printf '\n{"a": 1}\n' >other.json
check "another document is told" fails 3 'other.json' other.json
: >empty.jsonl
check "an empty file is told" fails 3 'empty' empty.jsonl
cp odd.rules changed.rules
echo '# one line more' >>changed.rules
audit --device odd changed.rules -f jsonl=changed.jsonl
audit --device odd odd.rules -f jsonl=odd.jsonl
check "a device that is told in two ways is an error" fails 2 'told differently in changed.jsonl and odd.jsonl' odd.jsonl changed.jsonl

if ! command -v parallel >/dev/null || ! parallel --version 2>/dev/null | grep -q 'GNU parallel'; then
    echo "ok fleet GNU parallel # SKIP GNU parallel is not installed"
    exit 0
fi
# shellcheck disable=SC2086
in_parallel() {
    audit $files -f json >one
    parallel --will-cite -j2 "$program" check --today 2026-11-23 -f jsonl ::: $files |
        "$program" report - -f json >merged
    cmp one merged
}
check "GNU parallel's parts are one run" in_parallel
