#!/bin/sh
# Input of every bad kind: the right exit code, a message that names file and reason, no crash.
set -u
cd "$(dirname "$0")/.." || exit 1
program=$(realpath "${FWPROOF:-fwproof}")
[ -x "$program" ] || { echo "not ok $0 - no $program"; exit 1; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

# expect NAME CODE PATTERN COMMAND...: PATTERN (extended) must be in the output
expect() {
    name=$1 code=$2 pattern=$3
    shift 3
    "$@" >out 2>&1 </dev/null
    got=$?
    if [ $got != "$code" ]; then
        echo "not ok badinput $name - exit $got, not $code"
    elif ! grep -Eq -- "$pattern" out; then
        echo "not ok badinput $name - does not say /$pattern/"
    elif grep -q 'AddressSanitizer\|runtime error:\|LeakSanitizer' out; then
        echo "not ok badinput $name - the sanitizers complain"
    else
        echo "ok badinput $name"
        return
    fi
    head -c 3000 out | sed 's/^/# /'
}

good='*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A FORWARD -i eth1 -o eth0 -p tcp -m tcp --dport 443 -j ACCEPT
COMMIT'

expect "missing file" 3 'nowhere\.rules: cannot be read: No such file' "$program" check nowhere.rules
: >empty.rules
expect "empty file" 3 'the file is empty' "$program" check empty.rules
printf '\n\n  \n' >blank.rules
expect "blank file" 3 'the file is empty' "$program" check blank.rules
head -c 100000 /dev/zero >zeros.bin
expect "zeros" 3 'binary data' "$program" check zeros.bin
printf '\177ELF\2\1\1\0aaaa' >program.bin
expect "program" 3 'this is a program' "$program" check program.bin
printf '\037\213\010\0\0\0\0\0' >archive.gz
expect "gzip" 3 'gzip archive.*unpack' "$program" check archive.gz
printf '\377\376*\0f\0i\0l\0t\0e\0r\0' >utf16.rules
expect "UTF-16" 3 'filter has no COMMIT' "$program" check utf16.rules
mkdir folder
expect "empty directory" 3 'no export in this directory' "$program" check folder
printf 'just some words\nthat mean nothing\n' >folder/prose.txt
expect "directory with prose" 3 'not recognised' "$program" check folder
printf 'Chain INPUT (policy ACCEPT)\ntarget prot opt source destination\n' >listing.txt
expect "iptables -L" 3 'iptables-save' "$program" check listing.txt
printf '%s\n' "$good" >asa.cfg
expect "wrong format by name" 3 'verdict: INCOMPLETE' "$program" check -I asa asa.cfg
printf '%s\n' "$good" | head -c 120 >truncated.rules
expect "truncated iptables" 3 'verdict: INCOMPLETE' "$program" check truncated.rules
{
    printf '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -m comment --comment "'
    head -c 100000000 /dev/zero | tr '\0' x
    printf '" -j ACCEPT\nCOMMIT\n'
} >long.rules
expect "a line of 100 MB" 1 'verdict: FAIL' "$program" check long.rules
rm -f long.rules
printf '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -m comment --comment "\377\376 \033[31m" -j ACCEPT\nCOMMIT\n' >utf8.rules
"$program" check utf8.rules -p hygiene >out 2>&1
if LC_ALL=C grep -q "$(printf '\033')" out || ! iconv -f UTF-8 -t UTF-8 out >/dev/null 2>&1; then
    echo "not ok badinput invalid UTF-8 - hostile bytes reach the output"
else
    echo "ok badinput invalid UTF-8"
fi
printf '*filter\n:INPUT DROP [0:0]\n:A - [0:0]\n:B - [0:0]\n-A INPUT -j A\n-A A -j B\n-A B -j A\nCOMMIT\n' >loop.rules
expect "chains in a circle" 3 'loop\.rules:[0-9]+:[0-9]+' "$program" check loop.rules
printf '*filter\n:INPUT DROP [0:0]\n-A INPUT -j NOWHERE\nCOMMIT\n' >unknown.rules
expect "unknown chain" 3 'unknown\.rules:3:' "$program" check unknown.rules
expect "unknown option" 2 'unknown option --frmat; did you mean --format' "$program" check --frmat x
expect "unknown verb" 2 'did you mean "check"' "$program" chekc x
expect "unknown format" 2 'unknown format "yaml"' "$program" check -f yaml x
expect "unknown pack" 2 'genesys-clod' "$program" check -p genesys-clod x
expect "unknown rule" 2 'did you mean GC-RTP-001' "$program" explain GC-RPT-001
expect "unknown input format" 2 'unknown input format' "$program" check -I pix x
printf '{"rolse": {}}' >fwproof.json
printf '%s\n' "$good" >good.rules
expect "site file with a wrong key" 2 'fwproof\.json:1:2.*|roles' "$program" check good.rules
printf '{"roles": ' >fwproof.json
expect "site file that ends early" 2 'fwproof\.json' "$program" check good.rules
rm fwproof.json
# A command of an ASA that is garbled, pasted or quoted is not one of the lines that are none.
for command in '7ccess-group' 'access_group' '"access-group' '* access-group' "$(printf 'access-group\302\240')"; do
    printf 'ASA Version 9.16(4)\naccess-list L extended permit ip any any\n%s L in interface outside\n' "$command" >garbled.cfg
    expect "a garbled command: $command" 3 'looks like a command that filters' "$program" check --no-site garbled.cfg
done

expect "no input" 3 'no input' "$program" check
expect "output that cannot be written" 4 'cannot be written' "$program" check good.rules -f json=nowhere/out.json
expect "out of memory" 4 'out of memory' "$program" check --memory 1 good.rules

if [ -w /dev/full ]; then
    "$program" rules >/dev/full 2>out
    code=$?
    [ $code = 4 ] && echo "ok badinput full disk" || echo "not ok badinput full disk - exit $code"
fi
# A reader that goes away has not read it all.
mkfifo pipe
exec 3<>pipe 4>pipe 3<&-
"$program" rules >&4 2>err
code=$?
if [ $code = 4 ] && grep -q 'standard output cannot be written' err; then
    echo "ok badinput closed pipe"
else
    echo "not ok badinput closed pipe - exit $code: $(cat err)"
fi
"$program" rules >&- 2>err
code=$?
if [ $code = 4 ] && grep -q 'standard output cannot be written' err; then
    echo "ok badinput no standard output"
else
    echo "not ok badinput no standard output - exit $code: $(cat err)"
fi
