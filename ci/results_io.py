# SPDX-License-Identifier: GPL-2.0-only
"""The JSON of results: written whole or not at all, read with suspicion, shown as text."""

import json
import os
import sys

# As in lib.sh.
E_TEST, E_USAGE, E_SPLAT, E_SKIP = 1, 2, 7, 9
STATUSES = ("pass", "fail", "skip", "xfail", "timeout")
WORDS = {"fail": "FAIL", "timeout": "TIMEOUT", "skip": "SKIP", "xfail": "KNOWN FAILURE"}


def die(code, message):
    """One clear line and the exit code."""
    print(f"{os.path.basename(sys.argv[0])}: {message}", file=sys.stderr)
    sys.exit(code)


def write_whole(path, write):
    """Write through a temporary file: nobody ever sees half of it."""
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        write(temporary)
        os.replace(temporary, path)
    except OSError as error:
        die(E_TEST, f"cannot write {path}: {error}")
    finally:
        if os.path.exists(temporary):
            os.unlink(temporary)


def write_json(path, value):
    """Write value as JSON."""
    def write(temporary):
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump(value, file, indent=1)
            file.write("\n")
    write_whole(path, write)


def check_suite(suite, path):
    """Is this what ci/ktap writes? Raises ValueError naming what is wrong."""
    if not isinstance(suite, dict) or not isinstance(suite.get("suite"), str):
        raise ValueError(f"{path}: no suite of results")
    tests = suite.get("tests")
    if not isinstance(tests, list) or not tests:
        raise ValueError(f"{path}: suite '{suite['suite']}' holds no tests")
    for test in tests:
        if not isinstance(test, dict) or not isinstance(test.get("name"), str):
            raise ValueError(f"{path}: a test without a name in suite '{suite['suite']}'")
        if test.get("status") not in STATUSES:
            raise ValueError(f"{path}: '{test['name']}' has the status {test.get('status')!r}")


def load(path):
    """The suites of a file of ci/ktap, or of ci/summary --json."""
    try:
        with open(path, encoding="utf-8") as file:
            value = json.load(file)
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise ValueError(f"{path}: not JSON: {error}") from error
    suites = value.get("suites", [value]) if isinstance(value, dict) else [value]
    if not suites:
        raise ValueError(f"{path}: no suites")
    for suite in suites:
        check_suite(suite, path)
    return suites


def count(tests):
    """(passed, failed, skipped): a known failure vouches for nothing, so it counts as skipped."""
    passed = sum(t["status"] == "pass" for t in tests)
    failed = sum(t["status"] in ("fail", "timeout") for t in tests)
    return passed, failed, len(tests) - passed - failed


def totals(tests):
    """The line that ends every report."""
    passed, failed, skipped = count(tests)
    return f"{passed} passed, {failed} failed, {skipped} skipped"


def show(tests, verbose=False, lines=20):
    """A line for each test that did not pass, and the last output of those that failed."""
    for test in tests:
        status, reason = test["status"], test.get("reason") or ""
        if status != "pass":
            print(f"  {WORDS[status]} {test['name']}{': ' + reason if reason else ''}")
        elif verbose:
            print(f"  ok {test['name']}{': ' + reason if reason else ''}")
        if status in ("fail", "timeout"):
            for line in (test.get("output") or "").splitlines()[-lines:]:
                print(f"    > {line}")
