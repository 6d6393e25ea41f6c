/* SPDX-License-Identifier: ISC */
/* DESIGN 2: a worker may never open, socket, connect, bind, fork, exec ... */
#include <stddef.h>

#include "tests/sandbox/attempts.h"
#include "worker/sandbox.h"

static void
enter(void)
{
	struct settings settings = {.sandbox = 1};

	worker_sandbox_enter(&settings);
}

int
main(void)
{
	static const struct attempt_before before[] = {{0}};
	static const char *const works[] = {
	    "use a given socket", "allocate", NULL};

	return attempt_main("sandbox_worker", enter, works, before);
}
