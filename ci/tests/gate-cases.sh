# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Sourced by the tests of the gate: a series of one throw-away patch, and cases
# that expect an exit code and a line of the output.

. "$(dirname "$0")/../lib.sh"
. "$TOP/ci/series.sh"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export O=$tmp/build GATE_OBJ=gate-test
count=0 bad=0

# expect CODE LINE NAME COMMAND...: LINE is a pattern of grep -E. What the command
# before it said is in $tmp/before.
expect() {
	local code=$1 line=$2 name=$3 rc=0
	shift 3
	[[ ! -e $tmp/out ]] || mv "$tmp/out" "$tmp/before"
	"$@" >"$tmp/out" 2>&1 || rc=$?
	if ((rc == code)) && grep -qE -- "$line" "$tmp/out"; then
		say "ok $((++count)) - $name"
	else
		bad=1
		say "not ok $((++count)) - $name"
		say "# exit code $rc, expected $code and the line '$line'"
		sed 's/^/# /' "$tmp/out"
	fi
}
finish() {
	say "1..$count"
	exit "$bad"
}

# A repository that borrows the base's objects; no file is checked out.
patch_repo() {
	"$TOP/ci/base" >/dev/null
	export GATE_REPO=$tmp/repo.git GATE_BASE GATE_TIP
	git init -q --bare --template= "$GATE_REPO"
	printf '%s/objects\n' "$BASE_REPO" >"$GATE_REPO/objects/info/alternates"
	GATE_BASE=$(git -C "$BASE_REPO" rev-parse "refs/tags/$BASE_TAG^{commit}")
	GIT_INDEX_FILE=$tmp/index git -C "$GATE_REPO" read-tree "$GATE_BASE"
}

# one_patch FILE [SUBJECT]: GATE_TIP is the base with FILE as on stdin. What the
# patch says is the same each time; MESSAGE replaces it.
one_patch() {
	local git=(git -C "$GATE_REPO") blob tree
	blob=$("${git[@]}" hash-object -w --stdin)
	tree=$(
		cp "$tmp/index" "$tmp/index.patch"
		export GIT_INDEX_FILE=$tmp/index.patch
		"${git[@]}" update-index --add --cacheinfo "100644,$blob,$1"
		"${git[@]}" write-tree
	)
	GATE_TIP=$(
		GIT_AUTHOR_NAME='A Tester' GIT_AUTHOR_EMAIL=tester@example.org \
			"${git[@]}" commit-tree -p "$GATE_BASE" "$tree" <<-END
				${2:-mm/balloon: say what the list is for}

				${MESSAGE:-The comment does not tell a reader what the list of pages is for, and
				whoever changes the code has to find out again. Say it.}
			END
	)
}
base_file() { git -C "$GATE_REPO" show "$GATE_BASE:$1"; }
