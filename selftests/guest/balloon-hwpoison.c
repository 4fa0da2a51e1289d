// SPDX-License-Identifier: GPL-2.0-only
/*
 * Poisoned balloon pages do not keep offlining busy for ever.
 *
 * Soft-offlined, a page leaves the balloon: its block goes offline, and it can be
 * unpoisoned. Poisoned under the balloon's feet it stays: its block answers EBUSY at
 * once, and goes offline once the balloon has given it up. The blocks are those of a
 * DIMM, where nothing unmovable lies.
 */
#include "balloon.h"
#include "offline.h"

#define DIMM_BLOCKS 4
/* 30 times what the series needs for a block: what is endless is still at it. */
#define LIMIT 25.0

#define KPF_BIT(bit) (1ULL << KPF_##bit)

static unsigned long pages_per_block;

/* The first balloon page of block @nr, 0 when there is none. */
static unsigned long balloon_page(unsigned long nr)
{
	for (unsigned long i = 0; i < pages_per_block; i++) {
		uint64_t flags = page_flags(nr * pages_per_block + i);

		if ((flags & KPF_BIT(OFFLINE)) && !(flags & KPF_BIT(HWPOISON)))
			return nr * pages_per_block + i;
	}
	return 0;
}

static int poison(const char *path, unsigned long number)
{
	char text[32];
	int err;

	snprintf(text, sizeof(text), "%#lx\n", number);
	err = write_file(path, text);
	if (err)
		ksft_print_msg("%s %s: %s\n", path, text, strerror(-err));
	return err;
}

static int soft_offline(unsigned long pfn)
{
	return poison("/sys/devices/system/memory/soft_offline_page", pfn * PAGE);
}

/* The last blocks of the guest's memory that are there: the DIMM's. */
static unsigned long first_dimm_block(void)
{
	unsigned long last = 0;
	struct dirent *entry;
	DIR *dir = opendir("/sys/devices/system/memory");
	unsigned long nr;

	while (dir && (entry = readdir(dir)))
		if (sscanf(entry->d_name, "memory%lu", &nr) == 1 && nr > last)
			last = nr;
	if (dir)
		closedir(dir);
	return last - (DIMM_BLOCKS - 1);
}

int main(void)
{
	unsigned long block, soft, hard;
	uint64_t flags;
	size_t size;
	char *hog;

	ksft_print_header();
	ksft_set_plan(9);
	pages_per_block = block_bytes() / PAGE;
	block = first_dimm_block();

	/* Take what else there is, so that the balloon has to go to the DIMM. */
	reserve_for_kernel();
	size = node_free(0) - 64 * MB;
	hog = touch_memory(size, 0);
	if (hog == MAP_FAILED)
		ksft_exit_fail_msg("no %zu bytes on node 0\n", size);
	ksft_test_result(set_balloon(DIMM_BLOCKS * 96), "inflate\n");
	munmap(hog, size);

	/* A block without poison, for comparison. */
	ksft_test_result(balloon_page(block) && !offline_block(block, LIMIT),
			 "healthy_block_goes_offline\n");

	soft = balloon_page(block + 1);
	ksft_test_result(soft && !soft_offline(soft), "soft_offline\n");
	flags = page_flags(soft);
	ksft_print_msg("flags of the page: %#llx\n", (unsigned long long)flags);
	ksft_test_result((flags & KPF_BIT(HWPOISON)) && !(flags & KPF_BIT(OFFLINE)),
			 "soft_offlined_page_left_the_balloon\n");
	ksft_test_result(!poison("/sys/kernel/debug/hwpoison/unpoison-pfn", soft) &&
			 !(page_flags(soft) & KPF_BIT(HWPOISON)), "unpoison\n");

	soft = balloon_page(block + 1);
	ksft_test_result(soft && !soft_offline(soft) && !offline_block(block + 1, LIMIT),
			 "soft_offlined_block_goes_offline\n");

	/* "Ignored", says the kernel: nobody handles balloon pages. */
	hard = balloon_page(block + 2);
	if (!hard)
		ksft_exit_fail_msg("no balloon page in block %lu\n", block + 2);
	poison("/sys/kernel/debug/hwpoison/corrupt-pfn", hard);
	flags = page_flags(hard);
	ksft_test_result((flags & KPF_BIT(HWPOISON)) && (flags & KPF_BIT(OFFLINE)) &&
			 offline_block(block + 2, LIMIT) == -EBUSY,
			 "hard_poisoned_page_is_refused\n");

	ksft_test_result(set_balloon(0), "deflate\n");
	ksft_test_result(!offline_block(block + 2, LIMIT),
			 "deflated_block_goes_offline\n");
	ksft_finished();
}
