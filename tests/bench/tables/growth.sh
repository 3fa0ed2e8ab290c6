# What ten times the input costs: processor seconds, and memory.
growth_of() { # NAME N: sets $seconds to processor seconds, and $mib
    mkdir -p "$work/grow" && cd "$work/grow"
    grown_input "$1" "$2"
    # shellcheck disable=SC2086 # words on purpose
    measure fwproof $arguments
    cd - > /dev/null
}

growth_row() { # NAME
    case $1 in
    findings | reports | waivers | baseline) n=2000 ;;
    *) n=10000 ;;
    esac
    growth_of "$1" $n
    few=$cpu few_mib=$mib
    growth_of "$1" $((10 * n))
    echo "| $(grown_title "$1") | $n | $few | $few_mib | $((10 * n)) | $cpu | $mib | $(ratio "$cpu" "$few") | $(ratio "$mib" "$few_mib") | $code |"
}

table_growth() {
    echo
    echo "## Growth"
    echo
    echo "Ten times of one thing (\`tests/bench/grow.awk\`), audited with the hygiene pack, a feed with the Genesys pack: processor seconds."
    echo "\`tests/growth.sh\` counts instructions of smaller ones, and holds them to 12-fold."
    echo
    echo "| what | of it | CPU s | MiB | of it | CPU s | MiB | CPU, times | MiB, times | exit |"
    echo "|---|---|---|---|---|---|---|---|---|---|"
    program=$work/fwproof
    . "$bench/grow.sh"
    for name in $grown; do
        growth_row "$name"
    done
}
