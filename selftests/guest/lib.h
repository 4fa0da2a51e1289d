/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the guest programs share: files of one number or of counters, the
 * virtio-serial ports, and the conversation with the host side.
 */
#ifndef GUEST_LIB_H
#define GUEST_LIB_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The value of @key in a file of "key value" lines, -1 when it is not there. */
static inline long file_counter(const char *path, const char *key)
{
	char name[128];
	long value, found = -1;
	FILE *f = fopen(path, "r");

	if (!f)
		return -1;
	while (fscanf(f, "%127s %ld%*[^\n]", name, &value) == 2) {
		if (!strcmp(name, key)) {
			found = value;
			break;
		}
	}
	fclose(f);
	return found;
}

static inline long vmstat(const char *key)
{
	return file_counter("/proc/vmstat", key);
}

static inline long node_vmstat(int node, const char *key)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/vmstat",
		 node);
	return file_counter(path, key);
}

/* Sum of @key over all nodes that sysfs shows. */
static inline long all_nodes_vmstat(const char *key)
{
	long value, sum = 0;

	for (int node = 0; node < 64; node++) {
		value = node_vmstat(node, key);
		if (value > 0)
			sum += value;
	}
	return sum;
}

/* 0, or -errno of what the kernel said to the write. */
static inline int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY), ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

static inline bool read_file(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t len;

	if (fd < 0)
		return false;
	len = read(fd, buf, size - 1);
	close(fd);
	if (len < 0)
		return false;
	buf[len] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return true;
}

static inline long file_number(const char *path)
{
	char buf[64];

	return read_file(path, buf, sizeof(buf)) ? strtol(buf, NULL, 0) : -1;
}

/* Folds the per-CPU differences into the counters that the files show. */
static inline void vmstat_refresh(void)
{
	write_file("/proc/sys/vm/stat_refresh", "1");
}

/*
 * Nothing compacts but who is asked to: kcompactd would do it on its own, and undo the
 * fragmentation that a test makes. And compaction finds all that is freed: it leaves
 * the per-CPU lists alone, which are kept short. 0, or -errno.
 */
static inline int compact_on_request_only(void)
{
	int ret = write_file("/proc/sys/vm/compaction_proactiveness", "0");

	return ret ?: write_file("/proc/sys/vm/percpu_pagelist_high_fraction", "1000000");
}

static inline double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* Opens the virtio-serial port that QEMU's command line calls @name. */
static inline int open_port(const char *name, int flags)
{
	const char *class = "/sys/class/virtio-ports";
	char path[512], label[64];
	struct dirent *entry;
	DIR *dir = opendir(class);
	int fd = -1;

	while (dir && fd < 0 && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "%s/%s/name", class, entry->d_name);
		if (!read_file(path, label, sizeof(label)) || strcmp(label, name))
			continue;
		snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
		fd = open(path, flags | O_CLOEXEC);
	}
	if (dir)
		closedir(dir);
	return fd;
}

/*
 * Asks the host side for an action and waits for its answer: "ok TEXT" gives 0
 * and TEXT in @answer, anything else -1 and the complaint there.
 */
static inline int ask_host(char *answer, size_t size, const char *fmt, ...)
{
	static int fd = -1;
	char line[512];
	size_t len;
	va_list ap;

	va_start(ap, fmt);
	len = vsnprintf(line, sizeof(line) - 1, fmt, ap);
	va_end(ap);
	line[len++] = '\n';

	if (fd < 0)
		fd = open_port("host", O_RDWR);
	if (fd < 0 || write(fd, line, len) != (ssize_t)len) {
		snprintf(answer, size, "no port to the host: %s", strerror(errno));
		return -1;
	}
	for (len = 0; len < sizeof(line) - 1; len++) {
		if (read(fd, line + len, 1) != 1) {
			snprintf(answer, size, "the host side went away");
			return -1;
		}
		if (line[len] == '\n')
			break;
	}
	line[len] = '\0';
	if (!strncmp(line, "ok", 2)) {
		snprintf(answer, size, "%s", line[2] ? line + 3 : "");
		return 0;
	}
	snprintf(answer, size, "%s", line);
	return -1;
}

/* The same where only a number is wanted back; -1 on an error. */
static inline long ask_host_number(const char *what)
{
	char answer[512];

	if (ask_host(answer, sizeof(answer), "%s", what)) {
		printf("# host: %s: %s\n", what, answer);
		return -1;
	}
	return strtol(answer, NULL, 0);
}
#endif
