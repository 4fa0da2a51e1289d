# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Sourced, after gate.sh: the tree that the gate compiles, which moves from patch
# to patch so that make compiles only what differs, and the configurations.

# name | arguments of make | pieces in kconfig-fragments/ | options that the series adds
GATE_CONFIGS=(
	"x86_64-on|ARCH=x86_64|gate-mm gate-x86|y"
	"x86_64-off|ARCH=x86_64|gate-mm gate-x86|n"
	"um|ARCH=um|gate-um|y"
	"arm64|ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu-|gate-mm|y"
	"ppc64|ARCH=powerpc CROSS_COMPILE=powerpc64le-linux-gnu-|gate-ppc64|n"
	"i386|ARCH=i386 CROSS_COMPILE=i686-linux-gnu-|gate-i386|n"
)
GATE_SRC=$CACHE/gate-src
export CCACHE_DIR=$CACHE/ccache

# read_symbols COMMIT: the options that the series adds up to there.
read_symbols() {
	mapfile -t SYMBOLS < <(git -C "$GATE_REPO" diff "$GATE_BASE" "$1" -- '*Kconfig*' |
		sed -nE 's/^\+(menu)?config ([A-Z0-9_]+)$/\2/p' | sort -u)
}

# use_config NAME: sets config, make_args, options, pieces, obj and cc.
use_config() {
	local entry
	for entry in "${GATE_CONFIGS[@]}"; do
		[[ ${entry%%|*} == "$1" ]] || continue
		local args names name
		IFS='|' read -r config args names options <<<"$entry"
		read -ra make_args <<<"$args"
		pieces=()
		for name in $names; do pieces+=("$TOP/kconfig-fragments/$name.config"); done
		obj=$CACHE/obj/${GATE_OBJ:-gate}-$config
		cc=gcc
		[[ $args != *CROSS_COMPILE=* ]] || cc=${args##*CROSS_COMPILE=}gcc
		return
	done
	die "$E_USAGE" "no such configuration: $1"
}
config_names() { printf '%s\n' "${GATE_CONFIGS[@]%%|*}"; }

# The tree and its objects are one gate's at a time. The lock for builds, which
# everything waits for, goes to the next one after a few minutes; take_turn and
# end_turn surround each build. No child that waits may hold the gate's own lock.
lock_gate() {
	[[ -n ${gate_locked-} ]] || lock gate
	gate_locked=1
}
turn=
take_turn() {
	[[ -z $turn ]] || return 0
	lock_builds >&2 8>&-
	turn=$SECONDS
}
end_turn() {
	((SECONDS - turn > 240)) || return 0
	unlock_builds
	turn=
}

# gate_checkout COMMIT: only what it changes is written, so the objects stay warm.
gate_checkout() {
	local git=(git -C "$GATE_SRC" -c advice.detachedHead=false -c gc.auto=0)
	[[ ${gate_at-} != "$1" ]] || return 0
	if [[ ! -e $GATE_SRC/.git ]]; then
		rm -rf "$GATE_SRC" "$GATE_SRC.new"
		git init -q --template= "$GATE_SRC.new"
		printf '%s/objects\n' "$BASE_REPO" >"$GATE_SRC.new/.git/objects/info/alternates"
		mv "$GATE_SRC.new" "$GATE_SRC"
	fi
	rm -f "$GATE_SRC/.git/index.lock" # of a run that was killed; the lock is ours now
	if ! { "${git[@]}" fetch -q --no-tags "$GATE_REPO" "$1" &&
		"${git[@]}" checkout -q -f --detach "$1" && "${git[@]}" clean -ffdq; }; then
		die "$E_APPLY" "cannot check out $1 in $GATE_SRC"
	fi
	gate_at=$1
}

# gate_make TARGET...: W=1 throughout, so that the base's warnings can be told
# from new ones. kernel-doc has a check of its own, which W=1 would only repeat.
gate_make() {
	make -s -C "$GATE_SRC" O="$obj" -j"$(nproc)" "${make_args[@]}" LOCALVERSION= W=1 \
		KERNELDOC=/dev/null HOSTCC="ccache gcc" CC="ccache $cc" PYTHON3=/usr/bin/python3 "$@"
}

# What the configuration asks for: its pieces, and the options that the series adds.
wanted() {
	cat "${pieces[@]}"
	local symbol
	for symbol in "${SYMBOLS[@]}"; do
		if [[ $options == y ]]; then say "CONFIG_$symbol=y"; else say "# CONFIG_$symbol is not set"; fi
	done
}

# configure: the .config of this commit. A line of a piece that Kconfig drops is
# an error. An option that the series adds has to be set in x86_64-on as soon as
# it is there, and must not be in x86_64-off unless nobody can choose it.
configure() {
	local line symbol rc=0 new=$obj/.config.new
	mkdir -p "$obj"
	line=$({ wanted && git -C "$GATE_SRC" ls-files -s -- '*Kconfig*'; } | sha256sum)
	[[ $line != "$(cat "$obj/configured" 2>/dev/null)" ]] || return 0
	wanted >"$obj/wanted"
	gate_make KCONFIG_CONFIG="$new" KCONFIG_ALLCONFIG="$obj/wanted" allnoconfig || return 1
	while read -r symbol; do
		grep -qxF -- "$symbol" "$new" || { say "error: $symbol did not survive in $config" && rc=1; }
	done < <(cat "${pieces[@]}" | grep '^CONFIG_')
	for symbol in "${SYMBOLS[@]}"; do
		case $config in
		x86_64-on) grep -q "^CONFIG_$symbol=" "$new" ||
			{ say "error: CONFIG_$symbol cannot be set: add to ${pieces[*]} what it needs" && rc=1; } ;;
		x86_64-off) ! grep -q "^CONFIG_$symbol=y" "$new" || ! has_prompt "$symbol" ||
			{ say "error: CONFIG_$symbol is set though its options are off" && rc=1; } ;;
		esac
	done
	((rc == 0)) || return 1
	cmp -s "$new" "$obj/.config" || mv "$new" "$obj/.config"
	say "$line" >"$obj/configured"
}
has_prompt() {
	git -C "$GATE_SRC" grep -hEA3 "^[[:space:]]*(menu)?config $1\$" -- '*Kconfig*' |
		grep -qE '^[[:space:]]+(bool|tristate|prompt) "'
}
