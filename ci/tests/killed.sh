# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # tmp is the sourcing test's
# Sourced, after fakebase.sh, by the tests that kill.

# killed_everywhere COMMAND CHECK [STEP]: kill -9 the command before its first,
# second (or each STEPth) call of git, and inside its first call of xz, until it
# gets through; each time CHECK must find that a plain run mends all.
killed_everywhere() {
	local command=$1 check=$2 step=${3-1} n real_git real_xz
	real_git=$(command -v git) real_xz=$(command -v xz)
	mkdir -p "$tmp/bin"
	cat >"$tmp/bin/git" <<-END
		#!/bin/sh
		echo >>"$tmp/calls"
		[ "\$(wc -l <"$tmp/calls")" -lt "\$KILL_AT" ] || kill -9 0
		exec "$real_git" "\$@"
	END
	cat >"$tmp/bin/xz" <<-END
		#!/bin/sh
		[ "\$KILL_AT" != 1000 ] || { "$real_xz" "\$@" | head -c 2000; kill -9 0; }
		exec "$real_xz" "\$@"
	END
	chmod +x "$tmp"/bin/*
	for n in 1000 $(seq 1 "$step" 200); do
		rm -f "$tmp/calls"
		KILL_AT=$n PATH=$tmp/bin:$PATH setsid -w bash -c "$command" >"$tmp/out" 2>&1 && ((n < 1000)) && {
			echo "killed at $((n - 1)) points"
			((n > 3)) # else the wrapper was not even called
			return
		}
		"$check" || { echo "not mended after a kill at call $n of git" && return 1; }
	done
	echo "never got through"
	return 1
}
