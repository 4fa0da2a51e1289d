# SPDX-License-Identifier: GPL-2.0-only
"""The mutants that can be made of a section's code: one change of one statement each."""

import difflib
import re
import subprocess

import results_io as rio
from mutant_c import DIRECTIVE, change, statements
from mutant_file import TESTS, files_of

# Without one the code does the same: nothing could notice.
ASSERTION = re.compile(r"(?:VM_)?(?:WARN|BUG)_ON\w*\(|\w*_assert_\w+\(")
CODE = re.compile(r"(?:mm|include|lib|kernel|fs)/.*\.[ch]$")  # what KUnit on UML can reach


class Candidate:  # pylint: disable=too-few-public-methods
    """One mutant, as mutant_run.Run and Tree.mutated want it."""
    kind, profile, revert, error = "kunit", "uml", "", ""

    def __init__(self, top, name, diff, rebuild):
        self.top, self.name, self.diff, self.text, self.rebuild = top, name, diff, diff, rebuild
        self.id = "generated-" + re.sub(r"\W+", "-", name).strip("-")[:60]

    def run_in(self, profile):
        """Which is to notice it, instead of KUnit on UML: as a mutant's Profile."""
        self.kind, self.profile = profile.split(" ", 1)
        self.text = f"{profile}\n{self.diff}"


def section_commits(top, tree, section):
    """The commits of a section, and the base; of all sections without one."""
    found, now = [], None
    for line in (top / "series").read_text(encoding="utf-8").splitlines():
        if heading := re.match(r"# (\d+)\. ", line):
            now = heading[1]
        elif patch := line.split("#")[0].strip():
            found.append((patch, now))
    ids = tree.git("rev-list", "--reverse", "-n", str(len(found)), "HEAD").split()
    mine = [i for i, (_, of) in zip(ids, found) if section in (None, of)]
    if not mine or len(ids) != len(found):
        rio.die(rio.E_USAGE, f"no section {section} with patches in the series" if not mine else
                f"{tree.path} is not at the series' tip")
    for commit, (patch, _) in zip(ids, found):
        subject = tree.git("log", "-1", "--format=%f", commit).strip()
        if not patch.split("-", 1)[1].startswith(subject[:20]):
            rio.die(rio.E_USAGE, f"{tree.path} is not at the series' tip: {patch} is '{subject}'")
    return mine, f"{ids[0]}^"


def added_lines(tree, mine, base):
    """{file: numbers of the lines at the tip that the section's commits added}."""
    found = {}
    for name in tree.git("diff", "--name-only", base, "HEAD").split():
        if (tree.path / name).is_file():
            blame = tree.git("blame", "-s", "-l", f"{base}..HEAD", "--", name).splitlines()
            lines = {n for n, line in enumerate(blame, 1) if line.split(" ", 1)[0] in mine}
            if lines:
                found[name] = lines
    return found


def built(tree, name):
    """Has UML an object of this source?"""
    return (tree.path / ".obj-kunit-uml" / name).with_suffix(".o").is_file()


def users(tree, function):
    """The sources that UML builds with this function of a header in them, by way of other
    headers' functions too; None when a macro has it, so that anything may."""
    todo, seen, found = [function], set(), set()
    while todo:
        name = todo.pop()
        seen.add(name)
        grep = subprocess.run(["git", "-C", tree.path, "grep", "-lw", name, "--", "*.[ch]",
                               ":!tools"], check=False, text=True, stdout=subprocess.PIPE)
        for file in grep.stdout.split():
            if file.endswith(".c"):
                found |= {file} if built(tree, file) else set()
                continue
            source = (tree.path / file).read_text(encoding="utf-8")
            if any(re.search(rf"\b{name}\b", m.group()) for m in DIRECTIVE.finditer(source)):
                return None
            todo += {f for f, _, start, end in statements(source)
                     if re.search(rf"\b{name}\b", source[start:end])} - seen
    return sorted(found)


def of_file(top, tree, name, lines):
    """The mutants of one file."""
    source, seen = (tree.path / name).read_text(encoding="utf-8"), {}
    for function, kind, start, end in statements(source):
        first = source.count("\n", 0, start) + 1
        if not lines & set(range(first, source.count("\n", 0, end) + 2)):
            continue
        old = source[start:end]
        if ASSERTION.match(old):
            continue
        what, new = change(kind, old)
        title = f"{name} {function} | {what} | {' '.join(old.split())}"
        seen[title] = seen.get(title, 0) + 1
        if seen[title] > 1:
            title += f" ({seen[title]})"
        text = source[:start] + new + source[end:]
        diff = "".join(difflib.unified_diff(source.splitlines(True), text.splitlines(True),
                                            f"a/{name}", f"b/{name}"))
        rebuild = users(tree, function) if name.endswith(".h") else []
        yield Candidate(top, title, diff, rebuild or [])


def candidates(top, tree, section):
    """(mutants, {file: lines added} of code that is out of UML's reach)."""
    mutants, beyond = [], {}
    for name, lines in added_lines(tree, *section_commits(top, tree, section)).items():
        if TESTS.search(name) or not re.search(r"\.[chS]$", name):
            continue
        if CODE.match(name) and (name.endswith(".h") or built(tree, name)):
            mutants += of_file(top, tree, name, lines)
        else:
            beyond[name] = len(lines)
    assert all(len(files_of(m.diff)) == 1 for m in mutants)
    return mutants, beyond
