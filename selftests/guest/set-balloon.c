// SPDX-License-Identifier: GPL-2.0-only
/* set-balloon MEGABYTES: has the host set the balloon, for tests that do not ask it. */
#include "balloon.h"

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: set-balloon MEGABYTES\n");
		return 2;
	}
	return !set_balloon(atol(argv[1]));
}
