// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory on node 0, used from node 1, each folio with a reference: NUMA faults leave
 * it alone. Without the references it moves.
 */
#define _GNU_SOURCE
#include "numa.h"

#define SIZE (16L << 20)
#define SECONDS 30

static void test(enum kind kind)
{
	struct memory m = make_memory(kind, SIZE, 0);
	long faults = vmstat("numa_hint_faults"), failed = vmstat("pgmigrate_fail");
	long migrated, seen, folios = nr_folios(&m);
	double end = now() + SECONDS;
	const char *name = kind_names[kind];

	hold(&m, folios);
	do {
		touch(&m);
		seen = vmstat("numa_hint_faults") - faults;
	} while (seen < 2 * folios && now() < end);
	failed = vmstat("pgmigrate_fail") - failed;
	ksft_print_msg("%s: %ld hint faults, %ld pages failed to migrate\n", name, seen, failed);
	ksft_test_result(seen >= 2 * folios, "%s_faults\n", name);
	ksft_test_result(!failed, "%s_not_tried\n", name);
	ksft_test_result(pages_on(&m, 0, 0) == m.pages, "%s_stays\n", name);

	release(&m);
	migrated = vmstat("numa_pages_migrated");
	end = now() + SECONDS;
	do {
		touch(&m);
		seen = pages_on(&m, 1, 0);
	} while (seen < m.pages * 9 / 10 && now() < end);
	migrated = vmstat("numa_pages_migrated") - migrated;
	ksft_print_msg("%s: released, %ld of %ld pages moved, %ld migrations\n", name, seen,
		       m.pages, migrated);
	ksft_test_result(seen >= m.pages * 9 / 10 && migrated >= seen,
			 "%s_moves_without_references\n", name);
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(4 * NR_KINDS);
	scan_fast();
	run_on(1);
	for (int kind = 0; kind < NR_KINDS; kind++)
		test(kind);
	ksft_finished();
}
