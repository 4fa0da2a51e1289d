// SPDX-License-Identifier: GPL-2.0-only
/*
 * unmovable secretmem|guest_memfd
 *
 * Such memory cannot be migrated: compaction, move_pages() and mbind() leave it alone,
 * and its contents are what they were.
 */
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/resource.h>

#include "numa.h"

#define PAGES 16384L		/* 64 MB */
#define LEFT (48L << 20)
#define ASKED 64
#define PASSES 3
/* Folios of others that a pass fails to migrate; the base adds PAGES a pass. */
#define NOISE 200

/* linux/kvm.h, which may be older than guest_memfd. */
struct guest_memfd {
	uint64_t size;
	uint64_t flags;
	uint64_t reserved[6];
};

#define KVM_CREATE_VM _IO(0xae, 0x01)
#define KVM_CREATE_GUEST_MEMFD _IOWR(0xae, 0xd4, struct guest_memfd)
#define GUEST_MEMFD_FLAG_MMAP 1
#define GUEST_MEMFD_FLAG_INIT_SHARED 2

static long failures(void)
{
	vmstat_refresh();
	return vmstat("pgmigrate_fail");
}

static int secretmem(size_t size)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	int fd = syscall(SYS_memfd_secret, 0);

	setrlimit(RLIMIT_MEMLOCK, &all);
	return fd < 0 || ftruncate(fd, size) ? -1 : fd;
}

static int guest_memfd(size_t size)
{
	struct guest_memfd args = {
		.size = size,
		.flags = GUEST_MEMFD_FLAG_MMAP | GUEST_MEMFD_FLAG_INIT_SHARED,
	};
	int kvm = open("/dev/kvm", O_RDWR);

	return ioctl(ioctl(kvm, KVM_CREATE_VM, 0UL), KVM_CREATE_GUEST_MEMFD, &args);
}

/*
 * The memory gets what little another mapping has left of the node, and every second
 * page of that; the rest is free then. So compaction finds the memory wherever it
 * looks, and free pages to move it to.
 */
static uint64_t *touch_fragmented(int fd)
{
	size_t size = PAGES * PAGE, hog_size = node_vmstat(0, "nr_free_pages") * PAGE - LEFT;
	char *hog = mmap(NULL, hog_size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	uint64_t *mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (hog == MAP_FAILED || mem == MAP_FAILED)
		ksft_exit_fail_msg("mmap: %s\n", strerror(errno));
	madvise(hog, hog_size, MADV_NOHUGEPAGE);
	allocate_on(0);
	memset(hog, 1, hog_size);
	for (size_t i = 0; i < hog_size; i += 2 * PAGE)
		madvise(hog + i, PAGE, MADV_DONTNEED);
	for (long i = 0; i < PAGES; i++)
		mem[i * PAGE / sizeof(*mem)] = i + 1;
	allocate_on(-1);
	munmap(hog, hog_size);
	return mem;
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
	/* Compaction leaves the per-CPU lists alone: keep freed pages out of them. */
	if (write_file("/proc/sys/vm/percpu_pagelist_high_fraction", "1000000"))
		ksft_exit_fail_msg("percpu_pagelist_high_fraction\n");
	fd = secret ? secretmem(PAGES * PAGE) : guest_memfd(PAGES * PAGE);
	if (fd < 0)
		ksft_exit_fail_msg("%s: %s\n", argv[1], strerror(errno));
	mem = touch_fragmented(fd);

	before = failures();
	scanned = vmstat("compact_migrate_scanned");
	for (int i = 0; i < PASSES; i++)
		write_file("/proc/sys/vm/compact_memory", "1");
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
