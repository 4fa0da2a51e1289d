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

# Debian's sparse lacks a word that the tree's check for a recent one tries; what
# GCC 12 compiles does not use it.
checker='sparse -D__typeof_unqual__=__typeof__'

# In x86_64-on, which has most; all_compiled of gate-build tells of the others.
# make's CHECK lines tell that sparse has read the file.
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
	gate_make -k --no-silent C=2 CHECK="$checker" "${objects[@]}" >"$log.make" 2>&1 || true
	end_turn
	cat "$log.make"
	for object in "${objects[@]}"; do
		grep -Eq "^  CHECK +.*${object%.o}\.c$" "$log.make" || { say "sparse did not read ${object%.o}.c" && return 1; }
	done
}

# both_sides: the touched files of both trees side by side.
both_sides() {
	local side file
	rm -rf "$GATE_LOGS/files"
	for side in base tip; do
		mkdir -p "$GATE_LOGS/files/$side"
		for file in "${sources[@]}"; do
			git -C "$GATE_REPO" cat-file -e "${SIDES[$side]}:$file" 2>/dev/null || continue
			mkdir -p "$GATE_LOGS/files/$side/${file%/*}"
			git -C "$GATE_REPO" show "${SIDES[$side]}:$file" >"$GATE_LOGS/files/$side/$file" || return 1
		done
	done
}

# All of the tree's semantic patches over the files of both sides in one run. Those
# written in OCaml are listed as skipped: its compiler takes 280 MB.
ocaml_rules() { git -C "$GATE_REPO" grep -l ':ocaml@' "$GATE_TIP" -- scripts/coccinelle | cut -d: -f2; }
run_coccicheck() {
	local raw=$GATE_LOGS/coccicheck.raw rules=$GATE_LOGS/rules rule
	if [[ $1 == base ]]; then
		both_sides || return 1
		gate_checkout "$GATE_TIP"
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
	fi
	sed -n "s#.*$GATE_LOGS/files/$1/##p" "$raw"
	(($(grep -c 'spatch -D report' "$raw") == $(grep -rl 'virtual[[:space:]]\+report' "$rules" | wc -l)))
}

run_kernel-doc() {
	gate_checkout "$GATE_TIP"
	both_sides || return 1
	(cd "$GATE_LOGS/files/$1" && find . -name '*.[ch]' -printf '%P\0' | sort -z |
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
