# SPDX-License-Identifier: GPL-2.0-only
"""What a kernel prints when something is wrong, and what looks alike but is not.

The patterns match at the start of a message, after its "subsystem: ", as the headings of
reports stand there and prose does not: otherwise command lines, names of tests and of
options ("kasan_bug", "DEBUG: 0") would match. Only headings: the body of a report need
not be listed when its heading is allowed.
"""

import re

STAMP = re.compile(r"\[ *\d+\.\d{6}\](?:\[ *[TC]\d+\])? ?")
ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
LEVEL = re.compile(r"^(?:<\d+>)?")
# A short "name: " or two may stand before a heading: "watchdog: ", "NMI watchdog: ".
SUB = r"(?:[\w.-]+(?: [\w.-]+)?: ){0,2}"

SPLATS = [re.compile(p) for p in (
    # Also soft lockup, KASAN, KCSAN, KFENCE, Bad page, Bad rss-counter, sleeping function,
    # scheduling while atomic, workqueue lockup, NULL pointer, page fault; "[ BUG: " is lockdep's.
    SUB + r"\[? ?BUG: ",
    SUB + r"BUG \S+ \(",  # SLUB: "BUG kmalloc-64 (Not tainted): Poison overwritten"
    SUB + r"kernel BUG at ",
    SUB + r"KASAN: (?:null-ptr-deref|probably|maybe)",
    # WARN() and lockdep. Only without a subsystem: after one, "WARNING:" stands in prose
    # about the configuration ("Spectre V2 : WARNING: Unprivileged eBPF is enabled").
    r"WARNING: ",
    SUB + r"UBSAN: \S+",
    SUB + r"(?:Oops|general protection fault|double fault|divide error|PANIC)[:,]",
    SUB + r"(?:Internal error: |Unable to handle kernel )",
    SUB + r"Kernel panic - ",
    SUB + r"(?:possible|inconsistent) .*(?:deadlock|locking|dependency|lock state)",
    SUB + r"suspicious RCU usage",
    SUB + r"INFO: trying to register non-static key",
    SUB + r"INFO: \S+ (?:self-)?detected (?:expedited )?stall",
    SUB + r"INFO: task .* blocked.* for more than \d+ seconds",
    SUB + r".*\bdetected (?:hard|soft) ?LOCKUP",
    SUB + r"\S+:\d+: bad (?:pgd|p4d|pud|pmd|pte) ",
    SUB + r".*(?:Bad swap (?:file|offset)|Unused swap offset) entry ",
    SUB + r"list_(?:add|del)(?: double add| corruption)",
    SUB + r".*\bdouble free\b",
    SUB + r"\d+ new suspected memory leaks",
    SUB + r"unreferenced object 0x",
    SUB + r"vmstat_refresh: \S+ -\d",
    SUB + r"unregister_netdevice: waiting for ",
)]

# KTAP on the console: names and diagnostics of tests, which their own reader judges.
KTAP = re.compile(r"\s*(?:#\s|(?:not )?ok \d|\d+\.\.\d+|K?TAP version \d)")
# Never the words of a WARN(): another CPU's report in between.
ALWAYS = re.compile(SUB + r"(?:\[? ?BUG: |BUG \S+ \(|INFO: |Kernel panic - )")
CUT_HERE = re.compile(r"-+\[ cut here \]-+")
ENDS_REPORT = re.compile(r"WARNING: |(?:[Kk]ernel )?BUG at |Oops: |Internal error: |UBSAN: ")


def messages(line):
    """The messages of a console line: the kernel may begin one in the middle of a line."""
    line = LEVEL.sub("", ANSI.sub("", line).rstrip("\r"))
    return [m for m in STAMP.split(line) if m.strip()]


def is_splat(message):
    """Is this message the heading of a report?"""
    message = message.strip()
    return not KTAP.match(message) and any(s.match(message) for s in SPLATS)
