# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Sourced by the bash scripts in ci/: places, exit codes, messages, usage.

set -euo pipefail
export LC_ALL=C.UTF-8 TZ=UTC

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
O=$(realpath -m "${O:-$TOP/build}")
# Downloads, trees, objects and passes already reached: shared by every checkout.
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/mm-series
export TOP O CACHE

# One exit code for each way to end; README.md has the table.
# shellcheck disable=SC2034 # used by the scripts that source this file
readonly E_TEST=1 E_USAGE=2 E_BASE=3 E_APPLY=4 E_BUILD=5 E_BOOT=6 E_SPLAT=7 \
	E_TIMEOUT=8 E_SKIP=9 E_PACKAGES=10

say() { printf '%s\n' "$*"; }
warn() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

# die CODE MESSAGE...: one clear line, naming what was wrong, and the exit code.
die() {
	local code=$1
	shift
	warn "$@"
	exit "$code"
}

# The comment under the SPDX line is the script's manual; -h prints it.
usage() {
	awk 'NR > 2 && !/^#/ { exit } NR > 2 { sub(/^# ?/, ""); print }' "$0"
}

# help_or_usage "$@": answers -h and --help, refuses any other option.
help_or_usage() {
	case "${1-}" in
	-h | --help)
		usage
		exit 0
		;;
	-*) die "$E_USAGE" "unknown option '$1' (see -h)" ;;
	esac
}

# One kernel build at a time: parallel ones only slow each other down. The lock
# goes with the descriptor, so a killed build frees it. BUILDS_LOCKED: whoever
# started us holds it, over a row of short builds.
lock_builds() {
	[[ -z ${BUILDS_LOCKED-} ]] || return 0
	mkdir -p "$CACHE"
	exec 9>"$CACHE/build.lock"
	flock -n 9 || {
		say "waiting for another build to end"
		flock 9
	}
}

unlock_builds() { exec 9>&-; }

# repro NAME COMMAND: keeps the command as an executable script, to repeat a
# run by hand.
repro() {
	mkdir -p "$O/repro"
	printf '#!/usr/bin/env bash\n# SPDX-License-Identifier: GPL-2.0-only\n%s\n' \
		"$2" >"$O/repro/$1"
	chmod +x "$O/repro/$1"
}

# A cache that cannot be written is read all the same: what it holds of the base
# is used where it lies, and all that is new goes to $O/cache.
CACHE_READ_ONLY=
cache_parent=$CACHE
while [[ ! -e $cache_parent ]]; do cache_parent=$(dirname "$cache_parent"); done
if [[ ! -w $cache_parent ]]; then
	CACHE_READ_ONLY=$CACHE
	CACHE=$O/cache
fi
unset cache_parent
export CACHE_READ_ONLY
