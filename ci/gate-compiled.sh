# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2154 # configs and obj come from gate-build and use_config
# Sourced, after gate-targets.sh: was every touched file compiled at all? Apart, as
# what passed is known by the text of the others.

# all_compiled: a touched file that no configuration compiles was not checked at
# all. make's records of what went into each object tell.
all_compiled() {
	local file name known list=$GATE_LOGS/compiled
	while read -r file; do
		name="compiled: $file"
		known=$({ say "$name ${configs[*]}" && tree_of "$GATE_TIP" && cat "$TOP/ci/gate-configs.sh"; } | pass_key)
		if ! passed "$known"; then
			[[ -e $list ]] || list_compiled >"$list"
			grep -qxF "$file" "$list" || {
				# The kernel's own tables are made from *.tbl: it is for others.
				if [[ $file == include/uapi/asm-generic/unistd.h ]]; then
					skip "$name" "no kernel code includes it"
				else
					not_ok "$name"
				fi
				continue
			}
			pass "$known"
		fi
		ok "$name"
	done < <(kernel_files "$GATE_TIP")
}
list_compiled() {
	local name
	for name in "${configs[@]}"; do
		use_config "$name"
		[[ ! -d $obj ]] || find "$obj" -name '.*.o.cmd' -exec cat {} +
	done | tr -s '[:space:]' '\n' | sed -nE 's#.*gate-src/##; T; :up; s#[^/]+/\.\./##; t up; p' | sort -u
}
