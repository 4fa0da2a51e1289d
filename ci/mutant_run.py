# SPDX-License-Identifier: GPL-2.0-only
"""Runs one profile, with or without a mutant, and judges what the mutant came to."""

import fnmatch
import json
import os
import re
import subprocess
from pathlib import Path

from mutant_tree import Broken

E_TEST, E_BUILD, E_BOOT, E_SPLAT, E_TIMEOUT, E_SKIP = 1, 5, 6, 7, 8, 9
ENDS = {E_BUILD: "does not build", E_BOOT: "does not boot, or its results were lost",
        E_SPLAT: "splat on the console", E_TIMEOUT: "time was up"}
ASSERTION = re.compile(r"(?:EXPECTATION|ASSERTION) FAILED at (\S+:\d+)")
NOT_RUN = "did not run"  # as ci/ktap says of a test on the list


class Run:
    """One run: its exit code, its results, where its console and log are."""

    def __init__(self, mutant, tree, out, suite=""):
        self.out = Path(out)
        self.log, self.tests = self.out / "log", []
        self.console = self.out / f"logs/kunit-{mutant.profile}.console"
        self.out.mkdir(parents=True, exist_ok=True)
        results = self.out / f"results/{mutant.kind}-{mutant.profile}.json"
        results.unlink(missing_ok=True)
        env = {**os.environ, "SRC": str(tree.path), "O": str(self.out),
               "KUNIT_FILTER": suite}
        with open(self.log, "w", encoding="utf-8") as log:
            self.code = subprocess.call([mutant.top / "ci" / mutant.kind, mutant.profile],
                                        env=env, stdout=log, stderr=log)
        if results.is_file():
            self.tests = json.loads(results.read_text(encoding="utf-8"))["tests"]

    def end(self):
        """What kept it from giving results, or an empty string."""
        if self.code not in (0, E_TEST, E_SKIP):
            return ENDS.get(self.code, f"exit {self.code}")
        return "" if self.tests else "no results"

    def failed(self):
        """The tests that failed."""
        return [t for t in self.tests if t["status"] in ("fail", "timeout")]


def matches(name, globs):
    """Is it named by one of them?"""
    return any(fnmatch.fnmatchcase(name, glob) for glob in globs)


def inside(mutant, tests):
    """Those in the mutant's suites, and what is wrong with the log; a scenario is one suite."""
    suites = [*mutant.suites, f"{mutant.kind}-{mutant.profile}"]
    return [t for t in tests if mutant.kind == "vm" or t["name"].split(".")[0] in suites]


def assertion(mutant, test):
    """Where the test's own assertion failed, or an empty string."""
    if test["status"] != "fail":
        return ""
    if mutant.kind == "vm":  # the program's own "not ok": ktap gives a reason for all else
        return "" if test["reason"] else "not ok"
    # A test with parameters asserts in its own name, its results bear the parameters'.
    names = "|".join(map(re.escape, test["name"].split(".")[1:]))
    found = re.search(rf"# (?:{names}): {ASSERTION.pattern}", test["output"])
    return found.group(1) if found else ""


def check_base(mutant, base):
    """Unmutated, the named tests pass and their suite is green: else nothing is shown."""
    if end := base.end():
        raise Broken(f"unmutated: {end}; log: {base.log}")
    tests = inside(mutant, base.tests)
    if bad := [t["name"] for t in tests if t["status"] not in ("pass", "skip")]:
        raise Broken(f"unmutated: {bad[0]} fails; log: {base.log}")
    for glob in mutant.tests:
        if not any(t["status"] == "pass" and matches(t["name"], [glob]) for t in tests):
            raise Broken(f"unmutated: no test '{glob}' that passes; log: {base.log}")


def allowed_splats(mutant, run):
    """Nothing but the splats that the mutant foretells, and all of these."""
    allow = run.out / "allow"
    allow.write_text("".join(f"expect: {what} | {why} | with the mutant\n"
                             for what, why in mutant.splats), encoding="utf-8")
    scan = subprocess.run([mutant.top / "ci/scan-console", "--allow", allow, run.console],
                          check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    with open(run.log, "a", encoding="utf-8") as log:
        log.write(scan.stdout)
    if scan.returncode:
        raise Broken(f"the splats are not those it foretells; log: {run.log}")


def judge_panic(mutant, base, run):
    """Killed by a panic: the test named was running, those before it passed."""
    order = [t["name"] for t in inside(mutant, base.tests)]
    ran = [t for t in inside(mutant, run.tests)
           if t["name"] in order and NOT_RUN not in t["reason"]]
    cut = [t for t in run.tests if t["name"] in mutant.suites and t["status"] == "fail"]
    console = run.console.read_text(errors="replace") if run.console.exists() else ""
    if run.code in (E_BUILD, E_TIMEOUT):
        return "broken", f"{ENDS[run.code]}; log: {run.log}"
    names = [t["name"] for t in ran]
    if names == order and not inside(mutant, run.failed()):
        return "survived", "everything passed"
    due = order[len(ran)] if cut and names == order[:-1][:len(ran)] else ""
    bad = [t["name"] for t in ran if t["status"] not in ("pass", "skip")]
    if due != mutant.tests[0] or bad:
        return "broken", f"{bad[0] if bad else 'it'} failed, not {mutant.tests[0]}; log: {run.log}"
    if mutant.panic not in console:
        return "broken", f"no '{mutant.panic}' on {run.console}"
    return "killed", f"{due} ({mutant.panic})"


def judge(mutant, base, run):
    """(verdict, why): killed, survived or broken."""
    if mutant.panic:
        return judge_panic(mutant, base, run)
    if mutant.splats and run.code in (0, E_TEST, E_SPLAT):
        allowed_splats(mutant, run)
        run.code = E_TEST
    if end := run.end():
        return "broken", f"{end}; log: {run.log}"
    failed = inside(mutant, run.failed())
    named = [t for t in failed if matches(t["name"], mutant.tests)]
    others = [t["name"] for t in failed
              if t not in named and not matches(t["name"], mutant.may_fail)]
    if not named:
        return "survived", ("its test passed; failed instead: " + " ".join(others)
                            if others else "everything passed")
    wrong = [t for t in named if not assertion(mutant, t)]
    if wrong:
        return "broken", (f"{wrong[0]['name']} failed, but by no assertion of its own "
                          f"({wrong[0]['reason'] or 'none in its output'}); log: {run.log}")
    if others:
        return "broken", f"the rest of the suite is not green: {' '.join(others)}; log: {run.log}"
    return "killed", ", ".join(f"{t['name']} ({assertion(mutant, t)})" for t in named)
