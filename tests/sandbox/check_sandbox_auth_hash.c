/* SPDX-License-Identifier: ISC */
/* What hashes passwords has its socket, memory and time, and nothing else. */
#include <stddef.h>

#include "daemon/auth/hash.h"
#include "tests/sandbox/attempts.h"

static void
enter(void)
{
	hash_confine(1);
}

int
main(void)
{
	static const struct attempt_before before[] = {{0}};
	/* its own socket is a pair's, of which check_pool has more to say */
	static const char *const works[] = {"allocate", NULL};

	return attempt_main("sandbox_auth_hash", enter, works, before);
}
