// SPDX-License-Identifier: GPL-2.0-only
/*
 * balloon-rebind CYCLES [fifo]: unbinds and binds the balloon driver while its pages
 * are compacted. Unbinding has to wait for pages that are isolated then, and no page
 * may be left behind.
 *
 * With fifo, unbinding runs as a real-time task that nothing preempts: on one CPU
 * nobody can put the pages back before it sleeps. A watchdog of a higher priority
 * ends that when it does not.
 */
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>

#include "balloon.h"

#define BALLOON_MB 32L
/* Unbinding takes a tenth of a second when nobody is kept from putting pages back. */
#define LIMIT 5.0
#define DRIVER "/sys/bus/virtio/drivers/virtio_balloon/"

static volatile bool stop, starved;
static volatile double unbinding_since;
static pthread_t unbinder;

static void *compact_in_a_loop(void *unused)
{
	while (!stop)
		write_file("/proc/sys/vm/compact_memory", "1");
	return NULL;
}

static bool find_device(char name[32])
{
	struct dirent *entry;
	DIR *dir = opendir(DRIVER);
	bool found = false;

	while (dir && !found && (entry = readdir(dir)))
		found = sscanf(entry->d_name, "%31s", name) == 1 &&
			!strncmp(name, "virtio", 6);
	if (dir)
		closedir(dir);
	return found;
}

/* Migration drops its reference to an old page, which keeps its type, a moment later. */
static bool nothing_is_offline(void)
{
	double end = now() + 2;

	while (kpf_offline_pages() && now() < end)
		usleep(10000);
	return !kpf_offline_pages();
}

static void set_priority(pthread_t thread, int priority)
{
	struct sched_param param = { .sched_priority = priority };
	int err = pthread_setschedparam(thread, priority ? SCHED_FIFO : SCHED_OTHER,
					&param);

	if (err)
		ksft_exit_fail_msg("pthread_setschedparam: %s\n", strerror(err));
}

static void *watch(void *unused)
{
	while (!stop) {
		usleep(100000);
		if (unbinding_since && now() - unbinding_since > LIMIT) {
			starved = true;
			set_priority(unbinder, 0);
		}
	}
	return NULL;
}

static double cpu_time(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static double longer(double a, double b)
{
	return a > b ? a : b;
}

int main(int argc, char **argv)
{
	long pages = BALLOON_MB * MB / PAGE, migrated;
	int cycles = argc > 1 ? atoi(argv[1]) : 0, empty = 0, full = 0;
	bool fifo = argc > 2 && !strcmp(argv[2], "fifo");
	double begin, cpu, longest = 0, longest_cpu = 0;
	pthread_t thread, watchdog;
	char device[32];

	ksft_print_header();
	ksft_set_plan(6);
	if (cycles <= 0 || !find_device(device))
		ksft_exit_fail_msg("usage: balloon-rebind CYCLES [fifo], with a balloon\n");
	if (compact_on_request_only())
		ksft_exit_fail_msg("compaction cannot be set up\n");
	if (fifo && (write_file("/proc/sys/kernel/sched_rt_runtime_us", "-1") ||
		     write_file("/sys/kernel/debug/sched/fair_server/cpu0/runtime", "0")))
		ksft_exit_fail_msg("cannot leave the CPU to real-time tasks alone\n");

	ksft_test_result(inflate_fragmented(BALLOON_MB), "inflate\n");
	migrated = vmstat("balloon_migrate");
	if (pthread_create(&thread, NULL, compact_in_a_loop, NULL))
		ksft_exit_fail_msg("no thread\n");
	unbinder = pthread_self();
	if (pthread_create(&watchdog, NULL, watch, NULL))
		ksft_exit_fail_msg("no thread\n");
	set_priority(watchdog, 99);

	for (int i = 0; i < cycles; i++) {
		/* Let compaction get at the new pages. */
		usleep(20000);
		begin = now();
		cpu = cpu_time();
		unbinding_since = begin;
		if (fifo)
			set_priority(unbinder, 50);
		if (write_file(DRIVER "unbind", device))
			break;
		unbinding_since = 0;
		if (fifo)
			set_priority(unbinder, 0);
		longest = longer(longest, now() - begin);
		longest_cpu = longer(longest_cpu, cpu_time() - cpu);
		empty += balloon_pages() == 0 && nothing_is_offline();
		if (write_file(DRIVER "bind", device))
			break;
		for (double end = now() + 10; balloon_pages() != pages && now() < end;)
			usleep(5000);
		full += balloon_pages() == pages;
	}
	stop = true;
	pthread_join(thread, NULL);
	pthread_join(watchdog, NULL);
	migrated = vmstat("balloon_migrate") - migrated;

	ksft_print_msg("longest unbind: %.3f s, of which %.3f s CPU time\n", longest,
		       longest_cpu);
	ksft_test_result(!starved, "unbind_lets_others_run\n");
	ksft_test_result(empty == cycles, "no_page_after_unbind\n");
	ksft_test_result(full == cycles, "inflated_after_bind\n");
	ksft_print_msg("balloon_migrate: %ld\n", migrated);
	ksft_test_result(migrated > cycles, "pages_migrated_meanwhile\n");
	ksft_test_result(set_balloon(0) && balloon_is(0), "deflate\n");
	ksft_finished();
}
