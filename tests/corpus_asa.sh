#!/bin/sh
# ASA exports that nobody here wrote, those in sub-folders, too: every line has its class, and few
# of the lines that could matter are not in the model. They are not part of the project; without
# them this is skipped.
set -u
cd "$(dirname "$0")/.." || exit 1
corpus=${FWPROOF_SHARED:-../shared}/corpus
program=$(realpath "${FWPROOF_FAST:-${FWPROOF:-fwproof}}")
if [ ! -d "$corpus/asa" ]; then
    echo "ok corpus_asa # SKIP no $corpus/asa"
    exit 0
fi
out=$(mktemp -d) || exit 1
trap 'rm -rf "$out"' EXIT
find "$corpus/asa" "$corpus/asa-show-access-list" -type f | sort >"$out/files"
: >"$out/lines"
bad=
while read -r file; do
    timeout 60 "$program" show "$file" -I asa --no-site -f json >"$out/json" 2>"$out/err"
    code=$?
    case $code in 0 | 3) ;; *) bad="$bad $(basename "$file")($code)" ;; esac
    # "lines": ["irrelevant", "modelled", "not_modelled", ...], beside the lines themselves
    tr -d ' \n\t' <"$out/json" | grep -o '"lines":\[[^]]*\]' | sed 's/.*\[//; s/\]//' |
        tr ',' '\n' | tr -d '"' | paste - "$file" >>"$out/lines"
done <"$out/files"
if [ -z "$bad" ]; then
    echo "ok corpus_asa reads $(wc -l <"$out/files") files"
else
    echo "not ok corpus_asa reads -$bad"
fi
# What no ASA takes: holes of templates, and words that a test of another tool or a broken generator
# made up. These are told with their line, as they should be; of all others nearly none may be lost.
awk -F'\t' '
    BEGIN {
        refused = "[{][{]|^foo bar$|^biz baz$|neq foo$|some_weird_protocol|object ip5$|eth0[.]0 tcp destination neq|source-mapped-undef"
    }
    { n[$1]++ }
    $1 == "not_modelled" && $2 ~ refused { garbage++; next }
    $1 == "not_modelled" { print "# " $2 }
    END {
        lost = n["not_modelled"] - garbage
        printf "# %d modelled, %d irrelevant, %d that no device takes, %d others not modelled\n",
            n["modelled"], n["irrelevant"], garbage, lost
        if (n["modelled"] > 1000 && n["unseen"] == 0) print "ok corpus_asa every line has its class"
        else print "not ok corpus_asa every line has its class - " n["unseen"] " have none"
        if (garbage > 18) print "not ok corpus_asa what no device takes - " garbage " lines, 18 are known"
        else print "ok corpus_asa what no device takes is what is known"
        if (lost * 1000 <= n["modelled"]) print "ok corpus_asa at most one policy line in a thousand is lost"
        else print "not ok corpus_asa at most one policy line in a thousand is lost - " lost
    }' "$out/lines"
