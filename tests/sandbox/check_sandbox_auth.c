/* SPDX-License-Identifier: ISC */
/* DESIGN 2: auth touches neither the network nor the file system. */
#include <stddef.h>

#include "daemon/auth/sandbox.h"
#include "tests/sandbox/attempts.h"

static void
enter(void)
{
	struct settings settings = {.sandbox = 1};

	auth_sandbox_enter(&settings);
}

int
main(void)
{
	static const struct attempt_before before[] = {{0}};
	static const char *const works[] = {
	    "use a given socket", "allocate", NULL};

	return attempt_main("sandbox_auth", enter, works, before);
}
