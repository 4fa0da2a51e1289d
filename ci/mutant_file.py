# SPDX-License-Identifier: GPL-2.0-only
"""Reads a mutant: header lines 'Key: value', an empty line, a diff against the series' tip."""

import re
from pathlib import Path

# One line each, or several that add up.
ONCE = ("Mutant", "Title", "Profile", "Speed", "Revert", "Kill")
MORE = ("Test", "May-fail", "Splat", "Rebuild")
NEEDED = ("Mutant", "Title", "Profile", "Speed", "Test")
# With the test changed too nothing would be shown.
TESTS = re.compile(r"(^|/)tests/|_kunit\.c$|^tools/testing/")
PROFILES = {"kunit": "kunit/{}/.kunitconfig", "vm": "selftests/{}/scenario.toml"}


def headers(text):
    """(headers, the rest) of a mutant's text."""
    found = {key: [] for key in ONCE + MORE}
    head, _, rest = text.partition("\n\n")
    for line in head.splitlines():
        if line.startswith("#"):
            continue
        key, colon, value = line.partition(":")
        if not colon or key not in found:
            raise ValueError(f"'{line}' is no header line; there are {', '.join(found)}")
        if not value.strip():
            raise ValueError(f"'{key}' is empty")
        if key in ONCE and found[key]:
            raise ValueError(f"'{key}' stands there twice")
        found[key].append(value.strip())
    for key in NEEDED:
        if not found[key]:
            raise ValueError(f"no '{key}'")
    return found, rest


def with_reason(key, lines):
    """[what, why] of lines 'WHAT -- WHY'."""
    pairs = [re.split(r"\s+--\s+", line, maxsplit=1) for line in lines]
    for pair in pairs:
        if len(pair) != 2:
            raise ValueError(f"'{key}: {pair[0]}' wants ' -- ' and a reason")
    return pairs


def files_of(diff):
    """The files that a diff changes."""
    return sorted(set(re.findall(r"^(?:---|\+\+\+) [ab]/(\S+)$", diff, re.M)))


class Mutant:  # pylint: disable=too-many-instance-attributes
    """What its file says; 'error' holds what is wrong with that, if anything."""

    def __init__(self, path, top):
        self.path, self.id, self.top, self.error = Path(path), Path(path).stem, Path(top), ""
        self.slow, self.kind, self.profile, self.title = False, "", "", ""
        self.text = self.panic = self.revert = self.diff = ""
        try:
            self.text = self.path.read_text(encoding="utf-8")
            self.parse(*headers(self.text))
        except (OSError, ValueError) as error:
            self.error = str(error)

    def parse(self, head, diff):
        """Takes the headers and the diff apart; ValueError names what is wrong."""
        one = {key: head[key][0] if head[key] else "" for key in ONCE}
        if one["Mutant"] != self.id:
            raise ValueError(f"'Mutant: {one['Mutant']}' in a file named {self.path.name}")
        if one["Speed"] not in ("fast", "slow"):
            raise ValueError(f"'Speed: {one['Speed']}' is neither fast nor slow")
        self.slow, self.title = one["Speed"] == "slow", one["Title"]
        words = one["Profile"].split()
        if len(words) != 2 or words[0] not in PROFILES:
            raise ValueError(f"'Profile: {one['Profile']}' is not 'kunit NAME' or 'vm SCENARIO'")
        self.kind, self.profile = words
        wanted = PROFILES[self.kind].format(self.profile)
        if not (self.top / wanted).is_file():
            raise ValueError(f"unknown profile '{one['Profile']}': no {wanted}")
        self.tests = " ".join(head["Test"]).split()
        self.may_fail = [glob for glob, _ in with_reason("May-fail", head["May-fail"])]
        self.splats = with_reason("Splat", head["Splat"])
        self.rebuild = " ".join(head["Rebuild"]).split()
        self.suites = sorted({test.split(".")[0] for test in self.tests})
        if self.kind == "kunit":
            for test in self.tests:
                if not re.match(r"[\w-]+\.", test):
                    raise ValueError(f"'Test: {test}' is not SUITE.TEST, the suite without globs")
        elif self.splats or one["Kill"]:
            raise ValueError("'Splat' and 'Kill' are for KUnit profiles")
        self.parse_kill(one["Kill"])
        self.revert, self.diff = one["Revert"], diff
        if bool(self.revert) == bool(diff.strip()):
            raise ValueError("either 'Revert' or a diff is wanted")
        if not self.revert:
            self.check_files(files_of(diff))

    def parse_kill(self, kill):
        """'panic TEXT' instead of an assertion."""
        word, _, self.panic = kill.partition(" ")
        self.panic = self.panic.strip()
        if kill and (word != "panic" or not self.panic):
            raise ValueError(f"'Kill: {kill}' is not 'panic TEXT'")
        if kill and (len(self.tests) != 1 or re.search(r"[*?[]", self.tests[0])):
            raise ValueError("'Kill: panic' wants one test, named in full")

    @staticmethod
    def check_files(files):
        """The diff must change something, and no test."""
        if not files:
            raise ValueError("the diff changes no file")
        for name in files:
            if TESTS.search(name):
                raise ValueError(f"a mutant may not change {name}: the test must stay as it is")
