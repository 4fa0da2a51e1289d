# SPDX-License-Identifier: GPL-2.0-only
"""Where the makers of mutants work, and the locks that they hold meanwhile."""

import contextlib
import fcntl
import subprocess
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
# lib.sh decides where things lie; read-only caches are its matter.
O, CACHE = map(Path, subprocess.run(
    ["bash", "-c", '. "$0" && printf "%s\\n" "$O" "$CACHE"', TOP / "ci/lib.sh"],
    check=True, text=True, stdout=subprocess.PIPE).stdout.split("\n")[:2])


@contextlib.contextmanager
def lock(name):
    """Holds $CACHE/NAME.lock. The one of builds (lock_builds in lib.sh) is held over all
    mutants: each is a build of seconds, and would wait for a long one."""
    with open(CACHE / f"{name}.lock", "w", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"waiting for the holder of {file.name}", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
