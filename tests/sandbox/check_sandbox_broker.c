/* SPDX-License-Identifier: ISC */
/* DESIGN 2: the broker resolves and connects, and may not bind or exec. */
#include <stddef.h>

#include "daemon/broker/conf.h"
#include "daemon/broker/policy.h"
#include "daemon/broker/sandbox.h"
#include "tests/sandbox/attempts.h"

#define ALLOWED_PORT 5973

static void
enter(void)
{
	static struct conf conf;
	struct rule rule = {.kind = RULE_ANY,
	    .port_first = ALLOWED_PORT,
	    .port_last = ALLOWED_PORT};

	conf.start.settings.sandbox = 1;
	conf.policy = policy_new();
	if (conf.policy != NULL && policy_add_rule(conf.policy, &rule) == 0)
		broker_sandbox_enter(&conf);
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
	return attempt_main("sandbox_broker", enter, works, before);
}
