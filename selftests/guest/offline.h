/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory blocks, and taking them offline with a limit: what does not end must not hang us. */
#ifndef GUEST_OFFLINE_H
#define GUEST_OFFLINE_H

#include <signal.h>
#include <stdint.h>
#include <sys/wait.h>

#include "lib.h"
#include "kselftest.h"

/* Physical address bits of one memory block. */
static inline unsigned long block_bytes(void)
{
	char buf[64];

	if (!read_file("/sys/devices/system/memory/block_size_bytes", buf, sizeof(buf)))
		ksft_exit_fail_msg("no block_size_bytes\n");
	return strtoul(buf, NULL, 16);
}

static inline uint64_t page_flags(unsigned long pfn)
{
	int fd = open("/proc/kpageflags", O_RDONLY);
	uint64_t flags = 0;

	if (pread(fd, &flags, sizeof(flags), pfn * sizeof(flags)) != sizeof(flags))
		ksft_exit_fail_msg("no flags of pfn %#lx\n", pfn);
	close(fd);
	return flags;
}

/* Whether @pid is in offline_pages(): its stack is read while it sleeps or not. */
static inline bool in_offline_pages(pid_t pid)
{
	char path[64], stack[4096];
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stack", pid);
	for (int try = 0; try < 500; try++) {
		fd = open(path, O_RDONLY);
		len = read(fd, stack, sizeof(stack) - 1);
		close(fd);
		stack[len > 0 ? len : 0] = '\0';
		if (strstr(stack, "offline_pages"))
			return true;
		usleep(10000);
	}
	return false;
}

/*
 * Takes block @nr offline: 0, or -errno as the kernel answers. -ETIMEDOUT when it is
 * at it after @seconds; then a signal ends it.
 */
static inline int offline_block(unsigned long nr, double seconds)
{
	double begin = now();
	char path[128];
	int status = 0;
	pid_t pid, got;

	snprintf(path, sizeof(path), "/sys/devices/system/memory/memory%lu/state", nr);
	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(-write_file(path, "offline"));
	while (!(got = waitpid(pid, &status, WNOHANG)) && now() - begin < seconds)
		usleep(2000);
	if (got == pid) {
		ksft_print_msg("block %lu: %s after %.3f s\n", nr,
			       status ? strerror(WEXITSTATUS(status)) : "offline",
			       now() - begin);
		return -WEXITSTATUS(status);
	}
	ksft_print_msg("block %lu: after %.3f s %s offline_pages()\n", nr, now() - begin,
		       in_offline_pages(pid) ? "still in" : "not in");
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return -ETIMEDOUT;
}

static inline int online_block(unsigned long nr)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/devices/system/memory/memory%lu/state", nr);
	return write_file(path, "online_movable");
}
#endif
