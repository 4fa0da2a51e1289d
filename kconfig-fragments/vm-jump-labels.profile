# SPDX-License-Identifier: GPL-2.0-only
# The plain kernel for figures of one CPU: static keys cost there what they do elsewhere.
base
mm
virtio
kvm
selftests
devmem
crash
kunit
series
jump-labels
