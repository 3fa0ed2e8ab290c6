"""Random iptables rule sets, and packets near the boundaries of their rules."""
import ipaddress

NETS = {4: {"eth0": "10.0.0.0/8", "eth2": "192.168.0.0/16", "eth1": "203.0.113.0/24"},
        6: {"eth0": "2001:db8:a::/48", "eth2": "2001:db8:c::/48", "eth1": "2001:db8:e::/48"}}
OWN = {4: ["10.255.255.1", "192.168.255.1", "198.51.100.1"],
       6: ["2001:db8:a::ffff", "2001:db8:c::ffff", "2001:db8:f::1"]}
BUILTIN = {"raw": ["PREROUTING", "OUTPUT"], "mangle": ["PREROUTING", "FORWARD", "POSTROUTING"],
           "nat": ["PREROUTING", "POSTROUTING"], "filter": ["INPUT", "FORWARD", "OUTPUT"]}
FLAGS = ["SYN", "ACK", "FIN,ACK", "SYN,ACK", "RST", "NONE", "FIN,PSH,URG"]


class Rule:
    """An appended rule: its options are texts, dropped one by one when a mismatch is shrunk."""

    def __init__(self, table, chain, options, target):
        self.table, self.chain, self.options, self.target = table, chain, options, target

    def __str__(self):
        return " ".join(["-A", self.chain] + self.options + self.target)


class RuleSet:
    def __init__(self, family):
        self.family, self.rules, self.sets = family, [], []
        self.policies, self.chains = {}, {}

    def save(self):
        out = []
        for table, builtin in BUILTIN.items():
            rules = [r for r in self.rules if r.table == table]
            if table != "filter" and not rules:
                continue
            out.append("*" + table)
            for chain in builtin:
                out.append(":%s %s [0:0]" % (chain, self.policies.get((table, chain), "ACCEPT")))
            out += [":%s - [0:0]" % c for c in self.chains.get(table, [])]
            out += [str(r) for r in rules]
            out.append("COMMIT")
        return "\n".join(out) + "\n"

    def ipset(self):
        return "".join(line + "\n" for line in self.sets)


class Generator:
    def __init__(self, random, family, without=()):
        self.random, self.family, self.without = random, family, set(without)
        self.icmp = "icmp" if family == 4 else "icmpv6"
        self.addresses, self.ports, self.hints = [], [0, 22, 80, 1024, 65535], []

    # ---- values; each one that a rule names is remembered for the packets

    def pick(self, *choices):
        return self.random.choice(choices)

    def address(self, net=None):
        net = ipaddress.ip_network(net or self.pick(*NETS[self.family].values()))
        return str(net[self.random.randrange(1, min(net.num_addresses - 1, 4000))])

    def near(self, first, last):
        for value in (first, last, int(first) - 1, int(last) + 1):
            self.addresses.append(str(ipaddress.ip_address(int(value)) if self.family == 4
                                      else ipaddress.IPv6Address(int(value))))

    def network(self, within=None):
        bits = 32 if self.family == 4 else 128
        low = bits - self.random.choice([0, 0, 2, 4, 7, 8])
        net = ipaddress.ip_network("%s/%d" % (self.address(within), low), strict=False)
        self.near(net[0], net[-1])
        return str(net)

    def span(self):
        net = ipaddress.ip_network(self.network())
        self.near(net[0], net[-1])
        return "%s-%s" % (net[0], net[-1])

    def port(self):
        value = self.pick(22, 53, 80, 443, 1024, self.random.randrange(1, 65000))
        self.ports += [value - 1, value, value + 1]
        return value

    def port_range(self):
        low, high = sorted((self.port(), self.port()))
        span = "%d:%d" % (low, high) if low < high else "%d" % low
        return self.pick("%d" % low, span, "%d:" % high, ":%d" % low)

    # ---- matches

    def no(self):
        return self.pick("", "", "", "! ")

    def protocol(self):
        """The options that hang together by -p."""
        kind = self.pick("tcp", "tcp", "udp", self.icmp, "none")
        no = self.no()
        if kind in ("tcp", "udp"):
            self.hints.append({"proto": kind})
            if self.pick(0, 0, 1) and "multiport" not in self.without:
                ports = ",".join(self.port_range().strip(":") for _ in range(self.pick(1, 3, 5)))
                return ["-p %s -m multiport %s%s %s"
                        % (kind, no, self.pick("--dports", "--sports", "--ports"), ports)]
            if kind == "tcp" and self.pick(0, 0, 1):
                return ["-p tcp %s%s" % (no, self.pick("--syn", "--tcp-flags SYN,ACK,FIN ACK",
                                                       "--tcp-flags ALL NONE"))]
            return ["-p %s %s%s %s" % (kind, no, self.pick("--dport", "--dport", "--sport"),
                                       self.port_range())]
        if kind == self.icmp:
            self.hints.append({"proto": kind})
            types = ("8", "3/1", "11", "3") if self.family == 4 else ("128", "1/4", "3", "1")
            return ["-p %s -m %s %s--%s-type %s" % (kind, kind.replace("icmpv6", "icmp6"), no,
                                                    kind, self.pick(*types))]
        return []

    def options(self, table, chain):
        r, out = self.random, []
        if r.random() < 0.4:
            out.append("%s-s %s" % (self.no(), self.network()))
        if r.random() < 0.4:
            out.append("%s-d %s" % (self.no(), self.network()))
        if chain in ("INPUT", "FORWARD", "PREROUTING") and r.random() < 0.3:
            out.append("%s-i %s" % (self.no(), self.pick("eth0", "eth1", "eth2", "eth+")))
        if chain in ("OUTPUT", "FORWARD", "POSTROUTING") and r.random() < 0.3:
            out.append("%s-o %s" % (self.no(), self.pick("eth0", "eth1", "eth2", "eth+")))
        if r.random() < 0.6:
            out += self.protocol()
        if table != "raw" and r.random() < 0.25 and "conntrack" not in self.without:
            states = r.sample(["NEW", "ESTABLISHED", "RELATED", "INVALID", "UNTRACKED"],
                              self.pick(1, 2))
            out.append("-m conntrack %s--ctstate %s" % (self.no(), ",".join(states)))
        extra = [
            ("iprange", lambda: "-m iprange %s--%s-range %s"
             % (self.no(), self.pick("src", "dst"), self.span())),
            ("mark", lambda: "-m mark %s--mark %s" % (self.no(), self.pick("1", "2/0x3", "0"))),
            ("length", lambda: "-m length %s--length %s" % (self.no(), self.pick("0:60", "61:100"))),
            ("tos", lambda: "-m dscp %s--dscp %d" % (self.no(), self.pick(0, 10))),
            ("set", lambda: "-m set %s--match-set %s" % (self.no(), self.pick(*self.usable))),
        ]
        for name, make in extra:
            if name not in self.without and r.random() < 0.1 and (name != "set" or self.usable):
                out.append(make())
        return out

    def target(self, table, chain, later):
        if later and self.random.random() < 0.3:
            return ["%s %s" % (self.pick("-j", "-j", "-g"), self.pick(*later))]
        if table == "mangle":
            return self.pick(["-j MARK --set-xmark %s" % self.pick("0x1/0xffffffff", "0x2/0x3")],
                             ["-j RETURN"], ["-j MARK --or-mark 0x4"], ["-j ACCEPT"], ["-j DROP"])
        if table == "raw":
            return self.pick(["-j CT --notrack"], ["-j RETURN"], ["-j ACCEPT"], ["-j DROP"])
        return self.pick(["-j ACCEPT"], ["-j ACCEPT"], ["-j DROP"], ["-j REJECT"], ["-j RETURN"],
                         ["-m comment --comment \"a -j DROP b\""])

    def nat(self, chain):
        """DNAT keeps to one side of the firewall: the way out stays what the packet says."""
        if chain == "POSTROUTING":
            own = OWN[self.family][0]
            return self.options("nat", chain), [self.pick("-j MASQUERADE", "-j ACCEPT",
                                                          "-j SNAT --to-source " + own)]
        net = self.pick(*NETS[self.family].values())
        proto, to = self.pick("tcp", "udp"), self.address(net)
        self.near(ipaddress.ip_address(to), ipaddress.ip_address(to))
        port = self.port()
        where = ("%s:%d" if self.family == 4 else "[%s]:%d") % (to, port)
        self.hints.append({"proto": proto})
        return (["-d " + self.network(net), "-p %s --dport %s" % (proto, self.port_range())],
                [self.pick("-j DNAT --to-destination " + where, "-j DNAT --to-destination " + to,
                           "-j REDIRECT --to-ports %d" % port)])

    # ---- rule sets

    def make_sets(self, rules):
        self.usable, inet = [], "inet" if self.family == 4 else "inet6"
        if "set" in self.without or self.random.random() < 0.4:
            return
        rules.sets.append("create nets hash:net family %s" % inet)
        rules.sets.append("create web hash:ip,port family %s" % inet)
        members = {}  # the tool refuses one that is there already
        for _ in range(4):
            net = self.network()
            members[net] = "add nets %s%s" % (net, self.pick("", "", " nomatch"))
            pair = "%s,%s:%d" % (self.addresses[-4], self.pick("tcp", "udp"), self.port())
            members[pair] = "add web " + pair
        rules.sets += members.values()
        self.usable = ["nets src", "nets dst", "web dst,dst", "web src,src", "web src,dst"]

    def rule_set(self):
        rules = RuleSet(self.family)
        self.make_sets(rules)
        for chain in BUILTIN["filter"]:
            rules.policies["filter", chain] = self.pick("ACCEPT", "DROP")
        tables = ["filter"] + [t for t in ("raw", "mangle", "nat")
                               if t not in self.without and self.random.random() < 0.5]
        for table in tables:
            users = ["U%d" % i for i in range(self.pick(0, 2, 4))] if table in ("filter", "mangle") else []
            rules.chains[table] = users
            places = BUILTIN[table] + users
            for i, chain in enumerate(places):
                later = places[max(i + 1, len(BUILTIN[table])):]
                for _ in range(self.random.randrange(1, 8 if table == "filter" else 4)):
                    options, target = (self.nat(chain) if table == "nat" else
                                       (self.options(table, chain), self.target(table, chain, later)))
                    rules.rules.append(Rule(table, chain, options, target))
        return rules

    # ---- packets

    def side(self, address):
        for name, net in NETS[self.family].items():
            if ipaddress.ip_address(address) in ipaddress.ip_network(net):
                return name
        return "eth1"

    def routable(self, address):
        ip = ipaddress.ip_address(address)
        return any(ip in ipaddress.ip_network(n) for n in NETS[self.family].values())

    def packet(self):
        r, known = self.random, [a for a in self.addresses if self.routable(a)]

        def address():
            return r.choice(known) if known and r.random() < 0.8 else self.address()
        p = {"chain": self.pick("INPUT", "FORWARD", "FORWARD", "OUTPUT"), "src": address(),
             "dst": address(), "proto": self.pick("tcp", "udp", self.icmp, "tcp", "udp", "gre")}
        if p["chain"] == "INPUT":
            p["dst"] = self.pick(*OWN[self.family])
        if p["chain"] == "OUTPUT":
            p["src"] = self.pick(*OWN[self.family])
        else:
            p["in"] = self.pick("eth0", "eth1", "eth2")
        if p["chain"] != "INPUT":
            p["out"] = self.side(p["dst"])
        if self.hints and r.random() < 0.5:
            p.update(r.choice(self.hints))
        p["tos"] = self.pick(0, 0, 40)
        self.layer4(p)
        return p

    def layer4(self, p):
        r, p["state"] = self.random, "NEW"
        if p["proto"] == "gre":
            p["length"] = 36 if self.family == 4 else 56
        elif p["proto"] == self.icmp:
            p["icmp_code"] = 0
            p["icmp_type"] = 8 if self.family == 4 else 128
            if r.random() < 0.4:
                p["icmp_type"] = self.pick(3, 11) if self.family == 4 else self.pick(1, 3)
                p["icmp_code"] = self.pick(0, 1)
                p["state"] = self.pick("RELATED", "INVALID")
        else:
            for key in ("sport", "dport"):
                p[key] = min(65535, max(1, r.choice(self.ports) if r.random() < 0.8
                                        else r.randrange(1, 65536)))
            p["state"] = self.pick("NEW", "NEW", "ESTABLISHED", "INVALID")
            if p["state"] == "INVALID" and p["chain"] == "OUTPUT":
                p["state"] = "NEW"  # the kernel does not look at checksums of its own packets
            if p["proto"] == "tcp":
                p["tcp_flags"] = {"NEW": "SYN", "ESTABLISHED": "ACK"}.get(p["state"]) or self.pick(*FLAGS)
        if "length" not in p:
            base = {"tcp": 20, "udp": 8}.get(p["proto"], 8) + (20 if self.family == 4 else 40)
            p["length"] = self.pick(max(60, base), max(61, base), max(100, base), max(101, base))
            if p["proto"] == self.icmp and p["icmp_type"] not in (8, 128):
                p["length"] = 20 + 8 + 36 if self.family == 4 else 40 + 8 + 56
                p["length"] = max(p["length"], 101)

    def packets(self, count):
        """COUNT packets, no two of one connection: an established one would lend its state."""
        out, flows = [], set()
        while len(out) < count:
            p = self.packet()
            ends = frozenset([(p["src"], p.get("sport", 0)), (p["dst"], p.get("dport", 0))])
            flow = p["proto"], ends, p.get("icmp_type")
            around = ("error", frozenset([p["src"], p["dst"]]))
            if p["src"] == p["dst"] or flow in flows:
                continue
            if p["state"] in ("RELATED", "INVALID") and p["proto"] == self.icmp:
                if around in flows:
                    continue
                flows.add(around)
            flows.add(flow)
            out.append(p)
        return out
