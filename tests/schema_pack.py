"""Small packs with every key that the packs that ship use, for tests: schema_pack.py FOLDER PACK..."""
import json
import sys

OTHER_DOCUMENTS = ("site", "files")


def ways(node, way=()):
    """What keys stand below what keys."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key not in OTHER_DOCUMENTS:
                yield way + (key,)
                yield from ways(value, way + (key,))
    elif isinstance(node, list):
        for value in node:
            yield from ways(value, way)


def lesser(node, way=()):
    """NODE with at most two of each list, and short texts."""
    if isinstance(node, dict):
        return {k: lesser(v, way + (k,)) for k, v in node.items() if k not in OTHER_DOCUMENTS}
    if isinstance(node, list):
        return [lesser(v, way) for v in node[:2]]
    return node[:30] if isinstance(node, str) and way[-1] in ("rationale", "decided", "waive", "config") else node


folder, packs = sys.argv[1], []
for path in sys.argv[2:]:
    with open(path, encoding="utf-8") as f:
        packs.append(json.load(f))
rules = [lesser(rule) for pack in packs for rule in pack["rules"]]
seen, kept = set(), []
while True: # the rule with the most that is new
    best = max(rules, key=lambda rule: len(set(ways(rule)) - seen))
    new = set(ways(best)) - seen
    if not new:
        break
    seen |= new
    kept.append(best)
for n, rule in enumerate(kept): # a pack of one rule each: changes are tried one by one
    text = json.dumps(rule)
    small = {key: packs[0][key] for key in ("pack", "title", "version", "date", "schema")}
    for key in ("references", "sets", "parameters", "uses"):
        every = {k: v for pack in packs for k, v in pack.get(key, {}).items()}
        named = {k: v for k, v in every.items() if f'"{k}"' in text or f"@{k}" in text}
        small[key] = {k: lesser(v, (k,)) for k, v in (named or dict([next(iter(every.items()))])).items()}
    small["rules"] = [rule]
    with open(f"{folder}/{n:03}.json", "w", encoding="utf-8") as f:
        json.dump(small, f)
