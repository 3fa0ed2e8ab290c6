# Inputs that grow by one thing: -v what=NAME (a function below) -v n=N.
function host(i) { return "10." int(i / 62500) % 250 "." int(i / 250) % 250 "." i % 250 + 1 }
function asa_head() {
    print "ASA Version 9.16(4)\nhostname grow\ninterface Ethernet0/0\n nameif inside\n security-level 100\n" \
          " ip address 192.0.2.1 255.255.255.128\ninterface Ethernet0/1\n nameif outside\n security-level 0\n" \
          " ip address 192.0.2.129 255.255.255.128"
}
function asa_end() { print "access-group GROW in interface outside" }
function ace(source, destination, port) {
    print "access-list GROW extended permit tcp " source " " destination " eq " port
}
function iptables_head() { print "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]" }
function rule(words) { print "-A FORWARD " words " -j ACCEPT" }
function port(i) { return 1024 + i * 7919 % 60000 }

function rules(    i) {
    iptables_head()
    for (i = 0; i < n; i++)
        rule("-s " host(i) "/32 -d 172.16.0." i % 250 "/32 -p tcp -m tcp --dport " port(i))
    print "COMMIT"
}
function aces(    i) {
    asa_head()
    for (i = 0; i < n; i++)
        ace("host " host(i), "host 172.16.0." i % 250 + 1, port(i))
    asa_end()
}
function rows(    i) {
    print "name,source_zone,destination_zone,source,destination,service,action"
    for (i = 0; i < n; i++)
        print "rule " i ",outside,inside," host(i) ",172.16.0." i % 250 + 1 ",tcp/" port(i) ",permit"
}
function groups(    i) {
    asa_head()
    for (i = 0; i < n; i++)
        print "object-group network G" i "\n network-object host " host(i)
    for (i = 0; i < n; i++)
        ace("object-group G" i, "host 172.16.0.1", port(i))
    asa_end()
}
function members(    i) {
    asa_head()
    print "object-group network G"
    for (i = 0; i < n; i++)
        print " network-object host " host(2 * i)
    ace("object-group G", "host 172.16.0.1", 8443)
    asa_end()
}
# Trees of groups, fifty deep.
function nesting(    i) {
    asa_head()
    for (i = 0; i < n; i++) {
        print "object-group network G" i "\n network-object host " host(i)
        if (i % 50 != 0)
            print " group-object G" i - 1
    }
    ace("object-group G0", "host 172.16.0.1", 8443)
    for (i = 49; i < n; i += 50)
        ace("object-group G" i, "host 172.16.0.1", port(i))
    asa_end()
}
function chains(    i) {
    iptables_head()
    for (i = 0; i < n; i++)
        print ":C" i " - [0:0]"
    for (i = 0; i < n; i++)
        print "-A FORWARD -s " host(i) "/32 -j C" i "\n-A C" i " -p tcp -m tcp --dport " port(i) " -j ACCEPT\n-A C" i " -j DROP"
    print "COMMIT"
}
function comments(    i) {
    iptables_head()
    for (i = 0; i < n; i++)
        rule("-s " host(i) "/32 -p tcp -m comment --comment \"ticket " i " of many\" -m tcp --dport 8443")
    for (i = 0; i < n; i++)
        print "# line " i
    print "COMMIT"
}
function remarks(    i) {
    asa_head()
    for (i = 0; i < n; i++)
        print "access-list GROW remark what " i " is for"
    ace("any", "host 172.16.0.1", 8443)
    asa_end()
}
# Each rule opens telnet to another server.
function findings(    i) {
    asa_head()
    for (i = 0; i < n; i++)
        ace("any", "host " host(i), 23)
    asa_end()
}
function feed(    i) {
    print "{\"syncToken\": \"1\", \"createDate\": \"2026-11-01-00-00-00\", \"prefixes\": ["
    for (i = 0; i < n; i++)
        print "{\"ip_prefix\": \"" host(2 * i) "/32\", \"region\": \"eu-central-1\", \"service\": \"EC2\"," \
              " \"network_border_group\": \"eu-central-1\"}" (i < n - 1 ? "," : "")
    print "], \"ipv6_prefixes\": []}"
}
function sets(    i) {
    print "create grow hash:ip family inet hashsize 1024 maxelem 1000000"
    for (i = 0; i < n; i++)
        print "add grow " host(2 * i)
}
function set_rules() {
    iptables_head()
    rule("-m set --match-set grow src -p tcp -m tcp --dport 8443")
    print "COMMIT"
}
function feed_site() {
    print "{\"zones\": {\"inside\": {\"interfaces\": [\"eth1\"]}, \"outside\": {\"interfaces\": [\"eth0\"]}}," \
          " \"roles\": {\"client\": [\"10.1.0.0/16\"]}, \"parameters\": {\"genesys-cloud\": {\"region\": \"eu-central-1\"," \
          " \"use\": [\"client\"], \"feeds\": {\"aws\": \"feed.json\"}}}}"
}
# Waivers for the findings of a result in CSV on standard input, by fingerprint.
function waivers(    line) {
    print "{\"schema\": 1, \"waivers\": ["
    while ((getline line) > 0)
        if (match(line, /grow:[A-Z0-9-]+:[0-9a-f]+/)) {
            split(substr(line, RSTART, RLENGTH), part, ":")
            print (count++ ? "," : "") "{\"id\": \"W" count "\", \"rule\": \"" part[2] "\", \"finding\": \"" substr(line, RSTART, RLENGTH) \
                  "\", \"reason\": \"r\", \"ticket\": \"T" count "\", \"approved_by\": \"a\", \"expires\": \"2026-12-01\"}"
        }
    print "]}"
}
BEGIN {
    if (what == "rules") rules()
    else if (what == "aces") aces()
    else if (what == "rows") rows()
    else if (what == "groups") groups()
    else if (what == "members") members()
    else if (what == "nesting") nesting()
    else if (what == "chains") chains()
    else if (what == "comments") comments()
    else if (what == "remarks") remarks()
    else if (what == "findings") findings()
    else if (what == "feed") feed()
    else if (what == "sets") sets()
    else if (what == "set_rules") set_rules()
    else if (what == "feed_site") feed_site()
    else if (what == "waivers") waivers()
    else { print "grow.awk: what=" what "?" > "/dev/stderr"; exit 2 }
}
