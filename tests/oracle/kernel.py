"""What the Linux kernel decides about packets under an iptables rule set.

The rule set is loaded with the real tools into a network namespace that dies with the process. Each
packet enters through a veth pair (INPUT, FORWARD) or a raw socket (OUTPUT) and carries its number in
the IP id (IPv4) or the flow label (IPv6). nftables' packet trace (netlink group NFNLGRP_NFTRACE, see
linux/netfilter/nf_tables.h) tells the rules it met. Packets are dropped behind the last hook, before
conntrack confirms them: each decision is that of a first packet, whatever came before.
"""
import ctypes
import ipaddress
import json
import os
import re
import socket
import struct
import subprocess
import time

CLONE_NEWNET = 0x40000000
NETLINK_NETFILTER, NFNLGRP_NFTRACE = 12, 9
SOL_NETLINK, NETLINK_ADD_MEMBERSHIP = 270, 1
SO_RCVBUFFORCE, SO_BINDTODEVICE = 33, 25
TRACE_MSG = 10 << 8 | 17  # NFNL_SUBSYS_NFTABLES, NFT_MSG_TRACE
TRACE_TABLE, TRACE_CHAIN, TRACE_RULE, TRACE_TYPE, TRACE_VERDICT, TRACE_ID = 1, 2, 3, 4, 5, 6
TRACE_NETWORK, TRACE_POLICY = 8, 16
TYPE_POLICY, TYPE_RULE = 1, 3
NF_DROP, NF_ACCEPT = 0, 1

PROTOS = {"icmp": 1, "tcp": 6, "udp": 17, "gre": 47, "esp": 50, "icmpv6": 58, "sctp": 132}
FLAGS = {"FIN": 1, "SYN": 2, "RST": 4, "PSH": 8, "ACK": 16, "URG": 32}
# Where the interfaces of generated rule sets lead to; everything else is behind eth1.
NETWORKS = {4: {"eth0": "10.0.0.0/8", "eth2": "192.168.0.0/16"},
            6: {"eth0": "2001:db8:a::/48", "eth2": "2001:db8:c::/48"}}

# Targets that do something to packets beside deciding, and those of them that change packets.
CHANGING = {"MARK", "CONNMARK", "CT", "DNAT", "SNAT", "MASQUERADE", "REDIRECT", "NETMAP"}
TREATING = CHANGING | {"REJECT", "LOG", "NFLOG", "TRACE"}

libc = ctypes.CDLL(None, use_errno=True)


class Refused(Exception):
    """The tools or the kernel refuse the rule set."""


class Unable(Exception):
    """This machine cannot judge; says why."""


def call(*words, text=None, failure=Unable):
    done = subprocess.run(words, input=text, capture_output=True, text=True)
    if done.returncode:
        raise failure("%s: %s" % (words[0], (done.stderr or done.stdout).strip()[:400]))
    return done.stdout


def checksum(data):
    data += b"\0" * (len(data) & 1)
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total >> 16) + (total & 0xFFFF)
    return ~total & 0xFFFF


def packed(address):
    return ipaddress.ip_address(address).packed


def family_of(packets):
    return 6 if any(":" in p["src"] for p in packets) else 4


# ---- packets -------------------------------------------------------------------------------------

def proto_of(p):
    return PROTOS.get(p["proto"]) or int(p["proto"])


def inner_flow(p):
    """The UDP flow that an ICMP error speaks of: (source, destination, source port, port)."""
    return packed(p["dst"]), packed(p["src"]), 40000, 33434


def transport(p, family, number):
    src, dst, proto = packed(p["src"]), packed(p["dst"]), proto_of(p)
    sport, dport = p.get("sport", 40000), p.get("dport", 9)
    data, at = b"", None
    if proto == 6:
        flags = sum(FLAGS[f] for f in p.get("tcp_flags", "SYN").split(",") if f != "NONE")
        data, at = struct.pack("!HHIIBBHHH", sport, dport, number, 1 if flags & 16 else 0, 0x50,
                               flags, 8192, 0, 0), 16
    elif proto == 17:
        data, at = struct.pack("!HHHH", sport, dport, 8, 0), 6
    elif proto == (1 if family == 4 else 58):
        kind, at = p.get("icmp_type", 8 if family == 4 else 128), 2
        data = struct.pack("!BBHHH", kind, p.get("icmp_code", 0), 0, number & 0xFFFF, 1)
        if (kind in (3, 11, 12) if family == 4 else kind < 128):
            a, b, sp, dp = inner_flow(p)
            data = data[:4] + bytes(4)
            data += ip_header(family, a, b, 17, 16, 64, 0, 1) + struct.pack("!HHHH", sp, dp, 16, 1)
            data += bytes(8)
    else:
        data = struct.pack("!IIII", 0x800 if proto == 47 else number, number, 0, 0)
    want = p.get("length", 0) - len(data) - (20 if family == 4 else 40)
    data += b"x" * max(0, want)
    if proto == 17:
        data = data[:4] + struct.pack("!H", len(data)) + data[6:]
    if at is not None:
        pseudo = src + dst + struct.pack("!IHBB", len(data), 0, 0, proto)
        value = checksum(data if proto == 1 else pseudo + data) or 0xFFFF
        if p.get("state") == "INVALID" and p["chain"] != "OUTPUT":
            value ^= 0x5555  # what the kernel then calls it
        data = data[:at] + struct.pack("!H", value) + data[at + 2:]
    return data


def ip_header(family, src, dst, proto, size, ttl, tos, number):
    if family == 6:
        return struct.pack("!IHBB", 6 << 28 | tos << 20 | number, size, proto, ttl) + src + dst
    head = struct.pack("!BBHHHBBH", 0x45, tos, 20 + size, number, 0, ttl, proto, 0) + src + dst
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:]


def build(p, family, number):
    data = transport(p, family, number)
    return ip_header(family, packed(p["src"]), packed(p["dst"]), proto_of(p), len(data),
                     p.get("ttl", 64), p.get("tos", 0), number) + data


# ---- netlink -------------------------------------------------------------------------------------

def attr(kind, data):
    return struct.pack("HH", 4 + len(data), kind) + data + b"\0" * (-len(data) & 3)


def nest(kind, *parts):
    return attr(kind | 0x8000, b"".join(parts))


def attrs(data):
    found, at = {}, 0
    while at + 4 <= len(data):
        size, kind = struct.unpack_from("HH", data, at)
        if size < 4:
            break
        found[kind & 0x3FFF] = data[at + 4:at + size]
        at += (size + 3) & ~3
    return found


class Conntrack:
    """Writes established connections (linux/netfilter/nfnetlink_conntrack.h)."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
        self.socket.bind((0, 0))

    def add(self, family, proto, src, dst, sport, dport):
        def way(a, b, x, y):
            first = 1 if family == 4 else 3
            return nest(1, attr(first, a), attr(first + 1, b)) + nest(
                2, attr(1, bytes([proto])), attr(2, struct.pack("!H", x)),
                attr(3, struct.pack("!H", y)))
        body = nest(1, way(src, dst, sport, dport)) + nest(2, way(dst, src, dport, sport))
        body += attr(3, struct.pack("!I", 0xE)) + attr(7, struct.pack("!I", 600))
        if proto == 6:
            liberal = bytes([8, 8])
            body += nest(4, nest(1, attr(1, b"\3"), attr(4, liberal), attr(5, liberal)))
        af = socket.AF_INET if family == 4 else socket.AF_INET6
        self.socket.send(struct.pack("IHHIIBBH", 20 + len(body), 1 << 8, 0x605, 1, 0, af, 0, 0) + body)
        error = -struct.unpack_from("i", self.socket.recv(65536), 16)[0]
        if error:
            raise Unable("conntrack entry: " + os.strerror(error))


# ---- the firewall --------------------------------------------------------------------------------

HELPER = """table inet judge {
 chain pre { type filter hook prerouting priority -450; meta nftrace set 1; }
 chain own { type filter hook output priority -450; meta skuid 0 meta nftrace set 1; }
 chain endin { type filter hook input priority 2147483646; drop; }
 chain endpost { type filter hook postrouting priority 2147483646; drop; }
}
"""


def write(path, value):
    try:
        with open("/proc/sys/net/" + path, "w") as file:
            file.write(str(value))
    except OSError:
        pass


class Firewall:
    """One rule set in a network namespace of its own. Changes the calling process's namespace: use
    judge(), which forks."""

    def __init__(self, packets):
        self.family = family_of(packets)
        self.names = sorted({"eth0", "eth1", "eth2"} | {p[k] for p in packets for k in ("in", "out")
                                                        if p.get(k) and p[k] != "lo"})
        self.peer = self.enter()
        self.self = self.enter()
        self.lines()
        self.routes(packets)

    @staticmethod
    def enter():
        if libc.unshare(CLONE_NEWNET):
            raise Unable("unshare(CLONE_NEWNET): " + os.strerror(ctypes.get_errno()))
        return os.open("/proc/self/ns/net", os.O_RDONLY)

    def lines(self):
        write("ipv4/ip_forward", 1)
        write("ipv6/conf/all/forwarding", 1)
        for where in ("all", "default"):
            for key, value in (("rp_filter", 0), ("accept_local", 1), ("send_redirects", 0)):
                write("ipv4/conf/%s/%s" % (where, key), value)
            write("ipv6/conf/%s/accept_dad" % where, 0)
            write("ipv6/conf/%s/router_solicitations" % where, 0)
        todo = ["link set lo up"]
        for i, name in enumerate(self.names):
            todo.append("link add %s address 02:00:00:00:00:%02x type veth peer name p%d netns "
                        "/proc/%d/fd/%d" % (name, i, i, os.getpid(), self.peer))
            todo.append("link set %s arp off up" % name)
            todo.append("addr add 198.18.0.%d/32 dev %s" % (i + 1, name))
            todo.append("addr add 2001:db8:ffff::%x/128 dev %s nodad" % (i + 1, name))
        call("ip", "-batch", "-", text="\n".join(todo) + "\n")
        libc.setns(self.peer, CLONE_NEWNET)
        write("ipv6/conf/all/disable_ipv6", 1)
        call("ip", "-batch", "-", text="".join("link set p%d up\n" % i for i in range(len(self.names))))
        self.senders = {}
        for i, name in enumerate(self.names):
            self.senders[name] = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            self.senders[name].bind(("p%d" % i, 0))
        libc.setns(self.self, CLONE_NEWNET)

    def routes(self, packets):
        todo = ["route add %s dev %s" % (net, name) for name, net in NETWORKS[self.family].items()]
        todo.append("route add default dev eth1")
        ways = {}
        for p in packets:
            way = "lo" if p["chain"] == "INPUT" else p.get("out", "eth1")
            if ways.setdefault(p["dst"], way) != way:
                raise Unable("%s has two ways out: %s, %s" % (p["dst"], ways[p["dst"]], way))
        for dst, way in ways.items():
            todo.append("route add %s%s dev %s%s" % ("local " if way == "lo" else "", dst, way,
                                                     " table local" if way == "lo" else ""))
        call("ip", "-%d" % self.family, "-batch", "-", text="\n".join(todo) + "\n")

    def load(self, rules, sets):
        tool = "iptables" if self.family == 4 else "ip6tables"
        if sets:
            call("ipset", "restore", text=sets, failure=Refused)
        call(tool + "-nft-restore", text=rules, failure=Refused)
        call("nft", "-f", "-", text=HELPER)
        # A rule's handle → its number; its text tells a REJECT from a DROP, and what else it does.
        self.number, self.rejects, self.treats, count = {}, set(), {}, {}
        for item in json.loads(call("nft", "-j", "list", "ruleset"))["nftables"]:
            rule = item.get("rule")
            if rule and rule["table"] != "judge":
                place = rule["table"], rule["chain"]
                count[place] = count.get(place, 0) + 1
                self.number[place + (rule["handle"],)] = count[place]
        count, table = {}, ""
        for line in call(tool + "-nft-save").splitlines():
            table = line[1:] if line.startswith("*") else table
            if line.startswith("-A "):
                place = table, line.split()[1]
                count[place] = count.get(place, 0) + 1
                if re.search(r" -j REJECT\b", line):
                    self.rejects.add(place + (count[place],))
                target = re.search(r" -j ((\S+).*)", line)
                if target and target[2] in TREATING:
                    self.treats[place + (count[place],)] = target[1]

    def judge(self, packets):
        trace = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
        trace.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 256 << 20)
        trace.bind((0, 0))
        trace.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, NFNLGRP_NFTRACE)
        trace.setblocking(False)
        conntrack, self.events, self.whose = Conntrack(), {}, {}
        for number, p in enumerate(packets, 1):
            self.connect(conntrack, p)
            self.send(p, build(p, self.family, number))
            if number % 50 == 0:
                self.read(trace)
        idle = 0
        while idle < 3:
            idle = 0 if self.read(trace) else idle + 1
            time.sleep(0.004)
        return [self.verdict(p, self.events.get(n, [])) for n, p in enumerate(packets, 1)]

    def connect(self, conntrack, p):
        src, dst = packed(p["src"]), packed(p["dst"])
        if p.get("state") == "ESTABLISHED":
            conntrack.add(self.family, proto_of(p), src, dst, p["sport"], p["dport"])
        elif p.get("state") == "RELATED":
            conntrack.add(self.family, 17, *inner_flow(p))

    def send(self, p, data):
        if p["chain"] != "OUTPUT":
            kind = b"\x08\x00" if self.family == 4 else b"\x86\xdd"
            to = bytes([2, 0, 0, 0, 0, self.names.index(p["in"])])
            self.senders[p["in"]].send(to + bytes([2, 0, 0, 0, 1, 0]) + kind + data)
            return
        if self.family == 4:
            raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        else:
            raw = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)
        with raw:
            try:
                raw.sendto(data, (p["dst"], 0))
            except PermissionError:
                pass  # dropped on the way

    def read(self, trace):
        got = False
        while True:
            try:
                data = trace.recv(1 << 16)
            except BlockingIOError:
                return got
            got, at = True, 0
            while at + 20 <= len(data):
                size, kind = struct.unpack_from("IH", data, at)
                if kind == TRACE_MSG:
                    self.note(attrs(data[at + 20:at + size]))
                at += (size + 3) & ~3

    def note(self, event):
        head, ident = event.get(TRACE_NETWORK), event[TRACE_ID]
        if head:  # in the first event of each hook; the id comes again with other packets
            v4 = head[0] >> 4 == 4
            self.whose[ident] = (struct.unpack_from("!H", head, 4)[0] if v4
                                 else struct.unpack_from("!I", head)[0] & 0xFFFFF)
        number = self.whose.get(ident)
        if number is None:
            return

        def text(key):
            return event[key].rstrip(b"\0").decode()

        def value(key, form):
            return struct.unpack(form, event[key])[0] if key in event else None
        if TRACE_VERDICT in event:
            event[TRACE_VERDICT] = attrs(event[TRACE_VERDICT])[1]  # NFTA_VERDICT_CODE
        self.events.setdefault(number, []).append(
            (text(TRACE_TABLE), text(TRACE_CHAIN), value(TRACE_TYPE, "!I"),
             value(TRACE_RULE, "!Q"), value(TRACE_VERDICT, "!i"), value(TRACE_POLICY, "!i")))

    def verdict(self, p, events):
        """The rule that dropped, in any table; else the filter table's, if all hooks were passed."""
        last, filtered, passed, treated = None, None, False, []
        for table, chain, kind, handle, code, policy in events:
            if table == "judge":
                passed = passed or chain in ("endin", "endpost")
                continue
            if kind == TYPE_RULE:
                here = table, chain, self.number.get((table, chain, handle), "?")
                treated += [self.treats[here]] if here in self.treats else []
            elif kind == TYPE_POLICY:
                here, code = (table, chain, "policy"), policy
            else:
                continue
            last = here if code == NF_DROP else last
            filtered = here if table == "filter" and code == NF_ACCEPT else filtered
        if passed and not last:
            said, here = "ACCEPT", filtered or ("filter", p["chain"], "policy")
        elif last:
            said, here = "REJECT" if last in self.rejects else "DROP", last
        else:
            return {"verdict": "UNREACHED"}
        if said != "ACCEPT":  # what was changed in a packet that is dropped is nobody's concern
            treated = [words for words in treated if words.split()[0] not in CHANGING]
        return {"verdict": said, "table": here[0], "chain": here[1], "rule": here[2],
                "treated": treated}


def judge(rules, sets, packets):
    """The kernel's verdicts, one for each packet; raises Refused or Unable. In a child process."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            wall = Firewall(packets)
            wall.load(rules, sets)
            answer = {"verdicts": wall.judge(packets)}
        except Refused as why:
            answer = {"refused": str(why)}
        except Exception as why:  # the parent tells it
            answer = {"unable": "%s: %s" % (type(why).__name__, why)}
        with os.fdopen(writer, "w") as file:
            json.dump(answer, file)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as file:
        answer = json.load(file)
    os.waitpid(child, 0)
    if "unable" in answer:
        raise Unable(answer["unable"])
    if "refused" in answer:
        raise Refused(answer["refused"])
    return answer["verdicts"]
