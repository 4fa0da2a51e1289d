# SPDX-License-Identifier: GPL-2.0-only
"""One run of a guest: writes its repro script, starts it, watches it to its end."""

import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

from qmp import QMP, QMPError

LIB = Path(__file__).resolve().parent
END_MARKER = "# end of results"
# How long a guest may take for what it does at once when it is well, in seconds.
BOOT, GRACE, DUMP = 30, 8, 8

# Whatever goes wrong ends the guest: a panic, a stall, a stuck task. An NMI from the
# host panics too, which shows where each CPU is even with interrupts off.
CMDLINE = (
    "console=ttyS0 panic=-1 oops=panic panic_on_warn=1 softlockup_panic=1 "
    "hung_task_panic=1 unknown_nmi_panic=1 sysctl.kernel.panic_on_rcu_stall=1 "
    "panic_sys_info=all_bt nokaslr"
)
QEMU = (
    "qemu-system-x86_64 -accel tcg -cpu max,+svm -machine q35 -nodefaults "
    "-no-user-config -no-reboot -display none -msg timestamp=on"
)
DEVICES = (
    "-serial chardev:console "
    "-qmp unix:qmp.sock,server=on,wait=off -qmp unix:watch.sock,server=on,wait=off "
    "-device virtio-serial-pci "
    "-chardev file,id=results,path=results.tap "
    "-device virtserialport,chardev=results,name=results "
    "-chardev socket,id=host,path=host.sock,server=on,wait=off "
    "-device virtserialport,chardev=host,name=host "
)
SCRIPT = """#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Scenario {name}: boots it by hand as ci/vm did. The console is on the terminal
# (ctrl-C ends it), the results are in results.tap. APPEND adds to the kernel's
# command line: APPEND=shell gives a shell in place of the tests. Arguments go to QEMU:
# -s lets gdb in, with {vmlinux}.
cd {dir} || exit 1
if [ -z "${{CONSOLE-}}" ] && [ -n "{host}" ]; then
	PYTHONPATH={lib} python3 {host} &
fi
exec {qemu} \\
	-kernel {kernel} \\
	-initrd {initrd} \\
	-append "{append} ${{APPEND-}}" \\
	-chardev "${{CONSOLE:-stdio,id=console}}" \\
	{devices} "$@"
"""


class Guest:
    """A scenario's QEMU. run() gives None, or (kind, cause) when it did not end well."""

    def __init__(self, name, config, rundir, images, slow=1.0):
        self.name, self.dir, self.slow = name, Path(rundir), slow
        self.host_side = images.get("host")
        self.limit, self.boot = config["timeout"] * slow, config.get("boot", BOOT) * slow
        self.console, self.results = self.dir / "console.log", self.dir / "results.tap"
        self.script = images["script"]
        self.test = None
        self.started = self.first = self.deadline = self.ended = None
        words = shlex.join(shlex.split(config.get("qemu", "")))
        self.script.write_text(SCRIPT.format(
            name=name, dir=shlex.quote(str(self.dir)), lib=LIB, qemu=QEMU,
            kernel=images["kernel"], initrd=images["initrd"], vmlinux=images["vmlinux"],
            append=f"{CMDLINE} {config.get('cmdline', '')}".strip(),
            host=self.host_side or "", devices=f"{DEVICES}\\\n\t{words}"))
        self.script.chmod(0o755)

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
                    env.update(PYTHONPATH=str(LIB), PYTHONDONTWRITEBYTECODE="1")
                    procs.append(subprocess.Popen(
                        [sys.executable, self.host_side], env=env, cwd=self.dir,
                        stdin=subprocess.DEVNULL, stdout=tap, stderr=log))
                return self._watch(*procs)
            finally:
                for proc in procs:
                    if proc.poll() is None:
                        proc.kill()
                    proc.wait()

    def _watch(self, qemu, host=None):
        seen = 0
        end = self.started + self.limit
        while True:
            gone = qemu.poll() is not None
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
                return self._stuck("boot", f"did not boot in {self.boot:.0f} s")
            if self.deadline and now > self.deadline and not self.ended:
                return self._stuck("timeout", "the guest hangs")
            if now > end:
                return self._stuck("timeout", f"more than the scenario's {self.limit:.0f} s")
            time.sleep(0.05)
        if host and self.ended:
            try:
                host.wait(GRACE)
            except subprocess.TimeoutExpired:
                return "timeout", "the host side did not end with the guest"
        return self._why_ended(qemu.returncode)

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

    def _stuck(self, kind, cause):
        """Has the guest show its stacks, by an NMI that makes it panic."""
        where = f" in test '{self.test}'" if self.test else ""
        try:
            qmp = QMP(self.dir / "watch.sock", timeout=3)
            qmp.run("inject-nmi")
            end = time.monotonic() + DUMP
            while time.monotonic() < end and "---[ end Kernel panic" not in read(self.console):
                time.sleep(0.1)
        except (QMPError, OSError) as error:
            cause += f" (and QEMU did not answer: {error})"
        return kind, f"{cause}{where}; last console lines:\n{tail(read(self.console))}"

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
