# SPDX-License-Identifier: GPL-2.0-only
"""The lines of a KTAP log: bytes to text, the console's noise taken off, each line classed.

Depth is the column at which a line's own text begins: KUnit indents by four spaces, KTAP by
two, older logs by a tab, and the kselftest runner puts "# " before each line of a child.
Counting the column makes these one case.
"""

import re

STAMP = re.compile(r"\[ *\d+\.\d{6}\](?:\[ *[TC]\d+\])? ?")
ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
LEVEL = re.compile(r"^<\d+>")
PREFIX = re.compile(r"(?:[ \t]|#(?=[ \t]))*")
# What remains at the start of a line of which the rest was cut away.
STUBS = {"not ok "[:n] for n in range(1, 8)} | {"o", "ok", "ok "}

VERSION = re.compile(r"K?TAP version \d+$")
PLAN = re.compile(r"1\.\.(\d+)\s*(?:#\s*(.*))?$")
RESULT = re.compile(r"(not )?ok +(\d+)(?:$|[ \t]+)(?:- )?(.*)$")
UNNUMBERED = re.compile(r"(?:not ok|ok -)(?: |$)")
BAIL = re.compile(r"Bail out!\s*(.*)$")
SUBTEST = re.compile(r"Subtest: (.*)$")
RUNNER = re.compile(r"selftests: \S+: \S+$")
KSFT_TOTALS = re.compile(
    r"Totals: pass:(\d+) fail:(\d+) xfail:(\d+) xpass:(\d+) skip:(\d+) error:(\d+)$")
KUNIT_STATS = re.compile(r"(.*): pass:(\d+) fail:(\d+) skip:(\d+) total:(\d+)$")

# '#' ends the name only before a blank or a known word, as names such as "page #2" exist.
DIRECTIVE = re.compile(r"(?:^|\s+)#(?:\s+|$|(?=(?:SKIP|TODO|XFAIL|XPASS|TIMEOUT|ERROR|exit=)))")
WORD = re.compile(r"(SKIP\w*|TODO|XFAIL|XPASS|TIMEOUT|ERROR)\b[:\s]*(.*)$", re.IGNORECASE)

# Lines that begin with a "# " of their own, at the column of the '#'.
COMMENTS = ((SUBTEST, "subtest"), (RUNNER, "runner"), (KSFT_TOTALS, "totals"),
            (KUNIT_STATS, "stats"))
TOKENS = ((VERSION, "version"), (PLAN, "plan"), (RESULT, "result"), (BAIL, "bail"),
          (UNNUMBERED, "unnumbered"))


def clean(data):
    """Yield (text, cut) for each line. cut: the kernel's log began in the middle of it."""
    text = data.replace(b"\0", b"").decode("utf-8", "replace")
    for line in text.split("\n"):
        line = LEVEL.sub("", ANSI.sub("", line))
        while True:
            stamp = STAMP.search(line)
            if not stamp:
                break
            if line[:stamp.start()].strip():
                yield line[:stamp.start()], True
            line = line[stamp.end():]
        yield line.rstrip(), False


def classify(line):
    """(kind, column, match) of one cleaned line; kind is None for diagnostics and noise."""
    prefix = PREFIX.match(line).group()
    text = line[len(prefix):]
    column = len(prefix)
    if prefix.endswith("# "):
        for regex, kind in COMMENTS:
            match = regex.match(text)
            if match:
                return kind, column - 2, match
    for regex, kind in TOKENS:
        match = regex.match(text)
        if match:
            return kind, column, match
    return None, column, None


def is_stub(line):
    """Is this the beginning of a result line, the rest of which is missing?"""
    return line[PREFIX.match(line).end():] in STUBS


def result_of(match):
    """(number, name, status, reason, word) of a RESULT match."""
    good, number, rest = not match.group(1), int(match.group(2)), match.group(3)
    parts = DIRECTIVE.split(rest, maxsplit=1)
    name, data = parts[0].strip(), (parts[1].strip() if len(parts) > 1 else "")
    status, word = ("pass" if good else "fail"), ""
    directive = WORD.match(data)
    if directive:
        word, data = directive.group(1).upper(), directive.group(2).strip()
        if word.startswith("SKIP"):
            status, word = "skip", "SKIP"
        elif word == "TIMEOUT":
            status, data = "timeout", "timeout: " + data
        elif word == "ERROR":
            status = "fail"
        elif word in ("XFAIL", "TODO"):
            status = "xfail"
        elif good:  # XPASS: a pass that was not hoped for
            data = ("XPASS " + data).strip()
    # kselftest.h writes "ok 3 # SKIP name": there the text is the name too.
    name = name or data or f"test{number}"
    return number, clean_name(name), status, data, word


def clean_name(name):
    """Names stand in lists whose fields are parted by '|', and are shown on one line."""
    match = re.match(r"selftests: (\S+): (\S+)$", name)
    if match:
        name = f"{match.group(1)}.{match.group(2)}"
    return re.sub(r"\s*\|\s*", "/", " ".join(name.split()))
