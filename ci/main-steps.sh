# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Sourced by ci/run and ci/test: the steps of the main job.

setup_steps() {
	step packages '' ci/packages
	step base '' ci/base
	step tree '' 'ci/tree --ci'
}

main_steps() {
	local readers='ci/lib.sh ci/ktap ci/ktaplib.py ci/scan-console'
	local p
	setup_steps
	for p in uml x86_64 x86_64-debug; do
		step "kunit-$p" "$readers ci/kunit kunit" "ci/kunit $p"
	done
}
