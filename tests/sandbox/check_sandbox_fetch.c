/* SPDX-License-Identifier: ISC */
/* fetch connects to the ports of providers, and may not bind or exec. */
#include <stddef.h>
#include <string.h>

#include "daemon/fetch/sandbox.h"
#include "tests/sandbox/attempts.h"

#define ALLOWED_PORT 5975

static struct providers *providers;

static void
enter(void)
{
	struct settings settings = {.sandbox = 1};
	struct name_servers servers = {0};
	struct msg_conf_fetch_host host = {.port = ALLOWED_PORT};

	providers = providers_new();
	strlcpy(host.host, "id.example.com", sizeof(host.host));
	if (providers != NULL && providers_add_host(providers, &host) == 0)
		fetch_sandbox_enter(&settings, providers, &servers);
}

int
main(void)
{
	static const struct attempt_before before[] = {
	    {"connect to another port", LANDLOCK_TCP},
	    {"connect a given socket", LANDLOCK_TCP}, {0}};
	static const char *const works[] = {"socket inet",
	    "connect to an allowed port", "use a given socket", "allocate",
	    NULL};

	attempt_allowed_port = ALLOWED_PORT;
	return attempt_main("sandbox_fetch", enter, works, before);
}
