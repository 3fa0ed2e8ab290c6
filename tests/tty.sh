#!/bin/sh
# The program on a terminal (script(1) gives one), in a pipe that closes early, and interrupted.
set -u
cd "$(dirname "$0")/.." || exit 1
program=$(realpath "${FWPROOF:-fwproof}")
[ -x "$program" ] || { echo "not ok $0 - no $program"; exit 1; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
unset NO_COLOR FORCE_COLOR CLICOLOR CLICOLOR_FORCE COLUMNS FORCE_HYPERLINK VTE_VERSION TERM_PROGRAM WT_SESSION KONSOLE_VERSION DOMTERM
cp fixtures/hygiene/twice.rules "$work/short.rules"
cd "$work" || exit 1
{
    printf '*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n'
    awk 'BEGIN { for (i = 0; i < 30000; i++)
        printf "-A FORWARD -s 10.%d.%d.0/24 -d 192.0.2.%d -p tcp --dport %d -j ACCEPT\n", i / 250 % 250, i % 250, i % 251, 22 + i % 1000 }'
    echo COMMIT
} >long.rules
esc=$(printf '\033')

check() { # NAME COMMAND...
    name=$1
    shift
    if "$@" >log 2>&1; then
        echo "ok tty $name"
    else
        echo "not ok tty $name"
        head -n 10 log | cat -v | cut -c 1-200 | sed 's/^/# /'
    fi
}
# Each takes the environment first: VARIABLE=VALUE... -- ARGUMENT...; what a terminal gets is in out.
on_terminal() {
    line="env"
    while [ "$1" != -- ]; do
        line="$line $1"
        shift
    done
    shift
    script -qec "$line '$program' $*" /dev/null >out 2>&1 </dev/null
    [ -s out ]
}
has() { grep -aq "$1" out; }
lacks() { ! grep -aq "$1" out; }

if command -v script >/dev/null; then
    audit="check --no-site -p hygiene"
    shows() { on_terminal TERM=xterm -- $audit long.rules -f json=o.json; grep -aq "fwproof: checking: rule [0-9]* of [0-9]*" out; }
    erased() { tail -c 4 out | od -An -c | grep -q '\\r *033 *\[ *K'; }
    check "progress is shown in long runs" shows
    check "and is gone at the end" erased
    no_progress() { on_terminal "$@" || :; lacks "checking: rule"; }
    check "no progress with -q" no_progress TERM=xterm -- $audit long.rules -q -f json=o.json
    check "no progress with TERM=dumb" no_progress TERM=dumb -- $audit long.rules -f json=o.json
    check "no progress in short runs" no_progress TERM=xterm -- $audit short.rules

    colored() { on_terminal "$@" && has "$esc\[1;"; }
    plain() { on_terminal "$@" && lacks "$esc\["; }
    check "colours on a terminal" colored TERM=xterm -- $audit short.rules
    check "none with NO_COLOR" plain TERM=xterm NO_COLOR=1 -- $audit short.rules
    check "none with CLICOLOR=0" plain TERM=xterm CLICOLOR=0 -- $audit short.rules
    check "none with TERM=dumb" plain TERM=dumb -- $audit short.rules
    check "none with --color=never" plain TERM=xterm CLICOLOR_FORCE=1 -- $audit short.rules --color=never
    check "--color=always stands over NO_COLOR" colored TERM=dumb NO_COLOR=1 -- $audit short.rules --color=always

    linked() { on_terminal "$@" && has "$esc]8;;file://.*/short.rules#L2$esc"; }
    unlinked() { on_terminal "$@" && lacks "$esc]8"; }
    check "links where the terminal shows them" linked TERM=xterm-256color VTE_VERSION=7200 -- $audit short.rules
    check "links with FORCE_HYPERLINK" linked TERM=xterm FORCE_HYPERLINK=1 -- $audit short.rules
    check "no links on unknown terminals" unlinked TERM=xterm -- $audit short.rules
    check "no links with FORCE_HYPERLINK=0" unlinked TERM=xterm-kitty FORCE_HYPERLINK=0 -- $audit short.rules
    check "no links with --hyperlinks=never" unlinked TERM=xterm-kitty -- $audit short.rules --hyperlinks=never
    check "no links to what is redacted" unlinked TERM=xterm-kitty FORCE_HYPERLINK=1 -- $audit short.rules --redact names
    odd() { cp short.rules "a b${esc}]é.rules" && on_terminal TERM=xterm FORCE_HYPERLINK=1 -- $audit . && has 'a%20b%1B%5D%C3%A9.rules#L2'; }
    check "what is odd in a name is encoded" odd

    ascii() { on_terminal TERM=dumb LC_ALL=C -- check -p genesys-cloud "$1" && has coverage && ! LC_ALL=C grep -aq '[^[:cntrl:] -~]' out; }
    utf8() { on_terminal TERM=dumb LC_ALL=C.UTF-8 -- check -p genesys-cloud "$1" && has '█'; }
    demo=$OLDPWD/fixtures/demo/fw1.rules
    check "ASCII where the locale is not UTF-8" ascii "$demo --site $OLDPWD/fixtures/demo/fwproof.json"
    check "UTF-8 where it is" utf8 "$demo --site $OLDPWD/fixtures/demo/fwproof.json"
else
    echo "ok tty a terminal # SKIP no script(1)"
fi

quiet_in_a_pipe() { "$program" check --no-site -p hygiene long.rules -f json=o.json 2>err; [ ! -s err ]; }
check "nothing on standard error that is no terminal" quiet_in_a_pipe
silent() { "$program" check --no-site -p hygiene short.rules -qq >out 2>&1; [ ! -s out ]; }
check "-qq says nothing" silent
less() { "$program" check --no-site -p hygiene short.rules -q >q; "$program" check --no-site -p hygiene short.rules >n; "$program" check --no-site -p hygiene short.rules -v >v; [ -s q ] && [ "$(wc -l <q)" -lt "$(wc -l <n)" ] && [ "$(wc -l <n)" -lt "$(wc -l <v)" ]; }
check "-q says less, -v says more" less

# Shells start jobs in the background with SIGINT ignored: timeout sends it to its own child.
interrupted() {
    rm -f o.json* && timeout -s INT 0.3 "$program" check --no-site -p hygiene long.rules -f json=o.json
    [ $? = 124 ] && [ -z "$(find . -name 'o.json*')" ]
}
check "interrupted, there is no output at all" interrupted
kept() {
    echo old >o.json && timeout -s INT 0.3 "$program" check --no-site -p hygiene long.rules -f json=o.json
    [ $? = 124 ] && [ "$(cat o.json)" = old ]
}
check "interrupted, an older output is left alone" kept
