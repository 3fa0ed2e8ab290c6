#!/bin/sh
# fwproof against the kernel of this machine: the recorded cases again, then random rule sets.
# oracle.sh [SEED [SETS [PACKETS]]]; needs root, network namespaces, and the tools named below.
set -u
cd "$(dirname "$0")/.." || exit 1
skip() {
    echo "ok live judge # SKIP $1"
    exit 0
}
[ "$(id -u)" = 0 ] || skip "not root"
unshare -n true 2>/dev/null || skip "no network namespaces here"
command -v python3 >/dev/null || skip "no python3"
missing=
for tool in iptables:iptables-nft-restore nftables:nft ipset:ipset iproute2:ip; do
    command -v "${tool#*:}" >/dev/null || missing="$missing ${tool%%:*}"
done
if [ -n "$missing" ]; then
    command -v apt-get >/dev/null || skip "missing:$missing"
    echo "Installing with apt-get:$missing"
    # shellcheck disable=SC2086 # words on purpose
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing; } \
        >/dev/null </dev/null || skip "could not be installed:$missing"
fi
status=0
python3 tests/oracle/judge.py check tests/oracle/cases/*.save || status=$?
[ $status = 77 ] && exit 0
python3 tests/oracle/judge.py live "$@" || status=1
python3 tests/oracle/judge.py pairs "$@" || status=1
exit $status
