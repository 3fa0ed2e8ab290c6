#!/usr/bin/env python3
"""Truth under partial understanding: what a broken line does to the verdicts of real exports.

  mutation.py N SEED FILE...   N mutations over the files, by turns: a policy line goes, or a word in it
                               is garbled

No control may turn from fail to pass unless the result becomes incomplete or `show` tells another policy
(rules as sets, bindings, facts; not quoted text and line numbers). A garbled word that changes nothing at all
is told by the first word of its line and what it was, once each ("ignored"), for people to look at.
Exit code 1 after a violation.
"""
import collections
import json
import os
import random
import re
import subprocess
import sys
import tempfile

PROGRAM = os.environ.get("FWPROOF", "./fwproof")
# Of a model: what quotes the file, or counts its lines.
QUOTES = {"text", "path", "sha256", "lines", "line", "end_line", "column", "end_column", "at", "location",
          "bytes", "hits"}
FORMATS = {"iptables", "ip6tables", "asa", "csv"}
# Words that say nothing of packets, by the line they stand in: people's prose, counters, names that
# are only names.
PROSE = re.compile(r"--comment |\bremark\b|\bdescription\b|^#|^!|^:\s|--log-prefix|--nflog-prefix")


def run(*words):
    done = subprocess.run([PROGRAM] + list(words), capture_output=True, text=True, timeout=60,
                          errors="replace")
    return done.returncode, done.stdout, done.stderr


def bare(node):
    if isinstance(node, dict):
        return {k: bare(v) for k, v in node.items() if k not in QUOTES}
    return [bare(x) for x in node] if isinstance(node, list) else node


class Said:
    """What the program makes of a file."""

    def __init__(self, path):
        self.code, out, _ = run("check", "--no-site", "--budget", "200000", "-p", "genesys-cloud",
                                "-p", "hygiene", "-f", "json", path)
        result = json.loads(out)
        self.status = {c["rule"]: c["status"] for c in result["controls"]}
        self.incomplete = self.code in (2, 3, 4) or result["verdict"] not in ("pass", "fail")
        self.told = sorted(d["message"] for d in result["diagnostics"])
        _, out, _ = run("show", "--no-site", "-f", "json", path)
        model = json.loads(out)
        self.model = bare(model)
        self.classes = [c for d in model["devices"] for i in d["inputs"] for c in i["lines"]]


def garbled(word, r):
    kind = r.randrange(5)
    i = r.randrange(len(word))
    if kind == 0 and len(word) > 1:
        return word[:i] + word[i + 1:]
    if kind == 1 and i + 1 < len(word) and word[i] != word[i + 1]:
        return word[:i] + word[i + 1] + word[i] + word[i + 2:]
    if kind == 2:
        return word[:i] + ("7" if word[i] != "7" else "3") + word[i + 1:]
    if kind == 3:
        return word + word[-1]
    return "xyzzy"


def mutate(lines, classes, r):
    """(kind, line number, the line before, after); None if there is no policy line."""
    places = [i for i, c in enumerate(classes) if c == "modelled" and i < len(lines)
              and lines[i].strip() and not PROSE.search(lines[i])]
    if not places:
        return None
    i = r.choice(places)
    if r.random() < 0.4:
        return "delete", i, lines[i], None
    words = list(re.finditer(r"[^\s,;\"]+", lines[i]))
    if not words:
        return None
    word = r.choice(words)
    new = garbled(word.group(), r)
    return "garble", i, lines[i], lines[i][:word.start()] + new + lines[i][word.end():]


def verdict(before, after):
    """Why the mutation broke the promise, or None."""
    if after.incomplete and not before.incomplete or before.model != after.model or before.told != after.told:
        return None
    better = [k for k, s in before.status.items() if s == "fail" and after.status.get(k) == "pass"]
    return "pass without a word: " + ", ".join(better) if better else None


def main(n, seed, paths):
    r, tally, ignored = random.Random(seed), collections.Counter(), collections.Counter()
    known, broken = {}, 0
    r.shuffle(paths)
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(n):
            path = paths[turn % len(paths)]
            if path not in known:
                try:
                    known[path] = Said(path)
                except (ValueError, subprocess.TimeoutExpired):
                    known[path] = None
            before = known[path]
            with open(path, encoding="latin-1", newline="") as file:
                lines = file.read().split("\n")
            change = mutate(lines, before.classes, r) if before else None
            if change is None:
                tally["no policy line"] += 1
                continue
            kind, i, old, new = change
            copy = os.path.join(folder, os.path.basename(path))
            with open(copy, "w", encoding="latin-1", newline="") as file:
                file.write("\n".join(lines[:i] + ([new] if new is not None else []) + lines[i + 1:]))
            try:
                after = Said(copy)
            except subprocess.TimeoutExpired:
                tally["too slow"] += 1
                continue
            except ValueError:
                broken += 1
                print("# no result at all: %s line %d: %r" % (path, i + 1, new))
                continue
            tally[kind] += 1
            tally["in " + next((p for p in path.split(os.sep) if p in FORMATS), "others")] += 1
            better = any(s == "fail" and after.status.get(k) == "pass" for k, s in before.status.items())
            tally["fail to pass, visibly"] += better
            why = verdict(before, after)
            if why:
                broken += 1
                print("# %s: %s line %d, seed %d turn %d\n#   %r\n#   %r" % (
                    why, os.path.basename(path), i + 1, seed, turn, old.strip(), (new or "").strip()))
            same = before.model == after.model and before.told == after.told
            if kind == "garble" and same and before.status == after.status:
                tally["ignored"] += 1
                ignored["%s | %s" % (old.strip()[:110], (new or "").strip()[:110])] += 1
    for line, times in sorted(ignored.items()):
        print("# ignored: %s" % line)
    print("# %d mutations of %d files, seed %d: %s" % (
        n, len(paths), seed, ", ".join("%s %d" % x for x in sorted(tally.items()))))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]))
