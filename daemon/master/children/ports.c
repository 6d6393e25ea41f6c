/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "daemon/master/children/ports.h"

#define DNS_PORT 53 /* RFC 1035, 4.2; the broker's default too */

static void
mark_targets(const struct conf *conf, uint8_t is_set[UINT16_MAX + 1])
{
	const struct rule *rule;
	size_t i;

	for (i = 0; i < conf->rule_count; i++) {
		rule = &conf->rules[i];
		if (!rule->is_deny)
			memset(is_set + rule->port_first, 1,
			    (size_t)rule->port_last - rule->port_first + 1);
	}
	for (i = 0; i < conf->target_count; i++)
		is_set[conf->targets[i].address.port] = 1;
}

static void
mark_providers(const struct conf *conf, uint8_t is_set[UINT16_MAX + 1])
{
	size_t i, j;

	for (i = 0; i < conf->fetch_count; i++)
		for (j = 0; j < conf->fetch[i].host_count; j++)
			is_set[conf->fetch[i].hosts[j].port & UINT16_MAX] = 1;
}

/* The ports that its sandbox lets it dial, a byte for each. */
static void
mark_ports(const struct conf *conf, enum proto_role role,
    uint8_t is_set[UINT16_MAX + 1])
{
	uint16_t port;
	size_t i;

	memset(is_set, 0, UINT16_MAX + 1);
	is_set[DNS_PORT] = 1;
	if (role == ROLE_BROKER)
		mark_targets(conf, is_set);
	else
		mark_providers(conf, is_set);
	for (i = 0; i < conf->nameserver_count; i++)
		if ((port = conf->nameservers[i].port) != 0)
			is_set[port] = 1;
}

int
ports_differ(const struct bundle *before, const struct bundle *after,
    enum proto_role role)
{
	static uint8_t old[UINT16_MAX + 1], new[UINT16_MAX + 1];

	mark_ports(before->conf, role, old);
	mark_ports(after->conf, role, new);
	return memcmp(old, new, sizeof(old)) != 0;
}
