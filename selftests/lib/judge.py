# SPDX-License-Identifier: GPL-2.0-only
"""What a run of a guest comes to: results, host side's results, console, its end."""

import json
import re
import subprocess
from pathlib import Path

from guest import END_MARKER, read

CI = Path(__file__).resolve().parent.parent.parent / "ci"
E_TEST, E_USAGE, E_BOOT, E_SPLAT, E_TIMEOUT, E_SKIP = 1, 2, 6, 7, 8, 9
CODES = {"boot": E_BOOT, "timeout": E_TIMEOUT, "test": E_TEST}


def worst(codes):
    """What to report of several: without a boot there are no tests to speak of."""
    known = (E_BOOT, E_TIMEOUT, E_SPLAT, E_TEST, E_SKIP)
    return next((code for code in known if code in codes), max(codes))


def ktap(name, expect, out, results, *more):
    """The exit code of the one reader of results; it prints what failed."""
    return subprocess.call([CI / "ktap", "--name", name, "--expect", expect, "--json", out,
                            *more, results])


def judge(out, path, guest, seconds, end):
    """Every reader has its say; the cause of a bad end becomes a test of its own."""
    name, rundir, codes = out.stem, guest.dir, []
    out.parent.mkdir(parents=True, exist_ok=True)
    host_out = rundir / "host.json"
    for old in (out, host_out):
        old.unlink(missing_ok=True)
    if read(rundir / "results.tap"):
        codes.append(ktap(name, path / "expect.tests", out, rundir / "results.tap",
                          "--end-marker", END_MARKER.strip("# "), "--time", f"{seconds:.1f}"))
    if (path / "host.py").exists() and not end:
        codes.append(ktap(f"{name}-host", path / "expect.host.tests", host_out,
                          rundir / "host.tap"))
    # What the host provoked, to see where the guest hangs, is no finding.
    (rundir / "console.scan").write_text(read(guest.console)[:guest.dump_at], encoding="utf-8")
    allow = path / "console.allow"
    scan = subprocess.run(
        [CI / "scan-console", *(["--allow", allow] if allow.exists() else []),
         rundir / "console.scan"], check=False, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True)
    codes.append(scan.returncode)
    checks = [("ended_well", not end, f"{end[0]}: {end[1]}" if end else ""),
              ("console_clean", not scan.returncode, scan.stdout.strip())]
    suite = json.loads(read(out) or json.dumps({"suite": name, "seconds": seconds, "tests": []}))
    for check, passed, text in checks:
        suite["tests"].append({
            "name": f"vm.{check}", "status": "pass" if passed else "fail", "seconds": None,
            "reason": text.splitlines()[0] if text else "", "output": text})
        if not passed:
            print(f"{name}: {text}")
    for test in json.loads(read(host_out) or '{"tests": []}')["tests"]:
        suite["tests"].append({**test, "name": f"host.{test['name']}"})
    temp = out.with_suffix(".new")
    temp.write_text(json.dumps(suite, indent=1) + "\n", encoding="utf-8")
    temp.replace(out)
    if end:
        codes.append(CODES[end[0]])
    elif re.search(r"^not ok .* # TIMEOUT", read(rundir / "results.tap"), re.M):
        codes.append(E_TIMEOUT)
    return worst(codes)
