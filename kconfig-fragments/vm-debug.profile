# SPDX-License-Identifier: GPL-2.0-only
# The kernel of profile vm with every debug option that mm has.
base
mm
virtio
kvm
selftests
hmm
debug
crash
kunit
series
