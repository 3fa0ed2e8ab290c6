#!/bin/sh
# The program around the engine: outputs, exit codes, colours, installation, manual.
set -u
cd "$(dirname "$0")/.." || exit 1
root=$PWD
program=$(realpath "${FWPROOF:-fwproof}")
[ -x "$program" ] || { echo "not ok $0 - no $program"; exit 1; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
demo=$root/fixtures/demo
cd "$work" || exit 1

check() { # NAME, then a command that must succeed
    name=$1
    shift
    if "$@" >log 2>&1; then
        echo "ok program $name"
    else
        echo "not ok program $name"
        head -n 20 log | sed 's/^/# /'
    fi
}
skip() {
    echo "ok program $1 # SKIP $2"
}

same_twice() {
    (cd "$demo" && "$program" check fw1.rules asa1.cfg rules.csv -f "$1" >"$work/one"
     "$program" check fw1.rules asa1.cfg rules.csv -f "$1" >"$work/two")
    [ -s one ] && cmp one two
}
for format in text json sarif junit html csv; do
    check "same bytes twice: $format" same_twice $format
done

exit_codes_agree() {
    for format in text json jsonl gcc sarif junit github gitlab csv markdown html verdict; do
        "$program" check -p genesys-cloud "$demo/fw1.rules" -f $format >x
        [ $? = 1 ] || { echo "$format"; return 1; }
    done
    "$program" check -p genesys-cloud "$demo/fw1.rules" --exit-zero >x
}
check "the exit code is the same in every format" exit_codes_agree

no_colors() { ! "$@" "$program" check "$demo/fw1.rules" | grep -q "$(printf '\033')"; }
colors() { "$@" "$program" check "$demo/fw1.rules" | grep -q "$(printf '\033')"; }
check "no colours in a pipe" no_colors env
check "FORCE_COLOR" colors env FORCE_COLOR=1
check "CLICOLOR_FORCE" colors env CLICOLOR_FORCE=1
check "NO_COLOR wins" no_colors env NO_COLOR=1 FORCE_COLOR=1
ascii_only() { "$program" check --ascii "$demo/fw1.rules" >x; ! LC_ALL=C grep -q '[^ -~]' x; }
check "--ascii" ascii_only

many_outputs() {
    "$program" check "$demo/fw1.rules" -f gcc -f json=r.json -f text=r.txt >r.gcc
    [ -s r.gcc ] && [ -s r.json ] && [ -s r.txt ] && [ "$(find . -name 'r.json*' | wc -l)" = 1 ]
}
check "many outputs of one run" many_outputs

if command -v jq >/dev/null; then
    contract() {
        rm -f r.json
        "$program" check "$demo/fw1.rules" -f json >r.json
        jq -e '.schema == "fwproof/result/1" and (.findings | length > 0) and (.controls | length > 0)
            and (.inputs[0].lines | .total == .modelled + .irrelevant + .not_modelled)
            and (all(.findings[]; .location.line >= 1 and .fingerprint != "" and (.missing | type) == "array"))
            and .exit_code == 1 and .verdict == "fail"' r.json
    }
    check "JSON as in the contract" contract
else
    skip "JSON as in the contract" "no jq"
fi

help_fits() {
    for verb in $("$program" --help | awk '/^  [a-z]/ { print $1 }'); do
        for word in "$verb" help; do
            [ "$word" = help ] && "$program" --help >x || "$program" "$verb" --help >x || return 1
            [ "$(wc -l <x)" -le 24 ] || { echo "$verb: $(wc -l <x) lines"; return 1; }
            awk 'length > 80 { print; n++ } END { exit n > 0 }' x || return 1
        done
    done
}
check "the help of each verb fits a screen" help_fits

installed() {
    rm -rf inst
    make -s -C "$root" install DESTDIR="$work/inst" PREFIX=/usr >log2 2>&1 || return 1
    for f in bin/fwproof share/man/man1/fwproof.1 share/fwproof/rules/genesys-cloud.json; do
        [ -f "inst/usr/$f" ] || return 1
    done
    inst/usr/bin/fwproof rules | grep -q GC-RTP-001
}
check "make install" installed
package_is_same_twice() {
    make -s -C "$root" deb && cp "$root"/fwproof_*.deb one.deb && make -s -C "$root" deb &&
        cmp one.deb "$root"/fwproof_*.deb && dpkg-deb -c one.deb | grep -q ./usr/bin/fwproof &&
        { ! command -v lintian >/dev/null || lintian --fail-on error,warning one.deb; }
}
if command -v dpkg-deb >/dev/null && command -v objdump >/dev/null; then
    check "make deb gives the same bytes twice" package_is_same_twice
else
    skip "make deb gives the same bytes twice" "no dpkg-deb"
fi
alone() { mkdir -p alone && cp "$root/fwproof" alone/ && (cd alone && ./fwproof rules | grep -q GC-RTP-001); }
check "the program works alone" alone

completes() { # SHELL: its own syntax check, and every verb is in it
    "$program" completion "$1" >script || return 1
    for verb in $("$program" --help | awk '/^  [a-z]/ { print $1 }'); do
        grep -q "\b$verb\b" script || return 1
    done
    command -v "$1" >/dev/null && { "$1" -n script || return 1; }
    [ "$1" != bash ] || bash -c '. ./script; COMP_WORDS=(fwproof check --all); COMP_CWORD=2; _fwproof
        [ "${COMPREPLY[*]}" = --allow-incomplete ]'
}
for shell in bash zsh fish; do
    check "completion for $shell" completes $shell
done
if command -v mandoc >/dev/null; then
    # Our own pages are not installed here.
    man_is_clean() { [ -z "$(mandoc -T lint "$root"/man/*.[1-8] |
        grep -v 'referenced manual not found: Xr fwproof' | tee /dev/stderr)" ]; }
    check "mandoc -T lint" man_is_clean
else
    skip "mandoc -T lint" "no mandoc"
fi
man_knows_options() {
    missing=
    for verb in $("$program" --help | awk '/^  [a-z]/ { print $1 }'); do
        grep -q "^\.It Cm $verb\b" "$root/man/fwproof.1" || missing="$missing $verb"
        for option in $("$program" "$verb" --help -v | sed -n 's/^ .*--\([a-z-]*\).*/\1/p'); do
            grep -q "Fl \(. , Fl \)\?-$option\b" "$root/man/fwproof.1" || missing="$missing --$option"
        done
    done
    [ -z "$missing" ] || { echo "not in fwproof(1):$missing"; return 1; }
}
check "the manual has every verb and option" man_knows_options
man_has_no_other() {
    for verb in $("$program" --help | awk '/^  [a-z]/ { print $1 }'); do "$program" "$verb" --help -v; done >options
    for option in $(grep -oE 'Fl -[a-z][a-z-]*' "$root"/man/*.[1-8] | sed 's/.*Fl -/--/' | sort -u); do
        grep -qE -e "(^|[ ,])$option([ ,=\[]|\$)" options || { echo "no verb has $option"; return 1; }
    done
}
check "and no option that there is not" man_has_no_other
makefile_is_short() { [ "$(wc -l <"$root/Makefile")" -le 150 ]; }
check "the Makefile has at most 150 lines" makefile_is_short
