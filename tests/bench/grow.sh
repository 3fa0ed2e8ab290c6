# Inputs that grow by one thing each; read by the bench and by tests/growth.sh, which set $bench and $program.
grown="rules aces rows groups members chains nesting comments remarks findings reports feeds waivers baseline sets changes"

# What the name of a thing means.
grown_title() {
    case $1 in
    rules) echo "iptables rules" ;;
    aces) echo "ASA ACEs" ;;
    rows) echo "CSV rows" ;;
    groups) echo "object groups, each used" ;;
    members) echo "members of one group" ;;
    chains) echo "user chains of two rules" ;;
    nesting) echo "groups in groups, 50 deep" ;;
    comments) echo "comments, in rules and alone" ;;
    remarks) echo "remarks of a list" ;;
    findings) echo "findings, as text" ;;
    reports) echo "findings, as SARIF and HTML" ;;
    feeds) echo "entries of a feed" ;;
    waivers) echo "waivers, each of one finding" ;;
    baseline) echo "findings of a baseline" ;;
    sets) echo "members of an ipset" ;;
    changes) echo "members of a changed rule's group, compared" ;;
    esac
}

made_of() { awk -v what="$1" -v n="$2" -f "$bench/grow.awk"; }

# Writes the input of N things to the folder here; sets $arguments, of fwproof.
grown_input() { # NAME N
    arguments="check --no-site -p hygiene grow.cfg"
    case $1 in
    rules | chains | comments)
        made_of "$1" "$2" > grow.rules
        arguments="check --no-site -p hygiene grow.rules"
        ;;
    rows)
        made_of rows "$2" > grow.csv
        arguments="check --no-site -p hygiene grow.csv"
        ;;
    sets)
        made_of sets "$2" > grow.ipset
        made_of set_rules 1 > grow.rules
        arguments="check --no-site -p hygiene -d grow grow.rules grow.ipset"
        ;;
    feeds)
        made_of feed "$2" > feed.json
        made_of feed_site 1 > site.json
        made_of rules 10 > grow.rules
        arguments="check -s site.json -p genesys-cloud grow.rules"
        ;;
    reports)
        made_of findings "$2" > grow.cfg
        arguments="check --no-site -p hygiene -f sarif=grow.sarif -f html=grow.html -q grow.cfg"
        ;;
    waivers)
        made_of findings "$2" > grow.cfg
        "$program" check --no-site -p hygiene -f csv grow.cfg | made_of waivers 0 > waivers.json
        arguments="check --no-site -p hygiene --today 2026-11-24 --waivers waivers.json grow.cfg"
        ;;
    baseline)
        made_of findings "$2" > grow.cfg
        rm -f baseline.json
        "$program" baseline --accept-new --no-site -p hygiene baseline.json grow.cfg > /dev/null
        arguments="check --no-site -p hygiene --baseline baseline.json grow.cfg"
        ;;
    changes)
        made_of members "$2" > grow.cfg
        sed 's/extended permit/extended deny/' grow.cfg > changed.cfg
        arguments="diff --no-site grow.cfg changed.cfg"
        ;;
    *) made_of "$1" "$2" > grow.cfg ;;
    esac
}
