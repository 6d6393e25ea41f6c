/* SPDX-License-Identifier: ISC */
/*
 * pam, and modules in it, read files, connect, and run programs; they write no
 * file, bind no port, and are nobody else.
 */
#include <stddef.h>

#include "daemon/pam/sandbox.h"
#include "tests/sandbox/attempts.h"
#include "tests/sandbox/pam_open.h"

static void
enter(void)
{
	struct settings settings = {.sandbox = 1};

	pam_sandbox_enter(&settings);
}

int
main(void)
{
	static const struct attempt_before before[] = {
	    {"an abstract socket", LANDLOCK_SCOPES}, {"kill", LANDLOCK_SCOPES},
	    {"kill for good", LANDLOCK_SCOPES},
	    {"bind a given socket", LANDLOCK_TCP}, {0}};
	static const char *const works[] = {"read /etc", "read a file",
	    "socket inet", "socket unix", "socket netlink",
	    "connect to an allowed port", "connect to another port",
	    "connect a given socket", "fast open by sendto",
	    "fast open by sendmsg", "fast open by sendmmsg",
	    "a pair of streams", "exec", "fork", "executable memory",
	    "use a given socket", "allocate", "a name of its own", NULL};

	return attempt_main_refusing(
	    "sandbox_pam", enter, works, before, pam_open);
}
