# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Sourced by the tests of ci/base, ci/tree and their like: TAP, and a base so
# small that a test takes milliseconds. Nothing of the user's takes part.

set -uo pipefail
# shellcheck disable=SC2034 # for the tests
CI=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
tmp=$(mktemp -d)
trap 'chmod -R u+w "$tmp"; rm -rf "$tmp"' EXIT
unset LINUX_TARBALL LINUX_SRC
export GIT_TEST_FSYNC=0 # nothing here must outlive a power cut
export HOME=$tmp/home XDG_CACHE_HOME=$tmp/cache O=$tmp/O BASE_FILE=$tmp/BASE SERIES_TOP=$tmp/top
export GIT_AUTHOR_NAME='A Tester' GIT_AUTHOR_EMAIL=tester@example.org
export GIT_COMMITTER_NAME='A Tester' GIT_COMMITTER_EMAIL=tester@example.org
unset XDG_CONFIG_HOME XDG_DATA_HOME
# shellcheck disable=SC2034 # for the tests
cache=$XDG_CACHE_HOME/mm-series
mkdir -p "$HOME" "$O"
tests=0 failed=0

# ok NAME COMMAND...: one TAP line; what the command printed when it failed.
ok() {
	local name=$1 out
	shift
	tests=$((tests + 1))
	if out=$("$@" 2>&1); then
		echo "ok $tests - $name"
	else
		failed=$((failed + 1))
		echo "not ok $tests - $name"
		printf '%s\n' "$out" | sed 's/^/# /'
	fi
}
skip() { # NAME REASON
	tests=$((tests + 1))
	echo "ok $tests - $1 # SKIP $2"
}
finish() {
	echo "1..$tests"
	exit $((failed > 0))
}

# refused CODE TEXT COMMAND...: it ends with that code, and says that text.
refused() {
	local code=$1 text=$2 out rc=0
	shift 2
	out=$("$@" 2>&1) || rc=$?
	[[ $rc == "$code" && $out == *"$text"* ]] || {
		printf 'exit code %s, not %s, or no "%s" in:\n%s\n' "$rc" "$code" "$text" "$out"
		return 1
	}
	printf '%s\n' "$out"
}

is() { [[ $1 == "$2" ]] || { echo "'$1', not '$2'" && return 1; }; }
tree_of() { git -C "$1" rev-parse "${2:-HEAD}^{tree}"; } # DIR [COMMIT]
byte_identical() {                                       # [DIR]: export of it changes no byte
	local before
	before=$(cd "$SERIES_TOP" && find . -type f | sort | xargs sha256sum)
	"$CI/export" "$@" | grep 'nothing changed' &&
		is "$(cd "$SERIES_TOP" && find . -type f | sort | xargs sha256sum)" "$before"
}

# The fake base: the files that get_maintainer.pl wants, one that .gitignore
# would drop, an executable and a symlink.
make_base() {
	local src=$tmp/linux-0.1 file
	mkdir -p "$src"/{mm,include,scripts,arch/x}
	for file in COPYING CREDITS Kbuild Makefile README; do echo "$file" >"$src/$file"; done
	printf 'BALLOON\nM:\tA Tester <tester@example.org>\nF:\tmm/balloon.c\nF:\tmm/balloon_new.c\n' >"$src/MAINTAINERS"
	# shellcheck disable=SC2016 # for the stub to expand
	printf '#!/bin/sh\nfor f; do :; done\ngrep -q "F:.$f" MAINTAINERS && echo "T <t@x> (maintainer:X)"\nexit 0\n' \
		>"$src/scripts/get_maintainer.pl"
	chmod +x "$src/scripts/get_maintainer.pl"
	seq -f 'line %g' 40 >"$src/mm/balloon.c"
	seq -f 'head %g' 40 >"$src/include/balloon.h"
	printf 'crlf\r\n' >"$src/include/crlf.h"
	echo '*.o' >"$src/.gitignore"
	echo object >"$src/mm/kept.o"
	echo 1 >"$src/arch/x/only-here"
	ln -s balloon.c "$src/mm/link.c"
	tar -C "$tmp" -cJf "$tmp/base.tar.xz" linux-0.1
	git -C "$src" init -q && git -C "$src" add -Af && git -C "$src" commit -qm base
	cat >"$BASE_FILE" <<-END
		BASE_TAG=v0.1
		BASE_MESSAGE='Linux 0.1'
		BASE_DATE=1000000000
		KERNEL_ORG_URL=file://$tmp/site/linux-0.1.tar.xz
		KERNEL_ORG_SHA256=$(sha256sum <"$tmp/base.tar.xz" | cut -d ' ' -f 1)
		DEBIAN_PATH=pool/none/linux_0.1.orig.tar.xz
		DEBIAN_SHA256=$(printf '0%.0s' {1..64})
		BASE_IDS='
		$(for f in MAINTAINERS include mm scripts; do echo "$(git -C "$src" rev-parse "HEAD:$f") $f"; done)
		'
	END
	mv "$src" "$tmp/clone"
	tar -C "$tmp" -xJf "$tmp/base.tar.xz"
}
make_base

# make_series: three patches in two sections, the second of which needs the first.
make_series() {
	rm -rf "$SERIES_TOP"
	mkdir -p "$SERIES_TOP/patches"
	git clone -q "$tmp/clone" "$tmp/dev"
	(
		cd "$tmp/dev" || exit
		git tag v0.1
		sed -i 's/^line 10$/line ten/' mm/balloon.c
		git commit -qam 'mm/balloon: count in words' -m 'Because numbers are short.'
		echo '/* SPDX-License-Identifier: GPL-2.0-only */' >mm/balloon_new.c
		sed -i 's/^head 3$/head three/' include/balloon.h
		git add -A && git commit -qm 'mm/balloon: add a file' -m 'With ümlauts, and a line:

  --- indented'
		sed -i 's/^line 12$/line twelve/' mm/balloon.c
		git commit -qam 'mm: count on' -m 'A dozen.'
	)
	printf '%s\n' '# SPDX-License-Identifier: GPL-2.0-only' '# Top.' '' '# 1. one' '' '# 2. two' '# needs 1' \
		'# a comment' '' '# 3. three' >"$SERIES_TOP/series"
	echo cover >"$SERIES_TOP/patches/0000-cover-letter.txt"
	echo cover one >"$SERIES_TOP/patches/1000-cover-letter.txt"
	LINUX_TARBALL=$tmp/base.tar.xz "$CI/base" >/dev/null
	"$CI/export" "$tmp/dev" >/dev/null
	sed -i '/^1003-/d; s/^# a comment/&\n1003-mm-count-on.patch/' "$SERIES_TOP/series"
	"$CI/export" "$tmp/dev" >/dev/null
}
