# What the tables are made with; read by bench.sh, which sets $bench, $work, $runs and $shared.

# Sets $seconds and $cpu (medians), $mib (the largest), $code, and $shown: the seconds, with the
# number of runs if they were fewer than $runs. A run that dies spoils the bench.
measure() {
    measured=$*
    # shellcheck disable=SC2046 # five words
    set -- $("$work/timed" "$runs" "${LONG:-6}" "$@")
    seconds=$1 cpu=$2 mib=$3 code=$4 shown=$1
    [ "$5" = "$runs" ] || shown="$1 ($5)"
    [ "$code" -lt 126 ] || echo "$measured: ended with $code" >> "$work/died"
}

ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", (b > 0 ? a / b : 0) }'; }
megabytes() { awk -v b="$(cat "$@" | wc -c)" 'BEGIN { printf "%.1f", b / 1e6 }'; }
generated() { awk -v what="$1" -v n="$2" -f "$bench/generate.awk"; }

# FILE of ClassBench in FORM, made when it is first asked for: its path.
classbench() {
    made=$work/$1.$2
    [ -e "$made" ] || xz -dc "$shared/classbench/$1.xz" | awk -v form="$2" -f "$bench/classbench.awk" > "$made"
    echo "$made"
}

# The names of the ClassBench sets that end with PATTERN; none, if they are not here.
classbench_sets() {
    for file in "$shared"/classbench/*$1.xz; do
        [ ! -e "$file" ] || basename "$file" .xz
    done
}

# The program of a peer, from tests/bench/NAME.c, with the library it needs; false if that is not installed.
built() { ${CC:-cc} -O2 -o "$work/$1" "$bench/$1.c" "$2" 2> /dev/null; }

# COMMAND in a network namespace works here.
in_namespace() { command -v "$1" > /dev/null && unshare -n true 2> /dev/null; }


# The result of a check, as JSON, for the two below.
result_of() { fwproof check --no-site -f json "$@" > "$work/result.json" || :; }
# How many rules the one control counts: findings tell several at once.
counted() { sed -n 's/.*"reason":[^0-9]*\([0-9]*\).*/\1/p' "$work/result.json" | head -n 1; }
# How many rules were left undecided, and questions of a control as a whole.
undecided() {
    awk '/"reason":/ && match($0, /[0-9]+ (rules )?are undecided/) { rules += substr($0, RSTART, RLENGTH) }
         /"message":.*is undecided/ { told++ }
         /"message":.*limit of steps/ { whole++ }
         END { print (rules > told ? rules : told + 0), "+", whole + 0 }' "$work/result.json"
}
