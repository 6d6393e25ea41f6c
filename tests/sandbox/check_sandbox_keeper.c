/* SPDX-License-Identifier: ISC */
/* DESIGN 2: the keeper touches neither the network nor the file system. */
#include <stddef.h>

#include "daemon/keeper/sandbox.h"
#include "tests/sandbox/attempts.h"

static void
enter(void)
{
	struct settings settings = {.sandbox = 1};

	keeper_sandbox_enter(&settings);
}

int
main(void)
{
	static const struct attempt_before before[] = {{0}};
	static const char *const works[] = {
	    "use a given socket", "allocate", NULL};

	return attempt_main("sandbox_keeper", enter, works, before);
}
