"""Holds a JSON Schema against the program's own reader: schema_mutants.py SCHEMA DOCUMENT MEANING FILE COMMAND...

Each kind of place in DOCUMENT is changed in several ways (taken out, another type, a key too many);
written to FILE, the schema must refuse what COMMAND refuses (exit code 2) and nothing else, but for
what it refuses with a message that fits the pattern MEANING. Prints where they differ; at the end "N changes, N refused"."""
import copy
import json
import re
import subprocess
import sys

import jsonschema

schema = jsonschema.Draft7Validator(json.load(open(sys.argv[1])))
# What no schema says: words that must mean something, and names that must be there.
MEANING = re.compile(sys.argv[3]) if sys.argv[3] else None
document = json.load(open(sys.argv[2]))
path, command = sys.argv[4], sys.argv[5:]
OTHERS = ("?", 7, -1, True, [], {}, ["x"], None, {"zzz": 1})


def places(node, way=()):
    """Each container that has children, with the way to it."""
    if isinstance(node, (dict, list)):
        yield way, node
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            yield from places(value, way + (key,))


def at(node, way):
    for key in way:
        node = node[key]
    return node


def kinds():
    """One place of each kind: indexes and names that the user makes up do not tell places apart."""
    seen = set()
    for way, node in places(document):
        for key in node if isinstance(node, dict) else range(len(node)):
            kind = tuple("#" if isinstance(k, int) else k for k in way + (key,))
            if kind not in seen:
                seen.add(kind)
                yield way, key


def mutants():
    for way, key in kinds():
        changed = copy.deepcopy(document)
        del at(changed, way)[key]
        yield (*way, key, "-"), changed
        for other in OTHERS:
            changed = copy.deepcopy(document)
            at(changed, way)[key] = other
            yield (*way, key, other), changed
    for way, node in places(document):
        if isinstance(node, dict) and not any(isinstance(k, int) and k > 0 for k in way):
            changed = copy.deepcopy(document)
            at(changed, way)["zzz"] = "zzz"
            yield (*way, "zzz"), changed


def refused_by_program(changed):
    with open(path, "w") as f:
        json.dump(changed, f)
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return run.returncode == 2, run.stdout.decode(errors="replace").strip()


n = refused = wrong = 0
for what, changed in mutants():
    n += 1
    by_schema = [e.message[:100] for e in schema.iter_errors(changed)]
    by_program, why = refused_by_program(changed)
    refused += by_program
    if by_program != bool(by_schema) and not (by_program and MEANING and MEANING.search(why)):
        wrong += 1
        print(what, "schema:", by_schema[:1] or "fine", "program:", why.splitlines()[:1] or by_program)
print(n, "changes,", refused, "refused")
sys.exit(wrong > 0 or refused == 0)
