# iptables-save that is hard on purpose: -v what=crossing|ports|deep|chains|negation -v n=N. What each
# is of, is said with its function. The same bytes for the same values.
function net(i) { return int(i / 65536) % 256 "." int(i / 256) % 256 "." i % 256 }
function action(i) { return i % 2 ? " -j ACCEPT" : " -j DROP" }
# N ranges of sources and N of destinations that cross each other, and N small squares over them.
function crossing(i) {
    for (i = 0; i < n; i++) {
        print "-A FORWARD -m iprange --src-range 10." net(i * 512) "-10." net(i * 512 + 40000) action(i)
        print "-A FORWARD -m iprange --dst-range 10." net(i * 512) "-10." net(i * 512 + 40000) action(i + 1)
    }
    for (i = 0; i < n; i++)
        print "-A FORWARD -s 10." net(i * 256) "/20 -d 10." net((n - i) * 256) "/20" action(i)
}
# Rules of 15 odd ports each, N of them with other sources; then the same of all even ones, and all.
function ports(i, k, low, list) {
    for (i = 0; i < n; i++) {
        low = i * 30 % 65400 + (i >= n / 2)
        list = low
        for (k = 1; k < 15; k++)
            list = list "," low + 2 * k
        print "-A FORWARD -s 10." int(i / 64) % 256 ".0.0/10 -p tcp -m multiport --dports " list action(i)
        print "-A FORWARD -d 10." int(i / 64) % 256 ".0.0/10 -p tcp -m multiport --sports " list action(i)
    }
    print "-A FORWARD -p tcp -j ACCEPT"
}
# 64 chains, each going to the next for two networks and two ports, with rules of its own: N in all.
function deep(i, k) {
    for (i = 0; i < 64; i++)
        print ":C" i " - [0:0]"
    print "-A FORWARD -j C0"
    for (i = 0; i < 64; i++) {
        for (k = 0; k < n / 64; k++)
            print "-A C" i " -s 10." k % 256 "." i ".0/24 -p tcp -m tcp --dport " k % 60000 + 1 action(k)
        if (i < 63) {
            print "-A C" i " -s 10." i ".0.0/16 -j C" i + 1
            print "-A C" i " -p tcp -m tcp --dport " 100 * i ":" 100 * i + 5000 " -j C" i + 1
            print "-A C" i " -d 172." i ".0.0/16 -j C" i + 1
        }
    }
}
# N chains of two rules, each for one network.
function chains(i) {
    for (i = 0; i < n; i++)
        print ":C" i " - [0:0]"
    for (i = 0; i < n; i++)
        print "-A FORWARD -s 10." net(i * 256) "/24 -j C" i "\n-A C" i " -p tcp -m tcp --dport 443 -j ACCEPT\n-A C" i " -j DROP"
}
# N rules that say what they are not for, of two or three things.
function negation(i) {
    for (i = 0; i < n; i++)
        print "-A FORWARD ! -s 10." net(i * 256) "/24 ! -d 172.16." i % 256 ".0/24 -p tcp -m tcp ! --dport " i % 65000 + 1 \
              "" action(i)
}
BEGIN {
    print "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]"
    if (what == "crossing") crossing()
    else if (what == "ports") ports()
    else if (what == "deep") deep()
    else if (what == "chains") chains()
    else if (what == "negation") negation()
    else { print "worst.awk: what=" what "?" > "/dev/stderr"; exit 2 }
    print "COMMIT"
}
