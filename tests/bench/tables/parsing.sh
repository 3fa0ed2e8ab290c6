# Reading alone: the way of one packet needs the whole file and its model, and little else.
speed() { awk -v b="$(wc -c < "$1")" -v s="$2" 'BEGIN { printf "%.0f", (s > 0 ? b / 1e6 / s : 0) }'; }

# Bytes of memory by byte of FILE, beyond what its first lines take.
memory_by_byte() { # FILE MIB
    measure fwproof trace "$work/few${1##*/rules100000}" "$one_packet"
    awk -v b="$(wc -c < "$1")" -v m="$2" -v few="$mib" 'BEGIN { printf "%.1f", (m - few) * 1048576 / b }'
}

floor_of() { # FILE COMMAND ...: sets $floor
    floor_file=$1
    shift
    measure "$@"
    floor="$1 $(speed "$floor_file" "$seconds")"
}

parsing_row() { # FORMAT: iptables, asa or csv
    for n in 100 100000; do
        generated "rules_$1" $n > "$work/rules$n.$1"
    done
    file=$work/rules100000.$1
    mv "$work/rules100.$1" "$work/few.$1"
    measure fwproof trace "$file" "$one_packet"
    row="| $1 | $(megabytes "$file") | $shown | $mib | $(speed "$file" "$seconds") | $(memory_by_byte "$file" "$mib")"
    floor_of "$file" wc -l "$file"
    row="$row | $floor"
    if [ "$1" != csv ]; then
        floor=
    elif built cells -lcsv; then
        floor_of "$file" cells "$file"
        floor="libcsv alone ${floor#cells }"
    else
        floor="no libcsv here"
    fi
    echo "$row${floor:+, $floor} |"
}

table_parsing() {
    echo
    echo "## Reading"
    echo
    echo "\`fwproof trace\` of one packet, 100,000 rules of each format: reads the file, makes the model of it, and an index. Memory: bytes beyond"
    echo "those of 100 rules, by byte of the file, the model included. Floor: MB/s of what only counts lines, or cells."
    echo
    echo "| format | MB | seconds | MiB | MB/s | memory by byte | floor, MB/s |"
    echo "|---|---|---|---|---|---|---|"
    for format in iptables asa csv; do
        parsing_row $format
    done
}
