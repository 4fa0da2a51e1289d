/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tree's headers use and Debian's sparse (0.6.4) lacks: the first makes
 * it fail the tree's own check for a recent sparse; the second is an error in
 * MODULE_LICENSE() and its like, after which sparse reports no warning at all.
 */
#define __typeof_unqual__ __typeof__
#define __builtin_strlen(s) (sizeof(s) - 1)
