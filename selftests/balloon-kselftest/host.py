#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Sets the balloon as the guest program asks for."""

from hostside import Host

Host().serve()
