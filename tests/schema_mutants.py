"""Holds a JSON Schema against the program's own reader: schema_mutants.py SCHEMA DOCUMENT[,DOCUMENT...] MEANING FILE COMMAND...

Each kind of place in the DOCUMENTs is changed in several ways (taken out, another type, a key too many);
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
documents = [json.load(open(file)) for file in sys.argv[2].split(",")]
path, command = sys.argv[4], sys.argv[5:]
OTHERS = ("?", "", 7, -1, True, [], {}, ["x"], None, {"zzz": 1})


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


def kinds(document, seen):
    """One place of each kind: indexes and names that the user makes up do not tell places apart."""
    for way, node in places(document):
        for key in node if isinstance(node, dict) else range(len(node)):
            kind = tuple("#" if isinstance(k, int) else k for k in way + (key,))
            if kind not in seen:
                seen.add(kind)
                yield way, key


def mutants(document, seen):
    for way, key in kinds(document, seen):
        changed = copy.deepcopy(document)
        del at(changed, way)[key]
        yield (*way, key, "-"), changed
        for other in OTHERS:
            changed = copy.deepcopy(document)
            at(changed, way)[key] = other
            yield (*way, key, other), changed
    for way, node in places(document):
        kind = (*("#" if isinstance(k, int) else k for k in way), "a key too many")
        if isinstance(node, dict) and kind not in seen:
            seen.add(kind)
            changed = copy.deepcopy(document)
            at(changed, way)["zzz"] = "zzz"
            yield (*way, "zzz"), changed


def refused_by_program(changed):
    with open(path, "w") as f:
        json.dump(changed, f)
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return run.returncode == 2, run.stdout.decode(errors="replace").strip()


n = refused = wrong = 0
seen = set()
for what, changed in (m for document in documents for m in mutants(document, seen)):
    n += 1
    by_schema = [e.message[:100] for e in schema.iter_errors(changed)]
    by_program, why = refused_by_program(changed)
    refused += by_program
    if by_program != bool(by_schema) and not (by_program and MEANING and MEANING.search(why)):
        wrong += 1
        print(what, "schema:", by_schema[:1] or "fine", "program:", why.splitlines()[:1] or by_program)
print(n, "changes,", refused, "refused")
sys.exit(wrong > 0 or refused == 0)
