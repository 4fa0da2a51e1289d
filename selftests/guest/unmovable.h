/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory that cannot be migrated, and memory in the way of compaction. */
#ifndef GUEST_UNMOVABLE_H
#define GUEST_UNMOVABLE_H

#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/resource.h>

#include "numa.h"

/* What the kernel may need while the node is full. */
#define LEFT (48L << 20)

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

static inline int secretmem(size_t size)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	int fd = syscall(SYS_memfd_secret, 0);

	setrlimit(RLIMIT_MEMLOCK, &all);
	return fd < 0 || ftruncate(fd, size) ? -1 : fd;
}

static inline int guest_memfd(size_t size)
{
	struct guest_memfd args = {
		.size = size,
		.flags = GUEST_MEMFD_FLAG_MMAP | GUEST_MEMFD_FLAG_INIT_SHARED,
	};
	int kvm = open("/dev/kvm", O_RDWR);

	return ioctl(ioctl(kvm, KVM_CREATE_VM, 0UL), KVM_CREATE_GUEST_MEMFD, &args);
}

/*
 * The memory, of file @fd or (-1) anonymous, gets what little another mapping has left
 * of node 0, and every second page of that; the rest is free then. So compaction finds
 * the memory wherever it looks, and free pages to move it to. Each page holds its
 * number, from 1.
 */
static inline uint64_t *touch_fragmented(int fd, long pages)
{
	size_t size = pages * PAGE, hog_size = node_vmstat(0, "nr_free_pages") * PAGE - LEFT;
	int shared = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
	char *hog = mmap(NULL, hog_size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	uint64_t *mem = mmap(NULL, size, PROT_READ | PROT_WRITE, shared, fd, 0);

	if (compact_on_request_only())
		ksft_exit_fail_msg("compaction cannot be set up\n");
	if (hog == MAP_FAILED || mem == MAP_FAILED)
		ksft_exit_fail_msg("mmap: %s\n", strerror(errno));
	madvise(hog, hog_size, MADV_NOHUGEPAGE);
	madvise(mem, size, MADV_NOHUGEPAGE);
	allocate_on(0);
	memset(hog, 1, hog_size);
	for (size_t i = 0; i < hog_size; i += 2 * PAGE)
		madvise(hog + i, PAGE, MADV_DONTNEED);
	for (long i = 0; i < pages; i++)
		mem[i * PAGE / sizeof(*mem)] = i + 1;
	allocate_on(-1);
	munmap(hog, hog_size);
	return mem;
}

static inline void compact(void)
{
	if (write_file("/proc/sys/vm/compact_memory", "1"))
		ksft_exit_fail_msg("compact_memory\n");
}
#endif
