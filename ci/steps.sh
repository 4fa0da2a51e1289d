# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Sourced by ci/run and ci/test, after lib.sh: runs a list of steps, says how
# each went and how long it took, and ends with one summary.
# shellcheck source=ci/run-steps.sh
. "$TOP/ci/run-steps.sh"

STEP_NAMES=()
declare -A STEP_CMD STEP_INPUTS STEP_BESIDE
FRESH=

# step NAME INPUTS COMMAND: adds a step. INPUTS are the files and folders of
# this repository that its result depends on, beside the tree that is tested
# and the tools; a pass reached with the same ones is used again. Empty: the
# step always runs.
step() {
	STEP_NAMES+=("$1")
	STEP_INPUTS[$1]=$2
	STEP_CMD[$1]=$3
}

# beside_step NAME INPUTS COMMAND: one that boots more than it builds, and leaves a
# core idle. These run one after another, beside the steps that compile.
beside_step() {
	step "$@"
	STEP_BESIDE[$1]=1
}

# Which steps NAMES ask for: a name is a step, the first word of a group of
# steps, or a part of a name that narrows the groups asked for.
select_steps() {
	local name word hit
	local groups=() parts=() narrowed
	for word; do
		hit=0
		for name in "${STEP_NAMES[@]}"; do
			if [[ $name == "$word" || $name == "$word"-* ]]; then
				groups+=("$name")
				hit=1
			fi
		done
		((hit)) || parts+=("$word")
	done
	SELECTED=("${groups[@]}")
	[[ ${#groups[@]} -gt 0 ]] || SELECTED=("${STEP_NAMES[@]}")
	for word in "${parts[@]}"; do
		narrowed=()
		for name in "${SELECTED[@]}"; do
			[[ $name != *"$word"* ]] || narrowed+=("$name")
		done
		[[ ${#narrowed[@]} -gt 0 ]] ||
			die "$E_USAGE" "no step matches '$word'; there are: ${STEP_NAMES[*]}"
		SELECTED=("${narrowed[@]}")
	done
}

# What a result depends on, as one hash: nothing to hash is no key, so that
# nothing is reused.
step_key() {
	[[ -n ${STEP_INPUTS[$1]} ]] || return 0
	{
		printf '%s\n' "$1" "${STEP_CMD[$1]}"
		git -C "$CACHE/src" rev-parse 'HEAD^{tree}' || return 0
		(cd "$TOP" && for i in ${STEP_INPUTS[$1]}; do
			find "$i" -type f -not -path '*/__pycache__/*' -print0 | sort -z | xargs -0 sha256sum
		done)
		for tool in gcc qemu-system-x86_64 sparse spatch; do
			"$tool" --version 2>/dev/null | sed -n 1p
		done
	} | sha256sum | cut -c1-40
}

run_step() {
	local name=$1 key json=$O/results/$1.json rc=0 start=$SECONDS
	say "== $name"
	key=$(step_key "$name")
	if [[ -z $FRESH && -n $key && -s $CACHE/pass/$name-$key.json ]]; then
		cp "$CACHE/pass/$name-$key.json" "$json"
		say "== $name: passed before with the same inputs ($(date -r "$json" +%F)); --fresh runs it again"
		return 0
	fi
	rm -f "$json"
	(cd "$TOP" && eval "${STEP_CMD[$name]}") 2>&1 | tee "$O/logs/step-$name.log" ||
		rc=${PIPESTATUS[0]}
	"$TOP/ci/result" --rc "$rc" --seconds $((SECONDS - start)) \
		--log "$O/logs/step-$name.log" "$name" "$json" || rc=$?
	if ((rc == 0)); then
		say "== $name: ok, $((SECONDS - start)) s"
		if [[ -n $key ]] && mkdir -p "$CACHE/pass" 2>/dev/null; then
			cp "$json" "$CACHE/pass/$name-$key.json.tmp" &&
				mv "$CACHE/pass/$name-$key.json.tmp" "$CACHE/pass/$name-$key.json"
		fi
	else
		say "== $name: FAILED (exit $rc), $((SECONDS - start)) s; log: $O/logs/step-$name.log"
	fi
	return "$rc"
}
