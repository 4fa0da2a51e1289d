// SPDX-License-Identifier: GPL-2.0-only
/*
 * Balloon pages in the way of compaction: they are moved, none is lost, and what
 * counts them agrees.
 *
 * The balloon fills the holes between the pages of a big mapping. Once that is gone,
 * free and balloon pages alternate, and compaction has no other pages to move.
 */
#include "balloon.h"

#define BALLOON_MB 512L
#define ROUNDS 3

int main(void)
{
	long pages = BALLOON_MB * MB / PAGE, before, after;
	size_t size = 2 * BALLOON_MB * MB;
	bool grew = true, kept = true;
	char *mem;

	ksft_print_header();
	ksft_set_plan(5);

	/* Compaction leaves the per-CPU lists alone: keep freed pages out of them. */
	if (write_file("/proc/sys/vm/percpu_pagelist_high_fraction", "1000000"))
		ksft_exit_fail_msg("percpu_pagelist_high_fraction\n");
	for (int round = 0; round < ROUNDS; round++) {
		mem = touch_memory(size, -1);
		if (mem == MAP_FAILED)
			ksft_exit_fail_msg("no %zu bytes of memory\n", size);
		for (size_t i = 0; i < size; i += 2 * PAGE)
			madvise(mem + i, PAGE, MADV_DONTNEED);
		if (!round) {
			ksft_test_result(set_balloon(BALLOON_MB), "inflate\n");
			ksft_test_result(balloon_is(pages), "counts_agree_inflated\n");
		}
		munmap(mem, size);
		before = vmstat("balloon_migrate");
		if (write_file("/proc/sys/vm/compact_memory", "1"))
			grew = false;
		vmstat_refresh();
		after = vmstat("balloon_migrate");
		ksft_print_msg("round %d: balloon_migrate %ld to %ld\n", round,
			       before, after);
		/* At first a quarter of all at the very least; then what is left. */
		grew &= before >= 0 && after - before >= (round ? 0 : pages / 4);
		kept &= balloon_is(pages);
	}
	ksft_test_result(grew, "balloon_migrate_grows\n");
	ksft_test_result(kept, "counts_agree_compacted\n");
	ksft_test_result(set_balloon(0) && balloon_is(0), "deflate\n");
	ksft_finished();
}
