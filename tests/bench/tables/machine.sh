# What ran where.
version() { echo "- $("$@" 2>&1 | head -n 1)"; }

table_machine() {
    echo "# Benchmarks"
    echo
    echo "Written by \`make bench\`: wall seconds of whole processes, medians of $runs runs, one thread unless said."
    echo "What takes longer than a second or two runs less often: the number of runs is then in brackets."
    echo
    version fwproof --version
    echo "- $(awk -F': ' '/model name/ { print $2; exit }' /proc/cpuinfo), $(nproc) processors, Linux $(uname -r)"
    echo "- ${CC:-cc} $(${CC:-cc} -dumpfullversion 2> /dev/null || echo)"
    for peer in iptables-restore nft; do
        if in_namespace $peer; then
            version $peer --version
        else
            echo "- no $peer, or no right to make a network namespace: skipped as a peer"
        fi
    done
    if built bdd -lbdd; then
        echo "- BuDDy (Debian's libbdd-dev) under tests/bench/bdd.c"
    else
        echo "- no BuDDy (Debian's libbdd-dev): skipped as a peer"
    fi
}
