/* SPDX-License-Identifier: GPL-2.0-only */
/* What the balloon scenarios share; the host side does the QMP part. */
#ifndef GUEST_BALLOON_H
#define GUEST_BALLOON_H

#include <linux/kernel-page-flags.h>
#include <linux/mempolicy.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "lib.h"
#include "kselftest.h"

#define PAGE 4096L
#define MB (1L << 20)

static inline long balloon_pages(void)
{
	vmstat_refresh();
	return vmstat("nr_balloon_pages");
}

/*
 * Has QEMU set the balloon to @megabytes, and waits until the guest is there, for
 * as long as it gets any closer: how fast that goes is the host's matter.
 */
static inline bool set_balloon(long megabytes)
{
	long want = megabytes * MB / PAGE, pages, last;
	double moved = now();
	char answer[512];

	if (ask_host(answer, sizeof(answer), "balloon %ld", megabytes)) {
		ksft_print_msg("host: %s\n", answer);
		return false;
	}
	for (last = -1; (pages = balloon_pages()) != want && now() < moved + 20; last = pages) {
		if (pages != last)
			moved = now();
		usleep(50000);
	}
	ksft_print_msg("balloon of %ld pages, %ld wanted\n", pages, want);
	return pages == want;
}

/* Pages that /proc/kpageflags shows as logically offline; -1 when it cannot say. */
static inline long kpf_offline_pages(void)
{
	static uint64_t flags[8192];
	int fd = open("/proc/kpageflags", O_RDONLY);
	long count = 0, pages = 0;
	ssize_t len;

	while ((len = read(fd, flags, sizeof(flags))) > 0) {
		for (size_t i = 0; i < len / sizeof(*flags); i++)
			count += !!(flags[i] & (1ULL << KPF_OFFLINE));
		pages += len / sizeof(*flags);
	}
	close(fd);
	return fd >= 0 && !len && pages ? count : -1;
}

static inline bool same_count(const char *what, long got, long want)
{
	if (got != want)
		ksft_print_msg("%s: %ld, not %ld\n", what, got, want);
	return got == want;
}

/* Every place that counts the balloon's pages says @want. */
static inline bool balloon_is(long want)
{
	bool ok = same_count("nr_balloon_pages", balloon_pages(), want);

	ok &= same_count("balloon_inflate - balloon_deflate",
			 vmstat("balloon_inflate") - vmstat("balloon_deflate"), want);
	ok &= same_count("KPF_OFFLINE pages", kpf_offline_pages(), want);
	ok &= same_count("query-balloon in pages",
			 ask_host_number("query-balloon") / PAGE, want);
	return ok;
}

/* Memory in single pages, all touched, on @node (-1: any); MAP_FAILED when not. */
static inline void *touch_memory(size_t size, int node)
{
	unsigned long mask = 1UL << node;
	char *mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (mem == MAP_FAILED)
		return mem;
	madvise(mem, size, MADV_NOHUGEPAGE);
	if ((node >= 0 && syscall(SYS_mbind, mem, size, MPOL_BIND, &mask, 64, 0)) ||
	    madvise(mem, size, MADV_POPULATE_WRITE)) {
		munmap(mem, size);
		return MAP_FAILED;
	}
	return mem;
}

/* Free memory and a balloon of @megabytes in turn, page by page. */
static inline bool inflate_fragmented(long megabytes)
{
	size_t size = 2 * megabytes * MB;
	char *mem = touch_memory(size, -1);
	bool inflated;

	if (mem == MAP_FAILED)
		ksft_exit_fail_msg("no %zu bytes of memory\n", size);
	for (size_t i = 0; i < size; i += 2 * PAGE)
		madvise(mem + i, PAGE, MADV_DONTNEED);
	inflated = set_balloon(megabytes);
	munmap(mem, size);
	return inflated;
}

/*
 * Let the balloon and user memory leave some of a node to the kernel: they go to
 * another one at the low watermark, the kernel's own allocations only at the minimum,
 * and these cannot use a DIMM of movable memory.
 */
static inline void reserve_for_kernel(void)
{
	if (write_file("/proc/sys/vm/watermark_scale_factor", "500"))
		ksft_exit_fail_msg("no watermark_scale_factor\n");
}

/* MemFree of @node in bytes. */
static inline long node_free(int node)
{
	return node_vmstat(node, "nr_free_pages") * PAGE;
}
#endif
