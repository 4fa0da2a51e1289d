// SPDX-License-Identifier: GPL-2.0-only
/*
 * unmovable secretmem|guest_memfd
 *
 * Such memory cannot be migrated: compaction, move_pages() and mbind() leave it alone,
 * and its contents are what they were.
 */
#include "unmovable.h"

#define PAGES 16384L		/* 64 MB */
#define ASKED 64
#define PASSES 3
/* Folios of others that a pass fails to migrate; the base adds PAGES a pass. */
#define NOISE 200

static long failures(void)
{
	vmstat_refresh();
	return vmstat("pgmigrate_fail");
}

static bool intact(const uint64_t *mem)
{
	for (long i = 0; i < PAGES; i++)
		if (mem[i * PAGE / sizeof(*mem)] != (uint64_t)i + 1)
			return false;
	return true;
}

/* The node of the page at @mem; asked of nothing that wants to look into it. */
static int node_of(void *mem)
{
	int node = -1;

	if (syscall(SYS_move_pages, 0, 1, &mem, NULL, &node, 0))
		ksft_exit_fail_msg("move_pages: %s\n", strerror(errno));
	return node;
}

/* Of @mem's first pages: 0 when each has @status, and how many have not. */
static int move_to(uint64_t *mem, int node, int status)
{
	int nodes[ASKED], got[ASKED], wrong = 0;
	void *pages[ASKED];
	long ret;

	for (int i = 0; i < ASKED; i++) {
		pages[i] = (char *)mem + i * PAGE;
		nodes[i] = node;
		got[i] = -1000;
	}
	ret = syscall(SYS_move_pages, 0, ASKED, pages, nodes, got, MPOL_MF_MOVE);
	for (int i = 0; i < ASKED; i++)
		wrong += got[i] != status;
	ksft_print_msg("move_pages to node %d: %ld, first status %d\n", node, ret, got[0]);
	return ret ? -1 : wrong;
}

static int bind_to(uint64_t *mem, int node, int flags)
{
	unsigned long mask = 1UL << node;

	if (syscall(SYS_mbind, mem, ASKED * PAGE, MPOL_BIND, &mask, 64, flags))
		return -errno;
	return 0;
}

int main(int argc, char **argv)
{
	bool secret = argc == 2 && !strcmp(argv[1], "secretmem");
	int node, other, fd;
	long before, scanned;
	uint64_t *mem;

	ksft_print_header();
	ksft_set_plan(8);
	if (argc != 2 || (!secret && strcmp(argv[1], "guest_memfd")))
		ksft_exit_fail_msg("secretmem or guest_memfd wanted\n");
	fd = secret ? secretmem(PAGES * PAGE) : guest_memfd(PAGES * PAGE);
	if (fd < 0)
		ksft_exit_fail_msg("%s: %s\n", argv[1], strerror(errno));
	mem = touch_fragmented(fd, PAGES);

	before = failures();
	scanned = vmstat("compact_migrate_scanned");
	for (int i = 0; i < PASSES; i++)
		compact();
	scanned = vmstat("compact_migrate_scanned") - scanned;
	before = failures() - before;
	ksft_print_msg("%d passes: %ld pages scanned, %ld not migrated\n", PASSES, scanned,
		       before);
	ksft_test_result(scanned > PAGES, "compaction_scans\n");
	ksft_test_result(before < NOISE * PASSES, "compaction_leaves_it_alone\n");

	before = failures();
	node = node_of(mem);
	other = !node;
	ksft_test_result(!move_to(mem, other, -EFAULT), "move_pages_says_efault\n");
	ksft_test_result(!bind_to(mem, other, MPOL_MF_MOVE), "mbind_move_does_nothing\n");
	ksft_test_result(bind_to(mem, other, MPOL_MF_MOVE | MPOL_MF_STRICT) == -EIO,
			 "mbind_strict_says_eio\n");
	before = failures() - before;
	ksft_print_msg("%ld pages not migrated\n", before);
	ksft_test_result(!before, "nothing_was_tried\n");
	ksft_test_result(node_of(mem) == node, "it_stays\n");
	ksft_test_result(intact(mem), "contents_intact\n");
	ksft_finished();
}
