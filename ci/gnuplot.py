# SPDX-License-Identifier: GPL-2.0-only
"""Have gnuplot draw an SVG that says its licence, as every file here does."""

import subprocess

XML = "?>\n"
LICENCE = "<!-- SPDX-License-Identifier: GPL-2.0-only -->\n"


def draw(path, size, script):
    """Draw SCRIPT to PATH, SIZE being "width,height"."""
    start = f"set terminal svg size {size} font 'sans,11'\nset output '{path}'\n"
    subprocess.run(["gnuplot"], input=start + script, text=True, check=True)
    drawn = path.read_text(encoding="utf-8")
    if XML not in drawn:
        raise SystemExit(f"{path}: gnuplot drew no XML")
    path.write_text(drawn.replace(XML, XML + LICENCE, 1), encoding="utf-8")
