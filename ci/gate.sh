# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Sourced, after lib.sh, by the scripts of the static gate: results as TAP,
# passes already reached, and the commits of the series.

# Each check prints TAP and leaves the same in $O/results/<step>.tap, which is
# there only when the check came to its end.
STEP=${0##*/}
GATE_TAP=$O/results/$STEP.tap
GATE_LOGS=$O/logs/$STEP
gate_count=0 gate_failed=0

gate_start() {
	rm -rf "$GATE_TAP" "$GATE_LOGS"
	mkdir -p "$O/results" "$GATE_LOGS"
	# A descriptor that no child keeps: make hands its own on to what it starts.
	exec 7>"$GATE_TAP.new"
	# An end on the way says so, wherever the output goes just then.
	exec 6>&2
	trap 'warn "ended before its end; see $GATE_LOGS" 2>&6' EXIT
	gate_print "TAP version 13"
}
gate_print() { printf '%s\n' "$*" | tee -a /dev/fd/7; }

# ok NAME; skip NAME REASON
ok() { gate_print "ok $((++gate_count)) - $1"; }
skip() { gate_print "ok $((++gate_count)) - $1 # SKIP $2"; }

# not_ok NAME [LOG]: with the end of what the tool said.
not_ok() {
	gate_failed=1
	gate_print "not ok $((++gate_count)) - $1"
	[[ -z ${2-} ]] || tail -n 25 "$2" | sed 's/^/  # /' | tee -a /dev/fd/7
}

# judge NAME LOG COMMAND...: the command's exit code decides.
judge() {
	local name=$1 log=$2
	shift 2
	if "$@" >"$log" 2>&1; then ok "$name"; else not_ok "$name" "$log"; fi
}

gate_end() {
	((gate_count)) || not_ok "anything to check"
	gate_print "1..$gate_count"
	exec 7>&-
	trap - EXIT
	mv "$GATE_TAP.new" "$GATE_TAP"
	((!gate_failed)) || {
		warn "failed; all that the tools said is in $GATE_LOGS"
		exit "${GATE_CODE:-$E_TEST}"
	}
	exit 0
}

need() {
	local tool
	for tool; do
		command -v "$tool" >/dev/null || die "$E_PACKAGES" "$tool is not installed"
	done
}

# A pass is kept as an empty file named after all that it depended on: give that
# on stdin. A failure is never kept.
FRESH=
pass_key() { sha256sum | cut -c 1-40; }
passed() { [[ -z $FRESH && -e $CACHE/pass/$STEP-$1 ]]; }
pass() { mkdir -p "$CACHE/pass" && : >"$CACHE/pass/$STEP-$1"; }

# The series as commits: GATE_REPO, GATE_BASE and GATE_TIP name other ones.
read_commits() {
	. "$TOP/ci/series.sh"
	if [[ -z ${GATE_REPO-} ]]; then
		GATE_TIP=$("$TOP/ci/tip") || exit
		GATE_REPO=$CACHE/series.git
		GATE_BASE=$(git -C "$BASE_REPO" rev-parse "refs/tags/$BASE_TAG^{commit}")
	fi
	GATE_BASE=$(git -C "$GATE_REPO" rev-parse --verify "${GATE_BASE:?}^{commit}")
	GATE_TIP=$(git -C "$GATE_REPO" rev-parse --verify "${GATE_TIP:?}^{commit}")
	mapfile -t COMMITS < <(git -C "$GATE_REPO" rev-list --reverse "$GATE_BASE..$GATE_TIP")
	((${#COMMITS[@]})) || die "$E_APPLY" "no patch between $GATE_BASE and $GATE_TIP"
}
tree_of() { git -C "$GATE_REPO" rev-parse "$1^{tree}"; }

# touched FROM TO: the files that are added or changed.
touched() { git -C "$GATE_REPO" diff-tree -r --no-renames --name-only --diff-filter=d "$1" "$2"; }
