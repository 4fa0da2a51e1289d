# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # used by those that source this
# Sourced, after lib.sh, by the scripts that deal in the base and the series.

# The same input must give the same commit ids for everyone: no configuration,
# attributes, hooks, identity or repository of the caller may take part.
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_OBJECT_DIRECTORY GIT_CONFIG_SYSTEM \
	GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_CONFIG GIT_CONFIG_PARAMETERS \
	GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_AUTHOR_DATE GIT_COMMITTER_DATE \
	GIT_NAMESPACE GIT_PREFIX GIT_COMMON_DIR GIT_EXTERNAL_DIFF GIT_DIFF_OPTS
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_ATTR_NOSYSTEM=1
export GIT_COMMITTER_NAME=series GIT_COMMITTER_EMAIL=series@localhost
export GIT_CONFIG_COUNT=8 \
	GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*' \
	GIT_CONFIG_KEY_1=core.attributesFile GIT_CONFIG_VALUE_1=/dev/null \
	GIT_CONFIG_KEY_2=core.excludesFile GIT_CONFIG_VALUE_2=/dev/null \
	GIT_CONFIG_KEY_3=core.hooksPath GIT_CONFIG_VALUE_3=/dev/null \
	GIT_CONFIG_KEY_4=core.autocrlf GIT_CONFIG_VALUE_4=false \
	GIT_CONFIG_KEY_5=gc.auto GIT_CONFIG_VALUE_5=0 \
	GIT_CONFIG_KEY_6=init.defaultBranch GIT_CONFIG_VALUE_6=series \
	GIT_CONFIG_KEY_7=advice.detachedHead GIT_CONFIG_VALUE_7=false

# A test sets BASE_FILE and SERIES_TOP to try the scripts on a small base.
BASE_FILE=${BASE_FILE:-$TOP/BASE}
SERIES_TOP=${SERIES_TOP:-$TOP}
SERIES=$SERIES_TOP/series
PATCHES=$SERIES_TOP/patches
BASE_REPO=$CACHE/base.git
export BASE_FILE SERIES_TOP

[[ -r $BASE_FILE ]] || die "$E_BASE" "cannot read $BASE_FILE"
# shellcheck source=/dev/null
. "$BASE_FILE"

# lock NAME: one process at a time at $CACHE/NAME.lock; gone when we are.
lock() {
	mkdir -p "$CACHE"
	exec 8>"$CACHE/$1.lock"
	flock -n 8 || {
		warn "waiting for another process to end ($CACHE/$1.lock)"
		flock 8
	}
}

# read_series UPTO [ONLY]: sets PATCH_LIST to the patches in order, SECTIONS to the
# sections, and SECTION_OF[patch] to a section's number. UPTO ends the list: a
# patch's file name or its four digits, or a section's name or number. ONLY, a
# list of sections' numbers, leaves out the patches of the others.
read_series() {
	local upto=$1 only=" ${2-} " line name last=
	declare -g -a PATCH_LIST=() SECTIONS=()
	declare -g -A SECTION_OF=() SECTION_NEEDS=()
	[[ -r $SERIES ]] || die "$E_APPLY" "cannot read $SERIES"
	while IFS= read -r line || [[ -n $line ]]; do
		if [[ $line =~ ^'# '([0-9]+)'. '(.+)$ ]]; then
			SECTIONS+=("${BASH_REMATCH[2]}")
			((BASH_REMATCH[1] == ${#SECTIONS[@]})) ||
				die "$E_APPLY" "$SERIES: '$line' should be number ${#SECTIONS[@]}"
		elif [[ $line =~ ^'# needs '([0-9 ]+)$ ]]; then
			SECTION_NEEDS[${#SECTIONS[@]}]=${BASH_REMATCH[1]}
		elif [[ $line != '#'* && $line =~ [^[:space:]] ]]; then
			[[ $line =~ ^[A-Za-z0-9._-]+\.patch$ ]] ||
				die "$E_APPLY" "$SERIES: '$line' is no patch's file name"
			((${#SECTIONS[@]})) ||
				die "$E_APPLY" "$SERIES: $line stands before the first '# 1. name'"
			[[ -z ${SECTION_OF[$line]-} ]] ||
				die "$E_APPLY" "$SERIES: $line is there twice: remove one"
			[[ $only == '  ' || $only == *" ${#SECTIONS[@]} "* ]] && PATCH_LIST+=("$line")
			SECTION_OF[$line]=${#SECTIONS[@]}
		fi
	done <"$SERIES"
	[[ -n $upto ]] || return 0
	for name in "${PATCH_LIST[@]}"; do
		case $upto in
		"$name" | "${name%%-*}" | "${SECTION_OF[$name]}" | \
			"${SECTIONS[SECTION_OF[$name] - 1]}") last=$name ;;
		esac
	done
	[[ -n $last ]] || die "$E_USAGE" "'$upto' is neither a patch nor a section with patches in $SERIES"
	for name in "${!PATCH_LIST[@]}"; do
		[[ ${PATCH_LIST[name]} != "$last" ]] || break
	done
	PATCH_LIST=("${PATCH_LIST[@]:0:name+1}")
}

# new_repo DIR COMMIT: a repository whose index is COMMIT and whose work tree is
# empty: git am and git apply bring in what they touch, and nothing else.
new_repo() {
	git init -q --template= "$1"
	printf '%s/objects\n' "$BASE_REPO" "$CACHE/series.git" >"$1/.git/objects/info/alternates"
	git -C "$1" update-ref HEAD "$2"
	git -C "$1" read-tree HEAD
}
