#!/bin/sh
# Every command of the README, of the pages beside it and of the manual is run, in a folder with the
# files that it names, and ends and says as tests/documents/commands.tsv tells; what a page shows is
# what is printed. A command that is not in that list fails, and so does a line of the list that is
# in no page. Each example of `fwproof explain` is run, too.
set -u
cd "$(dirname "$0")/.." || exit 1
root=$PWD
program=$(realpath "${FWPROOF:-fwproof}")
[ -x "$program" ] || { echo "not ok $0 - no $program"; exit 1; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
list=$root/tests/documents/commands.tsv
tab=$(printf '\t')
mkdir "$work/bin" "$work/text"
ln -s "$program" "$work/bin/fwproof"

awk -v dir="$work/text" -f tests/documents/commands.awk README.md CONTRIBUTING.md SECURITY.md man/*.[1-8] >"$work/found"
[ "$(wc -l <"$work/found")" -ge 60 ] && echo "ok documents have commands" || echo "not ok documents have commands"

folder() { # PAGE: a new folder with the files that pages name
    here=$work/$(basename "$1")
    [ ! -d "$here" ] || return 0
    mkdir -p "$here/exports" "$here/results"
    demo=$root/fixtures/demo
    cp "$demo/fw1.rules" "$demo/fwproof.json" "$demo/rules.csv" "$here"
    cp "$demo/asa1.cfg" "$here/asa.cfg"
    cp "$demo/fw1.rules" "$demo/asa1.cfg" "$here/exports"
    cp "$demo/fw1.rules" "$here/exports/fw2.rules"
    (cd "$here" && ls exports/*.rules >list)
    echo 'create spare hash:ip family inet' >"$here/fw1.ipset"
    sed '/-A LOGDROP -j DROP/i -A LOGDROP -i eth1 -o eth0 -s 10.0.0.0/8 -d 198.51.100.20/31 -p udp -m udp --dport 5060 -j ACCEPT' \
        "$demo/fw1.rules" >"$here/fw1.new.rules"
    echo 'iptables -I LOGDROP 1 -i eth1 -o eth0 -s 10.1.0.0/16 -d 203.0.113.0/24 -p udp --dport 16384:65535 -j ACCEPT' >"$here/ticket.sh"
    # Words of the pages that stand for a file.
    cp "$root/rules/hygiene.json" "$here/pack"
    cp "$root/rules/hygiene.json" "$here/PACK"
    [ "$1" != README.md ] || cp "$demo/fw1.rules" "$here/FILE"
    if [ "$1" = libfwproof.3 ]; then # the program of its example, and the library
        cp "$work/text/$(awk '$2 == "libfwproof.3" && $3 == "block" { print $1; exit }' "$work/found").block" "$here/program.c"
        make -s -C "$root" install DESTDIR= PREFIX="$work/own" >"$work/log" 2>&1
    fi
}

say() { # STATUS NAME [NOTE], and what was printed if it failed
    echo "$1 documents $2${3:+ $3}"
    [ "$1" = ok ] || cat "$work/err" "$work/out" | head -n 20 | sed 's/^/# /'
}
run() { # FOLDER SCRIPT
    (cd "$1" && PATH=$work/bin:$root/tests/documents/stand-ins:$PATH DESTDIR=$work/inst \
        PKG_CONFIG_PATH=$work/own/lib/pkgconfig timeout 120 sh "$2") >"$work/out" 2>"$work/err" </dev/null
}
shows() { # BLOCK: its lines are in what was printed, together
    awk 'FNR == NR { block = block $0 "\n"; next } { all = all $0 "\n" } END { exit index(all, block) == 0 }' "$1" "$work/out"
}
one() { # PAGE TEXT N WANTED SAYS INSTEAD
    where=$here
    case $2 in make* | "sh tests"*) where=$root ;; esac
    export BLOCK="$work/text/$3.block"
    script=$work/text/$3.sh
    [ -z "$6" ] || printf '%s\n' "$6" >"$script"
    run "$where" "$script"
    status=$?
    if [ $status != "$4" ]; then
        say "not ok" "$1: $2" "- exit $status, not $4"
    elif [ "$5" = = ] && ! shows "$BLOCK"; then
        say "not ok" "$1: $2" "- the page shows something else"
    elif [ "$5" != = ] && [ -n "$5" ] && ! grep -qF -e "$5" "$work/out"; then
        say "not ok" "$1: $2" "- does not say: $5"
    else
        say ok "$1: $2"
    fi
}
make -C "$root" -pn layers >"$work/targets" 2>/dev/null
not_run() { # PAGE TEXT REASON: at least there is such a target
    target=$(echo "$2" | sed -n 's/^make \([a-z]*\).*/\1/p')
    : >"$work/out"
    if [ -n "$target" ] && ! grep -q "^$target:" "$work/targets"; then
        say "not ok" "$1: $2" "- make does not know it"
    else
        say ok "$1: $2" "# SKIP $3"
    fi
}

mkdir "$work/none"
cut -d "$tab" -f 1,4 "$list" | grep -v '^#' | sort >"$work/listed"
cut -f 2,3 "$work/found" | grep -Ev '	fwproof [a-z]+$' | sort | comm -23 "$work/listed" - >"$work/stale"
: | tee "$work/out" >"$work/err"
if [ -s "$work/stale" ]; then
    cat "$work/stale" >"$work/out"
    say "not ok" "every line of the list is in a page"
else
    say ok "every line of the list is in a page"
fi

while IFS=$tab read -r n page text <&3; do
    case $text in
    "fwproof "*[!a-z]*) ;;
    "fwproof "*) # no command, but the name of a verb
        echo "$text --help" >"$work/text/$n.sh"
        if run "$work/none" "$work/text/$n.sh"; then say ok "$page: $text"; else say "not ok" "$page: $text"; fi
        continue
        ;;
    esac
    row=$(awk -F "$tab" -v page="$page" -v text="$text" '$1 == page && $4 == text { print; exit }' "$list")
    : | tee "$work/out" >"$work/err"
    folder "$page"
    code=$(printf %s "$row" | cut -f 2) says=$(printf %s "$row" | cut -f 3) instead=$(printf %s "$row" | cut -s -f 5)
    case $code in
    "") say "not ok" "$page: $text" "- is not in ${list#"$root/"}" ;;
    -) not_run "$page" "$text" "$says" ;;
    *) one "$page" "$text" "$n" "$code" "$says" "$instead" ;;
    esac
done 3<"$work/found"

# What the pages name in the tree is there.
for page in README.md CONTRIBUTING.md SECURITY.md; do
    : | tee "$work/out" >"$work/err"
    # shellcheck disable=SC2016 # backticks of Markdown
    grep -oE '`(src|tests|fixtures|rules|man|packaging|ci)/[^` *]+`|\]\([^)#]+\)' "$page" | tr -d '`' | sed 's/^](//; s/)$//' |
        grep -Ev '^https?:|NAME|TARGET|PACK' | while read -r path; do
        [ -e "$path" ] || echo "$path is not there"
    done >"$work/out"
    if [ -s "$work/out" ]; then say "not ok" "the paths of $page"; else say ok "the paths of $page"; fi
done

if command -v python3 >/dev/null; then
    python3 tests/documents/explain.py "$(realpath "${FWPROOF_FAST:-$program}")" rules/*.json
else
    echo "ok documents the examples of explain # SKIP no python3"
fi
