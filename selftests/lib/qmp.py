# SPDX-License-Identifier: GPL-2.0-only
"""QEMU's machine protocol over a Unix socket: one command, one answer."""

import json
import socket
import time


class QMPError(Exception):
    """QEMU refused the command, or is gone."""


class QMP:
    """qmp = QMP("qmp.sock"); qmp.run("balloon", value=1 << 29)"""

    def __init__(self, path, timeout=10):
        self.sock = connect(path, timeout)
        self.file = self.sock.makefile("rw", encoding="utf-8")
        self.events = []
        if "QMP" not in self._read():
            raise QMPError(f"{path}: no QMP greeting")
        self.run("qmp_capabilities")

    def _read(self):
        try:
            line = self.file.readline()
        except OSError as error:
            raise QMPError(f"no answer from QEMU: {error}") from error
        if not line:
            raise QMPError("QEMU closed its QMP socket")
        return json.loads(line)

    def run(self, command, **arguments):
        """What QEMU returns; events that come in between are kept in .events."""
        try:
            json.dump({"execute": command, "arguments": arguments}, self.file)
            self.file.write("\n")
            self.file.flush()
        except OSError as error:
            raise QMPError(f"QEMU does not read its QMP socket: {error}") from error
        while True:
            answer = self._read()
            if "error" in answer:
                raise QMPError(f"{command}: {answer['error'].get('desc', answer['error'])}")
            if "return" in answer:
                return answer["return"]
            self.events.append(answer)


def connect(path, timeout=10):
    """A connected Unix socket; waits until QEMU has made it."""
    end = time.monotonic() + timeout
    while True:
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(timeout)
        try:
            sock.connect(str(path))
            return sock
        except OSError as error:
            sock.close()
            if time.monotonic() > end:
                raise QMPError(f"{path}: {error}") from error
            time.sleep(0.05)
