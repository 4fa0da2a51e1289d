// SPDX-License-Identifier: GPL-2.0-only
/*
 * What one NUMA fault costs: with -icount shift=0 a nanosecond is an instruction.
 * The median over the folios, without references and with one on each.
 */
#include <sys/resource.h>

#include "numa.h"

#define SIZE (16L << 20)
#define SECONDS 60

static int compare(const void *a, const void *b)
{
	return *(const long *)a < *(const long *)b ? -1 : *(const long *)a > *(const long *)b;
}

static long faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_minflt;
}

static long nanoseconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000L + ts.tv_nsec;
}

/* Fills @costs with what the faults on each folio take, until there are @want. */
static long measure(const struct memory *m, long *costs, long want)
{
	long got = 0, step = folio_size(m->kind);
	double end = now() + SECONDS;

	while (got < want && now() < end) {
		for (long i = 0; i < m->pages * PAGE / step && got < want; i++) {
			long before = faults(), start = nanoseconds(), took;

			(*(volatile char *)(m->mem + i * step))++;
			took = nanoseconds() - start;
			if (faults() != before)
				costs[got++] = took;
		}
	}
	qsort(costs, got, sizeof(*costs), compare);
	return got;
}

static void test(enum kind kind, bool held)
{
	struct memory m = make_memory(kind, SIZE, 1);
	long folios = nr_folios(&m), got;
	long *costs = calloc(folios, sizeof(*costs));

	if (held)
		hold(&m, folios);
	got = measure(&m, costs, folios);
	if (got)
		ksft_print_msg("icount %s %s median=%ld least=%ld of %ld\n", kind_names[kind],
			       held ? "held" : "free", costs[got / 2], costs[0], got);
	ksft_test_result(got == folios, "%s_%s\n", kind_names[kind], held ? "held" : "free");
	release(&m);
	munmap(m.mem, SIZE);
	free(costs);
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(2 * NR_KINDS);
	scan_fast();
	for (int kind = 0; kind < NR_KINDS; kind++) {
		test(kind, false);
		test(kind, true);
	}
	ksft_finished();
}
