# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2030,SC2031 # first, stopped, row and beside are run_steps'
# Sourced by steps.sh: in which order the steps run, and which beside others.

# one_step NAME: a failed test does not stop the rest, a tree that cannot be had or
# built does.
one_step() {
	local rc=0
	if [[ -n $stopped ]]; then
		say "== $1: not run, $stopped failed"
		"$TOP/ci/result" --rc 1 --reason "not run: $stopped failed" \
			"$1" "$O/results/$1.json" || true
		return
	fi
	run_step "$1" || rc=$?
	((first != 0)) || first=$rc
	case $rc in
	"$E_PACKAGES" | "$E_BASE" | "$E_APPLY" | "$E_BUILD") stopped=$1 ;;
	esac
}

# take NAME: true for one of the two rows, whichever comes first.
take() { mkdir "$O/logs/taken-$1" 2>/dev/null; }

# run_beside NAME...: in a group of processes of its own, to be ended as one. What they
# build is little or there already: no need to wait until nobody builds.
run_beside() {
	set -m
	(
		set +m
		export BUILDS_LOCKED=1
		for name; do
			take "$name" || break
			first=0
			one_step "$name" >"$O/logs/beside-$name.new" 2>&1
			printf '%d\n' "$first" >"$O/logs/beside-$name.rc"
			mv "$O/logs/beside-$name.new" "$O/logs/beside-$name"
		done
	) </dev/null &
	beside=$!
	set +m
	trap 'kill -- -$beside 2>/dev/null || true' EXIT
}

# tell_beside: what those said that have ended since.
tell_beside() {
	while ((${#row[@]})) && [[ -e $O/logs/beside-${row[0]} ]]; do
		cat "$O/logs/beside-${row[0]}"
		((first != 0)) || first=$(cat "$O/logs/beside-${row[0]}.rc")
		row=("${row[@]:1}")
	done
}

# run_steps [NAME...]: runs the steps asked for, all of them without a name.
run_steps() {
	local name beside='' first=0 stopped='' start=$SECONDS row=() others=() results
	SELECTED=("${STEP_NAMES[@]}")
	[[ $# -eq 0 ]] || select_steps "$@"
	rm -rf "$O/results" "$O"/logs/{beside,taken}-*
	mkdir -p "$O/results" "$O/logs"
	results=("${SELECTED[@]/#/$O/results/}")
	for name in "${SELECTED[@]}"; do
		if [[ -n ${STEP_BESIDE[$name]-} ]]; then row+=("$name"); else others+=("$name"); fi
	done
	for name in "${others[@]}"; do
		case $name in
		packages | base | tree | build-*) ;;
		*) [[ -n $beside || -n $stopped || ${#row[@]} -eq 0 ]] || run_beside "${row[@]}" ;;
		esac
		one_step "$name"
		tell_beside
	done
	# With nothing left to compile, this row helps the other, from its end.
	export BUILDS_LOCKED=1
	while [[ -n $beside ]] && ((${#row[@]})) && take "${row[-1]}"; do
		name=${row[-1]}
		unset 'row[-1]'
		one_step "$name"
		tell_beside
	done
	while [[ -n $beside ]] && kill -0 "$beside" 2>/dev/null; do
		sleep 1
		tell_beside
	done
	tell_beside
	for name in "${row[@]}"; do one_step "$name"; done
	say
	say "== summary ($((SECONDS - start)) s); logs: $O/logs, repro scripts: $O/repro"
	"$TOP/ci/summary" --junit "$O/results/junit.xml" --json "$O/results/all.json" \
		"${results[@]/%/.json}" || ((first != 0)) || first=$E_TEST
	exit "$first"
}
