/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the NUMA scenarios share: memory placed on one node, references to it by
 * pipes, and a fast scan.
 */
#ifndef GUEST_NUMA_H
#define GUEST_NUMA_H

#include <linux/mempolicy.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "lib.h"
#include "kselftest.h"

#define PAGE 4096L
#define THP (2L << 20)
#define PIPE_PAGES 256L

enum kind { ANON, ANON_THP, SHMEM, NR_KINDS };

static const char *const kind_names[NR_KINDS] = { "anon", "thp", "shmem" };

struct memory {
	enum kind kind;
	char *mem;
	long pages;
	/* Of the folios, from the first on, how many have references, and by which pipes. */
	long held;
	int (*pipes)[2];
};

static inline long folio_size(enum kind kind)
{
	return kind == ANON_THP ? THP : PAGE;
}

static inline long nr_folios(const struct memory *m)
{
	return m->pages * PAGE / folio_size(m->kind);
}

/* The node and the CPU of the same number belong together (scenario.toml). */
static inline void run_on(int node)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(node, &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		ksft_exit_fail_msg("no CPU %d\n", node);
}

static inline void allocate_on(int node)
{
	unsigned long mask = node < 0 ? 0 : 1UL << node;

	if (syscall(__NR_set_mempolicy, node < 0 ? MPOL_DEFAULT : MPOL_BIND,
		    node < 0 ? NULL : &mask, node < 0 ? 0L : 65L))
		ksft_exit_fail_msg("set_mempolicy: %s\n", strerror(errno));
}

static inline void touch(const struct memory *m)
{
	for (long i = 0; i < m->pages; i++)
		(*(volatile char *)(m->mem + i * PAGE))++;
}

/* How many of the pages from @first on are on @node. */
static inline long pages_on(const struct memory *m, int node, long first)
{
	long found = 0;

	for (long i = first; i < m->pages; i++) {
		void *page = m->mem + i * PAGE;
		int status = -1;

		syscall(__NR_move_pages, 0, 1UL, &page, NULL, &status, 0);
		found += status == node;
	}
	return found;
}

static inline struct memory make_memory(enum kind kind, long size, int node)
{
	struct memory m = { .kind = kind, .pages = size / PAGE };
	long thps = vmstat("thp_fault_alloc");
	char *area = mmap(NULL, size + THP, PROT_READ | PROT_WRITE, MAP_ANONYMOUS |
			  (kind == SHMEM ? MAP_SHARED : MAP_PRIVATE), -1, 0);

	if (area == MAP_FAILED)
		ksft_exit_fail_msg("mmap: %s\n", strerror(errno));
	m.mem = (char *)(((unsigned long)area + THP - 1) & ~(THP - 1));
	madvise(m.mem, size, kind == ANON_THP ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	allocate_on(node);
	touch(&m);
	allocate_on(-1);
	if (kind == ANON_THP && vmstat("thp_fault_alloc") != thps + nr_folios(&m))
		ksft_exit_fail_msg("no THPs: they need 512 MB\n");
	if (pages_on(&m, node, 0) != m.pages)
		ksft_exit_fail_msg("%s: the memory is not on node %d\n",
				   kind_names[kind], node);
	return m;
}

/* A reference to each of the first @folios. */
static inline void hold(struct memory *m, long folios)
{
	m->held = folios;
	m->pipes = calloc(folios / PIPE_PAGES + 1, sizeof(*m->pipes));
	for (long i = 0; i < folios; i++) {
		int *fds = m->pipes[i / PIPE_PAGES];
		struct iovec iov = {
			.iov_base = m->mem + i * folio_size(m->kind),
			.iov_len = PAGE,
		};

		if (i % PIPE_PAGES == 0 &&
		    (pipe(fds) || fcntl(fds[1], F_SETPIPE_SZ, PIPE_PAGES * PAGE) < 0))
			ksft_exit_fail_msg("no pipe: %s\n", strerror(errno));
		if (vmsplice(fds[1], &iov, 1, SPLICE_F_NONBLOCK) != PAGE)
			ksft_exit_fail_msg("vmsplice: %s\n", strerror(errno));
	}
}

static inline void release(struct memory *m)
{
	for (long i = 0; i < m->held; i += PIPE_PAGES) {
		close(m->pipes[i / PIPE_PAGES][0]);
		close(m->pipes[i / PIPE_PAGES][1]);
	}
	m->held = 0;
}

static inline void scan_fast(void)
{
	static const char *const files[][2] = {
		{ "/sys/kernel/debug/sched/numa_balancing/scan_delay_ms", "100" },
		{ "/sys/kernel/debug/sched/numa_balancing/scan_period_min_ms", "100" },
		{ "/sys/kernel/debug/sched/numa_balancing/scan_period_max_ms", "400" },
		{ "/proc/sys/kernel/numa_balancing", "1" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (write_file(files[i][0], files[i][1]))
			ksft_exit_fail_msg("no %s\n", files[i][0]);
}
#endif
