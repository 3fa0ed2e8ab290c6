#!/usr/bin/env python3
"""fwproof against the running kernel.

  judge.py live [SEED [SETS [PACKETS]]]  random rule sets, PACKETS packets each; shrinks a mismatch
  judge.py pairs [SEED [SETS [PACKETS]]] each with a small edit, against `fwproof diff` (pairs.py)
  judge.py record CASE.save...           writes CASE.verdicts.jsonl, as the kernel decides
  judge.py check CASE.save...            compares the recorded verdicts with the kernel's

Exit code: 0 all agree, 1 mismatches, 77 this machine cannot judge (the reason is printed).
"""
import collections
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

import generate
import kernel
import pairs

PROGRAM = os.environ.get("FWPROOF", "./fwproof")
PLACE = ("verdict", "table", "chain", "rule")
# A feature of generated rule sets, and a rule that needs it.
FEATURES = {
    "conntrack": ("filter", "-A INPUT -m conntrack --ctstate NEW"),
    "nat": ("nat", "-A POSTROUTING -j MASQUERADE"),
    "raw": ("raw", "-A PREROUTING -j CT --notrack"),
    "mangle": ("mangle", "-A PREROUTING -j MARK --set-mark 1"),
    "multiport": ("filter", "-A INPUT -p tcp -m multiport --dports 1,2"),
    "iprange": ("filter", "-A INPUT -m iprange --src-range 192.0.2.1-192.0.2.2"),
    "mark": ("filter", "-A INPUT -m mark --mark 1"),
    "length": ("filter", "-A INPUT -m length --length 1"),
    "tos": ("filter", "-A INPUT -m dscp --dscp 1"),
    "set": ("filter", "-A INPUT -m set --match-set nets src"),
}
PROBE = {"chain": "INPUT", "in": "eth1", "src": "192.0.2.1", "dst": "192.0.2.2", "proto": "udp",
         "sport": 1, "dport": 2}


def lines(items):
    return "".join(json.dumps(item) + "\n" for item in items)


def missing_features():
    found = {}
    for name, (table, rule) in FEATURES.items():
        sets = "create nets hash:net\ncreate web hash:ip,port\n" if name == "set" else ""
        try:
            said = kernel.judge("*%s\n%s\nCOMMIT\n" % (table, rule), sets, [PROBE])
            if said[0]["verdict"] != "ACCEPT":
                raise kernel.Unable("the probe's packet got %s" % said[0])
        except kernel.Refused as why:
            found[name] = str(why)
    return found


def ours(save, sets, packets, family):
    with tempfile.TemporaryDirectory() as folder:
        names = []
        for name, text in (("x.save", save), ("x.ipset", sets), ("x.jsonl", lines(packets))):
            names.append(os.path.join(folder, name))
            with open(names[-1], "w") as file:
                file.write(text)
        done = subprocess.run(
            [PROGRAM, "trace", "--no-site", "-I", "iptables" if family == 4 else "ip6tables"]
            + names[:2 if sets else 1] + ["--packets", names[2], "-f", "jsonl"],
            capture_output=True, text=True)
    said = [json.loads(line) for line in done.stdout.splitlines()]
    if len(said) != len(packets):
        return [{"verdict": "NONE", "why": (done.stderr or done.stdout)[:300]}] * len(packets)
    return said


def same(theirs, mine):
    if mine["verdict"] == "UNKNOWN":
        return theirs["verdict"] in mine.get("may", [])
    return all(theirs.get(key) == mine.get(key) for key in PLACE)


def differs(rules, packet):
    """(the kernel's verdict, ours) if they differ, else None."""
    save, sets = rules.save(), rules.ipset()
    try:
        theirs = kernel.judge(save, sets, [packet])[0]
    except (kernel.Refused, kernel.Unable):
        return None
    mine = ours(save, sets, [packet], rules.family)[0]
    return None if theirs["verdict"] == "UNREACHED" or same(theirs, mine) else (theirs, mine)


def shrink(rules, packet):
    """Drops rules, options and members of sets as long as the mismatch stays."""
    def try_without(items, index):
        item = items.pop(index)
        if differs(rules, packet):
            return
        items.insert(index, item)

    for items in [rules.rules] + [r.options for r in rules.rules] + [rules.sets]:
        for index in reversed(range(len(items))):
            try_without(items, index)


def show_mismatch(rules, packet):
    first = differs(rules, packet)
    if first:
        shrink(rules, packet)
    theirs, mine = differs(rules, packet) or (None, None)
    print("# ---- case.save\n" + rules.save(), end="")
    if rules.sets:
        print("# ---- case.ipset\n" + rules.ipset(), end="")
    print("# ---- case.packets.jsonl\n" + json.dumps(packet))
    print("# ---- case.verdicts.jsonl\n" + json.dumps(theirs))
    print("# ---- fwproof\n" + json.dumps(mine), flush=True)


def live(seed, sets, count):
    without, tally, shown, start = missing_features(), collections.Counter(), 0, time.time()
    print("seed %d; kernel %s; %s" % (seed, os.uname().release, subprocess.run(
        ["iptables", "-V"], capture_output=True, text=True).stdout.strip()), flush=True)
    for name, why in without.items():
        print("ok live %s # SKIP %s" % (name, why))
    for index in range(sets):
        family = 6 if index % 2 else 4
        maker = generate.Generator(random.Random(seed * 100003 + index), family, without)
        rules = maker.rule_set()
        packets = maker.packets(count)
        save, members = rules.save(), rules.ipset()
        try:
            theirs = kernel.judge(save, members, packets)
        except kernel.Refused as why:
            tally["refused"] += 1
            print("# set %d is refused: %s" % (index, why))
            continue
        bad = []
        for packet, k, f in zip(packets, theirs, ours(save, members, packets, family)):
            tally["IPv%d" % family] += 1
            tally["state " + packet["state"]] += 1
            tally[k["verdict"]] += 1
            tally["fwproof UNKNOWN"] += f["verdict"] == "UNKNOWN"
            tally["decided outside filter"] += k.get("table", "filter") != "filter"
            if k["verdict"] != "UNREACHED" and not same(k, f):
                bad.append((packet, k, f))
        tally["mismatches"] += len(bad)
        if bad:
            print("not ok live set %d of seed %d - %d mismatches" % (index, seed, len(bad)))
            for packet, k, f in bad[:3]:
                print("#   %s\n#   kernel %s\n#   ours %s" % (json.dumps(packet), k, f))
            if shown < 3:
                shown += 1
                show_mismatch(rules, bad[0][0])
    print("%d packets over %d rule sets in %.0f s: %s" % (
        tally["IPv4"] + tally["IPv6"], sets - tally["refused"], time.time() - start,
        ", ".join("%s %d" % item for item in sorted(tally.items()))))
    print("%sok live judge" % ("not " if tally["mismatches"] or tally["refused"] else ""))
    return 1 if tally["mismatches"] or tally["refused"] else 0


def case(path):
    base, sets = path[:-len(".save")], ""
    with open(path) as file:
        save = file.read()
    if os.path.exists(base + ".ipset"):
        with open(base + ".ipset") as file:
            sets = file.read()
    with open(base + ".packets.jsonl") as file:
        packets = [json.loads(line) for line in file]
    try:
        said = kernel.judge(save, sets, packets)
        return base, [{key: one[key] for key in PLACE if key in one} for one in said]
    except kernel.Refused as why:
        return base, [{"load": "refused", "message": str(why)}]


def record(paths):
    for path in paths:
        base, said = case(path)
        with open(base + ".verdicts.jsonl", "w") as file:
            file.write(lines(said))
    return 0


def check(paths):
    failed = 0
    for path in paths:
        base, said = case(path)
        with open(base + ".verdicts.jsonl") as file:
            recorded = [json.loads(line) for line in file]
        agree = len(said) == len(recorded) and all(
            "load" in a or a == b for a, b in zip(said, recorded))
        failed += not agree
        print("%sok kernel %s" % ("" if agree else "not ", os.path.basename(base)))
    return 1 if failed else 0


def main(words):
    if not words or words[0] not in ("live", "pairs", "record", "check"):
        sys.exit(__doc__)
    why = "not root" if os.geteuid() else next(
        ("no " + t for t in ("ip", "nft", "ipset", "iptables-nft-restore") if not shutil.which(t)), None)
    try:
        if why:
            raise kernel.Unable(why)
        kernel.judge("*filter\nCOMMIT\n", "", [PROBE])
        if words[0] in ("live", "pairs"):
            numbers = [int(w) for w in words[1:]]
            seed, sets, count = numbers + [int(time.time()) % 1000000, 200, 110][len(numbers):]
            return live(seed, sets, count) if words[0] == "live" else pairs.live(
                seed, sets, count, missing_features())
        return (record if words[0] == "record" else check)(words[1:])
    except kernel.Unable as why:
        print("ok live judge # SKIP %s" % why)
        return 77


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
