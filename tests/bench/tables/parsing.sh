# Reading alone: the import of a file, without what surrounds it, by a program that calls the library's importers.
import_built() {
    # shellcheck disable=SC2046 # words on purpose
    ${CC:-cc} -std=c17 -O2 -Isrc -o "$work/import" "$bench/import.c" build/libfwproof.a \
        $(pkg-config --libs libpcre2-8 libcjson) -lcsv -pthread
}

# WHAT FORMAT FILE: time, the model, and what the process took beside it, by byte of the file.
parsing_row() {
    # shellcheck disable=SC2046 # three numbers
    set -- "$1" "$2" "$3" $("$work/import" "$2" "$3" "$runs")
    awk -v what="$1" -v bytes="$(wc -c < "$3")" -v lines="$(wc -l < "$3")" -v s="$4" -v model="$5" -v peak="$6" 'BEGIN {
        printf "| %s | %d | %.1f | %.3f | %.0f | %.0f | %.1f |\n", what, lines, bytes / 1e6, s, bytes / 1e6 / s,
               model / 1048576, (peak > model ? peak - model : 0) / bytes }'
}

floor_row() { # WHAT FILE COMMAND ...
    floor_what=$1 floor_file=$2
    shift 2
    measure "$@"
    echo "| $floor_what | | $(megabytes "$floor_file") | $shown | $(awk -v b="$(wc -c < "$floor_file")" -v s="$seconds" \
        'BEGIN { printf "%.0f", (s > 0 ? b / 1e6 / s : 0) }') | | |"
}

table_parsing() {
    echo
    echo "## Reading"
    echo
    echo "\`tests/bench/import.c\`: the import of a file in one thread, from its bytes to the model (indexes are made for the first question): processor"
    echo "seconds, median of $runs. Model: what stays. Beside it: the most that the process had resident beyond the model, by byte of"
    echo "the file. The file itself, which is kept for excerpts, is not in it."
    echo
    import_built
    echo "| what | lines | MB | seconds | MB/s | model, MiB | beside it, bytes by byte |"
    echo "|---|---|---|---|---|---|---|"
    for form in iptables asa csv; do
        generated "rules_$form" 100000 > "$work/rules.$form"
        parsing_row "$form, two hosts and a port" $form "$work/rules.$form"
    done
    for form in iptables asa; do
        [ -z "$(classbench_sets acl1_100000)" ] ||
            parsing_row "$form, ClassBench acl1_100000" $form "$(classbench acl1_100000 $form)"
    done
    generated groups 20000 > "$work/groups.asa"
    parsing_row "asa, object groups" asa "$work/groups.asa"
    generated objects_asa 100000 > "$work/objects.asa"
    parsing_row "asa, names, and objects of one line" asa "$work/objects.asa"
    generated mixed_iptables 100000 > "$work/mixed.iptables"
    parsing_row "iptables, what exports are full of, in 200 chains" iptables "$work/mixed.iptables"
    generated conditions_iptables 20000 > "$work/conditions.iptables"
    parsing_row "iptables, conditions outside the packet" iptables "$work/conditions.iptables"
    parsing_row "csv: its rows and cells alone" rows "$work/rules.csv"
    if built cells -lcsv; then
        floor_row "csv: libcsv alone" "$work/rules.csv" cells "$work/rules.csv"
    else
        echo "| csv: no libcsv here to compare with | | | | | | |"
    fi
    floor_row "counting lines (wc -l)" "$work/rules.iptables" wc -l "$work/rules.iptables"
}
