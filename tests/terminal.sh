#!/bin/sh
# Whatever stands in a name, a comment, a file's name or an argument: no output of any verb, nor any
# message, has a control character, a bidirectional mark or an invisible character of it.
set -u
cd "$(dirname "$0")/.." || exit 1
program=$(realpath "${FWPROOF:-fwproof}")
[ -x "$program" ] || { echo "not ok $0 - no $program"; exit 1; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
LC_ALL=C.UTF-8
export LC_ALL

# Reverse video, a title, a line up, backspaces, a bell, CR, C1; U+202E, 2066, 200B, FEFF, 00AD,
# 2028, a tag; a byte that is no UTF-8. None of them does the program write itself.
bad=$(printf 'Z\033[7mA\033]0;t\007B\033[1A\010\010C\233D\302\233E\342\200\256F\342\201\246G\342\200\213H\357\273\277I\302\255J\342\200\250K\363\240\201\201L\377')
cr=$(printf 'M\rN')
cat >"$work/asa.cfg" <<END
ASA Version 9.8(2)
hostname fw$bad
interface GigabitEthernet0/0
 nameif out$bad
 security-level 0
 ip address 198.51.100.1 255.255.255.0
interface GigabitEthernet0/1
 nameif in$bad
 security-level 100
 ip address 10.20.30.1 255.255.255.0
object network net$bad
 subnet 10.20.30.0 255.255.255.0
 description d$bad
object-group network unused$bad
 network-object object absent$bad
access-list acl$bad remark r$bad $cr
access-list acl$bad extended permit tcp any object net$bad eq 22
access-list acl$bad extended permit tcp any any
access-list acl$bad extended permit tcp any any object-group gone$bad
access-list acl$bad extended permit frobnicate$bad any any
access-group acl$bad in interface out$bad
snmp-server location l$bad
wild$bad command$bad
: end
END
cat >"$work/ipt.rules" <<END
# c$bad
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:chain$bad - [0:0]
-A FORWARD -i eth$bad -m comment --comment "c$bad $cr" -j chain$bad
-A FORWARD -i eth0 -p tcp -m string --string "s$bad" --algo bm -j ACCEPT
-A FORWARD --frob$bad x$bad -j ACCEPT
-A FORWARD -m set --match-set gone$bad src -j ACCEPT
-A chain$bad -p tcp --dport 22 -j LOG --log-prefix "l$bad"
-A chain$bad -p tcp --dport 22 -j ACCEPT
-A chain$bad -j target$bad
COMMIT
END
cat >"$work/table.csv" <<END
Name,Source,Destination,Service,Action,Comment,Wild$bad
n$bad,10.0.0.0/8,any,tcp/22,allow,c$bad,w$bad
o$bad,src$bad,dst$bad,svc$bad,allow,"two
lines$bad",
p$bad,any,any,any,act$bad,,
END
cat >"$work/site.json" <<END
{"site": "s$(printf '\342\200\256')", "zones": {"inside$(printf '\342\200\213')": {"interfaces": ["\u001b[7mx", "eth1"]}}, "roles": {"client": ["10.0.0.0/8\u202e"]}}
END
printf '{"id": "p\\u001b[7m", "schema": "x\342\200\256", "t\\u009b": 1}\n' >"$work/pack.json"
cp "$work/ipt.rules" "$work/f$bad.rules"
for k in asa.cfg ipt.rules table.csv; do
    sed 's/22/23/g' "$work/$k" >"$work/two-$k"
done
printf 'access-list acl%s extended permit tcp any any eq 24\nno wild%s\nbad%s\n' "$bad" "$bad" "$bad" >"$work/change.cfg"

mkdir "$work/out"
failed=
run() { # NAME ARGUMENT...
    name=$1
    shift
    (cd "$work" && "$program" "$@" --width 400 >"out/$name" 2>"out/$name.err")
    code=$?
    [ $code -le 4 ] || failed="$failed $name($code)"
    [ -s "$work/out/$name" ] || [ -s "$work/out/$name.err" ] || failed="$failed $name(silent)"
}
for color in always never; do
    for k in asa.cfg ipt.rules table.csv; do
        n=$color.$k
        for f in text json jsonl gcc sarif junit github gitlab csv markdown html verdict; do
            run "$n.check.$f" check --no-site "$k" -vv -f $f --color $color
        done
        for f in text json; do
            run "$n.show.$f" show --no-site "$k" -vv -f $f --color $color
            run "$n.reach.$f" reach --no-site "$k" -vv -f $f --color $color
        done
        for f in text json markdown verdict; do
            run "$n.diff.$f" diff --no-site "$k" "two-$k" -vv -f $f --color $color --ticket "T$bad"
        done
        for f in text json jsonl; do
            packet='tcp 203.0.113.77:40000 -> 10.20.30.40:22'
            [ $k != asa.cfg ] || packet="$packet from out$bad to in$bad"
            [ $k != ipt.rules ] || packet="$packet from eth$bad to eth1"
            run "$n.trace.$f" trace --no-site "$k" "$packet" -vv -f $f --color $color
        done
        run "$n.baseline" baseline --no-site "out/$n.baseline.json" --accept-new --allow-incomplete "$k" -v
        run "$n.config" config --no-site "$k"
        run "$n.site" config --site site.json "$k"
        run "$n.pack" check --no-site --pack pack.json "$k"
    done
    for f in text json markdown; do
        run "$color.apply.$f" diff --no-site asa.cfg --apply change.cfg --back-out -vv -f $f --color $color
    done
    run "$color.file" check --no-site "f$bad.rules" -vv --color $color
done
# Arguments.
run arg.verb "v$bad"
run arg.option check "--o$bad"
run arg.short check "-$bad"
run arg.value check --fail-on "x$bad"
run arg.format check -f "x$bad" asa.cfg
run arg.input check --no-site "none$bad"
run arg.pack check --no-site -p "none$bad" asa.cfg
run arg.site check --site "none$bad" asa.cfg
run arg.rule explain "rule$bad"
run arg.pack-explain explain -p "none$bad" GC-SIP-001
run arg.packet trace --no-site ipt.rules "tcp$bad"
run arg.packets trace --no-site ipt.rules --packets "none$bad"
run arg.output check --no-site ipt.rules -f "json=none$bad/out"
run arg.baseline baseline --no-site "none$bad" ipt.rules
run arg.device check --no-site --device "d$bad" ipt.rules
run arg.redact check --redact "x$bad"
run arg.key check --redact names --redact-key "none$bad"
run arg.completion completion "sh$bad"
run arg.test test "none$bad"
run arg.help help "verb$bad"
run arg.today check --today "x$bad" ipt.rules
run arg.at check --at "x$bad" ipt.rules
run arg.reach reach --no-site ipt.rules --from "x$bad"
run arg.format-input check --no-site -I "x$bad" ipt.rules
if [ -z "$failed" ]; then echo "ok terminal every run says something"; else echo "not ok terminal every run says something -$failed"; fi

# Allowed: newline, tab, CR in front of a newline (RFC 4180), and the colours that the program uses.
dirty=
for f in "$work"/out/*; do
    [ -f "$f" ] || continue
    sed 's/\r$//; s/\x1b\[\(0\|1\|2\|3\|4\|31\|32\|33\|34\|35\|36\|90\|1;3[0-9]\|[01];9[0-9]\|9[0-9]\|38;5;[0-9]*\)\?m//g' "$f" >"$work/text"
    if ! iconv -f UTF-8 -t UTF-8 "$work/text" >/dev/null 2>&1 ||
        LC_ALL=C grep -aq '[[:cntrl:]]' "$work/text" && LC_ALL=C tr -d '\n\t' <"$work/text" | LC_ALL=C grep -aq '[[:cntrl:]]' ||
        LC_ALL=C grep -aqP '\xc2[\x80-\x9f\xad]|\xe2\x80[\x8b-\x8f\xa8-\xae]|\xe2\x81[\xa0-\xaf]|\xef\xbb\xbf|\xf3\xa0' "$work/text"; then
        dirty="$dirty ${f##*/}"
    fi
done
if [ -z "$dirty" ]; then
    echo "ok terminal nothing of an input moves the cursor, hides or turns text"
else
    echo "not ok terminal nothing of an input moves the cursor, hides or turns text -$dirty"
fi
seen=$(cd "$work/out" && grep -l 'Z.*x1b.*\[7mA' ./* | wc -l)
if [ "$seen" -gt 40 ]; then
    echo "ok terminal the hostile names are shown, escaped"
else
    echo "not ok terminal the hostile names are shown, escaped - in $seen outputs only"
fi
[ -z "${KEEP:-}" ] || cp -r "$work/out" "$KEEP"
