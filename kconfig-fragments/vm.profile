# SPDX-License-Identifier: GPL-2.0-only
# The plain kernel of the scenarios: fast to build and to boot.
base
mm
virtio
kvm
selftests
hmm
devmem
crash
kunit
series
