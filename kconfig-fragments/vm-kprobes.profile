# SPDX-License-Identifier: GPL-2.0-only
# The plain kernel with kprobes, for figures that nothing else counts.
base
mm
virtio
kvm
selftests
devmem
crash
kunit
kprobes
series
