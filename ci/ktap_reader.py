# SPDX-License-Identifier: GPL-2.0-only
"""Reads KTAP or TAP into a tree of tests; whatever is doubtful becomes an error of its test.

Why no packaged reader: python3-tap reads neither tests nested by bare indentation nor the
kselftest runner's "# " nesting, and of the directives only SKIP and TODO; the tree's own
kunit_parser.py does not read "# " nesting either, and lets a missing plan pass.
"""

import ktap_lines as kl
from ktap_tree import Scope, Test

TAIL = 40


class Reader:
    """Feed it with the lines, then call end(): tests and errors hold the outcome."""

    def __init__(self):
        self.scopes, self.log = [], []  # open scopes by column; lines since the last result
        self.tests, self.errors, self.skip_all = [], [], None

    def feed(self, line, cut=False):
        """One line as ktap_lines.clean() yields it."""
        kind, column, match = kl.classify(line)
        if (cut and (kind or kl.is_stub(line))) or line.strip(" #") == "not":
            # "not " may have been parted from its "ok 3 name": do not trust what follows.
            self.scope(column).errors.append(f"a line is cut short: '{line.strip()}'")
        if kind == "result":
            self.result(column, match)
        elif kind in ("version", "plan", "subtest"):
            scope = self.scope(column)
            # A suite that begins at the column of another: the other's result is missing.
            self.adopt_above(column - 1 if kind == "version" and scope.subtest else column)
            getattr(self, kind)(self.scope(column), match)
        elif kind == "bail":
            self.scope(column).bailed = match.group(1)
        elif kind and any(s.column == column for s in self.scopes):
            self.comment(self.scope(column), kind, match)
        if line.strip() and kind not in ("version", "plan", "result"):
            self.log.append(line)

    def scope(self, column):
        """The open scope at this column, or a new one, kept in order."""
        for scope in self.scopes:
            if scope.column == column:
                return scope
        scope = Scope(column)
        self.scopes = sorted(self.scopes + [scope], key=lambda s: s.column)
        return scope

    def result(self, column, match):
        """ok or not ok: the next deeper scope, if any, holds its children."""
        number, name, status, reason, word = kl.result_of(match)
        scope = self.scope(column)
        deeper = [s for s in self.scopes if s.column > column]
        if deeper:
            self.adopt_above(deeper[0].column)
            self.scopes.remove(deeper[0])
        test = Test(name, status, reason, word)
        stats = scope.stats[1] if scope.stats and scope.stats[0] == name else None
        if deeper:
            test.close_child(deeper[0], stats)
        test.check(stats, scope.kunit_totals)
        test.output, self.log = self.log[-TAIL:], []
        scope.add(test, number)
        scope.runner = ""

    @staticmethod
    def version(scope, _match):
        """A second version line at one column is another run below the same parent."""
        if scope.plan is not None or len(scope.tests) > scope.first:
            scope.close()
            scope.restart()

    @staticmethod
    def subtest(scope, match):
        """KUnit names a suite before its tests."""
        scope.subtest = kl.clean_name(match.group(1))

    @staticmethod
    def plan(scope, match):
        """1..N, or 1..0 # SKIP reason."""
        if scope.plan is not None:
            scope.errors.append("two plans")
        scope.plan, scope.plan_at = int(match.group(1)), len(scope.tests) - scope.first
        word = kl.WORD.match(match.group(2) or "")
        if word and word.group(1).upper().startswith("SKIP"):
            scope.skip_all = word.group(2)

    @staticmethod
    def comment(scope, kind, match):
        """The lines that say something about the tests around them."""
        if kind == "totals":
            scope.totals = [int(n) for n in match.groups()]
        elif kind == "stats":
            numbers = [int(n) for n in match.groups()[1:]]
            if match.group(1) == "Totals":
                scope.kunit_totals = numbers
            else:
                scope.stats = (match.group(1), numbers)
        elif kind == "runner":
            scope.runner = kl.clean_name(match.group())
        elif kind == "unnumbered":
            scope.errors.append(f"a result without a number: '{match.string.strip()}'")

    def adopt_above(self, column):
        """Scopes deeper than this end without their parent's result: a crash or lost lines."""
        while self.scopes and self.scopes[-1].column > column:
            child = self.scopes.pop()
            above = self.scopes[-1] if self.scopes else None
            name = child.subtest or (above.runner if above else "") or "(nameless)"
            test = Test(name, "fail")
            child.close()
            test.children, test.output = child.tests + child.orphans, self.log[-TAIL:]
            test.errors = child.errors + ["ended without its own result"]
            (above.orphans if above else self.tests).append(test)

    def end(self):
        """The input ends: only the outermost level may still be open."""
        self.adopt_above(0)
        if not self.scopes:
            self.errors.append("no KTAP at the outermost level")
            return self
        root = self.scopes[0]
        root.close()
        self.tests += root.tests + root.orphans
        self.errors, self.skip_all = self.errors + root.errors, root.skip_all
        if root.runner and (root.plan is None or len(root.tests) < root.plan):
            self.errors.append(f"the output ended in '{root.runner}'")
        return self


def read(data, marker=None):
    """Read a whole log (bytes)."""
    reader, marked = Reader(), False
    for line, cut in kl.clean(data):
        if marker and line.strip(" #\t").startswith(marker):
            marked = True
            continue
        if marked and kl.classify(line)[0] in ("result", "plan", "version", "bail"):
            reader.errors.append(f"KTAP after the end marker: '{line.strip()}'")
            marked = False
        reader.feed(line, cut)
    reader.end()
    if marker and not marked:
        reader.errors.append(f"no end marker '{marker}': the output was cut off")
    if not data.replace(b"\0", b"").strip():
        reader.errors = ["the input is empty"]
    return reader
