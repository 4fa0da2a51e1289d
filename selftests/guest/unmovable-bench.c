// SPDX-License-Identifier: GPL-2.0-only
/*
 * What one pass of compaction over a node costs of which half is secret memory, and
 * over one with as much anonymous memory: folios locked, isolated and not migrated, and
 * instructions (with -icount shift=0 a nanosecond is an instruction). The locks are
 * counted by a kprobe, which costs instructions: in a pass of its own.
 */
#include <sys/mount.h>

#include "unmovable.h"

#define TRACING "/sys/kernel/tracing/"
#define PASSES 3

static const char *const counters[] = {
	"compact_migrate_scanned", "compact_free_scanned", "compact_isolated",
	"pgmigrate_success", "pgmigrate_fail",
};

/* Each folio lock that was taken is given back by this. */
static void count_unlocks(bool on)
{
	if (write_file(TRACING "events/kprobes/unlock/enable", on ? "1" : "0"))
		ksft_exit_fail_msg("the kprobe cannot be switched\n");
}

static long unlocks(void)
{
	return file_counter(TRACING "kprobe_profile", "unlock");
}

static void pass(const char *name, int number, bool locks)
{
	long before[ARRAY_SIZE(counters)], before_locks = locks ? unlocks() : 0;
	double begin;

	vmstat_refresh();
	for (size_t i = 0; i < ARRAY_SIZE(counters); i++)
		before[i] = vmstat(counters[i]);
	begin = now();
	compact();
	begin = now() - begin;
	vmstat_refresh();
	ksft_print_msg("%s pass %d:", name, number);
	if (locks)
		printf(" folio_locks=%ld", unlocks() - before_locks);
	else
		printf(" instructions=%.0f", begin * 1e9);
	for (size_t i = 0; i < ARRAY_SIZE(counters); i++)
		printf(" %s=%ld", counters[i], vmstat(counters[i]) - before[i]);
	printf("\n");
}

static void test(bool secret, bool locks)
{
	/* Half of what is free. */
	long pages = node_vmstat(0, "nr_free_pages") / 2;
	int fd = secret ? secretmem(pages * PAGE) : -1;
	uint64_t *mem;

	if (secret && fd < 0)
		ksft_exit_fail_msg("secretmem: %s\n", strerror(errno));
	mem = touch_fragmented(fd, pages);
	/* Who compacted before leaves less to do. */
	ksft_print_msg("so far kcompactd scanned %ld, direct compactions %ld\n",
		       vmstat("compact_daemon_migrate_scanned"), vmstat("compact_stall"));
	if (locks)
		count_unlocks(true);
	for (int i = 1; i <= PASSES; i++)
		pass(secret ? "secretmem" : "anon", i, locks);
	if (locks)
		count_unlocks(false);
	munmap(mem, pages * PAGE);
	if (fd >= 0)
		close(fd);
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(4);
	if (mount("tracing", TRACING, "tracefs", 0, NULL) ||
	    write_file(TRACING "kprobe_events", "p:unlock folio_unlock"))
		ksft_exit_fail_msg("no kprobe on folio_unlock\n");
	for (int secret = 0; secret < 2; secret++) {
		for (int locks = 0; locks < 2; locks++) {
			long scanned = vmstat("compact_migrate_scanned");

			test(secret, locks);
			ksft_test_result(vmstat("compact_migrate_scanned") > scanned, "%s_%s\n",
					 secret ? "secretmem" : "anon",
					 locks ? "locks" : "instructions");
		}
	}
	ksft_finished();
}
