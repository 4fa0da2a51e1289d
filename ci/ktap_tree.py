# SPDX-License-Identifier: GPL-2.0-only
"""The tree that the KTAP reader builds, and what must hold for each level of it."""


class Test:
    """A result line with the tests nested below it."""

    def __init__(self, name, status, reason="", word=""):
        self.name, self.status, self.reason, self.word = name, status, reason, word
        self.children, self.errors, self.output = [], [], []

    def bad(self):
        """Did it fail, by its word or by what is wrong with its output?"""
        return bool(self.errors) or self.status in ("fail", "timeout")

    def leaves(self):
        """The tests below it that have none below them."""
        return [leaf for c in self.children for leaf in c.leaves()] if self.children else [self]

    def close_child(self, child, stats):
        """Take the scope that ended with this result: its tests and its errors."""
        # KUnit prints no plan where a function generates the parameters, but it does
        # print how many ran when there is more than one.
        counted = stats is not None or len(child.tests) == 1
        child.close(planless_ok=bool(child.subtest) and counted)
        self.children = child.tests + child.orphans
        self.errors += child.errors
        if child.subtest and child.subtest != self.name:
            self.errors.append(f"ends the subtest '{child.subtest}', which has no result")
        if child.skip_all is not None and self.status in ("pass", "skip"):
            self.status, self.reason = "skip", child.skip_all or self.reason

    def check(self, stats, totals):
        """What a parent says must agree with what its children said."""
        for said, tests in ((stats, self.children),
                            (totals, [leaf for c in self.children for leaf in c.leaves()])):
            have = [sum(t.status == s for t in tests) for s in ("pass", "fail", "skip")]
            if said and have + [len(tests)] != said:
                self.errors.append(f"KUnit counted {said} (pass, fail, skip, total), "
                                   f"the results read {have + [len(tests)]}")
        failed = [c.name for c in self.children if c.bad()]
        if failed and not self.bad():
            self.errors.append(f"says '{self.status}' although '{failed[0]}' failed")


class Scope:  # pylint: disable=too-many-instance-attributes
    """The tests at one column, from a version line to the result of their parent."""

    def __init__(self, column):
        self.column, self.tests, self.orphans, self.errors = column, [], [], []
        self.skip_all, self.seen = None, {}
        self.stats = self.kunit_totals = self.due = None
        self.restart()

    def restart(self):
        """A version line, or the start: a new plan and new numbers."""
        self.plan = self.bailed = self.totals = self.stats = self.kunit_totals = None
        self.plan_at, self.first, self.due = 0, len(self.tests), 1
        self.subtest = self.runner = ""  # "# Subtest: name", "# selftests: dir: name"

    def add(self, test, number):
        """A result: its number must be the next one."""
        if number != self.due:
            self.errors.append(f"number {number} ('{test.name}') where {self.due} was due")
        self.due = number + 1
        times = self.seen[test.name] = self.seen.get(test.name, 0) + 1
        if times > 1:  # cow.c and others use a name again: tell them apart
            test.name += f"~{times}"
        self.tests.append(test)
        self.stats = self.kunit_totals = None

    def close(self, planless_ok=False):
        """Judge plan, numbers and totals of the run that ends here."""
        tests = self.tests[self.first:]
        if self.bailed is not None:
            self.errors.append(f"Bail out! {self.bailed}".strip())
        if self.plan is None:
            if not planless_ok:
                self.errors.append(f"no plan ({len(tests)} results read)")
        elif self.plan != len(tests):
            self.errors.append(f"{len(tests)} of {self.plan} planned tests ran")
        elif self.plan == 0 and self.skip_all is None:
            self.errors.append("a plan of 0 tests without SKIP")
        if self.plan is not None and 0 < self.plan_at < len(tests):
            self.errors.append("the plan stands between the results")
        if self.totals:
            self.check_totals(tests, self.totals)

    def check_totals(self, tests, totals):
        """kselftest.h ends with its own count: a lost or turned line shows here."""
        xpass = sum(t.word == "XPASS" for t in tests)
        have = [sum(t.status == s for t in tests) for s in ("pass", "fail", "xfail", "skip")]
        have = [have[0] - xpass, have[1], have[2], xpass, have[3]]
        good, fail, xfail, xpassed, skip, error = totals
        said = [good, fail + error, xfail, xpassed, skip]
        if have != said:
            self.errors.append(f"its own totals say {said} (pass, fail, xfail, xpass, skip), "
                               f"the results read {have}")
