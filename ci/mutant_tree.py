# SPDX-License-Identifier: GPL-2.0-only
"""The tree that mutants are applied to, so that only what changed is built."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import results_io as rio
from mutant_file import files_of

GIT_ENV = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
# A patch that brings its test along: reverting that as well would show nothing.
NO_TESTS = [".", ":!*/tests/*", ":!*_kunit.c", ":!tools/testing", ":!*Kconfig*", ":!*/Makefile"]


class Broken(Exception):
    """The mutant could not be tried."""


class Tree:
    """A git tree at the series' tip: every mutant finds and leaves it as it was."""

    def __init__(self, path):
        self.path = Path(path)
        self.id = self.git("rev-parse", "HEAD^{tree}").strip()
        if dirt := self.git("status", "--porcelain", "-uno"):
            raise ValueError(f"{path} has changes that were not committed: {dirt.split()[-1]} ...")

    def git(self, *words, data=None):
        """What git says."""
        return subprocess.run(["git", "-C", self.path, *words], env=GIT_ENV, check=True, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, input=data).stdout

    def diff_of(self, subject):
        """The diff of the patch with this subject."""
        log = self.git("log", "--format=%H %s", "-n", "2000").splitlines()
        found = [line.split(" ", 1)[0] for line in log if line.split(" ", 1)[1] == subject]
        if len(found) != 1:
            raise Broken(f"{len(found)} patches have the subject '{subject}'")
        return self.git("diff", "--full-index", f"{found[0]}^", found[0], "--", *NO_TESTS)

    def apply(self, mutant, diff):
        """Applies it to the files and the index."""
        try:
            if mutant.revert:
                self.git("apply", "-R", "-3", "-", data=diff)
            else:
                self.git("apply", "--index", "-", data=diff)
        except subprocess.CalledProcessError as error:
            text = error.stderr.strip().replace("\n", "; ")
            if mutant.revert:
                raise Broken("the revert conflicts with later patches: write it as a diff "
                             f"({text})") from error
            raise Broken(f"does not apply: {text}") from error
        if not self.git("diff", "--cached", "--name-only", "HEAD"):
            raise Broken("changes nothing")

    @contextlib.contextmanager
    def mutated(self, mutant):
        """The tree with the mutant in it, for as long as the block lasts.

        A header is in every object's dependencies. With Rebuild it keeps its time, and
        the files named are compiled again: all that its change can reach.
        """
        self.git("update-index", "-q", "--refresh")
        diff = self.diff_of(mutant.revert) if mutant.revert else mutant.diff
        times = {}
        for name in files_of(diff):
            path = self.path / name
            if mutant.rebuild and name.endswith(".h") and path.exists():
                stat = path.stat()
                times[path] = (stat.st_atime_ns, stat.st_mtime_ns)
        rebuild = [self.path / name for name in mutant.rebuild]
        for path in rebuild:
            if not path.is_file():
                raise Broken(f"'Rebuild: {path.relative_to(self.path)}' is no file of the tree")
        try:
            self.apply(mutant, diff)
            self.keep_times(times, rebuild)
            yield
        finally:
            # Compiled again before the header looks old: a kill in between costs time only.
            self.keep_times({}, rebuild)
            self.git("reset", "-q", "--hard")
            self.keep_times(times, [])

    @staticmethod
    def keep_times(times, touch):
        """Give back their times to some files, and the present one to others."""
        for path in touch:
            os.utime(path)
        for path, stamp in times.items():
            os.utime(path, ns=stamp)


def make_tree(top, cache):
    """SRC as it is, or a tree of our own at the series' tip."""
    path = os.environ.get("SRC")
    if not path:
        path = cache / "mutants-src"
        if (path / ".git").exists():  # whatever a killed run left there
            (path / ".git/index.lock").unlink(missing_ok=True)
            subprocess.run(["git", "-C", path, "reset", "-q", "--hard"], check=True)
        if code := subprocess.call([top / "ci/tree", path]):
            sys.exit(code)
    try:
        return Tree(path)
    except subprocess.CalledProcessError as error:
        return rio.die(rio.E_USAGE, f"{path}: {error.stderr.strip()}")
    except ValueError as error:
        return rio.die(rio.E_USAGE, error)
