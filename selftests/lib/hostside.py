# SPDX-License-Identifier: GPL-2.0-only
"""The host side of a scenario: does what a guest program asks for, over QMP.

A scenario's host.py is a program run beside QEMU, in the directory of its sockets:

    from hostside import Host
    Host().serve()

ask_host("balloon 512") in the guest calls Host.do_balloon("512") and is answered
"ok RETURNED" or "error WHY"; a subclass adds actions as do_NAME methods. Tests of the
host's own are told by result(); standard output is TAP, judged by expect.host.tests.
"""

from qmp import QMP, QMPError, connect

MB = 1 << 20


class Host:
    """Answers until the guest is gone, then prints the plan."""

    def __init__(self):
        self.qmp = QMP("qmp.sock")
        self.channel = connect("host.sock")
        self.channel.settimeout(None)
        self.tests = 0
        print("KTAP version 1", flush=True)

    def result(self, passed, name, note=""):
        """One test of the host side."""
        self.tests += 1
        if note:
            print(f"# {note}")
        print(f"{'ok' if passed else 'not ok'} {self.tests} {name}", flush=True)

    def serve(self):
        """The conversation. One that was cut in a line is a failed test."""
        failed = 0
        with self.channel.makefile("rwb") as channel:
            for line in self._lines(channel):
                words = line.decode("utf-8", "replace").split()
                answer = self._answer(words)
                failed += not answer.startswith("ok")
                print(f"# {' '.join(words)} -> {answer}", flush=True)
                channel.write(answer.encode() + b"\n")
                channel.flush()
        self.result(not failed, "every_request_answered", f"{failed} requests failed")
        self.finished()
        print(f"1..{self.tests}", flush=True)

    @staticmethod
    def _lines(channel):
        try:
            yield from channel
        except ConnectionResetError:
            # QEMU's end of the conversation, when it had something unread.
            pass

    def _answer(self, words):
        action = getattr(self, "do_" + words[0].replace("-", "_"), None) if words else None
        if not action:
            return f"error no such action: {' '.join(words)}"
        try:
            text = action(*words[1:])
        except (QMPError, ValueError, TypeError) as error:
            return f"error {error}"
        return "ok" if text is None else f"ok {text}"

    def finished(self):
        """Called when the guest is gone; for a scenario's own last tests."""

    def do_balloon(self, megabytes):
        """Inflate the balloon to so many MB (0 deflates it). The guest does the work."""
        size = self.qmp.run("query-memory-size-summary")
        total = size["base-memory"] + size.get("plugged-memory", 0)
        self.qmp.run("balloon", value=total - int(megabytes) * MB)

    def do_query_balloon(self):
        """The balloon's size in bytes as QEMU sees it."""
        size = self.qmp.run("query-memory-size-summary")
        total = size["base-memory"] + size.get("plugged-memory", 0)
        return total - self.qmp.run("query-balloon")["actual"]

    def do_unplug(self, device):
        """Ask the guest to give a device back (a pc-dimm)."""
        self.qmp.run("device_del", id=device)
