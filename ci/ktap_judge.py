# SPDX-License-Identifier: GPL-2.0-only
"""Flattens the tree of tests into a list of results and judges it by an expected list."""

import fnmatch
import re


def entry(name, status, reason="", output=()):
    """One result, as the JSON files hold it."""
    return {"name": name, "status": status, "reason": reason, "seconds": None,
            "output": "" if status == "pass" else "\n".join(output)}


def own_result(test):
    """The status of a test; of a parent only where it adds to what its children say."""
    if test.errors:
        return "timeout" if test.status == "timeout" else "fail"
    if not test.children:
        return test.status
    if test.status == "fail":
        # exit=1 only repeats that a child failed; a signal or another code is news.
        explained = any(c.bad() for c in test.children) and test.reason in ("", "exit=1")
        return None if explained else "fail"
    if test.status == "skip":
        return None if any(c.status == "skip" for c in test.children) else "skip"
    return test.status if test.status in ("timeout", "xfail") else None


def parents(tests, prefix=""):
    """The names of the parents in the tree, which a list may name too."""
    names = set()
    for test in tests:
        if test.children:
            names |= {prefix + test.name} | parents(test.children, prefix + test.name + ".")
    return names


def flatten(tests, prefix=""):
    """Leaves always, parents where they add something."""
    found = []
    for test in tests:
        name = prefix + test.name
        found += flatten(test.children, name + ".")
        status = own_result(test)
        if status:
            reason = "; ".join(test.errors + ([test.reason] if test.reason else []))
            found.append(entry(name, status, reason, test.output))
    return found


def results(reader, suite):
    """The results of a whole log; what is wrong with the log itself bears the suite's name."""
    found = flatten(reader.tests)
    if reader.skip_all is not None and not found:
        found.append(entry(suite, "skip", reader.skip_all))
    if not found and not reader.errors:
        reader.errors.append("no test ran")
    if reader.errors:
        found.append(entry(suite, "fail", "; ".join(reader.errors), reader.log[-20:]))
    return found


class Expected:
    """The expected list: who must run, who may skip or fail, with which words."""

    def __init__(self, path):
        self.entries, names = [], set()
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                line = line.strip()
                if not line or line.startswith("#"):
                    continue
                fields = [f.strip() for f in re.split(r"\s\|\s", line)]
                where = f"{path}:{number}"
                if len(fields) == 1:
                    fields += ["pass", "", ""]
                elif len(fields) != 4 or fields[1] not in ("skip", "fail") or not all(fields):
                    raise ValueError(f"{where}: want 'name' or 'name | skip or fail | text | why'")
                if fields[0] in names:
                    raise ValueError(f"{where}: '{fields[0]}' stands there twice")
                names.add(fields[0])
                self.entries.append(fields)
        if not self.entries:
            raise ValueError(f"{path}: the list is empty")

    def find(self, name):
        """The line for a test: its own, else the first glob that matches."""
        for fields in self.entries:
            if fields[0] == name:
                return fields
        for fields in self.entries:
            if fnmatch.fnmatchcase(name, fields[0]):
                return fields
        return None

    def missing(self, tests, quiet):
        """(lines which no test that ran matches, notes); quiet: parents with nothing to add."""
        names = {t["name"] for t in tests}
        lost = [f for f in self.entries
                if f[0] not in names and not any(fnmatch.fnmatchcase(n, f[0]) for n in names)]
        return ([f[0] for f in lost if f[0] not in quiet],
                [f"listed {f[1]} passes: {f[0]}" for f in lost
                 if f[0] in quiet and f[1] != "pass"])


def judge_one(test, expected):
    """Set the final status; return 'skip' for an unexpected skip, a note, or None."""
    kind, text, why = expected[1:] if expected else (None, "", "")
    status, reason = test["status"], test["reason"]
    if expected is None:
        test["status"] = "fail"
        test["reason"] = f"not on the list ({status}{': ' + reason if reason else ''})"
    elif status == "pass":
        if kind != "pass":
            return f"listed {kind} passes: {test['name']}"
    elif kind == "skip" and status == "skip" and text in reason:
        test["reason"] = f"{reason} (expected: {why})"
    elif (kind == "fail" and status in ("fail", "timeout", "xfail")
          and text in reason + "\n" + test["output"]):
        test["status"], test["reason"] = "xfail", f"{text} (known: {why})"
    elif kind == status and text:
        test["status"] = "fail"
        test["reason"] = f"{status} without the listed text '{text}': {reason}"
    elif status in ("skip", "xfail"):
        test["status"], test["reason"] = "fail", f"unexpected {status}: {reason}"
    return "skip" if status == "skip" and test["status"] == "fail" else None


def judge(tests, expected, quiet=()):
    """Judge all in place; returns (notes, number of unexpected skips)."""
    skips = 0
    missing, notes = expected.missing(tests, quiet) if expected else ([], [])
    for test in tests:
        if expected:
            verdict = judge_one(test, expected.find(test["name"]))
        else:  # no list: nothing may skip, and nobody vouches for a skip
            verdict = None
            if test["status"] == "skip":
                test["status"], verdict = "fail", "skip"
                test["reason"] = f"unexpected skip: {test['reason']}"
        if verdict == "skip":
            skips += 1
        elif verdict:
            notes.append(verdict)
    tests += [entry(name, "fail", "on the list, but did not run") for name in missing]
    return notes, skips
