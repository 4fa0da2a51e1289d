// SPDX-License-Identifier: GPL-2.0-only
/*
 * What NUMA balancing costs with and without references to part of the memory: two
 * threads on two nodes, each with its memory on the other. Figures only; it fails
 * where nothing was balanced, for then they say nothing.
 */
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "numa.h"

#define SIZE (16L << 20)
#define SECONDS 4
#define CPUS 2

/* Tracepoints counted on all CPUs, then vmstat's counters. */
static const char *const events[] = {
	"migrate/set_migration_pte",
	"thp/set_migration_pmd",
	"tlb/tlb_flush",
};

static const char *const counters[] = {
	"numa_hint_faults",
	"numa_pages_migrated",
	"pgmigrate_fail",
	"pgalloc_dma32",
	"pgalloc_normal",
	"pgalloc_movable",
};

#define NR_EVENTS (sizeof(events) / sizeof(*events))
#define NR_COUNTERS (sizeof(counters) / sizeof(*counters))

struct worker {
	pthread_t thread;
	int node;
	struct memory memory;
	long rounds;
	/* Seconds until what has no reference had moved, SECONDS if it never had. */
	double settled;
};

static int fds[NR_EVENTS][CPUS];
static double start;

static void open_events(void)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_TRACEPOINT, .size = sizeof(attr) };
	char path[128];

	mount("tracefs", "/sys/kernel/tracing", "tracefs", 0, NULL);
	for (size_t i = 0; i < NR_EVENTS; i++) {
		snprintf(path, sizeof(path), "/sys/kernel/tracing/events/%s/id", events[i]);
		attr.config = file_number(path);
		for (int cpu = 0; cpu < CPUS; cpu++) {
			fds[i][cpu] = syscall(__NR_perf_event_open, &attr, -1, cpu, -1, 0);
			if (fds[i][cpu] < 0)
				ksft_exit_fail_msg("no %s: %s\n", events[i], strerror(errno));
		}
	}
}

static void read_all(long *values)
{
	vmstat_refresh();
	for (size_t i = 0; i < NR_EVENTS; i++) {
		values[i] = 0;
		for (int cpu = 0; cpu < CPUS; cpu++) {
			long value = 0;

			if (read(fds[i][cpu], &value, sizeof(value)) != sizeof(value))
				ksft_exit_fail_msg("%s cannot be read\n", events[i]);
			values[i] += value;
		}
	}
	for (size_t i = 0; i < NR_COUNTERS; i++)
		values[NR_EVENTS + i] = vmstat(counters[i]);
}

static void *work(void *arg)
{
	struct worker *w = arg;
	long first = w->memory.held * folio_size(w->memory.kind) / PAGE;

	run_on(w->node);
	w->settled = SECONDS;
	while (now() < start + SECONDS) {
		touch(&w->memory);
		w->rounds++;
		if (w->settled == SECONDS && w->rounds % 64 == 0 &&
		    pages_on(&w->memory, w->node, first) >= (w->memory.pages - first) * 9 / 10)
			w->settled = now() - start;
	}
	return NULL;
}

/* A process of its own: with a scan of its own, as fast as at the start. */
static void bench(enum kind kind, int held_of_8)
{
	long before[NR_EVENTS + NR_COUNTERS], after[NR_EVENTS + NR_COUNTERS];
	struct worker workers[CPUS] = { };

	for (int i = 0; i < CPUS; i++) {
		workers[i].node = i;
		workers[i].memory = make_memory(kind, SIZE, !i);
		hold(&workers[i].memory, nr_folios(&workers[i].memory) * held_of_8 / 8);
	}
	read_all(before);
	start = now();
	for (int i = 0; i < CPUS; i++)
		pthread_create(&workers[i].thread, NULL, work, &workers[i]);
	for (int i = 0; i < CPUS; i++)
		pthread_join(workers[i].thread, NULL);
	read_all(after);

	printf("# bench %s held=%d/8 rounds=%ld settled=%.2f", kind_names[kind], held_of_8,
	       workers[0].rounds + workers[1].rounds,
	       (workers[0].settled + workers[1].settled) / 2);
	for (size_t i = 0; i < NR_EVENTS; i++)
		printf(" %s=%ld", strchr(events[i], '/') + 1, after[i] - before[i]);
	for (size_t i = 0; i < NR_COUNTERS; i++)
		if (before[NR_EVENTS + i] >= 0)
			printf(" %s=%ld", counters[i],
			       after[NR_EVENTS + i] - before[NR_EVENTS + i]);
	printf("\n");
	fflush(stdout);
	_exit(after[NR_EVENTS] == before[NR_EVENTS]);
}

int main(void)
{
	static const int held[] = { 0, 4 };

	ksft_print_header();
	ksft_set_plan(NR_KINDS * ARRAY_SIZE(held));
	scan_fast();
	open_events();
	for (int kind = 0; kind < NR_KINDS; kind++) {
		for (size_t i = 0; i < ARRAY_SIZE(held); i++) {
			int status = -1;

			fflush(stdout);
			if (!fork())
				bench(kind, held[i]);
			wait(&status);
			ksft_test_result(!status, "%s_%d_of_8_held\n", kind_names[kind],
					 held[i]);
		}
	}
	ksft_finished();
}
