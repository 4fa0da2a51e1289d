# SPDX-License-Identifier: GPL-2.0-only
# KCSAN has a kernel of its own, as it excludes KASAN.
base
mm
virtio
kunit
kcsan
series
