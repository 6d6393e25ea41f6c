/* SPDX-License-Identifier: ISC */
/*
 * The master where people log in by PAM: around what modules need, it is still
 * true that nobody may trace, mount, load, change ids, or write a file.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/master/sandbox.h"
#include "tests/sandbox/attempts.h"
#include "tests/sandbox/pam_open.h"

static void
enter(void)
{
	static struct conf conf = {.pages = "/nonexistent/pages",
	    .pid_file = "/nonexistent/pid",
	    .control_socket = "/nonexistent/sock"};
	static struct bundle bundle = {.conf = &conf};

	conf.settings.sandbox = conf.settings.has_pam = 1;
	if (master_sandbox_enter(&bundle, "/nonexistent/conf") < 0)
		abort();
}

int
main(void)
{
	static const struct attempt_before before[] = {
	    {"an abstract socket", LANDLOCK_SCOPES}, {"kill", LANDLOCK_SCOPES},
	    {"kill for good", LANDLOCK_SCOPES}, {0}};
	static const char *const works[] = {"read /etc", "read a file",
	    "socket inet", "socket unix", "socket netlink",
	    "connect to an allowed port", "connect to another port",
	    "connect a given socket", "fast open by sendto",
	    "fast open by sendmsg", "fast open by sendmmsg",
	    "bind a given socket", "listen on a given socket",
	    "accept on a given socket", "a pair of streams", "exec", "fork",
	    "executable memory", "use a given socket", "allocate",
	    "a name of its own", NULL};

	return attempt_main_refusing(
	    "sandbox_master_pam", enter, works, before, pam_open);
}
