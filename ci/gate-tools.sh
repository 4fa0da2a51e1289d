# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables shared with gate-warn and gate-configs.sh
# Sourced by gate-warn: how each tool reads one side, base or tip, of what the
# series touches. Each fails when the tool did not read all that it should.

# The touched sources, and what in mm/ includes a touched header.
checked_objects() {
	local file
	for file in "${sources[@]}"; do
		case $file in
		*.c) say "${file%.c}.o" ;;
		*.h) users_of "$file" | sed -nE 's/^(mm\/.*)\.c$/\1.o/p' ;;
		esac
	done | sort -u
}

# In x86_64-on, which has most; all_compiled of gate-build tells of the others.
# make's CHECK lines tell that sparse has read the file. After an error it reports
# no warning, so that nothing is known of that file; but types that do not go
# together do not stop it.
run_sparse() {
	local object objects=() log=$GATE_LOGS/sparse.$1
	use_config "${GATE_CONFIG:-x86_64-on}"
	read_symbols "${SIDES[$1]}"
	gate_checkout "${SIDES[$1]}"
	configure || return 1
	while read -r object; do
		[[ ! -e $GATE_SRC/${object%.o}.c || ! -e $obj/$object ]] || objects+=("$object")
	done < <(checked_objects)
	if ((${#objects[@]} == 0)); then
		[[ $1 == base ]] || { say "no touched object in $obj: has gate-build passed?" && return 1; }
		return 0
	fi
	take_turn
	# sparse ends with an error of its own on files that it does not understand.
	gate_make -k --no-silent C=2 CHECK="sparse -include $TOP/ci/sparse.h" "${objects[@]}" >"$log.make" 2>&1 || true
	end_turn
	cat "$log.make"
	grep -E '\.[ch]:[0-9]+:[0-9]+: error: ' "$log.make" | grep -v 'error: incompatible types in' && return 1
	for object in "${objects[@]}"; do
		grep -Eq "^  CHECK +.*${object%.o}\.c$" "$log.make" || { say "sparse did not read ${object%.o}.c" && return 1; }
	done
}

# take_files SIDE: the touched files of that tree, as files.
take_files() {
	local file
	rm -rf "$GATE_LOGS/files" && mkdir -p "$GATE_LOGS/files"
	for file in "${sources[@]}"; do
		git -C "$GATE_REPO" cat-file -e "${SIDES[$1]}:$file" 2>/dev/null || continue
		mkdir -p "$GATE_LOGS/files/${file%/*}"
		git -C "$GATE_REPO" show "${SIDES[$1]}:$file" >"$GATE_LOGS/files/$file" || return 1
	done
}

# All of the tree's semantic patches, over the base only where the tip has a report.
# Those written in OCaml are listed as skipped: its compiler takes 280 MB.
ocaml_rules() { git -C "$GATE_REPO" grep -l ':ocaml@' "$GATE_TIP" -- scripts/coccinelle | cut -d: -f2; }
run_coccicheck() {
	local raw=$GATE_LOGS/coccicheck.raw rules=$GATE_LOGS/rules rule file
	take_files "$1" && gate_checkout "$GATE_TIP" || return 1
	[[ $1 == tip ]] || find "$GATE_LOGS/files" -type f -printf '%P\n' | while read -r file; do
		grep -qF "$file:" "$GATE_LOGS/coccicheck.tip" || rm "$GATE_LOGS/files/$file"
	done
	rm -rf "$rules" && mkdir -p "$rules/scripts"
	cp -r "$GATE_SRC/scripts/coccinelle" "$rules/scripts"
	for rule in $(ocaml_rules); do rm "$rules/$rule"; done
	take_turn
	(
		cd "$GATE_SRC"
		export srctree=$rules srcroot=$GATE_LOGS/files MODE=report V=0 SPFLAGS=--use-coccigrep
		export LINUXINCLUDE="-I$GATE_SRC/include -I$GATE_SRC/arch/x86/include"
		bash scripts/coccicheck
	) >"$raw" 2>&1 || { cat "$raw" && return 1; }
	end_turn
	sed -n "s#.*$GATE_LOGS/files/##p" "$raw"
	(($(grep -c 'spatch -D report' "$raw") == $(grep -rl 'virtual[[:space:]]\+report' "$rules" | wc -l)))
}

run_kernel-doc() {
	gate_checkout "$GATE_TIP"
	take_files "$1" || return 1
	(cd "$GATE_LOGS/files" && find . -name '*.[ch]' -printf '%P\0' | sort -z |
		xargs -0r /usr/bin/python3 "$GATE_SRC/scripts/kernel-doc" -none -Wall 2>&1)
}

# The nearest folder with an index is what Sphinx can build alone.
run_htmldocs() {
	local file dirs rc=0
	obj=$CACHE/obj/${GATE_OBJ:-gate}-docs make_args=() cc=gcc
	gate_checkout "${SIDES[$1]}"
	dirs=$(for file in "${documents[@]}"; do
		until [[ -e $GATE_SRC/${file%/*}/index.rst ]]; do file=${file%/*}; done
		say "${file%/*}"
	done | sed 's#^Documentation/*##; s#^$#.#' | sort -u | cover | tr '\n' ' ')
	rm -rf "$obj" && mkdir -p "$obj"
	take_turn
	gate_make htmldocs SPHINXDIRS="$dirs" || rc=$?
	end_turn
	[[ -n $(find "$obj/Documentation/output" -name '*.html' -print -quit) ]] && return "$rc"
}
