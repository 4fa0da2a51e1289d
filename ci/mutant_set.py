# SPDX-License-Identifier: GPL-2.0-only
"""Which mutants are to be tried, and what the verdict on each depends on."""

import fnmatch
import hashlib
import re
import shutil
import subprocess

import results_io as rio
from mutant_file import Mutant

SCRIPTS = ("mutant*", "kunit", "vm", "build", "config", "initramfs", "lib.sh", "ktap*",
           "scan-console", "console_splats.py", "results_io.py")
INPUTS = {"kunit": ("kunit", "kconfig-fragments"), "vm": ("selftests", "kconfig-fragments")}
TOOLS = ("gcc", "ld", "qemu-system-x86_64")


def select(args, top):
    """The mutants to try: by ID, else by speed; then this machine's share."""
    found = [Mutant(path, top) for path in sorted(top.glob("mutants/*.patch"))]
    if not found:
        rio.die(rio.E_TEST, f"no mutants in {top}/mutants")
    for glob in args.ids:
        if not any(fnmatch.fnmatchcase(m.id, glob) for m in found):
            rio.die(rio.E_USAGE, f"no mutant '{glob}'; there are: {' '.join(m.id for m in found)}")
    if args.ids:
        found = [m for m in found if any(fnmatch.fnmatchcase(m.id, g) for g in args.ids)]
    elif not args.all:
        found = [m for m in found if not m.slow]
        if not found:
            rio.die(rio.E_TEST, "no fast mutants (see --all)")
    found.sort(key=lambda m: (m.kind, m.profile))
    return share_of(found, args.shard)


def share_of(found, shard):
    """Every Nth of them, from the Ith on, of a shard I/N."""
    share = re.fullmatch(r"([1-9]\d*)/([1-9]\d*)", shard)
    if not share or int(share[1]) > int(share[2]):
        rio.die(rio.E_USAGE, f"--shard {shard} is not I/N with 1 <= I <= N")
    mine = found[int(share[1]) - 1::int(share[2])]
    if not mine:
        rio.die(rio.E_TEST, f"none of the {len(found)} mutants asked for is in shard {shard}"
                if found else "no mutant is as asked for")
    return mine


def key_of(mutant, tree):
    """All that its verdict depends on, as one hash."""
    key = hashlib.sha256(f"{tree.id}\n{mutant.text}".encode())
    paths = [p for glob in SCRIPTS for p in sorted((mutant.top / "ci").glob(glob))]
    for place in INPUTS[mutant.kind]:
        paths += sorted((mutant.top / place).rglob("*"))
    for path in paths:
        if path.is_file() and path.suffix != ".pyc":
            key.update(f"{path.relative_to(mutant.top)}\n".encode() + path.read_bytes())
    for tool in TOOLS:
        key.update(subprocess.run([tool, "--version"], check=False,
                                  stdout=subprocess.PIPE).stdout if shutil.which(tool) else b"-")
    return f"mutant-{mutant.id}-{key.hexdigest()[:40]}"
