# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2154 # config, configs and obj come from use_config and gate-build
# Sourced, after gate-configs.sh: what to compile, and the warnings in a log.

# kernel_files COMMIT: the sources touched up to there; tools and tests in user
# space are built where they run.
kernel_files() { touched "$GATE_BASE" "$1" | grep -E '\.[chS]$' | grep -Ev '^(tools|Documentation|samples|scripts|usr)/'; }

# users_of HEADER: the sources that include it by the name that its place gives it.
users_of() {
	local name places=('*.c')
	case $1 in
	include/uapi/*) name="[<]${1#include/uapi/}[>]" ;;
	include/*) name="[<]${1#include/}[>]" ;;
	arch/*/include/*) name="[<]${1##*/include/}[>]" ;;
	*) name="\"(.*/)?${1##*/}\"" places=("${1%/*}/*.c") ;;
	esac
	git -C "$GATE_REPO" grep -lE "^#[[:space:]]*include[[:space:]]+$name" "$GATE_TIP" -- "${places[@]}" |
		cut -d: -f2
}

# read_targets: mm/, the folders of the touched sources, and those of the sources
# that include a touched header, where these are few; a header that everything
# includes is tried on mm/ and, in one configuration, on its greatest user, fs/.
read_targets() {
	local file users
	mapfile -t targets < <(
		{
			say mm/
			while read -r file; do
				say "$(dirname "$file")/"
				# Compiled from there.
				[[ $file != virt/kvm/* ]] || say arch/x86/kvm/
				[[ $file == *.h ]] || continue
				users=$(users_of "$file" | xargs -r dirname | sort -u)
				if (($(wc -l <<<"$users") > 12)); then
					say fs/
				else
					sed '/./s/$/\//' <<<"$users"
				fi
			done < <(kernel_files "$GATE_TIP")
		} | grep -Ev '^include/|^arch/.*/include/|^(tools|samples|scripts)/' | sort -u | cover
	)
}
# config_targets: those of them for this configuration, until the base tells which
# of their folders it enters at all.
config_targets() {
	local target
	for target in "${targets[@]}"; do
		case $config:$target in
		ppc64:arch/powerpc/*) say "$target" ;;
		ppc64:* | um:arch/*) ;;
		x86_64-on:* | *:mm/ | *:drivers/*) say "$target" ;;
		um:* | x86_64-off:*) [[ $target == fs/ ]] || say "$target" ;;
		esac
	done
}
# Folders that lie below another of the list are built with it.
cover() { awk 'NR == 1 || index($0, last) != 1 { print; last = $0 }'; }

# warnings LOG: every line that names a line of a source, or says that it is a
# warning; without line numbers, which move, nor repeats through a header that many
# files include; sorted for comm, so that a second one of a kind shows.
warnings() {
	sed -E 's/\x1b\[[0-9;]*[mK]//g; s#[^ ]*gate-src/##g; /: note: /d; /^(In file included| +from )/d' "$1" |
		grep -iE '\.(c|h|S|rst|py):[0-9]+|(warning|error):' | sort -u |
		sed -E 's/:[0-9]+(:[0-9]+(-[0-9]+)?)?:? /: /; s/\blines? [0-9]+/line/g' | sort || true
}

# new_warnings BASE LOG: whether the log has more than BASE (made by warnings);
# those are in LOG.new.
new_warnings() {
	warnings "$2" | comm -13 "$1" - >"$2.new" || die "$E_TEST" "cannot compare $2 with $1"
	[[ -s $2.new ]]
}
