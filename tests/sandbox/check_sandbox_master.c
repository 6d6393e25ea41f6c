/* SPDX-License-Identifier: ISC */
/*
 * DESIGN 2: the master's sandbox is what nobody may do, around what its
 * children need: it may fork, listen and accept, and its children resolve
 * and connect; nobody may trace, mount, or write a file.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/master/sandbox.h"
#include "tests/sandbox/attempts.h"

static void
enter(void)
{
	static struct conf conf = {.pages = "/nonexistent/pages",
	    .pid_file = "/nonexistent/pid",
	    .control_socket = "/nonexistent/sock"};
	static struct bundle bundle = {.conf = &conf};

	conf.settings.sandbox = 1;
	if (master_sandbox_enter(&bundle, "/nonexistent/conf") < 0)
		abort();
}

int
main(void)
{
	static const struct attempt_before before[] = {
	    {"an abstract socket", LANDLOCK_SCOPES},
	    {"kill for good", LANDLOCK_SCOPES}, {0}};
	static const char *const works[] = {"read /etc", "socket inet",
	    "socket unix", "connect to an allowed port",
	    "connect to another port", "connect a given socket",
	    "bind a given socket", "listen on a given socket",
	    "accept on a given socket", "fork", "executable memory",
	    "a pair of streams", "use a given socket", "allocate",
	    "a name of its own", NULL};

	return attempt_main("sandbox_master", enter, works, before);
}
