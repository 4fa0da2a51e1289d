// SPDX-License-Identifier: GPL-2.0-only
/*
 * Balloon pages in the way of CMA: an allocation moves them out, none is lost, and
 * what it got is memory of its own. The area is the one for gigantic hugetlb pages.
 */
#include "balloon.h"

#define BALLOON_MB 2560L
#define CHUNK (16 * MB)
#define CHUNKS 16
#define CMA "/sys/kernel/debug/cma/hugetlb0/"

static int cma(const char *action, long pages)
{
	char path[64], text[32];
	int err;

	snprintf(path, sizeof(path), CMA "%s", action);
	snprintf(text, sizeof(text), "%ld", pages);
	err = write_file(path, text);
	if (err)
		ksft_print_msg("%s %s: %s\n", path, text, strerror(-err));
	return err;
}

int main(void)
{
	long pages = BALLOON_MB * MB / PAGE, before, moved;
	bool ok = true;

	ksft_print_header();
	ksft_set_plan(6);
	ksft_print_msg("CMA area of %ld pages\n", file_number(CMA "count"));
	if (file_number(CMA "count") < CHUNKS * CHUNK / PAGE)
		ksft_exit_fail_msg("no CMA area: hugetlb_cma=\n");

	ksft_test_result(set_balloon(BALLOON_MB) && balloon_is(pages), "inflate\n");

	before = vmstat("balloon_migrate");
	for (int i = 0; i < CHUNKS; i++)
		ok &= !cma("alloc", CHUNK / PAGE);
	ksft_test_result(ok && file_number(CMA "used") == CHUNKS * CHUNK / PAGE,
			 "alloc\n");
	moved = vmstat("balloon_migrate") - before;
	ksft_print_msg("balloon pages moved: %ld\n", moved);
	ksft_test_result(moved > CHUNK / PAGE, "balloon_pages_moved\n");
	ksft_test_result(balloon_is(pages), "counts_agree\n");

	ok = true;
	for (int i = 0; i < CHUNKS; i++)
		ok &= !cma("free", CHUNK / PAGE);
	ksft_test_result(ok && !file_number(CMA "used"), "free\n");
	ksft_test_result(set_balloon(0) && balloon_is(0), "deflate\n");
	ksft_finished();
}
