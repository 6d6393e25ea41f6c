/* SPDX-License-Identifier: ISC */
/*
 * A broker that may dial half of all ports may not dial the other half, from
 * which the kernel gives listeners without a port theirs (ip(7),
 * ip_local_port_range).
 */
#include <stddef.h>

#include "daemon/broker/conf.h"
#include "daemon/broker/policy.h"
#include "daemon/broker/sandbox.h"
#include "tests/sandbox/attempts.h"

#define ALLOWED_PORT 5974
#define LAST_PORT    8000

static void
enter(void)
{
	static struct conf conf;
	struct rule rule = {
	    .kind = RULE_ANY, .port_first = 1, .port_last = LAST_PORT};

	conf.start.settings.sandbox = 1;
	conf.policy = policy_new();
	if (conf.policy != NULL && policy_add_rule(conf.policy, &rule) == 0)
		broker_sandbox_enter(&conf);
}

int
main(void)
{
	static const struct attempt_before before[] = {
	    {"connect to another port", LANDLOCK_TCP}, {0}};
	static const char *const works[] = {"socket inet",
	    "connect to an allowed port", "connect a given socket",
	    "use a given socket", "allocate", NULL};

	attempt_allowed_port = ALLOWED_PORT;
	return attempt_main("sandbox_broker_ports", enter, works, before);
}
