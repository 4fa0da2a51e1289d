// SPDX-License-Identifier: GPL-2.0-only
/*
 * Balloon pages in the way of compaction: they are moved, none is lost, and what
 * counts them agrees.
 *
 * The balloon fills the holes between the pages of a big mapping. Once that is gone,
 * free and balloon pages alternate, and compaction has no other pages to move.
 */
#include <pthread.h>

#include "balloon.h"

#define BALLOON_MB 512L

static volatile bool stop;

static void compact(void)
{
	if (write_file("/proc/sys/vm/compact_memory", "1"))
		ksft_exit_fail_msg("compact_memory: %s\n", strerror(errno));
}

static void *compact_in_a_loop(void *unused)
{
	while (!stop)
		compact();
	return NULL;
}

int main(void)
{
	long pages = BALLOON_MB * MB / PAGE, before, after;
	pthread_t thread;
	bool resized;
	static const char *const told[] = {
		"compact_migrate_scanned", "compact_free_scanned", "compact_isolated",
		"pgmigrate_success", "pgmigrate_fail",
	};

	ksft_print_header();
	ksft_set_plan(6);

	if (compact_on_request_only())
		ksft_exit_fail_msg("compaction cannot be set up\n");

	ksft_test_result(inflate_fragmented(BALLOON_MB), "inflate\n");
	ksft_test_result(balloon_is(pages), "counts_agree_inflated\n");

	before = vmstat("balloon_migrate");
	compact();
	after = vmstat("balloon_migrate");
	ksft_print_msg("balloon_migrate %ld to %ld\n", before, after);
	for (size_t i = 0; i < ARRAY_SIZE(told); i++)
		ksft_print_msg("%s %ld\n", told[i], vmstat(told[i]));
	/* About half of them lie in the half that compaction empties. */
	ksft_test_result(before >= 0 && after - before >= pages / 4,
			 "balloon_migrate_grows\n");
	ksft_test_result(balloon_is(pages), "counts_agree_compacted\n");

	if (pthread_create(&thread, NULL, compact_in_a_loop, NULL))
		ksft_exit_fail_msg("no thread\n");
	resized = set_balloon(BALLOON_MB / 2) && set_balloon(BALLOON_MB);
	stop = true;
	pthread_join(thread, NULL);
	ksft_test_result(resized && balloon_is(pages), "resize_while_compacting\n");

	ksft_test_result(set_balloon(0) && balloon_is(0), "deflate\n");
	ksft_finished();
}
