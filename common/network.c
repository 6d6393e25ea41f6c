/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "common/network.h"
#include "common/rule.h"

#define V4_BITS 32
#define V6_BITS 128

int
network_parse(const char *text, struct network *out)
{
	struct rule rule;
	int error = rule_parse(text, &rule);

	memset(out, 0, sizeof(*out));
	if (error < 0)
		return error;
	if (rule.kind != RULE_PREFIX || rule.has_ports)
		return VB_ESYNTAX;
	out->addr = rule.addr;
	out->bits = rule.bits;
	return 0;
}

int
network_is_sound(const struct network *network)
{
	switch (network->addr.family) {
	case ADDR_V4:
		return network->bits <= V4_BITS;
	case ADDR_V6:
		return network->bits <= V6_BITS;
	default:
		return 0;
	}
}

int
networks_have(
    const struct network *networks, size_t count, const struct addr *addr)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (addr_is_in_prefix(
			addr, &networks[i].addr, networks[i].bits))
			return 1;
	return 0;
}
