#!/bin/sh
# What others published about the same exports, and what fwproof says of them: RulesAnalyzer's
# examples of anomalies (Yuan et al., "Fireman", IEEE S&P 2006), and Batfish's expectations for ASA
# objects. Skipped where the shared corpus is absent.
set -u
cd "$(dirname "$0")/.." || exit 1
: "${FWPROOF:=./fwproof}" "${FWPROOF_SHARED:=../shared}"
corpus=$FWPROOF_SHARED/corpus
if [ ! -d "$corpus/expected/rulesanalyzer" ]; then
    echo "ok judges # SKIP no corpus beside the project"
    exit 0
fi
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
echo '{"parameters": {"hygiene": {"anomalies": ["generalisation", "correlation", "partly"]}}}' \
    >"$work/fwproof.json"

find_all() { # FILE: RULE line message, one finding a line
    "$FWPROOF" check -s "$work/fwproof.json" --pack hygiene -f gcc "$1" 2>&1 |
        sed -n 's/^.*:\([0-9]*\):[0-9]*: [a-z]*: \(.*\) \[\(HYG-[A-Z0-9-]*\)\]$/\3 \1 \2/p'
}
expect() { # NAME FILE PATTERN: some finding fits
    find_all "$2" >"$work/found"
    if grep -Eq "$3" "$work/found"; then
        echo "ok judges $1"
    else
        echo "not ok judges $1 - none of its findings fits $3"
        sed 's/^/# /' "$work/found"
    fi
}
refuse() { # NAME FILE PATTERN: no finding fits
    find_all "$2" >"$work/found"
    if [ ! -s "$work/found" ] && [ ! -f "$2" ]; then
        echo "not ok judges $1 - no $2"
    elif grep -E "$3" "$work/found" >"$work/bad"; then
        echo "not ok judges $1"
        sed 's/^/# /' "$work/bad"
    else
        echo "ok judges $1"
    fi
}
published() { # TEXT that the published output has
    grep -Fq "$1" "$corpus/expected/rulesanalyzer/README.md" ||
        echo "not ok judges published - its text no longer says: $1"
}
ra() {
    echo "$corpus/csv/jnmeurisse-RulesAnalyzer__examples__example-$1.csv"
}

# ---- RulesAnalyzer -------------------------------------------------------------------------------
# Rules are named by id there, by line here: rule N stands on line N + 1.

published 'packets are accepted by combined rules'
expect 'shadowing: rule 3 by the union of 1 and 2, which do the contrary' "$(ra shadowing)" \
    '^HYG-DEAD-001 4 .*lines 2, 3 together take all of it; line [23] permits what this rule would deny'

# "Redundant" there is a rule that earlier ones take and treat the same: here it never matches, and
# that they do the same is said. HYG-REDUNDANT-001 is about rules that match and whose packets
# later rules treat the same, which the published output does not have.
expect 'redundancy: rule 3 by the union of 1 and 2, which do the same' "$(ra redundancy)" \
    '^HYG-DEAD-001 4 .*lines 2, 3 together take all of it, and do the same'
refuse 'redundancy: rules 1 and 2 match something' "$(ra redundancy)" '^HYG-DEAD-001 [23] '

published 'Generalization of rules 1, 2'
expect 'generalisation: rule 3 of rules 1 and 2' "$(ra generalization)" \
    '^HYG-GENERAL-001 4 .*denied before it: lines 2, 3$'
refuse 'generalisation is no correlation' "$(ra generalization)" '^HYG-CORRELATION'

published 'part of packets are accepted by rule 1'
expect 'correlation: rule 2 with rule 1' "$(ra correlation)" \
    '^HYG-CORRELATION-001 3 .*permitted before it: line 2$'
refuse 'correlation is no generalisation' "$(ra correlation)" '^HYG-GENERAL'
expect 'partly masked: both' "$(ra correlation)" '^HYG-PARTLY-001 3 '

published '1 any/any rule found'
expect 'any/any: rule 1' "$(ra any)" '^HYG-ANY-003 2 '
refuse 'any/any: rule 1 alone' "$(ra any)" '^HYG-ANY-00[0-9] 3 '

# There a missing "deny all" is a warning. Here an export of rows is taken to be denied at its end,
# which is told as an assumption: with and without the last row the same packets pass.
published 'deny all rule found, rule id = 3'
refuse 'deny all: what no rule permits is denied' "$(ra deny-all)" '^HYG-DEFAULT'
refuse 'the rule that denies all is no redundancy' "$(ra deny-all)" '^HYG-REDUNDANT-001 4 '

published 'Rules are equivalent.'
if "$FWPROOF" diff --no-site "$(ra equivalence1)" "$(ra equivalence2)" |
    grep -q '^No packet fares differently'; then
    echo "ok judges equivalence: no packet fares differently"
else
    echo "not ok judges equivalence"
fi
expect 'equivalence: rule 3 of the first repeats 1 and 2' "$(ra equivalence1)" \
    '^HYG-DEAD-001 4 .*lines 2, 3 together take all of it, and do the same'

# ---- Batfish -------------------------------------------------------------------------------------
# CiscoAsaGrammarTest: structures without referrers, and references to nothing.

asa() {
    echo "$corpus/asa/batfish-batfish__projects__batfish__src__test__resources__org__batfish__grammar__cisco_asa__testconfigs__$1"
}
names() { # CONFIG RULE NAME...: each is found by the rule
    config=$1 rule=$2
    shift 2
    for name; do
        expect "$config: $rule $name" "$(asa "$config")" "^$rule .* $name( |,|:|$)"
    done
}
spared() { # CONFIG RULE NAME...
    config=$1 rule=$2
    shift 2
    for name; do
        refuse "$config: not $rule $name" "$(asa "$config")" "^$rule .*[ :]$name "
    done
}
names asa-acl-object HYG-UNUSED-001 osunused1 onunused1
spared asa-acl-object HYG-UNUSED-001 os1 on1 on2
names asa-acl-object HYG-UNDEFINED-001 osfake onfake1 onfake2
names asa-filters HYG-UNDEFINED-001 FILTER_UNDEF
spared asa-filters HYG-UNUSED-001 FILTER_IN FILTER_IN4 FILTER_OUT FILTER_OUT5
spared asa-filters-global HYG-UNUSED-001 FILTER_GLOBAL
names asa-service-object HYG-UNUSED-001 OS_ICMP
spared asa-service-object HYG-UNUSED-001 OS_TCPUDP
names asa-service-object HYG-UNDEFINED-001 OS_UNDEFINED OGS_UNDEFINED
names asa-nested-network-object-group HYG-UNUSED-001 admin mixed_group
names asa-nested-network-object-group HYG-UNDEFINED-001 UNDEFINED_GROUP UNDEFINED_GROUP_MIXED
names asa-nested-service-object-group HYG-UNUSED-001 services mixed_group
names asa-nested-service-object-group HYG-UNDEFINED-001 UNDEFINED_GROUP UNDEFINED_GROUP_MIXED
names asa-nested-protocol-object-group HYG-UNUSED-001 protocols mixed_group
names asa-nested-icmp-type-object-group HYG-UNUSED-001 services mixed_group
spared asa-gh-6042 HYG-UNUSED-001 acl_name
names network-object HYG-UNUSED-001 ON2
spared network-object HYG-UNUSED-001 ON1
names network-object HYG-UNDEFINED-001 ON_UNDEFINED
