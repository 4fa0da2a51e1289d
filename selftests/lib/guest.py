# SPDX-License-Identifier: GPL-2.0-only
"""One run of a guest: starts it, watches it to its end, says why it ended."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import qemu
from qmp import QMP, QMPError

END_MARKER = "# end of results"
# How long a guest may take for what it does at once when it is well, in seconds.
BOOT, GRACE, DUMP = 30, 8, 8

REGISTERS = re.compile(r"\] (R(?!IP)..|[CDEFG]S|CR.|Code):|\] +\? ")


class Guest:
    """A scenario's QEMU. run() gives None, or (kind, cause) when it did not end well."""

    def __init__(self, name, config, rundir, images, slow=1.0):
        self.name, self.dir, self.slow = name, Path(rundir), slow
        self.host_side = images.get("host")
        self.limit, self.boot = config["timeout"] * slow, config.get("boot", BOOT) * slow
        self.console, self.results = self.dir / "console.log", self.dir / "results.tap"
        self.script = images["script"]
        self.test = self.dump_at = None
        self.started = self.first = self.deadline = self.ended = None
        qemu.write_script(name, config, rundir, images)

    def run(self):
        """Starts QEMU and the host side, and watches."""
        for old in (self.console, self.results, *self.dir.glob("*.sock")):
            old.unlink(missing_ok=True)
        env = {**os.environ, "CONSOLE": f"file,id=console,path={self.console}"}
        procs = []
        with open(self.dir / "qemu.log", "wb") as log, open(self.dir / "host.tap", "wb") as tap:
            try:
                self.started = time.monotonic()
                procs.append(subprocess.Popen([self.script], env=env, stdin=subprocess.DEVNULL,
                                              stdout=log, stderr=log))
                if self.host_side:
                    env.update(PYTHONPATH=str(qemu.LIB), PYTHONDONTWRITEBYTECODE="1")
                    procs.append(subprocess.Popen(
                        [sys.executable, self.host_side], env=env, cwd=self.dir,
                        stdin=subprocess.DEVNULL, stdout=tap, stderr=log))
                return self._watch(procs[0], procs[1] if self.host_side else None)
            finally:
                for proc in procs:
                    if proc.poll() is None:
                        proc.kill()
                    proc.wait()

    def _watch(self, proc, host=None):
        seen = 0
        end = self.started + self.limit
        while True:
            gone = proc.poll() is not None
            text = read(self.results)
            self._progress(text[seen:text.rfind("\n") + 1])
            seen = max(seen, text.rfind("\n") + 1)
            if gone:
                break
            now = time.monotonic()
            if self.ended and now > self.ended + GRACE * self.slow:
                return "timeout", "all tests ran, but the guest did not power off"
            if host and host.poll():
                return "test", f"the host side died: {tail(read(self.dir / 'qemu.log'), 5)}"
            if not text and now > self.started + self.boot:
                return self._stuck(proc, "boot", f"did not boot in {self.boot:.0f} s")
            if self.deadline and now > self.deadline and not self.ended:
                return self._stuck(proc, "timeout", "the guest hangs")
            if now > end:
                return self._stuck(proc, "timeout", f"more than the scenario's {self.limit:.0f} s")
            time.sleep(0.05)
        if host and self.ended:
            try:
                host.wait(GRACE)
            except subprocess.TimeoutExpired:
                return "timeout", "the host side did not end with the guest"
        return self._why_ended(proc.returncode)

    def _progress(self, lines):
        now = time.monotonic()
        for line in lines.splitlines():
            self.first = self.first or now
            if match := re.match(r"# run (\S+) (\d+)$", line):
                self.test = match[1]
                self.deadline = now + int(match[2]) + GRACE * self.slow
            elif line.startswith(("ok ", "not ok ")):
                self.deadline = now + GRACE * self.slow
            elif line == END_MARKER:
                self.ended = now

    def _stuck(self, proc, kind, cause):
        """Has the guest show its stacks, by an NMI that makes it panic."""
        where = f" in test '{self.test}'" if self.test else ""
        before = read(self.console)
        self.dump_at = len(before)
        try:
            QMP(self.dir / "watch.sock", timeout=3).run("inject-nmi")
            proc.wait(DUMP)
        except QMPError as error:
            cause += f" (and QEMU did not answer: {error})"
        except subprocess.TimeoutExpired:
            cause += " (and an NMI did not end it)"
        dump = "\n".join(line for line in read(self.console)[self.dump_at:].splitlines()
                         if not REGISTERS.search(line))
        return kind, (f"{cause}{where}; last console lines:\n{tail(before, 12)}\n"
                      f"stacks (whole in {self.console}):\n{tail(dump, 60)}")

    def _why_ended(self, code):
        console = read(self.console)
        where = f" in test '{self.test}'" if self.test else " before the first test"
        if match := re.search(r"^.*Kernel panic - not syncing.*$", console, re.M):
            before = tail(console[:match.start()], 15)
            after = "\n".join(console[match.end():].splitlines()[1:12])
            return "boot", f"panic{where}:\n{before}\n{match[0]}\n{after}"
        if code:
            return "boot", f"QEMU ended with {code}{where}: {tail(read(self.dir / 'qemu.log'), 5)}"
        if not self.first:
            return "boot", f"did not boot; last console lines:\n{tail(console)}"
        if not self.ended:
            return "test", f"results lost: the guest was gone{where}, with no end marker"
        return None


def read(path):
    """The text of a file that is perhaps still written, perhaps not there yet."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def tail(text, lines=20):
    """The last lines, indented."""
    return "\n".join("    " + line.rstrip() for line in text.splitlines()[-lines:]) or "    (none)"
