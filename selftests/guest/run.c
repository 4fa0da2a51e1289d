// SPDX-License-Identifier: GPL-2.0-only
/*
 * run LIST: runs the programs that LIST names and reports them as nested KTAP on
 * the virtio-serial port "results" (standard output when there is none).
 *
 * A line of LIST is "NAME SECONDS COMMAND": '#' lines are comments. The command's
 * output is the subtest's KTAP, indented. Exit code 0 is a pass, 4 a skip, anything
 * else, a signal, or SECONDS gone by is a failure that says which. After them the
 * kernel's own books are tested: taint, vmstat. An end marker closes the report, so
 * that a report cut short is never taken for a whole one. Then the guest powers off.
 *
 * It is process 1: if it dies, the kernel panics, and nobody waits for the deadline.
 */
#define _GNU_SOURCE
#include <linux/reboot.h>
#include <poll.h>
#include <signal.h>
#include <sys/reboot.h>
#include <sys/wait.h>

#include "lib.h"

#define MAX_TESTS 512
#define NR_CHECKS 5
#define END_MARKER "# end of results"

struct test {
	char name[96];
	int seconds;
	char command[512];
};

static struct test tests[MAX_TESTS];
static int nr_tests;
static FILE *out;

/* Pairs a time-out on the results with the console, where the stacks are. */
static void kmsg(const char *text)
{
	char line[256];

	snprintf(line, sizeof(line), "run: %s\n", text);
	write_file("/dev/kmsg", line);
}

static void finish(void)
{
	fflush(out);
	sync();
	reboot(LINUX_REBOOT_CMD_POWER_OFF);
	for (;;)
		pause();
}

static void bail_out(const char *why)
{
	fprintf(out, "Bail out! %s\n", why);
	kmsg(why);
	finish();
}

static void read_list(const char *path)
{
	char line[700];
	FILE *f = fopen(path, "r");

	if (!f)
		bail_out("no list of tests");
	while (fgets(line, sizeof(line), f)) {
		struct test *t = &tests[nr_tests];

		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '#' || !line[strspn(line, " \t")])
			continue;
		if (nr_tests == MAX_TESTS)
			bail_out("too many tests on the list");
		if (sscanf(line, "%95s %d %511[^\n]", t->name, &t->seconds,
			   t->command) != 3 || t->seconds <= 0)
			bail_out("bad line on the list of tests");
		nr_tests++;
	}
	fclose(f);
	if (!nr_tests)
		bail_out("no tests on the list");
}

/* Indents the output; true while the last line is unfinished. */
static bool copy_output(const char *buf, ssize_t len, bool midline)
{
	for (ssize_t i = 0; i < len; i++) {
		if (buf[i] == '\r')
			continue;
		if (!midline && buf[i] != '\n')
			fputs("    ", out);
		fputc(buf[i], out);
		midline = buf[i] != '\n';
	}
	fflush(out);
	return midline;
}

static pid_t start(const struct test *t, int pipe_wr)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	setsid();
	dup2(pipe_wr, 1);
	dup2(pipe_wr, 2);
	execl("/bin/sh", "sh", "-c", t->command, NULL);
	_exit(127);
}

/* Reaps everything, as process 1 must; true once @pid itself ended. */
static bool reap(pid_t pid, int *status)
{
	bool ended = false;
	int st;
	pid_t got;

	while ((got = waitpid(-1, &st, WNOHANG)) > 0) {
		if (got == pid) {
			*status = st;
			ended = true;
		}
	}
	return ended;
}

static void run_test(int nr, const struct test *t)
{
	bool midline = false, ended = false, timeout = false;
	double begin = now(), deadline = begin + t->seconds;
	int fds[2], status = 0;
	char buf[4096], text[128];
	ssize_t len = 1;
	pid_t pid;

	snprintf(text, sizeof(text), "%s starts", t->name);
	kmsg(text);
	/* The host reads these lines: it watches over each test's time too. */
	fprintf(out, "# run %s %d\n", t->name, t->seconds);
	fflush(out);
	if (pipe2(fds, O_CLOEXEC))
		bail_out("no pipe");
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	pid = start(t, fds[1]);
	close(fds[1]);

	while (!ended && !timeout) {
		struct pollfd pfd = { .fd = len ? fds[0] : -1, .events = POLLIN };

		poll(&pfd, 1, 20);
		/* Reap first: what the program wrote before it ended is read then. */
		ended = reap(pid, &status);
		while ((len = read(fds[0], buf, sizeof(buf))) > 0)
			midline = copy_output(buf, len, midline);
		timeout = !ended && now() > deadline;
	}
	if (timeout) {
		snprintf(text, sizeof(text), "%s timed out, tasks follow", t->name);
		kmsg(text);
		write_file("/proc/sysrq-trigger", "w");
		write_file("/proc/sysrq-trigger", "t");
	}
	kill(-pid, SIGKILL);
	kill(pid, SIGKILL);
	/* A task stuck in the kernel cannot be reaped: go on without it. */
	for (double end = now() + 2; !ended && now() < end; usleep(20000))
		ended = reap(pid, &status);
	while ((len = read(fds[0], buf, sizeof(buf))) > 0)
		midline = copy_output(buf, len, midline);
	close(fds[0]);
	if (midline)
		fputc('\n', out);

	if (timeout)
		fprintf(out, "not ok %d %s # TIMEOUT %d seconds%s\n", nr, t->name,
			t->seconds, ended ? "" : ", and it cannot be killed");
	else if (WIFSIGNALED(status))
		fprintf(out, "not ok %d %s # killed by signal %d (%s)\n", nr,
			t->name, WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status) == 4)
		fprintf(out, "ok %d %s # SKIP see its output\n", nr, t->name);
	else if (WEXITSTATUS(status))
		fprintf(out, "not ok %d %s # exit=%d\n", nr, t->name,
			WEXITSTATUS(status));
	else
		fprintf(out, "ok %d %s\n", nr, t->name);
	fprintf(out, "# %s took %.1f s\n", t->name, now() - begin);
	fflush(out);
}

/* stat_refresh says on the console which global counter is negative. */
static bool vmstat_is_sane(void)
{
	bool sane = true;
	char record[1024];
	ssize_t len;
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);

	if (fd < 0)
		return false;
	lseek(fd, 0, SEEK_END);
	if (write_file("/proc/sys/vm/stat_refresh", "1"))
		sane = false;
	while ((len = read(fd, record, sizeof(record) - 1)) > 0) {
		record[len] = '\0';
		if (strstr(record, "vmstat_refresh:")) {
			fprintf(out, "    # %s", strchr(record, ';') + 1);
			sane = false;
		}
	}
	close(fd);
	return sane;
}

static bool same(const char *what, long a, long b)
{
	if (a != b)
		fprintf(out, "    # %s: %ld, not %ld\n", what, a, b);
	return a == b;
}

/* Counters that must be where they were once nothing runs any more. */
static bool books_balance(void)
{
	bool ok = true;

	/* Work that a test started may end a moment after it. */
	for (double end = now() + 5; now() < end; usleep(100000)) {
		vmstat_refresh();
		if (!vmstat("nr_isolated_anon") && !vmstat("nr_isolated_file"))
			break;
	}
	ok &= same("nr_isolated_anon", vmstat("nr_isolated_anon"), 0);
	ok &= same("nr_isolated_file", vmstat("nr_isolated_file"), 0);
	ok &= same("nr_balloon_pages and balloon_inflate - balloon_deflate",
		   vmstat("nr_balloon_pages"),
		   vmstat("balloon_inflate") - vmstat("balloon_deflate"));
	return ok;
}

static void check(int nr, const char *name, bool ok)
{
	fprintf(out, "%s %d %s\n", ok ? "ok" : "not ok", nr, name);
	fflush(out);
}

int main(int argc, char **argv)
{
	int nr = 0, fd;
	long taint;

	fd = open_port("results", O_WRONLY);
	out = fd < 0 ? stdout : fdopen(fd, "w");
	if (argc != 2)
		bail_out("usage: run LIST");
	read_list(argv[1]);
	fprintf(out, "KTAP version 1\n1..%d\n", nr_tests + NR_CHECKS);
	check(++nr, "vmstat_sane_before", vmstat_is_sane());
	check(++nr, "books_balance_before", books_balance());
	for (int i = 0; i < nr_tests; i++)
		run_test(++nr, &tests[i]);
	check(++nr, "vmstat_sane_after", vmstat_is_sane());
	check(++nr, "books_balance_after", books_balance());
	taint = file_number("/proc/sys/kernel/tainted");
	fprintf(out, "    # tainted: %ld\n", taint);
	check(++nr, "not_tainted", taint == 0);
	fputs(END_MARKER "\n", out);
	finish();
}
