# Inputs that no one wrote: -v what=NAME (a function below) -v n=N [-v seed=S]. The same bytes for
# the same values, whatever awk: the numbers are its own.
function next_number(below) {
    seed = (seed * 16807) % 2147483647
    return seed % below
}
function address() { return next_number(223) + 1 "." next_number(256) "." next_number(256) "." next_number(256) }
function asa_head() {
    print "ASA Version 9.16(4)\nhostname bench\ninterface Ethernet0/0\n nameif inside\n security-level 100\n" \
          " ip address 192.0.2.1 255.255.255.128\ninterface Ethernet0/1\n nameif outside\n security-level 0\n" \
          " ip address 192.0.2.129 255.255.255.128"
}
# N ACEs of groups: 45 sources by 45 destinations each, about N * 2,000 ACEs as the device expands them.
function groups(    i, k) {
    asa_head()
    for (i = 0; i < 100; i++) {
        print "object-group network G" i
        for (k = 0; k < 45; k++)
            print " network-object host " address()
    }
    for (i = 0; i < n; i++)
        print "access-list BENCH extended " (i % 2 ? "permit" : "deny") " tcp object-group G" next_number(100) \
              " object-group G" next_number(100) " eq " next_number(65535) + 1
    print "access-group BENCH in interface inside"
}
# N rules of iptables-save that permit one prefix each on 443.
function wide(    i) {
    print "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]"
    for (i = 0; i < n; i++)
        print "-A FORWARD -d " next_number(223) + 1 "." next_number(256) "." next_number(256) ".0/24 -p tcp --dport 443 -j ACCEPT"
    print "COMMIT"
}
# AWS ip-ranges.json with N prefixes of one region.
function feed(    i) {
    print "{\"syncToken\": \"1\", \"createDate\": \"2026-11-01-00-00-00\", \"prefixes\": ["
    for (i = 0; i < n; i++)
        print "{\"ip_prefix\": \"" next_number(223) + 1 "." next_number(256) "." next_number(256) ".0/24\", \"region\": \"eu-central-1\"," \
              " \"service\": \"EC2\", \"network_border_group\": \"eu-central-1\"}" (i < n - 1 ? "," : "")
    print "], \"ipv6_prefixes\": []}"
}
# N rows of a CSV rule base.
function lines(    i) {
    print "name,source_zone,destination_zone,source,destination,service,action"
    for (i = 0; i < n; i++)
        print "rule " i ",inside,outside," address() "," address() ",tcp/" next_number(65535) + 1 "," (i % 2 ? "permit" : "deny")
}
# N rules of two hosts and a port each, as iptables-save and as ASA configuration.
function rules_iptables(    i) {
    print "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]"
    for (i = 0; i < n; i++)
        print "-A FORWARD -s " address() "/32 -d " address() "/32 -p tcp -m tcp --dport " next_number(65535) + 1 \
              (i % 2 ? " -j ACCEPT" : " -j DROP")
    print "COMMIT"
}
function counters() { return "[" next_number(9000000) ":" next_number(900000000) "] " }
# N rules of what exports are full of, in 200 chains.
function mixed_iptables(    i, k, rule, target) {
    split("ACCEPT DROP RETURN", target, " ")
    print "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]"
    for (i = 0; i < 200; i++)
        print ":CHAIN" i " - [0:0]"
    for (i = 0; i < n; i++) {
        k = next_number(8)
        if (k == 0)
            rule = "-s " address() "/32 -d " address() "/32 -p tcp -m conntrack --ctstate NEW -m tcp --dport " next_number(65535) + 1
        else if (k == 1)
            rule = "-s " address() "/32 -p udp -m udp --dport " next_number(60000) ":65000 -m comment --comment \"ticket " i " of operations\""
        else if (k == 2)
            rule = "-i eth" next_number(6) " -d " address() "/32 -p tcp -m multiport --dports 80,443," next_number(65535) + 1
        else if (k == 3)
            rule = "-d " address() "/32"
        else if (k == 4)
            rule = "-m state --state RELATED,ESTABLISHED"
        else if (k == 5)
            rule = "-s " address() "/32 -p icmp -m icmp --icmp-type 8"
        else if (k == 6)
            rule = "! -s " address() "/32 -d " address() "/32 -o eth" next_number(6) " -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN"
        else
            rule = "-s " address() "/32 -p tcp -m tcp --sport " next_number(65535) + 1
        print counters() "-A CHAIN" next_number(200) " " rule " -j " \
              (k == 3 ? "CHAIN" 100 + next_number(100) : target[1 + next_number(3)])
    }
    print "COMMIT"
}
# N rules that hang on what is not in a packet, no two alike.
function conditions_iptables(    i, k, rule) {
    print "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]"
    for (i = 0; i < n; i++) {
        k = next_number(4)
        if (k == 0)
            rule = "-p tcp -m limit --limit " 1 + next_number(50) "/min -j LOG --log-prefix \"denied " i " \""
        else if (k == 1)
            rule = "-p tcp -m string --string \"host" i ".example\" --algo bm -j DROP"
        else if (k == 2)
            rule = "-m statistic --mode random --probability 0.33332999982 -j MARK --set-xmark 0x" i % 9 "/0xffff"
        else
            rule = "-p icmp -m hashlimit --hashlimit-upto 10/sec --hashlimit-mode srcip --hashlimit-name n" i " -j ACCEPT"
        print "-A FORWARD -s " address() "/32 " rule
    }
    print "COMMIT"
}
function rules_asa(    i) {
    asa_head()
    for (i = 0; i < n; i++)
        print "access-list BENCH extended " (i % 2 ? "permit" : "deny") " tcp host " address() " host " address() \
              " eq " next_number(65535) + 1
    print "access-group BENCH in interface inside"
}
# N names, and N objects of one line each.
function objects_asa(    i) {
    asa_head()
    for (i = 0; i < n; i++)
        print "name " address() " name-" i
    for (i = 0; i < n; i++)
        print "object network OBJECT-" i "\n host " address()
}
BEGIN {
    seed = seed == "" ? 1 : seed
    if (what == "groups") groups()
    else if (what == "wide") wide()
    else if (what == "feed") feed()
    else if (what == "lines" || what == "rules_csv") lines()
    else if (what == "rules_iptables") rules_iptables()
    else if (what == "mixed_iptables") mixed_iptables()
    else if (what == "conditions_iptables") conditions_iptables()
    else if (what == "rules_asa") rules_asa()
    else if (what == "objects_asa") objects_asa()
    else { print "generate.awk: what=" what "?" > "/dev/stderr"; exit 2 }
}
