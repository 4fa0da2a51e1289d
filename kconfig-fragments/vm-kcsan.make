# SPDX-License-Identifier: GPL-2.0-only
# What KCSAN watches: the files whose races the tests provoke. In the rest of mm the
# base has races of its own, and each report ends the run.
KCSAN_SANITIZE=n
KCSAN_SANITIZE_balloon.o=y
KCSAN_SANITIZE_balloon_kunit.o=y
KCSAN_SANITIZE_virtio_balloon.o=y
KCSAN_SANITIZE_mvolatile.o=y
