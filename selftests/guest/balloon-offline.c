// SPDX-License-Identifier: GPL-2.0-only
/*
 * Balloon pages leave a node that goes offline: the node's count goes with them.
 *
 * Node 0's memory is taken while the balloon inflates, so that it has pages of node 1
 * as well, which are then migrated to node 0.
 */
#include <glob.h>

#include "balloon.h"

#define BALLOON_MB 384L

/* Pages that the node's zones manage; the balloon takes its own out of them. */
static long node_managed(int node)
{
	FILE *f = fopen("/proc/zoneinfo", "r");
	long value, sum = 0;
	char line[256];
	int at = -1;

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "Node %d,", &at) == 1)
			continue;
		if (at == node && sscanf(line, " managed %ld", &value) == 1)
			sum += value;
	}
	if (f)
		fclose(f);
	return sum;
}

static bool offline_block(const char *block)
{
	char path[256];
	int err = -EBUSY;

	snprintf(path, sizeof(path), "%s/state", block);
	/* A page may be in use for a moment: as an admin, try again. */
	for (int try = 0; try < 5 && (err == -EBUSY || err == -EAGAIN); try++)
		err = write_file(path, "offline");
	if (err)
		ksft_print_msg("%s: %s\n", path, strerror(-err));
	return !err;
}

/* All memory of @node; false also when it has none. */
static bool offline_node(int node)
{
	char pattern[128];
	bool ok = true;
	glob_t blocks;

	snprintf(pattern, sizeof(pattern),
		 "/sys/devices/system/node/node%d/memory[0-9]*", node);
	if (glob(pattern, 0, NULL, &blocks))
		return false;
	for (size_t i = 0; i < blocks.gl_pathc; i++)
		ok &= offline_block(blocks.gl_pathv[i]);
	ksft_print_msg("node %d: %zu blocks\n", node, blocks.gl_pathc);
	globfree(&blocks);
	return ok;
}

static bool node_count_is(int node, long want, const char *when)
{
	vmstat_refresh();
	return same_count(when, node_vmstat(node, "nr_balloon_pages"), want);
}

int main(void)
{
	long pages = BALLOON_MB * MB / PAGE, managed, node0, node1;
	bool right = true;
	size_t size;
	char *hog;

	ksft_print_header();
	ksft_set_plan(6);

	managed = node_managed(0);
	vmstat_refresh();
	if (managed <= 0 || node_free(1) <= 0)
		ksft_exit_fail_msg("two nodes with memory wanted\n");
	reserve_for_kernel();
	size = node_free(0) - BALLOON_MB / 2 * MB;
	hog = touch_memory(size, 0);
	if (hog == MAP_FAILED)
		ksft_exit_fail_msg("no %zu bytes on node 0\n", size);
	ksft_test_result(set_balloon(BALLOON_MB) && balloon_is(pages), "inflate\n");
	munmap(hog, size);

	node0 = node_vmstat(0, "nr_balloon_pages");
	node1 = node_vmstat(1, "nr_balloon_pages");
	ksft_print_msg("balloon pages on node 0: %ld, on node 1: %ld\n", node0, node1);
	ksft_test_result(node0 > 0 && node1 > 0 && node0 + node1 == pages,
			 "inflated_on_both_nodes\n");

	ksft_test_result(offline_node(1) && !node_managed(1), "offline_node1\n");
	right &= node_count_is(1, 0, "node 1's nr_balloon_pages once offline");
	right &= node_count_is(0, pages, "node 0's nr_balloon_pages then");
	ksft_test_result(balloon_is(pages), "counts_agree_offline\n");

	ksft_test_result(set_balloon(0) && balloon_is(0) &&
			 same_count("managed pages of node 0", node_managed(0), managed),
			 "deflate\n");
	right &= node_count_is(1, 0, "node 1's nr_balloon_pages once deflated");
	right &= node_count_is(0, 0, "node 0's nr_balloon_pages then");
	ksft_test_result(right, "node_counts_follow_the_pages\n");
	ksft_finished();
}
