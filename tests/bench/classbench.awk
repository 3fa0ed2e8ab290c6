# ClassBench rules ("@src/len dst/len lo : hi lo : hi proto/mask flags/mask", in order of priority) as
# an export: -v form=iptables, asa, nft, or tuples (the same rules, a line of numbers each). Rules permit
# and deny in turn. A rule without protocol that asks for ports becomes two, for TCP and for UDP; what
# an export cannot say is left out: flags, and ports of other protocols.
BEGIN {
    name["0x06"] = "tcp"; name["0x11"] = "udp"; name["0x01"] = "icmp"
    number["tcp"] = 6; number["udp"] = 17; number["icmp"] = 1
    if (form == "iptables")
        print "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]"
    if (form == "asa")
        print "ASA Version 9.16(4)\nhostname bench\ninterface Ethernet0/0\n nameif inside\n security-level 100\n" \
              " ip address 192.0.2.1 255.255.255.128\ninterface Ethernet0/1\n nameif outside\n security-level 0\n" \
              " ip address 192.0.2.129 255.255.255.128"
    if (form == "nft")
        print "table ip filter {\n chain FORWARD {\n  type filter hook forward priority 0; policy drop;"
    for (i = 0; i <= 32; i++)
        mask[i] = dotted(i)
}
function dotted(len,    i, out, bits, v) {
    for (i = 0; i < 4; i++) {
        bits = len - 8 * i
        bits = bits < 0 ? 0 : bits > 8 ? 8 : bits
        v = 256 - 2 ^ (8 - bits)
        out = out (i ? "." : "") v
    }
    return out
}
function hex(s,    i, v) {
    for (i = 3; i <= length(s); i++)
        v = v * 16 + index("0123456789abcdef", tolower(substr(s, i, 1))) - 1
    return v
}
function any(lo, hi) { return lo == 0 && hi == 65535 }
function iptables(p,    out) {
    out = "-A FORWARD"
    if (src != "0.0.0.0/0") out = out " -s " src
    if (dst != "0.0.0.0/0") out = out " -d " dst
    if (p != "") out = out " -p " p
    if ((p == "tcp" || p == "udp") && !any(slo, shi)) out = out " --sport " (slo == shi ? slo : slo ":" shi)
    if ((p == "tcp" || p == "udp") && !any(dlo, dhi)) out = out " --dport " (dlo == dhi ? dlo : dlo ":" dhi)
    print out " -j " (NR % 2 ? "ACCEPT" : "DROP")
}
function asa_net(net,    part) {
    split(net, part, "/")
    return part[2] == 32 ? "host " part[1] : part[2] == 0 ? "any4" : part[1] " " mask[part[2]]
}
function asa_ports(lo, hi) { return any(lo, hi) ? "" : lo == hi ? " eq " lo : " range " lo " " hi }
function asa(p) {
    ports = p == "tcp" || p == "udp"
    print "access-list BENCH extended " (NR % 2 ? "permit " : "deny ") (p == "" ? "ip" : p) " " asa_net(src) \
          (ports ? asa_ports(slo, shi) : "") " " asa_net(dst) (ports ? asa_ports(dlo, dhi) : "")
}
function nft_ports(p, side, lo, hi) { return any(lo, hi) ? "" : " " p " " side " " (lo == hi ? lo : lo "-" hi) }
function nft(p,    out) {
    if (src != "0.0.0.0/0") out = out " ip saddr " src
    if (dst != "0.0.0.0/0") out = out " ip daddr " dst
    if (p == "tcp" || p == "udp") out = out nft_ports(p, "sport", slo, shi) nft_ports(p, "dport", dlo, dhi)
    if (p != "" && out !~ p " [sd]port") out = out " ip protocol " p
    print "  " out (NR % 2 ? " accept" : " drop")
}
function tuple(p) {
    if (p != "tcp" && p != "udp") print src, dst, 0, 65535, 0, 65535, (p in number ? number[p] : p + 0)
    else print src, dst, slo, shi, dlo, dhi, number[p]
}
function rule(p) {
    if (form == "asa") asa(p)
    else if (form == "nft") nft(p)
    else if (form == "tuples") tuple(p)
    else iptables(p)
}
{
    sub(/^@/, "")
    src = $1; dst = $2; slo = $3; shi = $5; dlo = $6; dhi = $8
    split($9, proto, "/")
    if (proto[2] != "0x00")
        rule(proto[1] in name ? name[proto[1]] : hex(proto[1]))
    else if (any(slo, shi) && any(dlo, dhi))
        rule("")
    else {
        rule("tcp"); rule("udp")
    }
}
END {
    if (form == "iptables") print "COMMIT"
    if (form == "nft") print " }\n}"
    if (form == "asa") print "access-group BENCH in interface inside"
}
