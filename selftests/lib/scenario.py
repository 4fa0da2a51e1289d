# SPDX-License-Identifier: GPL-2.0-only
"""The scenarios in selftests/: which there are, and their settings."""

import sys
import tomllib
from pathlib import Path  # pylint: disable=wrong-import-order # tomllib is not known to it

import judge

TOP = Path(__file__).resolve().parent.parent.parent

KEYS = {"profile", "timeout", "tests", "qemu", "cmdline", "files", "boot", "selftests"}


def all_scenarios():
    """Their names."""
    return sorted(p.parent.name for p in TOP.glob("selftests/*/scenario.toml"))


def load(path, args):
    """The scenario's settings, or an exit that says what is wrong with them."""
    try:
        config = tomllib.loads((path / "scenario.toml").read_text(encoding="utf-8"))
    except FileNotFoundError:
        usage_error(f"no such scenario '{path.name}'; there is: {' '.join(all_scenarios())}")
    except tomllib.TOMLDecodeError as error:
        usage_error(f"{path}/scenario.toml: {error}")
    for key, kind in (("profile", str), ("timeout", int), ("tests", str)):
        if not isinstance(config.get(key), kind):
            usage_error(f"{path}/scenario.toml: '{key}' missing or not a {kind.__name__}")
    if unknown := set(config) - KEYS:
        usage_error(f"{path}/scenario.toml: unknown {', '.join(sorted(unknown))}")
    config["tests"] = [line.split(None, 2) for line in config["tests"].splitlines()
                       if line.strip()]
    if not config["tests"]:
        usage_error(f"{path}/scenario.toml: no tests")
    for test in config["tests"]:
        if len(test) != 3 or not test[1].isdigit():
            usage_error(f"{path}/scenario.toml: '{' '.join(test)}' is not NAME SECONDS COMMAND")
    config["profile"] = args.profile or config["profile"]
    return config


def usage_error(message):
    """One line and the exit code for a wrong call."""
    print(f"vm: {message}", file=sys.stderr)
    sys.exit(judge.E_USAGE)
