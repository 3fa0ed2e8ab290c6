"""Pairs of rule sets, one a small edit of the other: what the kernel does with a packet on both sides
against the sets of `fwproof diff`. A packet that fares differently, or is marked or answered
differently, must be in a set that says so; one in a set must fare so."""
import collections
import copy
import ipaddress
import json
import os
import random
import subprocess
import tempfile
import time

import generate
import kernel

PROGRAM = os.environ.get("FWPROOF", "./fwproof")
KEYS = {"newly_permitted": "up", "newly_permitted_other": "up",
        "newly_denied": "down", "newly_denied_other": "down",
        "treated_differently": "treated", "treated_differently_other": "treated"}
# What a packet here says of itself, by the key of the box; a box that asks for more is left alone
# where a packet has to be surely inside.
NUMBERS = {"sport": "sport", "dport": "dport", "icmp_type": "icmp_type", "icmp_code": "icmp_code",
           "length": "length", "tos": "tos", "mark": "mark"}


def edited(rules, r):
    """A copy with one rule gone, moved, decided otherwise, said twice with another target, or that
    marks or answers differently."""
    new = copy.deepcopy(rules)
    treating = [x for x in new.rules if x.target[0].split()[1] in ("MARK", "REJECT")]
    if treating and r.random() < 0.4:
        rule = r.choice(treating)
        rule.target = [r.choice(["-j MARK --set-xmark 0x8/0x8", "-j MARK --set-xmark 0x7/0xffffffff"])
                       if rule.table == "mangle" else "-j DROP"]
        return new
    decided = [i for i, x in enumerate(new.rules) if x.table == "filter"]
    i = r.choice(decided)
    kind = r.choice(["drop", "flip", "move", "again", "policy"])
    if kind == "policy":
        key = r.choice(sorted(new.policies))
        new.policies[key] = "DROP" if new.policies[key] == "ACCEPT" else "ACCEPT"
    elif kind == "drop":
        del new.rules[i]
    elif kind == "flip":
        new.rules[i].target = ["-j DROP"] if new.rules[i].target == ["-j ACCEPT"] else ["-j ACCEPT"]
    elif kind == "move":
        rule = new.rules.pop(i)
        same = [k for k, x in enumerate(new.rules) if (x.table, x.chain) == (rule.table, rule.chain)]
        new.rules.insert(r.choice(same) if same else i, rule)
    else:
        rule = copy.deepcopy(new.rules[i])
        rule.target = [r.choice(["-j ACCEPT", "-j DROP"])]
        new.rules.insert(i, rule)
    return new


def diff(old, new, family):
    """The JSON of `fwproof diff`, or None and what it said."""
    with tempfile.TemporaryDirectory() as folder:
        names = []
        for index, rules in enumerate((old, new)):
            names.append(os.path.join(folder, "%d.save" % index))
            with open(names[-1], "w") as file:
                # `ipset save` and `iptables-save` of one host in one file, as a script has them.
                file.write(rules.ipset() + rules.save())
        done = subprocess.run(
            [PROGRAM, "diff", "--no-site", "--no-findings", "-I",
             "iptables" if family == 4 else "ip6tables"] + names + ["-f", "json"],
            capture_output=True, text=True)
    try:
        return json.loads(done.stdout), done.stderr
    except ValueError:
        return None, done.stderr or done.stdout


def in_range(value, texts):
    for text in texts:
        if text == "any":
            return True
        first, _, last = text.partition("-")
        if int(first, 0) <= value <= int(last or first, 0):
            return True
    return False


def in_nets(address, texts):
    ip = ipaddress.ip_address(address)
    for text in texts:
        if text in ("any", "ipv4", "ipv6"):
            return True
        if "-" in text:
            first, last = text.split("-")
            if ipaddress.ip_address(first).version == ip.version and \
                    ipaddress.ip_address(first) <= ip <= ipaddress.ip_address(last):
                return True
        elif ip in ipaddress.ip_network(text, strict=False):
            return True
    return False


def end_fits(said, name, own):
    """One end of a box (interfaces, "any", "self", "(other)" that no rule names) and the packet's."""
    said = [said] if isinstance(said, str) else said
    if own:
        return said == ["self"]
    return said != ["self"] and any(x in ("any", name, "(other)") or x[-1] == "+" for x in said)


def proto_fits(proto, texts):
    numbers = {"tcp": 6, "udp": 17, "gre": 47, "icmp": 1, "icmpv6": 58}
    names = {"icmpv6": "ipv6-icmp"}
    return names.get(proto, proto) in texts or in_range(
        numbers[proto], [t for t in texts if t == "any" or t[0].isdigit()])


def inside(packet, box, ordinary):
    """(may be, surely is) inside. What fares as ordinary packets do is told with these (ORDINARY)."""
    sure, may = True, packet["state"] == "NEW" or not ordinary
    for key, texts in box.items():
        if not may and key not in ("from", "to", "src", "dst", "proto") and key not in NUMBERS:
            continue
        if key in ("from", "to"):
            own = packet["chain"] == ("OUTPUT" if key == "from" else "INPUT")
            if not end_fits(texts, packet.get("in" if key == "from" else "out"), own):
                return False, False
            sure = sure and isinstance(texts, str) and texts != "(other)" and texts[-1] != "+"
        elif key in ("src", "dst"):
            if not in_nets(packet[key], texts):
                return False, False
        elif key == "proto":
            if not proto_fits(packet["proto"], texts):
                return False, False
        elif key == "state":
            if "any" not in texts and packet["state"] not in texts:
                return False, False
        elif key in NUMBERS and packet.get(NUMBERS[key]) is not None:
            if not in_range(packet[NUMBERS[key]], texts):
                return False, False
        elif key not in NUMBERS or texts != ["any"]:
            sure = False
    return True, sure and may


def way(before, after):
    """What became of a packet: "up", "down", "treated", "same", or None where routing took it."""
    passes = []
    for said in (before, after):
        if said["verdict"] not in ("ACCEPT", "DROP", "REJECT"):
            return None
        passes.append(said["verdict"] == "ACCEPT")
    if passes[0] != passes[1]:
        return "up" if passes[1] else "down"
    return "same" if before["treated"] == after["treated"] else "treated"


def wrong(packet, became, boxes):
    """Why the sets do not fit what became of the packet, or None."""
    may, sure = set(), set()
    for key, box in boxes:
        kind = KEYS[key]
        fits = inside(packet, box, not key.endswith("_other"))
        if fits[0]:
            may.add(kind)
        if fits[1]:
            sure.add(kind)
    if became != "same" and became not in may:
        return "it fares differently, and no set has it"
    if became == "same" and sure:
        return "it fares the same, and a set has it"
    return None


def live(seed, sets, count, without):
    tally, start = collections.Counter(), time.time()
    print("pairs: seed %d" % seed, flush=True)
    for index in range(sets):
        family, r = 6 if index % 2 else 4, random.Random(seed * 100019 + index)
        maker = generate.Generator(r, family, set(without) | {"nat"})
        old = maker.rule_set()
        new = edited(old, r)
        packets = maker.packets(count)
        try:
            before = kernel.judge(old.save(), old.ipset(), packets)
            after = kernel.judge(new.save(), new.ipset(), packets)
        except kernel.Refused as why:
            print("# pair %d is refused: %s" % (index, why))
            tally["refused"] += 1
            continue
        said, why = diff(old, new, family)
        if said is not None and "the budget ran out" in why:
            tally["too much"] += 1  # told, and with exit code 3
            continue
        if said is None or said["exit_code"] not in (0, 1):
            print("not ok pair %d of seed %d - %s" % (index, seed, why.strip()[:200]))
            tally["mismatches"] += 1
            continue
        boxes = [(key, box) for key in KEYS for box in said[key]]
        for packet, b, a in zip(packets, before, after):
            became = way(b, a)
            if became is None:
                continue
            tally[became] += 1
            why = wrong(packet, became, boxes)
            if why:
                tally["mismatches"] += 1
                print("not ok pair %d of seed %d - %s: %s\n#   kernel %s, then %s" % (
                    index, seed, why, json.dumps(packet), b, a))
    print("%d pairs in %.0f s: %s" % (sets - tally["refused"], time.time() - start,
                                      ", ".join("%s %d" % item for item in sorted(tally.items()))))
    # The rarest needs some dozens of pairs to come up.
    needed = ["up", "down"] + ["treated"] * (sets >= 50)
    good = not tally["mismatches"] and not tally["refused"] and all(tally[key] for key in needed)
    print("%sok live pairs" % ("" if good else "not "))
    return 0 if good else 1
