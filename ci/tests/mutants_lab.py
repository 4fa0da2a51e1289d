# SPDX-License-Identifier: GPL-2.0-only
"""A small project to try ci/mutants on. No kernel is built: a small tree says what a ci/kunit
of our own, put in the place of the real one, makes of it."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

CI = Path(__file__).resolve().parent.parent
TMP = Path(tempfile.mkdtemp())
TREE, HEADER, SOURCE = TMP / "tree", "include/x.h", "mm/x.c"
ENV = {**os.environ, "SRC": str(TREE), "O": str(TMP / "out"), "XDG_CACHE_HOME": str(TMP / "cache"),
       "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b",
       "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
KUNIT = f"""#!/bin/bash
# mm/x.c and include/x.h hold lines 'WHAT good'; what is not good happens.
cd "$SRC" && stat -c %.9Y {HEADER} {SOURCE} | tr '\\n' ' ' >>{TMP}/runs
echo "${{KUNIT_FILTER:-all}}" >>{TMP}/runs
is() {{ cat mm/* include/* | grep -q "^$1 $2"; }}
! is build bad || exit 5
! is boot bad || exit 6
mkdir -p "$O/logs" "$O/results"
log=$O/logs/kunit-$1.console
{{
	printf '%s\\n' 'Linux version 1' 'KTAP version 1' 1..1 '    KTAP version 1' \\
		'    # Subtest: s' '    1..3'
	n=0
	! is inline bad || set -- "$1" gamma
	for t in alpha beta gamma; do
		! is $t panic || {{ echo 'Kernel panic - not syncing: gone'; break; }}
		n=$((n + 1)) not=''
		{{ ! is $t bad && [[ $t != "${{2-}}" ]]; }} || {{
			not='not '; echo "    # $t: EXPECTATION FAILED at mm/x.c:7"
		}}
		! is $t mute || {{ not='not '; echo '    # gamma: EXPECTATION FAILED at mm/x.c:9'; }}
		! is $t splat || echo 'WARNING: CPU: 0 at mm/x.c:3 splat_here+0x1'
		echo "    ${{not}}ok $n $t"
	done
	grep -q panic "$log" || {{ grep -q 'not ok' "$log" && echo 'not ok 1 s'; }} || echo 'ok 1 s'
}} >"$log"
rc=0
{CI}/ktap --name kunit-$1 --json "$O/results/kunit-$1.json" "$log" || rc=$?
! is time out || exit 8
{CI}/scan-console "$log" || exit 7
exit $rc
"""
GOOD = "".join(f"{what} good\n" for what in
               ("build", "boot", "time", "alpha", "beta", "gamma", "zeta"))


def git(*words):
    """git in the small tree."""
    return subprocess.run(["git", "-C", TREE, *words], env=ENV, check=True, text=True,
                          stdout=subprocess.PIPE).stdout


def commit(subject, text):
    """A patch of the series."""
    (TREE / SOURCE).write_text(text, encoding="utf-8")
    git("add", "-A")
    git("commit", "-q", "-m", subject)


def mutant(name, edit=None, drop=None, diff=None, **header):
    """Writes mutants/NAME.patch; edit is 'alpha bad' or such."""
    head = {"Mutant": name, "Title": "t", "Profile": "kunit p", "Test": "s.alpha",
            "Speed": "fast", **{k.replace("_", "-"): v for k, v in header.items()}}
    if edit:
        file = HEADER if edit.startswith("inline") else SOURCE
        text = (TREE / file).read_text(encoding="utf-8")
        new = text
        for one in edit.split(", "):
            new = new.replace(f"{one.split()[0]} good", one)
        (TREE / file).write_text(new, encoding="utf-8")
        diff = git("diff")
        git("checkout", "-q", ".")
    lines = [f"{key}: {value}" for key, value in head.items() if key != drop]
    (TMP / "mutants").mkdir(exist_ok=True)
    (TMP / f"mutants/{name}.patch").write_text("\n".join([*lines, "", diff or ""]))


def run(*words):
    """(exit code, what it said, how often the kernel ran) of ci/mutants."""
    (TMP / "runs").write_text("")
    done = subprocess.run([TMP / "ci/mutants", *words], env=ENV, check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout, len((TMP / "runs").read_text().splitlines())


def results():
    """name: status of the results."""
    suite = json.loads((TMP / "out/results/mutants.json").read_text())
    return {test["name"]: test["status"] for test in suite["tests"]}


def lay_out():
    """The project, and four patches in its tree."""
    shutil.copytree(CI, TMP / "ci")
    (TMP / "ci/kunit").write_text(KUNIT)
    for name in ("mm", "include"):
        (TREE / name).mkdir(parents=True)
    (TMP / "kunit/p").mkdir(parents=True)
    (TMP / "kunit/p/.kunitconfig").touch()
    git("init", "-q")
    (TREE / HEADER).write_text("inline good\n")
    commit("base", GOOD.replace("zeta good", "alpha bad").replace("beta good", "beta bad"))
    commit("fix: zeta", GOOD.replace("beta good", "beta bad"))
    commit("fix: beta", GOOD.replace("beta good", "beta well"))
    commit("more", GOOD)


def tap(checks):
    """Prints what checks yields, (name, good, what was said), as TAP; 1 if any failed."""
    failed = number = 0
    print("TAP version 13")
    try:
        lay_out()
        for name, good, said in checks:
            number += 1
            if not good:
                failed = 1
                print("".join(f"# {line}\n" for line in said.splitlines()), end="")
            print(f"{'' if good else 'not '}ok {number} {name}", flush=True)
    finally:
        shutil.rmtree(TMP)
    print(f"1..{number}")
    return failed
