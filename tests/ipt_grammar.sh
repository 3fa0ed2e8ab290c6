#!/bin/sh
# The option grammar of iptables 1.8.9: each line of its own test suite (extensions/*.t: "RULE;CANONICAL;OK"
# or "RULE;;FAIL") stands in every chain it is meant for. What is marked FAIL must be refused with
# its line, what is marked OK must not, and `show -f iptables` must print the canonical form. The
# files are not part of the project; without them this is skipped. -v names the lines that differ.
set -u
cd "$(dirname "$0")/.." || exit 1
suite=${FWPROOF_SHARED:-../shared}/corpus/extras/iptables-extensions-t
program=$(realpath "${FWPROOF:-fwproof}")
if [ ! -d "$suite" ]; then
    echo "ok iptables grammar # SKIP 0 lines: no $suite"
    exit 0
fi
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# Lines whose FAIL is not the grammar's: "FILE|RULE" and why fwproof accepts them.
cat >"$work/exceptions" <<'END'
libxt_TCPMSS.t|-p tcp -j TCPMSS --set-mss 42|only iptables-legacy refuses it; 1.8.9's default is nf_tables
libxt_nfacct.t|-m nfacct --nfacct-name wrong|refused because the counter does not exist, which no dump tells
libxt_connlabel.t|-m connlabel --label "foobar_not_there"|refused because connlabel.conf does not name it, which no dump tells
END

# PREFIX.dump: the rules as a dump; PREFIX.rules: the dump's line, the verdict, the .t line, per rule.
# With OK=1 only the accepted ones, and PREFIX.want: their canonical forms as a dump has them.
make_dump() {
    awk -v prefix="$1" -v only="$2" '
    function flush_all(   t, i, k, n, parts, line) {
        line = 0
        for (t = 1; t <= n_tables; t++) {
            print "*" tables[t] >dump; line++
            for (k = 1; k <= n_chains[t]; k++)
                for (i = 1; i <= n_rules[t, k]; i++) {
                    print "-A " chains[t, k] (rule[t, k, i] == "" ? "" : " ") rule[t, k, i] >dump; line++
                    print line "\t" verdict[t, k, i] "\t" rule[t, k, i] >rules
                    print "-A " chains[t, k] (want[t, k, i] == "" ? "" : " ") want[t, k, i] >wanted
                }
            print "COMMIT" >dump; line++
        }
    }
    BEGIN { FS = ";"; dump = prefix ".dump"; rules = prefix ".rules"; wanted = prefix ".want"; table = "filter"
            printf "" >dump; printf "" >rules; printf "" >wanted }
    /^#/ || /^@/ || /^%/ || /^ *$/ { next }
    /^:/ { here = substr($0, 2); table = "filter"; next }
    /^\*/ { table = substr($0, 2); next }
    {
        ok = $3 == "OK"
        if (only && !ok) next
        if (!(table in at)) { at[table] = ++n_tables; tables[n_tables] = table }
        t = at[table]; n = split(here, parts, ",")
        for (c = 1; c <= n; c++) {
            if (!((t, parts[c]) in chain_at)) { chain_at[t, parts[c]] = ++n_chains[t]; chains[t, n_chains[t]] = parts[c] }
            k = chain_at[t, parts[c]]; i = ++n_rules[t, k]
            rule[t, k, i] = $1; verdict[t, k, i] = $3
            want[t, k, i] = $2 == "=" ? $1 : $2
            sub(/ +$/, "", want[t, k, i])
        }
    }
    END { flush_all() }' "$3"
}

lines=0 wrong=0 canonical=0 misspelt=0 excepted=0 moved=0
: >"$work/details"
for file in "$suite"/*.t; do
    name=${file##*__}
    case $name in libip6t_*) families=6 ;; libipt_*) families=4 ;; *) families="4 6" ;; esac
    [ "$name" = iptables.t ] && families=4
    for f in $families; do
        format=iptables; [ "$f" = 6 ] && format=ip6tables
        make_dump "$work/all" 0 "$file"
        [ -s "$work/all.rules" ] || continue
        "$program" show --no-site --input-format $format "$work/all.dump" -v 2>"$work/err" >/dev/null
        grep -v '^# ' "$work/exceptions" | sed -n "s/^$name|\(.*\)|.*/\1/p" >"$work/excepted"
        sed -n 's/^fwproof: .*all\.dump:\([0-9]*\):.*the kernel refuses this.*/\1/p' "$work/err" | sort -un >"$work/refused"
        sed -n 's/^fwproof: .*all\.dump:\([0-9]*\):.*incomplete.*/\1/p' "$work/err" | sort -un >"$work/doubted"
        awk -F '\t' -v name="$name" -v f="$f" -v out="$work/sum" -v details="$work/details" \
            -v refused="$work/refused" -v doubted="$work/doubted" -v excepted="$work/excepted" '
            BEGIN { while ((getline l <refused) > 0) no[l] = 1; while ((getline l <doubted) > 0) odd[l] = 1
                    while ((getline l <excepted) > 0) except[l] = 1 }
            { n++
              if ($2 == "OK" ? ($1 in odd) : !($1 in no)) {
                  if ($3 in except) e++
                  else { w++; print name " v" f ": " ($2 == "OK" ? "refused or not understood" : "accepted") ": " $3 >>details } } }
            END { print n + 0, w + 0, e + 0 >out }' "$work/all.rules"
        read -r n w e <"$work/sum"
        lines=$((lines + n)) wrong=$((wrong + w)) excepted=$((excepted + e))

        make_dump "$work/ok" 1 "$file"
        "$program" show --no-site --input-format $format "$work/ok.dump" -f iptables >"$work/once" 2>/dev/null
        grep '^-A' "$work/once" >"$work/got"
        total=$(wc -l <"$work/ok.want")
        sort -s -k2,2 -o "$work/got" "$work/got" # by chain: the rules of one keep their order
        sort -s -k2,2 -o "$work/ok.want" "$work/ok.want"
        diff=$(diff "$work/ok.want" "$work/got" | tee "$work/diff" | grep -c '^<')
        canonical=$((canonical + total)) misspelt=$((misspelt + diff))
        sed -n "s/^[<>]/$name v$f: spelling &/p" "$work/diff" >>"$work/details"
        "$program" show --no-site --input-format $format "$work/once" -f iptables >"$work/twice" 2>/dev/null
        cmp -s "$work/once" "$work/twice" || { moved=$((moved + 1)); echo "$name v$f: not a fixed point" >>"$work/details"; }
    done
done
[ "${1:-}" = -v ] && sed 's/^/# /' "$work/details"
say() { # NAME BAD TOTAL
    if [ "$2" = 0 ] && [ "$3" != 0 ]; then
        echo "ok iptables grammar: $1"
    else
        echo "not ok iptables grammar: $1 - $2 of $3 differ: $(head -3 "$work/details" | tr '\n' '|')"
    fi
}
say "$lines lines accepted or refused as marked ($excepted excepted)" $wrong $lines
say "$canonical canonical forms" $misspelt $canonical
say "show of show is the same" $moved $lines
