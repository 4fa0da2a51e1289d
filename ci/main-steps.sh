# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Sourced by ci/run and ci/test: the steps of the main job.

setup_steps() {
	step packages '' ci/packages
	step base '' ci/base
	step tree '' 'ci/tree --ci'
	step build-vm '' 'ci/build vm'
	step build-vm-debug '' 'ci/build vm-debug'
}

# main_steps [--all]: --all adds the scenarios that take long, or only measure.
main_steps() {
	local readers='ci/lib.sh ci/ktap ci/ktap_*.py ci/results_io.py ci/scan-console ci/console_splats.py'
	local kernel='ci/build ci/config kconfig-fragments' p s
	for p in uml x86_64 x86_64-debug x86_64-kcsan; do
		step "kunit-$p" "$readers $kernel ci/kunit kunit" "ci/kunit $p"
	done
	step vma-tests "$readers ci/vma-tests ci/expect/vma-tests.tests" ci/vma-tests
	kernel+=' ci/initramfs ci/vm selftests/lib selftests/guest'
	# Not by ci/vm --list: the packages it needs are installed by a step.
	for s in "$TOP"/selftests/*/scenario.toml; do
		[[ -e $s ]] || die "$E_USAGE" "no scenario in $TOP/selftests"
		s=$(basename "${s%/*}")
		case $s in
		upstream-*-long) [[ -z ${1-} ]] || beside_step "vm-$s" '' "ci/selftests-compare $s" ;;
		figures-*) [[ -z ${1-} ]] || beside_step "vm-$s" "$readers $kernel selftests/$s" "ci/vm $s" ;;
		upstream-*)
			# Its list is what the base passes; --all has the base run again.
			if [[ -z ${1-} ]]; then
				beside_step "vm-$s" "$readers $kernel ci/selftests selftests/$s" "ci/vm $s"
			else
				beside_step "vm-$s" '' "ci/selftests-compare $s"
			fi
			;;
		*)
			beside_step "vm-$s" "$readers $kernel selftests/$s" "ci/vm $s"
			beside_step "vm-$s-vm-debug" "$readers $kernel selftests/$s" "ci/vm --profile vm-debug $s"
			# KCSAN has a kernel of its own, and tells only what it sees happen.
			[[ $s != *-stress ]] ||
				beside_step "vm-$s-vm-kcsan" "$readers $kernel selftests/$s" "ci/vm --profile vm-kcsan $s"
			;;
		esac
	done
}
