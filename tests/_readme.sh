#!/bin/sh
# Puts the finding that the demo prints into README.md.
set -eu
cd "$(dirname "$0")/.."
awk 'FNR == NR { if (/^error\[GC-SIP-001\]/) on = 1; if (on && /^$/) on = 0; if (on) block = block $0 "\n"; next }
    /^```/ && seen && !done { if (!inside) { print; printf "%s", block; inside = 1; next } done = 1; inside = 0 }
    /^## One finding/ { seen = 1 }
    !inside { print }' tests/golden/demo-iptables/expected README.md >build/README.md
cp build/README.md README.md
