"""The examples on the pages of `fwproof explain` are run as exports: explain.py PROGRAM PACK...

What stands below "Found in" brings a finding of the rule, what stands below "Not found in" does
not. The configurations are taken from the page, and only what the page leaves out (site file,
feeds, date) from the pack. Prints TAP: one line for each rule."""
import json
import os
import re
import subprocess
import sys
import tempfile
from multiprocessing.pool import ThreadPool

program = sys.argv[1]


def lines_of(text):
    return text if isinstance(text, list) else text.split("\n")


def page_examples(page):
    """(violates, format, name, lines) of each example on a page."""
    violates, found = None, []
    for line in page.splitlines():
        if line and not line.startswith(" "):
            violates = {"Found in": True, "Not found in": False}.get(line)
        elif violates is not None and re.match(r"  \S", line):
            kind, name = line.strip().split(": ", 1)
            found.append((violates, kind, name, []))
        elif violates is not None and found and line.startswith("      "):
            found[-1][3].append(line[6:])
    return found


def run_example(rule, pack, date, example, shown):
    with tempfile.TemporaryDirectory() as folder:
        def put(name, text):
            path = os.path.join(folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
        put("example", "\n".join(shown) + "\n")
        put("site.json", json.dumps(example.get("site", {})))
        for name, content in example.get("files", {}).items():
            put(name, content if isinstance(content, str) else json.dumps(content))
        command = [program, "check", "-p", pack, "-s", "site.json", "-I", example["format"], "-f", "json", "example"]
        command += ["--today", example.get("today", date)]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode not in (0, 1, 3):
            return f"exit {done.returncode}: {done.stderr.strip()[:200]}"
        result = json.loads(done.stdout)
    if done.returncode == 3 and not example.get("incomplete"):
        unclear = [c["reason"] for c in result["controls"] if c["rule"] == rule["id"] and c["status"] == "unknown"]
        if unclear or any(i["lines"]["not_modelled"] for i in result["inputs"]):
            return f"incomplete: {unclear}"
    here = [f for f in result["findings"] if f["rule"] == rule["id"]]
    if example["expect"] == "violation" and not here:
        return "no finding"
    if example["expect"] == "clean" and here:
        return f"a finding: {here[0]['message']}"
    if "line" in example and example["expect"] == "violation" and \
            example["line"] not in [f["location"]["line"] for f in here]:
        return f"no finding on line {example['line']}"
    return None


def run_rule(job):
    pack, date, rule = job
    page = subprocess.run([program, "explain", "-p", pack, rule["id"]], capture_output=True, text=True,
                          check=True).stdout
    shown = page_examples(page)
    told = [(e["expect"] == "violation", e["format"], e["name"]) for e in rule["examples"]]
    if sorted(told) != sorted(s[:3] for s in shown):
        return rule["id"], ["the page does not show the examples of the pack"]
    if not any(s[0] for s in shown) or all(s[0] for s in shown):
        return rule["id"], ["the page does not show both sides"]
    wrong = []
    for violates, kind, name, lines in shown:
        example = next(e for e in rule["examples"]
                       if (e["expect"] == "violation", e["format"], e["name"]) == (violates, kind, name))
        why = run_example(rule, pack, date, example, lines)
        if why:
            wrong.append(f"{kind}: {name}: {why}")
    return rule["id"], wrong


jobs = []
for path in sys.argv[2:]:
    with open(path, encoding="utf-8") as f:
        content = json.load(f)
    jobs += [(os.path.abspath(path), content["date"], rule) for rule in content["rules"]]
for rule_id, wrong in ThreadPool(os.cpu_count()).imap(run_rule, jobs):
    print(f"not ok documents explain {rule_id} - {'; '.join(wrong)}" if wrong else f"ok documents explain {rule_id}")
